//! Decodes and scans encoded parts of a text, layer by layer.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::decode::budget::{DEPTH, Layer};
use crate::engine::decode::entry::What;
use crate::engine::decode::{archive, escapes, is_plain, runs, text};
use crate::engine::hit::{HITS_MAX, Hit, note_lost, rank, resolve};
use crate::engine::spans::Spans;
use crate::model::{Blob, Span};

/// Percentage of a decoded text that must be readable for context-dependent rules.
const LEGIBLE: usize = 95;

/// A hit in an encoded part of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The span of the encoded bytes.
    pub span: Span,
    /// The encodings from the outer to the inner: `base64`, `hex`.
    pub encodings: Vec<&'static str>,
    /// The hit; its offsets count bytes of `text`.
    pub hit: Hit,
    /// The decoded text.
    pub text: Arc<[u8]>,
}

/// A text being scanned.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Peeled<'a> {
    /// The text; the path is that of the file it stands in.
    pub(in crate::engine) blob: Blob<'a>,
    /// Where triggers of escapes were met.
    pub(in crate::engine) escapes: &'a [usize],
}

impl Engine {
    /// All hits in encoded parts of a text.
    pub(in crate::engine) fn peel(&self, outer: Peeled<'_>, layer: Layer<'_>) -> Vec<Decoded> {
        let mut all = Vec::new();
        if !self.reads_text {
            return all;
        }
        let hay = outer.blob.bytes;
        runs::each(hay, &mut |run| self.run(&outer.blob, &run, layer, &mut all));
        self.unescape_all(&outer.blob, escapes::windows(hay, outer.escapes, 0), layer, &mut all);
        all
    }

    /// Looks into a run of a text.
    pub(in crate::engine) fn run(
        &self,
        blob: &Blob<'_>,
        run: &runs::Run,
        layer: Layer<'_>,
        all: &mut Vec<Decoded>,
    ) {
        layer.budget.met_run();
        let Some(layer) = layer.inner(blob.path) else { return };
        if all.len() >= HITS_MAX {
            return layer.budget.miss();
        }
        if !layer.budget.spend(run.bytes.len()) {
            return layer.budget.undecoded(blob.path);
        }
        let inside = self.open(&Blob { bytes: &run.bytes, ..*blob }, layer);
        all.extend(inside.into_iter().map(|mut seen| {
            seen.span = if seen.span.is_empty() { run.span } else { run.source(seen.span) };
            seen.encodings.insert(0, run.encoding.name());
            seen
        }));
    }

    /// Looks at parts of a text with their escapes undone.
    pub(in crate::engine) fn unescape_all(
        &self,
        blob: &Blob<'_>,
        windows: Vec<Range<usize>>,
        layer: Layer<'_>,
        all: &mut Vec<Decoded>,
    ) {
        for window in windows {
            // Deeper nested escapes are ordinary text.
            let Some(layer) = (layer.depth < DEPTH).then(|| layer.inner(blob.path)).flatten() else {
                break;
            };
            if all.len() >= HITS_MAX {
                layer.budget.miss();
                break;
            }
            if !layer.budget.spend(window.len()) {
                layer.budget.undecoded(blob.path);
                break;
            }
            all.extend(self.unescape(blob, window, layer));
        }
    }

    /// Hits in an unescaped part of a text. `layer` is that of the result.
    pub(in crate::engine) fn unescape(
        &self,
        blob: &Blob<'_>,
        window: Range<usize>,
        layer: Layer<'_>,
    ) -> Vec<Decoded> {
        let Some(line) = escapes::unescaped(blob.bytes, window) else { return Vec::new() };
        let mut seen = self.text_within(&Blob { bytes: &line.bytes, ..*blob }, layer);
        for one in &mut seen {
            one.span = line.source(one.span);
            one.encodings.insert(0, "escapes");
        }
        seen
    }

    /// Hits in the bytes of a run; an empty span means the whole run.
    fn open(&self, blob: &Blob<'_>, layer: Layer<'_>) -> Vec<Decoded> {
        if let Some(kind) = archive::kind(blob.bytes) {
            let mut all = Vec::new();
            let packed = archive::Packed::Whole(blob.bytes);
            archive::each_file(kind, packed, blob.path, layer, &mut |what, _, bytes, layer| {
                let Some(text) = text(bytes) else { return };
                let layer = if what == What::Names { layer.alone() } else { layer };
                let mut found = self.text_within(&Blob { bytes: &text, ..*blob }, layer);
                if what == What::Names {
                    found.retain(|seen| seen.encodings.is_empty() && self.tells_alone(&seen.hit));
                }
                all.extend(found.into_iter().map(|mut seen| {
                    seen.span = Span::new(0, 0);
                    seen.encodings.insert(0, kind.name());
                    seen
                }));
            });
            return all;
        }
        match text(blob.bytes) {
            Some(std::borrow::Cow::Owned(text)) => {
                let mut all = self.text_within(&Blob { bytes: &text, ..*blob }, layer);
                all.iter_mut().for_each(|seen| {
                    seen.span = Span::new(0, 0);
                    seen.encodings.insert(0, "UTF-16");
                });
                all
            }
            // A token may be between non-text bytes.
            _ => self.text_within(blob, layer),
        }
    }

    /// Hits in a decoded text and its encoded parts.
    fn text_within(&self, blob: &Blob<'_>, layer: Layer<'_>) -> Vec<Decoded> {
        let mut hits = Vec::new();
        let seen = self.rules(blob, layer, &mut hits);
        if hits.is_empty() {
            return self.peel(Peeled { blob: *blob, escapes: &seen.escapes }, layer);
        }
        if !is_legible(blob.bytes) {
            hits.retain(|hit| hit.rank >= rank::TOKEN - rank::DISPROVEN && hit.rank != rank::URL);
        }
        let mut inner = self.peel(Peeled { blob: *blob, escapes: &seen.escapes }, layer);
        if !layer.all {
            self.companions(blob.bytes, &mut hits, std::iter::empty());
            settle(&mut hits, &mut inner);
            resolve(&mut hits);
        }
        let text: Arc<[u8]> = blob.bytes.into();
        inner.extend(hits.into_iter().map(|hit| Decoded {
            span: hit.covers(),
            encodings: Vec::new(),
            text: Arc::clone(&text),
            hit,
        }));
        inner
    }
}

/// Keeps the better of a plain and an encoded hit at the same place.
pub(in crate::engine) fn settle(hits: &mut Vec<Hit>, decoded: &mut Vec<Decoded>) {
    if decoded.is_empty() {
        return;
    }
    // From best to worst: anything covered is covered by a hit at least as good.
    hits.sort_by_key(|hit| Reverse(hit.rank));
    let mut order: Vec<usize> = (0..decoded.len()).collect();
    order.sort_by_key(|index| Reverse(decoded[*index].hit.rank));
    let mut covered = Spans::default();
    let mut better = hits.iter().peekable();
    let mut stays = vec![false; decoded.len()];
    for index in order {
        while let Some(hit) = better.next_if(|hit| hit.rank >= decoded[index].hit.rank) {
            covered.add(hit.covers());
        }
        stays[index] = !covered.overlaps(decoded[index].span);
    }
    let mut stays = stays.into_iter();
    let beaten = decoded.extract_if(.., |_| stays.next() == Some(false)).map(|one| (one.span, one.hit));
    note_lost(hits.iter_mut().map(|hit| (hit.covers(), hit)), beaten.collect());
    let mut taken = Spans::default();
    decoded.iter().for_each(|inner| taken.add(inner.span));
    let beaten = hits.extract_if(.., |hit| taken.overlaps(hit.covers())).map(|hit| (hit.covers(), hit));
    note_lost(decoded.iter_mut().map(|one| (one.span, &mut one.hit)), beaten.collect());
    // Escaped and encoded text is found twice.
    let mut known: HashMap<(u16, Option<Vec<u8>>), Spans> = HashMap::new();
    decoded.retain(|inner| {
        let secret = inner.hit.secret.map(|span| inner.text[span.range()].to_vec());
        let places = known.entry((inner.hit.check, secret)).or_default();
        let is_new = !places.overlaps(inner.span);
        if is_new {
            places.add(inner.span);
        }
        is_new
    });
    decoded.sort_by_key(|one| (one.span, one.hit.check, one.hit.span));
}

/// True if nearly all of `bytes` is text.
fn is_legible(bytes: &[u8]) -> bool {
    let illegible: usize = bytes
        .utf8_chunks()
        .map(|chunk| {
            chunk.invalid().len()
                + chunk.valid().bytes().filter(|byte| byte.is_ascii() && !is_plain(*byte)).count()
        })
        .sum();
    (bytes.len() - illegible) * 100 >= bytes.len() * LEGIBLE
}
