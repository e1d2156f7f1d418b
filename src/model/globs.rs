//! Path patterns with the grammar of `.gitignore`, for exclusions and scopes of settings.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::Error;

/// Bytes of the longest pattern.
const LENGTH_MAX: usize = 1000;
/// Bytes of all patterns of one list.
const TOTAL_MAX: usize = 64 << 10;
/// Longer paths match no pattern: git itself has none, and each of their directories would be matched.
const PATH_MAX: usize = 4096;

/// A parsed pattern: a line of a `.gitignore` in the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathGlob(String);

impl PathGlob {
    /// Parses `text` as a line of a `.gitignore` in the directory `prefix`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, prefix: &str) -> Result<Self, String> {
        if text.len() > LENGTH_MAX {
            return Err(format!("a glob has at most {LENGTH_MAX} bytes"));
        }
        let (not, body) = text.strip_prefix('!').map_or(("", text), |body| ("!", body));
        let body = body.strip_prefix("./").unwrap_or(body);
        if body.trim_matches(['/', ' ']).is_empty() {
            return Err("a glob is not empty".to_owned());
        }
        if not.is_empty() && body.starts_with('#') {
            return Err("a glob that starts with `#` is a comment; write `\\#`".to_owned());
        }
        if body.split('/').any(|part| part == "..") {
            return Err("a glob does not leave the repository with `..`".to_owned());
        }
        let line = if prefix.is_empty() {
            format!("{not}{body}")
        } else {
            let depth = if body.trim_end_matches('/').contains('/') { "" } else { "**/" };
            format!("{not}/{}/{depth}{}", literal(prefix), body.trim_start_matches('/'))
        };
        add(&mut builder(), &line)?;
        Ok(Self(line))
    }
}

fn builder() -> GitignoreBuilder {
    let mut builder = GitignoreBuilder::new("");
    // In git an unclosed class matches nothing; here it is an error.
    builder.allow_unclosed_class(false);
    builder
}

fn add(builder: &mut GitignoreBuilder, line: &str) -> Result<(), String> {
    let why = |error| match error {
        ignore::Error::Glob { err, .. } => format!("the glob is invalid: {err}"),
        other => format!("the glob is invalid: {other}"),
    };
    builder.add_line(None, line).map(drop).map_err(why)
}

/// The pattern that matches only this path.
fn literal(path: &str) -> String {
    let escaped = |c: char| [Some('\\').filter(|_| "\\*?[]{}".contains(c)), Some(c)].into_iter().flatten();
    path.chars().flat_map(escaped).collect()
}

/// A list of patterns in which the last match decides, as in `.gitignore`: `!` re-includes, except below an excluded
/// directory. Matching is linear for any patterns.
#[derive(Clone, Debug)]
pub struct PathGlobs(Gitignore);

impl Default for PathGlobs {
    fn default() -> Self {
        Self(Gitignore::empty())
    }
}

impl PathGlobs {
    /// All of `globs` as one list.
    ///
    /// # Errors
    /// If they are too large together.
    pub fn new<'g>(globs: impl IntoIterator<Item = &'g PathGlob>) -> Result<Self, Error> {
        let (mut builder, mut total) = (builder(), 0);
        let unusable = |why: String| Error::Config(format!("the globs cannot be used: {why}"));
        for PathGlob(line) in globs {
            total += line.len();
            if total > TOTAL_MAX {
                return Err(unusable(format!("they have more than {TOTAL_MAX} bytes in total")));
            }
            add(&mut builder, line).map_err(unusable)?;
        }
        builder.build().map(Self).map_err(|error| unusable(error.to_string()))
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if they match `path` itself, ignoring its parent directories.
    #[must_use]
    pub fn name(&self, path: &[u8], is_dir: bool) -> bool {
        if self.is_empty() || path.len() > PATH_MAX {
            return false;
        }
        #[cfg(unix)]
        let path: &Path = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(path).as_ref();
        #[cfg(not(unix))]
        let path = String::from_utf8_lossy(path);
        #[cfg(not(unix))]
        let path = Path::new(path.as_ref());
        self.0.matched(path, is_dir).is_ignore()
    }

    /// True if they match `path` or a parent directory. A trailing slash means a directory.
    #[must_use]
    pub fn hold(&self, path: &[u8]) -> bool {
        // The root has no name.
        if self.is_empty() || path.is_empty() || path.len() > PATH_MAX {
            return false;
        }
        let mut above = memchr::memchr_iter(b'/', path).map(|slash| &path[..slash]);
        above.any(|directory| self.name(directory, true)) || (!path.ends_with(b"/") && self.name(path, false))
    }
}

#[cfg(test)]
mod tests {
    use super::{PathGlob, PathGlobs, TOTAL_MAX};

    fn globs(globs: &[&str], prefix: &str) -> PathGlobs {
        let globs: Vec<PathGlob> = globs.iter().map(|glob| PathGlob::parse(glob, prefix).unwrap()).collect();
        PathGlobs::new(&globs).unwrap()
    }

    fn hold(glob: &str, prefix: &str, path: &str) -> bool {
        globs(&[glob], prefix).hold(path.as_bytes())
    }

    #[test]
    fn names_match_at_any_depth_and_paths_from_the_root() {
        for path in ["node_modules", "a/node_modules", "a/node_modules/b/c"] {
            assert!(hold("node_modules", "", path), "{path}");
        }
        assert!(hold("*.min.js", "", "a/b.min.js"));
        assert!(hold("docs/*.md", "", "docs/a.md"));
        assert!(!hold("docs/*.md", "", "x/docs/a.md"));
        assert!(!hold("docs/*.md", "", "docs/a/b.md"));
        assert!(hold("/build", "", "build/a"));
        assert!(!hold("/build", "", "a/build"));
        assert!(hold("./a/b", "", "a/b"));
        assert!(hold("**/test/**", "", "x/test/y"));
    }

    #[test]
    fn a_slash_at_the_end_means_directories() {
        assert!(hold("vendor/", "", "a/vendor/b"));
        assert!(hold("vendor/", "", "vendor/"));
        assert!(!hold("vendor/", "", "vendor"));
    }

    #[test]
    fn a_prefix_is_taken_literally() {
        assert!(hold("x", "a[b]", "a[b]/c/x"));
        assert!(!hold("x", "a[b]", "ab/c/x"));
        assert!(hold("c/x", "a", "a/c/x"));
        assert!(!hold("c/x", "a", "c/x"));
        assert!(hold("/x", "a*\\{", "a*\\{/x") && !hold("/x", "a*", "ab/x") && !hold("/x", "a", "a/c/x"));
        let back = globs(&["*.log", "!keep.log"], "a");
        assert!(back.hold(b"a/b/x.log") && !back.hold(b"a/b/keep.log") && !back.hold(b"x.log"));
    }

    #[test]
    fn the_last_that_fits_decides_but_not_below_what_is_named() {
        let all = globs(&["*.pem", "!test/*.pem", "test/real.pem"], "");
        let held = |path: &str| all.hold(path.as_bytes());
        assert!(held("a.pem") && held("a/b.pem") && !held("test/a.pem") && held("test/real.pem"));
        let below = globs(&["vendor/", "!vendor/ours"], "");
        assert!(below.hold(b"vendor/ours/x"));
        let beside = globs(&["vendor/*", "!vendor/ours"], "");
        assert!(!beside.hold(b"vendor/ours/x") && beside.hold(b"vendor/theirs/x"));
        assert!(!globs(&["!a"], "").hold(b"a"));
    }

    #[test]
    fn mistakes_are_told() {
        for glob in
            ["", "/", "!", "!/", "//", "#a", " ", "../a", "a/../b", "!../a", "a[", "a\\", &"x".repeat(1001)]
        {
            assert!(PathGlob::parse(glob, "").is_err(), "{glob}");
        }
        let long = PathGlob::parse(&"x".repeat(1000), "").unwrap();
        assert!(PathGlobs::new(std::iter::repeat_n(&long, TOTAL_MAX / 1000 + 1)).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_path_is_bytes() {
        assert!(globs(&["*.pem"], "").hold(b"\xff\xfe/\xfd.pem"));
        assert!(globs(&["a?"], "").hold(b"a\xff"));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test is about time")]
    fn no_pattern_blows_up() {
        let stars = "*a".repeat(500);
        let runs = format!("{}x", "**/".repeat(300));
        let either = "{a,b}".repeat(200);
        let classes = "[!b]".repeat(250);
        let all: Vec<&str> = std::iter::repeat_n([&stars, &runs, &either, &classes], 10)
            .flatten()
            .map(String::as_str)
            .collect();
        let all = globs(&all, "");
        let started = std::time::Instant::now();
        let paths = ["a".repeat(4095), "a/".repeat(500), format!("{}b", "ab/".repeat(1300))];
        let held: Vec<bool> = paths.iter().map(|path| all.hold(path.as_bytes())).collect();
        assert!(started.elapsed().as_secs() < 60, "{held:?} {:?}", started.elapsed());
    }
}
