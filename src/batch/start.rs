//! The one place that starts programs: this very program, as a worker of a batch, and with `--clone git` the user's git.
//! What is started, and with which arguments, never comes from what is in a repository.

use std::io;
use std::process::{Command, Stdio};

/// A worker of a batch: this program, in a group of its own, so that Ctrl-C reaches the supervisor alone.
///
/// # Errors
/// If the program cannot be found.
#[expect(
    clippy::disallowed_methods,
    reason = "the program starts itself, so that a crash costs one repository"
)]
pub(super) fn worker() -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["batch", "worker"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    apart(&mut command);
    Ok(command)
}

/// git, without any of the environment, in a group of its own.
#[expect(
    clippy::disallowed_methods,
    reason = "with --clone git, and only then, repositories are cloned by git"
)]
pub(super) fn git() -> Command {
    let mut command = Command::new("git");
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    apart(&mut command);
    command
}

#[cfg(unix)]
fn apart(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn apart(_command: &mut Command) {}
