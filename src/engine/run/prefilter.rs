//! Looking at a text whose name is not known, and at what a delta changed of one.
//!
//! History holds each file many times over, each version but a little different from the one it is
//! stored against. [`Engine::prefilter`] looks at a whole text and keeps what it met: each literal with the
//! reach of its uses, and each sighting. [`Engine::prefilter_delta`] gives the same for a text of whose copied ranges
//! are known: literals are looked for around the seams only; what was met inside a copy is carried over, and what has a
//! seam within its reach is run again. Where something depends on more than such a reach (runs that are decoded,
//! escapes on endless lines, archives, UTF-16, rules of other scanners) the text is looked at whole, and so is what is
//! stored against it.

use std::borrow::Cow;
use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use super::gallop::gallop;
use super::pass::Pass;
use super::reach::Reach;
use super::{Engine, Use};
use crate::engine::decode::{self, Budget, Decoded, Layer};
use crate::engine::hit::Hit;
use crate::engine::literals::KEY_MAX;
use crate::engine::{Check, Run, file_kind};
use crate::model::{Blob, RepoPath, Span};

/// The largest text that is looked at in parts, in bytes.
const LOCAL_MAX: usize = 16 << 20;
/// Bytes from a literal's first on that tell that it is there.
const MARGIN: usize = KEY_MAX + 1;
/// Minimum length of a copy, beyond the bytes searched for literals: shorter ones are cheaper to scan again.
const COPY_MIN: usize = 12;

/// Literals of which account is taken in any text, and bytes of a text for each further one.
const MET_MIN: usize = 4096;
const MET_BYTES: usize = 16;

/// A part of a text that is the same as a part of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Where it starts in the other text, the base.
    pub from: usize,
    /// Where it starts in the text.
    pub to: usize,
    /// Its bytes.
    pub len: usize,
}

/// Something that a scan of a text reports under some name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sighting {
    /// Index of the check in the engine.
    pub check: u16,
    /// Where it stands; offsets count the bytes of the decoded text, as those of hits do.
    pub span: Span,
    /// Where the secret stands, if it is one; of what stands encoded, where the encoded bytes do.
    pub secret: Option<Span>,
    /// Stands for the bytes of the secret, decoded: a hash of them.
    pub print: u128,
}

/// What was seen in a text whose name is not known. Two are the same if the same was seen, whatever it took.
#[derive(Clone, Debug)]
pub struct Prefiltered {
    /// Bytes of the text.
    length: usize,
    /// True if what a delta leaves as it was can be carried over.
    local: bool,
    /// True if only a scan can tell.
    unsure: bool,
    /// What it took, see [`Self::cost`].
    cost: u64,
    /// Sorted by place and literal.
    met: Vec<Met>,
    /// Sorted by place.
    seen: Vec<Seen>,
}

/// A literal that was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Met {
    at: u32,
    literal: u16,
    back: u16,
    ahead: u32,
}

/// A sighting and what it depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    /// Where the literal stands that led to it, or the line on which it was unescaped.
    at: usize,
    reach: Reach,
    sighting: Sighting,
}

impl PartialEq for Prefiltered {
    fn eq(&self, other: &Self) -> bool {
        let facts = |one: &Self| (one.length, one.local, one.unsure);
        facts(self) == facts(other) && self.met == other.met && self.seen == other.seen
    }
}

impl Eq for Prefiltered {}

impl Prefiltered {
    /// Whatever a scan under some name may report, and no name can rule out. Empty for nearly all texts.
    #[must_use]
    pub fn sightings(&self) -> Vec<Sighting> {
        let mut all: Vec<Sighting> = self.seen.iter().map(|seen| seen.sighting).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// True if nothing was seen and nothing left open: under no name does [`Engine::scan`] report
    /// anything, but what the checks do of which [`Engine::wants_name`] tells.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.seen.is_empty() && !self.unsure
    }

    /// True if only [`Engine::scan`] and [`Engine::inside`] can tell what is to be seen, whatever the
    /// sightings are: archives, and rules of other scanners.
    #[must_use]
    pub const fn is_unsure(&self) -> bool {
        self.unsure
    }

    /// What it took to find this out, in bytes of ordinary text that are looked at whole.
    #[must_use]
    pub const fn cost(&self) -> u64 {
        self.cost
    }

    /// Approximate heap size in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.met.capacity() * size_of::<Met>() + self.seen.capacity() * size_of::<Seen>()
    }
}

/// The name of a file whose name is not known.
static NAMELESS: LazyLock<RepoPath> = LazyLock::new(|| RepoPath::new(Vec::new()));

impl Engine {
    /// Looks at `bytes`, the content of a file that may have any name.
    #[must_use]
    pub fn prefilter(&self, bytes: &[u8]) -> Prefiltered {
        let local = self.may_be_local(bytes) && !decode::runs::any(bytes);
        let budget = Budget::of(bytes.len());
        let mut prefiltering = Prefiltering::new(self, bytes, &budget);
        if !local
            || prefiltering.look(0, bytes.len()).is_none()
            || prefiltering.lines().is_none()
            || budget.missed() > 0
        {
            return self.prefilter_whole(bytes);
        }
        prefiltering.finish()
    }

    /// The same as [`Engine::prefilter`] for `bytes` of which `copies` are the same as in another text, which
    /// gave `base`. Copies may leave out what they like and come in any order of the base; in the text
    /// each starts behind the one before. If they do not, or reach out of the texts, they count for
    /// nothing.
    #[must_use]
    pub fn prefilter_delta(
        &self,
        bytes: &[u8],
        base: &Prefiltered,
        copies: impl IntoIterator<Item = Copied>,
    ) -> Prefiltered {
        if !base.local || !self.may_be_local(bytes) {
            return self.prefilter(bytes);
        }
        let budget = Budget::of(bytes.len());
        let mut prefiltering = Prefiltering::new(self, bytes, &budget);
        match prefiltering.follow(base, copies.into_iter()) {
            Some(()) if budget.missed() == 0 => prefiltering.finish(),
            _ => self.prefilter(bytes),
        }
    }

    /// True if a check that looks at files by name may report something in a file at `path`.
    #[must_use]
    pub fn wants_name(&self, path: &RepoPath) -> bool {
        self.unled.wants(path)
            || self.named.iter().any(|index| match self.checks[usize::from(*index)].run {
                Run::Named { named, .. } | Run::File { named, .. } => named(path),
                _ => false,
            })
    }

    /// True for files of tests, examples, documents and other people's code: some of what is found in them is
    /// worth less than elsewhere.
    #[must_use]
    pub fn is_minor(&self, path: &RepoPath) -> bool {
        file_kind::is_aside(&Blob { path, bytes: b"", tracked: true })
    }

    /// True if a text of whatever content is assessed the same at both paths, which have the same last name.
    #[must_use]
    pub fn is_judged_alike(&self, one: &RepoPath, other: &RepoPath) -> bool {
        let blob = |path| Blob { path, bytes: b"", tracked: true };
        let (a, b) = (blob(one), blob(other));
        let applies_alike = |(index, check): (u16, &Check)| match check.rule() {
            Some(rule) => self.applies(index, rule, &a) == self.applies(index, rule, &b),
            None => true,
        };
        // Those of other scanners can say anything of a path.
        !self.has_foreign
            && self.is_minor(one) == self.is_minor(other)
            && file_kind::is_trial_path(&a) == file_kind::is_trial_path(&b)
            && self.wants_name(one) == self.wants_name(other)
            && (0..).zip(&self.checks).all(applies_alike)
    }

    fn may_be_local(&self, bytes: &[u8]) -> bool {
        bytes.len() <= LOCAL_MAX && !self.has_foreign && matches!(decode::text(bytes), Some(Cow::Borrowed(_)))
    }

    fn prefilter_whole(&self, bytes: &[u8]) -> Prefiltered {
        let (length, cost) = (bytes.len(), bytes.len() as u64);
        let (met, seen) = (Vec::new(), Vec::new());
        let mut prefiltered = Prefiltered { length, local: false, unsure: false, cost, met, seen };
        if bytes.len() > LOCAL_MAX {
            prefiltered.unsure = match decode::Reader::new(bytes) {
                Ok(Ok(mut reader)) => self.sees(&NAMELESS, &mut |to| reader.more(to)),
                _ => decode::is_packed(bytes),
            };
            return prefiltered;
        }
        let Some(text) = decode::text(bytes) else {
            prefiltered.unsure = decode::is_packed(bytes);
            return prefiltered;
        };
        let blob = Blob { path: &NAMELESS, bytes: &text, tracked: true };
        let budget = Budget::of(bytes.len());
        let mut hits = Vec::new();
        let layer = Layer::nameless(&budget);
        let seen = self.rules(&blob, layer, &mut hits);
        let peeled = decode::Peeled { blob, escapes: &seen.escapes };
        let decoded = self.peel(peeled, layer);
        // Unevaluated places must be reported, which only a scan can do.
        prefiltered.unsure = seen.open || self.unled.is_any() || budget.missed() > 0;
        prefiltered.cost += budget.cost();
        let sighted = hits
            .iter()
            .map(|hit| sighting(hit, &text))
            .chain(decoded.iter().map(sighting_within))
            .chain(seen.content.iter().map(|(check, span)| content(*check, *span)));
        prefiltered.seen =
            sighted.map(|sighting| Seen { at: 0, reach: Reach::default(), sighting }).collect();
        prefiltered
    }
}

/// A text that is being looked at.
struct Prefiltering<'a> {
    engine: &'a Engine,
    blob: Blob<'a>,
    budget: &'a Budget,
    pass: Pass<'a>,
    /// Bytes in which literals were looked for.
    looked: usize,
    met: Vec<Met>,
    seen: Vec<Seen>,
    /// Where lines are worth unescaping.
    escapes: Vec<usize>,
    hits: Vec<Hit>,
}

impl<'a> Prefiltering<'a> {
    fn new(engine: &'a Engine, bytes: &'a [u8], budget: &'a Budget) -> Self {
        let blob = Blob { path: &NAMELESS, bytes, tracked: true };
        let pass = Pass::new(&blob, Layer::nameless(budget));
        let (met, seen, escapes, hits) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { engine, blob, budget, pass, looked: 0, met, seen, escapes, hits }
    }

    fn finish(mut self) -> Prefiltered {
        self.seen.sort_unstable_by_key(|seen| (seen.at, seen.sighting, seen.reach.back, seen.reach.ahead));
        self.seen.dedup();
        let cost = self.looked as u64 + self.met.len() as u64 + self.budget.cost();
        let Self { met, seen, .. } = self;
        Prefiltered { length: self.blob.bytes.len(), local: true, unsure: false, cost, met, seen }
    }

    /// Looks for literals that start in `start..end` and runs their uses.
    fn look(&mut self, start: usize, end: usize) -> Option<()> {
        let hay = self.blob.bytes;
        let engine = self.engine;
        let before = self.met.len();
        self.looked += end.saturating_sub(start);
        let mut all = Some(());
        engine.literals.each_key(hay, start, end, &mut |literal, at| {
            if all.is_some() {
                all = self.run(literal, at);
            }
        });
        // Literals come nearly in order.
        let met = &mut self.met[before..];
        if !met.is_sorted() {
            met.sort_unstable();
        }
        all
    }

    /// Runs the uses of the literal at `at`. Nothing if the text is to be looked at whole.
    fn run(&mut self, literal: usize, at: usize) -> Option<()> {
        let engine = self.engine;
        let mut reach = Reach::new(0, engine.literals.length(literal) + 1);
        self.pass.come_to(at);
        // Of a long literal only the start is known to be there.
        let uses =
            if engine.literals.is_at(self.blob.bytes, literal, at) { &engine.uses[literal][..] } else { &[] };
        for what in uses {
            match *what {
                Use::Escape => {
                    let line = decode::line(self.blob.bytes, at)?;
                    reach = reach.and(Reach::new(at - line.start + 1, line.end + 1 - at));
                    self.escapes.push(at);
                }
                Use::Content(check) => {
                    let sighting = content(check, Span::new(at, at + engine.literals.length(literal)));
                    let length = engine.literals.length(literal) + 1;
                    self.seen.push(Seen { at, reach: Reach::new(0, length), sighting });
                }
                Use::Foreign(..) => return None,
                Use::Mark => {}
                what => {
                    let purse = what.purse().filter(|purse| self.pass.may_cheaply(*purse))?;
                    let own = engine.run_use(what, &self.pass, literal, at, &mut self.hits);
                    self.pass.settle(purse);
                    reach = reach.and(own);
                    for hit in &self.hits {
                        let sighting = sighting(hit, self.blob.bytes);
                        self.seen.push(Seen { at, reach: own, sighting });
                    }
                    self.hits.clear();
                }
            }
        }
        if self.is_dense() {
            return None;
        }
        let at = u32::try_from(at).ok()?;
        let back = u16::try_from(reach.back).ok()?;
        self.met.push(Met { at, literal: literal as u16, back, ahead: reach.ahead });
        Some(())
    }

    /// True where nearly every byte belongs to a literal, or something is seen everywhere: nothing is saved by
    /// what is known of that.
    fn is_dense(&self) -> bool {
        self.met.len() > MET_MIN + self.blob.bytes.len() / MET_BYTES || self.seen.len() > MET_MIN
    }

    /// Looks at the lines with escapes. Nothing if the text is to be looked at whole.
    fn lines(&mut self) -> Option<()> {
        self.escapes.sort_unstable();
        let mut done = 0;
        for at in std::mem::take(&mut self.escapes) {
            if at < done {
                continue;
            }
            let line = decode::line(self.blob.bytes, at)?;
            done = line.end;
            let budget = self.budget.part(line.len());
            let layer = Layer::nameless(&budget).inner(self.blob.path)?;
            let decoded = self.engine.unescape(&self.blob, line.clone(), layer);
            self.budget.settle(&budget);
            if budget.has_run() || self.budget.missed() > 0 {
                return None;
            }
            let reach = Reach::new(1, line.len() + 1);
            let seen =
                decoded.iter().map(|one| Seen { at: line.start, reach, sighting: sighting_within(one) });
            self.seen.extend(seen);
        }
        Some(())
    }

    /// Carries over what `copies` left as it was, and looks at the rest. Nothing if the text is to be
    /// looked at whole.
    fn follow(&mut self, base: &Prefiltered, copies: impl Iterator<Item = Copied>) -> Option<()> {
        self.met.reserve(base.met.len() + 16);
        let mut done = 0;
        let (mut ran, mut next) = (0, 0);
        let mut copies = copies.peekable();
        while let Some(mut copy) = copies.next() {
            // Long copies are written in pieces.
            while let Some(next) = copies.peek()
                && copy.from.checked_add(copy.len) == Some(next.from)
                && copy.to.checked_add(copy.len) == Some(next.to)
            {
                copy.len = copy.len.checked_add(next.len)?;
                copies.next();
            }
            let (from_end, to_end) = (copy.from.checked_add(copy.len)?, copy.to.checked_add(copy.len)?);
            if copy.to < done || to_end > self.blob.bytes.len() || from_end > base.length {
                return None;
            }
            if copy.len < MARGIN + COPY_MIN {
                continue;
            }
            let kept = Kept {
                from: copy.from,
                to: copy.to,
                len: copy.len,
                starts: copy.from == 0 && copy.to == 0,
                ends: from_end == base.length && to_end == self.blob.bytes.len(),
            };
            if !kept.starts {
                self.gap(done, copy.to, &mut ran)?;
            }
            done = self.carry(base, kept, &mut next)?;
        }
        if done < self.blob.bytes.len() || base.length == 0 {
            self.gap(done, self.blob.bytes.len(), &mut ran)?;
        }
        if self.is_dense() {
            return None;
        }
        self.lines()
    }

    /// Looks at what lies between two copies, of which literals at the end of the first are left out.
    fn gap(&mut self, start: usize, end: usize, ran: &mut usize) -> Option<()> {
        let hay = self.blob.bytes;
        let run = decode::runs::extended(hay, start.max(*ran)..end.max(*ran));
        *ran = run.end;
        if decode::runs::any(&hay[run]) {
            return None;
        }
        self.look(start, end)
    }

    /// Carries over what was met and seen in a copy. Gives up to where. `next` is where in what was met in
    /// the base the last copy ended.
    fn carry(&mut self, base: &Prefiltered, kept: Kept, next: &mut usize) -> Option<usize> {
        let length = if kept.ends { kept.len } else { kept.len.saturating_sub(MARGIN) };
        // Most deltas go through their base from start to end.
        let is_before = |met: &Met| (met.at as usize) < kept.from;
        let hint = *next;
        let first = match (hint.checked_sub(1), base.met.get(hint)) {
            (before, at)
                if before.is_none_or(|at| is_before(&base.met[at]))
                    && at.is_none_or(|met| !is_before(met)) =>
            {
                hint
            }
            _ => gallop(&base.met, hint, is_before),
        };
        *next = first;
        for met in &base.met[first..] {
            let at = met.at as usize - kept.from;
            if at >= length {
                break;
            }
            *next += 1;
            let to = kept.to + at;
            if kept.holds(at, Reach { back: u32::from(met.back), ahead: met.ahead }) {
                self.met.push(Met { at: to as u32, ..*met });
            } else {
                self.run(usize::from(met.literal), to)?;
            }
        }
        if !base.seen.is_empty() {
            let shifted =
                |span: Span| Span::new(span.start - kept.from + kept.to, span.end - kept.from + kept.to);
            let within = |seen: &&Seen| seen.at >= kept.from && seen.at - kept.from < length;
            for seen in base.seen.iter().filter(within) {
                let at = seen.at - kept.from;
                if kept.holds(at, seen.reach) {
                    let Sighting { span, secret, .. } = seen.sighting;
                    let sighting =
                        Sighting { span: shifted(span), secret: secret.map(shifted), ..seen.sighting };
                    self.seen.push(Seen { at: kept.to + at, reach: seen.reach, sighting });
                }
            }
        }
        Some(kept.to + length)
    }
}

/// A copy, all of it in the text and in its base.
#[derive(Clone, Copy)]
struct Kept {
    from: usize,
    to: usize,
    len: usize,
    /// True if both texts start with it.
    starts: bool,
    /// True if both texts end with it.
    ends: bool,
}

impl Kept {
    /// True if nothing changed within `reach` of offset `at` in the copy.
    fn holds(self, at: usize, reach: Reach) -> bool {
        (at >= reach.back as usize || self.starts) && (at + reach.ahead as usize <= self.len || self.ends)
    }
}

fn sighting(hit: &Hit, text: &[u8]) -> Sighting {
    let secret = hit.secret.map_or(&[][..], |secret| &text[secret.range()]);
    Sighting { check: hit.check, span: hit.span, secret: hit.secret, print: print(secret) }
}

fn sighting_within(decoded: &Decoded) -> Sighting {
    let Sighting { check, secret, print, .. } = sighting(&decoded.hit, &decoded.text);
    Sighting { check, span: decoded.span, secret: secret.map(|_| decoded.span), print }
}

/// That a file may be one that a check looks at whatever its name.
const fn content(check: u16, span: Span) -> Sighting {
    Sighting { check, span, secret: None, print: 0 }
}

fn print(secret: &[u8]) -> u128 {
    let hash = Sha256::digest(secret);
    hash.first_chunk().map_or(0, |bytes| u128::from_le_bytes(*bytes))
}
