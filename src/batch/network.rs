//! Fork networks: forks are consecutive in a plan and run on one worker, so that common objects are fetched and found
//! clean once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use super::entry::Entry;

/// Depth of forks of forks.
const STEPS: usize = 16;

/// Repositories that stay together: a range of [`Units::order`].
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// Their total cost.
    pub(super) cost: u64,
    pub(super) members: Range<usize>,
}

/// All repositories, unit by unit.
#[derive(Debug, Default)]
pub(super) struct Units {
    /// Their numbers; in a unit the fork parent comes first if it is included, then the largest.
    pub(super) order: Vec<u32>,
    pub(super) all: Vec<Unit>,
}

impl Units {
    /// Adds one; a network above `most` is split.
    fn add(&mut self, entries: &[Entry], network: &[u32], most: u64) {
        let mut start = self.order.len();
        let mut cost = 0u64;
        for number in network {
            let one = entries[*number as usize].cost();
            if self.order.len() > start && cost.saturating_add(one) > most {
                self.all.push(Unit { cost, members: start..self.order.len() });
                (start, cost) = (self.order.len(), 0);
            }
            cost = cost.saturating_add(one);
            self.order.push(*number);
        }
        self.all.push(Unit { cost, members: start..self.order.len() });
    }
}

/// The repositories in units. Repositories without forks cost nothing here: there may be millions.
pub(super) fn units(entries: &[Entry], most: u64) -> Units {
    let parents: HashMap<String, String> =
        entries.iter().filter_map(|one| Some((name(one), parent(one)?))).collect();
    let named: HashSet<&String> = parents.values().collect();
    let root = |name: &String| {
        let mut at = name;
        for _ in 0..STEPS {
            let Some(next) = parents.get(at) else { break };
            at = next;
        }
        at.clone()
    };
    let mut units = Units::default();
    let mut networks: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (entry, number) in entries.iter().zip(0u32..) {
        let known = if parents.is_empty() { None } else { Some(name(entry)) };
        match known.filter(|name| parents.contains_key(name) || named.contains(name)) {
            Some(name) => networks.entry(root(&name)).or_default().push(number),
            None => units.add(entries, &[number], most),
        }
    }
    for (root, mut network) in networks {
        network.sort_by_key(|number| {
            let entry = &entries[*number as usize];
            (name(entry) != root, Reverse(entry.cost()), entry.key.clone())
        });
        units.add(entries, &network, most);
    }
    units
}

/// A repository's name in a list: host and path of a URL, or the path.
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

/// Its fork parent, in the form of [`name`].
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
    use crate::batch::entry::OfEntry;

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

    fn named(entries: &[Entry], most: u64) -> Vec<Vec<String>> {
        let units = units(entries, most);
        let of = |number: &u32| entries[*number as usize].location.clone();
        let all = units.all.iter().map(|unit| units.order[unit.members.clone()].iter().map(of).collect());
        let mut all: Vec<Vec<String>> = all.collect();
        all.sort();
        all
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
            named(&entries(), u64::MAX),
            [first.to_vec(), vec!["https://h.test/z/other"], vec!["https://i.test/d/x"]]
        );
        assert_eq!(named(&entries(), 0).len(), 5);
    }

    #[test]
    fn what_names_one_another_ends() {
        let around = vec![
            entry("/r/a", Some("/r/b"), 1),
            entry("/r/b", Some("/r/a"), 1),
            entry("/r/c", Some("/r/c"), 1),
        ];
        assert_eq!(named(&around, u64::MAX).concat().len(), 3);
    }
}
