//! Programs that tests put somewhere to be run.
//!
//! They are written by another process: what a thread writes here is held open by every process that another
//! thread starts meanwhile, and a file that somebody may write to cannot be run.

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
