//! Passwords in `scheme://user:password@host`.

use super::charset;
use super::rarity;
use super::value;

/// The longest user, password and host that are looked at together, in bytes.
const AUTHORITY_MAX: usize = 1024;

/// The parts of a URL with a password, as byte offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login<'a> {
    /// As written.
    pub scheme: &'a [u8],
    /// As written; may be empty.
    pub user: &'a [u8],
    /// As written; percent-encoding is not undone.
    pub password: &'a [u8],
    /// Host without port.
    pub host: &'a [u8],
    /// Where the scheme starts.
    pub start: usize,
    /// Where the password starts.
    pub password_start: usize,
    /// Where the host ends.
    pub end: usize,
}

/// Reads the login of the URL whose `://` is at `at`.
#[must_use]
pub fn login(hay: &[u8], at: usize) -> Option<Login<'_>> {
    let scheme_len = charset::SCHEME.run_at_end(&hay[..at], SCHEME_MAX);
    let start = at - scheme_len;
    if scheme_len < 2 {
        return None;
    }
    let authority_start = at + 3;
    let authority_len = hay[authority_start..]
        .iter()
        .take(AUTHORITY_MAX)
        .take_while(|b| {
            !matches!(
                b,
                b'/' | b'?' | b'#' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'|' | 0..=b' ' | 0x7f
            )
        })
        .count();
    let mut authority = &hay[authority_start..authority_start + authority_len];
    let mut signs = memchr::memrchr(b'@', authority);
    if signs.is_none()
        && matches!(hay.get(authority_start + authority_len), Some(b'/' | b'?' | b'#' | b'<' | b'>'))
    {
        // A password with a raw `/`, `?` or `#`: look for the `@` within the same word.
        let word_len = hay[authority_start..]
            .iter()
            .take(AUTHORITY_MAX)
            .take_while(|b| !matches!(b, b'"' | b'\'' | b'`' | b'\\' | b',' | 0..=b' ' | 0x7f))
            .count();
        let word = &hay[authority_start..authority_start + word_len];
        let colon = memchr::memchr(b':', authority)?;
        // A port is digits only; anything else before the slash may be half a password.
        if authority[colon + 1..].iter().all(u8::is_ascii_digit) {
            return None;
        }
        signs = memchr::memchr(b'@', word);
        authority = word;
    }
    let sign = signs?;
    let inside = &authority[..sign];
    let colon = memchr::memchr(b':', inside);
    let before = &inside[..colon.unwrap_or(sign)];
    let behind = colon.map_or(&inside[..0], |colon| &inside[colon + 1..]);
    // `https://KEY@host`, `https://KEY:x-oauth-basic@host`
    let key = matches!(behind, b"" | b"x" | b"X" | b"x-oauth-basic") && is_key(before);
    let (user, password, skipped) = match (key, colon) {
        (true, _) => (&inside[..0], before, 0),
        (false, colon) => (before, behind, colon? + 1),
    };
    let rest = &authority[sign + 1..];
    let literal = rest.first() == Some(&b'[');
    let host_len = rest
        .iter()
        .take_while(|b| {
            charset::ALNUM.has(**b)
                || matches!(b, b'.' | b'-' | b'_' | b'[' | b']' | b'$' | b'{' | b'}' | b'%' | b'(' | b')')
                || literal && **b == b':'
        })
        .count();
    if password.is_empty() || host_len == 0 {
        return None;
    }
    Some(Login {
        scheme: &hay[start..at],
        user,
        password,
        host: &rest[..host_len],
        start,
        password_start: authority_start + skipped,
        end: authority_start + sign + 1 + host_len,
    })
}

/// True for what is random enough to be a key that is the whole login. Digits of a digest alone are an id, as those
/// of clients that send reports.
fn is_key(text: &[u8]) -> bool {
    (20..=200).contains(&text.len())
        && text.iter().all(|b| charset::WORD.has(*b) || matches!(b, b'.' | b'~'))
        && text.iter().any(u8::is_ascii_digit)
        && !text.iter().all(u8::is_ascii_hexdigit)
        && rarity::score(text) >= 12.0
}

/// The longest scheme that is read, in bytes.
const SCHEME_MAX: usize = 24;

/// Bytes before the `://` at `at`, and bytes from there on, on which it depends what [`login`] gives and
/// what is made of it; more than there are if an end of the text was met.
#[must_use]
pub fn reach(hay: &[u8], at: usize) -> (usize, usize) {
    // No part of a login is read beyond a blank or a quote.
    let rest = &hay[(at + 3).min(hay.len())..];
    let length = rest
        .iter()
        .take(AUTHORITY_MAX)
        .take_while(|b| !matches!(b, b'"' | b'\'' | b'`' | b'\\' | 0..=b' ' | 0x7f))
        .count();
    (SCHEME_MAX, 3 + length + 1)
}

/// Words that stand for a password in documentation and defaults.
const WORDS: &[&[u8]] = &[
    b"password",
    b"passwd",
    b"pass",
    b"pwd",
    b"pw",
    b"token",
    b"user",
    b"username",
    b"test",
    b"guest",
    b"admin",
    b"root",
    b"postgres",
    b"mysql",
    b"mongo",
    b"redis",
    b"changeme",
    b"foo",
    b"bar",
    b"baz",
    b"x",
    b"xx",
    b"xxx",
    b"x-oauth-basic",
    b"hunter2",
    b"p4ssw0rd",
    b"passw0rd",
    b"pa55word",
    b"mypassword",
    b"mypass",
    b"example",
    b"dbpass",
    b"db_password",
    b"dbpassword",
    b"userpass",
    b"somepassword",
    b"supersecret",
    b"letmein",
    b"default",
    b"123",
    b"1234",
    b"12345",
    b"123456",
    b"abc",
    b"abc123",
    b"key",
    b"api_key",
    b"apikey",
    b"accesstoken",
];

/// True if the password of a login stands for one, or is filled in later.
#[must_use]
pub fn is_stand_in(login: &Login<'_>) -> bool {
    let password = login.password;
    let lower = password.to_ascii_lowercase();
    WORDS.contains(&lower.as_slice())
        // One letter or two stand for a password in tests and documentation.
        || password.len() < 3 && lower.iter().all(u8::is_ascii_lowercase)
        || value::is_template(password)
        || value::is_reference(password)
        || lower.iter().all(|b| matches!(b, b'*' | b'x' | b'.' | b'-' | b'_'))
        || password.starts_with(b"$")
        || password.starts_with(b"%") && !charset::ANY_HEX.has(*password.get(1).unwrap_or(&b'%'))
        || password.iter().any(|b| matches!(b, b'{' | b'}' | b'<' | b'>' | b'('))
        || lower == login.user.to_ascii_lowercase()
        || value::is_placeholder(password)
}

/// True if the host is an encoded path: a local socket.
#[must_use]
pub fn is_socket(host: &[u8]) -> bool {
    host.len() > 3 && host[..3].eq_ignore_ascii_case(b"%2f")
}

/// True if the host is one that documentation uses.
#[must_use]
pub fn is_example_host(host: &[u8]) -> bool {
    let host = host.to_ascii_lowercase();
    [
        &b"example.com"[..],
        b"example.org",
        b"example.net",
        b".example",
        b"example",
        b".invalid",
        b".test",
        b"hostname",
        b"host",
        b"myhost",
        b"domain.com",
        b"mydomain.com",
        b"yourdomain.com",
    ]
    .iter()
    .any(|known| {
        host == *known || (host.ends_with(known) && host.get(host.len() - known.len() - 1) == Some(&b'.'))
    }) || host.starts_with(b"[2001:db8:")
}

/// True if the host is this machine.
#[must_use]
pub fn is_local_host(host: &[u8]) -> bool {
    let host = host.to_ascii_lowercase();
    host == b"localhost"
        || host == b"0.0.0.0"
        || host.starts_with(b"127.")
        || host.starts_with(b"[")
        || host.ends_with(b".local")
        || host == b"host.docker.internal"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String, String)> {
        let login = login(text.as_bytes(), text.find("://")?)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some((text(login.scheme), text(login.password), text(login.host)))
    }

    #[test]
    fn logins_are_read() {
        let parts = |a: &str, b: &str, c: &str| Some((a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(
            // bartizan:allow database-url-postgres made up for this test
            read("x=postgres://app:s3cr3tX@db.internal:5432/app"),
            parts("postgres", "s3cr3tX", "db.internal")
        );
        // bartizan:allow database-url-redis made up for this test
        assert_eq!(read("redis://:hunter9@cache/0"), parts("redis", "hunter9", "cache"));
        // bartizan:allow database-url-postgres made up for this test
        assert_eq!(read("postgres://app:a/b#c@db/app"), parts("postgres", "a/b#c", "db"));
        assert_eq!(read("https://host:8000/path@v2"), None);
        assert_eq!(read("https://user@host/"), None);
        assert_eq!(read("see https://host/a:b@c"), None);
    }

    #[test]
    fn hosts_are_judged() {
        assert!(
            is_example_host(b"db.example.com")
                && is_example_host(b"example.org")
                && !is_example_host(b"notexample.com")
        );
        assert!(is_local_host(b"127.0.0.1") && !is_local_host(b"10.0.0.1"));
    }
}
