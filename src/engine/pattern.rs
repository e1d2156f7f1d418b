//! Regular expressions, for what is irregular only: over bytes, without Unicode, compiled when
//! one of their anchors is first seen.

use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;

/// Compiles `pattern` the way all patterns are compiled.
///
/// # Errors
/// What is wrong with the expression.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::builder()
        .configure(config())
        .syntax(syntax_config())
        .build(pattern)
        .map_err(|error| error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string))
}

/// How all patterns are read.
pub(super) fn syntax_config() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

/// How all patterns are compiled.
pub(super) fn config() -> Config {
    Regex::config().nfa_size_limit(Some(4 << 20)).hybrid_cache_capacity(1 << 20).utf8_empty(false)
}
