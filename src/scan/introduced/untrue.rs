//! Finds the part of a change that makes an unchanged sentence of the policy untrue.

use std::collections::{BTreeMap, HashSet};
use std::io::Read as _;

use crate::engine::place::Lines;
use crate::model::{Claim, Finding, Place, RepoPath, Ruling, Span};
use crate::source::Source;

/// Most bytes of a compared file.
const BYTES_MAX: u64 = 4 << 20;

/// Marks `new` claims in unchanged texts as made untrue by the change, with the place. The earlier files are those of
/// `base`, otherwise those that each of `sources` has.
pub(in crate::scan) fn changed(
    new: &mut [Finding],
    claims: &[Claim],
    sources: &[&dyn Source],
    base: Option<&dyn Source>,
) {
    let untrue: HashSet<(&str, &RepoPath, Span)> = claims
        .iter()
        .filter(|claim| claim.ruling == Ruling::Contradicted)
        .map(|claim| (&*claim.check, &claim.place.path, claim.place.span))
        .collect();
    let is_claim = |finding: &Finding| {
        untrue.contains(&(&*finding.check, &finding.place.path, finding.place.span))
            && finding.changed_at.is_none()
    };
    let mut found: Vec<&mut Finding> = new.iter_mut().filter(|finding| is_claim(finding)).collect();
    if found.is_empty() {
        return;
    }
    let before: Vec<Box<dyn Source + '_>> = match base {
        Some(_) => Vec::new(),
        None => sources.iter().filter_map(|source| source.before()).collect(),
    };
    let before: Vec<&dyn Source> = base.into_iter().chain(before.iter().map(|source| &**source)).collect();
    if before.is_empty() {
        return;
    }
    let mut texts = Texts { now: sources, before: &before, known: BTreeMap::new() };
    for finding in &mut found {
        texts.tell(finding);
    }
}

/// A file now and before; none if missing.
type Both = (Option<Vec<u8>>, Option<Vec<u8>>);

/// Files before and after a change.
struct Texts<'a> {
    now: &'a [&'a dyn Source],
    before: &'a [&'a dyn Source],
    known: BTreeMap<RepoPath, Both>,
}

impl Texts<'_> {
    fn both(&mut self, path: &RepoPath) -> &Both {
        let (now, before) = (self.now, self.before);
        self.known.entry(path.clone()).or_insert_with(|| (read(now, path), read(before, path)))
    }

    /// Adds the part of the change that makes a claim untrue, unless the change touches the claim.
    fn tell(&mut self, finding: &mut Finding) {
        let place = finding.place.clone();
        let is_as_it_was = match self.both(&place.path) {
            (Some(now), Some(before)) => {
                let said = place.region.start_line..=place.region.end_line;
                said.clone().all(|line| line_of(now, line).is_some_and(|text| has_line(before, text)))
            }
            _ => false,
        };
        if !is_as_it_was {
            return;
        }
        let (path, line) = (place.path.shown(), place.region.start_line);
        finding.message = format!("this change makes {path} line {line} untrue: {}", finding.message);
        let places: Vec<Place> = finding.trace.iter().filter(|one| one.path != place.path).cloned().collect();
        let best = places.into_iter().filter_map(|one| self.changed(&one)).min_by_key(|(rank, _)| *rank);
        finding.changed_at = best.map(|(_, place)| Box::new(place));
        if finding.changed_at.is_some() {
            finding.trace.insert(0, Place { note: Some("the claim".to_owned()), ..place });
        }
    }

    /// The changed line in the file of `place`, and its distance: its own line, otherwise the new file, otherwise the
    /// first new line.
    fn changed(&mut self, place: &Place) -> Option<(u8, Place)> {
        let (now, before) = self.both(&place.path);
        let now = now.as_deref()?;
        let Some(before) = before.as_deref() else { return Some((1, place.clone())) };
        let own = line_of(now, place.region.start_line)?;
        if !has_line(before, own) {
            return Some((0, place.clone()));
        }
        let old: HashSet<&[u8]> = before.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect();
        let mut at = 0;
        for line in now.split_inclusive(|byte| *byte == b'\n') {
            let start = at + (line.len() - line.trim_ascii_start().len());
            at += line.len();
            if !old.contains(line.trim_ascii()) {
                let span = Span::new(start, start + line.trim_ascii().len());
                let region = Lines::new(now).region(span);
                let note = Some("changed here".to_owned());
                return Some((
                    2,
                    Place { span, region, note, snippet: None, line_hash: None, ..place.clone() },
                ));
            }
        }
        None
    }
}

fn read(sources: &[&dyn Source], path: &RepoPath) -> Option<Vec<u8>> {
    let file = sources.iter().find_map(|source| source.file(path)?.ok())?;
    let mut bytes = Vec::new();
    file.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The trimmed line with this number, from 1.
fn line_of(text: &[u8], number: u32) -> Option<&[u8]> {
    let line = text.split(|byte| *byte == b'\n').nth((number as usize).checked_sub(1)?)?;
    Some(line.trim_ascii())
}

fn has_line(text: &[u8], wanted: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| line.trim_ascii() == wanted)
}
