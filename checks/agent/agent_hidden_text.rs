//! `agent-hidden-text`: invisible text in instructions for agents.

use crate::engine::repository::Repository;
use crate::engine::repository::beside::Group;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::agent;
use crate::parse::invisible::Invisible;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "agent-hidden-text",
        title: "invisible text in agent instructions",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Agent,
        remedy: "decode the characters, remove them, and find out who added them",
        docs: r#"
## What it does
Reports invisible characters in files that coding agents read as instructions or settings (`CLAUDE.md`,
`AGENTS.md`, `.cursor/rules`, skills, prompts, `.mcp.json` and so on): consecutive variation selectors, tag characters
except in flags, four or more consecutive zero-width characters, and bidirectional control characters. Each kind is one
finding per file. Other files are covered by `hidden-text`.

## Why is this bad
A reviewer does not see them; the agent reads and follows what they say.

## Example
A rule `Use two spaces.` followed by tag characters that say to exfiltrate the environment.

## Use instead
Visible characters.

## Known problems
Instructions in right-to-left languages change the direction; controls that are closed on their line are not reported.

## References
- <https://www.unicode.org/reports/tr36/>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Texts, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in repository.beside.hidden.iter().filter(|file| agent::is_read(file.path.as_bytes())) {
        // In prose, a closed direction control belongs to a language.
        let is_told = |group: &Group| group.kind != Invisible::Direction { open: false };
        for group in file.groups().into_iter().filter(is_told) {
            let message = format!("{}, where an agent reads them", group.what);
            reports.span(&file.path, group.span, message).severity(group.severity).proof(group.proof);
        }
    }
}
