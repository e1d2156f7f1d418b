//! Collected facts: SBOMs, lock files, and SBOM generators.

use std::collections::{BTreeMap, BTreeSet};

use super::generators;
use crate::model::{Blob, RepoPath, SkipReason};
use crate::parse::lockfile::Format;
use crate::parse::project;
use crate::parse::sbom::packed::{self, Held};
use crate::parse::sbom::{BYTES_MAX, Family};
use crate::scan::analysis::Shared;
use crate::scan::provenance::large_files;
use crate::source::Source;

/// Bytes of documents kept in memory.
pub(super) const KEPT_MAX: usize = 512 << 20;
/// Lock files for comparison.
const LOCKS_MAX: usize = 10_000;
/// Bytes of a large file that are checked for a document.
const HEAD: usize = 64 << 10;

/// The collected facts.
#[derive(Default)]
pub(in crate::scan) struct Facts {
    pub(super) documents: BTreeMap<RepoPath, Vec<Kept>>,
    bytes: usize,
    pub(super) locks: BTreeSet<RepoPath>,
    /// Project names, by the directories of their manifests.
    pub(super) projects: BTreeMap<Vec<u8>, Vec<String>>,
    /// A workflow that generates a document, and the tool.
    pub(super) generated: Option<(RepoPath, &'static str)>,
    /// Unreadable files named like documents, and why.
    pub(super) unread: BTreeMap<RepoPath, String>,
    /// Oversized files that may be documents.
    large: BTreeSet<RepoPath>,
    /// Documents beyond the memory limit.
    pub(super) dropped: usize,
}

/// A collected document.
pub(super) struct Kept {
    pub(super) family: Family,
    pub(super) bytes: Vec<u8>,
    /// The line at which its container starts, see [`Held::within`].
    pub(super) within: Option<u32>,
    /// True if it is the predicate of a signed statement.
    pub(super) signed: bool,
    /// True if its bytes are the whole file.
    is_file: bool,
}

impl Kept {
    /// The bytes of the file, if the document is not compressed.
    pub(super) fn of_file(&self) -> Option<&[u8]> {
        self.is_file.then_some(&self.bytes)
    }
}

pub(super) fn see(blob: &Blob<'_>, facts: &Shared<Facts>) {
    let name = blob.path.file_name();
    if let Some(project) = project_of(name, blob.bytes) {
        facts.with(|facts| {
            if facts.projects.len() < LOCKS_MAX {
                facts.projects.entry(blob.path.folder().to_vec()).or_default().push(project);
            }
        });
    }
    if name == b"Cargo.lock" || Format::of(blob.path.as_bytes()).is_some() {
        facts.with(|facts| {
            if facts.locks.len() < LOCKS_MAX {
                facts.locks.insert(blob.path.clone());
            }
        });
        return;
    }
    let held = packed::held(name, blob.bytes);
    if !held.is_empty() {
        keep(blob, held, facts);
    } else if let Some(by) = packed::packed_by(name, blob.bytes) {
        let why = format!("is compressed with {by}, which is not supported");
        facts.with(|facts| facts.unread.insert(blob.path.clone(), why));
    } else if let Some(tool) = generators::in_workflow(blob) {
        facts.with(|facts| {
            let first = facts.generated.get_or_insert_with(|| (blob.path.clone(), tool));
            if *blob.path < first.0 {
                *first = (blob.path.clone(), tool);
            }
        });
    }
}

/// The project name in a manifest.
fn project_of(name: &[u8], bytes: &[u8]) -> Option<String> {
    match name {
        b"package.json" | b"composer.json" | b"pyproject.toml" | b"setup.cfg" => {
            project::read(name, bytes)?.name
        }
        b"pubspec.yaml" => line_value(bytes, "name:"),
        b"go.mod" => line_value(bytes, "module "),
        _ => {
            let stem = name.strip_suffix(b".gemspec")?;
            std::str::from_utf8(stem).ok().map(str::to_owned)
        }
    }
}

/// The rest of the first line that starts with `start`.
fn line_value(bytes: &[u8], start: &str) -> Option<String> {
    let text = std::str::from_utf8(bytes.get(..bytes.len().min(64 << 10))?).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(start))?;
    let value = value.split("//").next().unwrap_or(value);
    let value = value.trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

fn keep(blob: &Blob<'_>, held: Vec<Held<'_>>, facts: &Shared<Facts>) {
    let size = held.iter().map(|one| one.bytes.len()).sum::<usize>();
    let is_file = |one: &Held<'_>| matches!(one.bytes, std::borrow::Cow::Borrowed(_));
    facts.with(|facts| {
        if facts.bytes.saturating_add(size) > KEPT_MAX {
            facts.dropped += 1;
            return;
        }
        facts.bytes += size;
        let kept = held.into_iter().map(|one| Kept {
            family: one.family,
            within: one.within,
            signed: one.signed,
            is_file: is_file(&one),
            bytes: one.bytes.into_owned(),
        });
        facts.documents.insert(blob.path.clone(), kept.collect());
    });
}

pub(super) fn skipped(path: &RepoPath, reason: SkipReason, facts: &Shared<Facts>) {
    let name = path.file_name();
    let why = match reason {
        SkipReason::TooLarge => {
            if packed::may_be_one(name) {
                facts.with(|facts| facts.large.insert(path.clone()));
            }
            return;
        }
        SkipReason::LfsPointer => "is a Git LFS pointer; `git lfs pull` fetches the file",
        SkipReason::Symlink => "is a symlink, and symlinks are not followed",
        SkipReason::Unreadable => "cannot be read",
        _ => return,
    };
    if packed::is_called_one(name) {
        facts.with(|facts| facts.unread.insert(path.clone(), why.to_owned()));
    }
}

/// Reads documents too large for other checks.
pub(super) fn follow(files: &[&dyn Source], facts: &Shared<Facts>) {
    let large = facts.with(|facts| std::mem::take(&mut facts.large));
    for path in large {
        let read = |max: usize| large_files::start_of(files, &path, max);
        if !read(HEAD).is_some_and(|head| packed::may_hold(path.file_name(), &head)) {
            continue;
        }
        match read(BYTES_MAX + 1) {
            Some(bytes) if bytes.len() <= BYTES_MAX => {
                see(&Blob { path: &path, bytes: &bytes, tracked: true }, facts);
            }
            _ => {
                let why = format!("is larger than {} MiB", BYTES_MAX >> 20);
                facts.with(|facts| facts.unread.insert(path, why));
            }
        }
    }
}
