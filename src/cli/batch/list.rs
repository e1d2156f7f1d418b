//! `bartizan batch plan`: from a list of repositories to a frozen plan.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::args::{ListArgs, ListForm, PlanArgs, SettingsArgs};
use super::settings;
use crate::batch::key::Location;
use crate::batch::manifest::{self, Form, Listed};
use crate::batch::plan::{Head, Plan};
use crate::batch::{VERSION, directory};
use crate::cli::exit::Exit;
use crate::cli::{job, output};
use crate::external::file;
use crate::model::{Error, PathGlobs};
use crate::scan::config::Environment;

/// Bytes of a list.
const MAX: u64 = 2 << 30;

pub(super) fn run(args: &PlanArgs) -> anyhow::Result<Exit> {
    let environment = Environment::read()?;
    output::ready(&args.out).map_err(|source| Error::Write { path: args.out.clone(), source })?;
    let plan = make(&args.list, &args.settings, &environment, args.shards)?;
    let written = file::write_private(&args.out, &plan.text());
    written.map_err(|source| Error::Write { path: args.out.clone(), source })?;
    let count = plan.entries.len();
    crate::cli::tell(&format!("{count} repositories in {} shards: {}", plan.head.shards, args.out.display()));
    Ok(Exit::Clean)
}

/// The plan for a list.
///
/// # Errors
/// What is wrong with the list or the settings.
pub(super) fn make(
    args: &ListArgs,
    settings: &SettingsArgs,
    environment: &Environment,
    shards: u32,
) -> anyhow::Result<Plan> {
    let arguments = settings::arguments(settings, environment)?;
    let rules = settings::rules_digest();
    let digest = settings::digest(&arguments, &rules, environment)?;
    let from = args.from.as_deref().context("--from names the list of repositories")?;
    let mut listed = read(from, args.list_format)?;
    anyhow::ensure!(
        !listed.is_empty(),
        Error::EmptySelection(format!("{}: no repository is in it", from.display()))
    );
    let globs = PathGlobs::new(args.exclude_repo.iter())?;
    let is_out = |one: &Listed| {
        let shown = one.location.shown();
        let path = shown.split_once("://").map_or(shown.as_str(), |(_, rest)| rest);
        globs.hold(format!("{}/", path.trim_matches('/')).as_bytes())
            || (args.no_forks && one.fork)
            || (args.no_archived && one.archived)
    };
    let count = listed.len();
    listed.retain(|one| !is_out(one));
    let left_out = count - listed.len();
    anyhow::ensure!(
        !listed.is_empty(),
        Error::EmptySelection("all repositories of the list are excluded".to_owned())
    );
    for one in &mut listed {
        if let (Location::Path(path), None) = (&one.location, one.size_kb) {
            one.size_kb = directory::size_kb(path);
        }
        if let (Location::Path(path), None) = (&one.location, &one.fork_of) {
            one.fork_of = directory::borrows_from(path).map(|from| from.to_string_lossy().into_owned());
        }
    }
    let head = Head {
        kind: "plan".to_owned(),
        v: VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rules,
        settings: digest,
        arguments,
        now: environment.now.map_or_else(job::now, Ok)?,
        shards,
        repositories: 0,
    };
    let (plan, doubled) = Plan::new(listed, head);
    if doubled > 0 {
        crate::cli::tell(&format!(
            "{doubled} repositories are in the list more than once and are scanned once"
        ));
    }
    if left_out > 0 {
        crate::cli::tell(&format!("{left_out} repositories are excluded"));
    }
    Ok(plan)
}

fn absolute(path: &Path) -> PathBuf {
    // Of an empty path there is none.
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn read(from: &Path, form: Option<ListForm>) -> anyhow::Result<Vec<Listed>> {
    let wrong = |source| Error::Read { path: from.to_owned(), source };
    if from.is_dir() {
        let root = from.canonicalize().map_err(wrong)?;
        let (found, unread) = directory::repositories(&root).map_err(wrong)?;
        if unread > 0 {
            crate::cli::tell(&format!("{unread} directories below {} were not searched", from.display()));
        }
        return Ok(found.into_iter().map(|path| Listed::at(Location::Path(path))).collect());
    }
    let bytes = if from == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().take(MAX).read_to_end(&mut bytes).map_err(wrong)?;
        bytes
    } else {
        file::read(from, MAX).map_err(wrong)?
    };
    let form = form.map(|form| match form {
        ListForm::Lines => Form::Lines,
        ListForm::Nul => Form::Nul,
        ListForm::Csv => Form::Csv,
        ListForm::Json => Form::Json,
    });
    let list = manifest::read(&bytes, form, &absolute)
        .map_err(|why| Error::Config(format!("{}: {why}", from.display())))?;
    if list.logins > 0 {
        crate::cli::tell(&format!(
            "{} addresses of the list hold a login, which is not used: --token-file is for that",
            list.logins
        ));
    }
    Ok(list.all)
}
