//! Names of files, which git publishes as it does their contents, and in which of them something is seen.

use crate::model::{Origin, RepoPath, Span};

/// No token is shorter than that, and neither is a name that holds one.
const NAME_MIN: usize = 12;

/// Says what is seen in names, one a line.
pub type Telling<'a> = &'a dyn Fn(&[u8]) -> Vec<Span>;

/// A name in which something is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The path of the file, or of one in the directory that has the name.
    pub path: RepoPath,
    /// Bytes of the path that were there before what the source brings.
    pub known: usize,
    /// Where in the history it is.
    pub origin: Option<Origin>,
}

/// The numbers of those `names` in which something is seen, in their order.
pub fn telling<'n>(names: impl Iterator<Item = &'n [u8]>, seen: Telling<'_>) -> Vec<usize> {
    let (mut text, mut starts) = (Vec::new(), Vec::new());
    for (number, name) in names.enumerate() {
        if name.len() >= NAME_MIN {
            starts.push((text.len(), number));
            text.extend_from_slice(name);
            text.push(b'\n');
        }
    }
    let mut numbers: Vec<usize> = Vec::new();
    for span in if text.is_empty() { Vec::new() } else { seen(&text) } {
        let after = starts.partition_point(|(start, _)| *start <= span.start);
        numbers.extend(after.checked_sub(1).map(|at| starts[at].1));
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
