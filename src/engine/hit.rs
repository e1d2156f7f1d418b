//! A hit: a match of a check in one text, before it becomes a finding.

use std::collections::HashMap;

use super::spans::Spans;
use crate::model::{Confidence, Edit, Severity, Span};

/// A match of a check. Offsets count bytes of the scanned text.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Index of the check in the engine.
    pub check: u16,
    /// What is marked.
    pub span: Span,
    /// The secret bytes, which are masked wherever they are shown.
    pub secret: Option<Span>,
    /// Leading bytes of the secret that only name its kind and may be shown.
    pub public: usize,
    /// Of two hits on the same bytes the higher one is kept.
    pub rank: u8,
    /// Severity after proofs.
    pub severity: Severity,
    /// Confidence after proofs.
    pub confidence: Confidence,
    /// One sentence without secret bytes.
    pub message: String,
    /// What was proven or disproven.
    pub proofs: Vec<String>,
    /// The remedy, if different from the check's.
    pub remedy: Option<&'static str>,
    /// The fix, and its description.
    pub fix: Option<(&'static str, Edit)>,
    /// Less specific or equivalent checks that matched the same bytes.
    pub lost: Vec<u16>,
}

impl Hit {
    /// The bytes for which it competes with others.
    pub(super) fn covers(&self) -> Span {
        self.secret.unwrap_or(self.span)
    }
}

/// Most hits per text.
pub(super) const HITS_MAX: usize = 20_000;

/// Ranks, so that the specific kind wins over the generic one.
pub mod rank {
    /// A value evaluated by its key alone.
    pub const GENERIC: u8 = 20;
    /// A value in an environment file, of which only the name says that it is secret.
    pub const ENV_FILE: u8 = 28;
    /// A value in a file that is made to hold credentials.
    pub const CREDENTIAL_FILE: u8 = 30;
    /// The same, from a parser that knows the meaning of the values.
    pub const SETTINGS: u8 = 31;
    /// A generic rule, below provider-specific ones.
    pub const GENERIC_KIND: u8 = 25;
    /// A value identified by its context.
    pub const NEAR: u8 = 40;
    /// A rule of another scanner: above context-dependent and disproven hits, below every self-identifying token.
    pub const FOREIGN: u8 = 46;
    /// The password of any URL.
    pub const URL: u8 = 50;
    /// The password of a URL to a known host.
    pub const URL_OF_HOST: u8 = 58;
    /// A token with a prefix of its own.
    pub const TOKEN: u8 = 60;
    /// The same with a keyword nearby.
    pub const TOKEN_NEAR: u8 = 65;
    /// A document or an irregular token.
    pub const PATTERN: u8 = 70;
    /// Added when a proof passed.
    pub const PROVEN: u8 = 5;
    /// Taken away when a proof failed.
    pub const DISPROVEN: u8 = 15;
}

/// Keeps the best of overlapping hits, sorted by position. Losing hits on the same bytes are recorded in it.
pub fn resolve(hits: &mut Vec<Hit>) {
    hits.sort_by(|a, b| {
        (b.rank, b.span.len(), a.span.start, a.check).cmp(&(a.rank, a.span.len(), b.span.start, b.check))
    });
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    let (mut taken, mut lost) = (Spans::default(), Vec::new());
    for hit in hits.drain(..) {
        let covers = hit.covers();
        // A finding about the file as a whole covers no bytes and competes with nothing.
        if covers.is_empty() {
            kept.push(hit);
            continue;
        }
        if !taken.overlaps(covers) {
            taken.add(covers);
            kept.push(hit);
        } else {
            lost.push((covers, hit));
        }
    }
    note_lost(kept.iter_mut().map(|hit| (hit.covers(), hit)), lost);
    kept.sort_by(|a, b| (a.span, a.check, &a.message).cmp(&(b.span, b.check, &b.message)));
    *hits = kept;
}

/// Notes with hits that stay which checks saw the same bytes: those of the hits that `lost` there.
pub(super) fn note_lost<'h>(stay: impl Iterator<Item = (Span, &'h mut Hit)>, lost: Vec<(Span, Hit)>) {
    if lost.is_empty() {
        return;
    }
    let mut stay: HashMap<Span, &mut Hit> = stay.collect();
    for (place, hit) in lost {
        let Some(better) = stay.get_mut(&place) else { continue };
        better.lost.extend(hit.lost);
        better.lost.push(hit.check);
        better.lost.sort_unstable();
        better.lost.dedup();
        // A check that saw the bytes twice has not lost to itself.
        let own = better.check;
        better.lost.retain(|check| *check != own);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(rank: u8, start: usize, end: usize) -> Hit {
        let span = Span::new(start, end);
        let (severity, confidence) = (Severity::Low, Confidence::Low);
        Hit {
            check: 0,
            span,
            secret: Some(span),
            public: 0,
            rank,
            severity,
            confidence,
            message: String::new(),
            proofs: Vec::new(),
            remedy: None,
            fix: None,
            lost: Vec::new(),
        }
    }

    #[test]
    fn the_best_of_overlapping_hits_stays() {
        let mut hits =
            vec![hit(1, 0, 10), hit(2, 5, 8), hit(1, 8, 12), hit(3, 20, 30), hit(2, 29, 31), hit(1, 31, 40)];
        resolve(&mut hits);
        let spans: Vec<_> = hits.iter().map(|hit| (hit.span.start, hit.span.end)).collect();
        assert_eq!(spans, [(5, 8), (8, 12), (20, 30), (31, 40)]);
    }

    #[test]
    fn who_loses_on_the_same_bytes_is_noted() {
        let of = |check, hit: Hit| Hit { check, ..hit };
        let mut hits =
            vec![of(1, hit(1, 0, 10)), of(2, hit(2, 0, 10)), of(3, hit(1, 0, 9)), of(4, hit(1, 0, 10))];
        resolve(&mut hits);
        assert_eq!((hits.len(), hits[0].check, &hits[0].lost[..]), (1, 2, &[1, 4][..]));
        // Whoever loses later hands on what it knows.
        hits.push(of(5, hit(3, 0, 10)));
        resolve(&mut hits);
        assert_eq!((hits.len(), hits[0].check, &hits[0].lost[..]), (1, 5, &[1, 2, 4][..]));
    }
}
