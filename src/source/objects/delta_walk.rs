//! Walks delta trees: assembles every object once, base first.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::clean::Needed;
use super::delta::{self, Delta};
use super::forest::DeltaForest;
use super::inflate::Inflater;
use super::pack::{Link, Pack};
use super::pack_file::Window;
use super::store::Limits;
use super::survey::Survey;
use super::{Bad, Base, Object, ObjectKind, Reason, Visitor};

/// Larger delta trees are jobs of their own, the largest first.
const LARGE: u32 = 256;
/// Smaller delta trees, or loose objects, per job.
const CHUNK: usize = 64;
/// Smaller subtrees are not handed to another thread.
const SPLIT: u32 = 32;
/// How many buffers a thread keeps, and the size of the largest kept.
const KEEP: (usize, usize) = (32, 4 << 20);
/// Larger objects are assembled and visited one at a time, to bound memory.
const ALONE: usize = 32 << 20;
/// The budget of a pack, in bytes of ordinary text scanned whole: a minimum, and a share per byte. Ordinary
/// histories take a tenth, as most of an object equals its base and is not scanned again. A pack of a kilobyte can
/// expand to a terabyte.
const COST_MIN: u64 = 4 << 30;
const COST_PER_BYTE: u64 = 128;
/// The greatest ratio of DEFLATE: bytes of output per byte of input.
const INFLATED: u64 = 1032;
/// Assembling this many bytes costs as much as scanning one.
const ASSEMBLED: u64 = 16;
/// The most bad objects for which another copy is tried, and delta trees with a base outside of their pack. Both
/// are rare and expensive.
const MAX_EXPENSIVE: usize = 4096;

/// The result of a walk.
#[derive(Debug)]
pub struct Walked<T> {
    /// The state of each worker, unordered.
    pub scratches: Vec<T>,
    /// Objects that could not be read, sorted.
    pub bad: Vec<Bad>,
    /// Objects visited.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Numbers of objects that were read from another place than their first.
    pub elsewhere: Vec<u32>,
}

/// A unit of work.
enum Job<'a> {
    Trees { pack: usize, roots: &'a [u32] },
    Loose { positions: &'a [u32] },
}

/// An object whose children are being visited.
struct Frame<S> {
    entry: u32,
    /// How many of its children have been started.
    taken: usize,
    bytes: Vec<u8>,
    state: Option<S>,
}

/// What all threads of a walk share.
struct Walk<'a, V: Visitor> {
    survey: &'a Survey,
    kind: ObjectKind,
    visitor: &'a V,
    /// Which entries are assembled; all if `None`.
    needed: Option<&'a Needed>,
    jobs: Vec<Job<'a>>,
    next: AtomicUsize,
    /// Idle threads, which could take a subtree.
    idle: AtomicUsize,
    expensive: AtomicUsize,
    alone: Mutex<()>,
    /// The remaining budget of each pack.
    left: Vec<AtomicU64>,
    done: Mutex<Walked<V::Scratch>>,
}

impl Survey {
    /// Calls `visitor` for every object of `kind`, each once, on the threads of the current rayon pool.
    pub fn walk<V: Visitor>(&self, kind: ObjectKind, visitor: &V) -> Walked<V::Scratch> {
        self.walk_needed(kind, visitor, None)
    }

    /// The same, but for packs only the `needed` entries and their bases.
    pub fn walk_needed<V: Visitor>(
        &self,
        kind: ObjectKind,
        visitor: &V,
        needed: Option<&Needed>,
    ) -> Walked<V::Scratch> {
        let is_needed = |pack, root: &u32| needed.is_none_or(|needed| needed.is(pack, *root));
        let roots: Vec<(Vec<u32>, Vec<u32>)> = self
            .forests
            .iter()
            .enumerate()
            .map(|(pack, forest)| split(forest, kind, |root| is_needed(pack, root)))
            .collect();
        let source = self.forests.len();
        let loose: Vec<u32> = (0..self.loose.len())
            .filter(|position| self.is_home(source, *position))
            .filter(|position| self.kind(self.numbers[source][*position as usize]) == Some(kind))
            .collect();
        let walk = Walk {
            survey: self,
            kind,
            visitor,
            needed,
            jobs: jobs(&self.forests, &roots, &loose),
            next: AtomicUsize::new(0),
            idle: AtomicUsize::new(0),
            expensive: AtomicUsize::new(0),
            alone: Mutex::new(()),
            left: self.store.packs.iter().map(|pack| AtomicU64::new(cost_of(pack.size()))).collect(),
            done: Mutex::new(Walked {
                scratches: Vec::new(),
                bad: Vec::new(),
                objects: 0,
                bytes: 0,
                elsewhere: Vec::new(),
            }),
        };
        let threads = rayon::current_num_threads().min(walk.jobs.len());
        rayon::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|scope| walk.work(scope));
            }
        });
        walk.finish()
    }

    /// True if this position is where the object is read from.
    pub(super) fn is_home(&self, source: usize, position: u32) -> bool {
        let home = self.catalogue.home(self.numbers[source][position as usize]);
        (home.source as usize, home.position) == (source, position)
    }
}

/// The budget of a pack of this size.
const fn cost_of(bytes: u64) -> u64 {
    let own = bytes.saturating_mul(COST_PER_BYTE);
    if own > COST_MIN { own } else { COST_MIN }
}

/// The roots of large delta trees, and of the others.
fn split(forest: &DeltaForest, kind: ObjectKind, is_needed: impl Fn(&u32) -> bool) -> (Vec<u32>, Vec<u32>) {
    let ours = forest.roots.iter().copied().filter(|root| forest.kinds[*root as usize] == Some(kind));
    ours.filter(is_needed).partition(|root| forest.weights[*root as usize] > LARGE)
}

fn jobs<'a>(forests: &[DeltaForest], roots: &'a [(Vec<u32>, Vec<u32>)], loose: &'a [u32]) -> Vec<Job<'a>> {
    let mut large: Vec<(u32, Job<'a>)> = Vec::new();
    for (pack, (roots, _)) in roots.iter().enumerate() {
        let weight = |root: &u32| forests[pack].weights[*root as usize];
        large.extend(
            roots.iter().map(|root| (weight(root), Job::Trees { pack, roots: std::slice::from_ref(root) })),
        );
    }
    large.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let small = roots
        .iter()
        .enumerate()
        .flat_map(|(pack, (_, roots))| roots.chunks(CHUNK).map(move |roots| Job::Trees { pack, roots }));
    let loose = loose.chunks(CHUNK).map(|positions| Job::Loose { positions });
    large.into_iter().map(|(_, job)| job).chain(small).chain(loose).collect()
}

impl<'a, V: Visitor> Walk<'a, V> {
    fn work<'s>(&'s self, scope: &rayon::Scope<'s>) {
        let mut worker = Worker::new(self);
        while let Some(job) = self.jobs.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            match job {
                Job::Trees { pack, roots } => {
                    for root in *roots {
                        if let Some(frame) = worker.root(*pack, *root) {
                            worker.descend(*pack, frame, scope);
                        }
                    }
                }
                Job::Loose { positions } => {
                    for position in *positions {
                        worker.loose(*position);
                    }
                }
            }
        }
        worker.finish();
    }

    /// True if a thread was idle; it is then claimed.
    fn steal_work(&self) -> bool {
        self.idle.load(Ordering::Relaxed) > 0
            && self
                .idle
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1))
                .is_ok()
    }

    /// For a large object, waits until no other thread has one.
    fn alone(&self, size: usize) -> Option<MutexGuard<'_, ()>> {
        (size > ALONE).then(|| self.alone.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Subtracts `cost` from the budget of a pack.
    fn charge(&self, pack: usize, cost: u64) {
        let left = &self.left[pack];
        let less = |left: u64| Some(left.saturating_sub(cost));
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).unwrap_or_default();
    }

    /// True if the budget of a pack is spent.
    fn is_spent(&self, pack: usize) -> bool {
        self.left[pack].load(Ordering::Relaxed) == 0
    }

    /// False if the budget for expensive operations is spent.
    fn within_budget(&self) -> bool {
        self.expensive.fetch_add(1, Ordering::Relaxed) < MAX_EXPENSIVE
    }

    /// Tries other copies of unreadable objects, and sorts the rest.
    fn finish(self) -> Walked<V::Scratch> {
        let mut done = self.done.into_inner().expect("no thread panicked while adding");
        let store = &self.survey.store;
        let mut scratch = None;
        done.bad.retain(|bad| {
            let is_size = matches!(bad.reason, Reason::TooLarge | Reason::TooLargeBase | Reason::Spent);
            if is_size || store.packs.len() + store.places.len() < 3 && store.copies(&bad.id) < 2 {
                return true;
            }
            if self.expensive.fetch_add(1, Ordering::Relaxed) >= MAX_EXPENSIVE {
                return true;
            }
            let Some(Ok(found)) = store.find(&bad.id) else { return true };
            if found.kind != self.kind || found.bytes.len() > store.limits.for_kind(self.kind) {
                return true;
            }
            let Some(number) = self.survey.number(bad.id.as_bytes()) else { return true };
            let scratch = scratch.get_or_insert_with(|| self.visitor.scratch());
            let object = Object { number, id: bad.id, kind: found.kind, bytes: &found.bytes };
            self.visitor.visit(scratch, object, None);
            done.elsewhere.push(number);
            done.objects += 1;
            done.bytes += found.bytes.len() as u64;
            false
        });
        done.scratches.extend(scratch);
        done.bad.sort_unstable();
        done
    }
}

/// One thread of a walk, with its reused buffers.
struct Worker<'w, 'a, V: Visitor> {
    walk: &'w Walk<'a, V>,
    scratch: V::Scratch,
    inflater: Inflater,
    window: Window,
    instructions: Vec<u8>,
    delta: Delta,
    buffers: Vec<Vec<u8>>,
    bad: Vec<Bad>,
    objects: u64,
    bytes: u64,
}

impl<'w, 'a, V: Visitor> Worker<'w, 'a, V> {
    fn new(walk: &'w Walk<'a, V>) -> Self {
        Self {
            walk,
            scratch: walk.visitor.scratch(),
            inflater: Inflater::default(),
            window: Window::default(),
            instructions: Vec::new(),
            delta: Delta::default(),
            buffers: Vec::new(),
            bad: Vec::new(),
            objects: 0,
            bytes: 0,
        }
    }

    fn finish(self) {
        let mut done = self.walk.done.lock().expect("no thread panics while adding");
        done.scratches.push(self.scratch);
        done.bad.extend(self.bad);
        done.objects += self.objects;
        done.bytes += self.bytes;
        self.walk.idle.fetch_add(1, Ordering::Relaxed);
    }

    fn limits(&self) -> Limits {
        self.walk.survey.store.limits
    }

    /// The largest object that is visited, in bytes.
    fn most(&self) -> usize {
        self.limits().for_kind(self.walk.kind)
    }

    fn pack(&self, pack: usize) -> (&'a Pack, &'a DeltaForest) {
        (&self.walk.survey.store.packs[pack], &self.walk.survey.forests[pack])
    }

    fn loose(&mut self, position: u32) {
        let survey = self.walk.survey;
        let number = survey.numbers[survey.forests.len()][position as usize];
        let mut bytes = self.buffers.pop().unwrap_or_default();
        match survey.loose.read(position, self.limits(), &mut self.inflater, &mut bytes) {
            Ok((kind, start)) if kind == self.walk.kind => {
                let object = bytes.get(start..).unwrap_or_default();
                self.show(number, object, None);
            }
            Ok(_) => self.fail(number, Reason::Damaged("its file changed while it was read")),
            Err(reason) => self.fail(number, reason),
        }
        self.keep(bytes);
    }

    /// Assembles and visits the root of a delta tree.
    fn root(&mut self, pack: usize, root: u32) -> Option<Frame<V::State>> {
        let (from, forest) = self.pack(pack);
        if self.walk.is_spent(pack) {
            self.fail_subtree(pack, root, Reason::Spent);
            return None;
        }
        let offset = forest.offsets[root as usize];
        let Some(head) = from.head(&mut self.window, offset) else {
            self.fail_subtree(pack, root, Reason::Damaged("its place in the pack holds no object"));
            return None;
        };
        let id = match head.link {
            Link::To(id) => id,
            Link::Back(_) => return None,
            Link::Whole(_) => {
                if !self.is_readable(pack, root, head.size) {
                    return None;
                }
                let size = usize::try_from(head.size).expect("it was compared to the limit");
                let _alone = self.walk.alone(size);
                let mut bytes = self.buffers.pop().unwrap_or_default();
                let place = (offset + head.len as u64, Some(forest.end(root)));
                let with = (&mut self.window, &mut self.inflater);
                if let Err(reason) = from.inflate(with, place, size, &mut bytes) {
                    self.keep(bytes);
                    self.fail_subtree(pack, root, reason);
                    return None;
                }
                let state = self.look(pack, root, &bytes, None);
                return Some(Frame { entry: root, taken: 0, bytes, state });
            }
        };
        // Its base is visited elsewhere: here it is only a source of bytes.
        let base = if self.walk.within_budget() { self.walk.survey.store.find(&id) } else { None };
        match base {
            Some(Ok(base)) if base.kind == self.walk.kind => self.made_from(pack, root, &base.bytes, None),
            Some(Ok(_)) => {
                self.fail_subtree(pack, root, Reason::Damaged("its base is of another kind"));
                None
            }
            Some(Err(Reason::TooLarge)) => {
                self.fail_subtree(pack, root, Reason::TooLargeBase);
                None
            }
            Some(Err(_)) => {
                self.fail_subtree(pack, root, Reason::BadBase);
                None
            }
            None => {
                self.fail_subtree(pack, root, Reason::MissingBase(id));
                None
            }
        }
    }

    /// Visits everything that is based on `frame`.
    fn descend<'s>(&mut self, pack: usize, frame: Frame<V::State>, scope: &rayon::Scope<'s>)
    where
        'w: 's,
        'a: 's,
    {
        let (_, forest) = self.pack(pack);
        let mut stack = vec![frame];
        while let Some(mut frame) = stack.pop() {
            let children = forest.children(frame.entry);
            let Some(&child) = children.get(frame.taken) else {
                self.keep(frame.bytes);
                continue;
            };
            frame.taken += 1;
            if self.walk.needed.is_some_and(|needed| !needed.is(pack, child)) {
                stack.push(frame);
                continue;
            }
            let made = self.made_from(pack, child, &frame.bytes, frame.state.as_ref());
            if frame.taken < children.len() {
                stack.push(frame);
            } else {
                self.keep(frame.bytes);
            }
            let Some(made) = made else { continue };
            if forest.children(child).is_empty() {
                self.keep(made.bytes);
            } else if !stack.is_empty() && forest.weights[child as usize] >= SPLIT && self.walk.steal_work() {
                let walk = self.walk;
                scope.spawn(move |scope| {
                    let mut worker = Worker::new(walk);
                    worker.descend(pack, made, scope);
                    worker.finish();
                });
            } else {
                stack.push(made);
            }
        }
    }

    /// Assembles `entry` from the bytes of its base, and visits it. A failure fails everything based on it.
    fn made_from(
        &mut self,
        pack: usize,
        entry: u32,
        base: &[u8],
        state: Option<&V::State>,
    ) -> Option<Frame<V::State>> {
        let (from, forest) = self.pack(pack);
        if self.walk.is_spent(pack) {
            self.fail_subtree(pack, entry, Reason::Spent);
            return None;
        }
        let offset = forest.offsets[entry as usize];
        let mut bytes = self.buffers.pop().unwrap_or_default();
        let mut alone = None;
        let made = (|| {
            let head = from
                .head(&mut self.window, offset)
                .ok_or(Reason::Damaged("its place in the pack holds no object"))?;
            let size = usize::try_from(head.size).ok().filter(|size| *size <= self.limits().decode);
            let size = size.ok_or(Reason::TooLarge)?;
            let place = (offset + head.len as u64, Some(forest.end(entry)));
            from.inflate((&mut self.window, &mut self.inflater), place, size, &mut self.instructions)?;
            let parts = delta::parts(&self.instructions).ok_or(Reason::Damaged("its delta has no sizes"))?;
            if parts.base != base.len() as u64 {
                return Err(Reason::Damaged("its delta is for a base of another size"));
            }
            let most = if forest.children(entry).is_empty() { self.most() } else { self.limits().decode };
            let len =
                usize::try_from(parts.result).ok().filter(|len| *len <= most).ok_or(Reason::TooLarge)?;
            alone = self.walk.alone(len);
            delta::apply(base, parts.instructions, len, &mut bytes, &mut self.delta).map_err(Reason::Damaged)
        })();
        if let Err(reason) = made {
            self.keep(bytes);
            self.fail_subtree(pack, entry, reason);
            return None;
        }
        let delta = std::mem::take(&mut self.delta);
        let base = state.map(|state| Base { state, bytes: base, delta: &delta });
        let state = self.look(pack, entry, &bytes, base);
        self.delta = delta;
        drop(alone);
        Some(Frame { entry, taken: 0, bytes, state })
    }

    /// Visits an entry of a pack, unless another copy is visited or it is too large.
    fn look(
        &mut self,
        pack: usize,
        entry: u32,
        bytes: &[u8],
        base: Option<Base<'_, V::State>>,
    ) -> Option<V::State> {
        let survey = self.walk.survey;
        let position = survey.forests[pack].positions[entry as usize];
        self.walk.charge(pack, bytes.len() as u64 / ASSEMBLED + 1);
        let number = survey.numbers[pack][position as usize];
        let state = survey.is_home(pack, position).then(|| self.show(number, bytes, base))??;
        let object = Object { number, id: survey.id(number), kind: self.walk.kind, bytes };
        self.walk.charge(pack, self.walk.visitor.cost(object, &state));
        Some(state)
    }

    fn show(&mut self, number: u32, bytes: &[u8], base: Option<Base<'_, V::State>>) -> Option<V::State> {
        if bytes.len() > self.most() {
            self.fail(number, Reason::TooLarge);
            return None;
        }
        self.objects += 1;
        self.bytes += bytes.len() as u64;
        let object = Object { number, id: self.walk.survey.id(number), kind: self.walk.kind, bytes };
        Some(self.walk.visitor.visit(&mut self.scratch, object, base))
    }

    /// False, with the failure recorded, if an entry of `size` bytes is over its limit.
    fn is_readable(&mut self, pack: usize, entry: u32, size: u64) -> bool {
        let (from, forest) = self.pack(pack);
        let stored = forest.end(entry).min(from.size()).saturating_sub(forest.offsets[entry as usize]);
        if size / INFLATED > stored {
            // Otherwise an impossible size would count as merely too large.
            self.fail_subtree(pack, entry, Reason::Damaged("it claims more bytes than it can have"));
            return false;
        }
        let most = if forest.children(entry).is_empty() { self.most() } else { self.limits().decode };
        let readable = usize::try_from(size).is_ok_and(|size| size <= most);
        if !readable {
            self.fail_subtree(pack, entry, Reason::TooLarge);
        }
        readable
    }

    fn fail(&mut self, number: u32, reason: Reason) {
        self.bad.push(Bad { id: self.walk.survey.id(number), reason });
    }

    /// Records that `entry` cannot be read, and neither can anything based on it.
    fn fail_subtree(&mut self, pack: usize, entry: u32, reason: Reason) {
        let survey = self.walk.survey;
        let forest = &survey.forests[pack];
        let of_children = match reason {
            Reason::TooLarge | Reason::TooLargeBase => Reason::TooLargeBase,
            Reason::Spent => Reason::Spent,
            _ => Reason::BadBase,
        };
        for member in forest.subtree(entry) {
            let position = forest.positions[member as usize];
            if survey.is_home(pack, position) {
                let reason = if member == entry { reason } else { of_children };
                self.fail(survey.numbers[pack][position as usize], reason);
            }
        }
    }

    fn keep(&mut self, buffer: Vec<u8>) {
        if self.buffers.len() < KEEP.0 && buffer.capacity() <= KEEP.1 {
            self.buffers.push(buffer);
        }
    }
}
