//! All checks over one text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use regex_automata::Input;
use regex_automata::meta::Regex;

use super::charset::CharSet;
use super::decode::Decoded;
use super::hit::{Hit, rank, resolve};
use super::literals::{Literal, Literals};
use super::proof::{self, Verdict};
use super::rule::{Matcher, Proof, Rule};
use super::shape::{Match, Part, Shape};
use super::{Check, Reporter, Run, assignment, decode, foreign, near, pattern, pem, plain, url, value};
use crate::model::{Blob, Confidence, Severity, Span};

/// Lines within which a companion raises confidence.
const COMPANION_LINES: usize = 10;
/// Window on each side of an anchor for patterns without a bound of their own, in bytes.
const PATTERN_REACH: usize = 4096;

/// What a text turned out to be.
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
    },
    /// Not text: only checks that look at names ran.
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
    /// One a check, filled when first needed.
    patterns: Vec<OnceLock<Compiled>>,
    globs: Vec<OnceLock<globset::GlobSet>>,
    now: Option<i64>,
}

struct Compiled {
    regex: Regex,
    reach: usize,
}

#[derive(Clone, Copy)]
enum Use {
    /// The anchor of this shape of this check.
    Shape(u16, u16),
    /// A keyword of this check.
    Keyword(u16),
    /// An anchor of this check's pattern.
    Pattern(u16),
    /// A word in the name of an assignment.
    Assigned(u16),
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

/// What the pass over all literals saw besides hits.
#[derive(Default)]
pub(super) struct Seen {
    /// A mark that allows a finding.
    pub(super) marked: bool,
    /// Where a line is worth unescaping.
    pub(super) escapes: Vec<usize>,
}

/// The mark that allows a finding on its line or the next.
pub const ALLOW_MARK: &str = "bartizan:allow";

impl Engine {
    /// Prepares `checks`. `now` is the time of the scan in seconds since 1970, for expiry dates.
    #[must_use]
    pub fn new(checks: Vec<Check>, now: Option<i64>) -> Self {
        Self::with_marks(checks, now, &[])
    }

    /// The same, which also looks for `marks` besides [`ALLOW_MARK`].
    #[must_use]
    pub fn with_marks(checks: Vec<Check>, now: Option<i64>, marks: &[&str]) -> Self {
        let mut unled = foreign::Unled::default();
        let mut table = LiteralTable::default();
        let (mut url_rules, mut pem_rules, mut named) = (Vec::new(), Vec::new(), Vec::new());
        for (index, check) in checks.iter().enumerate() {
            let index = u16::try_from(index).expect("there are fewer than 65,536 checks");
            let rule = match check.run {
                Run::Rule(rule) => rule,
                Run::Named { .. } | Run::File { .. } => {
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
            };
            match rule.matcher {
                Matcher::Token { shapes, .. } => {
                    for (number, shape) in shapes.iter().enumerate() {
                        let anchor = shape.anchor_text().expect("token shapes have an anchor");
                        table.add(anchor, false, shape.after_anchor(), Use::Shape(index, number as u16));
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
        if let Text::Scanned { undecoded, .. } = &mut looked {
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
        let seen = self.rules(&readable, &mut hits);
        self.companions(&text, &mut hits);
        for index in &self.named {
            let check = &self.checks[usize::from(*index)];
            if let Run::Named { applies, run } | Run::File { applies, run } = check.run
                && applies(&readable)
            {
                run(&readable, &mut Reporter { hits: &mut hits, meta: &check.meta, check: *index });
            }
        }
        let mut decoded = self.peel(decode::Peeled { blob: readable, escapes: &seen.escapes }, layer);
        let plain = hits.iter().filter_map(|hit| Some((hit.secret?, hit.public)));
        let masked = plain.chain(decoded.iter().map(|inner| (inner.span, 0))).collect();
        decode::settle(&mut hits, &mut decoded);
        resolve(&mut hits);
        Text::Scanned { text, hits, masked, marked: seen.marked, decoded, undecoded: false }
    }

    /// Runs the checks that look at files of any content over one that is not text.
    fn files(&self, blob: &Blob<'_>, hits: &mut Vec<Hit>) {
        for index in &self.named {
            let check = &self.checks[usize::from(*index)];
            if let Run::File { applies, run } = check.run
                && applies(blob)
            {
                run(blob, &mut Reporter { hits, meta: &check.meta, check: *index });
            }
        }
    }

    /// Runs the rules; says what else was met on the way.
    pub(super) fn rules(&self, blob: &Blob<'_>, hits: &mut Vec<Hit>) -> Seen {
        let mut seen = Seen::default();
        let hay = blob.bytes;
        // Lock files are full of digests beside names; only unmistakable tokens are looked for.
        let locked = is_lock_file(blob);
        let mut triggered = foreign::Triggered::default();
        self.literals.each(hay, &mut |literal, at| {
            for what in &self.uses[literal] {
                match *what {
                    Use::Shape(check, shape) => self.token(blob, check, usize::from(shape), at, hits),
                    Use::Keyword(check) if !locked => self.near(blob, check, at, literal, hits),
                    Use::Assigned(check) if !locked => self.assigned(blob, check, at, literal, hits),
                    Use::Keyword(_) | Use::Assigned(_) => {}
                    Use::Foreign(check, rule) => {
                        triggered.add(check, rule, at, self.literals.length(literal), hay.len())
                    }
                    Use::Pattern(check) => self.pattern(blob, check, at, hits),
                    Use::Url => self.url(blob, at, hits),
                    Use::Pem => self.pem(blob, at, hits),
                    Use::Mark => seen.marked = true,
                    Use::Escape => seen.escapes.push(at),
                }
            }
        });
        triggered.run(&self.unled, blob, hits);
        seen
    }

    fn rule(&self, check: u16) -> &'static Rule {
        match self.checks[usize::from(check)].run {
            Run::Rule(rule) => rule,
            Run::Named { .. } | Run::File { .. } | Run::Assigned { .. } | Run::Foreign(_) => {
                unreachable!("only rules are entered in the literal table")
            }
        }
    }

    fn applies(&self, check: u16, rule: &Rule, blob: &Blob<'_>) -> bool {
        if rule.paths.is_empty() {
            return true;
        }
        let globs = self.globs[usize::from(check)].get_or_init(|| path_globs(rule.paths));
        let path = blob.path.lossy();
        globs.is_match(&*path) || globs.is_match(&*String::from_utf8_lossy(blob.path.file_name()))
    }

    fn token(&self, blob: &Blob<'_>, check: u16, shape: usize, at: usize, hits: &mut Vec<Hit>) {
        let rule = self.rule(check);
        let Matcher::Token { shapes, near } = rule.matcher else { return };
        let shape = &shapes[shape];
        let before_anchor = shape.parts[..shape.anchor.unwrap_or(0)].iter().any(|part| *part != Part::Open);
        let found =
            if before_anchor { shape.find_around(blob.bytes, at) } else { shape.match_at(blob.bytes, at) };
        let Some(found) = found else { return };
        let has_keyword = !near.is_empty();
        if has_keyword && !near::keyword_around(blob.bytes, found.start, found.end, near) {
            return;
        }
        let public = if found.secret.0 == found.start { shape.public_prefix() } else { 0 };
        let rank = if has_keyword { rank::TOKEN_NEAR } else { rank::TOKEN };
        let accepts = |secret: &[u8]| is_token_like(secret, shape, public, rule);
        self.take(blob, check, rule, found, public, rank, &accepts, hits);
    }

    fn near(&self, blob: &Blob<'_>, check: u16, at: usize, literal: usize, hits: &mut Vec<Hit>) {
        let rule = self.rule(check);
        let Matcher::Near { shapes, .. } = rule.matcher else { return };
        let end = at + self.literals.length(literal);
        near::values(blob.bytes, at, end, shapes, &mut |shape, found| {
            let accepts = |secret: &[u8]| {
                value::is_random(secret, shape.body(), rule.entropy) && !value::is_placeholder(secret)
            };
            self.take(blob, check, rule, found, 0, rank::NEAR, &accepts, hits)
        });
    }

    fn assigned(&self, blob: &Blob<'_>, check: u16, at: usize, literal: usize, hits: &mut Vec<Hit>) {
        let Run::Assigned { judge, .. } = self.checks[usize::from(check)].run else { return };
        let Some(found) = assignment::read(blob.bytes, at, at + self.literals.length(literal)) else {
            return;
        };
        // A name with two of the words is met twice.
        if hits.iter().rev().take(8).any(|hit| hit.check == check && hit.span == found.span) {
            return;
        }
        let Some(judged) = judge(&found, blob) else { return };
        let mut hit = Hit {
            check,
            span: found.span,
            secret: Some(found.span),
            public: 0,
            rank: rank::GENERIC,
            severity: judged.severity,
            confidence: judged.confidence,
            message: judged.message,
            proofs: Vec::new(),
        };
        weigh_value(found.value, &mut hit);
        weigh_place(blob, &mut hit);
        hits.push(hit);
    }

    fn pattern(&self, blob: &Blob<'_>, check: u16, at: usize, hits: &mut Vec<Hit>) {
        let rule = self.rule(check);
        let Matcher::Pattern { regex, anchors } = rule.matcher else { return };
        let compiled = self.patterns[usize::from(check)].get_or_init(|| Compiled {
            regex: pattern::compile(regex).expect("patterns are compiled when a pack is read"),
            reach: pattern::longest(regex).unwrap_or(PATTERN_REACH).min(PATTERN_REACH),
        });
        let window = at.saturating_sub(compiled.reach)..blob.bytes.len().min(at + compiled.reach + 1);
        let mut captures = compiled.regex.create_captures();
        let mut from = window.start;
        while from < window.end {
            let input = Input::new(blob.bytes).range(from..window.end);
            compiled.regex.search_captures(&input, &mut captures);
            let Some(whole) = captures.get_match() else { return };
            from = whole.end().max(from + 1);
            let holds_anchor = whole.start() <= at && at < whole.end();
            if !holds_anchor {
                if whole.start() > at {
                    return;
                }
                continue;
            }
            debug_assert!(!anchors.is_empty());
            let secret = captures
                .get_group_by_name("secret")
                .map_or((whole.start(), whole.end()), |group| (group.start, group.end));
            let found = Match { start: whole.start(), end: whole.end(), secret };
            let accepts = |secret: &[u8]| {
                !value::is_placeholder(secret)
                    && !value::is_template(secret)
                    && value::entropy(secret) >= rule.entropy
            };
            self.take(blob, check, rule, found, 0, rank::PATTERN, &accepts, hits);
        }
    }

    fn url(&self, blob: &Blob<'_>, at: usize, hits: &mut Vec<Hit>) {
        let Some(login) = url::login(blob.bytes, at) else { return };
        if url::is_stand_in(&login)
            || (url::is_example_host(login.host) && value::entropy(login.password) < 3.2)
        {
            return;
        }
        for check in &self.url_rules {
            let rule = self.rule(*check);
            let Matcher::Url { schemes, hosts } = rule.matcher else { continue };
            let scheme_fits =
                schemes.iter().any(|scheme| login.scheme.eq_ignore_ascii_case(scheme.as_bytes()));
            let host = login.host.to_ascii_lowercase();
            let host_fits = hosts.is_empty() || hosts.iter().any(|known| host.ends_with(known.as_bytes()));
            if !scheme_fits || !host_fits {
                continue;
            }
            let password = (login.password_start, login.password_start + login.password.len());
            let found = Match { start: login.start, end: login.end, secret: password };
            let rank = if hosts.is_empty() { rank::URL } else { rank::URL_OF_HOST };
            let before = hits.len();
            self.take(blob, *check, rule, found, 0, rank, &|_| true, hits);
            if url::is_local_host(login.host)
                && let Some(hit) = hits[before..].last_mut()
            {
                hit.severity = Severity::Low;
                hit.proofs.push("the host is this machine".to_owned());
            }
        }
    }

    fn pem(&self, blob: &Blob<'_>, at: usize, hits: &mut Vec<Hit>) {
        let Some(block) = pem::block(blob.bytes, at) else { return };
        for check in &self.pem_rules {
            let rule = self.rule(*check);
            let Matcher::Pem { labels } = rule.matcher else { continue };
            if !labels.iter().any(|label| block.label == label.as_bytes()) {
                continue;
            }
            let body_start = at + b"-----BEGIN ".len() + block.label.len() + b"-----".len();
            let found =
                Match { start: at, end: block.end, secret: (body_start, body_start + block.body.len()) };
            self.take(blob, *check, rule, found, 0, rank::TOKEN, &|_| true, hits);
        }
    }

    /// Judges a match and keeps it if it holds. Says whether it does.
    #[expect(clippy::too_many_arguments, reason = "the one door through which every match of a rule goes")]
    fn take(
        &self,
        blob: &Blob<'_>,
        check: u16,
        rule: &'static Rule,
        found: Match,
        public: usize,
        rank: u8,
        accepts: &dyn Fn(&[u8]) -> bool,
        hits: &mut Vec<Hit>,
    ) -> bool {
        let span = Span::new(found.start, found.end);
        let secret = Span::new(found.secret.0, found.secret.1);
        let bytes = &blob.bytes[secret.range()];
        if hits.iter().any(|hit| hit.check == check && hit.secret == Some(secret)) {
            return true;
        }
        if rule.allow.iter().any(|public| bytes == public.as_bytes()) || !self.applies(check, rule, blob) {
            return false;
        }
        let verdict = rule.proof.map_or(Verdict::Silent, |proof| {
            // A key block is proven with its first and last line, all else by the secret alone.
            let subject = if proof == Proof::Pem { &blob.bytes[span.range()] } else { bytes };
            proof::run(proof, subject, self.now)
        });
        let passed = matches!(verdict, Verdict::Passed(_) | Verdict::Weakened(_));
        if rule.proof_required && !passed {
            return false;
        }
        // What a checksum vouches for may look as regular as it likes.
        let vouched = passed && rule.proof.is_some_and(is_checksum);
        if !vouched && !accepts(bytes) {
            return false;
        }
        let mut hit = Hit {
            check,
            span,
            secret: Some(secret),
            public,
            rank: if rule.generic { rank::GENERIC_KIND } else { rank },
            severity: rule.severity,
            confidence: rule.confidence,
            message: rule.title.to_owned(),
            proofs: Vec::new(),
        };
        match verdict {
            Verdict::Passed(words) => {
                hit.rank += rank::PROVEN;
                hit.confidence = Confidence::High;
                hit.proofs.push(words);
            }
            Verdict::Weakened(words) => {
                hit.rank += rank::PROVEN;
                hit.severity = hit.severity.lowered();
                hit.proofs.push(words);
            }
            Verdict::Failed(words) => {
                hit.rank -= rank::DISPROVEN;
                hit.severity = Severity::Low;
                hit.confidence = Confidence::Low;
                hit.proofs.push(words);
            }
            Verdict::Silent => {}
        }
        if !vouched {
            weigh_value(bytes, &mut hit);
        }
        if rule.generic {
            weigh_place(blob, &mut hit);
        }
        hits.push(hit);
        true
    }

    /// Raises the confidence of hits that have a companion nearby.
    pub(super) fn companions(&self, text: &[u8], hits: &mut [Hit]) {
        for index in 0..hits.len() {
            let Run::Rule(rule) = self.checks[usize::from(hits[index].check)].run else { continue };
            if rule.companions.is_empty() {
                continue;
            }
            let near = hits.iter().find(|other| {
                let id = self.checks[usize::from(other.check)].meta.id;
                let (first, second) = (
                    other.span.start.min(hits[index].span.start),
                    other.span.start.max(hits[index].span.start),
                );
                rule.companions.contains(&id)
                    && memchr::memchr_iter(b'\n', &text[first..second]).take(COMPANION_LINES + 1).count()
                        <= COMPANION_LINES
            });
            if let Some(id) = near.map(|other| self.checks[usize::from(other.check)].meta.id) {
                hits[index].confidence = Confidence::High;
                hits[index].proofs.push(format!("stands near a {id}"));
            }
        }
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
        let text: Box<[u8]> = text.as_bytes().into();
        let index = *self.known.entry((text.clone(), fold, next)).or_insert_with(|| {
            self.literals.push(Literal { text, fold, next });
            self.uses.push(Vec::new());
            self.literals.len() - 1
        });
        self.uses[index].push(what);
    }
}

/// Lowers a hit whose value somebody typed to look like a secret.
fn weigh_value(value: &[u8], hit: &mut Hit) {
    if value::looks_made_up(value) {
        hit.severity = Severity::Low;
        hit.confidence = Confidence::Low;
        hit.proofs.push("looks made up".to_owned());
    }
}

/// Lowers a hit of a generic kind by a step where most such values are made up for the occasion.
fn weigh_place(blob: &Blob<'_>, hit: &mut Hit) {
    if hit.severity > Severity::Low && plain::is_trial_path(blob) {
        hit.severity = hit.severity.lowered();
        hit.proofs.push("stands in a test, an example or documentation".to_owned());
    }
}

/// Proofs that no accident passes.
const fn is_checksum(proof: Proof) -> bool {
    matches!(
        proof,
        Proof::Crc32Base62
            | Proof::Crc32Hex
            | Proof::Bech32
            | Proof::Base58Check
            | Proof::StrKey
            | Proof::NKey
    )
}

/// True if what follows the prefix of a token is neither a placeholder nor too regular.
fn is_token_like(secret: &[u8], shape: &Shape, public: usize, rule: &Rule) -> bool {
    let body = &secret[public.min(secret.len())..];
    let floor =
        if rule.entropy > 0.0 { rule.entropy } else { value::entropy_floor(shape.body(), body.len()) * 0.75 };
    !value::is_placeholder(body) && value::entropy(body) >= floor
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

fn path_globs(globs: &[&str]) -> globset::GlobSet {
    let mut set = globset::GlobSetBuilder::new();
    for glob in globs {
        if let Ok(glob) = globset::GlobBuilder::new(glob).case_insensitive(true).build() {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| globset::GlobSet::empty())
}
