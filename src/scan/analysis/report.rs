//! What the checks of an analysis report, made into findings.

use crate::engine::{Check, Reported, Reports};
use crate::model::{Finding, Place, Region, RepoPath, Severity, Span, fingerprint, linehash};

use super::Verdict;

/// Names of folders whose files are made to be tried.
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

/// Gives the content of the files that an analysis has kept.
pub(in crate::scan) type Content<'a> = &'a dyn Fn(&RepoPath) -> Option<&'a [u8]>;

/// Lets `check` report through `run`, and adds what it reports to `verdict`.
pub(in crate::scan) fn add(
    verdict: &mut Verdict,
    check: &Check,
    content: Content<'_>,
    key: Option<&[u8]>,
    run: impl FnOnce(&mut Reports<'_>),
) {
    let mut reports = Reports::new(&check.meta);
    run(&mut reports);
    verdict.outcomes.extend(reports.outcome.map(|outcome| (check.meta.id, outcome)));
    verdict.findings.extend(reports.all.into_iter().map(|reported| finding(check, reported, content, key)));
}

fn finding(check: &Check, reported: Reported, content: Content<'_>, key: Option<&[u8]>) -> Finding {
    let meta = &check.meta;
    let parts = [meta.id.as_bytes(), reported.path.as_bytes(), reported.about.as_bytes()];
    let fingerprint = fingerprint::fingerprint(key, &parts);
    // The first line of a file of one line stands for the file as a whole.
    let line = reported.line.filter(|line| *line > 1).unwrap_or(1);
    let region = Region { start_line: line, end_line: line, ..Region::TOP };
    // Without the text of the line: whether there is a secret in it is not known here.
    let start = content(&reported.path).filter(|_| line > 1).map_or(0, |bytes| start_of(bytes, line));
    let line_hash = content(&reported.path).and_then(|bytes| linehash::line_hashes(bytes, &[line]).pop());
    // Broken signatures are what tests of signatures are made of.
    let trial = is_trial(&reported.path);
    let mut proofs = reported.proofs;
    if trial && reported.severity > Severity::Low {
        proofs.push("among material for tests".to_owned());
    }
    let span = Span::new(start, start);
    let place = Place { path: reported.path, span, region, snippet: None, line_hash, origin: None };
    Finding {
        severity: if trial { Severity::Low } else { reported.severity },
        confidence: reported.confidence,
        proofs,
        ..Finding::new(meta, place, reported.message, fingerprint)
    }
}

/// True if `path` is in a folder of material for tests, where broken signatures are what is wanted.
pub(in crate::scan) fn is_trial(path: &RepoPath) -> bool {
    let folder = path.folder();
    let is = |part: &[u8]| TRIALS.iter().any(|trial| part.eq_ignore_ascii_case(trial.as_bytes()));
    folder.split(|byte| *byte == b'/').any(is)
}

/// The first byte of a line, from 1; the end of the text if it has fewer.
fn start_of(bytes: &[u8], line: u32) -> usize {
    let mut ends = memchr::memchr_iter(b'\n', bytes).skip(line.saturating_sub(2) as usize);
    ends.next().map_or(bytes.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::is_trial;

    #[test]
    fn folders_of_material_for_tests() {
        assert!(is_trial(&"a/testdata/x.sig".into()) && is_trial(&"Tests/x".into()));
        assert!(!is_trial(&"tests".into()) && !is_trial(&"contest/x".into()));
    }
}
