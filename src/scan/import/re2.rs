//! Go regular expressions, rewritten for the Rust engine.
//!
//! In Go `\d`, `\w`, `\s` and `\b` are ASCII, `[` and `&&` inside a class are literals, so is a `{` that starts no
//! repetition, and `\Q…\E` exists. Regexes run over bytes; one with non-ASCII characters is wrapped in `(?u:…)`.

use regex_automata::util::syntax;
use regex_syntax::ast::parse::Parser;

use crate::engine::foreign::syntax_config;

/// A converted regex.
#[derive(Debug)]
pub(super) struct Parsed {
    /// In Rust syntax.
    pub(super) source: String,
    /// Its number of groups.
    pub(super) groups: usize,
}

/// Parses a Go regex.
///
/// # Errors
/// The mistake, or the unsupported feature.
pub(super) fn parse(expression: &str) -> Result<Parsed, String> {
    let Translation { out: source, groups, unicode, .. } = translate(expression)?;
    // Without Unicode every parsed regex is valid; Unicode properties may be unknown.
    if unicode {
        syntax::parse_with(&source, &syntax_config()).map_err(|error| in_a_line(&error.to_string()))?;
    } else {
        Parser::new().parse(&source).map_err(|error| error.kind().to_string())?;
    }
    Ok(Parsed { source, groups })
}

/// The last line of an error that also shows the place.
fn in_a_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

/// The regex in Rust syntax.
fn translate(expression: &str) -> Result<Translation<'_>, String> {
    let mut written = Translation::of(expression, !expression.is_ascii())?;
    if written.unicode && !written.ascii_classes {
        // Restarts, since `\d` and the like differ with Unicode.
        written = Translation::of(expression, true)?;
    }
    if written.unicode {
        written.out = format!("(?u:{})", written.out);
    }
    Ok(written)
}

struct Translation<'a> {
    rest: &'a str,
    out: String,
    /// True if `\d` and the like must be spelled out to stay ASCII.
    ascii_classes: bool,
    /// True if the regex has non-ASCII characters.
    unicode: bool,
    /// Capture groups.
    groups: usize,
}

impl<'a> Translation<'a> {
    fn of(expression: &'a str, unicode: bool) -> Result<Self, String> {
        let out = String::with_capacity(expression.len() + 16);
        let mut translation = Self { rest: expression, out, ascii_classes: unicode, unicode, groups: 0 };
        while let Some(c) = translation.next() {
            match c {
                '\\' => translation.escape()?,
                '[' => translation.class()?,
                '(' => translation.group()?,
                '{' if !is_count(translation.rest) => translation.out.push_str(r"\{"),
                c => translation.out.push(c),
            }
        }
        Ok(translation)
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// Parses an escape outside a class.
    fn escape(&mut self) -> Result<(), String> {
        let Some(c) = self.next() else { return Err("it ends with a backslash".to_owned()) };
        match c {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' => self.perl(c, Place::Alone),
            'b' | 'B' => {
                self.out.push_str(if self.ascii_classes { r"(?-u:\" } else { "\\" });
                self.out.push(c);
                self.out.push_str(if self.ascii_classes { ")" } else { "" });
            }
            'A' | 'z' => {
                self.out.push('\\');
                self.out.push(c);
            }
            'Q' => {
                let (quoted, rest) = self.rest.split_once(r"\E").unwrap_or((self.rest, ""));
                self.out.push_str(&regex_syntax::escape(quoted));
                self.rest = rest;
            }
            'p' | 'P' => self.property(c),
            c => {
                let code = self.character(c)?;
                self.literal(code);
            }
        }
        Ok(())
    }

    /// Parses a class after its bracket.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if let Some(rest) = self.rest.strip_prefix('^') {
            self.rest = rest;
            self.out.push('^');
        }
        let mut first = true;
        loop {
            // `[:alpha:]` and the like are the same in both.
            if let Some(end) = self.rest.strip_prefix("[:").and_then(|name| name.find(":]")) {
                let (name, rest) = self.rest.split_at(end + 4);
                self.out.push_str(name);
                self.rest = rest;
                first = false;
                continue;
            }
            let c = self.next().ok_or("a class is not closed")?;
            match c {
                ']' if !first => break,
                '\\' => match self.next().ok_or("it ends with a backslash")? {
                    c @ ('d' | 'D' | 'w' | 'W' | 's' | 'S') => self.perl(c, Place::InClass),
                    c @ ('p' | 'P') => self.property(c),
                    c => {
                        let code = self.character(c)?;
                        self.literal(code);
                        self.range()?;
                    }
                },
                c => {
                    self.literal(c);
                    self.range()?;
                }
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    /// Parses the end of a range in a class, if one follows.
    fn range(&mut self) -> Result<(), String> {
        let Some(rest) = self.rest.strip_prefix('-').filter(|rest| !rest.starts_with(']')) else {
            return Ok(());
        };
        self.rest = rest;
        self.out.push('-');
        let end = match self.next().ok_or("a class is not closed")? {
            '\\' => {
                let c = self.next().ok_or("it ends with a backslash")?;
                self.character(c)?
            }
            c => c,
        };
        self.literal(end);
        Ok(())
    }

    /// Parses the opening of a group after its parenthesis.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        let Some(rest) = self.rest.strip_prefix('?') else {
            self.groups += 1;
            return Ok(());
        };
        if ["=", "!", "<=", "<!"].iter().any(|look| rest.starts_with(look)) {
            return Err("look-around is not supported, nor is it by gitleaks".to_owned());
        }
        if rest.starts_with("P<") || rest.starts_with('<') {
            self.groups += 1;
        }
        if let Some(flag) =
            rest.chars().take_while(|c| !matches!(c, ':' | ')' | 'P' | '<')).find(|c| !"imsU-".contains(*c))
        {
            return Err(format!("unknown flag `{}`", crate::model::text::escaped(&flag.to_string())));
        }
        Ok(())
    }

    /// `\d` and the like. Go's `\s` excludes vertical tab, which does not matter in practice.
    fn perl(&mut self, c: char, place: Place) {
        let members = match c.to_ascii_lowercase() {
            _ if !self.ascii_classes => {
                self.out.push('\\');
                return self.out.push(c);
            }
            'd' => "0-9",
            'w' => "0-9A-Za-z_",
            _ => r"\t\n\x0B\x0C\r ",
        };
        let (open, close) = match (c.is_ascii_uppercase(), place) {
            (true, _) => ("[^", "]"),
            (false, Place::Alone) => ("[", "]"),
            (false, Place::InClass) => ("", ""),
        };
        for part in [open, members, close] {
            self.out.push_str(part);
        }
    }

    /// `\pN` or `\p{Name}`, which start alike.
    fn property(&mut self, c: char) {
        self.unicode = true;
        self.out.push('\\');
        self.out.push(c);
        // The name must not be read as a repetition.
        if let Some(end) = self.rest.strip_prefix('{').and_then(|name| name.find('}')) {
            let (name, rest) = self.rest.split_at(end + 2);
            self.out.push_str(name);
            self.rest = rest;
        }
    }

    /// The character of an escape that starts with `c`.
    fn character(&mut self, c: char) -> Result<char, String> {
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        let unknown = || format!("unknown escape `\\{}`", crate::model::text::escaped(&c.to_string()));
        Ok(match c {
            'a' => '\x07',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => {
                let (digits, rest) = match self.rest.strip_prefix('{') {
                    Some(rest) => rest.split_once('}').ok_or_else(unknown)?,
                    None => self.rest.split_at_checked(2).ok_or_else(unknown)?,
                };
                self.rest = rest;
                number(digits, 16).ok_or_else(unknown)?
            }
            // Octal; Go also rejects what could be a backreference.
            '0'..='7' => {
                let more = self.rest.bytes().take(2).take_while(|b| matches!(b, b'0'..=b'7')).count();
                if c != '0' && more == 0 {
                    return Err("backreferences are not supported, nor are they by gitleaks".to_owned());
                }
                let (digits, rest) = self.rest.split_at(more);
                self.rest = rest;
                number(&format!("{c}{digits}"), 8).ok_or_else(unknown)?
            }
            c if c.is_ascii_alphanumeric() => return Err(unknown()),
            c => c,
        })
    }

    /// A literal character.
    fn literal(&mut self, c: char) {
        self.unicode |= !c.is_ascii();
        if c.is_ascii_control() {
            self.out.push_str(&format!("\\x{:02X}", u32::from(c)));
            return;
        }
        if regex_syntax::is_meta_character(c) {
            self.out.push('\\');
        }
        self.out.push(c);
    }
}

/// The position of a class such as `\d`.
#[derive(Clone, Copy)]
enum Place {
    Alone,
    InClass,
}

/// True if a `{` starts a repetition: `2}`, `2,}` or `2,3}`.
fn is_count(rest: &str) -> bool {
    let Some((count, _)) = rest.split_once('}') else { return false };
    let (least, most) = count.split_once(',').unwrap_or((count, "0"));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::engine::foreign::syntax_config;
    use regex_automata::meta::Regex;

    fn found<'t>(expression: &str, text: &'t str) -> Option<&'t str> {
        let source = parse(expression).unwrap_or_else(|error| panic!("{expression}: {error}")).source;
        let regex = Regex::builder().syntax(syntax_config()).build(&source).unwrap();
        regex.find(text).map(|found| &text[found.range()])
    }

    #[test]
    fn what_both_know_stays() {
        assert_eq!(found(r"(?i)acme_(?P<key>[a-z0-9]{4,6})\b", "x ACME_ab12cd;"), Some("ACME_ab12cd"));
        assert_eq!(found(r"\Aab(?:c|d)+?\z", "abcd"), Some("abcd"));
        assert_eq!(found(r"(?s:a.b)(?<n>c)", "a\nbc"), Some("a\nbc"));
        assert_eq!(found(r"[[:alpha:]_]+[[:^digit:]]", "1ab_-"), Some("ab_-"));
        assert_eq!(found(r"\x{1F511}=\x41", "🔑=A"), Some("🔑=A"));
        assert_eq!(found(r"a\.b\-c\_d", "a.b-c_d"), Some("a.b-c_d"));
    }

    #[test]
    fn classes_hold_plain_characters() {
        assert_eq!(found(r"[[a&&b]+", "x[&a&b"), Some("[&a&b"));
        assert_eq!(found(r"[]a]+", "x]a]"), Some("]a]"));
        assert_eq!(found(r"[^]a]", "]ab"), Some("b"));
        assert_eq!(found(r"[\w.-]+", "$a.b-c_9$"), Some("a.b-c_9"));
        assert_eq!(found(r"[a-c-]+", "-x"), Some("-"));
        assert_eq!(found(r"[-a]+", "b-a"), Some("-a"));
        assert_eq!(found(r"[+--]+", "x+,-."), Some("+,-"));
        assert_eq!(found(r"[\W\d]+", "a-1b"), Some("-1"));
        assert_eq!(found(r"['\x22\]~~]+", "a'\"]~"), Some("'\"]~"));
        assert_eq!(found(r"[\x00-\x1f\]]", "a]"), Some("]"));
    }

    #[test]
    fn braces_that_count_nothing_are_plain() {
        assert_eq!(found(r"\${[^}]+}", "a ${B} c"), Some("${B}"));
        assert_eq!(found(r"a{,2}", "aa a{,2}"), Some("a{,2}"));
        assert_eq!(found(r"{{x}}", "{{x}}"), Some("{{x}}"));
        assert_eq!(found(r"a{2,}", "aaaa"), Some("aaaa"));
    }

    #[test]
    fn escapes_are_those_of_go() {
        assert_eq!(found(r"\<\/a\>", "x</a>"), Some("</a>"));
        assert_eq!(found(r"\Qa.b[\E+", "axb[ a.b[["), Some("a.b[["));
        assert_eq!(found(r"\101\0", "A\0"), Some("A\0"));
        assert_eq!(found(r"\s\S", "a\t\n:"), Some("\n:"));
    }

    #[test]
    fn unicode_is_on_where_it_is_spoken_of() {
        assert_eq!(found(r"\p{L}+", "1äß2"), Some("äß"));
        assert_eq!(found(r"\pN", "aé5"), Some("5"));
        assert_eq!(found(r"\p{Greek}+\w", "αβa"), Some("αβa"));
        assert_eq!(found(r"(?i)[ä-ü]x\b", "Äx "), Some("Äx"));
        assert_eq!(found(r"é\w", "éé ée"), Some("ée"));
        assert!(!parse("abc").unwrap().source.contains("?u"));
    }

    #[test]
    fn groups_are_counted() {
        assert_eq!(parse(r"(a)(?:b)(?P<n>[(]\()(?i)((c)?)").unwrap().groups, 4);
    }

    #[test]
    fn what_cannot_be_is_told() {
        let error = |expression: &str| parse(expression).unwrap_err();
        assert!(error("(?=a)").contains("look-around"));
        assert!(error("(?<!a)b").contains("look-around"));
        assert!(error(r"(a)\1").contains("references"));
        assert!(error("(a").contains("unclosed group"));
        assert!(error("[a").contains("not closed"));
        assert!(error("(?x)a").contains("flag `x`"));
        assert!(error(r"\y").contains(r"escape `\y`"));
        assert!(error("a\\").contains("backslash"));
        assert!(error(r"\p{Nosuch}").contains("property"), "{}", error(r"\p{Nosuch}"));
        for broken in ["a**{", "(?", "(?P<", "[[:", "[a-", r"\x", r"\x{", r"\p", "[z-a]", "a{1001}{1001}"] {
            let _ = parse(broken);
        }
    }
}
