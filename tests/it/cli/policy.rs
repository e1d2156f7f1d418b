//! `bartizan policy`: every claim with its verdict, in each format, and the exit code that a pipeline goes by.

use serde_json::Value;
use tempfile::TempDir;

use super::{Ran, run};
use crate::fixtures::repository;

/// A repository in which these files are tracked.
fn project(files: &[(&str, &str)]) -> TempDir {
    let files: Vec<(String, Vec<u8>)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    repository(&files, |_| true)
}

const POLICY: &str = "# Security\n\n| Version | Supported |\n|-|-|\n| 1.x | yes |\n\n- Gosec runs on every push\n\
                      - Snyk scans dependencies\n- No secrets are committed to this repository\n\
                      - The `next` branch is maintained\n- All actions are pinned, [see](docs/pins.md)\n";

fn untrue() -> TempDir {
    project(&[
        ("SECURITY.md", POLICY),
        ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"2.0.1\"\n"),
        ("docs/pins.md", "# Pins\n"),
        (
            ".github/workflows/a.yml",
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n      - run: gosec ./...\n",
        ),
    ])
}

#[test]
fn claims_are_listed_for_people() {
    let folder = untrue();
    let Ran { code, out, err } = run(&folder, &["policy"]);
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    insta::assert_snapshot!("policy_human", out);
    let Ran { code, out, .. } = run(&folder, &["policy", "--format", "markdown"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("policy_markdown", out);
}

#[test]
fn claims_are_read_by_programs() {
    let folder = untrue();
    let Ran { code, out, .. } = run(&folder, &["policy", "--format", "json"]);
    assert_eq!(code, 1);
    let report: Value = serde_json::from_str(&out).unwrap();
    let claims = report["claims"].as_array().unwrap();
    let count = |verdict: &str| claims.iter().filter(|claim| claim["verdict"] == verdict).count();
    let counts = ["upheld", "contradicted", "no-evidence", "unverifiable"].map(count);
    assert_eq!(counts, [3, 2, 1, 1], "{out}");
    assert!(claims.iter().all(|claim| claim["reason"].as_str().is_some_and(|reason| !reason.is_empty())));
    // Findings of other checks are left out, those of the secret checks that it runs included.
    assert!(report["findings"].as_array().unwrap().iter().all(|finding| finding["family"] == "policy"));
    assert!(report["checks"].as_array().unwrap().iter().all(|check| check["family"] == "policy"));
}

#[test]
fn claims_stand_in_the_page() {
    let folder = untrue();
    let Ran { code, out, .. } = run(&folder, &["policy", "--format", "html"]);
    assert_eq!(code, 1);
    for says in ["the policy supports", "2.0.1", "upheld", "contradicted", "unverifiable"] {
        assert!(out.contains(says), "{says}");
    }
    assert!(out.starts_with("<!doctype html>") && out.trim_end().ends_with("</html>"));
}

#[test]
fn what_is_not_contradicted_fails_nothing() {
    let folder = project(&[
        ("SECURITY.md", "# Security\n\nSnyk scans dependencies. See [pins](pins.md).\n"),
        ("pins.md", "x"),
    ]);
    let Ran { code, out, .. } = run(&folder, &["policy"]);
    assert_eq!(code, 0, "{out}");
    let folder = project(&[("README.md", "# Tool\n")]);
    let Ran { code, out, .. } = run(&folder, &["policy"]);
    assert_eq!((code, out.as_str()), (0, "no claim of a security policy that bartizan can check\n"));
}
