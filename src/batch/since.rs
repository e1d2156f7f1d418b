//! Merging the earlier result of a repository with its new findings.

use std::collections::HashMap;
use std::io;

use super::part::json_line;
use super::record::{Counts, LISTED, Line, Record, Status};
use crate::model::{Severity, TextKind};

/// True if new results can be merged into this record: it is complete, with all findings listed.
#[must_use]
pub fn can_grow(record: &Record) -> bool {
    record.status == Status::Complete && record.left_out == 0 && !record.tips.is_empty()
}

/// The merged findings and record of the earlier and the incremental scan; none if there are too many.
///
/// # Errors
/// If a line is not ours.
pub fn joined(last: (&[u8], Record), new: (&[u8], Record)) -> io::Result<Option<(Vec<u8>, Record)>> {
    let read = |lines: &[u8]| -> io::Result<Vec<Line>> {
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Ok(lines.map(serde_json::from_slice).collect::<Result<_, _>>()?)
    };
    let (mut lines, (_, last)) = (read(last.0)?, last);
    // All ref names were scanned again.
    let names = TextKind::RefName.path(None).lossy().into_owned();
    lines.retain(|line| line.path != names);
    let of = |line: &Line| (line.check.clone(), line.fingerprint.clone());
    let mut known: HashMap<(String, String), usize> =
        lines.iter().enumerate().map(|(at, line)| (of(line), at)).collect();
    for line in read(new.0)? {
        match known.get(&of(&line)) {
            // It is in both results.
            Some(at) => {
                let before = &mut lines[*at];
                if severity(&line) > severity(before) {
                    before.severity = line.severity;
                }
            }
            None => {
                known.insert(of(&line), lines.len());
                lines.push(line);
            }
        }
    }
    let new = new.1;
    if lines.len() > LISTED || new.left_out > 0 || new.message.is_some() {
        return Ok(None);
    }
    let mut findings = Counts::default();
    lines.iter().filter_map(severity).for_each(|severity| findings.add(severity));
    let mut gaps = last.gaps;
    for (reason, count) in new.gaps {
        *gaps.entry(reason).or_default() += count;
    }
    let mut bytes = Vec::new();
    lines.iter().try_for_each(|line| json_line(line, &mut bytes))?;
    let record = Record {
        status: Status::Complete,
        scope: last.scope,
        commits: last.commits + new.commits,
        texts: last.texts + new.texts,
        bytes: last.bytes.saturating_add(new.bytes),
        gaps,
        findings,
        suppressed: last.suppressed + new.suppressed,
        lines: lines.len() as u64,
        ..new
    };
    Ok(Some((bytes, record)))
}

fn severity(line: &Line) -> Option<Severity> {
    line.severity.parse().ok()
}
