//! `untouched-policy-template`: a policy that still contains GitHub's template.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::Role;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Ruling, Severity};
use crate::parse::policy::words;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untouched-policy-template",
        title: "security policy that is still a template",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "describe this project: which versions get fixes, and how to report a vulnerability",
        docs: r"
## What it does
Reports a security policy that still contains sentences of GitHub's template, its version rows, in any language, or text
that an assistant addressed to its user instead of to readers.

## Why is this bad
The template promises fixes for versions that never existed, and gives no way to report a vulnerability. Flaws are then
reported in public, or not at all.

## Example
A table with the rows 5.1.x, 5.0.x, 4.0.x and < 4.0 in a project whose version is 0.3.0.

## Use instead
```markdown
The latest release gets security fixes. Report a vulnerability under Security, Report a vulnerability.
```
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "template";

/// Instructions of the template to its author.
const ASKS: [&str; 4] = [
    "use this section to tell people",
    "tell them where to go, how often they can expect",
    "usa esta sección para decirle a la gente",
    "use esta seção para informar",
];
/// Phrases that assistants address to their user.
const ASIDES: [&str; 12] = [
    "let me know if you",
    "would you like me to",
    "feel free to customize",
    "feel free to adjust this",
    "please replace with",
    "replace this with",
    "replace the placeholder",
    "as an ai",
    "here is a security.md",
    "here's a security.md",
    "i can also",
    "adjust the contact",
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let policy = &repository.policy;
    let mut is_told = false;
    for sentence in policy.sentences(&[Role::Policy]) {
        if sentence.is_put_off() {
            continue;
        }
        let text = sentence.lower.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(found) = ASKS.iter().find(|ask| text.contains(**ask)) {
            is_told = true;
            let reason = "this is an instruction of the template to its author".to_owned();
            reports.claim(sentence.place(), KIND, found, (Ruling::Contradicted, reason));
        } else if let Some(found) = words::any(&text, &ASIDES) {
            is_told = true;
            let reason = "this is addressed to the author of the policy, not to its readers".to_owned();
            reports.claim(sentence.place(), KIND, found, (Ruling::Contradicted, reason));
        }
    }
    if is_told {
        return;
    }
    for support in policy.support().iter().filter(|support| !support.is_put_off) {
        if support.is_template(policy) {
            let span = support.rows.first().map_or(support.span, |row| row.span);
            let reason = "the versions are those of GitHub's template".to_owned();
            reports.claim((&support.document.path, span), KIND, "rows", (Ruling::Contradicted, reason));
        }
    }
}
