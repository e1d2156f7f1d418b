//! The analysis of signatures in files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::evaluate::{self, Evaluator, Found};
use super::pair::{Files, Survey, Wanted};
use super::signers::Signers;
use super::{Provenance, dropped, large_files, layouts};
use crate::engine::provenance::{self, Key, Unsigned};
use crate::engine::{Check, Run};
use crate::model::{Blob, Outcome, Problem, RepoPath, Signature, SkipReason, Standing};
use crate::parse::signature::key::public_keys;
use crate::parse::signature::{self, Kind, SIZE_MAX};
use crate::scan::analysis::{Analysis, Context, Shared, Verdict, report};
use crate::source::Source;
use crate::verify::PublicKey;

/// Bytes of signatures kept in memory.
const KEPT_MAX: usize = 256 << 20;
/// Bytes of a large file that are checked for signatures.
const HEAD: usize = 64 << 10;
/// Most mistakes reported per file.
const MISTAKES_MAX: usize = 20;

/// The signature analysis.
pub(in crate::scan) struct Signatures<'a> {
    checks: Vec<&'a Check>,
    wanted: &'a Provenance,
    /// Whether SBOMs are checked, which may be signed.
    sboms: bool,
}

/// The collected facts.
#[derive(Default)]
pub(in crate::scan) struct Facts {
    files: BTreeMap<RepoPath, (Kind, Vec<u8>)>,
    bytes: usize,
    /// Blobs of OCI layouts.
    blobs: BTreeSet<RepoPath>,
    /// Entries that are not readable files.
    passed: BTreeMap<RepoPath, SkipReason>,
    /// Every path, NUL-terminated: there are many, and lookups are rare.
    paths: Vec<u8>,
    /// Oversized files that may contain signatures, and whether they are too large even for that.
    large: BTreeMap<RepoPath, bool>,
    /// Files beyond the memory limit.
    dropped: usize,
}

impl Facts {
    fn note(&mut self, path: &RepoPath) {
        self.paths.extend_from_slice(path.as_bytes());
        self.paths.push(0);
    }
}

impl<'a> Signatures<'a> {
    pub(in crate::scan) fn new(checks: &'a [Check], wanted: &'a Provenance) -> Self {
        let is_ours = |check: &&Check| matches!(check.run, Run::Signatures(_));
        let sboms = checks.iter().any(|check| matches!(check.run, Run::Sboms(_)));
        Self { checks: checks.iter().filter(is_ours).collect(), wanted, sboms }
    }

    fn known(&self, facts: &Facts, context: &Context<'_>, verdict: &mut Verdict) -> provenance::Signatures {
        let seen = &facts.files;
        let files = Files::new(context.files, &facts.passed);
        let mut found: Vec<Found<'_>> = Vec::new();
        let mut keys: Vec<PublicKey> = Vec::new();
        for (path, (kind, bytes)) in seen {
            // A blob is read with its layout.
            if layouts::root(path).is_some_and(|root| seen.contains_key(&root)) {
                continue;
            }
            match kind {
                Kind::Json | Kind::Detached => {
                    let read = signature::read(*kind, path.file_name(), bytes);
                    tell(path, &read.mistakes, verdict);
                    found.extend(read.signatures.into_iter().map(|signed| Found {
                        path,
                        signed,
                        layout: None,
                    }));
                }
                Kind::OciLayout => {
                    let (signatures, mistakes) = layouts::read(path, &files, &facts.blobs);
                    tell(path, &mistakes, verdict);
                    found.extend(signatures.into_iter().map(|(signed, layout)| Found {
                        path,
                        signed,
                        layout: Some(layout),
                    }));
                }
                Kind::PublicKey => {
                    // Malformed keys have their own check.
                    let sound = public_keys(bytes).into_iter().filter_map(|(_, key)| key.ok());
                    keys.extend(sound.map(|key| PublicKey { der: key.der, name: path.shown() }));
                }
                Kind::Certificate | Kind::Checksums => {}
            }
        }
        keys.sort_by_key(|key| likelihood(&key.name));
        let origin = context.files.iter().find_map(|source| source.origin());
        let signers = Signers::new(&self.wanted.policy, origin, &keys);
        let evaluator = Evaluator {
            files: &files,
            verifier: &*self.wanted.verifier,
            signers: &signers,
            keys: &keys,
            unread: Mutex::default(),
        };
        let leads = evaluator.leads(&found);
        let wanted = Evaluator::wanted(&found, &leads);
        let survey = if wanted.digests.is_empty() { Survey::default() } else { files.survey(&wanted) };
        let all = evaluator.verified(&found, leads, &survey);
        let unread = evaluator.unread.into_inner().expect("no thread panics while it holds the lock");
        not_compared(unread, verdict);
        let unsigned = unsigned(&all, &facts.paths, seen);
        let keys = used(&keys, &all, &files);
        provenance::Signatures { all, keys, unsigned, signers_known: signers.are_known() }
    }

    /// Outcomes of checks that do not follow from findings.
    fn outcome(&self, known: &provenance::Signatures) -> Option<Outcome> {
        if known.all.is_empty() && known.keys.is_empty() {
            return Some(Outcome::NotApplicable);
        }
        let unable = self.wanted.verifier.unable()?;
        (!known.all.is_empty()).then(|| Outcome::NotChecked(unable.to_owned()))
    }
}

impl Analysis for Signatures<'_> {
    type Facts = Facts;
    const ACT: &'static str = "judging signatures";

    fn checks(&self) -> &[&Check] {
        &self.checks
    }

    fn is_needed(&self) -> bool {
        self.sboms || !self.checks.is_empty()
    }

    fn see(&self, blob: &Blob<'_>, facts: &Shared<Facts>) {
        let kind = signature::sniff(blob.path.file_name(), blob.bytes);
        facts.with(|facts| {
            facts.note(blob.path);
            if layouts::is_blob(blob.path) {
                facts.blobs.insert(blob.path.clone());
            }
            let Some(kind) = kind else { return };
            if facts.bytes.saturating_add(blob.bytes.len()) > KEPT_MAX {
                facts.dropped += 1;
                return;
            }
            facts.bytes += blob.bytes.len();
            facts.files.insert(blob.path.clone(), (kind, blob.bytes.to_vec()));
        });
    }

    fn skipped(&self, path: &RepoPath, reason: SkipReason, facts: &Shared<Facts>) {
        facts.with(|facts| {
            facts.note(path);
            if matches!(reason, SkipReason::Symlink | SkipReason::LfsPointer | SkipReason::Special) {
                facts.passed.insert(path.clone(), reason);
            }
            if reason == SkipReason::TooLarge && signature::may_be_json(path.file_name()) {
                facts.large.insert(path.clone(), false);
            }
        });
    }

    /// Reads files too large for other checks: attestations contain whole SBOMs.
    fn follow(&self, files: &[&dyn Source], facts: &Shared<Facts>) {
        let large: Vec<RepoPath> = facts.with(|facts| facts.large.keys().cloned().collect());
        for path in large {
            let read = |max: usize| large_files::start_of(files, &path, max);
            let Some(head) = read(HEAD).filter(|head| signature::sniff(path.file_name(), head).is_some())
            else {
                continue;
            };
            drop(head);
            match read(SIZE_MAX + 1) {
                Some(bytes) if bytes.len() <= SIZE_MAX => {
                    let paths = facts.with(|facts| facts.paths.len());
                    self.see(&Blob { path: &path, bytes: &bytes, tracked: true }, facts);
                    // Its path was stored before.
                    facts.with(|facts| facts.paths.truncate(paths));
                }
                _ => facts.with(|facts| {
                    facts.large.insert(path, true);
                }),
            }
        }
    }

    fn evaluate(&self, facts: Facts, context: &Context<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        verdict.problems.extend(dropped(facts.dropped, "files with signatures", KEPT_MAX));
        for path in facts.large.iter().filter(|(_, too_large)| **too_large).map(|(path, _)| path) {
            tell(path, &[(1, format!("is larger than {} MiB; not read", SIZE_MAX >> 20))], &mut verdict);
        }
        let known = match facts.files.is_empty() {
            true => provenance::Signatures::default(),
            false => self.known(&facts, context, &mut verdict),
        };
        let outcome = self.outcome(&known);
        let content = |path: &RepoPath| facts.files.get(path).map(|(_, bytes)| bytes.as_slice());
        for check in &self.checks {
            let Run::Signatures(run) = check.run else { continue };
            verdict.outcomes.extend(outcome.clone().map(|outcome| (check.meta.id, outcome)));
            report::add(&mut verdict, check, &content, context.key, |reports| run(&known, reports));
        }
        verdict.signatures = known.all;
        verdict
    }
}

/// Reports unreadable parts. Test data is often broken on purpose.
fn tell(path: &RepoPath, mistakes: &[(u32, String)], verdict: &mut Verdict) {
    let target = if report::is_test_path(path) { &mut verdict.notices } else { &mut verdict.problems };
    target.extend(
        mistakes.iter().take(MISTAKES_MAX).map(|(line, what)| Problem {
            path: Some(path.clone()),
            message: format!("line {line}: {what}"),
        }),
    );
}

/// Reports comparisons with signatures or checksum files that could not be made.
fn not_compared(mut unread: Vec<(RepoPath, u32, String)>, verdict: &mut Verdict) {
    unread.sort();
    unread.dedup();
    for of_file in unread.chunk_by(|a, b| a.0 == b.0) {
        let mistakes: Vec<(u32, String)> =
            of_file.iter().map(|(_, line, why)| (*line, why.clone())).collect();
        tell(&of_file[0].0, &mistakes, verdict);
        if let Some(more) = mistakes.len().checked_sub(MISTAKES_MAX).filter(|more| *more > 0) {
            let more = (mistakes[MISTAKES_MAX].0, format!("and {more} more from here on"));
            tell(&of_file[0].0, &[more], verdict);
        }
    }
}

/// The last part of a path.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Keys are tried in this order: cosign names first, then by depth.
fn likelihood(path: &str) -> (bool, usize, String) {
    (!base(path).contains("cosign"), path.matches('/').count(), path.to_owned())
}

/// The use of each key: a signature by it, or a file that names it. All files are read once more for keys without a
/// signature.
fn used(keys: &[PublicKey], signatures: &[Signature], files: &Files<'_>) -> Vec<Key> {
    // An invalid one was meant for one of the keys.
    let meant = |signature: &&Signature| {
        signature.standing == Standing::Invalid && signature.signer.is_none() && !signature.foreign
    };
    let by = |key: &PublicKey| {
        let made = |signature: &&Signature| evaluate::key_of(signature) == Some(key.name.as_str());
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

/// Unsigned files in a directory where most of the same kind are signed.
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
        // If only one of many is signed, it is special.
        if paths.len() <= with.len() {
            found.extend(paths.into_iter().map(|path| Unsigned { path, beside: with[0].clone() }));
        }
    }
    found
}

/// The directory of a path and its extension, including a compression suffix.
fn kind_of(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let (folder, name) = path.split_at(memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1));
    let dot = memchr::memrchr(b'.', name).filter(|dot| *dot > 0)?;
    let ending = if name[..dot].ends_with(b".tar") { &name[dot - 4..] } else { &name[dot..] };
    Some((folder, ending))
}
