//! All commits and tags of a store, in topological order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use gix::ObjectId;

use super::trees::NONE;
use crate::source::objects::{Bad, Base, Object, ObjectKind, Survey, Visitor};

/// Parents of a commit beyond this are ignored.
const MAX_PARENTS: usize = 1 << 16;

/// A commit as the graph keeps it.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub(super) number: u32,
    /// The number of its tree, or [`NONE`].
    pub(super) tree: u32,
    /// Positions of its parents among the commits; missing ones are left out.
    pub(super) parents: Vec<u32>,
    committed: i64,
}

/// All commits, parents first; among candidates the earliest commit date first, then the smallest id. Only in a
/// cycle, which a sound store cannot have, may a parent come later.
#[derive(Debug, Default)]
pub(super) struct Commits {
    pub(super) all: Vec<Commit>,
    /// The position of each object among the commits.
    at: Vec<u32>,
    /// Tags and their targets, by number; [`NONE`] if the target is missing.
    pub(super) tags: Vec<(u32, u32)>,
    /// Commits with a missing parent, and the parent's id.
    pub(super) cut: Vec<(u32, ObjectId)>,
    /// Commits and tags whose tree or target is missing, with its id.
    pub(super) missing: Vec<(u32, ObjectId)>,
    /// Objects that do not parse as the commit or tag that they claim to be, and commits in a cycle.
    pub(super) damaged: Vec<u32>,
    /// Objects that could not be read.
    pub(super) bad: Vec<Bad>,
}

impl Commits {
    /// Reads all commits and tags, and calls `said` for each with the offset of its message.
    pub(super) fn read(survey: &Survey, said: &(dyn Fn(Object<'_>, usize) + Sync)) -> Self {
        let reader = Reader { survey, said };
        let (commits, tags) =
            (survey.walk(ObjectKind::Commit, &reader), survey.walk(ObjectKind::Tag, &reader));
        let mut all = Self { bad: commits.bad, at: vec![NONE; survey.len() as usize], ..Self::default() };
        all.bad.extend(tags.bad);
        let mut found = Vec::new();
        for part in commits.scratches.into_iter().chain(tags.scratches) {
            found.extend(part.commits);
            all.tags.extend(part.tags);
            all.cut.extend(part.cut);
            all.missing.extend(part.missing);
            all.damaged.extend(part.damaged);
        }
        all.order(found);
        all.tags.sort_unstable();
        all.cut.sort_unstable();
        all.missing.sort_unstable();
        all.damaged.sort_unstable();
        all
    }

    /// Sorts the commits.
    fn order(&mut self, mut found: Vec<Commit>) {
        found.sort_unstable_by_key(|commit| commit.number);
        let mut place = vec![NONE; self.at.len()];
        for (at, commit) in (0u32..).zip(&found) {
            place[commit.number as usize] = at;
        }
        let mut waits = vec![0u32; found.len()];
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); found.len()];
        for (at, commit) in (0u32..).zip(&mut found) {
            commit.parents.retain_mut(|parent| {
                *parent = place[*parent as usize];
                *parent != NONE
            });
            commit.parents.sort_unstable();
            commit.parents.dedup();
            waits[at as usize] = commit.parents.len() as u32;
            for parent in &commit.parents {
                children[*parent as usize].push(at);
            }
        }
        // Numbers are in the order of ids.
        let key = |at: u32| Reverse((found[at as usize].committed, at));
        let mut ready: BinaryHeap<_> =
            (0u32..).zip(&waits).filter(|(_, waits)| **waits == 0).map(|(at, _)| key(at)).collect();
        let mut order = Vec::with_capacity(found.len());
        let mut new = vec![NONE; found.len()];
        let mut rest = 0u32..;
        while order.len() < found.len() {
            let at = match ready.pop() {
                Some(Reverse((_, at))) => at,
                // The rest is a cycle: take one.
                None => {
                    let is_left = |at: &u32| new[*at as usize] == NONE;
                    let at = rest.find(is_left).expect("not all are in order");
                    self.damaged.push(found[at as usize].number);
                    at
                }
            };
            if new[at as usize] != NONE {
                continue;
            }
            new[at as usize] = order.len() as u32;
            order.push(at);
            for child in &children[at as usize] {
                let waits = &mut waits[*child as usize];
                *waits -= 1;
                if *waits == 0 {
                    ready.push(key(*child));
                }
            }
        }
        self.all = order
            .iter()
            .map(|from| {
                let mut commit = found[*from as usize].clone();
                commit.parents.iter_mut().for_each(|parent| *parent = new[*parent as usize]);
                commit
            })
            .collect();
        for (at, commit) in (0u32..).zip(&self.all) {
            self.at[commit.number as usize] = at;
        }
    }

    /// The position among the commits of the object with this number.
    pub(super) fn place(&self, number: u32) -> Option<u32> {
        self.at.get(number as usize).copied().filter(|at| *at != NONE)
    }

    /// The target of the tag with this number.
    pub(super) fn target(&self, number: u32) -> Option<u32> {
        let at = self.tags.binary_search_by_key(&number, |(tag, _)| *tag).ok()?;
        Some(self.tags[at].1).filter(|target| *target != NONE)
    }
}

#[derive(Default)]
struct Part {
    commits: Vec<Commit>,
    tags: Vec<(u32, u32)>,
    cut: Vec<(u32, ObjectId)>,
    missing: Vec<(u32, ObjectId)>,
    damaged: Vec<u32>,
}

struct Reader<'a> {
    survey: &'a Survey,
    said: &'a (dyn Fn(Object<'_>, usize) + Sync),
}

impl Visitor for Reader<'_> {
    type Scratch = Part;
    type State = ();

    fn scratch(&self) -> Part {
        Part::default()
    }

    fn visit(&self, part: &mut Part, object: Object<'_>, _base: Option<Base<'_, ()>>) {
        let head = memchr::memmem::find(object.bytes, b"\n\n").unwrap_or(object.bytes.len());
        (self.said)(object, (head + 2).min(object.bytes.len()));
        let lines = object.bytes[..head].split(|byte| *byte == b'\n');
        let read = match object.kind {
            ObjectKind::Commit => self.commit(part, object.number, lines),
            _ => self.tag(part, object.number, lines),
        };
        if read.is_none() {
            part.damaged.push(object.number);
        }
    }
}

impl Reader<'_> {
    fn commit<'b>(&self, part: &mut Part, number: u32, lines: impl Iterator<Item = &'b [u8]>) -> Option<()> {
        let (mut tree, mut parents, mut committed) = (None, Vec::new(), 0);
        for line in lines {
            if let Some(id) = line.strip_prefix(b"tree ") {
                tree = tree.or(Some(ObjectId::from_hex(id).ok()?));
            } else if let Some(id) = line.strip_prefix(b"parent ") {
                let id = ObjectId::from_hex(id).ok()?;
                match self.survey.number(id.as_bytes()) {
                    Some(parent) if parents.len() < MAX_PARENTS => parents.push(parent),
                    _ => part.cut.push((number, id)),
                }
            } else if let Some(line) = line.strip_prefix(b"committer ") {
                committed = seconds(line);
            }
        }
        let id = tree?;
        let tree = self.survey.number(id.as_bytes()).unwrap_or(NONE);
        if tree == NONE && id != ObjectId::empty_tree(id.kind()) {
            part.missing.push((number, id));
        }
        part.commits.push(Commit { number, tree, parents, committed });
        Some(())
    }

    fn tag<'b>(&self, part: &mut Part, number: u32, mut lines: impl Iterator<Item = &'b [u8]>) -> Option<()> {
        let id = lines.find_map(|line| ObjectId::from_hex(line.strip_prefix(b"object ")?).ok())?;
        let target = self.survey.number(id.as_bytes());
        if target.is_none() {
            part.missing.push((number, id));
        }
        part.tags.push((number, target.unwrap_or(NONE)));
        Some(())
    }
}

/// The time of a line `name <address> seconds zone`.
fn seconds(line: &[u8]) -> i64 {
    let rest = memchr::memrchr(b'>', line).map_or(line, |at| &line[at + 1..]);
    let mut words = rest.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    words.next().and_then(|word| std::str::from_utf8(word).ok()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times() {
        assert_eq!(seconds(b"A <a@b> 1714559696 +0200"), 1_714_559_696);
        assert_eq!(seconds(b"A <a> b> -5 +0200"), -5);
        assert_eq!(seconds(b"A <a@b>"), 0);
        assert_eq!(seconds(b"99999999999999999999"), 0);
    }
}
