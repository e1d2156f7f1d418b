//! Files excluded from a build context: the patterns of a `.dockerignore`, of which the last match wins.

use crate::model::{PathGlob, PathGlobs};

/// The most patterns of one file.
const PATTERNS_MAX: usize = 500;

/// The patterns of a `.dockerignore`.
#[derive(Clone, Debug, Default)]
pub struct Unsent {
    /// Each with its effect: true to exclude.
    patterns: Vec<(PathGlobs, bool)>,
}

impl Unsent {
    /// Parses the lines of `bytes`.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let text = String::from_utf8_lossy(bytes);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let pattern = |line: &str| {
            let (line, leaves_out) = line.strip_prefix('!').map_or((line, true), |rest| (rest.trim(), false));
            let parts = line.split('/').filter(|part| !matches!(*part, "" | "."));
            let clean = parts.collect::<Vec<_>>().join("/");
            // Unlike in a `.gitignore`, a name without a slash is anchored at the root.
            let all = if clean.is_empty() { "/*".to_owned() } else { format!("/{clean}") };
            let glob = PathGlob::parse(&all, "").ok()?;
            Some((PathGlobs::new([&glob]).ok()?, leaves_out))
        };
        Self { patterns: lines.take(PATTERNS_MAX).filter_map(pattern).collect() }
    }

    /// True if the file at `path`, relative to the build context, is excluded.
    #[must_use]
    pub fn holds(&self, path: &[u8]) -> bool {
        self.patterns.iter().rev().find(|(globs, _)| globs.hold(path)).is_some_and(|(_, out)| *out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_that_fits_decides() {
        for (text, path, wanted) in [
            (".env\n", ".env", true),
            (".env\n", "api/.env", false),
            ("**/.env\n", "api/.env", true),
            ("**/.env\n", ".env", true),
            ("**/.env*\n", "a/b/.env.local", true),
            ("# .env\n", ".env", false),
            ("*\n!src\n", ".env", true),
            ("*\n!src\n", "src/.env", false),
            ("*\n!src\nsrc/.env\n", "src/.env", true),
            ("./conf/\n", "conf/key.pem", true),
            ("/conf/*.pem\n", "conf/key.pem", true),
            (".\n", "a", true),
            ("", ".env", false),
        ] {
            assert_eq!(Unsent::read(text.as_bytes()).holds(path.as_bytes()), wanted, "{text:?} {path}");
        }
    }
}
