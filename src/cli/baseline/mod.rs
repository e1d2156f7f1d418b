//! `bartizan baseline`: accepts findings, and shows what has changed since.

mod args;
mod import;
mod list;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::bail;
use jiff::civil::Date;

use self::args::{CreateArgs, Selected, Terms, UpdateArgs};
use crate::cli::exit::Exit;
use crate::cli::job::{self, Done};
use crate::cli::output;
use crate::cli::plan::{Origin, ScanPlan, Scope};
use crate::model::{Error, Finding, Report, Severity, text};
use crate::parse::baseline::{self as file, Entry};
use crate::render;
use crate::scan::baseline::{BY, Baseline, Extent, key_id};
use crate::scan::config::{self, Environment, Wanted};

pub(super) use args::BaselineCommand;

pub(super) fn run(command: BaselineCommand) -> anyhow::Result<Exit> {
    let mut environment = Environment::read()?;
    // One time for everything that is judged by it.
    environment.now = Some(environment.now.map_or_else(job::now, Ok)?);
    match command {
        BaselineCommand::Create(args) => create(&args, &environment),
        BaselineCommand::Update(args) => update(&args, &environment),
        BaselineCommand::Prune(scan) => prune(&scan, &environment),
        BaselineCommand::Diff(scan) => diff(&scan, &environment),
        BaselineCommand::Import(args) => import::run(&args, &environment),
    }
}

/// A scan, and whether it was one of everything.
struct Scanned {
    report: Report,
    whole: bool,
}

impl Scanned {
    fn perform(plan: &ScanPlan, environment: &Environment) -> anyhow::Result<Self> {
        let whole = Cell::new(false);
        let Done { report, .. } = job::perform(plan, environment, &|asked| {
            let sources = asked.open()?;
            whole.set(sources.whole && plan.exclude.is_empty());
            Ok(sources)
        })?;
        Ok(Self { report, whole: whole.get() })
    }

    /// 2 for a scan that has not seen everything it should have.
    fn exit(&self) -> Exit {
        match Exit::of(&self.report, None) {
            Exit::Clean | Exit::Findings => Exit::Clean,
            failed => failed,
        }
    }

    /// The fingerprints of everything that is there, silenced or not.
    fn found(&self) -> BTreeSet<&str> {
        let silenced = self.report.suppressed.iter().map(|one| &one.finding);
        parts(self.report.findings.iter().chain(silenced)).map(|part| part.fingerprint.as_str()).collect()
    }

    /// What each check reports, and nothing silences.
    fn open(&self) -> Vec<&Finding> {
        parts(&self.report.findings).collect()
    }

    /// Writes down how severe what `entries` accept is now, where they do not say it: only a scan of everything
    /// sees the gravest place of it.
    fn write_down_severities(&self, entries: &mut [Entry]) {
        if !self.whole || self.exit() != Exit::Clean {
            return;
        }
        let mut found: BTreeMap<&str, Severity> = BTreeMap::new();
        let accepted = self.report.suppressed.iter().filter(|one| one.by == BY);
        for finding in parts(accepted.map(|one| &one.finding)) {
            let severity = found.entry(&finding.fingerprint).or_insert(finding.severity);
            *severity = finding.severity.max(*severity);
        }
        for entry in entries.iter_mut().filter(|entry| entry.severity.is_none()) {
            entry.severity = found.get(entry.fingerprint.as_str()).copied();
        }
    }

    /// The entries of `baseline` that match no finding; none if that cannot be determined.
    fn stale<'b>(&self, baseline: &'b Baseline) -> Vec<&'b (usize, Entry)> {
        let whole = self.whole && self.exit() == Exit::Clean;
        if whole { baseline.stale(&self.found(), &Extent::of(&self.report)) } else { Vec::new() }
    }
}

impl Selected {
    /// The plan of the scan, with no baseline.
    ///
    /// # Errors
    /// If the arguments do not fit together.
    fn plan(&self) -> anyhow::Result<ScanPlan> {
        Ok(ScanPlan {
            path: self.path.clone(),
            which: self.which.clone(),
            exclude: self.exclude.clone(),
            config: Origin::from(&self.config),
            databases: self.databases.clone(),
            quiet: self.quiet,
            baseline: Origin::Nowhere,
            ..ScanPlan::of(&self.what, self.other)?
        })
    }
}

/// The file that is meant, and how to name it to the user.
struct Target {
    file: PathBuf,
    name: String,
    key: Option<String>,
}

impl Target {
    fn new(scan: &Selected, environment: &Environment) -> anyhow::Result<Self> {
        let (file, name) = match &scan.baseline {
            Some(file) => (file.clone(), text::escaped(&file.display().to_string())),
            None if scan.what.bare_repo.is_some() => {
                bail!("a bare repository has no worktree for a baseline; use --baseline FILE")
            }
            None => config::baseline_file(scan.path.as_deref().unwrap_or(Path::new(".")))?,
        };
        let key = key_id(environment.fingerprint_key.as_ref().map(|key| key.expose()));
        Ok(Self { file, name, key })
    }

    fn exists(&self) -> bool {
        self.file.symlink_metadata().is_ok_and(|it| it.is_file() || it.is_symlink() || it.is_dir())
    }

    /// The baseline that is there.
    fn read(&self, environment: &Environment) -> anyhow::Result<Baseline> {
        let Some(found) = config::load_baseline(Path::new("."), &Wanted::File(self.file.clone()))? else {
            bail!("there is no {}", self.name)
        };
        let key = environment.fingerprint_key.as_ref().map(|key| key.expose());
        Ok(Baseline::read(&found.text, &self.name, key)?)
    }

    /// The scan that silences what is accepted; there has to be a baseline.
    fn plan(&self, scan: &Selected) -> anyhow::Result<ScanPlan> {
        if !self.exists() {
            bail!("there is no {} yet; `bartizan baseline create --reason …` creates one", self.name);
        }
        let plan = scan.plan()?;
        // With a base or a range that of another commit would count, and not the one that is kept here.
        let named = matches!(plan.scope, Scope::Base(_) | Scope::Range { .. });
        let file = scan.baseline.clone().or_else(|| named.then(|| self.file.clone()));
        Ok(ScanPlan { baseline: file.map_or(Origin::Repository, Origin::File), ..plan })
    }

    fn write(&self, entries: &[Entry]) -> anyhow::Result<()> {
        if entries.len() > file::MAX_ENTRIES {
            bail!(
                "{} findings are more than a baseline holds ({}); leave some out with --checks or --exclude",
                entries.len(),
                file::MAX_ENTRIES
            );
        }
        let text = file::write(self.key.as_deref(), entries);
        Ok(output::write_file(&self.file, text.as_bytes())?)
    }
}

fn create(args: &CreateArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let target = Target::new(&args.scan, environment)?;
    if target.exists() {
        bail!("{} exists and was left as it is; `bartizan baseline update` adds to it", target.name);
    }
    output::ready(&target.file).map_err(|source| Error::Write { path: target.file.clone(), source })?;
    check_day(&args.terms, environment)?;
    let scanned = Scanned::perform(&args.scan.plan()?, environment)?;
    let found = scanned.open();
    let entries = accepted(found.iter().copied(), &args.reason, &args.terms);
    target.write(&entries)?;
    let mut list = list::List::new(args.scan.quiet);
    list.findings('+', found);
    list.line(&format!("{}: {}", target.name, list::counted(entries.len(), "added")));
    finish(&list, &scanned)
}

fn update(args: &UpdateArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let target = Target::new(&args.scan, environment)?;
    check_day(&args.terms, environment)?;
    let scanned = Scanned::perform(&target.plan(&args.scan)?, environment)?;
    let baseline = target.read(environment)?;
    let mut list = list::List::new(args.scan.quiet);
    let taken = if args.prune { superfluous(&baseline, &scanned, environment)? } else { BTreeSet::new() };
    let kept = kept(&baseline, &taken);
    let known: BTreeMap<&str, Option<Severity>> =
        kept.iter().map(|entry| (entry.fingerprint.as_str(), entry.severity)).collect();
    // What has become more severe is accepted anew.
    let is_new = |finding: &&Finding| match known.get(finding.fingerprint.as_str()) {
        Some(accepted) => accepted.is_some_and(|accepted| finding.severity > accepted),
        None => true,
    };
    let (new, expired): (Vec<&Finding>, Vec<&Finding>) = scanned.open().into_iter().partition(is_new);
    list.findings('+', new.iter().copied());
    let added = match &args.reason {
        Some(reason) => accepted(new.iter().copied(), reason, &args.terms),
        None if new.is_empty() => Vec::new(),
        None => {
            list.print()?;
            bail!("{}; say why with --reason", list::counted(distinct(&new), "new and not accepted"));
        }
    };
    list.entries('-', baseline.entries.iter().filter(|(_, entry)| taken.contains(&*entry.fingerprint)));
    // To renew what has expired is a decision of its own.
    if !expired.is_empty() {
        list.line(&format!(
            "{}, and their entries have expired; `bartizan baseline update --prune --reason …` accepts them again",
            list::counted(distinct(&expired), "found")
        ));
    }
    let anew: BTreeSet<&str> = added.iter().map(|entry| entry.fingerprint.as_str()).collect();
    let mut kept: Vec<Entry> =
        kept.iter().filter(|entry| !anew.contains(entry.fingerprint.as_str())).cloned().collect();
    scanned.write_down_severities(&mut kept);
    let all: Vec<Entry> = kept.iter().cloned().chain(added.iter().cloned()).collect();
    target.write(&all)?;
    let mut counts = vec![list::counted(added.len(), "added"), list::counted(kept.len(), "kept")];
    if args.prune {
        counts.push(list::counted(taken.len(), "removed"));
    }
    list.line(&format!("{}: {}", target.name, counts.join(", ")));
    finish(&list, &scanned)
}

fn prune(scan: &Selected, environment: &Environment) -> anyhow::Result<Exit> {
    let target = Target::new(scan, environment)?;
    let scanned = Scanned::perform(&target.plan(scan)?, environment)?;
    let baseline = target.read(environment)?;
    let taken = superfluous(&baseline, &scanned, environment)?;
    let mut list = list::List::new(scan.quiet);
    list.entries('-', baseline.entries.iter().filter(|(_, entry)| taken.contains(&*entry.fingerprint)));
    let kept = kept(&baseline, &taken);
    if !taken.is_empty() {
        target.write(&kept)?;
    }
    let counts = [list::counted(taken.len(), "removed"), list::counted(kept.len(), "kept")];
    list.line(&format!("{}: {}", target.name, counts.join(", ")));
    finish(&list, &scanned)
}

fn diff(scan: &Selected, environment: &Environment) -> anyhow::Result<Exit> {
    let target = Target::new(scan, environment)?;
    let scanned = Scanned::perform(&target.plan(scan)?, environment)?;
    let baseline = target.read(environment)?;
    let stale = scanned.stale(&baseline);
    let new = scanned.open();
    let mut list = list::List::new(scan.quiet);
    list.findings('+', new.iter().copied());
    list.entries('-', stale.iter().copied());
    let mut counts = vec![
        list::counted(new.len(), "found and not accepted"),
        list::counted(stale.len(), "accepted and not found"),
    ];
    if !scanned.whole {
        counts.pop();
        counts.push("stale entries are only known after a full scan".to_owned());
    }
    list.line(&counts.join(", "));
    let differs = !new.is_empty() || !stale.is_empty();
    match finish(&list, &scanned)? {
        Exit::Clean if differs => Ok(Exit::Findings),
        exit => Ok(exit),
    }
}

/// The fingerprints of expired and of stale entries.
///
/// # Errors
/// If the scan has not seen everything, so that it is not known.
fn superfluous<'b>(
    baseline: &'b Baseline,
    scanned: &Scanned,
    environment: &Environment,
) -> anyhow::Result<BTreeSet<&'b str>> {
    if !scanned.whole {
        bail!("only a full scan of a repository finds stale entries; nothing was changed");
    }
    if let Some(problem) = scanned.report.problems.first() {
        bail!("the scan is incomplete, so nothing was removed: {}", render::problem(problem));
    }
    if scanned.exit() == Exit::Failed {
        bail!("a check failed, so nothing was removed");
    }
    if scanned.report.coverage.history.is_none() && baseline.entries.iter().any(|(_, entry)| entry.history) {
        bail!("this baseline covers the history, too; use --history");
    }
    let stale = scanned.stale(baseline);
    let expired = baseline.expired(today(environment));
    Ok(expired.chain(stale).map(|(_, entry)| entry.fingerprint.as_str()).collect())
}

fn kept(baseline: &Baseline, taken: &BTreeSet<&str>) -> Vec<Entry> {
    let entries = baseline.entries.iter().map(|(_, entry)| entry);
    entries.filter(|entry| !taken.contains(entry.fingerprint.as_str())).cloned().collect()
}

/// What each check reports of `findings`: an entry of a baseline is about one check.
fn parts<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> impl Iterator<Item = &'f Finding> {
    findings.into_iter().flat_map(Finding::parts)
}

/// Entries for findings, one for each fingerprint.
fn accepted<'f>(findings: impl IntoIterator<Item = &'f Finding>, reason: &str, terms: &Terms) -> Vec<Entry> {
    let mut entries: Vec<Entry> = findings.into_iter().map(|finding| entry(finding, reason, terms)).collect();
    // Of a finding that is in the files and, elsewhere, in the history alone, the first one is true; all of
    // them are accepted, the most severe one, too.
    entries.sort();
    entries.dedup_by(|next, first| {
        let same = next.fingerprint == first.fingerprint;
        if same {
            first.severity = first.severity.max(next.severity);
        }
        same
    });
    entries
}

fn entry(finding: &Finding, reason: &str, terms: &Terms) -> Entry {
    Entry {
        fingerprint: finding.fingerprint.clone(),
        check: finding.check.to_string(),
        reason: reason.to_owned(),
        owner: terms.owner.clone(),
        expires: terms.expires,
        history: finding.places().all(|place| place.origin.is_some()),
        severity: Some(finding.severity),
    }
}

fn distinct(findings: &[&Finding]) -> usize {
    findings.iter().map(|finding| &finding.fingerprint).collect::<BTreeSet<_>>().len()
}

fn today(environment: &Environment) -> Option<Date> {
    let now = jiff::Timestamp::from_second(environment.now?).ok()?;
    Some(now.to_zoned(jiff::tz::TimeZone::UTC).date())
}

fn check_day(terms: &Terms, environment: &Environment) -> anyhow::Result<()> {
    match (terms.expires, today(environment)) {
        (Some(expires), Some(today)) if expires < today => bail!("--expires {expires} has passed already"),
        _ => Ok(()),
    }
}

/// Prints what was done, then the problems of the scan.
fn finish(list: &list::List, scanned: &Scanned) -> anyhow::Result<Exit> {
    list.print()?;
    for problem in &scanned.report.problems {
        crate::cli::tell(&format!("problem: {}", render::problem(problem)));
    }
    Ok(scanned.exit())
}
