//! The objects of a JSON text with their lines: lists, lists of lists, and concatenated documents, such as pages of an
//! API. Constant memory.

/// An object of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) line: usize,
    pub(super) text: &'a str,
}

/// Depth of nested lists.
const DEPTH: usize = 2;

/// Calls `visit` for each object.
///
/// # Errors
/// The line and the mistake: in the structure around the objects, or from `visit`.
pub(super) fn objects<'a>(
    text: &'a str,
    visit: &mut dyn FnMut(Piece<'a>) -> Result<(), String>,
) -> Result<(), (usize, String)> {
    let bytes = text.as_bytes();
    let (mut at, mut line, mut depth) = (0, 1, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => line += 1,
            b' ' | b'\t' | b'\r' | b',' => {}
            b'[' if depth < DEPTH => depth += 1,
            b'[' => return Err((line, "lists are nested too deeply".to_owned())),
            b']' if depth > 0 => depth -= 1,
            b'{' => {
                let end = object(&bytes[at..])
                    .ok_or((line, "this object is not closed; is the file truncated?".to_owned()))?;
                let piece = &text[at..at + end];
                visit(Piece { line, text: piece }).map_err(|why| (line, why))?;
                line += memchr::memchr_iter(b'\n', piece.as_bytes()).count();
                at += end;
                continue;
            }
            _ => return Err((line, "expected a repository object here".to_owned())),
        }
        at += 1;
    }
    match depth {
        0 => Ok(()),
        _ => Err((line, "the list is not closed; is the file truncated?".to_owned())),
    }
}

/// The length of the object that `bytes` start with.
fn object(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match (quoted, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::objects;

    fn lines(text: &str) -> Result<Vec<(usize, String)>, (usize, String)> {
        let mut found = Vec::new();
        objects(text, &mut |piece| {
            found.push((piece.line, piece.text.to_owned()));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn pages_and_lines() {
        let one = |line: usize, text: &str| (line, text.to_owned());
        assert_eq!(
            lines("[{\"a\":1},\n{\"b\":[\"}\\\"]\"]}]\n[{}]").unwrap(),
            [one(1, "{\"a\":1}"), one(2, "{\"b\":[\"}\\\"]\"]}"), one(3, "{}")]
        );
        assert_eq!(lines("[[{\n}],\n[{}]]").unwrap(), [one(1, "{\n}"), one(3, "{}")]);
    }

    #[test]
    fn what_is_wrong_has_a_line() {
        assert_eq!(lines("[\n{\"a\":").unwrap_err().0, 2);
        assert_eq!(lines("[{}\n").unwrap_err().0, 2);
        assert_eq!(lines("[\n\n1]").unwrap_err().0, 3);
        assert_eq!(lines("[[[{}]]]").unwrap_err().0, 1);
    }
}
