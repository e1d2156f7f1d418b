//! The whole history: every reachable object and, on request, every unreachable one.
//!
//! First the graph of commits and trees, which gives reachability, paths, and blobs with sensitive names; then the
//! delta trees of blobs, where the prefilter inspects what differs from the base; finally, what the prefilter does
//! not clear is scanned whole, under its path.

mod messages;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use gix::ObjectId;
use messages::Messages;

use super::blobs::Limits;
use super::refs::Refs;
use super::signed::{self, Noted};
use super::{Git, at, decode};
use crate::model::{
    self, Attribution, Blob, Error, Examined, Lives, Origin, Problem, RepoPath, SkipReason, TextKind,
};
use crate::source::dir::{Dir, Listing};
use crate::source::file::is_lfs_pointer;
use crate::source::graph::{Entered, Graph, Starts};
use crate::source::large::{self, Text};
use crate::source::names::{self, NameScan, Named};
use crate::source::objects::clean::CleanBlob;
use crate::source::objects::{
    Bad, Base, Clean, CleanCache, Object, ObjectKind, Reason, Store, Survey, Visitor,
};
use crate::source::prefilter::PassAll;
use crate::source::{Item, Prefilter, PrefilterState, Source, StoredCommit};

/// The most unreadable objects that are listed one by one.
const MAX_LISTED: usize = 1000;
/// The most places of names with findings that are listed.
const MAX_NAMED: usize = 10_000;

/// Options of a history scan.
#[derive(Clone, Debug)]
pub struct HistoryOptions {
    /// Which blobs are read.
    pub limits: Limits,
    /// Report the authors of commits.
    pub include_authors: bool,
    /// Scan unreachable objects, too.
    pub unreachable: bool,
    /// Larger commits, tags and trees are not read; by default
    /// [`STRUCTURE_MAX`](crate::source::objects::STRUCTURE_MAX).
    pub max_structure_size: u64,
}

/// The history of a repository.
pub struct History {
    git: Git,
    options: HistoryOptions,
    /// The cache of clean blobs.
    cache: Option<Arc<dyn CleanCache>>,
    store: Arc<Store>,
    graph: OnceLock<Graph>,
    examined: Mutex<Examined>,
    noted: Mutex<Vec<Noted>>,
}

impl History {
    /// Opens the packs of `git`.
    #[must_use]
    pub fn new(git: Git, options: &HistoryOptions) -> Self {
        let sizes = (options.limits.read_max(), options.max_structure_size);
        let store = git.objects(sizes);
        Self {
            git,
            options: options.clone(),
            cache: None,
            store,
            graph: OnceLock::new(),
            examined: Mutex::default(),
            noted: Mutex::default(),
        }
    }

    /// Uses `cache` to skip blobs that are known to be clean by the same rules. The findings are the same, but
    /// damage in skipped blobs goes unnoticed.
    #[must_use]
    pub fn with_cache(self, cache: Arc<dyn CleanCache>) -> Self {
        Self { cache: Some(cache), ..self }
    }

    /// The roots of the history, and the ref names.
    fn starts(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> (Starts, Vec<Vec<u8>>) {
        let mut all = self.git.refs.all();
        let head = all.refs.remove(b"HEAD".as_slice()).map(|reference| reference.id);
        let mut more = Vec::new();
        for git_dir in self.worktrees() {
            let refs = Refs { git_dir, common_dir: self.git.refs.common_dir.clone() };
            match refs.head() {
                Ok(head) => more.extend(head),
                Err(problem) => all.problems.push(format!("HEAD of another worktree: {problem}")),
            }
        }
        for message in all.problems.into_iter().collect::<BTreeSet<_>>() {
            visit(Item::Problem(Problem { path: None, message }));
        }
        let refs = all.refs.values().map(|reference| reference.id).collect();
        let shallow = self.git.shallow.clone();
        let names = all.refs.into_keys().collect();
        (Starts { refs, head, more, shallow, everything: self.options.unreachable }, names)
    }

    /// The git directories of the linked worktrees.
    fn worktrees(&self) -> Vec<PathBuf> {
        let place = self.git.refs.common_dir.join("worktrees");
        let mut listing = Listing::default();
        if let Ok(dir) = Dir::open(&place) {
            // An unlistable worktree is unusable for git, too.
            let _ = dir.list(&mut listing);
        }
        let names = listing.iter().filter_map(|(name, _)| gix::path::from_byte_slice(name).ok());
        names.map(|name| place.join(name)).collect()
    }

    /// Reports what is missing or cannot be read.
    fn gaps(&self, graph: &Graph, bad: &[Bad], visit: &(dyn Fn(Item<'_>) + Sync), examined: &mut Examined) {
        let problem = |message: String| visit(Item::Problem(Problem { path: None, message }));
        let gaps = graph.gaps();
        for id in &gaps.shallow {
            examined.pass_over(SkipReason::Shallow, || id.to_string());
        }
        let partial = self.store.is_partial();
        let reason = if partial { SkipReason::Promised } else { SkipReason::Missing };
        for id in &gaps.missing {
            examined.pass_over(reason, || id.to_string());
        }
        match (gaps.missing.first(), partial) {
            (None, _) => {}
            (Some(first), true) => problem(format!(
                "{} objects, {first} among them, were left with the remote of this partial clone and not scanned; \
                 `git fetch --refetch --no-filter` gets them",
                gaps.missing.len()
            )),
            (Some(first), false) => problem(format!(
                "{} objects that the history names are missing, {first} among them; `git fsck` sensitive which, \
                 `git fetch --refetch` gets them again",
                gaps.missing.len()
            )),
        }
        for path in &gaps.submodules {
            examined.pass_over(SkipReason::Submodule, || RepoPath::new(path.as_slice()).shown());
        }
        let mut listed = 0;
        let mut unreadable = |id: &ObjectId, why: &str| {
            examined.pass_over(SkipReason::Unreadable, || id.to_string());
            listed += 1;
            if listed <= MAX_LISTED {
                problem(format!("object {id} cannot be read: {why}"));
            }
        };
        for id in &gaps.damaged {
            unreadable(id, "it is damaged, or of an unexpected kind");
        }
        let (mut large, mut spent) = (Vec::new(), Vec::new());
        let structure: BTreeSet<ObjectId> = gaps.bad.iter().map(|bad| bad.id).collect();
        for Bad { id, reason } in bad.iter().chain(&gaps.bad).collect::<BTreeSet<_>>() {
            match reason {
                Reason::TooLarge | Reason::TooLargeBase if !structure.contains(id) => large.push(*id),
                Reason::Spent => spent.push(*id),
                _ => unreadable(id, &reason.to_string()),
            }
        }
        if listed > MAX_LISTED {
            problem(format!("{} more objects cannot be read", listed - MAX_LISTED));
        }
        if let Some(first) = spent.first() {
            problem(format!(
                "{} objects, {first} among them, were not looked at: their packs expand to far more than packs of \
                 their sizes do; if the history is to be trusted, `git repack -adF` makes ordinary packs of it",
                spent.len()
            ));
        }
        for id in spent {
            examined.pass_over(SkipReason::Unreadable, || id.to_string());
        }
        for id in large {
            examined.pass_over(SkipReason::TooLarge, || id.to_string());
        }
        let cut_off = if self.options.unreachable { 0 } else { graph.cut_off(partial) };
        if cut_off > 0 {
            problem(format!(
                "up to {cut_off} objects below what could not be read were not reached, and so not scanned; \
                 --unreachable scans them, without their paths"
            ));
        }
        if gaps.tangled {
            problem("directories contain one another in too many ways; paths may be missing".to_owned());
        }
    }

    /// Visits everything that `prefilter` does not clear and `cache` does not list as clean.
    fn walk(
        &self,
        prefilter: &dyn Prefilter,
        cache: Option<&dyn CleanCache>,
        visit: &(dyn Fn(Item<'_>) + Sync),
    ) {
        let survey = Survey::of(&self.store);
        for problem in self.store.problems().iter().chain(survey.problems()) {
            visit(Item::Problem(problem.clone()));
        }
        let (starts, names) = self.starts(visit);
        let mut examined = Examined { refs: starts.refs.len() as u64, ..Examined::default() };
        let messages = Messages::default();
        let limits = &self.options.limits;
        // A text that is excluded, or matters less, at one path may have another path.
        let rank = |path: &RepoPath| match limits.excludes(path.as_bytes()) {
            true => 2,
            false => u8::from(prefilter.is_minor(path)),
        };
        let graph =
            Graph::read(&survey, &starts, &|path| prefilter.wants_name(path), &rank, &|object, at| {
                self.message(&messages, prefilter, object, at);
            });
        examined.commits = if self.options.unreachable {
            survey.count(ObjectKind::Commit) as u64
        } else {
            graph.commits() as u64
        };
        examined.merge(self.messages(messages, &graph, visit));
        if !names.is_empty() {
            let kind = TextKind::RefName;
            let origin = Origin { kind, object: None, commit: None };
            let text = names.join(&b'\n');
            let blob = Blob { path: &kind.path(None), bytes: &text, tracked: true };
            large::hand(visit, self.options.limits.max_file_size, blob, Text::Historic(&origin));
        }
        let mut sensitive: HashMap<u32, Vec<RepoPath>> = HashMap::new();
        for (number, path) in graph.sensitive() {
            sensitive.entry(number).or_default().push(path);
        }
        let has_notes = names.iter().any(|name| name.starts_with(b"refs/notes/"));
        let remembers = cache.is_some();
        let blobs = Blobs { history: self, graph: &graph, prefilter, visit, sensitive, has_notes, remembers };
        let known = cache.map(|cache| (Clean::read(&survey, cache), cache));
        let needed = known.as_ref().map(|(clean, _)| {
            clean.needed(
                // For a blob with a sensitive name the content alone does not decide.
                &|number| match (blobs.is_asked(number), blobs.sensitive.contains_key(&number)) {
                    (false, _) => Some(false),
                    (true, true) => Some(true),
                    (true, false) => None,
                },
                &mut |number, bytes, is_text| {
                    blobs.enter(&mut examined, (number, survey.id(number)), bytes, is_text);
                },
            )
        });
        let walked = survey.walk_needed(ObjectKind::Blob, &blobs, needed.as_ref());
        drop(blobs);
        let mut found = Vec::new();
        for part in walked.scratches {
            examined.merge(part.examined);
            found.push(part.clean);
        }
        if let Some((clean, cache)) = known {
            let elsewhere: HashSet<u32> = walked.elsewhere.into_iter().collect();
            let found = found.into_iter().flatten().filter(|(number, _)| !elsewhere.contains(number));
            clean.keep(found, cache);
        }
        let in_scope = |bad: &Bad| {
            let number = survey.number(bad.id.as_bytes());
            self.options.unreachable || number.is_none_or(|number| graph.is_reached(number))
        };
        let bad =
            walked.bad.into_iter().chain(survey.bad().iter().cloned()).filter(in_scope).collect::<Vec<_>>();
        self.gaps(&graph, &bad, visit, &mut examined);
        *self.examined.lock().unwrap_or_else(PoisonError::into_inner) = examined;
        // A second run would give the same graph.
        let _ = self.graph.set(graph);
    }

    fn ids(group: &[model::ObjectId]) -> Vec<ObjectId> {
        group.iter().filter_map(|id| ObjectId::try_from(id.as_bytes()).ok()).collect()
    }
}

/// Visits blobs.
struct Blobs<'a> {
    history: &'a History,
    graph: &'a Graph,
    prefilter: &'a dyn Prefilter,
    visit: &'a (dyn Fn(Item<'_>) + Sync),
    /// Blobs with a sensitive name.
    sensitive: HashMap<u32, Vec<RepoPath>>,
    has_notes: bool,
    /// True if clean blobs are recorded.
    remembers: bool,
}

/// The results of one thread.
#[derive(Default)]
struct Seen {
    examined: Examined,
    /// Clean blobs, by number.
    clean: Vec<(u32, CleanBlob)>,
}

impl Blobs<'_> {
    /// True if the blob with this number is in scope.
    fn is_asked(&self, number: u32) -> bool {
        self.history.options.unreachable || self.graph.is_reached(number)
    }

    /// The ledger's name of a blob that is not scanned.
    fn name(&self, number: u32, id: ObjectId) -> String {
        let path = self.graph.path(number);
        path.unwrap_or_else(|| TextKind::Blob.path(Some(decode::model_id(id)))).shown()
    }

    /// Enters a clean blob, inspected now or by an earlier scan, into the ledger.
    fn enter(&self, examined: &mut Examined, (number, id): (u32, ObjectId), bytes: u64, is_text: bool) {
        if is_text {
            examined.objects += 1;
            examined.bytes += bytes;
        } else {
            examined.pass_over(SkipReason::Binary, || self.name(number, id));
        }
    }

    fn show(&self, examined: &mut Examined, object: Object<'_>) {
        let id = Some(decode::model_id(object.id));
        let limits = &self.history.options.limits;
        let sensitive = self.sensitive.get(&object.number).map_or(&[][..], Vec::as_slice);
        let sensitive = sensitive.iter().filter(|path| !limits.excludes(path.as_bytes()));
        let path = sensitive.min_by_key(|path| self.prefilter.is_minor(path)).cloned();
        let path = path.or_else(|| self.graph.path(object.number));
        let is_note = self.has_notes && path.as_ref().is_some_and(|path| is_note(path, object.id));
        let kind = if is_note { TextKind::Note } else { TextKind::Blob };
        let path = path.filter(|_| !is_note).unwrap_or_else(|| kind.path(id));
        if limits.excludes(path.as_bytes()) {
            examined.pass_over(SkipReason::Excluded, || path.shown());
            return;
        }
        // Only for blobs that are shown: hashing every blob costs more than inspecting it.
        if !self.history.store.is_genuine(&object.id, object.kind, object.bytes) {
            let message = format!("object {} has a content that does not hash to its id", object.id);
            (self.visit)(Item::Problem(Problem { path: Some(path.clone()), message }));
        }
        let origin = Origin { kind, object: id, commit: None };
        let blob = Blob { path: &path, bytes: object.bytes, tracked: true };
        large::hand(self.visit, limits.max_file_size, blob, Text::Historic(&origin));
    }
}

impl Visitor for Blobs<'_> {
    type Scratch = Seen;
    /// `None` if the blob was not inspected.
    type State = Option<PrefilterState>;

    fn scratch(&self) -> Seen {
        Seen::default()
    }

    fn visit(
        &self,
        seen: &mut Seen,
        object: Object<'_>,
        base: Option<Base<'_, Option<PrefilterState>>>,
    ) -> Option<PrefilterState> {
        if !self.is_asked(object.number) {
            return None;
        }
        if is_lfs_pointer(object.bytes) {
            seen.examined.pass_over(SkipReason::LfsPointer, || self.name(object.number, object.id));
            return None;
        }
        let base = base.as_ref().and_then(|base| Some((base.state.as_ref()?, base.delta)));
        let known = self.prefilter.inspect(object.bytes, base);
        if !self.prefilter.is_clean(&known) || self.sensitive.contains_key(&object.number) {
            self.show(&mut seen.examined, object);
        } else {
            let (bytes, is_text) = (object.bytes.len(), self.prefilter.is_text(object.bytes));
            self.enter(&mut seen.examined, (object.number, object.id), bytes as u64, is_text);
            if self.remembers {
                seen.clean.push((object.number, CleanBlob::new(bytes, is_text)));
            }
        }
        Some(known)
    }

    fn cost(&self, object: Object<'_>, state: &Option<PrefilterState>) -> u64 {
        let Some(known) = state else { return 0 };
        let cost = self.prefilter.cost(known, object.bytes.len());
        // What is not clean is scanned whole, a second time.
        if self.prefilter.is_clean(known) {
            cost
        } else {
            cost.saturating_add(object.bytes.len() as u64).saturating_mul(2)
        }
    }
}

/// True if `path` is that of a git note: the id of its object, perhaps split by slashes.
fn is_note(path: &RepoPath, id: ObjectId) -> bool {
    let digits = path.as_bytes().iter().filter(|byte| **byte != b'/');
    digits.clone().count() == id.kind().len_in_hex() && digits.clone().all(u8::is_ascii_hexdigit)
}

impl Source for History {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        // Show everything, whatever is known of it.
        self.walk(&PassAll, None, visit);
        Ok(())
    }

    fn each_prefiltered(
        &self,
        prefilter: &dyn Prefilter,
        visit: &(dyn Fn(Item<'_>) + Sync),
    ) -> Result<(), Error> {
        self.walk(prefilter, self.cache.as_deref(), visit);
        Ok(())
    }

    fn is_history(&self) -> bool {
        true
    }

    fn names(&self, scan: NameScan<'_>) -> Vec<Named> {
        let Some(graph) = self.graph.get() else { return Vec::new() };
        let numbers = names::matching(graph.names().iter().map(Vec::as_slice), scan);
        if numbers.is_empty() {
            return Vec::new();
        }
        let all = graph.named(&numbers, MAX_NAMED).into_iter();
        let all = all.filter(|(path, _)| !self.options.limits.excludes(path.as_bytes()));
        all.map(|(path, object)| {
            let object = object.map(decode::model_id);
            Named { path, known: 0, origin: Some(Origin { kind: TextKind::FileName, object, commit: None }) }
        })
        .collect()
    }

    fn scope(&self) -> String {
        if self.options.unreachable { "history and unreachable objects" } else { "history" }.to_owned()
    }

    fn attribute(&self, groups: &[Vec<model::ObjectId>]) -> Attribution {
        let Some(graph) = self.graph.get() else { return Attribution::default() };
        let ids: Vec<Vec<ObjectId>> = groups.iter().map(|group| Self::ids(group)).collect();
        let known = graph.attribute(&ids);
        let commits: BTreeMap<ObjectId, u64> = known
            .entered
            .values()
            .chain(known.paths.values().flatten())
            .map(|entered| (entered.commit, entered.rank))
            .collect();
        let facts: BTreeMap<ObjectId, model::Commit> = commits
            .into_iter()
            .filter_map(|(id, rank)| {
                let found = self.store.find(&id)?.ok()?;
                Some((id, decode::commit(&found.bytes)?.facts(id, self.options.include_authors, rank)))
            })
            .collect();
        let origins = known.entered.iter().map(|(id, entered)| {
            let path = Some(&entered.path).filter(|path| !path.as_bytes().is_empty() && !is_note(path, *id));
            (decode::model_id(*id), (path.cloned(), facts.get(&entered.commit).cloned()))
        });
        let lives = ids.iter().zip(&known.presence).map(|(group, presence)| {
            group.iter().any(|id| self.store.has(id)).then_some(Lives {
                in_head: Some(presence.in_head),
                commits: Some(presence.commits),
                refs: Some(presence.refs),
                unreachable: !presence.reachable,
            })
        });
        let limits = &self.options.limits;
        let paths = known.paths.iter().map(|(id, paths)| {
            let here = |entered: &&Entered| {
                !is_note(&entered.path, *id) && !limits.excludes(entered.path.as_bytes())
            };
            let paths = paths.iter().filter(here);
            let paths =
                paths.map(|entered| (entered.path.clone(), facts.get(&entered.commit).cloned())).collect();
            (decode::model_id(*id), paths)
        });
        Attribution {
            origins: origins.collect(),
            paths: paths.collect(),
            lives: lives.collect(),
            ..Attribution::default()
        }
    }

    fn content(&self, object: model::ObjectId) -> Option<Vec<u8>> {
        let found = self.store.find(&ObjectId::try_from(object.as_bytes()).ok()?)?.ok()?;
        (found.kind == ObjectKind::Blob).then_some(found.bytes)
    }

    fn file_before(&self, path: &RepoPath, max: u64) -> Option<io::Result<Vec<u8>>> {
        let objects = self.git.stores.objects();
        let tree = self.git.head_tree(&objects).ok().flatten()?;
        at::file(&objects, self.git.hash, tree, path, max)
    }

    fn commits(&self, visit: &(dyn Fn(StoredCommit<'_>) + Sync)) -> bool {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |(): &mut (), one: &Noted| {
            let kind = if one.is_tag { ObjectKind::Tag } else { ObjectKind::Commit };
            let found = self.store.find(&one.id)?.ok()?;
            let is_genuine = found.kind == kind && self.store.is_genuine(&one.id, kind, &found.bytes);
            is_genuine.then_some(found.bytes)
        };
        signed::show(&noted, || (), read, visit);
        true
    }

    fn examined(&self) -> Option<Examined> {
        Some(self.examined.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}
