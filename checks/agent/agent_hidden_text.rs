//! `agent-hidden-text`: text in instructions for agents that people do not see.

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
        title: "hidden text in instructions for agents",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Agent,
        remedy: "see what the characters say, take them out, and find out who put them there",
        docs: r#"
## What it does
Reports characters that are not seen in files which coding agents read as instructions or settings (`CLAUDE.md`,
`AGENTS.md`, `.cursor/rules`, skills, prompts, `.mcp.json` and so on): variation selectors in a row, tag characters but
those of flags, four or more characters without a width in a row, and characters that change the direction of text. Each
kind is one finding in a file. What is hidden in other files is reported by `hidden-text`.

## Why is this bad
A person who reviews the file does not see them; the agent reads and follows what they say.

## Example
A rule `Use two spaces.` behind which tag characters say to send the environment away.

## Use instead
Characters that are seen.

## Known problems
Direction is changed in instructions in right-to-left languages; what is taken back on its line is not reported.

## References
- <https://www.unicode.org/reports/tr36/>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Texts, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in repository.beside.hidden.iter().filter(|file| agent::is_read(file.path.as_bytes())) {
        // In prose a direction that is taken back belongs to a language.
        let is_told = |group: &Group| group.kind != Invisible::Direction { open: false };
        for group in file.groups().into_iter().filter(is_told) {
            let message = format!("{}, where an agent reads them", group.what);
            reports.span(&file.path, group.span, message).severity(group.severity).proof(group.proof);
        }
    }
}
