//! Fixtures: `fixtures/<check>/{bad,good}/<case>/repo` is a small repository of which everything is
//! tracked (but what `untracked` beside it lists). Only the check of that name runs; a bad case has
//! `expected.txt` with what is reported, a good case reports nothing. `UPDATE=1` writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bartizan::engine::Check;
use bartizan::engine::pack::CUT_MARK;
use bartizan::engine::repository::actions::Actions;
use bartizan::model::{Family, Finding, PathGlobs, Place, Report};
use bartizan::scan::config::{Config, Wanted};
use bartizan::scan::dependencies::Dependencies;
use bartizan::scan::provenance::Provenance;
use bartizan::scan::{Settings, Silent, registry, scan};
use bartizan::source::{GitHome, Worktree, WorktreeOptions};
use bartizan::verify::{self, Roots};
use tempfile::TempDir;

use crate::tidy::{fresh, root, updating};

/// The time of every scan in the tests: dates in fixtures lie before or after it, and stay so.
pub(crate) const NOW: i64 = 1_800_000_000;

/// One case.
pub(crate) struct Case {
    /// The check that it is for.
    pub(crate) check: String,
    /// `bad` or `good`.
    pub(crate) kind: String,
    /// What it shows.
    name: String,
}

impl Case {
    /// Relative to the root of the project.
    pub(crate) fn folder(&self) -> String {
        format!("fixtures/{}/{}/{}", self.check, self.kind, self.name)
    }

    /// A repository as the case describes it.
    fn repository(&self) -> TempDir {
        let folder = root().join(self.folder());
        let untracked = fs::read_to_string(folder.join("untracked")).unwrap_or_default();
        let untracked: Vec<&str> = untracked.lines().collect();
        let mut files = Vec::new();
        collect(&folder.join("repo"), &mut String::new(), &mut files);
        assert!(!files.is_empty(), "{}/repo is empty", self.folder());
        for name in &untracked {
            assert!(
                files.iter().any(|(path, _)| path == name),
                "{}/untracked: there is no {name}",
                self.folder()
            );
        }
        repository(&files, |path| !untracked.contains(&path))
    }
}

/// Files below `folder` with the cut mark taken out of them.
pub(crate) fn collect(folder: &Path, prefix: &mut String, files: &mut Vec<(String, Vec<u8>)>) {
    for name in names(folder) {
        let path = folder.join(&name);
        let length = prefix.len();
        prefix.push_str(&name);
        if path.is_dir() {
            prefix.push('/');
            collect(&path, prefix, files);
        } else {
            files.push((prefix.clone(), uncut(&fs::read(&path).unwrap())));
        }
        prefix.truncate(length);
    }
}

/// The bytes as they were before they were cut, in UTF-8 or UTF-16.
fn uncut(bytes: &[u8]) -> Vec<u8> {
    let mut mark = CUT_MARK.to_string().into_bytes();
    if bytes.starts_with(&[0xff, 0xfe]) {
        mark = u16::try_from(u32::from(CUT_MARK)).unwrap().to_le_bytes().to_vec();
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        match rest.strip_prefix(mark.as_slice()) {
            Some(behind) => rest = behind,
            None => {
                out.push(*first);
                rest = &rest[1..];
            }
        }
    }
    out
}

/// A git repository that holds `files`, with those in its index that `tracked` picks. Made without
/// git, so that the tests need none.
pub(crate) fn repository(files: &[(String, Vec<u8>)], tracked: impl Fn(&str) -> bool) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let git = folder.path().join(".git");
    for name in ["objects", "refs"] {
        fs::create_dir_all(git.join(name)).unwrap();
    }
    fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(git.join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = false\n").unwrap();
    let mut index = gix::index::State::new(gix::hash::Kind::Sha1);
    for (path, bytes) in files {
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, bytes).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        if tracked(path) {
            index.dangerously_push_entry(
                gix::index::entry::Stat::default(),
                gix::hash::Kind::Sha1.null(),
                gix::index::entry::Flags::empty(),
                gix::index::entry::Mode::FILE,
                path.as_str().into(),
            );
        }
    }
    index.sort_entries();
    gix::index::File::from_state(index, git.join("index"))
        .write(gix::index::write::Options::default())
        .unwrap();
    folder
}

/// The names in `folder`, sorted; none if there is no such folder.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every case there is.
pub(crate) fn cases() -> Vec<Case> {
    let fixtures = root().join("fixtures");
    let mut cases = Vec::new();
    for check in names(&fixtures).into_iter().filter(|name| fixtures.join(name).is_dir()) {
        for kind in names(&fixtures.join(&check)) {
            assert!(kind == "bad" || kind == "good", "fixtures/{check}/{kind} is neither bad nor good");
            for name in names(&fixtures.join(&check).join(&kind)) {
                cases.push(Case { check: check.clone(), kind: kind.clone(), name });
            }
        }
    }
    cases
}

/// How a scan with `checks` goes, whatever anybody has set.
pub(crate) fn settings(checks: Vec<Check>) -> Settings {
    Settings {
        checks,
        known: registry::all().iter().map(|check| check.meta.id).collect(),
        now: Some(NOW),
        fingerprint_key: None,
        keep_nearby: false,
        baseline: None,
        ignores: Vec::new(),
        actions: Actions::default(),
        ci: false,
        foreign_allow: false,
        notices: Vec::new(),
        dependencies: Dependencies::default(),
        provenance: Provenance::default(),
    }
}

/// Scans `folder` with `checks`, as `bartizan scan` does, but without anybody's settings.
pub(crate) fn scan_folder(folder: &Path, checks: Vec<Check>) -> Report {
    let options = WorktreeOptions {
        max_file_size: 1 << 20,
        exclude: PathGlobs::default(),
        allow_foreign_owner: false,
        git_home: GitHome::none(),
    };
    let worktree = Worktree::open(folder, &options).unwrap();
    // What its own configuration says.
    let config = bartizan::scan::config::load(folder, &Wanted::Search).unwrap();
    let settings = Settings {
        dependencies: crate::dependencies::known(),
        actions: config.actions.clone(),
        provenance: provenance(config),
        ..settings(checks)
    };
    scan(&[&worktree], &settings, &Silent).unwrap()
}

/// Scans `folder` with `check`, and with the checks of secrets if it is held against what they find; the report has what
/// `check` reports alone.
pub(crate) fn scan_with_company(folder: &Path, check: &Check) -> Report {
    const HELD_AGAINST_SECRETS: [&str; 2] = ["declared-sensitive-file", "untrue-secret-claim"];
    let mut checks = vec![check.clone()];
    if HELD_AGAINST_SECRETS.contains(&check.meta.id) {
        checks.extend(registry::all().into_iter().filter(|one| one.meta.family == Family::Secret));
        checks.sort_by_key(|check| check.meta.id);
    }
    let mut report = scan_folder(folder, checks);
    report.findings.retain(|finding| finding.check == check.meta.id);
    report
}

/// What signatures are judged by, and what `config` says of them.
fn provenance(config: Config) -> Provenance {
    let verifier = verify::verifier(Roots::built_in(), config.signatures.require_inclusion_proof);
    Provenance { policy: config.signatures, verifier, sbom: config.sbom }
}

/// The id of the check that reports `finding` in a scan, which is built in.
pub(crate) fn id(finding: &Finding) -> &'static str {
    match finding.check {
        std::borrow::Cow::Borrowed(id) => id,
        std::borrow::Cow::Owned(_) => panic!("{} was read from a report", finding.check),
    }
}

/// One line a place, as people read it, then what lowers or proves the finding.
fn lines(finding: &Finding) -> String {
    let line = |place: &Place| {
        let proofs = if finding.proofs.is_empty() {
            String::new()
        } else {
            format!(" ({}: {})", finding.severity, finding.proofs.join("; "))
        };
        format!(
            "{}:{}:{}: {}: {}{proofs}\n",
            place.path.shown(),
            place.region.start_line,
            place.region.start_column,
            finding.check,
            finding.message
        )
    };
    let places = std::iter::once(&finding.place).chain(&finding.also).map(line);
    let advice = finding.advice.iter().flat_map(|advice| {
        let notes = advice.notes.iter().map(|note| format!("    {note}\n"));
        notes.chain([format!("    help: {}\n", advice.help)])
    });
    places.chain(advice).collect()
}

fn listed(report: &Report) -> String {
    let mut text: String = report.findings.iter().map(lines).collect();
    for problem in &report.problems {
        text.push_str(&format!("problem: {}\n", problem.message));
    }
    for one in &report.suppressed {
        text.push_str(&format!("suppressed {}: {}", one.by, lines(&one.finding)));
    }
    text
}

#[test]
fn each_case_reports_what_it_should() {
    let all = registry::all();
    let cases = cases();
    assert!(cases.len() >= 10, "only {} cases", cases.len());
    let mut mistakes = Vec::new();
    for case in &cases {
        // Modes are a matter of Unix.
        if cfg!(not(unix)) && case.check == "exposed-credential-file" {
            continue;
        }
        let Some(check) = all.iter().find(|check| check.meta.id == case.check) else {
            mistakes.push(format!("fixtures/{}: there is no such check", case.check));
            continue;
        };
        let repository = case.repository();
        let found = listed(&scan_with_company(repository.path(), check));
        let expected: PathBuf = root().join(case.folder()).join("expected.txt");
        let at = case.folder();
        if case.kind == "good" {
            let reported: String = found.lines().filter(|line| !line.starts_with("suppressed ")).collect();
            if !reported.is_empty() || expected.exists() {
                mistakes.push(format!("{at}: a good case reports nothing and expects nothing:\n{reported}"));
            }
        } else if found.is_empty() {
            mistakes.push(format!("{at}: a bad case, and nothing is reported"));
        } else if fs::read_to_string(&expected).unwrap_or_default() != found {
            if updating() {
                fs::write(&expected, &found).unwrap();
            } else {
                mistakes
                    .push(format!("{at}/expected.txt is not what is reported; UPDATE=1 writes it:\n{found}"));
            }
        }
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// Families whose checks rest on what people write in many ways.
const WELL_SHOWN: [Family; 2] = [Family::Container, Family::Agent];

#[test]
fn checks_of_containers_and_agents_show_several_cases() {
    let (all, cases) = (registry::all(), cases());
    let mut mistakes = Vec::new();
    for Check { meta, .. } in all.iter().filter(|check| WELL_SHOWN.contains(&check.meta.family)) {
        for (kind, least) in [("bad", 2), ("good", 3)] {
            let count = cases.iter().filter(|case| case.check == meta.id && case.kind == kind).count();
            if count < least {
                mistakes
                    .push(format!("fixtures/{}/{kind} holds {count} cases, and {least} are wanted", meta.id));
            }
        }
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// All checks over all cases: what one of them says about the cases of another shows here.
#[test]
fn menagerie() {
    let mut text =
        String::from("# What all checks together report in each case; UPDATE=1 cargo test writes this.\n");
    for case in cases() {
        let report = scan_folder(case.repository().path(), registry::all());
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &report.findings {
            *counts.entry(id(finding)).or_default() += 1;
        }
        text.push_str(&format!("{}/{}/{}\n", case.check, case.kind, case.name));
        for (check, count) in counts {
            text.push_str(&format!("    {count} {check}\n"));
        }
    }
    fresh("fixtures/menagerie.txt", &text);
}

#[test]
fn cut_marks_are_taken_out() {
    assert_eq!(uncut("a¦b¦¦c".as_bytes()), b"abc");
    let utf16: Vec<u8> = "\u{feff}a¦b".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(uncut(&utf16), [0xff, 0xfe, b'a', 0, b'b', 0]);
}
