//! Groups the places of each secret in worktree and history, over all checks, with its presence in the history.

mod group;
mod paths;
mod practice;

use std::collections::{BTreeSet, HashMap};

use crate::model::{
    Attribution, Commit, Finding, History, Identity, Lives, ObjectId, Place, Problem, RepoPath, TextKind,
};
use crate::source::Source;

pub(super) use group::Group;
pub(super) use paths::{Look, outermost};

/// Findings by identity.
#[derive(Default)]
struct Groups {
    first: HashMap<(Identity, Option<RepoPath>), usize>,
    all: Vec<Vec<Finding>>,
}

impl Groups {
    fn add(&mut self, finding: Finding) {
        let mergeable = finding.secret().is_some()
            || finding.place.origin.is_some()
            || matches!(finding.identity, Identity::Practice { .. });
        let index = *self.first.entry(finding.subject()).or_insert(self.all.len());
        match self.all.get_mut(index) {
            Some(group) if mergeable => group.push(finding),
            _ => self.all.push(vec![finding]),
        }
    }

    /// The objects with findings of each group.
    fn objects(&self) -> Vec<Vec<ObjectId>> {
        let of = |group: &Vec<Finding>| {
            let ids = group.iter().filter_map(|finding| finding.place.origin.as_ref()?.object);
            ids.collect::<BTreeSet<_>>().into_iter().collect()
        };
        self.all.iter().map(of).collect()
    }
}

/// Groups the findings of each secret: worktree and index first, then the history in commit order; and queries
/// `sources` about the history. A text at several paths is scanned under each.
pub(super) fn grouped(
    mut findings: Vec<Finding>,
    sources: &[&dyn Source],
    look: &mut Look<'_>,
) -> (Vec<Group>, Vec<Problem>) {
    // With those of the worktree first, the others find them.
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| finding.place.origin.as_ref().map(|origin| origin.object);
        key(a).cmp(&key(b)).then_with(|| order(a, b))
    });
    let mut groups = Groups::default();
    findings.into_iter().for_each(|finding| groups.add(finding));
    let asked = |objects: &[Vec<ObjectId>]| -> Vec<Attribution> {
        match objects.iter().any(|objects| !objects.is_empty()) {
            true => sources.iter().map(|source| source.attribute(objects)).collect(),
            false => Vec::new(),
        }
    };
    let objects = groups.objects();
    let mut known = asked(&objects);
    let mut problems = Vec::new();
    let further = paths::further(&groups.all, &known, sources, look, &mut problems);
    further.into_iter().for_each(|finding| groups.add(finding));
    let more = groups.objects();
    if more != objects {
        // Findings only at other paths are rare. They may belong to an earlier group.
        for (known, again) in known.iter_mut().zip(asked(&more)) {
            known.lives = again.lives;
        }
    }
    let is_foreign = |finding: &Finding| {
        let object = finding.place.origin.as_ref().and_then(|origin| origin.object);
        object.is_some_and(|object| known.iter().any(|known| known.foreign.contains(&object)))
    };
    for group in &mut groups.all {
        group.retain(|finding| !is_foreign(finding));
    }
    let paths = known.iter().flat_map(|known| &known.paths);
    let at: Commits<'_> = paths
        .flat_map(|(object, paths)| {
            paths.iter().map(|(path, commit)| ((*object, path.clone()), commit.as_ref()))
        })
        .collect();
    let all = groups.all.into_iter().enumerate().filter(|(_, group)| !group.is_empty());
    (all.map(|(index, group)| in_order(group, index, &known, &at)).collect(), problems)
}

/// The first commit with an object at a path.
type Commits<'a> = HashMap<(ObjectId, RepoPath), Option<&'a Commit>>;

/// The order of findings in a report.
pub(super) fn order(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    (&a.place.path, a.place.span, &a.check, &a.message).cmp(&(
        &b.place.path,
        b.place.span,
        &b.check,
        &b.message,
    ))
}

/// The group with this index, which has at least one finding, in the order of places.
fn in_order(mut group: Vec<Finding>, index: usize, known: &[Attribution], at: &Commits<'_>) -> Group {
    let historic = group.iter().any(|finding| finding.place.origin.is_some());
    if historic {
        group.iter_mut().for_each(|finding| place_in_time(&mut finding.place, known, at));
        group.sort_by(|a, b| when(&a.place).cmp(&when(&b.place)).then_with(|| order(a, b)));
    }
    let history = historic.then(|| Box::new(history(&group, index, known)));
    Group::new(group, history)
}

/// Keeps the first version of a file in the history; the ids of all versions are kept.
pub(super) fn compact(finding: &mut Finding) {
    let mut versions: BTreeSet<(RepoPath, TextKind)> = BTreeSet::new();
    let mut is_new = |place: &Place| match &place.origin {
        Some(origin) => versions.insert((place.path.clone(), origin.kind)),
        None => true,
    };
    is_new(&finding.place);
    finding.also.retain(|place| is_new(place));
    finding.parts.iter_mut().for_each(compact);
}

/// Moves a place of the history to its introduction.
fn place_in_time(place: &mut Place, known: &[Attribution], at: &Commits<'_>) {
    let Some(origin) = &mut place.origin else { return };
    let Some(object) = origin.object else { return };
    let files = [place.path.clone(), outermost(&place.path)];
    if let Some(commit) = files.into_iter().find_map(|file| at.get(&(object, file))) {
        origin.commit = commit.cloned();
    } else if origin.kind == TextKind::FileName {
        // The same content may have existed earlier under another name.
    } else if let Some((path, commit)) = known.iter().find_map(|known| known.origins.get(&object)) {
        if let Some(path) = path {
            place.path = paths::inside(path, &place.path);
        }
        if commit.is_some() {
            origin.commit.clone_from(commit);
        }
    }
}

/// Larger for newer places: current ones are newest, those without a commit oldest.
pub(super) fn age(place: &Place) -> u64 {
    match &place.origin {
        None => u64::MAX,
        Some(origin) => origin.commit.as_ref().map_or(0, |commit| commit.rank),
    }
}

/// Sorts places: current ones, then the history in commit order, then those without a commit.
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
            (TextKind::CommitHeader | TextKind::TagHeader, _) => history.header = true,
            (TextKind::RefName, _) => history.ref_name = true,
            (TextKind::FileName, _) => history.file_name = true,
            (_, None) => {}
        }
    }
    for ids in [&mut history.blobs, &mut history.messages] {
        ids.sort_unstable();
        ids.dedup();
    }
    // A tree has no messages.
    history.in_head = history.in_head.filter(|_| !history.blobs.is_empty());
    history
}
