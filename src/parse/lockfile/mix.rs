//! `mix.lock`: an Elixir map, `"tin": {:hex, :tin, "1.0.0", …, "hexpm", …},`; and `rebar.lock`, Erlang terms.

use super::Origin;
use super::reader::{Found, Reader};
use crate::model::Span;

/// A parsed term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Term<'t> {
    /// The inside of a string or an atom.
    Text(&'t str),
    /// Anything else.
    Other,
}

pub(super) fn read(reader: &mut Reader<'_>) {
    let mut terms = Terms { text: reader.text, at: 0 };
    if let Err(at) = entries(reader, &mut terms) {
        let what = if at >= terms.text.trim_end().len() {
            "ends in the middle: the file may have been cut off"
        } else {
            "not what a mix.lock holds there"
        };
        reader.mistake(at, format!("{what}; packages behind it were not checked"));
    }
}

/// `{"1.2.0", [{<<"tin">>, {pkg, <<"tin">>, <<"1.0.0">>}, 0}]}.`, in old versions only the list.
pub(super) fn rebar(reader: &mut Reader<'_>) {
    // Binaries as strings, without shifting offsets.
    let text = reader.text.replace("<<\"", "  \"").replace("\">>", "\"  ");
    let mut terms = Terms { text: &text, at: 0 };
    if let Err(at) = erlang(reader, &mut terms) {
        let what = if at >= text.trim_end().len() {
            "ends in the middle: the file may have been cut off"
        } else {
            "not what a rebar.lock holds there"
        };
        reader.mistake(at, format!("{what}; packages behind it were not checked"));
    }
}

fn erlang(reader: &mut Reader<'_>, terms: &mut Terms<'_>) -> Result<(), usize> {
    let versioned = terms.skip("{");
    if versioned {
        terms.term(None)?;
        terms.expect(",")?;
    }
    terms.expect("[")?;
    while !terms.skip("]") {
        terms.expect("{")?;
        terms.blanks();
        let start = terms.at + 1;
        let Term::Text(key) = terms.term(None)? else { return Err(start - 1) };
        let at = Span::new(start, start + key.len());
        terms.expect(",")?;
        let mut parts = Vec::new();
        terms.term(Some(&mut parts))?;
        terms.expect(",")?;
        terms.term(None)?;
        terms.expect("}")?;
        let texts: Vec<&str> = parts
            .iter()
            .filter_map(|part| match part {
                Term::Text(text) => Some(*text),
                Term::Other => None,
            })
            .collect();
        match texts.as_slice() {
            [name, version, ..] => {
                reader.add(&Found { name, version, alias: Some(key), origin: Origin::Public, at });
            }
            _ => reader.add(&Found { name: key, version: "", alias: None, origin: Origin::Git, at }),
        }
        if !terms.skip(",") {
            terms.expect("]")?;
            break;
        }
    }
    if versioned {
        terms.expect("}")?;
    }
    terms.expect(".")?;
    // Digests follow in a separate list.
    terms.blanks();
    if terms.skip("[") {
        terms.at -= 1;
        terms.term(None)?;
        terms.expect(".")?;
    }
    terms.blanks();
    if terms.at < terms.text.len() { Err(terms.at) } else { Ok(()) }
}

/// Reads all entries, or returns the offset of the first error.
fn entries(reader: &mut Reader<'_>, terms: &mut Terms<'_>) -> Result<(), usize> {
    terms.expect("%{")?;
    while !terms.skip("}") {
        terms.blanks();
        let start = terms.at + 1;
        let Term::Text(key) = terms.term(None)? else { return Err(start - 1) };
        let at = Span::new(start, start + key.len());
        if !terms.skip(":") {
            terms.expect("=>")?;
        }
        let mut parts = Vec::new();
        terms.term(Some(&mut parts))?;
        package(reader, key, at, &parts);
        if !terms.skip(",") {
            terms.expect("}")?;
            break;
        }
    }
    terms.blanks();
    if terms.at < terms.text.len() { Err(terms.at) } else { Ok(()) }
}

fn package(reader: &mut Reader<'_>, key: &str, at: Span, parts: &[Term<'_>]) {
    let text = |place: usize| match parts.get(place) {
        Some(Term::Text(text)) => Some(*text),
        _ => None,
    };
    match (text(0), text(1), text(2)) {
        (Some("hex"), Some(name), Some(version)) => {
            // An organisation has a registry of its own.
            let public = text(6).is_none_or(|registry| registry == "hexpm");
            let origin = if public { Origin::Public } else { Origin::Registry };
            reader.add(&Found { name, version, alias: Some(key), origin, at });
        }
        (Some("git"), Some(_), Some(version)) => {
            reader.add(&Found { name: key, version, alias: None, origin: Origin::Git, at });
        }
        (Some("path"), ..) => {}
        _ => reader.mistake(at.start, "a package in an unknown form; it was not checked"),
    }
}

/// Walks over terms, without recursion.
struct Terms<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Terms<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Skips blanks.
    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            match self.rest().strip_prefix('#') {
                Some(comment) => self.at += 1 + comment.find('\n').unwrap_or(comment.len()),
                None => return,
            }
        }
    }

    /// Skips `what`, if it is next.
    fn skip(&mut self, what: &str) -> bool {
        self.blanks();
        let there = self.rest().starts_with(what);
        self.at += if there { what.len() } else { 0 };
        there
    }

    fn expect(&mut self, what: &str) -> Result<(), usize> {
        if self.skip(what) { Ok(()) } else { Err(self.at) }
    }

    /// Reads a term; the direct elements of a tuple go to `parts`.
    fn term(&mut self, mut parts: Option<&mut Vec<Term<'t>>>) -> Result<Term<'t>, usize> {
        let mut open: Vec<char> = Vec::new();
        loop {
            self.blanks();
            let start = self.at;
            let term = match self.rest().chars().next().ok_or(start)? {
                '%' if self.skip("%{") => {
                    open.push('}');
                    continue;
                }
                bracket @ ('{' | '[') => {
                    if open.len() == 1
                        && let Some(parts) = parts.as_deref_mut()
                    {
                        parts.push(Term::Other);
                    }
                    self.at += 1;
                    open.push(if bracket == '{' { '}' } else { ']' });
                    continue;
                }
                bracket @ ('}' | ']') => {
                    if open.pop() != Some(bracket) {
                        return Err(start);
                    }
                    self.at += 1;
                    Term::Other
                }
                '"' => Term::Text(self.string()?),
                ':' => {
                    self.at += 1;
                    match self.rest().starts_with('"') {
                        true => Term::Text(self.string()?),
                        false => Term::Text(self.word()?),
                    }
                }
                c if c.is_alphanumeric() || matches!(c, '-' | '_') => {
                    self.word()?;
                    Term::Other
                }
                _ => return Err(start),
            };
            let closed = self.text[start..].starts_with(['}', ']']);
            if open.len() == 1
                && !closed
                && let Some(parts) = parts.as_deref_mut()
            {
                parts.push(term);
            }
            if open.is_empty() {
                return Ok(term);
            }
            // Between terms: commas, and key-value separators.
            while self.skip(",") || self.skip("=>") || (self.rest().starts_with(": ") && self.skip(":")) {}
        }
    }

    /// The inside of a string.
    fn string(&mut self) -> Result<&'t str, usize> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut at = start;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            at += memchr::memchr2(b'"', b'\\', rest).ok_or(self.text.len())?;
            if bytes[at] == b'"' {
                break;
            }
            at += 2;
        }
        self.at = at + 1;
        self.text.get(start..at).ok_or(start)
    }

    fn word(&mut self) -> Result<&'t str, usize> {
        let rest = self.rest();
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '?' | '!' | '@');
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.at);
        }
        self.at += end;
        Ok(&rest[..end])
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::Format;
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};

    #[test]
    fn terms_of_erlang() {
        let text = "{\"1.2.0\",\n[{<<\"tin\">>,{pkg,<<\"tin\">>,<<\"1.0.0\">>},0},\n {<<\"zinc\">>,{git,\"https://example.org/zinc.git\",{ref,\"0a\"}},1}]}.\n[\n{pkg_hash,[\n {<<\"tin\">>, <<\"00\">>}]}\n].\n";
        assert_eq!(parsed(Format::Rebar, text), ["tin 1.0.0 2", "zinc  3 git"]);
        assert_eq!(parsed(Format::Rebar, "[].\n"), [""; 0]);
        for end in [20, 60, text.find("\n[\n").unwrap() - 1] {
            assert!(line_of_mistake(Format::Rebar, &text[..end]).is_some(), "{end}");
        }
    }

    const GOOD: &str = "%{\n  \"tin\": {:hex, :tin, \"1.0.0\", \"00\", [:mix], [{:zinc, \"~> 2.0\", [hex: :zinc, repo: \"hexpm\", optional: false]}], \"hexpm\", \"11\"},\n  \"own\": {:hex, :own, \"3.0.0\", \"00\", [:mix], [], \"hexpm:us\", \"11\"},\n  # a comment\n  \"lead\" => {:git, \"https://example.org/lead.git\", \"0a1b\", [branch: \"main\"]},\n  \"alias\": {:hex, :\"zinc\", \"2.0.0\", \"00\", [:rebar3, :make], []},\n}\n";

    #[test]
    fn entries_of_every_kind() {
        assert_eq!(
            parsed(Format::Mix, GOOD),
            ["tin 1.0.0 2", "own 3.0.0 3 another registry", "lead 0a1b 5 git", "zinc 2.0.0 6"]
        );
        assert_eq!(parsed(Format::Mix, "%{}\n"), [""; 0]);
        assert_eq!(
            parsed(Format::Mix, "%{\"a\": {:hex, :a, \"1.0.0\"}, \"b\": {:path, \"b\"}}"),
            ["a 1.0.0 1"]
        );
    }

    #[test]
    fn what_is_none_of_the_format() {
        let mistake = |text: &str| line_of_mistake(Format::Mix, text);
        assert_eq!(mistake("<!DOCTYPE html>\n"), Some(1));
        assert_eq!(mistake("{\"tin\": 1}\n"), Some(1));
        assert_eq!(mistake("%{\n\"tin\": 1}\n"), Some(2));
        assert_eq!(mistake(&format!("{GOOD}more\n")), Some(8));
        for (end, line) in [
            (GOOD.find("1.0.0").unwrap(), 2),
            (GOOD.find("  \"own").unwrap(), 3),
            (GOOD.rfind('}').unwrap(), 7),
        ] {
            let found = mistake(&GOOD[..end]);
            assert!(found.is_some_and(|found| found == line || found + 1 == line), "{end}: {found:?}");
        }
        assert!(mistake(&format!("%{{\"a\": {}", "[".repeat(100_000))).is_some());
    }
}
