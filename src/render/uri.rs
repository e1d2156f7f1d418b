//! Paths as relative URI references.

use std::fmt::Write as _;

use crate::model::RepoPath;

/// `path` as a URI relative to the root of the scan.
///
/// Everything but the characters that RFC 3986 calls unreserved is percent-encoded, segment by
/// segment, also bytes that are not UTF-8: the same file has one spelling, and a name with a colon
/// or two slashes cannot be taken for a scheme or a host.
pub(super) fn relative(path: &RepoPath) -> String {
    // An empty reference makes the upload of the whole file fail.
    if path.as_bytes().is_empty() {
        return ".".to_owned();
    }
    let mut out = String::with_capacity(path.as_bytes().len());
    let segments = path.as_bytes().split(|byte| *byte == b'/').filter(|part| !part.is_empty());
    for (index, segment) in segments.enumerate() {
        if index > 0 {
            out.push('/');
        }
        for byte in segment {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
                out.push(char::from(*byte));
            } else {
                write!(out, "%{byte:02X}").expect("writing to a string cannot fail");
            }
        }
    }
    out
}

/// True for an address that needs no escaping.
pub(super) fn is_address(url: &str) -> bool {
    url.starts_with("https://") && url.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[]\"`\\".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::relative;
    use crate::model::RepoPath;

    #[test]
    fn one_spelling() {
        let cases: [(&[u8], &str); 8] = [
            (b"src/main.rs", "src/main.rs"),
            (b"my dir/a b.env", "my%20dir/a%20b.env"),
            (b"a#b%41?.[x]", "a%23b%2541%3F.%5Bx%5D"),
            ("naïve 🔑".as_bytes(), "na%C3%AFve%20%F0%9F%94%91"),
            (b"bad\xff", "bad%FF"),
            (b"git:x/@scope/~y", "git%3Ax/%40scope/~y"),
            (b"//host/share", "host/share"),
            (b"line\nbreak", "line%0Abreak"),
        ];
        for (path, uri) in cases {
            assert_eq!(relative(&RepoPath::new(path)), uri);
        }
        assert_eq!(relative(&RepoPath::new("")), ".");
    }
}
