//! Matches one line of an ignore file against one path in bounded time.
//!
//! `gitignore(5)` defines patterns: `*` and `?` stop at a slash, `**` between slashes does not. gix's matcher
//! supports all of it but backtracks for each star, so sixty `**/` in a row never finish. Lines with more than one
//! star are therefore matched here as a bit-parallel NFA: one set of pattern positions per byte of the path.

use std::ops::ControlFlow;

/// The longest pattern with stars in bytes; git cannot name a path that needs a longer one.
const PATTERN_MAX: usize = 4096;
/// The most steps for one line against one path; a real line needs a few hundred.
const STEPS_MAX: usize = 1 << 16;

/// Whether a pattern matches a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It matches.
    Matches,
    /// It does not.
    Differs,
    /// Finding out takes too many steps.
    Endless,
}

/// A compiled pattern. A slash matches only explicitly.
#[derive(Debug)]
pub(super) struct Glob {
    /// `None` if the pattern is too long.
    parts: Option<Vec<Part>>,
    fold: bool,
}

/// An element of a pattern.
#[derive(Debug)]
enum Part {
    /// One of these bytes.
    One(Box<Set>),
    /// Any bytes, or none; including slashes or not.
    Any { slashes: bool },
    /// The next two elements are optional.
    Perhaps,
}

/// A set of bytes.
#[derive(Clone, Debug, Default)]
struct Set([u64; 4]);

impl Set {
    fn add(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    const fn has(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] >> (byte & 63) & 1 == 1
    }
}

/// Counts the stars, or runs of stars, in `pattern`, escaped ones included.
pub(super) fn stars(pattern: &[u8]) -> usize {
    let starts = |at: &usize| pattern[*at] == b'*' && (*at == 0 || pattern[*at - 1] != b'*');
    (0..pattern.len()).filter(starts).count()
}

impl Glob {
    /// Compiles `pattern`, a line without `!` and without slashes at its ends. `fold` ignores case.
    pub(super) fn new(pattern: &[u8], fold: bool) -> Self {
        let parts = (pattern.len() <= PATTERN_MAX).then(|| Reader { pattern, at: 0, fold }.read());
        Self { parts, fold }
    }

    /// Whether the pattern matches `path`, or a name.
    pub(super) fn matches(&self, path: &[u8]) -> Verdict {
        let Some(parts) = &self.parts else { return Verdict::Endless };
        // A bit for each element that may come next, and one for the end.
        let words = parts.len() / 64 + 1;
        let (mut now, mut next) = (vec![0u64; words], vec![0u64; words]);
        now[0] = 1;
        let mut steps = 0;
        for byte in path {
            let byte = if self.fold { byte.to_ascii_lowercase() } else { *byte };
            next.fill(0);
            let mut any = false;
            let flow = each(parts, &mut now, &mut |at| {
                steps += 1;
                let to = match parts.get(at) {
                    Some(Part::One(set)) if set.has(byte) => at + 1,
                    Some(Part::Any { slashes }) if *slashes || byte != b'/' => at,
                    _ => return ControlFlow::Continue(()),
                };
                any = true;
                next[to / 64] |= 1 << (to % 64);
                if steps > STEPS_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            match (flow, any) {
                (ControlFlow::Break(()), _) => return Verdict::Endless,
                (_, false) => return Verdict::Differs,
                (_, true) => std::mem::swap(&mut now, &mut next),
            }
        }
        let end = each(parts, &mut now, &mut |at| {
            if at == parts.len() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if end.is_break() { Verdict::Matches } else { Verdict::Differs }
    }
}

/// Calls `visit` for each element that may come next, also past optional ones.
fn each(parts: &[Part], now: &mut [u64], visit: &mut dyn FnMut(usize) -> ControlFlow<()>) -> ControlFlow<()> {
    for word in 0..now.len() {
        let mut done = 0u64;
        while now[word] & !done != 0 {
            let bit = (now[word] & !done).trailing_zeros();
            done |= 1 << bit;
            let at = word * 64 + bit as usize;
            let mut also = |to: usize| now[to / 64] |= 1 << (to % 64);
            match parts.get(at) {
                Some(Part::Any { .. }) => also(at + 1),
                Some(Part::Perhaps) => {
                    also(at + 1);
                    also(at + 3);
                }
                _ => {}
            }
            visit(at)?;
        }
    }
    ControlFlow::Continue(())
}

/// Reads a pattern as `gitignore(5)` and git's own matcher do.
struct Reader<'a> {
    pattern: &'a [u8],
    at: usize,
    fold: bool,
}

impl Reader<'_> {
    fn read(mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        while let Some(byte) = self.next() {
            match byte {
                b'*' => self.star(&mut parts),
                b'?' => parts.push(self.any_of(|_| true)),
                // An unclosed bracket or a trailing backslash matches nothing.
                b'[' => {
                    let set = self.bracket().unwrap_or_default();
                    parts.push(Part::One(Box::new(set)));
                }
                b'\\' => {
                    let byte = self.next();
                    let mut set = Set::default();
                    byte.into_iter().for_each(|byte| set.add(byte));
                    parts.push(Part::One(Box::new(set)));
                }
                byte => {
                    let mut set = Set::default();
                    set.add(byte);
                    parts.push(Part::One(Box::new(set)));
                }
            }
        }
        parts
    }

    /// The next byte, in lower case if case does not matter.
    fn next(&mut self) -> Option<u8> {
        let byte = *self.pattern.get(self.at)?;
        self.at += 1;
        Some(if self.fold { byte.to_ascii_lowercase() } else { byte })
    }

    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.at).copied()
    }

    /// The bytes for which `test` holds, except the slash.
    fn any_of(&self, test: impl Fn(u8) -> bool) -> Part {
        let mut set = Set::default();
        (0..=u8::MAX).filter(|byte| *byte != b'/' && test(*byte)).for_each(|byte| set.add(byte));
        Part::One(Box::new(set))
    }

    /// One star or several: between slashes these cross directories.
    fn star(&mut self, parts: &mut Vec<Part>) {
        let start = self.at - 1;
        while self.peek() == Some(b'*') {
            self.at += 1;
        }
        let many = self.at - start > 1;
        let opens = start == 0 || self.pattern[start - 1] == b'/';
        let rest = &self.pattern[self.at..];
        match rest {
            [b'/', ..] if many && opens => {
                self.at += 1;
                let mut slash = Set::default();
                slash.add(b'/');
                parts.extend([Part::Perhaps, Part::Any { slashes: true }, Part::One(Box::new(slash))]);
            }
            [] | [b'\\', b'/', ..] if many && opens => parts.push(Part::Any { slashes: true }),
            _ => parts.push(Part::Any { slashes: false }),
        }
    }

    /// The set in brackets after the `[`; `None` if it is malformed.
    fn bracket(&mut self) -> Option<Set> {
        let negated = matches!(self.peek(), Some(b'!' | b'^'));
        self.at += usize::from(negated);
        let mut set = Set::default();
        let mut before = None;
        let mut byte = self.next()?;
        loop {
            before = match byte {
                b'\\' => {
                    let byte = self.next()?;
                    set.add(byte);
                    Some(byte)
                }
                b'-' if before.is_some() && self.peek().is_some_and(|byte| byte != b']') => {
                    let low = before.unwrap_or_default();
                    let mut high = self.next()?;
                    if high == b'\\' {
                        high = self.next()?;
                    }
                    self.range(&mut set, low, high);
                    None
                }
                b'[' if self.peek() == Some(b':') => {
                    let rest = &self.pattern[self.at + 1..];
                    let end = memchr::memchr(b']', rest)?;
                    match rest[..end].split_last() {
                        Some((b':', name)) => {
                            self.class(&mut set, name)?;
                            self.at += end + 2;
                            None
                        }
                        // A literal bracket and colon.
                        _ => {
                            set.add(b'[');
                            Some(b'[')
                        }
                    }
                }
                byte => {
                    set.add(byte);
                    Some(byte)
                }
            };
            byte = self.next()?;
            if byte == b']' {
                break;
            }
        }
        let mut chosen = Set::default();
        (0..=u8::MAX)
            .filter(|byte| *byte != b'/' && set.has(*byte) != negated)
            .for_each(|byte| chosen.add(byte));
        Some(chosen)
    }

    fn range(&self, set: &mut Set, low: u8, high: u8) {
        (low..=high).for_each(|byte| set.add(byte));
        if self.fold {
            let (low, high) = (low.to_ascii_uppercase(), high.to_ascii_uppercase());
            let upper = (low.min(high)..=low.max(high)).filter(u8::is_ascii_uppercase);
            upper.for_each(|byte| set.add(byte.to_ascii_lowercase()));
        }
    }

    /// Adds a class such as `alpha`; `None` if it does not exist.
    fn class(&self, set: &mut Set, name: &[u8]) -> Option<()> {
        let test: fn(u8) -> bool = match name {
            b"alnum" => |b| b.is_ascii_alphanumeric(),
            b"alpha" => |b| b.is_ascii_alphabetic(),
            b"blank" => |b| matches!(b, b' ' | b'\t'),
            b"cntrl" => |b| b.is_ascii_control(),
            b"digit" => |b| b.is_ascii_digit(),
            b"graph" => |b| b.is_ascii_graphic(),
            b"lower" => |b| b.is_ascii_lowercase(),
            b"print" => |b| matches!(b, b' '..=b'~'),
            b"punct" => |b| b.is_ascii_punctuation(),
            b"space" => |b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'),
            b"upper" if self.fold => |b| b.is_ascii_alphabetic(),
            b"upper" => |b| b.is_ascii_uppercase(),
            b"xdigit" => |b| b.is_ascii_hexdigit(),
            _ => return None,
        };
        (0..=u8::MAX).filter(|byte| test(*byte)).for_each(|byte| set.add(byte));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gix::bstr::ByteSlice as _;
    use gix::glob::wildmatch::Mode;
    use proptest::prelude::*;

    fn verdict(pattern: &str, path: &str) -> Verdict {
        Glob::new(pattern.as_bytes(), false).matches(path.as_bytes())
    }

    proptest! {
        #[test]
        fn gix_says_the_same(
            pattern in r"(\*|\*\*|\*\*/|/|\?|[abAB]|\[ab\]|\[!a-b\]|\[\^A\]|\[\[:alpha:\]/\]|\\[a*/]|\[a){0,7}",
            path in "[abAB/*]{1,9}",
            fold in any::<bool>(),
        ) {
            prop_assume!(!path.starts_with('/') && !path.ends_with('/') && !path.contains("//"));
            let mode = Mode::NO_MATCH_SLASH_LITERAL | if fold { Mode::IGNORE_CASE } else { Mode::empty() };
            let theirs = gix::glob::wildmatch(pattern.as_bytes().as_bstr(), path.as_bytes().as_bstr(), mode);
            let ours = Glob::new(pattern.as_bytes(), fold).matches(path.as_bytes()) == Verdict::Matches;
            prop_assert_eq!(ours, theirs, "{} {}", pattern, path);
        }
    }

    #[test]
    fn stars_go_where_git_lets_them() {
        for (pattern, path) in [
            ("**/a", "a"),
            ("**/**/a", "x/y/a"),
            ("a/**/b", "a/b"),
            ("a/**/b", "a/x/y/b"),
            ("a/**", "a/x/y"),
            ("*.l*g", "x.log"),
            ("a**b*", "axxbc"),
        ] {
            assert_eq!(verdict(pattern, path), Verdict::Matches, "{pattern} {path}");
        }
        for (pattern, path) in
            [("**/a", "xa"), ("a/**/b", "ab"), ("*a*", "x/a"), ("a**b", "a/b"), ("a/**", "a")]
        {
            assert_eq!(verdict(pattern, path), Verdict::Differs, "{pattern} {path}");
        }
    }

    #[test]
    fn no_line_is_endless() {
        let deep = "d/".repeat(10) + "f";
        assert_eq!(verdict(&("**/".repeat(60) + "x"), &deep), Verdict::Differs);
        assert_eq!(verdict(&"*a".repeat(60), &("a".repeat(200) + "b")), Verdict::Differs);
        assert_eq!(verdict(&("a*".repeat(60) + "b"), &("a".repeat(200) + "b")), Verdict::Matches);
        assert_eq!(verdict(&"*?".repeat(2000), &"a".repeat(4000)), Verdict::Endless);
        assert_eq!(verdict(&"*a".repeat(3000), "a"), Verdict::Endless, "too long");
    }
}
