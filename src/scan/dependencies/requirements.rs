//! Direct requirements in manifests other than Cargo's, with the line to change.

use std::collections::BTreeMap;

use super::unlocked;
use crate::engine::place::Lines;
use crate::model::{Blob, NotChecked, Place, RepoPath, linehash};
use crate::parse::lockfile::{Ecosystem, Wishes};
use crate::parse::manifests::{Ask, Manifest};

/// Bytes of all manifests kept to show their lines.
const KEPT_MAX: usize = 64 << 20;
/// Most manifests per lock file.
const AROUND_MAX: usize = 5_000;

/// The manifests found.
#[derive(Default)]
pub(super) struct Facts {
    ecosystems: unlocked::Facts,
    files: BTreeMap<RepoPath, Kept>,
    kept: usize,
}

/// A manifest with its text.
struct Kept {
    manifest: Manifest,
    bytes: Vec<u8>,
}

/// A manifest that belongs to a lock file.
pub(super) struct Around<'a> {
    path: &'a RepoPath,
    /// Its directory relative to that of the lock file, without a trailing slash.
    folder: String,
    kept: &'a Kept,
}

/// Where a package is required.
pub(super) struct AskedAt<'a> {
    /// `package.json:5`
    pub(super) shown: String,
    pub(super) ask: &'a Ask,
    pub(super) place: Place,
}

impl Facts {
    pub(super) fn add(&mut self, blob: &Blob<'_>, manifest: Manifest) {
        self.ecosystems.add(blob.path, manifest.ecosystem);
        let bytes = blob.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(blob.bytes);
        if !manifest.asks.is_empty() && self.kept + bytes.len() <= KEPT_MAX {
            self.kept += bytes.len();
            self.files.insert(blob.path.clone(), Kept { manifest, bytes: bytes.to_vec() });
        }
    }

    /// See [`unlocked::Facts::without_lock`].
    pub(super) fn without_lock(&self, has_lock: impl Fn(&str, &[u8]) -> bool) -> Vec<NotChecked> {
        self.ecosystems.without_lock(has_lock)
    }

    /// The manifests of `ecosystem` that a lock file at `lock` covers: in and below its directory, without a nearer
    /// lock file.
    pub(super) fn around<'a>(
        &'a self,
        lock: &RepoPath,
        ecosystem: Ecosystem,
        has_lock: &dyn Fn(&str, &[u8]) -> bool,
    ) -> Vec<Around<'a>> {
        let top = lock.folder();
        let from = RepoPath::new(top.to_vec());
        let below = self.files.range(from..).take_while(|(path, _)| path.as_bytes().starts_with(top));
        let is_for = |(path, kept): &(&RepoPath, &Kept)| {
            kept.manifest.ecosystem == ecosystem.as_str()
                && unlocked::folders(path)
                    .take_while(|folder| folder.len() > top.len())
                    .all(|folder| !has_lock(ecosystem.as_str(), folder))
        };
        let around = |(path, kept): (&'a RepoPath, &'a Kept)| {
            let folder = String::from_utf8_lossy(&path.folder()[top.len()..]);
            Around { path, folder: folder.trim_end_matches('/').to_owned(), kept }
        };
        below.filter(is_for).map(around).take(AROUND_MAX).collect()
    }
}

impl<'a> Around<'a> {
    pub(super) fn wishes(&self) -> Wishes<'_> {
        Wishes { folder: &self.folder, asks: &self.kept.manifest.asks }
    }

    pub(super) fn path(&self) -> &'a RepoPath {
        self.path
    }

    pub(super) fn folder(&self) -> &str {
        &self.folder
    }

    /// Where it requires `name`, or a package with the alias `alias`.
    pub(super) fn asked_at(
        &self,
        ecosystem: Ecosystem,
        name: &str,
        alias: Option<&str>,
    ) -> Option<AskedAt<'a>> {
        let is = |ask: &&Ask| {
            let normal = ecosystem.normal(&ask.name);
            normal == ecosystem.normal(name) || alias.is_some_and(|alias| normal == ecosystem.normal(alias))
        };
        let ask = self.kept.manifest.asks.iter().find(is)?;
        let bytes = &self.kept.bytes;
        let lines = Lines::new(bytes);
        let region = lines.region(ask.at);
        let note = Some(format!("`{}` is required here", crate::model::text::short(&ask.name)));
        let place = Place {
            path: self.path.clone(),
            span: ask.at,
            region,
            snippet: Some(lines.snippet(ask.at, &[])),
            line_hash: linehash::line_hashes(bytes, &[region.start_line]).pop(),
            origin: None,
            note,
        };
        Some(AskedAt { shown: format!("{}:{}", self.path.shown(), region.start_line), ask, place })
    }
}
