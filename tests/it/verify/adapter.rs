//! The conformance suite's own command-line protocol, through the adapter that speaks it.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::conformance::{cases, sha256};
use super::{cosign, suite};
use crate::cli::{Ran, ran};

fn adapter(folder: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(crate::tidy::root().join("tests/sigstore-conformance-client"));
    command
        .current_dir(folder)
        .env("BARTIZAN", env!("CARGO_BIN_EXE_bartizan"))
        .env("HOME", folder)
        .args(args);
    ran(command)
}

#[test]
#[cfg(unix)]
fn the_suite_finds_its_client() {
    let folder = cosign();
    let good = ["verify-bundle", "--bundle", "app-1.0.0.tar.gz.sigstore.json", "--key", "cosign.pub"];
    let with = |more: &[&str]| {
        let args: Vec<&str> = good.iter().chain(more).copied().collect();
        adapter(folder.path(), &args).code
    };
    assert_eq!(with(&["app-1.0.0.tar.gz"]), 0);
    assert_eq!(with(&[&sha256(&folder.path().join("app-1.0.0.tar.gz"))]), 0);
    assert_ne!(with(&["cosign.pub"]), 0);
    assert_ne!(adapter(folder.path(), &["sign-bundle", "x"]).code, 0);
    // A name with a blank stays one argument.
    fs::copy(folder.path().join("app-1.0.0.tar.gz"), folder.path().join("a b")).unwrap();
    assert_eq!(with(&["a b"]), 0);
    // Of the staging instance nothing is known without its root.
    assert_ne!(with(&["--staging", "app-1.0.0.tar.gz"]), 0);
}

#[test]
#[cfg(unix)]
fn every_case_passes_by_the_protocol() {
    let Some(suite) = suite() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut passed = 0;
    for case in cases(&suite) {
        let mut args = vec!["verify-bundle"];
        args.extend(case.args());
        args.push(case.artifact.to_str().unwrap());
        let ran = adapter(folder.path(), &args);
        assert_eq!(ran.code == 0, case.valid, "{}: {}{}", case.name, ran.out, ran.err);
        passed += 1;
    }
    assert_eq!(passed, 70);
}
