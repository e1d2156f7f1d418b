//! `bartizan baseline import`: accepts what another scanner ignores or has reported.

use std::path::Path;

use anyhow::anyhow;

use super::args::{ImportArgs, Terms};
use super::{Scanned, Target, check_day, entry, finish, kept, list, parts};
use crate::cli::exit::Exit;
use crate::cli::plan::{ScanPlan, Scope};
use crate::external::file;
use crate::model::{Error, Finding, text};
use crate::parse::baseline::Entry;
use crate::parse::foreign_report::{self, ForeignReport, MAX_SIZE, Record};
use crate::scan::baseline::BY;
use crate::scan::baseline::matching::Findings;
use crate::scan::config::Environment;

/// Records without a finding that are listed.
const SHOWN: usize = 10;

pub(super) fn run(args: &ImportArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let target = Target::new(&args.scan, environment)?;
    check_day(&args.terms, environment)?;
    let report = read(args)?;
    let exists = target.exists();
    let mut scan = if exists { target.plan(&args.scan)? } else { args.scan.plan()? };
    look_back(&mut scan, &report);
    let scanned = Scanned::perform(&scan, environment)?;
    let old = if exists {
        kept(&target.read(environment)?, &std::collections::BTreeSet::new())
    } else {
        Vec::new()
    };

    let accepted = scanned.report.suppressed.iter().filter(|one| one.by == BY).map(|one| &one.finding);
    let findings = Findings::new(parts(scanned.report.findings.iter().chain(accepted)));
    let root = args.scan.path.as_deref().unwrap_or(Path::new(".")).canonicalize().ok();
    let root = root.as_ref().map(|root| root.as_os_str().as_encoded_bytes());
    let (mut added, mut new, mut missing) = (Vec::<Entry>::new(), Vec::<&Finding>::new(), Vec::new());
    let mut known: std::collections::BTreeSet<&str> =
        old.iter().map(|entry| entry.fingerprint.as_str()).collect();
    for record in &report.records {
        let found = findings.of(record, root);
        if found.is_empty() {
            missing.push(record);
        }
        for finding in found {
            if known.insert(&finding.fingerprint) {
                let reason = args.reason.clone().unwrap_or_else(|| reason(&report, record));
                let terms = Terms { owner: args.terms.owner.clone(), expires: args.terms.expires };
                added.push(entry(finding, &reason, &terms));
                new.push(finding);
            }
        }
    }
    let all: Vec<Entry> = old.iter().chain(&added).cloned().collect();
    target.write(&all)?;

    let mut list = list::List::new(args.scan.quiet);
    list.findings('+', new);
    for line in unmatched(&missing, &report).into_iter().filter(|_| !args.scan.quiet) {
        list.line(&line);
    }
    list.line(&format!(
        "{}: {}, {}; {} of {} in {} were found",
        target.name,
        list::counted(added.len(), "added"),
        list::counted(old.len(), "kept"),
        report.records.len() - missing.len(),
        report.records.len(),
        report.format.name(),
    ));
    finish(&list, &scanned)
}

fn read(args: &ImportArgs) -> anyhow::Result<ForeignReport> {
    let path = &args.file;
    let bytes = file::read(path, MAX_SIZE).map_err(|source| Error::Read { path: path.clone(), source })?;
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    foreign_report::read(name, &bytes, args.format.map(Into::into))
        .map_err(|why| anyhow!("cannot import {}: {why}", path.display()))
}

/// Has the history scanned if the report names commits, unless a part of it was asked for.
fn look_back(plan: &mut ScanPlan, report: &ForeignReport) {
    if plan.scope == Scope::Worktree && report.records.iter().any(|record| record.commit.is_some()) {
        plan.scope = Scope::History { unreachable: false };
    }
}

fn reason(report: &ForeignReport, record: &Record) -> String {
    let verdict = record.verdict.map(|verdict| format!(", {verdict}")).unwrap_or_default();
    format!("imported from {}: {}{verdict}", report.format.name(), text::escaped(&record.rule))
}

/// What of the report was not found, the first of it, and what was not understood; never a value.
fn unmatched(missing: &[&Record], report: &ForeignReport) -> Vec<String> {
    let place = |record: &Record| match (&record.path, record.line) {
        (Some(path), Some(line)) => format!(" in {}:{line}", String::from_utf8_lossy(path)),
        (Some(path), None) => format!(" in {}", String::from_utf8_lossy(path)),
        (None, _) => String::new(),
    };
    let mut lines: Vec<String> = missing
        .iter()
        .take(SHOWN)
        .map(|record| format!("? entry {}: {}{} was not found", record.number, record.rule, place(record)))
        .collect();
    if let Some(more @ 1..) = missing.len().checked_sub(SHOWN) {
        lines.push(format!("? and {more} more were not found"));
    }
    lines.extend(report.odd.iter().map(|odd| format!("? entry {}: {}", odd.line, odd.message)));
    lines
}
