//! Globs over paths, read the way people know from `.gitignore`.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::model::Error;

/// A longer glob is a mistake.
const MAX_LENGTH: usize = 1000;

/// A glob that was read, with all that it matches: the entry itself and what is below it.
#[derive(Clone, Debug)]
pub struct Glob(Vec<globset::Glob>);

impl Glob {
    /// Reads `text`: without a slash it is a name at any depth, with one it is a path from
    /// `prefix`, the directory that the glob was written for; a slash at the end means directories.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, prefix: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("a glob has at most {MAX_LENGTH} bytes"));
        }
        if text.starts_with('!') {
            return Err(
                "a glob cannot take back what another one says, so it does not start with `!`".to_owned()
            );
        }
        let text = text.strip_prefix("./").unwrap_or(text);
        let body = text.trim_end_matches('/');
        if body.is_empty() {
            return Err("a glob is not empty".to_owned());
        }
        if body.split('/').any(|part| part == "..") {
            return Err("a glob does not leave the repository with `..`".to_owned());
        }
        let anchored = body.contains('/');
        let body = body.trim_start_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{}/", globset::escape(prefix)) };
        let path = if anchored { format!("{prefix}{body}") } else { format!("{prefix}**/{body}") };
        let build = |glob: &str| {
            let built = GlobBuilder::new(glob).literal_separator(true).build();
            built.map_err(|error| format!("the glob makes no sense: {}", error.kind()))
        };
        let mut globs = vec![build(&format!("{path}/**"))?];
        if !text.ends_with('/') {
            globs.push(build(&path)?);
        }
        Ok(Self(globs))
    }
}

/// All of `globs` as one.
///
/// # Errors
/// If together they are too much.
pub fn exclusions<'g>(globs: impl IntoIterator<Item = &'g Glob>) -> Result<GlobSet, Error> {
    let mut set = GlobSetBuilder::new();
    for glob in globs.into_iter().flat_map(|glob| &glob.0) {
        set.add(glob.clone());
    }
    set.build().map_err(|error| Error::Config(format!("the globs cannot be used: {error}")))
}

#[cfg(test)]
mod tests {
    use super::{Glob, exclusions};

    fn matches(glob: &str, prefix: &str, path: &str) -> bool {
        exclusions([&Glob::parse(glob, prefix).unwrap()]).unwrap().is_match(path)
    }

    #[test]
    fn names_match_at_any_depth_and_paths_from_the_root() {
        for path in ["node_modules", "a/node_modules", "a/node_modules/b/c"] {
            assert!(matches("node_modules", "", path), "{path}");
        }
        assert!(matches("*.min.js", "", "a/b.min.js"));
        assert!(matches("docs/*.md", "", "docs/a.md"));
        assert!(!matches("docs/*.md", "", "x/docs/a.md"));
        assert!(!matches("docs/*.md", "", "docs/a/b.md"));
        assert!(matches("/build", "", "build/a"));
        assert!(!matches("/build", "", "a/build"));
        assert!(matches("./a/b", "", "a/b"));
        assert!(matches("**/test/**", "", "x/test/y"));
    }

    #[test]
    fn a_slash_at_the_end_means_what_is_in_a_directory() {
        assert!(matches("vendor/", "", "a/vendor/b"));
        assert!(matches("vendor/", "", "vendor/"));
        assert!(!matches("vendor/", "", "vendor"));
    }

    #[test]
    fn a_prefix_is_taken_literally() {
        assert!(matches("x", "a[b]", "a[b]/c/x"));
        assert!(!matches("x", "a[b]", "ab/c/x"));
        assert!(matches("c/x", "a", "a/c/x"));
        assert!(!matches("c/x", "a", "c/x"));
    }

    #[test]
    fn mistakes_are_told() {
        for glob in ["", "/", "!a", "../a", "a/../b", "a[", &"x".repeat(1001)] {
            assert!(Glob::parse(glob, "").is_err(), "{glob}");
        }
    }
}
