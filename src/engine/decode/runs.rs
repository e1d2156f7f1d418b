//! Runs of base64 and hex in a text that decode to text or to an archive.
//!
//! Nearly all text has none, so the search must be cheap: sixteen of every twenty-four bytes are probed, which finds
//! every run of forty. Two dozen characters of a run are decoded as a sample; digests, keys, images, paths and long
//! names give no text and are skipped.

mod wrapped;

use std::ops::Range;

use wrapped::Lines;

use crate::engine::decode::is_plain;
use crate::model::Span;

/// Fewest characters of a run of base64.
const BASE64_MIN: usize = 40;
/// Fewest characters of a run of hex.
const HEX_MIN: usize = 64;
/// Bytes from one look to the next; with the bytes looked at, less than [`BASE64_MIN`] by one.
const STRIDE: usize = 24;
/// Bytes looked at.
const LOOK: usize = 16;
/// Looks that are taken in one go.
const BLOCK: usize = 4;
/// Characters of a run that are tried.
const SAMPLE: usize = 24;
/// Decoded bytes of the sample that need not be text.
const SAMPLE_BAD: u32 = 2;
/// Fewest characters of a line that may go on in the next.
const WRAP_MIN: usize = 56;
/// Most bytes between two lines of one run: quotes, indentation, operators.
const GAP_MAX: usize = 120;
/// A run up to this length is marked as a whole; of a longer one, what encodes the secret.
const WHOLE_MAX: usize = 512;

/// No member of any alphabet.
const NONE: u8 = 0xff;

/// The six bits of each character of base64, standard and URL-safe.
const SEXTETS: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut value = 0;
    while value < 26 {
        table[b'A' as usize + value] = value as u8;
        table[b'a' as usize + value] = value as u8 + 26;
        value += 1;
    }
    value = 0;
    while value < 10 {
        table[b'0' as usize + value] = value as u8 + 52;
        value += 1;
    }
    table[b'+' as usize] = 62;
    table[b'-' as usize] = 62;
    table[b'/' as usize] = 63;
    table[b'_' as usize] = 63;
    table
};

/// How a run is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Encoding {
    Base64,
    Hex,
}

impl Encoding {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hex => "hex",
        }
    }
}

/// A run and what it decodes to.
#[derive(Debug)]
pub(in crate::engine) struct Run {
    pub(super) encoding: Encoding,
    /// Where it stands, from its first character to its last.
    pub(super) span: Span,
    /// What it decodes to.
    pub(super) bytes: Vec<u8>,
    /// Characters before the first that was decoded.
    shift: usize,
    /// For each stretch without a gap: the count of characters before it, and where it starts.
    stretches: Vec<(usize, usize)>,
}

impl Run {
    /// One past the last byte on which it depends where it ends.
    fn reach(&self) -> usize {
        let width = self.stretches.get(1).map_or(self.span.len(), |(before, _)| *before);
        self.span.end + GAP_MAX + width + STRIDE
    }

    /// Where the characters stand that encode `decoded`; of a short run, all of them.
    pub(super) fn source(&self, decoded: Span) -> Span {
        if self.span.len() <= WHOLE_MAX {
            return self.span;
        }
        let (first, last) = match self.encoding {
            Encoding::Base64 => (decoded.start * 4 / 3, (decoded.end * 4).div_ceil(3)),
            Encoding::Hex => (decoded.start * 2, decoded.end * 2),
        };
        let start = self.place(self.shift + first);
        let end = self.place((self.shift + last).max(1) - 1) + 1;
        Span::new(start.min(self.span.end), end.clamp(start, self.span.end.max(start)))
    }

    fn place(&self, character: usize) -> usize {
        let index = self.stretches.partition_point(|(before, _)| *before <= character) - 1;
        let (before, start) = self.stretches[index];
        start + (character - before)
    }
}

/// Calls `found` for each run of `hay` that decodes to something to look at.
pub(super) fn each(hay: &[u8], found: &mut dyn FnMut(Run)) {
    let _ = each_from(hay, Standing::default(), hay.len(), true, found);
}

/// How far a text was looked through, of which there is more.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::engine) struct Standing {
    /// Where the next look is.
    at: usize,
    /// Up to where there is nothing to be found any more.
    done: usize,
    /// Where the last run ended.
    floor: usize,
}

impl Standing {
    /// The same for a text of which the first `bytes` are gone.
    pub(in crate::engine) const fn without(self, bytes: usize) -> Self {
        Self {
            at: self.at.saturating_sub(bytes),
            done: self.done.saturating_sub(bytes),
            floor: self.floor.saturating_sub(bytes),
        }
    }

    /// Up to where the text is not needed any more.
    pub(in crate::engine) const fn spent(self) -> usize {
        // A stretch in which the last look did not lie starts behind that look.
        let look = self.at.saturating_sub(STRIDE);
        if look < self.done { self.done } else { look }
    }
}

/// The same from where looking through `hay` stands, and for runs that are met before `until`. Gives where
/// it stands then; an error if there is more of the text behind `hay`, unless it `ends` there, and a run may
/// go on in that: with where it stands before that run.
pub(in crate::engine) fn each_from(
    hay: &[u8],
    standing: Standing,
    until: usize,
    ends: bool,
    found: &mut dyn FnMut(Run),
) -> Result<Standing, Standing> {
    let mut open = None;
    let mut floor = standing.floor;
    let (at, done) = stretches_from(hay, (standing.at, standing.done), until, &mut |start, end| {
        if !ends && end == hay.len() {
            open = Some(start);
            return Some(hay.len());
        }
        let run = decoded(hay, start, end, floor)?;
        if !ends && run.reach() > hay.len() {
            open = Some(start);
            return Some(hay.len());
        }
        floor = run.span.end;
        found(run);
        Some(floor)
    });
    match open {
        Some(start) => Err(Standing { at: start, done: start, floor }),
        None => Ok(Standing { at, done, floor }),
    }
}

/// True if there is a run that decodes to something to look at.
pub(in crate::engine) fn any(hay: &[u8]) -> bool {
    let mut any = false;
    stretches(hay, &mut |start, end| {
        any |= sampled(&hay[start..end]).is_some();
        any.then_some(hay.len())
    });
    any
}

/// The range, with all stretches of members that touch it taken in.
#[inline]
pub(in crate::engine) fn extended(hay: &[u8], range: Range<usize>) -> Range<usize> {
    let before = members_at_end(&hay[..range.start]);
    range.start - before..range.end + members(&hay[range.end..])
}

/// Calls `visit` for each stretch of members of at least [`BASE64_MIN`], which gives where to go on if
/// that is further on.
fn stretches(hay: &[u8], visit: &mut dyn FnMut(usize, usize) -> Option<usize>) {
    stretches_from(hay, (0, 0), hay.len(), visit);
}

/// The same from where looking stands, for those that are met before `until`. Gives where it stands then.
fn stretches_from(
    hay: &[u8],
    (mut at, mut done): (usize, usize),
    until: usize,
    visit: &mut dyn FnMut(usize, usize) -> Option<usize>,
) -> (usize, usize) {
    // All looks that start before `until` lie in here.
    let seen = &hay[..hay.len().min(until.saturating_add(LOOK - 1))];
    loop {
        at += hay.get(at..).map_or(0, plain_blocks);
        for _ in 0..BLOCK {
            let look = seen.get(at..).and_then(<[u8]>::first_chunk::<LOOK>);
            let Some(look) = look else { return (at, done) };
            if !may_be_run(look) || !look.iter().all(|byte| is_member(*byte)) {
                at += STRIDE;
                continue;
            }
            let start = at - members_at_end(&hay[done..at]);
            let end = at + LOOK + members(&hay[at + LOOK..]);
            let next = if end - start >= BASE64_MIN { visit(start, end) } else { None };
            done = next.unwrap_or(at).max(end);
            at = done;
        }
    }
}

/// Members at the start of `bytes`.
#[inline]
fn members(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !is_member(*byte)).unwrap_or(bytes.len())
}

/// Members at the end of `bytes`.
#[inline]
fn members_at_end(bytes: &[u8]) -> usize {
    bytes.len() - bytes.iter().rposition(|byte| !is_member(*byte)).map_or(0, |other| other + 1)
}

/// Bytes at the start of `hay` in which no look shows a run, in whole blocks of four looks, for which
/// nothing but the looks is done.
fn plain_blocks(hay: &[u8]) -> usize {
    let may_be = |block: &[u8; BLOCK * STRIDE], look: usize| {
        may_be_run(block[look * STRIDE..].first_chunk().expect("a look is shorter than a stride"))
    };
    let blocks = hay.as_chunks::<{ BLOCK * STRIDE }>().0;
    BLOCK
        * STRIDE
        * blocks
            .iter()
            .take_while(|block| {
                !(may_be(block, 0) || may_be(block, 1) || may_be(block, 2) || may_be(block, 3))
            })
            .count()
}

#[inline]
fn is_member(byte: u8) -> bool {
    SEXTETS[usize::from(byte)] != NONE
}

/// False if some byte is a blank, a quote or a parenthesis: a test of eight instructions that most
/// text fails.
#[inline(always)]
fn may_be_run(look: &[u8; LOOK]) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    // The high bit of each byte is set from `+` on. In a run no byte carries into the next.
    const LEAST: u64 = (0x80 - b'+' as u64) * EACH;
    let (words, _) = look.as_chunks::<8>();
    words.iter().fold(HIGH, |high, word| high & u64::from_le_bytes(*word).wrapping_add(LEAST)) == HIGH
}

/// The decoded run at `start..end`, if it is text or an archive. It may start earlier, but not before `floor`.
fn decoded(hay: &[u8], start: usize, end: usize, floor: usize) -> Option<Run> {
    let Sampled { encoding, skip, shift } = sampled(&hay[start..end])?;
    let start = start + skip;
    if encoding == Encoding::Hex {
        let run = Lines::collect(hay, start, end);
        let bytes = hex(&run.characters);
        return Some(Run { encoding, span: run.span, bytes, shift: 0, stretches: run.stretches });
    }
    let (start, end, more) = before_slashes(hay, start, end, floor);
    let shift = (more + shift) % 4;
    let run = Lines::collect(hay, start, end);
    let bytes = base64(&run.characters[shift..]);
    Some(Run { encoding, span: run.span, bytes, shift, stretches: run.stretches })
}

/// What a sample of a stretch showed.
struct Sampled {
    encoding: Encoding,
    /// Characters before the run.
    skip: usize,
    /// Characters of the run before the first that is decoded.
    shift: usize,
}

/// How a stretch of members is encoded, if a sample of it shows that it is.
fn sampled(stretch: &[u8]) -> Option<Sampled> {
    let skip = if matches!(stretch, [b'0', b'x' | b'X', ..]) { 2 } else { 0 };
    let first = &stretch[skip..];
    let is_hex = first[..first.len().min(SAMPLE)].iter().all(u8::is_ascii_hexdigit)
        && first.iter().all(u8::is_ascii_hexdigit);
    if is_hex {
        let fits = first.len() >= HEX_MIN && hex_sample(first);
        return fits.then_some(Sampled { encoding: Encoding::Hex, skip, shift: 0 });
    }
    // `H4sI` is gzip, `UEsDB` is zip.
    let shift = match first {
        [b'H', b'4', b's', b'I', ..] | [b'U', b'E', b's', b'D', b'B', ..] => 0,
        _ => base64_sample(first)?,
    };
    Some(Sampled { encoding: Encoding::Base64, skip, shift })
}

/// The first stretch of a run in which slashes are written `\/`, of which a later stretch stands
/// at `start..end`, and the characters between the two starts.
fn before_slashes(hay: &[u8], mut start: usize, mut end: usize, floor: usize) -> (usize, usize, usize) {
    let mut more = 0;
    while hay[start] == b'/' && hay[floor..start].ends_with(b"\\") {
        let length = members_at_end(&hay[floor..start - 1]);
        if length == 0 {
            break;
        }
        end = start - 1;
        start = end - length;
        more += length;
    }
    (start, end, more)
}

/// Decodes some of the middle of `run` in each of the four alignments, because something else of
/// the alphabet may stand before it. Gives the characters to be left out at the start.
fn base64_sample(run: &[u8]) -> Option<usize> {
    let middle = (run.len().checked_sub(SAMPLE + 3)? / 2) & !3;
    (0..4).find(|shift| {
        let mut sample = Sample::default();
        run[middle + shift..middle + shift + SAMPLE].as_chunks::<4>().0.iter().all(|quad| {
            let bits =
                quad.iter().fold(0u32, |bits, byte| bits << 6 | u32::from(SEXTETS[usize::from(*byte)]));
            let [_, bytes @ ..] = bits.to_be_bytes();
            sample.take(&bytes)
        }) && sample.is_text()
    })
}

fn hex_sample(run: &[u8]) -> bool {
    let middle = ((run.len() - SAMPLE) / 2) & !1;
    let mut sample = Sample::default();
    let pairs = run[middle..middle + SAMPLE].as_chunks::<2>().0;
    pairs.iter().all(|pair| sample.take(&[hex_byte(*pair)])) && sample.is_text()
}

/// What each byte counts as in a sample: nothing for text, or a [`ZERO`] or [`BAD`] one.
const KINDS: [u32; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        if byte == 0 {
            kinds[byte] = ZERO;
        } else if !is_plain(byte as u8) {
            kinds[byte] = BAD;
        }
        byte += 1;
    }
    kinds
};
const ZERO: u32 = 1;
const BAD: u32 = 1 << 16;

/// What the bytes of a sample are.
#[derive(Default)]
struct Sample {
    seen: usize,
    /// The sum of their [`KINDS`].
    kinds: u32,
}

impl Sample {
    /// False once too many bytes are not text.
    fn take(&mut self, bytes: &[u8]) -> bool {
        self.seen += bytes.len();
        self.kinds += bytes.iter().map(|byte| KINDS[usize::from(*byte)]).sum::<u32>();
        self.kinds / BAD <= SAMPLE_BAD
    }

    /// Text has no zeros; UTF-16, which PowerShell encodes its commands in, has one in two bytes.
    fn is_text(&self) -> bool {
        let (half, zeros) = (self.seen / 2, (self.kinds % BAD) as usize);
        zeros == 0 || (zeros + 2 >= half && zeros <= half + 1)
    }
}

fn base64(characters: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(characters.len() / 4 * 3 + 2);
    let sextet = |byte: u8| u32::from(SEXTETS[usize::from(byte)] & 0x3f);
    let (quads, rest) = characters.as_chunks::<4>();
    for quad in quads {
        let bits = quad.iter().fold(0, |bits, byte| bits << 6 | sextet(*byte));
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    let bits = rest.iter().fold(0, |bits, byte| bits << 6 | sextet(*byte)) << (6 * (4 - rest.len()));
    out.extend_from_slice(&bits.to_be_bytes()[1..][..rest.len() * 3 / 4]);
    out
}

fn hex(characters: &[u8]) -> Vec<u8> {
    characters.as_chunks::<2>().0.iter().map(|pair| hex_byte(*pair)).collect()
}

const fn hex_byte([high, low]: [u8; 2]) -> u8 {
    const fn digit(byte: u8) -> u8 {
        (byte & 0xf) + if byte > b'9' { 9 } else { 0 }
    }
    digit(high) << 4 | digit(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
    use proptest::prelude::*;

    fn all(hay: &[u8]) -> Vec<Run> {
        let mut runs = Vec::new();
        each(hay, &mut |run| runs.push(run));
        runs
    }

    fn only(hay: &str) -> Run {
        let mut runs = all(hay.as_bytes());
        assert_eq!(runs.len(), 1, "{hay}");
        runs.remove(0)
    }

    const WORDS: &str = "the quick brown fox?? jumps over~~ the lazy dog, user=admin and so on";

    #[test]
    fn both_alphabets_and_both_cases() {
        for encoded in [
            BASE64.encode(WORDS.as_bytes()),
            BASE64URL_NOPAD.encode(WORDS.as_bytes()),
            HEXLOWER.encode(WORDS.as_bytes()),
            HEXUPPER.encode(WORDS.as_bytes()),
            format!("0x{}", HEXLOWER.encode(WORDS.as_bytes())),
        ] {
            let hay = format!("value = \"{encoded}\" # end");
            let run = only(&hay);
            assert_eq!(run.bytes, WORDS.as_bytes());
            assert_eq!(
                hay[run.span.range()].trim_end_matches('='),
                encoded.trim_end_matches('=').trim_start_matches("0x")
            );
        }
    }

    #[test]
    fn lines_are_joined_in_all_dress() {
        let text = WORDS.repeat(5);
        let encoded = BASE64.encode(text.as_bytes());
        for width in [60, 64, 76] {
            let lines: Vec<&str> =
                encoded.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
            for hay in [
                lines.join("\n"),
                format!("data: |\n    {}\nother: value\n", lines.join("\n    ")),
                lines.join("\r\n"),
                lines.join("\\n"),
                format!("x = (\"{}\")", lines.join("\"\n     \"")),
                format!("x = \"{}\";", lines.join("\" +\n     \"")),
                format!("# {}", lines.join("\n# ")),
            ] {
                assert_eq!(only(&hay).bytes, text.as_bytes(), "{hay}");
            }
        }
    }

    #[test]
    fn the_next_line_is_not_drawn_in() {
        let encoded = BASE64.encode(&WORDS.as_bytes()[..48]);
        assert_eq!(encoded.len(), 64);
        for next in ["other: x", "KEY=value", "name = 1", "call(x)", ""] {
            assert_eq!(only(&format!("a: {encoded}\n{next}\n")).bytes, &WORDS.as_bytes()[..48], "{next}");
        }
    }

    #[test]
    fn slashes_of_json() {
        let text = format!("{WORDS}?????????????????????????");
        let encoded = BASE64.encode(text.as_bytes());
        assert!(encoded.contains('/'));
        assert_eq!(only(&encoded.replace('/', "\\/")).bytes, text.as_bytes());
    }

    #[test]
    fn utf16_is_text() {
        let command: Vec<u8> = WORDS.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(only(&BASE64.encode(&command)).bytes, command);
    }

    #[test]
    fn what_is_no_text_is_left_alone() {
        for hay in [
            "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "-----------------------------------------------------------------------------",
            "src/main/java/org/example/application/service/internal/DefaultThingFactoryBean",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "a_rather_long_name_of_a_function_that_says_what_it_does_in_many_words",
        ] {
            assert_eq!(all(hay.as_bytes()).len(), 0, "{hay}");
        }
    }

    #[test]
    fn a_long_run_is_marked_where_the_secret_is() {
        let text = format!("{}needle{}", "hay stack ".repeat(200), " hay stack".repeat(200));
        let encoded = BASE64.encode(text.as_bytes());
        let hay = encoded
            .as_bytes()
            .chunks(76)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect::<Vec<_>>()
            .join("\n");
        let run = only(&hay);
        let start = text.find("needle").unwrap();
        let source = run.source(Span::new(start, start + 6));
        assert!(source.len() <= 12, "{source:?}");
        let around = hay[..source.end].replace('\n', "").len();
        assert!((start + 6) * 4 / 3 <= around && around <= (start + 6) * 4 / 3 + 4);
    }

    proptest! {
        #[test]
        fn spans_lie_inside(hay in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'"'), Just(b'\\'), Just(b'/'), Just(b'='), b'A'..=b'z', b'0'..=b'9'], 0..600)) {
            for run in all(&hay) {
                prop_assert!(run.span.end <= hay.len());
                for at in 0..run.bytes.len() {
                    let source = run.source(Span::new(at, at + 1));
                    prop_assert!(run.span.start <= source.start && source.end <= run.span.end && !source.is_empty());
                }
            }
        }

        #[test]
        fn a_run_is_found_wherever_it_stands(before in 0usize..60, after in 0usize..60, text in "[ -~]{30,90}") {
            let hay = format!("{}{}{}", " ".repeat(before), BASE64URL_NOPAD.encode(text.as_bytes()), " ".repeat(after));
            let runs = all(hay.as_bytes());
            prop_assert_eq!(runs.len(), 1);
            prop_assert_eq!(&runs[0].bytes, text.as_bytes());
        }
    }
}
