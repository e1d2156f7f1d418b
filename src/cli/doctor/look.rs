//! What `bartizan doctor` looks at. Nothing is run, fetched or written.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Line, uses_of_action};
use crate::cli::{fix, hook, init, job, settings};
use crate::external::database::{DatabasePaths, LocalDatabases};
use crate::external::roots::{self, Owner};
use crate::external::{Databases as _, built_in};
use crate::model::{Error, RepoPath};
use crate::render::counted;
use crate::scan::baseline::Baseline;
use crate::scan::config::{self, Config, Environment, Wanted};
use crate::source::{Git, GitHome, GitOptions, Keeping, Place};

/// Days after which advisories are old, unless the configuration says otherwise.
const OLD: u32 = 30;
/// Errors of one file that are listed.
const MAX_MISTAKES: usize = 5;
/// The files that hold what is not to be committed.
const ENV: &str = ".env";

/// Everything about the repository around `path`.
///
/// # Errors
/// If there is no such directory, or if a repository is there that may not be looked into.
pub(super) fn all(path: Option<&Path>) -> anyhow::Result<Vec<Line>> {
    let folder = path.unwrap_or(Path::new("."));
    let wrong = |source| Error::Read { path: folder.to_owned(), source };
    if !folder.metadata().map_err(wrong)?.is_dir() {
        return Err(wrong(std::io::Error::other("it is not a directory")).into());
    }
    let environment = Environment::read()?;
    let now = environment.now.map_or_else(job::now, Ok)?;
    let root = config::root_of(folder);
    let mut lines = Vec::new();
    match &root {
        Some(_) => lines.push(match hook::unsupported(folder)? {
            Some(why) => Line::error("repository", "its commits cannot be scanned", why),
            None => repository(folder)?,
        }),
        None => lines.push(Line::warning(
            "repository",
            "not a git repository: the files are scanned as they are",
            "`git init`",
        )),
    }
    let wanted = environment.config.clone().map_or(Wanted::Search, Wanted::File);
    let (config, line) = configuration(folder, &wanted);
    lines.extend(line);
    lines.extend(baseline(folder, &environment, now));
    if let Some(root) = &root {
        lines.push(hooks(folder));
        lines.extend(workflows(root)?);
        lines.push(env_file(folder)?);
    }
    lines.push(advisories(&environment, &config, now));
    if let (Some(cache), true) = (&environment.cache, cfg!(feature = "signatures")) {
        lines.extend(Owner::ALL.map(|owner| Line::ok("signatures", roots::origin(owner, cache, now))));
    }
    Ok(lines)
}

fn options(environment: Environment) -> GitOptions {
    GitOptions {
        allow_foreign_owner: false,
        git_home: GitHome::from_environment(),
        environment: environment.git,
    }
}

fn repository(folder: &Path) -> anyhow::Result<Line> {
    let git = Git::open(&Place::Around(folder.to_owned()), &options(Environment::read()?))?;
    Ok(if git.is_shallow() {
        Line::warning(
            "repository",
            "a shallow clone, whose older commits cannot be scanned",
            "`git fetch --unshallow` gets them",
        )
    } else if git.is_partial() {
        Line::warning(
            "repository",
            "a partial clone; what was left with the server is counted, and not scanned",
            "`git fetch --refetch --no-filter` gets it",
        )
    } else {
        Line::ok("repository", "a git repository with all of its history")
    })
}

/// The configuration as far as it can be read, and its errors.
fn configuration(folder: &Path, wanted: &Wanted) -> (Config, Vec<Line>) {
    const ABOUT: &str = "configuration";
    match settings::checked(folder, wanted) {
        Ok(checked) => {
            let line = match checked.name {
                Some(name) => Line::ok(ABOUT, format!("{name} is valid")),
                None => Line::warning(ABOUT, "none, so the defaults apply", "`bartizan init`"),
            };
            (checked.config, vec![line])
        }
        Err(error) => {
            (Config::default(), mistakes(ABOUT, &error, "`bartizan config check` lists all errors"))
        }
    }
}

/// A line for each error, the first ones.
fn mistakes(about: &'static str, error: &anyhow::Error, help: &str) -> Vec<Line> {
    let causes: Vec<String> = error.chain().map(crate::cli::in_our_words).collect();
    let text = causes.join(": ");
    let more = text.lines().count() > MAX_MISTAKES;
    let line = |says: &str| Line { about, state: super::State::Error, says: says.to_owned(), help: None };
    let mut lines: Vec<Line> = text.lines().take(MAX_MISTAKES).map(line).collect();
    if let (Some(last), true) = (lines.last_mut(), more) {
        last.help = Some(help.to_owned());
    }
    lines
}

fn baseline(folder: &Path, environment: &Environment, now: i64) -> Vec<Line> {
    const ABOUT: &str = "baseline";
    let read = || -> anyhow::Result<Option<Baseline>> {
        let Some(text) = config::load_baseline(folder, &Wanted::Search)? else { return Ok(None) };
        let key = environment.fingerprint_key.as_ref().map(|key| key.expose().to_vec());
        Ok(Some(Baseline::read(&text.text, &text.name, key.as_deref())?))
    };
    match read() {
        Ok(None) => vec![Line::ok(ABOUT, "none; every finding counts")],
        Ok(Some(baseline)) => {
            let today = Timestamp::from_second(now).ok().map(|now| now.to_zoned(TimeZone::UTC).date());
            let (all, expired) = (baseline.entries.len(), baseline.expired(today).count());
            let file = baseline.file.shown();
            vec![match expired {
                0 => {
                    Line::ok(ABOUT, format!("{file} accepts {}", counted(all as u64, "finding", "findings")))
                }
                expired => Line::error(
                    ABOUT,
                    format!(
                        "{expired} of the {} of {file} expired and suppress nothing",
                        counted(all as u64, "entry", "entries")
                    ),
                    "`bartizan baseline prune`",
                ),
            }]
        }
        Err(error) => mistakes(ABOUT, &error, "`bartizan scan` lists all errors"),
    }
}

fn hooks(folder: &Path) -> Line {
    const ABOUT: &str = "hooks";
    match hook::look(folder) {
        Ok(status) if status.unsupported => {
            let says = match status.broken {
                true => "the hook stops every commit: it cannot scan this repository",
                false => "hooks cannot scan this repository",
            };
            Line::error(ABOUT, says, "see `bartizan hook status`")
        }
        Ok(status) if status.broken => {
            let broken =
                status.lines.iter().find(|line| line.contains("bartizan's") && line.contains("; fix: "));
            let says = broken.map_or("git would not run the installed hook", |line| line.trim());
            let says = says.split_whitespace().collect::<Vec<_>>().join(" ");
            Line::error(ABOUT, says, "see `bartizan hook status`")
        }
        Ok(status) if status.runs => Line::ok(ABOUT, "git runs bartizan; `bartizan hook status` lists them"),
        Ok(_) => {
            Line::warning(ABOUT, "no hook scans what is about to be committed", "`bartizan hook install`")
        }
        Err(error) => Line::error(ABOUT, format!("{error:#}"), "see `bartizan hook status`"),
    }
}

fn workflows(root: &Path) -> anyhow::Result<Vec<Line>> {
    const ABOUT: &str = "workflow";
    let uses = uses_of_action(root)?;
    if uses.is_empty() {
        return Ok(vec![Line::warning(
            ABOUT,
            "no GitHub workflow uses the action",
            "`bartizan init --action`",
        )]);
    }
    let line = |used: &super::workflows::Use| {
        let place = format!("{}:{}", used.file, used.line);
        match used.version.as_str() {
            commit if init::is_commit(commit) => {
                Line::ok(ABOUT, format!("{place} uses the action, pinned to {}", &commit[..12]))
            }
            init::NO_COMMIT => Line::error(
                ABOUT,
                format!("{place} uses the action at a placeholder"),
                "replace the zeros by the commit of a release",
            ),
            version => Line::error(
                ABOUT,
                format!("{place} uses the action at `{version}`, which can move to another commit"),
                "pin the full commit SHA",
            ),
        }
    };
    Ok(uses.iter().map(line).collect())
}

/// Whether `git add .` would add an environment file.
fn env_file(folder: &Path) -> anyhow::Result<Line> {
    const ABOUT: &str = "ignored files";
    let worktree = fix::worktree(folder)?;
    Ok(match worktree.keeping(&RepoPath::from(ENV)) {
        Keeping::Tracked => Line::error(
            ABOUT,
            ".env is tracked: everyone with a clone can read it",
            "`bartizan fix` shows how to remove it",
        ),
        Keeping::Ignored => Line::ok(ABOUT, "git ignores .env"),
        Keeping::Open if worktree.root().join(ENV).symlink_metadata().is_ok() => Line::error(
            ABOUT,
            ".env is not ignored: the next `git add .` adds it",
            "`echo .env >> .gitignore`",
        ),
        Keeping::Open => Line::warning(ABOUT, "git does not ignore .env", "`echo .env >> .gitignore`"),
    })
}

fn advisories(environment: &Environment, config: &Config, now: i64) -> Line {
    const ABOUT: &str = "advisories";
    const UPDATE: &str = "`bartizan db update`";
    let places = DatabasePaths {
        cache: environment.cache.clone(),
        cargo_home: environment.cargo_home.clone(),
        built_in: Some(built_in::SNAPSHOT),
        now: Some(now),
        ..DatabasePaths::default()
    };
    let found = match LocalDatabases::new(places).advisories() {
        Ok(found) => found,
        Err(why) => return Line::error(ABOUT, why, UPDATE),
    };
    let most = config.advisories.max_age.unwrap_or(OLD);
    let count = counted(found.count as u64, "advisory", "advisories");
    let days = found.fetched.map(|fetched| now.saturating_sub(fetched).max(0) / 86_400);
    let is_old = days.is_some_and(|days| days > i64::from(most));
    let days = match days {
        None => "of an unknown day".to_owned(),
        Some(1) if found.built_in => "built in, 1 day old".to_owned(),
        Some(days) if found.built_in => format!("built in, {days} days old"),
        Some(0) => "fetched today".to_owned(),
        Some(1) => "fetched yesterday".to_owned(),
        Some(days) => format!("fetched {days} days ago"),
    };
    match (found.built_in, environment.offline) {
        // A scan that may use the network fetches those of today.
        (true, false) => Line::warning(
            ABOUT,
            format!("{count}, {days}; a scan with a lock file fetches newer ones"),
            "`bartizan db update`",
        ),
        (true, true) if is_old => Line::error(
            ABOUT,
            format!("{count}, {days}, and BARTIZAN_OFFLINE is set; more than {most} days is old"),
            "`bartizan db import` a newer copy",
        ),
        _ if is_old => Line::error(ABOUT, format!("{count}, {days}; more than {most} is old"), UPDATE),
        _ => Line::ok(ABOUT, format!("{count}, {days}")),
    }
}
