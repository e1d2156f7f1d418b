//! How each kind of rule matches at a literal, and the one door through which a match becomes a hit.

use std::ops::Range;

use super::Engine;
use super::pass::{Chain, Fate, Pass, Refused, Standing};
use super::patterns::Pattern;
use crate::engine::assignment::Assignment;
use crate::engine::decode::Purse;
use crate::engine::hit::{Hit, rank};
use crate::engine::proof::{self, Verdict};
use crate::engine::rule::{Matcher, Proof, Rule};
use crate::engine::shape::{Match, Shape};
use crate::engine::{Run, assignment, file_kind, near, pem, url, value};
use crate::model::{Blob, Confidence, Severity, Span};

/// Bytes before and behind a value that the assess of an assignment sees.
const SIGHT: usize = 1024;
/// The same if the name of the file is not known: less, and so no long line, but the whole line
/// before the value. A long line or a name only counts against a value.
const BEFORE: usize = 192;
const BEHIND: usize = 32;

/// Hits among which one at the same place is looked for before it is made.
const RECENT: usize = 64;

/// What assessing a value costs, and each of its bytes; see [`Walks::pay`].
///
/// [`Walks::pay`]: crate::engine::walks::Walks::pay
const JUDGED: (u64, u64) = (400, 20);
/// The cost of reading an assignment, without its walks.
const READ: u64 = 200;
/// The same of an assignment, of which the name is assessed as well.
const ASSIGNED: (u64, u64) = (600, 40);
/// To try a pattern at one place costs as much as to search for it in so many bytes.
const ONE_BY_ONE: usize = 24;
/// Bytes of a value of which the judgement counts as cheap.
const CHEAP: usize = 256;

impl Engine {
    pub(super) fn rule(&self, check: u16) -> &'static Rule {
        self.checks[usize::from(check)].rule().expect("only rules are entered in the literal table")
    }

    /// True if `rule` looks at this file.
    pub(super) fn applies(&self, check: u16, rule: &Rule, blob: &Blob<'_>) -> bool {
        // A file with an unknown name may be any kind.
        if rule.paths.is_empty() || blob.path.as_bytes().is_empty() {
            return true;
        }
        let globs = self.globs[usize::from(check)].get_or_init(|| path_globs(rule.paths));
        let path = blob.path.lossy();
        globs.is_match(&*path) || globs.is_match(&*String::from_utf8_lossy(blob.path.file_name()))
    }

    /// Gives what matched, whether it holds or not.
    pub(super) fn token(
        &self,
        pass: &Pass<'_>,
        check: u16,
        shape: usize,
        same: u16,
        at: usize,
        hits: &mut Vec<Hit>,
    ) -> Option<Match> {
        let rule = self.rule(check);
        let Matcher::Token { shapes, near } = rule.matcher else { return None };
        let shape = &shapes[shape];
        let found = pass.matched(same, shape, at)?;
        if pass.is_settled(check, &found) {
            return Some(found);
        }
        // What is dear is not paid on credit, so that what is cheap can be.
        if found.end - found.start > CHEAP && !pass.may(Purse::Token) {
            return Some(found);
        }
        let has_keyword = !near.is_empty();
        if has_keyword && !is_announced(pass, &found, near) {
            pass.end(check, &found, Fate::Alone);
            return Some(found);
        }
        let public = if found.secret.0 == found.start { shape.public_prefix() } else { 0 };
        let rank = if has_keyword { rank::TOKEN_NEAR } else { rank::TOKEN };
        let accepts = |secret: &[u8]| is_token_like(secret, shape, public, rule);
        let before = hits.len();
        let taken = self.take(pass, check, rule, found, public, rank, &accepts, hits);
        let lowered = hits[before..].iter().any(|hit| hit.rank < rank);
        pass.end(check, &found, if taken && !lowered { Fate::Taken } else { Fate::Refused });
        Some(found)
    }

    pub(super) fn near(
        &self,
        pass: &Pass<'_>,
        check: u16,
        at: usize,
        literal: usize,
        hits: &mut Vec<Hit>,
    ) -> near::Looked {
        let rule = self.rule(check);
        let Matcher::Near { shapes, .. } = rule.matcher else { unreachable!("keywords lead to such rules") };
        let end = at + self.literals.length(literal);
        near::values(pass.blob.bytes, at, end, shapes, &pass.walks, &mut |shape, found| {
            let value = Span::new(found.secret.0, found.secret.1);
            let value = Refused { check, value, by: (found.start, std::ptr::from_ref(shape).addr()) };
            if pass.was_refused(value) {
                return false;
            }
            let accepts = |secret: &[u8]| {
                value::is_random(secret, shape.body(), rule.entropy) && !value::is_placeholder(secret)
                    || value::is_composed(secret)
            };
            let taken = self.take(pass, check, rule, found, 0, rank::NEAR, &accepts, hits);
            if !taken {
                pass.refuse(value);
            }
            taken
        })
    }

    /// Tells how far it looked.
    pub(super) fn assigned(
        &self,
        pass: &Pass<'_>,
        check: u16,
        at: usize,
        literal: usize,
        hits: &mut Vec<Hit>,
    ) -> assignment::Looked {
        let Run::Assigned { assess, .. } = self.checks[usize::from(check)].run else {
            unreachable!("words of names lead to such checks")
        };
        let (blob, hay) = (&pass.blob, pass.blob.bytes);
        let end = at + self.literals.length(literal);
        let (found, mut looked) = assignment::read_within(hay, at, end, &pass.walks);
        pass.walks.pay(READ);
        let Some(found) = found else { return looked };
        let (around, before) = around(blob, found.span);
        looked.back = looked.back.max((before + at).saturating_sub(found.span.start));
        looked.end = looked.end.max(found.span.end + BEHIND);
        // A name with two of the words is met twice.
        if hits.iter().rev().take(RECENT).any(|hit| hit.check == check && hit.span == found.span) {
            return looked;
        }
        let name = (found.name.as_ptr().addr(), found.name.len() << 4 | found.link as usize);
        let value = Refused { check, value: found.span, by: name };
        if pass.was_refused(value) {
            return looked;
        }
        if found.value.len() > CHEAP && !pass.may(Purse::Assigned) {
            return looked;
        }
        pass.walks.pay(ASSIGNED.0 + ASSIGNED.1 * found.value.len() as u64);
        let shifted = Span::new(found.span.start - around.start, found.span.end - around.start);
        let window = Blob { bytes: &hay[around], ..*blob };
        let Some(assessed) = assess(&Assignment { span: shifted, ..found }, &window) else {
            pass.refuse(value);
            return looked;
        };
        let mut hit = Hit {
            check,
            span: found.span,
            secret: Some(found.span),
            public: 0,
            rank: rank::GENERIC,
            severity: assessed.severity,
            confidence: assessed.confidence,
            message: assessed.message,
            proofs: Vec::new(),
            remedy: None,
            fix: None,
            lost: Vec::new(),
        };
        weigh_value(found.value, &mut hit);
        weigh_place(blob, &mut hit);
        hits.push(hit);
        looked
    }

    fn pattern_of(&self, check: u16, regex: &str) -> &Pattern {
        self.patterns[usize::from(check)].get_or_init(|| Pattern::read(regex))
    }

    /// Bytes before and behind an anchor on which it depends what a pattern finds: those of a match,
    /// and the one beyond for `^`, `$` and `\b`.
    pub(super) fn pattern_reach(&self, check: u16) -> usize {
        match self.rule(check).matcher {
            Matcher::Pattern { regex, .. } => self.pattern_of(check, regex).reach + 2,
            _ => 0,
        }
    }

    pub(super) fn pattern(&self, pass: &Pass<'_>, check: u16, at: usize, hits: &mut Vec<Hit>) {
        let hay = pass.blob.bytes;
        let Matcher::Pattern { regex, anchors } = self.rule(check).matcher else { return };
        debug_assert!(!anchors.is_empty());
        let pattern = self.pattern_of(check, regex);
        let mut window = at.saturating_sub(pattern.reach)..hay.len().min(at + pattern.reach + 1);
        if pattern.in_line {
            let start = memchr::memrchr(b'\n', &hay[window.start..at]).map_or(0, |newline| newline + 1);
            let end = memchr::memchr(b'\n', &hay[at..window.end]).map_or(window.end, |newline| at + newline);
            window = window.start + start..end;
        }
        // What the search around the anchor before has found in this window need not be found again.
        let mut chain = pass.chain(check).filter(|_| pattern.bounded).unwrap_or_default();
        let mut from = match chain.goes_on(&window, at) {
            Standing::Known => chain.end,
            Standing::Unknown => window.start,
            Standing::Perhaps => {
                let first = pattern.find(hay, window.clone()).map(|first| (first.start(), first.end()));
                pass.walks.pay(searched(first.map_or(window.len(), |(_, end)| end - window.start)));
                if first.is_some_and(|first| chain.matches.contains(&first)) {
                    chain.end
                } else {
                    window.start
                }
            }
        };
        if from == window.start {
            chain = Chain::default();
        }
        chain.start = window.start;
        if let Some(last) = chain.matches.last().copied().filter(|(_, end)| *end > at) {
            if pass.wants_all() {
                self.matched(pass, check, last.0..last.1, hits);
            }
            return pass.keep_chain(check, chain);
        }
        // Few bytes are tried one by one, for a search goes through all that follow.
        if from > window.start && (at + 1).saturating_sub(from) * ONE_BY_ONE < window.end.saturating_sub(from)
        {
            pass.walks.pay(60 * (at + 1).saturating_sub(from) as u64);
            let starts = |start: &usize| pattern.starts(hay, *start..window.end);
            from = (from..=at).find(starts).unwrap_or(at + 1);
        } else if window.end - from > 4 * CHEAP && !pass.may(Purse::Pattern) {
            return;
        }
        while from <= at {
            let whole = pattern.find(hay, from..window.end);
            let end = whole.map_or(window.end, |whole| whole.end());
            pass.walks.pay(searched(end.saturating_sub(from)));
            let Some(whole) = whole.filter(|whole| whole.start() <= at) else { break };
            from = whole.end().max(from + 1);
            chain.matches.push((whole.start(), whole.end()));
            if whole.end() <= at {
                continue;
            }
            self.matched(pass, check, whole.range(), hits);
        }
        chain.end = from.max(at + 1);
        pass.keep_chain(check, chain);
    }

    /// Takes what a pattern has matched at `whole`.
    fn matched(&self, pass: &Pass<'_>, check: u16, whole: Range<usize>, hits: &mut Vec<Hit>) {
        let rule = self.rule(check);
        let Matcher::Pattern { regex, .. } = rule.matcher else { return };
        // Which part of it is the secret is dearer to find out than where it is.
        pass.walks.pay(1200 + 10 * whole.len() as u64);
        let secret = self.pattern_of(check, regex).secret(pass.blob.bytes, whole.clone());
        let found = Match { start: whole.start, end: whole.end, secret };
        let accepts = |secret: &[u8]| {
            !value::is_placeholder(secret)
                && !value::is_template(secret)
                && value::entropy(secret) >= rule.entropy
        };
        self.take(pass, check, rule, found, 0, rank::PATTERN, &accepts, hits);
    }

    pub(super) fn url(&self, pass: &Pass<'_>, at: usize, hits: &mut Vec<Hit>) {
        let Some(login) = url::login(pass.blob.bytes, at) else { return };
        pass.walks.pay(JUDGED.0 + JUDGED.1 * login.password.len() as u64);
        if url::is_stand_in(&login)
            || (url::is_example_host(login.host) && value::entropy(login.password) < 3.2)
            || url::is_socket(login.host)
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
            self.take(pass, *check, rule, found, 0, rank, &|_| true, hits);
            if url::is_local_host(login.host)
                && let Some(hit) = hits[before..].last_mut()
            {
                hit.severity = Severity::Low;
                hit.proofs.push("the host is this machine".to_owned());
            }
        }
    }

    pub(super) fn pem(&self, pass: &Pass<'_>, at: usize, hits: &mut Vec<Hit>) {
        let Some(block) = pem::block(pass.blob.bytes, at) else { return };
        pass.walks.pay(JUDGED.0 + 2 * block.body.len() as u64);
        for check in &self.pem_rules {
            let rule = self.rule(*check);
            let Matcher::Pem { labels } = rule.matcher else { continue };
            if !labels.iter().any(|label| block.label == label.as_bytes()) {
                continue;
            }
            let body_start = at + b"-----BEGIN ".len() + block.label.len() + b"-----".len();
            let found =
                Match { start: at, end: block.end, secret: (body_start, body_start + block.body.len()) };
            self.take(pass, *check, rule, found, 0, rank::TOKEN, &|_| true, hits);
        }
    }

    /// Assesses a match and keeps it if it holds. Says whether it does.
    #[expect(clippy::too_many_arguments, reason = "the one door through which every match of a rule goes")]
    fn take(
        &self,
        pass: &Pass<'_>,
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
        let blob = &pass.blob;
        let bytes = &blob.bytes[secret.range()];
        if hits.iter().rev().take(RECENT).any(|hit| hit.check == check && hit.secret == Some(secret)) {
            return true;
        }
        let applies = || rule.paths.is_empty() || pass.applies(check, || self.applies(check, rule, blob));
        if rule.allow.iter().any(|public| bytes == public.as_bytes()) || !applies() {
            return false;
        }
        pass.walks.pay(JUDGED.0 + JUDGED.1 * bytes.len() as u64);
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
            remedy: None,
            fix: None,
            lost: Vec::new(),
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
}

/// True if one of `keywords` (lower case) stands within [`near::AROUND`] bytes of a token.
fn is_announced(pass: &Pass<'_>, found: &Match, keywords: &[&str]) -> bool {
    let start = found.start.saturating_sub(near::AROUND);
    let window = Span::new(start, pass.blob.bytes.len().min(found.end + near::AROUND));
    pass.walks.pay(keywords.len() as u64 * (30 + window.len() as u64 / 16));
    pass.lower(window, |text| keywords.iter().any(|keyword| value::contains(text, keyword.as_bytes())))
}

/// What of a text the assess of an assignment sees, for a value at `value`; and how many bytes before the
/// value it depends on, more than there are if the start of the text was met.
fn around(blob: &Blob<'_>, value: Span) -> (Range<usize>, usize) {
    let hay = blob.bytes;
    let floor = value.start.saturating_sub(SIGHT);
    if !blob.path.as_bytes().is_empty() {
        return (floor..hay.len().min(value.end + SIGHT), SIGHT);
    }
    let line = memchr::memrchr(b'\n', &hay[floor..value.start]);
    let before = line.map_or(SIGHT, |newline| value.start - floor - newline).max(BEFORE);
    (value.start.saturating_sub(before)..hay.len().min(value.end + BEHIND), before)
}

/// Lowers a hit whose value looks typed by hand.
fn weigh_value(value: &[u8], hit: &mut Hit) {
    if value::looks_made_up(value) {
        hit.severity = Severity::Low;
        hit.confidence = Confidence::Low;
        hit.proofs.push("looks made up".to_owned());
    }
}

/// Lowers a hit of a generic kind by a step where most such values are made up for the occasion.
fn weigh_place(blob: &Blob<'_>, hit: &mut Hit) {
    if hit.severity > Severity::Low && file_kind::is_trial_path(blob) {
        hit.severity = hit.severity.lowered();
        hit.proofs.push("in a test, an example or documentation".to_owned());
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

/// What it costs to search through so many bytes for a pattern; see [`Walks::pay`].
///
/// [`Walks::pay`]: crate::engine::walks::Walks::pay
const fn searched(bytes: usize) -> u64 {
    100 + 2 * bytes as u64
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
