//! Files over the size limit: text is scanned in windows with the same result; structured files and archives are
//! skipped and reported.

use std::collections::BTreeSet;
use std::io::{self, Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::collect::{Collector, Found, Looked, overfull};
use super::{Settings, findings, suppress};
use crate::engine::decode::{self, Reader};
use crate::engine::{Engine, Inside, Part, STEP};
use crate::model::linehash::LineHashes;
use crate::model::{Blob, FINDINGS_MAX, Finding, Origin, Problem, RepoPath, SkipReason};
use crate::source::{FILE_MAX, Large, Source};

/// Earlier texts above this size are scanned in windows, whatever the limit.
const EARLIER_MAX: usize = 16 << 20;

/// Bytes by which the kind of an archive is recognised.
const HEAD: u64 = 8192;

/// A text in memory that is looked at in pieces.
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
        Large { path, tracked, origin: None, is_stored: false, unpack: None, content: &mut self.content }
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
        let source = self.sources.get(source);
        let is_change = source.is_some_and(|source| source.is_change());
        let is_given = source.is_some_and(|source| source.is_given());
        self.gather(|all| {
            if is_change && reason == SkipReason::TooLarge {
                all.problems.push(unread(&path));
            }
            if is_given && reason == SkipReason::Binary {
                let message = "it is neither text nor an archive that is read".to_owned();
                all.problems.push(Problem { path: Some(path.clone()), message });
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
    if let Some(most) = large.unpack {
        return unpack(engine, &name, &mut *large.content, most, settings);
    }
    let mut reader = match Reader::new(io::Read::take(&mut *large.content, FILE_MAX))? {
        Ok(reader) => reader,
        Err(head) => {
            found.findings = named(engine, &name, &head, settings);
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
        found.problems.push(overfull(large.path));
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

/// What is found in a binary file by its name and its first bytes.
fn named(engine: &Engine, name: &Blob<'_>, head: &[u8], settings: &Settings) -> Vec<Finding> {
    let hits = engine.scan_head(&Blob { bytes: head, ..*name });
    let seen = findings::Seen { text: b"", part: None, hits: &hits, decoded: &[], masked: &[] };
    findings::findings(engine, name, &seen, settings)
}

/// Looks into an archive while it comes in. What it holds itself and could not be unpacked was not checked; what
/// those files hold further in is counted.
fn unpack(
    engine: &Engine,
    name: &Blob<'_>,
    content: &mut dyn io::Read,
    most: u64,
    settings: &Settings,
) -> io::Result<(Looked, usize)> {
    let mut content = io::Read::take(content, u64::MAX);
    let mut head = Vec::new();
    io::Read::take(&mut content, HEAD).read_to_end(&mut head)?;
    let mut found = Found { findings: named(engine, name, &head, settings), ..Found::default() };
    let inside = engine.inside_stream(
        name,
        &mut Cursor::new(head).chain(&mut content),
        usize::try_from(most).unwrap_or(usize::MAX),
        &mut |inner, text| found.add(engine, inner, &text, settings),
    );
    let bytes = usize::try_from(u64::MAX - content.limit()).unwrap_or(usize::MAX);
    let Inside::Looked { missed, undecoded, cut, .. } = inside else {
        return Ok((Looked::Passed(SkipReason::Binary), bytes));
    };
    found.missed += missed;
    let depth = |path: &RepoPath| memchr::memmem::find_iter(path.as_bytes(), b"!/").count();
    let (own, further): (Vec<_>, Vec<_>) = undecoded.into_iter().partition(|path| depth(path) < 2);
    found.undecoded = further;
    if cut {
        let message = format!(
            "more stands in it than may be read and unpacked ({most} bytes), so that not all of it was looked at; \
             a larger --max-file-size allows more"
        );
        found.problems.push(Problem { path: Some(name.path.clone()), message });
    } else {
        let message = "it is damaged, encrypted, too large, nested too deep or packed in a way that is not unpacked here, so that \
                       not all of it was looked at";
        let problem = |path| Problem { path: Some(path), message: message.to_owned() };
        found.problems.extend(own.into_iter().map(problem));
    }
    Ok((Looked::Into(found), bytes))
}

/// Hashes the lines of what was found, for which the text is read once more.
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
