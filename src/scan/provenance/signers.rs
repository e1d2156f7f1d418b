//! Who may sign what: the rules of the configuration, and what goes without saying.

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
    /// A file with a trusted root, and where it is named.
    pub trusted_root: Option<Named>,
    /// A file of the repository with the SSH keys that may sign commits.
    pub allowed_signers: Option<RepoPath>,
    /// The commit from which such a file is taken, and the keys that may sign; from what is scanned if there is
    /// none.
    pub listed_in: Option<Arc<Tree>>,
    /// Whether every commit is to be signed.
    pub require_signed_commits: bool,
    /// Whether a signature without a proof that it is in the log is refused.
    pub require_inclusion_proof: bool,
    /// Who may sign.
    pub rules: Vec<Rule>,
}

/// One entry of `[[signatures.signer]]`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The files that it is for; none is all of them.
    pub path: Option<PathGlobs>,
    /// Who may sign them.
    pub who: Who,
}

/// Whom a rule lets sign.
#[derive(Clone, Debug)]
pub enum Who {
    /// The holder of such a certificate.
    Identity(Identity),
    /// The holder of the key in this file of the repository.
    Key(RepoPath),
}

/// Whether a signer may have signed, and why.
pub(super) enum Allowed {
    Yes(String),
    No(String),
}

/// The rules, ready to be asked.
pub(super) struct Signers {
    rules: Vec<(Option<PathGlobs>, May)>,
    /// `owner/name` on GitHub.
    own: Option<String>,
    /// If a commit says which keys count: its short id, and the fingerprints of the keys that it has.
    held: Option<(String, BTreeSet<String>)>,
}

/// Whom a rule lets sign, with what its files say.
enum May {
    Identity(Identity),
    /// The fingerprints of the keys in the file that it names.
    Keys(Vec<String>),
}

/// Bytes of the largest file of keys that is read.
const KEYS_MAX: u64 = 1 << 20;

/// The fingerprints of the keys in a file.
fn fingerprints(bytes: &[u8]) -> impl Iterator<Item = String> {
    let sound = public_keys(bytes).into_iter().filter_map(|(_, key)| key.ok());
    sound.map(|key| PublicKey { der: key.der, name: String::new() }.fingerprint())
}

/// The same of a file of a commit.
fn in_commit(tree: &Tree, path: &RepoPath) -> Vec<String> {
    let bytes = tree.read(path, KEYS_MAX).and_then(Result::ok).unwrap_or_default();
    fingerprints(&bytes).collect()
}

/// Which of `keys` a commit has: where they are now, or else anywhere.
fn held(tree: &Tree, keys: &[PublicKey]) -> BTreeSet<String> {
    let is_there =
        |key: &&PublicKey| in_commit(tree, &RepoPath::from(key.name.as_str())).contains(&key.fingerprint());
    let (there, elsewhere): (Vec<&PublicKey>, Vec<&PublicKey>) = keys.iter().partition(is_there);
    let mut held: BTreeSet<String> = there.into_iter().map(PublicKey::fingerprint).collect();
    if elsewhere.iter().any(|key| !held.contains(&key.fingerprint())) {
        let all = Mutex::new(BTreeSet::new());
        // What cannot be read of it vouches for nothing.
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
    /// `origin` is the address that the repository was cloned from, `keys` are those of what is scanned.
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

    /// True if anything is known of who may sign.
    pub(super) fn are_known(&self) -> bool {
        self.own.is_some() || !self.rules.is_empty()
    }

    /// True if a rule is about `path` in particular.
    pub(super) fn speak_of(&self, path: &RepoPath) -> bool {
        self.rules.iter().any(|(globs, _)| globs.as_ref().is_some_and(|globs| globs.hold(path.as_bytes())))
    }

    /// Whether whoever made `proof` may sign `artifact`; `path` is the file of the signature.
    pub(super) fn judge(&self, artifact: &RepoPath, path: &RepoPath, proof: &Proof) -> Allowed {
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
                        "nobody has said who may sign: it was {identity}; [[signatures.signer]] in bartizan.toml names signers"
                    ));
                }
                // What the configuration says replaces what goes without saying.
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
        // By what it is, for a file is called as whoever writes it likes.
        let is_named =
            |may: &&May| matches!(may, May::Keys(keys) if keys.iter().any(|key| key == fingerprint));
        if rules.iter().any(is_named) {
            return Allowed::Yes(format!("signed by the key {shown}, as expected"));
        }
        match &self.held {
            _ if !rules.is_empty() => {
                Allowed::No(format!("it was signed by the key {shown}, which is not among those expected"))
            }
            Some((commit, held)) if !held.contains(fingerprint) => Allowed::No(format!(
                "it was signed by the key {shown}, which commit {commit} does not have: a change does not vouch for itself"
            )),
            _ => Allowed::Yes(format!("signed by the key {shown}, which the repository itself holds")),
        }
    }
}
