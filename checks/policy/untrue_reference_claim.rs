//! `untrue-reference-claim`: a branch or release in the policy that does not exist.

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
        remedy: "name an existing branch or release, or remove the sentence",
        docs: r"
## What it does
Reports a branch that the security policy calls maintained and a release that it says fixed a vulnerability, if the
branch does not exist or no tag reaches that release. In a shallow or single-branch clone the claim is unverifiable:
fetch with `fetch-depth: 0`.

## Why is this bad
Users look for the fixed release and cannot get it. A fix that was never released hides an open flaw.

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
Upheld: a branch or tag of that name exists. Unverifiable in a clone without all branches and tags: fetch with
`fetch-depth: 0`. No evidence: no tag names the version, which may belong to another product.

",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "named-ref";
/// Words next to the name of a branch.
const BRANCH: [&str; 6] = ["branch", "branche", "rama", "ramo", "zweig", "ブランチ"];
/// Branch names recognised without code marks.
const KNOWN: [&str; 4] = ["main", "master", "develop", "trunk"];
/// Verbs for fixing a flaw.
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

/// The branch that a sentence calls maintained.
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

/// "The latest release, and the main branch": whether the branch exists. "Main branch" may also mean the default
/// branch, so a missing `main` contradicts nothing.
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
            reports.claim(place, KIND, &about, (Ruling::Upheld, format!("the branch `{name}` exists")));
        said.proof(format!("branch {name}"));
        return;
    }
    if policy.has_all_branches {
        let reason = format!("the branch `{name}` does not exist");
        let said = reports.claim(place, KIND, &about, (Ruling::Contradicted, reason));
        let count = policy.branches.len();
        said.proof(format!("{count} branches, none of that name"));
        return;
    }
    let reason = format!(
        "the clone does not contain all branches, and `{name}` is not among them; fetch with `fetch-depth: 0`"
    );
    reports.claim(place, KIND, &about, (Ruling::Unverifiable, reason)).missing(Missing::History);
}

/// "Fixed in v1.2.3": whether the release exists.
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
        let said = reports.claim(place, KIND, &about, (Ruling::Upheld, format!("the release {name} exists")));
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
        let reason = "the clone has no tags; fetch with `fetch-depth: 0`".to_owned();
        reports.claim(place, KIND, &about, (Ruling::Unverifiable, reason)).missing(Missing::History);
        return;
    }
    // Such sentences also name versions of other products.
    let known =
        policy.versions.iter().filter(|known| known.is_root && !known.is_log).map(|known| &known.version);
    let highest = policy.tags.iter().map(|tag| &tag.version).chain(known).max();
    let is_ours =
        text.starts_with('v') && highest.is_some_and(|highest| version.numbers[0] <= highest.numbers[0]);
    let is_ahead = highest.is_some_and(|highest| version.numbers > highest.numbers);
    match policy.tags.first() {
        Some(tag) if is_ours && is_ahead => {
            let reason = format!("the release {text} does not exist: the highest tag is {}", tag.name);
            let said = reports.claim(place, KIND, &about, (Ruling::Contradicted, reason));
            said.proof(format!("tag {}", tag.name));
        }
        _ => {
            let reason = format!("no tag names {text}");
            reports.claim(place, KIND, &about, (Ruling::NoEvidence, reason));
        }
    }
}

/// True if the tag `name` is of this version.
fn names(name: &str, version: &Version) -> bool {
    Version::of_tag(name).is_some_and(|(_, other)| other.numbers == version.numbers)
}
