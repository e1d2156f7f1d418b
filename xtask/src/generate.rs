//! The generated files: index and pages of the checks, schemas, lists of fixtures, snapshots.

use xshell::{Shell, cmd};

/// Writes them. The index of the checks is compiled, so what follows from it takes a second run.
pub(crate) fn run(shell: &Shell) -> anyhow::Result<()> {
    let _update = shell.push_env("UPDATE", "1");
    let _snapshots = shell.push_env("INSTA_UPDATE", "always");
    // Tests fail where what they wrote was old.
    let _ = cmd!(shell, "cargo test --locked --test it tidy::the_index_of_checks_is_fresh").quiet().run();
    let _ = cmd!(shell, "cargo test --locked --test it").run();
    cmd!(shell, "cargo test --locked --test it").run()?;
    cmd!(shell, "git status --short").run()?;
    Ok(())
}
