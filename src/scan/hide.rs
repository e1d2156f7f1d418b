//! Masks tokens in names quoted by a report: a file or an author may be named after the secret found there.

use std::borrow::Cow;
use std::sync::Arc;

use super::names::tokens;
use crate::engine::Engine;
use crate::model::{Finding, Place, Problem, RepoPath, Report, Secret};

/// A token and its replacement.
type Hidden = (Vec<u8>, String);

/// Masks tokens in each path of `report` and in each text that may quote one.
pub(super) fn hide(report: &mut Report, engine: &Engine) {
    let mut text = Vec::new();
    each(report, &mut |part| {
        text.extend_from_slice(&part.bytes());
        text.push(b'\n');
    });
    let (spans, _) = tokens(engine, &text);
    if spans.is_empty() {
        return;
    }
    let mut hidden: Vec<Hidden> = spans
        .iter()
        .map(|(span, public)| {
            let token = &text[span.range()];
            (token.to_vec(), Secret::new(token).redacted(*public).text().to_owned())
        })
        .collect();
    // The longer of two overlapping ones first.
    hidden.sort_by(|a, b| (b.0.len(), &a.0).cmp(&(a.0.len(), &b.0)));
    hidden.dedup();
    each(report, &mut |part| match part {
        Part::Path(path) => {
            if let Cow::Owned(shown) = without(path.as_bytes(), &hidden) {
                *path = RepoPath::new(shown);
            }
        }
        Part::Text(text) => {
            if let Cow::Owned(shown) = without(text.as_bytes(), &hidden) {
                *text = String::from_utf8_lossy(&shown).into_owned();
            }
        }
    });
}

/// A part of a report that names files.
enum Part<'a> {
    Path(&'a mut RepoPath),
    Text(&'a mut String),
}

impl Part<'_> {
    fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Path(path) => Cow::Borrowed(path.as_bytes()),
            Self::Text(text) => Cow::Borrowed(text.as_bytes()),
        }
    }
}

/// `text` with every token masked.
fn without<'t>(text: &'t [u8], hidden: &[Hidden]) -> Cow<'t, [u8]> {
    let mut shown = Cow::Borrowed(text);
    for (token, instead) in hidden {
        if let Some(at) = memchr::memmem::find(&shown, token) {
            let mut next = shown[..at].to_vec();
            let mut rest = &shown[at..];
            while let Some(at) = memchr::memmem::find(rest, token) {
                next.extend_from_slice(&rest[..at]);
                next.extend_from_slice(instead.as_bytes());
                rest = &rest[at + token.len()..];
            }
            next.extend_from_slice(rest);
            shown = Cow::Owned(next);
        }
    }
    shown
}

fn each(report: &mut Report, visit: &mut dyn FnMut(Part<'_>)) {
    let Report { findings, suppressed, problems, notices, remarks, not_checked, signatures, claims, .. } =
        report;
    for finding in findings.iter_mut().chain(suppressed.iter_mut().map(|one| &mut one.finding)) {
        each_of(finding, visit);
    }
    for Problem { path, message } in problems.iter_mut().chain(notices).chain(remarks) {
        path.iter_mut().for_each(|path| visit(Part::Path(path)));
        visit(Part::Text(message));
    }
    not_checked.iter_mut().for_each(|file| visit(Part::Path(&mut file.path)));
    for signature in signatures {
        visit(Part::Path(&mut signature.path));
        signature.artifact.iter_mut().for_each(|path| visit(Part::Path(path)));
        visit(Part::Text(&mut signature.reason));
        signature.evidence.iter_mut().for_each(|one| visit(Part::Text(one)));
    }
    for claim in claims {
        for place in claim.evidence.iter_mut().chain([&mut claim.place]) {
            visit(Part::Path(&mut place.path));
            place.note.iter_mut().for_each(|note| visit(Part::Text(note)));
        }
        visit(Part::Text(&mut claim.reason));
        claim.facts.iter_mut().for_each(|fact| visit(Part::Text(fact)));
    }
    report.coverage.skipped.iter_mut().for_each(|(path, _)| visit(Part::Path(path)));
    let gaps = report.coverage.history.iter_mut().flat_map(|history| history.gaps.values_mut());
    gaps.flat_map(|gap| &mut gap.examples).for_each(|example| visit(Part::Text(example)));
    visit(Part::Text(&mut report.scope));
}

fn each_of(finding: &mut Finding, visit: &mut dyn FnMut(Part<'_>)) {
    let first = finding.history.as_mut().and_then(|history| history.first.as_mut());
    let others = finding.also.iter_mut().chain(&mut finding.trace);
    let others = others.chain(finding.changed_at.as_deref_mut());
    let places = others.chain([&mut finding.place]).chain(first.map(|first| &mut **first));
    for Place { path, origin, note, .. } in places {
        visit(Part::Path(path));
        note.iter_mut().for_each(|note| visit(Part::Text(note)));
        let commit = origin.as_mut().and_then(|origin| origin.commit.as_mut());
        commit
            .and_then(|commit| commit.author.as_mut())
            .into_iter()
            .for_each(|author| visit(Part::Text(author)));
    }
    visit(Part::Text(&mut finding.message));
    finding.proofs.iter_mut().for_each(|proof| visit(Part::Text(proof)));
    if let Some(advice) = &mut finding.advice {
        // It contains names of files and manifests.
        let advice = Arc::make_mut(advice);
        advice.notes.iter_mut().chain([&mut advice.help]).for_each(|text| visit(Part::Text(text)));
    }
    finding.parts.iter_mut().for_each(|part| each_of(part, visit));
}
