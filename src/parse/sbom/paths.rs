//! Local paths of the machine that created a document, which reveal the user and the build directory.

use memchr::memmem;

use super::mistake::Lines;

/// The most paths shown per document.
pub const SHOWN_MAX: usize = 10;
/// The most bytes shown of a path.
const LENGTH_MAX: usize = 120;

/// The paths found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found<'a> {
    /// Their number.
    pub count: usize,
    /// The first ones with their lines, from 1, as written.
    pub first: Vec<(u32, &'a str)>,
}

/// Paths in home directories: `/home/…`, `/Users/…`, `C:\Users\…`.
#[must_use]
pub fn of_machines(text: &str) -> Found<'_> {
    let bytes = text.as_bytes();
    let mut places: Vec<usize> = Vec::new();
    for folder in ["/home/", "/Users/"] {
        places.extend(memmem::find_iter(bytes, folder).filter_map(|at| start(bytes, at, at + folder.len())));
    }
    // JSON doubles backslashes.
    for folder in [r":\Users\", r":\\Users\\"] {
        for at in memmem::find_iter(bytes, folder) {
            let drive = at.checked_sub(1).filter(|drive| bytes[*drive].is_ascii_alphabetic());
            places.extend(drive.filter(|drive| {
                drive.checked_sub(1).is_none_or(|before| !bytes[before].is_ascii_alphanumeric())
            }));
        }
    }
    places.sort_unstable();
    let mut lines = Lines::new(text);
    let first = places.iter().take(SHOWN_MAX).map(|at| (lines.at(*at), path(text, *at))).collect();
    Found { count: places.len(), first }
}

/// The start of the path, if it is one: at a boundary or after a drive, followed by a name and more.
fn start(bytes: &[u8], at: usize, name: usize) -> Option<usize> {
    let rest = bytes.get(name..)?;
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        .count();
    if length == 0 || rest.get(length) != Some(&b'/') {
        return None;
    }
    let before = bytes.get(..at)?;
    match before {
        [.., b':', b'/', b'/'] => before.ends_with(b"file://").then_some(at),
        [.., drive, b':'] if drive.is_ascii_alphabetic() => {
            let word =
                before.len() >= 3 && bytes.get(before.len() - 3).is_some_and(u8::is_ascii_alphanumeric);
            Some(if word { at } else { at - 2 })
        }
        [
            ..,
            b'"' | b'\'' | b'`' | b'=' | b':' | b'(' | b'[' | b'<' | b'>' | b',' | b';' | b' ' | b'\t'
            | b'\n',
        ]
        | [] => Some(at),
        _ => None,
    }
}

fn path(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ',' | ')' | ']');
    let mut end = rest.find(ends).unwrap_or(rest.len()).min(LENGTH_MAX);
    while !rest.is_char_boundary(end) {
        end -= 1;
    }
    &rest[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_addresses() {
        let text = "\"file:///home/ann/x\"\n\"https://x.org/home/ann/y\" \"path+file:///Users/bob/z\"\n\
                    \"C:\\\\Users\\\\eve\\\\w\" C:/Users/kim/v /home/ /home/only (/home/joe/a)\nref:/home/al/b";
        let found = of_machines(text);
        let shown: Vec<(u32, &str)> = found.first;
        let expected = [
            (1, "/home/ann/x"),
            (2, "/Users/bob/z"),
            (3, "C:\\\\Users\\\\eve\\\\w"),
            (3, "C:/Users/kim/v"),
            (3, "/home/joe/a"),
            (4, "/home/al/b"),
        ];
        assert_eq!(shown, expected);
        assert_eq!(of_machines(&"\"/home/a/b\"".repeat(50)).count, 50);
    }
}
