//! `compromised-action`: versions of actions that attackers replaced with code that steals secrets.

use crate::engine::repository::release::{Release, release};
use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::{Action, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "compromised-action",
        title: "compromised version of an action",
        severity: Severity::Critical,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "update to a release after the attack, pinned to its commit; check whether the workflow ran during the attack, and if so rotate every secret and token the job could read",
        docs: r"
## What it does
Reports versions of actions that are on a built-in list of attacks that read the secrets of the job. A commit of the
attackers, or a tag that is still known to point at one, is `critical`. A tag that has been restored is `medium`: runs
during the attack may have leaked secrets, and the tag was moved once.

| action | versions | when | source |
|---|---|---|---|
| `tj-actions/changed-files` | all tags to v45 | 14 to 15 March 2025 | CVE-2025-30066 |
| `reviewdog/action-setup` | v1, and actions of reviewdog that use it | 11 March 2025 | CVE-2025-30154 |
| `aquasecurity/trivy-action` | all tags before 0.35.0, `master` | 19 to 20 March 2026 | CVE-2026-33634 |
| `aquasecurity/setup-trivy` | all tags before v0.2.6 | 19 March 2026 | CVE-2026-33634 |
| `checkmarx/kics-github-action` | all tags of that time | 23 March 2026 | Checkmarx/kics#8007 |
| `actions-cool/issues-helper`, `actions-cool/maintain-one-comment` | all tags, not restored | from 18 May 2026 | apache/infrastructure-actions#1035 |

## Why is this bad
The code read every secret of the job from the runner's memory, masked or not, and sent them to the attacker or printed
them in public logs. Tokens stolen in one attack were used for the next.

## Example
```yaml
- uses: aquasecurity/trivy-action@0.28.0
```

## Use instead
```yaml
- uses: aquasecurity/trivy-action@57a97c7e7821a5776cebc9bb87c984fa69cba8f1 # v0.35.0
```

## Known problems
The list dates from November 2026. A commit that is not known to be malicious is not reported, even if its comment names
an affected version: a commit cannot be moved. Tags `v0.34.0` and older of `aquasecurity/trivy-action` were created
after the attack to replace those without `v`; they are reported like these.

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
    /// Branches that pointed at the code.
    branches: &'static [&'static str],
    /// When.
    when: &'static str,
    /// A source.
    source: &'static str,
    /// True if the tags have been restored.
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
        assess(site, uses, reports);
    }
}

fn assess(site: Site<'_>, uses: &Text, reports: &mut Reports<'_>) {
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
                "`{name}` was compromised on {when} and has been restored: jobs that ran then may have leaked their secrets ({source})"
            )
        } else {
            format!(
                "`{name}` may have pointed at malicious code on {when}: jobs that ran then may have leaked their secrets ({source})"
            )
        };
        reports.at(site, uses.span, message).severity(Severity::Medium);
    } else {
        let message =
            format!("`{name}` has been compromised since {when}: all its tags steal secrets ({source})");
        reports.at(site, uses.span, message);
    }
}
