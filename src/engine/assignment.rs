//! One state machine for `name operator value` in all common syntaxes.
//!
//! Shell, YAML, JSON, TOML, INI, properties, XML attributes and elements, Dockerfile, connection
//! strings, command-line flags, query strings, HCL, and assignments, comparisons and calls of the
//! usual languages. It starts at a word in the name and reads at most one line on.

mod away;
mod bare;
mod before;
mod columns;
mod extent;
mod fallback;

use away::Away;
use before::{is_alternative, is_declared, is_in_file_path, with_word_before};
use extent::{Given, Value, value};

use super::charset;
use super::walks::Walks;
use crate::model::Span;

/// The longest name, in bytes.
pub const NAME_MAX: usize = 64;
/// The longest value, in bytes.
pub const VALUE_MAX: usize = 2048;
/// The most blanks between the parts.
const BLANKS_MAX: usize = 48;

/// How name and value are linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// `=`, `:`, `:=`, `=>` and their like.
    Assigned,
    /// `==` and `!=`.
    Compared,
    /// `name("value")` and `("name", "value")`.
    Passed,
    /// `<name>value</name>`.
    Element,
    /// `--name value`.
    Flag,
    /// Only spaces or a dash between them.
    Beside,
}

/// A name, a value and how they are linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment<'a> {
    /// The name as written, without quotes.
    pub name: &'a [u8],
    /// The value as written, without quotes; if it is written in several pieces, the longest.
    pub value: &'a [u8],
    /// The span of the whole value.
    pub span: Span,
    /// How they are linked.
    pub link: Link,
    /// True if the value is quoted.
    pub quoted: bool,
}

/// The bytes that reading an assignment depends on; each step looks at most `STEP_MAX` bytes ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Bytes before the word; more than exist if the start of the text was reached.
    pub back: usize,
    /// One past the last byte; past the text if its end was reached.
    pub end: usize,
}

/// The most bytes that one step of the reader looks ahead.
const STEP_MAX: usize = 72;
/// More bytes than there are from the start of a name, with the word before it, to the word in it that led there.
const WORDS_MAX: usize = 160;
/// The most bytes before a name that are looked at for an opening bracket.
const LEAD_MAX: usize = 64;

/// Reads the assignment in whose name the word at `start..end` stands.
#[must_use]
pub fn read(hay: &[u8], start: usize, end: usize) -> Option<Assignment<'_>> {
    read_within(hay, start, end, &Walks::default()).0
}

/// The same, and how far it looked. `walks` belong to `hay`.
#[must_use]
pub fn read_within<'a>(
    hay: &'a [u8],
    start: usize,
    end: usize,
    walks: &Walks,
) -> (Option<Assignment<'a>>, Looked) {
    let mut looked = Looked { back: 0, end };
    let found = parse(hay, start, end, walks, &mut looked);
    (found, looked)
}

fn parse<'a>(
    hay: &'a [u8],
    start: usize,
    end: usize,
    walks: &Walks,
    looked: &mut Looked,
) -> Option<Assignment<'a>> {
    let name_start = start - charset::NAME.run_at_end(&hay[..start], NAME_MAX);
    let spaced = name_start > 0 && hay[name_start - 1] == b' ';
    // A word before the name, and the text before that.
    looked.back = start - name_start + if spaced { 24 } else { 2 };
    let mut name_end = end + charset::IDENT.run(&hay[end..], NAME_MAX);
    // A dash or dot goes on in a name (`x-api-key-id`) unless what follows is the value itself.
    while matches!(hay.get(name_end), Some(b'-' | b'.')) {
        let part = charset::IDENT.run(&hay[name_end + 1..], NAME_MAX);
        let more = &hay[name_end + 1..name_end + 1 + part];
        let word =
            part > 0 && part < 20 && more[0].is_ascii_alphabetic() && !more.iter().any(u8::is_ascii_digit);
        if !word || name_end - name_start > NAME_MAX + 32 {
            break;
        }
        name_end += 1 + part;
    }
    looked.end = name_end + STEP_MAX;
    if name_end - name_start > NAME_MAX + 32 {
        return None;
    }
    let name_start = if matches!(hay[name_start..], [b'-', b'-', ..]) {
        name_start
    } else {
        with_word_before(hay, name_start)
    };
    let name = trimmed(&hay[name_start..name_end]);
    let found = |value: Value, link| Assignment {
        name,
        value: &hay[value.part.range()],
        span: value.span,
        link,
        quoted: value.quoted,
    };
    if hay[start..end].eq_ignore_ascii_case(b"identified") {
        let value = identified(hay, name_end, walks, looked)?;
        return Some(Assignment { name: b"password", ..found(value, Link::Assigned) });
    }
    let mut at = name_end;
    let closed = skip_quote(hay, &mut at);
    let away = Away { hay, walks, name: name_start, closed };
    if matches!(hay[..name_start], [.., b'$', b'{']) {
        if let Some(literal) = fallback::in_braces(hay, name_start, &mut looked.end) {
            return Some(found(Value::whole(literal, true), Link::Assigned));
        }
        // `${PASSWORD}    value` in a table of variables.
        at += usize::from(hay.get(at) == Some(&b'}') && hay[at + 1..].starts_with(b"    "));
    }
    let after_name = hay.get(at);
    let called = closed && after_name == Some(&b')');
    if after_name == Some(&b']') || called {
        at += 1;
    }
    let gap = skip_blanks(hay, &mut at);
    if let Some((value, link)) = away.beside(at, looked) {
        return Some(found(value, link));
    }
    if matches!(hay.get(at), Some(b',' | b')'))
        && let Some(value) = columns::value(hay, name_start, at, looked)
    {
        return Some(found(value, Link::Passed));
    }
    if hay.get(at) == Some(&b',') {
        looked.back += LEAD_MAX + 24;
    }
    let opened_tag = name_start > 0 && hay[name_start - 1] == b'<';
    let flag = name_start >= 1 && matches!(hay[name_start..], [b'-', b'-', ..])
        || matches!(hay[..name_start], [.., b'-', b'-']);
    skip_type(hay, &mut at);
    looked.end = looked.end.max(at + STEP_MAX);
    if hay[at..].len() > 4 && hay[at..at + 4].eq_ignore_ascii_case(b"for ") {
        // `SET PASSWORD FOR user = '…'`
        let user = hay[at + 4..].iter().take(48).take_while(|b| !matches!(b, b' ' | b'\n')).count();
        let mut behind = at + 4 + user;
        skip_blanks(hay, &mut behind);
        if hay.get(behind) == Some(&b'=') {
            at = behind;
        }
        looked.end = looked.end.max(behind + STEP_MAX);
    }
    let argument = |at: usize| hay.get(at) == Some(&b',') && is_argument(hay, name_start, closed);
    let link = match &hay[at.min(hay.len())..] {
        [b':', b':', ..] => return None,
        // Without a blank, the sign is the first one of a value.
        [b'=', b'~', next, ..] if next.is_ascii_alphanumeric() => {
            at += 1;
            Link::Assigned
        }
        [b'=', b'=' | b'~', ..] | [b'!', b'=', ..] => {
            at += if hay.get(at + 2) == Some(&b'=') { 3 } else { 2 };
            Link::Compared
        }
        [b':' | b'?' | b'+' | b'|' | b'.', b'=', ..]
        | [b'=' | b'-', b'>', ..]
        | [b'<', b'-', b' ' | b'"', ..] => {
            at += 2;
            Link::Assigned
        }
        [b'|', b'|', b'=', ..] | [b'?', b'?', b'=', ..] | [b'<', b'<', b'-', ..] => {
            at += 3;
            Link::Assigned
        }
        [b'|', b' ', b'd', ..] if !closed => {
            let literal = fallback::of_filter(hay, at, &mut looked.end)?;
            return Some(found(Value::whole(literal, true), Link::Assigned));
        }
        _ if let Some(behind) = fallback::operator(hay, at) => {
            at = behind;
            Link::Assigned
        }
        [b'=', ..] => {
            at += 1;
            Link::Assigned
        }
        // `ok ? "PASS" : "FAIL"`
        [b':', ..] if closed && is_alternative(hay, start, name_start, looked) => return None,
        [b':', ..] => {
            at += 1;
            typed_then_assigned(hay, &mut at);
            Link::Assigned
        }
        [b'(', ..] => {
            at += 1;
            Link::Passed
        }
        // `password{"…"}`
        [b'{', b'"', ..] if !closed && gap == 0 => {
            at += 1;
            Link::Passed
        }
        // `variable "password" { default = … }`, `output password { value = … }`
        [b'{', ..] if gap > 0 && (closed || is_declared(hay, start, name_start, looked)) => {
            let (value, link) = away.of_object(at, looked)??;
            return Some(found(value, link));
        }
        // `DATA(password) = …`
        [b')', b' ', b'=', b' ', ..] if !closed => {
            at += 3;
            Link::Assigned
        }
        [b',', ..] if argument(at) => {
            at += if hay[at..].starts_with(b", with: ") { 8 } else { 1 };
            skip_value_word(hay, &mut at);
            Link::Passed
        }
        [b'>', ..] if opened_tag => {
            at += 1;
            Link::Element
        }
        [first, ..] if opened_tag && gap > 0 && first.is_ascii_alphabetic() => {
            let (value, link) = away.content(at, looked)?;
            return Some(found(value, link));
        }
        rest if value_word(rest) => {
            skip_value_word(hay, &mut at);
            Link::Assigned
        }
        [b'\n' | b'\r', ..] => {
            if let Some(value) = explicit(hay, name_start, at) {
                at = value;
            } else if !skip_value_word(hay, &mut at) {
                return None;
            }
            Link::Assigned
        }
        _ if flag && gap > 0 => Link::Flag,
        [sign @ (b'-' | b'.' | b'/'), next, ..]
            if !closed
                && gap == 0
                && next.is_ascii_alphanumeric()
                && !(*sign == b'/' && is_in_file_path(hay, name_start, looked)) =>
        {
            at += 1;
            Link::Beside
        }
        [b'i', b's', b' ', b'"' | b'\'' | b'`', ..] if gap > 0 => {
            at += 3;
            Link::Assigned
        }
        rest if gap > 0 && !closed => {
            if is_prose(rest) {
                return None;
            }
            Link::Beside
        }
        _ => return None,
    };
    looked.end = looked.end.max(at + 2 * STEP_MAX);
    let mapping = link == Link::Assigned && hay[at - 1] == b':';
    let (lead, before) = bare::lead(hay, name_start);
    looked.back = looked.back.max(start - name_start + before);
    let member = lead == bare::Lead::Member && hay.get(at) == Some(&b'{');
    if link == Link::Assigned
        && !member
        && let Some(below) = away.below(at, mapping, looked)
    {
        return below.map(|(value, link)| found(value, link));
    }
    let value = value(hay, at, Given { link, lead, mapping }, walks, &mut looked.end)?;
    Some(found(value, link))
}

/// What follows `IDENTIFIED` in SQL: `BY '…'`, `WITH plugin BY '…'`.
fn identified(hay: &[u8], at: usize, walks: &Walks, looked: &mut Looked) -> Option<Value> {
    let window = &hay[at..hay.len().min(at + 2 * STEP_MAX)];
    looked.end = looked.end.max(at + 3 * STEP_MAX);
    let found = memchr::memmem::find(&window.to_ascii_lowercase(), b" by ")?;
    let words = window[..found].trim_ascii();
    let plugin = words.is_empty() || words.len() > 5 && words[..5].eq_ignore_ascii_case(b"with ");
    let given = Given { link: Link::Assigned, lead: bare::Lead::Apart, mapping: false };
    let value = value(hay, at + found + 4, given, walks, &mut looked.end)?;
    // Without quotes it may be a sentence.
    looked.back = looked.back.max(3 * STEP_MAX);
    let before = hay[at.saturating_sub(2 * STEP_MAX)..at].to_ascii_lowercase();
    let statement = [&b"user "[..], b"role ", b"grant ", b"connect to"]
        .iter()
        .any(|word| crate::engine::value::contains(&before, word));
    if !value.quoted && !statement {
        return None;
    }
    let named = [&b"values"[..], b"password", b"random"];
    let text = &hay[value.span.range()];
    let value = Value { quoted: true, ..value };
    (plugin && !named.iter().any(|word| text.eq_ignore_ascii_case(word))).then_some(value)
}

/// Behind the sign at which the value of `? name` stands, on the line after that of `at`.
fn explicit(hay: &[u8], name: usize, at: usize) -> Option<usize> {
    let newline = hay[at..].iter().take(2).take_while(|b| matches!(b, b'\n' | b'\r')).count();
    let mut next = at + newline;
    skip_blanks(hay, &mut next);
    let asked = hay[name.saturating_sub(8)..name].trim_ascii_end().ends_with(b"?");
    (asked && hay[next..].starts_with(b": ")).then_some(next + 1)
}

/// True if `rest` starts with two words: a sentence continues after the name.
fn is_prose(rest: &[u8]) -> bool {
    let word = charset::LETTER.run(rest, WORD_MAX);
    word > 0 && matches!(rest[word..], [b' ', next, ..] if next.is_ascii_alphabetic())
}

/// Most letters examined of a word in a sentence.
const WORD_MAX: usize = 24;

fn trimmed(name: &[u8]) -> &[u8] {
    let start = name.iter().position(u8::is_ascii_alphanumeric).unwrap_or(0);
    &name[start..]
}

/// True if the quoted name at `start` is the first thing in its brackets.
fn is_first_argument(hay: &[u8], start: usize) -> bool {
    let before = hay[start.saturating_sub(LEAD_MAX)..start].trim_ascii_end();
    let before = before
        .strip_suffix(b"\"")
        .or_else(|| before.strip_suffix(b"'"))
        .or_else(|| before.strip_suffix(b"`"))
        .unwrap_or(before);
    matches!(before.strip_suffix(b"\\").unwrap_or(before).trim_ascii_end().last(), Some(b'(' | b'{'))
        || value_follows(hay, start)
}

/// True if the name at `start`, followed by a comma, is an argument that names the next one.
fn is_argument(hay: &[u8], start: usize, closed: bool) -> bool {
    /// Words followed by adjacent strings.
    const LISTING: &[&[u8]] = &[
        b"case", b"when", b"in", b"return", b"or", b"and", b"not", b"is", b"like", b"yield", b"import",
        b"from",
    ];
    if is_first_argument(hay, start) {
        return true;
    }
    let window = &hay[start.saturating_sub(LEAD_MAX)..start];
    // `set :password, "…"`, `environment "PASSWORD", "…"`, `resValue "string", "token", "…"`
    let before = match window {
        [before @ .., b':'] if !closed => before,
        [before @ .., b'"' | b'\''] if closed => before,
        _ => return false,
    };
    let before = before.trim_ascii_end();
    let typed = before.strip_suffix(b",").unwrap_or(before).trim_ascii_end();
    let before = ["\"string\"", "'string'"].iter().fold(before, |rest, kind| {
        let at = typed.len().saturating_sub(kind.len());
        if typed[at..].eq_ignore_ascii_case(kind.as_bytes()) { typed[..at].trim_ascii_end() } else { rest }
    });
    let word = charset::NAME.run_at_end(before, usize::MAX);
    let word = &before[before.len() - word..];
    before.ends_with(b"(")
        || !word.is_empty() && !LISTING.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// True if the name is the value of a `name` member, as in lists of variables.
fn value_follows(hay: &[u8], start: usize) -> bool {
    let before = hay[start.saturating_sub(16)..start].to_ascii_lowercase();
    crate::engine::value::contains(&before, b"name") || crate::engine::value::contains(&before, b"key")
}

/// Skips a closing quote, escaped or not.
fn skip_quote(hay: &[u8], at: &mut usize) -> bool {
    let slashes = hay[*at..].iter().take(3).take_while(|b| **b == b'\\').count();
    match hay.get(*at + slashes) {
        Some(b'"' | b'\'' | b'`') => {
            *at += slashes + 1;
            true
        }
        _ => false,
    }
}

fn skip_blanks(hay: &[u8], at: &mut usize) -> usize {
    let blanks = hay[*at..].iter().take(BLANKS_MAX).take_while(|b| matches!(b, b' ' | b'\t')).count();
    *at += blanks;
    blanks
}

/// Skips `[32]`, `[]` and the type names of C and Go between a name and its operator.
fn skip_type(hay: &[u8], at: &mut usize) {
    const TYPES: &[&[u8]] = &[b"string", b"String", b"str", b"char", b"PROGMEM"];
    if hay.get(*at) == Some(&b'[') {
        let inner = hay[*at + 1..].iter().take(8).take_while(|b| b.is_ascii_alphanumeric()).count();
        if hay.get(*at + 1 + inner) == Some(&b']') {
            *at += inner + 2;
            skip_blanks(hay, at);
        }
    }
    let rest = &hay[(*at).min(hay.len())..];
    if !matches!(rest, [b'a' | b'A' | b'p' | b'P' | b's' | b'S' | b'c', ..]) {
        return;
    }
    // `As String = …`, `PIC X(20) VALUE '…'`
    if rest.len() > 4 && (rest[..3].eq_ignore_ascii_case(b"as ") || rest[..4].eq_ignore_ascii_case(b"pic ")) {
        let kind = if rest[2] == b' ' { 3 } else { 4 };
        let word = rest[kind..].iter().take(40).take_while(|b| !b.is_ascii_whitespace()).count();
        let mut behind = *at + kind + word;
        skip_blanks(hay, &mut behind);
        let rest = &hay[behind..];
        if rest.starts_with(b"=") {
            *at = behind;
        } else if rest.len() > 6 && rest[..6].eq_ignore_ascii_case(b"value ") {
            *at = behind + 6;
        }
    }
    for name in TYPES {
        let rest = &hay[(*at).min(hay.len())..];
        if rest.starts_with(name) && rest.get(name.len()) == Some(&b' ') {
            *at += name.len();
            skip_blanks(hay, at);
        }
    }
}

/// After a `:`, skips a type and its `=`: `: &'static str =`, `: string =`.
fn typed_then_assigned(hay: &[u8], at: &mut usize) {
    let window = &hay[*at..hay.len().min(*at + 40)];
    let len = window
        .iter()
        .take_while(|b| {
            b.is_ascii_alphanumeric()
                || matches!(
                    b,
                    b' ' | b'&' | b'\'' | b'_' | b'<' | b'>' | b'[' | b']' | b'?' | b'|' | b'*' | b'.'
                )
        })
        .count();
    let named = window[..len].iter().any(u8::is_ascii_alphabetic);
    let spaced = len > 0 && window[len - 1] == b' ';
    if named && spaced && window.get(len) == Some(&b'=') && !matches!(window.get(len + 1), Some(b'=' | b'>'))
    {
        *at += len + 1;
    }
}

fn value_word(rest: &[u8]) -> bool {
    rest.len() > 6 && rest[..5].eq_ignore_ascii_case(b"value") && matches!(rest[5], b'=' | b':' | b' ')
}

/// Skips to behind the operator of a `value` that belongs to the name before it: attributes
/// (`name="x" value="y"`), environment lists (`- name: X`, `value: y`), JSON objects.
fn skip_value_word(hay: &[u8], at: &mut usize) -> bool {
    let window = &hay[*at..hay.len().min(*at + BLANKS_MAX + 12)];
    let lead =
        window.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b',')).count();
    let newlines = window[..lead].iter().filter(|b| **b == b'\n').count();
    let rest = &window[lead..];
    if newlines > 1 || rest.len() < 7 || !rest[..5].eq_ignore_ascii_case(b"value") {
        return false;
    }
    let mut tail = 5;
    while matches!(rest.get(tail), Some(b'"' | b'\'' | b' ')) {
        tail += 1;
    }
    if !matches!(rest.get(tail), Some(b'=' | b':')) {
        return false;
    }
    *at += lead + tail + 1;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(text: &str, word: &str) -> Option<(String, String, Link)> {
        let start = text.find(word)?;
        let found = read(text.as_bytes(), start, start + word.len())?;
        let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some((string(found.name), string(found.value), found.link))
    }

    #[test]
    fn all_syntaxes() {
        use Link::{Assigned, Beside, Compared, Element, Flag, Passed};
        for (text, name, link) in [
            ("DB_PASSWORD=s3cret", "DB_PASSWORD", Assigned),
            ("export password='s3cret'", "password", Assigned),
            ("  password: s3cret # x", "password", Assigned),
            ("{\"password\": \"s3cret\"}", "password", Assigned),
            ("{\\\"password\\\": \\\"s3cret\\\"}", "password", Assigned),
            ("const password: &'static str = \"s3cret\";", "password", Assigned),
            ("let password: string = 's3cret'", "password", Assigned),
            ("var password string = \"s3cret\"", "password", Assigned),
            ("password := `s3cret`", "password", Assigned),
            ("char password[] = \"s3cret\";", "password", Assigned),
            ("'password' => 's3cret',", "password", Assigned),
            ("config['password'] = 's3cret'", "password", Assigned),
            ("if password == \"s3cret\":", "password", Compared),
            // bartizan:allow wordpress-database-password made up for this test
            ("define('DB_PASSWORD', 's3cret');", "DB_PASSWORD", Passed),
            (".password(\"s3cret\")", "password", Passed),
            ("<password>s3cret</password>", "password", Element),
            ("<add key=\"password\" value=\"s3cret\"/>", "password", Assigned),
            ("- name: DB_PASSWORD\n  value: \"s3cret\"", "DB_PASSWORD", Assigned),
            ("{\"name\": \"DB_PASSWORD\", \"value\": \"s3cret\"}", "DB_PASSWORD", Assigned),
            ("tool --password s3cret", "password", Flag),
            ("https://x/?password=s3cret&b=1", "password", Assigned),
            // bartizan:allow connection-string-password made up for this test
            ("Server=x;Password=s3cret;Y=z", "Password", Assigned),
            ("ENV DB_PASSWORD s3cret", "DB_PASSWORD", Beside),
            ("password = b's3cret'", "password", Assigned),
            ("password = new String(\"s3cret\")", "password", Assigned),
        ] {
            let word = if text.contains("PASSWORD") {
                "PASSWORD"
            } else if text.contains("Password") {
                "Password"
            } else {
                "password"
            };
            let found = pair(text, word).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.0.as_str(), found.1.as_str(), found.2), (name, "s3cret", link), "{text}");
        }
    }

    #[test]
    fn what_is_no_assignment() {
        for text in [
            "password::new()",
            "password.len()",
            "os.getenv(\"password\")",
            "check(password, other)",
            "password = getenv(\"X\")",
            "password == other",
        ] {
            let found = pair(text, "password");
            assert!(
                found.as_ref().is_none_or(|(_, value, _)| value != "X" && value != "other"),
                "{text}: {found:?}"
            );
        }
    }
}
