//! Classifies values of password-like names by their whole form, since a password may contain any character of a path,
//! template or code.

use super::{charset, plain, rarity, value};

/// Longest passphrase, in bytes.
const PHRASE_MAX: usize = 80;
/// Bits of rarity from which an apparent name is random.
const RANDOM: f32 = 8.0;

/// True for a value that is not a password by its form. `enclosed` values are delimited, and may contain spaces.
#[must_use]
pub fn is_other(text: &[u8], enclosed: bool) -> bool {
    let Ok(string) = std::str::from_utf8(text) else { return true };
    if text.iter().any(u8::is_ascii_control) {
        return true;
    }
    let blank = string.contains(char::is_whitespace);
    if blank && !(enclosed && is_phrase(text)) {
        return true;
    }
    is_template(text)
        || is_named(text) && !is_words(text)
        || is_code(text)
        || value::is_sealed(text)
        || is_digest(text)
        || TYPES.iter().any(|name| text.eq_ignore_ascii_case(name))
}

/// Types, encodings and methods that look like a password.
const TYPES: &[&[u8]] = &[
    b"varchar2",
    b"nvarchar2",
    b"varchar(255)",
    b"base64",
    b"sha256",
    b"sha512",
    b"int32",
    b"int64",
    b"utf8",
    b"utf-8",
    b"bcrypt",
    b"latin1",
    b"latin-1",
    b"cp1252",
    b"iso-8859-1",
    b"oauth2",
    b"x509",
];

/// True for space-separated words that are a passphrase rather than a sentence or a label.
fn is_phrase(text: &[u8]) -> bool {
    let digits = text.windows(2).any(|pair| pair.iter().all(u8::is_ascii_digit));
    let brackets = text.iter().any(|b| matches!(b, b'(' | b'[' | b'{' | b'<' | b'\\' | b'=' | b'"'));
    let words = text.split(|b| *b == b' ');
    let count = words.clone().filter(|word| !word.is_empty()).count();
    text.len() <= PHRASE_MAX
        && !brackets
        && text.last() != Some(&b':')
        && ((3..=8).contains(&count) && digits || is_words(text))
        && !words.into_iter().any(|word| is_of_sentence(word) || is_label(word))
}

/// True for four to eight words with one and the same separator between them, and perhaps a number: a passphrase
/// as generators make them, if none of the words is one that names are made of.
#[must_use]
pub fn is_words(text: &[u8]) -> bool {
    let Some(separator) = text.iter().copied().find(|b| !b.is_ascii_alphanumeric()) else { return false };
    if text.len() > PHRASE_MAX || !matches!(separator, b'-' | b' ' | b'.' | b'_' | b'+') {
        return false;
    }
    let is_word = |word: &[u8]| (3..=10).contains(&word.len()) && word.iter().all(u8::is_ascii_alphabetic);
    let numbered = |word: &[u8]| word.len() <= 4 && word.iter().all(u8::is_ascii_digit) && !word.is_empty();
    let (mut words, mut others) = (0, 0);
    for word in text.split(|b| *b == separator) {
        let word = word.strip_suffix(b"!").unwrap_or(word);
        let letters = word.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let (head, tail) = word.split_at(letters);
        if is_label(head) || is_of_sentence(head) {
            return false;
        }
        match () {
            () if is_word(head) && (tail.is_empty() || numbered(tail)) => words += 1,
            () if numbered(word) => others += 1,
            () => return false,
        }
    }
    (4..=8).contains(&words) && others <= 2
}

/// Words of sentences.
fn is_of_sentence(word: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "a",
        "an",
        "the",
        "is",
        "are",
        "be",
        "must",
        "should",
        "can",
        "cannot",
        "not",
        "no",
        "your",
        "you",
        "to",
        "for",
        "of",
        "in",
        "on",
        "at",
        "or",
        "with",
        "from",
        "this",
        "that",
        "please",
        "enter",
        "least",
        "than",
        "and",
        "if",
        "it",
        "was",
        "has",
        "have",
        "will",
        "by",
        "as",
        "characters",
        "chars",
        "letters",
        "digits",
        "minutes",
        "days",
        "der",
        "die",
        "das",
        "le",
        "la",
        "el",
        "de",
        "mit",
        "zu",
    ];
    let word = word.trim_ascii();
    let end = word.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
    word.len() <= 12 && WORDS.iter().any(|known| word[..end].eq_ignore_ascii_case(known.as_bytes()))
}

/// Words that names of secrets, hosts, packages and settings are made of.
fn is_label(word: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "password",
        "passwords",
        "passwd",
        "passphrase",
        "pass",
        "pwd",
        "secret",
        "secrets",
        "token",
        "tokens",
        "key",
        "keys",
        "auth",
        "credential",
        "credentials",
        "login",
        "user",
        "username",
        "admin",
        "root",
        "prod",
        "production",
        "staging",
        "stage",
        "dev",
        "test",
        "tests",
        "testing",
        "qa",
        "db",
        "database",
        "app",
        "application",
        "service",
        "server",
        "client",
        "api",
        "web",
        "cluster",
        "node",
        "name",
        "value",
        "default",
        "config",
        "vault",
        "env",
        "store",
        "manager",
        "ref",
        "reference",
        "id",
        "file",
        "path",
        "url",
        "host",
        "port",
        "type",
        "field",
        "input",
        "form",
        "button",
        "label",
        "message",
        "error",
        "invalid",
        "missing",
        "wrong",
        "change",
        "changed",
        "reset",
        "forgot",
        "update",
        "new",
        "old",
        "current",
        "confirm",
        "repeat",
        "weak",
        "strong",
        "required",
        "optional",
        "hidden",
        "visible",
        "show",
        "hide",
        "toggle",
        "text",
        "string",
        "random",
        "generated",
        "encrypted",
        "plain",
        "hash",
        "hashed",
        "empty",
        "none",
        "null",
        "my",
        "super",
        "some",
        "any",
        "example",
        "sample",
        "demo",
        "dummy",
        "fake",
        "here",
        "put",
        "insert",
        "your",
        "mysql",
        "postgres",
        "redis",
        "mongo",
        "mongodb",
        "rabbitmq",
        "kafka",
        "grafana",
        "github",
        "gitlab",
        "docker",
        "kubernetes",
        "aws",
        "azure",
        "google",
        "access",
        "private",
        "public",
        "shared",
        "master",
        "session",
        "cookie",
        "encryption",
        "signing",
        "http",
        "https",
        "java",
        "python",
        "react",
        "spring",
        "ubuntu",
        "linux",
        "windows",
        "eu",
        "us",
        "east",
        "west",
        "north",
        "south",
        "central",
        "min",
        "max",
        "length",
        "policy",
        "rule",
        "rotate",
        "expire",
        "expired",
        "mode",
        "flow",
        "grant",
        "basic",
        "digest",
        "only",
        "read",
        "write",
        "set",
        "get",
        "page",
        "view",
        "screen",
        "email",
        "account",
        "profile",
        "settings",
        "data",
        "source",
        "connection",
        "remote",
        "local",
        "internal",
        "external",
        "backup",
        "primary",
        "secondary",
    ];
    let word = word.trim_ascii_end();
    word.len() <= 12 && WORDS.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// True for a template: the whole value, or a part that is an expression on a name.
#[must_use]
pub fn is_template(text: &[u8]) -> bool {
    let expression = (0..text.len().saturating_sub(2)).any(|at| {
        let close: &[u8] = match &text[at..at + 2] {
            b"${" | b"#{" | b"@{" => b"}",
            b"$(" | b"%(" => b")",
            b"{{" => b"}}",
            b"<%" => b"%>",
            b"[[" => b"]]",
            _ => return false,
        };
        let inner = &text[at + 2..];
        memchr::memmem::find(inner, close).is_some_and(|end| {
            let whole = at == 0 && end + close.len() == inner.len();
            let name = inner[..end].trim_ascii();
            is_expression(name) || whole && matches!(name, [letter] if letter.is_ascii_alphabetic())
        })
    });
    // What closes it may stand behind what was taken for the value.
    let opened = match text {
        [b'$', b'(', b'$' | b'(', ..] => true,
        [b'$', b'(' | b'{', first, second, ..] => {
            (first.is_ascii_alphabetic() || *first == b'_') && charset::IDENT.has(*second)
        }
        // The command goes on behind a blank: `A$(openssl rand …)`.
        _ => text.windows(2).position(|pair| pair == b"$(").is_some_and(|at| {
            let command = &text[at + 2..];
            command.len() >= 2 && command.iter().all(|b| charset::WORD.has(*b) || matches!(b, b'/' | b'.'))
        }),
    };
    if expression || opened {
        return true;
    }
    if let Some(middle) = value::between(text) {
        let words = middle.iter().all(|b| b.is_ascii_alphanumeric() || b" _-.:/,|()".contains(b));
        return !middle.is_empty() && words && rarity::score(middle) < RANDOM;
    }
    match text {
        // `&NAME` of SQL*Plus
        [b'&', rest @ ..] if rest.len() > 1 => {
            rest.iter().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'&' | b'.'))
        }
        [b'$', rest @ ..] => {
            let name = rest.first().is_some_and(u8::is_ascii_alphabetic)
                && rest.iter().all(|b| charset::IDENT.has(*b) || *b == b'$');
            name && (rarity::score(rest) < RANDOM || !rest.iter().any(u8::is_ascii_digit))
        }
        _ => false,
    }
}

/// True for a name, a path of names, or a call or filter on one.
fn is_expression(inner: &[u8]) -> bool {
    let inner = inner.trim_ascii();
    let name =
        inner.iter().take_while(|b| charset::IDENT.has(**b) || matches!(b, b'.' | b'$' | b'@')).count();
    let signs = b" _-.:/,|()'\"[]$@?=*+><&!\\#%^";
    name > 0
        && !inner[0].is_ascii_digit()
        && (inner.len() >= 2)
        && inner.iter().all(|b| b.is_ascii_alphanumeric() || signs.contains(b))
}

/// True for a URL, path, file, reference or coordinates, by characters.
fn is_named(text: &[u8]) -> bool {
    let has = |part: &[u8]| value::contains(text, part);
    if has(b"://") || text.starts_with(b"data:") || text.starts_with(b"mailto:") || text.starts_with(b"jdbc:")
    {
        return true;
    }
    let lookup = [&b"("[..], b"[", b"{"].iter().any(|open| has(open)) && value::is_reference(text);
    let signs = b"_-./:@\\~,";
    let plainly = text.iter().all(|b| b.is_ascii_alphanumeric() || signs.contains(b));
    lookup || plainly && plain::is_named(text)
}

/// True for a piece of a program or of markup.
fn is_code(text: &[u8]) -> bool {
    let has = |signs: &[u8]| text.windows(signs.len()).any(|part| part == signs);
    let closes = || {
        text.windows(2).position(|pair| pair == b"</").is_some_and(|at| {
            let name = charset::ALNUM.run(&text[at + 2..], 20);
            name > 0 && text.get(at + 2 + name) == Some(&b'>')
        })
    };
    let markup = text.starts_with(b"<") && text.ends_with(b">") || closes();
    let entity = text.starts_with(b"&") && text.ends_with(b";") || has(b"&quot;") || has(b"&lt;");
    let joined = text.windows(2).any(|pair| matches!(pair, b"->" | b"::" | b"=>" | b"()"));
    let names = || {
        text.iter().all(|b| charset::IDENT.has(*b) || b"->:=()$.,'\" ".contains(b))
            && rarity::score(text) < RANDOM
    };
    let format = text.windows(2).any(|pair| matches!(pair, b"%s" | b"%d"));
    let directives = format && text.iter().all(|b| b"%sdvq:@/ .-_".contains(b));
    let selector = matches!(text.first(), Some(b'#' | b'.'))
        && text.len() > 1
        && text[1..].iter().all(|b| charset::WORD.has(*b))
        && rarity::score(text) < RANDOM;
    markup || entity || joined && names() || directives || format && rarity::score(text) < RANDOM || selector
}

/// True for a digest as MySQL writes it, and for a number in hexadecimal.
fn is_digest(text: &[u8]) -> bool {
    let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    matches!(text, [b'*', digits @ ..] if digits.len() == 40 && hex(digits))
        || matches!(text, [b'0', b'x', digits @ ..] if digits.len() != 64 && hex(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_the_whole() {
        for text in [
            "Seven grey herons 41!",
            "Kw9->b::c9!X",
            "k9#{2}!Lw@{z",
            "Qm=>7()!kT",
            "<Zm9!kq2w",
            "&Zm9!kq2w",
            "Zm9!kq2w;",
            "9!qT[[x]]4",
            "vault_9!Tq",
            "Zm9!kq2w.js",
            "www.Kq9!x2",
            "0xKq9!x2w7",
            "pässw0rd!X",
        ] {
            assert!(!is_other(text.as_bytes(), true), "{text}");
        }
        for text in [
            "${DB_PASSWORD}",
            "{{ vault.password }}",
            "pre-${X1}",
            "$db_pass2",
            "%env(resolve:X)%",
            "/etc/keys/a1",
            "https://a.test/b",
            "vault_db_pass1",
            "key1.pem",
            "$this->password1",
            "getPassword1()",
            "<b>x1</b>",
            "&quot;x1&quot;",
            "Enter at least 12 signs!",
            "#field-2",
        ] {
            assert!(is_other(text.as_bytes(), true), "{text}");
        }
    }

    #[test]
    fn words_that_are_no_names() {
        assert!(is_words(b"marsh-lantern-copper-violet-41") && is_words(b"marsh lantern copper violet"));
        assert!(
            !is_words(b"db-password-prod-01") && !is_words(b"my-super-secret-value") && !is_words(b"a-b-c-d")
        );
    }
}
