//! The refs of a repository: `packed-refs`, the files below `refs`, and those like `HEAD`.
//!
//! Not read with gix, because any of these files can be a FIFO or a symlink to the outside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gix::ObjectId;

use crate::source::dir::{Dir, Kind, Listing, read_opened, read_small};

/// A larger `packed-refs` is not read.
const MAX_PACKED: u64 = 1 << 30;
/// A larger file of one ref is not read.
const MAX_LOOSE: u64 = 64 * 1024;
/// The most symbolic refs in a chain.
const MAX_STEPS: usize = 5;
/// The longest ref name.
const MAX_NAME: usize = 4096;

/// The directories of refs.
#[derive(Clone, Debug)]
pub struct Refs {
    /// Of this worktree.
    pub git_dir: PathBuf,
    /// Of all worktrees.
    pub common_dir: PathBuf,
}

/// A ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ref {
    /// Its object.
    pub id: ObjectId,
    /// The object at the end of an annotated tag, if `packed-refs` has it.
    pub peeled: Option<ObjectId>,
}

/// All refs by name, and errors.
#[derive(Debug, Default)]
pub struct All {
    /// Sorted by name.
    pub refs: BTreeMap<Vec<u8>, Ref>,
    /// A sentence for each unreadable file, without names.
    pub problems: Vec<String>,
}

impl Refs {
    /// The target of the ref with exactly this name; `None` if it does not exist.
    ///
    /// # Errors
    /// If it exists and is broken.
    pub fn find(&self, name: &str) -> Result<Option<ObjectId>, String> {
        let mut name = name.to_owned();
        for step in 0..MAX_STEPS {
            if !is_safe(name.as_bytes()) {
                return Ok(None);
            }
            let shared = name.starts_with("refs/") && !is_of_worktree(&name);
            let folder = if shared { &self.common_dir } else { &self.git_dir };
            let Some(text) = self.loose(&folder.join(&name))? else {
                let packed = self.packed()?.remove(name.as_bytes());
                return match packed {
                    Some(found) => Ok(Some(found.id)),
                    None if step == 0 => Ok(None),
                    // As with a branch before its first commit.
                    None => Ok(None),
                };
            };
            match target(&text) {
                Some(Target::Object(id)) => return Ok(Some(id)),
                Some(Target::Symbolic(next)) => name = next,
                None => return Err("its ref contains neither an id nor a name".to_owned()),
            }
        }
        Err(format!("its ref is a chain of more than {MAX_STEPS} symbolic refs"))
    }

    /// The target of the symbolic ref with this name; `None` if it is not symbolic.
    #[must_use]
    pub fn symbolic(&self, name: &str) -> Option<String> {
        let folder = if name.starts_with("refs/") { &self.common_dir } else { &self.git_dir };
        match target(&self.loose(&folder.join(name)).ok()??) {
            Some(Target::Symbolic(next)) => Some(next),
            _ => None,
        }
    }

    /// The target of `HEAD`; `None` before the first commit.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn head(&self) -> Result<Option<ObjectId>, String> {
        self.find("HEAD")
    }

    fn loose(&self, path: &Path) -> Result<Option<Vec<u8>>, String> {
        if path.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Ok(None);
        }
        // Old versions of git used a symlink as a symbolic ref.
        if let Ok(to) = path.read_link() {
            let to = to.to_string_lossy().into_owned();
            return Ok(to.starts_with("refs/").then(|| format!("ref: {to}").into_bytes()));
        }
        read_small(path, MAX_LOOSE).map_err(|error| format!("a ref cannot be read: {error}"))
    }

    fn packed(&self) -> Result<BTreeMap<Vec<u8>, Ref>, String> {
        let bytes = read_small(&self.common_dir.join("packed-refs"), MAX_PACKED)
            .map_err(|error| format!("packed-refs cannot be read: {error}"))?
            .unwrap_or_default();
        Ok(packed(&bytes))
    }

    /// Every ref below `refs`, and `HEAD`.
    pub fn all(&self) -> All {
        let mut all = All::default();
        match self.packed() {
            Ok(packed) => all.refs = packed,
            Err(problem) => all.problems.push(problem),
        }
        let mut folders = vec![(self.common_dir.join("refs"), b"refs/".to_vec())];
        if self.git_dir != self.common_dir {
            folders.push((self.git_dir.join("refs"), b"refs/".to_vec()));
        }
        let mut symbolic = Vec::new();
        while let Some((folder, path)) = folders.pop() {
            let Ok(dir) = Dir::open(&folder) else { continue };
            let mut listing = Listing::default();
            if dir.list(&mut listing).is_err() {
                all.problems.push("a directory of refs cannot be read".to_owned());
            }
            for (name, kind) in listing.iter() {
                let full = [path.as_slice(), name].concat();
                let kind = if kind == Kind::Unknown { dir.kind(name).unwrap_or(kind) } else { kind };
                match kind {
                    Kind::Dir if full.len() < MAX_NAME => {
                        let Ok(below) = gix::path::from_byte_slice(name) else { continue };
                        folders.push((folder.join(below), [full.as_slice(), b"/"].concat()));
                    }
                    Kind::File if name.ends_with(b".lock") => {}
                    Kind::File => {
                        let text = dir.open_file(name).and_then(|opened| read_opened(&opened, MAX_LOOSE));
                        match text.ok().as_deref().and_then(target) {
                            Some(Target::Object(id)) => {
                                all.refs.insert(full, Ref { id, peeled: None });
                            }
                            Some(Target::Symbolic(to)) => symbolic.push((full, to)),
                            None => all.problems.push("a ref contains neither an id nor a name".to_owned()),
                        }
                    }
                    _ => all.problems.push("a ref is not a regular file".to_owned()),
                }
            }
        }
        symbolic.push((b"HEAD".to_vec(), "HEAD".to_owned()));
        for (name, to) in symbolic {
            match self.find(&to) {
                Ok(Some(id)) => drop(all.refs.insert(name, Ref { id, peeled: None })),
                Ok(None) => {}
                Err(problem) => all.problems.push(problem),
            }
        }
        all
    }
}

/// True for refs that belong to one worktree.
fn is_of_worktree(name: &str) -> bool {
    ["refs/bisect/", "refs/worktree/", "refs/rewritten/"].iter().any(|start| name.starts_with(start))
}

/// True if `name` as a path stays below its directory.
fn is_safe(name: &[u8]) -> bool {
    name.len() < MAX_NAME
        && !name.contains(&0)
        && !name.contains(&b'\\')
        && name.split(|byte| *byte == b'/').all(|part| !part.is_empty() && part != b"." && part != b"..")
}

enum Target {
    Object(ObjectId),
    Symbolic(String),
}

/// The target in the file of a ref.
fn target(text: &[u8]) -> Option<Target> {
    if let Some(name) = text.strip_prefix(b"ref:") {
        let name = String::from_utf8(name.trim_ascii().to_vec()).ok()?;
        return name.starts_with("refs/").then_some(Target::Symbolic(name));
    }
    // FETCH_HEAD has more after the id.
    let digits = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    ObjectId::from_hex(&text[..digits]).ok().map(Target::Object)
}

/// The lines of `packed-refs`: `id name`, followed by an optional `^id`. Other lines are ignored.
#[must_use]
pub fn packed(bytes: &[u8]) -> BTreeMap<Vec<u8>, Ref> {
    let mut refs: Vec<(Vec<u8>, Ref)> = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(peeled) = line.strip_prefix(b"^") {
            if let Some((_, last)) = refs.last_mut() {
                last.peeled = ObjectId::from_hex(peeled).ok();
            }
        } else if let Some(space) = memchr::memchr(b' ', line)
            && let Ok(id) = ObjectId::from_hex(&line[..space])
        {
            refs.push((line[space + 1..].to_vec(), Ref { id, peeled: None }));
        }
    }
    refs.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use gix::ObjectId;

    use super::{Target, is_safe, packed, target};

    const ONE: &str = "08c6903cd8c0fde910a37f88322edcfb5dd907a8";
    const TWO: &str = "18c6903cd8c0fde910a37f88322edcfb5dd907a8";

    #[test]
    fn packed_lines() {
        let text = format!(
            "# pack-refs with: peeled fully-peeled sorted\n{ONE} refs/heads/main\n{TWO} refs/tags/v1\n^{ONE}\nrubbish\n08c6 refs/x\n"
        );
        let refs = packed(text.as_bytes());
        let id = |text: &str| ObjectId::from_hex(text.as_bytes()).unwrap();
        assert_eq!(refs.len(), 2);
        assert_eq!((refs[&b"refs/heads/main"[..]].id, refs[&b"refs/heads/main"[..]].peeled), (id(ONE), None));
        assert_eq!(
            (refs[&b"refs/tags/v1"[..]].id, refs[&b"refs/tags/v1"[..]].peeled),
            (id(TWO), Some(id(ONE)))
        );
    }

    #[test]
    fn targets() {
        assert!(
            matches!(target(b"ref: refs/heads/main\n"), Some(Target::Symbolic(name)) if name == "refs/heads/main")
        );
        assert!(matches!(target(format!("{ONE}\n").as_bytes()), Some(Target::Object(_))));
        assert!(matches!(
            target(format!("{ONE}\t\tbranch 'main' of x\n").as_bytes()),
            Some(Target::Object(_))
        ));
        assert!(target(b"ref: ../../etc/passwd").is_none());
        assert!(target(b"").is_none());
    }

    #[test]
    fn names_lead_nowhere_else() {
        assert!(is_safe(b"refs/heads/a.b"));
        for name in ["refs/../x", "/etc/passwd", "refs//x", "..", "refs/./x", "a\\b", "a\0b", ""] {
            assert!(!is_safe(name.as_bytes()), "{name}");
        }
    }
}
