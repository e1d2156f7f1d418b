//! `bartizan report`: the report of an earlier scan, written again in any format, and held against one
//! before it.

mod args;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::Context as _;

pub(super) use args::ReportArgs;

use crate::cli::exit::Exit;
use crate::cli::publish;
use crate::render::read::{self, MAX_SIZE, Reread};
use crate::render::{Compared, Options, Scanned};
use crate::scan::config::{DEFAULT_FAIL_ON, Environment};

pub(super) fn run(args: &ReportArgs) -> anyhow::Result<Exit> {
    if is_stdin(&args.input) && args.against.as_deref().is_some_and(is_stdin) {
        anyhow::bail!("two reports cannot come from standard input; read one of them from a file");
    }
    let plan = publish::outputs(&args.output, false)?;
    let environment = Environment::read()?;
    let Reread { mut report, version, fail_on, mut compared } = load(&args.input)?;
    if let Some(before) = &args.against {
        let before = load(before)?.report;
        let (difference, cautions) = Compared::of(&report, &before);
        report.notices.extend(cautions);
        compared = Some(difference);
    }
    let said = args.fail_on.map(|threshold| threshold.0);
    let options = Options {
        // Whoever found it, not whoever writes it again.
        version,
        fail_on: said.or(environment.fail_on).or(fail_on).unwrap_or(DEFAULT_FAIL_ON),
        compared,
        // A saved report does not say when it was made, nor of which commit.
        scanned: publish::now(&environment).ok().map(|now| Scanned {
            started: now,
            ended: now,
            commit: None,
        }),
        ..publish::options(&environment, Path::new("."), &args.output)
    };
    let written = publish::publish(&report, &plan, &options)?;
    Ok(if written { options.ending(&report).into() } else { Exit::Failed })
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// The report in `file`; `-` is standard input.
pub(in crate::cli) fn load(file: &Path) -> anyhow::Result<Reread> {
    let name = if is_stdin(file) { "from standard input".to_owned() } else { file.display().to_string() };
    let what = || format!("cannot read the report {name}");
    read::read(&bytes(file).with_context(what)?).with_context(what)
}

/// The file, as far as a report may go and one byte more, at which the reader sees that it is too large.
#[expect(clippy::disallowed_methods, reason = "a report of ours, named by the user")]
fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    if is_stdin(file) {
        io::stdin().lock().take(MAX_SIZE + 1).read_to_end(&mut text)?;
    } else {
        File::open(file)?.take(MAX_SIZE + 1).read_to_end(&mut text)?;
    }
    Ok(text)
}
