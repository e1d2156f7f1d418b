//! What is wrong with the arguments, in one line.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _};

use crate::cli::command::Cli;
use crate::scan::suggest::{did_you_mean, nearest};

/// The line for `error` in `args`, the name of the program first; none if help was asked for, or if
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
                    let name = word.trim_start_matches('-').split('=').next().unwrap_or_default();
                    let near = nearest(name, options(command));
                    let help =
                        near.map_or_else(|| more("lists all"), |near| format!(", did you mean `--{near}`?"));
                    format!("unknown option `{word}`{help}")
                }
                false => format!("`{word}` is one argument too many{}", more("shows the usage")),
            }
        }
        ErrorKind::InvalidSubcommand => {
            let word = text_of(error, ContextKind::InvalidSubcommand);
            let known = command.get_subcommands().filter(|inner| !inner.is_hide_set());
            let near = did_you_mean(&word, known.map(Command::get_name));
            format!("unknown command `{word}`{}", if near.is_empty() { more("lists all") } else { near })
        }
        ErrorKind::InvalidValue => {
            let (option, value) =
                (named(error, ContextKind::InvalidArg), text_of(error, ContextKind::InvalidValue));
            let known = all_of(error, ContextKind::ValidValue);
            let near = did_you_mean(&value, known.iter().map(String::as_str));
            match (value.is_empty(), known.is_empty()) {
                (true, true) => format!("{option} needs a value{}", more("describes it")),
                (true, false) => format!("{option} needs a value: {}", known.join(", ")),
                (false, _) if !near.is_empty() => format!("`{value}` is not a value of {option}{near}"),
                (false, _) => format!("`{value}` is not a value of {option}; it takes {}", known.join(", ")),
            }
        }
        ErrorKind::ValueValidation => {
            let (option, value) =
                (named(error, ContextKind::InvalidArg), text_of(error, ContextKind::InvalidValue));
            let why =
                std::error::Error::source(error).map(|why| format!(": {}", in_our_words(&why.to_string())));
            format!("`{value}` is not a value of {option}{}", why.unwrap_or_default())
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = all_of(error, ContextKind::InvalidArg);
            let shown: Vec<String> = missing.iter().map(|word| format!("`{word}`")).collect();
            let is = if missing.len() == 1 { "is" } else { "are" };
            let values =
                missing.first().filter(|_| missing.len() == 1).and_then(|word| values(command, word));
            let help = values.map_or_else(|| more("shows the usage"), |values| format!(": {values}"));
            format!("{} {is} missing{help}", shown.join(" and "))
        }
        ErrorKind::ArgumentConflict => {
            let this = named(error, ContextKind::InvalidArg);
            let others: Vec<String> =
                all_of(error, ContextKind::PriorArg).iter().map(|word| quoted(word)).collect();
            match others.is_empty() {
                true => format!("{this} cannot be used with the other arguments"),
                false if others == [this.clone()] => format!("{this} can be given only once"),
                false => format!("{this} cannot be used with {}", others.join(" and ")),
            }
        }
        _ => {
            let whole = error.render().to_string();
            let first = whole.lines().next().unwrap_or_default();
            format!("{}{}", first.strip_prefix("error: ").unwrap_or(first), more("shows the usage"))
        }
    };
    Some(said)
}

/// An argument as people call it: an option without its value.
fn named(error: &clap::Error, kind: ContextKind) -> String {
    quoted(&text_of(error, kind))
}

fn quoted(argument: &str) -> String {
    if argument.starts_with('-') {
        return format!("`{}`", argument.split([' ', '[']).next().unwrap_or_default());
    }
    format!("`{}`", argument.replace('[', "<").replace(']', ">"))
}

/// What clap says of a range, without its notation.
fn in_our_words(why: &str) -> String {
    match why.split_once(" is not in ").and_then(|(_, range)| range.split_once("..=")) {
        Some((from, to)) => format!("write a number from {from} to {to}"),
        None => why.to_owned(),
    }
}

/// What an argument that is called like this can be, if it is one of a few words.
fn values(command: &Command, shown: &str) -> Option<String> {
    let found = command.get_arguments().find(|argument| argument.to_string() == shown)?;
    let values = found.get_possible_values();
    let names: Vec<&str> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
    (!names.is_empty()).then(|| names.join(", "))
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

/// The names of the options of a command.
fn options(command: &Command) -> impl Iterator<Item = &str> {
    command.get_arguments().filter(|argument| !argument.is_hide_set()).filter_map(clap::Arg::get_long)
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
