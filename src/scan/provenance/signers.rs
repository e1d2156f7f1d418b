//! Who may sign what: configured rules and defaults.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::names::on_github;
use super::policy::{Expected, Identity};
use crate::model::{PathGlobs, RepoPath, Signer};
use crate::parse::signature::key::public_keys;
use crate::parse::signature::{Kind, sniff};
use crate::scan::named::Named;
use crate::source::{Item, Source as _, Tree};
use crate::verify::{Proof, PublicKey};

/// `[signatures]` of the configuration.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// A trusted root file, and where it is configured.
    pub trusted_root: Option<Named>,
    /// The allowed signers file of the repository.
    pub allowed_signers: Option<RepoPath>,
    /// The commit from which this file and allowed keys are read; the scanned state if none.
    pub listed_in: Option<Arc<Tree>>,
    /// Whether every commit must be signed.
    pub require_signed_commits: bool,
    /// Whether a signature without a log entry is rejected.
    pub require_inclusion_proof: bool,
    /// The allowed signers.
    pub rules: Vec<Rule>,
}

/// One entry of `[[signatures.signer]]`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its files; none means all.
    pub path: Option<PathGlobs>,
    /// The allowed signer.
    pub who: Who,
}

/// The signer allowed by a rule.
#[derive(Clone, Debug)]
pub enum Who {
    /// The holder of such a certificate.
    Identity(Identity),
    /// The holder of the key in this file of the repository.
    Key(RepoPath),
}

/// Whether a signer is allowed, and why.
pub(super) enum Allowed {
    Yes(String),
    No(String),
}

/// The compiled rules.
pub(super) struct Signers {
    rules: Vec<(Option<PathGlobs>, May)>,
    /// `owner/name` on GitHub.
    own: Option<String>,
    /// If a commit decides the keys: its short id, and the fingerprints of its keys.
    held: Option<(String, BTreeSet<String>)>,
}

/// The signer allowed by a rule, resolved.
enum May {
    Identity(Identity),
    /// The fingerprints of the keys in its file.
    Keys(Vec<String>),
}

/// Largest key file that is read.
const KEYS_MAX: u64 = 1 << 20;

/// The fingerprints of the keys in a file.
fn fingerprints(bytes: &[u8]) -> impl Iterator<Item = String> {
    let sound = public_keys(bytes).into_iter().filter_map(|(_, key)| key.ok());
    sound.map(|key| PublicKey { der: key.der, name: String::new() }.fingerprint())
}

/// The same for a file of a commit.
fn in_commit(tree: &Tree, path: &RepoPath) -> Vec<String> {
    let bytes = tree.read(path, KEYS_MAX).and_then(Result::ok).unwrap_or_default();
    fingerprints(&bytes).collect()
}

/// The `keys` that a commit has: at their current path, or anywhere.
fn held(tree: &Tree, keys: &[PublicKey]) -> BTreeSet<String> {
    let is_there =
        |key: &&PublicKey| in_commit(tree, &RepoPath::from(key.name.as_str())).contains(&key.fingerprint());
    let (there, elsewhere): (Vec<&PublicKey>, Vec<&PublicKey>) = keys.iter().partition(is_there);
    let mut held: BTreeSet<String> = there.into_iter().map(PublicKey::fingerprint).collect();
    if elsewhere.iter().any(|key| !held.contains(&key.fingerprint())) {
        let all = Mutex::new(BTreeSet::new());
        // Unreadable files allow nothing.
        let _ = tree.each(&|item| {
            if let Item::Blob(blob) = item
                && sniff(blob.path.file_name(), blob.bytes) == Some(Kind::PublicKey)
            {
                all.lock().unwrap_or_else(PoisonError::into_inner).extend(fingerprints(blob.bytes));
            }
        });
        held.append(&mut all.into_inner().unwrap_or_else(PoisonError::into_inner));
    }
    held
}

impl Signers {
    /// `origin` is the clone URL of the repository, `keys` are those of the scanned state.
    pub(super) fn new(policy: &Policy, origin: Option<&str>, keys: &[PublicKey]) -> Self {
        let named = |path: &RepoPath| match policy.listed_in.as_deref() {
            Some(tree) => in_commit(tree, path),
            None => keys.iter().filter(|key| key.name == path.shown()).map(PublicKey::fingerprint).collect(),
        };
        let may = |who: &Who| match who {
            Who::Identity(identity) => May::Identity(identity.clone()),
            Who::Key(path) => May::Keys(named(path)),
        };
        let rules = policy.rules.iter().map(|rule| (rule.path.clone(), may(&rule.who))).collect();
        let held = policy.listed_in.as_deref().map(|tree| (tree.commit().short(), held(tree, keys)));
        Self { rules, own: origin.and_then(on_github), held }
    }

    /// True if any signer is known.
    pub(super) fn are_known(&self) -> bool {
        self.own.is_some() || !self.rules.is_empty()
    }

    /// True if a rule is specifically about `path`.
    pub(super) fn speak_of(&self, path: &RepoPath) -> bool {
        self.rules.iter().any(|(globs, _)| globs.as_ref().is_some_and(|globs| globs.hold(path.as_bytes())))
    }

    /// Whether the signer in `proof` may sign `artifact`; `path` is the signature file.
    pub(super) fn evaluate(&self, artifact: &RepoPath, path: &RepoPath, proof: &Proof) -> Allowed {
        let fits = |globs: &Option<PathGlobs>| {
            globs.as_ref().is_none_or(|globs| globs.hold(artifact.as_bytes()) || globs.hold(path.as_bytes()))
        };
        let rules: Vec<&May> = self.rules.iter().filter(|(glob, _)| fits(glob)).map(|(_, who)| who).collect();
        match &proof.signer {
            Signer::Key { fingerprint, name } => self.by_key(&rules, fingerprint, name.as_deref()),
            signer @ Signer::Identity { identity, .. } => {
                let identities: Vec<Identity> = rules
                    .iter()
                    .filter_map(|who| match who {
                        May::Identity(identity) => Some(identity.clone()),
                        May::Keys(_) => None,
                    })
                    .collect();
                if rules.is_empty() && self.own.is_none() {
                    return Allowed::No(format!(
                        "no allowed signers are configured: it was signed by {identity}; add [[signatures.signer]] to bartizan.toml"
                    ));
                }
                // The configuration replaces the defaults.
                let repository = if rules.is_empty() { self.own.clone() } else { None };
                match (Expected { identities, repository, ..Expected::default() }).judge_signer(signer) {
                    Ok(why) => Allowed::Yes(why),
                    Err(why) => Allowed::No(why),
                }
            }
        }
    }

    fn by_key(&self, rules: &[&May], fingerprint: &str, name: Option<&str>) -> Allowed {
        let shown = name.unwrap_or("a key without a name");
        // By content, since file names are arbitrary.
        let is_named =
            |may: &&May| matches!(may, May::Keys(keys) if keys.iter().any(|key| key == fingerprint));
        if rules.iter().any(is_named) {
            return Allowed::Yes(format!("signed by the key {shown}, as expected"));
        }
        match &self.held {
            _ if !rules.is_empty() => {
                Allowed::No(format!("it was signed by the key {shown}, which is not expected"))
            }
            Some((commit, held)) if !held.contains(fingerprint) => Allowed::No(format!(
                "it was signed by the key {shown}, which commit {commit} does not have: a change cannot authorise its own key"
            )),
            _ => Allowed::Yes(format!("signed by the key {shown}, which is in the repository itself")),
        }
    }
}
