//! Where an unquoted value ends, depending on the context of its name.

use super::VALUE_MAX;
use crate::engine::charset;
use crate::engine::walks::Walks;

/// Bytes before a name that are looked at for the start of its line.
const LEAD_MAX: usize = 48;
/// Bytes behind a sign that tell whether it belongs to the value.
const AHEAD: usize = 34;
/// Closing signs in a row that are looked past.
const CLOSERS_MAX: usize = 4;

/// The context before the name of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// The start of a line, a blank or a word: the value is a word.
    Apart,
    /// `;`: a member of a connection string.
    Member,
    /// `?`, `&`, a quote: a parameter of a query or a form.
    Parameter,
    /// A bracket or another sign: code.
    Inside,
}

/// The context before the name at `name`, and the bytes examined; more than exist if the start of the text was reached.
pub(super) fn lead(hay: &[u8], name: usize) -> (Lead, usize) {
    let blanks = charset::BLANK.run_at_end(&hay[..name], LEAD_MAX);
    let before = name.checked_sub(blanks + 1).map(|at| hay[at]);
    let lead = match before {
        // A member of a variable: `$.name`.
        Some(b'$') if hay.get(name) == Some(&b'.') => Lead::Inside,
        // A flag, an item of a list.
        None | Some(b'\n' | b'\r' | b'-' | b'$') => Lead::Apart,
        Some(b';') => Lead::Member,
        Some(b'?' | b'&' | b'"' | b'\'' | b'`') => Lead::Parameter,
        Some(b'(' | b'[' | b'{' | b',' | b'<') => Lead::Inside,
        Some(_) if blanks > 0 => Lead::Apart,
        Some(_) => Lead::Inside,
    };
    (lead, blanks + 1)
}

/// Facts about a value that are cached between places, see [`Walks::first`]; the ends come first, by
/// what stands before the name.
const STOP: usize = 4;
const DIGIT: usize = 5;

/// The end of the value that starts at `start`. Moves `looked` to behind what was looked at.
pub(super) fn end(hay: &[u8], start: usize, lead: Lead, walks: &Walks, looked: &mut usize) -> usize {
    let limit = hay.len().min(start + VALUE_MAX);
    let is_end = |at: usize| match hay[at] {
        0..=b' ' | 0x7f => true,
        b'&' => ends_parameter(&hay[at..], lead),
        byte => is_stop(byte) && (lead == Lead::Inside || ends(&hay[at..], lead)),
    };
    let mut end = walks.first(lead as usize, start..limit, is_end);
    *looked = (*looked).max(end + AHEAD);
    // Behind a sign that ends values in code only a value with digits goes on.
    let stop = walks.first(STOP, start..end, |at| is_stop(hay[at]));
    if stop < end && walks.first(DIGIT, start..end, |at| hay[at].is_ascii_digit()) == end {
        end = stop;
    }
    trimmed(hay, start, end)
}

/// Signs that end a value in one language or another.
const fn is_stop(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b';' | b',' | b'<' | b'>' | b')' | b']' | b'}' | b'|' | b'\\')
}

/// True if the sign that `rest` starts with ends the value, as what follows it shows.
fn ends(rest: &[u8], lead: Lead) -> bool {
    let next = rest.get(1).copied().unwrap_or(b'\n');
    match rest[0] {
        b';' if lead == Lead::Member => true,
        b'\\' => matches!(next, b'n' | b'r' | b't' | b'"' | b'\'' | b'\n' | b'\r'),
        b',' | b';' => is_closer(next) || is_named(&rest[1..]),
        b'<' => next == b'/' || is_element(&rest[1..]),
        _ if lead == Lead::Apart => {
            // Brackets close nothing where more than them follows: `a}|5`.
            let more = rest[1..].iter().take(CLOSERS_MAX);
            let more = more.take_while(|b| matches!(b, b')' | b']' | b'}' | b'>' | b'|' | b'.')).count();
            is_closer(rest.get(1 + more).copied().unwrap_or(b'\n'))
        }
        _ => is_closer(next),
    }
}

/// True for what may stand behind the end of a value.
const fn is_closer(byte: u8) -> bool {
    matches!(
        byte,
        0..=b' ' | 0x7f | b'"' | b'\'' | b'`' | b';' | b',' | b')' | b']' | b'}' | b'>' | b'.' | b'|' | b'\\'
    )
}

/// True if `&` ends the value.
fn ends_parameter(rest: &[u8], lead: Lead) -> bool {
    lead == Lead::Parameter || is_named(&rest[1..])
}

/// True if another name and its operator follow.
fn is_named(rest: &[u8]) -> bool {
    let name = charset::WORD.run(rest, AHEAD - 2);
    name > 0 && rest[0].is_ascii_alphabetic() && matches!(rest.get(name), Some(b'=' | b':'))
}

/// True if the name of an element and its end follow.
fn is_element(rest: &[u8]) -> bool {
    let letters = charset::LETTER.run(rest, 12);
    // `h1` and its like.
    let name = letters + usize::from(letters == 1 && rest.get(1).is_some_and(u8::is_ascii_digit));
    name > 0 && matches!(rest.get(name), Some(b'>' | b' ' | b'/'))
}

/// The end without what closes something that was opened before the value, and the end of a sentence.
fn trimmed(hay: &[u8], start: usize, mut end: usize) -> usize {
    // Where each bracket is first opened, found out once.
    let mut first = [None; 4];
    let mut opened = |end: usize, number: usize, sign: u8| {
        let place = *first[number].get_or_insert_with(|| {
            memchr::memchr(sign, &hay[start..end]).map_or(usize::MAX, |at| start + at)
        });
        place < end
    };
    while end > start {
        let inner = end - 1;
        let belongs = match hay[inner] {
            b'.' | b':' | b'!' | b'?' | b',' | b';' | b'"' | b'\'' | b'`' | b'\\' | b'|' => false,
            b')' => opened(inner, 0, b'('),
            b']' => opened(inner, 1, b'['),
            b'}' => opened(inner, 2, b'{'),
            b'>' => opened(inner, 3, b'<'),
            _ => true,
        };
        if belongs {
            break;
        }
        end -= 1;
    }
    end
}
