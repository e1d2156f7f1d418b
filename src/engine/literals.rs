//! One pass over all literals of all rules.
//!
//! The filter looks at the text in steps of two bytes. At each step it takes three bytes, folds
//! each to six bits (which folds case but keeps letters and digits apart) and looks the 18 bits up
//! in a bitmap of 32 KiB; four steps cost one branch. A literal is entered with two neighbouring
//! trigrams, so that whatever its alignment in the text, exactly one of the two falls on a step.
//! Which two is chosen by how rare they are in source code. What the bitmap lets through is
//! compared byte for byte. No SIMD, no `unsafe`.

use super::charset::CharSet;
use super::frequency::{BYTE_RARITY, PAIR_RARITY};

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
    bitmap: Box<[u8; TRIGRAMS / 8]>,
    /// For each bucket the folded bytes that stand behind its trigrams.
    behinds: Box<[u64]>,
    /// `entries[starts[b]..starts[b + 1]]` belong to bucket `b`.
    starts: Box<[u32]>,
    entries: Box<[Entry]>,
}

#[derive(Clone, Copy)]
struct Entry {
    trigram: u32,
    literal: u16,
    /// Bytes from the literal's start to the trigram.
    offset: u8,
}

const TRIGRAMS: usize = 1 << 18;
const BUCKETS: usize = 1 << 13;

impl Literals {
    /// Prepares `literals`; each has at least three and at most 200 bytes.
    #[must_use]
    pub fn new(literals: Vec<Literal>) -> Self {
        let mut placed: Vec<Entry> = Vec::with_capacity(literals.len() * 4);
        let mut behinds = vec![0u64; BUCKETS].into_boxed_slice();
        for (index, literal) in literals.iter().enumerate() {
            let index = u16::try_from(index).expect("an engine has fewer than 65,536 literals");
            let text = &literal.text;
            let behind = |offset: usize| match text.get(offset + 3) {
                Some(byte) => 1 << folded(*byte),
                None if offset + 3 == text.len() => set_of(literal.next),
                None => u64::MAX,
            };
            let mut place = |trigram: u32, offset: usize| {
                behinds[bucket(trigram)] |= behind(offset);
                placed.push(Entry { trigram, literal: index, offset: offset as u8 });
            };
            if text.len() >= 4 {
                let offset = rarest(text);
                place(trigram(&text[offset..]), offset);
                place(trigram(&text[offset + 1..]), offset + 1);
            } else {
                place(trigram(text), 0);
                let thirds = set_of(literal.next);
                let pair = folded(text[1]) | folded(text[2]) << 6;
                (0..64)
                    .filter(|third| thirds >> third & 1 == 1)
                    .for_each(|third| place(pair | third << 12, 1));
            }
        }
        let mut starts = vec![0u32; BUCKETS + 1].into_boxed_slice();
        let mut bitmap = vec![0u8; TRIGRAMS / 8].into_boxed_slice();
        for entry in &placed {
            starts[bucket(entry.trigram) + 1] += 1;
            bitmap[entry.trigram as usize >> 3] |= 1 << (entry.trigram & 7);
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.to_vec();
        let mut entries = vec![Entry { trigram: 0, literal: 0, offset: 0 }; placed.len()].into_boxed_slice();
        for entry in placed {
            let slot = &mut next[bucket(entry.trigram)];
            entries[*slot as usize] = entry;
            *slot += 1;
        }
        let bitmap = bitmap.try_into().expect("made with this length");
        Self { literals, bitmap, behinds, starts, entries }
    }

    /// Bytes of a literal.
    #[must_use]
    pub fn length(&self, literal: usize) -> usize {
        self.literals[literal].text.len()
    }

    /// Bytes of the longest literal.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.literals.iter().map(|literal| literal.text.len()).max().unwrap_or(0)
    }

    /// Calls `found(literal, start)` for every occurrence in `hay`, in order of the step at which
    /// the filter met it (within a step the order is that of the literals).
    pub fn each(&self, hay: &[u8], found: &mut impl FnMut(usize, usize)) {
        let words = hay.as_chunks::<8>().0;
        // Where the bitmap has a bit, in steps of two bytes from the block's start. Collected
        // without a branch, because a branch here is taken too often to be foreseen.
        let mut steps = [0u16; 4 * BLOCK];
        let mut start = 0;
        while let Some((first, more)) =
            words.get(start..).and_then(<[_]>::split_first).filter(|(_, more)| !more.is_empty())
        {
            let more = &more[..more.len().min(BLOCK)];
            let mut count = 0;
            let mut before = folded_word(u64::from_le_bytes(*first));
            for (index, word) in more.iter().enumerate() {
                let word = folded_word(u64::from_le_bytes(*word));
                for (lane, trigram) in trigrams(before, word).into_iter().enumerate() {
                    steps[count & (4 * BLOCK - 1)] = (4 * index + lane) as u16;
                    count += usize::from(self.bit(trigram) & 1);
                }
                before = word;
            }
            for step in &steps[..count] {
                self.verify(hay, start * 8 + 2 * usize::from(*step), found);
            }
            start += more.len();
        }
        for position in (start * 8..hay.len()).step_by(2) {
            self.verify(hay, position, found);
        }
    }

    /// The trigram's bit, in bit 0.
    #[inline]
    fn bit(&self, trigram: u32) -> u8 {
        self.bitmap[trigram as usize >> 3 & (TRIGRAMS / 8 - 1)] >> (trigram & 7)
    }

    /// Compares the literals that are entered with the trigram at `position`.
    #[inline]
    fn verify(&self, hay: &[u8], position: usize, found: &mut impl FnMut(usize, usize)) {
        let around = match hay[position..].first_chunk::<4>() {
            Some(around) => *around,
            None => std::array::from_fn(|at| hay.get(position + at).copied().unwrap_or(0)),
        };
        let trigram = trigram(&around);
        let bucket = bucket(trigram);
        if self.behinds[bucket] >> folded(around[3]) & 1 == 0 {
            return;
        }
        let (first, last) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        for entry in self.entries[first..last].iter().filter(|entry| entry.trigram == trigram) {
            let Some(start) = position.checked_sub(usize::from(entry.offset)) else { continue };
            let literal = &self.literals[usize::from(entry.literal)];
            let end = start + literal.text.len();
            let Some(text) = hay.get(start..end) else { continue };
            let same =
                if literal.fold { text.eq_ignore_ascii_case(&literal.text) } else { *text == *literal.text };
            let follows =
                || literal.next.is_empty() || hay.get(end).is_some_and(|byte| literal.next.has(*byte));
            if same && follows() {
                found(usize::from(entry.literal), start);
            }
        }
    }
}

/// Words of eight bytes that are looked at before their candidates are compared.
const BLOCK: usize = 256;

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

/// Six bits of each of eight bytes.
#[inline]
const fn folded_word(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    word & (0x1f * EACH) | (word >> 1) & (0x20 * EACH)
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
        .take(190)
        .min_by_key(|offset| expected(&text[*offset..]) + expected(&text[*offset + 1..]))
        .expect("a literal has four bytes here")
}

/// How often a trigram is met in source text, in 2^-40ths, estimated from its pairs.
fn expected(text: &[u8]) -> u64 {
    let rarity = |a: u8, b: u8| u32::from(PAIR_RARITY[(folded(a) | folded(b) << 6) as usize]);
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
                let text = &hay[start..start + literal.text.len()];
                if if literal.fold {
                    text.eq_ignore_ascii_case(&literal.text)
                } else {
                    *text == *literal.text
                } {
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
            words in prop::collection::vec(("[a-dA-D_:/0-1]{3,8}", any::<bool>()), 1..12),
            hay in "[a-dA-D_:/0-1 \n]{0,200}",
        ) {
            let literals: Vec<Literal> = words.into_iter()
                .map(|(text, fold)| Literal { text: text.into_bytes().into(), fold, next: CharSet::EMPTY }).collect();
            let mut found = Vec::new();
            Literals::new(literals.clone()).each(hay.as_bytes(), &mut |literal, start| found.push((literal, start)));
            found.sort_unstable();
            prop_assert_eq!(found, naive(&literals, hay.as_bytes()));
        }
    }
}
