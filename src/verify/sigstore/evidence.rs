//! What was proven of a bundle besides who has signed, in sentences.

use sigstore_types::{Bundle, HashAlgorithm, KindVersion, MessageDigest, TransparencyLogEntry};
use sigstore_verify::VerificationResult;
use sigstore_verify::crypto::CertificateInfo;

use crate::parse::signature::{Digest, DigestAlgorithm};

/// What is said of signatures by a key that no log has seen.
pub(super) const NO_LOG: &str =
    "in no transparency log: that the key's holder signed is proven, but not when, and nobody else saw it";

/// The digest that a bundle says it signs.
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
    /// That the log holds it, or has promised to.
    pub(super) logged: bool,
    /// Moments that are proven to be no earlier than the signature.
    times: Vec<jiff::Timestamp>,
    /// True if those of authorities come first, else those of the log do.
    stamps_first: bool,
    /// True if the times are those of the log alone.
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

    /// What it has proven when its last step alone was not for it, see [`super::intoto`]: whatever it was asked to.
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

    /// The latest moment that is proven to be no earlier than the signature, in seconds since 1970.
    pub(super) fn time(&self) -> Option<i64> {
        self.times.iter().min().map(|time| time.as_second())
    }

    /// All of it in sentences. Nothing is said that the bundle claims alone.
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
                "in no transparency log: nobody but its maker and who stamped the time saw it".to_owned()
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

/// What is proven of an entry of the log. The index of an entry of the older log is covered by the log's
/// promise alone; the proof has one of its own, within a tree.
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
