//! SBOMs in a repository: which there are, what each lacks, and how it agrees with its lock file.

mod drift;
mod generators;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{Provenance, dropped};
use crate::engine::provenance::{self, Lack, NoSbom, Sbom, Stale};
use crate::engine::{Check, Run};
use crate::model::{Blob, Outcome, Problem, RepoPath};
use crate::parse::lockfile::Format;
use crate::parse::sbom::quality::{self, Profile};
use crate::parse::sbom::{Document, Family, Grade, decode, paths, read, sniff};
use crate::scan::analysis::{Analysis, Context, Promised, Shared, Verdict, report};
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

/// Judges SBOMs.
pub(in crate::scan) struct Sboms<'a> {
    checks: Vec<&'a Check>,
    policy: &'a Policy,
}

/// What is kept of the files.
#[derive(Default)]
pub(in crate::scan) struct Facts {
    documents: BTreeMap<RepoPath, (Family, Vec<u8>)>,
    bytes: usize,
    locks: BTreeSet<RepoPath>,
    /// A workflow that makes a document, and the tool.
    generated: Option<(RepoPath, &'static str)>,
    /// Documents for which there was no room.
    dropped: usize,
}

impl<'a> Sboms<'a> {
    pub(in crate::scan) fn new(checks: &'a [Check], wanted: &'a Provenance) -> Self {
        let is_ours = |check: &&Check| matches!(check.run, Run::Sboms(_));
        Self { checks: checks.iter().filter(is_ours).collect(), policy: &wanted.sbom }
    }
}

impl Analysis for Sboms<'_> {
    type Facts = Facts;
    const ACT: &'static str = "judging SBOMs";

    fn checks(&self) -> &[&Check] {
        &self.checks
    }

    fn see(&self, blob: &Blob<'_>, facts: &Shared<Facts>) {
        if is_lock(blob.path) {
            facts.with(|facts| {
                if facts.locks.len() < LOCKS_MAX {
                    facts.locks.insert(blob.path.clone());
                }
            });
        } else if let Some(family) = sniff(blob.path.file_name(), blob.bytes) {
            facts.with(|facts| {
                if facts.bytes.saturating_add(blob.bytes.len()) > KEPT_MAX {
                    facts.dropped += 1;
                    return;
                }
                facts.bytes += blob.bytes.len();
                facts.documents.insert(blob.path.clone(), (family, blob.bytes.to_vec()));
            });
        } else if let Some(tool) = generators::in_workflow(blob) {
            facts.with(|facts| {
                let first = facts.generated.get_or_insert_with(|| (blob.path.clone(), tool));
                if *blob.path < first.0 {
                    *first = (blob.path.clone(), tool);
                }
            });
        }
    }

    fn judge(&self, facts: Facts, context: &Context<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        verdict.problems.extend(dropped(facts.dropped, "SBOMs", KEPT_MAX));
        let locks = drift::Locks::new(&facts.locks, context.files);
        let all: Vec<_> = facts.documents.iter().collect();
        let mut documents: Vec<Sbom> = all
            .into_par_iter()
            .map(|(path, (family, bytes))| one(path, *family, bytes, &locks, context.files, self.policy))
            .collect();
        beside_signed(&mut documents, context);
        let lock = facts.locks.first().filter(|_| documents.is_empty());
        let promise = context.so_far.promises.iter().find(|one| one.what == Promised::Sbom);
        let none = lock.map(|lock| NoSbom {
            lock: lock.clone(),
            generated: facts.generated.clone(),
            required: self.policy.require,
            promised: promise.map(|promise| promise.place.clone()),
        });
        verdict.remarks.extend(none.as_ref().map(no_sbom));
        let known = provenance::Sboms { documents, none };
        let is_any = !known.documents.is_empty() || known.none.is_some();
        let content = |path: &RepoPath| facts.documents.get(path).map(|(_, bytes)| bytes.as_slice());
        for check in &self.checks {
            let Run::Sboms(run) = check.run else { continue };
            verdict.outcomes.extend((!is_any).then_some((check.meta.id, Outcome::NotApplicable)));
            report::add(&mut verdict, check, &content, context.key, |reports| run(&known, reports));
        }
        verdict
    }
}

/// Finds the documents without a signature in folders where other files have one.
fn beside_signed(documents: &mut [Sbom], context: &Context<'_>) {
    let signatures = context.so_far.signatures.iter();
    let signed: BTreeSet<&RepoPath> = signatures.filter_map(|one| one.artifact.as_ref()).collect();
    for sbom in documents {
        let folder = sbom.path.folder();
        if !signed.contains(&sbom.path) {
            let beside = signed.iter().find(|path| path.folder() == folder);
            sbom.unsigned_beside = beside.map(|path| (*path).clone());
        }
    }
}

/// That there is no bill of materials; a finding only where the configuration asks for one.
fn no_sbom(none: &NoSbom) -> Problem {
    let made = match &none.generated {
        Some((path, tool)) => format!("; {} makes one with {tool}", path.shown()),
        None => ", and no workflow makes one; `bartizan sbom` does".to_owned(),
    };
    Problem { path: Some(none.lock.clone()), message: format!("there is no SBOM for its packages{made}") }
}

fn is_lock(path: &RepoPath) -> bool {
    path.file_name() == b"Cargo.lock" || Format::of(path.as_bytes()).is_some()
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
