//! Context-dependent values: a keyword, a hint such as "secret", the value.

use super::charset::{self, CharSet};
use super::shape::{Match, Part, Shape, boundary_before};
use super::value;
use super::walks::Walks;

/// How far behind the end of the keyword's identifier a value may start, in bytes.
const REACH: usize = 80;
/// How many bytes of an identifier are followed to its end.
const IDENT_MAX: usize = 64;
/// How many bytes before the keyword, or before a value right behind it, are looked at.
const BEFORE_MAX: usize = IDENT_MAX + 16;
/// What it costs to look at a byte, to try a shape at one, and to see whether keyword and value are linked; see
/// [`Walks::pay`].
const STEP_COST: u64 = 2;
const TRY_COST: u64 = 10;
const LINK_COST: u64 = 500;
/// How far around a token its keyword may stand, in bytes.
pub const AROUND: usize = 200;

/// Words that turn a provider's name into a hint at a secret.
const SECRET_WORDS: &[&[u8]] = &[
    b"key",
    b"token",
    b"secret",
    b"pass",
    b"pwd",
    b"auth",
    b"credential",
    b"api",
    b"access",
    b"private",
    b"bearer",
    b"login",
    b"license",
    b"signature",
];

/// Words in the name of a value that is never a secret.
const DIGEST_WORDS: &[&[u8]] = &[
    b"sha1",
    b"sha256",
    b"sha512",
    b"sha-",
    b"md5",
    b"digest",
    b"checksum",
    b"integrity",
    b"commit",
    b"revision",
    b"etag",
    b"hash",
    b"fingerprint",
    b"thumbprint",
    b"public",
    b"tree",
    b"blob",
    b"version",
    b"build",
];

/// How far the search for a value looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Bytes before the keyword.
    pub back: usize,
    /// One past the last byte, but for the shapes; past the text if its end was met.
    pub end: usize,
    /// Where a shape was last tried.
    pub tried: Option<usize>,
}

/// Calls `found` for values of one of `shapes` after the keyword at `start..end`, nearest first, until it accepts one.
/// Returns how far it looked. `walks` belong to `hay`.
pub fn values(
    hay: &[u8],
    start: usize,
    end: usize,
    shapes: &[Shape],
    walks: &Walks,
    found: &mut dyn FnMut(&Shape, Match) -> bool,
) -> Looked {
    let ident_end = end + hay[end..].iter().take(IDENT_MAX).take_while(|b| charset::WORD.has(**b)).count();
    let limit = hay.len().min(ident_end + REACH);
    let mut newlines = 0;
    let mut at = end;
    // What stands before a value may be the end of an escape.
    let mut looked = Looked { back: 6, end: ident_end + REACH, tried: None };
    let first = shapes.iter().fold(CharSet::EMPTY, |all, shape| match first_set(shape) {
        Some(set) => CharSet(all.0 | set.0, all.1 | set.1),
        None => all,
    });
    while at < limit {
        let byte = hay[at];
        if byte == b'\n' {
            newlines += 1;
            if newlines > 2 {
                looked.end = at + 1;
                walks.pay(STEP_COST * (at - start) as u64);
                return looked;
            }
        }
        if first.has(byte) && (boundary_before(hay, at) || hay[at - 1] == b'_') {
            looked.tried = Some(at);
            let matched = shapes.iter().find_map(|shape| Some((shape, shape.match_at(hay, at, walks)?)));
            if matched.is_some() {
                looked.back = BEFORE_MAX;
            }
            walks.pay(TRY_COST * shapes.len() as u64 + if matched.is_some() { LINK_COST } else { 0 });
            if let Some((shape, matched)) = matched
                && connected(hay, start, at)
                && !names_digest(hay, at)
                && found(shape, matched)
            {
                looked.end = at + 1;
                walks.pay(STEP_COST * (at - start) as u64);
                return looked;
            }
            // The next candidate starts behind this word.
            at += charset::IDENT.run(&hay[at..], limit - at).max(1);
        } else {
            at += 1;
        }
    }
    walks.pay(STEP_COST * (at - start) as u64);
    looked
}

fn first_set(shape: &Shape) -> Option<CharSet> {
    shape.parts.iter().find_map(|part| match part {
        Part::Class(set, ..) => Some(*set),
        Part::Lit(text) => Some(CharSet::EMPTY.with(*text.as_bytes().first()?)),
        _ => None,
    })
}

/// True if what lies between the keyword and the value connects them.
fn connected(hay: &[u8], keyword: usize, value: usize) -> bool {
    let floor = keyword.saturating_sub(IDENT_MAX);
    let line_start =
        memchr::memrchr(b'\n', &hay[floor..keyword]).map_or(floor, |newline| floor + newline + 1);
    let lead = &hay[line_start..value];
    let between = &hay[keyword..value];
    if value::contains(between, b"\n\n") || value::contains(between, b"\r\n\r\n") {
        return false;
    }
    if between.iter().any(|b| matches!(b, b'=' | b':')) {
        return true;
    }
    // The first argument of a call: `Acme("…")`, `acme.init('…')`.
    if between.len() < 48
        && matches!(between.last(), Some(b'"' | b'\'' | b'`'))
        && between[..between.len() - 1].last() == Some(&b'(')
    {
        return true;
    }
    let lower = lead.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| value::contains(&lower, word))
}

/// True if the identifier right before the value names a digest or an id.
fn names_digest(hay: &[u8], value: usize) -> bool {
    let name = name_before(hay, value).to_ascii_lowercase();
    DIGEST_WORDS.iter().any(|word| value::contains(&name, word))
}

/// The identifier to which the value at `value` is given, on the same line; empty if there is none.
#[must_use]
pub fn name_before(hay: &[u8], value: usize) -> &[u8] {
    let floor = value.saturating_sub(BEFORE_MAX);
    let mut end = value;
    while end > floor && !charset::IDENT.has(hay[end - 1]) && hay[end - 1] != b'\n' {
        end -= 1;
    }
    let mut start = end;
    while start > floor && (charset::WORD.has(hay[start - 1]) || hay[start - 1] == b'.') {
        start -= 1;
    }
    &hay[start..end]
}
