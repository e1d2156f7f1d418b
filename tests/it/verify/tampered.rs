//! Files that are not what was signed, and what only looks so: what a scan says of each.

use std::fs;

use bartizan::model::{Ending, Severity, Standing};

use super::made::{Made, accuses, of, said};
use super::verify;
use crate::cli::{command, ran};

fn ending(made: &Made) -> (Ending, String) {
    let report = made.scan();
    (report.ending(Some(Severity::Medium)), said(&report))
}

#[track_caller]
fn accused(made: &Made, path: &str) {
    let report = made.scan();
    assert!(accuses(&report, path), "{path}: {}", said(&report));
    assert_ne!(report.ending(Some(Severity::Medium)), Ending::Clean);
}

#[track_caller]
fn clean(made: &Made) {
    let (ending, said) = ending(made);
    assert_eq!(ending, Ending::Clean, "{said}");
}

#[test]
fn an_intact_copy_hides_nothing() {
    let made = Made::new();
    made.write("dist/app", b"as signed");
    made.write("dist/app.sigstore.json", made.message(b"as signed").as_bytes());
    clean(&made);
    for copy in ["dist/app.orig", "app", "backup/dist/app", "dist/app-1.0"] {
        made.write(copy, b"as signed");
    }
    clean(&made);
    made.append("dist/app", b"!");
    accused(&made, "dist/app");
    assert_eq!(verify(made.at(), &["--key", "cosign.pub", "dist/app"]).code, 1);
    // The other way round: what is called like the signature is changed, and what it names is not.
    made.write("dist/app", b"as signed");
    made.write("dist/b", b"as signed");
    made.write("dist/b.sigstore.json", made.attestation(&[("app", b"as signed")]).as_bytes());
    clean(&made);
    made.append("dist/b", b"!");
    accused(&made, "dist/b");
}

#[test]
fn one_statement_tells_of_each_of_its_files() {
    let made = Made::new();
    let files: Vec<(String, Vec<u8>)> =
        (0..5).map(|at| (format!("dist/file{at}.bin"), format!("content {at}").into_bytes())).collect();
    let subjects: Vec<(&str, &[u8])> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    for name in ["release.intoto.jsonl", "attestations/v1.json", "dist/provenance.sigstore.json"] {
        made.write(name, made.attestation(&subjects).as_bytes());
        files.iter().for_each(|(path, bytes)| made.write(path, bytes));
        clean(&made);
        made.append("dist/file1.bin", b"!");
        made.append("dist/file3.bin", b"!");
        let report = made.scan();
        for (at, (path, _)) in files.iter().enumerate() {
            assert_eq!(accuses(&report, path), at == 1 || at == 3, "{name} {path}: {}", said(&report));
        }
        // Two of them, each in the place of the other: both are signed, and neither is what it is called.
        files.iter().for_each(|(path, bytes)| made.write(path, bytes));
        made.write("dist/file0.bin", b"content 2");
        made.write("dist/file2.bin", b"content 0");
        for path in ["dist/file0.bin", "dist/file2.bin"] {
            accused(&made, path);
            assert_eq!(verify(made.at(), &["--key", "cosign.pub", "--bundle", name, path]).code, 1, "{path}");
        }
        fs::remove_file(made.at().join(name)).unwrap();
    }
}

#[test]
fn what_cannot_be_verified_is_still_compared() {
    let made = Made::new();
    made.write("app", b"as signed");
    made.write("app.sigstore.json", made.message(b"as signed").as_bytes());
    made.write("tool", b"as signed, too");
    made.write("tool.intoto.jsonl", made.envelope(&[("tool", b"as signed, too")]).to_string().as_bytes());
    fs::remove_file(made.at().join("cosign.pub")).unwrap();
    clean(&made);
    for (path, code) in [("app", 2), ("tool", 2)] {
        assert_eq!(verify(made.at(), &[path]).code, code);
        made.append(path, b"!");
        accused(&made, path);
        let ran = verify(made.at(), &[path]);
        assert_eq!(ran.code, 1, "{}", ran.out);
        let flat = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("not the signed file") && flat.contains("no key is given"), "{flat}");
    }
}

#[test]
fn names_that_lead_elsewhere_accuse_nobody() {
    let made = Made::new();
    // An earlier version with its own statement, in which it has the name of the version of today.
    made.write("dist/app", b"today");
    made.write("dist/app.sigstore.json", made.attestation(&[("app", b"today")]).as_bytes());
    made.write("dist/app-0.9", b"earlier");
    made.write("dist/app-0.9.sigstore.json", made.attestation(&[("app", b"earlier")]).as_bytes());
    // A file of the same name in another folder.
    made.write("src/app", b"a script");
    // An image that is called like a file beside it.
    made.write("app", b"a script");
    made.write("app.intoto.jsonl", made.attestation(&[("ghcr.io/owner/app", b"manifest")]).as_bytes());
    // A bill of materials beside the attestation of the same.
    made.write("dist/app.sbom", b"{}");
    made.write("dist/app.sbom.sigstore.json", made.attestation(&[("app", b"today")]).as_bytes());
    // A signed document whose signature leaves its ending out.
    made.write("dist/app.spdx.json", b"{\"x\":1}");
    made.write("dist/app.spdx.sigstore.json", made.message(b"{\"x\":1}").as_bytes());
    // Several statements in one file, each about another.
    made.write("dist/lib", b"library");
    let lines = [made.envelope(&[("app", b"today")]), made.envelope(&[("lib", b"library")])];
    made.write("dist/lib.intoto.jsonl", format!("{}\n{}\n", lines[0], lines[1]).as_bytes());
    // A renamed one, found by its digest.
    made.write("dist/renamed", b"renamed");
    made.write("sig-of-it.sigstore.json", made.message(b"renamed").as_bytes());
    clean(&made);
    let report = made.scan();
    for path in ["dist/app", "dist/app-0.9", "dist/lib", "dist/renamed", "dist/app.spdx.json"] {
        let holds = of(&report, path).iter().any(|one| one.standing == Standing::Verified);
        assert!(holds && !accuses(&report, path), "{path}: {}", said(&report));
    }
    // And all of that hides nothing.
    for path in ["dist/app", "dist/app-0.9", "dist/lib", "dist/app.spdx.json"] {
        let before = fs::read(made.at().join(path)).unwrap();
        made.append(path, b" ");
        accused(&made, path);
        made.write(path, &before);
    }
    clean(&made);
}

/// What is signed under a name is there, but not as a file: nothing was compared, and that is told.
#[test]
#[cfg(unix)]
fn a_link_in_the_place_of_a_file_is_told() {
    for by in ["app.sigstore.json", "v1.intoto.jsonl"] {
        let made = Made::new();
        made.write("app.real", b"as signed");
        made.write(by, made.attestation(&[("app", b"as signed")]).as_bytes());
        clean(&made);
        std::os::unix::fs::symlink("app.real", made.at().join("app")).unwrap();
        let (ending, said) = ending(&made);
        assert_eq!(ending, Ending::Incomplete, "{said}");
        assert!(said.contains("app is a symlink"), "{said}");
    }
}

/// Of a bundle that nothing in it leads on, the name of it is looked for in the folder of the artifact.
#[test]
fn verify_finds_bundles_by_the_rule_of_a_scan() {
    let made = Made::new();
    made.write("app", b"as signed");
    made.write("app.js", b"another");
    made.write("app.js.intoto.json", b"{}");
    made.write("app.slsa.att.json", made.attestation(&[("app", b"as signed")]).as_bytes());
    let run = || verify(made.at(), &["--key", "cosign.pub", "app"]).code;
    assert_eq!(run(), 0);
    made.append("app", b"!");
    assert_eq!(run(), 1);
    accused(&made, "app");
}

/// The index is a tree like any other: what it has is compared, and not what lies on disk.
#[test]
fn the_whole_index_is_compared() {
    let made = Made::new();
    made.write("dist/app", b"as signed");
    made.write("dist/app.sigstore.json", made.attestation(&[("dist/app", b"as signed")]).as_bytes());
    let git = |args: &[&str]| {
        let output = std::process::Command::new("git").current_dir(made.at()).args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let scan = || ran(command(made.at(), &["scan", "--index", "--checks", "provenance", "--offline"]));
    git(&["init", "-q"]);
    git(&["add", "."]);
    let before = scan();
    assert_eq!(before.code, 0, "{}{}", before.out, before.err);
    assert!(before.out.contains("1 verified"), "{}", before.out);
    made.append("dist/app", b"!");
    assert_eq!(scan().code, 0, "what lies on disk is not in the index");
    git(&["add", "."]);
    let after = scan();
    assert_eq!(after.code, 1, "{}{}", after.out, after.err);
    assert!(after.out.contains("dist/app is not what was signed"), "{}", after.out);
}
