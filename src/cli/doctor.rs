//! `bartizan doctor`: diagnoses the setup of a repository, a line each, with the fix.

mod look;
mod workflows;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::output;
use crate::model::text;
pub(super) use workflows::uses_of_action;

const AFTER_HELP: &str = "\
Exit codes:
  0  no errors; there may be warnings
  1  errors
  2  the setup could not be read";

#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct DoctorArgs {
    /// Repository to check [default: that of the current directory]
    path: Option<PathBuf>,

    /// Format of the output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = DoctorFormat::Human)]
    format: DoctorFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DoctorFormat {
    Human,
    Json,
}

/// The state of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// It is missing or improvable, and optional.
    Warning,
    /// It does not work.
    Error,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The diagnosis of one thing.
#[derive(Debug, Serialize)]
struct Line {
    about: &'static str,
    state: State,
    /// The diagnosis, half a sentence.
    says: String,
    /// The fix, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl Line {
    fn ok(about: &'static str, says: impl Into<String>) -> Self {
        Self { about, state: State::Ok, says: says.into(), help: None }
    }

    fn warning(about: &'static str, says: impl Into<String>, help: impl Into<String>) -> Self {
        Self { about, state: State::Warning, says: says.into(), help: Some(help.into()) }
    }

    fn error(about: &'static str, says: impl Into<String>, help: impl Into<String>) -> Self {
        Self { about, state: State::Error, says: says.into(), help: Some(help.into()) }
    }
}

/// All lines, as JSON has them.
#[derive(Serialize)]
struct All<'a> {
    schema_version: u32,
    wrong: bool,
    lines: &'a [Line],
}

pub(super) fn run(args: &DoctorArgs) -> anyhow::Result<Exit> {
    let lines = look::all(args.path.as_deref())?;
    let wrong = lines.iter().any(|line| line.state == State::Error);
    match args.format {
        DoctorFormat::Human => output::stdout(|out| {
            lines.iter().try_for_each(|Line { about, state, says, help }| {
                let help = help.as_ref().map(|help| format!("; fix: {help}")).unwrap_or_default();
                let said = text::escaped(&format!("{says}{help}"));
                writeln!(out, "{:<8} {about:<14} {said}", state.word())
            })
        })?,
        DoctorFormat::Json => output::json(&All { schema_version: 1, wrong, lines: &lines })?,
    }
    Ok(if wrong { Exit::Findings } else { Exit::Clean })
}
