//! Claims of a policy, held against repositories with a history: tags, branches, dates, signatures; and that a doubt
//! before any of them silences it.

use std::fs;

use bartizan::engine::{Check, Reads, Run};
use bartizan::model::{Claim, Missing, Report, Ruling};
use bartizan::scan::{Silent, registry, scan_against};
use bartizan::source::{Git, GitEnvironment, GitHome, GitOptions, Place, Tree};

use crate::fixtures::{collect, repository, scan_folder, scan_with_company, settings};
use crate::git::Repo;
use crate::run_git::{dated, git};
use crate::tidy::root;

/// The checks of claims.
pub(crate) fn checks() -> Vec<Check> {
    let is_ours =
        |check: &Check| matches!(check.run, Run::Repository { reads: Reads::Policy, .. } | Run::Claims(_));
    registry::all().into_iter().filter(is_ours).collect()
}

pub(crate) fn scanned(repo: &Repo) -> Report {
    scan_folder(&repo.path(), checks())
}

/// `line ruling kind` for each claim.
pub(crate) fn told(claims: &[Claim]) -> Vec<String> {
    let line =
        |claim: &Claim| format!("{} {} {}", claim.place.region.start_line, claim.ruling.as_str(), claim.kind);
    claims.iter().map(line).collect()
}

/// Commits everything at `date`.
pub(crate) fn commit(repo: &Repo, date: &str) {
    git(&repo.path(), &["add", "-A"]);
    dated(&repo.path(), &["commit", "-q", "--allow-empty", "-m", "x"], date);
}

const TABLE: &str =
    "# Security\n\n## Supported Versions\n\n| Version | Supported |\n|---|---|\n| 1.0.x | yes |\n";

#[test]
fn tags_name_the_version() {
    let repo = Repo::new();
    repo.write("SECURITY.md", TABLE);
    commit(&repo, "2026-01-01T00:00:00Z");
    git(&repo.path(), &["tag", "v1.0.4"]);
    assert_eq!(told(&scanned(&repo).claims), ["7 upheld supported-versions"]);
    repo.write("a", "b");
    commit(&repo, "2026-02-01T00:00:00Z");
    for tag in ["v2.0.1", "part-v9.0.0", "v3.0.0-rc.1", "2026-01-01"] {
        git(&repo.path(), &["tag", tag]);
    }
    let report = scanned(&repo);
    assert_eq!(told(&report.claims), ["7 contradicted supported-versions"]);
    assert_eq!(report.findings[0].message, "the policy supports `1.0.x` only; the current version is 2.0.1");
    assert_eq!(report.findings[0].proofs, ["tag v2.0.1"]);
    // As it was before the tag was made.
    git(&repo.path(), &["checkout", "-q", "HEAD~1"]);
    assert_eq!(told(&scanned(&repo).claims), ["7 upheld supported-versions"]);
}

#[test]
fn numbers_that_follow_days_are_the_latest() {
    let repo = Repo::new();
    repo.write("SECURITY.md", TABLE);
    commit(&repo, "2024-01-01T00:00:00Z");
    git(&repo.path(), &["tag", "2024.1"]);
    git(&repo.path(), &["tag", "20240101.1.7"]);
    commit(&repo, "2026-01-01T00:00:00Z");
    assert_eq!(told(&scanned(&repo).claims), ["7 contradicted supported-versions"]);
    git(&repo.path(), &["tag", "v1.0.2"]);
    assert_eq!(told(&scanned(&repo).claims), ["7 upheld supported-versions"]);
}

#[test]
fn a_shallow_clone_is_told_and_nothing_is_guessed() {
    let repo = Repo::new();
    repo.write(
        "SECURITY.md",
        format!("{TABLE}\nThe `next` branch is maintained.\n\nAll commits are signed.\n"),
    );
    repo.write("crates/a/package.json", "{\"name\": \"a\", \"version\": \"0.0.7\"}");
    commit(&repo, "2026-01-01T00:00:00Z");
    git(&repo.path(), &["tag", "v2.0.1"]);
    commit(&repo, "2026-01-02T00:00:00Z");
    let folder = tempfile::tempdir().unwrap();
    let from = format!("file://{}", repo.path().display());
    git(folder.path(), &["clone", "-q", "--depth", "1", &from, "clone"]);
    let report = scan_folder(&folder.path().join("clone"), checks());
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert_eq!(report.claims.len(), 3);
    for claim in &report.claims {
        assert_eq!(
            (claim.ruling, claim.missing),
            (Ruling::Unverifiable, Some(Missing::History)),
            "{claim:?}"
        );
    }
    assert!(report.claims.iter().any(|claim| claim.reason.contains("fetch-depth: 0")));
    assert_eq!(told(&scanned(&repo).claims)[0], "7 contradicted supported-versions");
}

#[test]
fn branches_and_fixes_are_there_or_not() {
    let upstream = Repo::new();
    upstream.write(
        "SECURITY.md",
        "# Security\n\n| Branch | Supported |\n|---|---|\n| `stable` (HEAD) | yes |\n| `gone` | yes |\n\n\
         - CVE-2025-0001: patched in v0.8.2\n- CVE-2025-0002: fixed in v0.1.2\n- CVE-2025-0003 of zlib: fixed in 1.3.1\n\
         - Fixes are made in a private branch\n",
    );
    commit(&upstream, "2026-01-01T00:00:00Z");
    git(&upstream.path(), &["tag", "v0.1.2"]);
    git(&upstream.path(), &["branch", "stable"]);
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["clone", "-q", &upstream.path().display().to_string(), "clone"]);
    let report = scan_folder(&folder.path().join("clone"), checks());
    let found = told(&report.claims);
    assert_eq!(
        found,
        [
            "5 upheld named-ref",
            "6 contradicted named-ref",
            "8 contradicted named-ref",
            "9 upheld named-ref",
            "10 no-evidence named-ref",
        ]
    );
}

#[test]
fn dates_are_those_of_the_history() {
    let repo = Repo::new();
    repo.write("SECURITY.md", "# Security\n\n**Last updated:** January 2025\n");
    commit(&repo, "2025-02-20T00:00:00Z");
    assert_eq!(told(&scanned(&repo).claims), ["3 upheld review-date"]);
    repo.write("SECURITY.md", "# Security\n\n**Last updated:** January 2025\n\nMore.\n");
    commit(&repo, "2025-06-20T00:00:00Z");
    let report = scanned(&repo);
    assert_eq!(told(&report.claims), ["3 contradicted review-date"]);
    assert_eq!(report.findings[0].check, "outdated-policy-date");
    repo.write("SECURITY.md", "# Security\n\n**Last updated:** by a workflow\n");
    commit(&repo, "2025-06-20T00:00:00Z");
    assert!(scanned(&repo).claims.is_empty());
}

#[test]
fn commits_count_from_the_sentence_on() {
    let repo = Repo::new();
    repo.write("SECURITY.md", "# Security\n\nFixes are made.\n");
    commit(&repo, "2025-01-01T00:00:00Z");
    repo.write(
        "CONTRIBUTING.md",
        "# Guide\n\nAll commits must be GPG signed.\n\nAll commits must be signed off. Commits need a Signed-off-by line.\n",
    );
    commit(&repo, "2025-02-01T00:00:00Z");
    commit(&repo, "2025-03-01T00:00:00Z");
    let report = scanned(&repo);
    assert_eq!(told(&report.claims), ["3 contradicted signed-commits"]);
    assert_eq!(report.findings[0].message, "2 of the last 2 commits are not signed");
    // Advice is no claim.
    repo.write(
        "CONTRIBUTING.md",
        "# Guide\n\nPlease sign your commits with GPG, so that commits are signed.\n",
    );
    commit(&repo, "2025-04-01T00:00:00Z");
    assert!(scanned(&repo).claims.is_empty());
}

#[test]
fn a_change_is_told_what_it_makes_untrue() {
    let repo = Repo::new();
    repo.write("SECURITY.md", "# Security\n\nAll actions are pinned to commits.\n\nDependabot updates npm packages weekly with automated updates.\n");
    let workflow =
        |uses: &str| format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: {uses}\n");
    repo.write(".github/workflows/a.yml", workflow(&format!("actions/checkout@{}", "a1".repeat(20))));
    repo.write(".github/dependabot.yml", "version: 2\nupdates:\n  - package-ecosystem: npm\n    directory: /\n    schedule: {interval: monthly}\n");
    commit(&repo, "2025-01-01T00:00:00Z");
    git(&repo.path(), &["checkout", "-q", "-b", "change"]);
    repo.write(".github/workflows/b.yml", workflow("actions/checkout@v4"));
    commit(&repo, "2025-02-01T00:00:00Z");
    let options = GitOptions {
        allow_foreign_owner: false,
        git_home: GitHome::none(),
        environment: GitEnvironment::default(),
    };
    let base =
        Tree::of_merge_base(Git::open(&Place::Around(repo.path()), &options).unwrap(), "main").unwrap();
    let worktree = worktree(&repo);
    let report = scan_against(&[&worktree], Some(&base), &settings(checks()), &Silent).unwrap();
    // That the updates are too slow was so before.
    let found: Vec<&str> = report.findings.iter().map(|finding| &*finding.check).collect();
    assert_eq!(found, ["untrue-pinning-claim"]);
    assert_eq!(report.findings[0].place.region.start_line, 3);
    assert_eq!(report.known_before, 1);
}

#[test]
fn what_nothing_speaks_for_is_a_remark_and_no_fault() {
    let repo = Repo::new();
    repo.write("SECURITY.md", "# Security\n\n- Snyk scans dependencies\n- Gosec runs on every push\n");
    repo.write(
        ".github/workflows/a.yml",
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: gosec ./...\n",
    );
    commit(&repo, "2025-01-01T00:00:00Z");
    let report = scanned(&repo);
    assert_eq!(told(&report.claims), ["3 no-evidence tool-runs", "4 upheld tool-runs"]);
    let found: Vec<&str> = report.findings.iter().map(|finding| &*finding.check).collect();
    assert_eq!(found, ["unbacked-claim"]);
    // Only those who ask for all that is a matter of caution hear of it.
    let remark = checks().into_iter().find(|check| check.meta.id == "unbacked-claim").unwrap();
    assert_eq!(remark.preset(), bartizan::model::Preset::Strict);
}

pub(crate) fn worktree(repo: &Repo) -> bartizan::source::Worktree {
    let options = bartizan::source::WorktreeOptions {
        max_file_size: 1 << 20,
        exclude: bartizan::model::PathGlobs::default(),
        allow_foreign_owner: false,
        git_home: GitHome::none(),
    };
    bartizan::source::Worktree::open(&repo.path(), &options).unwrap()
}

/// What silences any sentence that stands behind it, or within it.
const DOUBTS: [&str; 5] = ["Not yet: ", "Planned: ", "If configured: ", "Users should know: ", "```"];

#[test]
fn a_doubt_before_any_contradicted_sentence_silences_it() {
    let ours: Vec<&str> = checks().iter().map(|check| check.meta.id).collect();
    let mut tried = 0;
    for check in checks() {
        let folder = root().join("fixtures").join(check.meta.id).join("bad");
        let Ok(cases) = fs::read_dir(&folder) else { continue };
        for case in cases {
            let mut files = Vec::new();
            collect(&case.unwrap().path().join("repo"), &mut String::new(), &mut files);
            let scan = |files: &[(String, Vec<u8>)]| {
                let repository = repository(files, |_| true);
                scan_with_company(repository.path(), &check)
            };
            for claim in scan(&files).claims.iter().filter(|claim| claim.ruling == Ruling::Contradicted) {
                for doubt in DOUBTS {
                    let path = claim.place.path.shown();
                    let Some((_, bytes)) = files.iter().find(|(name, _)| *name == path) else {
                        panic!("{path}")
                    };
                    let mut changed = files.clone();
                    let text = doubtful(
                        &String::from_utf8_lossy(bytes),
                        claim.place.region.start_line as usize,
                        doubt,
                    );
                    changed.iter_mut().find(|(name, _)| *name == path).unwrap().1 = text.clone().into_bytes();
                    let same = |other: &&Claim| {
                        other.ruling == Ruling::Contradicted
                            && other.reason == claim.reason
                            && other.place.region.start_line == claim.place.region.start_line
                    };
                    let left = scan(&changed);
                    assert!(
                        left.claims.iter().find(same).is_none(),
                        "{doubt:?} silences nothing of {}:\n{text}",
                        claim.check
                    );
                    tried += 1;
                }
            }
        }
    }
    assert!(ours.len() > 10 && tried > 100, "only {tried} were tried");
}

/// `text` with `doubt` before what line `number` says, or with a fence around it.
fn doubtful(text: &str, number: usize, doubt: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = &lines[number - 1];
    if doubt == "```" {
        // A row is fenced with its table.
        let is_row = |line: &String| line.trim_start().starts_with(['|', '+']);
        let (mut start, mut end) = (number - 1, number - 1);
        while is_row(&lines[start]) && start > 0 && is_row(&lines[start - 1]) {
            start -= 1;
        }
        while is_row(&lines[end]) && end + 1 < lines.len() && is_row(&lines[end + 1]) {
            end += 1;
        }
        let is_restructured = text.contains("\n====");
        if is_restructured {
            lines[start..=end].iter_mut().for_each(|line| line.insert_str(0, "    "));
            lines.insert(start, "::\n".to_owned());
        } else {
            lines.insert(end + 1, "```".to_owned());
            // An item goes on in its fence.
            lines.insert(start, "```".to_owned());
        }
        return lines.join("\n") + "\n";
    }
    let marks = line.len() - line.trim_start_matches(|c: char| " |-*+#".contains(c)).len();
    lines[number - 1].insert_str(marks, doubt);
    lines.join("\n") + "\n"
}

/// What security policies ask of those who use a tool for agents, and of those who work on it, and the checks that look
/// whether it is done.
const ASKED: [(&str, &[&str]); 12] = [
    ("variables of the environment instead of tokens in the files of agents", &["mcp-literal-secret"]),
    ("references as the agent expands them, without a secret as their default", &["mcp-literal-secret"]),
    ("`chmod 600` on files with credentials", &["exposed-credential-file"]),
    ("no secrets in the repository", &["committed-env-file", "env-file-secret", "credential-file-secret"]),
    ("local settings in `.gitignore`", &["unignored-env-file", "committed-sensitive-file"]),
    ("keys in the environment, not in files of settings", &["env-file-secret", "generic-secret"]),
    ("files of settings with values that must not be committed", &["committed-sensitive-file"]),
    ("which versions are supported", &["untrue-version-claim"]),
    ("where faults are reported", &["misdirected-report-link", "placeholder-contact"]),
    ("code is analysed on every change", &["untrue-scanner-claim"]),
    ("dependencies are updated by a tool", &["untrue-update-claim"]),
    ("what no fact speaks for", &["unbacked-claim"]),
];

#[test]
fn what_policies_ask_for_has_its_checks() {
    let known: Vec<&str> = registry::all().iter().map(|check| check.meta.id).collect();
    for (sentence, ids) in ASKED {
        for id in ids {
            assert!(known.contains(id), "{sentence}: there is no check `{id}`");
        }
    }
}
