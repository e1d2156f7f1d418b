//! Trusted roots over The Update Framework, from a repository that the test makes and serves. Whatever goes
//! wrong, the root of before stays.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bartizan::external::roots::{Owner, at_hand};
use bartizan::external::tuf::{Refreshed, Repository, refresh};
use serde_json::{Value, json};
use sigstore_trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT;
use sigstore_verify::crypto::{KeyPair, sha256};
use tempfile::TempDir;

use crate::cli::{Ran, command, ran};
use crate::dependencies::server::{Server, body, status};

/// 2026-09-21, the present of these tests.
const NOW: i64 = 1_790_000_000;
const DAY: i64 = 86_400;
const LATER: &str = "2030-01-01T00:00:00Z";
const BEFORE: &str = "2026-01-01T00:00:00Z";

/// What is said in the repository, and by whom.
struct Made<'a> {
    /// Signs the root and everything below it.
    key: &'a KeyPair,
    /// Signs the timestamp instead.
    timestamp_key: &'a KeyPair,
    version: u64,
    expires: &'a str,
    target: &'a str,
    /// What is served in the target's place.
    served: Option<Vec<u8>>,
}

impl<'a> Made<'a> {
    fn new(key: &'a KeyPair, version: u64, target: &'a str) -> Self {
        Self { key, timestamp_key: key, version, expires: LATER, target, served: None }
    }

    /// The files of the repository by their paths.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let target = self.target.as_bytes();
        let version = self.version;
        let hash = sha256(target).to_hex();
        let targets = signed(
            self.key,
            &json!({
                "_type": "targets", "spec_version": "1.0", "version": version, "expires": LATER,
                "targets": { "trusted_root.json": { "length": target.len(), "hashes": { "sha256": hash } } },
            }),
        );
        let snapshot = signed(
            self.key,
            &json!({
                "_type": "snapshot", "spec_version": "1.0", "version": version, "expires": LATER,
                "meta": { "targets.json": { "version": version } },
            }),
        );
        let timestamp = signed(
            self.timestamp_key,
            &json!({
                "_type": "timestamp", "spec_version": "1.0", "version": version, "expires": self.expires,
                "meta": { "snapshot.json": { "version": version } },
            }),
        );
        BTreeMap::from([
            ("timestamp.json".to_owned(), timestamp),
            (format!("{version}.snapshot.json"), snapshot),
            (format!("{version}.targets.json"), targets),
            (format!("targets/{hash}.trusted_root.json"), self.served.clone().unwrap_or(target.to_vec())),
        ])
    }
}

fn id(key: &KeyPair) -> String {
    sha256(key.public_key_der().unwrap().as_bytes()).to_hex()
}

fn signed(key: &KeyPair, what: &Value) -> Vec<u8> {
    let bytes = sigstore_tuf::canonical_json::to_canonical_bytes(what).unwrap();
    let signature = data_encoding::HEXLOWER.encode(key.sign(&bytes).unwrap().as_bytes());
    json!({ "signed": what, "signatures": [{ "keyid": id(key), "sig": signature }] }).to_string().into_bytes()
}

/// The metadata of a root by `signer` that gives all roles to `key`.
fn root(signer: &KeyPair, key: &KeyPair, version: u64, expires: &str) -> Vec<u8> {
    let pem = key.public_key_der().unwrap().to_pem();
    let role = json!({ "keyids": [id(key)], "threshold": 1 });
    signed(
        signer,
        &json!({
            "_type": "root", "spec_version": "1.0", "version": version, "expires": expires,
            "consistent_snapshot": true,
            "keys": { id(key): {
                "keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256", "keyval": { "public": pem },
            } },
            "roles": { "root": role, "timestamp": role, "snapshot": role, "targets": role },
        }),
    )
}

struct Setting {
    folder: TempDir,
    server: Server,
    key: KeyPair,
    start: Vec<u8>,
}

impl Setting {
    fn new() -> Self {
        let key = KeyPair::generate_ecdsa_p256().unwrap();
        let start = root(&key, &key, 1, LATER);
        Self { folder: tempfile::tempdir().unwrap(), server: Server::start(), key, start }
    }

    fn url(&self) -> String {
        self.server.url.rsplit_once('/').unwrap().0.to_owned()
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn serves(&self, files: BTreeMap<String, Vec<u8>>) {
        self.server.answers(move |request| {
            let path = request.split_whitespace().nth(1).unwrap_or_default().trim_start_matches('/');
            files.get(path).map_or_else(|| status("404 Not Found"), |bytes| body("", bytes))
        });
    }

    fn refresh(&self, now: i64) -> Result<Refreshed, String> {
        let url = self.url();
        let repository = Repository { owner: Owner::Sigstore, url: &url, start: &self.start };
        refresh(&self.cache(), &repository, now)
    }

    /// The text of the root that a program would use.
    fn in_use(&self) -> String {
        at_hand(Some(&self.cache())).all[0].json.to_string()
    }
}

/// A root that is told from the one that is built in.
fn fresh(mark: usize) -> String {
    format!("{SIGSTORE_PRODUCTION_TRUSTED_ROOT}{}", "\n".repeat(mark + 1))
}

#[test]
fn a_new_root_is_taken_and_kept() {
    let setting = Setting::new();
    assert_eq!(setting.in_use(), SIGSTORE_PRODUCTION_TRUSTED_ROOT);
    let first = fresh(1);
    setting.serves(Made::new(&setting.key, 1, &first).files());
    assert_eq!(setting.refresh(NOW), Ok(Refreshed::New));
    assert_eq!(setting.in_use(), first);
    assert_eq!(setting.refresh(NOW), Ok(Refreshed::Unchanged));
    // Another key takes over, as the first has signed.
    let next = KeyPair::generate_ecdsa_p256().unwrap();
    let second = fresh(2);
    let mut files = Made::new(&next, 2, &second).files();
    // Each root is signed by the keys of the one before and by its own.
    let mut rotated: Value = serde_json::from_slice(&root(&setting.key, &next, 2, LATER)).unwrap();
    let own: Value = serde_json::from_slice(&root(&next, &next, 2, LATER)).unwrap();
    rotated["signatures"].as_array_mut().unwrap().push(own["signatures"][0].clone());
    files.insert("2.root.json".to_owned(), rotated.to_string().into_bytes());
    setting.serves(files);
    assert_eq!(setting.refresh(NOW), Ok(Refreshed::New));
    assert_eq!(setting.in_use(), second);
    // What others can write is not believed.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = setting.cache().join("roots/sigstore/trusted_root.json");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(setting.in_use(), SIGSTORE_PRODUCTION_TRUSTED_ROOT);
    }
}

#[test]
fn whatever_is_served_the_root_of_before_stays() {
    let setting = Setting::new();
    let good = fresh(1);
    setting.serves(Made::new(&setting.key, 5, &good).files());
    assert_eq!(setting.refresh(NOW), Ok(Refreshed::New));
    let stranger = KeyPair::generate_ecdsa_p256().unwrap();
    let other = fresh(2);
    let made = |version| Made::new(&setting.key, version, &other);
    let refused = |files: BTreeMap<String, Vec<u8>>, why: &str| {
        setting.serves(files);
        let error = setting.refresh(NOW).unwrap_err();
        assert!(error.starts_with("cannot refresh Sigstore's trusted root: "), "{error}");
        assert!(error.contains(why), "{error}, not {why}");
        assert_eq!(setting.in_use(), good, "{why}");
    };
    refused(made(4).files(), "rollback");
    refused(Made { expires: BEFORE, ..made(6) }.files(), "expired");
    refused(Made { timestamp_key: &stranger, ..made(6) }.files(), "threshold not met for role timestamp");
    refused(
        Made { key: &stranger, timestamp_key: &setting.key, ..made(6) }.files(),
        "threshold not met for role snapshot",
    );
    refused(Made { served: Some(fresh(3).into_bytes()), ..made(6) }.files(), "larger than");
    let mut altered = fresh(2).into_bytes();
    altered[10] ^= 1;
    refused(Made { served: Some(altered), ..made(6) }.files(), "sha256 mismatch");
    refused(BTreeMap::new(), "timestamp.json not found");
    refused(BTreeMap::from([("timestamp.json".to_owned(), vec![b' '; 1 << 20])]), "larger than 16384 bytes");
    refused(BTreeMap::from([("timestamp.json".to_owned(), b"{".to_vec())]), "JSON");
    let mut files = made(6).files();
    files.insert("2.root.json".to_owned(), root(&stranger, &stranger, 2, LATER));
    refused(files, "threshold not met for role root");
    let mut files = made(6).files();
    files.insert("2.root.json".to_owned(), vec![b'x'; 600_000]);
    refused(files, "larger than 512000 bytes");
    // A server that promises more than it sends, and one that says nothing.
    setting.server.answers(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nshort".to_vec());
    assert!(setting.refresh(NOW).is_err());
    setting.server.answers(|_| status("500 Internal Server Error"));
    assert!(setting.refresh(NOW).unwrap_err().contains("500"));
    assert_eq!(setting.in_use(), good);
    // The right one still is.
    setting.serves(made(7).files());
    assert_eq!(setting.refresh(NOW), Ok(Refreshed::New));
    assert_eq!(setting.in_use(), other);
}

/// What is signed as it should be and is no root that verifies anything.
#[test]
fn a_root_that_is_none_is_not_taken() {
    let setting = Setting::new();
    for (text, why) in [("{}", "missing field"), ("", "empty"), ("[1]", "cannot be used")] {
        setting.serves(Made::new(&setting.key, 1, text).files());
        let error = setting.refresh(NOW).unwrap_err();
        assert!(error.contains(why), "{error}");
        assert_eq!(setting.in_use(), SIGSTORE_PRODUCTION_TRUSTED_ROOT);
        fs::remove_dir_all(setting.cache()).unwrap();
    }
    let large = format!("{}{}", SIGSTORE_PRODUCTION_TRUSTED_ROOT, " ".repeat(5 << 20));
    setting.serves(Made::new(&setting.key, 1, &large).files());
    assert!(setting.refresh(NOW).unwrap_err().contains("exceeds"));
    // The start itself has expired, and there is no newer one.
    let mut old = Setting::new();
    old.start = root(&old.key, &old.key, 1, BEFORE);
    let good = fresh(1);
    old.serves(Made::new(&old.key, 1, &good).files());
    assert!(old.refresh(NOW).unwrap_err().contains("expired"));
}

fn db(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = command(folder, args);
    command
        .env("BARTIZAN_CACHE_DIR", folder.join("cache"))
        .env("CARGO_HOME", folder.join("cargo"))
        .env("NO_PROXY", "127.0.0.1")
        .envs(variables.iter().copied());
    ran(command)
}

#[test]
fn the_program_tells_of_its_roots() {
    let setting = Setting::new();
    let folder = setting.folder.path();
    let status_of = |now: i64| db(folder, &["db", "status"], &[("SOURCE_DATE_EPOCH", &now.to_string())]).out;
    let built_in = "Sigstore's trusted root: built in; `bartizan db update` fetches it\n";
    assert!(status_of(NOW).contains(built_in), "{}", status_of(NOW));
    let good = fresh(1);
    setting.serves(Made::new(&setting.key, 1, &good).files());
    assert_eq!(setting.refresh(NOW), Ok(Refreshed::New));
    assert!(status_of(NOW + 3 * DAY).contains("Sigstore's trusted root: fetched 3 days ago\n"));
    // A mirror of what it is not: nothing that it signs counts, and the root of before stays.
    let (url, advisories) = (setting.url(), setting.server.url.clone());
    let variables = [("BARTIZAN_TUF_URL", url.as_str()), ("BARTIZAN_ADVISORY_DB_URL", advisories.as_str())];
    let ran = db(folder, &["db", "update"], &variables);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("cannot refresh Sigstore's trusted root: "), "{}", ran.err);
    // GitHub's is not asked for, since no mirror of it is named.
    assert!(!ran.err.contains("GitHub"), "{}", ran.err);
    assert_eq!(setting.in_use(), good);
}
