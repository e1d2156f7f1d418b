//! The graph between the packages of a `Cargo.lock`: who brings in a package, and by which way.

use std::collections::{HashMap, VecDeque};

use super::lock::Package;

/// True if a dependency that names the source `named` means a package from `source`: Cargo leaves out the
/// commit of git where it names a dependency.
fn is(source: &str, named: &str) -> bool {
    source == named || source.split_once('#').is_some_and(|(source, _)| source == named)
}

/// Edges between packages, by their index in the lock file.
#[derive(Clone, Debug)]
pub struct Graph {
    /// What each package depends on.
    down: Vec<Vec<usize>>,
    /// What depends on each package.
    up: Vec<Vec<usize>>,
}

impl Graph {
    /// Resolves the dependencies of `packages`, as Cargo abbreviates them: a name alone stands for the
    /// only package of that name. What names no package is left out.
    #[must_use]
    pub fn new(packages: &[Package<'_>]) -> Self {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::with_capacity(packages.len());
        for (index, package) in packages.iter().enumerate() {
            by_name.entry(package.name.as_ref()).or_default().push(index);
        }
        let mut graph = Self { down: vec![Vec::new(); packages.len()], up: vec![Vec::new(); packages.len()] };
        for (index, package) in packages.iter().enumerate() {
            for dependency in &package.dependencies {
                let mut parts = dependency.splitn(3, ' ');
                let (name, version, source) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
                let source = source.map(|source| source.trim_start_matches('(').trim_end_matches(')'));
                let fits = |candidate: &&usize| {
                    let other = &packages[**candidate];
                    version.is_none_or(|version| version == other.version)
                        && source
                            .is_none_or(|source| other.source.as_deref().is_some_and(|of| is(of, source)))
                };
                let Some(found) = by_name.get(name).and_then(|all| all.iter().find(fits)) else { continue };
                graph.down[index].push(*found);
                graph.up[*found].push(index);
            }
        }
        graph
    }

    /// What `package` depends on.
    #[must_use]
    pub fn dependencies(&self, package: usize) -> &[usize] {
        self.down.get(package).map_or(&[], Vec::as_slice)
    }

    /// What depends on `package`.
    #[must_use]
    pub fn dependents(&self, package: usize) -> &[usize] {
        self.up.get(package).map_or(&[], Vec::as_slice)
    }

    /// The shortest way to `package` from one for which `is_root` holds, root first; the package alone
    /// if it is a root or nothing leads to it.
    #[must_use]
    pub fn path(&self, package: usize, is_root: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut next: Vec<Option<usize>> = vec![None; self.up.len()];
        let mut queue = VecDeque::from([package]);
        let mut seen = vec![false; self.up.len()];
        if package >= seen.len() {
            return vec![package];
        }
        seen[package] = true;
        while let Some(at) = queue.pop_front() {
            if is_root(at) {
                let mut path = vec![at];
                let mut step = at;
                while let Some(below) = next[step] {
                    path.push(below);
                    step = below;
                }
                return path;
            }
            for above in &self.up[at] {
                if !seen[*above] {
                    seen[*above] = true;
                    next[*above] = Some(at);
                    queue.push_back(*above);
                }
            }
        }
        vec![package]
    }

    /// True for each package that can be reached from `starts`, those among them, by going on from
    /// packages for which `through` holds.
    #[must_use]
    pub fn reached(
        &self,
        starts: impl IntoIterator<Item = usize>,
        through: impl Fn(usize) -> bool,
    ) -> Vec<bool> {
        let mut reached = vec![false; self.down.len()];
        let mut open: Vec<usize> = starts.into_iter().filter(|start| *start < reached.len()).collect();
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut reached[at], true) && through(at) {
                open.extend(self.down[at].iter().filter(|below| !reached[**below]));
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::Graph;
    use crate::parse::cargo::lock::parse;

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
        assert_eq!(graph.path(4, |at| at == 0), [0, 2, 4]);
        assert_eq!(graph.path(0, |at| at == 0), [0]);
        assert_eq!(graph.path(4, |_| false), [4]);
    }

    #[test]
    fn circles_end() {
        let graph = graph("a: b\nb: c\nc: a\nd: d\n");
        assert_eq!(graph.path(2, |at| at == 3), [2]);
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
}
