//! The commit that a release starts from: the version, and its section in the changelog.

use anyhow::{Context as _, bail, ensure};
use jiff::Zoned;
use xshell::{Shell, cmd};

const UNRELEASED: &str = "## [Unreleased]\n";

/// Writes both, for a maintainer to read and commit; what comes next stands in `packaging/README.md`.
pub(crate) fn run(shell: &Shell, version: &str) -> anyhow::Result<()> {
    ensure!(is_version(version), "`{version}` is not a version like 1.2.3");
    ensure!(
        cmd!(shell, "git status --porcelain").quiet().read()?.is_empty(),
        "commit or stash what has changed first"
    );
    let manifest = shell.read_file("Cargo.toml")?;
    let (head, tail) = manifest.split_once("\nversion = \"").context("Cargo.toml names no version")?;
    let (_, tail) = tail.split_once('"').context("Cargo.toml names no version")?;
    shell.write_file("Cargo.toml", format!("{head}\nversion = \"{version}\"{tail}"))?;
    cmd!(shell, "cargo update --offline --workspace").run()?;
    let changelog = shell.read_file("CHANGELOG.md")?;
    shell.write_file("CHANGELOG.md", with_section(&changelog, version, &today())?)?;
    cmd!(shell, "git diff --stat").run()?;
    eprintln!("next: read the diff, run `cargo xtask ci`, commit, and go on with packaging/README.md");
    Ok(())
}

fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn today() -> String {
    Zoned::now().date().to_string()
}

/// The changelog with what was unreleased under the new version.
fn with_section(changelog: &str, version: &str, day: &str) -> anyhow::Result<String> {
    if changelog.contains(&format!("\n## [{version}]")) {
        bail!("CHANGELOG.md has a section of {version} already");
    }
    let (head, tail) =
        changelog.split_once(UNRELEASED).context("CHANGELOG.md has no section `Unreleased`")?;
    ensure!(tail.split("\n## ").next().is_some_and(|part| part.contains("\n- ")), "nothing is unreleased");
    Ok(format!("{head}{UNRELEASED}\n## [{version}] - {day}\n{tail}"))
}

#[cfg(test)]
mod tests {
    use super::{is_version, with_section};

    #[test]
    fn what_was_unreleased_is_released() {
        let text = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- More.\n\n## [0.1.0] - 2026-01-01\n";
        let new = with_section(text, "0.2.0", "2026-02-01").expect("there is something");
        assert_eq!(
            new,
            "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-02-01\n\n### Added\n\n- More.\n\n## [0.1.0] - 2026-01-01\n"
        );
        assert!(with_section(&new, "0.2.0", "2026-02-01").is_err());
        assert!(with_section(&new, "0.3.0", "2026-02-01").is_err());
    }

    #[test]
    fn versions() {
        assert!(is_version("1.20.3"));
        for wrong in ["1.2", "1.2.x", "v1.2.3", "1..2", "1.2.3.4"] {
            assert!(!is_version(wrong), "{wrong}");
        }
    }
}
