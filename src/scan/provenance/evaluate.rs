//! Verifies the signatures of a repository.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Mutex;

use rayon::prelude::*;

use super::claims::{Claim, Subjects, UNPROVEN, settled};
use super::layouts::InLayout;
use super::leads::{self, Leads};
use super::names::beside;
use super::pair::{self, Files, Survey, There, Wanted};
use super::signers::{Allowed, Signers};
use crate::model::{RepoPath, Signature, Signer, SkipReason, Standing};
use crate::parse::signature::{Content, Digest, DigestAlgorithm, Form, Signed, certificates, signed_names};
use crate::verify::{Artifact, Failure, Proof, PublicKey, Verifier};

/// Most files verified per statement.
const FILES_MAX: usize = 10_000;

/// The inputs for verifying signatures.
pub(super) struct Evaluator<'a> {
    pub(super) files: &'a Files<'a>,
    pub(super) verifier: &'a dyn Verifier,
    pub(super) signers: &'a Signers,
    /// Every public key in the repository, likeliest first.
    pub(super) keys: &'a [PublicKey],
    /// What could not be compared: the file with the digest, its line, and why.
    pub(super) unread: Mutex<Vec<(RepoPath, u32, String)>>,
}

/// A signature and its file.
pub(super) struct Found<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) signed: Signed,
    /// If it is in an OCI layout, its subject there.
    pub(super) layout: Option<InLayout>,
}

/// The result of a signature for a file.
struct Evaluated {
    signature: Signature,
    /// True if the file was found by a name in the statement.
    by_subject: bool,
}

impl Evaluator<'_> {
    /// Files found by name.
    pub(super) fn leads(&self, found: &[Found<'_>]) -> Vec<Leads> {
        let of = |found: &Found<'_>| match &found.layout {
            // The signed artifact is an image next to it.
            Some(_) => Leads::default(),
            None => leads::of(self.files, found.path, &found.signed),
        };
        let leads: Vec<Leads> = found.par_iter().map(of).collect();
        let mut all: Vec<(&RepoPath, Leads)> = found.iter().map(|found| found.path).zip(leads).collect();
        leads::share(&mut all);
        all.into_iter().map(|(_, leads)| leads).collect()
    }

    /// Digests to search in all files, since no name matches.
    pub(super) fn wanted(found: &[Found<'_>], leads: &[Leads]) -> Wanted {
        let lost = found
            .iter()
            .zip(leads)
            .filter(|(found, leads)| leads.is_empty() && found.layout.is_none())
            .filter(|(found, _)| found.signed.content != Content::Opaque);
        let digests = lost.flat_map(|(found, _)| &found.signed.subjects).flat_map(|subject| &subject.digests);
        Wanted { digests: digests.cloned().collect(), names: BTreeSet::new() }
    }

    /// Verifies all of `found`. `survey` indexes files by digest.
    pub(super) fn verified(&self, found: &[Found<'_>], leads: Vec<Leads>, survey: &Survey) -> Vec<Signature> {
        let all: Vec<Vec<Evaluated>> =
            found.par_iter().zip(leads).map(|(found, leads)| self.one(found, &leads, survey)).collect();
        let mut all = older(all.into_iter().flatten().collect());
        all.sort_by(|a, b| (&a.path, a.line, &a.artifact).cmp(&(&b.path, b.line, &b.artifact)));
        all
    }

    /// The results of one signature, one per file.
    fn one(&self, found: &Found<'_>, leads: &Leads, survey: &Survey) -> Vec<Evaluated> {
        let signed = &found.signed;
        let digest = signed.subjects.iter().flat_map(|subject| &subject.digests).min();
        let base = Signature {
            path: found.path.clone(),
            line: signed.line,
            form: signed.shown(),
            foreign: is_foreign(signed.form),
            artifact: None,
            digest: digest.map(Digest::shown),
            standing: Standing::Inconclusive,
            changed: false,
            reason: String::new(),
            signer: None,
            evidence: Vec::new(),
            predicate: signed.predicate.clone(),
            lost: false,
        };
        let alone = |signature| vec![Evaluated { signature, by_subject: false }];
        if signed.content == Content::Opaque {
            let reason = format!("bartizan recognises a {} but does not verify it", base.form);
            return alone(Signature { artifact: leads.all().next().cloned(), reason, ..base });
        }
        let content = self.content(found);
        if let Some(layout) = &found.layout {
            return self.of_image(base, &content, signed, layout);
        }
        if !leads.is_empty() {
            return self.of_files(&base, &content, signed, leads);
        }
        match pair::by_digest(survey, found.path, signed) {
            Some(path) => {
                let leads = Leads { own: vec![path], ..Leads::default() };
                self.of_files(&base, &content, signed, &leads)
            }
            None => alone(self.without_artifact(base, &content, digest)),
        }
    }

    /// The signature for each of its files, and for files listed in them.
    fn of_files(
        &self,
        base: &Signature,
        content: &Content,
        signed: &Signed,
        leads: &Leads,
    ) -> Vec<Evaluated> {
        let subjects = Subjects::new(&signed.subjects);
        let claims_digest = signed.subjects.iter().any(|subject| !subject.digests.is_empty());
        let count = leads.own.len() + leads.named.len();
        if count > FILES_MAX {
            let why = format!("names {count} files of the repository; {FILES_MAX} of them were compared");
            self.not_compared(&base.path, base.line, why);
        }
        let mut files = Vec::new();
        for (at, path) in leads.all().enumerate().take(FILES_MAX) {
            let by_subject = at >= leads.own.len();
            match self.files.look(path) {
                There::Other(reason) => {
                    let signature = self.not_followed(base, path, reason);
                    files.push((path, by_subject, Err(signature)));
                }
                There::File | There::Nothing => {
                    let mut digest = |algorithm: DigestAlgorithm| self.files.digest(path, algorithm);
                    let claim = subjects.claim(&path.shown(), &mut digest).unwrap_or(Claim::Nothing);
                    files.push((path, by_subject, Ok(claim)));
                }
            }
        }
        // The validity of a statement does not depend on the file: it is verified once.
        let sample = files
            .iter()
            .find(|(_, _, claim)| *claim == Ok(Claim::Same))
            .or_else(|| files.iter().find(|(_, _, claim)| claim.is_ok()))
            .filter(|_| signed.subjects.len() > 1 && files.len() > 1)
            .map(|(path, ..)| self.verify(content, path));
        let mut all = Vec::new();
        for (path, by_subject, claim) in files {
            let claim = match claim {
                Ok(claim) => claim,
                Err(signature) => {
                    all.push(Evaluated { signature, by_subject });
                    continue;
                }
            };
            let outcome = match &sample {
                Some(outcome) => outcome.clone(),
                None => self.verify(content, path),
            };
            // Without a digest, a signature for something else looks invalid.
            let outcome = match outcome {
                Err(Failure::Invalid(why)) if !claims_digest => Err(Failure::Invalid(format!(
                    "{why}: either the signature is invalid or {} has changed since",
                    path.shown()
                ))),
                other => settled(other, claim),
            };
            let of_path =
                subjects.about(&path.shown()).0.into_iter().flat_map(|subject| &subject.digests).min();
            let digest = of_path.map(Digest::shown).or_else(|| base.digest.clone());
            let base = Signature { artifact: Some(path.clone()), digest, ..base.clone() };
            let mut signature = self.evaluated(base, path, outcome, Some(path));
            let listed = self.listed(&mut signature, path);
            all.push(Evaluated { signature, by_subject });
            all.extend(listed.into_iter().map(|signature| Evaluated { signature, by_subject: false }));
        }
        all
    }

    fn verify(&self, content: &Content, path: &RepoPath) -> Result<Proof, Failure> {
        let open = || self.files.open(path).unwrap_or_else(|| Err(io::ErrorKind::NotFound.into()));
        self.verifier.verify(content, &Artifact::Stream(&open), &self.keys_for(path))
    }

    /// Records what could not be compared.
    pub(super) fn not_compared(&self, path: &RepoPath, line: u32, why: String) {
        self.unread.lock().expect("no thread panics while it holds the lock").push((path.clone(), line, why));
    }

    /// A signature of an artifact that is not a readable file.
    fn not_followed(&self, base: &Signature, path: &RepoPath, reason: SkipReason) -> Signature {
        let what = pair::not_a_file(reason);
        let reason = format!("{} {what}: it was not compared with the signature", path.shown());
        self.not_compared(&base.path, base.line, reason.clone());
        Signature { artifact: Some(path.clone()), standing: Standing::Inconclusive, reason, ..base.clone() }
    }

    /// A signature of an image in the same layout, and one more for each part of the image that differs from its
    /// manifest.
    fn of_image(
        &self,
        base: Signature,
        content: &Content,
        signed: &Signed,
        layout: &InLayout,
    ) -> Vec<Evaluated> {
        let alone = |signature| Evaluated { signature, by_subject: false };
        let Some(image) = &layout.image else {
            let reason = "it names no image of this layout".to_owned();
            return vec![alone(Signature { standing: Standing::Invalid, changed: true, reason, ..base })];
        };
        let base = Signature { digest: Some(image.shown()), ..base };
        let path = base.path.clone();
        let outcome = match &signed.payload {
            Some(payload) => {
                let open = || Ok(Box::new(io::Cursor::new(payload.clone())) as Box<dyn io::Read>);
                self.verifier.verify(content, &Artifact::Stream(&open), self.keys)
            }
            None => self.verifier.verify(content, &Artifact::Digest(image), self.keys),
        };
        let mut signature = self.evaluated(base, &path, outcome, None);
        if signature.standing == Standing::Invalid {
            return vec![alone(signature)];
        }
        if signature.standing != Standing::Inconclusive && layout.same > 0 {
            let said = format!("{} parts of the image match its manifest", layout.same);
            signature.evidence.push(said);
        }
        let part = |path: &RepoPath| {
            alone(Signature {
                form: "part of a signed image".into(),
                artifact: Some(path.clone()),
                standing: Standing::Invalid,
                changed: true,
                reason: changed_since(path, "the manifest of the signed image says", ""),
                evidence: Vec::new(),
                ..signature.clone()
            })
        };
        let mut all: Vec<Evaluated> = layout.changed.iter().map(part).collect();
        all.push(alone(signature));
        all
    }

    /// What to verify; a bare signature together with the certificate next to it.
    fn content(&self, found: &Found<'_>) -> Content {
        match &found.signed.content {
            Content::Raw { signature, certificates } if certificates.is_empty() => Content::Raw {
                signature: signature.clone(),
                certificates: self.certificates_beside(found.path),
            },
            other => other.clone(),
        }
    }

    /// The certificates in files that cosign writes next to a signature.
    fn certificates_beside(&self, path: &RepoPath) -> Vec<Vec<u8>> {
        let whole = path.file_name();
        let stems = [signed_names(whole).first().copied().unwrap_or(whole), whole];
        let endings: [&[u8]; 5] = [b".pem", b".crt", b".cert", b".cer", b".certificate"];
        let names = stems.iter().flat_map(|stem| endings.iter().map(|ending| [*stem, *ending].concat()));
        names
            .filter_map(|name| self.files.bytes(&beside(path, &name)?, 1 << 20))
            .map(|bytes| certificates(&bytes))
            .find(|certificates| !certificates.is_empty())
            .unwrap_or_default()
    }

    /// The keys, nearest to `path` first.
    fn keys_for(&self, path: &RepoPath) -> Vec<PublicKey> {
        let mut keys = self.keys.to_vec();
        let near = path.folder();
        keys.sort_by_key(|key| RepoPath::from(key.name.as_str()).folder() != near);
        keys
    }

    /// A signature of a missing artifact: it is verified by digest alone.
    fn without_artifact(&self, base: Signature, content: &Content, digest: Option<&Digest>) -> Signature {
        let Some(digest) = digest else {
            let reason = "its artifact is not in the repository, and the signature contains no digest of it"
                .to_owned();
            return Signature { reason, lost: true, ..base };
        };
        let outcome = self.verifier.verify(content, &Artifact::Digest(digest), self.keys);
        let path = base.path.clone();
        let evaluated = self.evaluated(base, &path, outcome, None);
        match evaluated.standing {
            Standing::Verified | Standing::UnexpectedIdentity => Signature {
                standing: Standing::Inconclusive,
                lost: true,
                reason: format!(
                    "the signature is valid, but its artifact {} is not in the repository",
                    digest.shown()
                ),
                ..evaluated
            },
            Standing::Invalid | Standing::Inconclusive => evaluated,
        }
    }

    /// The result for a signature of `about` from its verification.
    fn evaluated(
        &self,
        base: Signature,
        about: &RepoPath,
        outcome: Result<Proof, Failure>,
        artifact: Option<&RepoPath>,
    ) -> Signature {
        let proof = match outcome {
            Ok(proof) => proof,
            Err(failure) => {
                let changed = matches!(failure, Failure::ArtifactMismatch(_));
                let (standing, reason) = match failure {
                    Failure::Invalid(why) => (Standing::Invalid, why),
                    Failure::ArtifactMismatch(why) => (
                        Standing::Invalid,
                        match artifact {
                            Some(path) => changed_since(path, "was signed", unproven(&why)),
                            None => why,
                        },
                    ),
                    Failure::Inconclusive(why) => (Standing::Inconclusive, why),
                };
                return Signature { standing, reason, changed, ..base };
            }
        };
        let (standing, reason) = match self.signers.evaluate(about, &base.path, &proof) {
            Allowed::Yes(why) => (Standing::Verified, why),
            Allowed::No(why) => (Standing::UnexpectedIdentity, why),
        };
        Signature { standing, reason, signer: Some(proof.signer), evidence: proof.evidence, ..base }
    }
}

/// The message that the file at `path` differs.
pub(super) fn changed_since(path: &RepoPath, what: &str, unproven: &str) -> String {
    format!("{} is not what {what}: it has changed since, or is a different file{unproven}", path.shown())
}

/// The suffix about an inconclusive signature in a mismatch message, see [`settled`].
fn unproven(why: &str) -> &str {
    why.find(UNPROVEN).map_or("", |at| &why[at..])
}

/// Drops a mismatch found only by a name in a statement if another signature covers the file: statements of earlier
/// versions name files that have changed.
fn older(all: Vec<Evaluated>) -> Vec<Signature> {
    let proven: BTreeMap<RepoPath, RepoPath> = all
        .iter()
        .filter(|one| one.signature.standing == Standing::Verified)
        .filter_map(|one| Some((one.signature.artifact.clone()?, one.signature.path.clone())))
        .collect();
    let of_older = |one: Evaluated| {
        let signature = one.signature;
        let by = signature.artifact.as_ref().and_then(|artifact| proven.get(artifact));
        match by {
            Some(by) if one.by_subject && signature.changed => {
                let artifact = signature.artifact.as_ref().map(RepoPath::shown).unwrap_or_default();
                let reason = format!(
                    "its artifact is not in the repository: {artifact} is another version, signed by {}",
                    by.shown()
                );
                Signature {
                    standing: Standing::Inconclusive,
                    artifact: None,
                    changed: false,
                    lost: true,
                    reason,
                    ..signature
                }
            }
            _ => signature,
        }
    };
    all.into_iter().map(of_older).collect()
}

fn is_foreign(form: Form) -> bool {
    matches!(form, Form::Minisign | Form::Pgp | Form::Ssh | Form::Tauri)
}

/// The name of the key's file, if a key made the signature.
pub(super) fn key_of(signature: &Signature) -> Option<&str> {
    match signature.signer.as_ref()? {
        Signer::Key { name, .. } => name.as_deref(),
        Signer::Identity { .. } => None,
    }
}
