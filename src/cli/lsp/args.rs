//! The arguments of `bartizan lsp`.

use clap::Args;

use crate::cli::args::{ConfigArgs, Which};

const AFTER_HELP: &str = "\
An editor starts it: docs/editors.md says how in VS Code, Neovim, Helix and Emacs. It uses no network, runs
nothing and writes no file; documents are looked at as they are in the editor, by the settings, marks and baseline
of the repository that holds them.

Exit codes:
  0  the editor has shut it down
  1  the editor is gone without that
  2  what came in was not the protocol";

#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct LspArgs {
    #[command(flatten)]
    pub(super) which: Which,

    #[command(flatten)]
    pub(super) config: ConfigArgs,

    /// Speak on standard input and output; nothing else is offered
    #[arg(long, hide = true)]
    stdio: bool,
}
