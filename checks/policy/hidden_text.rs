//! `hidden-text`: text that no one sees.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::invisible::{Invisible, Run as Hidden};

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

Each kind is one finding in a file.

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
    for file in &repository.beside.hidden {
        let is_direction = |run: &&Hidden| matches!(run.kind, Invisible::Direction { .. });
        let of = |kind: Invisible| file.runs.iter().filter(move |run| run.kind == kind).collect::<Vec<_>>();
        let mut kinds: Vec<Vec<&Hidden>> =
            [Invisible::Selectors, Invisible::Tags, Invisible::ZeroWidth].into_iter().map(of).collect();
        let mut turned: Vec<&Hidden> = file.runs.iter().filter(is_direction).collect();
        // What is not taken back comes first.
        turned.sort_by_key(|run| run.kind != Invisible::Direction { open: true });
        kinds.push(turned);
        for runs in kinds {
            let Some(first) = runs.first() else { continue };
            let (what, severity) = match first.kind {
                Invisible::Selectors => ("variation selectors in a row hide data", Severity::High),
                Invisible::Tags => ("tag characters hide text", Severity::High),
                Invisible::ZeroWidth => ("characters without a width, in a row, hide data", Severity::High),
                Invisible::Direction { open: true } => (
                    "the direction of text is changed, so that code reads otherwise than it is run",
                    Severity::High,
                ),
                Invisible::Direction { open: false } => {
                    ("the direction of text is changed, and taken back, within code", Severity::Medium)
                }
            };
            let reported = reports.span(&file.path, first.span, what.to_owned()).severity(severity);
            let count: usize = runs.iter().map(|run| run.count).sum();
            let places = if runs.len() == 1 { "place" } else { "places" };
            reported.proof(format!("{count} characters at {} {places}", runs.len()));
        }
    }
}
