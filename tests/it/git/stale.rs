//! Bills of materials that are older than their lock files, which only a history can tell.

use bartizan::engine::Check;
use bartizan::model::Report;
use bartizan::scan::registry;

use super::Repo;
use crate::fixtures::scan_folder;

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"tin\"\nversion = \"1.0.5\"\n\
    source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";

/// A document of `tin` that was made at this time.
fn sbom(time: &str) -> String {
    format!(
        "{{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"metadata\": {{\"timestamp\": \"{time}\"}},\n\
         \"components\": [{{\"type\": \"library\", \"name\": \"tin\", \"version\": \"1.0.5\", \
         \"purl\": \"pkg:cargo/tin@1.0.5\"}}]}}\n"
    )
}

fn stale() -> Vec<Check> {
    registry::all().into_iter().filter(|check| check.meta.id == "stale-sbom").collect()
}

fn messages(report: &Report) -> Vec<String> {
    let line = |finding: &bartizan::model::Finding| {
        format!(
            "{}: {}",
            finding.place.path.shown(),
            finding.message.split(" on ").next().unwrap_or_default()
        )
    };
    report.findings.iter().map(line).collect()
}

#[test]
fn documents_are_compared_with_the_commit_of_their_lock_file() {
    let repo = Repo::new();
    repo.write("Cargo.lock", LOCK).write("sbom.cdx.json", sbom("2001-01-01T00:00:00Z")).commit("all");
    let report = scan_folder(&repo.path(), stale());
    assert_eq!(messages(&report), ["sbom.cdx.json: created"]);
    assert!(report.findings[0].message.contains("2001-01-01"));

    repo.write("sbom.cdx.json", sbom("2999-01-01T00:00:00Z")).commit("made anew");
    assert_eq!(messages(&scan_folder(&repo.path(), stale())), Vec::<String>::new());
    repo.write("sbom.cdx.json", sbom("once")).commit("at no time");
    assert_eq!(messages(&scan_folder(&repo.path(), stale())), Vec::<String>::new());
}
