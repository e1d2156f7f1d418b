//! Line numbers of byte offsets.

/// The line starts of a text.
#[derive(Debug)]
pub(super) struct LineIndex {
    /// Of the second line and all others.
    starts: Vec<usize>,
}

impl LineIndex {
    /// Indexes `bytes`; a line ends with `\n`.
    pub(super) fn new(bytes: &[u8]) -> Self {
        #[cfg(test)]
        steps::add(bytes.len());
        Self { starts: memchr::memchr_iter(b'\n', bytes).map(|at| at + 1).collect() }
    }

    /// The line of the byte at `offset`, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        #[cfg(test)]
        steps::add(1);
        self.starts.partition_point(|start| *start <= offset) + 1
    }
}

/// The line of the byte at `offset`, from 1, for a single lookup.
pub(crate) fn line_of(bytes: &[u8], offset: usize) -> usize {
    #[cfg(test)]
    steps::add(offset);
    memchr::memchr_iter(b'\n', bytes.get(..offset).unwrap_or(bytes)).count() + 1
}

/// The same as a report's line number.
pub(super) fn line_number(bytes: &[u8], offset: usize) -> u32 {
    number(line_of(bytes, offset))
}

/// A line as a report's line number.
pub(super) fn number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// Counts the steps of parsers, for tests of their complexity: time depends on the machine.
#[cfg(test)]
pub(super) mod steps {
    use std::cell::Cell;

    thread_local! {
        static TAKEN: Cell<usize> = const { Cell::new(0) };
    }

    pub(in crate::parse) fn add(count: usize) {
        TAKEN.with(|taken| taken.set(taken.get() + count));
    }

    /// The steps that `work` takes on this thread.
    pub(in crate::parse) fn count<T>(work: impl FnOnce() -> T) -> usize {
        let before = TAKEN.with(Cell::get);
        drop(work());
        TAKEN.with(Cell::get) - before
    }

    /// Asserts that four times the input takes at most five times the steps.
    #[track_caller]
    pub(in crate::parse) fn assert_linear<T>(input: impl Fn(usize) -> T, work: impl Fn(&T)) {
        let steps = |size: usize| {
            let input = input(size);
            count(|| work(&input))
        };
        let (few, many) = (steps(500), steps(2000));
        assert!(few > 0, "nothing was counted");
        assert!(many <= few * 5, "500 take {few} steps, 2000 take {many}");
    }
}

#[cfg(test)]
mod tests {
    use super::{LineIndex, line_of};

    #[test]
    fn lines_are_those_that_counting_gives() {
        let text = b"a\n\nbc\r\nd";
        let lines = LineIndex::new(text);
        for at in 0..=text.len() + 1 {
            assert_eq!(lines.line(at), line_of(text, at), "{at}");
        }
    }
}
