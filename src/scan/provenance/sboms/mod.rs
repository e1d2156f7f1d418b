//! Bills of materials in a repository: which there are, what each lacks, and how it agrees with its lock file.

mod drift;
mod generators;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::engine::provenance::{Lack, NoSbom, Sbom, Stale};
use crate::model::{Blob, RepoPath};
use crate::parse::lockfile::Format;
use crate::parse::sbom::quality::{self, Profile};
use crate::parse::sbom::{Document, Family, Grade, decode, paths, read, sniff};
use crate::source::Source;

/// Bytes of documents that are kept until all files were seen.
const KEPT_MAX: usize = 512 << 20;
/// Lock files that a document is held against.
const LOCKS_MAX: usize = 10_000;

/// `[sbom]` of the configuration.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What a document has to have.
    pub profile: Profile,
    /// Whether there has to be one.
    pub require: bool,
    /// The share of a lock file's packages, in percent, that its document has to list.
    pub coverage: u32,
}

impl Default for Policy {
    fn default() -> Self {
        // Packages for tests and for other systems are in a lock file and rightly in no document.
        Self { profile: Profile::default(), require: false, coverage: 80 }
    }
}

/// What was seen while the files went by.
#[derive(Default)]
pub(super) struct Seen {
    documents: BTreeMap<RepoPath, (Family, Vec<u8>)>,
    bytes: usize,
    locks: BTreeSet<RepoPath>,
    generated: Option<(RepoPath, &'static str)>,
    /// Documents for which there was no room.
    pub(super) dropped: usize,
}

/// What a file is to this room.
#[derive(Clone, Copy)]
pub(super) enum Look {
    Document(Family),
    Lock,
    /// A workflow that makes a document with this tool.
    Generator(&'static str),
}

/// What the file is, if it matters here.
pub(super) fn look(blob: &Blob<'_>) -> Option<Look> {
    let name = blob.path.file_name();
    if is_lock(blob.path) {
        return Some(Look::Lock);
    }
    if let Some(family) = sniff(name, blob.bytes) {
        return Some(Look::Document(family));
    }
    generators::in_workflow(blob).map(Look::Generator)
}

fn is_lock(path: &RepoPath) -> bool {
    path.file_name() == b"Cargo.lock" || Format::of(path.as_bytes()).is_some()
}

impl Seen {
    /// Keeps what was looked at.
    pub(super) fn add(&mut self, blob: &Blob<'_>, look: Look) {
        match look {
            Look::Document(family) => {
                if self.bytes.saturating_add(blob.bytes.len()) > KEPT_MAX {
                    self.dropped += 1;
                    return;
                }
                self.bytes += blob.bytes.len();
                self.documents.insert(blob.path.clone(), (family, blob.bytes.to_vec()));
            }
            Look::Lock => {
                if self.locks.len() < LOCKS_MAX {
                    self.locks.insert(blob.path.clone());
                }
            }
            Look::Generator(tool) => {
                let first = self.generated.get_or_insert_with(|| (blob.path.clone(), tool));
                if *blob.path < first.0 {
                    *first = (blob.path.clone(), tool);
                }
            }
        }
    }

    /// The content of a document.
    pub(super) fn content(&self, path: &RepoPath) -> Option<&[u8]> {
        self.documents.get(path).map(|(_, bytes)| bytes.as_slice())
    }

    /// True if there is a document or a lock file.
    pub(super) fn any(&self) -> bool {
        !self.documents.is_empty()
    }

    /// That there is no document although there are lock files, and what makes one.
    pub(super) fn none(&self, policy: &Policy) -> Option<NoSbom> {
        let lock = self.locks.first().filter(|_| self.documents.is_empty())?;
        Some(NoSbom { lock: lock.clone(), generated: self.generated.clone(), required: policy.require })
    }

    /// What is known of each document.
    pub(super) fn judged(&self, sources: &[&dyn Source], policy: &Policy) -> Vec<Sbom> {
        let locks = drift::Locks::new(&self.locks, sources);
        let all: Vec<_> = self.documents.iter().collect();
        all.into_par_iter()
            .map(|(path, (family, bytes))| one(path, *family, bytes, &locks, sources, policy))
            .collect()
    }
}

fn one(
    path: &RepoPath,
    family: Family,
    bytes: &[u8],
    locks: &drift::Locks<'_>,
    sources: &[&dyn Source],
    policy: &Policy,
) -> Sbom {
    let mut sbom = Sbom::new(path.clone(), family.name().to_owned(), policy.profile.as_str());
    let text = match decode(bytes) {
        Ok(text) => text,
        Err(mistake) => {
            sbom.unreadable.push((mistake.line, mistake.message));
            return sbom;
        }
    };
    if !family.is_read() {
        sbom.recognised_only = true;
        return sbom;
    }
    let document = read(family, &text);
    if let Some(version) = document.version.as_deref() {
        sbom.form = format!("{} {}", family.name(), crate::model::text::escaped(version));
    }
    let broken = document.mistakes.iter().filter(|mistake| mistake.grade >= Grade::Broken);
    sbom.unreadable = broken.map(|mistake| (mistake.line, mistake.message.clone())).collect();
    let odd = document.mistakes.iter().filter(|mistake| mistake.grade == Grade::Odd);
    sbom.odd = odd.map(|mistake| (mistake.line, mistake.message.clone())).collect();
    if document.is_unreadable() {
        return sbom;
    }
    sbom.outdated = quality::outdated(&document);
    let facts = quality::judge(&document, policy.profile).into_iter().filter(|fact| fact.missing > 0);
    sbom.lacks = facts
        .map(|fact| Lack {
            what: fact.element.name(),
            missing: fact.missing,
            of: fact.of,
            of_components: fact.element.is_of_components(),
            first: fact.first,
        })
        .collect();
    sbom.without_purl = quality::without_purl(&document);
    let found = paths::of_machines(&text);
    sbom.machine_paths = (found.count, found.first.first().map(|(line, path)| (*line, (*path).to_owned())));
    sbom.drift = locks.drift(path, &document, policy);
    sbom.stale = stale(&document, sbom.drift.as_ref().map(|drift| &drift.lock), sources);
    sbom
}

/// That the document was made before its lock file was last changed.
fn stale(document: &Document<'_>, lock: Option<&RepoPath>, sources: &[&dyn Source]) -> Option<Stale> {
    let (made, lock) = (document.time()?, lock?);
    let changed = sources.iter().find_map(|source| source.last_changed(lock))?;
    // The commit is made after the document that is part of it.
    const SLACK: i64 = 86_400;
    (changed > made.saturating_add(SLACK)).then(|| Stale { lock: lock.clone(), made, changed })
}
