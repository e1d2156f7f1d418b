//! The bartizan.toml that `init` writes: every setting with its description, commented out.

use std::fmt::Write as _;

use crate::scan::config::setting::Setting;
use crate::scan::config::settings::TABLES;

/// Characters of a line of prose.
const WIDTH: usize = 100;

/// All settings, commented out, with their defaults or an example. Prose stands behind `# `, settings behind `#`.
#[must_use]
pub fn template() -> String {
    let mut out = String::new();
    prose(
        &mut out,
        "Settings of bartizan for this repository. Options on the command line override them. Every setting below is \
         commented out; its value is the default, or an example.",
    );
    // What stands outside of any table is written as tables, and so can come last.
    let (outside, tables): (Vec<_>, Vec<_>) = TABLES.iter().partition(|table| table.name.is_empty());
    for table in tables.into_iter().chain(outside) {
        if !table.name.is_empty() {
            out.push('\n');
            prose(&mut out, table.doc);
            let _ = writeln!(out, "[{}]", table.name);
        }
        for setting in table.settings {
            out.push('\n');
            prose(&mut out, setting.doc);
            for line in example(setting).lines() {
                let _ = writeln!(out, "#{line}");
            }
        }
    }
    out
}

/// How a setting is written, with its example or its default.
#[must_use]
pub fn example<T>(setting: &Setting<T>) -> String {
    match setting.unset.example {
        Some(tables) if tables.starts_with("[[") => tables.to_owned(),
        example => {
            format!("{} = {}", setting.key, example.or(setting.unset.default.ok()).unwrap_or_default())
        }
    }
}

/// Writes a comment, in lines of a bearable length.
fn prose(out: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{line}");
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(out, "{line}");
}
