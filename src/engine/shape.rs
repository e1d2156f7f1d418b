//! Shapes: the notation for regular tokens, and the matcher that runs it.
//!
//! A shape is a short sequence of literals and counted alphabets. It is matched by hand in time
//! linear in the token for all shapes that packs contain; nothing is compiled at run time. The
//! notation is described in CONTRIBUTING.md.

use std::borrow::Cow;

use super::charset::{self, CharSet};
use super::walks::{Class, Walks};

/// The most bytes an open-ended class may take.
pub const OPEN_MAX: u32 = 4096;

/// Steps after which a match is given up: shapes in packs need a few dozen.
const STEP_BUDGET: u32 = 20_000;
/// What a step costs, see [`Walks::pay`].
const STEP_COST: u64 = 5;

/// One part of a shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// These very bytes.
    Lit(Cow<'static, str>),
    /// Between `min` and `max` bytes of a set.
    Class(CharSet, u32, u32),
    /// The secret starts here.
    Open,
    /// The secret ends here.
    Close,
}

/// A sequence of parts with the literal by which it is found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// The parts in order.
    pub parts: Cow<'static, [Part]>,
    /// Index of the literal part that anchors the shape, if it has one of three or more bytes.
    pub anchor: Option<usize>,
    /// Fewest bytes before the anchor.
    pub before_min: usize,
    /// Most bytes before the anchor.
    pub before_max: usize,
}

/// Where a shape matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// First byte of the token.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The secret part; the whole token unless the shape marks one.
    pub secret: (usize, usize),
}

impl Shape {
    /// Parses the notation. Alternatives are expanded, so one text may give several shapes.
    ///
    /// # Errors
    /// A sentence saying what is wrong where.
    pub fn parse(text: &str) -> Result<Vec<Self>, String> {
        let mut alternatives = vec![Vec::new()];
        Parser { text, at: 0, depth: 0 }.sequence(&mut alternatives, None)?;
        alternatives.into_iter().map(|parts| Self::from_parts(parts, text)).collect()
    }

    fn from_parts(parts: Vec<Part>, text: &str) -> Result<Self, String> {
        let mut merged: Vec<Part> = Vec::new();
        for part in parts {
            match (merged.last_mut(), part) {
                (Some(Part::Lit(before)), Part::Lit(more)) => before.to_mut().push_str(&more),
                (_, part) => merged.push(part),
            }
        }
        let opens = merged.iter().filter(|part| **part == Part::Open).count();
        let closes = merged.iter().filter(|part| **part == Part::Close).count();
        if opens != closes || opens > 1 {
            return Err(format!("`{text}` marks the secret with one `<` and one `>` or not at all"));
        }
        if !merged.iter().any(|part| matches!(part, Part::Class(..))) {
            return Err(format!("`{text}` has no class such as A{{36}}: it would match a fixed text"));
        }
        let literals = || {
            merged.iter().enumerate().filter_map(|(index, part)| match part {
                Part::Lit(literal) => Some((index, literal.len())),
                _ => None,
            })
        };
        // The first literal of four bytes needs no search to the left; else the longest of three.
        let anchor = literals()
            .find(|(index, len)| *len >= 4 && merged[..*index].iter().all(|p| *p == Part::Open))
            .or_else(|| {
                literals().filter(|(_, len)| *len >= 3).max_by_key(|(index, len)| (*len, usize::MAX - index))
            })
            .map(|(index, _)| index);
        let (mut before_min, mut before_max) = (0, 0);
        for part in &merged[..anchor.unwrap_or(0)] {
            match part {
                Part::Lit(literal) => {
                    before_min += literal.len();
                    before_max += literal.len();
                }
                Part::Class(_, min, max) => {
                    before_min += *min as usize;
                    before_max += *max as usize;
                }
                Part::Open | Part::Close => {}
            }
        }
        Ok(Self { parts: Cow::Owned(merged), anchor, before_min, before_max })
    }

    /// The literal by which the shape is found.
    #[must_use]
    pub fn anchor_text(&self) -> Option<&str> {
        match self.parts.get(self.anchor?) {
            Some(Part::Lit(text)) => Some(text),
            _ => None,
        }
    }

    /// The bytes that may follow the anchor; empty if any may.
    #[must_use]
    pub fn after_anchor(&self) -> CharSet {
        let after = self.anchor.map_or(&[][..], |anchor| &self.parts[anchor + 1..]);
        match after.iter().find(|part| !matches!(part, Part::Open | Part::Close)) {
            Some(Part::Class(set, 1.., _)) => *set,
            _ => CharSet::EMPTY,
        }
    }

    /// Every byte that a token can have; `None` if some are not ASCII.
    #[must_use]
    pub fn alphabet(&self) -> Option<CharSet> {
        alphabet(&self.parts)
    }

    /// Bytes of the longest token, without regard to what follows.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Lit(text) => text.len(),
                Part::Class(_, _, max) => *max as usize,
                Part::Open | Part::Close => 0,
            })
            .sum()
    }

    /// The public bytes at the start: a literal that only names the kind.
    #[must_use]
    pub fn public_prefix(&self) -> usize {
        match self.parts.iter().find(|part| **part != Part::Open) {
            Some(Part::Lit(text)) => text.len(),
            _ => 0,
        }
    }

    /// The largest class of the shape: the alphabet that its randomness is drawn from.
    #[must_use]
    pub fn body(&self) -> CharSet {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Class(set, min, _) => Some((*min, *set)),
                _ => None,
            })
            .max_by_key(|(min, _)| *min)
            .map_or(CharSet::EMPTY, |(_, set)| set)
    }

    /// Matches around the anchor literal found at `at`. `walks` are of `hay`.
    #[must_use]
    pub fn find_around(&self, hay: &[u8], at: usize, walks: &Walks) -> Option<Match> {
        if self.before_max == 0 {
            return self.match_at(hay, at, walks);
        }
        let first = at.checked_sub(self.before_min)?;
        // A byte that no part before the anchor has stands before the token.
        let before = &self.parts[..self.anchor.unwrap_or(0)];
        let reach = match alphabet(before) {
            Some(set) => set.run_at_end(&hay[..at], self.before_max),
            None => self.before_max,
        };
        let last = at.saturating_sub(reach);
        walks.pay((reach + 3 * (first + 1).saturating_sub(last)) as u64);
        // Nearest first: the shortest run before the anchor whose left side is a boundary.
        (last..=first).rev().find_map(|start| {
            let found = self.match_at(hay, start, walks)?;
            (found.end > at).then_some(found)
        })
    }

    /// Matches exactly at `start`, boundaries on both sides included. `walks` are of `hay`.
    #[must_use]
    pub fn match_at(&self, hay: &[u8], start: usize, walks: &Walks) -> Option<Match> {
        if !self.starts_free(hay, start) {
            return None;
        }
        let mut marks = (usize::MAX, usize::MAX);
        let mut budget = STEP_BUDGET;
        let end = step(&self.parts, hay, start, &mut marks, &mut budget, walks);
        walks.pay(STEP_COST * u64::from(STEP_BUDGET - budget));
        let end = end?;
        let secret = if marks.0 == usize::MAX { (start, end) } else { marks };
        Some(Match { start, end, secret })
    }

    fn starts_free(&self, hay: &[u8], start: usize) -> bool {
        let first_is_word = match self.parts.iter().find(|part| **part != Part::Open) {
            Some(Part::Lit(text)) => text.as_bytes().first().is_some_and(|b| charset::IDENT.has(*b)),
            Some(Part::Class(set, ..)) => {
                // A token of base64 does not start in the middle of a longer run of base64.
                if start > 0
                    && set.has(hay[start - 1])
                    && !escape_before(hay, start)
                    && !joins(hay[start - 1])
                {
                    return false;
                }
                true
            }
            _ => true,
        };
        !first_is_word || boundary_before(hay, start)
    }
}

/// Every byte that what `parts` match can have; `None` if some are not ASCII.
fn alphabet(parts: &[Part]) -> Option<CharSet> {
    parts.iter().try_fold(CharSet::EMPTY, |all, part| match part {
        Part::Lit(text) => text.is_ascii().then(|| all.with_all(text.as_bytes())),
        Part::Class(set, ..) => Some(CharSet(all.0 | set.0, all.1 | set.1)),
        Part::Open | Part::Close => Some(all),
    })
}

/// Bytes that are part of some alphabets and yet separate a value from its key.
const fn joins(byte: u8) -> bool {
    matches!(byte, b'/' | b'-' | b'=' | b':' | b'.' | b'+')
}

/// True if a word may start at `start`: the byte before belongs to no word, or only ends an escape.
#[must_use]
pub fn boundary_before(hay: &[u8], start: usize) -> bool {
    start == 0 || !charset::IDENT.has(hay[start - 1]) || escape_before(hay, start)
}

/// True if the byte before `start` is the last of an escape such as `\n`, `\t`, `%3D` or `\u003d`.
fn escape_before(hay: &[u8], start: usize) -> bool {
    let before = &hay[..start];
    match before {
        [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f'] => true,
        [.., b'%', high, low] => charset::ANY_HEX.has(*high) && charset::ANY_HEX.has(*low),
        [.., b'\\', b'u', b'0', b'0', high, low] => charset::ANY_HEX.has(*high) && charset::ANY_HEX.has(*low),
        _ => false,
    }
}

fn step(
    parts: &[Part],
    hay: &[u8],
    at: usize,
    marks: &mut (usize, usize),
    budget: &mut u32,
    walks: &Walks,
) -> Option<usize> {
    *budget = budget.checked_sub(1)?;
    let Some((part, rest)) = parts.split_first() else { return Some(at) };
    match part {
        Part::Open => {
            marks.0 = at;
            step(rest, hay, at, marks, budget, walks)
        }
        Part::Close => {
            marks.1 = at;
            step(rest, hay, at, marks, budget, walks)
        }
        Part::Lit(text) => {
            let end = at + text.len();
            if hay.get(at..end)? != text.as_bytes() {
                return None;
            }
            if rest.iter().all(|part| *part == Part::Close) && !ends_free(hay, end, charset::ALNUM) {
                return None;
            }
            step(rest, hay, end, marks, budget, walks)
        }
        Part::Class(set, min, max) => {
            let run = walks.run(Class::of(*set), hay, at, *max as usize);
            if run < *min as usize {
                return None;
            }
            let last = rest.iter().all(|part| *part == Part::Close);
            if last {
                // The whole run or nothing: a token does not end in the middle of its alphabet.
                return if ends_free(hay, at + run, *set) {
                    step(rest, hay, at + run, marks, budget, walks)
                } else {
                    None
                };
            }
            // What follows must be able to start where this class ends; where it cannot start inside
            // the class, only the end of the run is left to try.
            let follows = |byte: u8| match rest.iter().find(|part| !matches!(part, Part::Open | Part::Close))
            {
                Some(Part::Lit(text)) => text.as_bytes().first() == Some(&byte),
                Some(Part::Class(next, 1.., _)) => next.has(byte),
                _ => true,
            };
            let inside = match rest.iter().find(|part| !matches!(part, Part::Open | Part::Close)) {
                Some(Part::Lit(text)) => text.as_bytes().first().is_some_and(|byte| set.has(*byte)),
                Some(Part::Class(next, 1.., _)) => next.0 & set.0 != 0 || next.1 & set.1 != 0,
                _ => true,
            };
            let shortest = if inside { *min as usize } else { run };
            walks.pay((run - shortest) as u64);
            (shortest..=run).rev().find_map(|taken| {
                if hay.get(at + taken).is_some_and(|byte| !follows(*byte)) {
                    return None;
                }
                let kept = *marks;
                let end = step(rest, hay, at + taken, marks, budget, walks);
                if end.is_none() {
                    *marks = kept;
                }
                end
            })
        }
    }
}

/// True if a token whose last alphabet is `set` may end before `end`.
fn ends_free(hay: &[u8], end: usize, set: CharSet) -> bool {
    match hay.get(end) {
        None => true,
        // Punctuation of the alphabet may follow as punctuation of the text: `token.` or `key-`.
        Some(b'-' | b'.' | b'/' | b'+' | b'=' | b':' | b'~') => {
            !hay.get(end + 1).is_some_and(|b| set.has(*b) && charset::ALNUM.has(*b)) || !set.has(hay[end])
        }
        Some(byte) => !set.has(*byte) && !charset::IDENT.has(*byte),
    }
}

/// Ways to read a shape, at most.
const ALTERNATIVES_MAX: usize = 64;
/// Groups inside of one another: the parser calls itself for each.
const DEPTH_MAX: usize = 16;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    /// Appends every way to read the text up to `until` to each of `alternatives`.
    fn sequence(&mut self, alternatives: &mut Vec<Vec<Part>>, until: Option<&[u8]>) -> Result<(), String> {
        while let Some(byte) = self.peek() {
            if until.is_some_and(|ends| ends.contains(&byte)) {
                return Ok(());
            }
            match byte {
                b' ' => self.at += 1,
                b'<' => self.push_all(alternatives, &Part::Open, 1),
                b'>' => self.push_all(alternatives, &Part::Close, 1),
                b'\\' => {
                    let literal = self.text[self.at + 1..]
                        .chars()
                        .next()
                        .ok_or_else(|| self.wrong("ends with `\\`"))?;
                    let taken = 1 + literal.len_utf8();
                    self.push_all(alternatives, &Part::Lit(literal.to_string().into()), taken);
                }
                b'(' => self.group(alternatives)?,
                b'[' => {
                    let set = self.set()?;
                    let (min, max) = self.count()?.unwrap_or((1, 1));
                    self.push_all(alternatives, &Part::Class(set, min, max), 0);
                }
                b'{' | b'}' | b')' | b']' | b'|' => return Err(self.wrong("has a stray bracket or bar")),
                _ => self.word(alternatives)?,
            }
        }
        if until.is_some() { Err(self.wrong("has a `(` without `)`")) } else { Ok(()) }
    }

    fn push_all(&mut self, alternatives: &mut [Vec<Part>], part: &Part, taken: usize) {
        for parts in alternatives {
            parts.push(part.clone());
        }
        self.at += taken;
    }

    /// A class such as `A{36}`, `UUID`, or a literal up to the next part.
    fn word(&mut self, alternatives: &mut [Vec<Part>]) -> Result<(), String> {
        let rest = &self.text[self.at..];
        let at_start = self.at == 0 || !self.text.as_bytes()[self.at - 1].is_ascii_alphanumeric();
        let name_len = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        if at_start && name_len > 0 {
            let name = &rest[..name_len];
            if rest.as_bytes().get(name_len) == Some(&b'{') {
                let set =
                    charset::named(name).ok_or_else(|| self.wrong(&format!("names no class: `{name}`")))?;
                self.at += name_len;
                let (min, max) = self.count()?.expect("a `{` was seen");
                self.push_all(alternatives, &Part::Class(set, min, max), 0);
                return Ok(());
            }
            if name == "UUID" {
                for (index, len) in [8, 4, 4, 4, 12].into_iter().enumerate() {
                    if index > 0 {
                        self.push_all(alternatives, &Part::Lit("-".into()), 0);
                    }
                    self.push_all(alternatives, &Part::Class(charset::ANY_HEX, len, len), 0);
                }
                self.at += name_len;
                return Ok(());
            }
            self.push_all(alternatives, &Part::Lit(name.to_owned().into()), name_len);
            return Ok(());
        }
        let c = rest.chars().next().expect("a byte was seen");
        self.push_all(alternatives, &Part::Lit(c.to_string().into()), c.len_utf8());
        Ok(())
    }

    fn group(&mut self, alternatives: &mut Vec<Vec<Part>>) -> Result<(), String> {
        let mut branches: Vec<Vec<Part>> = Vec::new();
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.wrong(&format!("has more than {DEPTH_MAX} groups inside of one another")));
        }
        loop {
            self.at += 1;
            let mut branch = vec![Vec::new()];
            self.sequence(&mut branch, Some(b"|)"))?;
            branches.append(&mut branch);
            self.bounded(branches.len())?;
            if self.peek() == Some(b')') {
                self.at += 1;
                break;
            }
        }
        if self.peek() == Some(b'?') {
            self.at += 1;
            branches.push(Vec::new());
        }
        self.depth -= 1;
        // Before they are made: a few groups have millions.
        self.bounded(alternatives.len() * branches.len())?;
        *alternatives = alternatives
            .iter()
            .flat_map(|parts| branches.iter().map(|branch| [parts.as_slice(), branch.as_slice()].concat()))
            .collect();
        Ok(())
    }

    fn bounded(&self, alternatives: usize) -> Result<(), String> {
        let too_many = || self.wrong(&format!("has more than {ALTERNATIVES_MAX} alternatives"));
        if alternatives > ALTERNATIVES_MAX { Err(too_many()) } else { Ok(()) }
    }

    fn set(&mut self) -> Result<CharSet, String> {
        let start = self.at + 1;
        let len = self.text[start..].find(']').ok_or_else(|| self.wrong("has a `[` without `]`"))?;
        let mut set = CharSet::EMPTY;
        let mut bytes = self.text[start..start + len].bytes().peekable();
        while let Some(first) = bytes.next() {
            let first = if first == b'\\' { bytes.next().unwrap_or(first) } else { first };
            let mut ahead = bytes.clone();
            match (ahead.next(), ahead.next()) {
                (Some(b'-'), Some(last)) => {
                    set = set.with_range(first, last.min(127));
                    bytes = ahead;
                }
                _ => set = set.with(first),
            }
        }
        self.at = start + len + 1;
        if set.is_empty() { Err(self.wrong("has an empty `[…]`")) } else { Ok(set) }
    }

    fn count(&mut self) -> Result<Option<(u32, u32)>, String> {
        if self.peek() != Some(b'{') {
            return Ok(None);
        }
        let len = self.text[self.at..].find('}').ok_or_else(|| self.wrong("has a `{` without `}`"))?;
        let inner = &self.text[self.at + 1..self.at + len];
        let number = |text: &str| {
            text.trim().parse::<u32>().map_err(|_| self.wrong(&format!("has a bad count {{{inner}}}")))
        };
        let (min, max) = match inner.split_once(',') {
            None => (number(inner)?, number(inner)?),
            Some((min, max)) if max.trim().is_empty() => (number(min)?, OPEN_MAX),
            Some((min, max)) => (number(min)?, number(max)?),
        };
        if min > max || max == 0 || max > OPEN_MAX {
            return Err(self.wrong(&format!("has a bad count {{{inner}}}: 1 to {OPEN_MAX}, smaller first")));
        }
        self.at += len + 1;
        Ok(Some((min, max)))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn wrong(&self, what: &str) -> String {
        format!("shape `{}` {what} (at character {})", self.text, self.at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Shape {
        let mut shapes = Shape::parse(text).unwrap();
        assert_eq!(shapes.len(), 1, "{text}");
        shapes.remove(0)
    }

    #[test]
    fn a_prefix_and_a_counted_class() {
        let shape = only("ghp_ A{6}");
        assert_eq!(shape.anchor_text(), Some("ghp_"));
        assert!(shape.match_at(b"ghp_abc123", 0, &Walks::default()).is_some());
        assert!(shape.match_at(b"ghp_abc1234", 0, &Walks::default()).is_none(), "longer than the shape");
        assert!(shape.match_at(b"ghp_abc12", 0, &Walks::default()).is_none(), "shorter than the shape");
        assert!(shape.match_at(b"xghp_abc123", 1, &Walks::default()).is_none(), "inside a word");
        assert!(shape.match_at(b"\\nghp_abc123", 2, &Walks::default()).is_some(), "after an escape");
        assert!(shape.match_at(b"ghp_abc123.", 0, &Walks::default()).is_some(), "end of a sentence");
    }

    #[test]
    fn alternatives_are_expanded_and_marks_kept() {
        let shapes = Shape::parse("(sk|rk)_live_ <A{4,8}>").unwrap();
        assert_eq!(shapes.len(), 2);
        assert_eq!(shapes[1].anchor_text(), Some("rk_live_"));
        let found = shapes[0].match_at(b"sk_live_abcd\"", 0, &Walks::default()).unwrap();
        assert_eq!(found.secret, (8, 12));
    }

    #[test]
    fn an_anchor_in_the_middle_is_found_from_there() {
        let shape = only("A{14}.atlasv1. W{6}");
        let hay = b"x=abcdefghijklmn.atlasv1.ABCDEF";
        let at = 16;
        assert_eq!(shape.anchor_text(), Some(".atlasv1."));
        assert_eq!(shape.find_around(hay, at, &Walks::default()).unwrap().start, 2);
    }

    #[test]
    fn mistakes_are_told() {
        for (text, part) in [
            ("A{x}", "bad count"),
            ("abc", "no class"),
            ("Q{3}", "names no class"),
            ("(a|b", "without `)`"),
            ("<A{3}", "marks the secret"),
        ] {
            let error = Shape::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn any_character_may_stand_behind_a_backslash() {
        let shape = only("key\\ľ A{0,3}\\€D{4}");
        assert_eq!(shape.anchor_text(), Some("keyľ"));
        assert!(shape.match_at("keyľab€1234".as_bytes(), 0, &Walks::default()).is_some());
    }

    #[test]
    fn groups_cost_no_more_than_they_may_give() {
        let deep = |groups: usize| format!("{}abcd{} A{{4}}", "(".repeat(groups), ")".repeat(groups));
        assert!(Shape::parse(&deep(DEPTH_MAX)).is_ok());
        for groups in [DEPTH_MAX + 1, 1_000_000] {
            assert!(Shape::parse(&deep(groups)).unwrap_err().contains("inside of one another"));
        }
        let wide = format!("(a|b|c|d|e|f|g|h)(a|b|c|d|e|f|g|h)(x{}) A{{4}}", "|x".repeat(1_000_000));
        assert!(Shape::parse(&wide).unwrap_err().contains("alternatives"));
        assert!(Shape::parse("(a|b|c|d)(a|b|c|d)(wxyz|b|c|d) A{4}").is_ok());
    }
}
