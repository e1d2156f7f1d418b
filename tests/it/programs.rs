//! Programs that tests put somewhere to be run.
//!
//! They are written by another process: what a thread writes here is held open by every process that another
//! thread starts meanwhile, and a file that somebody may write to cannot be run.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Makes `to` a copy of the program `from`.
pub(crate) fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) {
    assert!(Command::new("cp").arg(from.as_ref()).arg(to.as_ref()).status().unwrap().success());
}

/// Writes a program that a shell or the kernel can start.
pub(crate) fn script(to: impl AsRef<Path>, text: &str) {
    let mut shell = Command::new("sh")
        .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
        .arg(to.as_ref())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    shell.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());
}

/// `command` with what Ctrl-C does by itself: what a shell starts in the background, or `nohup` does, ignores it,
/// and so would the program, rightly.
pub(crate) fn interruptible(command: &Command, folder: &Path) -> Command {
    const INTERRUPT: u64 = 1 << 1;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    let mut wrapped =
        Command::new(if ignored & INTERRUPT == 0 { command.get_program() } else { "env".as_ref() });
    if ignored & INTERRUPT != 0 {
        wrapped.arg("--default-signal=INT").arg(command.get_program());
    }
    wrapped.args(command.get_args()).current_dir(folder);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    wrapped
}
