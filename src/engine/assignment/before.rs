//! Context before a name that changes its meaning: a word that belongs to it, an expression, a file path.

use super::{Looked, NAME_MAX};
use crate::engine::charset;

/// Where the name starts if the word before it belongs to it: `API key`, `Acme secret`.
pub(super) fn with_word_before(hay: &[u8], start: usize) -> usize {
    let Some(blank) = start.checked_sub(1).filter(|at| hay[*at] == b' ') else { return start };
    let word = charset::NAME.run_at_end(&hay[..blank], 20);
    let text = &hay[blank - word..blank];
    if word >= 2 && text[0].is_ascii_alphabetic() && !is_apart(text) { blank - word } else { start }
}

/// True for a word that precedes names without being part of them.
fn is_apart(word: &[u8]) -> bool {
    let mut lower = [0; LONGEST];
    let Some(lower) = lower.get_mut(..word.len()) else { return false };
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    // Compared as one pattern, byte for byte: every name in a text comes by here.
    matches!(
        &*lower,
        b"const"
            | b"let"
            | b"var"
            | b"static"
            | b"final"
            | b"export"
            | b"set"
            | b"string"
            | b"char"
            | b"the"
            | b"a"
            | b"an"
            | b"my"
            | b"your"
            | b"this"
            | b"def"
            | b"val"
            | b"new"
            | b"if"
            | b"return"
            | b"and"
            | b"or"
            | b"env"
            | b"arg"
            | b"public"
            | b"private"
            | b"protected"
            | b"internal"
            | b"for"
            | b"with"
            | b"of"
            | b"in"
            | b"dim"
            | b"param"
            | b"variable"
            | b"output"
            | b"define"
            | b"setenv"
            | b"encrypted"
            | b"unencrypted"
            | b"login"
            | b"role"
    )
}

/// The longest of those words, in bytes.
const LONGEST: usize = 11;

/// True if the quoted text at `name` is what an expression gives if its condition holds.
pub(super) fn is_alternative(hay: &[u8], start: usize, name: usize, looked: &mut Looked) -> bool {
    const BEFORE: usize = 8;
    looked.back = looked.back.max(start - name + BEFORE);
    let before = &hay[name.saturating_sub(BEFORE)..name];
    let before = before.strip_suffix(b"\"").or(before.strip_suffix(b"'")).unwrap_or_default();
    before.trim_ascii_end().ends_with(b"?")
}

/// True if the name is a directory in a file path that is not a URL.
pub(super) fn is_in_file_path(hay: &[u8], name: usize, looked: &mut Looked) -> bool {
    let before = &hay[name.saturating_sub(PATH_MAX)..name];
    looked.back = looked.back.max(PATH_MAX + NAME_MAX);
    let path = before.iter().rev().take_while(|b| !b.is_ascii_whitespace()).count();
    let path = &before[before.len() - path..];
    path.ends_with(b"/") && !crate::engine::value::contains(path, b"://")
}

/// The most bytes of a path before a name that are looked at.
const PATH_MAX: usize = 96;

/// True if the name is declared as a variable or output, whose value stands in the block behind it.
pub(super) fn is_declared(hay: &[u8], start: usize, name: usize, looked: &mut Looked) -> bool {
    const BEFORE: usize = 16;
    looked.back = looked.back.max(start - name + BEFORE);
    let before = hay[name.saturating_sub(BEFORE)..name].trim_ascii_end();
    [&b"variable"[..], b"output", b"param", b"parameter", b"local"].iter().any(|word| before.ends_with(word))
}
