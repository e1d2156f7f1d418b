//! Everything that has to hold before a change is merged, in steps.
//!
//! A step whose tool cannot be had here is not a step that passed: it is listed as unavailable, loudly.

mod batch;
mod deny;
mod package;
mod reports;
mod rust;
mod sbom;
mod tools;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use xshell::Shell;

/// What the steps run with.
pub(crate) struct Ci<'a> {
    /// In the root of the repository.
    shell: &'a Shell,
    /// Where tools of others are installed, and results are kept.
    tools: PathBuf,
}

/// How a step ended that did not fail.
enum Outcome {
    Passed,
    /// What it needs cannot be had here, or not all of it; why.
    Unavailable(String),
}

type Step = fn(&Ci<'_>) -> anyhow::Result<Outcome>;

/// In the order in which they run: what fails most, and soonest, comes first.
const STEPS: &[(&str, Step)] = &[
    ("fmt", rust::fmt),
    ("typos", words::typos),
    ("clippy", rust::clippy),
    ("clippy_bare", rust::clippy_bare),
    ("test", rust::test),
    ("build_bare", rust::build_bare),
    ("doc", rust::doc),
    ("book", words::book),
    ("bench", rust::bench),
    ("fuzz", rust::fuzz),
    ("unlocked", rust::unlocked),
    ("self_scan", reports::self_scan),
    ("sarif_schema", reports::sarif_schema),
    ("sarif_validate", reports::sarif_validate),
    ("cyclonedx_schema", sbom::cyclonedx_schema),
    ("spdx_schema", sbom::spdx_schema),
    ("sbom_validate", sbom::validate),
    ("workflows", reports::workflows),
    ("html", reports::html),
    ("pre_commit", reports::pre_commit),
    ("package", package::package),
    ("packaging", package::packaging),
    ("batch_recipes", batch::recipes),
    ("batch_slurm", batch::slurm),
    ("deny", deny::deny),
    ("advisories", deny::advisories),
];

/// Runs all steps, or those that are named, and ends with 0 if none failed.
pub(crate) fn run(shell: &Shell, named: &[&str]) -> anyhow::Result<ExitCode> {
    if named == ["--list"] {
        STEPS.iter().for_each(|(name, _)| println!("{name}"));
        return Ok(ExitCode::SUCCESS);
    }
    let find = |name: &&str| {
        STEPS
            .iter()
            .find(|(step, _)| step == name)
            .ok_or_else(|| anyhow::anyhow!("`{name}` names no step; `cargo xtask ci --list` names them"))
    };
    let steps = match named {
        [] => STEPS.iter().collect(),
        named => named.iter().map(find).collect::<anyhow::Result<Vec<_>>>()?,
    };
    let _ci = shell.push_env("CI", "true");
    let _colour =
        (std::env::var_os("CARGO_TERM_COLOR").is_none()).then(|| shell.push_env("CARGO_TERM_COLOR", "never"));
    let _incremental = shell.push_env("CARGO_INCREMENTAL", "0");
    let ci = Ci { shell, tools: shell.current_dir().join("target/ci") };
    shell.create_dir(&ci.tools)?;
    let (start, mut summary, mut failed, mut unavailable) = (Instant::now(), Vec::new(), 0, 0);
    for (name, step) in &steps {
        eprintln!("\n=== {name}");
        let started = Instant::now();
        let state = match step(&ci) {
            Ok(Outcome::Passed) => "ok",
            Ok(Outcome::Unavailable(why)) => {
                eprintln!("unavailable: {why}");
                unavailable += 1;
                "UNAVAILABLE"
            }
            Err(error) => {
                eprintln!("{name}: {error:#}");
                failed += 1;
                "FAILED"
            }
        };
        summary.push(format!("{state:<12} {name:<17} {:>5} s", started.elapsed().as_secs()));
    }
    eprintln!("\n=== summary, {} s\n{}", start.elapsed().as_secs(), summary.join("\n"));
    if unavailable > 0 {
        eprintln!(
            "{unavailable} of {} steps could not run here: their tool is missing. They did not pass.",
            steps.len()
        );
    }
    if failed > 0 {
        eprintln!("{failed} of {} steps failed", steps.len());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
