//! One pass over all literals of all rules.
//!
//! The filter looks at the text in steps of two bytes. At each step it takes three bytes, folds
//! each to five bits (which folds case too) and looks the 15 bits up in a table of 32 KiB; four
//! steps cost one branch. A literal is entered with two neighbouring trigrams, so that whatever
//! its alignment in the text, exactly one of the two falls on a step. What the table lets through
//! is compared byte for byte. No SIMD, no `unsafe`, and about a byte per clock.

use super::frequency::PAIR_RARITY;

/// A literal to be found.
#[derive(Clone, Debug)]
pub struct Literal {
    /// Its bytes, at least three.
    pub text: Box<[u8]>,
    /// True if case does not matter.
    pub fold: bool,
}

/// The literals of an engine, ready to be searched for.
pub struct Literals {
    literals: Vec<Literal>,
    /// Nonzero where a trigram begins some literal's entry.
    table: Box<[u8; TRIGRAMS]>,
    /// `entries[starts[t]..starts[t + 1]]` belong to trigram `t`.
    starts: Box<[u32]>,
    entries: Box<[Entry]>,
}

#[derive(Clone, Copy)]
struct Entry {
    literal: u16,
    /// Bytes from the literal's start to the trigram.
    offset: u8,
}

const TRIGRAMS: usize = 1 << 15;

impl Literals {
    /// Prepares `literals`; each has at least three and at most 200 bytes.
    #[must_use]
    pub fn new(literals: Vec<Literal>) -> Self {
        let mut placed: Vec<(u16, Entry)> = Vec::with_capacity(literals.len() * 3);
        for (index, literal) in literals.iter().enumerate() {
            let literal_index = u16::try_from(index).expect("an engine has fewer than 65,536 literals");
            let text = &literal.text;
            let entry = |offset: usize| Entry { literal: literal_index, offset: offset as u8 };
            if text.len() >= 4 {
                let offset = rarest(text);
                placed.push((trigram(&text[offset..]), entry(offset)));
                placed.push((trigram(&text[offset + 1..]), entry(offset + 1)));
            } else {
                placed.push((trigram(text), entry(0)));
                let pair = u16::from(text[1] & 0x1f) | u16::from(text[2] & 0x1f) << 5;
                placed.extend((0..32).map(|any| (pair | any << 10, entry(1))));
            }
        }
        let mut starts = vec![0u32; TRIGRAMS + 1].into_boxed_slice();
        for (trigram, _) in &placed {
            starts[usize::from(*trigram) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.to_vec();
        let mut entries = vec![Entry { literal: 0, offset: 0 }; placed.len()].into_boxed_slice();
        let mut table = vec![0u8; TRIGRAMS].into_boxed_slice();
        for (trigram, entry) in placed {
            let trigram = usize::from(trigram);
            entries[next[trigram] as usize] = entry;
            next[trigram] += 1;
            table[trigram] = 1;
        }
        let table = table.try_into().expect("made with this length");
        Self { literals, table, starts, entries }
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
            let lanes = lanes(window);
            let [a, b, c, d] = indices(lanes);
            if (self.table[a] | self.table[b] | self.table[c] | self.table[d]) != 0 {
                self.verify(hay, at, [a, b, c, d], found);
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
            self.verify(hay, at + step, indices(lanes(window)), found);
            step += 8;
        }
    }

    #[inline]
    fn verify(&self, hay: &[u8], at: usize, indices: [usize; 4], found: &mut impl FnMut(usize, usize)) {
        for (lane, trigram) in indices.into_iter().enumerate() {
            if self.table[trigram] == 0 {
                continue;
            }
            let position = at + 2 * lane;
            let (first, last) = (self.starts[trigram] as usize, self.starts[trigram + 1] as usize);
            for entry in &self.entries[first..last] {
                let Some(start) = position.checked_sub(usize::from(entry.offset)) else { continue };
                let literal = &self.literals[usize::from(entry.literal)];
                let Some(text) = hay.get(start..start + literal.text.len()) else { continue };
                let same = if literal.fold { text.eq_ignore_ascii_case(&literal.text) } else { *text == *literal.text };
                if same {
                    found(usize::from(entry.literal), start);
                }
            }
        }
    }
}

/// Four 15-bit trigrams, at offsets 0, 2, 4 and 6 of the window, in 16 bits each.
#[inline]
fn lanes(window: &[u8; 9]) -> u64 {
    let word = u64::from_le_bytes(*window.first_chunk().expect("nine bytes hold eight"));
    // Each lane: first byte in bits 0-4, second in bits 5-9, the next lane's first in bits 10-14.
    let pairs = (word & 0x001f_001f_001f_001f) | (word & 0x1f00_1f00_1f00_1f00) >> 3;
    let next = (pairs >> 16) & 0x001f_001f_001f_001f | u64::from(window[8] & 0x1f) << 48;
    pairs | next << 10
}

#[inline]
fn indices(lanes: u64) -> [usize; 4] {
    const MASK: u64 = TRIGRAMS as u64 - 1;
    [lanes & MASK, (lanes >> 16) & MASK, (lanes >> 32) & MASK, (lanes >> 48) & MASK].map(|index| index as usize)
}

fn trigram(text: &[u8]) -> u16 {
    u16::from(text[0] & 0x1f) | u16::from(text[1] & 0x1f) << 5 | u16::from(text[2] & 0x1f) << 10
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
    let rarity = |a: u8, b: u8| u32::from(PAIR_RARITY[usize::from(a & 31) | usize::from(b & 31) << 5]);
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
                .map(|(text, fold)| Literal { text: text.into_bytes().into(), fold }).collect();
            let mut found = Vec::new();
            Literals::new(literals.clone()).each(hay.as_bytes(), &mut |literal, start| found.push((literal, start)));
            found.sort_unstable();
            prop_assert_eq!(found, naive(&literals, hay.as_bytes()));
        }
    }
}
