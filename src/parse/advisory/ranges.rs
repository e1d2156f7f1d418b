//! Which versions of a crate an advisory is for.
//!
//! RustSec lists the requirements that *unaffected* versions fulfil. They are not read as Cargo reads a
//! requirement: each is a range in the order of versions, so that a pre-release of a patched version
//! counts as what its place in that order says. `2.0.0-rc.1` is below `>= 2.0.0`, hence affected, and
//! above `>= 1.9.3`, hence not.

use std::cmp::Ordering;

use semver::{BuildMetadata, Comparator, Op, Prerelease, Version, VersionReq};

use super::Advisory;

/// The unaffected ranges of an advisory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranges(Vec<Range>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Range {
    start: Option<Bound>,
    end: Option<Bound>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Bound {
    version: Version,
    inclusive: bool,
}

impl Ranges {
    /// The ranges of `advisory`.
    ///
    /// # Errors
    /// The requirement that makes no sense.
    pub fn of(advisory: &Advisory) -> Result<Self, String> {
        let all = advisory.patched.iter().chain(&advisory.unaffected);
        all.map(|requirement| range(requirement)).collect::<Result<_, _>>().map(Self)
    }

    /// True if `version` is in none of the ranges.
    #[must_use]
    pub fn affects(&self, version: &Version) -> bool {
        !self.0.iter().any(|range| range.holds(version))
    }
}

impl Range {
    fn holds(&self, version: &Version) -> bool {
        let after = self.start.as_ref().is_none_or(|bound| match version.cmp_precedence(&bound.version) {
            Ordering::Less => false,
            Ordering::Equal => bound.inclusive,
            Ordering::Greater => true,
        });
        let before = self.end.as_ref().is_none_or(|bound| match version.cmp_precedence(&bound.version) {
            Ordering::Less => true,
            Ordering::Equal => bound.inclusive,
            Ordering::Greater => false,
        });
        after && before
    }

    /// True if it can hold a version.
    fn is_sound(&self) -> bool {
        match (&self.start, &self.end) {
            (Some(start), Some(end)) => match start.version.cmp_precedence(&end.version) {
                Ordering::Less => true,
                Ordering::Equal => start.inclusive && end.inclusive,
                Ordering::Greater => false,
            },
            _ => true,
        }
    }
}

/// The range that a requirement stands for: one bound on each side at most.
fn range(text: &str) -> Result<Range, String> {
    let requirement =
        VersionReq::parse(text).map_err(|error| format!("`{text}` is no requirement: {error}"))?;
    let comparators = &requirement.comparators;
    let mut range = Range { start: None, end: None };
    let alone = |comparator: &Comparator| match comparators.len() {
        1 => Ok(version(comparator)),
        _ => Err(format!("`{text}` is no single range")),
    };
    for comparator in comparators {
        let (side, inclusive) = match comparator.op {
            Op::Greater => (&mut range.start, false),
            Op::GreaterEq => (&mut range.start, true),
            Op::Less => (&mut range.end, false),
            Op::LessEq => (&mut range.end, true),
            Op::Exact => {
                let exact = Bound { version: alone(comparator)?, inclusive: true };
                range = Range { start: Some(exact.clone()), end: Some(exact) };
                continue;
            }
            Op::Caret | Op::Tilde => {
                let start = Bound { version: alone(comparator)?, inclusive: true };
                let end = next(comparator).ok_or_else(|| format!("`{text}` is out of bounds"))?;
                range = Range { start: Some(start), end: Some(Bound { version: end, inclusive: false }) };
                continue;
            }
            _ => return Err(format!("`{text}` has an operator that is not known here")),
        };
        if side.is_some() {
            return Err(format!("`{text}` has two bounds on one side"));
        }
        *side = Some(Bound { version: version(comparator), inclusive });
    }
    if range.is_sound() { Ok(range) } else { Err(format!("`{text}` holds no version")) }
}

/// The version that a comparator names, with zeros for what is left out.
fn version(comparator: &Comparator) -> Version {
    Version {
        major: comparator.major,
        minor: comparator.minor.unwrap_or(0),
        patch: comparator.patch.unwrap_or(0),
        pre: comparator.pre.clone(),
        build: BuildMetadata::EMPTY,
    }
}

/// The lowest version, pre-releases among them, that `^` or `~` leaves out.
fn next(comparator: &Comparator) -> Option<Version> {
    let Comparator { op, major, minor, patch, .. } = comparator;
    let (major, minor, patch) = match (op, major, minor, patch) {
        (Op::Caret, 0, Some(0), Some(patch)) => (0, 0, patch.checked_add(1)?),
        (Op::Caret, 0, Some(minor), _) => (0, minor.checked_add(1)?, 0),
        (Op::Tilde, major, Some(minor), _) => (*major, minor.checked_add(1)?, 0),
        (_, major, ..) => (major.checked_add(1)?, 0, 0),
    };
    let pre = Prerelease::new("0").ok()?;
    Some(Version { major, minor, patch, pre, build: BuildMetadata::EMPTY })
}

/// The lowest version that a requirement of patched versions names, if it is one of its own.
#[must_use]
pub fn lowest(requirement: &str) -> Option<Version> {
    let start = range(requirement).ok()?.start?;
    start.inclusive.then_some(start.version)
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::{Advisory, Ranges, lowest};

    fn affects(patched: &[&str], unaffected: &[&str], version: &str) -> Result<bool, String> {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let advisory =
            Advisory { patched: owned(patched), unaffected: owned(unaffected), ..Advisory::default() };
        Ok(Ranges::of(&advisory)?.affects(&Version::parse(version).unwrap()))
    }

    #[test]
    fn pre_releases_stand_where_their_order_says() {
        assert_eq!(affects(&[">= 2.0.0"], &[], "2.0.0-rc.1"), Ok(true));
        assert_eq!(affects(&[">= 1.9.3"], &[], "2.0.0-rc.1"), Ok(false));
        assert_eq!(affects(&["^1.2.3"], &[], "2.0.0-alpha"), Ok(true));
        assert_eq!(affects(&["~1.2"], &[], "1.3.0-0"), Ok(true));
        assert_eq!(affects(&["> 1.2.3"], &[], "1.2.3+build"), Ok(true));
        assert_eq!(affects(&["<= 1.2.3"], &[], "1.2.3+build"), Ok(false));
    }

    #[test]
    fn nothing_patched_means_all() {
        assert_eq!(affects(&[], &[], "0.0.0"), Ok(true));
        assert_eq!(affects(&["*"], &[], "3.0.0"), Ok(false));
        assert_eq!(affects(&["^0.0.3", ">= 0.2"], &["< 0.0.2"], "0.0.4"), Ok(true));
        assert_eq!(affects(&["^0.0.3", ">= 0.2"], &["< 0.0.2"], "0.0.3"), Ok(false));
        assert_eq!(affects(&["=1.0.0"], &[], "1.0.0"), Ok(false));
    }

    #[test]
    fn impossible_ranges_are_told() {
        for text in [
            ">= 2, < 1",
            "> 1.0.0, < 1.0.0",
            ">= 1, >= 2",
            "^1, < 2",
            "1.*",
            "tin",
            "^18446744073709551615",
            ">=1,<2,<3",
        ] {
            assert!(affects(&[text], &[], "1.0.0").is_err(), "{text}");
        }
    }

    #[test]
    fn the_lowest_version_of_a_requirement() {
        assert_eq!(lowest(">= 1.2, < 2"), Some(Version::new(1, 2, 0)));
        assert_eq!(lowest("^0.3.1"), Some(Version::new(0, 3, 1)));
        assert_eq!((lowest("> 1"), lowest("< 3"), lowest("*")), (None, None, None));
    }
}
