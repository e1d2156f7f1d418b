//! Quoted strings in code, HCL and TOML with the names that they are assigned to: assignments, array members,
//! `define("X", "y")`, and password arguments of connecting calls.

use super::{DEPTH_MAX, PAIRS_MAX, Pair};
use crate::model::Span;

/// The last token.
#[derive(Clone, Copy)]
enum Last<'a> {
    Nothing,
    /// A name or string that may be a key.
    Key(&'a [u8]),
    /// A key and its operator.
    Given(&'a [u8]),
}

/// An open bracket.
struct Open<'a> {
    /// The function of a call, or the key of a table.
    name: &'a [u8],
    /// The first argument, if it is a string.
    first: Option<&'a [u8]>,
    commas: usize,
    call: bool,
    id: usize,
}

/// Calls that take a password, with the number of preceding commas.
const CONNECTING: &[(&[u8], usize)] = &[
    (b"mysql_connect", 2),
    (b"mysql_pconnect", 2),
    (b"mysqli_connect", 2),
    (b"mysqli", 2),
    (b"mssql_connect", 2),
    (b"pdo", 2),
    (b"oci_connect", 1),
    (b"ftp_login", 2),
    (b"login", 1),
    (b"ssh2_auth_password", 2),
    (b"ldap_bind", 2),
    (b"odbc_connect", 2),
];

/// Up to where no quote of a kind closes, to avoid repeated searches.
#[derive(Default)]
struct Unclosed {
    single: usize,
    double: usize,
    back: usize,
}

/// Each quoted string that is assigned to a name.
pub(super) fn pairs(text: &[u8]) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut last = Last::Nothing;
    let (mut at, mut ids) = (0, 0);
    // The end of the last name, to distinguish `f(` from `f (` and `x[` from a list.
    let mut key_end = usize::MAX;
    let mut unclosed = Unclosed::default();
    while at < text.len() && pairs.len() < PAIRS_MAX {
        let rest = &text[at..];
        match rest {
            [b'/', b'/', ..] | [b'#', ..] => at = super::line_end(text, at),
            [b'/', b'*', ..] => {
                at = memchr::memmem::find(&rest[2..], b"*/").map_or(text.len(), |end| at + end + 4)
            }
            [quote @ (b'"' | b'\'' | b'`'), ..] => {
                let (value, behind) = string(text, at, *quote, &mut unclosed);
                at = behind;
                let bytes = &text[value.range()];
                let (under, id) = open.last().map_or((&text[..0], 0), |inner| (inner.name, inner.id));
                let mut give = |key| pairs.push(Pair { key, under, value, parent: id });
                match (last, open.last_mut()) {
                    (Last::Given(key), _) => give(key),
                    (_, Some(call)) if call.call && call.commas == 0 && call.first.is_none() => {
                        call.first = Some(bytes)
                    }
                    (_, Some(call))
                        if call.call && call.commas == 1 && call.first.is_some() && is_setter(call.name) =>
                    {
                        give(call.first.unwrap_or_default())
                    }
                    (_, Some(call))
                        if call.call
                            && CONNECTING.iter().any(|(name, commas)| {
                                call.name.eq_ignore_ascii_case(name) && call.commas == *commas
                            }) =>
                    {
                        give(b"password")
                    }
                    _ => {}
                }
                last = Last::Key(bytes);
                key_end = at;
            }
            [b'(' | b'[' | b'{', ..] => {
                ids += 1;
                let called = match last {
                    Last::Key(name) if rest[0] == b'(' && key_end == at => Some(name),
                    _ => None,
                };
                let name = match last {
                    Last::Key(key) | Last::Given(key) => key,
                    Last::Nothing => &text[..0],
                };
                if open.len() >= DEPTH_MAX {
                    open.remove(0);
                }
                open.push(Open {
                    name: called.unwrap_or(name),
                    first: None,
                    commas: 0,
                    call: called.is_some(),
                    id: ids,
                });
                // `password = env("X")` and `passwords = ["x" => 1]` assign no string to the name; in
                // `x["password"] = …` it is the key in the bracket.
                if rest[0] != b'[' || matches!(last, Last::Given(_)) {
                    last = Last::Nothing;
                }
                at += 1;
            }
            [b')' | b'}', ..] => {
                open.pop();
                last = Last::Nothing;
                at += 1;
            }
            [b']', ..] => {
                open.pop();
                if !matches!(last, Last::Key(_)) {
                    last = Last::Nothing;
                }
                at += 1;
            }
            [b'=', b'=' | b'~', ..]
            | [b'!' | b'<' | b'>', b'=', ..]
            | [b':', b':', ..]
            | [b'-', b'>', ..] => {
                last = Last::Nothing;
                at += 2;
            }
            [b'=' | b':', ..] => {
                if let Last::Key(key) = last {
                    last = Last::Given(key);
                }
                at += 1;
            }
            [b',', ..] => {
                if let Some(inner) = open.last_mut() {
                    inner.commas += 1;
                }
                last = Last::Nothing;
                at += 1;
            }
            [b';', ..] => {
                last = Last::Nothing;
                at += 1;
            }
            [b'\n', ..] => {
                if matches!(last, Last::Key(_)) {
                    last = Last::Nothing;
                }
                at += 1;
            }
            [byte, ..] if is_name(*byte) => {
                let length = rest.iter().take_while(|b| is_name(**b)).count();
                // A string prefix (`b"…"`, `r'…'`) is not a name.
                let prefix = length <= 2 && matches!(rest.get(length), Some(b'"' | b'\''));
                let typed =
                    matches!(last, Last::Given(_)) && matches!(rest[length..], [b' ', b'=', ..] | [b'=', ..]);
                // The type in `password: str = "x"` does not separate a name from its value.
                if !prefix && !typed {
                    last = Last::Key(&rest[..length]);
                    key_end = at + length;
                }
                at += length;
            }
            // Everything else is ignored: `>` of `=>`, `$`, `@`, blanks, `.` and arithmetic.
            [b'.' | b'+', ..] => {
                last = if matches!(last, Last::Given(_)) { Last::Nothing } else { last };
                at += 1;
            }
            _ => at += 1,
        }
    }
    pairs
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Functions that set their first argument, a name, to the second.
fn is_setter(function: &[u8]) -> bool {
    [
        &b"define"[..],
        b"putenv",
        b"setenv",
        b"set",
        b"setdefault",
        b"setproperty",
        b"put",
        b"buildconfigfield",
        b"resvalue",
        b"ini_set",
        b"setx",
    ]
    .iter()
    .any(|known| function.eq_ignore_ascii_case(known))
}

/// The inside of the string that opens at `at`, and the offset after it. Only triple quotes and backquotes span
/// lines; another quote that does is an apostrophe.
fn string(text: &[u8], at: usize, quote: u8, unclosed: &mut Unclosed) -> (Span, usize) {
    let known = match quote {
        b'"' => &mut unclosed.double,
        b'\'' => &mut unclosed.single,
        _ => &mut unclosed.back,
    };
    if at < *known {
        return (Span::new(at + 1, at + 1), at + 1);
    }
    let triple = [quote; 3];
    if text[at..].starts_with(&triple) {
        let start = at + 3;
        let end = memchr::memmem::find(&text[start..], &triple).map_or(text.len(), |end| start + end);
        return (Span::new(start, end), (end + 3).min(text.len()));
    }
    let mut end = at + 1;
    while end < text.len() {
        match text[end] {
            b'\\' => end += 2,
            byte if byte == quote => return (Span::new(at + 1, end), end + 1),
            b'\n' if quote != b'`' => break,
            _ => end += 1,
        }
    }
    // Unclosed: an apostrophe in a comment or a text.
    *known = end.min(text.len());
    (Span::new(at + 1, at + 1), at + 1)
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;
    use super::*;

    fn has(text: &str, key: &str, value: &str) -> bool {
        shown(text, pairs).contains(&(key.to_owned(), value.to_owned()))
    }

    #[test]
    fn php() {
        // bartizan:allow wordpress-database-password made up for this test
        let text = "<?php // it's\ndefine('DB_PASSWORD', 'one');\n$dbpasswd = 'two';\n$cfg['Servers'][$i]['password'] = \"three\";\nreturn ['mail' => ['pass' => 'four', 'user' => 'me'],\n'token' => env('X', 'no')];\nclass A { public $password = 'five'; }\n$c = mysqli_connect('h', 'u', 'six');\n$d = new mysqli(\"h\", \"u\", \"seven\");\ndefine( \"AUTH_KEY\" , \"eight\" );";
        for (key, value) in [
            ("DB_PASSWORD", "one"),
            ("dbpasswd", "two"),
            ("password", "three"),
            ("pass", "four"),
            ("password", "five"),
            ("password", "six"),
            ("password", "seven"),
            ("AUTH_KEY", "eight"),
        ] {
            assert!(has(text, key, value), "{key} {value}: {:?}", shown(text, pairs));
        }
        assert!(!has(text, "token", "no") && !has(text, "token", "X"));
    }

    #[test]
    fn python_ruby_javascript_and_hcl() {
        assert!(has(
            "DATABASES = {\n 'default': {\n  'PASSWORD': 'one',\n }\n}\nSECRET_KEY: str = r'two'\n",
            "PASSWORD",
            "one"
        ));
        assert!(has("SECRET_KEY: str = r'two'\n", "SECRET_KEY", "two"));
        assert!(has("config.secret_key = 'one'\n:password => \"two\"", "secret_key", "one"));
        assert!(has("knife[:vsphere_pass] = \"one\"", "vsphere_pass", "one"));
        assert!(has(":password => \"two\"", "password", "two"));
        assert!(has("module.exports = { password: `one`, user: 'x' }", "password", "one"));
        assert!(has("db_password = \"one\" # note", "db_password", "one"));
        assert!(has("credentials \"app.terraform.io\" {\n  token = \"one\"\n}", "token", "one"));
        assert!(has("conn.login('me@acme.test', 'one', f)", "password", "one"));
    }

    #[test]
    fn reads_of_other_places_are_no_values() {
        for text in [
            "password = os.environ['one']",
            "password = getenv(\"one\")",
            "password == 'one'",
            "password = prefix + 'one'",
            "password = config.get('one')",
            "'password' => ['one' => 1]",
        ] {
            assert!(!has(text, "password", "one"), "{text}: {:?}", shown(text, pairs));
        }
    }
}
