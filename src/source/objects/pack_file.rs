//! Files of a store, read by position and never memory-mapped: truncating a mapped file while it is read kills the
//! process.

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
        // A FIFO in its place does not block: it is opened without waiting, and rejected.
        let opened = open_path(path).map_err(|error| format!("{} cannot be read: {error}", shown(path)))?;
        if opened.kind != Kind::File {
            return Err(format!("{} is not a regular file", shown(path)));
        }
        Ok(Self { file: opened.file, len: opened.size })
    }

    /// Size of the file when it was opened.
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// Reads from `offset` into `buffer`, and returns how many bytes were read: fewer at the end of the file, if
    /// it has shrunk, or if it cannot be read any more.
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

/// The size of a page, how many pages all threads cache together, and how many each of them at least. Consecutive
/// entries mostly lie close together, but in many places at once: of a pack of a hundred megabytes each page is
/// read four times with two megabytes of cache, and less than twice with 32.
const PAGE: usize = 8 << 10;
const PAGES: usize = 4096;
const PAGES_MIN: usize = 256;
/// The initial number of pages, and the number of reads before there are more: reading a few objects stays cheap.
const FIRST_PAGES: usize = 16;
const FEW_READS: usize = 64;
const SOME_READS: usize = 1024;
/// Longer spans are read without the cache. This many extra pages hold spans at the end.
const SPAN: usize = 16;
/// A larger buffer is freed when the next read is smaller.
const KEEP: usize = 1 << 20;

/// What one thread has read of packs: the most recent pages or, when everything is read in order, the bytes after
/// the last position.
pub(super) struct Window {
    /// The least number of bytes per read; 0 for paging.
    ahead: u64,
    pages: Pages,
    /// The number of the pack that `bytes` is from.
    pack: usize,
    start: u64,
    /// How many of `bytes` are filled.
    len: usize,
    /// Existing bytes are overwritten, so they need not be cleared first.
    bytes: Vec<u8>,
}

impl Default for Window {
    fn default() -> Self {
        Self::ahead(0)
    }
}

impl Window {
    /// A window for sequential reads of at least `ahead` bytes.
    pub(super) const fn ahead(ahead: u64) -> Self {
        let pages = Pages { slots: Vec::new(), bytes: Vec::new(), count: 0, reads: 0 };
        Self { ahead, pages, pack: usize::MAX, start: 0, len: 0, bytes: Vec::new() }
    }

    /// The bytes of `file`, the pack of this number, from `start` to `end`: fewer if it has no more. Nothing is
    /// read at or beyond `most`.
    pub(super) fn slice(&mut self, pack: usize, file: &PackFile, range: (u64, u64), most: u64) -> &[u8] {
        let (start, end) = (range.0, range.1.min(most));
        if start >= end {
            return &[];
        }
        if self.ahead == 0 && end - start <= ((SPAN - 1) * PAGE) as u64 {
            return self.pages.slice(pack, file, (start, end), most);
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

/// Pages of packs, direct-mapped. Consecutive pages are in consecutive slots, so a span over several of them is
/// one slice.
struct Pages {
    slots: Vec<Slot>,
    bytes: Vec<u8>,
    /// How many pages are kept: a power of two.
    count: usize,
    /// How many reads were made.
    reads: usize,
}

/// The content of a slot: the numbers of the pack and the page, and the page's size.
#[derive(Clone, Copy)]
struct Slot {
    pack: usize,
    page: u64,
    len: usize,
}

impl Pages {
    /// The bytes of `file` from `start` to `end`, which span at most [`SPAN`] pages.
    fn slice(&mut self, pack: usize, file: &PackFile, (start, end): (u64, u64), most: u64) -> &[u8] {
        let size = PAGE as u64;
        let (page, last) = (start / size, (end - 1) / size);
        // Most reads lie in one cached page.
        let first = page as usize & self.count.wrapping_sub(1);
        if page == last
            && let Some(Slot { pack: known, page: kept, len: PAGE }) = self.slots.get(first)
            && (*known, *kept) == (pack, page)
        {
            return &self.bytes[first * PAGE + (start % size) as usize..][..(end - start) as usize];
        }
        self.grow();
        let first = page as usize & (self.count - 1);
        let count = (last - page + 1) as usize;
        let mut at = 0;
        while at < count {
            let is_there = |at: usize| {
                let slot = self.slots[first + at];
                slot.pack == pack && slot.page == page + at as u64
            };
            if is_there(at) {
                at += 1;
                continue;
            }
            let missing = (at..count).take_while(|at| !is_there(*at)).count();
            self.fill(pack, file, (first + at, page + at as u64, missing), most);
            at += missing;
        }
        let from = first * PAGE + (start % size) as usize;
        let slots = &self.slots[first..first + count];
        let whole = slots.iter().take_while(|slot| slot.len == PAGE).count();
        let there = first * PAGE + whole * PAGE + slots.get(whole).map_or(0, |slot| slot.len);
        let to = (from + (end - start) as usize).min(there);
        self.bytes.get(from..to).unwrap_or_default()
    }

    /// Grows the cache with the number of reads.
    fn grow(&mut self) {
        let count = match self.reads {
            0..FEW_READS => FIRST_PAGES,
            FEW_READS..SOME_READS => PAGES_MIN,
            _ => (PAGES / rayon::current_num_threads().next_power_of_two()).max(PAGES_MIN),
        };
        if self.count < count {
            self.count = count;
            self.slots = vec![Slot { pack: usize::MAX, page: 0, len: 0 }; count + SPAN];
            self.bytes = vec![0; (count + SPAN) * PAGE];
        }
    }

    /// Reads `count` pages starting at `page` into the slots starting at `slot`.
    fn fill(&mut self, pack: usize, file: &PackFile, (slot, page, count): (usize, u64, usize), most: u64) {
        self.reads += 1;
        let start = page * PAGE as u64;
        let len = usize::try_from(most - start).map_or(count * PAGE, |left| left.min(count * PAGE));
        let read = file.read(start, &mut self.bytes[slot * PAGE..][..len]);
        for at in 0..count {
            let len = read.saturating_sub(at * PAGE).min(PAGE);
            self.slots[slot + at] = Slot { pack, page: page + at as u64, len };
        }
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
                (4_000, 4_200),
                (0, 9_000),
                (4_095, 4_097),
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
    fn pages_are_of_one_pack_and_one_place() {
        let temp = tempfile::tempdir().unwrap();
        let files: Vec<(Vec<u8>, PackFile)> = [3u32, 5]
            .into_iter()
            .map(|seed| {
                let bytes: Vec<u8> = (0..6_000_000u32).map(|n| (n.wrapping_mul(seed) >> 7) as u8).collect();
                let path = temp.path().join(seed.to_string());
                std::fs::write(&path, &bytes).unwrap();
                (bytes, PackFile::open(&path).unwrap())
            })
            .collect();
        let mut window = Window::default();
        let mut state = 9u64;
        let mut next = |most: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % most
        };
        for _ in 0..20_000 {
            let pack = next(2);
            let (bytes, file) = &files[pack];
            let start = next(bytes.len());
            let longest = [64, 5_000, 100_000][next(3)];
            let end = start + next(longest);
            let wanted = &bytes[start..end.min(bytes.len())];
            assert_eq!(window.slice(pack, file, (start as u64, end as u64), file.len()), wanted);
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
