//! Lock files that are symbolic links: read where they lead, within the repository.

use std::io::Read as _;

use crate::model::RepoPath;
use crate::source::Source;

/// Links that lead from one to the next.
const HOPS_MAX: usize = 8;

/// Bytes of a lock file that are read.
const BYTES_MAX: u64 = 64 << 20;

/// The path to which the link at `path` leads.
///
/// # Errors
/// Why it leads nowhere, as the end of a sentence.
pub(super) fn target(source: &dyn Source, path: &RepoPath) -> Result<RepoPath, &'static str> {
    let mut at = path.clone();
    for _ in 0..HOPS_MAX {
        let Some(target) = source.link(&at) else { return Ok(at) };
        at = resolve(&at, &target).ok_or("it is a symbolic link that leads out of the repository")?;
    }
    Err("it is a symbolic link to too many others")
}

/// What stands in the file at `path`, to which a link leads. Directories on the way that are links are not followed.
///
/// # Errors
/// Why it was not read, as the end of a sentence.
pub(super) fn content(source: &dyn Source, path: &RepoPath) -> Result<Vec<u8>, String> {
    let nowhere = "it is a symbolic link that leads to no file of the repository";
    let cannot = |error| format!("it is a symbolic link, and where it leads cannot be read: {error}");
    let file = source.file(path).ok_or(nowhere)?.map_err(cannot)?;
    let mut bytes = Vec::new();
    let len = file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot)?;
    match len as u64 > BYTES_MAX {
        true => Err(format!("it is a symbolic link to a file of more than {} MiB", BYTES_MAX >> 20)),
        false => Ok(bytes),
    }
}

/// Where the link at `path` leads that says `target`; none if that is not below the root.
fn resolve(path: &RepoPath, target: &[u8]) -> Option<RepoPath> {
    if target.starts_with(b"/") || target.contains(&0) {
        return None;
    }
    let mut parts: Vec<&[u8]> = path.as_bytes().split(|byte| *byte == b'/').collect();
    parts.pop();
    for part in target.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| RepoPath::new(parts.join(&b'/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_paths_below_the_root() {
        for (path, target, expected) in [
            ("a/b/Cargo.lock", "../Cargo.lock", Some("a/Cargo.lock")),
            ("a/b/Cargo.lock", "../../Cargo.lock", Some("Cargo.lock")),
            ("Cargo.lock", "./locks//x", Some("locks/x")),
            ("Cargo.lock", "../Cargo.lock", None),
            ("a/Cargo.lock", "../../a/Cargo.lock", None),
            ("a/Cargo.lock", "/etc/passwd", None),
            ("a/Cargo.lock", "..", None),
            ("a/Cargo.lock", "x\0y", None),
        ] {
            let found = resolve(&RepoPath::from(path), target.as_bytes());
            assert_eq!(found, expected.map(RepoPath::from), "{path} -> {target}");
        }
    }
}
