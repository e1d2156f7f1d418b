//! What a policy promises wakes the check that looks after it: signed commits, an SBOM.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::git::Repo;
use crate::policy::commit;
use crate::run_git::git;

/// The report of `bartizan scan` with these arguments.
fn report(folder: &Path, arguments: &[&str]) -> Value {
    let out = Command::new(env!("CARGO_BIN_EXE_bartizan"))
        .args(["scan", "--offline", "--format", "json", "--fail-on", "none"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", "/nonexistent")
        .output()
        .unwrap();
    serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)))
}

/// What `check` says in `report`, and how it ended.
fn of(report: &Value, check: &str) -> (Vec<String>, String) {
    let findings = report["findings"].as_array().unwrap().iter();
    let messages = findings
        .filter(|finding| finding["check"] == check)
        .map(|finding| finding["message"].as_str().unwrap().to_owned())
        .collect();
    let outcome = report["checks"].as_array().unwrap().iter().find(|one| one["id"] == check).unwrap();
    (messages, outcome.to_string())
}

#[test]
fn signed_commits_count_from_the_sentence_on() {
    let repo = Repo::new();
    repo.write("SECURITY.md", "# Security\n\nReports are welcome.\n");
    commit(&repo, "2025-01-01T00:00:00Z");
    let (messages, outcome) = of(&report(&repo.path(), &["--history"]), "unsigned-commit");
    assert!(messages.is_empty() && outcome.contains("not-applicable"), "{outcome}");
    repo.write("SECURITY.md", "# Security\n\nReports are welcome.\n\nAll commits are signed.\n");
    commit(&repo, "2025-02-01T00:00:00Z");
    commit(&repo, "2025-03-01T00:00:00Z");
    let (messages, _) = of(&report(&repo.path(), &["--history"]), "unsigned-commit");
    let [message] = messages.as_slice() else { panic!("{messages:?}") };
    let wanted = "SECURITY.md:5 says that all commits are signed, but 2 made since 2025-02-01 are not, the latest of them ";
    assert!(message.starts_with(wanted), "{message}");
    // In a clone that is cut off it is not known since when; the check says what is missing.
    let folder = tempfile::tempdir().unwrap();
    let from = format!("file://{}", repo.path().display());
    git(folder.path(), &["clone", "-q", "--depth", "1", &from, "clone"]);
    let (messages, outcome) = of(&report(&folder.path().join("clone"), &["--history"]), "unsigned-commit");
    assert!(messages.is_empty() && outcome.contains("fetch-depth: 0"), "{outcome}");
    // Advice promises nothing.
    repo.write("SECURITY.md", "# Security\n\nPlease sign your commits.\n");
    commit(&repo, "2025-04-01T00:00:00Z");
    let (messages, outcome) = of(&report(&repo.path(), &["--history"]), "unsigned-commit");
    assert!(messages.is_empty() && outcome.contains("not-applicable"), "{outcome}");
}

#[test]
fn a_promised_sbom_is_missed() {
    let repo = Repo::new();
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n";
    repo.write("Cargo.lock", lock);
    repo.write("SECURITY.md", "# Security\n\nReports are welcome.\n");
    commit(&repo, "2025-01-01T00:00:00Z");
    assert!(of(&report(&repo.path(), &[]), "missing-sbom").0.is_empty());
    repo.write("SECURITY.md", "# Security\n\nAn SBOM is published with each release.\n");
    commit(&repo, "2025-02-01T00:00:00Z");
    let (messages, _) = of(&report(&repo.path(), &[]), "missing-sbom");
    assert_eq!(
        messages,
        ["SECURITY.md:3 claims an SBOM, but the repository neither contains nor generates one"]
    );
    // A workflow makes one.
    let workflow =
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: anchore/sbom-action@v0\n";
    repo.write(".github/workflows/a.yml", workflow);
    commit(&repo, "2025-03-01T00:00:00Z");
    assert!(of(&report(&repo.path(), &[]), "missing-sbom").0.is_empty());
    // It is planned.
    git(&repo.path(), &["rm", "-q", ".github/workflows/a.yml"]);
    repo.write("SECURITY.md", "# Security\n\nAn SBOM will be published with each release.\n");
    commit(&repo, "2025-04-01T00:00:00Z");
    assert!(of(&report(&repo.path(), &[]), "missing-sbom").0.is_empty());
}
