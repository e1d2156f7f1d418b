//! The dependency graph of a `Cargo.lock`: which packages pull in a package, and by which path.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::lock::Package;

/// The most packages shown next to the end of a path; its start is always shown.
const NEAR_MAX: usize = 30;

/// Resolves dependencies as Cargo does: `name` if it has one version, `name version` if it has one source or one
/// of them is a path, otherwise `name version (source)`, the source without a git commit.
pub struct Resolver<'a> {
    /// The only version of each name; `None` if there are several.
    versions: HashMap<&'a str, Option<&'a str>>,
    /// The package that a name and version mean without a source.
    plain: HashMap<(&'a str, &'a str), Plain>,
    /// The package of each name, version and source, with and without the commit; `None` if there are several.
    exact: HashMap<(&'a str, &'a str, &'a str), Option<usize>>,
}

/// The packages of one name and version.
#[derive(Clone, Copy)]
struct Plain {
    meant: Option<usize>,
    /// True if it is a path, which takes precedence over other sources.
    path: bool,
}

impl<'a> Resolver<'a> {
    /// Indexes the names of `packages`.
    #[must_use]
    pub fn new(packages: &'a [Package<'_>]) -> Self {
        let mut known = Self {
            versions: HashMap::with_capacity(packages.len()),
            plain: HashMap::with_capacity(packages.len()),
            exact: HashMap::with_capacity(packages.len()),
        };
        for (at, package) in packages.iter().enumerate() {
            let (name, version) = (package.name.as_ref(), package.version.as_ref());
            let only = known.versions.entry(name).or_insert(Some(version));
            if *only != Some(version) {
                *only = None;
            }
            let path = package.source.is_none();
            match known.plain.entry((name, version)) {
                Entry::Vacant(free) => drop(free.insert(Plain { meant: Some(at), path })),
                Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    match (known.path, path) {
                        (true, false) => {}
                        (false, true) => *known = Plain { meant: Some(at), path },
                        _ => known.meant = None,
                    }
                }
            }
            let Some(source) = package.source.as_deref() else { continue };
            let bare = source.split('#').next().unwrap_or(source);
            for source in [Some(source), Some(bare).filter(|bare| *bare != source)].into_iter().flatten() {
                known.exact.entry((name, version, source)).and_modify(|one| *one = None).or_insert(Some(at));
            }
        }
        known
    }

    /// The package that `dependency` names; `None` if missing or ambiguous.
    #[must_use]
    pub fn find(&self, dependency: &str) -> Option<usize> {
        #[cfg(test)]
        crate::parse::lines::steps::add(1);
        let mut parts = dependency.splitn(3, ' ');
        let (name, version, source) = (parts.next()?, parts.next(), parts.next());
        let version = match version {
            Some(version) => version,
            None => (*self.versions.get(name)?)?,
        };
        let Some(source) = source else { return self.plain.get(&(name, version))?.meant };
        *self.exact.get(&(name, version, source.trim_matches(['(', ')'])))?
    }
}

/// Edges between packages, by their index in the lock file.
#[derive(Clone, Debug)]
pub struct Graph {
    /// The dependencies of each package.
    down: Vec<Vec<usize>>,
    /// The dependents of each package.
    up: Vec<Vec<usize>>,
}

impl Graph {
    /// Resolves the dependencies of `packages`. Unresolved ones are dropped.
    #[must_use]
    pub fn new(packages: &[Package<'_>]) -> Self {
        let resolver = Resolver::new(packages);
        let mut graph = Self { down: vec![Vec::new(); packages.len()], up: vec![Vec::new(); packages.len()] };
        for (index, package) in packages.iter().enumerate() {
            for found in package.dependencies.iter().filter_map(|dependency| resolver.find(dependency)) {
                graph.down[index].push(found);
                graph.up[found].push(index);
            }
        }
        graph
    }

    /// The graph of `count` packages with these edges, from dependent to dependency.
    #[must_use]
    pub fn of(count: usize, edges: &[(usize, usize)]) -> Self {
        let mut graph = Self { down: vec![Vec::new(); count], up: vec![Vec::new(); count] };
        for (from, to) in edges.iter().copied().filter(|(from, to)| *from < count && *to < count) {
            graph.down[from].push(to);
            graph.up[to].push(from);
        }
        graph
    }

    /// The dependencies of `package`.
    #[must_use]
    pub fn dependencies(&self, package: usize) -> &[usize] {
        self.down.get(package).map_or(&[], Vec::as_slice)
    }

    /// The dependents of `package`.
    #[must_use]
    pub fn dependents(&self, package: usize) -> &[usize] {
        self.up.get(package).map_or(&[], Vec::as_slice)
    }

    /// The shortest paths from packages for which `is_root` holds to all others.
    #[must_use]
    pub fn ways(&self, is_root: impl Fn(usize) -> bool) -> Ways {
        let none = Step { above: usize::MAX, root: usize::MAX, direct: usize::MAX };
        let mut steps = vec![none; self.down.len()];
        let mut queue: Vec<usize> = (0..self.down.len()).filter(|at| is_root(*at)).collect();
        for root in &queue {
            steps[*root] = Step { above: *root, root: *root, direct: *root };
        }
        let mut next = 0;
        while let Some(at) = queue.get(next).copied() {
            next += 1;
            for below in &self.down[at] {
                #[cfg(test)]
                crate::parse::lines::steps::add(1);
                if steps[*below].root == usize::MAX {
                    let Step { root, direct, .. } = steps[at];
                    let direct = if at == root { *below } else { direct };
                    steps[*below] = Step { above: at, root, direct };
                    queue.push(*below);
                }
            }
        }
        Ways { steps }
    }

    /// True for each package reachable from `starts`, including them, through packages for which `through` holds.
    #[must_use]
    pub fn reached(
        &self,
        starts: impl IntoIterator<Item = usize>,
        through: impl Fn(usize) -> bool,
    ) -> Vec<bool> {
        let mut reached = vec![false; self.down.len()];
        for start in starts {
            let _ = self.reach(start, &through, &mut reached);
        }
        reached
    }

    /// The packages reachable from `start` that are not in `seen`; adds them to it.
    pub fn reach(&self, start: usize, through: impl Fn(usize) -> bool, seen: &mut [bool]) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open: Vec<usize> = Some(start).filter(|start| *start < seen.len()).into_iter().collect();
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            found.push(at);
            if through(at) {
                open.extend(self.down[at].iter().filter(|below| !seen[**below]));
            }
        }
        found
    }
}

/// The shortest path to each package.
#[derive(Clone, Debug)]
pub struct Ways {
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    /// The previous package; itself for a root.
    above: usize,
    /// The start of the path.
    root: usize,
    /// The package after the root.
    direct: usize,
}

/// A path to a package, root first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its packages; of a long path only the start and the end.
    pub steps: Vec<usize>,
    /// The position in `steps` of the omitted packages, if any.
    pub gap: Option<usize>,
}

impl Ways {
    /// The path to `package`; the package alone if it is a root or unreachable.
    #[must_use]
    pub fn to(&self, package: usize) -> Way {
        let alone = Way { steps: vec![package], gap: None };
        let Some(last) = self.steps.get(package).filter(|step| step.root != usize::MAX) else { return alone };
        let (mut steps, mut at) = (vec![package], package);
        while at != last.root && steps.len() < NEAR_MAX {
            #[cfg(test)]
            crate::parse::lines::steps::add(1);
            at = self.steps[at].above;
            steps.push(at);
        }
        let gap = match at {
            at if at == last.root => None,
            at if at == last.direct => {
                steps.push(last.root);
                None
            }
            _ => {
                steps.extend([last.direct, last.root]);
                Some(2)
            }
        };
        steps.reverse();
        // A path one longer than what is shown omits nothing.
        let whole = gap.is_some_and(|gap| self.steps[steps[gap]].above == steps[gap - 1]);
        Way { steps, gap: gap.filter(|_| !whole) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Graph, Resolver};
    use crate::model::Span;
    use crate::parse::cargo::Package;
    use crate::parse::cargo::lock::parse;
    use crate::parse::lines::steps;

    /// `name: dependency dependency`, a line a package, version 1.0.0.
    fn graph(lines: &str) -> Graph {
        let mut text = String::new();
        for (name, dependencies) in lines.lines().filter_map(|line| line.split_once(':')) {
            text.push_str(&format!(
                "[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\ndependencies = [\n"
            ));
            for dependency in dependencies.split_whitespace() {
                text.push_str(&format!(" \"{dependency}\",\n"));
            }
            text.push_str("]\n\n");
        }
        let lock = parse(text.as_bytes());
        assert!(lock.mistakes.is_empty(), "{:?}", lock.mistakes);
        Graph::new(&lock.packages)
    }

    #[test]
    fn a_dependency_from_git_is_named_without_its_commit() {
        let lock = "[[package]]\nname = \"app\"\nversion = \"1.0.0\"\ndependencies = [\n\
            \"tin 1.0.0 (git+https://example.org/tin?branch=main)\",\n]\n\
            [[package]]\nname = \"tin\"\nversion = \"1.0.0\"\nsource = \"registry+https://example.org/index\"\n\
            [[package]]\nname = \"tin\"\nversion = \"1.0.0\"\n\
            source = \"git+https://example.org/tin?branch=main#0123456789abcdef0123456789abcdef01234567\"\n";
        let lock = parse(lock.as_bytes());
        assert!(lock.mistakes.is_empty(), "{:?}", lock.mistakes);
        assert_eq!(Graph::new(&lock.packages).dependencies(0), [2]);
    }

    #[test]
    fn the_shortest_way_is_shown() {
        let graph = graph("app: a b\na: c\nb: x\nc: x\nx:\n");
        let ways = graph.ways(|at| at == 0);
        assert_eq!(ways.to(4).steps, [0, 2, 4]);
        assert_eq!(ways.to(0).steps, [0]);
        assert_eq!(ways.to(99).steps, [99]);
        assert_eq!(graph.ways(|_| false).to(4).steps, [4]);
    }

    #[test]
    fn long_ways_are_shown_with_their_ends() {
        for length in 2..80 {
            let chain: String = (0..length).map(|at| format!("p{at}: p{}\n", at + 1)).collect();
            let graph = graph(&format!("{chain}p{length}:\n"));
            let way = graph.ways(|at| at == 0).to(length);
            assert_eq!((way.steps.first(), way.steps.last()), (Some(&0), Some(&length)));
            let gap = way.gap.unwrap_or(way.steps.len());
            let jumps: Vec<usize> =
                (1..way.steps.len()).filter(|at| way.steps[*at] != way.steps[at - 1] + 1).collect();
            assert_eq!(jumps, if gap < way.steps.len() { vec![gap] } else { vec![] }, "{way:?}");
            assert!(
                way.steps.len() <= super::NEAR_MAX + 2
                    && (way.gap.is_some() || way.steps.len() == length + 1)
            );
        }
    }

    #[test]
    fn circles_end() {
        let graph = graph("a: b\nb: c\nc: a\nd: d\n");
        assert_eq!(graph.ways(|at| at == 3).to(2).steps, [2]);
        assert_eq!(graph.reached([0], |_| true), [true, true, true, false]);
        assert_eq!(graph.reached([3, 99], |_| true), [false, false, false, true]);
    }

    #[test]
    fn versions_and_sources_pick_the_package() {
        let text = "[[package]]\nname = \"app\"\nversion = \"1.0.0\"\ndependencies = [\n \"x 2.0.0\",\n \"y 1.0.0 (git+https://example.org/y#1)\",\n \"gone\",\n]\n\n\
            [[package]]\nname = \"x\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"x\"\nversion = \"2.0.0\"\n\n\
            [[package]]\nname = \"y\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"y\"\nversion = \"1.0.0\"\nsource = \"git+https://example.org/y#1\"\n";
        let lock = parse(text.as_bytes());
        assert_eq!(Graph::new(&lock.packages).dependencies(0), [2, 4]);
    }

    #[test]
    fn names_that_leave_it_open_name_nothing_and_paths_come_first() {
        let packages: Vec<Package<'_>> = [
            ("x", "1.0.0", None),
            ("x", "1.0.0", Some("registry+https://example.org/index")),
            ("y", "1.0.0", Some("git+https://example.org/y?branch=a#0a")),
            ("y", "1.0.0", Some("git+https://example.org/y?branch=b#0b")),
            ("z", "1.0.0", None),
            ("z", "2.0.0", None),
        ]
        .into_iter()
        .map(|(name, version, source)| Package {
            name: name.into(),
            version: version.into(),
            source: source.map(Into::into),
            dependencies: Vec::new(),
            at: Span::new(0, 0),
            line: 1,
        })
        .collect();
        let resolver = Resolver::new(&packages);
        for (dependency, found) in [
            ("x", Some(0)),
            ("x 1.0.0", Some(0)),
            ("x 1.0.0 (registry+https://example.org/index)", Some(1)),
            ("y", None),
            ("y 1.0.0", None),
            ("y 1.0.0 (git+https://example.org/y?branch=b)", Some(3)),
            ("y 1.0.0 (git+https://example.org/y?branch=b#0b)", Some(3)),
            ("z", None),
            ("z 2.0.0", Some(5)),
            ("z 3.0.0", None),
            ("w", None),
            ("", None),
        ] {
            assert_eq!(resolver.find(dependency), found, "{dependency}");
        }
    }

    #[test]
    fn one_name_in_many_versions_takes_no_longer() {
        let input = |count: usize| -> Vec<Package<'static>> {
            let of = |at: usize| Package {
                name: "x".into(),
                version: format!("1.0.{at}").into(),
                source: Some("registry+https://example.org/index".into()).filter(|_| at > 0),
                dependencies: vec![format!("x 1.0.{}", at + 1).into(), format!("x 1.0.{}", at + 2).into()],
                at: Span::new(0, 0),
                line: 1,
            };
            (0..count).map(of).collect()
        };
        steps::assert_linear(input, |packages| {
            let ways = Graph::new(packages).ways(|at| at == 0);
            for at in 0..packages.len() {
                assert!(ways.to(at).steps.len() <= super::NEAR_MAX + 2);
            }
        });
    }
}
