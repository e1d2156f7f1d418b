//! Typed commands: shell start files and histories, and SQL statements of database clients.

use super::{Pair, lines};
use crate::model::Span;

/// Commands with a flag for a password; the value may be attached.
const FLAGS: &[(&[u8], &[u8])] = &[
    (b"mysql", b"-p"),
    (b"mysqldump", b"-p"),
    (b"mysqladmin", b"-p"),
    (b"mysqlimport", b"-p"),
    (b"mariadb", b"-p"),
    (b"sshpass", b"-p"),
    (b"mongo", b"-p"),
    (b"mongosh", b"-p"),
    (b"mongodump", b"-p"),
    (b"mongorestore", b"-p"),
    (b"redis-cli", b"-a"),
    (b"docker", b"-p"),
    (b"podman", b"-p"),
    (b"ldapsearch", b"-w"),
    (b"ldapadd", b"-w"),
    (b"ldapmodify", b"-w"),
    (b"sqlcmd", b"-P"),
    (b"az", b"-p"),
    (b"zip", b"-P"),
    (b"unzip", b"-P"),
    (b"7z", b"-p"),
    (b"oc", b"-p"),
    (b"cf", b"-p"),
    (b"xfreerdp", b"/p:"),
];

/// `NAME=value`, `--name value`, and the password flags of well-known commands.
pub(super) fn history(text: &[u8]) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    for line in lines(text) {
        if !text[line.range()].trim_ascii_start().starts_with(b"#") {
            command(text, line, &mut pairs);
        }
    }
    pairs
}

fn command<'a>(text: &'a [u8], line: Span, pairs: &mut Vec<Pair<'a>>) {
    let mut give = |key, value: Span| {
        if !value.is_empty() {
            pairs.push(Pair { key, under: b"", value, parent: 0 });
        }
    };
    let mut program: &[u8] = b"";
    let mut waiting: Option<&[u8]> = None;
    let words = words(text, line);
    let login = words.iter().any(|word| &text[word.range()] == b"login");
    for (at, word) in words.iter().enumerate() {
        let bytes = &text[word.range()];
        if let Some(key) = waiting.take()
            && !bytes.starts_with(b"-")
        {
            give(key, bare(text, *word));
            continue;
        }
        if matches!(bytes, b"|" | b"&&" | b"||" | b";") {
            program = b"";
            continue;
        }
        let sign = memchr::memchr(b'=', bytes);
        if let Some(flag) = bytes.strip_prefix(b"--") {
            match sign {
                Some(sign) => give(&bytes[2..sign], bare(text, Span::new(word.start + sign + 1, word.end))),
                None => waiting = Some(flag),
            }
            continue;
        }
        if let Some(sign) = sign {
            let name = &bytes[..sign];
            if !name.is_empty()
                && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
            {
                let name = name.strip_prefix(b"-D").unwrap_or(name);
                give(name, bare(text, Span::new(word.start + sign + 1, word.end)));
                continue;
            }
        }
        // The program comes first, or after `sudo`.
        let base = bytes.rsplit(|b| *b == b'/').next().unwrap_or(bytes);
        if FLAGS.iter().any(|(known, _)| *known == base) || matches!(base, b"curl" | b"wget" | b"http") {
            program = base;
            continue;
        }
        if matches!(program, b"curl") && matches!(bytes, b"-u" | b"--user") {
            if let Some(login) = words.get(at + 1) {
                let login = bare(text, *login);
                if let Some(colon) = memchr::memchr(b':', &text[login.range()]) {
                    give(b"password", Span::new(login.start + colon + 1, login.end));
                }
            }
            continue;
        }
        for (_, flag) in FLAGS.iter().filter(|(known, _)| *known == program) {
            let Some(rest) = bytes.strip_prefix(*flag) else { continue };
            // Docker uses the same flag for ports and for the password of `login`.
            if !login && matches!(program, b"docker" | b"podman" | b"az" | b"oc" | b"cf") {
                continue;
            }
            if !rest.is_empty() {
                give(b"password", bare(text, Span::new(word.end - rest.len(), word.end)));
            } else if !program.starts_with(b"my") && program != b"mariadb" {
                waiting = Some(b"password");
            }
        }
    }
}

/// The words of a line as a shell splits them, with their quotes.
fn words(text: &[u8], line: Span) -> Vec<Span> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    for (at, byte) in text.iter().copied().enumerate().take(line.end).skip(line.start) {
        match (byte, quote) {
            (b'"' | b'\'', None) => {
                quote = Some(byte);
                start.get_or_insert(at);
            }
            (byte, Some(open)) if byte == open => quote = None,
            (b' ' | b'\t' | b';', None) => {
                if let Some(start) = start.take() {
                    words.push(Span::new(start, at));
                }
                if byte == b';' {
                    words.push(Span::new(at, at + 1));
                }
            }
            _ => {
                start.get_or_insert(at);
            }
        }
    }
    words.extend(start.map(|start| Span::new(start, line.end)));
    words
}

fn bare(text: &[u8], word: Span) -> Span {
    let word = super::unquoted(text, word);
    // A quote that closes one opened before the name: `alias x="mysql -pabc"`.
    let inner = &text[word.range()];
    let end = inner.iter().position(|b| matches!(b, b'"' | b'\'')).unwrap_or(inner.len());
    Span::new(word.start, word.start + end)
}

/// The length up to the closing `quote`; a doubled one does not close.
fn quoted(inside: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr(quote, &inside[at..])?;
        if inside.get(at + 1) != Some(&quote) {
            return Some(at);
        }
        at += 2;
    }
}

/// `PASSWORD 'x'` and `IDENTIFIED BY 'x'` of SQL.
pub(super) fn statements(text: &[u8]) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    for line in lines(text) {
        let lower = text[line.range()].to_ascii_lowercase();
        for (mark, key) in [(&b"password"[..], &b"password"[..]), (b"identified by", b"password")] {
            for found in memchr::memmem::find_iter(&lower, mark) {
                let mut at = found + mark.len();
                at += lower[at..].iter().take_while(|b| matches!(b, b' ' | b'=' | b'(' | b'\t')).count();
                let Some(quote @ (b'\'' | b'"')) = lower.get(at) else { continue };
                let Some(length) = quoted(&lower[at + 1..], *quote) else { continue };
                let value = Span::new(line.start + at + 1, line.start + at + 1 + length);
                if !value.is_empty() {
                    pairs.push(Pair { key, under: b"", value, parent: 0 });
                }
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;
    use super::*;

    #[test]
    fn commands_with_passwords() {
        for (line, key, value) in [
            ("export API_TOKEN=\"abc\"", "API_TOKEN", "abc"),
            // bartizan:allow command-line-password-variable made up for this test
            ("PGPASSWORD=abc psql -h db", "PGPASSWORD", "abc"),
            ("mysql -u root -pabc shop", "password", "abc"),
            (": 1700000000:0;sshpass -p 'a b' ssh host", "password", "a b"),
            ("curl -s -u me:abc https://acme.test", "password", "abc"),
            ("tool --password abc run", "password", "abc"),
            ("tool --api-key=abc", "api-key", "abc"),
            ("docker login -u me -p abc registry.acme.test", "password", "abc"),
        ] {
            assert!(
                shown(line, history).contains(&(key.to_owned(), value.to_owned())),
                "{line}: {:?}",
                shown(line, history)
            );
        }
    }

    #[test]
    fn commands_without() {
        for line in ["mysql -u root -p shop", "docker run -p 80:80 web", "# export A=b", "ls -la"] {
            assert!(shown(line, history).is_empty(), "{line}: {:?}", shown(line, history));
        }
    }

    #[test]
    fn statements_with_passwords() {
        assert_eq!(
            shown("ALTER USER me WITH PASSWORD 'abc';\nCREATE USER x IDENTIFIED BY \"def\";", statements)
                .len(),
            2
        );
    }
}
