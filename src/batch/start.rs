//! The only place that starts programs: this program as a batch worker, and the user's git with `--clone git`. Programs
//! and arguments never come from the content of a repository.

use std::io;
use std::process::{Command, Stdio};

/// A batch worker: this program in its own process group, so that Ctrl-C reaches only the supervisor.
///
/// # Errors
/// If the program is not found.
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

/// git, with an empty environment, in its own process group.
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
