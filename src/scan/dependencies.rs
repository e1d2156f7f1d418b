//! Compares lock files with advisories.

mod crates;
mod evaluate;
mod foreign;
mod linked;
mod osv;
mod packages;
mod policy;
mod purpose;
mod reachability;
mod remediation;
mod required;
mod requirements;
mod same;
mod unlocked;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::analysis::{Analysis, Context, Questions, Shared, Verdict};
use crate::engine::{Check, Run};
use crate::external::{Databases, NoDatabases};
use crate::model::{Blob, Problem, RepoPath, SkipReason};
use crate::parse::cargo::{Manifest, manifest};
use crate::parse::lockfile::Recognised;
use crate::parse::manifests;
use crate::parse::workflow::{is_action_name, is_workflow};
use crate::scan::suppress::Suppression;
use crate::source::Source;

pub use policy::{Policy, is_foreign as is_policy};
pub use required::Required;

/// Inputs of a scan about dependencies.
#[derive(Clone)]
pub struct Dependencies {
    /// External data.
    pub databases: Arc<dyn Databases + Send + Sync>,
    /// The user's policy on advisories.
    pub policy: Policy,
    /// Required checks, without which the scan is incomplete.
    pub required: Required,
}

impl Default for Dependencies {
    fn default() -> Self {
        Self { databases: Arc::new(NoDatabases), policy: Policy::default(), required: Required::default() }
    }
}

/// The name of Cargo's lock file.
const LOCK: &[u8] = b"Cargo.lock";
/// Bytes of all lock files kept in memory.
const KEPT_MAX: usize = 512 << 20;

/// Compares lock files with advisories.
pub(super) struct Lockfiles<'a> {
    checks: Vec<&'a Check>,
    wanted: &'a Dependencies,
    now: Option<i64>,
    /// Which checks run: of crates, of yanked crates, of packages of other ecosystems.
    crates: bool,
    yanked: bool,
    others: bool,
}

/// The collected facts.
#[derive(Default)]
pub(super) struct Facts {
    /// `Cargo.lock` files.
    locks: BTreeMap<RepoPath, Vec<u8>>,
    manifests: BTreeMap<RepoPath, Manifest>,
    /// Lock files of other ecosystems.
    others: osv::Facts,
    /// Manifests of other ecosystems.
    asked: requirements::Facts,
    policies: Vec<Suppression>,
    /// Settings of them that are not honoured.
    policy_notices: Vec<Problem>,
    problems: Vec<Problem>,
    /// Those that could not be read at all.
    missed: BTreeSet<RepoPath>,
    /// Symlinks: to known lock files, or still to be resolved.
    linked: BTreeSet<RepoPath>,
    /// Files that are symlinks if they come from an index, where the content of one is its target.
    may_be_linked: BTreeSet<RepoPath>,
    /// Bytes of kept lock files.
    kept: usize,
}

impl Facts {
    /// Adds the content of another tool's file.
    fn add_policy(&mut self, read: foreign::Foreign) {
        self.policies.extend(read.ignores);
        self.policy_notices.extend(read.notices);
    }

    /// Remembers a lock file whose content may be the target of a symlink.
    fn note_link(&mut self, blob: &Blob<'_>) {
        if linked::may_be_target(blob.bytes) {
            self.may_be_linked.insert(blob.path.clone());
        }
    }

    /// Whether a lock file fits into the limit; if not, that is a problem.
    fn has_room(&mut self, blob: &Blob<'_>) -> bool {
        self.kept = self.kept.saturating_add(blob.bytes.len());
        if self.kept > KEPT_MAX {
            let most = KEPT_MAX >> 20;
            let message = format!("its packages were not checked: all lock files together exceed {most} MiB");
            self.problems.push(Problem { path: Some(blob.path.clone()), message });
        }
        self.kept <= KEPT_MAX
    }
}

impl<'a> Lockfiles<'a> {
    pub(super) fn new(checks: &'a [Check], wanted: &'a Dependencies, now: Option<i64>) -> Self {
        let is_ours =
            |check: &&Check| matches!(check.run, Run::Advisory { .. } | Run::Yanked(_) | Run::Locked { .. });
        let checks: Vec<&Check> = checks.iter().filter(is_ours).collect();
        let any = |is: fn(&Check) -> bool| checks.iter().any(|check| is(check));
        Self {
            wanted,
            now,
            crates: any(crates::is_about_crates),
            yanked: any(|check| matches!(check.run, Run::Yanked(_))),
            others: any(osv::is_about_lock_files),
            checks,
        }
    }
}

impl Lockfiles<'_> {
    /// Records an unread lock file with the reason.
    fn missed(&self, path: &RepoPath, why: &str, facts: &Shared<Facts>) {
        let message = format!("its packages were not checked: {why}");
        if (self.crates || self.yanked) && path.file_name() == LOCK {
            facts.with(|facts| {
                facts.missed.insert(path.clone());
                facts.problems.push(Problem { path: Some(path.clone()), message });
            });
        } else if let Some(recognised) = Recognised::of(path.as_bytes()).filter(|_| self.others) {
            facts.with(|facts| match recognised {
                Recognised::Read(format) => facts.others.miss(path, format.ecosystem(), message),
                Recognised::NotRead(tool) => facts.others.name(path, tool),
            });
        }
    }
}

impl Analysis for Lockfiles<'_> {
    type Facts = Facts;
    const ACT: &'static str = "comparing dependencies with advisories";
    const EVALUATES_RANGES: bool = true;

    fn checks(&self) -> &[&Check] {
        &self.checks
    }

    fn see(&self, blob: &Blob<'_>, facts: &Shared<Facts>) {
        let of_crates = self.crates || self.yanked;
        match blob.path.file_name() {
            LOCK if of_crates => facts.with(|facts| {
                if facts.has_room(blob) {
                    facts.note_link(blob);
                    facts.locks.insert(blob.path.clone(), blob.bytes.to_vec());
                }
            }),
            b"Cargo.toml" if of_crates => {
                if let Some(manifest) = manifest::parse(blob.bytes) {
                    facts.with(|facts| facts.manifests.insert(blob.path.clone(), manifest));
                }
            }
            b"audit.toml" | b"deny.toml" | b".deny.toml" => {
                // The evaluation does not depend on the source.
                if self.wanted.policy.files.is_none()
                    && let Some(read) = foreign::read(blob)
                {
                    facts.with(|facts| facts.add_policy(read));
                }
            }
            name if self.others => {
                match Recognised::of(blob.path.as_bytes()) {
                    Some(Recognised::Read(format)) => facts.with(|facts| {
                        if facts.has_room(blob) {
                            facts.note_link(blob);
                            facts.others.add(blob, format);
                        }
                    }),
                    Some(Recognised::NotRead(tool)) => facts.with(|facts| facts.others.name(blob.path, tool)),
                    None if is_workflow(blob.path.as_bytes()) || is_action_name(name) => {
                        facts.with(|facts| {
                            if facts.has_room(blob) {
                                facts.others.add_workflow(blob);
                            }
                        })
                    }
                    None => {}
                }
                if let Some(manifest) = manifests::read(name, blob.bytes) {
                    facts.with(|facts| facts.asked.add(blob, manifest));
                }
            }
            _ => {}
        }
    }

    /// An unread lock file is not clean.
    fn skipped(&self, path: &RepoPath, reason: SkipReason, facts: &Shared<Facts>) {
        let why = match reason {
            SkipReason::Symlink => {
                if path.file_name() == LOCK || Recognised::of(path.as_bytes()).is_some() {
                    facts.with(|facts| facts.linked.insert(path.clone()));
                }
                return;
            }
            SkipReason::TooLarge => "larger than the limit; --max-file-size raises it",
            SkipReason::LfsPointer => "a Git LFS pointer; `git lfs pull` fetches the file",
            SkipReason::Unreadable => "it cannot be read",
            _ => return,
        };
        self.missed(path, why, facts);
    }

    /// Reads lock files behind symlinks.
    fn follow(&self, files: &[&dyn Source], facts: &Shared<Facts>) {
        let (links, mut known) = facts.with(|facts| {
            let mut links = BTreeMap::new();
            for path in facts.linked.iter().chain(&facts.may_be_linked) {
                let source = files.iter().find(|source| source.link(path).is_some());
                links.extend(source.map(|source| (path.clone(), *source)));
            }
            facts.locks.retain(|path, _| !links.contains_key(path));
            facts.others.retain(&|path| !links.contains_key(path));
            facts.linked.clear();
            facts.may_be_linked.clear();
            // A target already read is not read again.
            let known: BTreeSet<RepoPath> = facts.locks.keys().chain(facts.others.paths()).cloned().collect();
            (links, known)
        });
        for (path, source) in links {
            match linked::target(source, &path) {
                Ok(target) if target.file_name() == path.file_name() && known.contains(&target) => {
                    facts.with(|facts| facts.linked.insert(path));
                }
                Ok(target) => match linked::content(source, &target) {
                    Ok(bytes) => {
                        self.see(&Blob { path: &path, bytes: &bytes, tracked: true }, facts);
                        known.insert(target);
                    }
                    Err(why) => self.missed(&path, &why, facts),
                },
                Err(why) => self.missed(&path, why, facts),
            }
        }
    }

    fn expects(&self, path: &[u8], questions: &mut Questions) {
        let name = memchr::memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..]);
        if name == LOCK {
            questions.crates |= self.crates;
        } else if self.others
            && let Some(Recognised::Read(format)) = Recognised::of(path)
        {
            questions.ecosystems.insert(format.ecosystem());
        }
    }

    fn questions(&self, facts: &mut Facts) -> Questions {
        let any = !facts.locks.is_empty() || !facts.missed.is_empty();
        let (ecosystems, packages) = facts.others.questions();
        Questions { crates: self.crates && any, index: any, ecosystems, packages }
    }

    fn evaluate(&self, mut facts: Facts, context: &Context<'_>) -> Verdict {
        for (path, bytes) in self.wanted.policy.files.iter().flatten() {
            if let Some(read) = foreign::read(&Blob { path, bytes, tracked: true }) {
                facts.add_policy(read);
            }
        }
        let mut verdict = Verdict { problems: std::mem::take(&mut facts.problems), ..Verdict::default() };
        if !facts.locks.is_empty() {
            // Without a lock file they do not matter for this scan.
            verdict.notices.append(&mut facts.policy_notices);
        }
        let evaluator = evaluate::Evaluator { lockfiles: self, context, manifests: &facts.manifests };
        osv::run(&evaluator, &facts, &mut verdict);
        if self.crates || self.yanked {
            crates::run(&evaluator, &facts, &mut verdict);
        }
        let compared = (!verdict.databases.is_empty(), self.yanked && evaluator.index().is_some());
        verdict.suppressions = self.wanted.policy.suppressions(facts.policies, compared);
        verdict.not_checked.sort();
        verdict
    }
}
