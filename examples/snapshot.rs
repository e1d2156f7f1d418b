//! Writes the facts of a RustSec database, a directory or an archive, as they are built in:
//! `cargo run --example snapshot -- advisory-db src/external/advisories.snapshot 2024-01-31 [COMMIT]`.
//!
//! The date is the day that the database is of, and COMMIT its commit, if it has one. Titles and
//! descriptions are left out: see `src/external/built_in.rs`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a tool of the project: writes one file"
)]

use std::path::Path;
use std::process::ExitCode;

use bartizan::external::{built_in, store};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let written = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [from, to, date] => make(from, to, date, None),
        [from, to, date, commit] => make(from, to, date, Some(commit)),
        _ => Err("usage: snapshot DIR|ARCHIVE FILE DATE [COMMIT]".to_owned()),
    };
    match written {
        Ok(said) => {
            eprintln!("{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(2)
        }
    }
}

fn make(from: &str, to: &str, date: &str, commit: Option<&str>) -> Result<String, String> {
    let database = store::read(Path::new(from))?;
    let said = format!("{} advisories, the newest of {}", database.count, database.newest);
    let unread = database.unread.len();
    let bytes = built_in::write(database, date, commit)?;
    std::fs::write(to, &bytes).map_err(|error| format!("cannot write {to}: {error}"))?;
    Ok(format!("{said}, {unread} of them cannot be read; {} bytes", bytes.len()))
}
