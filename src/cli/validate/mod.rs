//! `bartizan validate`: a scan, and then its findings' providers are asked whether they accept them.

mod args;
mod progress;

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use anyhow::Context as _;

use args::Asked;
pub(in crate::cli) use args::ValidateArgs;

use crate::cli::exit::Exit;
use crate::cli::job::{self, Done};
use crate::cli::plan::ScanPlan;
use crate::cli::{interrupt, publish, report};
use crate::engine::rule::Rule;
use crate::external::file;
use crate::model::{Family, Problem, Report, text};
use crate::render::Options;
use crate::scan::config::Environment;
use crate::scan::registry;
use crate::scan::suggest::did_you_mean;
use crate::validate::{self, Cache, Client, Hosts, Limits, Network, Plan, Wanted};

/// Bytes of a file with certificates.
const CA_MAX: u64 = 1 << 20;

pub(super) fn run(args: ValidateArgs) -> anyhow::Result<Exit> {
    let ValidateArgs { asked, scan } = args;
    let environment = Environment::read()?;
    if scan.databases.offline || environment.offline {
        let by = if scan.databases.offline { "--offline" } else { "BARTIZAN_OFFLINE" };
        anyhow::bail!("{by} allows no network; `bartizan scan` looks without it");
    }
    let mut scan_plan = ScanPlan::new(&scan)?;
    let outputs = publish::outputs(&scan.output, scan.show_secrets)?;
    let wanted = wanted(&asked)?;
    let client = client(&asked)?;
    let earlier = asked.input.as_deref().map(report::load).transpose()?;
    scan_plan.keep_nearby = true;
    scan_plan.which.checks.get_or_insert_with(|| vec![Family::Secret.as_str().to_owned()]);
    let began = publish::now(&environment)?;
    let Done { mut report, fail_on } = job::perform(&scan_plan, &environment, &|selected| selected.open())?;
    if let Some(earlier) = &earlier {
        only(&mut report, &earlier.report);
    }
    let plan = Plan::new(&report, &wanted, &rule_of);
    if !consent(&plan, &asked)? {
        return Ok(Exit::Failed);
    }
    let cache = match (&environment.cache, asked.cache) {
        (Some(folder), true) => Some(Cache::open(folder)),
        (None, true) => {
            anyhow::bail!("no directory for the cache; set BARTIZAN_CACHE_DIR, or remove --cache")
        }
        (_, false) => None,
    };
    let limits = Limits { rate: Some(asked.rate), requests: asked.max_requests };
    let stop = interrupt::wished();
    let bar = progress::Bar::start(plan.asks.len(), !scan_plan.quiet && !environment.ci);
    let outcomes =
        validate::ask(&plan, &client, &wanted.hosts, limits, cache.as_ref(), &stop, &|done| bar.set(done));
    drop(bar);
    validate::apply(&mut report, &plan, outcomes);
    if let Some(Err(why)) = cache.map(|cache| cache.save()) {
        super::tell(&why);
    }
    let target = scan_plan.target();
    let options = Options {
        show_secrets: scan.show_secrets,
        fail_on,
        scanned: outputs.wants_time().then(|| publish::scanned(&environment, target, began)).flatten(),
        ..publish::options(&environment, target, &scan.output)
    };
    let written = publish::publish(&report, &outputs, &options)?;
    Ok(if written { Exit::of(&report, fail_on) } else { Exit::Failed })
}

/// The rule of a built-in check: those of others make no requests.
fn rule_of(id: &str) -> Option<&'static Rule> {
    registry::rule(id)
}

/// What is to be asked, as far as the arguments say.
fn wanted(asked: &Asked) -> anyhow::Result<Wanted> {
    let ids: Vec<&str> = registry::all().iter().map(|check| check.meta.id).collect();
    for id in asked.check.iter().flatten() {
        if !ids.contains(&id.as_str()) {
            let meant = did_you_mean(id, ids.iter().copied());
            anyhow::bail!("--check: there is no check `{}`{meant}", text::escaped(id));
        }
    }
    let mut hosts = Hosts::default();
    for host in &asked.host {
        hosts.add(host, registry::rules()).map_err(|why| anyhow::anyhow!("--host: {why}"))?;
    }
    let checks = asked.check.as_ref().map(|ids| ids.iter().cloned().collect());
    Ok(Wanted { checks, severity: asked.severity, hosts })
}

fn client(asked: &Asked) -> anyhow::Result<Client> {
    let authorities = match &asked.ca {
        Some(path) => file::read(path, CA_MAX).with_context(|| format!("cannot read {}", path.display()))?,
        None => Vec::new(),
    };
    let network = Network { timeout: Duration::from_secs(asked.timeout), authorities, loopback: None };
    Client::new(&network).map_err(|why| anyhow::anyhow!("--ca: {why}"))
}

/// Leaves of `report` what an `earlier` one has, too; what is not found again is a problem.
fn only(report: &mut Report, earlier: &Report) {
    let secrets = || earlier.findings.iter().filter(|finding| finding.family == Family::Secret);
    let wanted: BTreeSet<&str> =
        secrets().flat_map(|finding| finding.parts()).map(|part| part.fingerprint.as_str()).collect();
    let is_wanted = |print: &String| wanted.contains(print.as_str());
    report.findings.retain(|finding| finding.parts().iter().any(|part| is_wanted(&part.fingerprint)));
    let found: BTreeSet<&str> = report
        .findings
        .iter()
        .flat_map(|finding| finding.parts())
        .map(|part| part.fingerprint.as_str())
        .collect();
    let lost = secrets()
        .filter(|finding| !finding.parts().iter().any(|part| found.contains(part.fingerprint.as_str())))
        .count();
    if lost > 0 {
        let message = format!(
            "{lost} of the findings of the report were not found again; it is a report of: {}",
            earlier.scope
        );
        report.problems.push(Problem { path: None, message });
    }
}

/// True if the user wants to send what the plan has.
///
/// # Errors
/// If there is no terminal to ask at.
fn consent(plan: &Plan, asked: &Asked) -> anyhow::Result<bool> {
    super::tell(&validate::summary(plan));
    if plan.asks.is_empty() {
        return Ok(true);
    }
    validate::list(plan).iter().for_each(|line| super::tell(line));
    if asked.yes {
        return Ok(true);
    }
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        anyhow::bail!("nothing was sent: there is no terminal to ask at; --yes sends it");
    }
    let mut stderr = io::stderr().lock();
    // Whoever cannot read the question does not answer it.
    let _ = write!(stderr, "send them? [y/N] ").and_then(|()| stderr.flush());
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("cannot read the answer")?;
    let yes = matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes");
    if !yes {
        super::tell("nothing was sent");
    }
    Ok(yes)
}
