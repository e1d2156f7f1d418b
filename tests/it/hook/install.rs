//! `hook install`, `uninstall`, `status` and `print`.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::{Folder, PROGRAM, Ran, Repo, secret};
use crate::{programs, run_git};

const THEIRS: &str =
    "#!/bin/sh\n# a hook of somebody's\necho theirs \"$@\" >> log\nexit \"${THEIR_CODE:-0}\"";

fn ok(ran: &Ran) -> &str {
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    &ran.out
}

/// Everything in the directory of hooks: name, mode, content.
fn hooks(repo: &Repo) -> Vec<(String, u32, Vec<u8>)> {
    let mut found: Vec<_> = std::fs::read_dir(repo.path().join(".git/hooks"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let mode = entry.path().symlink_metadata().unwrap().permissions().mode();
            let name = entry.file_name().into_string().unwrap();
            (name, mode, std::fs::read(entry.path()).unwrap_or_default())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn installed_told_and_taken_out_again() {
    let folder = Folder::new();
    let repo = folder.repo("repo");
    let before = hooks(&repo);
    assert_eq!(repo.bartizan(&["hook", "status"]).code, 1);
    let ran = repo.bartizan(&["hook", "install"]);
    assert!(ok(&ran).ends_with("/repo/.git/hooks/pre-commit\n"), "{}", ran.out);
    let mode = repo.path().join(".git/hooks/pre-commit").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    ok(&repo.bartizan(&["hook", "install", "--type", "commit-msg,pre-push"]));
    let status = repo.bartizan(&["hook", "status"]);
    for hook in ["pre-commit", "commit-msg", "pre-push"] {
        let line = format!("  {hook:<12} bartizan's, runs {PROGRAM}\n");
        assert!(ok(&status).contains(&line), "{}", status.out);
    }
    // Once more changes nothing.
    let installed = hooks(&repo);
    ok(&repo.bartizan(&["hook", "install", "--type", "pre-commit,commit-msg,pre-push"]));
    assert_eq!(hooks(&repo), installed);
    ok(&repo.bartizan(&["hook", "uninstall", "--type", "pre-push"]));
    assert!(!repo.exists(".git/hooks/pre-push") && repo.exists(".git/hooks/pre-commit"));
    ok(&repo.bartizan(&["hook", "uninstall"]));
    assert_eq!(hooks(&repo), before);
    assert!(ok(&repo.bartizan(&["hook", "uninstall"])).contains("no such hook"));
}

#[test]
fn a_hook_that_was_there_is_called_first_and_comes_back_byte_for_byte() {
    let folder = Folder::new();
    let repo = folder.repo("repo");
    repo.script(".git/hooks/pre-commit", THEIRS).script(".git/hooks/commit-msg", THEIRS);
    let before = hooks(&repo);
    let ran = repo.bartizan(&["hook", "install", "--type", "pre-commit,commit-msg"]);
    assert!(ok(&ran).contains("kept in pre-commit.before-bartizan, and called first"), "{}", ran.out);
    ok(&repo.bartizan(&["hook", "install", "--type", "pre-commit,commit-msg"]));
    assert!(ok(&repo.bartizan(&["hook", "status"])).contains("; before it pre-commit.before-bartizan"));
    repo.stage("a.txt", "a\n");
    repo.try_git(&["commit", "-q", "-m", "a"]).passed();
    assert_eq!(repo.read("log"), b"theirs\ntheirs .git/COMMIT_EDITMSG\n");
    repo.stage("a.txt", secret("a"));
    repo.try_git(&["commit", "-m", "a"]).blocked("a.txt:1:10");
    // Where theirs says no, that is the answer.
    let ran = repo.with(&["commit", "-m", "a"], &[("THEIR_CODE", "7")]);
    assert!(ran.code == 1 && !ran.err.contains("bartizan"), "{}", ran.err);
    ok(&repo.bartizan(&["hook", "uninstall"]));
    assert_eq!(hooks(&repo), before);
}

#[test]
fn both_read_what_git_writes() {
    let folder = Folder::new();
    let (bare, repo) = (folder.bare("bare.git"), folder.repo("repo"));
    repo.script(".git/hooks/pre-push", "#!/bin/sh\nwhile read -r line; do echo \"$line\" >> ../log; done\n");
    ok(&repo.bartizan(&["hook", "install", "--type", "pre-push"]));
    repo.git(&["remote", "add", "origin", &bare.path().to_string_lossy()]);
    repo.stage("a.txt", secret("a")).commit("a");
    repo.try_git(&["push", "origin", "main", "main:other"]).blocked("a.txt:1:10 in commit ");
    let log = String::from_utf8(std::fs::read(folder.path().join("log")).unwrap()).unwrap();
    assert_eq!(log.lines().count(), 2, "{log}");
    // Nothing is pushed, and git writes nothing.
    repo.stage("a.txt", "a\n").git(&["commit", "-q", "--amend", "-m", "a"]);
    repo.try_git(&["push", "-q", "origin", "main"]).passed();
    repo.try_git(&["push", "-q", "origin", "main"]).passed();
}

#[test]
fn links_and_files_that_git_passes_over_are_kept_as_they_are() {
    let folder = Folder::new();
    let repo = folder.repo("repo");
    repo.script("tools/check.sh", THEIRS);
    symlink("../../tools/check.sh", repo.path().join(".git/hooks/pre-commit")).unwrap();
    repo.write(".git/hooks/commit-msg", "not executable\n");
    let before = hooks(&repo);
    assert!(repo.bartizan(&["hook", "status"]).out.contains("commit-msg   another tool's; not executable"));
    ok(&repo.bartizan(&["hook", "install", "--type", "pre-commit,commit-msg"]));
    repo.stage("a.txt", "a\n");
    repo.try_git(&["commit", "-q", "-m", "a"]).passed();
    assert_eq!(repo.read("log"), b"theirs\n");
    ok(&repo.bartizan(&["hook", "uninstall"]));
    assert_eq!(hooks(&repo), before);
    assert!(repo.path().join(".git/hooks/pre-commit").is_symlink());
}

#[test]
fn what_cannot_be_kept_is_not_overwritten() {
    let folder = Folder::new();
    let repo = folder.repo("repo");
    repo.script(".git/hooks/pre-commit", THEIRS);
    ok(&repo.bartizan(&["hook", "install"]));
    // Somebody has put another one in the place of ours.
    repo.script(".git/hooks/pre-commit", "#!/bin/sh\n");
    let before = hooks(&repo);
    let ran = repo.bartizan(&["hook", "install"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    assert!(ran.err.contains("pre-commit.before-bartizan already"), "{}", ran.err);
    ok(&repo.bartizan(&["hook", "uninstall"]));
    assert_eq!(hooks(&repo), before);
    std::fs::create_dir(repo.path().join(".git/hooks/commit-msg")).unwrap();
    let ran = repo.bartizan(&["hook", "install", "--type", "commit-msg"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
}

#[test]
fn a_directory_that_cannot_be_written_stays_as_it_is() {
    let folder = Folder::new();
    let repo = folder.repo("repo");
    repo.script(".git/hooks/pre-commit", THEIRS);
    let directory = repo.path().join(".git/hooks");
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o555)).unwrap();
    let writable = std::fs::write(directory.join("probe"), "").is_ok();
    if writable {
        println!("not tested: this user may write everywhere");
    } else {
        let before = hooks(&repo);
        let ran = repo.bartizan(&["hook", "install"]);
        assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
        assert!(ran.err.contains("permission denied"), "{}", ran.err);
        assert_eq!(hooks(&repo), before);
    }
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o755)).unwrap();
    // What stands in the way of the directory itself.
    std::fs::remove_dir_all(&directory).unwrap();
    repo.write(".git/hooks", "");
    let ran = repo.bartizan(&["hook", "install"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    std::fs::remove_file(&directory).unwrap();
    ok(&repo.bartizan(&["hook", "install"]));
    assert!(repo.exists(".git/hooks/pre-commit"));
}

/// Asserts that `install` writes nothing, prints `snippet`, and says `why`.
#[track_caller]
fn printed(repo: &Repo, snippet: &str, why: &str) {
    let before = hooks(repo);
    let ran = repo.bartizan(&["hook", "install"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains(snippet) && ran.err.contains(why), "{}{}", ran.out, ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert_eq!(hooks(repo), before);
}

#[test]
fn managers_of_hooks_are_left_their_files() {
    for (file, snippet) in [
        (".husky/_/h", "# husky: .husky/pre-commit\nbartizan hook pre-commit\n"),
        ("lefthook.yml", "      run: bartizan hook pre-commit\n"),
        (".lefthook.yaml", "      run: bartizan hook pre-commit\n"),
        (".pre-commit-config.yaml", "        entry: bartizan hook pre-commit\n"),
        ("prek.toml", "# prek: reads the .pre-commit-config.yaml"),
    ] {
        let folder = Folder::new();
        let repo = folder.repo("repo");
        repo.write(file, "x\n");
        let name = file.split('/').next().unwrap();
        printed(&repo, snippet, &format!("no hook was written: {name} shows"));
        assert_eq!(repo.read(file), b"x\n");
        let status = repo.bartizan(&["hook", "status"]);
        assert!(
            status.code == 1 && status.out.contains(&format!("{name} does not name bartizan")),
            "{}",
            status.out
        );
        ok(&repo.bartizan(&["hook", "install", "--force"]));
        assert!(repo.exists(".git/hooks/pre-commit"));
    }
    let folder = Folder::new();
    let repo = folder.repo("repo");
    repo.write(".husky/pre-commit", "bartizan hook pre-commit\n").git(&[
        "config",
        "core.hooksPath",
        ".husky/_",
    ]);
    assert!(ok(&repo.bartizan(&["hook", "status"])).contains(".husky names bartizan\n"));
}

#[test]
fn hooks_elsewhere_are_found_and_those_of_others_not_written() {
    let folder = Folder::new();
    let repo = folder.repo("repo");
    ok(&repo.bartizan(&["hook", "install"]));
    repo.git(&["config", "core.hooksPath", "team-hooks"]);
    std::fs::create_dir(repo.path().join("team-hooks")).unwrap();
    printed(&repo, "bartizan hook pre-commit || exit\n", "is a part of the worktree, which others share");
    let status = repo.bartizan(&["hook", "status"]);
    assert_eq!(status.code, 1, "{}", status.out);
    assert!(status.out.contains("/team-hooks\n  pre-commit   none\n"), "{}", status.out);
    assert!(status.out.contains("  pre-commit   bartizan's, and hidden\n"), "{}", status.out);
    // A hook there that calls us counts.
    repo.script("team-hooks/pre-commit", "#!/bin/sh\nbartizan hook pre-commit || exit\n");
    assert!(repo.bartizan(&["hook", "status"]).out.contains("another tool's, which calls bartizan\n"));
    ok(&repo.bartizan(&["hook", "uninstall"]));
    assert!(!repo.exists(".git/hooks/pre-commit"));
    ok(&repo.bartizan(&["hook", "status"]));

    std::fs::create_dir(folder.path().join("elsewhere")).unwrap();
    repo.git(&["config", "core.hooksPath", &folder.path().join("elsewhere").to_string_lossy()]);
    printed(&repo, "bartizan hook pre-commit || exit\n", "is outside of the repository");
    // Within git's own directory it is ours to write.
    repo.git(&["config", "core.hooksPath", ".git/more-hooks"]);
    ok(&repo.bartizan(&["hook", "install"]));
    repo.stage("a.txt", secret("a"));
    repo.try_git(&["commit", "-m", "a"]).blocked("a.txt:1:10");
}

#[test]
fn a_directory_that_is_a_link_is_followed_within_the_repository_only() {
    let folder = Folder::new();
    let repo = folder.repo("repo");
    let directory = repo.path().join(".git/hooks");
    std::fs::rename(&directory, repo.path().join(".git/real-hooks")).unwrap();
    symlink("real-hooks", &directory).unwrap();
    ok(&repo.bartizan(&["hook", "install"]));
    assert!(repo.exists(".git/real-hooks/pre-commit"));
    for (target, words) in
        [("../../outside", "outside of the repository"), ("../scripts", "which others share")]
    {
        std::fs::remove_file(&directory).unwrap();
        std::fs::create_dir_all(repo.path().join(".git").join(target)).unwrap();
        symlink(target, &directory).unwrap();
        printed(&repo, "bartizan hook pre-commit || exit\n", words);
    }
}

#[test]
fn linked_worktrees_share_their_hooks() {
    let folder = Folder::new();
    let repo = folder.repo("repo");
    repo.stage("a.txt", "a\n").commit("a");
    repo.git(&["worktree", "add", "-q", "../linked"]);
    let linked = Repo(folder.path().join("linked"));
    ok(&linked.bartizan(&["hook", "install"]));
    assert!(repo.exists(".git/hooks/pre-commit"));
    ok(&Repo(repo.path().join(".git/..")).bartizan(&["hook", "status"]));
    linked.stage("b.txt", secret("b"));
    linked.try_git(&["commit", "-m", "b"]).blocked("b.txt:1:10");
}

#[test]
fn hooks_for_all_repositories_of_a_user() {
    let folder = Folder::new();
    let (repo, home) = (folder.repo("repo"), folder.path());
    let home_text = home.to_string_lossy();
    let run = |arguments: &[&str]| repo.program(arguments, &[("HOME", &*home_text)]);
    let ran = run(&["hook", "install", "--global"]);
    assert!(ran.code == 2 && ran.err.contains("git config --global core.hooksPath"), "{}", ran.err);
    std::fs::write(home.join(".gitconfig"), "[core]\n\thooksPath = ~/hooks\n").unwrap();
    let ran = run(&["hook", "install"]);
    assert!(ran.code == 2 && ran.err.contains("`bartizan hook install --global`"), "{}", ran.err);
    ok(&run(&["hook", "install", "--global"]));
    assert!(home.join("hooks/pre-commit").exists());
    assert!(ok(&run(&["hook", "status"])).contains("your own settings names that directory"));
    repo.stage("a.txt", secret("a"));
    let ran = Ran::of(
        run_git::command(repo.path(), &["commit", "-m", "a"])
            .env("HOME", &home)
            .env_remove("GIT_CONFIG_GLOBAL")
            .output()
            .unwrap(),
    );
    ran.blocked("a.txt:1:10");
    ok(&run(&["hook", "uninstall", "--global"]));
    assert!(!home.join("hooks/pre-commit").exists());
}

#[test]
fn a_program_that_is_gone_is_told_and_blocks_unless_it_is_to_pass() {
    let folder = Folder::new();
    let repo = folder.repo("repo");
    // Its path has everything in it that a shell could take for more than a name.
    let odd = folder.path().join("it's a $(touch pwned) `x` \"q\"");
    std::fs::create_dir(&odd).unwrap();
    let program = odd.join("bartizan");
    programs::copy(PROGRAM, &program);
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(&program);
        command.current_dir(repo.path()).env_clear().env("HOME", "/nonexistent");
        Ran::of(command.args(arguments).output().unwrap())
    };
    ok(&run(&["hook", "install"]));
    repo.stage("a.txt", secret("a"));
    repo.try_git(&["commit", "-m", "a"]).blocked("a.txt:1:10");
    ok(&run(&["hook", "status"]));
    let elsewhere = folder.path().join("bin");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::rename(&program, elsewhere.join("bartizan")).unwrap();
    let status = repo.bartizan(&["hook", "status"]);
    assert!(status.code == 1 && status.out.contains("which is gone"), "{}", status.out);
    let ran = repo.try_git(&["commit", "-m", "a"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("is gone and not in PATH: blocked"), "{}", ran.err);
    assert!(!repo.exists("pwned"));
    // One in PATH stands in for it.
    let path = format!("{}:{}", elsewhere.display(), std::env::var("PATH").unwrap());
    repo.with(&["commit", "-m", "a"], &[("PATH", &path)]).blocked("a.txt:1:10");
    std::fs::rename(elsewhere.join("bartizan"), &program).unwrap();
    ok(&run(&["hook", "install", "--if-missing", "pass"]));
    std::fs::remove_file(&program).unwrap();
    repo.try_git(&["commit", "-q", "-m", "a"]).passed().says("passed, although nothing was scanned");
}

#[test]
fn every_way_to_call_bartizan_is_printed() {
    let folder = Folder::new();
    let repo = Repo(folder.path());
    let all = repo.bartizan(&["hook", "print"]);
    for manager in ["git", "pre-commit", "prek", "lefthook", "husky"] {
        let one = repo.bartizan(&["hook", "print", manager]);
        assert!(ok(&one).starts_with(&format!("# {manager}: ")), "{}", one.out);
        assert!(ok(&all).contains(&one.out));
    }
    let ran = repo.bartizan(&["hook", "status"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    let ran = repo.bartizan(&["hook", "install", "--type", "post-commit"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn no_hook_is_written_where_it_could_only_stop_commits() {
    let folder = Folder::new();
    run_git::git(&folder.path(), &["init", "-q", "--ref-format=reftable", "repo"]);
    let repo = Repo(folder.path().join("repo"));
    let before = hooks(&repo);
    let ran = repo.bartizan(&["hook", "install"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    ran.says("no hook was written").says("git refs migrate --ref-format=files");
    assert_eq!(hooks(&repo), before);
    let status = repo.bartizan(&["hook", "status"]);
    assert_eq!(status.code, 1);
    assert!(status.out.contains("git refs migrate"), "{}", status.out);
    let doctor = repo.bartizan(&["doctor"]);
    assert_eq!(doctor.code, 1, "{}", doctor.err);
    let lines: Vec<&str> = doctor.out.lines().filter(|line| line.starts_with("error")).collect();
    assert!(lines.iter().any(|line| line.contains(" repository ")), "{}", doctor.out);
    assert!(lines.iter().any(|line| line.contains(" hooks ")), "{}", doctor.out);
    // A hook that is there already is said to stop everything.
    let other = folder.repo("other");
    ok(&other.bartizan(&["hook", "install"]));
    std::fs::copy(other.path().join(".git/hooks/pre-commit"), repo.path().join(".git/hooks/pre-commit"))
        .unwrap();
    let doctor = repo.bartizan(&["doctor"]);
    assert!(doctor.out.contains("every commit"), "{}", doctor.out);
}
