//! Ranges of random histories, against what git lists, gone through by brute force.
//!
//! The histories have merges of two and three parents that agree with none of them, criss-crosses,
//! several roots, files that move, come back, become links, and trees that are files elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use bartizan::model::ObjectId;
use bartizan::source::{Pushed, Range};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{Repo, attribute, git, options, see};

const PATHS: [&str; 9] = ["a", "b", "d/a", "d/b", "d/e/a", "d/e/b", "f/a", "a/x", "d/e"];

/// One commit: which earlier ones are its parents, what it changes, and how its date differs.
#[derive(Clone, Debug)]
struct Step {
    parents: Vec<u8>,
    /// Path and content; no content removes it.
    changes: Vec<(u8, Option<u8>)>,
    /// Which parent each path is taken from in a merge.
    choice: u64,
    link: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (
        prop_oneof![
            1 => Just(Vec::new()),
            8 => prop::collection::vec(0..4u8, 1),
            4 => prop::collection::vec(0..6u8, 2),
            1 => prop::collection::vec(0..8u8, 3),
        ],
        prop::collection::vec((0..PATHS.len() as u8, prop::option::weighted(0.8, 0..12u8)), 0..4),
        any::<u64>(),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(parents, changes, choice, link)| Step { parents, changes, choice, link });
    prop::collection::vec(step, 2..14)
}

/// Makes the history with one fast import; commit `n` is the branch `c<n>`.
fn make(steps: &[Step], apart: i64) -> Repo {
    let repo = Repo::new();
    let mut stream = Vec::new();
    let mut trees: Vec<BTreeMap<&str, (u8, bool)>> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        // Counted backwards from the last one, so that most of them grow out of one another.
        let parents: BTreeSet<usize> =
            step.parents.iter().filter_map(|back| index.checked_sub(1 + usize::from(*back))).collect();
        let mut tree = BTreeMap::new();
        for (place, path) in PATHS.iter().enumerate() {
            let chosen = parents.iter().nth((step.choice >> (place * 4)) as usize % parents.len().max(1));
            if let Some(content) = chosen.and_then(|parent| trees[*parent].get(path)) {
                tree.insert(*path, *content);
            }
        }
        for (path, content) in &step.changes {
            let path = PATHS[usize::from(*path)];
            match content {
                Some(content) => drop(tree.insert(path, (*content, step.link))),
                None => drop(tree.remove(path)),
            }
        }
        // What is a file cannot be a directory as well.
        let all: Vec<&str> = tree.keys().copied().collect();
        for path in all {
            let inside = format!("{path}/");
            if tree.keys().any(|other| other.starts_with(&inside)) {
                tree.remove(path);
            }
        }
        let date = 1_700_000_000 + index as i64 * apart;
        stream.extend(
            format!(
                "commit refs/heads/c{index}\nmark :{}\ncommitter t <t@e> {date} +0000\ndata 1\nx\n",
                index + 1
            )
            .bytes(),
        );
        for (number, parent) in parents.iter().enumerate() {
            let word = if number == 0 { "from" } else { "merge" };
            stream.extend(format!("{word} :{}\n", parent + 1).bytes());
        }
        stream.extend(b"deleteall\n");
        for (path, (content, link)) in &tree {
            let mode = if *link { "120000" } else { "100644" };
            stream.extend(format!("M {mode} inline {path}\ndata 9\ncontent{content:02}\n").bytes());
        }
        trees.push(tree);
    }
    git(&repo.path(), &["fast-import", "--quiet"], &stream);
    repo.git(&["symbolic-ref", "HEAD", &format!("refs/heads/c{}", steps.len() - 1)]);
    repo
}

/// The blobs of a tree with their paths, as git lists them.
fn blobs(repo: &Repo, commit: &str) -> BTreeSet<(String, String)> {
    let listed = repo.git(&["ls-tree", "-r", commit]);
    let entry = |line: &str| {
        let (facts, path) = line.split_once('\t').unwrap();
        (facts.split(' ').nth(2).unwrap().to_owned(), path.to_owned())
    };
    listed.lines().map(entry).collect()
}

/// What the range brings: for each blob the number of its commits that have it. None without a base.
fn by_brute_force(repo: &Repo, base: &str, tip: &str) -> Option<BTreeMap<String, u64>> {
    let (brought, related) = brought(repo, &[tip], &[base]);
    related.then_some(brought)
}

/// What `tips` bring that `bases` do not have, and whether they have anything in common.
fn brought(repo: &Repo, tips: &[&str], bases: &[&str]) -> (BTreeMap<String, u64>, bool) {
    let listed = repo.git(&[&["rev-list", "--parents"], tips, &["--not"], bases].concat());
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split(' ').collect()).collect();
    let inside: BTreeSet<&str> = lines.iter().map(|line| line[0]).collect();
    let boundary: BTreeSet<&str> =
        lines.iter().flat_map(|line| &line[1..]).copied().filter(|id| !inside.contains(id)).collect();
    let trees: BTreeMap<&str, BTreeSet<(String, String)>> =
        inside.iter().chain(&boundary).map(|commit| (*commit, blobs(repo, commit))).collect();
    // What no parent has at that path was brought, and counts wherever it is then.
    let mut brought: BTreeSet<&String> = BTreeSet::new();
    for line in &lines {
        let has = |entry: &(String, String)| line[1..].iter().any(|parent| trees[parent].contains(entry));
        brought.extend(trees[line[0]].iter().filter(|entry| !has(entry)).map(|(id, _)| id));
    }
    let mut new: BTreeMap<String, u64> = BTreeMap::new();
    for commit in &inside {
        let ids: BTreeSet<&String> = trees[commit].iter().map(|(id, _)| id).collect();
        ids.intersection(&brought).for_each(|id| *new.entry((*id).clone()).or_default() += 1);
    }
    (new, inside.is_empty() || !boundary.is_empty())
}

fn compare(repo: &Repo, base: &str, tip: &str) {
    let name = format!("{base}..{tip}");
    let Some(expected) = by_brute_force(repo, base, tip) else {
        assert!(repo.refused(&name).contains("have no commit in common"));
        return;
    };
    check(repo, &name, &Range::open(repo.open(), &name, &options()).unwrap(), &expected);
}

/// The same for a push to a remote that has `bases`: the first one by its id, the others by branches.
fn compare_push(repo: &Repo, tips: &[&str], bases: &[&str]) {
    repo.git(&["update-ref", "refs/remotes/o2/not-asked", tips[0]]);
    for (at, base) in bases.iter().enumerate().skip(1) {
        repo.git(&["update-ref", &format!("refs/remotes/o/b{at}"), base]);
    }
    let id = |name: &&str| repo.git(&["rev-parse", name]).trim().to_owned();
    let pushed = Pushed {
        names: Vec::new(),
        tips: tips.iter().map(id).collect(),
        had: bases.iter().take(1).map(id).collect(),
        had_below: "refs/remotes/o/".to_owned(),
    };
    let name = format!("{tips:?} without {bases:?}");
    let range = Range::pushed(repo.open(), &name, &pushed, &options()).unwrap();
    check(repo, &name, &range, &brought(repo, tips, bases).0);
}

/// Asserts that `range` brings what is expected.
fn check(repo: &Repo, name: &str, range: &Range, expected: &BTreeMap<String, u64>) {
    let seen = see(range);
    assert_eq!((seen.problems.as_slice(), seen.skipped()), (&[][..], vec![]), "{name}");
    let mut ids: BTreeSet<ObjectId> = BTreeSet::new();
    for ((kind, path, _), (object, commit)) in &seen.historic {
        if *kind == "blob" {
            let (object, commit) = (object.unwrap(), commit.unwrap().to_string());
            ids.insert(object);
            assert!(blobs(repo, &commit).contains(&(object.to_string(), path.clone())), "{name}: {path}");
        }
    }
    let groups: Vec<Vec<ObjectId>> = ids.iter().map(|id| vec![*id]).collect();
    let known = attribute(range, &groups);
    let head: BTreeSet<String> = blobs(repo, "HEAD").into_iter().map(|(id, _)| id).collect();
    let mut found = BTreeMap::new();
    for (id, lives) in ids.iter().zip(&known.lives).filter(|(id, _)| !known.foreign.contains(id)) {
        let lives = lives.as_ref().unwrap();
        found.insert(id.to_string(), lives.commits.unwrap());
        assert_eq!(lives.in_head, Some(head.contains(&id.to_string())), "{name}: {id}");
    }
    assert_eq!(&found, expected, "{name}");
}

pub(super) fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 24;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20_26);
    }
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn ranges_are_what_brute_force_finds(steps in steps(), apart in prop_oneof![Just(0i64), Just(60)], packed: bool) {
        let repo = make(&steps, apart);
        if packed {
            repo.git(&["repack", "-adq", "--depth=50"]);
            repo.git(&["pack-refs", "--all"]);
        }
        let last = steps.len() - 1;
        for (base, tip) in [(0, last), (last / 2, last), (last.saturating_sub(2), last), (last, last / 2)] {
            compare(&repo, &format!("c{base}"), &format!("c{tip}"));
        }
    }

    #[test]
    fn pushes_bring_what_brute_force_finds(
        steps in steps(),
        apart in prop_oneof![Just(0i64), Just(60)],
        picked in prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>()), 3),
    ) {
        let repo = make(&steps, apart);
        let name = |pick: u8| format!("c{}", usize::from(pick) % steps.len());
        for (one, two, three, four) in picked {
            compare_push(&repo, &[&name(one), &name(two)], &[&name(three), &name(four)]);
            repo.git(&["update-ref", "-d", "refs/remotes/o/b1"]);
        }
        let last = format!("c{}", steps.len() - 1);
        compare_push(&repo, &[&last], &[]);
    }
}

/// That the histories above are as wild as they are meant to be.
#[test]
fn a_criss_cross_with_an_octopus() {
    let step = |parents: &[u8], changes: &[(u8, Option<u8>)], choice| Step {
        parents: parents.to_vec(),
        changes: changes.to_vec(),
        choice,
        link: false,
    };
    let steps = [
        step(&[], &[(0, Some(1)), (3, Some(2))], 0),
        step(&[0], &[(0, Some(3))], 0),
        step(&[1], &[(0, Some(8)), (3, Some(4))], 0),
        // Each side merges the other, in different ways.
        step(&[0, 1], &[(5, Some(5))], 0),
        step(&[1, 2], &[(0, Some(6))], u64::MAX),
        // An octopus that brings back what was there at the start.
        step(&[0, 1, 3], &[(0, Some(1)), (6, Some(7))], 0x1111),
    ];
    let repo = make(&steps, 60);
    assert_eq!(repo.git(&["rev-list", "--min-parents=3", "--count", "HEAD"]).trim(), "1");
    for base in 0..5 {
        compare(&repo, &format!("c{base}"), "c5");
    }
    // Content 1 is in c0 alone of what c1 reaches, so that it comes in anew.
    let back = repo.git(&["rev-parse", "c0:a"]);
    assert!(by_brute_force(&repo, "c4", "c5").unwrap().contains_key(back.trim()));
}
