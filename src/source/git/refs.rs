//! The references of a repository: `packed-refs`, the files below `refs`, and those like `HEAD`.
//!
//! Read by ourselves and not by gix, for any of these files can be a FIFO or a link out of here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gix::ObjectId;

use crate::source::dir::{Dir, Kind, Listing, read_opened, read_small};

/// A file of packed references larger than this is not read.
const MAX_PACKED: u64 = 1 << 30;
/// A file of one reference larger than this is not read.
const MAX_LOOSE: u64 = 64 * 1024;
/// Symbolic references that lead from one to the next.
const MAX_STEPS: usize = 5;
/// Bytes of the name of a reference.
const MAX_NAME: usize = 4096;

/// Where references are.
#[derive(Clone, Debug)]
pub struct Refs {
    /// Of this worktree.
    pub git_dir: PathBuf,
    /// Of all worktrees.
    pub common_dir: PathBuf,
}

/// A reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ref {
    /// The object that it names.
    pub id: ObjectId,
    /// What an annotated tag stands for in the end, if `packed-refs` tells.
    pub peeled: Option<ObjectId>,
}

/// All references by name, and what was wrong with others.
#[derive(Debug, Default)]
pub struct All {
    /// Sorted by name.
    pub refs: BTreeMap<Vec<u8>, Ref>,
    /// A sentence for each file that could not be read, without names.
    pub problems: Vec<String>,
}

impl Refs {
    /// What the reference with exactly this name points to; none if there is no such reference.
    ///
    /// # Errors
    /// If it is there and leads nowhere.
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
                    // As with a branch that has no commit yet.
                    None => Ok(None),
                };
            };
            match target(&text) {
                Some(Target::Object(id)) => return Ok(Some(id)),
                Some(Target::Symbolic(next)) => name = next,
                None => return Err("its reference holds neither an id nor a name".to_owned()),
            }
        }
        Err(format!("its reference leads to another one more than {MAX_STEPS} times"))
    }

    /// The reference that the one with this name stands for, if it is a symbolic one.
    #[must_use]
    pub fn symbolic(&self, name: &str) -> Option<String> {
        let folder = if name.starts_with("refs/") { &self.common_dir } else { &self.git_dir };
        match target(&self.loose(&folder.join(name)).ok()??) {
            Some(Target::Symbolic(next)) => Some(next),
            _ => None,
        }
    }

    /// What `HEAD` points to; none if there is no commit yet.
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
        // A link stood for a symbolic reference long ago.
        if let Ok(to) = path.read_link() {
            let to = to.to_string_lossy().into_owned();
            return Ok(to.starts_with("refs/").then(|| format!("ref: {to}").into_bytes()));
        }
        read_small(path, MAX_LOOSE).map_err(|error| format!("a reference cannot be read: {error}"))
    }

    fn packed(&self) -> Result<BTreeMap<Vec<u8>, Ref>, String> {
        let bytes = read_small(&self.common_dir.join("packed-refs"), MAX_PACKED)
            .map_err(|error| format!("packed-refs cannot be read: {error}"))?
            .unwrap_or_default();
        Ok(packed(&bytes))
    }

    /// Every reference below `refs`, and `HEAD`.
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
                all.problems.push("a directory of references cannot be read".to_owned());
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
                            None => {
                                all.problems.push("a reference holds neither an id nor a name".to_owned())
                            }
                        }
                    }
                    _ => all.problems.push("a reference is no regular file".to_owned()),
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

/// True for references that each worktree has for itself.
fn is_of_worktree(name: &str) -> bool {
    ["refs/bisect/", "refs/worktree/", "refs/rewritten/"].iter().any(|start| name.starts_with(start))
}

/// True if `name` as a path stays where it is.
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

/// What the file of a reference says.
fn target(text: &[u8]) -> Option<Target> {
    if let Some(name) = text.strip_prefix(b"ref:") {
        let name = String::from_utf8(name.trim_ascii().to_vec()).ok()?;
        return name.starts_with("refs/").then_some(Target::Symbolic(name));
    }
    // FETCH_HEAD has more behind the id.
    let digits = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    ObjectId::from_hex(&text[..digits]).ok().map(Target::Object)
}

/// The lines of `packed-refs`: `id name`, below it perhaps `^id`. Other lines say nothing.
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
