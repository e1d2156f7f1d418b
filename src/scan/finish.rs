//! From hits in one text to findings of a report.

use std::collections::HashMap;

use crate::engine::place::Lines;
use crate::engine::{Engine, Hit, value};
use crate::model::{Blob, Finding, Place, Region, Secret, Span, fingerprint, linehash};

/// Bits of entropy from which a value cannot be guessed, so that a public hash of it tells nothing.
const UNGUESSABLE_BITS: f32 = 64.0;

/// Bytes before a value in which the name stands that its message quotes.
const NAME_REACH: usize = 512;
/// Bytes of a secret in a row that tell something of it.
const TELLING_PIECE: usize = 8;

/// The findings that `hits` in `text` are.
#[must_use]
pub(super) fn findings(engine: &Engine, blob: &Blob<'_>, text: &[u8], hits: &[Hit], masked: &[(Span, usize)], key: Option<&[u8]>) -> Vec<Finding> {
    if hits.is_empty() {
        return Vec::new();
    }
    let lines = Lines::new(text);
    let regions: Vec<Region> = hits.iter().map(|hit| if hit.span.is_empty() { Region::TOP } else { lines.region(hit.span) }).collect();
    let numbers: Vec<u32> = regions.iter().map(|region| region.start_line).collect();
    let hashes = linehash::line_hashes(text, &numbers);
    hits.iter()
        .zip(regions)
        .zip(hashes)
        .map(|((hit, region), hash)| {
            let meta = &engine.checks()[usize::from(hit.check)].meta;
            let secret = hit.secret.map(|span| Secret::new(&text[span.range()]));
            Finding {
                check: meta.id,
                family: meta.family,
                severity: hit.severity,
                confidence: hit.confidence,
                fingerprint: print_of(meta.id, hit, text, blob, key),
                evidence: secret.as_ref().map(|secret| secret.redacted(hit.public)),
                secret,
                place: Place {
                    path: blob.path.clone(),
                    span: hit.span,
                    region,
                    snippet: (!hit.span.is_empty()).then(|| lines.snippet(hit.span, masked)),
                    line_hash: Some(hash),
                },
                message: if quotes_secret(hit, text, masked) { meta.title.to_owned() } else { hit.message.clone() },
                proofs: hit.proofs.clone(),
                remedy: meta.remedy,
                also: Vec::new(),
            }
        })
        .collect()
}

/// True if the name that a message quotes, the name before the value, is part of another secret: of
/// the whole value of an environment variable, say, in which somebody wrote an assignment.
fn quotes_secret(hit: &Hit, text: &[u8], masked: &[(Span, usize)]) -> bool {
    let before = Span::new(hit.span.start.saturating_sub(NAME_REACH), hit.span.start);
    let secrets = masked.iter().filter(|(secret, _)| hit.message.contains('`') && secret.overlaps(before));
    let pieces = || hit.message.as_bytes().windows(TELLING_PIECE);
    secrets.map(|(secret, _)| &text[secret.range()]).any(|secret| pieces().any(|piece| value::contains(secret, piece)))
}

/// Keyed on kind and value, free of path and line. A value that can be guessed is left out of the
/// print unless the user gave a key; its name and length stand for it.
fn print_of(check: &str, hit: &Hit, text: &[u8], blob: &Blob<'_>, key: Option<&[u8]>) -> String {
    let Some(span) = hit.secret else {
        return fingerprint::fingerprint(key, &[check.as_bytes(), blob.path.as_bytes(), hit.message.as_bytes()]);
    };
    let secret = &text[span.range()];
    if key.is_some() || value::entropy(secret) * secret.len() as f32 >= UNGUESSABLE_BITS {
        return fingerprint::fingerprint(key, &[check.as_bytes(), secret]);
    }
    let name = crate::engine::near::name_before(text, span.start);
    fingerprint::fingerprint(None, &[check.as_bytes(), name, &secret.len().to_le_bytes()])
}

/// Makes one finding of each secret: the first place in order, the others beside it. Sorts by
/// place and check.
#[must_use]
pub(super) fn group(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        (&a.place.path, a.place.span, a.check, &a.message).cmp(&(&b.place.path, b.place.span, b.check, &b.message))
    });
    let mut first: HashMap<(&'static str, Vec<u8>), usize> = HashMap::new();
    let mut grouped: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        if let Some(secret) = &finding.secret {
            let index = *first.entry((finding.check, secret.expose().to_vec())).or_insert(grouped.len());
            if let Some(known) = grouped.get_mut(index) {
                known.also.push(finding.place);
                continue;
            }
        }
        grouped.push(finding);
    }
    grouped
}
