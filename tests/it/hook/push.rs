//! `pre-push` and `pre-receive`, through `git push`.

use super::{Folder, Repo, secret, token};
use crate::run_git;

/// A repository with a remote `origin`, to which `main` is pushed, and the hook `pre-push`.
fn pushed(folder: &Folder) -> (Repo, Repo) {
    let bare = folder.bare("bare.git");
    let repo = folder.hooked("pre-push");
    repo.git(&["remote", "add", "origin", &bare.path().to_string_lossy()]);
    repo.stage("a.txt", "a\n").commit("base");
    repo.try_git(&["push", "-q", "origin", "main"]).passed().says("of 1 commit");
    (repo, bare)
}

#[test]
fn what_is_new_to_the_remote_is_scanned() {
    let folder = Folder::new();
    let (repo, _) = pushed(&folder);
    repo.stage("b.txt", secret("b")).commit("add");
    repo.git(&["rm", "-q", "b.txt"]);
    repo.commit("and remove");
    let ran = repo.try_git(&["push", "origin", "main"]).blocked("b.txt:1:10 in commit ");
    assert!(ran.err.contains("in what is pushed to origin: "), "{}", ran.err);
    assert!(ran.err.contains("git rebase -i "), "{}", ran.err);
    // A branch without it, which the remote does not have yet.
    repo.git(&["checkout", "-q", "-b", "side", "main~2"]);
    repo.stage("c.txt", "c\n").commit("c");
    repo.try_git(&["push", "-q", "origin", "side"]).passed().says("of 1 commit\n");
    // Nothing new at all.
    repo.try_git(&["push", "-q", "origin", "side:third"]).passed().says("nothing was scanned");
    repo.try_git(&["push", "origin", &format!("side:{}", token("name"))]).blocked("names of references");
    // Both branches in one push.
    repo.try_git(&["push", "origin", "main", "side:fourth"]).blocked("b.txt:1:10 in commit ");
    repo.try_git(&["push", "-q", "origin", ":third"]).passed().says("nothing was scanned");
}

#[test]
fn a_message_a_merge_and_a_forced_push() {
    let folder = Folder::new();
    let (repo, _) = pushed(&folder);
    let base = repo.head();
    repo.commit(&format!("use {}", token("message")));
    repo.try_git(&["push", "origin", "main"]).blocked("message of commit ");
    repo.git(&["reset", "-q", "--hard", &base]);
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.stage("a.txt", "side\n").commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.stage("a.txt", "main\n").commit("main");
    run_git::failing(repo.path(), &["merge", "-q", "side"]);
    repo.stage("a.txt", secret("merge")).commit("merge");
    repo.try_git(&["push", "origin", "main"]).blocked("a.txt:1:10 in commit ");
    repo.git(&["reset", "-q", "--hard", "side"]);
    repo.try_git(&["push", "-q", "origin", "main"]).passed();
    repo.git(&["reset", "-q", "--hard", &base]);
    repo.stage("d.txt", "d\n").commit("another way");
    repo.try_git(&["push", "-q", "--force", "origin", "main"]).passed().says("of 1 commit\n");
}

#[test]
fn tags_and_what_they_stand_for() {
    let folder = Folder::new();
    let (repo, _) = pushed(&folder);
    repo.git(&["tag", "-a", "-m", &format!("use {}", token("tag")), "v1"]);
    repo.git(&["tag", "-a", "-m", "fine", "v2"]);
    repo.try_git(&["push", "origin", "v1"]).blocked("message of tag ").says("git tag -f -a NAME");
    // The other one points to the same commit, and stays here.
    repo.try_git(&["push", "-q", "origin", "v2"]).passed().says("no findings in what is pushed to origin");
    repo.git(&["tag", "-a", "-m", "tag of a tag", "v3", "v1"]);
    repo.try_git(&["push", "origin", "v3"]).blocked("message of tag ");
    // Of a file and of a tree, which are of no commit.
    repo.write("x", secret("blob"));
    let blob = repo.git(&["hash-object", "-w", "x"]);
    repo.git(&["tag", "blob", blob.trim()]);
    repo.try_git(&["push", "origin", "blob"]).blocked(".git/objects/");
    let tree = run_git::pipe(
        repo.path(),
        &["mktree"],
        format!("100644 blob {}\tname.txt\n", blob.trim()).as_bytes(),
    );
    repo.git(&["tag", "-a", "-m", "tree", "tree", String::from_utf8(tree).unwrap().trim()]);
    repo.try_git(&["push", "origin", "tree"]).blocked("name.txt:1:10");
    repo.git(&["tag", "light"]);
    repo.try_git(&["push", "-q", "origin", "light"]).passed();
}

#[test]
fn what_somebody_else_pushed_meanwhile_need_not_be_known() {
    let folder = Folder::new();
    let (repo, bare) = pushed(&folder);
    run_git::git(&folder.path(), &["clone", "-q", &bare.path().to_string_lossy(), "other"]);
    let other = Repo(folder.path().join("other"));
    other.stage("o.txt", "o\n").commit("theirs");
    other.git(&["push", "-q", "origin", "main"]);
    repo.stage("m.txt", "m\n").commit("mine");
    // Git hands in an id that this repository does not have.
    repo.try_git(&["push", "-q", "--force", "origin", "main"]).passed().says("of 1 commit\n");
    repo.stage("m.txt", secret("m")).commit("mine");
    repo.try_git(&["push", "--force", "origin", "main"]).blocked("m.txt:1:10 in commit ");
}

#[test]
fn unrelated_histories_and_remotes_without_a_name() {
    let folder = Folder::new();
    let (repo, bare) = pushed(&folder);
    repo.git(&["checkout", "-q", "--orphan", "apart"]);
    repo.stage("p.txt", "p\n").commit("apart");
    repo.try_git(&["push", "-q", "origin", "apart"]).passed().says("of 1 commit\n");
    repo.stage("p.txt", secret("p")).commit("apart");
    repo.try_git(&["push", "origin", "apart"]).blocked("p.txt:1:10 in commit ");
    // Nothing is known of what is there, so all of it counts.
    let address = format!("file://{}", bare.path().display());
    repo.git(&["checkout", "-q", "main"]);
    repo.try_git(&["push", "-q", &address, "main:fresh"]).passed().says("of 1 commit\n");
}

#[test]
fn input_that_git_never_writes_is_refused() {
    let folder = Folder::new();
    let (repo, _) = pushed(&folder);
    let fed = |arguments: &[&str], input: &str| {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, input.as_bytes()).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        super::Ran::of(super::command(repo.path(), arguments).stdin(file).output().unwrap())
    };
    let zero = "0".repeat(40);
    let (head, unknown) = (repo.head(), "1".repeat(40));
    for hook in ["pre-push", "pre-receive"] {
        let ran = fed(&["hook", hook], "rubbish\n");
        assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
        assert!(ran.err.contains("line 1 of standard input"), "{}", ran.err);
        assert_eq!(fed(&["hook", hook], "").code, 0);
    }
    let ran = fed(&["hook", "pre-push", "x"], &format!("refs/heads/main {unknown} refs/heads/main {zero}\n"));
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    fed(&["hook", "pre-push", "x"], &format!("refs/heads/main {head} refs/heads/main {unknown}\n")).passed();
    let ran = fed(&["hook", "pre-push", "https://u:sesame@example.org/x"], &format!("m {head} m {zero}\n"))
        .passed();
    assert!(!ran.err.contains("sesame"), "{}", ran.err);
}

/// A repository and a server with the hook `pre-receive`.
fn served(folder: &Folder) -> (Repo, Repo) {
    let bare = folder.bare("bare.git");
    // Without a type it is the one that a server has.
    bare.bartizan(&["hook", "install"]).passed();
    let repo = folder.repo("repo");
    repo.git(&["remote", "add", "origin", &bare.path().to_string_lossy()]);
    repo.stage("a.txt", "a\n").commit("base");
    repo.try_git(&["push", "-q", "origin", "main"])
        .passed()
        .says("remote: bartizan: no findings in what is pushed: ");
    (repo, bare)
}

/// Asserts that the server has refused, for a finding at `place`.
#[track_caller]
fn refused(repo: &Repo, arguments: &[&str], place: &str) {
    let ran = repo.try_git(arguments);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains(&format!("remote:  --> {place}")), "{}", ran.err);
    assert!(ran.err.contains("pre-receive hook declined"), "{}", ran.err);
}

#[test]
fn a_server_refuses_what_arrives_and_holds_nothing_of_it() {
    let folder = Folder::new();
    let (repo, bare) = served(&folder);
    repo.stage("b.txt", secret("b")).commit("add");
    let bad = repo.head();
    repo.git(&["rm", "-q", "b.txt"]);
    repo.commit("and remove");
    refused(&repo, &["push", "origin", "main"], "b.txt:1:10 in commit ");
    refused(&repo, &["push", "origin", "main:fresh"], "b.txt:1:10 in commit ");
    refused(&repo, &["push", "origin", "main~2:refs/heads/fine", "main"], "b.txt:1:10 in commit ");
    assert_eq!(bare.try_git(&["cat-file", "-e", &bad]).code, 1);
    repo.git(&["tag", "-a", "-m", &format!("use {}", token("tag")), "v1", "main~2"]);
    refused(&repo, &["push", "origin", "v1"], "message of tag ");
    repo.try_git(&["push", "-q", "origin", "main~2:refs/heads/fine"]).passed().says("nothing was scanned");
    repo.try_git(&["push", "-q", "origin", ":fine"]).passed();
}

#[test]
fn whoever_pushes_does_not_decide_on_a_server() {
    let folder = Folder::new();
    let (repo, bare) = served(&folder);
    repo.stage("b.txt", secret("b")).stage("bartizan.toml", "[scan]\nexclude = [\"b.txt\"]\n").commit("add");
    refused(&repo, &["push", "origin", "main"], "b.txt:1:10 in commit ");
    let ran = repo.with(&["push", "origin", "main"], &[("BARTIZAN_SKIP", "1"), ("SKIP", "bartizan")]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    // Its own settings count.
    bare.write("server.toml", "[scan]\nexclude = [\"b.txt\"]\n");
    let hook = String::from_utf8(bare.read("hooks/pre-receive")).unwrap();
    bare.script(
        "hooks/pre-receive",
        &hook.replace("hook pre-receive", "hook pre-receive --config server.toml"),
    );
    repo.try_git(&["push", "-q", "origin", "main"]).passed();
}
