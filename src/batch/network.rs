//! Forks of one repository: they stand together in a plan, one after the other on one worker, so that what they have in
//! common is fetched once, and known to be clean once.

use std::collections::{BTreeMap, HashMap};

use super::plan::Entry;

/// Forks of forks of forks.
const STEPS: usize = 16;

/// Repositories that stay together.
#[derive(Debug)]
pub(super) struct Unit {
    /// What all of them cost.
    pub(super) cost: u64,
    /// The one that the others are forks of comes first, if it is among them; then the largest ones.
    pub(super) entries: Vec<Entry>,
}

/// The repositories in units; a network that costs more than `most` is split.
pub(super) fn units(entries: Vec<Entry>, most: u64) -> Vec<Unit> {
    let parents: HashMap<String, String> =
        entries.iter().filter_map(|one| Some((name(one), parent(one)?))).collect();
    let root = |entry: &Entry| {
        let mut at = name(entry);
        for _ in 0..STEPS {
            let Some(next) = parents.get(&at) else { break };
            at.clone_from(next);
        }
        at
    };
    let mut networks: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        networks.entry(root(&entry)).or_default().push(entry);
    }
    let mut units = Vec::new();
    for (root, mut all) in networks {
        all.sort_by_key(|entry| (name(entry) != root, std::cmp::Reverse(entry.cost()), entry.key.clone()));
        let mut unit = Unit { cost: 0, entries: Vec::new() };
        for entry in all {
            if !unit.entries.is_empty() && unit.cost.saturating_add(entry.cost()) > most {
                units.push(std::mem::replace(&mut unit, Unit { cost: 0, entries: Vec::new() }));
            }
            unit.cost = unit.cost.saturating_add(entry.cost());
            unit.entries.push(entry);
        }
        units.push(unit);
    }
    for unit in units.iter_mut().filter(|unit| unit.entries.len() > 1) {
        let first = unit.entries[0].key.clone();
        unit.entries.iter_mut().for_each(|entry| entry.network = Some(first.clone()));
    }
    units
}

/// What a list calls a repository: host and path of an address, or the path.
fn name(entry: &Entry) -> String {
    if entry.url { of_address(&entry.location) } else { entry.location.clone() }
}

fn of_address(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let path = path.trim_matches('/');
    format!("{host}/{}", path.strip_suffix(".git").unwrap_or(path)).to_ascii_lowercase()
}

/// What it is a fork of, as [`name`] would call that.
fn parent(entry: &Entry) -> Option<String> {
    let parent = entry.fork_of.as_deref()?;
    let named = match (parent.contains("://"), entry.url) {
        (true, _) => of_address(parent),
        (false, true) => {
            let own = of_address(&entry.location);
            let (host, _) = own.split_once('/')?;
            format!("{host}/{}", parent.trim_matches('/').to_ascii_lowercase())
        }
        (false, false) => parent.to_owned(),
    };
    (named != name(entry)).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::{Entry, units};
    use crate::batch::plan::OfEntry;

    fn entry(location: &str, fork_of: Option<&str>, size_kb: u64) -> Entry {
        Entry {
            kind: OfEntry::Entry,
            key: location.to_owned(),
            location: location.to_owned(),
            bytes: None,
            url: location.contains("://"),
            shard: 0,
            network: None,
            size_kb: Some(size_kb),
            fork_of: fork_of.map(str::to_owned),
            pushed_at: None,
        }
    }

    fn named(entries: Vec<Entry>, most: u64) -> Vec<Vec<String>> {
        let all = units(entries, most).into_iter();
        all.map(|unit| unit.entries.into_iter().map(|entry| entry.location).collect()).collect()
    }

    #[test]
    fn forks_of_forks_stand_behind_the_first() {
        let entries = || {
            vec![
                entry("https://h.test/c/x", Some("B/X"), 9),
                entry("https://h.test/z/other", None, 1),
                entry("https://h.test/b/x.git", Some("https://h.test/a/x"), 5),
                entry("https://h.test/a/X", None, 1),
                // The same name on another host is another repository.
                entry("https://i.test/d/x", Some("a/x"), 1),
            ]
        };
        let first = ["https://h.test/a/X", "https://h.test/c/x", "https://h.test/b/x.git"];
        assert_eq!(
            named(entries(), u64::MAX),
            [first.to_vec(), vec!["https://i.test/d/x"], vec!["https://h.test/z/other"]]
        );
        assert_eq!(named(entries(), 0).len(), 5);
        let all = units(entries(), u64::MAX);
        assert!(all[0].entries.iter().all(|entry| entry.network.as_deref() == Some("https://h.test/a/X")));
        assert!(all[1].entries[0].network.is_none());
    }

    #[test]
    fn what_names_one_another_ends() {
        let around = vec![
            entry("/r/a", Some("/r/b"), 1),
            entry("/r/b", Some("/r/a"), 1),
            entry("/r/c", Some("/r/c"), 1),
        ];
        assert_eq!(units(around, u64::MAX).iter().map(|unit| unit.entries.len()).sum::<usize>(), 3);
    }
}
