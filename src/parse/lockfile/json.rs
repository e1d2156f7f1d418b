//! Lock files in JSON: npm's and Composer's.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Locked;
use crate::model::Span;
use crate::parse::cargo::Mistake;

/// Nested dependencies of the oldest form that are gone into; npm wrote no deeper ones.
const DEPTH_MAX: usize = 60;

#[derive(Deserialize)]
struct PackageLock {
    #[serde(default)]
    packages: BTreeMap<String, Node>,
    #[serde(default)]
    dependencies: BTreeMap<String, Node>,
}

#[derive(Deserialize)]
struct Node {
    name: Option<String>,
    version: Option<String>,
    #[serde(default)]
    link: bool,
    #[serde(default)]
    dependencies: Option<Nested>,
}

/// Packages in the oldest form; names and requirements in the newer ones.
#[derive(Deserialize)]
#[serde(untagged)]
enum Nested {
    Packages(BTreeMap<String, Node>),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct Composer {
    #[serde(default)]
    packages: Vec<Named>,
    #[serde(default, rename = "packages-dev")]
    dev: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    version: String,
}

pub(super) fn package_lock(bytes: &[u8]) -> (Vec<Locked>, Vec<Mistake>) {
    let lock: PackageLock = match serde_json::from_slice(bytes) {
        Ok(lock) => lock,
        Err(error) => return (Vec::new(), vec![mistake(&error)]),
    };
    let mut all = Vec::new();
    let mut places = Places { bytes, after: 0 };
    for (key, node) in &lock.packages {
        // What stands elsewhere is a member of the workspace.
        let Some((_, name)) = key.rsplit_once("node_modules/") else { continue };
        if let Some(version) = node.version.as_ref().filter(|_| !node.link) {
            let real = node.name.as_deref().unwrap_or(name);
            let alias = (real != name).then(|| name.to_owned());
            all.push(Locked { name: real.to_owned(), version: version.clone(), alias, at: places.key(key) });
        }
    }
    if lock.packages.is_empty() {
        nested(&lock.dependencies, DEPTH_MAX, &mut places, &mut all);
    }
    all.sort_by_key(|locked| locked.at);
    (all, Vec::new())
}

/// Goes no deeper than [`DEPTH_MAX`], which is below the limit of the reader of JSON.
fn nested(
    dependencies: &BTreeMap<String, Node>,
    depth: usize,
    places: &mut Places<'_>,
    all: &mut Vec<Locked>,
) {
    for (name, node) in dependencies {
        if let Some(version) = &node.version {
            // `npm:zinc@1.0.0` is a package under another name.
            let alias = version.strip_prefix("npm:").and_then(|alias| alias.rsplit_once('@'));
            let (real, version) = alias.unwrap_or((name, version));
            let alias = alias.map(|_| name.clone());
            all.push(Locked {
                name: real.to_owned(),
                version: version.to_owned(),
                alias,
                at: places.key(name),
            });
        }
        if let (Some(Nested::Packages(inner)), Some(depth)) = (&node.dependencies, depth.checked_sub(1)) {
            nested(inner, depth, places, all);
        }
    }
}

pub(super) fn composer(bytes: &[u8]) -> (Vec<Locked>, Vec<Mistake>) {
    let lock: Composer = match serde_json::from_slice(bytes) {
        Ok(lock) => lock,
        Err(error) => return (Vec::new(), vec![mistake(&error)]),
    };
    let mut places = Places { bytes, after: 0 };
    let of = |named: Named| {
        let at = places.named(&named.name);
        let version = named.version.strip_prefix('v').unwrap_or(&named.version).to_owned();
        Locked { name: named.name, version, alias: None, at }
    };
    (lock.packages.into_iter().chain(lock.dev).map(of).collect(), Vec::new())
}

fn mistake(error: &serde_json::Error) -> Mistake {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or_default();
    Mistake { line: error.line().max(1), message: format!("{message}; its packages were not checked") }
}

/// Finds what was read again in the bytes, for the reader of JSON tells no places.
struct Places<'a> {
    bytes: &'a [u8],
    /// What is looked for next mostly stands behind what was found last.
    after: usize,
}

impl Places<'_> {
    /// `"key": {`
    fn key(&mut self, key: &str) -> Span {
        let quoted = serde_json::to_string(key).unwrap_or_default();
        let is_key = |rest: &[u8]| rest.trim_ascii_start().first() == Some(&b':');
        self.find(&quoted, is_key)
    }

    /// `"name": "…"`
    fn named(&mut self, name: &str) -> Span {
        let quoted = serde_json::to_string(name).unwrap_or_default();
        let is_value = |rest: &[u8]| rest.trim_ascii_start().first() != Some(&b':');
        self.find(&quoted, is_value)
    }

    fn find(&mut self, quoted: &str, fits: impl Fn(&[u8]) -> bool) -> Span {
        for from in [self.after, 0] {
            let rest = &self.bytes[from.min(self.bytes.len())..];
            let found = memchr::memmem::find_iter(rest, quoted.as_bytes())
                .map(|at| from + at)
                .find(|at| fits(&self.bytes[at + quoted.len()..]));
            if let Some(at) = found {
                self.after = at + quoted.len();
                return Span::new(at, at + quoted.len());
            }
        }
        Span::new(0, 0)
    }
}
