//! Verifies the signatures of a repository, and says what each is worth.

use std::collections::BTreeSet;
use std::io;

use rayon::prelude::*;

use super::names::{below, beside, signed_name};
use super::pair::{self, Files, Paired, Survey, Wanted};
use super::signers::{Allowed, Signers};
use crate::model::{RepoPath, Signature, Signer, Standing};
use crate::parse::signature::{Content, Digest, Form, Kind, Signed, certificates, checksums, sniff};
use crate::verify::{Artifact, Failure, Proof, PublicKey, Verifier};

/// Lists of digests larger than this are not gone through.
const LIST_MAX: u64 = 4 << 20;
/// Files of a signed list, or subjects of a statement, that are compared.
const LISTED_MAX: usize = 10_000;

/// What signatures are judged with.
pub(super) struct Judge<'a> {
    pub(super) files: &'a Files<'a>,
    pub(super) verifier: &'a dyn Verifier,
    pub(super) signers: &'a Signers,
    /// Every public key that stands in the repository, the likeliest first.
    pub(super) keys: &'a [PublicKey],
}

/// A signature and the file that it stands in.
pub(super) struct Found<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) signed: Signed,
    /// If it stands in a layout of OCI, the image of that layout that it names.
    pub(super) layout: Option<Option<Digest>>,
}

impl Judge<'_> {
    /// What `found` are about, by name.
    pub(super) fn paired(&self, found: &[Found<'_>]) -> Vec<Paired> {
        let by_name = |found: &Found<'_>| match found.layout {
            // What is signed is an image beside it.
            Some(_) => Paired::Nothing,
            None => pair::by_name(self.files, found.path, &found.signed),
        };
        found.par_iter().map(by_name).collect()
    }

    /// What is still to be looked for among all files.
    pub(super) fn wanted(found: &[Found<'_>], paired: &[Paired]) -> Wanted {
        let lost = found
            .iter()
            .zip(paired)
            .filter(|(found, paired)| !matches!(paired, Paired::Bound(_)) && found.layout.is_none());
        let digests = lost.flat_map(|(found, _)| &found.signed.subjects).flat_map(|subject| &subject.digests);
        Wanted { digests: digests.cloned().collect(), names: BTreeSet::new() }
    }

    /// Verifies all of `found`. `survey` knows the files by digest.
    pub(super) fn verified(
        &self,
        found: &[Found<'_>],
        paired: Vec<Paired>,
        survey: &Survey,
    ) -> Vec<Signature> {
        let all: Vec<Vec<Signature>> = found
            .par_iter()
            .zip(paired)
            .map(|(found, paired)| {
                let paired = match paired {
                    Paired::Bound(_) => paired,
                    other => pair::by_digest(survey, found.path, &found.signed)
                        .map_or(other, |path| Paired::Bound(vec![path])),
                };
                self.one(found, paired)
            })
            .collect();
        let mut all: Vec<Signature> = all.into_iter().flatten().collect();
        all.sort_by(|a, b| (&a.path, a.line, &a.artifact).cmp(&(&b.path, b.line, &b.artifact)));
        all
    }

    /// What became of one signature; more than one if it is about several files.
    fn one(&self, found: &Found<'_>, paired: Paired) -> Vec<Signature> {
        let signed = &found.signed;
        let digest = signed.subjects.iter().flat_map(|subject| &subject.digests).min();
        let base = Signature {
            path: found.path.clone(),
            line: signed.line,
            form: signed.form.words(),
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
        if signed.content == Content::Opaque {
            let artifact = match paired {
                Paired::Bound(paths) => paths.into_iter().next(),
                Paired::Named(path) => Some(path),
                Paired::Nothing => None,
            };
            let reason = format!("bartizan recognises a {} and does not verify it", base.form);
            return vec![Signature { artifact, reason, ..base }];
        }
        let content = self.content(found);
        if let Some(image) = &found.layout {
            return vec![self.of_image(base, &content, signed, image.as_ref())];
        }
        match paired {
            Paired::Bound(paths) => {
                let paths: Vec<RepoPath> = paths.into_iter().take(LISTED_MAX).collect();
                paths.iter().flat_map(|path| self.of_file(&base, &content, path, true)).collect()
            }
            Paired::Named(path) => self.of_file(&base, &content, &path, digest.is_some()),
            Paired::Nothing => vec![self.without_artifact(base, &content, digest)],
        }
    }

    /// A signature in a layout, of `image` in the same.
    fn of_image(
        &self,
        base: Signature,
        content: &Content,
        signed: &Signed,
        image: Option<&Digest>,
    ) -> Signature {
        let Some(image) = image else {
            let reason = "it names no image of this layout, and so vouches for nothing here".to_owned();
            return Signature { standing: Standing::Invalid, changed: true, reason, ..base };
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
        self.judged(base, &path, outcome, None)
    }

    /// What there is to verify; of a signature alone together with the certificate beside it.
    fn content(&self, found: &Found<'_>) -> Content {
        match &found.signed.content {
            Content::Raw { signature, certificates } if certificates.is_empty() => Content::Raw {
                signature: signature.clone(),
                certificates: self.certificates_beside(found.path),
            },
            other => other.clone(),
        }
    }

    /// The certificates in the files that cosign would have written beside a signature.
    fn certificates_beside(&self, path: &RepoPath) -> Vec<Vec<u8>> {
        let whole = path.file_name();
        let stems = [signed_name(whole).unwrap_or(whole), whole];
        let endings: [&[u8]; 5] = [b".pem", b".crt", b".cert", b".cer", b".certificate"];
        let names = stems.iter().flat_map(|stem| endings.iter().map(|ending| [*stem, *ending].concat()));
        names
            .filter_map(|name| self.files.bytes(&beside(path, &name)?, 1 << 20))
            .map(|bytes| certificates(&bytes))
            .find(|certificates| !certificates.is_empty())
            .unwrap_or_default()
    }

    /// The signature as one of the file at `path`, and of what that file lists. `claims` is true if the
    /// signature says which digest it is for.
    fn of_file(&self, base: &Signature, content: &Content, path: &RepoPath, claims: bool) -> Vec<Signature> {
        let open = || self.files.open(path).unwrap_or_else(|| Err(io::ErrorKind::NotFound.into()));
        let outcome = self.verifier.verify(content, &Artifact::Stream(&open), self.keys_for(path).as_slice());
        let base = Signature { artifact: Some(path.clone()), ..base.clone() };
        // Without a digest in it a signature for something else looks like a wrong one.
        let outcome = match outcome {
            Err(Failure::Invalid(why)) if !claims => Err(Failure::Invalid(format!(
                "{why}: either the signature is wrong or {} has changed since",
                path.shown()
            ))),
            other => other,
        };
        let mut signature = self.judged(base, path, outcome, Some(path));
        let holds = matches!(signature.standing, Standing::Verified | Standing::UnexpectedIdentity);
        let mut all = Vec::new();
        if holds && sniff(path.file_name(), b"") == Some(Kind::Checksums) {
            let (same, others) = self.listed(&signature, path);
            signature.evidence.extend(same);
            all = others;
        }
        all.insert(0, signature);
        all
    }

    /// The keys, those nearest to `path` first.
    fn keys_for(&self, path: &RepoPath) -> Vec<PublicKey> {
        let mut keys = self.keys.to_vec();
        let near = super::names::folder(path);
        keys.sort_by_key(|key| super::names::folder(&RepoPath::from(key.name.as_str())) != near);
        keys
    }

    /// A signature of something that is not here: whether it holds can be told by the digest alone.
    fn without_artifact(&self, base: Signature, content: &Content, digest: Option<&Digest>) -> Signature {
        let Some(digest) = digest else {
            let reason =
                "what it signs is not in the repository, and the signature does not say by its digest what \
                          that is"
                    .to_owned();
            return Signature { reason, lost: true, ..base };
        };
        let outcome = self.verifier.verify(content, &Artifact::Digest(digest), self.keys);
        let path = base.path.clone();
        let judged = self.judged(base, &path, outcome, None);
        match judged.standing {
            Standing::Verified | Standing::UnexpectedIdentity => Signature {
                standing: Standing::Inconclusive,
                lost: true,
                reason: format!(
                    "the signature holds, but what it signs, {}, is not in the repository",
                    digest.shown()
                ),
                ..judged
            },
            Standing::Invalid | Standing::Inconclusive => judged,
        }
    }

    /// What the outcome of a verification makes of a signature of `about`.
    fn judged(
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
                        artifact.map_or(why, |path| {
                            format!(
                                "{} is not what was signed: it has changed since, or is another file",
                                path.shown()
                            )
                        }),
                    ),
                    Failure::Inconclusive(why) => (Standing::Inconclusive, why),
                };
                return Signature { standing, reason, changed, ..base };
            }
        };
        let (standing, reason) = match self.signers.judge(about, &base.path, &proof) {
            Allowed::Yes(why) => (Standing::Verified, why),
            Allowed::No(why) => (Standing::UnexpectedIdentity, why),
        };
        Signature { standing, reason, signer: Some(proof.signer), evidence: proof.evidence, ..base }
    }

    /// Compares the files that a signed list names with what it says of them: what was found to be the
    /// same, in words, and a signature for each one that is not.
    fn listed(&self, signature: &Signature, path: &RepoPath) -> (Option<String>, Vec<Signature>) {
        let Some(bytes) = self.files.bytes(path, LIST_MAX) else { return (None, Vec::new()) };
        let list = checksums(path.file_name(), &bytes).listed;
        let (mut same, mut absent) = (0_usize, 0_usize);
        let mut others = Vec::new();
        for entry in list.iter().take(LISTED_MAX) {
            let name = entry.name.strip_prefix("./").unwrap_or(&entry.name);
            let file = below(path, name).filter(|_| entry.inside).filter(|file| self.files.has(file));
            let Some(file) = file else {
                absent += 1;
                continue;
            };
            match self.files.is(&file, &entry.digest) {
                Ok(true) => same += 1,
                Ok(false) => others.push(Signature {
                    path: path.clone(),
                    line: entry.line,
                    form: "line of a signed list",
                    standing: Standing::Invalid,
                    changed: true,
                    reason: format!(
                        "{} is not what the signed list says: it has changed since, or is another file",
                        file.shown()
                    ),
                    artifact: Some(file),
                    digest: Some(entry.digest.shown()),
                    evidence: Vec::new(),
                    ..signature.clone()
                }),
                Err(error) => others.push(Signature {
                    path: path.clone(),
                    line: entry.line,
                    form: "line of a signed list",
                    standing: Standing::Inconclusive,
                    reason: format!("{} cannot be read: {error}", file.shown()),
                    artifact: Some(file),
                    evidence: Vec::new(),
                    ..signature.clone()
                }),
            }
        }
        let said = format!(
            "{same} of the {} files that it lists are here and as it says",
            same + absent + others.len()
        );
        (Some(said), others)
    }
}

fn is_foreign(form: Form) -> bool {
    matches!(form, Form::Minisign | Form::Pgp | Form::Ssh | Form::Tauri | Form::PythonAttestation)
}

/// The name of the key's file, if a key made the signature.
pub(super) fn key_of(signature: &Signature) -> Option<&str> {
    match signature.signer.as_ref()? {
        Signer::Key { name, .. } => name.as_deref(),
        Signer::Identity { .. } => None,
    }
}
