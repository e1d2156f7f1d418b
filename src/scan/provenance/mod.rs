//! Signatures, bills of materials and releases: which there are is seen while the files go by, what they are
//! worth is judged after.

mod commits;
mod judge;
mod layouts;
mod names;
mod pair;
pub mod policy;
mod releases;
mod report;
pub mod sboms;
pub mod signers;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use crate::engine::provenance::{Commits, Facts, Key, NoSbom, Unsigned};
use crate::engine::{Check, Run};
use crate::model::{Blob, Finding, Outcome, Problem, RepoPath, Signature, Standing};
use crate::parse::signature::key::public_keys;
use crate::parse::signature::{self, Kind};
use crate::source::Source;
use crate::verify::{PublicKey, Unable, Verifier};
use judge::{Found, Judge};
use pair::{Files, Survey};
use signers::Signers;

/// Bytes of signatures that are kept until all files were seen.
const KEPT_MAX: usize = 256 << 20;
/// Mistakes of one file that are told.
const MISTAKES_MAX: usize = 20;

/// What a scan knows and wants of signatures and bills of materials.
#[derive(Clone)]
pub struct Provenance {
    /// Does the cryptography.
    pub verifier: Arc<dyn Verifier + Send + Sync>,
    /// What the configuration says of signatures.
    pub policy: signers::Policy,
    /// What it says of bills of materials.
    pub sbom: sboms::Policy,
}

impl Default for Provenance {
    fn default() -> Self {
        Self {
            verifier: Arc::new(Unable),
            policy: signers::Policy::default(),
            sbom: sboms::Policy::default(),
        }
    }
}

/// What came of them.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) signatures: Vec<Signature>,
    pub(super) findings: Vec<Finding>,
    pub(super) problems: Vec<Problem>,
    pub(super) notices: Vec<Problem>,
    pub(super) remarks: Vec<Problem>,
    /// How the checks of provenance ended, where it is not for what they found.
    pub(super) outcomes: BTreeMap<&'static str, Outcome>,
}

/// Keeps the files that sign others, from many threads.
pub(super) struct Gather<'a> {
    checks: Vec<&'a Check>,
    wanted: &'a Provenance,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    files: BTreeMap<RepoPath, (Kind, Vec<u8>)>,
    bytes: usize,
    /// Blobs of layouts of OCI.
    blobs: BTreeSet<RepoPath>,
    /// Files for which there was no room.
    dropped: usize,
    releases: releases::Releases,
    sboms: sboms::Seen,
}

impl<'a> Gather<'a> {
    pub(super) fn new(checks: &'a [Check], wanted: &'a Provenance) -> Self {
        let checks = checks.iter().filter(|check| matches!(check.run, Run::Provenance(_))).collect();
        Self { checks, wanted, seen: Mutex::default() }
    }

    /// Looks at a file, if it is one that matters here.
    pub(super) fn see(&self, blob: &Blob<'_>) {
        if self.checks.is_empty() {
            return;
        }
        if layouts::is_blob(blob.path) {
            let mut seen = self.seen.lock().expect("no thread panics while it holds the lock");
            seen.blobs.insert(blob.path.clone());
        }
        if let Some(what) = sboms::look(blob) {
            let mut seen = self.seen.lock().expect("no thread panics while it holds the lock");
            seen.sboms.add(blob, what);
        }
        if let Some(release) = releases::look(blob) {
            let mut seen = self.seen.lock().expect("no thread panics while it holds the lock");
            seen.releases.add(blob.path, release);
        }
        let Some(kind) = signature::sniff(blob.path.file_name(), blob.bytes) else { return };
        let mut seen = self.seen.lock().expect("no thread panics while it holds the lock");
        if seen.bytes.saturating_add(blob.bytes.len()) > KEPT_MAX {
            seen.dropped += 1;
            return;
        }
        seen.bytes += blob.bytes.len();
        seen.files.insert(blob.path.clone(), (kind, blob.bytes.to_vec()));
    }

    /// What became of all that was seen. `sources` are asked again for the files that are signed.
    pub(super) fn finish(&self, sources: &[&dyn Source], fingerprint_key: Option<&[u8]>) -> Gathered {
        if self.checks.is_empty() {
            return Gathered::default();
        }
        // A panic is a bug of ours; it must not hide what the files hold besides.
        catch_unwind(AssertUnwindSafe(|| self.judged(sources, fingerprint_key))).unwrap_or_else(|_| {
            let message = "judging signatures and SBOMs broke; please report this as a bug";
            let broke = || Outcome::Failed(message.to_owned());
            Gathered {
                problems: vec![Problem { path: None, message: message.to_owned() }],
                outcomes: self.checks.iter().map(|check| (check.meta.id, broke())).collect(),
                ..Gathered::default()
            }
        })
    }

    fn judged(&self, sources: &[&dyn Source], fingerprint_key: Option<&[u8]>) -> Gathered {
        let seen = std::mem::take(&mut *self.seen.lock().expect("no thread panics while it holds the lock"));
        let mut gathered = Gathered::default();
        gathered.problems.extend(dropped(seen.dropped, "files with signatures", KEPT_MAX));
        let mut published = seen.releases.finish();
        gathered.problems.append(&mut published.problems);
        let mut facts = match seen.files.is_empty() {
            true => Facts::default(),
            false => self.facts(&seen.files, &seen.blobs, sources, &mut gathered),
        };
        if self.checks.iter().any(|check| commits::CHECKS.contains(&check.meta.id)) {
            facts.commits = self.commits(sources, &mut gathered);
            let told = facts.commits.iter().filter(|commits| commits.total > 0);
            gathered.remarks = told.flat_map(commits::remarks).collect();
        }
        facts.releases = published.releases;
        facts.sboms = seen.sboms.judged(sources, &self.wanted.sbom);
        facts.no_sbom = seen.sboms.none(&self.wanted.sbom);
        gathered.remarks.extend(facts.no_sbom.as_ref().map(no_sbom));
        unsigned_sboms(&mut facts);
        for check in &self.checks {
            if check.meta.id.contains("sbom") {
                let outcome =
                    (!seen.sboms.any() && facts.no_sbom.is_none()).then_some(Outcome::NotApplicable);
                gathered.outcomes.extend(outcome.map(|outcome| (check.meta.id, outcome)));
            } else if check.meta.id == releases::CHECK {
                // It needs no signatures, only workflows.
                let outcome = (!published.any).then_some(Outcome::NotApplicable);
                gathered.outcomes.extend(outcome.map(|outcome| (check.meta.id, outcome)));
            } else if let Some(outcome) = self.outcome(check, &facts) {
                gathered.outcomes.insert(check.meta.id, outcome);
            }
        }
        let kept = |path: &RepoPath| {
            let of_signature = seen.files.get(path).map(|(_, bytes)| bytes.as_slice());
            let of_workflow = || published.texts.get(path).map(Vec::as_slice);
            of_signature.or_else(of_workflow).or_else(|| seen.sboms.content(path))
        };
        gathered.findings = report::findings(&self.checks, &facts, &kept, fingerprint_key);
        gathered.signatures = facts.signatures;
        gathered
    }

    /// How a check ended, where it is not for what it found.
    fn outcome(&self, check: &Check, facts: &Facts) -> Option<Outcome> {
        if commits::CHECKS.contains(&check.meta.id) {
            return self.outcome_of_commits(check, facts.commits.as_ref());
        }
        if facts.signatures.is_empty() && facts.keys.is_empty() {
            return Some(Outcome::NotApplicable);
        }
        let unable = self.wanted.verifier.unable()?;
        (!facts.signatures.is_empty()).then(|| Outcome::NotChecked(unable.to_owned()))
    }

    fn outcome_of_commits(&self, check: &Check, commits: Option<&Commits>) -> Option<Outcome> {
        let commits = commits.filter(|commits| commits.total + commits.tags > 0);
        let Some(commits) = commits.filter(|all| all.wanted || check.meta.id != "unsigned-commit") else {
            return Some(Outcome::NotApplicable);
        };
        if check.meta.id == "unsigned-commit" || commits.signatures.is_empty() {
            return None;
        }
        // The cryptography of SSH is not the verifier's; what is not built in is, neither.
        if cfg!(feature = "signatures") {
            None
        } else {
            Unable.unable().map(|why| Outcome::NotChecked(why.to_owned()))
        }
    }

    /// The signatures of commits and tags.
    fn commits(&self, sources: &[&dyn Source], gathered: &mut Gathered) -> Option<Commits> {
        let policy = &self.wanted.policy;
        let origin = sources.iter().find_map(|source| source.origin());
        let signers = Signers::new(&policy.rules, origin);
        let judge = commits::Judge { verifier: &*self.wanted.verifier, signers: &signers, policy };
        commits::of(sources, &judge, &mut gathered.problems)
    }

    fn facts(
        &self,
        seen: &BTreeMap<RepoPath, (Kind, Vec<u8>)>,
        blobs: &BTreeSet<RepoPath>,
        sources: &[&dyn Source],
        gathered: &mut Gathered,
    ) -> Facts {
        let files = Files::new(sources);
        let mut found: Vec<Found<'_>> = Vec::new();
        let mut keys: Vec<PublicKey> = Vec::new();
        for (path, (kind, bytes)) in seen {
            // A blob is read with its layout, which says what it is about.
            if layouts::root(path).is_some_and(|root| seen.contains_key(&root)) {
                continue;
            }
            match kind {
                Kind::Json | Kind::Detached => {
                    let read = signature::read(*kind, path.file_name(), bytes);
                    tell(path, &read.mistakes, gathered);
                    found.extend(read.signatures.into_iter().map(|signed| Found {
                        path,
                        signed,
                        layout: None,
                    }));
                }
                Kind::OciLayout => {
                    let layout = layouts::read(path, &files, blobs);
                    tell(path, &layout.mistakes, gathered);
                    found.extend(layout.signatures.into_iter().map(|one| Found {
                        path,
                        signed: one.signed,
                        layout: Some(one.image),
                    }));
                }
                Kind::PublicKey => {
                    // What is wrong with a key is the business of a check of its own.
                    let sound = public_keys(bytes).into_iter().filter_map(|(_, key)| key.ok());
                    keys.extend(sound.map(|key| PublicKey { der: key.der, name: path.shown() }));
                }
                Kind::Certificate | Kind::Checksums => {}
            }
        }
        keys.sort_by_key(|key| likelihood(&key.name));
        let origin = sources.iter().find_map(|source| source.origin());
        let signers = Signers::new(&self.wanted.policy.rules, origin);
        let judge = Judge { files: &files, verifier: &*self.wanted.verifier, signers: &signers, keys: &keys };
        let paired = judge.paired(&found);
        let mut wanted = Judge::wanted(&found, &paired);
        wanted.names = keys.iter().map(|key| base(&key.name).as_bytes().to_vec()).collect();
        let again = !wanted.digests.is_empty() || !wanted.names.is_empty() || !found.is_empty();
        let survey = if again { files.survey(&wanted) } else { Survey::default() };
        let signatures = judge.verified(&found, paired, &survey);
        let unsigned = unsigned(&signatures, &survey, seen);
        let keys = keys.iter().map(|key| used(key, &signatures, &survey)).collect();
        Facts {
            sboms: Vec::new(),
            no_sbom: None,
            signatures,
            keys,
            unsigned,
            signers_known: signers.are_known(),
            releases: Vec::new(),
            commits: None,
        }
    }
}

/// The problem that there was no room for `count` files; together they are larger than `most` bytes.
fn dropped(count: usize, files: &str, most: usize) -> Option<Problem> {
    let message =
        format!("{count} {files} were not looked at: all of them are larger than {} MiB", most >> 20);
    (count > 0).then_some(Problem { path: None, message })
}

/// That there is no bill of materials; a finding only where the configuration asks for one.
fn no_sbom(none: &NoSbom) -> Problem {
    let made = match &none.generated {
        Some((path, tool)) => format!("; {} makes one with {tool}", path.shown()),
        None => ", and no workflow makes one; `bartizan sbom` does".to_owned(),
    };
    Problem { path: Some(none.lock.clone()), message: format!("there is no SBOM for its packages{made}") }
}

/// Finds the bills of materials without a signature in folders where other files have one.
fn unsigned_sboms(facts: &mut Facts) {
    let signed: BTreeSet<&RepoPath> =
        facts.signatures.iter().filter_map(|signature| signature.artifact.as_ref()).collect();
    for sbom in &mut facts.sboms {
        let folder = names::folder(&sbom.path);
        if !signed.contains(&sbom.path) {
            let beside = signed.iter().find(|path| names::folder(path) == folder);
            sbom.unsigned_beside = beside.map(|path| (*path).clone());
        }
    }
}

/// Tells of what cannot be read. Material for tests is often broken on purpose.
fn tell(path: &RepoPath, mistakes: &[(u32, String)], gathered: &mut Gathered) {
    let told = if names::is_trial(path) { &mut gathered.notices } else { &mut gathered.problems };
    told.extend(
        mistakes.iter().take(MISTAKES_MAX).map(|(line, what)| Problem {
            path: Some(path.clone()),
            message: format!("line {line}: {what}"),
        }),
    );
}

/// The last part of a path.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Keys are tried in this order: those named by cosign first, then by how deep they lie.
fn likelihood(path: &str) -> (bool, usize, String) {
    (!base(path).contains("cosign"), path.matches('/').count(), path.to_owned())
}

/// What uses a key: a signature that it has made, or a file that names it.
fn used(key: &PublicKey, signatures: &[Signature], survey: &Survey) -> Key {
    let made = |signature: &&Signature| judge::key_of(signature) == Some(key.name.as_str());
    // One that does not hold was meant to be verified by one of the keys.
    let meant = |signature: &&Signature| {
        signature.standing == Standing::Invalid && signature.signer.is_none() && !signature.foreign
    };
    let by = signatures.iter().find(made).or_else(|| signatures.iter().find(meant));
    let named = survey.mentions.get(base(&key.name).as_bytes());
    Key {
        path: RepoPath::from(key.name.as_str()),
        used_by: by.map(|by| by.path.clone()).or_else(|| named.cloned()),
    }
}

/// Files that have no signature although most of their kind in the same folder have one.
fn unsigned(
    signatures: &[Signature],
    survey: &Survey,
    seen: &BTreeMap<RepoPath, (Kind, Vec<u8>)>,
) -> Vec<Unsigned> {
    let signed: BTreeSet<&RepoPath> = signatures
        .iter()
        .filter(|one| one.standing != Standing::Invalid || one.artifact.is_some())
        .filter_map(|one| one.artifact.as_ref())
        .collect();
    let mut kinds: BTreeMap<(&[u8], &[u8]), Vec<&RepoPath>> = BTreeMap::new();
    for path in &signed {
        if let Some(ending) = ending(path) {
            kinds.entry((names::folder(path), ending)).or_default().push(path);
        }
    }
    let mut found = Vec::new();
    for ((folder, kind), with) in &kinds {
        let others: Vec<&RepoPath> = survey
            .paths
            .iter()
            .filter(|path| names::folder(path) == *folder && ending(path) == Some(*kind))
            .filter(|path| !signed.contains(path) && !seen.contains_key(path))
            .collect();
        // Where one of many is signed, the one is special.
        if others.len() <= with.len() {
            found.extend(
                others.into_iter().map(|path| Unsigned { path: path.clone(), beside: with[0].clone() }),
            );
        }
    }
    found
}

/// The ending of a name, that of what was compressed with it.
fn ending(path: &RepoPath) -> Option<&[u8]> {
    let name = path.file_name();
    let dot = memchr::memrchr(b'.', name).filter(|dot| *dot > 0)?;
    let before = &name[..dot];
    match before.ends_with(b".tar") {
        true => Some(&name[dot - 4..]),
        false => Some(&name[dot..]),
    }
}
