//! Files of a store, read by position and never mapped into memory: who shortens a mapped file while
//! it is read ends the process that reads it, and no program can prevent that.

use std::fs::File;
use std::path::Path;

use super::places::shown;
use crate::source::dir::{Kind, open_path, read_at};

/// A regular file of known length.
pub(super) struct PackFile {
    file: File,
    len: u64,
}

impl PackFile {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        // A FIFO in its place does not block: it is opened without waiting, and refused.
        let opened = open_path(path).map_err(|error| format!("{} cannot be read: {error}", shown(path)))?;
        if opened.kind != Kind::File {
            return Err(format!("{} is not a regular file", shown(path)));
        }
        Ok(Self { file: opened.file, len: opened.size })
    }

    /// Bytes that the file had when it was opened.
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// Reads from `offset` on into `buffer`, and returns how many bytes there were: fewer if the file
    /// ends before, has become shorter since it was opened, or cannot be read any more.
    pub(super) fn read(&self, offset: u64, buffer: &mut [u8]) -> usize {
        let mut count = 0;
        while count < buffer.len() {
            match read_at(&self.file, &mut buffer[count..], offset.saturating_add(count as u64)) {
                Ok(0) | Err(_) => break,
                Ok(more) => count += more,
            }
        }
        count
    }

    /// The `N` bytes at `offset`; `None` if there are fewer.
    pub(super) fn array<const N: usize>(&self, offset: u64) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        (self.read(offset, &mut bytes) == N).then_some(bytes)
    }
}

/// A window that is larger than this is given back to the system when the next one is smaller.
const KEEP: usize = 1 << 20;

/// The bytes of a pack that one thread read last, and some behind them: entries that are read one
/// after the other mostly lie close together.
pub(super) struct Window {
    /// The number of the pack.
    pack: usize,
    start: u64,
    /// As many of these as were read.
    len: usize,
    /// What is there already is overwritten, and so need not be cleared first.
    bytes: Vec<u8>,
    ahead: u64,
}

impl Default for Window {
    fn default() -> Self {
        Self::ahead(4 << 10)
    }
}

impl Window {
    /// A window that reads at least `ahead` bytes at once.
    pub(super) const fn ahead(ahead: u64) -> Self {
        Self { pack: usize::MAX, start: 0, len: 0, bytes: Vec::new(), ahead }
    }

    /// The bytes of `file`, the pack of this number, from `start` to `end`: fewer if it has no more.
    /// Nothing is read at or behind `most`.
    pub(super) fn slice(&mut self, pack: usize, file: &PackFile, range: (u64, u64), most: u64) -> &[u8] {
        let (start, end) = (range.0, range.1.min(most));
        if start >= end {
            return &[];
        }
        let known = self.start..=self.start + self.len as u64;
        if self.pack != pack || !known.contains(&start) || !known.contains(&end) {
            self.fill(pack, file, start, start.saturating_add(self.ahead).min(most).max(end));
        }
        let within = |at: u64| usize::try_from(at - self.start).map_or(self.len, |at| at.min(self.len));
        &self.bytes[within(start)..within(end)]
    }

    fn fill(&mut self, pack: usize, file: &PackFile, start: u64, end: u64) {
        (self.pack, self.start, self.len) = (usize::MAX, start, 0);
        let Ok(len) = usize::try_from(end - start) else { return };
        if self.bytes.len() > KEEP && len <= KEEP {
            self.bytes = Vec::new();
        }
        if len > self.bytes.len() {
            if self.bytes.try_reserve_exact(len - self.bytes.len()).is_err() {
                return;
            }
            self.bytes.resize(len, 0);
        }
        self.len = file.read(start, &mut self.bytes[..len]);
        self.pack = pack;
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make the files that they read")]
mod tests {
    use super::{PackFile, Window};

    #[test]
    fn windows_show_what_is_there() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("file");
        let bytes: Vec<u8> = (0..10_000u32).map(|n| (n % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let file = PackFile::open(&path).unwrap();
        let most = 9_980;
        for ahead in [0, 1, 100, 1 << 20] {
            let mut window = Window::ahead(ahead);
            for (start, end) in [
                (0, 10),
                (5, 8),
                (9_000, 9_500),
                (9_400, u64::MAX),
                (20, 21),
                (3, 3),
                (9_979, 9_980),
                (9_980, 9_999),
            ] {
                let wanted = bytes[..most].get(start as usize..(end as usize).min(most)).unwrap_or_default();
                assert_eq!(
                    window.slice(0, &file, (start, end), most as u64),
                    wanted,
                    "{start} {end} {ahead}"
                );
            }
            assert_eq!(window.slice(1, &file, (0, 4), 10_000), &bytes[..4]);
        }
    }

    #[test]
    fn a_file_that_becomes_shorter_gives_what_is_left() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("file");
        std::fs::write(&path, [7; 100_000]).unwrap();
        let file = PackFile::open(&path).unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(5_000).unwrap();
        let mut window = Window::ahead(64);
        assert_eq!(window.slice(0, &file, (4_000, 6_000), file.len()), [7; 1_000]);
        assert!(window.slice(0, &file, (5_500, 6_000), file.len()).is_empty());
        assert_eq!(file.array::<4>(4_998), None);
    }
}
