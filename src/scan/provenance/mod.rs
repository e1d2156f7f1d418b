//! Signatures, bills of materials and releases: which there are is seen while the files go by, what they are
//! worth is judged after.

pub mod claims;
mod commits;
mod judge;
mod layouts;
mod leads;
mod lists;
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

use crate::engine::provenance::{Commits, Facts, Key, NoSbom, Topic, Unsigned};
use crate::engine::{Check, Run};
use crate::model::{Blob, Finding, Outcome, Problem, RepoPath, Signature, SkipReason, Standing};
use crate::parse::signature::key::public_keys;
use crate::parse::signature::{self, Kind};
use crate::source::Source;
use crate::verify::{PublicKey, Unable, Verifier};
use judge::{Found, Judge};
use pair::{Files, Survey, Wanted};
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
    /// What is there, but not as a file that is read.
    passed: BTreeMap<RepoPath, SkipReason>,
    /// Every path, each with a zero behind it: there are many, and hardly ever is one of them asked for.
    paths: Vec<u8>,
    /// Files for which there was no room.
    dropped: usize,
    releases: releases::Releases,
    sboms: sboms::Seen,
}

impl Seen {
    fn note(&mut self, path: &RepoPath) {
        self.paths.extend_from_slice(path.as_bytes());
        self.paths.push(0);
    }
}

impl<'a> Gather<'a> {
    pub(super) fn new(checks: &'a [Check], wanted: &'a Provenance) -> Self {
        let checks = checks.iter().filter(|check| topic_of(check).is_some()).collect();
        Self { checks, wanted, seen: Mutex::default() }
    }

    fn add(&self, add: impl FnOnce(&mut Seen)) {
        add(&mut self.seen.lock().expect("no thread panics while it holds the lock"));
    }

    /// Takes note of what was passed over.
    pub(super) fn skipped(&self, path: &RepoPath, reason: SkipReason) {
        if self.checks.is_empty() {
            return;
        }
        self.add(|seen| {
            seen.note(path);
            if matches!(reason, SkipReason::Symlink | SkipReason::LfsPointer | SkipReason::Special) {
                seen.passed.insert(path.clone(), reason);
            }
        });
    }

    /// Looks at a file, if it is one that matters here.
    pub(super) fn see(&self, blob: &Blob<'_>) {
        if self.checks.is_empty() {
            return;
        }
        self.add(|seen| seen.note(blob.path));
        if layouts::is_blob(blob.path) {
            self.add(|seen| {
                seen.blobs.insert(blob.path.clone());
            });
        }
        if let Some(what) = sboms::look(blob) {
            self.add(|seen| seen.sboms.add(blob, what));
        }
        if let Some(release) = releases::look(blob) {
            self.add(|seen| seen.releases.add(blob.path, release));
        }
        let Some(kind) = signature::sniff(blob.path.file_name(), blob.bytes) else { return };
        self.add(|seen| {
            if seen.bytes.saturating_add(blob.bytes.len()) > KEPT_MAX {
                seen.dropped += 1;
                return;
            }
            seen.bytes += blob.bytes.len();
            seen.files.insert(blob.path.clone(), (kind, blob.bytes.to_vec()));
        });
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
        let mut seen =
            std::mem::take(&mut *self.seen.lock().expect("no thread panics while it holds the lock"));
        let mut gathered = Gathered::default();
        gathered.problems.extend(dropped(seen.dropped, "files with signatures", KEPT_MAX));
        let mut published = std::mem::take(&mut seen.releases).finish();
        gathered.problems.append(&mut published.problems);
        let mut facts = match seen.files.is_empty() {
            true => Facts::default(),
            false => self.facts(&seen, sources, &mut gathered),
        };
        let about_commits = |check: &&Check| {
            matches!(topic_of(check), Some(Topic::CommitSignatures | Topic::UnsignedCommits))
        };
        if self.checks.iter().any(about_commits) {
            facts.commits = self.commits(sources, &mut gathered);
            let told = facts.commits.iter().filter(|commits| commits.total > 0);
            gathered.remarks = told.flat_map(commits::remarks).collect();
        }
        facts.releases = published.releases;
        facts.sboms = seen.sboms.judged(sources, &self.wanted.sbom);
        facts.no_sbom = seen.sboms.none(&self.wanted.sbom);
        gathered.remarks.extend(facts.no_sbom.as_ref().map(no_sbom));
        unsigned_sboms(&mut facts);
        for (check, topic) in self.checks.iter().filter_map(|check| Some((check, topic_of(check)?))) {
            let outcome = match topic {
                Topic::Signatures => self.outcome(&facts),
                Topic::Sboms => {
                    (!seen.sboms.any() && facts.no_sbom.is_none()).then_some(Outcome::NotApplicable)
                }
                Topic::Releases => (!published.any).then_some(Outcome::NotApplicable),
                Topic::CommitSignatures => outcome_of_commits(facts.commits.as_ref(), false),
                Topic::UnsignedCommits => outcome_of_commits(facts.commits.as_ref(), true),
            };
            gathered.outcomes.extend(outcome.map(|outcome| (check.meta.id, outcome)));
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

    /// How a check of signatures in files ended, where it is not for what it found.
    fn outcome(&self, facts: &Facts) -> Option<Outcome> {
        if facts.signatures.is_empty() && facts.keys.is_empty() {
            return Some(Outcome::NotApplicable);
        }
        let unable = self.wanted.verifier.unable()?;
        (!facts.signatures.is_empty()).then(|| Outcome::NotChecked(unable.to_owned()))
    }

    /// The signatures of commits and tags.
    fn commits(&self, sources: &[&dyn Source], gathered: &mut Gathered) -> Option<Commits> {
        let policy = &self.wanted.policy;
        let origin = sources.iter().find_map(|source| source.origin());
        let signers = Signers::new(policy, origin, &[]);
        let judge = commits::Judge { verifier: &*self.wanted.verifier, signers: &signers, policy };
        commits::of(sources, &judge, &mut gathered.problems)
    }

    fn facts(&self, all: &Seen, sources: &[&dyn Source], gathered: &mut Gathered) -> Facts {
        let seen = &all.files;
        let files = Files::new(sources, &all.passed);
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
                    let layout = layouts::read(path, &files, &all.blobs);
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
        let signers = Signers::new(&self.wanted.policy, origin, &keys);
        let judge = Judge {
            files: &files,
            verifier: &*self.wanted.verifier,
            signers: &signers,
            keys: &keys,
            unread: Mutex::default(),
        };
        let leads = judge.leads(&found);
        let wanted = Judge::wanted(&found, &leads);
        let survey = if wanted.digests.is_empty() { Survey::default() } else { files.survey(&wanted) };
        let signatures = judge.verified(&found, leads, &survey);
        let unread = judge.unread.into_inner().expect("no thread panics while it holds the lock");
        not_compared(unread, gathered);
        let unsigned = unsigned(&signatures, &all.paths, seen);
        let keys = used(&keys, &signatures, &files);
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

/// What a check is about, if it is one of provenance.
const fn topic_of(check: &Check) -> Option<Topic> {
    match check.run {
        Run::Provenance(topic, _) => Some(topic),
        _ => None,
    }
}

/// How a check of commits ended, where it is not for what it found.
fn outcome_of_commits(commits: Option<&Commits>, of_unsigned: bool) -> Option<Outcome> {
    let commits = commits.filter(|commits| commits.total + commits.tags > 0);
    let Some(commits) = commits.filter(|all| all.wanted || !of_unsigned) else {
        return Some(Outcome::NotApplicable);
    };
    if of_unsigned || commits.signatures.is_empty() {
        return None;
    }
    // The cryptography of SSH is not the verifier's; what is not built in is, neither.
    if cfg!(feature = "signatures") {
        None
    } else {
        Unable.unable().map(|why| Outcome::NotChecked(why.to_owned()))
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

/// Tells of what could not be compared with what a signature or a signed list says of it.
fn not_compared(mut unread: Vec<(RepoPath, u32, String)>, gathered: &mut Gathered) {
    unread.sort();
    unread.dedup();
    for of_file in unread.chunk_by(|a, b| a.0 == b.0) {
        let mistakes: Vec<(u32, String)> =
            of_file.iter().map(|(_, line, why)| (*line, why.clone())).collect();
        tell(&of_file[0].0, &mistakes, gathered);
        if let Some(more) = mistakes.len().checked_sub(MISTAKES_MAX).filter(|more| *more > 0) {
            let more = (mistakes[MISTAKES_MAX].0, format!("and {more} more of that from here on"));
            tell(&of_file[0].0, &[more], gathered);
        }
    }
}

/// The last part of a path.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Keys are tried in this order: those named by cosign first, then by how deep they lie.
fn likelihood(path: &str) -> (bool, usize, String) {
    (!base(path).contains("cosign"), path.matches('/').count(), path.to_owned())
}

/// What uses each key: a signature that it has made, or a file that names it. All files are read once more for those
/// that no signature uses.
fn used(keys: &[PublicKey], signatures: &[Signature], files: &Files<'_>) -> Vec<Key> {
    // One that does not hold was meant to be verified by one of the keys.
    let meant = |signature: &&Signature| {
        signature.standing == Standing::Invalid && signature.signer.is_none() && !signature.foreign
    };
    let by = |key: &PublicKey| {
        let made = |signature: &&Signature| judge::key_of(signature) == Some(key.name.as_str());
        let by = signatures.iter().find(made).or_else(|| signatures.iter().find(meant));
        by.map(|by| by.path.clone())
    };
    let mut all: Vec<Key> =
        keys.iter().map(|key| Key { path: RepoPath::from(key.name.as_str()), used_by: by(key) }).collect();
    let name = |key: &Key| key.path.file_name().to_vec();
    let names: BTreeSet<Vec<u8>> = all.iter().filter(|key| key.used_by.is_none()).map(name).collect();
    if !names.is_empty() {
        let survey = files.survey(&Wanted { names, ..Wanted::default() });
        for key in all.iter_mut().filter(|key| key.used_by.is_none()) {
            key.used_by = survey.mentions.get(key.path.file_name()).cloned();
        }
    }
    all
}

/// Files that have no signature although most of their kind in the same folder have one.
fn unsigned(
    signatures: &[Signature],
    paths: &[u8],
    seen: &BTreeMap<RepoPath, (Kind, Vec<u8>)>,
) -> Vec<Unsigned> {
    let signed: BTreeSet<&RepoPath> = signatures
        .iter()
        .filter(|one| one.standing != Standing::Invalid || one.artifact.is_some())
        .filter_map(|one| one.artifact.as_ref())
        .collect();
    let mut kinds: BTreeMap<(&[u8], &[u8]), Vec<&RepoPath>> = BTreeMap::new();
    for path in &signed {
        if let Some(kind) = kind_of(path.as_bytes()) {
            kinds.entry(kind).or_default().push(path);
        }
    }
    if kinds.is_empty() {
        return Vec::new();
    }
    let mut others: BTreeMap<(&[u8], &[u8]), BTreeSet<RepoPath>> = BTreeMap::new();
    for path in paths.split(|byte| *byte == 0) {
        let Some(kind) = kind_of(path).filter(|kind| kinds.contains_key(kind)) else { continue };
        let path = RepoPath::new(path.to_vec());
        if !signed.contains(&path) && !seen.contains_key(&path) {
            others.entry(kind).or_default().insert(path);
        }
    }
    let mut found = Vec::new();
    for (kind, paths) in others {
        let with = &kinds[&kind];
        // Where one of many is signed, the one is special.
        if paths.len() <= with.len() {
            found.extend(paths.into_iter().map(|path| Unsigned { path, beside: with[0].clone() }));
        }
    }
    found
}

/// The folder of a path and the ending of its name, that of what was compressed with it.
fn kind_of(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let (folder, name) = path.split_at(memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1));
    let dot = memchr::memrchr(b'.', name).filter(|dot| *dot > 0)?;
    let ending = if name[..dot].ends_with(b".tar") { &name[dot - 4..] } else { &name[dot..] };
    Some((folder, ending))
}
