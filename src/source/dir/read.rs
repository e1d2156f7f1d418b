//! Reading a file with a limit.

use std::fs::File;
use std::io;

use super::fill;

/// Reads `file`, which had `size` bytes when it was opened, into `buffer`. If it has shrunk, the rest is read.
/// Returns false if there are more than `max` bytes.
///
/// # Errors
/// If reading fails or memory runs out.
pub(in crate::source) fn read(file: &File, size: u64, max: u64, buffer: &mut Vec<u8>) -> io::Result<bool> {
    buffer.clear();
    let limit = usize::try_from(max).unwrap_or(usize::MAX);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    // One byte more than expected, so that one read detects the end.
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::read;

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
}
