//! Turns hits in a text into findings.

use std::sync::Arc;

use super::{Settings, nearby};
use crate::engine::place::{Before, Lines};
use crate::engine::{Decoded, Engine, Hit, value};
use crate::model::{
    Blob, Finding, Fix, Identity, Place, Region, Secret, Span, content_hash, fingerprint, linehash,
};

/// Bits of entropy from which a value is unguessable, so a public hash of it is safe.
const UNGUESSABLE_BITS: f32 = 64.0;

/// Bytes before a value that are searched for its name.
const NAME_REACH: usize = 512;
/// Consecutive bytes that reveal something of a secret.
const PIECE: usize = 4;

/// A text with its hits.
pub(super) struct Seen<'a> {
    /// The text, or a part of it.
    pub text: &'a [u8],
    /// The preceding part, if it is a window: then lines are not hashed, which needs the whole text.
    pub part: Option<Before>,
    /// Its hits.
    pub hits: &'a [Hit],
    /// Hits in encoded parts of it.
    pub decoded: &'a [Decoded],
    /// What must be masked in it.
    pub masked: &'a [(Span, usize)],
}

/// A hit, its place in the file, and its text.
struct Sight<'a> {
    hit: &'a Hit,
    span: Span,
    text: &'a [u8],
    encodings: &'a [&'static str],
}

/// The findings for the hits in a file.
#[must_use]
pub(super) fn findings(
    engine: &Engine,
    blob: &Blob<'_>,
    seen: &Seen<'_>,
    settings: &Settings,
) -> Vec<Finding> {
    let key = settings.fingerprint_key.as_deref();
    if seen.hits.is_empty() && seen.decoded.is_empty() {
        return Vec::new();
    }
    let plain = seen.hits.iter().map(|hit| Sight { hit, span: hit.span, text: seen.text, encodings: &[] });
    let decoded = seen.decoded.iter().map(|one| Sight {
        hit: &one.hit,
        span: one.span,
        text: &one.text,
        encodings: &one.encodings,
    });
    let sights: Vec<Sight<'_>> = plain.chain(decoded).collect();
    let before = seen.part.unwrap_or_default();
    let lines = Lines::within(seen.text, before);
    let regions: Vec<Region> = sights
        .iter()
        .map(|sight| if sight.span.is_empty() { Region::TOP } else { lines.region(sight.span) })
        .collect();
    let numbers: Vec<u32> = regions.iter().map(|region| region.start_line).collect();
    let hashes = match seen.part {
        None => linehash::line_hashes(seen.text, &numbers).into_iter().map(Some).collect(),
        Some(_) => vec![None; numbers.len()],
    };
    sights
        .iter()
        .zip(regions)
        .zip(hashes)
        .map(|((sight, region), hash)| {
            let Sight { hit, span, text, encodings } = *sight;
            let meta = &engine.checks()[usize::from(hit.check)].meta;
            let secret = hit.secret.map(|span| Secret::new(&text[span.range()]));
            let message = match quotes_secret(sight, &lines, seen.masked) {
                true => meta.title.to_owned(),
                false => hit.message.clone(),
            };
            let what = if span.is_empty() { "" } else { message.as_str() };
            let evidence = secret.as_ref().map(|secret| secret.redacted(hit.public));
            let request = engine.checks()[usize::from(hit.check)].rule().and_then(|rule| rule.request);
            let nearby = request.filter(|_| settings.keep_nearby && secret.is_some());
            // The context of an encoded hit is in another text.
            let hits = if encodings.is_empty() { seen.hits } else { &[] };
            let nearby = nearby.map(|request| Arc::new(nearby::of(request, hit, text, engine, hits)));
            let identity = secret.map_or_else(|| Identity::fault(meta.id, what), Identity::Secret);
            let place = Place {
                path: blob.path.clone(),
                span: within(span, before),
                region,
                snippet: (!span.is_empty()).then(|| lines.snippet(span, seen.masked)),
                line_hash: hash,
                origin: None,
                note: None,
            };
            Finding {
                severity: hit.severity,
                confidence: hit.confidence,
                identity,
                rank: hit.rank,
                evidence,
                proofs: hit.proofs.iter().cloned().chain(way_in(encodings)).collect(),
                remedy: hit.remedy.unwrap_or(meta.remedy).into(),
                // Its places refer to the scanned text, which may be the file.
                fix: hit.fix.as_ref().filter(|_| encodings.is_empty() && blob.bytes == seen.text).map(
                    |(what, edit)| {
                        let of = content_hash(blob.bytes);
                        Arc::new(Fix { what: (*what).to_owned(), of, edits: vec![edit.clone()] })
                    },
                ),
                lost: hit
                    .lost
                    .iter()
                    .map(|check| engine.checks()[usize::from(*check)].meta.id.into())
                    .collect(),
                nearby,
                ..Finding::new(meta, place, message, print_of(meta.id, hit, text, blob, key))
            }
        })
        .collect()
}

/// `span` shifted from a window to the whole text; none if empty.
fn within(span: Span, before: Before) -> Span {
    if span.is_empty() { span } else { Span::new(span.start + before.bytes, span.end + before.bytes) }
}

/// A description of the encodings of a hit.
fn way_in(encodings: &[&str]) -> Option<String> {
    let (outer, inner) = encodings.split_first()?;
    Some(
        inner
            .iter()
            .fold(format!("encoded as {outer}"), |words, encoding| format!("{words}, then {encoding}")),
    )
}

/// True if the name quoted in a message may be part of a secret, for example if the value of an environment variable
/// contains an assignment. If no nearby occurrence of it is shown, the message does not show it either. Encoded text is
/// never quoted.
fn quotes_secret(sight: &Sight<'_>, lines: &Lines<'_>, masked: &[(Span, usize)]) -> bool {
    let Sight { hit, text, encodings, .. } = *sight;
    let Some(name) = hit.message.split('`').nth(1) else { return false };
    if !encodings.is_empty() {
        return true;
    }
    let before = Span::new(hit.span.start.saturating_sub(NAME_REACH), hit.span.start);
    let Some(found) = memchr::memmem::rfind(&text[before.range()], name.as_bytes()) else {
        // It is far above, or was cut.
        let secrets = masked.iter().filter(|(secret, _)| secret.overlaps(before));
        return secrets
            .map(|(secret, _)| &text[secret.range()])
            .any(|secret| name.as_bytes().windows(PIECE).any(|piece| value::contains(secret, piece)));
    };
    let name = Span::new(before.start + found, before.start + found + name.len());
    lines.hidden(name.start, masked).1.iter().any(|(hidden, _)| hidden.overlaps(name))
}

/// Based on kind and value, independent of path and line. Without a user key, a guessable value is replaced by its
/// name, its length and eight bits of its hash: a changed password is a new finding in 255 of 256 cases, but the
/// fingerprint hardly confirms a guess.
fn print_of(check: &str, hit: &Hit, text: &[u8], blob: &Blob<'_>, key: Option<&[u8]>) -> String {
    let Some(span) = hit.secret else {
        return fingerprint::fingerprint(
            key,
            &[check.as_bytes(), blob.path.as_bytes(), hit.message.as_bytes()],
        );
    };
    let secret = &text[span.range()];
    if key.is_some() || value::entropy(secret) * secret.len() as f32 >= UNGUESSABLE_BITS {
        return fingerprint::fingerprint(key, &[check.as_bytes(), secret]);
    }
    let name = crate::engine::near::name_before(text, span.start);
    let hint = fingerprint::hint(&[check.as_bytes(), secret]);
    fingerprint::fingerprint(None, &[check.as_bytes(), name, &secret.len().to_le_bytes(), &[hint]])
}
