//! Signatures that tests make with a key of their own, in every form, and what a scan says of them.

use std::fs;
use std::path::Path;

use bartizan::model::{Report, Severity, Signature, Standing};
use bartizan::scan::registry;
use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sigstore_verify::crypto::KeyPair;
use sigstore_verify::types::pae;
use tempfile::TempDir;

use crate::fixtures::scan_folder;

/// What the payload of an attestation is.
pub(crate) const IN_TOTO: &str = "application/vnd.in-toto+json";

/// A folder with the key that its signatures are made with, in `cosign.pub`.
pub(crate) struct Made {
    pub(crate) folder: TempDir,
    pub(crate) key: KeyPair,
}

impl Made {
    pub(crate) fn new() -> Self {
        let made =
            Self { folder: tempfile::tempdir().unwrap(), key: KeyPair::generate_ecdsa_p256().unwrap() };
        made.write("cosign.pub", made.key.public_key_der().unwrap().to_pem().as_bytes());
        made
    }

    pub(crate) fn at(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let file = self.at().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }

    pub(crate) fn append(&self, path: &str, more: &[u8]) {
        let mut bytes = fs::read(self.at().join(path)).unwrap();
        bytes.extend(more);
        self.write(path, &bytes);
    }

    fn signed(&self, bytes: &[u8]) -> String {
        BASE64.encode(self.key.sign(bytes).unwrap().as_bytes())
    }

    /// A signature alone, in base64.
    pub(crate) fn raw(&self, content: &[u8]) -> String {
        self.signed(content)
    }

    /// A bundle over a file.
    pub(crate) fn message(&self, content: &[u8]) -> String {
        let digest = BASE64.encode(&Sha256::digest(content));
        let message = json!({
            "messageDigest": { "algorithm": "SHA2_256", "digest": digest },
            "signature": self.signed(content),
        });
        bundle("messageSignature", message)
    }

    /// An envelope around a statement about files, by their names.
    pub(crate) fn envelope(&self, subjects: &[(&str, &[u8])]) -> Value {
        let subjects: Vec<Value> = subjects
            .iter()
            .map(|(name, content)| json!({ "name": name, "digest": { "sha256": sha256(content) } }))
            .collect();
        self.envelope_of(&json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": subjects,
            "predicateType": "https://slsa.dev/provenance/v1",
            "predicate": {},
        }))
    }

    pub(crate) fn envelope_of(&self, statement: &Value) -> Value {
        let payload = statement.to_string();
        json!({
            "payloadType": IN_TOTO,
            "payload": BASE64.encode(payload.as_bytes()),
            "signatures": [{ "keyid": "", "sig": self.signed(&pae(IN_TOTO, payload.as_bytes())) }],
        })
    }

    /// The same in a bundle.
    pub(crate) fn attestation(&self, subjects: &[(&str, &[u8])]) -> String {
        bundle("dsseEnvelope", self.envelope(subjects))
    }

    /// What a scan by the checks of signatures says.
    pub(crate) fn scan(&self) -> Report {
        let checks = registry::all().into_iter();
        scan_folder(
            self.at(),
            checks.filter(|check| check.meta.family == bartizan::model::Family::Provenance).collect(),
        )
    }
}

/// The digest of a file, as lists and statements write it.
pub(crate) fn sha256(content: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(content))
}

fn bundle(kind: &str, content: Value) -> String {
    let mut bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": { "hint": "" } },
    });
    bundle[kind] = content;
    bundle.to_string()
}

/// The signatures that a report has of the file at `path`.
pub(crate) fn of<'r>(report: &'r Report, path: &str) -> Vec<&'r Signature> {
    let of = |one: &&Signature| one.artifact.as_ref().is_some_and(|artifact| artifact.shown() == path);
    report.signatures.iter().filter(of).collect()
}

/// True if a scan would end with 1 or 2 for what it says of `path`.
pub(crate) fn accuses(report: &Report, path: &str) -> bool {
    let invalid = of(report, path).iter().any(|one| one.standing == Standing::Invalid);
    let told = report.findings.iter().any(|finding| {
        finding.severity >= Severity::Medium && finding.message.starts_with(&format!("{path} is not what"))
            || finding.message.contains(&format!(" of {path} is invalid"))
    });
    assert_eq!(invalid, told, "{path}: {:?} {:?}", report.signatures, report.findings);
    invalid
}

/// All that a scan says, for messages of tests.
pub(crate) fn said(report: &Report) -> String {
    let signature = |one: &Signature| {
        let of = one.artifact.as_ref().map(|path| path.shown()).unwrap_or_default();
        format!("{} of {of}: {}: {}\n", one.path.shown(), one.standing.as_str(), one.reason)
    };
    let mut text: String = report.signatures.iter().map(signature).collect();
    text.extend(
        report
            .findings
            .iter()
            .map(|finding| format!("{} {}: {}\n", finding.severity, finding.check, finding.message)),
    );
    text.extend(report.problems.iter().map(|problem| format!("problem: {}\n", problem.message)));
    text
}
