//! Ranges of commits: what they bring, how they are named, and when they are refused.

use bartizan::model::{ObjectId, Origin, RepoPath, SkipReason, TextKind};
use bartizan::source::{Earlier, Place, Range, Source as _};

use super::{Repo, attribute, open, options, see};
use crate::run_git;

/// main: base; feature: adds, removes again, merges.
fn feature() -> (Repo, String) {
    let repo = Repo::new();
    repo.write("a/base.txt", "base\n").write("m.txt", "m\n");
    let base = repo.commit("base");
    repo.git(&["checkout", "-q", "-b", "feature"]);
    repo.write("gone.txt", "added and removed\n").commit("add");
    repo.git(&["rm", "-q", "gone.txt"]);
    repo.commit("remove");
    (repo, base)
}

#[test]
fn what_was_added_and_removed_again_counts() {
    let (repo, base) = feature();
    let seen = repo.range(&format!("{base}..feature"));
    assert_eq!(seen.blobs(), ["gone.txt"].into());
    assert_eq!(seen.messages(TextKind::CommitMessage), ["add".to_owned(), "remove".to_owned()].into());
    for same in ["main..feature", "main...feature", "main..", "main..HEAD", "main..refs/heads/feature"] {
        assert_eq!(repo.range(same).blobs(), seen.blobs(), "{same}");
    }
    assert!(repo.range("feature..main").blobs().is_empty());
}

#[test]
fn merges_bring_what_they_hold_and_not_what_the_other_side_had() {
    let (repo, _) = feature();
    repo.git(&["checkout", "-q", "main"]);
    repo.write("m.txt", "main's\n").write("theirs.txt", "main's too\n").commit("main goes on");
    repo.git(&["checkout", "-q", "feature"]);
    repo.write("m.txt", "feature's\n").commit("feature goes on");
    run_git::failing(&repo.path(), &["merge", "-q", "main"]);
    repo.write("m.txt", "in the merge alone\n").commit("merge");
    let seen = repo.range("main..feature");
    let contents: Vec<&[u8]> =
        seen.historic.keys().filter(|key| key.0 == "blob").map(|key| key.2.as_slice()).collect();
    assert_eq!(contents, [&b"added and removed\n"[..], b"feature's\n", b"in the merge alone\n"]);
}

#[test]
fn what_was_moved_is_not_new() {
    let (repo, _) = feature();
    repo.git(&["mv", "a", "b"]);
    repo.commit("move");
    let range = Range::open(repo.open(), "main..feature", &options()).unwrap();
    let seen = see(&range);
    let moved = seen.historic.iter().find(|(key, _)| key.1 == "b/base.txt").and_then(|(_, ids)| ids.0);
    // It was looked at, for nobody knew; whoever finds something in it is told what it was before.
    let origin = Origin { kind: TextKind::Blob, object: moved, commit: None };
    let changes = range.changes(&RepoPath::from("b/base.txt"), Some(&origin)).unwrap();
    let [change] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!(change.commit.as_ref().unwrap().id.to_string(), repo.head());
    let earlier = range.earlier(change.number);
    let expected = Earlier { path: "a/base.txt".into(), object: moved.unwrap(), side: 0, gone: true };
    assert_eq!(earlier, [expected]);
    assert_eq!(range.content(earlier[0].object).unwrap(), b"base\n");
}

#[test]
fn many_moved_files_are_not_even_looked_at() {
    let repo = Repo::new();
    for n in 0..400 {
        repo.write(&format!("old/{n}"), format!("{n}\n"));
    }
    repo.commit("base");
    repo.git(&["mv", "old", "new"]);
    repo.write("new/x", "x\n").commit("move");
    assert_eq!(repo.range("HEAD").blobs(), ["new/x"].into());
}

#[test]
fn a_single_revision_is_what_that_commit_brings() {
    let (repo, base) = feature();
    assert_eq!(repo.range("HEAD~1").blobs(), ["gone.txt"].into());
    assert!(repo.range("HEAD").blobs().is_empty());
    assert_eq!(repo.range(&base).blobs(), ["a/base.txt", "m.txt"].into(), "all of the first commit is new");
    assert_eq!(repo.range("HEAD^^!").blobs(), ["gone.txt"].into());
}

#[test]
fn names_of_revisions() {
    let (repo, base) = feature();
    repo.git(&["tag", "light", "HEAD~1"]);
    repo.git(&["tag", "-a", "-m", "said", "heavy", "HEAD~1"]);
    repo.git(&["tag", "-a", "-m", "said twice", "heavier", "heavy"]);
    repo.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    repo.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    let described = repo.git(&["describe", "--tags", "--match=light", "--long", "HEAD~1"]);
    let short = base[..7].to_owned();
    let expected = repo.range(&format!("{base}..HEAD~1")).blobs().len();
    assert_eq!(expected, 1);
    let bases =
        ["main", "heads/main", "refs/heads/main", "origin/main", "origin", "@~2", "HEAD^1~1^0", &short];
    for base in bases {
        for tip in
            ["light", "heavy", "heavier", "heavier^{}", "heavy^{commit}", "tags/light", described.trim()]
        {
            assert_eq!(repo.range(&format!("{base}..{tip}")).blobs().len(), expected, "{base}..{tip}");
        }
    }
    // Packed, they are found all the same.
    repo.git(&["pack-refs", "--all"]);
    assert_eq!(repo.range("origin/main..heavier").blobs().len(), expected);
}

#[test]
fn messages_of_tags_that_point_into_the_range() {
    let (repo, base) = feature();
    repo.git(&["tag", "-a", "-m", "outside", "old", &base]);
    repo.git(&["tag", "-a", "-m", "inside", "new", "HEAD"]);
    repo.git(&["tag", "-a", "-m", "of a tag", "nested", "new"]);
    for packed in [false, true] {
        let seen = repo.range("main..feature");
        assert_eq!(seen.messages(TextKind::TagMessage), ["inside".to_owned(), "of a tag".to_owned()].into());
        if !packed {
            repo.git(&["pack-refs", "--all"]);
        }
    }
}

#[test]
fn messages_of_merged_tags_are_in_the_commit() {
    let (repo, _) = feature();
    repo.git(&["tag", "-a", "-m", "what the tag says", "v1", "feature"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "--no-edit", "v1"]);
    repo.git(&["tag", "-d", "v1"]);
    let seen = repo.range("HEAD");
    let [message] =
        seen.messages(TextKind::CommitMessage).into_iter().collect::<Vec<_>>().try_into().unwrap();
    assert!(message.starts_with("Merge tag 'v1'") && message.ends_with("what the tag says"), "{message}");
}

#[test]
fn findings_know_their_commit() {
    let (repo, _) = feature();
    let added = repo.git(&["rev-parse", "HEAD~1"]);
    let range = Range::open(repo.open(), "main..feature", &options()).unwrap();
    let seen = see(&range);
    let (object, commit) = seen.historic.iter().find(|(key, _)| key.1 == "gone.txt").unwrap().1;
    assert_eq!(commit.unwrap().to_string(), added.trim());
    let blob: ObjectId = object.unwrap();
    let known = attribute(&range, &[vec![blob], vec![]]);
    let lives = known.lives[0].clone().unwrap();
    assert_eq!((lives.in_head, lives.commits, lives.unreachable), (Some(false), Some(1), false));
    assert_eq!(known.lives[1], None);
    assert_eq!(range.examined().unwrap().commits, 2);
}

#[test]
fn unknown_revisions_are_refused_with_what_helps() {
    let (repo, _) = feature();
    let cases = [
        ("nowhere..HEAD", "unknown revision `nowhere`; `git fetch origin nowhere` gets it"),
        ("origin/dev..HEAD", "unknown revision `origin/dev`; `git fetch origin dev` gets it"),
        ("main..no'such", r"`git fetch origin 'no'\''such'` gets it"),
        (
            "0123456789abcdef0123456789abcdef01234567..HEAD",
            "unknown revision `0123456789abcdef0123456789abcdef01234567`",
        ),
        ("main^9..HEAD", "has no such parent"),
        ("main~9..HEAD", "has no such parent"),
        ("main@{1}..HEAD", "`main@{1}` is not a valid revision"),
        ("HEAD:m.txt", "`HEAD:m.txt` is not a valid revision"),
        ("main^{tree}..HEAD", "is not a valid revision"),
        ("main~x..HEAD", "is not a valid revision"),
    ];
    for (range, told) in cases {
        let error = repo.refused(range);
        assert!(error.contains(told), "{range}: {error}");
        assert!(error.ends_with("nothing was scanned"), "{error}");
    }
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    assert!(repo.refused(&format!("{}..HEAD", tree.trim())).contains("is a tree, not a commit"));
    assert!(Repo::new().refused("HEAD").contains("HEAD has no commit yet"));
}

#[test]
fn shallow_clones_are_refused_where_they_end_in_the_range() {
    let (repo, base) = feature();
    repo.write("more.txt", "more\n").commit("more");
    let url = format!("file://{}", repo.path().display());
    let clone = |depth: &str| {
        let clone = Repo::new();
        let depth = format!("--depth={depth}");
        clone.git(&["fetch", "-q", &depth, &url, "feature:refs/heads/feature"]);
        clone
    };
    let one = clone("1");
    for range in ["feature", "feature~1..feature", &format!("{base}..feature")] {
        let error = one.refused(range);
        assert!(error.contains("shallow") && error.contains("git fetch --"), "{range}: {error}");
    }
    // With the base at hand the end of the clone does not matter.
    let two = clone("2");
    assert_eq!(two.range("feature").blobs(), ["more.txt"].into());
    assert_eq!(two.range("feature~1..feature").blobs(), ["more.txt"].into());
    assert!(two.refused("feature~1").contains("shallow"));

    // The base was fetched on its own: nobody can tell what lies between.
    let apart = clone("1");
    apart.git(&["fetch", "-q", "--depth=1", &url, "main:refs/heads/base"]);
    assert!(apart.refused("base..feature").contains("git fetch --deepen=100"));
    apart.git(&["fetch", "-q", "--unshallow", &url]);
    assert_eq!(apart.range("base..feature").blobs(), ["gone.txt", "more.txt"].into());
}

#[test]
fn unrelated_commits_are_refused() {
    let (repo, _) = feature();
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.commit("other");
    assert!(repo.refused("main..other").contains("`main` and `other` have no commit in common"));
}

/// What the list of shallow commits, grafts and replacements say hides nothing.
#[test]
fn no_list_hides_commits() {
    let (repo, base) = feature();
    let expected = 3;
    repo.write("more.txt", "more\n").commit("more");
    let texts = |repo: &Repo| repo.range(&format!("{base}..HEAD")).messages(TextKind::CommitMessage).len();
    assert_eq!(texts(&repo), expected);
    let head = repo.head();
    repo.write(".git/shallow", format!("{head}\n"));
    assert_eq!(texts(&repo), expected);
    repo.write(".git/shallow", "").write(".git/info/grafts", format!("{head} {base}\n"));
    assert_eq!(texts(&repo), expected);
    std::fs::remove_file(repo.path().join(".git/shallow")).unwrap();
    std::fs::remove_file(repo.path().join(".git/info/grafts")).unwrap();
    repo.git(&["replace", "--graft", "HEAD", &base]);
    assert_eq!(texts(&repo), expected);
}

#[test]
fn partial_clones_say_what_they_do_not_have() {
    let (repo, base) = feature();
    repo.write("more.txt", "more\n").commit("more");
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = Repo::new();
    let url = format!("file://{}", repo.path().display());
    let into = clone.path().join("clone");
    let path = into.display().to_string();
    clone.git(&["clone", "-q", "--no-checkout", "--filter=blob:none", "-b", "feature", &url, &path]);
    let range = Range::open(open(&Place::Around(into)).unwrap(), &format!("{base}.."), &options()).unwrap();
    let seen = see(&range);
    assert!(seen.blobs().is_empty());
    assert_eq!(seen.skipped(), [("gone.txt", SkipReason::Promised), ("more.txt", SkipReason::Promised)]);
    assert!(seen.problems[0].message.contains("git fetch --refetch --no-filter"), "{:?}", seen.problems);
}

#[test]
fn alternates_mirrors_bare_and_linked_repositories() {
    let (repo, base) = feature();
    let expected: std::collections::BTreeSet<&str> = ["gone.txt"].into();
    let url = repo.path().display().to_string();
    let place = Repo::new();
    let range = format!("{base}..feature");
    for (name, arguments) in [
        ("mirror.git", &["clone", "-q", "--mirror"][..]),
        ("bare.git", &["clone", "-q", "--bare"]),
        ("shared", &["clone", "-q", "--shared", "-b", "feature"]),
    ] {
        let path = place.path().join(name);
        let path_text = path.display().to_string();
        place.git(&[arguments, &[&url, &path_text]].concat());
        let git = open(&Place::Named(path)).unwrap();
        let seen = see(&Range::open(git, &range, &options()).unwrap());
        assert_eq!(seen.blobs(), expected, "{name}");
    }
    repo.git(&["worktree", "add", "-q", "linked", "main"]);
    for path in ["linked", ".git", ".git/worktrees/linked"] {
        let git = open(&Place::Named(repo.path().join(path))).unwrap();
        let seen = see(&Range::open(git, &range, &options()).unwrap());
        assert_eq!(seen.blobs(), expected, "{path}");
    }
    // A linked worktree has a HEAD of its own.
    let git = open(&Place::Named(repo.path().join("linked"))).unwrap();
    assert!(Range::open(git, &format!("{base}..HEAD"), &options()).unwrap().is_empty());
}

#[test]
fn clocks_that_were_wrong_hide_nothing() {
    let repo = Repo::new();
    let commit = |name: &str, date: &str| {
        repo.write(name, name).git(&["add", "-A"]);
        let tree = repo.git(&["write-tree"]);
        let parents = if name == "0" { vec![] } else { vec!["-p".to_owned(), repo.head()] };
        let mut arguments: Vec<&str> = vec!["commit-tree", tree.trim(), "-m", name];
        arguments.extend(parents.iter().map(String::as_str));
        let output = run_git::dated(&repo.path(), &arguments, date);
        let id = String::from_utf8(output).unwrap().trim().to_owned();
        repo.git(&["update-ref", "HEAD", &id]);
        id
    };
    let base = commit("0", "2000000000 +0000");
    commit("1", "100000000 +0000");
    commit("2", "1900000000 +0000");
    assert_eq!(repo.range(&format!("{base}..HEAD")).blobs(), ["1", "2"].into());
}

#[test]
fn files_are_as_old_as_the_commit_that_made_them_so() {
    let repo = Repo::new();
    let at = |time: i64, message: &str| {
        repo.git(&["add", "-A"]);
        let date = format!("{time} +0000");
        let commit = ["commit", "-q", "--allow-empty", "-m", message];
        run_git::dated(&repo.path(), &commit, &date);
    };
    repo.write("a/lock", "one\n").write("b", "one\n");
    at(1_000_000_000, "both");
    repo.write("a/lock", "two\n");
    at(1_100_000_000, "the lock");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("b", "two\n");
    at(1_200_000_000, "b on the side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("c", "one\n");
    at(1_300_000_000, "c");
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let git = repo.open();
    assert_eq!(git.last_changed(b"a/lock"), Some(1_100_000_000));
    assert_eq!(git.last_changed(b"b"), Some(1_200_000_000), "not the merge that brought it");
    assert_eq!(git.last_changed(b"c"), Some(1_300_000_000));
    assert_eq!(git.last_changed(b"a"), None, "a folder is no file");
    assert_eq!(git.last_changed(b"a/lock/x"), None);
    assert_eq!(git.last_changed(b""), None);
}
