//! Reading a file into a buffer that each thread keeps.

use std::cell::Cell;
use std::fs::File;
use std::io;

use crate::source::dir::fill;

/// A buffer larger than this is given back to the system after use.
const KEEP: usize = 16 << 20;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Calls `with` with this thread's buffer. A visitor that waits for other work of the pool can
/// come back here on the same thread: it then gets a new buffer.
pub(super) fn with_buffer<T>(with: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let mut buffer = BUFFER.take();
    let result = with(&mut buffer);
    if buffer.capacity() <= KEEP {
        BUFFER.set(buffer);
    }
    result
}

/// Reads `file`, which had `size` bytes when it was opened, into `buffer`. A file that has shrunk
/// since gives what is left of it. Returns false if there are more than `max` bytes.
///
/// # Errors
/// If reading fails or there is no memory for the bytes.
pub(super) fn read(file: &File, size: u64, max: u64, buffer: &mut Vec<u8>) -> io::Result<bool> {
    buffer.clear();
    let limit = usize::try_from(max).unwrap_or(usize::MAX);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    // One byte more than expected, so that one read shows that there is no more.
    buffer.try_reserve_exact(size.min(limit).saturating_add(1))?;
    loop {
        if buffer.len() > limit {
            return Ok(false);
        }
        if buffer.len() == buffer.capacity() {
            buffer.try_reserve_exact(buffer.len().max(8 * 1024).min(limit - buffer.len() + 1))?;
        }
        let count = fill(file, buffer)?;
        let room_left = buffer.len() < buffer.capacity();
        if count == 0 || (buffer.len() >= size && room_left) {
            return Ok(buffer.len() <= limit);
        }
    }
}

/// True if `bytes` are a Git LFS pointer and nothing else. The whole form is asked for, so that a
/// first line alone does not hide what follows it.
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

/// `ext-0-name sha256:…`, written by an LFS extension.
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
    use std::io::Write as _;

    use super::{is_lfs_pointer, read};

    fn file(bytes: &[u8]) -> std::fs::File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        file
    }

    #[test]
    fn sizes_may_be_wrong_either_way() {
        let bytes: Vec<u8> = (0..50_000u32).map(|n| n as u8).collect();
        for claimed in [0, 1, 100, 49_999, 50_000, 50_001, 4_000_000] {
            let mut buffer = Vec::new();
            assert!(read(&file(&bytes), claimed, 1 << 20, &mut buffer).unwrap());
            assert_eq!(buffer, bytes, "claimed {claimed}");
        }
    }

    #[test]
    fn limit_is_exact() {
        for claimed in [0, 10, 11, 5000] {
            let mut buffer = Vec::new();
            assert!(read(&file(b"0123456789"), claimed, 10, &mut buffer).unwrap());
            assert_eq!(buffer, b"0123456789");
            assert!(!read(&file(b"0123456789x"), claimed, 10, &mut buffer).unwrap());
        }
        let mut buffer = Vec::new();
        assert!(read(&file(b""), 0, 0, &mut buffer).unwrap());
        assert!(!read(&file(b"x"), 0, 0, &mut buffer).unwrap());
        assert!(read(&file(b"x"), 1, u64::MAX, &mut buffer).unwrap());
    }

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
