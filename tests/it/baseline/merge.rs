//! Two branches that both accept something: real merges by git.

use super::{leaky, line};
use crate::git::Repo;
use crate::run_git;

/// Two branches from a baseline of `accepted` tokens, each of which accepts one more.
fn branches(accepted: usize) -> Repo {
    let repo = leaky();
    for number in 0..accepted {
        repo.write(&format!("many/{number}.py"), line(&format!("many {number}")));
    }
    repo.create();
    repo.commit("baseline");
    for name in ["one", "two"] {
        repo.git(&["switch", "-q", "-c", name, "main"]);
        repo.write(&format!("{name}.py"), line(name));
        repo.ok(&["baseline", "update", "--reason", name], 0);
        repo.commit(name);
    }
    repo
}

#[test]
fn entries_that_are_far_apart_merge() {
    let repo = branches(40);
    repo.git(&["merge", "-q", "-m", "both", "one"]);
    assert_eq!(repo.reported(&[]), [""; 0]);
    assert_eq!(repo.notices(&[]), [""; 0]);
    assert_eq!(repo.baseline().lines().count(), 1 + 2 + 40 + 2);
}

#[test]
fn with_the_union_driver_everything_merges() {
    let repo = branches(0);
    repo.write(".gitattributes", "bartizan.baseline merge=union\n");
    repo.commit("attributes");
    // The same finding on both sides, with another reason: the union has both lines.
    repo.write("three.py", line("three"));
    repo.ok(&["baseline", "update", "--reason", "as two says"], 0);
    repo.commit("three on two");
    repo.git(&["switch", "-q", "one"]);
    repo.write("three.py", line("three"));
    repo.ok(&["baseline", "update", "--reason", "as one says"], 0);
    repo.commit("three on one");
    repo.git(&["switch", "-q", "two"]);
    repo.git(&["merge", "-q", "-m", "both", "one"]);
    assert_eq!(repo.reported(&[]), [""; 0]);
    let told = repo.notices(&[]);
    assert!(told.iter().any(|notice| notice.contains("once more, and says something else")), "{told:?}");
    repo.ok(&["baseline", "update"], 0);
    assert_eq!(repo.notices(&[]), [""; 0]);
    let text = repo.baseline();
    assert_eq!(text.lines().count(), 1 + 2 + 3, "{text}");
    assert!(text.lines().skip(1).is_sorted(), "{text}");
    assert!(text.contains("as one says") && !text.contains("as two says"), "{text}");
}

#[test]
fn a_conflict_is_told_in_one_line_and_mended_by_keeping_both_sides() {
    let repo = branches(0);
    let base = repo.baseline();
    run_git::failing(&repo.path(), &["merge", "-q", "one"]);
    let conflicted = repo.baseline();
    let line = conflicted.lines().position(|line| line.starts_with("<<<<<<<")).unwrap() + 1;
    for arguments in [&["scan"][..], &["baseline", "update", "--reason", "x"], &["baseline", "prune"]] {
        assert_eq!(
            repo.fails(arguments),
            format!(
                "error: bartizan.baseline: line {line}: unresolved merge conflict; keep both sides and run `bartizan baseline update`\n"
            )
        );
    }
    let both: String = conflicted
        .lines()
        .filter(|line| !["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)))
        .map(|line| format!("{line}\n"))
        .collect();
    repo.write("bartizan.baseline", both);
    repo.ok(&["baseline", "update"], 0);
    assert_eq!(repo.baseline().lines().count(), base.lines().count() + 1);
    assert_eq!(repo.reported(&[]), [""; 0]);
    assert_eq!(repo.notices(&[]), [""; 0]);
}
