//! `agent-open-to-everyone`: an agent that accepts triggers from strangers, or runs any command for them.

use crate::engine::repository::agents::Agent;
use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Entry;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "agent-open-to-everyone",
        title: "agent that anyone can trigger",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "list the users and bots that may trigger it, or remove the input so that only people with write access can; allow only the commands it needs",
        docs: r#"
## What it does
Reports settings that let people without write access trigger an agent in a workflow: `allowed_non_write_users: "*"` and
`allowed_bots: "*"` of Claude Code, `allow-users: "*"` of Codex. In a job that anyone can start, it also reports
settings that let the agent run any command: `--dangerously-skip-permissions`, `Bash` among the allowed tools without a
restriction, `--yolo`,
`danger-full-access`, `safety-strategy: unsafe`.

It is `high` if anyone can start the job and it holds a write token or a secret other than the agent's key, and `medium`
otherwise.

## Why is this bad
These actions check that the actor has write access to the repository; `*` turns that check off. Anyone who opens an
issue can then instruct a program that holds the secrets of the job.

## Example
```yaml
- uses: anthropics/claude-code-action@v1
  with:
    allowed_non_write_users: "*"
```

## Use instead
```yaml
- uses: anthropics/claude-code-action@v1
  with:
    claude_args: --allowedTools "Bash(gh issue view:*)"
```

## Known problems
Settings files in the repository are not covered by this check.

## References
- <https://github.com/anthropics/claude-code-action/blob/main/docs/security.md>
- <https://github.com/openai/codex-action#readme>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// Inputs that list who may trigger an agent, and who that is with `*`.
const DOORS: [(&str, &str); 4] = [
    ("allowed_non_write_users", "everyone"),
    ("allowed_bots", "every bot and app"),
    ("allow-users", "everyone"),
    ("allowed_users", "everyone"),
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.steps() {
        if let Some(agent) = repository.agent(site) {
            assess(repository, site, &agent, reports);
        }
    }
}

fn assess(repository: &Repository, site: Site<'_>, agent: &Agent<'_>, reports: &mut Reports<'_>) {
    let trust = repository.trust(site);
    let own = own_secrets(site);
    let has_more = trust.secrets.iter().any(|name| !own.contains(&name.to_ascii_uppercase()));
    let is_high = trust.is_exposed() && (trust.may_write() || has_more);
    let severity = if is_high { Severity::High } else { Severity::Medium };
    let event = trust.privileged.first().or_else(|| trust.forks.first());
    let on = event.map(|start| format!(" on `{}`", start.event.name.text)).unwrap_or_default();
    let limit = if trust.guard.is_some() { "; a condition limits who can start it" } else { "" };
    let mut is_open = false;
    for (entry, who) in doors(site) {
        is_open |= who == "everyone";
        let message =
            format!("`{}` lets {who} trigger {}{on}, with {}{limit}", entry.name, agent.name, trust.reach());
        let reported = reports.at(site, entry.value.span, message);
        reported.severity(severity);
        if let Some(start) = event {
            reported.started_by(*start, "");
        }
        if let Some((what, span)) = &agent.free {
            reported.trace(site.file, *span, format!("`{what}` lets it run any command"));
        }
    }
    // If only members can trigger the action, it may do what they may.
    let Some(start) = trust.privileged.first().filter(|_| trust.guard.is_none()) else { return };
    let Some((what, span)) = agent.free.as_ref().filter(|_| !agent.is_gated && !is_open) else { return };
    let message = format!("`{what}` lets {} run any command{on}, with {}", agent.name, trust.reach());
    let reported = reports.at(site, *span, message);
    reported.severity(severity);
    reported.started_by(*start, "");
}

/// Names of the secrets the agent itself needs, such as its key.
fn own_secrets(site: Site<'_>) -> Vec<String> {
    let entries = site.step.map_or(&[][..], |step| &step.with);
    let named = entries
        .iter()
        .filter(|entry| entry.name.to_ascii_lowercase().contains("key") || entry.name.contains("oauth"));
    let parts = named.flat_map(|entry| entry.value.text.split("secrets.").skip(1));
    let name = |part: &str| {
        part.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().map(str::to_ascii_uppercase)
    };
    parts.filter_map(name).collect()
}

/// Inputs of the step that are `*`.
fn doors(site: Site<'_>) -> impl Iterator<Item = (&Entry, &'static str)> {
    let entries = site.step.map_or(&[][..], |step| &step.with);
    entries.iter().filter_map(|entry| {
        let (_, who) = DOORS.iter().find(|(name, _)| entry.name.eq_ignore_ascii_case(name))?;
        entry.value.text.split([',', ' ', '\n']).any(|part| part.trim() == "*").then_some((entry, *who))
    })
}
