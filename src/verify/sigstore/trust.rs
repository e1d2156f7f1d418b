//! A parsed trusted root: what it can decide, and what it lacks.

use sigstore_trust_root::TrustedRoot;
use sigstore_types::{Bundle, DerCertificate, TimeRange, VerificationMaterialContent};
use sigstore_verify::Verifier;
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, SignedCertificateTimestampList, SubjectKeyIdentifier};

use crate::verify::Root;

/// The organisation whose authority needs neither a transparency log nor a certificate log.
const GITHUB: &str = "GitHub, Inc.";

/// A root to verify signatures with.
pub(super) struct Trust {
    pub(super) name: String,
    pub(super) verifier: Verifier,
    /// True for GitHub's root, which has no logs: its time stamps vouch.
    pub(super) github: bool,
    root: TrustedRoot,
    authorities: Vec<Authority>,
    /// Issuer and serial number of each time-stamping certificate, as in a time stamp.
    stampers: Vec<Vec<u8>>,
}

/// A certificate of an authority for signing certificates.
struct Authority {
    subject: Vec<u8>,
    key_id: Option<Vec<u8>>,
    window: Option<TimeRange>,
}

impl Trust {
    /// Parses a root.
    pub(super) fn new(root: &Root) -> Result<Self, String> {
        let wrong = |error: &dyn std::fmt::Display| format!("{} cannot be used: {error}", root.name);
        let parsed = TrustedRoot::from_json(&root.json).map_err(|error| wrong(&error))?;
        let verifier = Verifier::new(&parsed).map_err(|error| wrong(&error))?;
        let of_github = parsed
            .certificate_authorities
            .iter()
            .all(|authority| authority.subject.organization.as_deref() == Some(GITHUB));
        let github = of_github
            && !parsed.certificate_authorities.is_empty()
            && parsed.tlogs.is_empty()
            && parsed.ctlogs.is_empty();
        let mut authorities = Vec::new();
        for authority in &parsed.certificate_authorities {
            let certificates = authority.cert_chain.certificates.iter();
            authorities.extend(
                certificates.filter_map(|entry| Authority::new(&entry.raw_bytes, authority.valid_for)),
            );
        }
        let stampers =
            parsed.timestamp_authorities.iter().flat_map(|authority| &authority.cert_chain.certificates);
        let stampers = stampers.filter_map(|entry| issuer_and_serial(&entry.raw_bytes)).collect();
        Ok(Self { name: root.name.clone(), verifier, github, root: parsed, authorities, stampers })
    }

    /// The authorities of this root that could have issued one of these certificates.
    fn issuers<'a>(&'a self, chain: &'a [Certificate]) -> impl Iterator<Item = &'a Authority> {
        self.authorities.iter().filter(|authority| {
            chain.iter().any(|certificate| authority.may_have_issued(certificate).unwrap_or(false))
        })
    }

    /// True if this root knows the issuer of one of these certificates.
    pub(super) fn knows(&self, chain: &[Certificate]) -> bool {
        self.issuers(chain).next().is_some()
    }

    /// Why this root does not know the authority at the time of the certificate, if so.
    pub(super) fn lacks_authority(&self, chain: &[Certificate]) -> Option<String> {
        let leaf = chain.first()?;
        let from = leaf.tbs_certificate.validity.not_before.to_system_time();
        let from = jiff::Timestamp::try_from(from).ok()?;
        let valid =
            |authority: &Authority| authority.window.as_ref().is_none_or(|window| window.contains(from));
        if self.issuers(chain).any(valid) {
            return None;
        }
        Some(format!("{} names no authority `{}` for {from}", self.name, leaf.tbs_certificate.issuer))
    }

    /// Why this root does not know a log that the bundle names, if so.
    pub(super) fn lacks_log(&self, bundle: &Bundle) -> Option<String> {
        for entry in &bundle.verification_material.tlog_entries {
            let id = entry.log_id.key_id.as_bytes();
            let Some(log) = self.root.tlogs.iter().find(|log| log.log_id.key_id.as_bytes() == id) else {
                return Some(format!(
                    "{} names no transparency log {}",
                    self.name,
                    data_encoding::HEXLOWER.encode(id)
                ));
            };
            let window = log.public_key.valid_for;
            if let (Some(time), Some(window)) = (entry.integrated_time, window)
                && !window.contains(time)
            {
                return Some(format!(
                    "{} names the log {} for another time than {time}",
                    self.name, log.base_url
                ));
            }
        }
        None
    }

    /// Why this root knows none of the logs of the certificate, if so.
    pub(super) fn lacks_certificate_log(&self, chain: &[Certificate]) -> Option<String> {
        let list = chain.first()?.tbs_certificate.get::<SignedCertificateTimestampList>().ok()??.1;
        let ids: Vec<[u8; 32]> = list
            .parse_timestamps()
            .ok()?
            .iter()
            .filter_map(|stamp| Some(stamp.parse_timestamp().ok()?.log_id.key_id))
            .collect();
        let known =
            |id: &[u8; 32]| self.root.ctlogs.iter().any(|log| log.log_id.key_id.as_bytes() == id.as_slice());
        (!ids.is_empty() && !ids.iter().any(known))
            .then(|| format!("{} names no log of certificates that has seen this one", self.name))
    }

    /// Why this root does not know who made a time stamp of the bundle, if so.
    pub(super) fn lacks_stamper(&self, bundle: &Bundle) -> Option<String> {
        let stamps = &bundle.verification_material.timestamp_verification_data.rfc3161_timestamps;
        // This only decides how a failure is reported, so a byte search is enough.
        let unknown = stamps.iter().any(|stamp| {
            let token = stamp.signed_timestamp.as_bytes();
            !self.stampers.iter().any(|stamper| memchr::memmem::find(token, stamper).is_some())
        });
        unknown.then(|| format!("{} names no authority that made this time stamp", self.name))
    }
}

impl Authority {
    fn new(der: &DerCertificate, window: Option<TimeRange>) -> Option<Self> {
        let certificate = Certificate::from_der(der.as_bytes()).ok()?;
        let subject = certificate.tbs_certificate.subject.to_der().ok()?;
        let key_id = certificate.tbs_certificate.get::<SubjectKeyIdentifier>().ok().flatten();
        Some(Self { subject, key_id: key_id.map(|(_, id)| id.0.into_bytes()), window })
    }

    fn may_have_issued(&self, certificate: &Certificate) -> Option<bool> {
        if certificate.tbs_certificate.issuer.to_der().ok()? != self.subject {
            return Some(false);
        }
        let named = certificate.tbs_certificate.get::<AuthorityKeyIdentifier>().ok().flatten();
        let named = named.and_then(|(_, id)| id.key_identifier);
        Some(match (&self.key_id, named) {
            (Some(ours), Some(named)) => ours.as_slice() == named.as_bytes(),
            _ => true,
        })
    }
}

fn issuer_and_serial(der: &DerCertificate) -> Option<Vec<u8>> {
    let certificate = Certificate::from_der(der.as_bytes()).ok()?;
    let mut bytes = certificate.tbs_certificate.issuer.to_der().ok()?;
    bytes.extend(certificate.tbs_certificate.serial_number.to_der().ok()?);
    Some(bytes)
}

/// The certificates of a bundle that can be parsed, leaf first; empty if the leaf cannot.
pub(super) fn chain(bundle: &Bundle) -> Vec<Certificate> {
    match &bundle.verification_material.content {
        VerificationMaterialContent::Certificate(leaf) => {
            Certificate::from_der(leaf.raw_bytes.as_bytes()).into_iter().collect()
        }
        VerificationMaterialContent::X509CertificateChain { certificates } => certificates
            .iter()
            .map_while(|one| Certificate::from_der(one.raw_bytes.as_bytes()).ok())
            .collect(),
        _ => Vec::new(),
    }
}
