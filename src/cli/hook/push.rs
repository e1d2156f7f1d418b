//! `bartizan hook pre-push` and `pre-receive`: what references bring to the other side.

use std::cell::Cell;
use std::ffi::OsStr;
use std::io::{self, Read as _};

use anyhow::Context as _;

use crate::cli::args::ConfigArgs;
use crate::cli::exit::Exit;
use crate::cli::hook::args::HookScan;
use crate::cli::hook::{Way, git, plan, verdict};
use crate::cli::job;
use crate::cli::sources::part;
use crate::model::text::{escaped, without_login};
use crate::parse::hook::{self, Update};
use crate::scan::config::Environment;
use crate::source::{Pushed, Range, RangeOptions};

/// Bytes of references that are read: some hundred thousand of them.
const INPUT_MAX: u64 = 64 << 20;

pub(super) fn pre_push(
    remote: Option<&OsStr>,
    scan: &HookScan,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let from_git = &environment.hook;
    let remote =
        remote.map(|remote| remote.to_string_lossy().into_owned()).or_else(|| from_git.remote.clone());
    let remote = remote.unwrap_or_else(|| "origin".to_owned());
    let (tips, had, names) = match (&from_git.range, from_git.by_pre_commit) {
        // It has read standard input, and says what it made of that.
        (Some((from, to)), true) => (vec![to.clone()], vec![from.clone()], Vec::new()),
        (None, true) => {
            (vec![from_git.local_branch.clone().unwrap_or_else(|| "HEAD".to_owned())], Vec::new(), Vec::new())
        }
        (_, false) => sides(read(hook::pushed)?),
    };
    let pushed = Pushed { tips, had, had_below: format!("refs/remotes/{remote}/"), names };
    perform(
        &pushed,
        &format!("what is pushed to {}", escaped(&without_login(&remote))),
        &Way::Pushed,
        scan,
        environment,
    )
}

pub(super) fn pre_receive(scan: &HookScan, environment: &Environment) -> anyhow::Result<Exit> {
    let (tips, had, names) = sides(read(hook::received)?);
    let pushed = Pushed { tips, had, had_below: "refs/".to_owned(), names };
    let own = scan.config.config.is_some() || environment.config.is_some();
    let scan = HookScan {
        fail_on: scan.fail_on,
        // What is pushed does not decide how it is judged.
        config: ConfigArgs { no_config: scan.config.no_config || !own, ..scan.config.clone() },
        quiet: scan.quiet,
    };
    perform(&pushed, "what is pushed", &Way::Received, &scan, environment)
}

/// What is to be scanned, what the other side has there, and the names of new references.
fn sides(updates: Vec<Update>) -> (Vec<String>, Vec<String>, Vec<Vec<u8>>) {
    let (mut tips, mut had, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for Update { old, new, name } in updates {
        // One that is there already, or is taken away, was published before.
        names.extend((old.is_none() && new.is_some()).then_some(name));
        // What is deleted brings nothing, and what it reached need not be known here.
        tips.extend(new);
        had.extend(old);
    }
    (tips, had, names)
}

fn read(parse: fn(&[u8]) -> Result<Vec<Update>, usize>) -> anyhow::Result<Vec<Update>> {
    let mut input = Vec::new();
    let len = io::stdin().lock().take(INPUT_MAX + 1).read_to_end(&mut input);
    if len.context("cannot read the references on standard input")? as u64 > INPUT_MAX {
        anyhow::bail!("more than {} MiB of references on standard input", INPUT_MAX >> 20);
    }
    parse(&input).map_err(|line| {
        anyhow::anyhow!(
            "line {line} of standard input is not what git writes there; this command is for git to call"
        )
    })
}

fn perform(
    pushed: &Pushed,
    what: &str,
    way: &Way,
    scan: &HookScan,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let nothing = Cell::new(pushed.tips.is_empty());
    if nothing.get() {
        if !scan.quiet {
            crate::cli::tell("bartizan: the push has no content; nothing was scanned");
        }
        return Ok(Exit::Clean);
    }
    let done = job::perform(&plan(scan), environment, &|asked| {
        let options = RangeOptions { limits: asked.limits(), include_authors: false };
        let range = Range::pushed(git(asked, environment)?, what, pushed, &options)?;
        nothing.set(range.brings_nothing());
        Ok(part(Box::new(range.with_files())))
    })?;
    // A new reference may have a telling name.
    if nothing.get() && done.report.problems.is_empty() && done.report.findings.is_empty() {
        if !scan.quiet {
            crate::cli::tell(
                "bartizan: the remote already has everything that is pushed; nothing was scanned",
            );
        }
        return Ok(Exit::Clean);
    }
    Ok(verdict::tell(&done, what, way, scan.quiet))
}
