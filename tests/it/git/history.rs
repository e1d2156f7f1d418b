//! The whole history: what is found in it, that nothing is lost by looking at differences only, and
//! what is told of what could not be read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use bartizan::model::{Attribution, Error, Examined, ObjectId, Report, SkipReason};
use bartizan::scan::{Silent, registry, scan};
use bartizan::source::objects::STRUCTURE_MAX;
use bartizan::source::{History, HistoryOptions, Item, Place, Source};
use proptest::prelude::*;

use super::{Repo, limits, token};
use crate::source::history::{Plan, build};

pub(super) fn open(place: &Place, unreachable: bool) -> History {
    let options = HistoryOptions {
        limits: limits(),
        include_authors: false,
        unreachable,
        max_structure_size: STRUCTURE_MAX,
    };
    History::new(super::open(place).unwrap(), &options)
}

pub(super) fn report(source: &dyn Source) -> Report {
    let settings = crate::fixtures::settings(registry::all());
    scan(&[source], &settings, &Silent).unwrap()
}

fn history_of(path: &Path) -> Report {
    report(&open(&Place::Around(path.to_owned()), false))
}

/// Every text of a history whole, whatever a prefilter says.
struct Whole(History);

impl Source for Whole {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        self.0.each(visit)
    }

    fn scope(&self) -> String {
        self.0.scope()
    }

    fn attribute(&self, groups: &[Vec<ObjectId>]) -> Attribution {
        self.0.attribute(groups)
    }

    fn content(&self, object: ObjectId) -> Option<Vec<u8>> {
        self.0.content(object)
    }

    fn examined(&self) -> Option<Examined> {
        self.0.examined()
    }
}

/// Everything that a report says of findings.
pub(super) fn told(report: &Report) -> Vec<String> {
    let line = |finding: &bartizan::model::Finding| {
        let secret = finding.secret().map(|secret| secret.expose().to_vec());
        format!("{} {:?} {:?} {:?}", finding.check, finding.place, finding.also, (&finding.history, secret))
    };
    report.findings.iter().map(line).collect()
}

pub(super) static PLANTED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let examples = crate::ranges::SNIPPETS.iter().filter_map(|text| String::from_utf8(text.clone()).ok());
    examples.filter(|text| text.len() < 2000).map(|text| format!("{text}\n")).collect()
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    /// Texts of which only the differences were looked at give what they give when looked at whole.
    #[test]
    fn differences_tell_as_much_as_the_whole(
        plan in Plan::any(),
        depth in prop_oneof![Just(3u32), Just(50)],
        window in prop_oneof![Just(10u32), Just(100)],
        unreachable in any::<bool>(),
    ) {
        let repo = Repo::new();
        build(&repo.path(), &Plan { planted: &PLANTED, commits: plan.commits + 20, ..plan });
        repo.git(&["repack", "-adfq", &format!("--depth={depth}"), &format!("--window={window}")]);
        repo.git(&["update-ref", "-d", "refs/heads/a2"]);
        let place = Place::Around(repo.path());
        let by_differences = report(&open(&place, unreachable));
        let whole = report(&Whole(open(&place, unreachable)));
        prop_assert_eq!(told(&by_differences), told(&whole));
        prop_assert_eq!(by_differences.problems, whole.problems);
        prop_assert_eq!(by_differences.coverage.history, whole.coverage.history);
    }
}

#[test]
fn there_is_something_to_find_in_random_histories() {
    let repo = Repo::new();
    build(&repo.path(), &Plan { seed: 4, commits: 60, prefix: "a", tags: true, planted: &PLANTED });
    repo.git(&["repack", "-adfq", "--depth=50", "--window=50"]);
    let report = history_of(&repo.path());
    assert!(report.findings.len() > 5, "{}", report.findings.len());
    assert!(
        report.findings.iter().all(|finding| finding.history.is_some() && finding.place.origin.is_some())
    );
}

/// The places at which tokens were found.
fn paths(report: &Report) -> BTreeSet<String> {
    let tokens = report.findings.iter().filter(|finding| finding.check == "github-personal-access-token");
    tokens.map(|finding| finding.place.path.shown()).collect()
}

#[test]
fn what_only_the_store_still_holds() {
    let repo = Repo::new();
    let line = |name: &str| format!("t = \"{}\"\n", token(name));
    repo.write("base", "base\n").commit("base");
    repo.write("amended", line("amended")).commit("soon amended");
    repo.git(&["rm", "-q", "amended"]);
    repo.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "amended"]);
    for stash in ["one", "two"] {
        repo.write("base", line(stash)).git(&["stash", "-q"]);
    }
    repo.write("only/staged", line("staged")).git(&["add", "only/staged"]);
    repo.git(&["reset", "-q", "--hard"]);
    repo.git(&["notes", "add", "-m", &format!("note {}", token("note"))]);
    let note = repo.git(&["notes", "list"]).split(' ').next().unwrap().to_owned();
    repo.git(&["branch", &format!("b-{}", token("branch"))]);

    let reachable = history_of(&repo.path());
    let expected = ["base".to_owned(), format!(".git/notes/{note}"), ".git/refs".to_owned()];
    assert_eq!(paths(&reachable), BTreeSet::from(expected));
    assert!(reachable.findings.iter().all(|finding| !finding.history.as_ref().unwrap().unreachable));

    let all = report(&open(&Place::Around(repo.path()), true));
    let lost: BTreeMap<String, bool> = all
        .findings
        .iter()
        .map(|finding| (finding.place.path.shown(), finding.history.as_ref().unwrap().unreachable))
        .filter(|(path, _)| path != "base")
        .collect();
    assert_eq!(lost.len(), 4, "{lost:?}");
    assert!(lost["amended"]);
    assert_eq!(lost.values().filter(|unreachable| **unreachable).count(), 2, "{lost:?}");
    let stashes = all.findings.iter().filter(|finding| finding.place.path.shown() == "base");
    let stashes: Vec<bool> = stashes.map(|finding| finding.history.as_ref().unwrap().unreachable).collect();
    assert_eq!(stashes.len(), 2, "only the last stash is reached");
    assert_eq!(stashes.iter().filter(|unreachable| **unreachable).count(), 1);
}

#[test]
fn names_matter_in_the_history_too() {
    let repo = Repo::new();
    // A name that says what is in it, and a content that says nothing.
    repo.write("deep/.git-credentials", "https://ann:tulip-overcast-41@example.org\n").commit("add");
    repo.git(&["mv", "deep/.git-credentials", "notes"]);
    repo.commit("rename");
    let worktree = repo.git(&["ls-files"]);
    assert_eq!(worktree, "notes\n");
    let report = history_of(&repo.path());
    let places: Vec<String> = report.findings.iter().map(|finding| finding.place.path.shown()).collect();
    assert!(places.contains(&"deep/.git-credentials".to_owned()), "{places:?}");
}

#[test]
fn bare_repositories_and_worktrees_have_the_same_history() {
    let repo = Repo::new();
    repo.write("a", format!("t = \"{}\"\n", token("a"))).commit("add");
    repo.git(&["rm", "-q", "a"]);
    repo.commit("remove");
    let clone = tempfile::tempdir().unwrap();
    let path = clone.path().canonicalize().unwrap();
    super::git(&path, &["clone", "-q", "--mirror", repo.path().to_str().unwrap(), "mirror"], b"");
    let linked = path.join("linked");
    repo.git(&["worktree", "add", "-q", "--detach", linked.to_str().unwrap()]);
    let expected = told(&history_of(&repo.path()));
    assert_eq!(expected.len(), 1);
    assert_eq!(told(&report(&open(&Place::Named(path.join("mirror")), false))), expected);
    assert_eq!(told(&history_of(&linked)), expected);
    // A commit that only the other worktree is at.
    std::fs::write(linked.join("b"), format!("t = \"{}\"\n", token("b"))).unwrap();
    super::git(&linked, &["add", "b"], b"");
    super::git(&linked, &["commit", "-qm", "b"], b"");
    assert_eq!(paths(&history_of(&repo.path())), BTreeSet::from(["a".to_owned(), "b".to_owned()]));
}

#[test]
fn what_is_not_there_is_told() {
    let repo = Repo::new();
    repo.write("a", "first\n").commit("one");
    repo.write("a", "second\n").write("pointer", LFS).commit("two");
    repo.write("large", [&b"\x1f\x8b\x08"[..], &vec![0; 2 << 20]].concat()).commit("three");
    let sound = history_of(&repo.path());
    assert_eq!(sound.problems, []);
    let history = sound.coverage.history.unwrap();
    assert_eq!((history.commits, history.refs), (3, 1));
    assert_eq!(history.gaps[&SkipReason::TooLarge].count, 1);
    assert_eq!(history.gaps[&SkipReason::LfsPointer].count, 1);

    let url = format!("file://{}", repo.path().display());
    let clone = tempfile::tempdir().unwrap();
    super::git(clone.path(), &["clone", "-q", "--depth=1", &url, "shallow"], b"");
    let shallow = history_of(&clone.path().join("shallow"));
    assert_eq!(shallow.coverage.history.unwrap().gaps[&SkipReason::Shallow].count, 1);
    assert_eq!(shallow.problems, []);

    let id = repo.git(&["rev-parse", "HEAD~2:a"]).trim().to_owned();
    let file = repo.path().join(".git/objects").join(&id[..2]).join(&id[2..]);
    std::fs::remove_file(&file).unwrap();
    let report = history_of(&repo.path());
    assert!(report.problems.len() == 1 && report.problems[0].message.contains(&id), "{:?}", report.problems);
    assert_eq!(report.coverage.history.unwrap().gaps[&SkipReason::Missing].count, 1);
    std::fs::write(&file, "rubbish").unwrap();
    let report = history_of(&repo.path());
    assert!(report.problems.len() == 1 && report.problems[0].message.contains("cannot be read"));
    assert_eq!(report.coverage.history.unwrap().gaps[&SkipReason::Unreadable].count, 1);
}

#[test]
fn a_content_under_a_foreign_id_is_told() {
    let repo = Repo::new();
    repo.write("a", format!("t = \"{}\"\n", token("a"))).write("b", format!("t = \"{}\"\n", token("b")));
    repo.commit("two");
    let object = |name: &str| {
        let id = repo.git(&["rev-parse", &format!("HEAD:{name}")]).trim().to_owned();
        (repo.path().join(".git/objects").join(&id[..2]).join(&id[2..]), id)
    };
    let ((one, _), (other, id)) = (object("a"), object("b"));
    std::fs::remove_file(&other).unwrap();
    std::fs::copy(one, other).unwrap();
    let report = history_of(&repo.path());
    assert_eq!(report.findings.len(), 1, "both hold the token of the first");
    assert!(report.problems.len() == 1 && report.problems[0].message.contains(&id), "{:?}", report.problems);
}

const LFS: &str = "version https://git-lfs.github.com/spec/v1\n\
    oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
