//! `untrue-version-claim`: supported versions that do not include the current one.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::support::{Row, Support};
use crate::engine::repository::policy::versions::Current;
use crate::engine::repository::policy::{Policy, Role, Sentence};
use crate::engine::{Check, Reads, Reported, Reports, Run};
use crate::model::{Confidence, Family, Meta, Missing, Preset, Ruling, Severity};
use crate::parse::policy::version::{Named, Range, Version, named};
use crate::parse::policy::words;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrue-version-claim",
        title: "supported versions that omit the current one",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "add the current version's line to the policy, or say that only the latest release is supported",
        docs: r#"
## What it does
Compares the table or list of supported versions in the security policy with the current version of the project: from
the manifest at its root, the source that defines it, and the highest release tag. A policy is reported if the current
version is in no supported row, or in an unsupported one.

Pre-releases (`-dev`, `-SNAPSHOT`, `-rc.1`), manifests left at `0.0.0`, and tags of parts of the project are ignored.
Rows with "latest" or all versions are not compared.

## Why is this bad
Users of the current version read that it gets no fixes, and reporters do not know whether their report is wanted.
Tables go stale with each release that does not update them.

## Example
```markdown
| Version | Supported |
| ------- | --------- |
| 2.10.x  | yes       |
```
with `version = "2.12.1"` in the manifest.

## Use instead
```markdown
| Version        | Supported |
| -------------- | --------- |
| latest release | yes       |
```

## What would change the verdict
Upheld: a supported row contains the current version. Unverifiable: the version is known from tags alone, and the clone
has none: fetch with `fetch-depth: 0`. No evidence: no manifest and no tag names a version.

## Known problems
A manifest bumped long before its release counts as the current version. In a clone without tags only the manifest is
known; if that is not enough, the claim is unverifiable: fetch with `fetch-depth: 0`.
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "supported-versions";

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let policy = &repository.policy;
    let current = policy.current();
    for support in policy.support().iter().filter(|one| !one.is_put_off && !one.is_template(policy)) {
        assess(policy, support, current.as_ref(), reports);
    }
    for sentence in policy.sentences(&[Role::Policy]) {
        latest(policy, &sentence, reports);
        early(&sentence, current.as_ref(), policy, reports);
        only(&sentence, current.as_ref(), policy, reports);
        unreleased(&sentence, policy, reports);
    }
}

/// The versions in a row; none if it names something else.
fn ranges<'a>(row: &'a Row<'_>) -> &'a [Range] {
    match &row.named {
        Some(Named::Ranges(ranges)) => ranges,
        Some(Named::Latest(Some(range))) => std::slice::from_ref(range),
        _ => &[],
    }
}

fn holds(row: &Row<'_>, version: &Version) -> bool {
    ranges(row).iter().any(|range| range.holds(version))
}

fn assess(policy: &Policy, support: &Support<'_>, current: Option<&Current<'_>>, reports: &mut Reports<'_>) {
    let supported = || support.rows.iter().filter(|row| row.is_supported == Some(true));
    let is_open = supported()
        .any(|row| matches!(row.named, None | Some(Named::Latest(None) | Named::Any | Named::Others)));
    let verdict = current.map(|current| {
        let is_inside = |version: &&Version| supported().any(|row| holds(row, version));
        (current, current.any.iter().copied().find(is_inside))
    });
    let path = &support.document.path;
    let mut is_told = false;
    for row in &support.rows {
        let about = format!("{} {}", row.text, row.is_supported == Some(true));
        let place = (path, row.span);
        let Some(is_supported) = row.is_supported else { continue };
        if matches!(row.named, Some(Named::Latest(None))) && is_supported {
            let reason = "the releases page decides which release is the latest".to_owned();
            reports.claim(place, KIND, &about, (Ruling::Unverifiable, reason)).missing(Missing::Network);
            continue;
        }
        if ranges(row).is_empty() {
            continue;
        }
        let Some((current, inside)) = &verdict else {
            unknown(policy, reports, place, &about);
            continue;
        };
        let is_contradicted = inside.is_none() && !is_open;
        if is_contradicted && is_told {
            continue;
        }
        let shown = current.shown();
        if is_contradicted && (is_supported || supported().next().is_none()) {
            is_told = true;
            if let Some(missing) = doubt(policy, support, current) {
                let reason = format!("no supported row contains {shown}, the only known current version");
                reports.claim(place, KIND, &about, (Ruling::Unverifiable, reason)).missing(missing);
                continue;
            }
            let denied = support.rows.iter().find(|row| {
                row.is_supported == Some(false) && current.any.iter().all(|version| holds(row, version))
            });
            let reason = match denied {
                Some(row) => {
                    format!("the current version is {shown}, but the policy does not support `{}`", row.text)
                }
                None => format!(
                    "the policy supports {} only; the current version is {shown}",
                    listed(supported())
                ),
            };
            let said = reports.claim(place, KIND, &about, (Ruling::Contradicted, reason));
            evidence(said, current);
            said.remedy(format!(
                "add a row for {}, or say that only the latest release is supported",
                line(&shown)
            ));
            continue;
        }
        let is_here = current.any.iter().any(|version| holds(row, version));
        let (ruling, reason) = match (is_supported, is_here) {
            (true, true) => (Ruling::Upheld, format!("the current version is {shown}")),
            (false, false) => (Ruling::Upheld, format!("the current version, {shown}, is not among them")),
            (true, false) if policy.releases.iter().any(|version| holds(row, version)) => {
                (Ruling::Upheld, "it has releases".to_owned())
            }
            _ => (
                Ruling::Unverifiable,
                format!("the current version is {shown}; whether older ones get fixes cannot be checked"),
            ),
        };
        let said = reports.claim(place, KIND, &about, (ruling, reason));
        if ruling == Ruling::Unverifiable {
            said.missing(Missing::Person);
        }
        evidence(said, current);
    }
}

/// Why the known current version is not enough to contradict a policy.
fn doubt(policy: &Policy, support: &Support<'_>, current: &Current<'_>) -> Option<Missing> {
    let is_root = current.known.iter().any(|known| known.is_root);
    let is_early = current.any.iter().all(|version| version.is_early);
    if !policy.is_shallow && policy.has_history {
        let is_weak =
            current.tag.is_none() && !is_root && !current.known.iter().any(|known| known.is_log) || is_early;
        return is_weak.then_some(Missing::Person);
    }
    // Without tags a manifest may be outdated; one ahead of the policy is not.
    let highest = support
        .rows
        .iter()
        .filter(|row| row.is_supported == Some(true))
        .flat_map(ranges)
        .map(|range| range.high)
        .max();
    let is_ahead =
        highest.flatten().is_some_and(|high| current.any.iter().all(|version| version.numbers >= high));
    // A repository without history has no tags either.
    let is_enough = is_root && !is_early && (is_ahead || !policy.is_shallow);
    (!is_enough).then_some(Missing::History)
}

fn unknown(
    policy: &Policy,
    reports: &mut Reports<'_>,
    place: (&crate::model::RepoPath, crate::model::Span),
    about: &str,
) {
    if policy.is_shallow {
        let reason =
            "no manifest names the current version, and the clone has no tags; fetch with `fetch-depth: 0`"
                .to_owned();
        reports.claim(place, KIND, about, (Ruling::Unverifiable, reason)).missing(Missing::History);
    } else {
        let reason = "no manifest and no tag names the current version".to_owned();
        reports.claim(place, KIND, about, (Ruling::NoEvidence, reason));
    }
}

fn evidence(said: &mut Reported, current: &Current<'_>) {
    for known in current.known.iter().take(3) {
        said.evidence(&known.path, known.span, format!("version {}", known.text));
    }
    if let Some(tag) = current.tag {
        said.proof(format!("tag {}", tag.name));
    }
}

/// The rows as text: `1.x`, `2.x`.
fn listed<'r>(rows: impl Iterator<Item = &'r Row<'r>>) -> String {
    let names: Vec<String> =
        rows.filter(|row| !ranges(row).is_empty()).map(|row| format!("`{}`", row.text)).take(5).collect();
    names.join(", ")
}

/// `2.12.1` as a line: `2.12.x`.
fn line(version: &str) -> String {
    let parts: Vec<&str> = version.split('.').collect();
    match parts.as_slice() {
        [major, minor, ..] => format!("{major}.{minor}.x"),
        _ => format!("{version}.x"),
    }
}

/// "Only the latest release is supported": always true.
fn latest(policy: &Policy, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let lower = &sentence.lower;
    let is_about = words::any(lower, &["latest", "most recent", "newest"]).is_some()
        && words::any(lower, &["release", "releases", "version", "versions", "minor", "series"]).is_some()
        && words::any(
            lower,
            &[
                "supported",
                "support",
                "receive",
                "receives",
                "provided",
                "maintain",
                "maintained",
                "security updates",
                "fixes",
            ],
        )
        .is_some();
    let is_row = matches!(sentence.part.block.kind, crate::parse::policy::Kind::Row(_));
    if !is_about || is_row || sentence.is_put_off() || !sentence.is_asserted() {
        return;
    }
    // Only the existence of tagged releases can be checked.
    if words::has(lower, "tagged") {
        let (ruling, reason) = match policy.tags.first() {
            Some(tag) => (Ruling::Upheld, format!("releases are tagged: {}", tag.name)),
            None if policy.is_shallow || !policy.has_history => {
                (Ruling::Unverifiable, "the clone has no tags; fetch with `fetch-depth: 0`".to_owned())
            }
            None => (Ruling::NoEvidence, "no tag names a release".to_owned()),
        };
        let said = reports.claim(sentence.place(), KIND, lower, (ruling, reason));
        if ruling == Ruling::Unverifiable {
            said.missing(Missing::History);
        }
        return;
    }
    let reason =
        "the releases page decides which release is the latest, and whether only it gets fixes".to_owned();
    reports.claim(sentence.place(), KIND, lower, (Ruling::Unverifiable, reason)).missing(Missing::Network);
}

/// "Currently pre-1.0": true below 1.0.
fn early(sentence: &Sentence<'_>, current: Option<&Current<'_>>, policy: &Policy, reports: &mut Reports<'_>) {
    let lower = &sentence.lower;
    let says = words::any(lower, &["pre-1.0", "before 1.0", "below 1.0"]).is_some();
    let is_now = words::any(lower, &["currently", "is in", "still", "at present", "is pre-1.0"]).is_some();
    let Some(current) = current.filter(|_| says && is_now && sentence.is_asserted()) else { return };
    let is_early = current.any.iter().any(|version| version.numbers < [1, 0, 0, 0] || version.is_early);
    let is_known = current.known.iter().any(|known| known.is_root) || current.tag.is_some();
    let shown = current.shown();
    let (ruling, reason) = match is_early {
        true => (Ruling::Upheld, format!("the current version is {shown}")),
        false if is_known && !policy.is_shallow => (
            Ruling::Contradicted,
            format!("the policy says that 1.0 is not released; the current version is {shown}"),
        ),
        false => return,
    };
    evidence(reports.claim(sentence.place(), KIND, lower, (ruling, reason)), current);
}

/// "All 0.x releases receive security updates", "only 2.x is supported".
fn only(sentence: &Sentence<'_>, current: Option<&Current<'_>>, policy: &Policy, reports: &mut Reports<'_>) {
    let lower = &sentence.lower;
    let is_row = matches!(
        sentence.part.block.kind,
        crate::parse::policy::Kind::Row(_) | crate::parse::policy::Kind::Item(_)
    );
    let says = words::any(
        lower,
        &["is supported", "are supported", "receive security", "receives security", "is maintained"],
    );
    let Some((current, verb)) = current.zip(says).filter(|_| !is_row && sentence.is_asserted()) else {
        return;
    };
    let Some(end) = words::find(lower, verb) else { return };
    // The word with an `x` before the verb.
    let Some(word) = lower[..end].split_whitespace().rev().take(5).find(|word| word.contains(".x")) else {
        return;
    };
    let Some(Named::Ranges(ranges)) = named(word.trim_matches(['`', '*', ',']), false) else { return };
    let is_inside = current.any.iter().any(|version| ranges.iter().any(|range| range.holds(version)));
    let is_only = words::has(&lower[..end], "only") && !words::has(lower, "and");
    let is_known =
        (current.known.iter().any(|known| known.is_root) || current.tag.is_some()) && !policy.is_shallow;
    let shown = current.shown();
    let (ruling, reason) = match is_inside {
        true => (Ruling::Upheld, format!("the current version is {shown}")),
        false if is_only && is_known => {
            (Ruling::Contradicted, format!("the policy supports {word} only; the current version is {shown}"))
        }
        false => return,
    };
    evidence(reports.claim(sentence.place(), KIND, lower, (ruling, reason)), current);
}

/// "Nothing has been released yet": until a release is tagged.
fn unreleased(sentence: &Sentence<'_>, policy: &Policy, reports: &mut Reports<'_>) {
    let says = [
        "nothing has been released",
        "nothing is released",
        "no release has been made",
        "no releases have been made",
        "there are no releases yet",
        "there is no release yet",
        "no release yet",
        "no releases yet",
        "has not been released yet",
        "has no releases yet",
    ];
    if words::any(&sentence.lower, &says).is_none() || !is_of_today(sentence) {
        return;
    }
    let about = &sentence.lower;
    let tag = policy.tags.iter().find(|tag| tag.is_main && !tag.version.is_early);
    let (ruling, reason) = match tag {
        Some(tag) => (Ruling::Contradicted, format!("a release exists: {}", tag.name)),
        None if policy.is_shallow || !policy.has_history => {
            (Ruling::Unverifiable, "the clone has no tags; fetch with `fetch-depth: 0`".to_owned())
        }
        None if policy.tags.is_empty() => (Ruling::Upheld, "no tag names a release".to_owned()),
        None => return,
    };
    let said = reports.claim(sentence.place(), KIND, about, (ruling, reason));
    if ruling == Ruling::Unverifiable {
        said.missing(Missing::History);
    }
    if let Some(tag) = tag {
        said.proof(format!("tag {}", tag.name));
    }
}

/// True if a sentence with "not yet" is about today, and unqualified.
fn is_of_today(sentence: &Sentence<'_>) -> bool {
    let bare = sentence.lower.trim_start_matches(|c: char| !c.is_alphanumeric());
    let starts = ["nothing", "no ", "there ", "this ", "it "].iter().any(|start| bare.starts_with(start));
    starts && !sentence.is_put_off() && !sentence.part.block.is_quoted && sentence.leads().next().is_none()
}
