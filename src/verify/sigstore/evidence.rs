//! What was proven of a bundle, except the signer, as sentences.

use sigstore_types::{Bundle, HashAlgorithm, KindVersion, MessageDigest, TransparencyLogEntry};
use sigstore_verify::VerificationResult;
use sigstore_verify::crypto::CertificateInfo;

use crate::parse::signature::{Digest, DigestAlgorithm};

/// The evidence for a key signature without a log entry.
pub(super) const NO_LOG: &str = "in no transparency log: the signature by the key is proven, its time is not";

/// The digest that a bundle claims to sign.
pub(super) fn claimed(digest: &MessageDigest) -> Option<Digest> {
    let algorithm = match digest.algorithm {
        HashAlgorithm::Sha2256 => DigestAlgorithm::Sha256,
        HashAlgorithm::Sha2384 => DigestAlgorithm::Sha384,
        HashAlgorithm::Sha2512 => DigestAlgorithm::Sha512,
        _ => return None,
    };
    Some(Digest { algorithm, bytes: digest.digest.as_bytes().to_vec() })
}

/// What the library has proven of a bundle.
pub(super) struct Proven {
    /// True if the log contains it, or has promised to.
    pub(super) logged: bool,
    /// Proven upper bounds of the time of signing.
    times: Vec<jiff::Timestamp>,
    /// True if the times of authorities come first, otherwise those of the log.
    stamps_first: bool,
    /// True if only the log gives times.
    without_stamps: bool,
    pub(super) certificate: Option<CertificateInfo>,
    published: bool,
}

impl Proven {
    pub(super) fn of(result: &VerificationResult) -> Self {
        Self {
            logged: result.tlog_verified(),
            times: result.verified_timestamps().to_vec(),
            stamps_first: result.certificate().is_some(),
            without_stamps: false,
            certificate: result.certificate().cloned(),
            published: result.sct_verified(),
        }
    }

    /// What is proven if only the library's last step failed, see [`super::intoto`].
    pub(super) fn by_entries(bundle: &Bundle, certificate: Option<CertificateInfo>, logged: bool) -> Self {
        let entries = bundle.verification_material.tlog_entries.iter();
        let times = entries
            .filter(|entry| entry.inclusion_promise.is_some())
            .filter_map(|entry| entry.integrated_time);
        Self {
            logged,
            times: times.collect(),
            stamps_first: false,
            without_stamps: true,
            published: certificate.is_some() && logged,
            certificate,
        }
    }

    /// The latest proven upper bound of the time of signing, in seconds since 1970.
    pub(super) fn time(&self) -> Option<i64> {
        self.times.iter().min().map(|time| time.as_second())
    }

    /// All evidence as sentences. Unproven claims of the bundle are left out.
    pub(super) fn evidence(&self, bundle: &Bundle, github: bool) -> Vec<String> {
        let mut said = Vec::new();
        if self.logged {
            for entry in &bundle.verification_material.tlog_entries {
                said.extend(logged(entry));
            }
        }
        if !self.logged || said.is_empty() {
            said.push(if github {
                "in no transparency log: GitHub's own authority and its time stamp vouch for it".to_owned()
            } else {
                "in no transparency log: only its time stamp is proven".to_owned()
            });
        }
        let stamps = bundle.verification_material.timestamp_verification_data.rfc3161_timestamps.len();
        let stamped = match (self.without_stamps, self.stamps_first) {
            (true, _) => None,
            (false, true) => self.times.get(..stamps),
            (false, false) => self.times.len().checked_sub(stamps).and_then(|from| self.times.get(from..)),
        };
        said.extend(
            stamped.unwrap_or_default().iter().map(|time| format!("time stamped by an authority, {time}")),
        );
        if let Some(certificate) = &self.certificate {
            said.push(format!(
                "certificate valid from {} to {}",
                certificate.not_before, certificate.not_after
            ));
            if self.published {
                said.push("certificate published in a log of certificates".to_owned());
            }
            let claims = &certificate.ci_claims;
            let commit =
                claims.source_repository_digest.as_ref().map(|commit| format!("built from commit {commit}"));
            said.extend(commit);
            said.extend(claims.runner_environment.as_ref().map(|runner| format!("run on a {runner} runner")));
        }
        said
    }
}

/// The evidence of a log entry. The index of an entry in the older log is covered only by the log's promise; its
/// inclusion proof has an index of its own, within a tree.
fn logged(entry: &TransparencyLogEntry) -> Vec<String> {
    let newer = entry.kind_version == KindVersion::HashedRekordV002;
    let proof = entry.inclusion_proof.as_ref();
    let promise = entry.inclusion_promise.as_ref();
    let mut said = Vec::new();
    match (promise, proof) {
        (Some(_), _) => {
            let time = entry.integrated_time.map_or_else(String::new, |time| format!(", {time}"));
            said.push(format!("in the log at index {}{time}", entry.log_index));
        }
        (None, Some(_)) if newer => said.push(format!("in the log at index {}", entry.log_index)),
        (None, Some(proof)) => said.push(format!("in a tree of the log at index {}", proof.log_index)),
        (None, None) => return said,
    }
    said.push(match proof {
        Some(proof) => {
            let size = proof.checkpoint.checkpoint().map(|checkpoint| checkpoint.tree_size());
            let size = size.map_or_else(String::new, |size| format!(" of {size} entries"));
            format!("inclusion proven, up to a checkpoint{size} that the log has signed")
        }
        None => "inclusion not proven: the log has promised it".to_owned(),
    });
    said
}
