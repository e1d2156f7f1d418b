//! `bartizan verify`: what it says of real signatures, of broken ones, and where its roots are from.

mod adapter;
mod agree;
mod conformance;
mod cost;
mod intoto;
mod layouts;
mod lists;
mod log;
pub(crate) mod made;
mod mutations;
mod program;
#[cfg(feature = "online")]
mod roots;
mod tampered;
mod wrapped;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::cli::{Ran, command, ran};

/// The identity and the issuer of the cases that name none.
const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// The cases of Sigstore's conformance suite, where they lie beside the project.
fn suite() -> Option<PathBuf> {
    let cases = crate::tidy::root().join("../shared/data/sigstore-conformance/bundle-verify");
    if cases.is_dir() {
        return Some(cases);
    }
    println!("skipped: {} is not there", cases.display());
    None
}

/// A folder with what cosign 3.1.1 has signed with a key: `app-1.0.0.tar.gz` and its signatures.
fn cosign() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = crate::tidy::root().join("tests/it/verify/cosign");
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    folder
}

/// Runs `bartizan verify` in `folder`.
fn verify(folder: &Path, args: &[&str]) -> Ran {
    let mut all = vec!["verify"];
    all.extend(args);
    ran(command(folder, &all))
}
