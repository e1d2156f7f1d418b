//! Lock files against advisories: what is kept while the files go by, and what is made of it after.
//!
//! While they go by nothing is asked and nothing is waited for: a database that has to be fetched is on its
//! way then, on a thread of its own.

mod crates;
mod foreign;
mod judge;
mod linked;
mod mentions;
mod other;
mod policy;
mod required;
mod unlocked;
mod usage;
mod way;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use crate::engine::{Check, Run};
use crate::external::{Nothing, Outside, Subject};
use crate::model::{Blob, Database, Family, Finding, NotChecked, Outcome, Problem, RepoPath, SkipReason};
use crate::parse::cargo::{Manifest, manifest};
use crate::parse::lockfile::Recognised;
use crate::parse::manifests::asks_for_packages;
use crate::scan::suppress::Suppression;
use crate::source::Source;

pub use policy::{Policy, is_foreign as is_policy};
pub use required::Required;

/// What a scan knows and wants of dependencies.
#[derive(Clone)]
pub struct Dependencies {
    /// What is not in the repository.
    pub outside: Arc<dyn Outside + Send + Sync>,
    /// What the user has said about advisories.
    pub policy: Policy,
    /// What has to be checked, so that the scan is not whole without it.
    pub required: Required,
}

impl Default for Dependencies {
    fn default() -> Self {
        Self { outside: Arc::new(Nothing), policy: Policy::default(), required: Required::default() }
    }
}

/// What the lock files gave.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) findings: Vec<Finding>,
    /// What the user has accepted of them.
    pub(super) suppressions: Vec<Suppression>,
    pub(super) problems: Vec<Problem>,
    pub(super) notices: Vec<Problem>,
    /// Worth a line to those who ask for more.
    pub(super) remarks: Vec<Problem>,
    pub(super) databases: Vec<Database>,
    /// Files with dependencies that were not compared with anything.
    pub(super) not_checked: Vec<NotChecked>,
    /// How the checks of dependencies ended, where it is not for what they found.
    pub(super) outcomes: BTreeMap<&'static str, Outcome>,
}

/// Bytes of all lock files together that are kept until all files were seen.
const KEPT_MAX: usize = 512 << 20;

/// Looks at lock files and what belongs to them, from many threads.
pub(super) struct Gather<'a> {
    checks: &'a [Check],
    wanted: &'a Dependencies,
    now: Option<i64>,
    /// Whether checks run of crates, of yanked ones, and of packages of other ecosystems.
    crates: bool,
    yanked: bool,
    others: bool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// `Cargo.lock` files.
    locks: BTreeMap<RepoPath, Vec<u8>>,
    manifests: BTreeMap<RepoPath, Manifest>,
    /// Lock files of other ecosystems.
    others: other::Seen,
    /// Manifests of other ecosystems that ask for packages.
    unlocked: unlocked::Seen,
    policies: Vec<Suppression>,
    /// What of them does not count.
    unheard: Vec<Problem>,
    problems: Vec<Problem>,
    /// Those that could not be looked into at all.
    missed: BTreeSet<RepoPath>,
    /// Those that are links: to lock files that were seen, or still to be followed.
    linked: BTreeSet<RepoPath>,
    /// Bytes of lock files that are kept.
    kept: usize,
}

impl Seen {
    /// Takes what a file of another tool says.
    fn said(&mut self, read: foreign::Foreign) {
        self.policies.extend(read.ignores);
        self.unheard.extend(read.notices);
    }

    /// Whether there is room for so many bytes more.
    fn has_room(&mut self, bytes: usize) -> bool {
        self.kept = self.kept.saturating_add(bytes);
        self.kept <= KEPT_MAX
    }
}

impl<'a> Gather<'a> {
    pub(super) fn new(checks: &'a [Check], wanted: &'a Dependencies, now: Option<i64>) -> Self {
        let any = |is: fn(&Check) -> bool| checks.iter().any(is);
        Self {
            checks,
            wanted,
            now,
            crates: any(crates::is_about_crates),
            yanked: any(|check| matches!(check.run, Run::Yanked(_))),
            others: any(other::is_about_others),
            seen: Mutex::default(),
        }
    }

    fn add(&self, add: impl FnOnce(&mut Seen)) {
        add(&mut self.seen.lock().expect("no thread panics while it holds the lock"));
    }

    /// Looks at a file, if it is one that matters here.
    pub(super) fn see(&self, blob: &Blob<'_>) {
        let of_crates = self.crates || self.yanked;
        if !of_crates && !self.others {
            return;
        }
        match blob.path.file_name() {
            b"Cargo.lock" if of_crates => {
                if self.crates {
                    self.wanted.outside.prepare(Subject::Crates);
                }
                self.keep(blob, |seen| drop(seen.locks.insert(blob.path.clone(), blob.bytes.to_vec())));
            }
            b"Cargo.toml" if of_crates => {
                if let Some(manifest) = manifest::parse(blob.bytes) {
                    self.add(|seen| drop(seen.manifests.insert(blob.path.clone(), manifest)));
                }
            }
            b"audit.toml" | b"deny.toml" | b".deny.toml" => {
                // What is judged does not say by what.
                if self.wanted.policy.files.is_none()
                    && let Some(read) = foreign::read(blob)
                {
                    self.add(|seen| seen.said(read));
                }
            }
            name if self.others => {
                match Recognised::of(blob.path.as_bytes()) {
                    Some(Recognised::Read(format)) => {
                        self.wanted.outside.prepare(Subject::Packages(format.ecosystem()));
                        self.keep(blob, |seen| seen.others.add(blob, format));
                    }
                    Some(Recognised::NotRead(tool)) => self.add(|seen| seen.others.name(blob.path, tool)),
                    None => {}
                }
                if let Some(ecosystem) = asks_for_packages(name, blob.bytes) {
                    self.add(|seen| seen.unlocked.add(blob.path, ecosystem));
                }
            }
            _ => {}
        }
    }

    /// Keeps a lock file by `keep`, unless there are more of them than anybody has.
    fn keep(&self, blob: &Blob<'_>, keep: impl FnOnce(&mut Seen)) {
        self.add(|seen| match seen.has_room(blob.bytes.len()) {
            true => keep(seen),
            false => {
                let most = KEPT_MAX >> 20;
                let message = format!(
                    "its packages were not checked: the lock files are larger than {most} MiB together"
                );
                seen.problems.push(Problem { path: Some(blob.path.clone()), message });
            }
        });
    }

    /// Reads lock files that are links where they lead.
    pub(super) fn follow(&self, sources: &[&dyn Source]) {
        let mut links = BTreeMap::new();
        self.add(|seen| {
            // Of the index a link is a text like any other.
            for path in seen.linked.iter().chain(seen.locks.keys()).chain(seen.others.paths()) {
                let source = sources.iter().find(|source| source.link(path).is_some());
                links.extend(source.map(|source| (path.clone(), *source)));
            }
            let is_link = |path: &RepoPath| links.contains_key(path);
            seen.locks.retain(|path, _| !is_link(path));
            seen.others.retain(&|path| !is_link(path));
            seen.linked.clear();
        });
        // What is read under a name need not be read again.
        let mut known = BTreeSet::new();
        self.add(|seen| known.extend(seen.locks.keys().chain(seen.others.paths()).cloned()));
        for (path, source) in links {
            match linked::target(source, &path) {
                Ok(target) if target.file_name() == path.file_name() && known.contains(&target) => {
                    self.add(|seen| {
                        seen.linked.insert(path);
                    });
                }
                Ok(target) => match linked::content(source, &target) {
                    Ok(bytes) => {
                        self.see(&Blob { path: &path, bytes: &bytes, tracked: true });
                        known.insert(target);
                    }
                    Err(why) => self.missed(&path, &why),
                },
                Err(why) => self.missed(&path, why),
            }
        }
    }

    /// Hears of a file that was passed over: a lock file that nobody reads is not clean.
    pub(super) fn skipped(&self, path: &RepoPath, reason: SkipReason) {
        let told = match reason {
            SkipReason::Symlink => {
                if path.file_name() == b"Cargo.lock" || Recognised::of(path.as_bytes()).is_some() {
                    self.add(|seen| {
                        seen.linked.insert(path.clone());
                    });
                }
                return;
            }
            SkipReason::TooLarge => "larger than the limit; --max-file-size raises it",
            SkipReason::LfsPointer => "a pointer to a file that git LFS has not fetched",
            SkipReason::Unreadable => "it cannot be read",
            _ => return,
        };
        self.missed(path, told);
    }

    /// Notes that a lock file was not read, and why.
    fn missed(&self, path: &RepoPath, why: &str) {
        let message = format!("its packages were not checked: {why}");
        if (self.crates || self.yanked) && path.file_name() == b"Cargo.lock" {
            self.add(|seen| {
                seen.missed.insert(path.clone());
                seen.problems.push(Problem { path: Some(path.clone()), message });
            });
        } else if let Some(recognised) = Recognised::of(path.as_bytes()).filter(|_| self.others) {
            self.add(|seen| match recognised {
                Recognised::Read(format) => seen.others.miss(path, format.ecosystem(), message),
                Recognised::NotRead(tool) => seen.others.name(path, tool),
            });
        }
    }

    /// True if the advisory database is needed for what was seen, which may be on its way.
    pub(super) fn needs_database(&self) -> bool {
        let seen = self.seen.lock().expect("no thread panics while it holds the lock");
        !seen.locks.is_empty() || !seen.others.is_empty()
    }

    /// What became of all that was seen. `sources` are asked again for the sources of crates, if an
    /// advisory names functions.
    pub(super) fn finish(&self, sources: &[&dyn Source], key: Option<&[u8]>) -> Gathered {
        // A panic is a bug of ours; it must not hide what the files hold besides.
        catch_unwind(AssertUnwindSafe(|| self.judged(sources, key))).unwrap_or_else(|_| {
            let message = "comparing dependencies with advisories broke; please report this as a bug";
            let broke = || Outcome::Failed(message.to_owned());
            let checks = self.checks.iter().filter(|check| check.meta.family == Family::Dependency);
            Gathered {
                problems: vec![Problem { path: None, message: message.to_owned() }],
                outcomes: checks.map(|check| (check.meta.id, broke())).collect(),
                ..Gathered::default()
            }
        })
    }

    fn judged(&self, sources: &[&dyn Source], key: Option<&[u8]>) -> Gathered {
        let mut seen =
            std::mem::take(&mut *self.seen.lock().expect("no thread panics while it holds the lock"));
        for (path, bytes) in self.wanted.policy.files.iter().flatten() {
            if let Some(read) = foreign::read(&Blob { path, bytes, tracked: true }) {
                seen.said(read);
            }
        }
        let mut gathered = Gathered { problems: std::mem::take(&mut seen.problems), ..Gathered::default() };
        if !seen.locks.is_empty() {
            // Without a lock file they say nothing of this scan.
            gathered.notices.append(&mut seen.unheard);
        }
        let judge =
            judge::Judge { checks: self.checks, wanted: self.wanted, key, manifests: &seen.manifests };
        let linked = seen.linked.iter().filter_map(|path| match Recognised::of(path.as_bytes())? {
            Recognised::Read(format) => Some((format.ecosystem().as_str(), other::folder(path))),
            Recognised::NotRead(_) => None,
        });
        let locked: BTreeSet<_> = seen.others.folders().into_iter().chain(linked).collect();
        let unlocked = seen.unlocked.without_lock(|ecosystem, folder| locked.contains(&(ecosystem, folder)));
        other::run(self, &judge, &seen.others, unlocked, &mut gathered);
        if self.crates || self.yanked {
            crates::run(self, &judge, &seen, sources, &mut gathered);
        }
        let yanked = self.yanked && self.wanted.outside.registry().is_ok();
        let compared = (!gathered.databases.is_empty(), yanked);
        gathered.suppressions = self.wanted.policy.suppressions(seen.policies, compared);
        gathered.findings.sort_by(|a, b| (&a.place.path, a.place.span).cmp(&(&b.place.path, b.place.span)));
        gathered.not_checked.sort();
        gathered
    }
}
