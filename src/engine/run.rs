//! All checks over one text.

mod gallop;
mod matchers;
mod names;
mod pass;
mod patterns;
pub(super) mod prefilter;
mod reach;
pub(super) mod windows;

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use super::charset::CharSet;
use super::decode::{Decoded, Purse};
use super::hit::{HITS_MAX, Hit, resolve};
use super::literals::{Literal, Literals};
use super::rule::Matcher;
use super::shape::Shape;
use super::{Check, Reporter, Run, decode, foreign};
use crate::model::{Blob, Confidence, RepoPath, Span};
use pass::Pass;
use patterns::Pattern;

/// Hits in a file beyond which companions are not looked for: each is compared with all.
const COMPANION_HITS: usize = 2000;
/// Lines within which a companion raises confidence.
const COMPANION_LINES: usize = 10;
/// Bytes within which it does, of long lines.
const COMPANION_REACH: usize = 64 << 10;

/// The result of scanning a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Text<'a> {
    /// Text as it is, or decoded; offsets of hits count its bytes.
    Scanned {
        /// The text.
        text: Cow<'a, [u8]>,
        /// What was seen, best of overlapping ones, sorted by position.
        hits: Vec<Hit>,
        /// Every span that some hit held to be secret, also of hits that did not stay, with the
        /// count of its leading bytes that may be shown.
        masked: Vec<(Span, usize)>,
        /// True if the text has a mark that allows a finding.
        marked: bool,
        /// What was seen in that which stands encoded in the text.
        decoded: Vec<Decoded>,
        /// True if something in the text was left encoded: too deep, or too much.
        undecoded: bool,
        /// Places that were not evaluated, because there are too many.
        missed: u64,
    },
    /// Not text: only name-based checks ran.
    Binary(Vec<Hit>),
}

/// The enabled checks, ready to run. Shared by all threads.
pub struct Engine {
    checks: Vec<Check>,
    literals: Literals,
    /// What to try for each literal.
    uses: Vec<Vec<Use>>,
    /// Rules that look at URLs and at key blocks.
    url_rules: Vec<u16>,
    pem_rules: Vec<u16>,
    /// Checks that look at files by name.
    named: Vec<u16>,
    /// Rules of other scanners that no literal leads to.
    unled: foreign::Unled,
    /// True if there are rules of other scanners.
    has_foreign: bool,
    /// True if a check looks into texts; otherwise nothing is decoded for them.
    pub(super) reads_text: bool,
    /// One a check.
    alphabets: Vec<reach::Alphabet>,
    /// One per shape, by its number in [`Use::Shape`], computed on first use.
    shapes: Vec<OnceLock<reach::Alphabet>>,
    /// One a check, read when first needed.
    patterns: Vec<OnceLock<Pattern>>,
    globs: Vec<OnceLock<globset::GlobSet>>,
    now: Option<i64>,
}

#[derive(Clone, Copy)]
enum Use {
    /// The anchor of this shape of this check; shapes that are the same have the same number, the last.
    Shape(u16, u16, u16),
    /// A keyword of this check.
    Keyword(u16),
    /// An anchor of this check's pattern.
    Pattern(u16),
    /// A word in the name of an assignment.
    Assigned(u16),
    /// What shows that a file may be one that this check looks at, whatever its name.
    Content(u16),
    /// What leads to this rule of another scanner.
    Foreign(u16, &'static foreign::ForeignRule),
    /// `://`
    Url,
    /// `-----BEGIN `
    Pem,
    /// [`ALLOW_MARK`], or a mark of another tool.
    Mark,
    /// One of [`decode::triggers`].
    Escape,
}

impl Use {
    /// Who pays for it; nothing if it costs next to nothing.
    const fn purse(self) -> Option<Purse> {
        match self {
            Self::Shape(..) => Some(Purse::Token),
            Self::Keyword(_) => Some(Purse::Near),
            Self::Pattern(_) | Self::Url | Self::Pem => Some(Purse::Pattern),
            Self::Assigned(_) => Some(Purse::Assigned),
            Self::Content(_) | Self::Foreign(..) | Self::Mark | Self::Escape => None,
        }
    }

    /// The shape that it looks for.
    fn shape(self, checks: &[Check]) -> Option<&'static Shape> {
        let Self::Shape(check, number, _) = self else { return None };
        match checks[usize::from(check)].rule()?.matcher {
            Matcher::Token { shapes, .. } => shapes.get(usize::from(number)),
            _ => None,
        }
    }

    /// The number of that shape.
    const fn number(self) -> Option<u16> {
        if let Self::Shape(_, _, same) = self { Some(same) } else { None }
    }
}

/// Other results of the literal pass.
#[derive(Default)]
pub(super) struct Seen {
    /// A mark that allows a finding.
    pub(super) marked: bool,
    /// Lines to unescape.
    pub(super) escapes: Vec<usize>,
    /// What shows that a check may look at the file whatever its name.
    pub(super) content: Vec<(u16, Span)>,
    /// True if a rule of another scanner was run.
    pub(super) open: bool,
    /// From where on it was not looked at, because there were too many hits before.
    pub(super) left: Option<usize>,
}

/// The mark that allows a finding on its line or the next.
pub const ALLOW_MARK: &str = "bartizan:allow";

impl Engine {
    /// Prepares `checks`. `now` is the time of the scan in seconds since 1970, for expiry dates.
    #[must_use]
    pub fn new(checks: Vec<Check>, now: Option<i64>) -> Self {
        Self::with_marks(checks, now, &[])
    }

    /// The same, with further `marks` in addition to [`ALLOW_MARK`].
    #[must_use]
    pub fn with_marks(checks: Vec<Check>, now: Option<i64>, marks: &[&str]) -> Self {
        let mut unled = foreign::Unled::default();
        let mut table = LiteralTable::default();
        let mut shape_count = 0u16;
        let (mut url_rules, mut pem_rules, mut named) = (Vec::new(), Vec::new(), Vec::new());
        for (index, check) in checks.iter().enumerate() {
            let index = u16::try_from(index).expect("there are fewer than 65,536 checks");
            let rule = match check.run {
                Run::Rule(rule) => rule,
                Run::Named { contents, .. } => {
                    named.push(index);
                    for content in contents {
                        table.add(content, false, CharSet::EMPTY, Use::Content(index));
                    }
                    continue;
                }
                Run::File { .. } => {
                    named.push(index);
                    continue;
                }
                Run::Assigned { keywords, .. } => {
                    for keyword in keywords {
                        table.add(keyword, true, CharSet::EMPTY, Use::Assigned(index));
                    }
                    continue;
                }
                Run::Foreign(rule) => {
                    for literal in rule.trigger.literals() {
                        table.add(literal, true, CharSet::EMPTY, Use::Foreign(index, rule));
                    }
                    unled.add(index, rule);
                    continue;
                }
                // They are asked about packages, when all files have been seen.
                Run::Advisory { .. }
                | Run::Yanked(_)
                | Run::Locked { .. }
                | Run::Signatures(_)
                | Run::Commits(_)
                | Run::Sboms(_)
                | Run::Releases(_)
                | Run::Claims(_)
                | Run::Repository { .. } => continue,
            };
            match rule.matcher {
                Matcher::Token { shapes, .. } => {
                    for (number, shape) in shapes.iter().enumerate() {
                        let anchor = shape.anchor_text().expect("token shapes have an anchor");
                        shape_count = shape_count.checked_add(1).expect("there are fewer than 65,536 shapes");
                        let uses = table.uses(anchor, false, shape.after_anchor());
                        // The same shape of several checks is looked for once; it stands behind the first.
                        let same = uses.iter().rposition(|what| what.shape(&checks) == Some(shape));
                        let same_count = same.and_then(|at| uses[at].number()).unwrap_or(shape_count);
                        let what = Use::Shape(index, number as u16, same_count);
                        uses.insert(same.map_or(uses.len(), |at| at + 1), what);
                    }
                }
                Matcher::Near { keywords, .. } => {
                    for keyword in keywords {
                        table.add(keyword, true, CharSet::EMPTY, Use::Keyword(index));
                    }
                }
                Matcher::Pattern { anchors, .. } => {
                    for anchor in anchors {
                        table.add(anchor, true, CharSet::EMPTY, Use::Pattern(index));
                    }
                }
                Matcher::Url { .. } => url_rules.push(index),
                Matcher::Pem { .. } => pem_rules.push(index),
            }
        }
        if !url_rules.is_empty() {
            table.add("://", false, CharSet::EMPTY, Use::Url);
        }
        if !pem_rules.is_empty() {
            table.add("-----BEGIN ", false, CharSet::EMPTY, Use::Pem);
        }
        for mark in marks.iter().chain(&[ALLOW_MARK]) {
            table.add(mark, false, CharSet::EMPTY, Use::Mark);
        }
        for trigger in decode::triggers() {
            table.add(&trigger, true, CharSet::EMPTY, Use::Escape);
        }
        let count = checks.len();
        Self {
            alphabets: Self::alphabets(&checks),
            shapes: (0..=shape_count).map(|_| OnceLock::new()).collect(),
            has_foreign: checks.iter().any(|check| matches!(check.run, Run::Foreign(_))),
            reads_text: checks.iter().any(Check::reads_text),
            checks,
            literals: Literals::new(table.literals),
            uses: table.uses,
            url_rules,
            pem_rules,
            named,
            unled,
            patterns: (0..count).map(|_| OnceLock::new()).collect(),
            globs: (0..count).map(|_| OnceLock::new()).collect(),
            now,
        }
    }

    /// The checks, in the order that [`Hit::check`] counts.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Runs every check over `blob`.
    #[must_use]
    pub fn scan<'a>(&self, blob: &Blob<'a>) -> Text<'a> {
        let budget = decode::Budget::of(blob.bytes.len());
        let mut looked = self.scan_layer(blob, decode::Layer::top(&budget));
        if let Text::Scanned { undecoded, missed, .. } = &mut looked {
            *missed = budget.missed();
            *undecoded = !budget.into_undecoded().is_empty();
        }
        looked
    }

    /// Runs every check over `blob`, which stands in a file at `layer`.
    pub(super) fn scan_layer<'a>(&self, blob: &Blob<'a>, layer: decode::Layer<'_>) -> Text<'a> {
        let mut hits = Vec::new();
        self.unled.run(blob, &mut hits);
        let Some(text) = decode::text(blob.bytes) else {
            self.files(blob, &mut hits);
            return Text::Binary(hits);
        };
        let readable = Blob { path: blob.path, bytes: &text, tracked: blob.tracked };
        let seen = self.rules(&readable, layer, &mut hits);
        self.companions(&text, &mut hits, std::iter::empty());
        for index in &self.named {
            let check = &self.checks[usize::from(*index)];
            let wants = |named: fn(&RepoPath) -> bool| {
                named(blob.path) || seen.content.iter().any(|(seen, _)| seen == index)
            };
            match check.run {
                Run::Named { named, applies, run, .. } if wants(named) && applies(&readable) => {
                    run(&readable, &mut Reporter { hits: &mut hits, meta: &check.meta, check: *index });
                }
                Run::File { applies, run, .. } if applies(&readable) => {
                    run(&readable, &mut Reporter { hits: &mut hits, meta: &check.meta, check: *index });
                }
                _ => {}
            }
        }
        let mut decoded = self.peel(decode::Peeled { blob: readable, escapes: &seen.escapes }, layer);
        let plain = hits.iter().filter_map(|hit| Some((hit.secret?, hit.public)));
        // What was not looked at may hold anything.
        let left = seen.left.map(|left| (Span::new(left, text.len()), 0));
        let masked = plain.chain(decoded.iter().map(|inner| (inner.span, 0))).chain(left).collect();
        decode::settle(&mut hits, &mut decoded);
        resolve(&mut hits);
        Text::Scanned { text, hits, masked, marked: seen.marked, decoded, undecoded: false, missed: 0 }
    }

    /// Runs the checks that look at files of any content over one that is not text.
    fn files(&self, blob: &Blob<'_>, hits: &mut Vec<Hit>) {
        for index in &self.named {
            let check = &self.checks[usize::from(*index)];
            if let Run::File { applies, run, .. } = check.run
                && applies(blob)
            {
                run(blob, &mut Reporter { hits, meta: &check.meta, check: *index });
            }
        }
    }

    /// Runs the rules; says what else was met on the way.
    pub(super) fn rules(&self, blob: &Blob<'_>, layer: decode::Layer<'_>, hits: &mut Vec<Hit>) -> Seen {
        self.rules_within(blob, 0..blob.bytes.len(), layer, hits)
    }

    /// The same, for literals that start in `range`.
    fn rules_within(
        &self,
        blob: &Blob<'_>,
        range: Range<usize>,
        layer: decode::Layer<'_>,
        hits: &mut Vec<Hit>,
    ) -> Seen {
        let mut seen = Seen::default();
        let hay = blob.bytes;
        let pass = Pass::from(blob, range.start, layer);
        // Lock files are full of digests beside names; only unmistakable tokens are looked for.
        let alone = layer.alone || is_lock_file(blob);
        let mut triggered = foreign::Triggered::default();
        self.literals.each_key(hay, range.start, range.end, &mut |literal, at| {
            pass.come_to(at);
            // Of a long literal only the start is known to be there.
            let is_whole = self.literals.is_at(hay, literal, at);
            for what in if is_whole { &self.uses[literal][..] } else { &[] } {
                match *what {
                    Use::Keyword(_) | Use::Assigned(_) if alone => {}
                    Use::Content(check) => {
                        let span = Span::new(at, at + self.literals.length(literal));
                        seen.content.push((check, span));
                    }
                    Use::Foreign(check, rule) => {
                        seen.open = true;
                        triggered.add(check, rule, at, self.literals.length(literal), hay.len());
                    }
                    Use::Mark => seen.marked = true,
                    Use::Escape => seen.escapes.push(at),
                    _ if hits.len() >= HITS_MAX => {
                        layer.budget.miss();
                        seen.left.get_or_insert(at);
                    }
                    what => {
                        if let Some(purse) = what.purse().filter(|purse| pass.may_cheaply(*purse)) {
                            self.look(what, &pass, literal, at, hits);
                            pass.settle(purse);
                        }
                    }
                }
            }
        });
        pass.come_to(range.end);
        triggered.run(&self.unled, blob, hits);
        seen
    }

    /// Runs one use of a literal that may lead to a hit.
    fn look(&self, what: Use, pass: &Pass<'_>, literal: usize, at: usize, hits: &mut Vec<Hit>) {
        match what {
            Use::Shape(check, shape, same) => {
                self.token(pass, check, usize::from(shape), same, at, hits);
            }
            Use::Keyword(check) => {
                self.near(pass, check, at, literal, hits);
            }
            Use::Assigned(check) => {
                self.assigned(pass, check, at, literal, hits);
            }
            Use::Pattern(check) => self.pattern(pass, check, at, hits),
            Use::Url => self.url(pass, at, hits),
            Use::Pem => self.pem(pass, at, hits),
            Use::Content(_) | Use::Foreign(..) | Use::Mark | Use::Escape => {}
        }
    }

    /// Raises the confidence of hits that have a companion nearby, among them or among `others`.
    pub(super) fn companions<'h>(
        &self,
        text: &[u8],
        hits: &mut [Hit],
        others: impl Iterator<Item = &'h Hit>,
    ) {
        let companions =
            |hit: &Hit| self.checks[usize::from(hit.check)].rule().map_or(&[][..], |rule| rule.companions);
        if !hits.iter().any(|hit| !companions(hit).is_empty()) {
            return;
        }
        let place = |hit: &Hit| (hit.span.start, hit.check);
        let mut places: Vec<(usize, u16)> = hits.iter().map(place).chain(others.map(place)).collect();
        if places.len() > COMPANION_HITS {
            return;
        }
        places.sort_unstable();
        // The hits of each check, with their lines, which are counted once over the text.
        let mut of_check: HashMap<&str, Vec<Stand>> = HashMap::new();
        let mut lines: HashMap<usize, usize> = HashMap::new();
        let (mut line, mut counted) = (0, places[0].0);
        for (start, check) in places {
            line += memchr::memchr_iter(b'\n', &text[counted..start]).count();
            counted = start;
            lines.insert(start, line);
            of_check.entry(self.checks[usize::from(check)].meta.id).or_default().push(Stand { start, line });
        }
        for hit in hits {
            let here = Stand { start: hit.span.start, line: lines[&hit.span.start] };
            let near = companions(hit).iter().filter_map(|id| {
                let known = of_check.get(id)?;
                let first = known.partition_point(|other| other.start < here.start && !other.is_near(here));
                let other = known.get(first).filter(|other| other.is_near(here))?;
                Some((other.start, *id))
            });
            if let Some((_, id)) = near.min() {
                hit.confidence = Confidence::High;
                hit.proofs.push(format!("near a {id}"));
            }
        }
    }
}

/// Where a hit stands.
#[derive(Clone, Copy)]
struct Stand {
    start: usize,
    line: usize,
}

impl Stand {
    /// True if one raises the confidence of the other.
    const fn is_near(self, other: Self) -> bool {
        self.start.abs_diff(other.start) <= COMPANION_REACH
            && self.line.abs_diff(other.line) <= COMPANION_LINES
    }
}

#[derive(Default)]
struct LiteralTable {
    known: HashMap<(Box<[u8]>, bool, CharSet), usize>,
    literals: Vec<Literal>,
    uses: Vec<Vec<Use>>,
}

impl LiteralTable {
    fn add(&mut self, text: &str, fold: bool, next: CharSet, what: Use) {
        self.uses(text, fold, next).push(what);
    }

    /// The uses of a literal, which is entered if it is new.
    fn uses(&mut self, text: &str, fold: bool, next: CharSet) -> &mut Vec<Use> {
        let text: Box<[u8]> = text.as_bytes().into();
        let index = *self.known.entry((text.clone(), fold, next)).or_insert_with(|| {
            self.literals.push(Literal { text, fold, next });
            self.uses.push(Vec::new());
            self.literals.len() - 1
        });
        &mut self.uses[index]
    }
}

fn is_lock_file(blob: &Blob<'_>) -> bool {
    const NAMES: &[&[u8]] = &[
        b"Cargo.lock",
        b"package-lock.json",
        b"npm-shrinkwrap.json",
        b"yarn.lock",
        b"pnpm-lock.yaml",
        b"bun.lock",
        b"go.sum",
        b"poetry.lock",
        b"uv.lock",
        b"pdm.lock",
        b"Pipfile.lock",
        b"composer.lock",
        b"Gemfile.lock",
        b"mix.lock",
        b"flake.lock",
        b"deno.lock",
        b"packages.lock.json",
        b"Package.resolved",
        b"Podfile.lock",
        b"pubspec.lock",
        b"gradle.lockfile",
        b"verification-metadata.xml",
        b".terraform.lock.hcl",
        b"MODULE.bazel.lock",
    ];
    NAMES.contains(&blob.path.file_name())
}
