//! One pass over all literals of all rules.
//!
//! The filter looks at the text in steps of two bytes. At each step it takes three bytes, folds
//! each to six bits (which folds case but keeps letters and digits apart) and looks the 18 bits up
//! in a bitmap of 32 KiB; four steps cost one branch. A literal is entered with two neighbouring
//! trigrams, so that whatever its alignment in the text, exactly one of the two falls on a step.
//! Which two is chosen by how rare they are in source code, among those of its first bytes, the
//! [`KEY_MAX`] used as its key. Candidates from the bitmap are looked up with a fourth byte in a larger
//! one, then compared: eight bytes at once, and the rest byte for byte. No SIMD, no `unsafe`.

use std::ops::Range;

use super::charset::CharSet;
use super::frequency::{BYTE_RARITY, PAIR_RARITY};

/// Key length of a longer literal.
pub const KEY_MAX: usize = 16;

/// A literal to be found.
#[derive(Clone, Debug)]
pub struct Literal {
    /// Its bytes, at least three.
    pub text: Box<[u8]>,
    /// True if case does not matter.
    pub fold: bool,
    /// The bytes that may follow it; [`CharSet::EMPTY`] for any.
    pub next: CharSet,
}

/// The literals of an engine, ready to be searched for.
pub struct Literals {
    literals: Vec<Literal>,
    /// A bit for each trigram that some literal is entered with.
    bitmap: Box<[u32; TRIGRAMS / 32]>,
    /// A bit for the hash of each such trigram and a byte that may stand behind it.
    quads: Box<[u32; QUADS / 32]>,
    /// `entries[starts[b]..starts[b + 1]]` belong to bucket `b`.
    starts: Box<[u32]>,
    entries: Box<[Entry]>,
}

#[derive(Clone, Copy)]
struct Entry {
    /// The bytes of the literal's key that lie in the [`window`] around the trigram, and which bits of the text have
    /// to be those: all, but the one that tells the case of a letter where case does not matter.
    window: u64,
    mask: u64,
    trigram: u32,
    literal: u16,
    /// Bytes from the literal's start to the trigram.
    offset: i8,
}

/// Bytes of a text that are compared at once.
const WINDOW: usize = 8;
/// As many of them stand before the trigram.
const BEFORE: usize = 2;
const TRIGRAMS: usize = 1 << 18;
const QUADS: usize = 1 << 20;
const BUCKETS: usize = 1 << 13;

impl Literals {
    /// Prepares `literals`; each has at least three bytes.
    #[must_use]
    pub fn new(literals: Vec<Literal>) -> Self {
        let mut placed: Vec<Entry> = Vec::with_capacity(literals.len() * 4);
        let mut quads: Box<[u32; QUADS / 32]> =
            vec![0u32; QUADS / 32].into_boxed_slice().try_into().expect("made with this length");
        for (index, literal) in literals.iter().enumerate() {
            let index = u16::try_from(index).expect("an engine has fewer than 65,536 literals");
            let text = &literal.text;
            // Nothing beyond the key is asked for, so that a key is met however it is aligned.
            let key = &text[..text.len().min(KEY_MAX)];
            let mut place = |trigram: u32, offset: i8, behind: u64| {
                (0..64).filter(|byte| behind >> byte & 1 == 1).for_each(|byte| {
                    let bit = quad(trigram | byte << 18);
                    quads[bit >> 5] |= 1 << (bit & 31);
                });
                let (window, mask) = literal.window(key, isize::from(offset));
                placed.push(Entry { window, mask, trigram, literal: index, offset });
            };
            let behind = |offset: usize| match key.get(offset + 3) {
                Some(byte) => 1 << folded(*byte),
                None if key.len() < text.len() => u64::MAX,
                None => set_of(literal.next),
            };
            if text.len() >= 4 {
                let offset = rarest(key);
                place(trigram(&text[offset..]), offset as i8, behind(offset));
                place(trigram(&text[offset + 1..]), offset as i8 + 1, behind(offset + 1));
            } else {
                // Of so short a one the second trigram has a byte that may be any, before it or behind it.
                place(trigram(text), 0, behind(0));
                let [first, second, third] = [folded(text[0]), folded(text[1]), folded(text[2])];
                let thirds = set_of(literal.next);
                if pair_rarity(first, second) >= pair_rarity(second, third) {
                    (0..64).for_each(|before| place(before | first << 6 | second << 12, -1, 1 << third));
                } else {
                    (0..64)
                        .filter(|behind| thirds >> behind & 1 == 1)
                        .for_each(|behind| place(second | third << 6 | behind << 12, 1, u64::MAX));
                }
            }
        }
        let mut starts = vec![0u32; BUCKETS + 1].into_boxed_slice();
        let mut bitmap = vec![0u32; TRIGRAMS / 32].into_boxed_slice();
        for entry in &placed {
            starts[bucket(entry.trigram) + 1] += 1;
            bitmap[entry.trigram as usize >> 5] |= 1 << (entry.trigram & 31);
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.to_vec();
        let empty = Entry { window: 0, mask: 0, trigram: 0, literal: 0, offset: 0 };
        let mut entries = vec![empty; placed.len()].into_boxed_slice();
        for entry in placed {
            let slot = &mut next[bucket(entry.trigram)];
            entries[*slot as usize] = entry;
            *slot += 1;
        }
        let bitmap = bitmap.try_into().expect("made with this length");
        Self { literals, bitmap, quads, starts, entries }
    }

    /// Bytes of a literal.
    #[must_use]
    pub fn length(&self, literal: usize) -> usize {
        self.literals[literal].text.len()
    }

    /// Calls `found(literal, start)` for every occurrence in `hay`, in order of the step at which
    /// the filter met it (within a step the order is that of the literals).
    pub fn each(&self, hay: &[u8], found: &mut impl FnMut(usize, usize)) {
        self.each_key(hay, 0, hay.len(), &mut |literal, start| {
            if self.is_at(hay, literal, start) {
                found(literal, start);
            }
        });
    }

    /// Calls `found(literal, start)` for every literal of which the first [`KEY_MAX`] bytes stand in
    /// `hay` from a place in `start..end` on, in order of the steps.
    pub fn each_key(&self, hay: &[u8], start: usize, end: usize, found: &mut impl FnMut(usize, usize)) {
        // A trigram of a literal that starts before the end starts before this.
        let last = hay.len().min(end + KEY_MAX - 3);
        let start = start.min(last);
        let (words, _) = hay[start..].as_chunks::<8>();
        let mut words = &words[..words.len().min((last - start).div_ceil(8) + 1)];
        let mut from = start;
        while let Some((first, more)) = words.split_first().filter(|(_, more)| !more.is_empty()) {
            let more = &more[..more.len().min(BLOCK)];
            // Where the bitmap has a bit, the first step highest. Collected without a branch, because a
            // branch here is taken too often to be foreseen.
            let mut steps = 0u64;
            let mut before = folded_word(u64::from_le_bytes(*first));
            for word in more {
                let word = folded_word(u64::from_le_bytes(*word));
                for trigram in trigrams(before, word) {
                    steps = steps << 1 | u64::from(self.bit(trigram));
                }
                before = word;
            }
            steps <<= 4 * (BLOCK - more.len());
            while steps != 0 {
                let step = steps.leading_zeros();
                steps ^= 1 << 63 >> step;
                self.verify(hay, from + 2 * step as usize, start..end, found);
            }
            from += 8 * more.len();
            words = &words[more.len()..];
        }
        for position in (from..last).step_by(2) {
            self.verify(hay, position, start..end, found);
        }
    }

    /// The trigram's bit.
    #[inline]
    fn bit(&self, trigram: u32) -> u32 {
        self.bitmap[trigram as usize >> 5 & (TRIGRAMS / 32 - 1)] >> (trigram & 31) & 1
    }

    /// Compares the literals that are entered with the trigram at `position` and start in `range`.
    #[inline]
    fn verify(&self, hay: &[u8], position: usize, range: Range<usize>, found: &mut impl FnMut(usize, usize)) {
        if let Some(around) = hay[position..].first_chunk::<4>() {
            let key = folded_quad(u32::from_le_bytes(*around));
            let bit = quad(key);
            if self.quads[bit >> 5] >> (bit & 31) & 1 == 1 {
                self.compare(hay, position, key & (TRIGRAMS as u32 - 1), range, found);
            }
        } else {
            // At the end of the text nothing stands behind.
            let around: [u8; 3] = std::array::from_fn(|at| hay.get(position + at).copied().unwrap_or(0));
            self.compare(hay, position, trigram(&around), range, found);
        }
    }

    #[inline(never)]
    fn compare(
        &self,
        hay: &[u8],
        position: usize,
        trigram: u32,
        range: Range<usize>,
        found: &mut impl FnMut(usize, usize),
    ) {
        let bucket = bucket(trigram);
        let (first, last) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        let window = window(hay, position);
        for entry in &self.entries[first..last] {
            if window & entry.mask == entry.window && entry.trigram == trigram {
                self.confirm(hay, position, entry, &range, found);
            }
        }
    }

    /// Compares one literal whole. Apart from [`Self::compare`], of which few places get to here: what `found` needs is
    /// not prepared for the others.
    #[inline(never)]
    fn confirm(
        &self,
        hay: &[u8],
        position: usize,
        entry: &Entry,
        range: &Range<usize>,
        found: &mut impl FnMut(usize, usize),
    ) {
        let start = position.checked_add_signed(-isize::from(entry.offset));
        let Some(start) = start.filter(|start| range.contains(start)) else { return };
        let literal = &self.literals[usize::from(entry.literal)];
        if literal.is_at(hay, start, literal.text.len().min(KEY_MAX))
            && (literal.text.len() > KEY_MAX || literal.is_followed(hay, start))
        {
            found(usize::from(entry.literal), start);
        }
    }

    /// True if all of a literal stands at `start`, of which the first [`KEY_MAX`] bytes do.
    #[inline]
    #[must_use]
    pub fn is_at(&self, hay: &[u8], literal: usize, start: usize) -> bool {
        let literal = &self.literals[literal];
        literal.text.len() <= KEY_MAX || literal.is_whole_at(hay, start)
    }
}

/// The bytes around the trigram at `position`; NUL where the text does not reach.
#[inline]
fn window(hay: &[u8], position: usize) -> u64 {
    match position.checked_sub(BEFORE).and_then(|start| hay[start..].first_chunk()) {
        Some(window) => u64::from_le_bytes(*window),
        None => window_at_edge(hay, position),
    }
}

#[cold]
fn window_at_edge(hay: &[u8], position: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|at| {
        (position + at).checked_sub(BEFORE).and_then(|at| hay.get(at)).copied().unwrap_or(0)
    }))
}

impl Literal {
    /// The bytes of `key` in the window around the trigram at `offset` of it, and the bits of them that count.
    fn window(&self, key: &[u8], offset: isize) -> (u64, u64) {
        let bytes: [Option<u8>; WINDOW] = std::array::from_fn(|at| {
            let at = (at as isize + offset).checked_sub_unsigned(BEFORE)?;
            key.get(usize::try_from(at).ok()?).copied()
        });
        let mask = bytes.map(|byte| match byte {
            Some(byte) if self.fold && byte.is_ascii_alphabetic() => !0x20,
            Some(_) => 0xff,
            None => 0,
        });
        let mask = u64::from_le_bytes(mask);
        (u64::from_le_bytes(bytes.map(Option::unwrap_or_default)) & mask, mask)
    }

    /// True if its first `length` bytes stand at `start`.
    fn is_at(&self, hay: &[u8], start: usize, length: usize) -> bool {
        let key = &self.text[..length];
        hay.get(start..start + length)
            .is_some_and(|text| if self.fold { text.eq_ignore_ascii_case(key) } else { text == key })
    }

    /// True if it stands at `start`, and behind it what may follow.
    fn is_whole_at(&self, hay: &[u8], start: usize) -> bool {
        self.is_at(hay, start, self.text.len()) && self.is_followed(hay, start)
    }

    /// True if behind it, standing at `start`, is what may follow.
    #[inline]
    fn is_followed(&self, hay: &[u8], start: usize) -> bool {
        let behind = start + self.text.len();
        self.next.is_empty() || hay.get(behind).is_some_and(|byte| self.next.has(*byte))
    }
}

/// Words of eight bytes that are looked at before their candidates are compared.
const BLOCK: usize = 16;

/// The folded bytes of `set`, a bit each; all if `set` is empty.
fn set_of(set: CharSet) -> u64 {
    (0..=127).filter(|byte| set.is_empty() || set.has(*byte)).fold(0, |bits, byte| bits | 1 << folded(byte))
}

/// Six bits of a byte: case is lost, letters and digits stay apart.
#[inline]
const fn folded(byte: u8) -> u32 {
    (byte & 0x1f | (byte >> 1) & 0x20) as u32
}

#[inline]
fn trigram(text: &[u8]) -> u32 {
    folded(text[0]) | folded(text[1]) << 6 | folded(text[2]) << 12
}

#[inline]
const fn bucket(trigram: u32) -> usize {
    (trigram.wrapping_mul(0x9e37_79b1) >> 19) as usize
}

/// The bit of a trigram and a fourth byte.
#[inline]
const fn quad(quad: u32) -> usize {
    (quad.wrapping_mul(0x9e37_79b1) >> 12) as usize & (QUADS - 1)
}

/// Six bits of each of eight bytes.
#[inline]
const fn folded_word(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    word & (0x1f * EACH) | (word >> 1) & (0x20 * EACH)
}

/// Six bits of each of four bytes, side by side.
#[inline]
const fn folded_quad(bytes: u32) -> u32 {
    let folded = bytes & 0x1f1f_1f1f | (bytes >> 1) & 0x2020_2020;
    let pairs = folded & 0x003f_003f | (folded >> 2) & 0x0fc0_0fc0;
    pairs & 0xfff | pairs >> 4 & 0x00ff_f000
}

/// The trigrams at offsets 0, 2, 4 and 6 of eight folded bytes and the ones behind them.
#[inline]
const fn trigrams(word: u64, next: u64) -> [u32; 4] {
    // Two trigrams at a time, each in its half of the word.
    #[inline]
    const fn pack(bytes: u64) -> u64 {
        bytes & 0x0000_003f_0000_003f
            | (bytes >> 2) & 0x0000_0fc0_0000_0fc0
            | (bytes >> 4) & 0x0003_f000_0003_f000
    }
    let even = pack(word);
    let odd = pack(word >> 16 | next << 48);
    [even as u32, odd as u32, (even >> 32) as u32, (odd >> 32) as u32]
}

/// The offset at which this trigram and the next are least expected in source text.
fn rarest(text: &[u8]) -> usize {
    (0..=text.len() - 4)
        .min_by_key(|offset| expected(&text[*offset..]) + expected(&text[*offset + 1..]))
        .expect("a literal has four bytes here")
}

/// How rare two folded bytes are side by side, in eighths of a bit.
fn pair_rarity(first: u32, second: u32) -> u32 {
    u32::from(PAIR_RARITY[(first | second << 6) as usize])
}

/// How often a trigram is met in source text, in 2^-40ths, estimated from its pairs.
fn expected(text: &[u8]) -> u64 {
    let rarity = |a: u8, b: u8| pair_rarity(folded(a), folded(b));
    // P(abc) is about P(ab) P(bc) / P(b).
    let middle = u32::from(BYTE_RARITY[folded(text[1]) as usize]);
    let eighths = (rarity(text[0], text[1]) + rarity(text[1], text[2])).saturating_sub(middle);
    1u64 << (40 - (eighths / 8).min(40))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(literals: &[Literal], hay: &[u8]) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        for (index, literal) in literals.iter().enumerate() {
            for start in 0..hay.len().saturating_sub(literal.text.len() - 1) {
                let (text, behind) = hay[start..].split_at(literal.text.len());
                let follows = behind.first().is_some_and(|byte| literal.next.has(*byte));
                if (literal.next.is_empty() || follows)
                    && if literal.fold {
                        text.eq_ignore_ascii_case(&literal.text)
                    } else {
                        *text == *literal.text
                    }
                {
                    all.push((index, start));
                }
            }
        }
        all.sort_unstable();
        all
    }

    proptest! {
        #[test]
        fn finds_what_a_plain_search_finds(
            words in prop::collection::vec(("([a-dA-D_:/0-1]{3,8}|[ab]{14,20})", any::<bool>(), any::<bool>()), 1..12),
            parts in prop::collection::vec((any::<prop::sample::Index>(), "([a-dA-D_:/0-1 \n]{0,20}|[abA]{0,30})"), 0..16),
            (start, end) in (0usize..300, 0usize..300),
        ) {
            let hay: String = parts.iter().map(|(word, text)| format!("{text}{}", word.get(&words).0)).collect();
            let next = |some: bool| if some { CharSet::EMPTY.with_all(b"ab01") } else { CharSet::EMPTY };
            let literals: Vec<Literal> = words.into_iter()
                .map(|(text, fold, some)| Literal { text: text.into_bytes().into(), fold, next: next(some) }).collect();
            let expected = naive(&literals, hay.as_bytes());
            let all = Literals::new(literals.clone());
            let long: Vec<_> = literals.iter().zip(0..).filter(|(literal, _)| literal.text.len() > KEY_MAX).collect();
            let mut found = Vec::new();
            all.each(hay.as_bytes(), &mut |literal, start| found.push((literal, start)));
            found.sort_unstable();
            prop_assert_eq!(&found, &expected);
            let (start, end) = (start.min(end).min(hay.len()), start.max(end).min(hay.len()));
            let (mut part, mut keys) = (Vec::new(), Vec::new());
            all.each_key(hay.as_bytes(), start, end, &mut |literal, at| {
                keys.push((literal, at));
                if all.is_at(hay.as_bytes(), literal, at) {
                    part.push((literal, at));
                }
            });
            part.sort_unstable();
            prop_assert!(keys.len() >= part.len());
            for at in start..end {
                let expected = long.iter().filter(|(literal, _)| literal.is_at(hay.as_bytes(), at, KEY_MAX)).map(|(_, index)| (*index, at));
                prop_assert!(expected.into_iter().all(|one| keys.contains(&one)), "{at}");
            }
            found.retain(|(_, at)| (start..end).contains(at));
            prop_assert_eq!(part, found);
        }
    }
}
