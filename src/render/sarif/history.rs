//! Findings of the history as SARIF results: GitHub shows files as they are now, so such a result names
//! its commit in the message and points to no line.

use super::wire::{LogicalLocation, ResultHistory, RunHistory};
use crate::model::{Finding, History, Origin, Place, Report, TextKind};
use crate::render::words;

/// `<commit>:<path>`, or the commit, tag or blob alone.
pub(super) fn logical(place: &Place) -> Vec<LogicalLocation> {
    let Some(origin) = place.origin.as_deref() else { return Vec::new() };
    let commit = origin.commit.as_ref().map(|commit| commit.id);
    let name = match (origin.kind, commit, origin.object) {
        (TextKind::Blob | TextKind::Note | TextKind::FileName, Some(commit), _) => {
            format!("{commit}:{}", place.path.shown())
        }
        (_, Some(id), _) | (_, None, Some(id)) => id.to_string(),
        (_, None, None) => return Vec::new(),
    };
    vec![LogicalLocation { fully_qualified_name: name }]
}

/// Where in the history a place is.
fn whereabouts(origin: &Origin) -> String {
    let what = match origin.kind {
        TextKind::Blob => "",
        TextKind::CommitMessage => "the message of ",
        TextKind::TagMessage => "the message of ",
        TextKind::Note => "a note of ",
        TextKind::CommitHeader | TextKind::TagHeader => "the headers of ",
        TextKind::FileName => "the name of a file of ",
        TextKind::RefName => return "in the name of a reference".to_owned(),
    };
    match (&origin.commit, origin.object) {
        (Some(commit), _) => format!("in {what}commit {} ({})", commit.id.short(), commit.day()),
        (None, _) if origin.kind == TextKind::FileName => "in the name of a file".to_owned(),
        (None, Some(id)) if matches!(origin.kind, TextKind::TagMessage | TextKind::TagHeader) => {
            format!("in {what}tag {}", id.short())
        }
        (None, Some(id)) => format!("in {what}object {}", id.short()),
        (None, None) => "in the history".to_owned(),
    }
}

/// What a related location is.
pub(super) fn related(finding: &Finding, place: &Place) -> String {
    if let Some(note) = &place.note {
        return words::capitalised(&super::plain(note));
    }
    let what = if finding.evidence.is_some() { "The same secret" } else { "The same" };
    match place.origin.as_deref() {
        Some(origin) => format!("{what}, {}.", whereabouts(origin)),
        None => format!("{what}."),
    }
}

/// Where a finding came in and whether it is still there, a sentence in lower case.
pub(in crate::render) fn sentence(finding: &Finding) -> Option<String> {
    let history = finding.history.as_deref()?;
    let first = finding.first_in_history()?.origin.as_deref()?;
    let mut sentence = match finding.place.origin {
        Some(_) => whereabouts(first),
        None => format!("in the history, too: {}", whereabouts(first)),
    };
    sentence.push_str(match history {
        History { unreachable: true, .. } => ", which no reference reaches",
        History { in_head: Some(false), .. } => ", no longer in HEAD",
        History { in_head: Some(true), .. } => ", and HEAD still has it",
        History { in_head: None, .. } => "",
    });
    Some(sentence)
}

/// The facts for programs.
pub(super) fn result(finding: &Finding) -> Option<ResultHistory<'_>> {
    let history = finding.history.as_deref()?;
    let first = finding.first_in_history().and_then(|place| place.origin.as_deref()?.commit.as_ref());
    Some(ResultHistory {
        commit: first.map(|commit| commit.id.to_string()),
        commit_date: first.map(|commit| commit.date()),
        author: first.and_then(|commit| commit.author.as_deref()),
        in_head: history.in_head,
        commits: history.commits,
        refs: history.refs,
        purge: history.purge(),
    })
}

/// What was examined, for the properties of the run.
pub(super) fn examined(report: &Report) -> Option<RunHistory> {
    let history = report.coverage.history.as_ref()?;
    Some(RunHistory {
        refs: history.refs,
        commits: history.commits,
        objects: history.objects,
        bytes: history.bytes,
    })
}

/// What was examined of the history, and the ids of what was not, as sentences.
pub(super) fn ledger(report: &Report) -> impl Iterator<Item = String> {
    let history = report.coverage.history.as_ref();
    let seen = history.map(|history| {
        format!(
            "examined of the history: {} ({}), {}, {}",
            words::counted(history.objects, "object", "objects"),
            words::bytes(history.bytes),
            words::counted(history.commits, "commit", "commits"),
            words::counted(history.refs, "reference", "references"),
        )
    });
    let gaps =
        history.into_iter().flat_map(|history| &history.gaps).filter(|(_, gap)| !gap.examples.is_empty());
    let gaps = gaps.map(|(reason, gap)| {
        format!(
            "not examined of the history: {}: {}",
            words::skipped(gap.count, *reason),
            gap.examples.join(", ")
        )
    });
    seen.into_iter().chain(gaps)
}
