//! Expands variables in a Dockerfile as BuildKit does: `$a`, `${a:-b}`, `${a#b}`, `${a/b/c}`.

use std::cell::Cell;

use crate::parse::wildcard;

/// The longest value in bytes: variables may double each other.
pub(super) const LENGTH_MAX: usize = 4096;
/// The longest value for pattern matching.
const MATCHED_MAX: usize = 128;
/// The budget for all variables of a file, in bytes copied or compared.
pub(super) const WORK: usize = 8 << 20;
/// The deepest nesting, as in `${a:-${b:-c}}`.
const DEPTH_MAX: usize = 8;

/// What is known of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Its value.
    Known(String),
    /// Set by whoever builds the image.
    Given,
    /// Unset.
    Unset,
}

/// An expanded word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Expanded {
    /// Without its quotes; a variable that is set elsewhere stays unexpanded.
    pub(super) text: String,
    /// True if a part of it is set elsewhere.
    pub(super) is_open: bool,
    /// The variables that it names.
    pub(super) variables: Vec<String>,
}

/// Expands `word`, which still has its quotes, using up `work`.
pub(super) fn expand(
    word: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Value,
    work: &Cell<usize>,
) -> Expanded {
    let mut reader = Reader { rest: word, escape, lookup, work, out: Expanded::default() };
    reader.read(0, false);
    reader.out
}

struct Reader<'a> {
    rest: &'a str,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Value,
    work: &'a Cell<usize>,
    out: Expanded,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    /// Spends `units` of work; false if not enough are left.
    fn spend(&self, units: usize) -> bool {
        let left = self.work.get().checked_sub(units);
        self.work.set(left.unwrap_or(0));
        left.is_some()
    }

    fn push(&mut self, text: &str) {
        if self.out.text.len() + text.len() > LENGTH_MAX || !self.spend(text.len()) {
            self.out.is_open = true;
        } else {
            self.out.text.push_str(text);
        }
    }

    /// Reads to the end, or to the `}` that closes an expansion.
    fn read(&mut self, depth: usize, inside: bool) {
        let mut quote = None;
        while let Some(next) = self.next() {
            match next {
                '}' if inside && quote.is_none() => return,
                '\'' if quote != Some('"') => quote = if quote.is_some() { None } else { Some('\'') },
                '"' if quote != Some('\'') => quote = if quote.is_some() { None } else { Some('"') },
                '$' if quote != Some('\'') => self.variable(depth),
                next if next == self.escape && quote != Some('\'') => match self.next() {
                    Some(escaped) => {
                        if quote == Some('"') && !matches!(escaped, '"' | '$') && escaped != self.escape {
                            self.push(next.encode_utf8(&mut [0; 4]));
                        }
                        self.push(escaped.encode_utf8(&mut [0; 4]));
                    }
                    None => self.push(next.encode_utf8(&mut [0; 4])),
                },
                next => self.push(next.encode_utf8(&mut [0; 4])),
            }
        }
    }

    /// Reads a variable after its `$`.
    fn variable(&mut self, depth: usize) {
        let braced = self.rest.strip_prefix('{');
        let rest = braced.unwrap_or(self.rest);
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (name, behind) = rest.split_at(length);
        if name.is_empty() {
            // `$(…)` and `$$` mean nothing in a Dockerfile.
            return self.push("$");
        }
        self.rest = behind;
        if !self.out.variables.iter().any(|known| known == name) {
            self.out.variables.push(name.to_owned());
        }
        let value = (self.lookup)(name);
        if braced.is_none() {
            return self.put(name, &value);
        }
        let operator: String = match self.next() {
            Some('}') => return self.put(name, &value),
            Some(':') => [':'].into_iter().chain(self.next()).collect(),
            Some(first @ ('#' | '%' | '/')) => {
                let double = self.rest.starts_with(first);
                self.rest = if double { &self.rest[1..] } else { self.rest };
                if double { [first, first].iter().collect() } else { first.to_string() }
            }
            Some(first) => first.to_string(),
            None => String::new(),
        };
        let word = self.word(depth);
        let is_void = |value: &Value| match value {
            Value::Known(text) => operator.starts_with(':') && text.is_empty(),
            Value::Given => false,
            Value::Unset => true,
        };
        match operator.trim_start_matches(':') {
            "-" | "?" if !is_void(&value) => self.put(name, &value),
            "-" => self.take(word),
            "+" if is_void(&value) => {}
            "+" => self.take(word),
            pattern @ ("#" | "##" | "%" | "%%" | "/" | "//") => match value {
                Value::Known(text)
                    if text.len() <= MATCHED_MAX
                        && word.text.len() <= MATCHED_MAX
                        && self.spend(text.len() * text.len() * word.text.len()) =>
                {
                    // A wildcard replacement within a text is not evaluated.
                    self.out.is_open |= word.is_open || pattern.starts_with('/') && word.text.contains('*');
                    let text = changed(&text, pattern, &word.text);
                    self.push(&text);
                }
                _ => self.out.is_open = true,
            },
            _ => self.out.is_open = true,
        }
    }

    /// The word after an operator, up to its `}`.
    fn word(&mut self, depth: usize) -> Expanded {
        let mut inner = Reader { out: Expanded::default(), ..*self };
        if depth >= DEPTH_MAX {
            self.rest = "";
            return Expanded { is_open: true, ..Expanded::default() };
        }
        inner.read(depth + 1, true);
        self.rest = inner.rest;
        inner.out
    }

    fn take(&mut self, word: Expanded) {
        self.push(&word.text);
        self.out.is_open |= word.is_open;
        for name in word.variables {
            if !self.out.variables.contains(&name) {
                self.out.variables.push(name);
            }
        }
    }

    fn put(&mut self, name: &str, value: &Value) {
        match value {
            Value::Known(text) => self.push(text),
            // An unset variable is empty, and fails the build where it must not be.
            Value::Given | Value::Unset => {
                self.push(&format!("${{{name}}}"));
                self.out.is_open = true;
            }
        }
    }
}

/// `text` with what `pattern` matches at its start or end removed or replaced.
fn changed(text: &str, operator: &str, pattern: &str) -> String {
    let cuts = || (0..=text.len()).filter(|at| text.is_char_boundary(*at));
    let start = |at: &usize| wildcard::matches(&text.as_bytes()[..*at], pattern.as_bytes());
    let end = |at: &usize| wildcard::matches(&text.as_bytes()[*at..], pattern.as_bytes());
    match operator {
        "#" => cuts().find(start).map_or(text, |at| &text[at..]).to_owned(),
        "##" => cuts().rev().find(start).map_or(text, |at| &text[at..]).to_owned(),
        "%" => cuts().rev().find(end).map_or(text, |at| &text[..at]).to_owned(),
        "%%" => cuts().find(end).map_or(text, |at| &text[..at]).to_owned(),
        _ => {
            let (pattern, with) = pattern.split_once('/').unwrap_or((pattern, ""));
            let mut out = String::new();
            let mut from = 0;
            while from < text.len() && !pattern.is_empty() {
                let to = from + pattern.len();
                if text
                    .get(from..to)
                    .is_some_and(|part| wildcard::matches(part.as_bytes(), pattern.as_bytes()))
                {
                    out.push_str(with);
                    from = to;
                    if operator == "/" {
                        break;
                    }
                    continue;
                }
                let next = text[from..].chars().next().map_or(1, char::len_utf8);
                out.push_str(&text[from..from + next]);
                from += next;
            }
            out + &text[from..]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(word: &str) -> (String, bool) {
        let lookup = |name: &str| match name {
            "A" => Value::Known("a.b.c".to_owned()),
            "EMPTY" => Value::Known(String::new()),
            "GIVEN" => Value::Given,
            _ => Value::Unset,
        };
        let out = expand(word, '\\', &lookup, &Cell::new(WORK));
        (out.text, out.is_open)
    }

    #[test]
    fn variables_have_the_values_that_buildkit_gives_them() {
        for (word, text) in [
            ("x$A-y", "xa.b.c-y"),
            ("${A}", "a.b.c"),
            ("'$A'", "$A"),
            ("\"$A\"", "a.b.c"),
            ("\\$A", "$A"),
            ("${A:-d}", "a.b.c"),
            ("${EMPTY:-d}", "d"),
            ("${EMPTY-d}", ""),
            ("${NO:-d}", "d"),
            ("${NO-d}", "d"),
            ("${NO:-${NO:-e}f}", "ef"),
            ("${NO:-\"d e\"}", "d e"),
            ("${A:+d}", "d"),
            ("${A+d}", "d"),
            ("${EMPTY:+d}", ""),
            ("${NO:+:$NO}x", "x"),
            ("${A#*.}", "b.c"),
            ("${A##*.}", "c"),
            ("${A%.*}", "a.b"),
            ("${A%%.*}", "a"),
            ("${A/./-}", "a-b.c"),
            ("${A//./-}", "a-b-c"),
            ("$(x)$$", "$(x)$$"),
        ] {
            assert_eq!(expanded(word), (text.to_owned(), false), "{word}");
        }
        for word in ["$GIVEN", "$NO", "${GIVEN}x", "${GIVEN#x}", "${A", "${A!x}"] {
            assert!(expanded(word).1, "{word}");
        }
        assert!(expanded("${GIVEN:-d}").1);
    }

    #[test]
    fn hostile_words_are_bounded() {
        let deep = "${A:-".repeat(10_000);
        let _ = expanded(&deep);
        let long = "$A".repeat(100_000);
        assert!(expanded(&long).0.len() <= LENGTH_MAX);
    }
}
