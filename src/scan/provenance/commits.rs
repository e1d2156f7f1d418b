//! Signatures of commits and tags, and their verdicts.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, OnceLock};

use super::Provenance;
use super::signers::{Allowed, Policy, Signers};
use crate::engine::provenance::{self, Alike, SignedSince};
use crate::engine::{Check, Run};
use crate::model::{
    Blob, ObjectId, Outcome, Problem, RepoPath, Signature, SignatureKind, Signer, Standing, TextKind,
};
use crate::parse::signature::allowed_signers::{AllowedSigners, Entry};
use crate::parse::signature::cms::CmsSignature;
use crate::parse::signature::git::{MAX_SIGNATURE, ObjectFormat, ObjectKind, Person, SignedObject, signed};
use crate::parse::signature::sshsig::{Mistake, SshSignature};
use crate::scan::analysis::{Analysis, Context, Promise, Promised, Shared, Verdict, report};
use crate::source::{Source, StoredCommit};
use crate::verify::{Failure, Unable, Verifier};

/// Default locations of the allowed signers file.
const LISTS: [&str; 4] =
    [".gitsigners", ".github/allowed_signers", "allowed_signers", ".ssh/allowed_signers"];
/// Largest allowed signers file.
const LIST_MAX: u64 = 16 << 20;
/// The namespace of git signatures.
const NAMESPACE: &str = "git";
/// Most commits named.
const NAMED: usize = 5;
/// Most distinct results of signatures.
const KINDS: usize = 1000;
/// Most results listed with `--verbose`.
const LISTED: usize = 20;
/// Most bytes shown of the principals of a key.
const SHOWN: usize = 200;

/// Verifies the signatures of commits and tags.
pub(in crate::scan) struct Commits<'a> {
    checks: Vec<&'a Check>,
    wanted: &'a Provenance,
}

impl<'a> Commits<'a> {
    pub(in crate::scan) fn new(checks: &'a [Check], wanted: &'a Provenance) -> Self {
        let is_ours = |check: &&Check| matches!(check.run, Run::Commits(_));
        Self { checks: checks.iter().filter(is_ours).collect(), wanted }
    }
}

impl Analysis for Commits<'_> {
    /// Commits are not among the files.
    type Facts = ();
    const ACT: &'static str = "verifying signatures of commits";

    fn checks(&self) -> &[&Check] {
        &self.checks
    }

    fn see(&self, _: &Blob<'_>, _: &Shared<()>) {}

    fn evaluate(&self, (): (), context: &Context<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let policy = &self.wanted.policy;
        let origin = context.files.iter().find_map(|source| source.origin());
        let signers = Signers::new(policy, origin, &[]);
        let evaluator = Evaluator { verifier: &*self.wanted.verifier, signers: &signers, policy };
        let promise = context.so_far.promises.iter().find(|one| one.what == Promised::SignedCommits);
        let promise = promise.filter(|_| !policy.require_signed_commits);
        let commits = of(context.files, &evaluator, promise, &mut verdict.problems);
        verdict.remarks = commits.iter().filter(|all| all.total > 0).flat_map(remarks).collect();
        let commits = commits.filter(|all| all.total + all.tags > 0);
        for check in &self.checks {
            let Run::Commits(run) = check.run else { continue };
            let Some(commits) = &commits else {
                verdict.outcomes.insert(check.meta.id, Outcome::NotApplicable);
                continue;
            };
            report::add(&mut verdict, check, &|_| None, context.key, |reports| run(commits, reports));
        }
        verdict
    }
}

/// The inputs for verifying commit signatures.
struct Evaluator<'a> {
    verifier: &'a dyn Verifier,
    signers: &'a Signers,
    policy: &'a Policy,
}

/// Verifies the commits and tags that `sources` visited; none without commits. Problems with the allowed signers file
/// go to `problems`.
fn of(
    sources: &[&dyn Source],
    evaluator: &Evaluator<'_>,
    promise: Option<&Promise>,
    problems: &mut Vec<Problem>,
) -> Option<provenance::Commits> {
    let found = OnceLock::new();
    let only: Option<[&dyn Source; 1]> =
        evaluator.policy.listed_in.as_deref().map(|tree| [tree as &dyn Source]);
    let listing: &[&dyn Source] = only.as_ref().map_or(sources, |only| only);
    // Found when the first signature needs it.
    let list =
        || found.get_or_init(|| find(listing, evaluator.policy.allowed_signers.as_ref())).list.as_ref();
    let gathered = Mutex::new(Gathered::default());
    let gather = |add: &mut dyn FnMut(&mut Gathered)| {
        add(&mut gathered.lock().expect("no thread panics while it holds the lock"));
    };
    let visit = |commit: StoredCommit<'_>| {
        let is_judged = matches!(commit.signature, Some(SignatureKind::Ssh | SignatureKind::X509));
        let mut is_new = false;
        gather(&mut |all| {
            is_new = all.seen.insert(commit.id);
            if is_new {
                all.count(&commit);
            }
        });
        if is_new && is_judged {
            let evaluated = evaluator.one(&commit, &list);
            gather(&mut |all| {
                let alike = all.alike.entry((evaluated.clone(), commit.is_tag)).or_default();
                alike.push((commit.rank, commit.id));
            });
        }
    };
    let mut about = false;
    for source in sources {
        about |= source.commits(&visit);
    }
    let gathered = gathered.into_inner().expect("no thread panics while it holds the lock");
    problems.extend(found.into_inner().map(|found| found.problems).unwrap_or_default());
    let made = |id: ObjectId| sources.iter().find_map(|source| source.made(id));
    about.then(|| gathered.finish(evaluator.policy.require_signed_commits, promise, &made))
}

/// Notices about commits: the share of signed ones, and results of verified signatures.
fn remarks(commits: &provenance::Commits) -> Vec<Problem> {
    let kind = |count: u64, what: &str| (count > 0).then(|| format!("{count} with {what}"));
    let kinds = [
        kind(commits.pgp, "OpenPGP, which is not verified"),
        kind(commits.ssh, "SSH keys"),
        kind(commits.x509, "certificates"),
    ];
    let kinds = kinds.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let kinds = if kinds.is_empty() { kinds } else { format!(": {kinds}") };
    let share = commits.signed().saturating_mul(1000) / commits.total.max(1);
    let tags = match commits.tags {
        0 => String::new(),
        tags => format!("; {} of {tags} tags are", commits.signed_tags),
    };
    let mut lines = vec![format!(
        "{} of {} commits ({}.{} %) are signed{kinds}{tags}",
        commits.signed(),
        commits.total,
        share / 10,
        share % 10
    )];
    lines.extend(commits.signatures.iter().take(LISTED).map(line));
    let more = commits.signatures.len().saturating_sub(LISTED);
    if more > 0 || commits.left_out > 0 {
        lines.push(format!(
            "and signatures with {more} more results, and {} that are not distinguished",
            commits.left_out
        ));
    }
    lines.into_iter().map(|message| Problem { path: None, message }).collect()
}

fn line(alike: &Alike) -> String {
    let signature = &alike.signature;
    let by = match &signature.signer {
        Some(Signer::Key { fingerprint, name: Some(name) }) => format!(" by {name} ({fingerprint})"),
        Some(Signer::Key { fingerprint, name: None }) => format!(" by the key {fingerprint}"),
        Some(Signer::Identity { identity, issuer, .. }) => format!(" by {identity} (issuer {issuer})"),
        None => String::new(),
    };
    let evidence: String = signature.evidence.iter().map(|one| format!("; {one}")).collect();
    let (form, standing) = (&*signature.form, signature.standing.words());
    format!("{form} of {}{by}: {standing}: {}{evidence}", alike.names(), signature.reason)
}

/// An allowed signers file and its path.
struct List {
    path: RepoPath,
    signers: AllowedSigners,
}

/// The result of searching for the file.
#[derive(Default)]
struct Found {
    list: Option<List>,
    problems: Vec<Problem>,
}

/// Finds the file `configured`, or one in a default location.
fn find(sources: &[&dyn Source], configured: Option<&RepoPath>) -> Found {
    let usual = LISTS.map(RepoPath::from);
    let paths = configured.map_or(&usual[..], std::slice::from_ref);
    let problem = |path: &RepoPath, message: String| Problem { path: Some(path.clone()), message };
    for path in paths {
        let Some(read) = sources.iter().find_map(|source| source.file_before(path, LIST_MAX)) else {
            continue;
        };
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = format!("the allowed signers file cannot be read: {error}");
                return Found { list: None, problems: vec![problem(path, message)] };
            }
        };
        let signers = AllowedSigners::read(&bytes);
        let wrong = |(line, why): &(u32, String)| problem(path, format!("line {line} is ignored: {why}"));
        let problems = signers.mistakes.iter().map(wrong).collect();
        return Found { list: Some(List { path: path.clone(), signers }), problems };
    }
    let missing =
        |path| problem(path, "the allowed signers file named in the configuration does not exist".to_owned());
    Found { list: None, problems: configured.map(missing).into_iter().collect() }
}

/// The result for one signature.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Evaluated {
    /// The worst first.
    rank: u8,
    form: &'static str,
    reason: String,
    signer: Option<Who>,
    evidence: Vec<String>,
}

/// A signer, for ordering.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Identity(String, String, Option<String>),
    Key(String, Option<String>),
}

impl From<Signer> for Who {
    fn from(signer: Signer) -> Self {
        match signer {
            Signer::Identity { identity, issuer, repository } => Self::Identity(identity, issuer, repository),
            Signer::Key { fingerprint, name } => Self::Key(fingerprint, name),
        }
    }
}

impl From<Who> for Signer {
    fn from(who: Who) -> Self {
        match who {
            Who::Identity(identity, issuer, repository) => Self::Identity { identity, issuer, repository },
            Who::Key(fingerprint, name) => Self::Key { fingerprint, name },
        }
    }
}

/// In report order.
const WORST_FIRST: [Standing; 4] =
    [Standing::Invalid, Standing::UnexpectedIdentity, Standing::Inconclusive, Standing::Verified];

impl Evaluated {
    fn new(form: &'static str, standing: Standing, reason: impl Into<String>) -> Self {
        let rank = WORST_FIRST.iter().position(|one| *one == standing).unwrap_or_default() as u8;
        Self { rank, form, reason: reason.into(), signer: None, evidence: Vec::new() }
    }

    fn failed(form: &'static str, failure: Failure) -> Self {
        match failure {
            Failure::Invalid(why) | Failure::ArtifactMismatch(why) => Self::new(form, Standing::Invalid, why),
            Failure::Inconclusive(why) => Self::new(form, Standing::Inconclusive, why),
        }
    }

    fn unreadable(form: &'static str, mistake: Mistake) -> Self {
        match mistake {
            Mistake::Malformed(why) => Self::new(form, Standing::Invalid, why),
            Mistake::Unknown(why) => Self::new(form, Standing::Inconclusive, why),
        }
    }
}

impl Evaluator<'_> {
    /// The verdict on the signature of a commit or tag.
    fn one<'l>(&self, commit: &StoredCommit<'_>, list: &dyn Fn() -> Option<&'l List>) -> Evaluated {
        let is_ssh = commit.signature == Some(SignatureKind::Ssh);
        let form = if is_ssh { "SSH signature" } else { "X.509 signature" };
        let inconclusive = |why: &str| Evaluated::new(form, Standing::Inconclusive, why);
        let Some(bytes) = commit.bytes else {
            return inconclusive("the signed object can no longer be read, or hashes to another id");
        };
        let kind = if commit.is_tag { ObjectKind::Tag } else { ObjectKind::Commit };
        let Some(object) = signed(bytes, kind, ObjectFormat::of(commit.id.as_bytes())) else {
            return inconclusive("the signature is missing when the object is read again");
        };
        if object.signature.len() > MAX_SIGNATURE {
            return inconclusive("it is longer than 64 KiB");
        }
        // A panic is a bug, here or in the verifier; it must not hide other signatures.
        let evaluator = AssertUnwindSafe(|| match is_ssh {
            true => self.ssh(form, &object, list),
            false => self.x509(form, &object, &text_kind(commit.is_tag).path(Some(commit.id))),
        });
        catch_unwind(evaluator)
            .unwrap_or_else(|_| inconclusive("the verification crashed; please report this as a bug"))
    }

    fn ssh<'l>(
        &self,
        form: &'static str,
        object: &SignedObject,
        list: &dyn Fn() -> Option<&'l List>,
    ) -> Evaluated {
        let signature = match SshSignature::read(&object.signature) {
            Ok(signature) => signature,
            Err(mistake) => return Evaluated::unreadable(form, mistake),
        };
        let fingerprint = signature.key.fingerprint();
        let key = |name| Some(Who::Key(fingerprint.clone(), name));
        if let Err(failure) = verify_ssh(&signature, &object.payload) {
            // The key is only claimed by the signature itself.
            return Evaluated::failed(form, failure);
        }
        let Some(list) = list() else {
            let reason = "it is valid, but the key's owner is unknown: set allowed-signers under \
                          [signatures] in bartizan.toml, or add .gitsigners";
            let evaluated = Evaluated::new(form, Standing::Inconclusive, reason);
            return Evaluated { signer: key(None), ..evaluated };
        };
        let path = list.path.shown();
        let Some(by) = &object.by else {
            let reason = format!("it has no committer to look up in {path}");
            let evaluated = Evaluated::new(form, Standing::UnexpectedIdentity, reason);
            return Evaluated { signer: key(None), ..evaluated };
        };
        let (standing, reason, entry) = match allowed(list.signers.entries(&signature.key), by) {
            Ok(entry) => (Standing::Verified, format!("{path}:{} allows its key", entry.line), Some(entry)),
            Err(why) => (Standing::UnexpectedIdentity, why.words(&path), why.entry()),
        };
        let mut evidence = vec![format!("according to the repository's own {path}")];
        if entry.is_some_and(Entry::names_no_address) {
            evidence.push("the file gives the key a name but no address to compare".to_owned());
        }
        let name = entry.map(|entry| entry.principals.chars().take(SHOWN).collect());
        Evaluated { signer: key(name), evidence, ..Evaluated::new(form, standing, reason) }
    }

    fn x509(&self, form: &'static str, object: &SignedObject, path: &RepoPath) -> Evaluated {
        let signature = match CmsSignature::read(&object.signature) {
            Ok(signature) => signature,
            Err(mistake) => return Evaluated::unreadable(form, mistake),
        };
        let proof = match verify_x509(&signature, &object.payload, self.verifier) {
            Ok(proof) => proof,
            Err(failure) => return Evaluated::failed(form, failure),
        };
        let is_committer = match &proof.signer {
            Signer::Identity { identity, .. } => {
                let mail = object.by.as_ref().map(|by| by.mail.as_str());
                mail.is_some_and(|mail| !mail.is_empty() && mail.eq_ignore_ascii_case(identity))
            }
            Signer::Key { .. } => false,
        };
        let (standing, reason) = match self.signers.evaluate(path, path, &proof) {
            Allowed::Yes(why) => (Standing::Verified, why),
            // Rules about files do not apply to commits.
            Allowed::No(_) if is_committer && !self.signers.speak_of(path) => {
                (Standing::Verified, "the certificate is for the committer's address".to_owned())
            }
            Allowed::No(why) => (Standing::UnexpectedIdentity, why),
        };
        Evaluated { signer: Some(proof.signer.into()), ..Evaluated::new(form, standing, reason) }
    }
}

#[cfg(feature = "signatures")]
fn verify_ssh(signature: &SshSignature, payload: &[u8]) -> Result<(), Failure> {
    crate::verify::ssh::verify(signature, payload, NAMESPACE)
}

#[cfg(not(feature = "signatures"))]
fn verify_ssh(_: &SshSignature, _: &[u8]) -> Result<(), Failure> {
    Err(Unable::failure())
}

#[cfg(feature = "signatures")]
fn verify_x509(
    signature: &CmsSignature,
    payload: &[u8],
    verifier: &dyn Verifier,
) -> Result<crate::verify::Proof, Failure> {
    crate::verify::gitsign::verify(signature, payload, verifier)
}

#[cfg(not(feature = "signatures"))]
fn verify_x509(_: &CmsSignature, _: &[u8], _: &dyn Verifier) -> Result<crate::verify::Proof, Failure> {
    Err(Unable::failure())
}

/// Why the file does not allow a key; the nearest miss.
#[derive(Clone, Copy)]
enum Refused<'a> {
    Nowhere,
    Authority(&'a Entry),
    Namespace(&'a Entry),
    Others(&'a Entry),
    Time(&'a Entry),
}

impl<'a> Refused<'a> {
    fn words(self, path: &str) -> String {
        match self {
            Self::Nowhere => format!("its key is not in {path}"),
            Self::Authority(entry) => {
                format!("{path}:{} allows its key to sign certificates, not commits", entry.line)
            }
            Self::Namespace(entry) => {
                format!("{path}:{} allows its key to sign other things, not commits", entry.line)
            }
            Self::Others(entry) => {
                format!("{path}:{} lists its key for other addresses than the committer's", entry.line)
            }
            Self::Time(entry) => format!("{path}:{} does not allow its key at that time", entry.line),
        }
    }

    const fn entry(self) -> Option<&'a Entry> {
        match self {
            Self::Nowhere => None,
            Self::Authority(entry) | Self::Namespace(entry) | Self::Others(entry) | Self::Time(entry) => {
                Some(entry)
            }
        }
    }

    const fn nearness(&self) -> u8 {
        match self {
            Self::Nowhere => 0,
            Self::Authority(_) => 1,
            Self::Namespace(_) => 2,
            Self::Others(_) => 3,
            Self::Time(_) => 4,
        }
    }
}

/// The line that allows a key to sign for `by`. The time is the one claimed by the commit, as in git.
fn allowed<'a>(entries: impl Iterator<Item = &'a Entry>, by: &Person) -> Result<&'a Entry, Refused<'a>> {
    let mut nearest = Refused::Nowhere;
    for entry in entries {
        let refused = if entry.cert_authority {
            Refused::Authority(entry)
        } else if !entry.allows(NAMESPACE) {
            Refused::Namespace(entry)
        } else if !entry.names_no_address() && !entry.is_for(&by.mail) {
            Refused::Others(entry)
        } else if !entry.is_valid_at(by.time) {
            Refused::Time(entry)
        } else {
            return Ok(entry);
        };
        if refused.nearness() > nearest.nearness() {
            nearest = refused;
        }
    }
    Err(nearest)
}

const fn text_kind(is_tag: bool) -> TextKind {
    if is_tag { TextKind::TagMessage } else { TextKind::CommitMessage }
}

/// Collected data about commits, from many threads.
#[derive(Default)]
struct Gathered {
    seen: HashSet<ObjectId>,
    counts: provenance::Commits,
    /// Unsigned commits, latest last.
    unsigned: Vec<(u64, ObjectId)>,
    alike: BTreeMap<(Evaluated, bool), Vec<(u64, ObjectId)>>,
}

impl Gathered {
    fn count(&mut self, commit: &StoredCommit<'_>) {
        let counts = &mut self.counts;
        let is_signed = u64::from(commit.signature.is_some());
        if commit.is_tag {
            counts.tags += 1;
            counts.signed_tags += is_signed;
        } else {
            counts.total += 1;
            match commit.signature {
                None => self.unsigned.push((commit.rank, commit.id)),
                Some(SignatureKind::Pgp) => counts.pgp += 1,
                Some(SignatureKind::Ssh) => counts.ssh += 1,
                Some(SignatureKind::X509) => counts.x509 += 1,
            }
        }
    }

    fn finish(
        mut self,
        wanted: bool,
        promise: Option<&Promise>,
        made: &dyn Fn(ObjectId) -> Option<i64>,
    ) -> provenance::Commits {
        // Commits before the promise are not covered by it.
        let promised = promise.map(|promise| {
            let since = promise.since.and_then(|since| Some((day(since)?, since)));
            let unsigned = since.map(|(day, since)| {
                self.unsigned.retain(|(_, id)| made(*id).is_some_and(|made| made >= since));
                (day, self.unsigned.len() as u64)
            });
            SignedSince { place: promise.place.clone(), unsigned }
        });
        let kinds = self.alike.len();
        let mut alike = self.alike.into_iter();
        let signatures =
            alike.by_ref().take(KINDS).map(|((evaluated, is_tag), all)| together(evaluated, is_tag, all));
        let signatures: Vec<Alike> = signatures.collect();
        let left_out = if kinds > KINDS { alike.map(|(_, all)| all.len() as u64).sum() } else { 0 };
        // SSH is not handled by the verifier, nor is what is not built in.
        let is_able = cfg!(feature = "signatures") || signatures.is_empty();
        let unable = if is_able { None } else { Unable.unable() };
        let unsigned = latest(&mut self.unsigned, false);
        provenance::Commits { wanted, promised, signatures, left_out, unsigned, unable, ..self.counts }
    }
}

/// The day of a time: `2025-02-01`.
fn day(seconds: i64) -> Option<String> {
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}

/// The latest of `all`.
fn latest(all: &mut [(u64, ObjectId)], is_tag: bool) -> Vec<RepoPath> {
    all.sort_unstable_by_key(|(rank, id)| (Reverse(*rank), *id));
    all.iter().take(NAMED).map(|(_, id)| text_kind(is_tag).path(Some(*id))).collect()
}

fn together(evaluated: Evaluated, is_tag: bool, mut all: Vec<(u64, ObjectId)>) -> Alike {
    let count = all.len() as u64;
    let paths = latest(&mut all, is_tag);
    // The first one stays first when others come.
    let path = text_kind(is_tag).path(all.last().map(|(_, id)| *id));
    let standing = WORST_FIRST.get(usize::from(evaluated.rank)).copied().unwrap_or(Standing::Inconclusive);
    let signature = Signature {
        path,
        line: 1,
        form: evaluated.form.into(),
        foreign: false,
        artifact: None,
        digest: None,
        standing,
        changed: false,
        reason: evaluated.reason,
        signer: evaluated.signer.map(Signer::from),
        evidence: evaluated.evidence,
        predicate: None,
        lost: false,
    };
    Alike { signature, count, paths }
}
