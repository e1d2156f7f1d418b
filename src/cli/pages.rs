//! What the program can say about itself: schemas, completions, manual pages.

use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::generate;

use crate::cli::args::{ManArgs, Schema, Shell};
use crate::cli::command::Cli;
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::model::{Error, text};
use crate::render::{report_schema, verdict};
use crate::scan::config;
use crate::scan::suggest::did_you_mean;

pub(super) fn schema(what: Schema) -> anyhow::Result<Exit> {
    let text = match what {
        Schema::Report => report_schema().to_owned(),
        Schema::Verify => verdict::schema().to_owned(),
        Schema::Config => config::schema(),
        Schema::Batch => crate::batch::SCHEMA.to_owned(),
    };
    output::stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Clean)
}

pub(super) fn completions(shell: Shell) -> anyhow::Result<Exit> {
    const NAME: &str = "bartizan";
    let (mut cli, mut text) = (public(Cli::command()), Vec::new());
    match shell {
        Shell::Bash => generate(clap_complete::Shell::Bash, &mut cli, NAME, &mut text),
        Shell::Zsh => generate(clap_complete::Shell::Zsh, &mut cli, NAME, &mut text),
        Shell::Fish => generate(clap_complete::Shell::Fish, &mut cli, NAME, &mut text),
        Shell::Pwsh => generate(clap_complete::Shell::PowerShell, &mut cli, NAME, &mut text),
        Shell::Elvish => generate(clap_complete::Shell::Elvish, &mut cli, NAME, &mut text),
        Shell::Nushell => generate(clap_complete_nushell::Nushell, &mut cli, NAME, &mut text),
    }
    output::stdout(|out| out.write_all(&text))?;
    Ok(Exit::Clean)
}

/// The command without what is hidden: completions would offer it all the same.
fn public(command: clap::Command) -> clap::Command {
    let hidden = |inner: &clap::Command| inner.is_hide_set();
    if !command.get_subcommands().any(hidden) {
        return command;
    }
    let all: Vec<clap::Command> = command.get_subcommands().filter(|inner| !hidden(inner)).cloned().collect();
    let arguments: Vec<clap::Arg> = command.get_arguments().cloned().collect();
    let mut visible = clap::Command::new("bartizan")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .args(arguments)
        .subcommands(all);
    if let Some(about) = command.get_about() {
        visible = visible.about(about.clone());
    }
    visible
}

pub(super) fn man(args: &ManArgs) -> anyhow::Result<Exit> {
    let mut cli = Cli::command();
    cli.build();
    if let Some(folder) = &args.all {
        return pages(&cli, folder);
    }
    let mut page = &cli;
    for name in &args.command {
        page = page.find_subcommand(name).ok_or_else(|| {
            let names = page.get_subcommands().filter(|inner| !inner.is_hide_set());
            let meant = did_you_mean(name, names.map(clap::Command::get_name));
            anyhow::anyhow!("there is no command `{}`{meant}", text::escaped(&args.command.join(" ")))
        })?;
    }
    let text = rendered(page, &args.command)?;
    output::stdout(|out| out.write_all(&text))?;
    Ok(Exit::Clean)
}

/// Writes the pages of all commands, at whatever depth, into `folder`.
fn pages(cli: &clap::Command, folder: &Path) -> anyhow::Result<Exit> {
    let wrong = |source| Error::Write { path: folder.to_owned(), source };
    if !folder.metadata().map_err(wrong)?.is_dir() {
        return Err(wrong(std::io::Error::other("it is not a directory")).into());
    }
    let mut left: Vec<(Vec<String>, &clap::Command)> = vec![(Vec::new(), cli)];
    let mut count = 0_usize;
    while let Some((names, command)) = left.pop() {
        output::write_file(&folder.join(format!("{}.1", title(&names))), &rendered(command, &names)?)?;
        count += 1;
        for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
            left.push(([names.as_slice(), &[inner.get_name().to_owned()]].concat(), inner));
        }
    }
    output::stdout(|out| {
        writeln!(out, "wrote {count} pages to {}", text::escaped(&folder.display().to_string()))
    })?;
    Ok(Exit::Clean)
}

/// What a page is called: `bartizan-baseline-create`.
fn title(names: &[String]) -> String {
    std::iter::once("bartizan").chain(names.iter().map(String::as_str)).collect::<Vec<_>>().join("-")
}

fn rendered(command: &clap::Command, names: &[String]) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).title(title(names)).render(&mut text)?;
    Ok(text)
}
