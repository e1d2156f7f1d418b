//! `cargo xtask`: what is run while bartizan is developed.

mod ci;
mod generate;
mod release;

use std::path::Path;
use std::process::ExitCode;

use xshell::Shell;

const USAGE: &str = "\
cargo xtask ci [STEP…]        the checks that a change has to pass, all or these; `ci --list` names them
cargo xtask generate          write every generated file and snapshot anew
cargo xtask release X.Y.Z     set the version and open its section in the changelog";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let shell = Shell::new()?;
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder of a crate is in another one");
    shell.change_dir(root);
    match arguments {
        ["ci", steps @ ..] => return ci::run(&shell, steps),
        ["generate"] => generate::run(&shell)?,
        ["release", version] => release::run(&shell, version)?,
        _ => {
            eprintln!("{USAGE}");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
