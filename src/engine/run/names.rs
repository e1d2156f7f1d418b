//! Scanning names of files and archive entries, for self-identifying tokens only: names of test data, assets and build
//! output often contain random parts.

use std::borrow::Cow;

use super::{Engine, Text};
use crate::engine::decode::{Budget, Layer};
use crate::engine::hit::{Hit, rank, resolve};
use crate::engine::rule::Matcher;
use crate::model::{Blob, Span};

impl Engine {
    /// Runs the rules for tokens over `names`, one a line.
    #[must_use]
    pub fn scan_names<'a>(&self, names: &Blob<'a>) -> Text<'a> {
        let budget = Budget::of(names.bytes.len());
        let mut looked = self.names_layer(names, Layer::top(&budget));
        if let Text::Scanned { missed, .. } = &mut looked {
            *missed = budget.missed();
        }
        looked
    }

    /// The same for names that stand in a file at `layer`.
    pub(in crate::engine) fn names_layer<'a>(&self, names: &Blob<'a>, layer: Layer<'_>) -> Text<'a> {
        let mut hits = Vec::new();
        let seen = self.rules(names, layer.alone(), &mut hits);
        hits.retain(|hit| self.tells_alone(hit));
        let plain = hits.iter().filter_map(|hit| Some((hit.secret?, hit.public)));
        let left = seen.left.map(|left| (Span::new(left, names.bytes.len()), 0));
        let masked = plain.chain(left).collect();
        resolve(&mut hits);
        let text = Cow::Borrowed(names.bytes);
        // Allow marks do not apply in names.
        Text::Scanned { text, hits, masked, marked: false, decoded: Vec::new(), undecoded: false, missed: 0 }
    }

    /// True if it takes nothing around a token to tell what it is, and nothing speaks against it.
    pub(in crate::engine) fn tells_alone(&self, hit: &Hit) -> bool {
        let needs_word = self.checks[usize::from(hit.check)]
            .rule()
            .is_some_and(|rule| matches!(rule.matcher, Matcher::Token { near, .. } if !near.is_empty()));
        hit.rank >= rank::TOKEN && !needs_word
    }
}
