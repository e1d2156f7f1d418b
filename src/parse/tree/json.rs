//! Parses JSON to a tree, without recursion; errors have a location.

use super::{DEPTH_MAX, Id, Key, Kind, NODES_MAX, Partial, Tree};

/// Up to this many members, duplicate names are found pairwise.
const PAIRWISE: usize = 16;

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A value.
    Value,
    /// A value, or the end of an array that just began.
    First,
    /// The name of a member, or the end of an object that just began.
    FirstName,
    /// The name of a member.
    Name,
    /// A comma, or the end of what is open.
    Comma,
}

/// The accepted syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::parse) enum Dialect {
    /// Strict JSON.
    Strict,
    /// JSON with comments and trailing commas.
    Relaxed,
}

/// The parsed text: whole, or up to the first error.
pub(in crate::parse) struct Read<'a> {
    pub(in crate::parse) partial: Partial<'a>,
    /// Members with a duplicate name; the last one counts.
    pub(in crate::parse) twice: Vec<Id>,
}

/// Parses the whole text as one value.
pub(in crate::parse) fn read(text: &str, dialect: Dialect) -> Read<'_> {
    let tree = Tree::new(text, false);
    let mut reader = Reader { tree, dialect, open: Vec::new(), names: Vec::new(), twice: Vec::new() };
    let error = reader.run().err();
    if let Some((at, _)) = &error {
        for (id, _) in std::mem::take(&mut reader.open) {
            reader.tree.close(id, *at);
        }
    }
    Read { partial: Partial { tree: reader.tree, error }, twice: reader.twice }
}

struct Reader<'a> {
    tree: Tree<'a>,
    dialect: Dialect,
    /// Open containers, and whether each is an object.
    open: Vec<(Id, bool)>,
    /// Kept for its allocation: names of an object, with their nodes.
    names: Vec<(&'a str, Id)>,
    twice: Vec<Id>,
}

impl<'a> Reader<'a> {
    fn run(&mut self) -> Result<(), (usize, String)> {
        let text = self.tree.text;
        let bytes = text.as_bytes();
        let (mut at, mut next, mut key): (usize, Next, Option<Key>) = (0, Next::Value, None);
        loop {
            at = self.blanks(at);
            let Some(&byte) = bytes.get(at) else {
                return Err((at, "ends in the middle: the file may have been cut off".to_owned()));
            };
            match (next, byte) {
                (Next::Comma, b',') => {
                    next = match (self.in_object(), self.dialect) {
                        (true, Dialect::Strict) => Next::Name,
                        (true, Dialect::Relaxed) => Next::FirstName,
                        (false, Dialect::Strict) => Next::Value,
                        (false, Dialect::Relaxed) => Next::First,
                    };
                    at += 1;
                    continue;
                }
                (Next::Comma | Next::FirstName, b'}') if self.in_object() => at = self.end(at),
                (Next::Comma | Next::First, b']') if !self.in_object() => at = self.end(at),
                (Next::Name | Next::FirstName, b'"') => {
                    let (end, escaped) = string(bytes, at)?;
                    key = Some((at as u32 + 1, end as u32 - 1, escaped));
                    at = self.blanks(end);
                    if bytes.get(at) != Some(&b':') {
                        return Err((at, "has no `:` behind the name of a member".to_owned()));
                    }
                    (at, next) = (at + 1, Next::Value);
                    continue;
                }
                (Next::Value | Next::First, _) => {
                    if self.tree.is_full() {
                        return Err((at, format!("holds more than {NODES_MAX} values")));
                    }
                    if matches!(byte, b'{' | b'[') {
                        if self.open.len() >= DEPTH_MAX {
                            return Err((at, format!("is nested deeper than {DEPTH_MAX} levels")));
                        }
                        let object = byte == b'{';
                        let kind = if object { Kind::Object } else { Kind::Array };
                        self.open.push((self.tree.push(kind, key.take(), at, at), object));
                        next = if object { Next::FirstName } else { Next::First };
                        at += 1;
                        continue;
                    }
                    at = self.scalar(at, byte, key.take())?;
                }
                _ => return Err((at, unexpected(text, at))),
            }
            // A value has ended.
            next = Next::Comma;
            if self.open.is_empty() {
                break;
            }
        }
        let mut rest = self.blanks(at);
        while bytes.get(rest) == Some(&0) {
            rest = self.blanks(rest + 1);
        }
        match bytes.get(rest) {
            Some(_) => Err((rest, "has more behind its end: it is two documents, or none".to_owned())),
            None => Ok(()),
        }
    }

    /// The start of the next token, from `at` on.
    fn blanks(&self, mut at: usize) -> usize {
        let bytes = self.tree.text.as_bytes();
        loop {
            while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
                at += 1;
            }
            if self.dialect == Dialect::Strict || bytes.get(at) != Some(&b'/') {
                return at;
            }
            let rest = &bytes[at..];
            let length = match rest.get(1) {
                Some(b'/') => memchr::memchr(b'\n', rest),
                Some(b'*') => {
                    memchr::memmem::find(rest.get(2..).unwrap_or_default(), b"*/").map(|end| end + 4)
                }
                _ => return at,
            };
            // An unclosed comment goes to the end.
            at += length.unwrap_or(rest.len());
        }
    }

    fn in_object(&self) -> bool {
        self.open.last().is_some_and(|(_, object)| *object)
    }

    /// Closes the open container at the bracket `at`; returns where to continue.
    fn end(&mut self, at: usize) -> usize {
        if let Some((id, object)) = self.open.pop() {
            self.tree.close(id, at + 1);
            if object {
                self.find_twice(id);
            }
        }
        at + 1
    }

    /// Records members with a duplicate name.
    fn find_twice(&mut self, id: Id) {
        self.names.clear();
        self.names.extend(self.tree.children(id).map(|child| (self.tree.raw_key(child), child)));
        let names = &mut self.names;
        if names.len() > PAIRWISE {
            names.sort_unstable();
            let pairs = names.windows(2).filter(|pair| pair[0].0 == pair[1].0);
            self.twice.extend(pairs.map(|pair| pair[1].1));
        } else {
            for (nth, (name, id)) in names.iter().enumerate() {
                if names[..nth].iter().any(|(before, _)| before == name) {
                    self.twice.push(*id);
                }
            }
        }
    }

    /// Reads a string, a number or a literal.
    fn scalar(&mut self, at: usize, byte: u8, key: Option<Key>) -> Result<usize, (usize, String)> {
        let text = self.tree.text;
        let bytes = text.as_bytes();
        if byte == b'"' {
            let (end, escaped) = string(bytes, at)?;
            let kind = if escaped { Kind::Escaped } else { Kind::Plain };
            self.tree.push(kind, key, at + 1, end - 1);
            return Ok(end);
        }
        let rest = &bytes[at..];
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.'))
            .count();
        let kind = match &rest[..length] {
            b"true" | b"false" => Kind::Bool,
            b"null" => Kind::Null,
            word if is_number(word) => Kind::Number,
            _ => return Err((at, unexpected(text, at))),
        };
        self.tree.push(kind, key, at, at + length);
        Ok(at + length)
    }
}

fn unexpected(text: &str, at: usize) -> String {
    let found = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
    format!("is not JSON: `{}` is not expected there", crate::model::text::escaped(&found.to_string()))
}

/// The end of the string that opens at `at`, and whether it has escapes.
fn string(bytes: &[u8], at: usize) -> Result<(usize, bool), (usize, String)> {
    let (mut escaped, mut end) = (false, at + 1);
    loop {
        // Most strings are too short for a vectorised search to pay off.
        let near = bytes.get(end..).unwrap_or_default();
        let step = near.iter().take(24).position(|byte| matches!(byte, b'"' | b'\\'));
        let found = step.or_else(|| memchr::memchr2(b'"', b'\\', near));
        match found.map(|found| (end + found, near[found])) {
            Some((found, b'"')) => return Ok((found + 1, escaped)),
            Some((found, _)) => {
                escaped = true;
                end = found + 2;
            }
            None => return Err((at, "has a string without an end".to_owned())),
        }
    }
}

/// True for a JSON number.
fn is_number(word: &[u8]) -> bool {
    let digits = |rest: &[u8]| rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = word.strip_prefix(b"-").unwrap_or(word);
    let whole = digits(rest);
    if whole == 0 || whole > 1 && rest[0] == b'0' {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', power @ ..] = rest {
        let power = power.strip_prefix(b"-").or_else(|| power.strip_prefix(b"+")).unwrap_or(power);
        let length = digits(power);
        if length == 0 {
            return false;
        }
        rest = &power[length..];
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fails(text: &str) -> Option<String> {
        read(text, Dialect::Strict).partial.error.map(|(_, message)| message)
    }

    #[test]
    fn what_is_json_and_what_is_not() {
        for good in ["{}", " [1, -0.5e+3, \"a\\\"b\", true, null] ", "\"x\"", "{\"a\":{\"b\":[]}}\n"] {
            assert_eq!(fails(good), None, "{good}");
        }
        for bad in
            ["", "{", "[1,]", "{\"a\" 1}", "{\"a\":1,}", "[01]", "[1.]", "nul", "{} {}", "\"a", "[}", "{]"]
        {
            assert!(fails(bad).is_some(), "{bad}");
        }
        assert!(fails(&"[".repeat(10_000)).unwrap().contains("deeper than 128"));
    }

    #[test]
    fn names_that_are_there_twice() {
        let twice = |text: &str| -> Vec<String> {
            let read = read(text, Dialect::Strict);
            read.twice.iter().map(|id| read.partial.tree.raw_key(*id).to_owned()).collect()
        };
        assert_eq!(twice("{\"a\":1,\"b\":2,\"a\":3}"), ["a"]);
        let many: Vec<String> = (0..50).map(|n| format!("\"k{}\":{n}", n % 49)).collect();
        assert_eq!(twice(&format!("{{{}}}", many.join(","))), ["k0"]);
    }

    #[test]
    fn comments_and_last_commas_where_they_are_allowed() {
        let fails = |text: &str| read(text, Dialect::Relaxed).partial.error;
        let text = "// a\n{ /* b */ \"a\": [1, 2,], // c\n \"b\": {\"c\": null,}, } /* d */ // e";
        assert_eq!(fails(text), None);
        assert!(read(text, Dialect::Strict).partial.error.is_some());
        for bad in ["[,]", "{,}", "[1,,2]", "/ {}", "{} /", "{ /* a"] {
            assert!(fails(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn what_stands_before_an_error_is_there() {
        let Partial { tree, error } = read("{\"a\": {\"b\": 1, \"c\": [2, ", Dialect::Strict).partial;
        assert_eq!(error.map(|(at, _)| at), Some(24));
        let inner = tree.get(0, "a").expect("it was opened");
        assert_eq!(tree.member(inner, "b").as_deref(), Some("1"));
        assert_eq!(tree.items(tree.get(inner, "c")).count(), 1);
    }

    proptest! {
        /// Accepts and rejects the same texts as `serde_json`, except control characters in strings and numbers
        /// out of range, which do not matter in an SBOM.
        #[test]
        fn agrees_with_serde_json(text in "[\\[\\]{}:,\"0a1e.truenlfs\\\\ -]{0,24}") {
            let ours = fails(&text).is_none();
            match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(_) => prop_assert!(ours, "{text}"),
                Err(error) if error.to_string().contains("out of range") => {}
                Err(error) if error.to_string().contains("escape") => {}
                Err(error) => prop_assert!(!ours, "{text}: {error}"),
            }
        }
    }
}
