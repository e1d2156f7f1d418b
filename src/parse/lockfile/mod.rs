//! Lock files of ecosystems other than Cargo: packages with versions and locations.
//!
//! Every format is parsed strictly enough to detect a merge conflict, half a file or an HTML page. That is an
//! error with its line; readable packages still count.

mod conan;
mod formats;
mod gemfile;
mod go;
mod gradle;
mod haskell;
mod json;
mod julia;
mod links;
mod mix;
mod npm;
mod origin;
mod pnpm;
mod podfile;
mod pubspec;
mod python;
mod reader;
mod requirements;
mod text;
mod uses;
mod xml;
mod yarn;

use std::borrow::Cow;
use std::collections::HashSet;

use crate::model::Span;
use crate::parse::cargo::Mistake;
use crate::parse::manifests::Scope;
use reader::Reader;

pub use formats::{Ecosystem, Format, Recognised};
pub use links::{Asked, Links, Wishes, links};
pub use origin::Origin;
pub use uses::read_uses;

/// The most packages of one file.
const PACKAGES_MAX: usize = 200_000;
/// The most errors of one file.
const MISTAKES_MAX: usize = 20;
/// The largest file in bytes.
const BYTES_MAX: usize = 64 << 20;

/// A lock file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lockfile<'a> {
    /// The text that locations refer to: the file without its byte order mark, UTF-16 decoded.
    pub text: Cow<'a, str>,
    /// The packages, in file order.
    pub packages: Vec<Locked>,
    /// Errors, by line.
    pub mistakes: Vec<Mistake>,
    /// Dependencies without a version, which cannot be compared with advisories.
    pub unpinned: Vec<Unpinned>,
}

impl Lockfile<'_> {
    /// An owned copy.
    #[must_use]
    pub fn into_owned(self) -> Lockfile<'static> {
        let Self { text, packages, mistakes, unpinned } = self;
        Lockfile { text: Cow::Owned(text.into_owned()), packages, mistakes, unpinned }
    }
}

/// A locked package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Its name, as written.
    pub name: String,
    /// Its version, without a leading `v`; a branch, a URL or empty if only that is known.
    pub version: String,
    /// The name that it is installed under, if different.
    pub alias: Option<String>,
    /// Its source.
    pub origin: Origin,
    /// Its scope, if the file has it.
    pub scope: Scope,
    /// Why it should not be used any more, if the file says so.
    pub withdrawn: Option<Withdrawn>,
    /// Its location.
    pub at: Span,
    /// Its line, from 1.
    pub line: usize,
}

/// A warning about a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// Deprecated by its authors, with their message.
    Deprecated(String),
    /// Yanked from the registry.
    Yanked(String),
}

/// A dependency without a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpinned {
    /// Its name, as written.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
    /// True for an included file that is not recognised as a lock file by name.
    pub is_file: bool,
}

/// Parses a lock file. Never fails: errors are in `mistakes`.
#[must_use]
pub fn parse(format: Format, bytes: &[u8]) -> Lockfile<'_> {
    parse_with(format, bytes, None)
}

/// Parses a `go.sum` next to a `go.mod` with these bytes. Since Go 1.17 `go.mod` lists every module; before, only
/// `go.sum` did, and the highest version of each module counts.
#[must_use]
pub fn parse_go_sum<'a>(bytes: &'a [u8], module: &[u8]) -> Lockfile<'a> {
    let module = go::Module::new(&text::decode(Format::GoMod, module).text);
    parse_with(Format::GoSum, bytes, Some(&module))
}

/// True if a `go.mod` with these bytes lists every module, as since Go 1.17.
#[must_use]
pub fn lists_all(module: &[u8]) -> bool {
    go::Module::new(&text::decode(Format::GoMod, module).text).lists_all
}

fn parse_with<'a>(format: Format, bytes: &'a [u8], module: Option<&go::Module>) -> Lockfile<'a> {
    let mut lock = Lockfile::default();
    if bytes.len() > BYTES_MAX {
        let message = format!("larger than {} MiB; its packages were not checked", BYTES_MAX >> 20);
        lock.mistakes.push(Mistake { line: 1, message });
        return lock;
    }
    let decoded = text::decode(format, bytes);
    lock.mistakes = decoded.mistakes;
    lock.text = decoded.text;
    if lock.text.trim().is_empty() {
        let may_be_empty = matches!(format, Format::Requirements | Format::MaybeRequirements);
        if lock.mistakes.is_empty() && module.is_none() && !may_be_empty {
            let message = format!("empty: {} writes no such {}", format.tool(), format.file());
            lock.mistakes.push(Mistake { line: 1, message });
        }
        return lock;
    }
    let conflict = text::sides(&lock.text);
    let read = match &conflict {
        None => vec![read(format, &lock.text, module).finish()],
        // Either side may be what is installed.
        Some(conflict) => conflict.sides.iter().map(|side| read(format, side, module).finish()).collect(),
    };
    for (packages, mistakes, unpinned) in read {
        lock.packages.extend(packages);
        lock.mistakes.extend(mistakes);
        lock.unpinned.extend(unpinned);
    }
    if let Some(conflict) = &conflict {
        lock.mistakes.extend(conflict.mistakes());
        distinct(&mut lock);
    }
    lock.mistakes.sort();
    lock.mistakes.dedup();
    lock.mistakes.truncate(MISTAKES_MAX);
    lock
}

fn read<'t>(format: Format, text: &'t str, module: Option<&go::Module>) -> Reader<'t> {
    let mut reader = Reader::new(format, text);
    match format {
        Format::PackageLock => npm::package_lock(&mut reader),
        Format::Bun => npm::bun(&mut reader),
        Format::Deno => npm::deno(&mut reader),
        Format::Composer => json::composer(&mut reader),
        Format::Pipfile => json::pipfile(&mut reader),
        Format::NuGet => json::nuget(&mut reader),
        Format::Swift => json::swift(&mut reader),
        Format::Poetry | Format::Uv | Format::Pdm | Format::Pylock => python::read(&mut reader),
        Format::Pnpm => pnpm::read(&mut reader),
        Format::Pub => pubspec::read(&mut reader),
        Format::Yarn => yarn::read(&mut reader),
        Format::Requirements | Format::MaybeRequirements => requirements::read(&mut reader),
        Format::GoMod => go::go_mod(&mut reader),
        Format::GoSum => go::go_sum(&mut reader, module),
        Format::Gemfile => gemfile::read(&mut reader),
        Format::Gradle => gradle::read(&mut reader),
        Format::Mix => mix::read(&mut reader),
        Format::Rebar => mix::rebar(&mut reader),
        Format::NuGetConfig | Format::GradleVerification => xml::read(&mut reader),
        Format::Podfile => podfile::read(&mut reader),
        Format::Conan => conan::conan(&mut reader),
        Format::Renv => conan::renv(&mut reader),
        Format::Stack => haskell::stack(&mut reader),
        Format::Cabal => haskell::cabal(&mut reader),
        Format::Julia => julia::read(&mut reader),
        Format::GoVendor => go::modules_txt(&mut reader),
    }
    reader
}

/// Removes packages that both sides of a conflict have.
fn distinct(lock: &mut Lockfile<'_>) {
    lock.packages.sort_by_key(|package| package.at);
    let mut seen = HashSet::new();
    lock.packages.retain(|package| seen.insert((package.at, package.name.clone(), package.version.clone())));
    let mut seen = HashSet::new();
    lock.unpinned.retain(|unpinned| seen.insert((unpinned.line, unpinned.name.clone())));
}

#[cfg(test)]
mod tests;
