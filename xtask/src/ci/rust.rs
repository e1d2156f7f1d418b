//! The code: formatted, linted, built in all its shapes, tested.

use anyhow::{Context as _, ensure};
use xshell::cmd;

use super::{Ci, Outcome};

pub(super) fn fmt(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    cmd!(ci.shell, "cargo fmt --check").run()?;
    for other in ["fuzz", "xtask"] {
        cmd!(ci.shell, "cargo fmt --check --manifest-path {other}/Cargo.toml").run()?;
    }
    Ok(Outcome::Passed)
}

pub(super) fn clippy(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    cmd!(ci.shell, "cargo clippy --locked --all-targets -- -D warnings").run()?;
    cmd!(ci.shell, "cargo clippy --locked --all-targets --manifest-path xtask/Cargo.toml --target-dir target/xtask -- -D warnings").run()?;
    Ok(Outcome::Passed)
}

pub(super) fn clippy_bare(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    cmd!(ci.shell, "cargo clippy --locked --all-targets --no-default-features -- -D warnings").run()?;
    Ok(Outcome::Passed)
}

/// The very command of the README, and the tests of this program.
pub(super) fn test(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let readme = ci.shell.read_file("README.md")?;
    let command = readme
        .lines()
        .find(|line| line.starts_with("cargo test"))
        .context("README.md names no test command")?;
    ensure!(!command.contains(['|', '&', ';', '$', '\'', '"']), "README.md: `{command}` is for a shell");
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    cmd!(ci.shell, "cargo {words...}").run()?;
    cmd!(ci.shell, "cargo test --locked --manifest-path xtask/Cargo.toml --target-dir target/xtask").run()?;
    Ok(Outcome::Passed)
}

pub(super) fn build_bare(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    cmd!(ci.shell, "cargo build --locked --no-default-features").run()?;
    Ok(Outcome::Passed)
}

pub(super) fn doc(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    cmd!(ci.shell, "cargo doc --locked --no-deps --document-private-items")
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    Ok(Outcome::Passed)
}

pub(super) fn bench(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    cmd!(ci.shell, "cargo bench --locked --no-run").run()?;
    Ok(Outcome::Passed)
}

/// The targets are built, and run over all that they have come across so far.
pub(super) fn fuzz(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let compiler = ci.shell.var("CXX").unwrap_or_else(|_| "c++".to_owned());
    if !ci.has(&compiler) {
        return Ok(Outcome::Unavailable("no C++ compiler: libFuzzer cannot be built".to_owned()));
    }
    cmd!(ci.shell, "cargo build --locked --manifest-path fuzz/Cargo.toml --target-dir target").run()?;
    cmd!(ci.shell, "fuzz/run replay").env("REPLAY_BUILT", "1").run()?;
    Ok(Outcome::Passed)
}

/// `cargo install` and dependents do not see Cargo.lock: what is newest must still build with our Rust.
pub(super) fn unlocked(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let copy = ci.fresh("unlocked")?;
    cmd!(ci.shell, "cp -r Cargo.toml build.rs src checks {copy}").run()?;
    ci.shell.write_file(copy.join("tests/it/main.rs"), "//! Nothing.\n")?;
    for bench in ci.shell.read_dir("benches")? {
        if bench.extension().is_some_and(|extension| extension == "rs") {
            let name = bench.file_name().context("a bench without a name")?;
            ci.shell.write_file(copy.join("benches").join(name), "fn main() {}\n")?;
        }
    }
    let manifest = copy.join("Cargo.toml");
    cmd!(ci.shell, "cargo metadata --format-version 1 --manifest-path {manifest}").ignore_stdout().run()?;
    cmd!(ci.shell, "cargo check --manifest-path {manifest} --target-dir target").run()?;
    Ok(Outcome::Passed)
}
