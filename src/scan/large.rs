//! Files over the size limit: text is scanned in windows with the same result; structured files and archives are
//! skipped and reported.

use std::collections::BTreeSet;
use std::io::{self, Cursor};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::collect::{Collector, FINDINGS_MAX, Found, Looked};
use super::{Settings, findings, suppress};
use crate::engine::decode::{self, Reader};
use crate::engine::{Engine, Part, STEP};
use crate::model::linehash::LineHashes;
use crate::model::{Blob, Origin, Problem, RepoPath, SkipReason};
use crate::source::{FILE_MAX, Large, Source};

/// Earlier texts above this size are scanned in windows, whatever the limit.
const EARLIER_MAX: usize = 16 << 20;

/// An in-memory text that is scanned in windows.
pub(super) struct Pieces<'a> {
    blob: Blob<'a>,
    content: Cursor<&'a [u8]>,
}

impl<'a> Pieces<'a> {
    /// The earlier text `blob`, if it is scanned in windows.
    pub(super) fn of(blob: &Blob<'a>) -> Option<Self> {
        (blob.bytes.len() > EARLIER_MAX).then(|| Self { blob: *blob, content: Cursor::new(blob.bytes) })
    }

    pub(super) fn large(&mut self) -> Large<'_> {
        let Blob { path, tracked, .. } = self.blob;
        Large { path, tracked, origin: None, is_stored: false, content: &mut self.content }
    }
}

impl Collector<'_> {
    /// Scans a file over the size limit.
    pub(super) fn large(&self, mut large: Large<'_>, source: usize) {
        if large.origin.is_none() && !large.is_stored {
            self.analyses.skipped(large.path, SkipReason::TooLarge);
        }
        match look(self.engine, &mut large, self.settings, STEP) {
            Ok((looked, bytes)) => {
                self.progress.blob(bytes as u64);
                match large.is_stored {
                    true => self.looked_stored(looked, (large.path, bytes), source),
                    false => self.looked(looked, (large.path, bytes), large.origin, source),
                }
            }
            Err(error) => {
                let message = format!("cannot read this file: {error}");
                let problem = Problem { path: Some(large.path.clone()), message };
                self.gather(|all| all.problems.push(problem));
                self.passed_over(large.path.clone(), SkipReason::Unreadable, large.origin, source);
            }
        }
    }

    /// Records that a possibly structured file was scanned as text only.
    pub(super) fn not_read(&self, paths: Vec<RepoPath>, origin: Option<&Origin>, source: usize) {
        for path in paths {
            self.passed_over(path, SkipReason::TooLarge, origin, source);
        }
    }

    /// Records a skipped file. An introduced file that was not scanned is a problem.
    pub(super) fn passed_over(
        &self,
        path: RepoPath,
        reason: SkipReason,
        origin: Option<&Origin>,
        source: usize,
    ) {
        let is_change = self.sources.get(source).is_some_and(|source| source.is_change());
        self.gather(|all| {
            if is_change && reason == SkipReason::TooLarge {
                all.problems.push(unread(&path));
            }
            all.pass_over(path, reason, origin);
        });
    }
}

/// The problem of an introduced file that was not scanned.
fn unread(path: &RepoPath) -> Problem {
    let message =
        "it is over the size limit, so it was not unpacked or parsed; raise --max-file-size, or --exclude it"
            .to_owned();
    Problem { path: Some(path.clone()), message }
}

/// Problems for oversized files that the `base` does not have.
pub(super) fn brought<'a>(
    skipped: &'a [(RepoPath, SkipReason)],
    base: &'a dyn Source,
) -> impl Iterator<Item = Problem> + 'a {
    let large = skipped.iter().filter(|(_, reason)| *reason == SkipReason::TooLarge);
    large.filter(|(path, _)| !base.has(path)).map(|(path, _)| unread(path))
}

/// Scans a large file, `step` bytes at a time; returns the number of bytes scanned.
///
/// # Errors
/// If it cannot be read.
pub(super) fn look(
    engine: &Engine,
    large: &mut Large<'_>,
    settings: &Settings,
    step: usize,
) -> io::Result<(Looked, usize)> {
    // A panic is our bug; it must not hide findings in other files.
    catch_unwind(AssertUnwindSafe(|| read(engine, large, settings, step))).unwrap_or(Ok((Looked::Broke, 0)))
}

fn read(
    engine: &Engine,
    large: &mut Large<'_>,
    settings: &Settings,
    step: usize,
) -> io::Result<(Looked, usize)> {
    let name = Blob { path: large.path, bytes: b"", tracked: large.tracked };
    let mut found = Found::default();
    let mut reader = match Reader::new(io::Read::take(&mut *large.content, FILE_MAX))? {
        Ok(reader) => reader,
        Err(head) => {
            let hits = engine.scan_head(&Blob { bytes: &head, ..name });
            let seen = findings::Seen { text: b"", part: None, hits: &hits, decoded: &[], masked: &[] };
            found.findings = findings::findings(engine, &name, &seen, settings);
            let packed = decode::is_packed(&head);
            return Ok((
                match (packed, found.findings.is_empty()) {
                    (false, true) => Looked::Passed(SkipReason::Binary),
                    (true, true) => Looked::Passed(SkipReason::TooLarge),
                    (is_packed, false) => {
                        found.unread.extend(is_packed.then(|| large.path.clone()));
                        Looked::Into(found)
                    }
                },
                head.len(),
            ));
        }
    };
    let (mut hits, mut marks) = (0, Vec::new());
    let mut take = |part: Part<'_>| {
        hits += part.hits.len() + part.decoded.len();
        let seen = findings::Seen {
            text: part.text,
            part: Some(part.before),
            hits: &part.hits,
            decoded: &part.decoded,
            masked: part.masked,
        };
        found.findings.extend(findings::findings(engine, &name, &seen, settings));
        if !part.marks.is_empty() {
            let more = suppress::marks(part.text, part.marks, part.masked, settings.foreign_allow);
            marks.extend(more.into_iter().map(|mark| mark.moved(part.before.lines)));
        }
        hits <= FINDINGS_MAX
    };
    let looked =
        engine.scan_parts((large.path, large.tracked), step, &mut |to| reader.more(to), &mut take)?;
    if hits > FINDINGS_MAX {
        found.findings.truncate(FINDINGS_MAX);
        found.overfull.push(large.path.clone());
    }
    if !marks.is_empty() {
        found.marks.push((large.path.clone(), marks));
    }
    found.missed = looked.missed;
    if looked.undecoded {
        found.undecoded.push(large.path.clone());
    }
    // A longer file has grown while it was read.
    if looked.unread || looked.bytes as u64 >= FILE_MAX {
        found.unread.push(large.path.clone());
    }
    hash_lines(large, &mut found)?;
    Ok((Looked::Into(found), looked.bytes))
}

/// Hashes the lines of findings, which needs a second read.
fn hash_lines(large: &mut Large<'_>, found: &mut Found) -> io::Result<()> {
    if found.findings.is_empty() {
        return Ok(());
    }
    let lines: BTreeSet<u32> = found.findings.iter().map(|finding| finding.place.region.start_line).collect();
    let mut hashes = LineHashes::of_lines(&lines.into_iter().collect::<Vec<_>>());
    large.content.rewind()?;
    let Ok(mut reader) = Reader::new(io::Read::take(&mut *large.content, FILE_MAX))? else { return Ok(()) };
    let mut piece = Vec::new();
    loop {
        let goes_on = reader.more(&mut piece)?;
        if !hashes.read(&piece) {
            break;
        }
        if !goes_on {
            hashes.end();
            break;
        }
        piece.clear();
    }
    for finding in &mut found.findings {
        finding.place.line_hash = hashes.of(finding.place.region.start_line).map(str::to_owned);
    }
    Ok(())
}
