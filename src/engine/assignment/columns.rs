//! The value of a column: `INSERT INTO t (a, password) VALUES (1, '…')`.

use super::extent::Value;
use super::{BLANKS_MAX, Looked, WORDS_MAX};
use crate::model::Span;

/// The most bytes before a name and behind it that are looked at.
const REACH: usize = 512;
/// The most columns before the one that is named.
const COLUMNS_MAX: usize = 64;

/// The string in the place of the column whose name starts at `name`, of the first row. `at` is behind the name.
pub(super) fn value(hay: &[u8], name: usize, at: usize, looked: &mut Looked) -> Option<Value> {
    // Behind the last column the rows have to follow, which tells most lists of others apart.
    let behind = hay[at + 1..].iter().take(BLANKS_MAX).find(|b| !b.is_ascii_whitespace());
    looked.end = looked.end.max(at + BLANKS_MAX + 2);
    if hay[at] == b')' && !matches!(behind, Some(b'v' | b'V')) {
        return None;
    }
    let before = &hay[name.saturating_sub(REACH)..name];
    let open = before.iter().rposition(|b| matches!(b, b'(' | b')' | b'=' | b';'));
    looked.back = looked.back.max(open.map_or(REACH, |open| before.len() - open) + WORDS_MAX);
    let open = open?;
    let listed = before[open] == b'('
        && before[open + 1..].iter().all(|b| {
            b.is_ascii_alphanumeric()
                || b.is_ascii_whitespace()
                || matches!(b, b',' | b'_' | b'"' | b'`' | b'[' | b']')
        });
    if !listed {
        return None;
    }
    let window = &hay[at..hay.len().min(at + REACH)];
    looked.end = looked.end.max(at + REACH + 1);
    let close = window.iter().take(REACH / 2).position(|b| matches!(b, b')' | b'(' | b';' | b'='))?;
    let rest = window.get(close + 1..)?;
    let blanks = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let rest = &rest[blanks..];
    if window[close] != b')' || rest.len() < 8 || !rest[..6].eq_ignore_ascii_case(b"values") {
        return None;
    }
    let row = rest.iter().position(|b| *b == b'(').filter(|row| *row < 12)?;
    let mut at = at + close + 1 + blanks + row + 1;
    let end = hay.len().min(at + REACH);
    looked.end = looked.end.max(end + 1);
    let mut left = memchr::memchr_iter(b',', &before[open..]).take(COLUMNS_MAX).count();
    while at < end {
        match hay[at] {
            quote @ (b'\'' | b'"') => {
                let close = at + 1 + memchr::memchr(quote, &hay[at + 1..end])?;
                if left == 0 {
                    return (close > at + 1).then(|| Value::whole(Span::new(at + 1, close), true));
                }
                at = close + 1;
            }
            b',' => {
                left = left.checked_sub(1)?;
                at += 1;
            }
            b'(' | b')' | b';' => return None,
            _ => at += 1,
        }
    }
    None
}
