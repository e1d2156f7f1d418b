//! `bartizan init`: a configuration, a workflow or pipeline and hooks to start from.

mod gitlab;
mod workflow;

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::{doctor, hook, output};
use crate::model::{Error, text};
use crate::scan::config::{NAMES, root_of, template};
pub(super) use workflow::{NO_COMMIT, built_from, is_commit};

const AFTER_HELP: &str = "\
Nothing that is there already is changed. Exit codes:
  0  all that was asked for was written
  2  something was not; the rest was";

/// What is to be written; without any of these, the configuration.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(after_help = AFTER_HELP)]
pub(super) struct InitArgs {
    /// A bartizan.toml with all settings and comments, in the current directory
    #[arg(long)]
    config: bool,

    /// A workflow for GitHub that scans what each change brings, .github/workflows/bartizan.yml
    #[arg(long)]
    action: bool,

    /// A pipeline for GitLab that does the same, .gitlab-ci.yml; if there is one, prints the job to add to it
    #[arg(long)]
    gitlab: bool,

    /// A pre-commit hook that scans what the commit adds, as `bartizan hook install` does
    #[arg(long)]
    hooks: bool,
}

pub(super) fn run(args: InitArgs) -> anyhow::Result<Exit> {
    let folder = Path::new(".");
    let InitArgs { config, action, gitlab, hooks } = args;
    let config = config || !(action || gitlab || hooks);
    let mut exit = Exit::Clean;
    // What cannot be written does not keep the rest from being written.
    let mut note = |done: anyhow::Result<Exit>| match done {
        Err(error) => {
            super::say(&error);
            exit = Exit::Failed;
        }
        Ok(Exit::Clean) => {}
        Ok(other) => exit = other,
    };
    if config {
        note(configuration(folder));
    }
    if action {
        note(github(folder));
    }
    if gitlab {
        note(pipeline(folder));
    }
    if hooks {
        note(hook::install_here());
    }
    Ok(exit)
}

fn configuration(folder: &Path) -> anyhow::Result<Exit> {
    for name in NAMES {
        if folder.join(name).symlink_metadata().is_ok() {
            bail!("{name} exists already; it was left as it is");
        }
    }
    write_new(&folder.join(NAMES[0]), NAMES[0], &template())?;
    wrote("bartizan.toml; every setting in it is commented out: `bartizan config show` tells what counts")
}

fn github(folder: &Path) -> anyhow::Result<Exit> {
    let Some(root) = root_of(folder) else {
        bail!(
            "a workflow belongs into a git repository, and this directory is in none; `git init` makes one"
        );
    };
    let shown = workflow::PLACE.join("/");
    let mut path = root.clone();
    let last = workflow::PLACE.len() - 1;
    for name in &workflow::PLACE[..last] {
        path.push(name);
        own_directory(&path)?;
    }
    path.push(workflow::PLACE[last]);
    if path.symlink_metadata().is_ok() {
        bail!("{shown} exists already; it was left as it is");
    }
    if let Some(other) = doctor::uses_of_action(&root)?.first() {
        bail!("{} uses the action already; no second workflow was written", text::escaped(&other.file));
    }
    let commit = built_from();
    write_new(&path, &shown, &workflow::text(commit, &workflow::branch(folder)))?;
    match commit {
        Some(_) => wrote(&format!("{shown}; commit and push it, and the next pull request is scanned")),
        None => wrote(&format!(
            "{shown}; this program does not know its own commit: before you push the file, put that of a release \
             of bartizan for the zeros in its last line, or GitHub refuses to run it"
        )),
    }
}

fn pipeline(folder: &Path) -> anyhow::Result<Exit> {
    let Some(root) = root_of(folder) else {
        bail!("a pipeline belongs in a git repository, and this directory is in none; `git init` makes one");
    };
    let path = root.join(gitlab::PLACE);
    if path.symlink_metadata().is_ok() {
        output::stdout(|out| out.write_all(gitlab::job().as_bytes()))?;
        bail!("{} exists already; it was left as it is: add the job above to it", gitlab::PLACE);
    }
    write_new(&path, gitlab::PLACE, &gitlab::text())?;
    wrote(&format!(
        "{}; put the checksum of the release into it, as its comment says, and the next merge request is scanned",
        gitlab::PLACE
    ))
}

/// Makes the directory `path` if there is none. What is there has to be a directory and no link: that
/// could lead anywhere.
#[expect(clippy::disallowed_methods, reason = "the folders of the workflow that was asked for")]
fn own_directory(path: &Path) -> anyhow::Result<()> {
    let wrong = |source: io::Error| Error::Write { path: path.to_owned(), source };
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(metadata) if metadata.is_symlink() => {
            Err(wrong(io::Error::other("it is a symbolic link, and links are not followed")).into())
        }
        Ok(_) => Err(wrong(io::Error::other("it is no directory")).into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(fs::create_dir(path).map_err(wrong)?),
        Err(error) => Err(wrong(error).into()),
    }
}

/// Writes a file that must not be there yet.
#[expect(clippy::disallowed_methods, reason = "the file that was asked for, if there is none")]
fn write_new(path: &Path, shown: &str, content: &str) -> anyhow::Result<()> {
    let wrong = |source: io::Error| Error::Write { path: PathBuf::from(shown), source };
    let mut out =
        OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => anyhow!("{shown} exists already; it was left as it is"),
            _ => wrong(error).into(),
        })?;
    if let Err(error) = out.write_all(content.as_bytes()).and_then(|()| out.sync_all()) {
        drop(out);
        // It is ours, of this moment, and worth nothing.
        let _ = fs::remove_file(path);
        return Err(wrong(error).into());
    }
    Ok(())
}

fn wrote(what: &str) -> anyhow::Result<Exit> {
    output::stdout(|out| writeln!(out, "wrote {what}"))?;
    Ok(Exit::Clean)
}
