//! Where a finding is, for people: a line of a file, or a text of the history.

use std::collections::BTreeSet;

use crate::model::{Finding, Origin, Place, RepoPath, TextKind};

/// What a place is in: a path, or a text that has none.
pub(super) fn what(place: &Place) -> String {
    let id = |origin: &Origin| origin.object.map(|id| id.short()).unwrap_or_default();
    match place.origin.as_deref() {
        Some(origin @ Origin { kind: TextKind::CommitMessage, .. }) => {
            format!("message of commit {}", id(origin))
        }
        Some(origin @ Origin { kind: TextKind::TagMessage, .. }) => format!("message of tag {}", id(origin)),
        Some(origin @ Origin { kind: TextKind::CommitHeader, .. }) => {
            format!("headers of commit {}", id(origin))
        }
        Some(origin @ Origin { kind: TextKind::TagHeader, .. }) => format!("headers of tag {}", id(origin)),
        Some(Origin { kind: TextKind::RefName, .. }) => "names of references".to_owned(),
        Some(Origin { kind: TextKind::Blob | TextKind::Note | TextKind::FileName, .. }) | None => {
            place.path.shown()
        }
    }
}

/// ` in commit 1234567` for a file of the history.
pub(super) fn when(place: &Place) -> String {
    match place.origin.as_deref() {
        Some(Origin {
            kind: TextKind::Blob | TextKind::Note | TextKind::FileName,
            commit: Some(commit),
            ..
        }) => {
            format!(" in commit {}", commit.id.short())
        }
        _ => String::new(),
    }
}

/// `path:line:column`, or the path alone for a finding about the file as a whole.
pub(super) fn position(place: &Place) -> String {
    at(place, &format!(":{}:{}", place.region.start_line, place.region.start_column))
}

/// `path:line`, or the path alone for a finding about the file as a whole.
pub(super) fn line_of(place: &Place) -> String {
    at(place, &format!(":{}", place.region.start_line))
}

fn at(place: &Place, line: &str) -> String {
    format!("{}{}{}", what(place), if is_whole_file(place) { "" } else { line }, when(place))
}

pub(super) fn is_whole_file(place: &Place) -> bool {
    place.snippet.is_none() && place.span.is_empty() && place.span.start == 0
}

/// The further places of a finding that are shown. The commit in which a file of today got it is part of its
/// history, not a further place.
pub(super) fn further(finding: &Finding) -> Vec<&Place> {
    let today: BTreeSet<&RepoPath> =
        finding.places().filter(|place| place.origin.is_none()).map(|place| &place.path).collect();
    let is_shown = |place: &&Place| place.origin.is_none() || !today.contains(&place.path);
    finding.also.iter().filter(is_shown).collect()
}
