//! A scan by its plan, the environment and the configuration: these in, a report out.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::cli::base::Base;
use crate::cli::db;
use crate::cli::plan::ScanPlan;
use crate::cli::progress::Line;
use crate::cli::sources::{Asked, Sources};
use crate::engine::{Check, Engine};
use crate::external::clean::DiskCache;
use crate::external::database::{DatabasePaths, LocalDatabases};
use crate::external::{built_in, roots};
use crate::model::{Error, Family, PathGlobs, Report, Severity, SkipReason};
use crate::scan::baseline::Baseline;
use crate::scan::config::{self, BaselineText, Config, Environment, Named, Selection};
use crate::scan::dependencies::{Dependencies, Required};
use crate::scan::provenance::Provenance;
use crate::scan::provenance::sboms;
use crate::scan::suppress::{Origin, Suppression};
use crate::scan::{self, Progress, Settings, Silent, import, registry};
use crate::source::{CleanCache, GitHome, Source, WorktreeOptions};
use crate::verify::{self, Roots};

/// The checks that compare lock files of other ecosystems than Cargo, and the one that asks Cargo's index.
const OF_OTHER_ECOSYSTEMS: [&str; 3] = ["malicious-package", "vulnerable-package", "unclear-package-version"];
const OF_YANKED: &str = "yanked-dependency";

/// What came of a scan.
pub(super) struct Done {
    pub(super) report: Report,
    /// The lowest severity that fails the run, if any does.
    pub(super) fail_on: Option<Severity>,
}

/// Scans what `select` opens, usually [`Asked::open`].
///
/// # Errors
/// If the arguments, the environment or the configuration make no sense, or nothing can be scanned.
pub(super) fn perform(
    plan: &ScanPlan,
    environment: &Environment,
    select: &dyn Fn(&Asked<'_>) -> anyhow::Result<Sources>,
) -> anyhow::Result<Done> {
    perform_in(&Shared::new(plan.jobs.or(environment.jobs)), plan, environment, select)
}

/// What all scans of a process share: the threads, of which a process can make one pool only, and the engine, for as long as
/// the checks are the same.
pub(super) struct Shared {
    jobs: Option<usize>,
    pool: OnceCell<rayon::ThreadPool>,
    engine: RefCell<Option<Ready>>,
}

/// An engine that is ready for scans with the same checks at the same time.
struct Ready {
    checks: Vec<&'static str>,
    now: Option<i64>,
    foreign_allow: bool,
    engine: Rc<Engine>,
}

impl Shared {
    /// With so many threads; as many as the machine runs at once if nothing is said.
    pub(super) const fn new(jobs: Option<usize>) -> Self {
        Self { jobs, pool: OnceCell::new(), engine: RefCell::new(None) }
    }

    /// As [`perform`], with what earlier scans have made ready.
    ///
    /// # Errors
    /// As [`perform`].
    pub(super) fn perform(
        &self,
        plan: &ScanPlan,
        environment: &Environment,
        select: &dyn Fn(&Asked<'_>) -> anyhow::Result<Sources>,
    ) -> anyhow::Result<Done> {
        perform_in(self, plan, environment, select)
    }

    fn pool(&self) -> anyhow::Result<&rayon::ThreadPool> {
        match self.pool.get() {
            Some(pool) => Ok(pool),
            None => {
                let made = pool(self.jobs)?;
                Ok(self.pool.get_or_init(|| made))
            }
        }
    }

    /// The engine for these settings; rules that are not built in get one of their own, for their ids say little.
    fn engine(&self, settings: &Settings, own_rules: bool) -> Rc<Engine> {
        let Settings { now, foreign_allow, .. } = *settings;
        let checks: Vec<&'static str> = settings.checks.iter().map(|check| check.meta.id).collect();
        let mut kept = self.engine.borrow_mut();
        if let Some(ready) = kept.as_ref()
            && !own_rules
            && (&ready.checks, ready.now, ready.foreign_allow) == (&checks, now, foreign_allow)
        {
            return Rc::clone(&ready.engine);
        }
        let engine = Rc::new(scan::engine(settings));
        if !own_rules {
            *kept = Some(Ready { checks, now, foreign_allow, engine: Rc::clone(&engine) });
        }
        engine
    }
}

fn perform_in(
    shared: &Shared,
    plan: &ScanPlan,
    environment: &Environment,
    select: &dyn Fn(&Asked<'_>) -> anyhow::Result<Sources>,
) -> anyhow::Result<Done> {
    let target = plan.target();
    databases_are_there(plan, environment)?;
    let git_home = GitHome::from_environment();
    let base = Base::open(plan, environment, &git_home)?;
    let wanted = base.wanted(plan, environment);
    let mut config = config::load(target, &wanted)?;
    base.judge(&mut config);
    let wanted_baseline = base.wanted_baseline(plan);
    let accepted = config::load_baseline(target, &wanted_baseline)?;
    let fail_on = threshold(plan, environment, &config);

    let mut all = registry::all();
    let builtin: Vec<&'static str> = all.iter().map(|check| check.meta.id).collect();
    let mut own_rules = config::load_packs(&config, &mut all)?;
    let defaults = !plan.how.no_default_rules && config.defaults != Some(false);
    let files = config::rule_files(&plan.which.rules, &config)?;
    let imported = import::load(&files, &mut all, &builtin, defaults)?;
    own_rules.extend(files.into_iter().map(|file| file.text));
    let has_own_rules = !own_rules.is_empty();
    let checks = config::select(&all, &selection(plan, &config, imported.off))?;
    let options = WorktreeOptions {
        max_file_size: plan
            .how
            .max_file_size
            .or(config.max_file_size)
            .unwrap_or(config::DEFAULT_MAX_FILE_SIZE),
        exclude: PathGlobs::new(config.exclude.iter().chain(&plan.exclude))?,
        allow_foreign_owner: plan.allow_foreign_owner,
        git_home,
    };
    let asked = Asked {
        plan,
        options: &options,
        environment: &environment.git,
        cache: cache(plan, environment, &config, &checks, own_rules),
    };
    let sources = select(&asked)?;
    let origin = sources.all.iter().find_map(|source| source.origin());
    let before = base.files(asked.limits(), origin);
    let now = environment.now.map_or_else(now, Ok)?;
    let messages = base.messages(&wanted, &wanted_baseline, now);
    let key = environment.fingerprint_key.as_ref().map(|key| key.expose().to_vec());
    let baseline = match accepted {
        None => None,
        Some(BaselineText { text, name }) => {
            // Built-in checks exist where they are switched off, too.
            let mut known: Vec<&str> = all.iter().map(|check| check.meta.id).chain(builtin).collect();
            known.sort_unstable();
            let baseline = Baseline::read(&text, &name, key.as_deref())?;
            baseline.checks_exist(&known)?;
            // What is left out here may well be what an entry is about.
            let expected = sources.whole
                && base.tree.is_none()
                && plan.exclude.is_empty()
                && plan.how.max_file_size.is_none();
            Some(Baseline { expected, ..baseline })
        }
    };
    let settings = Settings {
        ignores: ignores(&config, &all, &checks, sources.whole)?,
        baseline,
        known: all.iter().map(|check| check.meta.id).collect(),
        checks,
        notices: imported.notices.into_iter().chain(sources.notices).chain(messages.notices).collect(),
        dependencies: dependencies(plan, environment, &config, now),
        provenance: provenance(plan, &config, environment)?,
        actions: config.actions.clone(),
        ci: environment.ci,
        foreign_allow: config.foreign_allow,
        now: Some(now),
        fingerprint_key: key,
        keep_nearby: plan.keep_nearby,
    };

    let line = Line::start(!plan.quiet && !environment.ci);
    let progress: &dyn Progress = line.as_ref().map_or(&Silent, |line| line);
    let (pool, engine) = (shared.pool()?, shared.engine(&settings, has_own_rules));
    let engine: &Engine = &engine;
    let all: Vec<&dyn Source> = sources.all.iter().map(AsRef::as_ref).collect();
    let before = before.as_ref().map(|before| before as &dyn Source);
    let mut report = pool.install(|| scan::scan_with(engine, &all, before, &settings, progress))?;
    report.remarks.splice(0..0, messages.remarks);
    drop(line);

    if sources.named {
        nothing_scanned(&report, target)?;
    }
    Ok(Done { report, fail_on })
}

/// An error if a database that was named is not there: a scan that meets no lock file would not notice.
fn databases_are_there(plan: &ScanPlan, environment: &Environment) -> Result<(), Error> {
    let wrong = |path: &Path, source| Error::Read { path: path.to_owned(), source };
    if let Some(path) = &plan.databases.advisory_db
        && !path.metadata().map_err(|source| wrong(path, source))?.is_dir()
    {
        let message = "it is not a directory; `bartizan db import` takes an archive";
        return Err(wrong(path, std::io::Error::other(message)));
    }
    match &osv_db(plan, environment) {
        Some((path, _)) => path.metadata().map(drop).map_err(|source| wrong(path, source)),
        None => Ok(()),
    }
}

/// The dump of OSV that the user names, and what it is called in messages.
fn osv_db(plan: &ScanPlan, environment: &Environment) -> Option<(PathBuf, String)> {
    if let Some(path) = &plan.databases.osv_db {
        return Some((path.clone(), "the dump of --osv-db".to_owned()));
    }
    let path = environment.osv_db.clone().filter(|_| plan.databases.osv.is_empty())?;
    Some((path, "the dump of BARTIZAN_OSV_DB".to_owned()))
}

fn threshold(plan: &ScanPlan, environment: &Environment, config: &Config) -> Option<Severity> {
    plan.fail_on.or(environment.fail_on).or(config.fail_on).unwrap_or(config::DEFAULT_FAIL_ON)
}

/// Which checks the arguments and the configuration ask for. A check that the arguments name runs,
/// even if the configuration skips it.
pub(super) fn selection(plan: &ScanPlan, config: &Config, off: Vec<&'static str>) -> Selection {
    let named = |at: &str, names: &[String]| -> Vec<Named> {
        names.iter().map(|name| Named { text: name.trim().to_owned(), at: at.to_owned() }).collect()
    };
    let asked = plan.which.checks.as_deref().map(|names| named("--checks", names));
    let is_asked = |name: &Named| asked.iter().flatten().any(|asked| asked.text == name.text);
    let mut skip: Vec<Named> = config.skip_checks.iter().filter(|name| !is_asked(name)).cloned().collect();
    skip.extend(named("--skip-checks", &plan.which.skip_checks));
    let preset = plan.how.preset.or(config.preset).unwrap_or_default();
    Selection { checks: asked.or_else(|| config.checks.clone()), skip, off, preset }
}

/// Where it is remembered which blobs of the history are clean, and what that is true for: the enabled
/// checks, and of those that are not built in the rules, too.
fn cache(
    plan: &ScanPlan,
    environment: &Environment,
    config: &Config,
    checks: &[Check],
    own_rules: Vec<String>,
) -> Option<Arc<dyn CleanCache>> {
    let cache = environment.cache.as_ref().filter(|_| !plan.no_cache)?;
    let mut about: Vec<String> = checks.iter().map(|check| check.meta.id.to_owned()).collect();
    about.push(format!("foreign-allow {}", config.foreign_allow));
    about.extend(own_rules);
    Some(Arc::new(DiskCache::new(cache, &about)))
}

/// The ignores of the configuration; each is expected to match if this scan covers all that it is about.
pub(super) fn ignores(
    config: &Config,
    all: &[Check],
    enabled: &[Check],
    whole: bool,
) -> Result<Vec<Suppression>, Error> {
    let mistakes: Vec<String> = config
        .ignores
        .iter()
        .filter(|(ignore, _)| ignore.name() != "*")
        .filter_map(|(ignore, at)| {
            config::unknown_name(all, ignore.name()).map(|mistake| format!("{at}: {mistake}"))
        })
        .collect();
    if !mistakes.is_empty() {
        return Err(Error::Config(mistakes.join("\n")));
    }
    let count = |checks: &[Check], name: &str| {
        let is = |check: &&Check| name == "*" || check.meta.id == name || check.meta.family.as_str() == name;
        checks.iter().filter(is).count()
    };
    let judged = |name: &str| whole && count(all, name) == count(enabled, name);
    Ok(config
        .ignores
        .iter()
        .map(|(ignore, _)| {
            let origin = Origin { expected: judged(ignore.name()), ..ignore.origin.clone() };
            Suppression { origin, ..ignore.clone() }
        })
        .collect())
}

/// What is known of dependencies on this machine, and what the arguments and the configuration want.
fn dependencies(plan: &ScanPlan, environment: &Environment, config: &Config, now: i64) -> Dependencies {
    let online = !plan.databases.offline && !environment.offline && cfg!(feature = "online");
    let places = DatabasePaths {
        directory: plan.databases.advisory_db.clone(),
        cache: environment.cache.clone(),
        cargo_home: environment.cargo_home.clone(),
        osv: osv_db(plan, environment),
        osv_fetched: plan.databases.osv.iter().copied().collect(),
        osv_url: online.then(|| db::osv_url(environment).to_owned()),
        now: Some(now),
        url: online.then(|| db::url(environment).to_owned()),
        built_in: Some(built_in::SNAPSHOT),
        announce: Some(super::tell),
    };
    let mut policy = config.advisories.clone();
    policy.max_age = plan.max_db_age.or(policy.max_age).or(plan.default_max_db_age);
    let required = required(plan, config, &places);
    Dependencies { databases: Arc::new(LocalDatabases::new(places)), policy, required }
}

/// What of dependencies has to be checked, so that a scan that cannot is not whole.
fn required(plan: &ScanPlan, config: &Config, places: &DatabasePaths) -> Required {
    let configured = || config.checks.iter().flatten().map(|named| named.text.as_str());
    let names: BTreeSet<&str> = match &plan.which.checks {
        Some(names) => names.iter().map(|name| name.trim()).collect(),
        None => configured().collect(),
    };
    Required {
        all: places.osv.is_some()
            || names.contains(Family::Dependency.as_str())
            || OF_OTHER_ECOSYSTEMS.iter().any(|name| names.contains(name)),
        ecosystems: plan.databases.osv.iter().chain(&config.advisories.osv).copied().collect(),
        yanked: names.contains(OF_YANKED),
    }
}

/// What signatures and bills of materials are judged by.
fn provenance(plan: &ScanPlan, config: &Config, environment: &Environment) -> anyhow::Result<Provenance> {
    let policy = config.signatures.clone();
    let roots = match config::trusted_root(config)? {
        Some((name, text)) => Roots::of_file(&name, &text).map_err(|why| anyhow::anyhow!(why))?,
        None => roots::at_hand(environment.cache.as_deref()),
    };
    let verifier = verify::verifier(roots, policy.require_inclusion_proof);
    if policy.trusted_root.is_some() {
        verifier.check().map_err(|why| anyhow::anyhow!(why))?;
    }
    let sbom =
        sboms::Policy { profile: plan.how.profile.unwrap_or(config.sbom.profile), ..config.sbom.clone() };
    Ok(Provenance { verifier, policy, sbom })
}

/// The time of the scan, in seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the time of the scan is taken here, once")]
pub(super) fn now() -> anyhow::Result<i64> {
    let passed =
        SystemTime::now().duration_since(UNIX_EPOCH).context("the clock of this machine is before 1970")?;
    i64::try_from(passed.as_secs()).context("the clock of this machine is out of bounds")
}

/// The threads; this one is among them, so that a single job starts none.
fn pool(jobs: Option<usize>) -> anyhow::Result<rayon::ThreadPool> {
    let jobs = jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs)
        .use_current_thread()
        .build()
        .with_context(|| format!("cannot start {jobs} threads; --jobs asks for fewer"))
}

/// An error if `target`, which was named, held nothing to look at: that is not the same as clean.
fn nothing_scanned(report: &Report, target: &Path) -> Result<(), Error> {
    let coverage = &report.coverage;
    let has_history = coverage.history.as_ref().is_some_and(|history| history.objects + history.commits > 0);
    if has_history
        || coverage.files > 0
        || coverage.count(SkipReason::Binary) > 0
        || !report.problems.is_empty()
    {
        return Ok(());
    }
    let target = target.display();
    let reasons: Vec<String> = SkipReason::ALL
        .into_iter()
        .filter(|reason| coverage.count(*reason) > 0)
        .map(|reason| format!("{} {}", coverage.count(reason), reason.words()))
        .collect();
    Err(Error::EmptySelection(if reasons.is_empty() {
        format!("nothing to scan: {target} has no files")
    } else {
        format!("nothing to scan: all that is in {target} was skipped ({})", reasons.join(", "))
    }))
}
