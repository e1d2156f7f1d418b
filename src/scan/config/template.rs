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

#[cfg(test)]
mod tests {
    use super::template;
    use crate::model::Severity;
    use crate::scan::config::{DEFAULT_FAIL_ON, DEFAULT_MAX_FILE_SIZE, parse};

    #[test]
    fn the_template_is_a_configuration() {
        let config = parse(&template(), "bartizan.toml", "").unwrap();
        assert!(config.checks.is_none() && config.ignores.is_empty() && config.exclude.is_empty());
    }

    #[test]
    fn every_setting_in_the_template_is_right() {
        let template = template();
        let lines = template
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        let config = parse(&text, "bartizan.toml", "").unwrap();
        assert_eq!(config.max_file_size, Some(DEFAULT_MAX_FILE_SIZE));
        assert_eq!(config.fail_on, Some(DEFAULT_FAIL_ON));
        assert_eq!((config.ignores.len(), config.packs.len()), (1, 1));
        assert_eq!((config.advisories.ignores.len(), config.advisories.max_age), (1, Some(30)));
        assert_eq!(config.advisories.yanked, Some(Some(Severity::Low)));
        assert_eq!((config.signatures.rules.len(), config.defaults), (2, Some(true)));
        assert!(!config.exclude.is_empty() && config.checks.is_some() && !config.skip_checks.is_empty());
    }
}
