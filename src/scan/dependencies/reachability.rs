//! Whether a workspace's sources mention the affected functions of an advisory: evidence, not proof.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::model::{Blob, Error, RepoPath};
use crate::source::{Item, Source};

/// Most places kept per function.
const PLACES_MAX: usize = 3;
/// Common names, for which the type must be mentioned too.
const COMMON: [&str; 30] = [
    "as_mut",
    "as_ref",
    "build",
    "clone",
    "default",
    "deref",
    "drop",
    "eq",
    "extend",
    "fmt",
    "from",
    "get",
    "get_mut",
    "index",
    "init",
    "insert",
    "into",
    "iter",
    "len",
    "new",
    "next",
    "open",
    "parse",
    "pop",
    "push",
    "read",
    "remove",
    "run",
    "with_capacity",
    "write",
];

/// A function to find.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wanted {
    /// The directory of the lock file, with its slash.
    pub(super) folder: Vec<u8>,
    /// `tokio::task::JoinHandle::abort`
    pub(super) function: String,
}

/// Where it is mentioned: paths and lines, sorted; no entry if the directory has no Rust files.
pub(super) type Places = Vec<(RepoPath, usize)>;

/// Searches for `wanted` in all current Rust files of `sources`.
///
/// # Errors
/// If a source cannot be read again.
pub(super) fn find(wanted: &[Wanted], sources: &[&dyn Source]) -> Result<BTreeMap<Wanted, Places>, Error> {
    let found: Mutex<BTreeMap<Wanted, Places>> = Mutex::default();
    let visit = |item: Item<'_>| {
        let Item::Blob(blob) = item else { return };
        if !blob.path.as_bytes().ends_with(b".rs") {
            return;
        }
        for one in wanted.iter().filter(|one| blob.path.as_bytes().starts_with(&one.folder)) {
            let line = mention(&blob, &one.function);
            let mut found = found.lock().expect("no thread panics while it holds the lock");
            found.entry(one.clone()).or_default().extend(line.map(|line| (blob.path.clone(), line)));
        }
    };
    // Sources of a history have no current files.
    for source in sources.iter().filter(|source| source.examined().is_none()) {
        source.each(&visit)?;
    }
    let mut found = found.into_inner().expect("no thread panics while it holds the lock");
    for places in found.values_mut() {
        places.sort();
        places.truncate(PLACES_MAX);
    }
    Ok(found)
}

/// The first line with the name of the function, in a file that mentions its crate.
fn mention(blob: &Blob<'_>, function: &str) -> Option<usize> {
    let plain: Vec<&str> = function
        .split("::")
        .map(|part| part.split('<').next().unwrap_or(part))
        .filter(|part| !part.is_empty())
        .collect();
    let (krate, name) = (plain.first()?, plain.last()?);
    if plain.len() < 2 || word(blob.bytes, krate).is_none() {
        return None;
    }
    let owner =
        plain.get(plain.len() - 2).filter(|owner| owner.starts_with(|c: char| c.is_ascii_uppercase()));
    if let Some(owner) = owner.filter(|_| COMMON.contains(name)) {
        word(blob.bytes, owner)?;
    }
    let at = word(blob.bytes, name)?;
    Some(crate::parse::lines::line_of(blob.bytes, at))
}

/// Where `name` occurs as a word, outside comment lines.
fn word(text: &[u8], name: &str) -> Option<usize> {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    memchr::memmem::find_iter(text, name.as_bytes()).find(|at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        if is_part(before) || is_part(text.get(at + name.len())) {
            return false;
        }
        let start = memchr::memrchr(b'\n', &text[..*at]).map_or(0, |end| end + 1);
        !text[start..*at].trim_ascii_start().starts_with(b"//")
    })
}

#[cfg(test)]
mod tests {
    use super::mention;
    use crate::model::{Blob, RepoPath};

    fn line(text: &str, function: &str) -> Option<usize> {
        let path = RepoPath::from("a.rs");
        mention(&Blob { path: &path, bytes: text.as_bytes(), tracked: true }, function)
    }

    #[test]
    fn a_name_in_a_file_that_uses_the_crate() {
        let text = "use tin::Can;\n\n// can.seal()\nfn f(can: Can) {\n    can.seal();\n}\n";
        assert_eq!(line(text, "tin::Can::seal"), Some(5));
        assert_eq!(line(text, "tin::Can::seals"), None);
        assert_eq!(line(text, "zinc::Can::seal"), None);
        assert_eq!(line("use tin::Pot;\nPot::new()", "tin::Can::new"), None);
        assert_eq!(line("use tin::Can;\nCan::new()", "tin::Can::new"), Some(2));
        assert_eq!(line("tin::Can::<u8>::seal()", "tin::Can<T>::seal"), Some(1));
        assert_eq!(line("tin", "tin"), None);
    }
}
