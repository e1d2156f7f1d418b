//! Affected versions of a crate, with the semantics of `rustsec`.
//!
//! RustSec lists the requirements that *unaffected* versions match. They are not Cargo requirements: each is a
//! range in version order, so a pre-release counts by its position. `2.0.0-rc.1` is below `>= 2.0.0`, hence
//! affected, and above `>= 1.9.3`, hence not.

use rustsec::advisory::Versions;
use rustsec::osv::{OsvRange, ranges_for_advisory};
use semver::{BuildMetadata, Comparator, Op, Version, VersionReq};

use super::Advisory;

/// The affected ranges of an advisory.
#[derive(Clone, Debug)]
pub struct Ranges(Vec<OsvRange>);

impl Ranges {
    /// The ranges of `advisory`.
    ///
    /// # Errors
    /// Why its requirements are invalid.
    pub fn of(advisory: &Advisory) -> Result<Self, String> {
        let mut patched = requirements(advisory.patched.iter().chain(&advisory.unaffected))?;
        let unaffected = patched.split_off(advisory.patched.len());
        let versions = Versions::new(patched, unaffected).map_err(|error| error.to_string())?;
        Ok(Self(ranges_for_advisory(&versions)))
    }

    /// True if `version` is in one of the ranges.
    #[must_use]
    pub fn affects(&self, version: &Version) -> bool {
        self.0.iter().any(|range| range.affects(version))
    }
}

/// Parses the requirements in `texts`, and rejects those on which `rustsec` panics: two that start with the same
/// version, or a version without a successor.
pub(super) fn requirements<T: AsRef<str>>(texts: impl Iterator<Item = T>) -> Result<Vec<VersionReq>, String> {
    let mut all: Vec<VersionReq> = Vec::new();
    for text in texts {
        let text = text.as_ref();
        let requirement =
            VersionReq::parse(text).map_err(|error| format!("`{text}` is not a requirement: {error}"))?;
        let is_last = |c: &Comparator| [Some(c.major), c.minor, c.patch].contains(&Some(u64::MAX));
        if requirement.comparators.iter().any(is_last) {
            return Err(format!("`{text}` is out of bounds"));
        }
        if start(&requirement)
            .is_some_and(|(_, version)| all.iter().filter_map(start).any(|(_, other)| other == version))
        {
            return Err(format!("`{text}` overlaps with another requirement"));
        }
        all.push(requirement);
    }
    Ok(all)
}

/// The operator and version of a requirement.
fn start(requirement: &VersionReq) -> Option<(Op, Version)> {
    let starts = |c: &&Comparator| !matches!(c.op, Op::Less | Op::LessEq);
    let Comparator { op, major, minor, patch, pre } = requirement.comparators.iter().find(starts)?;
    let (minor, patch) = (minor.unwrap_or(0), patch.unwrap_or(0));
    Some((*op, Version { major: *major, minor, patch, pre: pre.clone(), build: BuildMetadata::EMPTY }))
}

/// The lowest version of a requirement for patched versions, if it names one.
#[must_use]
pub fn lowest(requirement: &str) -> Option<Version> {
    let (op, version) = start(&VersionReq::parse(requirement).ok()?)?;
    (op != Op::Greater).then_some(version)
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
        for texts in [
            &[">= 2, < 1"][..],
            &["> 1.0.0, < 1.0.0"],
            &[">= 1, >= 2"],
            &["^1, < 2"],
            &["1.*"],
            &["tin"],
            &["^18446744073709551615"],
            &["> 1.0.18446744073709551615"],
            &[">=1,<2,<3"],
            &[">= 1", ">= 2"],
            &["> 1.0.0", "= 1.0.0"],
        ] {
            assert!(affects(texts, &[], "1.0.0").is_err(), "{texts:?}");
        }
    }

    #[test]
    fn the_lowest_version_of_a_requirement() {
        assert_eq!(lowest(">= 1.2, < 2"), Some(Version::new(1, 2, 0)));
        assert_eq!(lowest("^0.3.1"), Some(Version::new(0, 3, 1)));
        assert_eq!((lowest("> 1"), lowest("< 3"), lowest("*")), (None, None, None));
    }
}
