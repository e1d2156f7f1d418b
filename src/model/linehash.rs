//! GitHub's `primaryLocationLineHash`, which keeps an alert stable when lines move.
//!
//! The value must match what the upload action computes, or alerts are closed and reopened. It is a rolling hash over
//! the UTF-16 code units of the decoded text, without spaces and with normalised line ends; a line's hash is that of
//! the window that starts with it.

use std::collections::{HashMap, VecDeque};

use super::map::FastMap;

/// Units in a window.
const WINDOW: usize = 100;
/// The factor of the rolling hash.
const FACTOR: u64 = 37;
/// `FACTOR` to the power of `WINDOW`: the weight of the unit that leaves the window.
const LEAVING: u64 = {
    let mut power = 1u64;
    let mut step = 0;
    while step < WINDOW {
        power = power.wrapping_mul(FACTOR);
        step += 1;
    }
    power
};
/// Marks the end of every text.
const END: u16 = u16::MAX;

const TAB: u16 = 0x09;
const LF: u16 = 0x0a;
const CR: u16 = 0x0d;
const SPACE: u16 = 0x20;

/// Most distinct hashes counted in one text; later lines have no hash.
const HASHES_MAX: usize = 1 << 20;

/// The hash of each of the 1-based `lines` of `bytes`, in the order of `lines`.
///
/// A line ends with LF, CR or both; the position after a final line end counts as a line. A missing line has an empty
/// text. Hashing stops after the last requested line.
#[must_use]
pub fn line_hashes(bytes: &[u8], lines: &[u32]) -> Vec<String> {
    let mut hashes = LineHashes::new(lines, usize::MAX);
    if !lines.is_empty() && hashes.read(bytes) {
        hashes.end();
    }
    lines.iter().map(|line| hashes.of(*line).unwrap_or_default().to_owned()).collect()
}

/// The same, incrementally.
pub struct LineHashes {
    rolling: Rolling,
    numbered: Numbered,
    /// An incomplete character at the end of a piece.
    cut: Vec<u8>,
}

impl LineHashes {
    /// A hasher for these `lines`.
    #[must_use]
    pub fn of_lines(lines: &[u32]) -> Self {
        Self::new(lines, HASHES_MAX)
    }

    fn new(lines: &[u32], most: usize) -> Self {
        let wanted = lines.iter().map(|line| (*line, None)).collect();
        let last = lines.iter().copied().max().unwrap_or(0);
        let numbered = Numbered { wanted, last, seen: FastMap::default(), most, done: false };
        Self { rolling: Rolling::new(), numbered, cut: Vec::new() }
    }

    /// Adds a piece of the text. False if the rest is not needed.
    pub fn read(&mut self, piece: &[u8]) -> bool {
        let joined;
        let bytes = if self.cut.is_empty() {
            piece
        } else {
            joined = [&self.cut, piece].concat();
            &joined
        };
        let whole = bytes.len() - unfinished(bytes);
        let numbered = &mut self.numbered;
        let mut finish = |line, hash| numbered.finish(line, hash);
        let mut rest = &bytes[..whole];
        while let Some(first) = rest.first() {
            // In most text each byte is a unit.
            if first.is_ascii() {
                if self.rolling.read(u16::from(*first), &mut finish) {
                    return false;
                }
                rest = &rest[1..];
                continue;
            }
            let other = rest.iter().position(u8::is_ascii).unwrap_or(rest.len());
            for chunk in rest[..other].utf8_chunks() {
                for unit in chunk.valid().encode_utf16() {
                    if self.rolling.read(unit, &mut finish) {
                        return false;
                    }
                }
                // A decoder replaces a chunk's invalid part with one U+FFFD.
                if !chunk.invalid().is_empty() && self.rolling.read(0xfffd, &mut finish) {
                    return false;
                }
            }
            rest = &rest[other..];
        }
        self.cut = bytes[whole..].to_vec();
        true
    }

    /// Ends the text.
    pub fn end(&mut self) {
        let numbered = &mut self.numbered;
        let mut finish = |line, hash| numbered.finish(line, hash);
        if self.cut.is_empty() || !self.rolling.read(0xfffd, &mut finish) {
            self.rolling.end(&mut finish);
        }
    }

    /// The hash of a requested 1-based line; none if it does not exist or comes after too many.
    #[must_use]
    pub fn of(&self, line: u32) -> Option<&str> {
        self.numbered.wanted.get(&line)?.as_deref()
    }
}

/// The number of bytes of an incomplete character at the end of `bytes`.
fn unfinished(bytes: &[u8]) -> usize {
    let is_lead = |from_end: &usize| bytes[bytes.len() - from_end] >= 0xc0;
    let Some(length) = (1..=bytes.len().min(3)).find(is_lead) else { return 0 };
    let character = std::str::from_utf8(&bytes[bytes.len() - length..]);
    if character.is_err_and(|error| error.error_len().is_none()) { length } else { 0 }
}

/// The hashes of the requested lines. Equal hashes are numbered in line order, so other lines count too.
struct Numbered {
    wanted: HashMap<u32, Option<String>>,
    last: u32,
    seen: FastMap<u64, u32>,
    most: usize,
    done: bool,
}

impl Numbered {
    fn finish(&mut self, line: u32, hash: u64) -> bool {
        let known = self.seen.len() < self.most || self.seen.contains_key(&hash);
        if known {
            let nth = self.seen.entry(hash).or_insert(0);
            *nth += 1;
            if let Some(text) = self.wanted.get_mut(&line) {
                *text = Some(format!("{hash:x}:{nth}"));
            }
        }
        // Once a hash is not counted, later ones cannot be numbered.
        self.done |= !known || line >= self.last;
        self.done
    }
}

/// The hash over the last `WINDOW` units, and the lines whose window is not yet full.
struct Rolling {
    window: [u16; WINDOW],
    /// Units pushed.
    pushed: usize,
    hash: u64,
    /// `(line, index of its first unit)`, oldest first.
    open: VecDeque<(u32, usize)>,
    line: u32,
    at_line_start: bool,
    after_cr: bool,
}

impl Rolling {
    fn new() -> Self {
        Self {
            window: [0; WINDOW],
            pushed: 0,
            hash: 0,
            open: VecDeque::new(),
            line: 0,
            at_line_start: true,
            after_cr: false,
        }
    }

    /// Adds one unit of the text. True if `finish` needs no more.
    fn read(&mut self, unit: u16, finish: &mut impl FnMut(u32, u64) -> bool) -> bool {
        let after_cr = std::mem::replace(&mut self.after_cr, unit == CR);
        if unit == SPACE || unit == TAB || (after_cr && unit == LF) {
            return false;
        }
        self.visible(if unit == CR { LF } else { unit }, finish)
    }

    /// Closes the text: the end mark, then zeros until every window is full.
    fn end(&mut self, finish: &mut impl FnMut(u32, u64) -> bool) {
        let mut enough = self.visible(END, finish);
        for _ in 0..WINDOW {
            enough = enough || self.push(0, finish);
        }
    }

    /// Adds one hashed unit.
    fn visible(&mut self, unit: u16, finish: &mut impl FnMut(u32, u64) -> bool) -> bool {
        if self.at_line_start {
            self.line += 1;
            self.open.push_back((self.line, self.pushed));
        }
        self.at_line_start = unit == LF;
        self.push(unit, finish)
    }

    fn push(&mut self, unit: u16, finish: &mut impl FnMut(u32, u64) -> bool) -> bool {
        let slot = &mut self.window[self.pushed % WINDOW];
        let old = std::mem::replace(slot, unit);
        self.hash = self
            .hash
            .wrapping_mul(FACTOR)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(LEAVING.wrapping_mul(u64::from(old)));
        self.pushed += 1;
        match self.open.front() {
            Some(&(line, first)) if self.pushed - first == WINDOW => {
                self.open.pop_front();
                finish(line, self.hash)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LineHashes, line_hashes};

    #[track_caller]
    fn check(bytes: &[u8], expected: &[&str]) {
        let lines: Vec<u32> = (1..=expected.len() as u32).collect();
        assert_eq!(line_hashes(bytes, &lines), expected);
        // Each line alone gives the same.
        for (line, hash) in lines.iter().zip(expected) {
            assert_eq!(line_hashes(bytes, &[*line]), [*hash]);
        }
    }

    #[test]
    fn empty_text_has_one_line() {
        check(b"", &["c129715d7a2bc9a3:1"]);
    }

    #[test]
    fn blanks_do_not_count() {
        let expected = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        check(b" a\nb\n  \t\tc\n d", &expected);
    }

    #[test]
    fn equal_hashes_are_numbered() {
        let expected = [
            "a7f2ff13bc495cf2:1",
            "a7f2ff13bc495cf2:2",
            "a7f2ff13bc495cf2:3",
            "a7f2ff13bc495cf2:4",
            "a7f2ff13bc495cf2:5",
            "a7f2ff13bc495cf2:6",
            "a7f2ff1481e87703:1",
        ];
        check("Lorem ipsum dolor sit amet.\n".repeat(10).as_bytes(), &expected);
    }

    #[test]
    fn line_ends_are_equal() {
        let lf = line_hashes(b" a\nb\n\nc\n", &[1, 2, 3, 4, 5]);
        assert_eq!(line_hashes(b" a\r\nb\r\n\r\nc\r\n", &[1, 2, 3, 4, 5]), lf);
        assert_eq!(line_hashes(b" a\rb\r\rc\r", &[1, 2, 3, 4, 5]), lf);
        // CR, blank, LF is two line ends.
        assert_eq!(line_hashes(b"b\r \nc\n", &[1, 2, 3, 4]), lf[1..]);
    }

    #[test]
    fn assignment() {
        check(b"AWS_KEY=x\n", &["af99059b3d8c6dfd:1"]);
    }

    #[test]
    fn units_are_utf16() {
        check("naïve 🔑\nx".as_bytes(), &["b00c8a14d210a204:1", "638816509450efbf:1"]);
    }

    #[test]
    fn invalid_bytes_are_replaced_one_by_one() {
        check(b"\xff\xfe bad\n", &["38ab0077ce42e422:1"]);
    }

    #[test]
    fn a_cut_character_is_replaced_as_one() {
        check(b"\xf0\x9f\x94A\n", &["c220a00a3f4062f3:1"]);
    }

    #[test]
    fn a_byte_order_mark_counts() {
        check("\u{feff}bom\n".as_bytes(), &["3f85594aa837da86:1"]);
    }

    #[test]
    fn pieces_give_the_same() {
        let text = [&"naïve 🔑\r\n\n twice".repeat(9).into_bytes()[..], b"\xf0\x9f\xff\xe0\xa0\nend\xf0\x9f"]
            .concat();
        let lines: Vec<u32> = (1..=21).collect();
        let whole = line_hashes(&text, &lines);
        for size in 1..9 {
            let mut hashes = LineHashes::of_lines(&lines);
            assert!(text.chunks(size).all(|piece| hashes.read(piece)), "{size}");
            hashes.end();
            let pieces: Vec<&str> = lines.iter().map(|line| hashes.of(*line).unwrap_or_default()).collect();
            assert_eq!(pieces, whole, "{size}");
        }
    }

    #[test]
    fn order_and_repeats_are_kept_and_missing_lines_are_empty() {
        let [one, two] = ["271789c17abda88f:1", "54703d4cd895b18:1"];
        assert_eq!(line_hashes(b" a\nb\n  \t\tc\n d", &[2, 9, 1, 2]), [two, "", one, two]);
        assert!(line_hashes(b"a", &[]).is_empty());
    }
}
