//! Merging aliases: one vulnerability in several databases is reported once.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::parse::advisory::{Advisory, cvss};

/// One advisory per vulnerability: those connected by aliases are merged. The most informative one is kept (malicious,
/// or with a severity), independent of order.
pub(super) fn merged<'a>(advisories: &[&'a Advisory]) -> Vec<Cow<'a, Advisory>> {
    let mut groups: Vec<(BTreeSet<&str>, Vec<&'a Advisory>)> = Vec::new();
    for &advisory in advisories {
        let mut ids: BTreeSet<&str> = advisory.aliases.iter().map(String::as_str).collect();
        ids.insert(&advisory.id);
        let mut group = vec![advisory];
        // An advisory that names two others connects all three.
        groups.retain(|(others, members)| {
            let is_other = ids.is_disjoint(others);
            if !is_other {
                ids.extend(others);
                group.extend(members);
            }
            is_other
        });
        groups.push((ids, group));
    }
    let mut all: Vec<Cow<'a, Advisory>> =
        groups.into_iter().filter_map(|(ids, group)| one(&ids, group)).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

fn one<'a>(ids: &BTreeSet<&str>, mut group: Vec<&'a Advisory>) -> Option<Cow<'a, Advisory>> {
    let worth = |one: &Advisory| {
        (
            one.malicious,
            cvss::advisory_score(one).is_some(),
            one.id.starts_with("GHSA-"),
            !one.patched.is_empty(),
        )
    };
    group.sort_by(|a, b| (Reverse(worth(a)), &a.id).cmp(&(Reverse(worth(b)), &b.id)));
    let first = *group.first()?;
    let others: Vec<&str> = ids.iter().copied().filter(|id| *id != first.id).collect();
    let is_known = |id: &&str| first.aliases.iter().any(|alias| alias == id);
    let mends = || group.iter().find(|one| !one.patched.is_empty());
    if others.iter().all(is_known) && (!first.patched.is_empty() || mends().is_none()) {
        return Some(Cow::Borrowed(first));
    }
    let mut merged = first.clone();
    merged.aliases.extend(others.iter().filter(|id| !is_known(id)).map(|id| (*id).to_owned()));
    if let (true, Some(mends)) = (merged.patched.is_empty(), mends()) {
        merged.patched.clone_from(&mends.patched);
    }
    Some(Cow::Owned(merged))
}

#[cfg(test)]
mod tests {
    use super::merged;
    use crate::parse::advisory::Advisory;

    fn advisory(id: &str, aliases: &[&str], rated: Option<&str>) -> Advisory {
        Advisory {
            id: id.to_owned(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            rated: rated.map(str::to_owned),
            malicious: id.starts_with("MAL-"),
            ..Advisory::default()
        }
    }

    #[test]
    fn what_names_the_same_is_one_in_any_order() {
        let all = [
            advisory("CVE-1", &[], None),
            advisory("PYSEC-1", &["CVE-1", "GHSA-a"], None),
            advisory("GHSA-a", &["CVE-1"], Some("8.0")),
            advisory("GHSA-b", &["CVE-2"], Some("8.0")),
            advisory("MAL-1", &["GHSA-b"], None),
            advisory("OSV-1", &[], None),
        ];
        let mut order: Vec<&Advisory> = all.iter().collect();
        for _ in 0..all.len() {
            order.rotate_left(1);
            let result: Vec<(String, Vec<String>)> = merged(&order)
                .into_iter()
                .map(|one| {
                    let mut aliases = one.aliases.clone();
                    aliases.sort();
                    (one.id.clone(), aliases)
                })
                .collect();
            let wanted =
                [("GHSA-a", &["CVE-1", "PYSEC-1"][..]), ("MAL-1", &["CVE-2", "GHSA-b"]), ("OSV-1", &[])];
            assert_eq!(
                result,
                wanted.map(|(id, aliases)| {
                    (id.to_owned(), aliases.iter().map(|alias| (*alias).to_owned()).collect())
                })
            );
        }
    }
}
