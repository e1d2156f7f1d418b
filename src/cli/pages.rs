//! What the program can say about itself: schemas, completions, manual pages.

use clap::CommandFactory as _;

use crate::cli::args::{Cli, Schema};
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::model::text;
use crate::render::{report_schema, verdict};
use crate::scan::suggest::did_you_mean;

pub(super) fn schema(what: Schema) -> anyhow::Result<Exit> {
    let text = match what {
        Schema::Report => report_schema(),
        Schema::Verify => verdict::schema(),
    };
    output::stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Clean)
}

pub(super) fn completions(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "bartizan", &mut text);
    output::stdout(|out| out.write_all(&text))?;
    Ok(Exit::Clean)
}

pub(super) fn man(command: Option<&str>) -> anyhow::Result<Exit> {
    let mut cli = Cli::command();
    cli.build();
    let page = match command {
        None => cli,
        Some(name) => match cli.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                let meant = did_you_mean(name, cli.get_subcommands().map(clap::Command::get_name));
                anyhow::bail!("there is no command `{}`{meant}", text::escaped(name));
            }
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    output::stdout(|out| out.write_all(&text))?;
    Ok(Exit::Clean)
}
