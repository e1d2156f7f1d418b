//! Scanning a text in windows with bounded memory, with the same result as a full scan.
//!
//! Each literal belongs to one step, in which there is more text before and behind it than any match depends
//! on. What overlaps is settled together, once nothing more can come that overlaps it.

use std::io;
use std::ops::Range;

use super::{COMPANION_REACH, Engine};
use crate::engine::Run;
use crate::engine::decode::{self, Budget, Decoded, Layer, runs};
use crate::engine::hit::{Hit, resolve};
use crate::engine::place::{Before, is_cut};
use crate::model::{Blob, RepoPath, Span};

/// Bytes of a text that are looked at in one step.
pub const STEP: usize = 4 << 20;
/// Bytes of the text that are kept before a step and read behind it: more than a match depends on, the
/// longest of which is a key block.
const MARGIN: usize = 256 << 10;
/// Bytes by which a match can start before the literal that leads to it, at most.
const BACK: usize = 64 << 10;
/// Bytes of one encoded run, or of hits that overlap one another, that are kept together.
const HELD_MAX: usize = 32 << 20;
/// Bytes of the start of a text by which checks tell what kind of file it is.
const HEAD: usize = 64 << 10;

/// A part of a text, and what is settled in it.
pub struct Part<'a> {
    /// What is in memory of the text; offsets count its bytes.
    pub text: &'a [u8],
    /// What stands before that.
    pub before: Before,
    /// As in [`super::Text::Scanned`].
    pub hits: Vec<Hit>,
    /// As in [`super::Text::Scanned`].
    pub decoded: Vec<Decoded>,
    /// As in [`super::Text::Scanned`].
    pub masked: &'a [(Span, usize)],
    /// Where allow marks must be read; empty if none was found yet.
    pub marks: Range<usize>,
}

/// The result of a windowed scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Bytes of the text that were looked at.
    pub bytes: usize,
    /// True if there is a check for such a file that reads it as a whole, and so did not look at it.
    pub unread: bool,
    /// True if something in the text was left encoded: too deep, or too much.
    pub undecoded: bool,
    /// As in [`super::Text::Scanned`].
    pub missed: u64,
}

/// Adds the next piece of a text; false if that was the last.
pub type More<'m> = &'m mut dyn FnMut(&mut Vec<u8>) -> io::Result<bool>;

impl Engine {
    /// Runs every check over a text that `more` reads, but those that read a file as a whole. Looks at `step`
    /// bytes at a time, and hands what is settled to `take`, in the order of the text, until it wants no more.
    ///
    /// # Errors
    /// If the text cannot be read.
    pub fn scan_parts(
        &self,
        (path, tracked): (&RepoPath, bool),
        step: usize,
        more: More<'_>,
        take: &mut dyn FnMut(Part<'_>) -> bool,
    ) -> io::Result<Looked> {
        let budget = Budget::of(usize::MAX);
        let mut windows = Windows::new(self, path, tracked, Layer::top(&budget));
        windows.fill(HEAD, more)?;
        windows.start();
        loop {
            windows.look(step, more)?;
            if !windows.give(take) || windows.is_done() {
                break;
            }
        }
        let bytes = windows.before.bytes + windows.next;
        let named = self.named.iter().any(|index| match self.checks[usize::from(*index)].run {
            Run::Named { named, .. } => named(path),
            _ => false,
        });
        let unread = named || windows.content;
        let missed = budget.missed();
        Ok(Looked { bytes, unread, missed, undecoded: !budget.into_undecoded().is_empty() })
    }

    /// Runs the content-independent checks over the `head` of a non-text file.
    #[must_use]
    pub fn scan_head(&self, head: &Blob<'_>) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.unled.run(head, &mut hits);
        self.files(head, &mut hits);
        hits
    }

    /// True if anything is seen in a text whose name is not known, or left open.
    pub(super) fn sees(&self, path: &RepoPath, more: More<'_>) -> bool {
        let budget = Budget::of(usize::MAX);
        let mut windows = Windows::new(self, path, true, Layer::nameless(&budget));
        while !windows.is_done() {
            if windows.look(STEP, more).is_err() || windows.has_seen() || budget.missed() > 0 {
                return true;
            }
            windows.give(&mut |_| true);
        }
        false
    }
}

/// A text that is being looked at. Offsets count the bytes of what is in memory of it.
struct Windows<'a> {
    engine: &'a Engine,
    path: &'a RepoPath,
    tracked: bool,
    layer: Layer<'a>,
    buffer: Vec<u8>,
    before: Before,
    /// True if all of the text was read.
    ended: bool,
    /// Where the next step starts.
    next: usize,
    runs: runs::Standing,
    /// Up to where escapes were undone.
    unescaped: usize,
    /// Up to where everything is settled.
    settled: usize,
    /// What is not settled yet.
    hits: Vec<Hit>,
    in_runs: Vec<Decoded>,
    in_lines: Vec<Decoded>,
    /// What is settled, but may raise the confidence of what is not.
    recent: Vec<Hit>,
    masked: Vec<(Span, usize)>,
    marked: bool,
    /// True if something was met that shows that a check may want to read the file.
    content: bool,
    /// True if a rule of another scanner was run.
    open: bool,
}

impl<'a> Windows<'a> {
    fn new(engine: &'a Engine, path: &'a RepoPath, tracked: bool, layer: Layer<'a>) -> Self {
        Self {
            engine,
            path,
            tracked,
            layer,
            buffer: Vec::new(),
            before: Before::default(),
            ended: false,
            next: 0,
            runs: runs::Standing::default(),
            unescaped: 0,
            settled: 0,
            hits: Vec::new(),
            in_runs: Vec::new(),
            in_lines: Vec::new(),
            recent: Vec::new(),
            masked: Vec::new(),
            marked: false,
            content: false,
            open: engine.unled.is_any(),
        }
    }

    fn is_done(&self) -> bool {
        self.ended && self.next == self.buffer.len()
    }

    fn has_seen(&self) -> bool {
        self.open
            || self.content
            || !(self.hits.is_empty() && self.in_runs.is_empty() && self.in_lines.is_empty())
    }

    /// Reads until there are `len` bytes in memory.
    fn fill(&mut self, len: usize, more: More<'_>) -> io::Result<()> {
        while !self.ended && self.buffer.len() < len {
            self.ended = !more(&mut self.buffer)?;
        }
        Ok(())
    }

    /// Looks at the file as a whole, as far as its name and its start tell.
    fn start(&mut self) {
        let head = &self.buffer[..self.buffer.len().min(HEAD)];
        self.hits = self.engine.scan_head(&Blob { path: self.path, bytes: head, tracked: self.tracked });
    }

    /// Looks at the next step.
    fn look(&mut self, step: usize, more: More<'_>) -> io::Result<()> {
        self.fill(self.next + step + MARGIN, more)?;
        let until = if self.ended { self.buffer.len() } else { self.buffer.len() - MARGIN };
        let mut hits = Vec::new();
        let blob = Blob { path: self.path, bytes: &self.buffer, tracked: self.tracked };
        let seen = self.engine.rules_within(&blob, self.next..until, self.layer, &mut hits);
        // What was not looked at may hold anything.
        self.masked.extend(seen.left.map(|left| (Span::new(left, until), 0)));
        self.marked |= seen.marked;
        self.content |= !seen.content.is_empty();
        self.open |= seen.open;
        let lines = decode::windows(blob.bytes, &seen.escapes, self.unescaped);
        self.unescaped = lines.last().map_or(self.unescaped, |line| line.end);
        let mut decoded = Vec::new();
        self.engine.unescape_all(&blob, lines, self.layer, &mut decoded);
        self.masked.extend(decoded.iter().map(|inner| (inner.span, 0)));
        self.in_lines.append(&mut decoded);
        self.runs(until, more)?;
        // Only foreign rules look back far enough to find something again.
        hits.retain(|hit| hit.covers().start >= self.settled);
        self.masked.extend(hits.iter().filter_map(|hit| Some((hit.secret?, hit.public))));
        self.hits.append(&mut hits);
        self.next = until;
        Ok(())
    }

    /// Looks into the encoded runs that start before `until`, reading on to their ends.
    fn runs(&mut self, until: usize, more: More<'_>) -> io::Result<()> {
        let mut decoded = Vec::new();
        loop {
            let blob = Blob { path: self.path, bytes: &self.buffer, tracked: self.tracked };
            let held = blob.bytes.len() - self.runs.spent().min(blob.bytes.len());
            let ends = self.ended || held > HELD_MAX;
            if held > HELD_MAX {
                self.layer.budget.undecoded(self.path);
            }
            let standing = runs::each_from(blob.bytes, self.runs, until, ends, &mut |run| {
                self.engine.run(&blob, &run, self.layer, &mut decoded);
            });
            match standing {
                Ok(standing) => {
                    self.runs = standing;
                    break;
                }
                Err(standing) => {
                    self.runs = standing;
                    let held = self.buffer.len() - standing.spent();
                    self.fill(self.buffer.len() + held, more)?;
                }
            }
        }
        self.masked.extend(decoded.iter().map(|inner| (inner.span, 0)));
        self.in_runs.append(&mut decoded);
        Ok(())
    }

    /// Up to where everything is settled now: nothing that is still to come overlaps what starts before it,
    /// or raises its confidence.
    fn cut(&self) -> usize {
        if self.is_done() {
            return self.buffer.len();
        }
        let known = self.next.saturating_sub(BACK + COMPANION_REACH);
        let decoded = self.in_runs.iter().chain(&self.in_lines).map(|one| one.span);
        let mut spans: Vec<Span> =
            self.hits.iter().map(Hit::covers).chain(decoded).filter(|span| !span.is_empty()).collect();
        spans.sort_unstable();
        let mut cut = known;
        let mut together = Span::new(0, 0);
        for span in spans {
            if span.start >= together.end {
                together = span;
            }
            together.end = together.end.max(span.end);
            if together.end > known {
                cut = together.start.min(known);
                break;
            }
        }
        if self.next - cut > HELD_MAX { known } else { cut }.max(self.settled)
    }

    /// Hands what is settled to `take`, and gives up what of the text is not needed any more. False if it
    /// wants no more.
    fn give(&mut self, take: &mut dyn FnMut(Part<'_>) -> bool) -> bool {
        let cut = self.cut();
        let is_settled = |span: Span| span.is_empty() || span.start < cut;
        let (mut hits, open): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.hits).into_iter().partition(|hit| is_settled(hit.covers()));
        self.hits = open;
        let mut decoded: Vec<Decoded> = self.in_runs.extract_if(.., |one| is_settled(one.span)).collect();
        decoded.extend(self.in_lines.extract_if(.., |one| is_settled(one.span)));
        let seen = hits.clone();
        self.engine.companions(&self.buffer, &mut hits, self.recent.iter().chain(&self.hits));
        self.recent.extend(seen.into_iter().filter(|hit| hit.secret.is_some()));
        self.recent.retain(|hit| hit.span.start + COMPANION_REACH >= cut);
        decode::settle(&mut hits, &mut decoded);
        resolve(&mut hits);
        let marks = if self.marked { self.settled..cut } else { cut..cut };
        self.settled = cut;
        let is_any = !(hits.is_empty() && decoded.is_empty() && marks.is_empty());
        let part =
            Part { text: &self.buffer, before: self.before, hits, decoded, masked: &self.masked, marks };
        let goes_on = !is_any || take(part);
        self.forget();
        goes_on
    }

    /// Gives up what of the text is not needed any more.
    fn forget(&mut self) {
        let open = self.hits.iter().map(|hit| hit.span.start.min(hit.covers().start));
        let decoded = self.in_runs.iter().chain(&self.in_lines).map(|one| one.span.start);
        let needed = [self.settled, self.next, self.runs.spent()];
        let first = needed.into_iter().chain(open).chain(decoded).min().unwrap_or(0);
        let most = first.saturating_sub(MARGIN);
        let Some(gone) = (0..=most).rev().find(|at| is_cut(&self.buffer, *at)).filter(|gone| *gone > 0)
        else {
            return;
        };
        self.before = self.before.and(&self.buffer[..gone]);
        self.buffer.drain(..gone);
        self.next -= gone;
        self.runs = self.runs.without(gone);
        self.unescaped = self.unescaped.saturating_sub(gone);
        self.settled -= gone;
        let less = |span: Span| Span::new(span.start.saturating_sub(gone), span.end.saturating_sub(gone));
        for hit in self.hits.iter_mut().chain(&mut self.recent) {
            hit.span = less(hit.span);
            hit.secret = hit.secret.map(less);
        }
        for one in self.in_runs.iter_mut().chain(&mut self.in_lines) {
            one.span = less(one.span);
        }
        self.masked.retain(|(secret, _)| secret.end > gone);
        for (secret, public) in &mut self.masked {
            *public = if secret.start < gone { 0 } else { *public };
            *secret = less(*secret);
        }
    }
}
