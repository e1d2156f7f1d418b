//! `bartizan sbom diff` as its users meet it.

use std::fs;

use insta::assert_snapshot;
use tempfile::TempDir;

use super::lock;
use crate::cli::{Ran, command, folder, ran};

fn run(folder: &TempDir, args: &[&str]) -> Ran {
    ran(command(folder.path(), &[&["sbom", "diff"], args].concat()))
}

/// A folder with a lock file, and the SBOMs of it in both formats.
fn documents() -> TempDir {
    let folder = folder(&[("Cargo.lock", &lock())]);
    for (format, file) in [("cyclonedx", "a.cdx.json"), ("spdx", "a.spdx.json"), ("spdx-tag-value", "a.spdx")]
    {
        let Ran { code, err, .. } = ran(command(folder.path(), &["sbom", "--format", format, "-o", file]));
        assert_eq!((code, err.as_str()), (0, ""));
    }
    folder
}

#[test]
fn documents_of_one_lock_file_are_the_same() {
    let folder = documents();
    let files = ["a.cdx.json", "a.spdx.json", "a.spdx", "Cargo.lock"];
    for a in files {
        for b in files {
            let Ran { code, out, err } = run(&folder, &[a, b]);
            let same = "0 added, 0 removed, 0 changed, 0 with another hash, 7 the same\n";
            assert_eq!((code, out.as_str(), err.as_str()), (0, same, ""), "{a} {b}");
        }
    }
}

#[test]
fn what_differs_is_told() {
    let folder = documents();
    let newer = lock()
        .replace("0.1.0+tin.2.3", "0.1.1")
        .replace("bbbbb\"", "bbbb0\"")
        .replace("0123456789abcdef\n", "\n")
        .replace("#0123456789abcdef0123456789abcdef01234567", "#ffffffffffffffffffffffffffffffffffffffff")
        .replace("leadpipe-local", "brassbell");
    fs::write(folder.path().join("Cargo.lock"), newer).unwrap();
    let Ran { code, out, err } = run(&folder, &["a.cdx.json", "Cargo.lock"]);
    assert_eq!((code, err.as_str()), (1, ""));
    assert_snapshot!("diff_human", out);
    let spdx = run(&folder, &["a.spdx.json", "Cargo.lock"]);
    assert_eq!((spdx.code, spdx.out), (1, out));
    let Ran { code, out, .. } = run(&folder, &["a.cdx.json", "Cargo.lock", "--format", "json"]);
    assert_eq!(code, 1);
    assert_snapshot!("diff_json", out);
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = documents();
    for (name, text) in [
        ("half.json", "{\"bomFormat\": \"CycloneDX\", \"comp"),
        ("a.json", "{}"),
        ("a.txt", "x"),
        ("go.sum", "x\n"),
        ("package-lock.json", "{\"lockfileVersion\": 3}"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let told = [
        ("absent.json", "cannot read absent.json: "),
        ("half.json", "cannot compare half.json: line 1: it "),
        ("a.json", "cannot compare a.json: it is not a known SBOM format"),
        ("a.txt", "cannot compare a.txt: it is not a known SBOM format, and not named like a lock file"),
        ("go.sum", "cannot compare go.sum: line 1: not a line of go.sum"),
        ("package-lock.json", "cannot compare package-lock.json: it lists no published package"),
        (".", "cannot read .: it is not a regular file"),
    ];
    for (file, expected) in told {
        for args in [[file, "a.cdx.json"], ["Cargo.lock", file]] {
            let Ran { code, out, err } = run(&folder, &args);
            assert_eq!((code, out.as_str(), err.lines().count()), (2, "", 1), "{args:?}: {err}");
            assert!(err.starts_with(&format!("error: {expected}")), "{args:?}: {err}");
        }
    }
}

#[test]
fn names_cannot_forge_what_is_told() {
    let hostile = "{\"bomFormat\": \"CycloneDX\", \"components\": [{\"name\": \"a\\u001b[2J\\n+ b\\u202e\", \"version\": \"1\\n\"}]}";
    let folder =
        folder(&[("a.json", hostile), ("b.json", "{\"bomFormat\": \"CycloneDX\", \"components\": []}")]);
    for format in ["human", "json"] {
        let Ran { code, out, .. } = run(&folder, &["b.json", "a.json", "--format", format]);
        assert_eq!(code, 1);
        assert!(!out.contains(['\u{1b}', '\u{202e}']), "{out:?}");
        assert!(format == "json" || out.lines().count() == 2, "{out:?}");
    }
}
