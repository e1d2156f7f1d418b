//! Turns reports of an analysis's checks into findings.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::engine::place::Lines;
use crate::engine::{Check, Reported, Reports};
use crate::model::{
    Claim, FINDINGS_MAX, Finding, Identity, Place, Problem, Region, RepoPath, Ruling, Severity, Span,
    fingerprint, linehash,
};

use super::Verdict;

/// Names of directories with test files.
const TRIALS: [&str; 12] = [
    "test",
    "tests",
    "testdata",
    "test-data",
    "test_data",
    "fixture",
    "fixtures",
    "example",
    "examples",
    "samples",
    "mock",
    "mocks",
];

/// Most places that one check reports.
const REPORTED_MAX: usize = 3000;

/// Returns the content of files that an analysis has kept.
pub(in crate::scan) type Content<'a> = &'a dyn Fn(&RepoPath) -> Option<&'a [u8]>;

/// Runs `check` through `run`, and adds its reports to `verdict`.
pub(in crate::scan) fn add(
    verdict: &mut Verdict,
    check: &Check,
    content: Content<'_>,
    key: Option<&[u8]>,
    run: impl FnOnce(&mut Reports<'_>),
) {
    let mut reports = Reports::new(&check.meta);
    run(&mut reports);
    verdict.problems.extend(limit_files(&mut reports.all, check.meta.id));
    if reports.all.len() > REPORTED_MAX {
        reports.all.truncate(REPORTED_MAX);
        let message =
            format!("`{}` reports more than {REPORTED_MAX} places; the others are not listed", check.meta.id);
        verdict.problems.push(Problem { path: None, message });
    }
    verdict.outcomes.extend(reports.outcome.map(|outcome| (check.meta.id, outcome)));
    let mut places = Places { content, files: HashMap::new() };
    let claimed = reports.all.iter().filter(|reported| reported.claim.is_some());
    verdict.claims.extend(claimed.filter_map(|reported| claim(check, reported, &mut places)));
    let is_fault = |reported: &Reported| {
        reported.claim.as_ref().is_none_or(|claim| claim.ruling == Ruling::Contradicted)
    };
    reports.all.retain(is_fault);
    verdict.findings.extend(findings(check, reports.all, &mut places, key));
}

/// Leaves [`FINDINGS_MAX`] reports of each file, and gives the files that have more.
fn limit_files(all: &mut Vec<Reported>, check: &str) -> Vec<Problem> {
    if all.len() <= FINDINGS_MAX {
        return Vec::new();
    }
    let mut counts: BTreeMap<RepoPath, usize> = BTreeMap::new();
    all.retain(|reported| {
        let count = counts.entry(reported.path.clone()).or_default();
        *count += 1;
        *count <= FINDINGS_MAX
    });
    let over = counts.into_iter().filter(|(_, count)| *count > FINDINGS_MAX);
    over.map(|(path, _)| Problem {
        path: Some(path),
        message: format!("`{check}` reports more than {FINDINGS_MAX} places; the others are not listed"),
    })
    .collect()
}

/// The claim that `check` evaluated.
fn claim(check: &Check, reported: &Reported, places: &mut Places<'_>) -> Option<Claim> {
    let claimed = reported.claim.as_ref()?;
    let trace = reported.trace.iter();
    Some(Claim {
        ruling: claimed.ruling,
        kind: claimed.kind.into(),
        check: check.meta.id.into(),
        place: places.place(&reported.path, reported.span?, None),
        evidence: trace.map(|(path, span, note)| places.place(path, *span, Some(note.clone()))).collect(),
        facts: reported.proofs.clone(),
        reason: reported.message.clone(),
        missing: claimed.missing,
    })
}

/// Converts reports of `check` into findings.
fn findings<'a>(
    check: &Check,
    reported: Vec<Reported>,
    places: &mut Places<'a>,
    key: Option<&[u8]>,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        reported.into_iter().map(|reported| finding(check, reported, places, key)).collect();
    // The lines of a file are hashed together.
    let mut of_file: BTreeMap<RepoPath, Vec<usize>> = BTreeMap::new();
    for (number, finding) in findings.iter().enumerate() {
        of_file.entry(finding.place.path.clone()).or_default().push(number);
    }
    for (path, numbers) in of_file {
        let Some(bytes) = (places.content)(&path) else { continue };
        let lines: Vec<u32> =
            numbers.iter().map(|number| findings[*number].place.region.start_line).collect();
        for (number, hash) in numbers.into_iter().zip(linehash::line_hashes(bytes, &lines)) {
            findings[number].place.line_hash = Some(hash);
        }
    }
    findings
}

/// Locates spans in files.
struct Places<'a> {
    content: Content<'a>,
    files: HashMap<RepoPath, Lines<'a>>,
}

impl<'a> Places<'a> {
    fn place(&mut self, path: &RepoPath, span: Span, note: Option<String>) -> Place {
        if !self.files.contains_key(path) {
            let bytes = (self.content)(path).unwrap_or_default();
            self.files.insert(path.clone(), Lines::new(bytes));
        }
        let region = self.files.get(path).map_or(Region::TOP, |lines| lines.region(span));
        Place { path: path.clone(), span, region, snippet: None, line_hash: None, origin: None, note }
    }

    /// A line, from 1, or the whole file.
    fn line(&self, path: &RepoPath, line: Option<u32>, note: Option<String>) -> Place {
        // The first line stands for the whole file.
        let line = line.filter(|line| *line > 1).unwrap_or(1);
        let region = Region { start_line: line, end_line: line, ..Region::TOP };
        // Without the text of the line, since it may contain a secret.
        let start = (self.content)(path).filter(|_| line > 1).map_or(0, |bytes| start_of(bytes, line));
        let span = Span::new(start, start);
        Place { path: path.clone(), span, region, snippet: None, line_hash: None, origin: None, note }
    }
}

fn finding(check: &Check, reported: Reported, places: &mut Places<'_>, key: Option<&[u8]>) -> Finding {
    let meta = &check.meta;
    let about = reported.note.as_ref().filter(|_| reported.practice.is_some()).unwrap_or(&reported.about);
    let parts = [meta.id.as_bytes(), reported.path.as_bytes(), about.as_bytes()];
    let fingerprint = fingerprint::fingerprint(key, &parts);
    let place = match reported.span {
        Some(span) => places.place(&reported.path, span, reported.note),
        None => places.line(&reported.path, reported.line, reported.note),
    };
    let trace =
        reported.trace.into_iter().map(|(path, span, note)| places.place(&path, span, Some(note))).collect();
    // Tests of signatures contain broken ones on purpose.
    let trial = is_test_path(&place.path);
    let mut proofs = reported.proofs;
    if trial && reported.severity > Severity::Low {
        proofs.push("in test data".to_owned());
    }
    let made = Finding::new(meta, place, reported.message, fingerprint);
    let identity = match reported.practice {
        Some((item, many)) => Identity::Practice { check: meta.id.into(), item, many: many.into() },
        // A claim keeps its identity when its evidence changes.
        None if reported.claim.is_some() => Identity::fault(meta.id, reported.about.clone()),
        None => made.identity.clone(),
    };
    Finding {
        severity: if trial { Severity::Low } else { reported.severity },
        confidence: reported.confidence,
        identity,
        trace,
        proofs,
        fix: reported.fix.map(Arc::new),
        remedy: reported.remedy.map_or_else(|| made.remedy.clone(), Into::into),
        ..made
    }
}

/// True if `path` is in a test directory, where broken signatures are intended.
pub(in crate::scan) fn is_test_path(path: &RepoPath) -> bool {
    let folder = path.folder();
    let is = |part: &[u8]| TRIALS.iter().any(|trial| part.eq_ignore_ascii_case(trial.as_bytes()));
    folder.split(|byte| *byte == b'/').any(is)
}

/// The first byte of a line, from 1; the end of the text if it has fewer lines.
fn start_of(bytes: &[u8], line: u32) -> usize {
    let mut ends = memchr::memchr_iter(b'\n', bytes).skip(line.saturating_sub(2) as usize);
    ends.next().map_or(bytes.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::is_test_path;

    #[test]
    fn folders_of_material_for_tests() {
        assert!(is_test_path(&"a/testdata/x.sig".into()) && is_test_path(&"Tests/x".into()));
        assert!(!is_test_path(&"tests".into()) && !is_test_path(&"contest/x".into()));
    }
}
