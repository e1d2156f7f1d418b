//! `bartizan hook commit-msg`: the message of a commit.

use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::hook::args::HookScan;
use crate::cli::hook::{Way, options, place, plan, verdict};
use crate::cli::job;
use crate::cli::sources::part;
use crate::model::RepoPath;
use crate::parse::hook::{Cleanup, message};
use crate::scan::config::Environment;
use crate::source::Given;
use crate::source::hooks::{self, Hooks};

pub(super) fn run(file: &Path, scan: &HookScan, environment: &Environment) -> anyhow::Result<Exit> {
    let done = job::perform(&plan(scan), environment, &|asked| {
        let options = options(asked.options.git_home.clone(), asked.environment.clone());
        let settings = Hooks::open(&place(environment, &options), &options)?;
        let text = tidied(&settings, &hooks::message_file(file)?, !environment.hook.no_editor);
        let path = RepoPath::new(file.to_string_lossy().into_owned());
        Ok(part(Box::new(Given::text(path, "the message of the commit", text))))
    })?;
    let way = Way::Message { file: file.to_string_lossy().into_owned() };
    Ok(verdict::tell(&done, "the message", &way, scan.quiet))
}

/// What git puts in front of comments where it is to choose that itself: the first of these with which no
/// line starts.
const CHOICES: &[u8] = b"#;@!$%^&|:";

/// The message `text` as git would record it, as far as its settings say; `edited` if it has been
/// shown it in an editor.
fn tidied(settings: &Hooks, text: &[u8], edited: bool) -> Vec<u8> {
    let (comments, scissors) = match settings.cleanup.as_deref() {
        Some("verbatim" | "whitespace") => (false, edited),
        Some("scissors") if edited => (false, true),
        Some("strip") => (true, edited),
        _ => (edited, edited),
    };
    if settings.marks.is_empty() {
        // Comments cannot be recognised then; the scissors line can.
        let marks: Vec<Vec<u8>> = CHOICES.iter().map(|mark| vec![*mark]).collect();
        return message(text, &marks, Cleanup { comments: false, scissors });
    }
    message(text, &settings.marks, Cleanup { comments, scissors })
}
