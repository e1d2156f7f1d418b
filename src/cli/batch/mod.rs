//! `bartizan batch`: many repositories, on one machine or on the engine that a team has.

mod args;
mod list;
mod merge;
mod progress;
mod run;
mod settings;
mod status;
mod worker;
mod written;

pub(super) use args::BatchCommand;

use crate::cli::exit::Exit;

pub(super) fn run(command: BatchCommand) -> anyhow::Result<Exit> {
    match command {
        BatchCommand::Plan(args) => list::run(&args),
        BatchCommand::Run(args) => run::run(&args),
        BatchCommand::Status(args) => status::run(&args),
        BatchCommand::Merge(args) => merge::run(&args),
        BatchCommand::Worker => worker::run(),
    }
}
