//! `bartizan checks verify DIR`: a user's packs, proven by their own examples.

use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::output;
use crate::model::text;
use crate::scan::config::pack_files;
use crate::scan::verify;

pub(super) fn run(dir: &Path) -> anyhow::Result<Exit> {
    let files = pack_files(dir, &dir.display().to_string(), None)?;
    let verified = verify::packs(&files);
    output::stdout(|out| {
        for mistake in &verified.mistakes {
            writeln!(out, "{}", text::escaped(mistake))?;
        }
        let plural =
            |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        writeln!(
            out,
            "{}, {}, {}, {}",
            plural(files.len(), "pack", "packs"),
            plural(verified.rules, "rule", "rules"),
            plural(verified.examples, "example", "examples"),
            plural(verified.mistakes.len(), "mistake", "mistakes"),
        )
    })?;
    Ok(if verified.mistakes.is_empty() { Exit::Clean } else { Exit::Findings })
}
