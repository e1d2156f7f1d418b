//! Collection: every file and text is scanned once, on the thread pool.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::analyses::Analyses;
use super::{Progress, Settings, findings, introduced, prefilter, suppress};
use crate::engine::{Engine, Inside, Text};
use crate::model::{
    Blob, Coverage, Error, Examined, FINDINGS_MAX, Finding, ObjectId, Origin, Problem, RepoPath, SkipReason,
};
use crate::source::{Item, Source};

/// Texts scanned, and their bytes.
#[derive(Default)]
pub(super) struct Count {
    texts: AtomicU64,
    bytes: AtomicU64,
}

impl Count {
    pub(super) fn add(&self, bytes: usize) {
        self.texts.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Scans all `sources`, one after the other, and passes current files to the `analyses`.
///
/// # Errors
/// If a whole source cannot be read.
pub(super) fn collect(
    sources: &[&dyn Source],
    base: Option<&dyn Source>,
    engine: &Engine,
    analyses: &Analyses<'_>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Collected, Error> {
    let collector = Collector {
        engine,
        settings,
        progress,
        sources,
        analyses,
        collected: Mutex::default(),
        names: Mutex::default(),
        files: Count::default(),
        objects: Count::default(),
    };
    let prefilter = prefilter::Checks(engine, &settings.ignores);
    for (number, source) in sources.iter().enumerate() {
        source.each_prefiltered(&prefilter, &|item| collector.item(item, number))?;
    }
    let named = collector.look_at_names(base);
    Ok(Collected { named, ..collector.finish() })
}

/// Scans what sources visit, from many threads.
pub(super) struct Collector<'a> {
    pub(super) engine: &'a Engine,
    pub(super) settings: &'a Settings,
    pub(super) progress: &'a dyn Progress,
    pub(super) sources: &'a [&'a dyn Source],
    pub(super) analyses: &'a Analyses<'a>,
    collected: Mutex<Collected>,
    /// Paths of current files, with the number of their source.
    pub(super) names: Mutex<Vec<(usize, RepoPath)>>,
    pub(super) files: Count,
    objects: Count,
}

impl Collector<'_> {
    pub(super) fn gather(&self, add: impl FnOnce(&mut Collected)) {
        add(&mut self.collected.lock().expect("no thread panics while it holds the lock"));
    }

    /// Handles an item visited by a source.
    fn item(&self, item: Item<'_>, source: usize) {
        self.keep_name(&item, source);
        match item {
            Item::Skipped(path, reason) => {
                self.analyses.skipped(&path, reason);
                self.passed_over(path, reason, None, source);
            }
            Item::Large(large) => self.large(large, source),
            Item::Problem(problem) => self.gather(|all| all.problems.push(problem)),
            Item::Blob(blob) => self.text(&blob, None, source),
            Item::Stored(blob) => self.stored(&blob, source),
            Item::Historic(blob, origin) => self.text(&blob, Some(origin), source),
            Item::Tip(blob) => self.tip(&blob),
        }
    }

    /// Shows the analyses a file as a range leaves it. Its text is looked into as one of the history.
    fn tip(&self, blob: &Blob<'_>) {
        let seen = catch_unwind(AssertUnwindSafe(|| {
            self.analyses.see_tip(blob);
            // Marks of other checks are for the texts of the history.
            let mut marks = suppress::marks(blob.bytes, 0..blob.bytes.len(), &[], false);
            let evaluates = |id: &String| self.analyses.evaluates_ranges(id);
            marks.retain(|mark| mark.reach.is_some() || mark.checks.iter().any(evaluates));
            marks
        }));
        match seen {
            Ok(marks) if marks.is_empty() => {}
            Ok(marks) => self.gather(|all| all.add_marks(vec![(blob.path.clone(), marks)], None)),
            Err(_) => self.looked(Looked::Broke, (blob.path, 0), None, 0),
        }
    }

    fn text(&self, blob: &Blob<'_>, origin: Option<&Origin>, source: usize) {
        self.progress.blob(blob.bytes.len() as u64);
        // Old lock files and signatures do not describe current builds and releases.
        let analyses = if origin.is_none() { Some(self.analyses) } else { None };
        let looked = look(self.engine, blob, self.settings, analyses);
        self.looked(looked, (blob.path, blob.bytes.len()), origin, source);
    }

    /// Records the result of scanning the text at a path, with its scanned bytes.
    pub(super) fn looked(
        &self,
        looked: Looked,
        (path, bytes): (&RepoPath, usize),
        origin: Option<&Origin>,
        source: usize,
    ) {
        let count = if origin.is_some() { &self.objects } else { &self.files };
        match looked {
            Looked::Into(mut found) => {
                // Headers belong to commits and tags, which are already counted.
                if origin.is_none_or(|origin| !origin.kind.is_header()) {
                    count.add(bytes);
                }
                self.not_read(std::mem::take(&mut found.unread), origin, source);
                if !found.is_empty() {
                    self.gather(|all| all.take(found, path, origin, source));
                }
            }
            Looked::Undecoded(found) => self.gather(|all| all.take(found, path, origin, source)),
            Looked::Passed(reason) => self.passed_over(path.clone(), reason, origin, source),
            Looked::Broke => self.gather(|all| {
                all.broken = true;
                all.problems.push(Problem {
                    path: Some(path.clone()),
                    message: "a check crashed on this file; it was not scanned. please report this as a bug"
                        .to_owned(),
                });
            }),
        }
    }

    /// Everything collected, with the coverage.
    fn finish(self) -> Collected {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let mut all = self.collected.into_inner().expect("no thread panics while it holds the lock");
        let coverage = &mut all.coverage;
        (coverage.files, coverage.bytes) = (load(&self.files.texts), load(&self.files.bytes));
        for examined in self.sources.iter().filter_map(|source| source.examined()) {
            coverage.history.get_or_insert_default().merge(examined);
        }
        if let Some(history) = &mut coverage.history {
            history.merge(std::mem::take(&mut all.passed_over));
            history.objects += load(&self.objects.texts);
            history.bytes += load(&self.objects.bytes);
        }
        coverage.skipped.sort();
        coverage.skipped.dedup();
        all
    }
}

/// Collected data.
#[derive(Default)]
pub(super) struct Collected {
    /// Texts with findings.
    pub(super) texts: Vec<introduced::Text>,
    /// Findings in file names, by whether they are new.
    pub(super) named: introduced::Sorted,
    pub(super) marks: suppress::MarksByText,
    pub(super) coverage: Coverage,
    /// Skipped items of the history.
    passed_over: Examined,
    pub(super) problems: Vec<Problem>,
    /// True if a check crashed on a file.
    pub(super) broken: bool,
}

pub(super) enum Looked {
    /// Text, or an archive with text files.
    Into(Found),
    /// An archive without readable files.
    Undecoded(Found),
    /// Skipped; why.
    Passed(SkipReason),
    Broke,
}

/// The result of scanning one file.
#[derive(Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) marks: Vec<(RepoPath, Vec<suppress::Mark>)>,
    pub(super) undecoded: Vec<RepoPath>,
    /// Too large to parse as a structured file; scanned as text.
    pub(super) unread: Vec<RepoPath>,
    /// What was not looked at or is not listed.
    pub(super) problems: Vec<Problem>,
    /// Places that were not judged.
    pub(super) missed: u64,
}

impl Found {
    pub(super) fn is_empty(&self) -> bool {
        self.findings.is_empty()
            && self.marks.is_empty()
            && self.undecoded.is_empty()
            && self.unread.is_empty()
            && self.problems.is_empty()
            && self.missed == 0
    }

    /// Adds the result for `blob`: a file, or one in an archive.
    pub(super) fn add(&mut self, engine: &Engine, blob: &Blob<'_>, text: &Text<'_>, settings: &Settings) {
        match text {
            Text::Binary(hits) => {
                let seen = findings::Seen { text: b"", part: None, hits, decoded: &[], masked: &[] };
                self.findings.extend(findings::findings(engine, blob, &seen, settings));
            }
            Text::Scanned { text, hits, masked, marked, decoded, undecoded, missed } => {
                self.missed += missed;
                let room = FINDINGS_MAX.saturating_sub(self.findings.len());
                if hits.len() + decoded.len() > room && self.problems.is_empty() {
                    self.problems.push(overfull(blob.path));
                }
                let (hits, decoded) = (&hits[..hits.len().min(room)], &decoded[..decoded.len().min(room)]);
                let seen = findings::Seen { text, part: None, hits, decoded, masked };
                self.findings.extend(findings::findings(engine, blob, &seen, settings));
                if *marked {
                    let marks = suppress::marks(text, 0..text.len(), masked, settings.foreign_allow);
                    self.marks.push((blob.path.clone(), marks));
                }
                if *undecoded {
                    self.undecoded.push(blob.path.clone());
                }
            }
        }
    }
}

impl Collected {
    /// Adds the findings in the text at `path`; `origin` is its place in the history.
    pub(super) fn take(&mut self, found: Found, path: &RepoPath, origin: Option<&Origin>, source: usize) {
        let object = origin.and_then(|origin| origin.object);
        let mut findings = found.findings;
        if !findings.is_empty() {
            for finding in &mut findings {
                finding.place.origin = origin.cloned().map(Box::new);
            }
            let (path, origin) = (path.clone(), origin.cloned());
            self.texts.push(introduced::Text { source, path, origin, findings });
        }
        self.add_marks(found.marks, object);
        self.problems.extend(found.problems);
        if found.missed > 0 {
            self.problems.push(Problem { path: Some(path.clone()), message: missed(found.missed) });
        }
        for path in found.undecoded {
            self.pass_over(path, SkipReason::Undecoded, origin);
        }
    }

    pub(super) fn add_marks(
        &mut self,
        marks: Vec<(RepoPath, Vec<suppress::Mark>)>,
        object: Option<ObjectId>,
    ) {
        let marks = marks.into_iter().filter(|(_, marks)| !marks.is_empty());
        self.marks.extend(marks.map(|(path, marks)| ((path, object), marks)));
    }

    /// Records a skipped item. The history has too many to list.
    pub(super) fn pass_over(&mut self, path: RepoPath, reason: SkipReason, origin: Option<&Origin>) {
        match origin {
            None => self.coverage.skipped.push((path, reason)),
            Some(_) => self.passed_over.pass_over(reason, || path.shown()),
        }
    }
}

/// That a file has more findings than are listed.
pub(super) fn overfull(path: &RepoPath) -> Problem {
    let message = format!("this file has more than {FINDINGS_MAX} findings; the others are not listed");
    Problem { path: Some(path.clone()), message }
}

/// The message about places that were not evaluated.
pub(super) fn missed(count: u64) -> String {
    format!(
        "this file has too many candidates for secrets, or unpacks to too much for its size, so some places \
         were not evaluated ({count}); review or exclude it"
    )
}

/// Scans one file, and passes it to the `analyses`.
pub(super) fn look(
    engine: &Engine,
    blob: &Blob<'_>,
    settings: &Settings,
    analyses: Option<&Analyses<'_>>,
) -> Looked {
    // A panic is our bug; it must not hide findings in other files.
    let looked = catch_unwind(AssertUnwindSafe(|| {
        if let Some(analyses) = analyses {
            analyses.see(blob);
        }
        let mut found = Found::default();
        let text = engine.scan(blob);
        found.add(engine, blob, &text, settings);
        if let Text::Scanned { .. } = text {
            return Looked::Into(found);
        }
        let inside = engine.inside(blob, &mut |inner, text| found.add(engine, inner, &text, settings));
        if let Inside::Looked { missed, .. } = inside {
            found.missed += missed;
        }
        match inside {
            Inside::Looked { files, undecoded, .. } if files > 0 || !undecoded.is_empty() => {
                found.undecoded.extend(undecoded);
                if files > 0 { Looked::Into(found) } else { Looked::Undecoded(found) }
            }
            _ if found.is_empty() => Looked::Passed(SkipReason::Binary),
            _ => Looked::Into(found),
        }
    }));
    looked.unwrap_or(Looked::Broke)
}
