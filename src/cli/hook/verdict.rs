//! How a hook ends: what it says on standard error, and its exit code.

use std::io::{self, IsTerminal as _, Write as _};

use crate::cli::exit::Exit;
use crate::cli::job::Done;
use crate::model::Severity;
use crate::render::Options;
use crate::render::hook::{self, Verdict, Way};

/// Columns without a terminal.
const WIDTH: usize = 100;

/// Prints the result of a scan. `what` was scanned; `way` is what to do if that is blocked.
pub(super) fn tell(done: &Done, what: &str, way: &Way, quiet: bool) -> Exit {
    let Done { report, fail_on } = done;
    let exit = Exit::of(report, *fail_on);
    let is_terminal = io::stderr().is_terminal();
    let size = if is_terminal { terminal_size::terminal_size_of(io::stderr()) } else { None };
    let options = Options {
        color: anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never,
        width: size.map_or(WIDTH, |(width, _)| usize::from(width.0)),
        quiet,
        ..Options::plain(*fail_on)
    };
    let blocks = |severity: Severity| fail_on.is_some_and(|threshold| severity >= threshold);
    let verdict = Verdict { what, way, blocks: &blocks, whole: exit != Exit::Failed };
    let mut text = Vec::new();
    let written = hook::render(report, &verdict, &options, &mut text);
    // Standard error may be closed; the exit code still counts.
    let _ = written.and_then(|()| io::stderr().lock().write_all(&text));
    exit
}
