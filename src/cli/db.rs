//! `bartizan db`: the database of advisories in the user's cache.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, anyhow};

use crate::cli::args::DbCommand;
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::external::Outside as _;
use crate::external::database::{Machine, Places};
use crate::external::store::{self, Updated};
use crate::model::text;
use crate::scan::config::Environment;

pub(super) fn run(command: DbCommand) -> anyhow::Result<Exit> {
    let environment = Environment::read()?;
    let cache = environment
        .cache
        .clone()
        .context("there is no folder for the cache; BARTIZAN_CACHE_DIR names one")?;
    let now = environment.now.map_or_else(now, Ok)?;
    let said = match command {
        DbCommand::Update { url } => {
            anyhow::ensure!(
                !environment.offline,
                "BARTIZAN_OFFLINE is set; `bartizan db import` takes a directory or an archive"
            );
            let url = url.as_deref().unwrap_or(self::url(&environment));
            match store::update(&cache, url, now).map_err(|why| anyhow!(why))? {
                Updated::New(count) => format!("fetched {} from {url}", counted(count)),
                Updated::Unchanged(count) => format!("nothing new at {url}; {}", counted(count)),
            }
        }
        DbCommand::Import { from } => {
            let count = store::import(&cache, &from, now).map_err(|why| anyhow!(why))?;
            format!("imported {} from {}", counted(count), from.display())
        }
        DbCommand::Status => return status(&environment, &cache, now),
    };
    output::stdout(|out| writeln!(out, "{}", text::escaped(&said)))?;
    Ok(Exit::Clean)
}

fn counted(count: usize) -> String {
    if count == 1 { "1 advisory".to_owned() } else { format!("{count} advisories") }
}

/// Where the database is fetched from.
pub(super) fn url(environment: &Environment) -> &str {
    environment.advisory_url.as_deref().unwrap_or(store::DEFAULT_URL)
}

/// Tells which database a scan would use; exit code 2 if none.
fn status(environment: &Environment, cache: &Path, now: i64) -> anyhow::Result<Exit> {
    let places = Places {
        cache: Some(cache.to_owned()),
        cargo_home: environment.cargo_home.clone(),
        now: Some(now),
        ..Places::default()
    };
    let advisories = Machine::new(places).advisories().map_err(|why| anyhow!(why))?;
    let age = advisories.fetched.map_or_else(String::new, |fetched| {
        let days = (now - fetched).max(0) / 86_400;
        let days = match days {
            0 => "today".to_owned(),
            1 => "yesterday".to_owned(),
            days => format!("{days} days ago"),
        };
        format!(", fetched {days}")
    });
    let mut lines = vec![format!(
        "{} of RustSec, the newest of {}, from {}{age}",
        counted(advisories.count),
        advisories.newest,
        advisories.origin
    )];
    lines.extend(
        advisories.unread.iter().map(|unread| format!("cannot be read: {}: {}", unread.file, unread.why)),
    );
    output::stdout(|out| lines.iter().try_for_each(|line| writeln!(out, "{}", text::escaped(line))))?;
    Ok(Exit::Clean)
}

/// The present, in seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "what is fetched is marked with the time")]
pub(super) fn now() -> anyhow::Result<i64> {
    let passed =
        SystemTime::now().duration_since(UNIX_EPOCH).context("the clock of this machine is before 1970")?;
    i64::try_from(passed.as_secs()).context("the clock of this machine is out of bounds")
}
