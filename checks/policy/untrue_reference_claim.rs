//! `untrue-reference-claim`: a branch or a release that the policy names and that is not there.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::{Policy, Role, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Missing, Preset, RepoPath, Ruling, Severity, Span};
use crate::parse::policy::version::{Named, Version};
use crate::parse::policy::words;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrue-reference-claim",
        title: "branch or release in the policy that does not exist",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "name a branch or a release that exists, or take the sentence out",
        docs: r"
## What it does
Reports a branch that the security policy says is maintained, and a release in which it says that a vulnerability was
fixed, if there is no such branch, or no tag up to that release. Both need the references of the repository: in a clone
that is cut off, or that has one branch alone, the claim is unverifiable, and `fetch-depth: 0` makes up for it.

## Why is this bad
Whoever reads that a vulnerability is fixed in a release looks for it, and cannot get it. A fix that never was hides that
the fault is open.

## Example
```markdown
- CVE-2025-0001: patched in v0.8.2
```
where `v0.1.2` is the highest tag.

## Use instead
```markdown
- CVE-2025-0001: patched in v0.1.2
```

## What would change the verdict
Upheld: there is a branch or a tag of that name. Unverifiable in a clone without all branches and tags: fetch with
`fetch-depth: 0`. No evidence: a version that no tag names, and that may be one of another product.

",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "named-ref";
/// Words that stand beside the name of a branch.
const BRANCH: [&str; 6] = ["branch", "branche", "rama", "ramo", "zweig", "ブランチ"];
/// Names of branches that need no marks.
const KNOWN: [&str; 4] = ["main", "master", "develop", "trunk"];
/// Verbs for what a release has done with a fault.
const FIXED: [&str; 8] = [
    "fixed in",
    "patched in",
    "mitigated in",
    "resolved in",
    "addressed in",
    "corrected in",
    "fixed with",
    "fixed by",
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let policy = &repository.policy;
    for support in policy.support().iter().filter(|support| !support.is_put_off) {
        for row in support.rows.iter().filter(|row| row.is_supported == Some(true)) {
            let name = match &row.named {
                Some(Named::Branch(name)) => Some(name.as_str()),
                Some(Named::Latest(None)) => KNOWN
                    .into_iter()
                    .find(|name| words::has(&words::lower(row.text), &format!("{name} branch"))),
                _ => None,
            };
            if let Some(name) = name {
                branch(policy, name, (&support.document.path, row.span), reports);
            }
        }
    }
    for sentence in policy.sentences(&[Role::Policy]) {
        let is_row = matches!(sentence.part.block.kind, crate::parse::policy::Kind::Row(_));
        if !sentence.is_asserted() || sentence.is_put_off() {
            continue;
        }
        if !is_row && let Some((name, at)) = named(&sentence) {
            branch(policy, name, sentence.place_of(at, name.len()), reports);
        }
        main(policy, &sentence, reports);
        release(policy, &sentence, reports);
    }
}

/// The branch that a sentence says is kept up.
fn named<'a>(sentence: &Sentence<'a>) -> Option<(&'a str, usize)> {
    let lower = &sentence.lower;
    let is_kept = [
        "maintain",
        "maintained",
        "maintenance",
        "supported",
        "support",
        "released from",
        "maintenu",
        "developed on",
        "land on",
    ];
    words::any(lower, &is_kept)?;
    let text = sentence.text();
    let codes = sentence
        .part
        .piece
        .code
        .iter()
        .filter(|code| sentence.range.contains(&code.start) && code.end <= sentence.range.end);
    for code in codes {
        let range = code.start - sentence.range.start..code.end - sentence.range.start;
        let behind = words::lower(text.get(range.end..)?);
        let before = words::lower(text.get(..range.start)?);
        let is_branch = BRANCH.iter().any(|word| {
            words::find(behind.trim_start(), word) == Some(0) || before.trim_end().ends_with(word)
        });
        let name = &text[range.clone()];
        let is_name =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._/-".contains(&b));
        if is_branch && is_name {
            return Some((name, range.start));
        }
    }
    None
}

/// "The latest release, and the main branch": that there is such a branch. It may as well be another word for whichever
/// branch comes first, so that none of the name contradicts nothing.
fn main(policy: &Policy, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let is_of_support = words::any(&sentence.lower, &["supported", "maintained"]).is_some()
        || sentence.headings().take(1).any(|heading| words::has(&heading, "supported"));
    let named = KNOWN.into_iter().find_map(|name| {
        let at = words::find(&sentence.lower, &format!("{name} branch"))?;
        Some((name, at))
    });
    let Some((name, at)) = named.filter(|_| is_of_support) else { return };
    if policy.branches.iter().any(|branch| branch == name) {
        branch(policy, name, sentence.place_of(at, name.len()), reports);
    }
}

fn branch(policy: &Policy, name: &str, place: (&RepoPath, Span), reports: &mut Reports<'_>) {
    let is_there =
        policy.branches.iter().any(|branch| branch == name) || policy.default_branch.as_deref() == Some(name);
    let about = format!("branch {name}");
    if is_there || name.eq_ignore_ascii_case("head") {
        let said =
            reports.claim(place, KIND, &about, (Ruling::Upheld, format!("there is a branch `{name}`")));
        said.proof(format!("branch {name}"));
        return;
    }
    if policy.has_all_branches {
        let reason = format!("there is no branch `{name}`");
        let said = reports.claim(place, KIND, &about, (Ruling::Contradicted, reason));
        let count = policy.branches.len();
        said.proof(format!("{count} branches, none of that name"));
        return;
    }
    let reason =
        format!("not all branches are here, and `{name}` is not among them; fetch with `fetch-depth: 0`");
    reports.claim(place, KIND, &about, (Ruling::Unverifiable, reason)).missing(Missing::History);
}

/// "Fixed in v1.2.3": that there is such a release.
fn release(policy: &Policy, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let lower = &sentence.lower;
    let Some(verb) = words::any(lower, &FIXED) else { return };
    let Some(at) = words::find(lower, verb).map(|at| at + verb.len()) else { return };
    let rest = lower[at..].trim_start();
    let start = lower.len() - rest.len();
    let rest = rest.strip_prefix("version ").or_else(|| rest.strip_prefix("release ")).unwrap_or(rest);
    let start = start + (lower.len() - start - rest.len());
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-').unwrap_or(rest.len());
    let text = rest[..end].trim_end_matches(['.', '-']);
    let Some(version) = Version::read(text).filter(|version| version.count >= 2) else { return };
    let place = sentence.place_of(start, text.len());
    let about = format!("release {text}");
    let is_same = |other: &Version| other.numbers == version.numbers;
    let tag = policy.tag_names.iter().find(|name| names(name, &version));
    let known = policy.versions.iter().find(|known| is_same(&known.version));
    if let Some(name) = tag {
        let said =
            reports.claim(place, KIND, &about, (Ruling::Upheld, format!("there is such a release: {name}")));
        said.proof(format!("tag {name}"));
        return;
    }
    if let Some(known) = known {
        let said =
            reports.claim(place, KIND, &about, (Ruling::Upheld, "this is the current version".to_owned()));
        said.evidence(&known.path, known.span, format!("version {}", known.text));
        return;
    }
    if policy.is_shallow || !policy.has_history {
        let reason = "the tags are not here; fetch with `fetch-depth: 0`".to_owned();
        reports.claim(place, KIND, &about, (Ruling::Unverifiable, reason)).missing(Missing::History);
        return;
    }
    // Versions of other products are named in such sentences, too.
    let known =
        policy.versions.iter().filter(|known| known.is_root && !known.is_log).map(|known| &known.version);
    let highest = policy.tags.iter().map(|tag| &tag.version).chain(known).max();
    let is_ours =
        text.starts_with('v') && highest.is_some_and(|highest| version.numbers[0] <= highest.numbers[0]);
    let is_ahead = highest.is_some_and(|highest| version.numbers > highest.numbers);
    match policy.tags.first() {
        Some(tag) if is_ours && is_ahead => {
            let reason = format!("there is no release {text}: the highest tag is {}", tag.name);
            let said = reports.claim(place, KIND, &about, (Ruling::Contradicted, reason));
            said.proof(format!("tag {}", tag.name));
        }
        _ => {
            let reason = format!("no tag names {text}");
            reports.claim(place, KIND, &about, (Ruling::NoEvidence, reason));
        }
    }
}

/// True if the tag called `name` is of this version.
fn names(name: &str, version: &Version) -> bool {
    Version::of_tag(name).is_some_and(|(_, other)| other.numbers == version.numbers)
}
