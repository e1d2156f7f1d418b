//! File names, which git publishes like contents, and which of them contain a secret.

use crate::model::{Origin, RepoPath, Span};

/// No token is shorter, and neither is a name that contains one.
const NAME_MIN: usize = 12;

/// Finds secrets in names, one per line.
pub type NameScan<'a> = &'a dyn Fn(&[u8]) -> Vec<Span>;

/// A name that contains a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The path of the file, or of one in the directory with the name.
    pub path: RepoPath,
    /// Bytes of the path that existed before the change.
    pub known: usize,
    /// Its origin, if it is from the history.
    pub origin: Option<Origin>,
}

/// The indexes of the `names` that contain a secret, in order.
pub fn matching<'n>(names: impl Iterator<Item = &'n [u8]>, scan: NameScan<'_>) -> Vec<usize> {
    let (mut text, mut starts) = (Vec::new(), Vec::new());
    for (number, name) in names.enumerate() {
        if name.len() >= NAME_MIN {
            starts.push((text.len(), number));
            text.extend_from_slice(name);
            text.push(b'\n');
        }
    }
    let mut numbers: Vec<usize> = Vec::new();
    for span in if text.is_empty() { Vec::new() } else { scan(&text) } {
        let after = starts.partition_point(|(start, _)| *start <= span.start);
        numbers.extend(after.checked_sub(1).map(|at| starts[at].1));
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
