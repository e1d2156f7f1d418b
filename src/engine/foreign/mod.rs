//! Rules of other scanners: a regex with keywords, allowlists and companions.
//!
//! They run as in the original tool: the regex over the whole text if it contains a keyword. If every match contains a
//! literal and is bounded, only the text around literals is searched, with the same result.

pub mod literals;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;

use super::hit::{Hit, rank};
use super::value;
use crate::model::{Blob, Confidence, RepoPath, Severity, Span};

/// Most matches evaluated per rule and text.
pub const MAX_MATCHES: usize = 1000;
/// Bounded expressions that reach further than this are run over the whole text.
const MAX_REACH: usize = 64 << 10;
/// Bytes of a compiled expression.
const MAX_COMPILED: usize = 16 << 20;

/// Severity of what a foreign rule finds; their rules have none.
pub const SEVERITY: Severity = Severity::High;
/// Confidence of what a foreign rule finds.
pub const CONFIDENCE: Confidence = Confidence::Medium;

/// A rule of another scanner, leaked once when its file is read.
#[derive(Debug)]
pub struct ForeignRule {
    /// Its name in reports.
    pub id: &'static str,
    /// What was found.
    pub description: &'static str,
    /// The file that it comes from, as it may be shown.
    pub file: String,
    /// What is searched for; without it the path alone is assessed.
    pub regex: Option<Expressions>,
    /// What the path has to match.
    pub path: Option<Expressions>,
    /// The group with the secret; 0 is the first that is not empty, or the whole match.
    pub group: usize,
    /// The secret has more bits a byte than this, if it is not 0.
    pub entropy: f32,
    /// Where to look.
    pub trigger: Trigger,
    /// How far a match extends from a trigger literal, computed on first use.
    pub reach: OnceLock<Option<usize>>,
    /// Lower case; one of these has to be somewhere in the text, if there are any.
    pub gate: Vec<String>,
    /// Allowlists.
    pub allow: Vec<&'static Allowlist>,
    /// Rules of which each has to match nearby; set once when the whole file is read.
    pub required: OnceLock<Box<[Required]>>,
    /// True once a text had more than [`MAX_MATCHES`].
    pub overflowed: AtomicBool,
}

/// Where an expression is run.
#[derive(Debug)]
pub enum Trigger {
    /// Around these literals, of which each match has one; lower case, at least three bytes.
    Around(Vec<String>),
    /// Over every text that has one of these keywords anywhere, or around them if each match turns
    /// out to have one; lower case, at least three bytes.
    Keywords(Vec<String>),
    /// Over every text.
    Always,
}

impl Trigger {
    /// The literals.
    #[must_use]
    pub fn literals(&self) -> &[String] {
        match self {
            Self::Around(literals) | Self::Keywords(literals) => literals,
            Self::Always => &[],
        }
    }
}

/// A rule that has to match near another one.
#[derive(Debug)]
pub struct Required {
    /// The rule.
    pub rule: &'static ForeignRule,
    /// At most so many lines away; anywhere in the text if nothing is said.
    pub lines: Option<usize>,
    /// At most so many columns away.
    pub columns: Option<usize>,
}

/// Allowlists.
#[derive(Debug)]
pub struct Allowlist {
    /// True if all that it names must hold, false if one is enough.
    pub all: bool,
    /// Paths.
    pub paths: Option<Expressions>,
    /// Texts.
    pub regexes: Option<Expressions>,
    /// What the texts are compared with.
    pub target: Target,
    /// Lower-case words of which one is in the secret.
    pub stopwords: Vec<String>,
}

/// What the expressions of an allowlist look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The secret.
    Secret,
    /// The whole match.
    Match,
    /// The lines that the match is on.
    Line,
}

/// One or more expressions, compiled when they are first needed.
#[derive(Debug)]
pub struct Expressions {
    sources: Vec<String>,
    compiled: OnceLock<Result<Regex, String>>,
}

impl Expressions {
    /// Takes `sources`, which have been parsed with [`syntax_config`].
    #[must_use]
    pub fn new(sources: Vec<String>) -> Self {
        Self { sources, compiled: OnceLock::new() }
    }

    fn regex(&self) -> Option<&Regex> {
        let compile = || {
            Regex::builder()
                .configure(
                    Regex::config()
                        .nfa_size_limit(Some(MAX_COMPILED))
                        .hybrid_cache_capacity(1 << 20)
                        .utf8_empty(false),
                )
                .syntax(syntax_config())
                .build_many(&self.sources)
                .map_err(|error| match error.size_limit() {
                    Some(_) => "it is too large when compiled".to_owned(),
                    None => error.to_string(),
                })
        };
        self.compiled.get_or_init(compile).as_ref().ok()
    }

    fn is_match(&self, text: &[u8]) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    fn failure(&self) -> Option<&str> {
        self.compiled.get()?.as_ref().err().map(String::as_str)
    }
}

/// How foreign expressions are read: over bytes; those that need Unicode say so themselves.
#[must_use]
pub fn syntax_config() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

impl ForeignRule {
    /// Why the rule failed, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        let own = [self.regex.as_ref(), self.path.as_ref()].into_iter().flatten();
        let lists = self.allow.iter().flat_map(|list| [list.paths.as_ref(), list.regexes.as_ref()]).flatten();
        let required = self
            .required
            .get()
            .into_iter()
            .flatten()
            .flat_map(|required| [required.rule.regex.as_ref(), required.rule.path.as_ref()])
            .flatten();
        own.chain(lists).chain(required).find_map(Expressions::failure)
    }

    /// Bytes on each side of a literal within which a match lies; none if that is not known.
    pub(crate) fn reach(&self) -> Option<usize> {
        // That an expression is understood is sure before a rule is made; to find out what it says
        // takes as long again, and most rules of a large file are never needed.
        *self.reach.get_or_init(|| {
            let hir = syntax::parse_with(self.regex.as_ref()?.sources.first()?, &syntax_config()).ok()?;
            let is_around = match &self.trigger {
                Trigger::Around(_) => true,
                Trigger::Keywords(keywords) => {
                    literals::required(&hir, keywords).is_some_and(|set| literals::imply(&set, keywords))
                }
                Trigger::Always => false,
            };
            hir.properties().maximum_len().filter(|longest| is_around && *longest <= MAX_REACH)
        })
    }

    /// What the rule finds in `ranges` of a text, before it is asked what it requires.
    fn matches(&self, text: &Lowered<'_>, ranges: &[Range<usize>]) -> Vec<Found> {
        let path = text.blob.path.as_bytes();
        if self.path.as_ref().is_some_and(|expression| !expression.is_match(path)) {
            return Vec::new();
        }
        let Some(expression) = &self.regex else {
            let allowed = self.allow.iter().any(|list| list.holds(path, None));
            return if allowed {
                Vec::new()
            } else {
                vec![Found { whole: Span::new(0, 0), secret: Span::new(0, 0) }]
            };
        };
        if !self.gate.is_empty()
            && !self.gate.iter().any(|keyword| value::contains(text.lower(), keyword.as_bytes()))
        {
            return Vec::new();
        }
        let Some(regex) = expression.regex() else { return Vec::new() };
        let hay = text.blob.bytes;
        let mut captures = regex.create_captures();
        let (mut found, mut seen) = (Vec::new(), 0);
        for range in ranges {
            let mut from = range.start;
            while from < range.end {
                regex.search_captures(&Input::new(hay).range(from..range.end), &mut captures);
                let Some(whole) = captures.get_match() else { break };
                from = whole.end().max(from + 1);
                let whole = without_newlines(hay, whole.range());
                if whole.is_empty() {
                    continue;
                }
                seen += 1;
                if seen > MAX_MATCHES {
                    self.overflowed.store(true, Ordering::Relaxed);
                    return found;
                }
                let one = Found { whole, secret: self.secret(&captures, whole) };
                let dull = self.entropy != 0.0 && value::entropy(&hay[one.secret.range()]) <= self.entropy;
                if !dull && !self.allow.iter().any(|list| list.holds(path, Some((hay, one)))) {
                    found.push(one);
                }
            }
        }
        found
    }

    fn secret(&self, captures: &Captures, whole: Span) -> Span {
        let group = |number| {
            captures
                .get_group(number)
                .map(|group| Span::new(group.start, group.end))
                .filter(|group| !group.is_empty())
        };
        let secret =
            if self.group > 0 { group(self.group) } else { (1..captures.group_len()).find_map(group) };
        secret.unwrap_or(whole)
    }
}

impl Allowlist {
    /// True if the list allows what was found, or the path alone where nothing is said about it.
    fn holds(&self, path: &[u8], found: Option<(&[u8], Found)>) -> bool {
        let paths = self.paths.as_ref().map(|paths| paths.is_match(path));
        let regexes = self
            .regexes
            .as_ref()
            .map(|regexes| found.is_some_and(|(hay, found)| regexes.is_match(self.target.of(hay, found))));
        let stopwords = (!self.stopwords.is_empty()).then(|| {
            found.is_some_and(|(hay, found)| {
                let secret = hay[found.secret.range()].to_ascii_lowercase();
                self.stopwords.iter().any(|word| value::contains(&secret, word.as_bytes()))
            })
        });
        let mut said = [paths, regexes, stopwords].into_iter().flatten().peekable();
        if self.all { said.peek().is_some() && said.all(|holds| holds) } else { said.any(|holds| holds) }
    }
}

impl Target {
    fn of(self, hay: &[u8], found: Found) -> &[u8] {
        match self {
            Self::Secret => &hay[found.secret.range()],
            Self::Match => &hay[found.whole.range()],
            Self::Line => {
                let start = line_start(hay, found.whole.start);
                let end = memchr::memchr(b'\n', &hay[found.whole.end..])
                    .map_or(hay.len(), |end| found.whole.end + end);
                &hay[start..end]
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Found {
    whole: Span,
    secret: Span,
}

/// A text, and the same in lower case if anybody asks.
struct Lowered<'a> {
    blob: &'a Blob<'a>,
    lower: OnceCell<Vec<u8>>,
}

impl Lowered<'_> {
    fn lower(&self) -> &[u8] {
        self.lower.get_or_init(|| self.blob.bytes.to_ascii_lowercase())
    }
}

/// The foreign rules of an engine that no literal leads to.
#[derive(Default)]
pub(super) struct Unled {
    /// They look at every text.
    always: Vec<(u16, &'static ForeignRule)>,
    /// They look at paths alone.
    paths: Vec<(u16, &'static ForeignRule)>,
}

impl Unled {
    pub(super) fn add(&mut self, check: u16, rule: &'static ForeignRule) {
        match rule.trigger {
            _ if rule.regex.is_none() => self.paths.push((check, rule)),
            Trigger::Always => self.always.push((check, rule)),
            Trigger::Around(_) | Trigger::Keywords(_) => {}
        }
    }

    /// True if there are rules that look at every text.
    pub(super) fn is_any(&self) -> bool {
        !self.always.is_empty()
    }

    /// True if a rule that looks at paths alone reports files at `path`.
    pub(super) fn wants(&self, path: &RepoPath) -> bool {
        let mut hits = Vec::new();
        self.run(&Blob { path, bytes: b"", tracked: true }, &mut hits);
        !hits.is_empty()
    }

    /// Runs the rules that look at paths alone, on files of whatever content.
    pub(super) fn run(&self, blob: &Blob<'_>, hits: &mut Vec<Hit>) {
        for (check, rule) in &self.paths {
            report(*check, rule, &Lowered { blob, lower: OnceCell::new() }, &[], hits);
        }
    }
}

/// Where in one text which rules are to be run.
#[derive(Default)]
pub(super) struct Triggered {
    rules: BTreeMap<u16, (&'static ForeignRule, Vec<Range<usize>>)>,
}

impl Triggered {
    /// Notes that a literal of `length` bytes, which leads to `rule`, is `at` a place of a text of
    /// `end` bytes.
    pub(super) fn add(
        &mut self,
        check: u16,
        rule: &'static ForeignRule,
        at: usize,
        length: usize,
        end: usize,
    ) {
        let (_, ranges) = self.rules.entry(check).or_insert_with(|| (rule, Vec::new()));
        let range = match rule.reach() {
            Some(reach) => at.saturating_sub(reach)..end.min(at + length + reach),
            None => 0..end,
        };
        match ranges.last_mut() {
            // Literals come nearly in order, so that this leaves hardly anything to be joined.
            Some(last) if range.start <= last.end && last.start <= range.end => {
                *last = last.start.min(range.start)..last.end.max(range.end);
            }
            _ => ranges.push(range),
        }
    }

    /// Runs the rules.
    pub(super) fn run(mut self, unled: &Unled, blob: &Blob<'_>, hits: &mut Vec<Hit>) {
        let whole = 0..blob.bytes.len();
        self.rules.extend(unled.always.iter().map(|(check, rule)| (*check, (*rule, vec![whole.clone()]))));
        let text = Lowered { blob, lower: OnceCell::new() };
        for (check, (rule, ranges)) in self.rules {
            report(check, rule, &text, &joined(ranges), hits);
        }
    }
}

/// Adds what `rule` finds in `ranges`, and what it requires is there for, to `hits`.
fn report(check: u16, rule: &ForeignRule, text: &Lowered<'_>, ranges: &[Range<usize>], hits: &mut Vec<Hit>) {
    let mut found = rule.matches(text, ranges);
    let hay = text.blob.bytes;
    for required in rule.required.get().into_iter().flatten() {
        if found.is_empty() {
            return;
        }
        let whole = 0..hay.len();
        let others = required.rule.matches(text, std::slice::from_ref(&whole));
        let places = |found: &[Found]| places(hay, found);
        let (mine, theirs) = (places(&found), places(&others));
        let mut mine = mine.into_iter();
        found.retain(|_| {
            let (line, column) = mine.next().expect("there is a place for each");
            theirs.iter().any(|(other_line, other_column)| {
                required.lines.is_none_or(|most| line.abs_diff(*other_line) <= most)
                    && required.columns.is_none_or(|most| column.abs_diff(*other_column) <= most)
            })
        });
    }
    hits.extend(found.into_iter().map(|found| Hit {
        check,
        span: found.whole,
        secret: (!found.secret.is_empty()).then_some(found.secret),
        public: 0,
        rank: rank::FOREIGN,
        severity: SEVERITY,
        confidence: CONFIDENCE,
        message: rule.description.to_owned(),
        proofs: Vec::new(),
        remedy: None,
        fix: None,
        lost: Vec::new(),
    }));
}

/// Line and column of the start of each of `found`, which are in order.
fn places(hay: &[u8], found: &[Found]) -> Vec<(usize, usize)> {
    let (mut line, mut counted) = (0, 0);
    let place = |found: &Found| {
        let start = found.whole.start;
        line += memchr::memchr_iter(b'\n', &hay[counted.min(start)..start]).count();
        counted = start.max(counted);
        (line, start - line_start(hay, start))
    };
    found.iter().map(place).collect()
}

fn line_start(hay: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &hay[..at]).map_or(0, |newline| newline + 1)
}

/// The range without newlines at its ends, which are not part of a match.
fn without_newlines(hay: &[u8], range: Range<usize>) -> Span {
    let text = &hay[range.clone()];
    let before = text.iter().take_while(|byte| **byte == b'\n').count();
    let behind = text[before..].iter().rev().take_while(|byte| **byte == b'\n').count();
    Span::new(range.start + before, range.end - behind)
}

/// The ranges in order, those that touch made one.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}
