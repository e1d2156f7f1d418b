//! Lock files that are symlinks, resolved within the repository.

use std::io::Read as _;

use crate::model::RepoPath;
use crate::source::Source;

/// Longest chain of symlinks.
const HOPS_MAX: usize = 8;

/// Linux's `PATH_MAX`: no target is longer.
const TARGET_MAX: usize = 4096;

/// Most bytes read of a lock file.
const BYTES_MAX: u64 = 64 << 20;

/// True if `content` may be the target of a symlink: an index has nothing else of one.
pub(super) fn may_be_target(content: &[u8]) -> bool {
    content.len() < TARGET_MAX && memchr::memchr(b'\n', content).is_none()
}

/// The target of the symlink at `path`.
///
/// # Errors
/// Why it cannot be resolved, as the end of a sentence.
pub(super) fn target(source: &dyn Source, path: &RepoPath) -> Result<RepoPath, &'static str> {
    let mut at = path.clone();
    for _ in 0..HOPS_MAX {
        let Some(target) = source.link(&at) else { return Ok(at) };
        at = resolve(&at, &target).ok_or("it is a symlink to outside the repository")?;
    }
    Err("it is a symlink with too many levels")
}

/// The content of the file at `path`, the target of a symlink. Symlinked directories are not followed.
///
/// # Errors
/// Why it was not read, as the end of a sentence.
pub(super) fn content(source: &dyn Source, path: &RepoPath) -> Result<Vec<u8>, String> {
    let nowhere = "it is a symlink to a file that does not exist in the repository";
    let cannot = |error| format!("it is a symlink, and its target cannot be read: {error}");
    let file = source.file(path).ok_or(nowhere)?.map_err(cannot)?;
    let mut bytes = Vec::new();
    let len = file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot)?;
    match len as u64 > BYTES_MAX {
        true => Err(format!("it is a symlink to a file larger than {} MiB", BYTES_MAX >> 20)),
        false => Ok(bytes),
    }
}

/// The path of `target` in the symlink at `path`; none if outside the root.
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
