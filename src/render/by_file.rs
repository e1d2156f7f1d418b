//! Findings as code hosts want them: a result for each file that something has to be done in.

use std::collections::{BTreeMap, HashMap};

use super::sarif::history;
use super::uuid::uuid;
use super::{place, words};
use crate::model::text::escaped;
use crate::model::{Finding, Place, RepoPath, Report};

/// GitHub keeps this many results of a run, so the worst ones come first.
pub(super) const RESULTS: usize = 5000;
/// Further places of a result.
pub(super) const RELATED: usize = 10;
/// Further places in the same file that do not keep to the same practice, at most.
pub(super) const PRACTICE_RELATED: usize = 200;

/// The namespace of the ids of our results: the UUID of version 5 of `bartizan.finding` in RFC 9562's namespace
/// for names of the domain name system.
const NAMESPACE: [u8; 16] =
    [0xb9, 0x00, 0x07, 0xd5, 0xbf, 0xbd, 0x52, 0x3f, 0xa1, 0xb7, 0x42, 0xb2, 0x46, 0x5f, 0x56, 0x1b];

/// What there is to say of a result, a sentence each: what was found and proven, where else, what it rests on.
pub(super) fn sentences(finding: &Finding) -> Vec<String> {
    let further = place::further(finding);
    let mut also: Vec<String> = further.iter().take(RELATED).map(|other| place::line_of(other)).collect();
    if let more @ 1.. = further.len().saturating_sub(RELATED) {
        also.push(words::counted(more as u64, "more place", "more places"));
    }
    let also = (!also.is_empty()).then(|| format!("Also at {}", words::listed(&also)));
    let traced = |other: &Place| {
        format!("{}: {}", escaped(other.note.as_deref().unwrap_or("here")), place::line_of(other))
    };
    let notes = finding.advice.as_deref().map_or(&[][..], |advice| &advice.notes);
    let plain = |text: &String| words::capitalised(&escaped(text));
    // What begins with a name stays as it is.
    std::iter::once(escaped(&finding.message))
        .chain(finding.proofs.iter().map(plain))
        .chain(also)
        .chain(finding.trace.iter().map(traced))
        .chain(history::sentence(finding).iter().map(plain))
        .chain(notes.iter().map(plain))
        .filter(|sentence| !sentence.is_empty())
        .map(|sentence| words::sentence(&sentence))
        .collect()
}

/// The path as code hosts look it up. It is never empty, and databases take it.
pub(super) fn path(path: &RepoPath) -> String {
    match path.lossy().replace('\0', "\u{fffd}") {
        path if path.is_empty() => ".".to_owned(),
        path => path,
    }
}

/// The title of a check, if the report lists it; else its id.
pub(super) fn title<'a>(report: &'a Report, check: &'a str) -> &'a str {
    // Checks are sorted by id, but a report that was read says what it likes.
    let listed = report.checks.iter().find(|(meta, _)| meta.id == check);
    listed.map_or(check, |(meta, _)| &meta.title)
}

/// The id of each result, the same in every run: it follows from the fingerprint and the file. A number tells
/// those apart that have both in common.
pub(super) fn ids(results: &[Finding]) -> Vec<String> {
    let mut seen: HashMap<Vec<u8>, u32> = HashMap::new();
    let id = |one: &Finding| {
        let mut name = one.fingerprint.clone().into_bytes();
        name.push(0);
        name.extend_from_slice(one.place.path.as_bytes());
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            name.extend_from_slice(format!("\0{count}").as_bytes());
        }
        uuid(&NAMESPACE, &name)
    };
    results.iter().map(id).collect()
}

/// One finding for each file that holds the same secret: code hosts show a result only at its first
/// location, and every file has to be mended. Each is what the check reports that found it in that
/// file, and has the fingerprint that it has there.
pub(super) fn by_file(finding: &Finding) -> Vec<Finding> {
    if finding.is_practice() {
        return practice_by_file(finding);
    }
    let mut files: Vec<Finding> = Vec::new();
    // However many commits hold it, and under whatever names, it is one alert; none beside those of files.
    let in_files = finding.places().any(|place| place.origin.is_none());
    for (part, place) in finding.parts().iter().flat_map(|part| part.places().map(move |place| (part, place)))
    {
        if files.iter().any(|one| one.place.path == place.path) {
            continue;
        }
        if place.origin.is_some() && (in_files || !files.is_empty()) {
            continue;
        }
        let others = finding.places().filter(|other| *other != place);
        let also = others.take(RELATED + 1).cloned().collect();
        files.push(Finding { place: place.clone(), also, ..part.clone() });
        if files.len() == RESULTS {
            break;
        }
    }
    files
}

/// One finding for each file in which a practice is not kept, at its first place, with the others in that file.
fn practice_by_file(finding: &Finding) -> Vec<Finding> {
    let mut files: BTreeMap<&RepoPath, Vec<&Finding>> = BTreeMap::new();
    for part in &finding.parts {
        files.entry(&part.place.path).or_default().push(part);
    }
    let one = |parts: Vec<&Finding>| {
        let (first, others) = parts.split_first()?;
        let gravest = parts.iter().max_by_key(|part| part.severity)?;
        let also = others.iter().take(PRACTICE_RELATED).map(|part| part.place.clone()).collect();
        let (severity, confidence) = (gravest.severity, gravest.confidence);
        Some(Finding { also, severity, confidence, ..(*first).clone() })
    };
    files.into_values().filter_map(one).take(RESULTS).collect()
}
