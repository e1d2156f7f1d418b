//! A fixed set of words. Nearly all names that are asked for are in none, so words are sorted by length: only those of
//! one length are compared.

/// One more than the length of the longest word.
const LENGTHS: usize = 16;

/// A set of `N` words of fewer than [`LENGTHS`] bytes.
pub(super) struct WordSet<const N: usize> {
    /// Sorted by length.
    words: [&'static str; N],
    /// Where the words of each length start.
    starts: [usize; LENGTHS + 1],
}

impl<const N: usize> WordSet<N> {
    /// The set of `words`.
    pub(super) const fn new(words: [&'static str; N]) -> Self {
        let (mut sorted, mut starts) = ([""; N], [0; LENGTHS + 1]);
        let (mut length, mut count) = (0, 0);
        while length < LENGTHS {
            starts[length] = count;
            let mut at = 0;
            while at < N {
                if words[at].len() == length {
                    sorted[count] = words[at];
                    count += 1;
                }
                at += 1;
            }
            length += 1;
        }
        assert!(count == N, "a word is too long");
        starts[LENGTHS] = count;
        Self { words: sorted, starts }
    }

    /// True if `word` is in the set.
    #[inline]
    pub(super) fn contains(&self, word: &str) -> bool {
        let (length, first) = (word.len(), word.as_bytes().first());
        length < LENGTHS
            && self.words[self.starts[length]..self.starts[length + 1]]
                .iter()
                .any(|known| known.as_bytes().first() == first && *known == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_all_lengths_are_found() {
        static SET: WordSet<4> = WordSet::new(["id", "authorization12", "a", "url"]);
        for word in ["id", "authorization12", "a", "url"] {
            assert!(SET.contains(word), "{word}");
        }
        for word in ["", "i", "ie", "authorization13", "authorization123", "b", "urn"] {
            assert!(!SET.contains(word), "{word}");
        }
    }
}
