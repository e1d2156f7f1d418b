//! Ranges of random histories in which tokens are planted, moved, copied and taken away: a token is reported
//! if and only if a commit of the range has it more often than its parent.

use std::collections::{BTreeMap, BTreeSet};

use bartizan::source::Range;
use proptest::prelude::*;

use super::history::report;
use super::random::config;
use super::{Repo, git, options, token};

const PATHS: [&str; 6] = ["a", "b", "d/a", "d/b", "e/a", "c"];

/// What a commit does to the files of its parent.
#[derive(Clone, Debug)]
enum Act {
    /// Writes these tokens into a file, with some text around them.
    Write(usize, Vec<u8>, u8),
    /// Moves a file, and puts so much text in front of it.
    Move(usize, usize, u8),
    Copy(usize, usize),
    Remove(usize),
}

/// The acts of a commit, from which earlier one it goes on, and whether the last one is merged then: each
/// path from either side, as these bits say.
#[derive(Clone, Debug)]
struct Step {
    acts: Vec<Act>,
    back: usize,
    merge: Option<u8>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let path = || 0..PATHS.len();
    let act = prop_oneof![
        4 => (path(), prop::collection::vec(0..4u8, 0..4), 0..6u8).prop_map(|(at, tokens, text)| Act::Write(at, tokens, text)),
        3 => (path(), path(), 0..3u8).prop_map(|(from, to, text)| Act::Move(from, to, text)),
        2 => (path(), path()).prop_map(|(from, to)| Act::Copy(from, to)),
        2 => path().prop_map(Act::Remove),
    ];
    let step = (
        prop::collection::vec(act, 0..4),
        prop_oneof![4 => Just(0usize), 1 => 1..4usize],
        prop::option::weighted(0.2, any::<u8>()),
    )
        .prop_map(|(acts, back, merge)| Step { acts, back, merge });
    prop::collection::vec(step, 2..10)
}

/// A file: its tokens, and how much text there is around them.
type File = (Vec<u8>, u8);
type Files = BTreeMap<&'static str, File>;

fn name(number: u8) -> String {
    format!("planted {number}")
}

fn content((tokens, text): &File) -> String {
    let mut lines: String = (0..*text).map(|n| format!("line {n}\n")).collect();
    tokens.iter().for_each(|number| lines.push_str(&format!("t = \"{}\"\n", token(&name(*number)))));
    lines
}

fn act(files: &mut Files, act: &Act) {
    match act {
        Act::Write(at, tokens, text) => drop(files.insert(PATHS[*at], (tokens.clone(), *text))),
        Act::Move(from, to, text) => {
            if let Some((tokens, old)) = files.remove(PATHS[*from]) {
                files.insert(PATHS[*to], (tokens, old + text));
            }
        }
        Act::Copy(from, to) => {
            if let Some(file) = files.get(PATHS[*from]).cloned() {
                files.insert(PATHS[*to], file);
            }
        }
        Act::Remove(at) => drop(files.remove(PATHS[*at])),
    }
}

/// How often each token is there.
fn counts(files: &Files) -> BTreeMap<u8, usize> {
    let mut counts = BTreeMap::new();
    files.values().flat_map(|(tokens, _)| tokens).for_each(|token| *counts.entry(*token).or_default() += 1);
    counts
}

/// Makes the history, commit `n` as the branch `c<n>`; returns which tokens each commit brings.
fn make(steps: &[Step]) -> (Repo, Vec<BTreeSet<u8>>) {
    let repo = Repo::new();
    let mut stream = String::new();
    let mut trees: Vec<Files> = Vec::new();
    let mut brought = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let parent = index.checked_sub(1 + step.back).or_else(|| index.checked_sub(1));
        let mut files = parent.map(|parent| trees[parent].clone()).unwrap_or_default();
        let other = step.merge.and_then(|bits| Some((bits, index.checked_sub(1)?)));
        let other = other.filter(|(_, other)| Some(*other) != parent);
        match other {
            // Nothing of its own.
            Some((bits, other)) => {
                let chosen = PATHS.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1);
                for (_, path) in chosen {
                    match trees[other].get(path) {
                        Some(file) => drop(files.insert(path, file.clone())),
                        None => drop(files.remove(path)),
                    }
                }
                brought.push(BTreeSet::new());
            }
            None => {
                let before = counts(&files);
                step.acts.iter().for_each(|one| act(&mut files, one));
                let more = |(token, count): &(u8, usize)| *count > before.get(token).copied().unwrap_or(0);
                brought.push(counts(&files).into_iter().filter(more).map(|(token, _)| token).collect());
            }
        }
        stream.push_str(&format!(
            "commit refs/heads/c{index}\nmark :{}\ncommitter t <t@e> {} +0000\ndata 1\nx\n",
            index + 1,
            1_700_000_000 + index
        ));
        if let Some(parent) = parent {
            stream.push_str(&format!("from :{}\n", parent + 1));
        }
        if let Some((_, other)) = other {
            stream.push_str(&format!("merge :{}\n", other + 1));
        }
        stream.push_str("deleteall\n");
        for (path, file) in &files {
            let content = content(file);
            stream.push_str(&format!("M 100644 inline {path}\ndata {}\n{content}\n", content.len()));
        }
        trees.push(files);
    }
    git(&repo.path(), &["fast-import", "--quiet"], stream.as_bytes());
    (repo, brought)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_token_is_told_if_and_only_if_a_commit_brings_it(steps in steps()) {
        let (repo, brought) = make(&steps);
        let last = steps.len() - 1;
        for base in [0, last / 2, last.saturating_sub(1)] {
            let name_of_range = format!("c{base}..c{last}");
            let listed = repo.git(&["rev-list", &name_of_range]);
            let ids: BTreeSet<&str> = listed.lines().collect();
            if ids.is_empty() {
                continue;
            }
            let of = |index: usize| repo.git(&["rev-parse", &format!("c{index}")]).trim().to_owned();
            let expected: BTreeSet<u8> = (0..=last)
                .filter(|index| ids.contains(of(*index).as_str()))
                .flat_map(|index| brought[index].clone())
                .collect();
            let range = Range::open(repo.open(), &name_of_range, &options()).unwrap();
            let report = report(&range);
            let tokens: Vec<Vec<u8>> = (0..4).map(|number| token(&name(number)).into_bytes()).collect();
            let found: BTreeSet<u8> = report
                .findings
                .iter()
                .filter_map(|finding| {
                    let secret = finding.secret()?.expose();
                    (0..4u8).find(|number| tokens[usize::from(*number)] == secret)
                })
                .collect();
            prop_assert_eq!(found, expected, "{}", name_of_range);
        }
    }
}
