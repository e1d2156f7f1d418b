//! `hidden-text`: text that no one sees.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::agent;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "hidden-text",
        title: "hidden text",
        severity: Severity::High,
        confidence: Confidence::Medium,
        family: Family::Policy,
        remedy: "open the file with an editor that shows such characters, see what they say, and take them out",
        docs: r#"
## What it does
Reports in any text that git tracks

- variation selectors in a row, each of which can stand for a byte;
- tag characters, which repeat ASCII, but in the flag of a region;
- four or more characters without a width in a row;
- in source text, characters that change the direction of text, so that it reads otherwise than it is run: `high` if
  they override it or are not taken back on their line, else `medium`. Translations are left out.

Each kind is one finding in a file. What coding agents read is left to `agent-hidden-text`.

## Why is this bad
Editors and reviews show nothing, and programs read it all the same: GlassWorm has hidden its code in variation
selectors, and instructions for coding agents were hidden in tag characters.

## Example
A line `const x = decode("");` whose quotes are not empty.

## Use instead
Characters that are seen. Where a text needs them, as data of a test does, write escapes: `\u{fe00}`.

## Known problems
Direction is changed in texts of right-to-left languages that stand in source text.

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
