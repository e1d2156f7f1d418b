//! `bartizan db`: the database of advisories and the trusted roots in the user's cache.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, anyhow};

use crate::cli::args::DbCommand;
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::external::Databases as _;
use crate::external::database::{DatabasePaths, LocalDatabases};
use crate::external::roots::{self, Owner};
use crate::external::store::{self, Updated};
use crate::external::tuf::{self, Refreshed, Repository};
use crate::external::{built_in, dumps};
use crate::model::text;
use crate::parse::advisory::Advisories;
use crate::parse::lockfile::Ecosystem;
use crate::scan::config::Environment;

pub(super) fn run(command: DbCommand) -> anyhow::Result<Exit> {
    let environment = Environment::read()?;
    let cache = environment.cache.clone().context("there is no cache directory; set BARTIZAN_CACHE_DIR")?;
    let now = environment.now.map_or_else(now, Ok)?;
    match command {
        DbCommand::Update { url, osv } => {
            anyhow::ensure!(
                !environment.offline,
                "BARTIZAN_OFFLINE is set; `bartizan db import` takes a directory or an archive"
            );
            match osv.is_empty() {
                true => update(&environment, &cache, url.as_deref(), now),
                false => {
                    let osv = osv.into_iter().collect();
                    update_dumps(osv_url(&environment), &cache, &osv, now)
                }
            }
        }
        DbCommand::Import { osv, from } if !osv.is_empty() => {
            let osv = osv.into_iter().collect();
            let counts = dumps::import(&cache, &from, &osv, now).map_err(|why| anyhow!(why))?;
            for (ecosystem, count) in counts {
                let name = ecosystem.as_str();
                say(&format!("imported {} about {name} from {}", counted(count), from.display()))?;
            }
            Ok(Exit::Clean)
        }
        DbCommand::Import { from, .. } => {
            let count = store::import(&cache, &from, now).map_err(|why| anyhow!(why))?;
            say(&format!("imported {} from {}", counted(count), from.display()))?;
            Ok(Exit::Clean)
        }
        DbCommand::Status => status(&environment, &cache, now),
    }
}

/// Fetches the advisories once for many scans, if those in the cache are not of today; a failure is reported, and the scans
/// do with what there is.
pub(super) fn update_once(environment: &Environment) {
    let (Some(cache), Ok(now)) = (&environment.cache, environment.now.map_or_else(now, Ok)) else { return };
    if !cfg!(feature = "online") {
        return;
    }
    if let Err(why) = store::update(cache, url(environment), now) {
        super::tell(&format!("advisories were not fetched: {why}; using those at hand"));
    }
}

/// Fetches everything; a failure does not stop the rest.
fn update(environment: &Environment, cache: &Path, url: Option<&str>, now: i64) -> anyhow::Result<Exit> {
    // Where advisories come from a mirror, what is elsewhere may be out of reach, or not to be asked.
    let mirrored = url.is_some() || environment.advisory_url.is_some();
    let url = url.unwrap_or(self::url(environment));
    let mut exit = report(store::update(cache, url, now).map(|updated| match updated {
        Updated::New(count) => format!("fetched {} from {url}", counted(count)),
        Updated::Unchanged(count) => format!("nothing new at {url}; {}", counted(count)),
    }))?;
    let known: BTreeSet<Ecosystem> =
        Ecosystem::ALL.into_iter().filter(|ecosystem| dumps::noted(cache, *ecosystem).is_some()).collect();
    if !mirrored || environment.osv_url.is_some() {
        exit = exit.or(update_dumps(osv_url(environment), cache, &known, now)?);
    }
    if !cfg!(feature = "signatures") {
        return Ok(exit);
    }
    for owner in Owner::ALL {
        let mirror = match owner {
            Owner::Sigstore => environment.tuf_url.as_deref(),
            Owner::GitHub => environment.github_tuf_url.as_deref(),
        };
        if mirrored && mirror.is_none() {
            continue;
        }
        let repository = Repository::of(owner, mirror);
        exit = exit.or(report(tuf::refresh(cache, &repository, now).map(|refreshed| match refreshed {
            Refreshed::New => format!("fetched {}'s trusted root from {}", owner.name(), repository.url),
            Refreshed::Unchanged => {
                format!("nothing new at {}; {}'s trusted root is the newest", repository.url, owner.name())
            }
        }))?);
    }
    Ok(exit)
}

/// Prints the result of an update.
fn report(outcome: Result<String, String>) -> anyhow::Result<Exit> {
    match outcome {
        Ok(said) => say(&said).map(|()| Exit::Clean),
        Err(why) => {
            super::say(&anyhow!(why));
            Ok(Exit::Failed)
        }
    }
}

/// Fetches the dumps of OSV about these ecosystems; a failure does not stop the others.
fn update_dumps(base: &str, cache: &Path, wanted: &BTreeSet<Ecosystem>, now: i64) -> anyhow::Result<Exit> {
    let mut exit = Exit::Clean;
    for ecosystem in wanted {
        let (name, url) = (ecosystem.as_str(), dumps::url(base, *ecosystem));
        // They may be large.
        super::tell(&format!("fetching OSV's database of {name} from {url}"));
        exit = exit.or(report(dumps::update(cache, base, *ecosystem, now).map(|updated| match updated {
            dumps::Updated::New(count) => format!("fetched {} about {name}", counted(count)),
            dumps::Updated::Unchanged(count) => format!("nothing new about {name}; {}", counted(count)),
        }))?);
    }
    Ok(exit)
}

fn say(line: &str) -> anyhow::Result<()> {
    output::stdout(|out| writeln!(out, "{}", text::escaped(line)))
}

fn counted(count: usize) -> String {
    crate::render::counted(count as u64, "advisory", "advisories")
}

/// Where the database is fetched from.
pub(super) fn url(environment: &Environment) -> &str {
    environment.advisory_url.as_deref().unwrap_or(store::DEFAULT_URL)
}

/// Where the dumps of OSV are fetched from.
pub(super) fn osv_url(environment: &Environment) -> &str {
    environment.osv_url.as_deref().unwrap_or(dumps::DEFAULT_URL)
}

/// Prints which database an offline scan would use; exit code 2 if none.
fn status(environment: &Environment, cache: &Path, now: i64) -> anyhow::Result<Exit> {
    let places = DatabasePaths {
        cache: Some(cache.to_owned()),
        cargo_home: environment.cargo_home.clone(),
        built_in: Some(built_in::SNAPSHOT),
        now: Some(now),
        ..DatabasePaths::default()
    };
    let advisories = LocalDatabases::new(places).advisories();
    let mut lines = advisories.as_ref().map_or_else(|_| Vec::new(), |advisories| about(advisories, now));
    lines.extend(Ecosystem::ALL.into_iter().filter_map(|ecosystem| {
        let dump = dumps::noted(cache, ecosystem)?;
        let (count, newest) = (counted(dump.advisories), &dump.newest);
        let (age, name) = (ago(now, dump.fetched), ecosystem.as_str());
        let came = if dump.url.is_empty() { "imported" } else { "fetched" };
        Some(format!("{count} of OSV about {name}, the newest of {newest}, {came} {age}"))
    }));
    if cfg!(feature = "signatures") {
        lines.extend(Owner::ALL.map(|owner| roots::origin(owner, cache, now)));
    }
    output::stdout(|out| lines.iter().try_for_each(|line| writeln!(out, "{}", text::escaped(line))))?;
    advisories.map_err(|why| anyhow!(why))?;
    Ok(Exit::Clean)
}

fn ago(now: i64, fetched: i64) -> String {
    match now.saturating_sub(fetched).max(0) / 86_400 {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    }
}

/// A database, for people.
fn about(advisories: &Advisories, now: i64) -> Vec<String> {
    let made = if advisories.built_in { "made" } else { "fetched" };
    let age =
        advisories.fetched.map_or_else(String::new, |fetched| format!(", {made} {}", ago(now, fetched)));
    let mut lines = vec![format!(
        "{} of RustSec, the newest of {}, from {}{age}",
        counted(advisories.count),
        advisories.newest,
        advisories.origin
    )];
    lines.extend(
        advisories.unread.iter().map(|unread| format!("cannot be read: {}: {}", unread.file, unread.why)),
    );
    lines
}

/// The present, in seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "what is fetched is marked with the time")]
pub(super) fn now() -> anyhow::Result<i64> {
    let passed =
        SystemTime::now().duration_since(UNIX_EPOCH).context("the clock of this machine is before 1970")?;
    i64::try_from(passed.as_secs()).context("the clock of this machine is out of bounds")
}
