//! `hidden-text`: invisible text.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::agent;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "hidden-text",
        title: "invisible text",
        severity: Severity::High,
        confidence: Confidence::Medium,
        family: Family::Policy,
        remedy: "open the file in an editor that shows such characters, decode what they say, and remove them",
        docs: r#"
## What it does
Reports in any tracked text

- consecutive variation selectors, each of which can encode a byte;
- tag characters, which mirror ASCII, except in flags of regions;
- four or more consecutive zero-width characters;
- bidirectional control characters in source code, which make it read differently from how it runs: `high` if they
  override the direction or are not closed on their line, otherwise `medium`. Translations are skipped.

Each kind is one finding per file. Files that coding agents read are covered by `agent-hidden-text`.

## Why is this bad
Editors and reviews show nothing, but programs read it: GlassWorm hid its code in variation selectors, and tag
characters were used to hide instructions for coding agents.

## Example
A line `const x = decode("");` whose quotes are not empty.

## Use instead
Visible characters. If a text needs invisible ones, as test data may, write escapes: `\u{fe00}`.

## Known problems
Right-to-left text in source code changes the direction legitimately.

## References
- <https://trojansource.codes/>
- <https://www.unicode.org/reports/tr36/>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Texts, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    // `agent-hidden-text` reports what agents read.
    for file in repository.beside.hidden.iter().filter(|file| !agent::is_read(file.path.as_bytes())) {
        for group in file.groups() {
            reports
                .span(&file.path, group.span, group.what.to_owned())
                .severity(group.severity)
                .proof(group.proof);
        }
    }
}
