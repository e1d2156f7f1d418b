//! An inventory of a store: every object with its number, its kind and its delta tree.

use std::sync::Arc;

use gix::ObjectId;
use rayon::prelude::*;

use super::catalogue::Catalogue;
use super::forest::DeltaForest;
use super::inflate::Inflater;
use super::loose::Loose;
use super::places::problem;
use super::store::Store;
use super::{Bad, ObjectKind, Reason};
use crate::model::Problem;

/// All objects of a store.
pub struct Survey {
    pub(super) store: Arc<Store>,
    pub(super) catalogue: Catalogue,
    pub(super) forests: Vec<DeltaForest>,
    /// For each pack, and then for the loose objects, the numbers of their objects.
    pub(super) numbers: Vec<Vec<u32>>,
    pub(super) loose: Loose,
    kinds: Vec<Option<ObjectKind>>,
    bad: Vec<Bad>,
    problems: Vec<Problem>,
}

impl Survey {
    /// Reads the headers of all objects in `store`, on the threads of the current rayon pool.
    #[must_use]
    pub fn of(store: &Arc<Store>) -> Arc<Self> {
        let mut problems = Vec::new();
        let loose = Loose::list(&store.places, store.hash, &mut problems);
        let shorter = store.packs.iter().filter(|pack| !pack.index.load());
        problems.extend(shorter.map(|_| {
            problem("the index of a pack shrank while it was read; the pack was not scanned".to_owned())
        }));
        let mut forests: Vec<DeltaForest> = store.packs.iter().map(DeltaForest::build).collect();
        let counts: Vec<u32> =
            store.packs.iter().map(super::pack::Pack::len).chain(std::iter::once(loose.len())).collect();
        let width = store.hash.len_in_bytes();
        let (catalogue, numbers) =
            Catalogue::new(width, &counts, |home| match store.packs.get(home.source as usize) {
                Some(pack) => pack.id(home.position),
                None => loose.id(home.position),
            });
        let loose_kinds: Vec<Result<ObjectKind, Reason>> = (0..loose.len())
            .into_par_iter()
            .map_init(Inflater::default, |inflater, position| loose.kind(position, inflater))
            .collect();
        let mut kinds = vec![None; catalogue.len() as usize];
        let mut bad = Vec::new();
        let unreadable = numbers[store.packs.len()].iter().zip(&loose_kinds);
        for (number, kind) in unreadable {
            match kind {
                Ok(kind) => kinds[*number as usize] = Some(*kind),
                Err(reason) => bad.push(Bad { id: catalogue.id(*number), reason: *reason }),
            }
        }
        // Packs are entered last to first, so the first one wins.
        for (forest, numbers) in forests.iter().zip(&numbers).rev() {
            enter(forest, numbers, 0..forest.len() as u32, &mut kinds);
        }
        let mut survey = Self {
            store: Arc::clone(store),
            catalogue,
            forests: Vec::new(),
            numbers,
            loose,
            kinds,
            bad,
            problems,
        };
        survey.resolve_thin(&mut forests);
        for (forest, numbers) in forests.iter().zip(&survey.numbers) {
            let listed = forest.bad.iter().map(|(position, reason)| (numbers[*position as usize], *reason));
            survey.bad.extend(listed.map(|(number, reason)| Bad { id: survey.catalogue.id(number), reason }));
        }
        survey.forests = forests;
        Arc::new(survey)
    }

    /// Finds the kinds of delta trees whose base is in another pack (thin packs). One may depend on another, so
    /// this repeats until nothing changes.
    fn resolve_thin(&mut self, forests: &mut [DeltaForest]) {
        let mut waiting: Vec<(usize, u32, ObjectId)> = Vec::new();
        for (at, forest) in forests.iter_mut().enumerate() {
            let foreign = std::mem::take(&mut forest.foreign);
            waiting.extend(foreign.iter().map(|(root, id)| (at, *root, *id)));
            forest.foreign = foreign;
        }
        loop {
            let before = waiting.len();
            waiting.retain(|(at, root, id)| {
                let base = self.catalogue.find(id.as_bytes());
                let Some(kind) = base.and_then(|number| self.kinds[number as usize]) else { return true };
                let forest = &mut forests[*at];
                for entry in forest.subtree(*root) {
                    forest.kinds[entry as usize] = Some(kind);
                    let number = self.numbers[*at][forest.positions[entry as usize] as usize];
                    self.kinds[number as usize].get_or_insert(kind);
                }
                false
            });
            if waiting.is_empty() || waiting.len() == before {
                break;
            }
        }
        for (at, root, id) in waiting {
            let forest = &mut forests[at];
            let is_there = self.catalogue.find(id.as_bytes()).is_some();
            for entry in forest.subtree(root) {
                let reason = match (entry == root, is_there) {
                    (true, false) => Reason::MissingBase(id),
                    (true, true) => Reason::Cyclic,
                    _ => Reason::BadBase,
                };
                forest.bad.push((forest.positions[entry as usize], reason));
            }
        }
    }

    /// The surveyed store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How many objects there are; their numbers are below it.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.catalogue.len()
    }

    /// True if it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many objects of this kind there are.
    #[must_use]
    pub fn count(&self, kind: ObjectKind) -> usize {
        self.kinds.iter().filter(|found| **found == Some(kind)).count()
    }

    /// The id of the object with this number.
    ///
    /// # Panics
    /// If `number` is out of range.
    #[must_use]
    pub fn id(&self, number: u32) -> ObjectId {
        self.catalogue.id(number)
    }

    /// The number of the object whose id has these bytes.
    #[must_use]
    pub fn number(&self, id: &[u8]) -> Option<u32> {
        self.catalogue.find(id)
    }

    /// The kind of the object with this number; `None` if unknown.
    ///
    /// # Panics
    /// If `number` is out of range.
    #[must_use]
    pub fn kind(&self, number: u32) -> Option<ObjectKind> {
        self.kinds[number as usize]
    }

    /// Objects of unknown kind. The walk reports the other unreadable ones.
    #[must_use]
    pub fn bad(&self) -> &[Bad] {
        &self.bad
    }

    /// Errors from listing objects.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// Records the known kinds of the entries.
fn enter(
    forest: &DeltaForest,
    numbers: &[u32],
    entries: std::ops::Range<u32>,
    kinds: &mut [Option<ObjectKind>],
) {
    for entry in entries {
        if let Some(kind) = forest.kinds[entry as usize] {
            kinds[numbers[forest.positions[entry as usize] as usize] as usize] = Some(kind);
        }
    }
}
