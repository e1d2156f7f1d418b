//! `CODEOWNERS`: patterns and owners. The last matching pattern wins.

use crate::model::{RepoPath, Span};

/// The most lines that are read.
const LINES_MAX: usize = 20_000;

/// A line with a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The pattern as written, with escapes.
    pub pattern: String,
    /// Where it stands.
    pub span: Span,
    /// The owners: `@name`, `@organisation/team` or an e-mail address. An empty list removes ownership.
    pub owners: Vec<(String, Span)>,
}

/// Parses the patterns of a file, without comments and GitLab's section headers.
#[must_use]
pub fn read(bytes: &[u8]) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n').take(LINES_MAX) {
        let start = at;
        at += line.len();
        let mut words = words(line, start);
        let Some((pattern, span)) = words.next() else { continue };
        if pattern.starts_with('[') || pattern.starts_with("^[") {
            continue;
        }
        rules.push(Rule { pattern, span, owners: words.collect() });
    }
    rules
}

/// The words of a line up to its comment; `\ ` is a space within a word.
fn words(line: &[u8], start: usize) -> impl Iterator<Item = (String, Span)> {
    let mut at = if start == 0 && line.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    std::iter::from_fn(move || {
        while line.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let from = at;
        while let Some(byte) = line.get(at).filter(|byte| !byte.is_ascii_whitespace()) {
            at += if *byte == b'\\' && line.get(at + 1).is_some_and(|next| !matches!(next, b'\r' | b'\n')) {
                2
            } else {
                1
            };
        }
        let word = line.get(from..at).filter(|word| !word.is_empty() && word[0] != b'#')?;
        Some((String::from_utf8_lossy(word).into_owned(), Span::new(start + from, start + at)))
    })
}

/// True for `@name`, `@organisation/team`, `@@role` and e-mail addresses.
#[must_use]
pub fn is_owner(word: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
    };
    match word.strip_prefix('@') {
        Some(name) => is_name(name.strip_prefix('@').unwrap_or(name)),
        None => word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')),
    }
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    parts: Vec<Vec<u8>>,
    /// True if it starts at the root.
    anchored: bool,
    /// True if it only matches directories.
    folder: bool,
}

impl Pattern {
    /// Compiles a pattern, in the syntax of `.gitignore` without `!` and `[`.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        let body = pattern.strip_suffix('/').unwrap_or(pattern);
        let parts =
            body.split('/').filter(|part| !part.is_empty()).map(|part| part.as_bytes().to_vec()).collect();
        Self { parts, anchored: body.contains('/') || body.is_empty(), folder: pattern.ends_with('/') }
    }

    /// The path that it matches, if it has no wildcards.
    #[must_use]
    pub fn literal(&self) -> Option<Vec<u8>> {
        let is_plain = self.parts.iter().flatten().all(|byte| !b"*?\\[".contains(byte));
        is_plain.then(|| self.parts.join(&b'/'))
    }

    /// The common prefix of all paths that it matches; empty if unknown.
    #[must_use]
    pub fn stem(&self) -> Vec<u8> {
        let mut stem = Vec::new();
        for part in self.parts.iter().filter(|_| self.anchored) {
            let plain = part.iter().position(|byte| b"*?\\[".contains(byte));
            stem.extend_from_slice(&part[..plain.unwrap_or(part.len())]);
            if plain.is_some() {
                return stem;
            }
            stem.push(b'/');
        }
        // The last component is a file or a directory.
        stem.pop();
        stem
    }

    /// True if it starts at the root.
    #[must_use]
    pub const fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// True if it matches the file at `path`, or a directory above it.
    #[must_use]
    pub fn names(&self, path: &RepoPath) -> bool {
        let path: Vec<&[u8]> = path.as_bytes().split(|byte| *byte == b'/').collect();
        if self.parts.is_empty() {
            return true;
        }
        if self.parts.len() == 1 && !self.anchored {
            let above = path.len() - usize::from(self.folder);
            return path[..above].iter().any(|part| fits(&self.parts[0], part));
        }
        self.reaches(&path)
    }

    /// For each number of path components, whether the pattern matches that prefix.
    fn reaches(&self, path: &[&[u8]]) -> bool {
        let mut now = vec![false; path.len() + 1];
        now[0] = true;
        if !self.anchored {
            now.fill(true);
        }
        for part in &self.parts {
            let mut next = vec![false; path.len() + 1];
            if part == b"**" {
                let mut seen = false;
                for (to, from) in next.iter_mut().zip(&now) {
                    seen |= *from;
                    *to = seen;
                }
            } else {
                for at in 0..path.len() {
                    next[at + 1] = now[at] && fits(part, path[at]);
                }
            }
            now = next;
        }
        // `docs/*` matches direct children only.
        let is_flat = !self.folder && self.parts.last().is_some_and(|part| part == b"*");
        let ends =
            if is_flat { path.len()..path.len() + 1 } else { 1..path.len() + usize::from(!self.folder) };
        now[ends].iter().any(|reached| *reached)
    }
}

/// True if `part`, with `*`, `?` and escapes, matches `name`.
fn fits(part: &[u8], name: &[u8]) -> bool {
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < name.len() {
        let (wanted, length) = match part.get(at) {
            Some(b'\\') => (part.get(at + 1).copied(), 2),
            Some(b'*') => {
                at += 1;
                star = Some((at, seen));
                continue;
            }
            Some(b'?') => (Some(name[seen]), 1),
            other => (other.copied(), 1),
        };
        if wanted == Some(name[seen]) {
            (at, seen) = (at + length, seen + 1);
        } else if let Some((behind, from)) = star {
            star = Some((behind, from + 1));
            (at, seen) = (behind, from + 1);
        } else {
            return false;
        }
    }
    part.get(at..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let text = "\u{feff}* @a/team # all\r\n\n# none\n[Docs]\n/my\\ docs/ a@example.com @b\n/apps/\n";
        let rules = read(text.as_bytes());
        let shown: Vec<_> = rules
            .iter()
            .map(|rule| {
                assert_eq!(&text[rule.span.range()], rule.pattern);
                (rule.pattern.as_str(), rule.owners.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(
            shown,
            [("*", vec!["@a/team"]), ("/my\\ docs/", vec!["a@example.com", "@b"]), ("/apps/", vec![])]
        );
    }

    #[test]
    fn owners_are_told_from_others() {
        assert!(["@a", "@a/b-c", "@@maintainer", "a@example.com"].iter().all(|word| is_owner(word)));
        assert!(!["a", "docs/", "@", "*.js", "a@b"].iter().any(|word| is_owner(word)));
    }

    #[test]
    fn patterns_name_what_git_names() {
        let names = |pattern: &str, path: &str| Pattern::new(pattern).names(&RepoPath::from(path));
        for (pattern, path) in [
            ("*", "a/b"),
            ("*.js", "a/b.js"),
            ("docs", "a/docs/b"),
            ("docs/", "docs/a/b"),
            ("/docs/", "docs/a"),
            ("apps/", "x/apps/y"),
            ("/a/*", "a/b"),
            ("a/**/z", "a/z"),
            ("a/**/z", "a/b/c/z"),
            ("**/logs", "x/logs/y"),
            ("/.github", ".github/workflows/a.yml"),
            (".github/**", ".github/workflows/a.yml"),
            ("my\\ docs", "my docs/x"),
            ("a*b*c", "a-b-b-c"),
        ] {
            assert!(names(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("docs/*", "docs/a/b"),
            ("/docs/", "a/docs/b"),
            ("docs/", "docs"),
            ("*.js", "a.jsx"),
            ("/*", "a/b"),
            ("a/b", "x/a/b"),
            ("a?c", "ac"),
        ] {
            assert!(!names(pattern, path), "{pattern} {path}");
        }
        for (pattern, stem) in
            [("/a/b*/c", "a/b"), ("a/**", "a/"), ("/a/b/", "a/b"), ("*.js", ""), ("/*", "")]
        {
            assert_eq!(Pattern::new(pattern).stem(), stem.as_bytes(), "{pattern}");
        }
        // No exponential blow-up.
        assert!(!names(&"*a".repeat(50), &"a".repeat(40)));
        assert!(!names(&format!("{}b", "**/".repeat(200)), &"a/".repeat(200)));
    }
}
