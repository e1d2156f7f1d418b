//! Licences, sources and advisories of the dependencies, by cargo-deny.

use anyhow::ensure;
use xshell::cmd;

use super::{Ci, Outcome};

const VERSION: &str = "0.20.2";

pub(super) fn deny(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let program = match ci.cargo_tool("cargo-deny", VERSION) {
        Ok(program) => program,
        Err(why) => return Ok(Outcome::Unavailable(format!("{why:#}"))),
    };
    cmd!(ci.shell, "{program} check --hide-inclusion-graph bans licenses sources").run()?;
    Ok(Outcome::Passed)
}

pub(super) fn advisories(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let program = match ci.cargo_tool("cargo-deny", VERSION) {
        Ok(program) => program,
        Err(why) => return Ok(Outcome::Unavailable(format!("{why:#}"))),
    };
    let output =
        cmd!(ci.shell, "{program} check --hide-inclusion-graph advisories").ignore_status().output()?;
    let log = [output.stdout, output.stderr].concat();
    let log = String::from_utf8_lossy(&log);
    eprint!("{log}");
    if !output.status.success() && log.contains("failed to fetch advisory database") {
        return Ok(Outcome::Unavailable("the advisory database cannot be fetched from here".to_owned()));
    }
    ensure!(output.status.success(), "cargo-deny reports advisories");
    Ok(Outcome::Passed)
}
