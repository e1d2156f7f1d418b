//! The settings of a batch: as arguments that a plan keeps, as a digest, and as those of a scan.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Parser;
use sha2::{Digest as _, Sha256};

use super::args::SettingsArgs;
use crate::batch::directory;
use crate::cli::args::{ConfigArgs, DatabaseArgs, exclusion};
use crate::cli::plan::{Origin, ScanPlan, Scope};
use crate::engine::Run;
use crate::external::file;
use crate::model::{Error, fingerprint};
use crate::scan::config::{self, Environment, Wanted};
use crate::scan::{import, registry};

/// Bytes of a file that settings name.
const MAX: u64 = 16 << 20;

/// The arguments in a plan, read as the command line is.
#[derive(Debug, Parser)]
#[command(name = "settings", no_binary_name = true, disable_help_flag = true)]
struct Kept {
    #[command(flatten)]
    settings: SettingsArgs,
}

/// The settings that the arguments of a plan mean.
///
/// # Errors
/// If they are none of this version.
pub(super) fn read(arguments: &[String]) -> anyhow::Result<SettingsArgs> {
    let kept = Kept::try_parse_from(arguments);
    Ok(kept
        .ok()
        .context("the settings in the plan are not from this version; create the plan again")?
        .settings)
}

/// The path, absolute, as text.
fn absolute(path: &Path) -> anyhow::Result<String> {
    let path = std::path::absolute(path).with_context(|| format!("{} is not a path", path.display()))?;
    let text = path
        .to_str()
        .with_context(|| format!("{}: the name of a file of settings has to be UTF-8", path.display()))?;
    Ok(text.to_owned())
}

/// The settings as arguments, the same ones for the same settings.
///
/// # Errors
/// If a path is not UTF-8.
pub(super) fn arguments(settings: &SettingsArgs, environment: &Environment) -> anyhow::Result<Vec<String>> {
    let mut out = Vec::new();
    let mut flag = |name: &str, is: bool| out.extend(is.then(|| format!("--{name}")));
    flag("snapshot", settings.snapshot);
    flag("unreachable", settings.unreachable);
    flag("no-default-rules", settings.how.no_default_rules);
    flag("no-config", settings.config.no_config);
    flag("no-baseline", settings.no_baseline);
    flag("allow-foreign-owner", settings.allow_foreign_owner);
    let mut value = |name: &str, text: String| out.push(format!("--{name}={text}"));
    if let Some(checks) = &settings.which.checks {
        value("checks", checks.join(","));
    }
    if !settings.which.skip_checks.is_empty() {
        value("skip-checks", settings.which.skip_checks.join(","));
    }
    if let Some(preset) = settings.how.preset {
        value("preset", preset.as_str().to_owned());
    }
    for rules in &settings.which.rules {
        value("rules", absolute(rules)?);
    }
    for glob in &settings.exclude {
        value("exclude", glob.clone());
    }
    let ConfigArgs { config, no_config } = &settings.config;
    let config = config.as_ref().or(environment.config.as_ref().filter(|_| !no_config));
    if let Some(config) = config {
        value("config", absolute(config)?);
    }
    if let Some(directory) = &settings.baseline_dir {
        value("baseline-dir", absolute(directory)?);
    }
    if !settings.osv.is_empty() {
        value("osv", settings.osv.iter().map(|ecosystem| ecosystem.as_str()).collect::<Vec<_>>().join(","));
    }
    if let Some(profile) = settings.how.profile {
        value("profile", profile.as_str().to_owned());
    }
    if let Some(size) = settings.how.max_file_size {
        value("max-file-size", size.to_string());
    }
    Ok(out)
}

/// A digest of all built-in rules.
pub(super) fn rules_digest() -> String {
    let mut hash = Sha256::new();
    for check in registry::all() {
        let meta = &check.meta;
        hash.update(format!("{} {} {}\n", meta.id, meta.severity, meta.confidence));
        if let Run::Rule(rule) = check.run {
            hash.update(format!("{rule:?}\n"));
        }
    }
    short(hash)
}

fn short(hash: Sha256) -> String {
    data_encoding::HEXLOWER.encode(&hash.finalize()[..16])
}

/// A digest of everything that decides what is found: the version, the rules, the settings, and the files that they
/// name. Also finds out whether they make sense, before anything is scanned.
///
/// # Errors
/// What is wrong with them.
pub(super) fn digest(arguments: &[String], rules: &str, environment: &Environment) -> anyhow::Result<String> {
    let settings = read(arguments)?;
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    add(env!("CARGO_PKG_VERSION").as_bytes());
    add(rules.as_bytes());
    arguments.iter().for_each(|argument| add(argument.as_bytes()));
    for path in settings.which.rules.iter().chain(&settings.config.config) {
        let wrong = |source| Error::Read { path: path.clone(), source };
        add(&file::read(path, MAX).map_err(wrong)?);
    }
    if let Some(directory) = &settings.baseline_dir {
        let wrong = |path: &Path| {
            let path = path.to_owned();
            |source| Error::Read { path, source }
        };
        for path in directory::baselines(directory).map_err(wrong(directory))? {
            add(path.strip_prefix(directory).unwrap_or(&path).as_os_str().as_encoded_bytes());
            add(&file::read(&path, MAX).map_err(wrong(&path))?);
        }
    }
    let mut all = registry::all();
    let builtin: Vec<&'static str> = all.iter().map(|check| check.meta.id).collect();
    let mut config = config::Config::default();
    if let Some(path) = &settings.config.config {
        config = config::load(Path::new("."), &Wanted::File(path.clone()))?;
        config::load_packs(&config, &mut all)?.iter().for_each(|text| add(text.as_bytes()));
    }
    let files = config::rule_files(&settings.which.rules, &config)?;
    let defaults = !settings.how.no_default_rules && config.defaults != Some(false);
    let imported = import::load(&files, &mut all, &builtin, defaults)?;
    files.iter().for_each(|file| add(file.text.as_bytes()));
    let scan = scan(&settings, Path::new("."), false)?;
    config::select(&all, &crate::cli::job::selection(&scan, &config, imported.off))?;
    if let Some(key) = &environment.fingerprint_key {
        add(fingerprint::fingerprint(Some(key.expose()), &[b"batch"]).as_bytes());
    }
    Ok(short(hash))
}

/// The scan of one repository under these settings.
///
/// # Errors
/// If a glob makes no sense.
pub(super) fn scan(settings: &SettingsArgs, path: &Path, bare: bool) -> anyhow::Result<ScanPlan> {
    let globs = settings.exclude.iter().map(|glob| exclusion(glob));
    let exclude = globs.collect::<Result<_, String>>().map_err(|why| anyhow::anyhow!("--exclude: {why}"))?;
    let path: PathBuf = path.to_owned();
    Ok(ScanPlan {
        path: (!bare).then(|| path.clone()),
        scope: match settings.snapshot {
            // What is bare is scanned as a tree then.
            true if !bare => Scope::Worktree,
            _ => Scope::History { unreachable: settings.unreachable },
        },
        bare_repo: bare.then_some(path),
        allow_foreign_owner: settings.allow_foreign_owner,
        which: settings.which.clone(),
        how: settings.how.clone(),
        exclude,
        config: Origin::from(&settings.config),
        baseline: if settings.no_baseline { Origin::Nowhere } else { Origin::Repository },
        // What is fetched is fetched once, before.
        databases: DatabaseArgs { offline: true, osv: settings.osv.clone(), ..DatabaseArgs::default() },
        quiet: true,
        ..ScanPlan::default()
    })
}
