//! Verifies with `sigstore-verify`: the only module that uses that library.

mod evidence;
mod failure;
mod intoto;
mod plain;
mod trust;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;
use sigstore_types::{
    Artifact as Given, Bundle, DerCertificate, DerPublicKey, MediaType, SignatureBytes, SignatureContent,
    VerificationMaterialContent,
};
use sigstore_verify::crypto::{CertificateInfo, KeyAlgorithm, parse_certificate_info};
use sigstore_verify::{Policy, PublicKeyVerificationPolicy, VerificationPolicy, VerificationResult};

use crate::model::Signer;
use crate::parse::signature::Content;
use crate::verify::{Artifact, Failure, Proof, PublicKey, Roots, Verifier};
use evidence::Proven;
use intoto::Entries;
use trust::Trust;

/// Verifies Sigstore bundles, envelopes and plain signatures against roots that are parsed on demand.
pub(super) struct Sigstore {
    roots: Roots,
    parsed: Vec<OnceLock<Result<Trust, String>>>,
    require_inclusion_proof: bool,
}

impl Sigstore {
    /// A verifier with these roots.
    #[must_use]
    pub(super) fn new(roots: Roots) -> Self {
        let parsed = roots.all.iter().map(|_| OnceLock::new()).collect();
        Self { roots, parsed, require_inclusion_proof: false }
    }

    /// The same, but a signature without a log inclusion proof is inconclusive.
    #[must_use]
    pub(super) fn require_inclusion_proof(mut self, require: bool) -> Self {
        self.require_inclusion_proof = require;
        self
    }

    fn root(&self, at: usize) -> Result<&Trust, String> {
        let (Some(root), Some(cell)) = (self.roots.all.get(at), self.parsed.get(at)) else {
            return Err("no trusted root".to_owned());
        };
        cell.get_or_init(|| Trust::new(root)).as_ref().map_err(Clone::clone)
    }

    /// The root whose authority issued one of these certificates.
    fn root_for(&self, chain: &[x509_cert::Certificate]) -> Result<&Trust, Failure> {
        for at in 0..self.parsed.len() {
            let trust = self.root(at).map_err(Failure::Inconclusive)?;
            if trust.knows(chain) {
                return Ok(trust);
            }
        }
        let names: Vec<&str> = self.roots.all.iter().map(|root| root.name.as_str()).collect();
        let issuer = chain.first().map_or_else(String::new, |leaf| leaf.tbs_certificate.issuer.to_string());
        Err(failure::unknown(&format!(
            "the certificate is by `{issuer}`, which no trusted root names ({})",
            names.join(", ")
        )))
    }

    fn bundle(&self, json: &str, artifact: &Artifact<'_>, keys: &[PublicKey]) -> Result<Proof, Failure> {
        let opened = read(json)?;
        match &opened.bundle.verification_material.content {
            VerificationMaterialContent::PublicKey(_) => self.keyed(&opened, artifact, keys),
            _ => self.certified(&opened, artifact),
        }
    }

    /// Verifies a bundle with a certificate.
    fn certified(&self, opened: &Opened, artifact: &Artifact<'_>) -> Result<Proof, Failure> {
        let Opened { bundle, entries } = opened;
        let chain = trust::chain(bundle);
        if chain.is_empty() {
            return Err(Failure::Invalid("the bundle has no certificate that can be read".to_owned()));
        }
        claims_its_shape(bundle)?;
        let leaf = || bundle.signing_certificate().map(|leaf| leaf_of(leaf.as_bytes()));
        let verified = entries.known().and_then(|()| self.root_for(&chain)).and_then(|trust| {
            let mut policy = VerificationPolicy::any_identity();
            if trust.github {
                policy = policy.skip_sct().skip_tlog_unsafe();
            }
            let proven = match run(trust, bundle, artifact, &policy)? {
                Ok(result) => Proven::of(&result),
                Err(error) if entries.ends_so(&error) => {
                    let Some(leaf) = leaf() else {
                        return Err(failure::from_error(&error, trust, bundle, &chain));
                    };
                    let leaf = leaf?;
                    entries.check(bundle, &leaf.public_key)?;
                    Proven::by_entries(bundle, Some(leaf), !trust.github)
                }
                Err(error) => return Err(failure::from_error(&error, trust, bundle, &chain)),
            };
            Ok((trust, proven))
        });
        let (trust, proven) = match verified {
            Ok(verified) => verified,
            // A root without the log or authority does not excuse a signature that is wrong in itself.
            Err(Failure::Inconclusive(why)) => {
                let Some(Ok(leaf)) = leaf() else { return Err(Failure::Inconclusive(why)) };
                return match by_key_alone(bundle, artifact, &[leaf.public_key]) {
                    Err(worse @ (Failure::Invalid(_) | Failure::ArtifactMismatch(_))) => Err(worse),
                    Ok(_) | Err(Failure::Inconclusive(_)) => Err(Failure::Inconclusive(why)),
                };
            }
            Err(why) => return Err(why),
        };
        self.wants_proof(bundle, proven.logged)?;
        let signer = proven.certificate.as_ref().and_then(signer).ok_or_else(|| {
            Failure::Inconclusive(
                "the certificate names no signer: its identity or issuer is missing".to_owned(),
            )
        })?;
        Ok(Proof { signer, evidence: proven.evidence(bundle, trust.github), time: proven.time() })
    }

    /// Verifies a bundle signed with a key that it does not contain. A bundle that names another key than those at
    /// hand, as registries do, is inconclusive.
    fn keyed(&self, opened: &Opened, artifact: &Artifact<'_>, keys: &[PublicKey]) -> Result<Proof, Failure> {
        let outcome = self.by_keys(opened, artifact, keys);
        let VerificationMaterialContent::PublicKey(named) = &opened.bundle.verification_material.content
        else {
            return outcome;
        };
        let other = plain::names_other(&named.hint, keys);
        match outcome {
            Err(Failure::Invalid(_)) if other => Err(Failure::Inconclusive(format!(
                "it was signed with a key called `{}`, which is none of those at hand",
                named.hint
            ))),
            outcome => outcome,
        }
    }

    fn by_keys(
        &self,
        opened: &Opened,
        artifact: &Artifact<'_>,
        keys: &[PublicKey],
    ) -> Result<Proof, Failure> {
        let Opened { bundle, entries } = opened;
        let VerificationMaterialContent::PublicKey(named) = &bundle.verification_material.content else {
            return Err(Failure::Inconclusive("the bundle does not name a key".to_owned()));
        };
        if keys.is_empty() {
            return Err(Failure::Inconclusive(format!(
                "it was signed with a key{}, and no key is given",
                if named.hint.is_empty() { String::new() } else { format!(" called `{}`", named.hint) }
            )));
        }
        let ders: Vec<DerPublicKey> = keys.iter().map(|key| DerPublicKey::new(key.der.clone())).collect();
        let material = &bundle.verification_material;
        let logged = !material.tlog_entries.is_empty();
        if !logged && material.timestamp_verification_data.rfc3161_timestamps.is_empty() {
            let at = by_key_alone(bundle, artifact, &ders)?;
            self.wants_proof(bundle, false)?;
            return Ok(Proof {
                signer: holder(keys, at)?,
                evidence: vec![evidence::NO_LOG.to_owned()],
                time: None,
            });
        }
        if let Err(why) = entries.known() {
            by_key_alone(bundle, artifact, &ders)?;
            return Err(why);
        }
        // Most keys are excluded without reading the artifact.
        let candidates: Vec<usize> =
            (0..keys.len()).filter(|at| may_have_signed(&ders[*at], bundle)).collect();
        if ders.iter().all(|key| KeyAlgorithm::from_spki(key).is_err()) {
            return Err(plain::unknown_keys());
        }
        let mut last = Failure::Invalid(plain::not_made(keys.len()));
        for at in candidates {
            for root in 0..self.parsed.len() {
                let trust = self.root(root).map_err(Failure::Inconclusive)?;
                if trust.github {
                    continue;
                }
                let mut policy = PublicKeyVerificationPolicy::new(ders[at].clone());
                if !logged {
                    policy = policy.skip_tlog_unsafe();
                }
                let proven = match run(trust, bundle, artifact, &policy)? {
                    Ok(result) => Proven::of(&result),
                    Err(error) if entries.ends_so(&error) => {
                        entries.check(bundle, &ders[at])?;
                        Proven::by_entries(bundle, None, logged)
                    }
                    Err(error) => {
                        last = failure::from_error(&error, trust, bundle, &[]);
                        continue;
                    }
                };
                self.wants_proof(bundle, proven.logged)?;
                let evidence = proven.evidence(bundle, false);
                return Ok(Proof { signer: holder(keys, at)?, evidence, time: proven.time() });
            }
        }
        Err(last)
    }

    fn wants_proof(&self, bundle: &Bundle, log_verified: bool) -> Result<(), Failure> {
        if self.require_inclusion_proof && !(log_verified && bundle.has_inclusion_proof()) {
            return Err(Failure::Inconclusive(
                "a proof that the log holds it is required, and the bundle has none".to_owned(),
            ));
        }
        Ok(())
    }

    /// Verifies a detached signature.
    fn raw(
        &self,
        signature: &[u8],
        certificates: &[Vec<u8>],
        artifact: &Artifact<'_>,
        keys: &[PublicKey],
    ) -> Result<Proof, Failure> {
        let signature = SignatureBytes::new(signature.to_vec());
        if let Some(leaf) = certificates.first() {
            let leaf = leaf_of(leaf)?;
            plain::over_artifact(std::slice::from_ref(&leaf.public_key), &signature, artifact)?;
            return Err(untimed(&leaf));
        }
        let ders = given(keys)?;
        let at = plain::over_artifact(&ders, &signature, artifact)?;
        self.without_log(keys, at)
    }

    /// Verifies a detached envelope.
    fn envelope(
        &self,
        json: &str,
        certificate: Option<&[u8]>,
        artifact: &Artifact<'_>,
        keys: &[PublicKey],
    ) -> Result<Proof, Failure> {
        let envelope: Envelope = serde_json::from_str(json)
            .map_err(|error| Failure::Invalid(format!("the envelope cannot be read: {error}")))?;
        let payload = base64(&envelope.payload)
            .ok_or_else(|| Failure::Invalid("the payload of the envelope is not base64".to_owned()))?;
        let signatures: Vec<SignatureBytes> =
            envelope.signatures.iter().filter_map(|one| base64(&one.sig).map(SignatureBytes::new)).collect();
        if signatures.is_empty() {
            return Err(Failure::Invalid("the envelope has no signature that can be read".to_owned()));
        }
        let signed = |keys: &[DerPublicKey]| {
            let at = plain::over_envelope(keys, &envelope.payload_type, &payload, &signatures)?;
            plain::bound(&envelope.payload_type, &payload, artifact).map(|()| at)
        };
        if let Some(leaf) = certificate {
            let leaf = leaf_of(leaf)?;
            signed(std::slice::from_ref(&leaf.public_key))?;
            return Err(untimed(&leaf));
        }
        let at = signed(&given(keys)?)?;
        self.without_log(keys, at)
    }

    fn without_log(&self, keys: &[PublicKey], at: usize) -> Result<Proof, Failure> {
        if self.require_inclusion_proof {
            return Err(Failure::Inconclusive(
                "a proof that the log holds it is required, and a signature on its own has none".to_owned(),
            ));
        }
        Ok(Proof { signer: holder(keys, at)?, evidence: vec![evidence::NO_LOG.to_owned()], time: None })
    }
}

impl Verifier for Sigstore {
    fn check(&self) -> Result<(), String> {
        (0..self.parsed.len()).try_for_each(|at| self.root(at).map(|_| ()))
    }

    fn verify(
        &self,
        content: &Content,
        artifact: &Artifact<'_>,
        keys: &[PublicKey],
    ) -> Result<Proof, Failure> {
        let verified = catch_unwind(AssertUnwindSafe(|| match content {
            Content::Bundle(json) => self.bundle(json, artifact, keys),
            Content::Raw { signature, certificates } => self.raw(signature, certificates, artifact, keys),
            Content::Envelope { json, certificate } => {
                self.envelope(json, certificate.as_deref(), artifact, keys)
            }
            Content::Opaque => {
                Err(Failure::Inconclusive("signatures of this kind are recognised, not verified".to_owned()))
            }
        }));
        verified.unwrap_or_else(|_| {
            Err(Failure::Inconclusive(
                "what verifies signatures broke on it, which is a bug; please report it with the file"
                    .to_owned(),
            ))
        })
    }
}

/// A DSSE envelope, which may have several signatures.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload_type: String,
    payload: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Deserialize)]
struct EnvelopeSignature {
    sig: String,
}

/// Standard or URL-safe, padded or not, as DSSE allows.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').as_bytes();
    let standard = data_encoding::BASE64_NOPAD.decode(text);
    standard.or_else(|_| data_encoding::BASE64URL_NOPAD.decode(text)).ok()
}

/// A bundle, and its entries that the library does not support.
struct Opened {
    bundle: Bundle,
    entries: Entries,
}

/// Parses a bundle; one of an unknown version is inconclusive.
fn read(json: &str) -> Result<Opened, Failure> {
    let wrong =
        |words: &str| Failure::Invalid(format!("the bundle cannot be read: {}", failure::describe(words)));
    let mut value: Value = serde_json::from_str(json).map_err(|error| wrong(&error.to_string()))?;
    let entries = Entries::of(&mut value, json);
    let error = match Bundle::from_json(&value.to_string()) {
        Ok(bundle) => return Ok(Opened { bundle, entries }),
        Err(error) => error,
    };
    if let Some(kind) = value.get("mediaType").and_then(Value::as_str)
        && kind.parse::<MediaType>().is_err()
    {
        return Err(failure::unknown_kind(kind));
    }
    let words = error.to_string();
    Err(wrong(words.strip_prefix("JSON error: ").unwrap_or(&words)))
}

/// Rejects a bundle that claims an older version than its form, to avoid a requirement.
fn claims_its_shape(bundle: &Bundle) -> Result<(), Failure> {
    let newer = matches!(bundle.verification_material.content, VerificationMaterialContent::Certificate(_));
    if bundle.media_type == MediaType::Bundle0_1 && newer && !bundle.has_inclusion_proof() {
        return Err(Failure::Invalid(
            "the bundle calls itself v0.1 and has the form of v0.3, which needs a proof that the log holds it"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Runs the library. If it reports another artifact, the signature is verified against the digest that it claims.
fn run(
    trust: &Trust,
    bundle: &Bundle,
    artifact: &Artifact<'_>,
    policy: &dyn Policy,
) -> Result<Result<VerificationResult, sigstore_verify::Error>, Failure> {
    let verified = match artifact {
        Artifact::Digest(digest) => trust.verifier.verify(plain::digest_of(digest)?, bundle, policy),
        Artifact::Stream(open) => {
            let stream = || open().map_err(|error| plain::unreadable(&error));
            match trust.verifier.verify_reader(stream()?, bundle, policy) {
                // Some algorithms need the whole artifact in memory.
                Err(sigstore_verify::Error::UnsupportedArtifact(_)) => {
                    let bytes = plain::whole(artifact)?;
                    trust.verifier.verify(&bytes, bundle, policy)
                }
                verified => verified,
            }
        }
    };
    if matches!(verified, Err(sigstore_verify::Error::ArtifactMismatch(_))) {
        return mismatched(trust, bundle, artifact, policy).map_or(Ok(verified), |error| Ok(Err(error)));
    }
    Ok(verified)
}

/// Finds other defects of a bundle for another artifact: an invalid signature, or a log entry for another
/// artifact.
fn mismatched(
    trust: &Trust,
    bundle: &Bundle,
    artifact: &Artifact<'_>,
    policy: &dyn Policy,
) -> Option<sigstore_verify::Error> {
    let entry = || {
        let why = "it is for another artifact".to_owned();
        Some(sigstore_verify::TransparencyLogError::EntryMismatch(why).into())
    };
    match &bundle.content {
        SignatureContent::MessageSignature(signed) => {
            let claimed = signed.message_digest.as_ref()?;
            let claimed =
                sigstore_types::ArtifactDigest::new(claimed.algorithm, claimed.digest.clone()).ok()?;
            match trust.verifier.verify(Given::Digest(claimed), bundle, policy) {
                Err(sigstore_verify::Error::ArtifactMismatch(_)) => entry(),
                Err(sigstore_verify::Error::UnsupportedArtifact(_)) | Ok(_) => None,
                Err(error) => Some(error),
            }
        }
        SignatureContent::DsseEnvelope(envelope) => {
            let bound = plain::bound(&envelope.payload_type, envelope.payload.as_bytes(), artifact);
            bound.is_ok().then(entry).flatten()
        }
        _ => None,
    }
}

/// Verifies that the signature of a bundle is by `keys` over the artifact, ignoring log and certificate.
fn by_key_alone(bundle: &Bundle, artifact: &Artifact<'_>, keys: &[DerPublicKey]) -> Result<usize, Failure> {
    match &bundle.content {
        SignatureContent::MessageSignature(signed) => {
            let made = plain::over_artifact(keys, &signed.signature, artifact);
            let Err(Failure::Invalid(_)) = &made else { return made };
            // It may be valid for the digest that it claims.
            let claimed = signed.message_digest.as_ref().and_then(evidence::claimed);
            let Some(claimed) = claimed else { return made };
            match plain::over_artifact(keys, &signed.signature, &Artifact::Digest(&claimed)) {
                Ok(_) => Err(Failure::ArtifactMismatch(
                    "what was signed is another file than this artifact".to_owned(),
                )),
                Err(_) => made,
            }
        }
        SignatureContent::DsseEnvelope(envelope) => {
            let signatures = std::slice::from_ref(&envelope.signature.sig);
            let payload = envelope.payload.as_bytes();
            let at = plain::over_envelope(keys, &envelope.payload_type, payload, signatures)?;
            plain::bound(&envelope.payload_type, payload, artifact).map(|()| at)
        }
        _ => Err(Failure::Inconclusive("its signature scheme is not supported".to_owned())),
    }
}

/// False if the key certainly has not signed the bundle.
fn may_have_signed(key: &DerPublicKey, bundle: &Bundle) -> bool {
    let keys = std::slice::from_ref(key);
    match &bundle.content {
        SignatureContent::MessageSignature(signed) => {
            let Some(claimed) = signed.message_digest.as_ref().and_then(evidence::claimed) else {
                return true;
            };
            let made = plain::over_artifact(keys, &signed.signature, &Artifact::Digest(&claimed));
            !matches!(made, Err(Failure::Invalid(_)))
        }
        SignatureContent::DsseEnvelope(envelope) => {
            let signatures = std::slice::from_ref(&envelope.signature.sig);
            let payload = envelope.payload.as_bytes();
            plain::over_envelope(keys, &envelope.payload_type, payload, signatures).is_ok()
        }
        _ => true,
    }
}

fn given(keys: &[PublicKey]) -> Result<Vec<DerPublicKey>, Failure> {
    if keys.is_empty() {
        return Err(Failure::Inconclusive("it was signed with a key, and no key is given".to_owned()));
    }
    Ok(keys.iter().map(|key| DerPublicKey::new(key.der.clone())).collect())
}

fn holder(keys: &[PublicKey], at: usize) -> Result<Signer, Failure> {
    let key = keys.get(at).ok_or_else(|| Failure::Inconclusive("the key does not exist".to_owned()))?;
    let name = (!key.name.is_empty()).then(|| key.name.clone());
    Ok(Signer::Key { fingerprint: key.fingerprint(), name })
}

fn leaf_of(der: &[u8]) -> Result<CertificateInfo, Failure> {
    parse_certificate_info(&DerCertificate::new(der.to_vec())).map_err(|error| {
        Failure::Invalid(format!("the certificate cannot be read: {}", failure::describe(&error.to_string())))
    })
}

fn signer(certificate: &CertificateInfo) -> Option<Signer> {
    Some(Signer::Identity {
        identity: certificate.identity.as_ref()?.as_str().to_owned(),
        issuer: certificate.issuer.clone()?,
        repository: certificate.ci_claims.source_repository_uri.clone(),
    })
}

/// A valid signature of the certificate's key, at an unknown time.
fn untimed(leaf: &CertificateInfo) -> Failure {
    let name = leaf.identity.as_ref().map_or("an unknown identity", |identity| identity.as_str());
    Failure::Inconclusive(format!(
        "the signature is by the key of a certificate for `{name}`, which was valid from {} to {} only, and its time of signing is unproven; verify the bundle with the log entry instead",
        leaf.not_before, leaf.not_after
    ))
}
