//! One finding of each secret, wherever it stands, which knows how it lives in the history.

use std::collections::{BTreeSet, HashMap};

use crate::model::{Attribution, Finding, History, Lives, ObjectId, Place, RepoPath, TextKind};
use crate::source::Source;

/// What makes findings one.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    /// The same check and secret.
    Secret(&'static str, Vec<u8>),
    /// What is not about a secret: the same check, path and message; without a message if it is
    /// about a file as a whole, for it says how many values that file had at the time.
    Other(&'static str, RepoPath, String),
}

impl Key {
    fn of(finding: &Finding) -> Self {
        match &finding.secret {
            Some(secret) => Self::Secret(finding.check, secret.expose().to_vec()),
            None => {
                let whole = finding.place.span.is_empty();
                let message = if whole { String::new() } else { finding.message.clone() };
                Self::Other(finding.check, finding.place.path.clone(), message)
            }
        }
    }
}

/// Makes one finding of each secret: what is in the worktree or the index first, then the history in
/// the order of its commits; and asks `sources` about the history where there is any. Sorts by place and
/// check.
#[must_use]
pub(super) fn attributed(mut findings: Vec<Finding>, sources: &[&dyn Source]) -> Vec<Finding> {
    // Now that those of the worktree come first, the others find them.
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| finding.place.origin.as_ref().map(|origin| origin.object);
        key(a).cmp(&key(b)).then_with(|| order(a, b))
    });
    let mut first: HashMap<Key, usize> = HashMap::new();
    let mut groups: Vec<Vec<Finding>> = Vec::with_capacity(findings.len());
    for finding in findings {
        let mergeable = finding.secret.is_some() || finding.place.origin.is_some();
        let index = *first.entry(Key::of(&finding)).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) if mergeable => group.push(finding),
            _ => groups.push(vec![finding]),
        }
    }
    let objects: Vec<Vec<ObjectId>> = groups.iter().map(|group| objects(group)).collect();
    let known: Vec<Attribution> = if objects.iter().any(|objects| !objects.is_empty()) {
        sources.iter().map(|source| source.attribute(&objects)).collect()
    } else {
        Vec::new()
    };
    let is_foreign = |finding: &Finding| {
        let object = finding.place.origin.as_ref().and_then(|origin| origin.object);
        object.is_some_and(|object| known.iter().any(|known| known.foreign.contains(&object)))
    };
    for group in &mut groups {
        group.retain(|finding| !is_foreign(finding));
    }
    let groups = groups.into_iter().enumerate().filter(|(_, group)| !group.is_empty());
    let mut merged: Vec<Finding> = groups.map(|(index, group)| merge(group, index, &known)).collect();
    merged.sort_by(order);
    merged
}

fn order(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    (&a.place.path, a.place.span, a.check, &a.message).cmp(&(
        &b.place.path,
        b.place.span,
        b.check,
        &b.message,
    ))
}

/// The objects that the findings of a group are in.
fn objects(group: &[Finding]) -> Vec<ObjectId> {
    let ids = group.iter().filter_map(|finding| finding.place.origin.as_ref()?.object);
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

/// One finding of the group with this index, which has at least one.
fn merge(mut group: Vec<Finding>, index: usize, known: &[Attribution]) -> Finding {
    let historic = group.iter().any(|finding| finding.place.origin.is_some());
    if historic {
        group.iter_mut().for_each(|finding| place_in_time(&mut finding.place, known));
        group.sort_by(|a, b| when(&a.place).cmp(&when(&b.place)).then_with(|| order(a, b)));
    }
    let history = historic.then(|| Box::new(history(&group, index, known)));
    let mut rest = group.into_iter();
    let mut finding = rest.next().expect("a group has a finding");
    finding.also.extend(rest.map(|other| other.place));
    finding.history = history;
    finding
}

/// Lets the first version of a file in the history stand for all of them; the ids of all stay.
pub(super) fn compact(finding: &mut Finding) {
    let mut versions: BTreeSet<(RepoPath, TextKind)> = BTreeSet::new();
    let mut is_new = |place: &Place| match &place.origin {
        Some(origin) => versions.insert((place.path.clone(), origin.kind)),
        None => true,
    };
    is_new(&finding.place);
    finding.also.retain(|place| is_new(place));
}

/// Puts a place of the history where it first came in.
fn place_in_time(place: &mut Place, known: &[Attribution]) {
    let Some(origin) = &mut place.origin else { return };
    let Some(object) = origin.object else { return };
    if let Some((path, commit)) = known.iter().find_map(|known| known.origins.get(&object)) {
        if let Some(path) = path {
            place.path = inside(path, &place.path);
        }
        if commit.is_some() {
            origin.commit.clone_from(commit);
        }
    }
}

/// `path`, with what `scanned` says about the place within an archive.
fn inside(path: &RepoPath, scanned: &RepoPath) -> RepoPath {
    let mark = memchr::memmem::find(scanned.as_bytes(), b"!/");
    let within = mark.map_or(&b""[..], |at| &scanned.as_bytes()[at..]);
    RepoPath::new([path.as_bytes(), within].concat())
}

/// Sorts places: those of today, then the history in the order of its commits, and at the end what no
/// commit has.
fn when(place: &Place) -> (bool, bool, u64, i64, Option<ObjectId>) {
    match &place.origin {
        None => (false, false, 0, 0, None),
        Some(origin) => match &origin.commit {
            Some(commit) => (true, false, commit.rank, commit.time, Some(commit.id)),
            None => (true, true, 0, 0, origin.object),
        },
    }
}

fn history(group: &[Finding], index: usize, known: &[Attribution]) -> History {
    let mut history = History::default();
    let lives: Option<&Lives> = known.iter().find_map(|known| known.lives.get(index)?.as_ref());
    if let Some(Lives { in_head, commits, refs, unreachable }) = lives.cloned() {
        history = History { in_head, commits, refs, unreachable, ..history };
    }
    for origin in group.iter().filter_map(|finding| finding.place.origin.as_ref()) {
        match (origin.kind, origin.object) {
            (TextKind::Blob | TextKind::Note, Some(id)) => history.blobs.push(id),
            (TextKind::CommitMessage | TextKind::TagMessage, Some(id)) => history.messages.push(id),
            (TextKind::RefName, _) => history.ref_name = true,
            (_, None) => {}
        }
    }
    for ids in [&mut history.blobs, &mut history.messages] {
        ids.sort_unstable();
        ids.dedup();
    }
    // A tree holds no messages.
    history.in_head = history.in_head.filter(|_| !history.blobs.is_empty());
    history
}
