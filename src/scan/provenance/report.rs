//! What the checks of provenance report, made into findings.

use crate::engine::provenance::{Facts, Reported, Reports};
use crate::engine::{Check, Run};
use crate::model::{Finding, Identity, Place, Region, RepoPath, Severity, Span, fingerprint, linehash};

use super::names::is_trial;

/// Runs `checks` on `facts`. `bytes` gives the content of the files that were kept.
pub(super) fn findings<'f>(
    checks: &[&Check],
    facts: &Facts,
    bytes: &dyn Fn(&RepoPath) -> Option<&'f [u8]>,
    key: Option<&[u8]>,
) -> Vec<Finding> {
    let mut all = Vec::new();
    for check in checks {
        let Run::Provenance(_, run) = check.run else { continue };
        let mut reports = Reports::new(&check.meta);
        run(facts, &mut reports);
        all.extend(reports.all.into_iter().map(|reported| finding(check, reported, bytes, key)));
    }
    all.sort_by(|a, b| {
        (&a.place.path, a.place.region, &a.check, &a.message).cmp(&(
            &b.place.path,
            b.place.region,
            &b.check,
            &b.message,
        ))
    });
    all
}

fn finding<'f>(
    check: &Check,
    reported: Reported,
    bytes: &dyn Fn(&RepoPath) -> Option<&'f [u8]>,
    key: Option<&[u8]>,
) -> Finding {
    let meta = &check.meta;
    let parts = [meta.id.as_bytes(), reported.path.as_bytes(), reported.about.as_bytes()];
    let fingerprint = fingerprint::fingerprint(key, &parts);
    // The first line of a file of one line stands for the file as a whole.
    let line = reported.line.filter(|line| *line > 1).unwrap_or(1);
    let region = Region { start_line: line, end_line: line, ..Region::TOP };
    // Without the text of the line: whether there is a secret in it is not known here.
    let start = bytes(&reported.path).filter(|_| line > 1).map_or(0, |bytes| start_of(bytes, line));
    let line_hash = bytes(&reported.path).and_then(|bytes| linehash::line_hashes(bytes, &[line]).pop());
    // Broken signatures are what tests of signatures are made of.
    let trial = is_trial(&reported.path);
    let mut proofs = reported.proofs;
    if trial && reported.severity > Severity::Low {
        proofs.push("among material for tests".to_owned());
    }
    Finding {
        check: meta.id.into(),
        family: meta.family,
        severity: if trial { Severity::Low } else { reported.severity },
        confidence: reported.confidence,
        place: Place {
            path: reported.path,
            span: Span::new(start, start),
            region,
            snippet: None,
            line_hash,
            origin: None,
        },
        identity: Identity::fault(meta.id, reported.message.as_str()),
        rank: 0,
        message: reported.message,
        evidence: None,
        proofs,
        remedy: meta.remedy.into(),
        fingerprint,
        also: Vec::new(),
        parts: Vec::new(),
        advice: None,
        history: None,
    }
}

/// The first byte of a line, from 1; the end of the text if it has fewer.
fn start_of(bytes: &[u8], line: u32) -> usize {
    let mut ends = memchr::memchr_iter(b'\n', bytes).skip(line.saturating_sub(2) as usize);
    ends.next().map_or(bytes.len(), |end| end + 1)
}
