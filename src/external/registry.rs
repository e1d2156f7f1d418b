//! Cargo's own copy of the registry index: which versions exist, and which are yanked.
//!
//! Cargo keeps a file per crate below `registry/index/<registry>/.cache`: a format version, an ETag, and for each
//! version of the crate its number and a line of the index, all NUL-terminated. Format:
//! `src/cargo/sources/registry/index/cache.rs` of Cargo.

use std::path::{Path, PathBuf};
use std::sync::RwLock;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::external::file;
use crate::model::FastMap;

/// The largest file of a crate.
const FILE_MAX: u64 = 64 << 20;

/// The index of crates.io on this machine.
#[derive(Debug)]
pub struct Index {
    folders: Vec<PathBuf>,
    /// Cached answers, by crate and version: most lock files share dependencies.
    asked: RwLock<FastMap<String, FastMap<String, Option<bool>>>>,
}

/// A version in the index.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Published {
    /// Its number.
    #[serde(rename = "vers")]
    pub version: String,
    /// True if yanked.
    #[serde(default)]
    pub yanked: bool,
    /// What it depends on.
    #[serde(default)]
    pub deps: Vec<Requirement>,
}

/// A dependency of a published version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Requirement {
    /// The dependency's name in the crate.
    pub name: String,
    /// The version requirement.
    pub req: String,
    /// The name of the crate, if different.
    #[serde(default)]
    pub package: Option<String>,
    /// `normal`, `build` or `dev`.
    #[serde(default)]
    pub kind: Option<String>,
}

impl Requirement {
    /// The name of the crate.
    #[must_use]
    pub fn crate_name(&self) -> &str {
        self.package.as_deref().unwrap_or(&self.name)
    }
}

impl Index {
    /// Opens the index in Cargo's home.
    ///
    /// # Errors
    /// If it does not exist.
    pub fn open(cargo_home: Option<&Path>) -> Result<Self, String> {
        let base = cargo_home.map(|home| home.join("registry/index"));
        let entries = base.as_deref().and_then(|base| file::entries(base).ok()).unwrap_or_default();
        let is_crates_io =
            |name: &str| name.starts_with("index.crates.io-") || name.starts_with("github.com-");
        let mut folders: Vec<PathBuf> = entries
            .into_iter()
            .filter(|entry| entry.directory && is_crates_io(&entry.name))
            .filter_map(|entry| Some(base.as_deref()?.join(entry.name).join(".cache")))
            .filter(|folder| file::is_directory(folder))
            .collect();
        // The sparse index is the current one.
        folders.sort_by_key(|folder| !folder.to_string_lossy().contains("index.crates.io-"));
        if folders.is_empty() {
            return Err(
                "Cargo has no index of crates.io on this machine; it keeps one after a build".to_owned()
            );
        }
        Ok(Self { folders, asked: RwLock::default() })
    }

    /// The indexed versions of a crate; `None` if Cargo never queried the crate.
    #[must_use]
    pub fn versions(&self, name: &str) -> Option<Vec<Published>> {
        let bytes = self.file(name)?;
        let lines = bytes.split(|byte| *byte == 0).filter(|part| part.first() == Some(&b'{'));
        Some(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// Whether a version is yanked; `None` if the index does not have it.
    #[must_use]
    pub fn is_yanked(&self, name: &str, version: &str) -> Option<bool> {
        let known = self.asked.read().expect("no thread panics while it holds the lock");
        if let Some(known) = known.get(name).and_then(|versions| versions.get(version)) {
            return *known;
        }
        drop(known);
        let yanked = self.file(name).and_then(|bytes| is_yanked(&bytes, version));
        let mut asked = self.asked.write().expect("no thread panics while it holds the lock");
        asked.entry(name.to_owned()).or_default().insert(version.to_owned(), yanked);
        yanked
    }

    fn file(&self, name: &str) -> Option<Vec<u8>> {
        let below = below(&name.to_ascii_lowercase())?;
        self.folders.iter().find_map(|folder| file::read(&folder.join(&below), FILE_MAX).ok())
    }
}

/// Looks a version up without parsing all lines as JSON.
fn is_yanked(bytes: &[u8], version: &str) -> Option<bool> {
    let key = [b"\0", version.as_bytes(), b"\0{"].concat();
    let at = memchr::memmem::find(bytes, &key)? + key.len() - 1;
    let rest = bytes.get(at..)?;
    let line = &rest[..memchr::memchr(0, rest).unwrap_or(rest.len())];
    /// What [`Published`] says of it alone: this is asked of each package of a lock file.
    #[derive(Deserialize)]
    struct Standing {
        #[serde(rename = "vers")]
        _version: IgnoredAny,
        #[serde(default)]
        yanked: bool,
    }
    serde_json::from_slice::<Standing>(line).ok().map(|standing| standing.yanked)
}

/// The path of a crate's file in the cache.
fn below(name: &str) -> Option<String> {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return None;
    }
    Some(match name.len() {
        1 => format!("1/{name}"),
        2 => format!("2/{name}"),
        3 => format!("3/{}/{name}", &name[..1]),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    })
}

#[cfg(test)]
mod tests {
    use super::{below, is_yanked};

    #[test]
    fn files_of_crates() {
        assert_eq!(below("a").as_deref(), Some("1/a"));
        assert_eq!(below("tin").as_deref(), Some("3/t/tin"));
        assert_eq!(below("zinc").as_deref(), Some("zi/nc/zinc"));
        assert_eq!(below("../x"), None);
    }

    #[test]
    fn versions_are_looked_up() {
        let bytes = b"\x03\x02\0\0\0etag: x\x001.0.0\0{\"name\":\"tin\",\"vers\":\"1.0.0\",\"deps\":[],\"yanked\":true}\x001.0.1\0{\"name\":\"tin\",\"vers\":\"1.0.1\",\"deps\":[],\"yanked\":false}\0";
        let bytes = bytes.to_vec();
        assert_eq!(is_yanked(&bytes, "1.0.0"), Some(true));
        assert_eq!(is_yanked(&bytes, "1.0.1"), Some(false));
        assert_eq!(is_yanked(&bytes, "0.0"), None);
        assert_eq!(is_yanked(b"\x001.0.0\0{\"yanked\":true}\0", "1.0.0"), None, "it has no number");
    }
}
