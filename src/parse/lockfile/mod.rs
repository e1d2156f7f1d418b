//! Lock files of other ecosystems than Cargo: which packages in which versions, and where it says so.
//!
//! Every format is read strictly enough to see what does not belong there: a merge conflict, half a file, a page
//! of HTML. That is a mistake with its line; packages that can be seen in spite of it still count.

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

/// Packages of one file that are read.
const PACKAGES_MAX: usize = 200_000;
/// Mistakes of one file that are kept; a file of nothing else needs no longer list.
const MISTAKES_MAX: usize = 20;
/// A file larger than this is not read.
const BYTES_MAX: usize = 64 << 20;

/// A lock file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lockfile<'a> {
    /// What the places of packages are places in: the file without its byte-order mark, UTF-16 decoded.
    pub text: Cow<'a, str>,
    /// The packages, in the order of the file.
    pub packages: Vec<Locked>,
    /// What is wrong with the file, by line.
    pub mistakes: Vec<Mistake>,
    /// What the file asks for without saying which version: with which no advisory can be compared.
    pub unpinned: Vec<Unpinned>,
}

impl Lockfile<'_> {
    /// The same with a text of its own.
    #[must_use]
    pub fn into_owned(self) -> Lockfile<'static> {
        let Self { text, packages, mistakes, unpinned } = self;
        Lockfile { text: Cow::Owned(text.into_owned()), packages, mistakes, unpinned }
    }
}

/// A package of a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Its name, as it is written.
    pub name: String,
    /// Its version, without a `v` in front; a branch, an address or nothing where only those are known.
    pub version: String,
    /// The name that it is installed under, if that is another one.
    pub alias: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// What it is needed for, if the file says so beside it.
    pub scope: Scope,
    /// Why it should not be used any more, if the file says so: the words of those who published it.
    pub withdrawn: Option<Withdrawn>,
    /// Where the file says so.
    pub at: Span,
    /// The line of that, from 1.
    pub line: usize,
}

/// What a file says against the use of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// Its authors advise against it, with these words.
    Deprecated(String),
    /// The registry does not offer the version any more.
    Yanked(String),
}

/// A package without a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpinned {
    /// Its name, as it is written.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
    /// True for another file, which is asked to be read as well and has no name by which it would be.
    pub is_file: bool,
}

/// Reads a lock file. Never fails: what is wrong is among the mistakes.
#[must_use]
pub fn parse(format: Format, bytes: &[u8]) -> Lockfile<'_> {
    parse_with(format, bytes, None)
}

/// Reads a `go.sum` beside a `go.mod` with these bytes. Since Go 1.17 the latter lists all that is built; before,
/// only the former did, and of each module the highest version in it counts.
#[must_use]
pub fn parse_go_sum<'a>(bytes: &'a [u8], module: &[u8]) -> Lockfile<'a> {
    let module = go::Module::new(&text::decode(Format::GoMod, module).text);
    parse_with(Format::GoSum, bytes, Some(&module))
}

/// True if a `go.mod` with these bytes lists all that is built, as those of Go 1.17 and later do.
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

/// Leaves one of each package that both sides of a conflict have.
fn distinct(lock: &mut Lockfile<'_>) {
    lock.packages.sort_by_key(|package| package.at);
    let mut seen = HashSet::new();
    lock.packages.retain(|package| seen.insert((package.at, package.name.clone(), package.version.clone())));
    let mut seen = HashSet::new();
    lock.unpinned.retain(|unpinned| seen.insert((unpinned.line, unpinned.name.clone())));
}

#[cfg(test)]
mod tests;
