//! Regular expressions, for what is irregular only: over bytes, without Unicode, compiled when
//! one of their anchors is first seen.

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// Compiles `pattern` the way all patterns are compiled.
///
/// # Errors
/// What is wrong with the expression.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::builder()
        .configure(
            Regex::config().nfa_size_limit(Some(4 << 20)).hybrid_cache_capacity(1 << 20).utf8_empty(false),
        )
        .syntax(config())
        .build(pattern)
        .map_err(|error| error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string))
}

/// The longest match of `pattern` in bytes, if it has one.
#[must_use]
pub fn longest(pattern: &str) -> Option<usize> {
    syntax::parse_with(pattern, &config()).ok()?.properties().maximum_len()
}

/// How all patterns are read.
pub(super) fn config() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}
