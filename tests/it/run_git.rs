//! Runs git, without the settings of whoever runs the tests.

use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::{Command, Output};

/// Git in `directory`, ready to be run.
pub(crate) fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"])
        .args(["-c", "gc.auto=0", "-c", "core.autocrlf=false"])
        .args(arguments);
    command
}

/// Runs git and returns what it prints.
pub(crate) fn git(directory: &Path, arguments: &[&str]) -> Vec<u8> {
    done(command(directory, arguments).output().unwrap(), arguments)
}

/// The same with `input`.
pub(crate) fn pipe(directory: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    // In a file, since a pipe would fill up while git waits for somebody to read.
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(input).unwrap();
    file.rewind().unwrap();
    done(command(directory, arguments).stdin(file).output().unwrap(), arguments)
}

/// Runs git with the dates of commits set to `date`, and returns what it prints.
pub(crate) fn dated(directory: &Path, arguments: &[&str], date: &str) -> Vec<u8> {
    let mut command = command(directory, arguments);
    command.env("GIT_COMMITTER_DATE", date).env("GIT_AUTHOR_DATE", date);
    done(command.output().unwrap(), arguments)
}

/// Runs git, which must fail: a merge with a conflict.
pub(crate) fn failing(directory: &Path, arguments: &[&str]) {
    assert!(!command(directory, arguments).output().unwrap().status.success(), "git {arguments:?}");
}

fn done(output: Output, arguments: &[&str]) -> Vec<u8> {
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
