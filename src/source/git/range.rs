//! What the commits of a range introduce: files, messages and tags.
//!
//! For `A..B` these are the commits reachable from B and not from A. A commit introduces the entries of its tree
//! that none of its parents has at that path. Files added and removed again count, as do files that only a merge
//! has, and reverted removals; changes merged from A's side do not. [`Source::earlier`] gives the previous texts
//! to compare findings with.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::sync::{Mutex, PoisonError};

use gix::ObjectId;
use gix::objs::Kind;
use rayon::prelude::*;

use super::blobs::{Limits, Reader};
use super::commits::{Commits, Unresolved};
use super::containing::BlobsInTrees;
use super::diff::{Seen, Walker};
use super::pushed::{NonCommits, Pushed, Resolved};
use super::replaced::{self, Replaced};
use super::revision::{self, Spec};
use super::signed::{self, Noted};
use super::store::{MAX_TREE, Objects};
use super::tip::Tip;
use super::{Git, at, decode};
use crate::model::{
    self, Attribution, Blob, Error, Examined, Lives, Origin, Problem, RepoPath, SkipReason, TextKind, text,
};
use crate::source::large::{self, Text};
use crate::source::names::{self, NameScan, Named};
use crate::source::prefilter::PassAll;
use crate::source::{Change, Earlier, Item, Prefilter, Source, StoredCommit};

/// From this many blobs on, pure renames of a commit are detected first.
const MANY: usize = 256;
/// The most annotated tags in a chain.
const MAX_TAGS: usize = 32;

/// Options of a range scan.
#[derive(Clone, Debug)]
pub struct RangeOptions {
    /// Which blobs are read.
    pub limits: Limits,
    /// Report the authors of commits.
    pub include_authors: bool,
}

/// The commits of a range.
pub struct Range {
    git: Git,
    name: String,
    commits: Commits,
    /// The tree of the commit before the range, if it exists and can be read.
    before: Option<ObjectId>,
    options: RangeOptions,
    examined: Mutex<Examined>,
    noted: Mutex<Vec<Noted>>,
    brought: Mutex<Brought>,
    /// The paths that a commit introduces, with the content of a file and the number of the commit in the range.
    names: Mutex<Vec<(RepoPath, Option<ObjectId>, usize)>>,
    /// What is pushed outside of commits; `None` for a range that the user named.
    pushed: Option<NonCommits>,
    /// The files at its tip, if they are shown.
    tip: Option<Tip>,
}

/// A blob of a commit that its parents do not have at that path.
struct Candidate {
    path: RepoPath,
    id: ObjectId,
    /// The commits that introduce it, by number in the range.
    steps: Vec<usize>,
}

/// What each commit introduces.
#[derive(Default)]
struct Brought {
    by: HashMap<(model::ObjectId, RepoPath), Vec<usize>>,
    facts: Vec<Option<model::Commit>>,
    /// Files that a commit only moved, by their previous path.
    moved: HashSet<(usize, RepoPath)>,
}

impl Range {
    /// Finds the commits of `range`: `A..B`, `A...B` or a single commit.
    ///
    /// # Errors
    /// If it names what does not exist, or if commits are missing. The message says what helps.
    pub fn open(git: Git, range: &str, options: &RangeOptions) -> Result<Self, Error> {
        let objects = git.stores.objects();
        let (bases, commits) = git.range_named(&objects, range).map_err(Error::Range)?;
        let before = bases.first().and_then(|base| git.tree_of(&objects, *base).ok());
        drop(objects);
        Ok(Self::of(git, range, commits, before, options))
    }

    fn of(git: Git, name: &str, commits: Commits, before: Option<ObjectId>, options: &RangeOptions) -> Self {
        Self {
            git,
            name: name.to_owned(),
            commits,
            before,
            options: options.clone(),
            examined: Mutex::default(),
            noted: Mutex::default(),
            brought: Mutex::default(),
            names: Mutex::default(),
            pushed: None,
            tip: None,
        }
    }

    /// The same range, which also shows the files that it leaves changed at its tip; not if it has several tips.
    #[must_use]
    pub fn with_files(mut self) -> Self {
        self.tip = Tip::of(&self.commits);
        self
    }

    /// Finds the commits and tags of a push; `name` describes it.
    ///
    /// # Errors
    /// If something pushed cannot be read, or commits are missing.
    pub fn pushed(git: Git, name: &str, pushed: &Pushed, options: &RangeOptions) -> Result<Self, Error> {
        let objects = git.stores.objects();
        let Resolved { tips, bases, non_commits } =
            git.resolve_push(&objects, pushed).map_err(Error::Range)?;
        let commits = git.reached(&objects, &tips, &bases).map_err(|unresolved| {
            Error::Range(git.unresolved(&unresolved, "what is there", "what is pushed"))
        })?;
        let before = bases.first().and_then(|base| git.tree_of(&objects, *base).ok());
        drop(objects);
        Ok(Self { pushed: Some(non_commits), ..Self::of(git, name, commits, before, options) })
    }

    /// True if there is nothing to scan.
    #[must_use]
    pub fn brings_nothing(&self) -> bool {
        self.is_empty() && self.pushed.as_ref().is_none_or(NonCommits::is_empty)
    }

    /// How many commits there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.commits.steps.len()
    }

    /// True if the range is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.commits.steps.is_empty()
    }

    /// What the commits introduce, by path; reports what could not be read.
    fn candidates(&self, objects: &Objects, visit: &(dyn Fn(Item<'_>) + Sync)) -> Vec<Candidate> {
        let mut walker = Walker::new(objects, self.git.hash);
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut known: HashMap<(ObjectId, Vec<u8>), usize> = HashMap::new();
        let mut names = Vec::new();
        for (index, step) in self.commits.steps.iter().enumerate() {
            walker.each(b"", step.tree, &self.commits.parents_of(step), &mut |seen| match seen {
                Seen::Blob { path, id, replaces, .. } => {
                    if !replaces {
                        names.push((RepoPath::new(path), Some(id), index));
                    }
                    let at = *known.entry((id, path.to_vec())).or_insert(candidates.len());
                    match candidates.get_mut(at) {
                        Some(candidate) => candidate.steps.push(index),
                        None => {
                            candidates.push(Candidate { path: RepoPath::new(path), id, steps: vec![index] });
                        }
                    }
                }
                Seen::Submodule(path) => {
                    names.push((RepoPath::new(path), None, index));
                    visit(Item::Skipped(RepoPath::new(path), SkipReason::Submodule));
                }
                other => super::blobs::tree_problem(&other, visit),
            });
        }
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = names;
        candidates
    }

    fn note(&self, noted: Noted) {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).push(noted);
    }

    /// What the commit with this number in the range removed or replaced.
    fn replaced(&self, objects: &Objects, step: usize) -> Vec<Earlier> {
        let Some(step) = self.commits.steps.get(step) else { return Vec::new() };
        let parents = self.commits.parents_of(step).into_iter().enumerate();
        parents
            .flat_map(|(side, parent)| replaced::entries(objects, self.git.hash, parent, step.tree, side))
            .collect()
    }

    /// Removes from `candidates` what large commits with one parent only moved under the same name to a path with
    /// the same verdict; returns the previous paths.
    fn moved(
        &self,
        objects: &Objects,
        candidates: &mut Vec<Candidate>,
        prefilter: &dyn Prefilter,
    ) -> HashSet<(usize, RepoPath)> {
        let limits = &self.options.limits;
        let mut by_step: Vec<Vec<usize>> = vec![Vec::new(); self.commits.steps.len()];
        for (at, candidate) in candidates.iter().enumerate() {
            for step in &candidate.steps {
                by_step[*step].push(at);
            }
        }
        let mut moved = HashSet::new();
        for (step, brought) in by_step.iter().enumerate() {
            if brought.len() <= MANY || self.commits.steps[step].parents.len() != 1 {
                continue;
            }
            let mut gone: HashMap<(model::ObjectId, Vec<u8>), Vec<RepoPath>> = HashMap::new();
            let was_seen = |earlier: &Earlier| earlier.gone && !limits.excludes(earlier.path.as_bytes());
            for earlier in self.replaced(objects, step).into_iter().filter(was_seen) {
                let name = earlier.path.file_name().to_vec();
                gone.entry((earlier.object, name)).or_default().push(earlier.path);
            }
            for at in brought {
                let candidate = &mut candidates[*at];
                let key = (decode::model_id(candidate.id), candidate.path.file_name().to_vec());
                let alike = |paths: &mut Vec<RepoPath>| {
                    let at =
                        paths.iter().rposition(|path| prefilter.is_judged_alike(path, &candidate.path))?;
                    Some(paths.remove(at))
                };
                if let Some(path) = gone.get_mut(&key).and_then(alike) {
                    candidate.steps.retain(|other| *other != step);
                    moved.insert((step, path));
                }
            }
        }
        candidates.retain(|candidate| !candidate.steps.is_empty());
        moved
    }

    /// Passes the messages of the commits to `visit`, and returns the facts that findings report of each commit.
    fn messages(
        &self,
        objects: &Objects,
        prefilter: &dyn Prefilter,
        visit: &(dyn Fn(Item<'_>) + Sync),
    ) -> Vec<Option<model::Commit>> {
        let mut buffer = Vec::new();
        let mut facts = Vec::with_capacity(self.commits.steps.len());
        for (rank, step) in (1..).zip(&self.commits.steps) {
            let data = objects.read(&step.id, Kind::Commit, MAX_TREE, &mut buffer);
            let read = data.ok().and_then(|data| Some((data, decode::commit(data)?)));
            let Some((data, commit)) = read else {
                let message = format!("commit {} has disappeared; scan again", step.id);
                visit(Item::Problem(Problem { path: None, message }));
                facts.push(None);
                continue;
            };
            let head = memchr::memmem::find(data, b"\n\n").map_or(data, |end| &data[..end]);
            let signature = decode::signature_of_commit(head, self.git.hash);
            self.note(Noted { id: step.id, is_tag: false, rank, signature });
            let facts_of = commit.facts(step.id, self.options.include_authors, rank);
            let object = Some(facts_of.id);
            let path = TextKind::CommitMessage.path(object);
            let origin = Origin { kind: TextKind::CommitMessage, object, commit: Some(facts_of.clone()) };
            let blob = Blob { path: &path, bytes: &commit.message, tracked: true };
            large::hand(visit, self.options.limits.max_file_size, blob, Text::Historic(&origin));
            self.header(head, &origin, prefilter, visit);
            facts.push(Some(facts_of));
        }
        facts
    }

    /// Passes the headers of a commit or a tag to `visit`, unless `prefilter` clears them; `origin` is that of its
    /// message.
    fn header(
        &self,
        head: &[u8],
        origin: &Origin,
        prefilter: &dyn Prefilter,
        visit: &(dyn Fn(Item<'_>) + Sync),
    ) {
        let text = decode::published(head).join(&b'\n');
        if prefilter.is_clean(&prefilter.inspect(&text, None)) {
            return;
        }
        let kind = match origin.kind {
            TextKind::TagMessage => TextKind::TagHeader,
            _ => TextKind::CommitHeader,
        };
        let origin = Origin { kind, ..origin.clone() };
        let path = origin.kind.path(origin.object);
        let blob = Blob { path: &path, bytes: &text, tracked: true };
        large::hand(visit, self.options.limits.max_file_size, blob, Text::Historic(&origin));
    }

    /// Passes ref names to `visit`, unless `prefilter` clears them: of refs that point into the range, or of those
    /// that are pushed.
    fn references(&self, prefilter: &dyn Prefilter, visit: &(dyn Fn(Item<'_>) + Sync)) {
        let names = match &self.pushed {
            Some(non_commits) => non_commits.names.join(&b'\n'),
            None => {
                let inside: HashSet<ObjectId> = self.commits.steps.iter().map(|step| step.id).collect();
                let all = self.git.refs.all().refs.into_iter();
                let here = all.filter(|(_, one)| inside.contains(&one.peeled.unwrap_or(one.id)));
                here.map(|(name, _)| name).collect::<Vec<_>>().join(&b'\n')
            }
        };
        if names.is_empty() || prefilter.is_clean(&prefilter.inspect(&names, None)) {
            return;
        }
        let origin = Origin { kind: TextKind::RefName, object: None, commit: None };
        let blob = Blob { path: &origin.kind.path(None), bytes: &names, tracked: true };
        large::hand(visit, self.options.limits.max_file_size, blob, Text::Historic(&origin));
    }

    /// Passes the messages of the annotated tags that point into the range to `visit`.
    fn tags(&self, objects: &Objects, prefilter: &dyn Prefilter, visit: &(dyn Fn(Item<'_>) + Sync)) {
        let inside: HashSet<ObjectId> = self.commits.steps.iter().map(|step| step.id).collect();
        let mut seen = HashSet::new();
        let mut buffer = Vec::new();
        let all = match &self.pushed {
            None => self.git.refs.all(),
            Some(non_commits) => non_commits.as_references(),
        };
        for (_, reference) in all.refs.range(b"refs/tags/".to_vec()..b"refs/tags0".to_vec()) {
            let elsewhere = reference.peeled.is_some_and(|peeled| !inside.contains(&peeled));
            if elsewhere || inside.contains(&reference.id) {
                continue;
            }
            let mut chain = Vec::new();
            let mut id = reference.id;
            while chain.len() < MAX_TAGS && !inside.contains(&id) {
                let data = objects.read(&id, Kind::Tag, MAX_TREE, &mut buffer).ok();
                let read = data.and_then(|data| Some((data, decode::tag(data)?)));
                let Some((data, (target, message))) = read else { break };
                let head = data[..data.len() - message.len()].to_vec();
                chain.push((id, message.to_vec(), head, decode::signature_of_tag(data)));
                id = target;
            }
            // A pushed tag counts wherever it points.
            if !inside.contains(&id) && self.pushed.is_none() {
                continue;
            }
            for (id, message, head, signature) in chain.into_iter().filter(|(id, ..)| seen.insert(*id)) {
                self.note(Noted { id, is_tag: true, rank: 0, signature });
                let object = Some(decode::model_id(id));
                let path = TextKind::TagMessage.path(object);
                let origin = Origin { kind: TextKind::TagMessage, object, commit: None };
                let blob = Blob { path: &path, bytes: &message, tracked: true };
                large::hand(visit, self.options.limits.max_file_size, blob, Text::Historic(&origin));
                self.header(&head, &origin, prefilter, visit);
            }
        }
        for message in all.problems.into_iter().collect::<BTreeSet<_>>() {
            visit(Item::Problem(Problem { path: None, message }));
        }
    }
}

impl Source for Range {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        self.each_prefiltered(&PassAll, visit)
    }

    fn each_prefiltered(
        &self,
        prefilter: &dyn Prefilter,
        visit: &(dyn Fn(Item<'_>) + Sync),
    ) -> Result<(), Error> {
        let objects = self.git.stores.objects();
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let mut candidates = self.candidates(&objects, visit);
        let moved = match candidates.len() > MANY {
            true => self.moved(&objects, &mut candidates, prefilter),
            false => HashSet::new(),
        };
        let facts = self.messages(&objects, prefilter, visit);
        self.tags(&objects, prefilter, visit);
        self.references(prefilter, visit);
        if let Some(non_commits) = &self.pushed {
            non_commits.each_alone(&self.git, &self.options.limits, visit);
        }
        let read = |reader: &mut Reader<'_>, candidate: &Candidate| {
            let origin = Origin {
                kind: TextKind::Blob,
                object: Some(decode::model_id(candidate.id)),
                commit: candidate.steps.first().and_then(|step| facts.get(*step)).cloned().flatten(),
            };
            reader.blob(candidate.path.as_bytes(), candidate.id, Some(&origin));
        };
        let changed = self.tip.as_ref().map(|tip| tip.changed(&objects, self.git.hash)).unwrap_or_default();
        let visit = |item: Item<'_>| {
            if let Item::Historic(blob, Origin { object: Some(object), .. }) = &item
                && changed.get(blob.path) == Some(object)
            {
                visit(Item::Tip(*blob));
            }
            visit(item);
        };
        let reader = || Reader::new(self.git.stores.objects(), &self.options.limits, &visit);
        candidates.par_iter().with_min_len(16).for_each_init(reader, read);
        let mut examined = self.examined.lock().unwrap_or_else(PoisonError::into_inner);
        *examined = Examined { commits: self.commits.steps.len() as u64, ..Examined::default() };
        let key = |candidate: &Candidate| (decode::model_id(candidate.id), candidate.path.clone());
        let by = candidates.into_iter().map(|candidate| (key(&candidate), candidate.steps)).collect();
        *self.brought.lock().unwrap_or_else(PoisonError::into_inner) = Brought { by, facts, moved };
        Ok(())
    }

    fn changes(&self, path: &RepoPath, origin: Option<&Origin>) -> Option<Vec<Change>> {
        let origin = origin.filter(|origin| origin.kind == TextKind::Blob)?;
        let brought = self.brought.lock().unwrap_or_else(PoisonError::into_inner);
        let steps = brought.by.get(&(origin.object?, path.clone()))?;
        let change =
            |step: &usize| Change { number: *step, commit: brought.facts.get(*step).cloned().flatten() };
        Some(steps.iter().map(change).collect())
    }

    fn earlier(&self, change: usize) -> Vec<Earlier> {
        let mut earlier = self.replaced(&self.git.stores.objects(), change);
        let brought = self.brought.lock().unwrap_or_else(PoisonError::into_inner);
        // A file excluded at its previous path counts as introduced where it is moved to.
        let limits = &self.options.limits;
        earlier.retain(|earlier| !limits.excludes(earlier.path.as_bytes()));
        if !brought.moved.is_empty() {
            earlier.retain(|earlier| !brought.moved.contains(&(change, earlier.path.clone())));
        }
        earlier
    }

    fn content(&self, object: model::ObjectId) -> Option<Vec<u8>> {
        replaced::content(&self.git, object, self.options.limits.read_max())
    }

    fn is_change(&self) -> bool {
        true
    }

    fn names(&self, scan: NameScan<'_>) -> Vec<Named> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let brought = self.brought.lock().unwrap_or_else(PoisonError::into_inner);
        let objects = self.git.stores.objects();
        let numbers = names::matching(names.iter().map(|(path, ..)| path.as_bytes()), scan);
        let all = numbers.into_iter().filter_map(|number| {
            let (path, id, index) = names.get(number)?;
            let step = self.commits.steps.get(*index)?;
            let known = |tree| at::known(&objects, self.git.hash, tree, path);
            let known = self.commits.parents_of(step).into_iter().map(known).max().unwrap_or(0);
            let commit = brought.facts.get(*index).cloned().flatten();
            let origin = Origin { kind: TextKind::FileName, object: id.map(decode::model_id), commit };
            Some(Named { path: path.clone(), known, origin: Some(origin) })
        });
        all.filter(|name| !self.options.limits.excludes(name.path.as_bytes())).collect()
    }

    fn is_history(&self) -> bool {
        true
    }

    fn has_files(&self) -> bool {
        self.tip.is_some()
    }

    fn before(&self) -> Option<Box<dyn Source + '_>> {
        let replaced = self.tip.as_ref()?.replaced(&self.git, &self.options.limits).to_vec();
        Some(Box::new(Replaced { of: self, replaced, max_file_size: self.options.limits.max_file_size }))
    }

    fn gone(&self) -> HashSet<RepoPath> {
        let Some(tip) = &self.tip else { return HashSet::new() };
        let replaced = tip.replaced(&self.git, &self.options.limits).iter();
        replaced.filter(|one| one.gone).map(|one| one.path.clone()).collect()
    }

    fn scope(&self) -> String {
        format!("range {}", text::escaped(&self.name))
    }

    fn attribute(&self, groups: &[Vec<model::ObjectId>]) -> Attribution {
        let objects = self.git.stores.objects();
        let ids = |group: &[model::ObjectId]| -> Vec<ObjectId> {
            group.iter().filter_map(|id| ObjectId::try_from(id.as_bytes()).ok()).collect()
        };
        let groups: Vec<Vec<ObjectId>> = groups.iter().map(|group| ids(group)).collect();
        let mut blobs = BlobsInTrees::new(&objects, self.git.hash, groups.iter().flatten().copied());
        // The blobs of each commit count for its message, too.
        let held: Vec<_> =
            self.commits.steps.iter().map(|step| (step.id, blobs.in_tree(step.tree))).collect();
        let head = self.git.head_tree(&objects).ok().flatten().map(|tree| blobs.in_tree(tree));
        let lives = groups.iter().map(|group| {
            let has = |held: &BTreeSet<ObjectId>| group.iter().any(|id| held.contains(id));
            let commits = held.iter().filter(|(id, held)| group.contains(id) || has(held)).count() as u64;
            (!group.is_empty()).then(|| Lives {
                in_head: head.as_deref().map(has),
                commits: Some(commits),
                refs: None,
                unreachable: false,
            })
        });
        Attribution { lives: lives.collect(), ..Attribution::default() }
    }

    fn file_before(&self, path: &RepoPath, max: u64) -> Option<io::Result<Vec<u8>>> {
        at::file(&self.git.stores.objects(), self.git.hash, self.before?, path, max)
    }

    fn commits(&self, visit: &(dyn Fn(StoredCommit<'_>) + Sync)) -> bool {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let with = || (self.git.stores.objects(), Vec::new());
        let read = |(objects, buffer): &mut (Objects, Vec<u8>), one: &Noted| {
            let kind = if one.is_tag { Kind::Tag } else { Kind::Commit };
            let data = objects.read(&one.id, kind, MAX_TREE, buffer).ok()?;
            let made = gix::objs::compute_hash(self.git.hash, kind, data).ok()?;
            (made == one.id).then(|| data.to_vec())
        };
        signed::show(&noted, with, read, visit);
        true
    }

    fn examined(&self) -> Option<Examined> {
        Some(self.examined.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Git {
    /// The commits before `range`, and those in it.
    ///
    /// # Errors
    /// If it names what does not exist, or if commits are missing. The message says what helps.
    pub(super) fn range_named(
        &self,
        objects: &Objects,
        range: &str,
    ) -> Result<(Vec<ObjectId>, Commits), String> {
        let Spec { base, tip } = revision::parse(range);
        let tip_id = self.commit_named(objects, &tip)?;
        let bases = match &base {
            Some(base) => vec![self.commit_named(objects, base)?],
            None => self.parents(objects, tip_id)?,
        };
        let commits = self
            .commits(objects, tip_id, &bases)
            .map_err(|why| self.unresolved(&why, base.as_deref().unwrap_or(&tip), &tip))?;
        Ok((bases, commits))
    }

    /// The parents of a commit.
    pub(super) fn parents(&self, objects: &Objects, id: ObjectId) -> Result<Vec<ObjectId>, String> {
        let mut buffer = Vec::new();
        let data = objects.read(&id, Kind::Commit, MAX_TREE, &mut buffer);
        let data = data.map_err(|failure| format!("commit {id} {}", failure.words()))?;
        decode::commit(data).map(|commit| commit.parents).ok_or_else(|| format!("commit {id} is damaged"))
    }

    /// The tree of `HEAD`; `None` before the first commit.
    pub(super) fn head_tree(&self, objects: &Objects) -> Result<Option<ObjectId>, String> {
        let Some(id) = self.refs.head().map_err(|why| format!("HEAD: {why}"))? else { return Ok(None) };
        self.tree_of(objects, id).map(Some).map_err(|why| format!("HEAD: {why}"))
    }

    /// The tree of a commit.
    pub(super) fn tree_of(&self, objects: &Objects, id: ObjectId) -> Result<ObjectId, String> {
        let mut buffer = Vec::new();
        let data = objects.read(&id, Kind::Commit, MAX_TREE, &mut buffer);
        let data = data.map_err(|failure| format!("commit {id} {}", failure.words()))?;
        decode::commit(data).map(|commit| commit.tree).ok_or_else(|| format!("commit {id} is damaged"))
    }

    /// Why the commits of a range cannot be determined, and what helps.
    pub(super) fn unresolved(&self, why: &Unresolved, base: &str, tip: &str) -> String {
        let short = |id: &ObjectId| decode::model_id(*id).short();
        let shallow = !self.shallow.is_empty();
        match why {
            Unresolved::Cut { commit, .. } if shallow => format!(
                "the range reaches the end of this shallow clone at commit {}; `git fetch --deepen=100` \
                 gets more of it, `git fetch --unshallow` all",
                short(commit)
            ),
            Unresolved::Cut { commit, parent } => format!(
                "the range is incomplete: {}, the parent of commit {}, is missing; `git fetch --refetch` gets it again",
                short(parent),
                short(commit)
            ),
            Unresolved::Unrelated => format!(
                "`{base}` and `{tip}` have no commit in common; if they should, `git fetch {}origin {}` gets \
                 what is missing; --history scans everything",
                if shallow { "--unshallow " } else { "" },
                revision::quoted(base.strip_prefix("origin/").unwrap_or(base))
            ),
            Unresolved::Failed(id, failure) => format!("commit {id} {}", failure.words()),
        }
    }
}
