//! Sigstore's conformance suite: all cases through the program, with the defaults of the suite.

use std::fs;
use std::path::{Path, PathBuf};

use super::{IDENTITY, ISSUER, suite, verify};

/// What the suite says of a case.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) bundle: PathBuf,
    pub(super) artifact: PathBuf,
    pub(super) identity: String,
    pub(super) issuer: String,
    pub(super) key: Option<PathBuf>,
    pub(super) root: Option<PathBuf>,
    pub(super) valid: bool,
}

pub(super) fn cases(suite: &Path) -> Vec<Case> {
    let mut folders: Vec<PathBuf> = fs::read_dir(suite)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    let cases = folders.into_iter().map(|folder| {
        let there = |name: &str| Some(folder.join(name)).filter(|path| path.is_file());
        let text = |name: &str, other: &str| {
            there(name).map_or_else(|| other.to_owned(), |path| fs::read_to_string(path).unwrap())
        };
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        Case {
            bundle: folder.join("bundle.sigstore.json"),
            artifact: there("artifact").unwrap_or_else(|| suite.join("a.txt")),
            identity: text("identity", IDENTITY).trim().to_owned(),
            issuer: text("issuer", ISSUER).trim().to_owned(),
            key: there("key.pub"),
            root: there("trusted_root.json"),
            valid: !name.ends_with("_fail"),
            name,
        }
    });
    cases.collect()
}

impl Case {
    /// The arguments, without the artifact.
    pub(super) fn args(&self) -> Vec<&str> {
        let path = |path: &'_ Path| path.to_str().unwrap().to_owned().leak() as &str;
        let mut args = vec!["--bundle", path(&self.bundle)];
        match &self.key {
            Some(key) => args.extend(["--key", path(key)]),
            None => args.extend([
                "--certificate-identity",
                &self.identity,
                "--certificate-oidc-issuer",
                &self.issuer,
            ]),
        }
        args.extend(self.root.as_deref().into_iter().flat_map(|root| ["--trusted-root", path(root)]));
        args
    }
}

/// The table: 21 have to be verified and 49 must not be; by what they are called, and by the file and by its
/// digest.
#[test]
fn every_case_ends_as_the_suite_says() {
    let Some(suite) = suite() else { return };
    let cases = cases(&suite);
    assert_eq!((cases.len(), cases.iter().filter(|case| case.valid).count()), (70, 21));
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let digest = sha256(&case.artifact);
        for artifact in [case.artifact.to_str().unwrap(), &digest] {
            let mut args = case.args();
            args.extend(["--offline", artifact]);
            let ran = verify(folder.path(), &args);
            let told = ran.out.starts_with("verified: ");
            if (ran.code == 0) != case.valid || told != case.valid {
                wrong.push(format!("{} {artifact}: {}\n{}{}", case.name, ran.code, ran.out, ran.err));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong in itself is called invalid; what the root or the bundle lacks is not.
#[test]
fn what_cannot_be_judged_is_not_called_invalid() {
    let Some(suite) = suite() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut inconclusive = Vec::new();
    for case in cases(&suite).iter().filter(|case| !case.valid) {
        let mut args = case.args();
        args.push(case.artifact.to_str().unwrap());
        match verify(folder.path(), &args).code {
            1 => {}
            2 => inconclusive.push(case.name.trim_end_matches("_fail").to_owned()),
            code => panic!("{}: {code}", case.name),
        }
    }
    let expected = [
        "bundle-from-wrong-instance",
        "bundle-unknown-version",
        "intoto-missing-inclusion-proof",
        "invalid-ct-key",
        "managed-key-no-key",
        // The key itself is damaged.
        "managed-key-wrong-key",
        "rekor2-no-inclusion-proof",
        "rekor2-no-timestamp",
        "rekor2-timestamp-outside-trust-root-tsa-validity",
        "rekor2-timestamp-untrusted-tsa-with-embedded-cert",
        "rekor2-timestamp-untrusted-tsa-without-embedded-cert",
        // The root itself is malformed.
        "trust-root-tlog-missing-validity-start",
    ];
    assert_eq!(inconclusive, expected);
}

pub(super) fn sha256(file: &Path) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(fs::read(file).unwrap());
    format!("sha256:{}", data_encoding::HEXLOWER.encode(&digest))
}
