//! Hooks as git runs them: the real program, in real repositories.

mod commit;
mod install;
mod pre_commit;
mod push;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::git::token;
use crate::run_git;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bartizan");

/// A folder for repositories.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    /// A new repository in here.
    fn repo(&self, name: &str) -> Repo {
        let repo = Repo(self.path().join(name));
        run_git::git(&self.path(), &["init", "-q", "-b", "main", name]);
        repo
    }

    /// A new repository in here with these hooks of ours.
    fn hooked(&self, types: &str) -> Repo {
        let repo = self.repo("repo");
        assert_eq!(repo.bartizan(&["hook", "install", "--type", types]).code, 0);
        repo
    }

    fn bare(&self, name: &str) -> Repo {
        run_git::git(&self.path(), &["init", "-q", "--bare", "-b", "main", name]);
        Repo(self.path().join(name))
    }
}

struct Repo(PathBuf);

/// How a program ended.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ends by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn passed(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self
    }

    /// Asserts that a finding of a token at `place` has stopped it.
    #[track_caller]
    fn blocked(self, place: &str) -> Self {
        assert_eq!(self.code, 1, "{}{}", self.out, self.err);
        let at = format!("--> {place}");
        assert!(self.err.contains(&at), "{place}: {}", self.err);
        assert!(self.err.contains("bartizan: blocked: 1 finding in "), "{}", self.err);
        assert!(!self.err.contains("--no-verify"), "{}", self.err);
        self
    }

    #[track_caller]
    fn says(self, words: &str) -> Self {
        assert!(self.err.contains(words), "`{words}` is missing: {}{}", self.out, self.err);
        self
    }
}

impl Repo {
    fn path(&self) -> &Path {
        &self.0
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.0.join(path)).unwrap()
    }

    fn exists(&self, path: &str) -> bool {
        self.0.join(path).symlink_metadata().is_ok()
    }

    /// Writes an executable file.
    fn script(&self, path: &str, content: &str) -> &Self {
        use std::os::unix::fs::PermissionsExt as _;
        self.write(path, content);
        std::fs::set_permissions(self.0.join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn git(&self, arguments: &[&str]) -> String {
        String::from_utf8(run_git::git(&self.0, arguments)).unwrap()
    }

    /// Git, which may fail.
    fn try_git(&self, arguments: &[&str]) -> Ran {
        Ran::of(run_git::command(&self.0, arguments).output().unwrap())
    }

    fn with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        Ran::of(run_git::command(&self.0, arguments).envs(environment.iter().copied()).output().unwrap())
    }

    fn stage(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        self.write(path, content).git(&["add", "-f", path]);
        self
    }

    /// Commits staged changes past all hooks.
    fn commit(&self, message: &str) -> &Self {
        self.git(&["commit", "-q", "--no-verify", "--allow-empty", "-m", message]);
        self
    }

    fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn bartizan(&self, arguments: &[&str]) -> Ran {
        self.program(arguments, &[])
    }

    fn program(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        Ran::of(command(&self.0, arguments).envs(environment.iter().copied()).output().unwrap())
    }
}

/// The program in `folder`, ready to be run.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", "/nonexistent")
        .stdin(std::process::Stdio::null())
        .args(arguments);
    command
}

/// A line with a token that was never issued, another one for each name.
fn secret(name: &str) -> String {
    format!("token = \"{}\"\n", token(name))
}
