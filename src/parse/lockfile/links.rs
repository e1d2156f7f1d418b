//! The dependency edges of a lock file, and the project's direct dependencies, from the file and the manifests
//! beside it.
//!
//! A lock file is parsed for this a second time, only if the path to a package is needed.

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

/// The most edges of one lock file.
const EDGES_MAX: usize = 2_000_000;
/// The most packages of one name that are considered if it is ambiguous.
const NAMED_MAX: usize = 32;

/// The dependencies of a manifest.
#[derive(Clone, Copy, Debug)]
pub struct Wishes<'a> {
    /// The directory of the manifest below that of the lock file, without a trailing slash; empty for the same
    /// one.
    pub folder: &'a str,
    /// Its dependencies.
    pub asks: &'a [Ask],
}

/// A direct dependency of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The index of the package.
    pub package: usize,
    /// The directory of the workspace member; empty for the project as a whole.
    pub folder: String,
    /// Its scope.
    pub scope: Scope,
}

/// The dependency edges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// From each package to its dependencies.
    pub edges: Vec<(usize, usize)>,
    /// The project's direct dependencies.
    pub asked: Vec<Asked>,
}

/// Finds the edges in the text of a lock file, from which these packages were read.
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
    /// The edges as a graph.
    #[must_use]
    pub fn graph(&self, packages: usize) -> Graph {
        Graph::of(packages, &self.edges)
    }

    /// The scope of each of `packages`: from the file, or from its dependents.
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

/// The state of the search.
struct Finder<'a> {
    ecosystem: Ecosystem,
    packages: &'a [Locked],
    wishes: &'a [Wishes<'a>],
    /// Package indexes by their offset.
    places: HashMap<usize, usize>,
    /// Package indexes by name, in file order.
    names: HashMap<String, Vec<usize>>,
    /// Dependencies in manifests, by directory and name.
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

    /// The package at the byte `at`.
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

    /// The dependency with this name in the manifest in `folder`.
    fn wish(&self, folder: &str, name: &str) -> Option<&'a Ask> {
        self.wished.get(folder)?.get(&*self.ecosystem.normal(name)).copied()
    }

    /// Adds the manifests' dependencies by name, if the lock file does not list direct dependencies.
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
