//! Settings of agents and editors, instructions, and the commands in them: any bytes are read or told why not, places
//! are those of the text, and every check of them holds out.
#![no_main]

use bartizan::model::{Finding, RepoPath};
use bartizan::parse::document::{self, Format};
use bartizan::parse::{instructions, remote};
use bartizan_fuzz::{Memory, report};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 10] = [
    ".mcp.json",
    ".codex/config.toml",
    ".continue/config.yaml",
    ".vscode/settings.json",
    ".vscode/tasks.json",
    "x.code-workspace",
    ".devcontainer/devcontainer.json",
    "package.json",
    "binding.gyp",
    "CLAUDE.md",
];

fuzz_target!(|text: &[u8]| {
    for format in [Format::Json, Format::Toml, Format::Yaml] {
        let (document, _) = document::read(text, format);
        for value in document.values() {
            let span = value.span();
            assert!(span.start <= span.end && span.end <= text.len(), "{format:?} {span:?}");
        }
    }
    for found in instructions::read(text) {
        let (instructions::Found::Hidden { span, .. }
        | instructions::Found::Pipe { span, .. }
        | instructions::Found::Runs { span, .. }
        | instructions::Found::Unverified { span, .. }) = found;
        assert!(span.start <= span.end && span.end <= text.len());
    }
    let _ = remote::act(&String::from_utf8_lossy(text));
    let files = NAMES.iter().map(|name| (RepoPath::from(*name), text.to_vec())).collect();
    let report = report(&Memory(files)).expect("memory can be read");
    for finding in report.findings.iter().flat_map(Finding::parts) {
        assert!(finding.place.span.end <= text.len(), "{finding:?}");
    }
});
