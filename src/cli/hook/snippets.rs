//! `bartizan hook print`: how bartizan is called by those who call hooks.

use crate::cli::exit::Exit;
use crate::cli::hook::args::Manager;
use crate::cli::output;

const GIT: &str = "\
# git: `bartizan hook install --type pre-commit,commit-msg,pre-push` writes these. In hooks of your own:
# .git/hooks/pre-commit
bartizan hook pre-commit || exit
# .git/hooks/commit-msg
bartizan hook commit-msg \"$1\" || exit
# .git/hooks/pre-push, before anything else reads standard input
bartizan hook pre-push \"$1\" \"$2\" || exit
# hooks/pre-receive on a server, before anything else reads standard input
bartizan hook pre-receive || exit
";

const PRE_COMMIT: &str = "\
# pre-commit: .pre-commit-config.yaml, then
# pre-commit install --hook-type pre-commit --hook-type commit-msg --hook-type pre-push
repos:
  - repo: local
    hooks:
      - id: bartizan
        name: bartizan
        entry: bartizan hook pre-commit
        language: system
        pass_filenames: false
        stages: [pre-commit]
      - id: bartizan-commit-msg
        name: bartizan (commit message)
        entry: bartizan hook commit-msg
        language: system
        stages: [commit-msg]
      - id: bartizan-pre-push
        name: bartizan (pushed commits)
        entry: bartizan hook pre-push
        language: system
        pass_filenames: false
        always_run: true
        stages: [pre-push]
";

const PREK: &str = "\
# prek: reads the .pre-commit-config.yaml of pre-commit, see `bartizan hook print pre-commit`; then
# prek install --hook-type pre-commit --hook-type commit-msg --hook-type pre-push
";

const LEFTHOOK: &str = "\
# lefthook: lefthook.yml, then `lefthook install`
pre-commit:
  commands:
    bartizan:
      run: bartizan hook pre-commit
commit-msg:
  commands:
    bartizan:
      run: bartizan hook commit-msg {1}
pre-push:
  commands:
    bartizan:
      run: bartizan hook pre-push {1} {2}
      use_stdin: true
";

const HUSKY: &str = "\
# husky: .husky/pre-commit
bartizan hook pre-commit
# .husky/commit-msg
bartizan hook commit-msg \"$1\"
# .husky/pre-push
bartizan hook pre-push \"$1\" \"$2\"
";

const ALL: [Manager; 5] =
    [Manager::Git, Manager::PreCommit, Manager::Prek, Manager::Lefthook, Manager::Husky];

pub(super) fn run(manager: Option<Manager>) -> anyhow::Result<Exit> {
    match manager {
        Some(manager) => print(&[manager])?,
        None => print(&ALL)?,
    }
    Ok(Exit::Clean)
}

/// Prints what is to be written down for each of `managers`.
pub(super) fn print(managers: &[Manager]) -> anyhow::Result<()> {
    let texts: Vec<&str> = managers.iter().map(|manager| text(*manager)).collect();
    output::stdout(|out| out.write_all(texts.join("\n").as_bytes()))
}

const fn text(manager: Manager) -> &'static str {
    match manager {
        Manager::Git => GIT,
        Manager::PreCommit => PRE_COMMIT,
        Manager::Prek => PREK,
        Manager::Lefthook => LEFTHOOK,
        Manager::Husky => HUSKY,
    }
}
