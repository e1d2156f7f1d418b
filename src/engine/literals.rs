//! One pass over all literals of all rules.
//!
//! The filter looks at the text in steps of two bytes. At each step it takes three bytes, folds
//! each to six bits (which folds case but keeps letters and digits apart) and looks the 18 bits up
//! in a bitmap of 32 KiB; four steps cost one branch. A literal is entered with two neighbouring
//! trigrams, so that whatever its alignment in the text, exactly one of the two falls on a step.
//! Which two is chosen by how rare they are in source code. What the bitmap lets through is
//! compared byte for byte. No SIMD, no `unsafe`.

use super::charset::CharSet;
use super::frequency::PAIR_RARITY;

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
        for (index, literal) in literals.iter().enumerate() {
            let index = u16::try_from(index).expect("an engine has fewer than 65,536 literals");
            let text = &literal.text;
            let entry = |trigram: u32, offset: usize| Entry { trigram, literal: index, offset: offset as u8 };
            if text.len() >= 4 {
                let offset = rarest(text);
                placed.push(entry(trigram(&text[offset..]), offset));
                placed.push(entry(trigram(&text[offset + 1..]), offset + 1));
            } else {
                placed.push(entry(trigram(text), 0));
                let mut thirds = 0u64;
                for byte in (0..=127).filter(|byte| literal.next.is_empty() || literal.next.has(*byte)) {
                    thirds |= 1 << folded(byte);
                }
                let pair = folded(text[1]) | folded(text[2]) << 6;
                placed.extend((0..64).filter(|third| thirds >> third & 1 == 1).map(|third| entry(pair | third << 12, 1)));
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
        Self { literals, bitmap, starts, entries }
    }

    /// Bytes of a literal.
    #[must_use]
    pub fn length(&self, literal: usize) -> usize {
        self.literals[literal].text.len()
    }

    /// Calls `found(literal, start)` for every occurrence in `hay`, in order of the step at which
    /// the filter met it (within a step the order is that of the literals).
    pub fn each(&self, hay: &[u8], found: &mut impl FnMut(usize, usize)) {
        let mut at = 0;
        while let Some(window) = hay[at..].first_chunk::<9>() {
            let trigrams = trigrams(window);
            if trigrams.iter().fold(0, |any, trigram| any | self.bit(*trigram)) & 1 != 0 {
                self.verify(hay, at, trigrams, found);
            }
            at += 8;
        }
        // The rest, padded: nothing that is only padding can equal a literal.
        let rest = &hay[at..];
        let mut padded = [0u8; 17];
        padded[..rest.len()].copy_from_slice(rest);
        let mut step = 0;
        while step < rest.len() {
            let window = padded[step..].first_chunk::<9>().expect("17 bytes hold two windows");
            self.verify(hay, at + step, trigrams(window), found);
            step += 8;
        }
    }

    /// The trigram's bit, in bit 0.
    #[inline]
    fn bit(&self, trigram: u32) -> u8 {
        self.bitmap[trigram as usize >> 3 & (TRIGRAMS / 8 - 1)] >> (trigram & 7)
    }

    #[inline(never)]
    fn verify(&self, hay: &[u8], at: usize, trigrams: [u32; 4], found: &mut impl FnMut(usize, usize)) {
        for (lane, trigram) in trigrams.into_iter().enumerate() {
            if self.bit(trigram) & 1 == 0 {
                continue;
            }
            let position = at + 2 * lane;
            let bucket = bucket(trigram);
            let (first, last) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
            for entry in &self.entries[first..last] {
                if entry.trigram != trigram {
                    continue;
                }
                let Some(start) = position.checked_sub(usize::from(entry.offset)) else { continue };
                let literal = &self.literals[usize::from(entry.literal)];
                let end = start + literal.text.len();
                let Some(text) = hay.get(start..end) else { continue };
                let same = if literal.fold { text.eq_ignore_ascii_case(&literal.text) } else { *text == *literal.text };
                let follows = literal.next.is_empty() || hay.get(end).is_some_and(|byte| literal.next.has(*byte));
                if same && follows {
                    found(usize::from(entry.literal), start);
                }
            }
        }
    }
}

/// Six bits of a byte: case is lost, letters and digits stay apart.
const fn folded(byte: u8) -> u32 {
    (byte & 0x1f | (byte >> 1) & 0x20) as u32
}

fn trigram(text: &[u8]) -> u32 {
    folded(text[0]) | folded(text[1]) << 6 | folded(text[2]) << 12
}

const fn bucket(trigram: u32) -> usize {
    (trigram.wrapping_mul(0x9e37_79b1) >> 19) as usize
}

/// The trigrams at offsets 0, 4, 2 and 6 of the window, put back in order.
#[inline]
fn trigrams(window: &[u8; 9]) -> [u32; 4] {
    const ALL: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(*window.first_chunk().expect("nine bytes hold eight"));
    let folds = word & (0x1f * ALL) | (word >> 1) & (0x20 * ALL);
    // Two trigrams at a time, each in its half of the word.
    let pack = |bytes: u64| {
        bytes & 0x0000_003f_0000_003f | (bytes >> 2) & 0x0000_0fc0_0000_0fc0 | (bytes >> 4) & 0x0003_f000_0003_f000
    };
    let even = pack(folds);
    let odd = pack(folds >> 16 | u64::from(folded(window[8])) << 48);
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
    // P(abc) is about P(ab) P(bc) / P(b); the middle byte's own share is taken as 2^-5.
    let eighths = (rarity(text[0], text[1]) + rarity(text[1], text[2])).saturating_sub(40);
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
                if if literal.fold { text.eq_ignore_ascii_case(&literal.text) } else { *text == *literal.text } {
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
