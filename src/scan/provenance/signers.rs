//! Who may sign what: the rules of the configuration, and what goes without saying.

use std::sync::Arc;

use globset::GlobSet;

use super::names::on_github;
use super::policy::{Expected, Identity};
use crate::model::{RepoPath, Signer};
use crate::scan::config::{Glob, Named, exclusions};
use crate::source::Tree;
use crate::verify::Proof;

/// `[signatures]` of the configuration.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// A file with a trusted root, and where it is named.
    pub trusted_root: Option<Named>,
    /// A file of the repository with the SSH keys that may sign commits.
    pub allowed_signers: Option<RepoPath>,
    /// The commit from which such a file is taken; from what is scanned if there is none.
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
    pub path: Option<Glob>,
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
    rules: Vec<(Option<GlobSet>, Who)>,
    /// `owner/name` on GitHub.
    own: Option<String>,
}

impl Signers {
    /// `origin` is the address that the repository was cloned from.
    pub(super) fn new(rules: &[Rule], origin: Option<&str>) -> Self {
        // A glob was read once already, so that it can be made.
        let set = |glob: &Glob| exclusions([glob]).unwrap_or_default();
        let rules = rules.iter().map(|rule| (rule.path.as_ref().map(set), rule.who.clone())).collect();
        Self { rules, own: origin.and_then(on_github) }
    }

    /// True if anything is known of who may sign.
    pub(super) fn are_known(&self) -> bool {
        self.own.is_some() || !self.rules.is_empty()
    }

    /// True if a rule is about `path` in particular.
    pub(super) fn speak_of(&self, path: &RepoPath) -> bool {
        let path = gix::path::from_byte_slice(path.as_bytes());
        path.is_ok_and(|path| {
            self.rules.iter().any(|(glob, _)| glob.as_ref().is_some_and(|set| set.is_match(path)))
        })
    }

    /// Whether whoever made `proof` may sign `artifact`; `path` is the file of the signature.
    pub(super) fn judge(&self, artifact: &RepoPath, path: &RepoPath, proof: &Proof) -> Allowed {
        let fits = |glob: &Option<GlobSet>| {
            let matches = |path: &RepoPath| {
                gix::path::from_byte_slice(path.as_bytes())
                    .is_ok_and(|path| glob.as_ref().is_none_or(|set| set.is_match(path)))
            };
            matches(artifact) || matches(path)
        };
        let rules: Vec<&Who> = self.rules.iter().filter(|(glob, _)| fits(glob)).map(|(_, who)| who).collect();
        match &proof.signer {
            Signer::Key { name, .. } => by_key(&rules, name.as_deref()),
            signer @ Signer::Identity { identity, .. } => {
                let identities: Vec<Identity> = rules
                    .iter()
                    .filter_map(|who| match who {
                        Who::Identity(identity) => Some(identity.clone()),
                        Who::Key(_) => None,
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
}

fn by_key(rules: &[&Who], name: Option<&str>) -> Allowed {
    let shown = name.unwrap_or("a key without a name");
    let named = |who: &&&Who| matches!(who, Who::Key(path) if Some(path.shown().as_str()) == name);
    if rules.iter().any(|who| named(&who)) {
        return Allowed::Yes(format!("signed by the key {shown}, as expected"));
    }
    if rules.is_empty() {
        return Allowed::Yes(format!("signed by the key {shown}, which the repository itself holds"));
    }
    Allowed::No(format!("it was signed by the key {shown}, which is not among those expected"))
}
