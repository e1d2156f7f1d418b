//! Commits, tags and trees have a limit of their own: no setting cuts off what only they reach.

use bartizan::model::{Ending, Severity};
use bartizan::source::{History, HistoryOptions, Place};

use super::history::report;
use super::program::{bartizan, json};
use super::{Repo, limits, open, token};

/// A repository of which `what` is larger than most: a commit, a tag or a tree, over which alone a token is
/// reached.
fn behind(what: &str) -> Repo {
    let repo = Repo::new();
    repo.write("first", "first\n").commit("first");
    let secret = format!("t = \"{}\"\n", token(what));
    match what {
        "commit" => drop(repo.write("dir/a", secret).commit(&"long ".repeat(1000))),
        "tag" => {
            repo.git(&["checkout", "-q", "-b", "other"]);
            repo.write("dir/a", secret).commit("other");
            repo.git(&["tag", "-a", "-m", &"long ".repeat(1000), "v1"]);
            repo.git(&["checkout", "-q", "main"]);
            repo.git(&["branch", "-qD", "other"]);
        }
        "tree" => {
            for number in 0..150 {
                repo.write(&format!("dir/{number}-{}", "x".repeat(60)), "x\n");
            }
            repo.write("dir/sub/a", secret).commit("wide");
        }
        _ => unreachable!(),
    }
    repo
}

fn history(repo: &Repo, max_structure_size: u64) -> bartizan::model::Report {
    let options =
        HistoryOptions { limits: limits(), include_authors: false, unreachable: false, max_structure_size };
    report(&History::new(open(&Place::Around(repo.path())).unwrap(), &options))
}

#[test]
fn the_limit_of_files_cuts_off_nothing() {
    for what in ["commit", "tag", "tree"] {
        let repo = behind(what);
        let report = json(&repo.path(), &["--history", "--no-cache", "--max-file-size", "1"]);
        let found: Vec<&str> =
            report["findings"].as_array().unwrap().iter().map(|one| one["check"].as_str().unwrap()).collect();
        assert_eq!(found, ["github-personal-access-token"], "{what}");
    }
}

#[test]
fn what_lies_below_an_object_that_is_not_read_is_counted_and_no_success() {
    for (what, below) in [("commit", 6), ("tag", 4), ("tree", 3)] {
        let repo = behind(what);
        assert_eq!(history(&repo, 1 << 20).problems, [], "{what}");
        let report = history(&repo, 3000);
        assert!(report.findings.is_empty(), "{what}");
        assert_eq!(report.ending(Some(Severity::Medium)), Ending::Incomplete, "{what}");
        let told: Vec<&str> = report.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert!(told.iter().any(|line| line.contains("it is over the size limit")), "{what}: {told:?}");
        let words = format!("up to {below} objects below what could not be read");
        assert!(told.iter().any(|line| line.starts_with(&words)), "{what}: {told:?}");
    }
    let sound = behind("commit");
    assert_eq!(bartizan(&sound.path(), &["scan", "--history", "--no-cache"]).code, 1);
}
