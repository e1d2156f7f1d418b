//! What the human format says about the history: where a finding came in, where it is, what removes
//! it.

use std::io;

use super::page::Page;
use crate::model::text::escaped;
use crate::model::{Commit, Finding, Gap, History, Report, TextKind};
use crate::render::place::what;
use crate::render::words;

pub(super) fn details(page: &mut Page<'_>, indent: usize, finding: &Finding) -> io::Result<()> {
    let Some(history) = &finding.history else { return Ok(()) };
    page.detail(indent, "history", &sentence(finding, history))?;
    for command in history.purge() {
        page.detail_unwrapped(indent, "purge", &command)?;
    }
    for note in history.purge_notes() {
        page.detail(indent, "note", note)?;
    }
    Ok(())
}

fn sentence(finding: &Finding, history: &History) -> String {
    let mut parts = Vec::new();
    if let Some(place) = finding.first_in_history() {
        let origin = place.origin.as_deref();
        let commit = origin.and_then(|origin| origin.commit.as_ref()).map(commit);
        let is = |kinds: &[TextKind]| origin.is_some_and(|origin| kinds.contains(&origin.kind));
        let is_file = is(&[TextKind::Blob, TextKind::Note, TextKind::FileName]);
        let path = is_file.then(|| place.path.shown());
        match (commit, path) {
            (Some(commit), Some(path)) => parts.push(format!("first in {commit}, {path}")),
            (Some(commit), None) if is(&[TextKind::CommitHeader]) => {
                parts.push(format!("in the headers of {commit}"));
            }
            (Some(commit), None) => parts.push(format!("in the message of {commit}")),
            (None, Some(path)) => parts.push(format!("in {path}")),
            (None, None) => parts.push(format!("in the {}", what(place))),
        }
    }
    match history {
        History { unreachable: true, .. } => parts.push("no reference reaches it".to_owned()),
        History { in_head: Some(true), .. } => parts.push("HEAD still has it".to_owned()),
        History { in_head: Some(false), .. } => parts.push("no longer in HEAD".to_owned()),
        History { in_head: None, .. } => {}
    }
    let commits = history.commits.filter(|count| *count > 0);
    let refs = history.refs.filter(|count| *count > 0);
    let counts: Vec<String> = commits
        .map(|count| words::counted(count, "commit", "commits"))
        .into_iter()
        .chain(refs.map(|count| words::counted(count, "ref", "refs")))
        .collect();
    if !counts.is_empty() {
        parts.push(format!("in {}", counts.join(", ")));
    }
    parts.join("; ")
}

/// `commit 1234567 (2024-05-01, by A U Thor <a@example.org>)`
pub(super) fn commit(commit: &Commit) -> String {
    let by = commit.author.as_deref().map(|author| format!(", by {}", escaped(author)));
    format!("commit {} ({}{})", commit.id.short(), commit.day(), by.unwrap_or_default())
}

/// Ids and paths of what was not examined, with the reason of each.
pub(super) fn gaps(report: &Report) -> Vec<(&'static str, String)> {
    let mut listed = Vec::new();
    for (reason, Gap { count, examples }) in report.coverage.history.iter().flat_map(|history| &history.gaps)
    {
        listed.extend(examples.iter().map(|example| (reason.key(), escaped(example))));
        if let Some(more @ 1..) = count.checked_sub(examples.len() as u64) {
            listed.push((reason.key(), format!("and {} more", words::number(more))));
        }
    }
    listed
}
