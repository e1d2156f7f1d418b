//! What is wrong with the arguments, in one line.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _};

use crate::cli::args::Cli;
use crate::scan::suggest::did_you_mean;

/// What `error` says of `args`, the name of the program first; none if it is no mistake but a question, or if
/// the help says more than a line could.
pub(super) fn line(error: &clap::Error, args: &[OsString]) -> Option<String> {
    let mut cli = Cli::command();
    cli.build();
    let (command, path) = meant(&cli, args);
    let more = |what: &str| format!("; `{path} --help` {what}");
    let said = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return None,
        ErrorKind::UnknownArgument => {
            let word = text_of(error, ContextKind::InvalidArg);
            match word.starts_with('-') {
                true => {
                    let known: Vec<String> = options(command);
                    let near = did_you_mean(&word, known.iter().map(String::as_str));
                    format!("unknown option `{word}`{near}{}", more("lists all"))
                }
                false => format!("`{word}` is one argument too many{}", more("shows what it takes")),
            }
        }
        ErrorKind::InvalidSubcommand => {
            let word = text_of(error, ContextKind::InvalidSubcommand);
            let known = command.get_subcommands().filter(|inner| !inner.is_hide_set());
            let near = did_you_mean(&word, known.map(Command::get_name));
            format!("unknown command `{word}`{near}{}", more("lists all"))
        }
        ErrorKind::InvalidValue => {
            let (option, value) =
                (text_of(error, ContextKind::InvalidArg), text_of(error, ContextKind::InvalidValue));
            let known = all_of(error, ContextKind::ValidValue);
            let near = did_you_mean(&value, known.iter().map(String::as_str));
            let known = if known.is_empty() { String::new() } else { format!(": {}", known.join(", ")) };
            match value.is_empty() {
                true => format!("`{option}` has no value{known}"),
                false => format!("`{value}` is no value of `{option}`{near}{}", after(&near, &known)),
            }
        }
        ErrorKind::ValueValidation => {
            let (option, value) =
                (text_of(error, ContextKind::InvalidArg), text_of(error, ContextKind::InvalidValue));
            let why = std::error::Error::source(error).map(|why| format!(": {why}")).unwrap_or_default();
            format!("`{value}` is no value of `{option}`{why}")
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = all_of(error, ContextKind::InvalidArg);
            let missing: Vec<String> = missing.iter().map(|word| format!("`{word}`")).collect();
            let is = if missing.len() == 1 { "is" } else { "are" };
            format!("{} {is} missing{}", missing.join(" and "), more("shows what it takes"))
        }
        ErrorKind::ArgumentConflict => {
            let (this, others) =
                (text_of(error, ContextKind::InvalidArg), all_of(error, ContextKind::PriorArg));
            let others: Vec<String> = others.iter().map(|word| format!("`{word}`")).collect();
            match others.is_empty() {
                true => format!("`{this}` cannot be used with the other arguments"),
                false if others == [format!("`{this}`")] => format!("`{this}` can be said once"),
                false => format!("`{this}` cannot be used with {}", others.join(" and ")),
            }
        }
        _ => {
            let whole = error.render().to_string();
            let first = whole.lines().next().unwrap_or_default();
            format!("{}{}", first.strip_prefix("error: ").unwrap_or(first), more("shows what it takes"))
        }
    };
    Some(said)
}

/// The known values, unless one of them was meant.
fn after<'a>(near: &str, known: &'a str) -> &'a str {
    if near.is_empty() { known } else { "" }
}

/// The command that the arguments name, as far as they do, and how it is called.
fn meant<'c>(cli: &'c Command, args: &[OsString]) -> (&'c Command, String) {
    let (mut command, mut path) = (cli, "bartizan".to_owned());
    for word in args.iter().skip(1) {
        let Some(word) = word.to_str() else { break };
        if word.starts_with('-') {
            continue;
        }
        let Some(inner) = command.find_subcommand(word) else { break };
        command = inner;
        path = format!("{path} {}", inner.get_name());
    }
    (command, path)
}

/// The options of a command, as they are written.
fn options(command: &Command) -> Vec<String> {
    let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
    shown.filter_map(|argument| argument.get_long().map(|long| format!("--{long}"))).collect()
}

fn text_of(error: &clap::Error, kind: ContextKind) -> String {
    all_of(error, kind).into_iter().next().unwrap_or_default()
}

fn all_of(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(all)) => all.clone(),
        _ => Vec::new(),
    }
}
