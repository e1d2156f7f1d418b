//! What git passes to a hook: ref updates, and the commit message.

/// A pushed or received ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Its previous value on the receiving side, in hexadecimal; `None` if it does not exist.
    pub old: Option<String>,
    /// Its new value; `None` if it is deleted.
    pub new: Option<String>,
    /// The name of the ref on the receiving side; any bytes.
    pub name: Vec<u8>,
}

/// Lines of `pre-push`: `<local ref> <local id> <remote ref> <remote id>`.
///
/// # Errors
/// The number of the first malformed line.
pub fn pushed(input: &[u8]) -> Result<Vec<Update>, usize> {
    // The local side can be any expression, with spaces in it; so git's own tools parse from the end.
    each_line(input, |line| {
        let mut words = line.rsplitn(4, |byte| *byte == b' ');
        let (old, name, new, _) = (words.next()?, words.next()?, words.next()?, words.next()?);
        Some(Update { old: id(old)?, new: id(new)?, name: name.to_vec() })
    })
}

/// Lines of `pre-receive`: `<old id> <new id> <ref>`.
///
/// # Errors
/// As [`pushed`].
pub fn received(input: &[u8]) -> Result<Vec<Update>, usize> {
    each_line(input, |line| {
        let mut words = line.splitn(3, |byte| *byte == b' ');
        let (old, new, name) = (words.next()?, words.next()?, words.next()?);
        Some(Update { old: id(old)?, new: id(new)?, name: name.to_vec() })
    })
}

fn each_line(input: &[u8], read: impl Fn(&[u8]) -> Option<Update>) -> Result<Vec<Update>, usize> {
    let input = input.strip_suffix(b"\n").unwrap_or(input);
    if input.is_empty() {
        return Ok(Vec::new());
    }
    let lines = input.split(|byte| *byte == b'\n').enumerate();
    lines.map(|(at, line)| read(line.strip_suffix(b"\r").unwrap_or(line)).ok_or(at + 1)).collect()
}

/// The digits of an id; `Some(None)` for the null id, all zeros.
fn id(word: &[u8]) -> Option<Option<String>> {
    let is_id = matches!(word.len(), 40 | 64) && word.iter().all(u8::is_ascii_hexdigit);
    is_id.then(|| {
        let nothing = word.iter().all(|byte| *byte == b'0');
        (!nothing).then(|| String::from_utf8_lossy(word).into_owned())
    })
}

/// What git removes from a message before it records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cleanup {
    /// Comment lines.
    pub comments: bool,
    /// Everything from the scissors on: `# --- >8 ---`, with the diff that `commit -v` shows below.
    pub scissors: bool,
}

/// The scissors, after the comment prefix and a space.
const SCISSORS: &[u8] = b"------------------------ >8 ------------------------";

/// The message as git would record it, except that removed lines stay empty, so that line numbers hold. A comment
/// starts with one of `marks`.
#[must_use]
pub fn message(text: &[u8], marks: &[Vec<u8>], cleanup: Cleanup) -> Vec<u8> {
    let marked = |line: &[u8]| {
        let mark = marks.iter().find(|mark| !mark.is_empty() && line.starts_with(mark))?;
        line.get(mark.len()..).map(<[u8]>::to_vec)
    };
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let end = line.len() - line.iter().rev().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        let (content, ending) = line.split_at(end);
        let rest = marked(content);
        if cleanup.scissors && rest.as_deref().and_then(|rest| rest.strip_prefix(b" ")) == Some(SCISSORS) {
            break;
        }
        if !(cleanup.comments && rest.is_some()) {
            out.extend_from_slice(content);
        }
        out.extend_from_slice(ending);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Cleanup, Update, message, pushed, received};

    const ONE: &str = "08c6903cd8c0fde910a37f88322edcfb5dd907a8";
    const TWO: &str = "18c6903cd8c0fde910a37f88322edcfb5dd907a8";
    const ZERO: &str = "0000000000000000000000000000000000000000";
    const ALL: Cleanup = Cleanup { comments: true, scissors: true };

    fn update(old: Option<&str>, new: Option<&str>, name: &str) -> Update {
        Update { old: old.map(str::to_owned), new: new.map(str::to_owned), name: name.into() }
    }

    #[test]
    fn lines_of_a_push() {
        let lines = format!(
            "refs/heads/a {ONE} refs/heads/b {TWO}\n(delete) {ZERO} refs/heads/c {ONE}\nHEAD^{{/a b}} {ONE} refs/heads/d {ZERO}\n"
        );
        let expected = [
            update(Some(TWO), Some(ONE), "refs/heads/b"),
            update(Some(ONE), None, "refs/heads/c"),
            update(None, Some(ONE), "refs/heads/d"),
        ];
        assert_eq!(pushed(lines.as_bytes()).unwrap(), expected);
        assert_eq!(pushed(b"").unwrap(), []);
        for wrong in ["rubbish\n", "\n\n", "a b c d\n", &format!("a {ONE} refs/heads/x\n")] {
            assert_eq!(pushed(wrong.as_bytes()).unwrap_err(), 1, "{wrong}");
        }
    }

    #[test]
    fn lines_that_are_received() {
        let lines =
            format!("{ZERO} {ONE} refs/heads/a\n{ONE} {TWO} refs/heads/b\r\n{ONE} {ZERO} refs/tags/c");
        let expected = [
            update(None, Some(ONE), "refs/heads/a"),
            update(Some(ONE), Some(TWO), "refs/heads/b"),
            update(Some(TWO).and(Some(ONE)), None, "refs/tags/c"),
        ];
        assert_eq!(received(lines.as_bytes()).unwrap(), expected);
        let second = format!("{ZERO} {ONE} refs/heads/a\n{ONE}\n");
        assert_eq!(received(second.as_bytes()).unwrap_err(), 2);
    }

    #[test]
    fn a_message_keeps_its_lines_where_they_are() {
        let text = b"subject\n# comment\n\nbody # no comment\r\n#\n# ------------------------ >8 ------------------------\n+diff\n";
        let marks = [b"#".to_vec()];
        assert_eq!(message(text, &marks, ALL), b"subject\n\n\nbody # no comment\r\n\n");
        assert_eq!(message(text, &marks, Cleanup { comments: false, scissors: false }), text);
        let no_scissors = message(text, &marks, Cleanup { comments: true, scissors: false });
        assert!(no_scissors.ends_with(b"\n\n+diff\n"), "{}", String::from_utf8_lossy(&no_scissors));
        let other = [b"//".to_vec()];
        assert_eq!(message(b"#1\n// c\n", &other, ALL), b"#1\n\n");
        assert_eq!(message(b"#1\nx", &[], ALL), b"#1\nx");
        assert_eq!(message(b"#1\nx", &[Vec::new()], ALL), b"#1\nx");
    }
}
