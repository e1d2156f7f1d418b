//! Files that sign files: what is read of them.

mod hostile;
mod layouts;
mod readers;

use std::path::PathBuf;

use bartizan::parse::signature::{Digest, DigestAlgorithm, Kind, Read, read, sniff};
use sha2::{Digest as _, Sha256};

use crate::tidy::root;

/// A file of the folder `signature/data`.
fn data(name: &str) -> Vec<u8> {
    let path = root().join("tests/it/signature/data").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text(name: &str) -> String {
    String::from_utf8(data(name)).unwrap()
}

fn sha256(bytes: &[u8]) -> Digest {
    Digest { algorithm: DigestAlgorithm::Sha256, bytes: Sha256::digest(bytes).to_vec() }
}

/// Reads what is called `name` as a scan does.
#[track_caller]
fn read_as(name: &str, bytes: &[u8]) -> Read {
    let kind = sniff(name.as_bytes(), bytes);
    assert!(matches!(kind, Some(Kind::Json | Kind::Detached)), "{name} is seen as {kind:?}");
    read(kind.unwrap(), name.as_bytes(), bytes)
}

/// The conformance cases of Sigstore, if they are there.
fn conformance() -> Option<PathBuf> {
    let folder = root().join("../shared/data/sigstore-conformance/bundle-verify");
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}
