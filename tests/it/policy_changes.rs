//! What a change makes untrue in a policy that it leaves as it is: said of the change, and at its line.

use bartizan::engine::Check;
use bartizan::model::{Family, Report};
use bartizan::render::{Format, Options, render};
use bartizan::scan::{Silent, registry, scan_against};
use bartizan::source::{Git, GitEnvironment, GitHome, GitOptions, Place, Tree};

use crate::fixtures::settings;
use crate::git::Repo;
use crate::policy::{checks, commit, worktree};
use crate::run_git::git;

/// The scan of what is there against the tip of `main`.
fn against_main(repo: &Repo, checks: Vec<Check>) -> Report {
    let options = GitOptions {
        allow_foreign_owner: false,
        git_home: GitHome::none(),
        environment: GitEnvironment::default(),
    };
    let git = Git::open(&Place::Around(repo.path()), &options).unwrap();
    let base = Tree::of_merge_base(git, "main").unwrap();
    scan_against(&[&worktree(repo)], Some(&base), &settings(checks), &Silent).unwrap()
}

/// A repository with these files on `main`, and a branch for a change.
fn started(files: &[(&str, &str)]) -> Repo {
    let repo = Repo::new();
    for (path, text) in files {
        repo.write(path, text);
    }
    commit(&repo, "2026-01-01T00:00:00Z");
    git(&repo.path(), &["checkout", "-q", "-b", "change"]);
    repo
}

const ACTIONS: &str = "# Security\n\nReports are welcome.\n\nAll actions are pinned to commits.\n";

fn workflow(uses: &[&str]) -> String {
    let steps: String = uses.iter().map(|uses| format!("      - uses: {uses}\n")).collect();
    format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}")
}

fn pinned() -> String {
    format!("actions/checkout@{}", "a1".repeat(20))
}

#[test]
fn the_line_that_makes_it_untrue_is_shown() {
    let first = workflow(&[&pinned()]);
    let repo = started(&[("SECURITY.md", ACTIONS), (".github/workflows/a.yml", &first)]);
    repo.write(".github/workflows/a.yml", workflow(&[&pinned(), "actions/cache@v4"]));
    commit(&repo, "2026-01-02T00:00:00Z");
    let report = against_main(&repo, checks());
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert!(
        finding.message.starts_with("this change makes SECURITY.md line 5 untrue: "),
        "{}",
        finding.message
    );
    // What it is about stays the sentence, so that it is the same finding before and after the merge.
    assert_eq!((finding.place.path.shown().as_str(), finding.place.region.start_line), ("SECURITY.md", 5));
    let changed = finding.changed_at.as_deref().expect("a place");
    assert_eq!((changed.path.shown().as_str(), changed.region.start_line), (".github/workflows/a.yml", 7));
    for (format, wanted) in [
        (Format::Human, " --> .github/workflows/a.yml:7"),
        (Format::Github, "file=.github/workflows/a.yml,line=7"),
        (Format::Json, "\"changed_at\""),
    ] {
        let mut out = Vec::new();
        render(&report, format, &Options::plain(None), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(wanted), "{wanted}:\n{text}");
    }
    let mut out = Vec::new();
    render(&report, Format::Sarif, &Options::plain(None), &mut out).unwrap();
    let sarif: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    let uri = |place: &serde_json::Value| place["physicalLocation"]["artifactLocation"]["uri"].clone();
    assert_eq!(uri(&result["locations"][0]), ".github/workflows/a.yml");
    assert_eq!(uri(&result["relatedLocations"][0]), "SECURITY.md");
}

#[test]
fn a_file_that_is_elsewhere_in_a_changed_one_is_found_by_what_changed() {
    let table = "# Security\n\n| Version | Supported |\n|-|-|\n| 1.x | yes |\n";
    let manifest = |version: &str| format!("[package]\nname = \"a\"\nversion = \"{version}\"\n");
    let repo = started(&[("SECURITY.md", table), ("Cargo.toml", &manifest("1.9.0"))]);
    repo.write("Cargo.toml", manifest("2.0.0"));
    commit(&repo, "2026-01-02T00:00:00Z");
    let report = against_main(&repo, checks());
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    let changed = finding.changed_at.as_deref().expect("a place");
    assert_eq!((changed.path.shown().as_str(), changed.region.start_line), ("Cargo.toml", 3));
    // A policy that says so from the start, and a sentence that the change writes, are not its victims.
    repo.write("SECURITY.md", table.replace("1.x", "1.8.x"));
    let report = against_main(&repo, checks());
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert!(finding.changed_at.is_none() && !finding.message.contains("this change"), "{}", finding.message);
}

#[test]
fn what_was_untrue_before_is_not_its_fault() {
    let open = workflow(&["actions/checkout@v4"]);
    let repo = started(&[("SECURITY.md", ACTIONS), (".github/workflows/a.yml", &open)]);
    repo.write("src/main.py", "print(1)\n");
    repo.write(".github/workflows/b.yml", workflow(&["actions/cache@v4"]));
    commit(&repo, "2026-01-02T00:00:00Z");
    let report = against_main(&repo, checks());
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert_eq!(report.known_before, 1);
}

#[test]
fn secrets_of_the_base_count_for_the_base() {
    let policy = "# Security\n\nNo secrets are committed to this repository.\n";
    let token = ["key: sk_live_51YEHI9kvgO2USIHHCT", "GjENfzggjr8m6ilqR\n"].concat();
    let is_ours =
        |check: &Check| check.meta.family == Family::Secret || check.meta.id == "untrue-secret-claim";
    let all = || registry::all().into_iter().filter(is_ours).collect::<Vec<Check>>();
    let claims = |report: &Report| {
        report.findings.iter().filter(|finding| finding.check == "untrue-secret-claim").count()
    };
    // Was there before.
    let repo = started(&[("SECURITY.md", policy), ("a.yaml", &token)]);
    repo.write("b.txt", "more");
    repo.write("c.yaml", &token);
    commit(&repo, "2026-01-02T00:00:00Z");
    assert_eq!(claims(&against_main(&repo, all())), 0);
    // Comes with the change.
    let repo = started(&[("SECURITY.md", policy), ("a.yaml", "key: none\n")]);
    repo.write("a.yaml", &token);
    commit(&repo, "2026-01-02T00:00:00Z");
    let report = against_main(&repo, all());
    assert_eq!(claims(&report), 1, "{:?}", report.findings);
    let finding = report.findings.iter().find(|one| one.check == "untrue-secret-claim").unwrap();
    assert_eq!(finding.changed_at.as_ref().map(|place| place.path.shown()).as_deref(), Some("a.yaml"));
}
