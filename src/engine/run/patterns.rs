//! Patterns in use: read when one of their anchors is first seen, and compiled when a text may have a match.
//!
//! Most anchors do not lead to a match, and counted repetitions are expensive to compile. So a relaxed pattern without
//! counts, which matches a superset, is searched first.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::{Config, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, Match};
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

use crate::engine::pattern::{config, syntax_config};

/// Window on each side of an anchor for patterns without a bound of their own, in bytes.
const REACH_MAX: usize = 4096;
/// A repetition up to so often is compiled as it is when a pattern is first searched for.
const FEW: u32 = 3;

/// A pattern that is ready to be searched for.
pub(super) struct Pattern {
    hir: Hir,
    /// What finds at least what the pattern finds.
    loose: OnceLock<Regex>,
    exact: OnceLock<Regex>,
    /// Bytes on either side of an anchor that are searched.
    pub(super) reach: usize,
    /// True if no match is longer than that.
    pub(super) bounded: bool,
    /// True if no match has a line end in it.
    pub(super) in_line: bool,
}

impl Pattern {
    /// Reads `pattern`, of which it is known that it can be compiled.
    pub(super) fn read(pattern: &str) -> Self {
        let hir =
            syntax::parse_with(pattern, &syntax_config()).expect("patterns are compiled when a pack is read");
        let longest = hir.properties().maximum_len();
        Self {
            loose: OnceLock::new(),
            exact: OnceLock::new(),
            reach: longest.unwrap_or(REACH_MAX).min(REACH_MAX),
            bounded: longest.is_some_and(|longest| longest <= REACH_MAX),
            in_line: !has_newline(&hir),
            hir,
        }
    }

    /// The first match in `range` of `hay`.
    pub(super) fn find(&self, hay: &[u8], range: Range<usize>) -> Option<Match> {
        let input = Input::new(hay).range(range);
        if self.may_match(&input) { self.exact().search(&input) } else { None }
    }

    /// True if a match that lies in `range` of `hay` starts where that starts.
    pub(super) fn starts(&self, hay: &[u8], range: Range<usize>) -> bool {
        let input = Input::new(hay).range(range).anchored(Anchored::Yes).earliest(true);
        self.may_match(&input) && self.exact().is_match(input)
    }

    /// Where the secret stands in the match at `whole`.
    pub(super) fn secret(&self, hay: &[u8], whole: Range<usize>) -> (usize, usize) {
        let exact = self.exact();
        let mut captures = exact.create_captures();
        exact.search_captures(&Input::new(hay).range(whole.clone()).anchored(Anchored::Yes), &mut captures);
        captures
            .get_group_by_name("secret")
            .map_or((whole.start, whole.end), |group| (group.start, group.end))
    }

    /// False if the relaxed pattern does not match.
    fn may_match(&self, input: &Input<'_>) -> bool {
        if self.exact.get().is_some() {
            return true;
        }
        let loose = self.loose.get_or_init(|| {
            // It is but asked whether it matches.
            let config = config().onepass(false).backtrack(false).which_captures(WhichCaptures::None);
            compiled(&loosened(&self.hir), config).expect("a pattern without its counts is smaller")
        });
        loose.is_match(input.clone().earliest(true))
    }

    fn exact(&self) -> &Regex {
        self.exact
            .get_or_init(|| compiled(&self.hir, config()).expect("patterns are compiled when a pack is read"))
    }
}

fn compiled(hir: &Hir, config: Config) -> Result<Regex, String> {
    Regex::builder().configure(config).build_from_hir(hir).map_err(|error| error.to_string())
}

/// What matches wherever `hir` does and counts nothing: what may stand often may stand any number of times.
fn loosened(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
        HirKind::Repetition(repeated) => {
            let sub = Box::new(loosened(&repeated.sub));
            let is_long = repeated.min.max(repeated.max.unwrap_or(0)) > FEW;
            let (min, max) = if is_long { (repeated.min.min(1), None) } else { (repeated.min, repeated.max) };
            Hir::repetition(Repetition { min, max, greedy: repeated.greedy, sub })
        }
        HirKind::Capture(group) => loosened(&group.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(loosened).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.iter().map(loosened).collect()),
    }
}

/// True if a match may have a line end in it.
fn has_newline(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(text) => text.0.contains(&b'\n'),
        HirKind::Class(Class::Unicode(set)) => {
            set.iter().any(|range| (range.start()..=range.end()).contains(&'\n'))
        }
        HirKind::Class(Class::Bytes(set)) => {
            set.iter().any(|range| (range.start()..=range.end()).contains(&b'\n'))
        }
        HirKind::Repetition(repeated) => has_newline(&repeated.sub),
        HirKind::Capture(group) => has_newline(&group.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(has_newline),
    }
}

#[cfg(test)]
mod tests {
    use proptest::strategy::{Strategy as _, ValueTree as _};
    use proptest::string::bytes_regex_parsed;
    use proptest::test_runner::TestRunner;
    use regex_automata::Input;
    use regex_syntax::hir::{Hir, HirKind, Repetition};

    use super::Pattern;
    use crate::engine::builtin::RULES;
    use crate::engine::rule::Matcher;

    /// The same without what only looks at what stands around.
    fn without_looks(hir: &Hir) -> Hir {
        match hir.kind() {
            HirKind::Look(_) => Hir::empty(),
            HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) => hir.clone(),
            HirKind::Repetition(repeated) => {
                let sub = Box::new(without_looks(&repeated.sub));
                Hir::repetition(Repetition { sub, ..repeated.clone() })
            }
            HirKind::Capture(group) => without_looks(&group.sub),
            HirKind::Concat(parts) => Hir::concat(parts.iter().map(without_looks).collect()),
            HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(without_looks).collect()),
        }
    }

    #[test]
    fn whatever_a_pattern_finds_is_found_without_its_counts() {
        let mut runner = TestRunner::deterministic();
        let mut count = 0;
        for rule in &RULES {
            let Matcher::Pattern { regex, .. } = rule.matcher else { continue };
            let (exact, loose) = (Pattern::read(regex), Pattern::read(regex));
            let texts = bytes_regex_parsed(&without_looks(&exact.hir)).expect("looks are taken out");
            let matched = (0..10).filter(|_| {
                let text = texts.new_tree(&mut runner).expect("a pattern has matches").current();
                let is_match = exact.exact().is_match(&text);
                assert!(
                    !is_match || loose.may_match(&Input::new(&text)),
                    "{}: {}",
                    rule.id,
                    text.escape_ascii()
                );
                is_match
            });
            assert!(matched.count() > 0, "{}", rule.id);
            count += 1;
        }
        assert!(count > 20, "{count}");
    }

    #[track_caller]
    fn check(hay: &str, matches: bool) {
        let pattern = Pattern::read(r"(?i)key[ \t]{0,8}=[ \t]{0,8}(?P<secret>[a-z]{8,40})\b");
        assert_eq!(pattern.find(hay.as_bytes(), 0..hay.len()).is_some(), matches, "{hay}");
        assert_eq!(pattern.exact.get().is_some(), matches, "{hay}");
    }

    #[test]
    fn nothing_is_compiled_for_what_cannot_match() {
        check("a key = abcdefgh", true);
        check("a key is abcdefgh", false);
        check("a key = 12345678", false);
    }
}
