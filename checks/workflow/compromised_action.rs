//! `compromised-action`: versions of actions into which others have put code that steals secrets.

use crate::engine::repository::release::{Release, release};
use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::{Action, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "compromised-action",
        title: "version of an action that stole secrets",
        severity: Severity::Critical,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "move to a release after the attack, named by its commit; find out whether the workflow ran while it lasted, and if so replace every secret and token that the job could read",
        docs: r"
## What it does
Reports actions in versions that attackers have replaced by code that reads the secrets of the job, by a list in this
program. A commit of the attackers, and a tag that still leads to one as far as is known, is `critical`. A tag that was
put right since is `medium`: what ran while the attack lasted may have lost its secrets, and the tag was moved once.

| action | versions | when | source |
|---|---|---|---|
| `tj-actions/changed-files` | all tags to v45 | 14 to 15 March 2025 | CVE-2025-30066 |
| `reviewdog/action-setup` | v1, and actions of reviewdog that use it | 11 March 2025 | CVE-2025-30154 |
| `aquasecurity/trivy-action` | all tags before 0.35.0, `master` | 19 to 20 March 2026 | CVE-2026-33634 |
| `aquasecurity/setup-trivy` | all tags before v0.2.6 | 19 March 2026 | CVE-2026-33634 |
| `checkmarx/kics-github-action` | all tags of that time | 23 March 2026 | Checkmarx/kics#8007 |
| `actions-cool/issues-helper`, `actions-cool/maintain-one-comment` | all tags, not put right | from 18 May 2026 | apache/infrastructure-actions#1035 |

## Why is this bad
The code read the memory of the runner, and with it every secret of the job, masked or not, and sent them away or wrote
them into public logs. Tokens taken in one such attack were used for the next.

## Example
```yaml
- uses: aquasecurity/trivy-action@0.28.0
```

## Use instead
```yaml
- uses: aquasecurity/trivy-action@57a97c7e7821a5776cebc9bb87c984fa69cba8f1 # v0.35.0
```

## Known problems
The list is of November 2026. A commit that is not known to be of an attack is not reported, even if the comment behind it
names such a version: the commit cannot have been moved. Tags `v0.34.0` and older of `aquasecurity/trivy-action` were
made anew after the attack, in the place of those without `v`; they are reported like these.

## References
- <https://github.com/advisories/GHSA-mrrh-fwg8-r2c3>
- <https://github.com/reviewdog/reviewdog/issues/2079>
- <https://github.com/aquasecurity/trivy/security/advisories/GHSA-69fq-xp46-6x23>
- <https://github.com/apache/infrastructure-actions/pull/1035>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// An attack on an action.
struct Attack {
    /// `owner/name`.
    action: &'static str,
    /// Commits of the attackers.
    commits: &'static [&'static str],
    /// Tags before this release were moved.
    before: Release,
    /// Branches that led to the code.
    branches: &'static [&'static str],
    /// When.
    when: &'static str,
    /// A source.
    source: &'static str,
    /// True if the tags were put right since.
    is_over: bool,
}

const NEXT: Release = [u32::MAX; 3];

const ATTACKS: [Attack; 12] = [
    Attack {
        action: "tj-actions/changed-files",
        commits: &["0e58ed8671d6b60d0890c21b07f8835ace038e67"],
        before: [46, 0, 0],
        branches: &[],
        when: "14 March 2025",
        source: "CVE-2025-30066",
        is_over: true,
    },
    reviewdog("reviewdog/action-setup"),
    reviewdog("reviewdog/action-shellcheck"),
    reviewdog("reviewdog/action-composite-template"),
    reviewdog("reviewdog/action-staticcheck"),
    reviewdog("reviewdog/action-ast-grep"),
    reviewdog("reviewdog/action-typos"),
    Attack {
        action: "aquasecurity/trivy-action",
        commits: &[
            "ddb9da4475c1cef7d5389062bdfdfbdbd1394648",
            "91e7c2c36dcad14149d8e455b960af62a2ffb275",
            "c5967f85626795f647d4bf6eb67227f9b79e02f5",
        ],
        before: [0, 35, 0],
        branches: &["master"],
        when: "19 March 2026",
        source: "CVE-2026-33634",
        is_over: true,
    },
    Attack {
        action: "aquasecurity/setup-trivy",
        commits: &["e6c2c5e321ed9123bda567646e2f96565e34abe1"],
        before: [0, 2, 6],
        branches: &[],
        when: "19 March 2026",
        source: "CVE-2026-33634",
        is_over: true,
    },
    Attack {
        action: "checkmarx/kics-github-action",
        commits: &[],
        before: [2, 1, 21],
        branches: &["v2", "v2.1"],
        when: "23 March 2026",
        source: "Checkmarx/kics#8007",
        is_over: true,
    },
    actions_cool("actions-cool/issues-helper"),
    actions_cool("actions-cool/maintain-one-comment"),
];

const fn reviewdog(action: &'static str) -> Attack {
    Attack {
        action,
        commits: &["f0d342d24037bb11d26b9bd8496e0808ba32e9ec"],
        before: [0, 0, 0],
        branches: &["v1"],
        when: "11 March 2025",
        source: "CVE-2025-30154",
        is_over: true,
    }
}

const fn actions_cool(action: &'static str) -> Attack {
    Attack {
        action,
        commits: &[],
        before: NEXT,
        branches: &["main", "master"],
        when: "18 May 2026",
        source: "apache/infrastructure-actions#1035",
        is_over: false,
    }
}

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (site, uses) in repository.uses() {
        judge(site, uses, reports);
    }
}

fn judge(site: Site<'_>, uses: &Text, reports: &mut Reports<'_>) {
    let Some(action) = Action::parse(&uses.text) else { return };
    let Some(attack) = ATTACKS.iter().find(|attack| action.is(attack.action)) else { return };
    let Attack { when, source, .. } = attack;
    let reference = action.reference;
    let name = uses.text.trim();
    if attack.commits.iter().any(|commit| commit.eq_ignore_ascii_case(reference)) {
        let message =
            format!("`{name}` is the commit of the attackers of {when}, which steals secrets ({source})");
        reports.at(site, uses.span, message);
        return;
    }
    let was_moved = !action.is_commit()
        && (attack.branches.contains(&reference)
            || release(reference).is_some_and(|release| release < attack.before || !attack.is_over));
    if !was_moved {
        return;
    }
    if attack.is_over {
        let message = if release(reference).is_some() {
            format!(
                "`{name}` was compromised on {when} and put right since: jobs that ran then may have lost their secrets ({source})"
            )
        } else {
            format!(
                "`{name}` may have led to code of attackers on {when}: jobs that ran then may have lost their secrets ({source})"
            )
        };
        reports.at(site, uses.span, message).severity(Severity::Medium);
    } else {
        let message = format!("`{name}` is compromised since {when}: all its tags steal secrets ({source})");
        reports.at(site, uses.span, message);
    }
}
