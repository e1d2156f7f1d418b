//! `misdirected-report-link`: a report link to another project.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::links::Target;
use crate::engine::repository::policy::{Policy, Role, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Missing, Preset, Ruling, Severity};
use crate::parse::policy::mood::{self, Mood};
use crate::parse::policy::words;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "misdirected-report-link",
        title: "vulnerability report link to another project",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Policy,
        remedy: "point the link to this repository: `../../security/advisories/new` from a policy at the root",
        docs: r"
## What it does
Reports a link in the security policy to the advisories of another GitHub repository, if no other link leads to this
repository. This repository is identified by its remote `origin` and its manifests. A repository of the same owner, or
one that the sentence is about (vulnerabilities in another project), is not reported.

## Why is this bad
Private vulnerability reports go to strangers: they learn of an unfixed flaw, and this project does not.

## Example
```markdown
Open an [advisory](https://github.com/template-owner/template/security/advisories/new).
```

## Use instead
```markdown
Open an [advisory](../../security/advisories/new).
```

## Known problems
A fork whose policy sends reports to its upstream is reported, unless a manifest names that repository.
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "contact-url";

/// True for pages on which vulnerabilities are reported.
fn is_report(page: &str) -> bool {
    page == "security" || page.starts_with("security/advisories")
}

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let policy: &Policy = &repository.policy;
    let sentences = policy.sentences(&[Role::Policy]);
    let own = policy.origin.as_deref().or(policy.named.first().map(String::as_str));
    let mut others = Vec::new();
    let mut is_own_named = false;
    for sentence in &sentences {
        for link in &sentence.part.piece.links {
            if !sentence.range.contains(&link.text.start) || link.is_image {
                continue;
            }
            let place = (&sentence.part.document.path, link.span);
            match policy.target(&sentence.part.document.path, &link.target) {
                Target::Page(page) if own.is_some() => {
                    is_own_named |= is_report(&page);
                    let first = page.split('/').next().unwrap_or("");
                    let is_known =
                        ["security", "issues", "discussions", "releases", "pulls", ""].contains(&first);
                    if is_known {
                        reports.claim(
                            place,
                            KIND,
                            &link.target,
                            (Ruling::Upheld, "the link leads to this repository".to_owned()),
                        );
                    }
                }
                Target::Other(slug, page) if is_report(&page) => others.push((sentence, link, place, slug)),
                _ => {}
            }
        }
    }
    private(&sentences, reports);
    for (sentence, link, place, slug) in others {
        let Some(own) = own else {
            let reason = "neither a remote nor a manifest identifies this repository".to_owned();
            reports
                .claim(place, KIND, &link.target, (Ruling::Unverifiable, reason))
                .missing(Missing::Network);
            continue;
        };
        let (owner, name) = slug.split_once('/').unwrap_or((&slug, ""));
        let is_kin = own.split('/').next() == Some(owner);
        // "For vulnerabilities in x, see x."
        let is_about_it =
            name.len() > 2 && words::has(&sentence.lower, name) && !own.ends_with(&format!("/{name}"));
        if is_own_named || is_kin || is_about_it || sentence.is_put_off() {
            continue;
        }
        let reason = format!("reports go to `{slug}`, and this is `{own}`");
        reports.claim(place, KIND, &link.target, (Ruling::Contradicted, reason));
    }
}

/// The first sentence that says that the forge accepts private reports. Whether that is enabled is a setting.
fn private(sentences: &[Sentence<'_>], reports: &mut Reports<'_>) {
    let says = |sentence: &&Sentence<'_>| {
        let names = [
            "private vulnerability reporting",
            "report a vulnerability privately",
            "private security advisory",
        ];
        // The target of a link is checked separately.
        words::any(&sentence.lower, &names).is_some()
            && sentence.part.piece.links.is_empty()
            && !sentence.is_put_off()
            && !matches!(sentence.mood, Mood::Future | Mood::Conditional | Mood::Aside)
            && !mood::is_denied(&sentence.lower)
    };
    if let Some(sentence) = sentences.iter().find(says) {
        let reason = "whether private reporting is enabled is a setting of the forge".to_owned();
        let verdict = (Ruling::Unverifiable, reason);
        reports
            .claim(sentence.place(), "private-reporting", "private reporting", verdict)
            .missing(Missing::Network);
    }
}
