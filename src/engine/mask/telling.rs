//! Values of secret-like names on a line, reported or not.

use super::tail::{self, Quotes};
use crate::engine::assignment::{self, Assignment, Link};
use crate::engine::names::Announced;
use crate::engine::{charset, url};
use crate::model::Span;

/// The longest name that is looked at, in bytes.
const NAME_MAX: usize = 96;
/// Bytes from which what stands alone before the host of a URL is taken for a token.
const TOKEN_MIN: usize = 16;

/// Values of secret-like names on `line`, and credentials of URLs and commands.
pub(super) fn values(text: &[u8], line: Span, quotes: &Quotes) -> Vec<Span> {
    let mut values = Vec::new();
    let mut at = line.start;
    while at < line.end {
        if let Some(length) = armor(&text[at..line.end]) {
            at += length;
            continue;
        }
        let length = charset::NAME.run(&text[at..line.end], usize::MAX);
        if length == 0 {
            if text[at..line.end].starts_with(b"://") {
                logins(text, line, quotes, at, &mut values);
            }
            at += 1;
            continue;
        }
        let name = Span::new(at, at + length);
        at = name.end;
        let value = match &text[name.range()] {
            b"-u" | b"--user" | b"--proxy-user" => user_option(text, line, name.end),
            _ if length > NAME_MAX => None,
            bytes if may_tell(bytes, quotes) => assigned(text, line, quotes, name),
            bytes if is_value_word(bytes) && line_before_tells(text, line, quotes) => {
                behind_operator(text, line, name.end)
            }
            _ => None,
        };
        if let Some(start) = value {
            let listed = text[start..line.end].starts_with(b"[");
            let start = start + usize::from(listed);
            let end = if listed {
                start + memchr::memchr(b']', &text[start..line.end]).unwrap_or(line.end - start)
            } else {
                to_end(text, line, quotes, name, start)
            };
            if end > start && !is_truth_value(&text[start..end]) {
                values.push(Span::new(start, end));
            }
        }
    }
    values
}

/// True for a boolean value, such as `persist-credentials: false`, which needs no masking.
fn is_truth_value(value: &[u8]) -> bool {
    matches!(value.trim_ascii(), b"true" | b"false")
}

/// The length of the line around a key block that `rest` starts with: `-----BEGIN PRIVATE KEY-----` says what
/// follows, and gives no value to "key".
fn armor(rest: &[u8]) -> Option<usize> {
    const DASHES: &[u8] = b"-----";
    let label = rest.strip_prefix(DASHES)?;
    let words = label.strip_prefix(b"BEGIN ").or_else(|| label.strip_prefix(b"END "))?;
    let length = words.iter().take(NAME_MAX).take_while(|b| b.is_ascii_uppercase() || **b == b' ').count();
    words[length..].starts_with(DASHES).then(|| rest.len() - words.len() + length + DASHES.len())
}

/// True if a name of its own, or with the word before it, may announce a secret.
fn may_tell(name: &[u8], quotes: &Quotes) -> bool {
    quotes.announced(name).is_some() || is_session(name)
}

fn is_value_word(name: &[u8]) -> bool {
    [&b"value"[..], b"default", b"defaultvalue"].iter().any(|word| name.eq_ignore_ascii_case(word))
}

/// True if the line before ends with a telling name: `- name: DB_PASSWORD`, whose `value:` follows.
fn line_before_tells(text: &[u8], line: Span, quotes: &Quotes) -> bool {
    let before = text[line.start.saturating_sub(NAME_MAX)..line.start].trim_ascii_end();
    let before = before.strip_suffix(b",").unwrap_or(before).trim_ascii_end();
    let before = &before[before.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1)..];
    let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
    let name = charset::NAME.run_at_end(before, usize::MAX);
    tells(&before[before.len() - name..], quotes)
}

/// Names of session and request tokens that no check reports; token lists.
fn is_session(name: &[u8]) -> bool {
    let last = name.rsplit(|b| !b.is_ascii_alphanumeric()).next().unwrap_or(name);
    [&b"cookie"[..], b"session", b"sessionid", b"sid", b"sig", b"signature", b"otp", b"hmac", b"tokens"]
        .iter()
        .any(|word| last.eq_ignore_ascii_case(word))
}

/// True if the whole name announces a secret; "key" or "auth" alone do not.
fn tells(name: &[u8], quotes: &Quotes) -> bool {
    match quotes.announced(name) {
        Some(Announced::Vague) => {
            name.iter().any(|b| !b.is_ascii_lowercase())
                && !name.eq_ignore_ascii_case(b"key")
                && !name.eq_ignore_ascii_case(b"keys")
                || name.len() > b"private".len()
        }
        Some(_) => true,
        None => is_session(name),
    }
}

/// Where the value starts that is given to `name`.
fn assigned(text: &[u8], line: Span, quotes: &Quotes, name: Span) -> Option<usize> {
    let (found, _) = assignment::read_within(text, name.start, name.end, &quotes.walks);
    // `API key`, but not the attribute in `<add key="…">`.
    let before = found.map_or(0, |found| found.name.len().saturating_sub(name.len()));
    let element = name.start > before && text[name.start - before - 1] == b'<';
    if !tells(&text[name.range()], quotes)
        && !found.is_some_and(|found| tells(found.name, quotes) && !element)
    {
        return None;
    }
    let start = match found {
        Some(found) if found.span.start >= line.end => return None,
        Some(found) if found.link == Link::Beside => match behind_type(text, line, name.end) {
            Some(start) => start,
            None if is_beside(text, line, &found, name) => found.span.start,
            None => return None,
        },
        // What is before the value of a list, a call or an object belongs to it.
        Some(found) => behind_operator(text, line, name.end)
            .filter(|near| *near < found.span.start && !text[*near..found.span.start].contains(&b'='))
            .unwrap_or(found.span.start),
        None => behind_operator(text, line, name.end)?,
    };
    let rest = &text[start..line.end];
    let listed = rest.strip_prefix(b"[").map_or(rest, <[u8]>::trim_ascii_start);
    let object = is_object(listed) && !quotes.hold(start);
    (!object).then(|| behind_scheme(text, line, start))
}

/// True if an object starts here: its members have names of their own.
fn is_object(rest: &[u8]) -> bool {
    let Some(rest) = rest.strip_prefix(b"{") else { return false };
    let rest = rest.trim_ascii_start();
    let quote = usize::from(matches!(rest.first(), Some(b'"' | b'\'')));
    let name = charset::NAME.run(&rest[quote..], usize::MAX);
    let behind =
        rest[quote + name..].strip_prefix(&rest[..quote]).map_or(&rest[..0], <[u8]>::trim_ascii_start);
    let member = |behind: &[u8]| match behind {
        // Between quotes the name is one for sure.
        [b':' | b'=', ..] if quote > 0 => true,
        [b':', next, ..] | [b'=', next, ..] => matches!(next, b' ' | b'"' | b'\'' | b'{' | b'['),
        _ => false,
    };
    rest.is_empty() || rest[0] == b'}' || name > 0 && member(behind)
}

/// True if what stands beside a name may be its value rather than the next word of a sentence.
fn is_beside(text: &[u8], line: Span, found: &Assignment<'_>, name: Span) -> bool {
    let apart = text.get(name.end).is_some_and(|b| matches!(b, b' ' | b'\t'));
    let rest = &text[found.span.start..line.end];
    let mut word = rest.iter().take_while(|b| !b.is_ascii_whitespace());
    // A capital may start a word, too.
    let first = word.next().is_none_or(u8::is_ascii_alphabetic);
    let spelled =
        first && word.all(|b| b.is_ascii_lowercase() || matches!(b, b',' | b'.' | b':' | b'-' | b'\''));
    apart && (found.quoted || !spelled)
}

/// Where the value starts if a type stands between it and its name: `As String = "…"`.
fn behind_type(text: &[u8], line: Span, from: usize) -> Option<usize> {
    let rest = &text[from..line.end];
    let words = rest
        .iter()
        .take(40)
        .take_while(|b| {
            b.is_ascii_alphanumeric()
                || matches!(b, b' ' | b'_' | b'.' | b'<' | b'>' | b'[' | b']' | b'?' | b'*')
        })
        .count();
    let assigns = rest.get(words) == Some(&b'=') && !matches!(rest.get(words + 1), Some(b'=' | b'>') | None);
    assigns.then(|| behind_operator(text, line, from + words)).flatten()
}

/// Where a value starts that the reader of assignments makes nothing of: behind `=` or `:`, or at a quote.
fn behind_operator(text: &[u8], line: Span, from: usize) -> Option<usize> {
    let mut at = from;
    let skip = |at: &mut usize, which: fn(u8) -> bool| {
        while *at < line.end && which(text[*at]) {
            *at += 1;
        }
    };
    skip(&mut at, |b| matches!(b, b'\\' | b'"' | b'\'' | b'`' | b']'));
    skip(&mut at, |b| matches!(b, b' ' | b'\t'));
    let rest = &text[at.min(line.end)..line.end];
    match rest {
        [b':', b':', ..] => return None,
        [b'=' | b':', ..] => at += 1,
        [b'"' | b'\'' | b'`', _, ..] if matches!(text[at - 1], b' ' | b'\t') => return Some(at + 1),
        _ => return None,
    }
    // The rest of `:=`, `=>` and `==`.
    if matches!(text[at..line.end].first(), Some(b'=' | b'>')) {
        at += 1;
    }
    skip(&mut at, |b| matches!(b, b' ' | b'\t'));
    skip(&mut at, |b| b == b'\\');
    if at < line.end && matches!(text[at], b'"' | b'\'' | b'`') {
        at += 1;
    }
    (at < line.end).then_some(at)
}

/// Where the value starts behind the word that names its scheme, if one does.
fn behind_scheme(text: &[u8], line: Span, start: usize) -> usize {
    let rest = &text[start..line.end];
    let word = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    let scheme = [&b"bearer"[..], b"basic", b"token", b"digest", b"apikey", b"negotiate"]
        .iter()
        .any(|scheme| rest[..word].eq_ignore_ascii_case(scheme));
    let blanks = rest[word..].iter().take_while(|b| **b == b' ').count();
    if scheme && blanks > 0 && word + blanks < rest.len() { start + word + blanks } else { start }
}

/// The end of the value that starts at `start`. On a line that is nothing but the assignment it may have
/// blanks in it.
fn to_end(text: &[u8], line: Span, quotes: &Quotes, name: Span, start: usize) -> usize {
    let end = tail::end(text, line, quotes, Span::new(start, start));
    let quoted = matches!(text.get(start.wrapping_sub(1)), Some(b'"' | b'\'' | b'`')) || quotes.hold(start);
    if quoted || !is_own_line(text, line, name, start) {
        return end;
    }
    let rest = &text[end.min(line.end)..line.end];
    let comment = (0..rest.len()).find(|at| {
        let blank = |at: usize| matches!(rest[at], b' ' | b'\t');
        blank(*at)
            && !at.checked_sub(1).is_some_and(blank)
            && matches!(
                rest[at + 1..].trim_ascii_start(),
                [b'#', ..] | [b'/', b'/' | b'*', ..] | [b'<', b'!', ..]
            )
    });
    end + rest[..comment.unwrap_or(rest.len())].trim_ascii_end().len()
}

/// True if the line is an assignment as configuration has it: not one of a shell, behind which the command
/// follows.
fn is_own_line(text: &[u8], line: Span, name: Span, start: usize) -> bool {
    let before = text[line.start..name.start].trim_ascii();
    let first = before.iter().all(|b| matches!(b, b'-' | b'"' | b'\'' | b'$' | b'@' | b'+' | b'.'))
        || before.eq_ignore_ascii_case(b"set");
    let operator = &text[name.end.min(start)..start];
    let apart = operator.iter().any(|b| matches!(b, b' ' | b'\t'));
    // List items are not commands: `- NAME=value`.
    let shouted = !text[name.range()].iter().any(u8::is_ascii_lowercase) && before != b"-";
    first && operator.iter().any(|b| matches!(b, b'=' | b':')) && (apart || !shouted)
}

/// The password of `-u user:password`.
fn user_option(text: &[u8], line: Span, from: usize) -> Option<usize> {
    let rest = &text[from..line.end];
    let lead = rest.iter().take_while(|b| matches!(b, b' ' | b'=' | b'"' | b'\'' | b'\\')).count();
    let word = rest[lead..].iter().take_while(|b| !b.is_ascii_whitespace()).count();
    let colon = memchr::memchr(b':', &rest[lead..lead + word])?;
    (lead > 0 && lead + colon + 1 < rest.len()).then_some(from + lead + colon + 1)
}

/// The password of the URL whose `://` is at `at`; of a web address, where either part may be a token, the
/// user, too.
fn logins(text: &[u8], line: Span, quotes: &Quotes, at: usize, values: &mut Vec<Span>) {
    /// Users that services prescribe.
    const USERS: &[&[u8]] =
        &[b"oauth2", b"git", b"x-access-token", b"x-token-auth", b"__token__", b"gitlab-ci-token", b"token"];
    let web = text[line.start..at].ends_with(b"http") || text[line.start..at].ends_with(b"https");
    if let Some(login) = url::login(text, at) {
        let password = Span::new(login.password_start, login.password_start + login.password.len());
        values.push(Span::new(password.start, tail::end(text, line, quotes, password).max(password.end)));
        if web && !login.user.is_empty() && !USERS.contains(&login.user) {
            values.push(Span::new(at + 3, at + 3 + login.user.len()));
        }
        return;
    }
    let rest = &text[at + 3..line.end];
    let user = charset::WORD.run(rest, rest.len());
    if web && user >= TOKEN_MIN && matches!(rest[user..], [b'@', ..] | [b':', b'@', ..]) {
        values.push(Span::new(at + 3, at + 3 + user));
    }
}
