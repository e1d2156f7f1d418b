//! The buffer into which each thread reads files, and Git LFS pointers.

use std::cell::Cell;

/// A larger buffer is freed after use.
const KEEP: usize = 16 << 20;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Calls `with` with this thread's buffer. A visitor that waits for other work of the pool can re-enter this function
/// on the same thread; it then gets a new buffer.
pub(super) fn with_buffer<T>(with: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let mut buffer = BUFFER.take();
    let result = with(&mut buffer);
    if buffer.capacity() <= KEEP {
        BUFFER.set(buffer);
    }
    result
}

/// True if `bytes` are a Git LFS pointer and nothing else. The whole form is checked, so a first line alone does not
/// hide what follows.
pub(super) fn is_lfs_pointer(bytes: &[u8]) -> bool {
    const FIRST: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
    let Some(rest) = bytes.strip_prefix(FIRST) else { return false };
    if bytes.len() >= 1024 {
        return false;
    }
    let (mut oid, mut size) = (false, false);
    for line in rest.split(|byte| *byte == b'\n') {
        if let Some(hash) = line.strip_prefix(b"oid sha256:") {
            oid = is_sha256(hash);
        } else if let Some(number) = line.strip_prefix(b"size ") {
            size = !number.is_empty() && number.len() <= 20 && number.iter().all(u8::is_ascii_digit);
        } else if !line.is_empty() && !is_lfs_extension(line) {
            return false;
        }
    }
    oid && size
}

/// `ext-0-name sha256:…`, a line of an LFS extension.
fn is_lfs_extension(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"ext-") else { return false };
    let Some(space) = memchr::memchr(b' ', rest) else { return false };
    let (name, hash) = (&rest[..space], &rest[space + 1..]);
    name.len() <= 32
        && name.iter().all(u8::is_ascii_graphic)
        && hash.strip_prefix(b"sha256:").is_some_and(is_sha256)
}

fn is_sha256(text: &[u8]) -> bool {
    text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::is_lfs_pointer;

    #[test]
    fn pointers_have_the_whole_form() {
        let hash = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        let first = "version https://git-lfs.github.com/spec/v1\n";
        let good = format!("{first}oid sha256:{hash}\nsize 12345\n");
        assert!(is_lfs_pointer(good.as_bytes()));
        assert!(is_lfs_pointer(
            format!("{first}ext-0-fold sha256:{hash}\noid sha256:{hash}\nsize 1\n").as_bytes()
        ));
        assert!(!is_lfs_pointer(first.as_bytes()));
        assert!(!is_lfs_pointer(format!("{good}password = hunter2\n").as_bytes()));
        assert!(!is_lfs_pointer(format!("{first}oid sha256:{hash}\nsize secret\n").as_bytes()));
        assert!(!is_lfs_pointer(format!("{good}{}", "\n".repeat(1024)).as_bytes()));
    }
}
