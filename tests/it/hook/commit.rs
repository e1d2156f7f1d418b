//! `pre-commit` and `commit-msg`, through `git commit` in all its ways.

use std::io::Write as _;
use std::process::Stdio;

use super::{Folder, Ran, Repo, secret, token};
use crate::run_git;

fn hooked(folder: &Folder) -> Repo {
    folder.hooked("pre-commit,commit-msg")
}

/// The same with a commit.
fn based(folder: &Folder) -> Repo {
    let repo = hooked(folder);
    repo.stage("a.txt", "one\ntwo\nthree\n").stage("b.txt", "b\n").commit("base");
    repo
}

#[test]
fn a_commit_with_a_secret_is_blocked_and_says_what_to_do() {
    let folder = Folder::new();
    let repo = based(&folder);
    repo.stage("src/my conf.py", format!("x = 1\n{}", secret("a")));
    let ran = repo.try_git(&["commit", "-m", "more"]).blocked("src/my conf.py:2:10");
    let expected = [
        "error[github-personal-access-token]: GitHub personal access token\n",
        "2 | token = \"ghp_****\"\n",
        "  = help: Delete it under Settings",
        "in staged changes: 1 file (",
        "git restore --staged 'src/my conf.py'",
        "bartizan:allow github-personal-access-token REASON",
        "bartizan baseline update",
    ];
    for words in expected {
        assert!(ran.err.contains(words), "`{words}` is missing: {}", ran.err);
    }
    assert!(!ran.err.contains(&token("a")) && !ran.err.contains('\u{1b}'), "{}", ran.err);
    assert_eq!(repo.git(&["rev-list", "--count", "HEAD"]).trim(), "1");

    // The three ways on.
    repo.write(
        "src/my conf.py",
        format!("x = 1\n{} # bartizan:allow github-personal-access-token made up\n", secret("a").trim_end()),
    );
    repo.git(&["add", "-A"]);
    repo.try_git(&["commit", "-q", "-m", "allowed"]).passed().says("1 suppressed");
    repo.stage("c.py", secret("c"));
    repo.try_git(&["commit", "-m", "no"]).blocked("c.py:1:10");
    repo.git(&["restore", "--staged", "c.py"]);
    repo.try_git(&["commit", "-q", "--allow-empty", "-m", "without it"]).passed();
}

#[test]
fn what_is_clean_passes_and_says_how_much_was_scanned() {
    let folder = Folder::new();
    let repo = based(&folder);
    repo.stage("a.txt", "one\ntwo\n").stage("c.txt", "12345\n");
    let ran = repo.try_git(&["commit", "-q", "-m", "more"]).passed();
    assert_eq!(
        ran.err,
        "bartizan: no findings in staged changes: 2 files (14 bytes)\nbartizan: no findings in the message: 5 bytes\n"
    );
    assert_eq!(ran.out, "");
}

#[test]
fn the_index_counts_and_not_the_disk() {
    let folder = Folder::new();
    let repo = based(&folder);
    // Staged, then taken away on disk.
    repo.stage("a.txt", secret("a")).write("a.txt", "clean\n");
    repo.try_git(&["commit", "-m", "x"]).blocked("a.txt:1:10");
    // On disk only.
    repo.git(&["add", "a.txt"]);
    repo.write("a.txt", secret("a")).write("untracked.txt", secret("u"));
    repo.try_git(&["commit", "-q", "-m", "x"]).passed().says("1 file (6 bytes)");
    // Intended to be added, and not yet.
    repo.git(&["add", "-N", "untracked.txt"]);
    repo.stage("b.txt", "b2\n");
    repo.try_git(&["commit", "-q", "-m", "x"]).passed().says("1 file (3 bytes)");
}

#[test]
fn temporary_indexes_are_the_ones_that_are_scanned() {
    let folder = Folder::new();
    let repo = based(&folder);
    repo.write("a.txt", secret("a"));
    repo.try_git(&["commit", "-a", "-m", "x"]).blocked("a.txt:1:10");
    repo.write("b.txt", "b2\n");
    repo.try_git(&["commit", "-q", "--only", "b.txt", "-m", "b alone"]).passed().says("1 file (3 bytes)");
    repo.try_git(&["commit", "-q", "--include", "a.txt", "-m", "x"]).blocked("a.txt:1:10");
    // What is staged stays out of a commit of b alone.
    repo.git(&["add", "a.txt"]);
    repo.write("b.txt", "b3\n");
    repo.try_git(&["commit", "-q", "b.txt", "-m", "b alone"]).passed().says("1 file (3 bytes)");
    repo.try_git(&["commit", "-q", "a.txt", "-m", "x"]).blocked("a.txt:1:10");
}

/// `git commit -p` with these answers.
fn in_pieces(repo: &Repo, answers: &str) -> Ran {
    let mut child = run_git::command(repo.path(), &["commit", "-q", "-p", "-m", "in pieces"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

#[test]
fn a_commit_in_pieces_is_scanned_as_it_is_picked() {
    let folder = Folder::new();
    let repo = hooked(&folder);
    let filler: String = (0..30).map(|line| format!("{line}\n")).collect();
    repo.stage("a.txt", &filler).commit("base");
    repo.write("a.txt", format!("{filler}{}", secret("end")).replacen("0\n", "zero\n", 1));
    in_pieces(&repo, "n\ny\n").blocked("a.txt:31:10");
    in_pieces(&repo, "y\nn\n").passed();
    assert!(repo.git(&["show", "HEAD:a.txt"]).starts_with("zero\n"));
    in_pieces(&repo, "y\n").blocked("a.txt:31:10");
}

#[test]
fn first_commit_amend_and_an_empty_one() {
    let folder = Folder::new();
    let repo = hooked(&folder);
    repo.stage("a.txt", secret("a"));
    repo.try_git(&["commit", "-m", "first"]).blocked("a.txt:1:10").says("git rm --cached a.txt");
    repo.stage("a.txt", "a\n");
    repo.try_git(&["commit", "-q", "-m", "first"]).passed();
    repo.stage("b.txt", secret("b"));
    repo.try_git(&["commit", "--amend", "--no-edit"]).blocked("b.txt:1:10");
    repo.git(&["restore", "--staged", "b.txt"]);
    repo.try_git(&["commit", "-q", "--amend", "-m", "first, in other words"])
        .passed()
        .says("bartizan: no staged content; nothing was scanned\n");
    repo.try_git(&["commit", "-q", "--allow-empty", "-m", "empty"]).passed().says("nothing was scanned");
    repo.git(&["rm", "-q", "a.txt"]);
    repo.try_git(&["commit", "-q", "-m", "gone"]).passed().says("nothing was scanned");
}

#[test]
fn a_secret_that_is_there_already_blocks_no_other_change() {
    let folder = Folder::new();
    let repo = hooked(&folder);
    repo.stage("old.txt", secret("old")).stage("a.txt", "a\n").commit("past the hook");
    repo.stage("a.txt", "b\n");
    repo.try_git(&["commit", "-q", "-m", "another file"]).passed();
}

#[test]
fn a_secret_can_be_taken_out_moved_and_have_others_beside_it_changed() {
    let folder = Folder::new();
    let repo = hooked(&folder);
    repo.stage("old.txt", format!("{}{}other = 1\n", secret("one"), secret("two"))).commit("past the hook");
    repo.stage("old.txt", format!("{}other = 2\n", secret("two")));
    repo.try_git(&["commit", "-q", "-m", "one is out"]).passed();
    repo.git(&["mv", "old.txt", "new.txt"]);
    repo.try_git(&["commit", "-q", "-m", "moved"]).passed();
    repo.stage("new.txt", format!("{}{}", secret("two"), secret("three")));
    repo.try_git(&["commit", "-q", "-m", "more"]).blocked("new.txt:2:10");
}

#[test]
fn merges_are_scanned_as_they_are_made() {
    let folder = Folder::new();
    let repo = based(&folder);
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.stage("a.txt", "side\n").commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.stage("a.txt", "main\n").commit("main");
    assert_eq!(repo.try_git(&["merge", "-q", "side"]).code, 1);
    repo.stage("a.txt", secret("merge"));
    repo.try_git(&["commit", "-q", "--no-edit"]).blocked("a.txt:1:10");
    repo.stage("a.txt", "both\n");
    repo.try_git(&["commit", "-q", "--no-edit"]).passed();
    assert_eq!(repo.git(&["rev-list", "--merges", "--count", "HEAD"]).trim(), "1");
}

#[test]
fn submodules_links_and_below_a_directory() {
    let folder = Folder::new();
    let other = folder.repo("other");
    other.stage("x", "x\n").commit("x");
    let repo = based(&folder);
    repo.git(&["submodule", "--quiet", "add", &other.path().to_string_lossy(), "module"]);
    std::os::unix::fs::symlink(token("link"), repo.path().join("link")).unwrap();
    repo.git(&["add", "link"]);
    repo.try_git(&["commit", "-m", "x"]).blocked("link:1:1").says("1 file skipped");
    repo.git(&["restore", "--staged", "link"]);
    repo.write("deep/down/c.txt", secret("c")).git(&["add", "deep"]);
    let below = Repo(repo.path().join("deep/down"));
    below.try_git(&["commit", "-m", "x"]).blocked("deep/down/c.txt:1:10");
    below.bartizan(&["hook", "pre-commit"]).blocked("deep/down/c.txt:1:10");
    repo.git(&["rm", "-q", "--cached", "deep/down/c.txt"]);
    below.try_git(&["commit", "-q", "-m", "x"]).passed();
}

#[test]
fn linked_worktrees_and_worktrees_apart_from_their_repository() {
    let folder = Folder::new();
    let repo = based(&folder);
    repo.git(&["worktree", "add", "-q", "../linked"]);
    let linked = Repo(folder.path().join("linked"));
    linked.stage("l.txt", secret("l"));
    linked.try_git(&["commit", "-m", "x"]).blocked("l.txt:1:10");
    repo.stage("m.txt", "m\n");
    repo.try_git(&["commit", "-q", "-m", "here"]).passed();
    linked.try_git(&["commit", "-q", "--allow-empty", "--only", "-m", &token("message")]).blocked("");

    // As those do who keep the files of their home in git.
    let apart = folder.path().join("apart.git");
    std::fs::rename(repo.path().join(".git"), &apart).unwrap();
    let (git_dir, work_tree) = (apart.to_string_lossy(), repo.path().to_string_lossy());
    let options = ["--git-dir", &*git_dir, "--work-tree", &*work_tree];
    repo.stage_apart(&options, "n.txt", &secret("n"));
    repo.try_git(&[&options[..], &["commit", "-m", "x"]].concat()).blocked("n.txt:1:10");
    repo.stage_apart(&options, "n.txt", "n\n");
    repo.try_git(&[&options[..], &["commit", "-q", "-m", "x"]].concat()).passed();
}

impl Repo {
    fn stage_apart(&self, options: &[&str], path: &str, content: &str) {
        self.write(path, content).git(&[options, &["add", path]].concat());
    }
}

#[test]
fn env_files_count_and_what_hooks_leave_out_is_left_out() {
    let folder = Folder::new();
    let repo = based(&folder);
    repo.stage(".env", "DB_PASSWORD=tulip-over¦cast-41\n".replace('¦', "-"));
    let ran = repo.try_git(&["commit", "-m", "x"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("committed-env-file"), "{}", ran.err);
    repo.git(&["restore", "--staged", ".env"]);
    // A lock file would have a scan ask for advisories, and there are none here.
    repo.stage("Cargo.lock", "version = 4\n\n[[package]]\nname = \"time\"\nversion = \"0.1.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n");
    repo.try_git(&["commit", "-q", "-m", "x"]).passed().says("no findings");
}

#[test]
fn thresholds_and_settings() {
    let folder = Folder::new();
    let repo = based(&folder);
    repo.stage("tests/data.py", "password = \"Gq7-vZ¦2k.Lw9x\"\n".replace('¦', ""));
    let low = repo.bartizan(&["hook", "pre-commit"]).passed();
    assert!(low.err.contains("no blocking findings in staged changes"), "{}", low.err);
    assert!(low.err.contains("1 finding below the threshold (--fail-on low blocks)"), "{}", low.err);
    assert_eq!(repo.bartizan(&["hook", "pre-commit", "--fail-on", "low"]).code, 1);
    assert_eq!(repo.bartizan(&["hook", "pre-commit", "--quiet"]).err, "");
    repo.stage("a.txt", secret("a"));
    assert_eq!(repo.bartizan(&["hook", "pre-commit", "--fail-on", "none"]).code, 0);
    repo.bartizan(&["hook", "pre-commit", "--quiet"]).blocked("a.txt:1:10");
    repo.write("bartizan.toml", "[scan]\nexclude = [\"a.txt\"]\n");
    repo.bartizan(&["hook", "pre-commit"]).passed().says("1 file skipped");
    repo.bartizan(&["hook", "pre-commit", "--no-config"]).blocked("a.txt:1:10");
    repo.write("bartizan.toml", "exclud = 1\n");
    let ran = repo.bartizan(&["hook", "pre-commit"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
}

#[test]
fn skips_are_said() {
    let folder = Folder::new();
    let repo = based(&folder);
    repo.stage("a.txt", secret("a"));
    for (name, value) in
        [("BARTIZAN_SKIP", "1"), ("SKIP", "flake8, bartizan"), ("SKIP", "bartizan-pre-commit")]
    {
        let ran = repo.program(&["hook", "pre-commit"], &[(name, value)]).passed();
        assert_eq!(ran.err, format!("bartizan: skipped by {name}; nothing was scanned\n"));
    }
    for (name, value) in [("BARTIZAN_SKIP", "0"), ("SKIP", "bartizan-pre-push"), ("SKIP", "")] {
        repo.program(&["hook", "pre-commit"], &[(name, value)]).blocked("a.txt:1:10");
    }
}

#[test]
fn names_with_control_characters_do_not_reach_the_terminal() {
    let folder = Folder::new();
    let repo = based(&folder);
    let name = "e\u{1b}[31mvil\nbartizan: no findings\u{202e}.txt";
    repo.stage(name, secret("a"));
    let ran = repo
        .try_git(&["commit", "-m", "x"])
        .blocked("e\\u{1b}[31mvil\\nbartizan: no findings\\u{202e}.txt:1:10");
    assert!(!ran.err.contains(['\u{1b}', '\u{202e}']), "{}", ran.err);
    assert!(ran.err.contains("git restore --staged FILE\n"), "{}", ran.err);
}

#[test]
fn the_message_counts_as_git_records_it() {
    let folder = Folder::new();
    let repo = based(&folder);
    let message = |text: &str, more: &[&str], environment: &[(&str, &str)]| {
        repo.write("message", text);
        let arguments = [more, &["hook", "commit-msg", "message"]].concat();
        repo.program(&arguments, environment)
    };
    let (line, scissors) = (secret("m"), "# ------------------------ >8 ------------------------\n");
    message(&format!("subject\n\n{line}"), &[], &[])
        .blocked("message:3:10")
        .says("what you wrote is in message");
    message(&format!("subject\n# {line}"), &[], &[]).passed();
    message(&format!("subject\n{scissors}+{line}"), &[], &[]).passed();
    // Without an editor git records all of it.
    let no_editor = [("GIT_EDITOR", ":")];
    message(&format!("subject\n# {line}"), &[], &no_editor).blocked("message:2:12");
    message(&format!("subject\n{scissors}+{line}"), &[], &no_editor).blocked("message:3:11");
    for (key, value, text, blocks) in [
        ("core.commentChar", ";", format!("; {line}"), false),
        ("core.commentChar", ";", format!("# {line}"), true),
        ("core.commentString", "//", format!("// {line}"), false),
        ("core.commentChar", "auto", format!("# {line}"), true),
        ("core.commentChar", "auto", format!("s\n{}+{line}", scissors.replace('#', "%")), false),
        ("commit.cleanup", "verbatim", format!("# {line}"), true),
        ("commit.cleanup", "scissors", format!("# {line}"), true),
        ("commit.cleanup", "scissors", format!("s\n{scissors}{line}"), false),
    ] {
        repo.git(&["config", key, value]);
        assert_eq!(message(&text, &[], &[]).code, i32::from(blocks), "{key} {value}");
        repo.git(&["config", "--unset", key]);
    }
    let ran = repo.bartizan(&["hook", "commit-msg", "no-such-file"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
}

#[test]
fn messages_through_git() {
    let folder = Folder::new();
    let repo = based(&folder);
    let message = format!("use {}", token("m"));
    repo.try_git(&["commit", "--allow-empty", "-m", &message]).blocked(".git/COMMIT_EDITMSG:1:5");
    repo.try_git(&["commit", "--allow-empty", "-m", &format!("a\n\n# {message}")])
        .blocked(".git/COMMIT_EDITMSG:3:7");
    // Somebody who edits, and is shown a difference that holds the secret which goes.
    repo.stage("a.txt", secret("a")).commit("past the hook");
    repo.git(&["rm", "-q", "a.txt"]);
    let editor = "sh -c 'f=$1; { echo gone; cat \"$f\"; } > \"$f.new\" && mv \"$f.new\" \"$f\"' -";
    repo.with(&["commit", "-q", "-v"], &[("GIT_EDITOR", editor)]).passed();
    assert_eq!(repo.git(&["log", "-1", "--format=%B"]).trim(), "gone");
}

#[test]
fn what_is_broken_blocks_in_one_line() {
    let folder = Folder::new();
    let repo = based(&folder);
    repo.stage("a.txt", "changed\n");
    let index = repo.read(".git/index");
    repo.write(".git/index", &index[..index.len() / 2]);
    let ran = repo.bartizan(&["hook", "pre-commit"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    assert!(ran.err.contains("git reset"), "{}", ran.err);
    repo.write(".git/index", &index);
    // A blob that is gone.
    let id = repo.git(&["rev-parse", ":a.txt"]);
    let object = format!(".git/objects/{}/{}", &id[..2], id[2..].trim());
    std::fs::remove_file(repo.path().join(object)).unwrap();
    let ran = repo.bartizan(&["hook", "pre-commit"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("blocked, the scan is incomplete: 1 problem"), "{}", ran.err);
    let outside = Repo(folder.path());
    let ran = outside.bartizan(&["hook", "pre-commit"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
}

#[test]
fn all_of_the_index() {
    let folder = Folder::new();
    let repo = based(&folder);
    repo.stage("old.txt", secret("old")).commit("past the hook");
    repo.write("untracked.txt", secret("u")).write("b.txt", secret("disk"));
    let ran = repo.bartizan(&["scan", "--index", "--quiet"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("1 finding (1 critical) in 3 files"), "{}", ran.out);
    assert_eq!(repo.bartizan(&["scan", "--index", "--staged"]).code, 2);
}

#[test]
fn that_nobody_listens_changes_no_code() {
    let folder = Folder::new();
    let repo = based(&folder);
    let closed = |redirection: &str| {
        let mut shell = std::process::Command::new("sh");
        shell.current_dir(repo.path()).env_clear().env("HOME", "/nonexistent").env("PROGRAM", super::PROGRAM);
        shell.args(["-c", &format!("exec \"$PROGRAM\" hook pre-commit {redirection}")]);
        Ran::of(shell.output().unwrap()).code
    };
    for redirection in ["2>&-", "2>&- >&- <&-", "2>/dev/full"] {
        repo.stage("a.txt", secret("a"));
        assert_eq!(closed(redirection), 1, "{redirection}");
        repo.stage("a.txt", "another\n");
        assert_eq!(closed(redirection), 0, "{redirection}");
    }
}
