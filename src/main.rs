//! The `bartizan` program: what it does is in `bartizan::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    bartizan::cli::main(std::env::args_os())
}
