//! `bartizan action`: what the GitHub Action asks between its steps. What is decided stands here and is
//! tested; the shell only fetches and passes on.
//!
//! Answers are lines of `key=value`. Each value is a word, an id of a commit or a line of text in which
//! nothing can be a second line, so that a shell reads them without evaluating anything.

mod outputs;
mod plan;

use crate::cli::args::ActionCommand;
use crate::cli::exit::Exit;

pub(super) fn run(command: &ActionCommand) -> anyhow::Result<Exit> {
    match command {
        ActionCommand::Plan(args) => plan::run(args),
        ActionCommand::Outputs { report } => outputs::run(report),
    }
}
