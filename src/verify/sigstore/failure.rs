//! Maps an error of the library: the signature is invalid, or undecided.

use sigstore_types::Bundle;
use sigstore_verify::bundle::Error as Shape;
use sigstore_verify::crypto::Error as Crypto;
use sigstore_verify::{CertificateError, Error, TimestampError};
use x509_cert::Certificate;

use super::trust::Trust;
use crate::verify::Failure;

/// How to fix a root that does not know a signer's authority.
const REFRESH: &str = "`bartizan db update` refreshes the roots, --trusted-root FILE names another";

/// A root does not know an authority or a log; `what` says which.
pub(super) fn unknown(what: &str) -> Failure {
    Failure::Inconclusive(format!("{what}; {REFRESH}"))
}

/// A bundle needs a newer program.
pub(super) fn unknown_kind(kind: &str) -> Failure {
    Failure::Inconclusive(format!("the kind `{kind}` of it or its log entry is not supported"))
}

/// Why `trust` rejected `bundle` with these certificates.
pub(super) fn from_error(error: &Error, trust: &Trust, bundle: &Bundle, chain: &[Certificate]) -> Failure {
    let wrong = || Failure::Invalid(describe(&error.to_string()));
    let lacking = |lacks: Option<String>| lacks.map_or_else(wrong, |what| unknown(&what));
    let cannot = || Failure::Inconclusive(describe(&error.to_string()));
    match error {
        Error::Certificate(CertificateError::NoValidAuthority { time }) => {
            unknown(&format!("{} names no authority that is valid at {time}", trust.name))
        }
        Error::Certificate(CertificateError::ChainInvalid(why)) => match trust.lacks_authority(chain) {
            Some(what) => unknown(&what),
            None => out_of_date(why, chain).unwrap_or_else(wrong),
        },
        Error::Certificate(CertificateError::Sct(_)) => lacking(trust.lacks_certificate_log(chain)),
        Error::TransparencyLog(_) => lacking(trust.lacks_log(bundle)),
        Error::Timestamp(TimestampError::Invalid(_)) => lacking(trust.lacks_stamper(bundle)),
        Error::Timestamp(TimestampError::OutsideAuthorityValidity { time }) => unknown(&format!(
            "{} names the authority that made the time stamp for another time than {time}",
            trust.name
        )),
        Error::Timestamp(TimestampError::NoVerifiedTimestamp(_)) => Failure::Inconclusive(
            "its time of signing is unproven, and the certificate was valid for minutes; it needs a log entry with a promise, or a time stamp"
                .to_owned(),
        ),
        Error::Bundle(Shape::MissingInclusionPromise(_)) => Failure::Inconclusive(
            "the log's promise is missing, which a bundle of this version has; sign again, or fetch the whole bundle"
                .to_owned(),
        ),
        Error::Bundle(Shape::MissingInclusionProof(_)) => Failure::Inconclusive(
            "the proof that the log holds it is missing, which a bundle of this version has; sign again, or fetch the whole bundle"
                .to_owned(),
        ),
        Error::Bundle(Shape::MissingSigningTimeEvidence | Shape::MissingTimestamp) => Failure::Inconclusive(
            "the bundle has neither a log entry nor a time stamp; it needs one of them".to_owned(),
        ),
        Error::ArtifactMismatch(_) => {
            Failure::ArtifactMismatch("what was signed is another file than this artifact".to_owned())
        }
        Error::InvalidTrustRoot(_) => {
            trust.lacks_certificate_log(chain).map_or_else(cannot, |what| unknown(&what))
        }
        Error::UnsupportedArtifact(_)
        | Error::UnsupportedBundle(_)
        | Error::TrustRoot(_)
        | Error::TrustedCertificate(_)
        | Error::Bundle(Shape::UnsupportedMediaType(_) | Shape::UnsupportedVerificationMaterial)
        | Error::Crypto(Crypto::UnsupportedAlgorithm(_)) => cannot(),
        Error::ArtifactRead(error) => super::plain::unreadable(error),
        _ => wrong(),
    }
}

/// A certificate was not valid when it was used, if `why` says so; the library has no variant for it.
fn out_of_date(why: &str, chain: &[Certificate]) -> Option<Failure> {
    let validity = &chain.first()?.tbs_certificate.validity;
    (why.contains("CertExpired") || why.contains("CertNotValidYet")).then(|| {
        Failure::Invalid(format!(
            "it was not signed while its certificates were valid, that of the signer from {} to {}",
            validity.not_before, validity.not_after
        ))
    })
}

/// The library's message in our style: lower case, without its prefixes.
pub(super) fn describe(text: &str) -> String {
    let text = text.strip_prefix("Bundle error: ").unwrap_or(text);
    let text = text.strip_prefix("Types error: ").unwrap_or(text);
    let text = text.strip_prefix("Crypto error: ").unwrap_or(text);
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    // Words such as `DSSE` stay.
    if chars.as_str().starts_with(char::is_uppercase) {
        return text.to_owned();
    }
    first.to_lowercase().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn messages_start_lower_case() {
        assert_eq!(describe("Types error: Invalid encoding: x"), "invalid encoding: x");
        assert_eq!(describe("DSSE failed"), "DSSE failed");
        assert_eq!(describe(""), "");
    }
}
