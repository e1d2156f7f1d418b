//! Lock files of other ecosystems than Cargo: which packages in which versions, and where it says so.

mod json;
mod lines;

use std::borrow::Cow;

use crate::model::Span;
use crate::parse::cargo::Mistake;
use crate::parse::cargo::lock;

/// Packages of one file that are read.
const PACKAGES_MAX: usize = 100_000;

/// An ecosystem, by the name that OSV has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// JavaScript.
    Npm,
    /// Python.
    PyPi,
    /// Go.
    Go,
    /// Ruby.
    RubyGems,
    /// PHP.
    Packagist,
}

impl Ecosystem {
    /// The name in the OSV format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::PyPi => "PyPI",
            Self::Go => "Go",
            Self::RubyGems => "RubyGems",
            Self::Packagist => "Packagist",
        }
    }

    /// The ecosystem of this name; a suffix such as `:1.0` stands for a release of it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = name.split(':').next().unwrap_or(name);
        [Self::Npm, Self::PyPi, Self::Go, Self::RubyGems, Self::Packagist]
            .into_iter()
            .find(|ecosystem| ecosystem.as_str() == name)
    }

    /// A name as the ecosystem compares it.
    #[must_use]
    pub fn normal<'n>(self, name: &'n str) -> Cow<'n, str> {
        match self {
            Self::PyPi => {
                let mut out = String::with_capacity(name.len());
                for c in name.chars() {
                    match c {
                        '-' | '_' | '.' if out.ends_with('-') => {}
                        '-' | '_' | '.' => out.push('-'),
                        c => out.push(c.to_ascii_lowercase()),
                    }
                }
                Cow::Owned(out)
            }
            Self::Packagist => Cow::Owned(name.to_ascii_lowercase()),
            Self::Npm | Self::Go | Self::RubyGems => Cow::Borrowed(name),
        }
    }
}

/// The kinds of lock files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `package-lock.json`, `npm-shrinkwrap.json`
    PackageLock,
    /// `pnpm-lock.yaml`
    Pnpm,
    /// `yarn.lock`
    Yarn,
    /// `poetry.lock`, `uv.lock`
    PythonToml,
    /// `requirements.txt`
    Requirements,
    /// `go.mod`
    GoMod,
    /// `go.sum`
    GoSum,
    /// `Gemfile.lock`
    Gemfile,
    /// `composer.lock`
    Composer,
}

impl Format {
    /// The format of a file of this name.
    #[must_use]
    pub fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"package-lock.json" | b"npm-shrinkwrap.json" => Self::PackageLock,
            b"pnpm-lock.yaml" => Self::Pnpm,
            b"yarn.lock" => Self::Yarn,
            b"poetry.lock" | b"uv.lock" => Self::PythonToml,
            b"go.mod" => Self::GoMod,
            b"go.sum" => Self::GoSum,
            b"Gemfile.lock" | b"gems.locked" => Self::Gemfile,
            b"composer.lock" => Self::Composer,
            name if name.starts_with(b"requirements") && name.ends_with(b".txt") => Self::Requirements,
            _ => return None,
        })
    }

    /// The ecosystem of its packages.
    #[must_use]
    pub const fn ecosystem(self) -> Ecosystem {
        match self {
            Self::PackageLock | Self::Pnpm | Self::Yarn => Ecosystem::Npm,
            Self::PythonToml | Self::Requirements => Ecosystem::PyPi,
            Self::GoMod | Self::GoSum => Ecosystem::Go,
            Self::Gemfile => Ecosystem::RubyGems,
            Self::Composer => Ecosystem::Packagist,
        }
    }
}

/// A package of a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Its name, as it is written.
    pub name: String,
    /// Its version, without a `v` in front.
    pub version: String,
    /// The name that it is installed under, if that is another one.
    pub alias: Option<String>,
    /// Where the file says so.
    pub at: Span,
}

/// Reads a lock file. Never fails: what is wrong is among the mistakes.
#[must_use]
pub fn parse(format: Format, bytes: &[u8]) -> (Vec<Locked>, Vec<Mistake>) {
    let (mut packages, mistakes) = match format {
        Format::PackageLock => json::package_lock(bytes),
        Format::Composer => json::composer(bytes),
        Format::PythonToml => toml(bytes),
        Format::Pnpm => (lines::pnpm(bytes), Vec::new()),
        Format::Yarn => (lines::yarn(bytes), Vec::new()),
        Format::Requirements => (lines::requirements(bytes), Vec::new()),
        Format::GoMod => (lines::go_mod(bytes), Vec::new()),
        Format::GoSum => (lines::go_sum(bytes), Vec::new()),
        Format::Gemfile => (lines::gemfile(bytes), Vec::new()),
    };
    packages.truncate(PACKAGES_MAX);
    (packages, mistakes)
}

/// `poetry.lock` and `uv.lock` have the form of `Cargo.lock`.
fn toml(bytes: &[u8]) -> (Vec<Locked>, Vec<Mistake>) {
    let lock = lock::parse(bytes);
    let of = |package: lock::Package<'_>| Locked {
        name: package.name.into_owned(),
        version: package.version.into_owned(),
        alias: None,
        at: package.at,
    };
    // A package that only stands for the project itself may have no version, and is not published.
    let told = |mistake: &Mistake| {
        mistake.message.starts_with("not ") || mistake.message.starts_with("a merge conflict")
    };
    (lock.packages.into_iter().map(of).collect(), lock.mistakes.into_iter().filter(told).collect())
}

#[cfg(test)]
pub(in crate::parse::lockfile) mod tests {
    use super::{Ecosystem, Format, parse};

    /// `name version line`, a line a package.
    pub(super) fn told(format: Format, text: &str) -> Vec<String> {
        let (packages, mistakes) = parse(format, text.as_bytes());
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        packages.iter().map(|p| format!("{} {} {}", p.name, p.version, line(p.at.start))).collect()
    }

    #[test]
    fn names_are_compared_as_the_ecosystem_does() {
        assert_eq!(Ecosystem::PyPi.normal("Zope.__Interface"), "zope-interface");
        assert_eq!(Ecosystem::Packagist.normal("A/B"), "a/b");
        assert_eq!(Ecosystem::named("npm"), Some(Ecosystem::Npm));
        assert_eq!(Ecosystem::named("Debian:12"), None);
    }

    #[test]
    fn python_in_toml() {
        let text = "version = 1\nrequires-python = \">=3.12\"\n\n[[package]]\nname = \"app\"\nsource = { virtual = \".\" }\n\n[[package]]\nname = \"tin\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\ndependencies = [\n    { name = \"zinc\" },\n]\n";
        assert_eq!(told(Format::PythonToml, text), ["tin 1.0 9"]);
        let (packages, mistakes) = parse(Format::PythonToml, b"[[package]]\nname = \"tin\"\nversion = \"1");
        assert!(packages.is_empty() && mistakes[0].line == 3, "{mistakes:?}");
    }

    #[test]
    fn javascript_php_and_their_json() {
        let text = "{\n \"lockfileVersion\": 3,\n \"packages\": {\n  \"\": { \"name\": \"app\", \"version\": \"9.9.9\" },\n  \"node_modules/tin\": {\n   \"version\": \"1.0.0\"\n  },\n  \"node_modules/a/node_modules/@s/tin\": { \"version\": \"2.0.0\", \"dev\": true },\n  \"node_modules/alias\": { \"name\": \"zinc\", \"version\": \"3.0.0\" },\n  \"sub\": { \"version\": \"1.0.0\" },\n  \"node_modules/sub\": { \"resolved\": \"sub\", \"link\": true }\n }\n}\n";
        assert_eq!(told(Format::PackageLock, text), ["tin 1.0.0 5", "@s/tin 2.0.0 8", "zinc 3.0.0 9"]);
        let old = "{\n \"lockfileVersion\": 1,\n \"dependencies\": {\n  \"tin\": {\n   \"version\": \"1.0.0\",\n   \"dependencies\": {\n    \"zinc\": { \"version\": \"2.0.0\" }\n   }\n  }\n }\n}\n";
        assert_eq!(told(Format::PackageLock, old), ["tin 1.0.0 4", "zinc 2.0.0 7"]);
        let php = "{\n \"packages\": [\n  {\n   \"name\": \"a/tin\",\n   \"version\": \"v1.2.3\"\n  }\n ],\n \"packages-dev\": [ { \"name\": \"a/zinc\", \"version\": \"dev-main\" } ]\n}\n";
        assert_eq!(told(Format::Composer, php), ["a/tin 1.2.3 4", "a/zinc dev-main 8"]);
        for (format, half) in
            [(Format::PackageLock, "{\n\"packages\": {\n"), (Format::Composer, "{\n\"packages\": [\n")]
        {
            let (packages, mistakes) = parse(format, half.as_bytes());
            assert!(packages.is_empty() && mistakes[0].line == 3, "{mistakes:?}");
            assert!(!parse(format, "[".repeat(100_000).as_bytes()).1.is_empty());
        }
    }
}
