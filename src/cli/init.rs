//! `bartizan init`: a configuration to start from.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::output;
use crate::model::Error;
use crate::scan::config::NAMES;

/// All settings with what they are without this file; those that have no such value are examples.
const TEMPLATE: &str = include_str!("init.toml");

#[expect(clippy::disallowed_methods, reason = "the file that was asked for, if there is none")]
pub(super) fn run(folder: &Path) -> anyhow::Result<Exit> {
    for name in NAMES {
        if folder.join(name).symlink_metadata().is_ok() {
            anyhow::bail!("{name} exists already; it was left as it is");
        }
    }
    let file = Path::new(NAMES[0]);
    let wrong = |source: io::Error| Error::Write { path: file.to_owned(), source };
    let mut out = OpenOptions::new().write(true).create_new(true).open(folder.join(file)).map_err(wrong)?;
    out.write_all(TEMPLATE.as_bytes()).map_err(wrong)?;
    output::stdout(|out| writeln!(out, "wrote bartizan.toml"))?;
    Ok(Exit::Clean)
}

#[cfg(test)]
mod tests {
    use super::TEMPLATE;
    use crate::model::Severity;
    use crate::scan::config::{DEFAULT_FAIL_ON, DEFAULT_MAX_FILE_SIZE, parse};

    #[test]
    fn the_template_is_a_configuration() {
        let config = parse(TEMPLATE, "bartizan.toml", "").unwrap();
        assert!(config.checks.is_none() && config.ignores.is_empty() && config.exclude.is_empty());
    }

    #[test]
    fn every_setting_in_the_template_is_right() {
        // Settings are behind `#`, prose behind `# `.
        let lines = TEMPLATE
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        let config = parse(&text, "bartizan.toml", "").unwrap();
        assert_eq!(config.max_file_size, Some(DEFAULT_MAX_FILE_SIZE));
        assert_eq!(config.fail_on, Some(DEFAULT_FAIL_ON));
        assert_eq!((config.ignores.len(), config.packs.len()), (1, 1));
        assert_eq!((config.advisories.ignores.len(), config.advisories.max_age), (1, Some(30)));
        assert_eq!(config.advisories.yanked, Some(Some(Severity::Low)));
        assert!(!config.exclude.is_empty() && config.checks.is_some() && !config.skip_checks.is_empty());
    }
}
