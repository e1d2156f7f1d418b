//! The real pre-commit, with the hooks that `.pre-commit-hooks.yaml` offers and those that `hook print` shows.
//! Skipped with a line where it is not installed: in PATH, or as `BARTIZAN_PRE_COMMIT` says.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Folder, PROGRAM, Ran, Repo, secret, token};
use crate::run_git;
use crate::tidy::root;

/// The program pre-commit, if there is one.
fn program() -> Option<PathBuf> {
    let named = std::env::var_os("BARTIZAN_PRE_COMMIT").map(PathBuf::from);
    let in_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join("pre-commit")).find(|program| program.is_file())
    };
    let found = named.or_else(in_path);
    if found.is_none() {
        println!(
            "not tested: pre-commit is not installed; BARTIZAN_PRE_COMMIT names one that is not in PATH"
        );
    }
    found
}

/// A repository in which pre-commit runs our hooks.
struct Managed {
    repo: Repo,
    program: PathBuf,
    home: PathBuf,
    path: String,
}

impl Managed {
    /// With this configuration; none if there is no pre-commit.
    fn new(folder: &Folder, config: &str) -> Option<Self> {
        let program = program()?;
        let ours = Path::new(PROGRAM).parent().unwrap();
        let path = format!("{}:{}", ours.display(), std::env::var("PATH").unwrap());
        let managed = Self { repo: folder.repo("repo"), program, home: folder.path().join("home"), path };
        managed.repo.write(".pre-commit-config.yaml", config).git(&["add", "-A"]);
        managed.repo.stage("a.txt", "a\n").commit("base");
        let types = ["pre-commit", "commit-msg", "pre-push"].map(|hook| ["--hook-type", hook]).concat();
        managed.pre_commit(&[&["install"], &types[..]].concat()).passed();
        Some(managed)
    }

    fn environment(&self) -> [(&str, &str); 3] {
        let home = self.home.to_str().unwrap();
        [("PATH", &self.path), ("PRE_COMMIT_HOME", home), ("HOME", home)]
    }

    fn pre_commit(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(&self.program);
        command.current_dir(self.repo.path()).env_clear().envs(self.environment());
        command.env("GIT_CONFIG_NOSYSTEM", "1").args(arguments);
        Self::joined(Ran::of(command.output().unwrap()))
    }

    fn git(&self, arguments: &[&str]) -> Ran {
        Self::joined(self.repo.with(arguments, &self.environment()))
    }

    /// pre-commit writes what hooks say to standard output, indented or not as it likes.
    fn joined(ran: Ran) -> Ran {
        Ran { err: format!("{}{}", ran.out, ran.err), ..ran }
    }
}

/// What `hook print pre-commit` says.
fn snippet(folder: &Folder) -> String {
    Repo(folder.path()).bartizan(&["hook", "print", "pre-commit"]).passed().out
}

#[test]
fn commits_through_pre_commit() {
    let folder = Folder::new();
    let Some(managed) = Managed::new(&folder, &snippet(&folder)) else { return };
    let repo = &managed.repo;
    repo.stage("b.txt", secret("b")).write("b.txt", "clean on disk\n");
    managed.git(&["commit", "-m", "x"]).blocked("b.txt:1:10");
    repo.stage("b.txt", "b\n").write("b.txt", secret("b"));
    managed.git(&["commit", "-m", "unstaged"]).passed();
    managed.git(&["commit", "-a", "-m", "x"]).blocked("b.txt:1:10");
    managed.git(&["commit", "--allow-empty", "-m", &token("message")]).blocked(".git/COMMIT_EDITMSG:1:1");
    repo.git(&["checkout", "-q", "b.txt"]);

    let bare = folder.bare("bare.git");
    repo.git(&["remote", "add", "origin", &bare.path().to_string_lossy()]);
    // To a remote that has nothing yet pre-commit names no commits: all of them are pushed.
    managed.git(&["push", "origin", "main"]).passed();
    repo.stage("c.txt", secret("c")).commit("past the hook");
    repo.git(&["rm", "-q", "c.txt"]);
    repo.commit("and removed");
    managed.git(&["push", "origin", "main"]).blocked("c.txt:1:10 in commit ");
    managed.git(&["push", "origin", "main:other"]).blocked("c.txt:1:10 in commit ");
    let second = folder.bare("second.git");
    repo.git(&["remote", "add", "second", &second.path().to_string_lossy()]);
    managed.git(&["push", "second", "main"]).blocked("c.txt:1:10 in commit ");
}

#[test]
fn all_files_and_ranges() {
    let folder = Folder::new();
    let Some(managed) = Managed::new(&folder, &snippet(&folder)) else { return };
    let repo = &managed.repo;
    let clean = managed.pre_commit(&["run", "--all-files", "--verbose"]).passed();
    let words = "bartizan: no findings in all tracked files, since nothing is staged: 2 files (";
    assert!(clean.out.contains(words), "{}", clean.out);
    let base = repo.head();
    repo.stage("old.txt", secret("old")).commit("past the hook");
    let ran = managed.pre_commit(&["run", "--all-files"]).blocked("old.txt:1:10");
    assert!(ran.out.contains("in all tracked files, since nothing is staged: 3 files ("), "{}", ran.out);
    managed.pre_commit(&["run", "--from-ref", &base, "--to-ref", "HEAD"]).blocked("old.txt:1:10 in commit ");
    repo.commit("nothing");
    managed.pre_commit(&["run", "--from-ref", "HEAD~1", "--to-ref", "HEAD"]).passed();
}

#[test]
fn the_hooks_of_this_repository() {
    let folder = Folder::new();
    let Some(program) = program() else { return };
    // What another repository sees of ours: the manifest in a commit.
    let ours = folder.repo("ours");
    let manifest = std::fs::read(root().join(".pre-commit-hooks.yaml")).unwrap();
    ours.stage(".pre-commit-hooks.yaml", manifest).commit("hooks");
    let mut check = Command::new(program);
    check.current_dir(ours.path()).args(["validate-manifest", ".pre-commit-hooks.yaml"]);
    Ran::of(check.output().unwrap()).passed();
    let config = format!(
        "repos:\n  - repo: {}\n    rev: {}\n    hooks:\n      - id: bartizan-system\n",
        ours.path().display(),
        ours.head()
    );
    let Some(managed) = Managed::new(&folder, &config) else { return };
    managed.repo.stage("b.txt", secret("b"));
    managed.git(&["commit", "-m", "x"]).blocked("b.txt:1:10");
    managed.pre_commit(&["run", "--all-files"]).blocked("b.txt:1:10");
    let skipped = [&managed.environment()[..], &[("SKIP", "bartizan-system")]].concat();
    Managed::joined(managed.repo.with(&["commit", "-q", "-m", "x"], &skipped)).passed();
    managed
        .pre_commit(&["try-repo", &ours.path().to_string_lossy(), "bartizan-system", "--all-files"])
        .blocked("b.txt:1:10");
    assert_eq!(run_git::git(managed.repo.path(), &["status", "--porcelain"]), b"");
}

#[test]
fn the_manifest_offers_what_the_program_has() {
    let manifest = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let entries: Vec<&str> =
        manifest.lines().filter_map(|line| line.trim().strip_prefix("entry: bartizan ")).collect();
    assert_eq!(entries, ["hook pre-commit", "hook pre-commit", "hook commit-msg", "hook pre-push"]);
    let folder = Folder::new();
    for entry in entries {
        let arguments: Vec<&str> = entry.split(' ').chain(["--help"]).collect();
        assert_eq!(Repo(folder.path()).bartizan(&arguments).code, 0, "{entry}");
    }
}
