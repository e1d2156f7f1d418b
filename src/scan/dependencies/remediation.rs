//! The remediation: the fixed version, and the change needed to get there.

use semver::{Comparator, Op, Version, VersionReq};

use super::purpose::{Asked, Purposes, Workspace};
use crate::external::registry::{Index, Published};
use crate::parse::advisory::{Advisory, Entry, ranges};
use crate::parse::cargo::{Graph, Package, Way, Ways};

/// Most blocking crates named.
const OTHERS_MAX: usize = 3;

/// The inputs of a remediation.
pub(super) struct Situation<'a> {
    pub(super) packages: &'a [Package<'a>],
    pub(super) graph: &'a Graph,
    /// Paths from workspace members.
    pub(super) ways: &'a Ways,
    pub(super) purposes: &'a Purposes,
    pub(super) workspace: &'a Workspace<'a>,
    pub(super) index: Option<&'a Index>,
}

impl Situation<'_> {
    /// A path from a workspace member to `package`.
    pub(super) fn path(&self, package: usize) -> Way {
        self.ways.to(package)
    }

    /// The packages of a path, with an ellipsis for omitted ones.
    pub(super) fn names(&self, way: &Way) -> Vec<String> {
        let named = |at: &usize| format!("{} {}", self.packages[*at].name, self.packages[*at].version);
        let mut names: Vec<String> = way.steps.iter().map(named).collect();
        if let Some(gap) = way.gap {
            names.insert(gap, "…".to_owned());
        }
        names
    }

    /// The remediation for `package`, one sentence.
    pub(super) fn help(&self, package: usize, path: &[usize], entry: &Entry) -> String {
        let name = &self.packages[package].name;
        let more = entry.advisory.url.as_deref().map(|url| format!("; see {url}")).unwrap_or_default();
        let Ok(current) = Version::parse(&self.packages[package].version) else { return String::new() };
        let Some(wanted) = self.mending(name, &current, entry) else {
            return match entry.advisory.patched.first() {
                None => format!("no fixed version of `{name}` exists; replace it{more}"),
                Some(patched) => format!("update `{name}` to a version that is {patched}{more}"),
            };
        };
        let pinned = format!("cargo update -p {name}@{current} --precise {wanted}");
        match path {
            [member, direct] => match self.required(*member, *direct) {
                Some((asked, requirement)) if requirement.matches(&wanted) => {
                    format!(
                        "run `{pinned}`; the requirement `{}` in {} allows it{}",
                        text(&asked),
                        place(&asked),
                        self.others(package, *member, &wanted)
                    )
                }
                Some((asked, _)) => format!(
                    "raise the requirement `{}` of `{name}` in {} to `{wanted}`; it currently allows no \
                     patched version",
                    text(&asked),
                    place(&asked)
                ),
                None if compatible(&current, &wanted) => format!("run `{pinned}`"),
                None => format!("raise the requirement of `{name}` to `{wanted}`"),
            },
            [.., parent, _] => self.through(package, *parent, path, &current, &wanted, &pinned),
            _ => format!("update `{name}` to {wanted} or later"),
        }
    }

    /// The remediation for a transitive dependency.
    fn through(
        &self,
        package: usize,
        parent: usize,
        path: &[usize],
        current: &Version,
        wanted: &Version,
        pinned: &str,
    ) -> String {
        let (name, above) = (&self.packages[package].name, &self.packages[parent]);
        let asks = self.index.and_then(|index| index.versions(&above.name)).unwrap_or_default();
        let present = asks.iter().find(|published| published.version == above.version);
        let others = || self.others(package, parent, wanted);
        match present.map(|published| takes(published, name, wanted)) {
            Some(true) => {
                return format!("run `{pinned}`; `{} {}` allows it{}", above.name, above.version, others());
            }
            None if compatible(current, wanted) => {
                let should = format!("which `{} {}` should allow", above.name, above.version);
                return format!("run `{pinned}`, {should}{}", others());
            }
            _ => {}
        }
        let direct = path.iter().find(|at| self.packages[**at].source.is_some()).copied().unwrap_or(parent);
        let member = path.iter().position(|at| *at == direct).and_then(|at| path.get(at.checked_sub(1)?));
        let asked = member.and_then(|member| self.required(*member, direct));
        let at = asked.as_ref().map(|(asked, _)| format!(" in {}", place(asked))).unwrap_or_default();
        let direct_name = &self.packages[direct].name;
        let Some((later, without)) = later(&asks, &above.version, name, wanted) else {
            if asks.is_empty() {
                return format!(
                    "raise `{direct_name}`{at} to a version that accepts `{name}` {wanted}; `{} {}` does not",
                    above.name, above.version
                );
            }
            return format!(
                "no version of `{}` known to the local index accepts `{name}` {wanted} or drops it; ask its \
                 owners, or replace `{direct_name}`{at}",
                above.name
            );
        };
        let what = match without {
            true => format!("the first version without `{name}`"),
            false => format!("the first version that accepts `{name}` {wanted}"),
        };
        let now = Version::parse(&above.version).ok();
        let grand = path.iter().rev().nth(2).copied();
        let allowed = match (grand.filter(|at| self.packages[*at].source.is_some()), &asked) {
            (Some(grand), _) => self.allows(grand, &above.name, &later),
            (None, Some((_, requirement))) => Some(requirement.matches(&later)),
            (None, None) => None,
        };
        // If unknown, the usual advice applies.
        let usual = || now.is_some_and(|now| compatible(&now, &later));
        if allowed.unwrap_or_else(usual) {
            return format!(
                "run `cargo update -p {}@{} --precise {later}`, {what}",
                above.name, above.version
            );
        }
        match direct == parent {
            true => format!("raise `{direct_name}`{at} to {later}, {what}"),
            false => format!(
                "`{}` {later} is {what}: raise `{direct_name}`{at} to a version that depends on it",
                above.name
            ),
        }
    }

    /// Whether a package's requirement on `name` allows `wanted`, if the index knows the package.
    fn allows(&self, package: usize, name: &str, wanted: &Version) -> Option<bool> {
        let package = &self.packages[package];
        let published = self.index?.versions(&package.name)?;
        let present = published.iter().find(|published| published.version == package.version)?;
        Some(takes(present, name, wanted))
    }

    /// A note about other dependents of `package` that do not allow `wanted`.
    fn others(&self, package: usize, parent: usize, wanted: &Version) -> String {
        let name = &self.packages[package].name;
        let forbids = |at: &&usize| {
            self.packages[**at].source.is_some() && self.allows(**at, name, wanted) == Some(false)
        };
        let dependents = self.graph.dependents(package).iter().filter(|at| **at != parent);
        let names: Vec<String> = dependents
            .filter(forbids)
            .take(OTHERS_MAX)
            .map(|at| format!("`{} {}`", self.packages[*at].name, self.packages[*at].version))
            .collect();
        if names.is_empty() {
            return String::new();
        }
        format!("; but {} does not, and has to be updated first", names.join(" and "))
    }

    /// The target version: the lowest fixed one, preferably compatible.
    fn mending(&self, name: &str, current: &Version, entry: &Entry) -> Option<Version> {
        let published = self.index.and_then(|index| index.versions(name)).unwrap_or_default();
        let offered: Vec<Version> = published
            .iter()
            .filter(|published| !published.yanked)
            .filter_map(|published| Version::parse(&published.version).ok())
            .filter(|version| version.pre.is_empty() && version > current && !entry.affects(version))
            .filter(|version| !is_unaffected_only(&entry.advisory, version))
            .collect();
        let named: Vec<Version> = entry
            .advisory
            .patched
            .iter()
            .filter_map(|requirement| ranges::lowest(requirement))
            .filter(|version| version > current)
            .collect();
        let all = if offered.is_empty() { named } else { offered };
        let close = all.iter().filter(|version| compatible(current, version)).min();
        close.or_else(|| all.iter().min()).cloned()
    }

    fn required(&self, member: usize, direct: usize) -> Option<(Asked<'_>, VersionReq)> {
        let asked = self.workspace.asked(member, direct);
        asked.into_iter().find_map(|asked| {
            let requirement = VersionReq::parse(asked.entry.requirement.as_deref()?).ok()?;
            Some((asked, requirement))
        })
    }
}

/// True for a later version that is only unaffected, not patched.
fn is_unaffected_only(advisory: &Advisory, version: &Version) -> bool {
    let holds = |list: &[String]| {
        let alone = Advisory { patched: list.to_vec(), ..Advisory::default() };
        ranges::Ranges::of(&alone).is_ok_and(|ranges| !list.is_empty() && !ranges.affects(version))
    };
    !holds(&advisory.patched) && holds(&advisory.unaffected)
}

/// The first version after `present` that accepts `wanted`, or (true) drops the crate; preferably compatible.
fn later(asks: &[Published], present: &str, name: &str, wanted: &Version) -> Option<(Version, bool)> {
    let present = Version::parse(present).ok()?;
    let mends = |published: &Published| {
        let without =
            !published.deps.iter().any(|dep| dep.crate_name() == name && dep.kind.as_deref() != Some("dev"));
        (!published.yanked && (without || takes(published, name, wanted))).then_some(without)
    };
    let all = asks
        .iter()
        .filter_map(|published| Some((Version::parse(&published.version).ok()?, mends(published)?)));
    let all: Vec<(Version, bool)> =
        all.filter(|(version, _)| version.pre.is_empty() && *version > present).collect();
    let close = all.iter().filter(|(version, _)| compatible(&present, version)).min();
    close.or_else(|| all.iter().min()).cloned()
}

/// True if the published version's requirement on `name` allows `wanted`.
fn takes(published: &Published, name: &str, wanted: &Version) -> bool {
    let mut asked =
        published.deps.iter().filter(|dep| dep.crate_name() == name && dep.kind.as_deref() != Some("dev"));
    let fits = |req: &str| VersionReq::parse(req).is_ok_and(|req| req.matches(wanted));
    asked.any(|dep| fits(&dep.req))
}

/// True if the two are compatible under Cargo's `^` requirement.
pub(super) fn compatible(current: &Version, wanted: &Version) -> bool {
    let usual = Comparator {
        op: Op::Caret,
        major: current.major,
        minor: Some(current.minor),
        patch: Some(current.patch),
        pre: current.pre.clone(),
    };
    VersionReq { comparators: vec![usual] }.matches(wanted)
}

fn text<'a>(asked: &Asked<'a>) -> &'a str {
    asked.entry.requirement.as_deref().unwrap_or("*")
}

fn place(asked: &Asked<'_>) -> String {
    format!("{}:{}", asked.manifest.shown(), asked.entry.line)
}
