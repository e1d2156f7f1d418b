//! The command line: arguments in, a command run, an exit code out. No other module sees a clap type.

mod action;
mod args;
mod base;
mod baseline;
mod batch;
pub mod catalogue;
mod command;
mod db;
mod doctor;
mod exit;
pub mod explain;
mod fix;
mod hook;
mod init;
mod interrupt;
mod job;
#[cfg(feature = "lsp")]
mod lsp;
mod output;
mod pages;
mod plan;
mod policy;
mod progress;
mod prove;
mod publish;
mod report;
mod sbom;
mod scan;
mod settings;
mod sources;
mod stdin;
mod usage;
#[cfg(feature = "validate")]
mod validate;
mod verify;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::Parser as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::model::text;
use crate::scan::config;
use command::{Cli, Command};
use exit::Exit;

const ERROR: Style = AnsiColor::BrightRed.on_default().bold();

/// Runs the program with `args`, the name of the program first.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    interrupt::limits_are_errors();
    std::panic::set_hook(Box::new(broken));
    let args: Vec<OsString> = args.into_iter().collect();
    let exit = match Cli::try_parse_from(&args) {
        Ok(cli) => {
            ColorChoice::from(cli.color).write_global();
            run(cli.command).unwrap_or_else(|error| failed(&error))
        }
        Err(error) => misused(&error, &args),
    };
    exit.into()
}

/// Says where the program broke, and no more: what a panic says may quote what was scanned.
fn broken(panic: &std::panic::PanicHookInfo<'_>) {
    let place =
        panic.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
    tell(&format!("internal error{place}; please report this as a bug"));
    let trace = std::backtrace::Backtrace::capture();
    if trace.status() == std::backtrace::BacktraceStatus::Captured {
        trace.to_string().lines().for_each(tell);
    }
}

fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Scan(args) => scan::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Baseline { command } => baseline::run(command),
        Command::Checks(args) => match args.command {
            Some(args::ChecksCommand::Verify { dir }) => prove::run(&dir),
            None => catalogue::run(args.format),
        },
        Command::Verify(args) => verify::run(&args),
        Command::Db { command } => db::run(command),
        Command::Sbom(args) => sbom::run(&args),
        Command::Explain { check } => explain::run(&check),
        Command::Hook { command } => hook::run(command),
        Command::Action { command } => action::run(&command),
        Command::Init(args) => init::run(args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Config { command } => settings::run(&command),
        Command::Fix(args) => fix::run(args),
        Command::Batch { command } => batch::run(command),
        Command::Policy(args) => policy::run(args),
        #[cfg(feature = "lsp")]
        Command::Lsp(args) => lsp::run(&args),
        #[cfg(feature = "validate")]
        Command::Validate(args) => validate::run(*args),
        Command::Schema { what } => pages::schema(what),
        Command::Completions { shell } => pages::completions(shell),
        Command::Man(args) => pages::man(&args),
    }
}

/// Prints what went wrong, unless it is a closed pipe.
fn failed(error: &anyhow::Error) -> Exit {
    if output::is_broken_pipe(error) {
        return Exit::Clean;
    }
    say(error);
    Exit::Failed
}

/// Prints `error` and its causes to standard error, a line for each.
fn say(error: &anyhow::Error) {
    let causes: Vec<String> = error.chain().map(in_our_words).collect();
    let mut stderr = AutoStream::auto(io::stderr()).lock();
    for line in causes.join(": ").lines() {
        // Standard error may be closed.
        let _ = writeln!(stderr, "{ERROR}error:{ERROR:#} {}", text::escaped(line));
    }
}

/// Prints a line to standard error.
fn tell(line: &str) {
    // Standard error may be closed.
    let _ = writeln!(AutoStream::auto(io::stderr()).lock(), "{}", text::escaped(line));
}

/// `cause` as text; errors of the system in our own words.
fn in_our_words(cause: &(dyn std::error::Error + 'static)) -> String {
    cause.downcast_ref().map_or_else(|| cause.to_string(), config::in_words)
}

/// Help, the version, or what is wrong with the arguments.
fn misused(error: &clap::Error, args: &[OsString]) -> Exit {
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && args.get(1).is_some_and(|first| first == word.as_str())
        && Path::new(word).exists()
    {
        // A mistyped command must not become the name of a directory, so it is not taken for one.
        say(&anyhow::anyhow!("`{word}` is not a command; to scan it, run `bartizan scan {word}`"));
        return Exit::Failed;
    }
    if let Some(line) = usage::line(error, args) {
        say(&anyhow::anyhow!(line));
        return Exit::Failed;
    }
    match error.print() {
        Ok(()) => {}
        // A closed pipe is not an error.
        Err(closed) if closed.kind() == io::ErrorKind::BrokenPipe => {}
        Err(why) => return failed(&anyhow::Error::new(why).context("cannot write to standard output")),
    }
    if error.use_stderr() { Exit::Failed } else { Exit::Clean }
}
