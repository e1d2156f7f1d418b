//! The SBOMs that `bartizan sbom` writes, by their schemas and the tools of others.

use anyhow::{Context as _, ensure};
use xshell::cmd;

use super::{Ci, Outcome};

/// Of PyPI; the first one comes with CycloneDX's schemas.
const TOOLS: &[&str] = &[
    "cyclonedx-python-lib[json-validation]==11.12.0",
    "spdx-tools==0.8.5",
    "ntia-conformance-checker==6.0.0",
];
const VENV: &str = "sbom-venv";
/// SPDX publishes its schema in the repository of its specification only.
const SPDX_SCHEMA: &str = "https://raw.githubusercontent.com/spdx/spdx-spec/d4dbeb626cbaa589cef968588f1eb52f35b23e3c/schemas/spdx-schema.json";
const SPDX_SCHEMA_SHA256: &str = "c4d60cc5ac862c6fa957b4151893208d4d6e7ce7bb008405b9003c927355a985";
/// Lines at the head of a snapshot.
const HEAD: usize = 4;

/// What `bartizan sbom` writes in the tests against the schema of CycloneDX 1.6.
pub(super) fn cyclonedx_schema(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let bin = match ci.python(VENV, TOOLS) {
        Ok(bin) => bin,
        Err(why) => return Ok(Outcome::Unavailable(format!("{why:#}"))),
    };
    let python = bin.join("python");
    let find = "import cyclonedx.schema._res as res; print(res.__path__[0])";
    let schemas = cmd!(ci.shell, "{python} -c {find}").read()?;
    cmd!(ci.shell, "cargo test --locked --test it cyclonedx_keeps_to_its_schema")
        .env("BARTIZAN_CYCLONEDX_SCHEMAS", schemas)
        .run()?;
    Ok(Outcome::Passed)
}

/// The same against the schema of SPDX 2.3.
pub(super) fn spdx_schema(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let Some(schema) = ci.fetch(SPDX_SCHEMA, SPDX_SCHEMA_SHA256, "spdx-2.3.json")? else {
        return Ok(Outcome::Unavailable("the schema of SPDX cannot be fetched from here".to_owned()));
    };
    cmd!(ci.shell, "cargo test --locked --test it spdx_keeps_to_its_schema")
        .env("BARTIZAN_SPDX_SCHEMA", schema)
        .run()?;
    Ok(Outcome::Passed)
}

/// Our own SBOMs, and those of a workspace with every kind of source, by the tools of others.
pub(super) fn validate(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let bin = match ci.python(VENV, TOOLS) {
        Ok(bin) => bin,
        Err(why) => return Ok(Outcome::Unavailable(format!("{why:#}"))),
    };
    let out = ci.fresh("sbom")?;
    for (format, suffix) in [("cyclonedx", "cdx.json"), ("spdx", "spdx.json"), ("spdx-tag-value", "spdx")] {
        let own = out.join(format!("own.{suffix}"));
        cmd!(ci.shell, "cargo run --locked -q -- sbom --format {format} --output {own} .").run()?;
        let name = format.replace('-', "_");
        let snapshot = ci.shell.read_file(format!("tests/it/sbom/snapshots/it__sbom__write__{name}.snap"))?;
        let written: Vec<&str> = snapshot.split_inclusive('\n').skip(HEAD).collect();
        ci.shell.write_file(out.join(format!("workspace.{suffix}")), written.concat())?;
    }
    let (python, spdx) = (bin.join("python"), bin.join("pyspdxtools"));
    for file in ci.shell.read_dir(&out)? {
        if file.to_string_lossy().ends_with(".cdx.json") {
            cmd!(ci.shell, "{python} packaging/cyclonedx-valid.py {file}").run()?;
        } else {
            // It exits with 0 where it warns, too: it has to be silent.
            let output = cmd!(ci.shell, "{spdx} -i {file}").ignore_status().output()?;
            let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            let said: Vec<&str> = log.lines().filter(|line| !line.contains("LALR")).collect();
            ensure!(output.status.success() && said.is_empty(), "{}: not valid\n{log}", file.display());
        }
        eprintln!("{}: valid", file.display());
    }
    // A lock file knows no supplier, and that alone may be missing.
    let (checker, own) = (bin.join("ntia-checker"), out.join("own.spdx.json"));
    let output = cmd!(ci.shell, "{checker} {own}").ignore_status().output()?;
    let log = String::from_utf8(output.stdout).context("ntia-checker writes no text")?;
    eprint!("{log}");
    let (held, missing): (Vec<_>, Vec<_>) = log
        .lines()
        .filter(|line| line.contains("| True") || line.contains("| False"))
        .partition(|line| line.contains("| True"));
    ensure!(
        held.len() == 6 && missing.len() == 1 && missing[0].contains("suppliers"),
        "more is missing than suppliers"
    );
    Ok(Outcome::Passed)
}
