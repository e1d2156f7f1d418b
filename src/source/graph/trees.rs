//! What each tree adds to and drops from the tree it is stored against.
//!
//! A tree of a few hundred entries is mostly a copy of its base. Only the other entries are kept, so the whole
//! history of a repository is a short list per tree.

use crate::model::FastMap;
use crate::source::objects::{Bad, Base, Object, ObjectKind, Survey, Visitor};

/// Stands for no object.
pub(super) const NONE: u32 = u32::MAX;
/// Stands for the commit of a submodule, which is in another repository.
pub(super) const SUBMODULE: u32 = u32::MAX - 1;

/// An entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Entry {
    /// The number of the object; [`SUBMODULE`], or [`NONE`] if it is missing.
    pub(super) child: u32,
    /// The number of its name.
    pub(super) name: u32,
}

/// A tree, as the difference from its base.
#[derive(Clone, Copy, Debug)]
struct Tree {
    number: u32,
    /// The number of its base, or [`NONE`].
    base: u32,
    own: (u32, u32),
    dropped: (u32, u32),
}

/// All trees of a store, sorted by number.
#[derive(Debug, Default)]
pub(super) struct Trees {
    trees: Vec<Tree>,
    /// The position of each object among the trees.
    at: Vec<u32>,
    entries: Vec<Entry>,
    /// Every name once.
    pub(super) names: Vec<Vec<u8>>,
    /// Missing objects: the tree's number, and the bytes of the object's id.
    pub(super) missing: Vec<(u32, Vec<u8>)>,
    /// Trees that do not parse to their end.
    pub(super) damaged: Vec<u32>,
    /// Objects that could not be read.
    pub(super) bad: Vec<Bad>,
}

impl Trees {
    /// Reads all trees.
    pub(super) fn read(survey: &Survey) -> Self {
        let walked = survey.walk(ObjectKind::Tree, &Reader { survey });
        let mut all = Self { bad: walked.bad, ..Self::default() };
        let mut known: FastMap<Vec<u8>, u32> = FastMap::default();
        for part in walked.scratches {
            let mut names = vec![0; part.names.len()];
            for (name, at) in part.names {
                names[at as usize] = *known.entry(name).or_insert_with_key(|name| {
                    all.names.push(name.clone());
                    count(all.names.len() - 1)
                });
            }
            let start = count(all.entries.len());
            let renamed =
                part.entries.iter().map(|entry| Entry { name: names[entry.name as usize], ..*entry });
            all.entries.extend(renamed);
            all.trees.extend(part.trees.iter().map(|tree| Tree {
                own: (tree.own.0 + start, tree.own.1 + start),
                dropped: (tree.dropped.0 + start, tree.dropped.1 + start),
                ..*tree
            }));
            all.missing.extend(part.missing);
            all.damaged.extend(part.damaged);
        }
        all.trees.sort_unstable_by_key(|tree| tree.number);
        all.missing.sort_unstable();
        all.damaged.sort_unstable();
        all.at = vec![NONE; survey.len() as usize];
        for (at, tree) in (0u32..).zip(&all.trees) {
            all.at[tree.number as usize] = at;
            all.entries[tree.dropped.0 as usize..tree.dropped.1 as usize].sort_unstable();
        }
        all
    }

    /// How many trees were read.
    pub(super) fn len(&self) -> u32 {
        count(self.trees.len())
    }

    /// The position among the trees of the object with this number.
    pub(super) fn place(&self, number: u32) -> Option<u32> {
        self.at.get(number as usize).copied().filter(|at| *at != NONE)
    }

    /// The number of the tree at this position.
    pub(super) fn number(&self, at: u32) -> u32 {
        self.trees[at as usize].number
    }

    /// The position of the base of the tree at this position.
    pub(super) fn base(&self, at: u32) -> Option<u32> {
        self.place(self.trees[at as usize].base)
    }

    /// What the tree has and its base lacks; everything, if it has no base.
    pub(super) fn own(&self, at: u32) -> &[Entry] {
        let (start, end) = self.trees[at as usize].own;
        &self.entries[start as usize..end as usize]
    }

    /// What the base has and the tree lacks, sorted.
    pub(super) fn dropped(&self, at: u32) -> &[Entry] {
        let (start, end) = self.trees[at as usize].dropped;
        &self.entries[start as usize..end as usize]
    }

    /// What the tree inherits from its bases, into `out`. Returns the work done.
    pub(super) fn inherited(&self, at: u32, out: &mut Vec<Entry>) -> usize {
        out.clear();
        let mut dropped: FastMap<Entry, usize> = FastMap::default();
        let mut work = 0;
        let mut at = at;
        while let Some(base) = self.base(at) {
            for entry in self.dropped(at) {
                *dropped.entry(*entry).or_default() += 1;
            }
            work += self.dropped(at).len() + self.own(base).len() + 1;
            for entry in self.own(base) {
                match dropped.get_mut(entry) {
                    Some(times) if *times > 0 => *times -= 1,
                    _ => out.push(*entry),
                }
            }
            at = base;
        }
        work
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).expect("no store has as many entries of trees as 32 bits can count")
}

/// What one thread has read.
#[derive(Default)]
struct Part {
    trees: Vec<Tree>,
    entries: Vec<Entry>,
    names: FastMap<Vec<u8>, u32>,
    missing: Vec<(u32, Vec<u8>)>,
    damaged: Vec<u32>,
    /// Which entries of the base were copied, as ranges of their positions.
    kept: Vec<(usize, usize)>,
}

/// What is known of a tree when trees stored against it are read.
struct Known {
    number: u32,
    /// Where its entries start, and where the last one ends.
    starts: Vec<u32>,
    /// The object of each entry: looking an id up is expensive.
    children: Vec<u32>,
}

struct Reader<'a> {
    survey: &'a Survey,
}

impl Visitor for Reader<'_> {
    type Scratch = Part;
    type State = Known;

    fn scratch(&self) -> Part {
        Part::default()
    }

    fn visit(&self, part: &mut Part, object: Object<'_>, base: Option<Base<'_, Known>>) -> Known {
        let width = self.survey.store().hash().len_in_bytes();
        let own = count(part.entries.len());
        part.kept.clear();
        let room = base.as_ref().map_or(16, |base| base.state.starts.len() + 8);
        let (mut starts, mut children) = (Vec::with_capacity(room), Vec::with_capacity(room));
        let mut copies = base.as_ref().map_or(&[][..], |base| &base.delta.copies);
        let mut at = 0;
        let len = object.bytes.len();
        let mut whole = true;
        while at < len {
            while let Some((first, rest)) = copies.split_first()
                && (first.dst + first.len) as usize <= at
            {
                copies = rest;
            }
            if let (Some(copy), Some(base)) = (copies.first(), &base)
                && copy.dst as usize <= at
            {
                // An entry of the base that starts here, and all that follow in the copy, are entries here too.
                let src = copy.src as usize + (at - copy.dst as usize);
                let known = base.state.starts.as_slice();
                let (entries, end) = known.split_at(known.len() - 1);
                if let Ok(first) = entries.binary_search(&count(src)) {
                    let until = copy.src + copy.len;
                    let last = known.partition_point(|start| *start <= until) - 1;
                    if last > first {
                        // The distance is the same both ways.
                        let moved = |start: &u32| (*start as usize + at - src) as u32;
                        starts.extend(entries[first..last].iter().map(moved));
                        children.extend_from_slice(&base.state.children[first..last]);
                        part.kept.push((first, last));
                        at += entries.get(last).copied().unwrap_or(end[0]) as usize - src;
                        continue;
                    }
                }
            }
            let Some((mode, name, id)) = entry(&object.bytes[at..], width) else {
                whole = false;
                break;
            };
            starts.push(count(at));
            at += mode.len() + name.len() + id.len() + 2;
            children.push(self.enter(part, object.number, (mode, name, id)));
        }
        if !whole {
            part.damaged.push(object.number);
        }
        starts.push(count(at));
        let dropped = count(part.entries.len());
        if let Some(base) = &base {
            part.kept.sort_unstable();
            let kept = std::mem::take(&mut part.kept);
            let mut next = 0;
            let all = base.state.starts.len() - 1;
            for (first, last) in kept.iter().copied().chain([(all, all)]) {
                for at in next..first.max(next) {
                    let start = base.state.starts[at] as usize;
                    if let Some(found) = base.bytes.get(start..).and_then(|bytes| entry(bytes, width)) {
                        let child = base.state.children[at];
                        let name = part.name(found.1);
                        part.entries.push(Entry { child, name });
                    }
                }
                next = next.max(last);
            }
            part.kept = kept;
        }
        let end = count(part.entries.len());
        let number = object.number;
        let base = base.map_or(NONE, |base| base.state.number);
        part.trees.push(Tree { number, base, own: (own, dropped), dropped: (dropped, end) });
        Known { number, starts, children }
    }
}

impl Part {
    /// This thread's number of a name.
    fn name(&mut self, name: &[u8]) -> u32 {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let next = count(self.names.len());
        self.names.insert(name.to_vec(), next);
        next
    }
}

impl Reader<'_> {
    /// Adds an entry of the tree with this number, and returns its object.
    fn enter(&self, part: &mut Part, number: u32, (mode, name, id): Raw<'_>) -> u32 {
        let child = match self.survey.number(id) {
            _ if mode == b"160000" => SUBMODULE,
            Some(number) => number,
            None => NONE,
        };
        let name = part.name(name);
        part.entries.push(Entry { child, name });
        if child == NONE && !is_empty_tree(id) {
            part.missing.push((number, id.to_vec()));
        }
        child
    }
}

/// Every store has it implicitly.
fn is_empty_tree(id: &[u8]) -> bool {
    [gix::hash::Kind::Sha1, gix::hash::Kind::Sha256]
        .iter()
        .any(|hash| gix::ObjectId::empty_tree(*hash).as_bytes() == id)
}

/// Mode, name and id of an entry.
pub(in crate::source) type Raw<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// The first entry of `bytes`: the mode in octal, a blank, the name, a zero byte, the id.
pub(in crate::source) fn entry(bytes: &[u8], width: usize) -> Option<Raw<'_>> {
    let blank = memchr::memchr(b' ', bytes.get(..bytes.len().min(8))?)?;
    let (mode, rest) = (&bytes[..blank], &bytes[blank + 1..]);
    let end = memchr::memchr(0, rest)?;
    let id = rest.get(end + 1..)?.get(..width)?;
    mode.iter().all(|digit| (b'0'..=b'7').contains(digit)).then_some((mode, &rest[..end], id))
}

#[cfg(test)]
mod tests {
    use super::entry;

    #[test]
    fn entries() {
        let mut bytes = b"100644 a b\0".to_vec();
        bytes.extend([7; 20]);
        bytes.extend(b"40000 c\0");
        let (mode, name, id) = entry(&bytes, 20).unwrap();
        assert_eq!((mode, name, id), (&b"100644"[..], &b"a b"[..], &[7; 20][..]));
        assert_eq!(entry(&bytes[31..], 20), None);
        assert_eq!(entry(b"100648 a\0aaaaaaaaaaaaaaaaaaaa", 20), None);
        assert_eq!(entry(b"no blank here\0aaaaaaaaaaaaaaaaaaaa", 20), None);
        assert_eq!(entry(b"", 20), None);
    }
}
