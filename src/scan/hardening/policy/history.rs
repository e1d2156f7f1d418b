//! Tags, branches and commits that claims refer to.

use std::collections::BTreeMap;

use crate::engine::repository::policy::{Commit, Policy, Role, Tag};
use crate::model::ObjectId;
use crate::parse::policy::version::Version;
use crate::parse::policy::words;
use crate::source::Source;

/// Most tags per series whose time is read.
const ASKED_MAX: usize = 40;
/// Most series of tags.
const SERIES_MAX: usize = 40;
/// First numbers of calendar versions: `2024.1`, `20240131`.
const DAYS_FROM: u64 = 1000;
/// Most commits checked.
const COMMITS_MAX: usize = 200;
/// Most sentences whose age is looked up.
const SENTENCES_MAX: usize = 4;
/// Tag prefixes before the project's version.
const MAIN: [&str; 9] = ["", "v", "version", "versions", "ver", "release", "releases", "rel", "stable"];

/// Adds the facts.
pub(super) fn add(facts: &mut Policy, sources: &[&dyn Source]) {
    let Some((source, all)) = sources.iter().find_map(|source| Some((*source, source.references()?))) else {
        return;
    };
    facts.has_history = all.head.is_some();
    facts.is_shallow = all.is_shallow;
    facts.has_all_branches = all.has_all_branches;
    facts.branches = all.branches;
    facts.default_branch = all.default_branch;
    tags(facts, source, &all.tags, all.head.and_then(|head| source.made(head)));
    facts.tag_names = all.tags.into_iter().map(|(name, _)| name).collect();
    commits(facts, source);
}

/// The highest tag of each series at the time of `head`.
fn tags(facts: &mut Policy, source: &dyn Source, tags: &[(String, ObjectId)], head: Option<i64>) {
    let mut series: BTreeMap<String, Vec<(Version, &str, ObjectId)>> = BTreeMap::new();
    for (name, id) in tags {
        // `2024-01-31` is a date.
        let is_day = name.len() >= 10
            && name.bytes().filter(|byte| *byte == b'-').count() >= 2
            && name.starts_with("20");
        if let Some((prefix, version)) = Version::of_tag(name).filter(|_| !is_day) {
            facts.releases.push(version.clone());
            series.entry(prefix.to_ascii_lowercase()).or_default().push((version, name, *id));
        }
    }
    let name = facts.name().unwrap_or("").to_owned();
    let is_main = |prefix: &str| {
        let bare = prefix.rsplit('/').next().unwrap_or(prefix).trim_matches(['@', '-', '_', '/']);
        MAIN.contains(&bare) || bare == name || name.strip_suffix(".js") == Some(bare)
    };
    let has_main = series.keys().any(|prefix| is_main(prefix));
    for (prefix, mut all) in series.into_iter().take(SERIES_MAX) {
        let is_main = is_main(&prefix);
        if has_main && !is_main {
            continue;
        }
        all.sort_by(|a, b| b.0.numbers.cmp(&a.0.numbers).then(a.0.is_early.cmp(&b.0.is_early)));
        let existed = |id: ObjectId| head.is_none_or(|head| source.made(id).is_some_and(|made| made <= head));
        let (days, numbers): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(version, ..)| version.numbers[0] >= DAYS_FROM);
        let first = |all: &[(Version, &str, ObjectId)]| {
            all.iter()
                .take(ASKED_MAX)
                .filter(|(_, _, id)| existed(*id))
                .find_map(|(_, _, id)| source.made(*id))
        };
        // If a project switched between dates and numbers, the highest is not the latest.
        let all = match (days.is_empty(), numbers.is_empty()) {
            (false, false) if first(&numbers) > first(&days) => numbers,
            (false, _) => days,
            (true, _) => numbers,
        };
        let mut found = all.iter().take(ASKED_MAX).filter(|(_, _, id)| existed(*id));
        let tag = |(version, name, _): &(Version, &str, ObjectId)| Tag {
            name: (*name).to_owned(),
            version: version.clone(),
            is_main,
        };
        let Some(first) = found.next() else { continue };
        facts.tags.push(tag(first));
        if first.0.is_early
            && let Some(stable) = found.find(|(version, ..)| !version.is_early)
        {
            facts.tags.push(tag(stable));
        }
    }
    facts.tags.sort_by_key(|tag| std::cmp::Reverse(tag.version.numbers));
}

/// The signatures of recent commits, if a text claims them.
fn commits(facts: &mut Policy, source: &dyn Source) {
    let mut since = BTreeMap::new();
    {
        let sentences = facts.sentences(&[Role::Policy, Role::Readme, Role::Contributing]);
        let speaks = |lower: &str| {
            words::any(lower, &["commit", "commits"]).is_some()
                && words::any(lower, &["signed", "gpg", "verified", "signature", "signatures", "signing"])
                    .is_some()
        };
        let speaking = sentences.iter().filter(|sentence| sentence.is_asserted() && speaks(&sentence.lower));
        for sentence in speaking.take(SENTENCES_MAX) {
            let (path, span) = sentence.place();
            let bytes = facts.files.get(path).and_then(|bytes| bytes.get(span.range())).unwrap_or_default();
            let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let time = source.holds_since(path, line);
            since.extend(time.map(|time| ((path.clone(), span), time)));
        }
    }
    if since.is_empty() {
        return;
    }
    facts.since = since;
    let made = source.recent(COMMITS_MAX);
    facts.commits = made
        .into_iter()
        .map(|made| Commit {
            short: made.id.short(),
            time: made.time,
            is_merge: made.is_merge,
            is_signed: made.is_signed,
        })
        .collect();
}
