//! Who needs whom among the packages of a lock file, and which of them the project asks for itself: as far as the
//! file says, and the manifests beside it.
//!
//! A lock file is read for that once more, where there is a package whose way in is of interest.

mod gems;
mod npm;
mod pnpm;
mod python;
mod rest;
mod yarn;

use std::collections::HashMap;

use super::{Ecosystem, Format, Locked, Origin};
use crate::parse::cargo::Graph;
use crate::parse::manifests::{Ask, Scope};

/// Edges of one lock file that are kept.
const EDGES_MAX: usize = 2_000_000;
/// Packages of one name that are looked at where nothing says which of them is meant.
const NAMED_MAX: usize = 32;

/// What a manifest asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wishes<'a> {
    /// The folder of the manifest below that of the lock file, without a slash at its end; empty for the same one.
    pub folder: &'a str,
    /// What it asks for.
    pub asks: &'a [Ask],
}

/// A package that the project asks for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The number of the package.
    pub package: usize,
    /// The folder of the part of the project that asks; empty for the project as a whole.
    pub folder: String,
    /// What it is asked for.
    pub scope: Scope,
}

/// Who needs whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// From each package to those that it needs.
    pub edges: Vec<(usize, usize)>,
    /// What the project asks for itself.
    pub asked: Vec<Asked>,
}

/// Reads who needs whom in the lock file with this text, of which these packages were read.
#[must_use]
pub fn links(format: Format, text: &str, packages: &[Locked], wishes: &[Wishes<'_>]) -> Links {
    let mut found = Finder::new(format.ecosystem(), packages, wishes);
    match format {
        Format::PackageLock => npm::package_lock(&mut found, text),
        Format::Bun => npm::bun(&mut found, text),
        Format::Deno => npm::deno(&mut found, text),
        Format::Pnpm => pnpm::read(&mut found, text),
        Format::Yarn => yarn::read(&mut found, text),
        Format::Poetry | Format::Uv | Format::Pdm | Format::Pylock => python::read(&mut found, text),
        Format::Requirements | Format::MaybeRequirements => python::annotations(&mut found, text),
        Format::Gemfile => gems::read(&mut found, text),
        Format::Composer => rest::composer(&mut found, text),
        Format::NuGet => rest::nuget(&mut found, text),
        Format::GoMod => rest::go_mod(&mut found, text),
        Format::Pub => rest::pubspec(&mut found, text),
        Format::Podfile => rest::podfile(&mut found, text),
        _ => {}
    }
    found.finish()
}

impl Links {
    /// The same as a graph.
    #[must_use]
    pub fn graph(&self, packages: usize) -> Graph {
        Graph::of(packages, &self.edges)
    }

    /// What each of `packages` is needed for: what the file says beside it, else what it is reached from.
    #[must_use]
    pub fn scopes(&self, packages: &[Locked]) -> Vec<Scope> {
        let graph = self.graph(packages.len());
        let from = |scope: Scope| {
            let starts = self.asked.iter().filter(|asked| asked.scope == scope).map(|asked| asked.package);
            graph.reached(starts, |_| true)
        };
        let (runtime, optional, development) =
            (from(Scope::Runtime), from(Scope::Optional), from(Scope::Development));
        let scope = |(at, package): (usize, &Locked)| match package.scope {
            Scope::Unsaid if runtime[at] => Scope::Runtime,
            Scope::Unsaid if optional[at] => Scope::Optional,
            Scope::Unsaid if development[at] => Scope::Development,
            said => said,
        };
        packages.iter().enumerate().map(scope).collect()
    }
}

/// What is being found.
struct Finder<'a> {
    ecosystem: Ecosystem,
    packages: &'a [Locked],
    wishes: &'a [Wishes<'a>],
    /// The numbers of packages, by where they stand.
    places: HashMap<usize, usize>,
    /// The same by name, in the order of the file.
    names: HashMap<String, Vec<usize>>,
    /// What manifests ask for, by their folder and the name.
    wished: HashMap<&'a str, HashMap<String, &'a Ask>>,
    links: Links,
}

impl<'a> Finder<'a> {
    fn new(ecosystem: Ecosystem, packages: &'a [Locked], wishes: &'a [Wishes<'a>]) -> Self {
        let mut names: HashMap<String, Vec<usize>> = HashMap::with_capacity(packages.len());
        for (at, package) in packages.iter().enumerate() {
            names.entry(ecosystem.normal(&package.name).into_owned()).or_default().push(at);
        }
        let mut wished: HashMap<&str, HashMap<String, &Ask>> = HashMap::new();
        for wishes in wishes {
            let here = wished.entry(wishes.folder).or_default();
            for ask in wishes.asks {
                here.entry(ecosystem.normal(&ask.name).into_owned()).or_insert(ask);
            }
        }
        Self {
            wished,
            ecosystem,
            packages,
            wishes,
            places: packages.iter().enumerate().map(|(number, package)| (package.at.start, number)).collect(),
            names,
            links: Links::default(),
        }
    }

    /// The package that stands at the byte `at`.
    fn at(&self, at: usize) -> Option<usize> {
        self.places.get(&at).copied()
    }

    /// The packages of this name.
    fn named(&self, name: &str) -> &[usize] {
        let all = self.names.get(&*self.ecosystem.normal(name)).map_or(&[][..], Vec::as_slice);
        &all[..all.len().min(NAMED_MAX)]
    }

    /// The only package of this name.
    fn only(&self, name: &str) -> Option<usize> {
        match self.named(name) {
            [only] => Some(*only),
            _ => None,
        }
    }

    fn edge(&mut self, from: usize, to: usize) {
        if self.links.edges.len() < EDGES_MAX {
            self.links.edges.push((from, to));
        }
    }

    fn ask(&mut self, package: usize, folder: &str, scope: Scope) {
        if self.links.asked.len() < EDGES_MAX {
            self.links.asked.push(Asked { package, folder: folder.to_owned(), scope });
        }
    }

    /// What the manifest in `folder` asks for under this name.
    fn wish(&self, folder: &str, name: &str) -> Option<&'a Ask> {
        self.wished.get(folder)?.get(&*self.ecosystem.normal(name)).copied()
    }

    /// Takes what manifests ask for by name, where the lock file does not say it itself.
    fn ask_by_name(&mut self) {
        if !self.links.asked.is_empty() {
            return;
        }
        for wishes in self.wishes {
            for ask in wishes.asks {
                for package in self.named(&ask.name).to_vec() {
                    self.ask(package, wishes.folder, ask.scope);
                }
            }
        }
    }

    fn finish(mut self) -> Links {
        self.ask_by_name();
        self.links.edges.sort_unstable();
        self.links.edges.dedup();
        self.links
    }

    /// True for a part of the project itself.
    fn is_own(&self, package: usize) -> bool {
        self.packages.get(package).is_some_and(|package| package.origin == Origin::Path)
    }
}

#[cfg(test)]
mod tests;
