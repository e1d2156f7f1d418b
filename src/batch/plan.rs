//! The plan: which repository belongs to which shard, under which settings. Sealed by a digest; nothing changes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::VERSION;
use super::entry::{Entry, OfEntry};
use super::key::Location;
use super::manifest::Listed;
use super::network::{self, Unit, Units};
use super::part::json_line;

/// Cost in microseconds up to which forks always stay together.
const APART: u64 = 60_000_000;
/// Longest line of a plan.
const LINE: usize = 1 << 20;

/// The first line of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// `plan`
    #[serde(rename = "type")]
    pub kind: String,
    /// [`VERSION`]
    pub v: u32,
    /// The version of the program.
    pub version: String,
    /// A digest of all rules.
    pub rules: String,
    /// A digest of the settings, the rules and the version: results of different ones are not mixed.
    pub settings: String,
    /// The settings as arguments.
    pub arguments: Vec<String>,
    /// The time used as the present, in seconds since 1970, the same for all shards.
    pub now: i64,
    /// How many shards there are.
    pub shards: u32,
    /// How many repositories.
    pub repositories: u64,
}

/// The last line of a plan.
#[derive(Serialize, Deserialize)]
struct End {
    #[serde(rename = "type")]
    kind: String,
    digest: String,
}

/// A frozen plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its first line.
    pub head: Head,
    /// The repositories, the largest first, each followed by its forks.
    pub entries: Vec<Entry>,
    /// The digest of all lines before the last one.
    pub digest: String,
}

impl Plan {
    /// The plan for these repositories: each once, the largest first, in `head.shards` shards of equal estimated cost.
    /// Also returns the number of duplicates.
    #[must_use]
    pub fn new(listed: Vec<Listed>, mut head: Head) -> (Self, usize) {
        let count = listed.len();
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for one in listed {
            let key = one.location.key();
            let entry = Entry {
                kind: OfEntry::Entry,
                location: one.location.shown(),
                bytes: one.location.path().and_then(|path| match path.to_str() {
                    Some(_) => None,
                    None => Some(data_encoding::HEXLOWER.encode(path.as_os_str().as_encoded_bytes())),
                }),
                url: matches!(one.location, Location::Url(_)),
                key: key.clone(),
                shard: 0,
                network: None,
                size_kb: one.size_kb,
                fork_of: one.fork_of,
                pushed_at: one.pushed_at,
            };
            entries.entry(key).or_insert(entry);
        }
        let doubled = count - entries.len();
        let mut entries: Vec<Entry> = entries.into_values().collect();
        assign(&mut entries, head.shards);
        head.repositories = entries.len() as u64;
        let mut plan = Self { head, entries, digest: String::new() };
        plan.digest = digest(&plan.lines());
        (plan, doubled)
    }

    /// The same with an updated digest.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.digest = digest(&self.lines());
        self
    }

    fn lines(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        json_line(&self.head, &mut bytes).expect("writing to memory does not fail");
        for entry in &self.entries {
            json_line(entry, &mut bytes).expect("writing to memory does not fail");
        }
        bytes
    }

    /// The text of the plan.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let mut bytes = self.lines();
        let end = End { kind: "end".to_owned(), digest: self.digest.clone() };
        json_line(&end, &mut bytes).expect("writing to memory does not fail");
        bytes
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
        let first = lines.next().map(|(_, line)| line).unwrap_or_default();
        let head: Head = serde_json::from_slice(first)
            .ok()
            .filter(|head: &Head| head.kind == "plan")
            .ok_or("line 1: this is not a plan of `bartizan batch plan`")?;
        if head.v != VERSION {
            return Err(format!(
                "line 1: the plan is of version {}, and this program reads version {VERSION}; make it again",
                head.v
            ));
        }
        let (mut entries, mut read, mut end) = (Vec::new(), first.len(), None);
        for (at, line) in lines {
            let number = at + 1;
            if end.is_some() {
                return Err(format!("line {number}: the plan has lines after its end"));
            }
            if line.starts_with(b"{\"type\":\"end\"") {
                let last: End =
                    serde_json::from_slice(line).map_err(|_| format!("line {number}: this is not JSON"))?;
                end = Some(last.digest);
                continue;
            }
            read += line.len();
            let entry: Option<Entry> =
                if line.len() > LINE { None } else { serde_json::from_slice(line).ok() };
            let entry = entry.ok_or_else(|| format!("line {number}: this is not a repository of a plan"))?;
            if entry.shard >= head.shards {
                return Err(format!(
                    "line {number}: shard {} does not exist, there are {}",
                    entry.shard, head.shards
                ));
            }
            entries.push(entry);
        }
        let end = end.ok_or("the plan is truncated: its last line is missing")?;
        if end != digest(&bytes[..read]) || entries.len() as u64 != head.repositories {
            return Err(
                "the plan was changed since it was made; make it again with `bartizan batch plan`".to_owned()
            );
        }
        Ok(Self { head, entries, digest: end })
    }
}

fn digest(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Assigns each repository, the most expensive first, to the least loaded shard; forks go to the shard of their parent,
/// up to a minute or a quarter of a shard.
fn assign(entries: &mut [Entry], shards: u32) {
    let all = entries.iter().map(Entry::cost).fold(0, u64::saturating_add);
    let Units { order, all: mut units } =
        network::units(entries, (all / (4 * u64::from(shards.max(1)))).max(APART));
    let first = |unit: &Unit| &entries[order[unit.members.start] as usize].key;
    units.sort_by(|a, b| b.cost.cmp(&a.cost).then_with(|| first(a).cmp(first(b))));
    let mut loads: std::collections::BinaryHeap<std::cmp::Reverse<(u64, u32)>> =
        (0..shards).map(|shard| std::cmp::Reverse((0, shard))).collect();
    let (mut places, mut next) = (vec![0; entries.len()], 0);
    for unit in units {
        let (load, shard) = loads.pop().map_or((0, 0), |std::cmp::Reverse(least)| least);
        loads.push(std::cmp::Reverse((load.saturating_add(unit.cost), shard)));
        let members = &order[unit.members];
        let network = members.first().filter(|_| members.len() > 1);
        let network = network.map(|first| entries[*first as usize].key.clone());
        for number in members {
            let entry = &mut entries[*number as usize];
            (entry.shard, entry.network) = (shard, network.clone());
            places[*number as usize] = next;
            next += 1;
        }
    }
    // In place: there may be millions.
    for at in 0..entries.len() {
        while places[at] != at {
            let to = places[at];
            entries.swap(at, to);
            places.swap(at, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Head, Plan};
    use crate::batch::key::Location;
    use crate::batch::manifest::Listed;

    fn head(shards: u32) -> Head {
        Head {
            kind: "plan".to_owned(),
            v: crate::batch::VERSION,
            version: "1".to_owned(),
            rules: String::new(),
            settings: "s".to_owned(),
            arguments: Vec::new(),
            now: 0,
            shards,
            repositories: 0,
        }
    }

    fn listed(count: u64) -> Vec<Listed> {
        let one = |number: u64| Listed {
            size_kb: Some(number * number * 10),
            ..Listed::at(Location::Path(format!("/r/{number}").into()))
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn a_plan_comes_back_as_it_was_and_shows_any_change() {
        let (plan, doubled) = Plan::new([listed(20), listed(3)].concat(), head(3));
        assert_eq!((plan.entries.len(), doubled), (20, 3));
        let text = plan.text();
        assert_eq!(Plan::read(&text).unwrap(), plan);
        let changed = String::from_utf8(text.clone()).unwrap().replacen("/r/7\"", "/r/8\"", 1);
        assert!(Plan::read(changed.as_bytes()).unwrap_err().contains("changed"));
        assert!(Plan::read(&text[..text.len() / 2]).is_err());
        assert!(Plan::read(b"https://a.test/b\n").unwrap_err().contains("line 1"));
    }

    #[test]
    fn order_and_repetition_of_a_list_do_not_matter() {
        let mut turned = [listed(50), listed(50)].concat();
        turned.reverse();
        assert_eq!(Plan::new(listed(50), head(4)).0, Plan::new(turned, head(4)).0);
    }

    #[test]
    fn shards_cost_about_the_same() {
        let (plan, _) = Plan::new(listed(400), head(8));
        let mut loads = [0u64; 8];
        plan.entries.iter().for_each(|entry| loads[entry.shard as usize] += entry.cost());
        let (most, least) = (loads.iter().max().unwrap(), loads.iter().min().unwrap());
        assert!(most - least < most / 50, "{loads:?}");
    }
}
