//! The difference between two package lists.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use semver::Version;

use crate::scan::sbom::listed::Listed;

/// A difference. Each list is sorted by name and version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Only in the second list.
    pub added: Vec<Listed>,
    /// Only in the first list.
    pub removed: Vec<Listed>,
    /// With another version or source.
    pub changed: Vec<(Listed, Listed)>,
    /// With the same version and another hash.
    pub rehashed: Vec<Rehashed>,
    /// Packages in both lists with the same version and hashes.
    pub same: usize,
}

impl Difference {
    /// True if nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
            && self.rehashed.is_empty()
    }
}

/// A package with another hash in the same version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehashed {
    /// The package, as the first list has it.
    pub package: Listed,
    /// The algorithm: `SHA256`.
    pub algorithm: String,
    /// The hash in the first list; the first of several.
    pub from: String,
    /// The hash in the second list.
    pub to: String,
}

/// Type and name of a package.
type Identity = (Option<String>, String);

/// Compares two lists. Several versions of a package are paired by Cargo compatibility, then by nearness.
#[must_use]
pub fn compare(mut a: Vec<Listed>, mut b: Vec<Listed>) -> Difference {
    without_roots(&mut a, &b);
    without_roots(&mut b, &a);
    name_alike(&mut a, &b);
    name_alike(&mut b, &a);
    spell_alike(&mut a, &b);
    let kinds = [kinds(&a), kinds(&b)];
    let (a, mut b) = (grouped(a, &kinds[1]), grouped(b, &kinds[0]));
    let mut out = Difference::default();
    for (identity, from) in a {
        group(from, b.remove(&identity).unwrap_or_default(), &mut out);
    }
    out.added.extend(b.into_values().flatten());
    out.added.sort_by(by_name);
    out.removed.sort_by(by_name);
    out.changed.sort_by(|a, b| by_name(&a.0, &b.0));
    out.rehashed.sort_by(|a, b| by_name(&a.package, &b.package).then_with(|| a.algorithm.cmp(&b.algorithm)));
    out
}

/// Drops the subject of a document if the other has none, as lock files and many documents do: that is not a
/// difference.
fn without_roots(list: &mut Vec<Listed>, others: &[Listed]) {
    list.retain(|one| {
        !one.root || others.iter().any(|other| other.name == one.name && other.kind == one.kind)
    });
}

/// Renames packages of `list` from the alias used in `others` to their own name. Tools write either or both.
fn name_alike(list: &mut Vec<Listed>, others: &[Listed]) {
    let aliases: BTreeMap<(&str, &str), &str> = others
        .iter()
        .filter_map(|other| Some(((other.alias.as_deref()?, other.version.as_str()), other.name.as_str())))
        .collect();
    if aliases.is_empty() {
        return;
    }
    // A package with that very name is a different one.
    let own: BTreeSet<(&str, &str)> =
        others.iter().map(|other| (other.name.as_str(), other.version.as_str())).collect();
    for listed in list {
        let key = (listed.name.as_str(), listed.version.as_str());
        if let Some(name) = aliases.get(&key).filter(|_| !own.contains(&key)) {
            listed.name = (*name).to_owned();
        }
    }
}

/// Normalises versions of `list` to an equal version of `others` that is spelled differently.
fn spell_alike(list: &mut [Listed], others: &[Listed]) {
    let mut by_name: HashMap<&str, Vec<&Listed>> = HashMap::with_capacity(others.len());
    for other in others {
        by_name.entry(other.name.as_str()).or_default().push(other);
    }
    for listed in list {
        let Some(alike) = by_name.get(listed.name.as_str()) else { continue };
        let is_known = alike.iter().any(|other| other.version == listed.version && !other.moving);
        if !is_known && let Some(other) = alike.iter().find(|other| listed.is_same_as(other)) {
            listed.version.clone_from(&other.version);
        }
    }
}

fn by_name(a: &Listed, b: &Listed) -> std::cmp::Ordering {
    let rest = |listed: &Listed| (listed.kind.clone(), listed.source.clone());
    a.name.cmp(&b.name).then_with(|| order(a).cmp(&order(b))).then_with(|| rest(a).cmp(&rest(b)))
}

/// The types of each name in a list.
fn kinds(all: &[Listed]) -> BTreeMap<String, BTreeSet<String>> {
    let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for listed in all {
        if let Some(kind) = &listed.kind {
            kinds.entry(listed.name.clone()).or_default().insert(kind.clone());
        }
    }
    kinds
}

/// The packages by identity, sorted by version, deduplicated. A missing type is taken from `others` if unique there.
fn grouped(all: Vec<Listed>, others: &BTreeMap<String, BTreeSet<String>>) -> BTreeMap<Identity, Vec<Listed>> {
    let mut groups: BTreeMap<Identity, Vec<Listed>> = BTreeMap::new();
    for mut listed in all {
        if let (None, Some(kinds)) = (&listed.kind, others.get(&listed.name))
            && kinds.len() == 1
        {
            listed.kind = kinds.first().cloned();
        }
        groups.entry((listed.kind.clone(), listed.name.clone())).or_default().push(listed);
    }
    for group in groups.values_mut() {
        group.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.source.cmp(&b.source)));
        group.dedup_by(|again, first| {
            let same = again.version == first.version && again.source == first.source;
            if same {
                for (algorithm, values) in std::mem::take(&mut again.hashes) {
                    first.hashes.entry(algorithm).or_default().extend(values);
                }
            }
            same
        });
    }
    groups
}

fn order(listed: &Listed) -> (Option<Version>, &str) {
    (semantic(&listed.version), &listed.version)
}

fn semantic(version: &str) -> Option<Version> {
    Version::parse(version.strip_prefix('v').unwrap_or(version)).ok()
}

/// The compatibility key of a version: its first non-zero number.
fn compatible(listed: &Listed) -> Option<(u64, u64, u64)> {
    let version = semantic(&listed.version)?;
    Some(match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    })
}

/// Compares the versions of one package.
fn group(mut from: Vec<Listed>, mut to: Vec<Listed>, out: &mut Difference) {
    for (a, b) in matched(&mut from, &mut to, |listed| Some((listed.version.clone(), listed.source.clone())))
    {
        rehashed(&a, &b, out);
    }
    out.changed.extend(matched(&mut from, &mut to, |listed| Some(listed.version.clone())));
    out.changed.extend(matched(&mut from, &mut to, compatible));
    let pairs = from.len().min(to.len());
    // Both are sorted; removed and added versions are the lowest ones.
    let (old, new) = (from.split_off(from.len() - pairs), to.split_off(to.len() - pairs));
    out.changed.extend(old.into_iter().zip(new));
    out.removed.extend(from);
    out.added.extend(to);
}

/// Removes pairs with the same key from both lists.
fn matched<K: Ord>(
    from: &mut Vec<Listed>,
    to: &mut Vec<Listed>,
    key: impl Fn(&Listed) -> Option<K>,
) -> Vec<(Listed, Listed)> {
    let mut places: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (at, listed) in to.iter().enumerate().rev() {
        if let Some(key) = key(listed) {
            places.entry(key).or_default().push(at);
        }
    }
    let mut rest: Vec<Option<Listed>> = std::mem::take(to).into_iter().map(Some).collect();
    let mut pairs = Vec::new();
    for listed in std::mem::take(from) {
        let place = key(&listed).and_then(|key| places.get_mut(&key)?.pop());
        match place.and_then(|at| rest[at].take()) {
            Some(other) => pairs.push((listed, other)),
            None => from.push(listed),
        }
    }
    to.extend(rest.into_iter().flatten());
    pairs
}

/// Records algorithms for which both have hashes but none match.
fn rehashed(a: &Listed, b: &Listed, out: &mut Difference) {
    let before = out.rehashed.len();
    for (algorithm, from) in &a.hashes {
        let Some(to) = b.hashes.get(algorithm).filter(|to| to.is_disjoint(from)) else { continue };
        if let (Some(from), Some(to)) = (from.first(), to.first()) {
            out.rehashed.push(Rehashed {
                package: a.clone(),
                algorithm: algorithm.clone(),
                from: from.clone(),
                to: to.clone(),
            });
        }
    }
    out.same += usize::from(out.rehashed.len() == before);
}

#[cfg(test)]
mod tests {
    use super::{Listed, compare};

    fn list(text: &str) -> Vec<Listed> {
        let of = |line: &str| {
            let (purl, hash) = line.split_once(' ').unwrap_or((line, ""));
            let mut listed = match purl.strip_prefix("pkg:") {
                Some(_) => Listed::new(Some(purl), "", ""),
                None => {
                    let (name, version) = purl.split_once('@').unwrap();
                    Listed::new(None, name, version)
                }
            };
            if !hash.is_empty() {
                listed.hash("sha-256", hash);
            }
            listed
        };
        text.split("; ").filter(|line| !line.is_empty()).map(of).collect()
    }

    #[test]
    fn packages_under_another_name_are_the_same() {
        let installed = |text: &str, alias: &str| {
            let mut list = list(text);
            list.last_mut().unwrap().alias = Some(alias.to_owned());
            list
        };
        let lock = || installed("pkg:npm/tin@5.0.0; pkg:npm/tin@4.0.0", "tin-cjs");
        // Whichever of the names a tool writes, and where it writes both.
        for text in [
            "pkg:npm/tin@5.0.0; pkg:npm/tin@4.0.0",
            "pkg:npm/tin@5.0.0; pkg:npm/tin-cjs@4.0.0",
            "pkg:npm/tin@5.0.0; pkg:npm/tin@4.0.0; pkg:npm/tin-cjs@4.0.0",
        ] {
            assert!(
                compare(list(text), lock()).is_empty() && compare(lock(), list(text)).is_empty(),
                "{text}"
            );
        }
        let other = compare(list("pkg:npm/tin@5.0.0; pkg:npm/tin-cjs@3.0.0"), lock());
        assert_eq!((other.added.len(), other.removed.len()), (1, 1));
        // A package that is really called so is another one.
        let both = installed("pkg:npm/tin-cjs@4.0.0; pkg:npm/tin@4.0.0", "tin-cjs");
        assert_eq!(compare(list("pkg:npm/tin-cjs@4.0.0"), both).added.len(), 1);
    }

    /// The difference as text; both directions must mirror each other.
    fn summary(a: &str, b: &str) -> String {
        let there = compare(list(a), list(b));
        let back = compare(list(b), list(a));
        assert_eq!((&there.added, &there.removed, there.same), (&back.removed, &back.added, back.same));
        assert_eq!((there.changed.len(), there.rehashed.len()), (back.changed.len(), back.rehashed.len()));
        let mut out: Vec<String> = Vec::new();
        out.extend(there.added.iter().map(|p| format!("+{}@{}", p.name, p.version)));
        out.extend(there.removed.iter().map(|p| format!("-{}@{}", p.name, p.version)));
        out.extend(
            there.changed.iter().map(|(p, q)| format!("{}@{}>{}{}", p.name, p.version, q.version, q.source)),
        );
        out.extend(
            there
                .rehashed
                .iter()
                .map(|r| format!("{}@{} {}>{}", r.package.name, r.package.version, r.from, r.to)),
        );
        format!("{} ={}", out.join(" "), there.same)
    }

    #[test]
    fn added_removed_and_the_same() {
        assert_eq!(summary("", ""), " =0");
        assert_eq!(summary("pkg:cargo/a@1.0.0", "pkg:cargo/a@1.0.0"), " =1");
        assert_eq!(
            summary("pkg:cargo/a@1.0.0; pkg:cargo/b@1.0.0", "pkg:cargo/b@1.0.0; pkg:cargo/c@1.0.0"),
            "+c@1.0.0 -a@1.0.0 =1"
        );
        assert_eq!(summary("pkg:cargo/a@1.0.0", "pkg:npm/a@1.0.0"), "+a@1.0.0 -a@1.0.0 =0");
        assert_eq!(summary("pkg:cargo/a@1.0.0; pkg:cargo/a@1.0.0", "pkg:cargo/a@1.0.0"), " =1");
    }

    #[test]
    fn versions_find_the_ones_that_they_came_from() {
        assert_eq!(summary("pkg:cargo/a@1.0.0", "pkg:cargo/a@2.0.0"), "a@1.0.0>2.0.0 =0");
        assert_eq!(
            summary("pkg:cargo/a@1.0.0; pkg:cargo/a@2.0.0", "pkg:cargo/a@2.1.0"),
            "-a@1.0.0 a@2.0.0>2.1.0 =0"
        );
        assert_eq!(
            summary(
                "pkg:cargo/a@0.1.9; pkg:cargo/a@0.2.0",
                "pkg:cargo/a@0.1.10; pkg:cargo/a@0.2.0; pkg:cargo/a@0.3.0"
            ),
            "+a@0.3.0 a@0.1.9>0.1.10 =1"
        );
        assert_eq!(summary("pkg:gem/a@1", "pkg:gem/a@2"), "a@1>2 =0");
    }

    #[test]
    fn another_place_is_another_package() {
        let git = "pkg:cargo/a@1.0.0?vcs_url=git%2Bhttps:%2F%2Fexample.org%2Fa%400a";
        assert_eq!(summary("pkg:cargo/a@1.0.0", git), "a@1.0.0>1.0.0vcs_url=git+https://example.org/a@0a =0");
        assert_eq!(summary(git, git), " =1");
    }

    #[test]
    fn hashes_are_compared_where_both_have_them() {
        assert_eq!(summary("pkg:cargo/a@1.0.0 0a", "pkg:cargo/a@1.0.0 0b"), "a@1.0.0 0a>0b =0");
        assert_eq!(summary("pkg:cargo/a@1.0.0 0a", "pkg:cargo/a@1.0.0 0A"), " =1");
        assert_eq!(summary("pkg:cargo/a@1.0.0 0a", "pkg:cargo/a@1.0.0"), " =1");
        assert_eq!(summary("pkg:cargo/a@1.0.0 0a; pkg:cargo/a@1.0.0 0b", "pkg:cargo/a@1.0.0 0b"), " =1");
    }

    #[test]
    fn versions_are_compared_as_the_ecosystem_does() {
        for (a, b) in [
            ("pkg:pypi/a@1.0", "pkg:pypi/a@1.0.0"),
            ("pkg:pypi/a@1.0rc1", "pkg:pypi/a@1.0.RC.1"),
            ("pkg:composer/a/b@v2.1.0", "pkg:composer/a/b@2.1.0"),
            ("pkg:composer/a/b@2.1", "pkg:composer/a/b@2.1.0.0"),
            ("pkg:gem/a@1.2.3-x86_64-linux", "pkg:gem/a@1.2.3"),
            ("pkg:golang/a/b@v1.2.3", "pkg:golang/a/b@1.2.3"),
            ("pkg:nuget/a@1.0", "pkg:nuget/a@1.0.0"),
            ("pkg:composer/a/b@dev-main", "pkg:composer/a/b@dev-main"),
        ] {
            assert_eq!(summary(a, b), " =1", "{a} {b}");
        }
        for (a, b) in [
            ("pkg:pypi/a@1.0", "pkg:pypi/a@1.0.1"),
            ("pkg:composer/a/b@v2.1.0", "pkg:composer/a/b@2.1.1"),
            ("pkg:gem/a@1.2.3-java", "pkg:gem/a@1.2.4"),
            ("pkg:npm/a@1.0.0", "pkg:npm/a@1.0.0-rc.1"),
            ("pkg:cargo/a@1.0.0", "pkg:cargo/a@1.0.0+b"),
        ] {
            assert!(summary(a, b).ends_with(" =0"), "{a} {b}");
        }
    }

    #[test]
    fn names_without_a_type_take_that_of_the_other_list() {
        assert_eq!(summary("a@1.0.0", "pkg:cargo/a@1.0.0"), " =1");
        assert_eq!(summary("a@1.0.0", "a@1.0.0"), " =1");
        assert_eq!(summary("a@1.0.0", "pkg:cargo/a@1.0.0; pkg:npm/a@1.0.0"), "+a@1.0.0 +a@1.0.0 -a@1.0.0 =0");
    }
}
