//! `bartizan hook commit-msg`: the message of a commit.

use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::hook::args::HookScan;
use crate::cli::hook::{Way, arguments, options, place, verdict};
use crate::cli::job;
use crate::cli::sources::part;
use crate::model::RepoPath;
use crate::scan::config::Environment;
use crate::source::Message;
use crate::source::hooks::{self, Hooks};

pub(super) fn run(file: &Path, scan: &HookScan, environment: &Environment) -> anyhow::Result<Exit> {
    let done = job::perform(&arguments(scan), environment, &|asked| {
        let options = options(asked.options.git_home.clone(), asked.environment.clone());
        let settings = Hooks::open(&place(environment, &options), &options)?;
        let text = settings.tidied(&hooks::message_file(file)?, !environment.hook.no_editor);
        let path = RepoPath::new(file.to_string_lossy().into_owned());
        Ok(part(Box::new(Message::new(path, text))))
    })?;
    let way = Way::Message { file: file.to_string_lossy().into_owned() };
    Ok(verdict::tell(&done, "the message", &way, scan.quiet))
}
