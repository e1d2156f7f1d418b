//! `pipe-to-shell`: a build that runs what it downloads.

use crate::engine::repository::dockerfiles::{Dockerfile, Script};
use crate::engine::repository::{Repository, download};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::dockerfile::Instruction;
use crate::parse::shell::{Command, is_shell};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "pipe-to-shell",
        title: "build that runs what it downloads",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "install a package at a fixed version, or download the script to a file, compare it with a digest in the Dockerfile, then run it",
        docs: r#"
## What it does
Reports `RUN` instructions in which a shell or another interpreter runs the output of `curl` or `wget`: through a pipe,
`sh -c "$(curl …)"`, `bash <(curl …)`, `eval`, `source`; and the same in PowerShell. Places are one finding, grouped by
host.

## Why is this bad
The build runs whatever the server sends: anyone who compromises the server, or the account that hosts the script,
controls every image built from then on. If the connection breaks, half a script runs.

## Example
```dockerfile
RUN curl -fsSL https://example.com/install.sh | sh
```

## Use instead
```dockerfile
ADD --checksum=sha256:<digest> https://example.com/install.sh /opt/
RUN sh /opt/install.sh
```

## References
- <https://github.com/ossf/scorecard/blob/main/docs/checks.md#pinned-dependencies>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Dockerfiles, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        for (one, script) in file.runs() {
            assess(file, one, script, reports);
        }
    }
}

fn assess(file: &Dockerfile, one: &Instruction, script: &Script, reports: &mut Reports<'_>) {
    let mut seen = Vec::new();
    for (number, command) in script.commands.iter().enumerate() {
        let Some(download) = download::of(command).filter(|download| !download.is_near()) else { continue };
        let Some(by) = runs(&script.commands, number) else { continue };
        let span = script.locate(&command.range);
        if seen.contains(&span) {
            continue;
        }
        seen.push(span);
        say(file, one, span, download.host(), by, reports);
    }
    if seen.is_empty()
        && let Some(at) = powershell(&script.text.text)
    {
        say(file, one, script.locate(&at), None, "PowerShell", reports);
    }
}

fn say(
    file: &Dockerfile,
    one: &Instruction,
    span: Span,
    host: Option<&str>,
    by: &str,
    reports: &mut Reports<'_>,
) {
    let host = host.filter(|host| !host.contains('$'));
    let from = host.map_or_else(|| "the network".to_owned(), |host| format!("`{host}`"));
    let message = format!("the response of {from} is executed directly by {by}");
    reports
        .instruction(file, one, span, message, Severity::Medium)
        .note(format!("from {from}"))
        .practice(host.unwrap_or("elsewhere"), "places run what they download");
}

/// The interpreter that runs the output of the command `number`, if any.
fn runs(all: &[Command], number: usize) -> Option<&str> {
    let mut at = number;
    for _ in 0..10 {
        let command = &all[at];
        if let Some(outer) = command.inside.and_then(|outer| all.get(outer)) {
            return takes(outer, command).then(|| outer.name());
        }
        let next = command.feeds?;
        let reader = all.get(next)?;
        if reads_program(reader) {
            return Some(reader.name());
        }
        at = next;
    }
    None
}

/// True for an interpreter that runs its standard input.
fn reads_program(command: &Command) -> bool {
    let mut arguments = command.arguments().iter().map(|word| word.text.as_str());
    match command.name() {
        name if is_shell(name) && name != "busybox" => {
            // With `-c` or a file name the script comes from elsewhere.
            let mut options = arguments.take_while(|text| *text != "-" && *text != "-s" && *text != "--");
            options.all(|text| text.starts_with(['-', '+']) && !text.ends_with('c') || text == "/dev/stdin")
        }
        "source" | "." => arguments.any(|text| text == "/dev/stdin"),
        name if is_interpreter(name) => {
            arguments.next().is_none_or(|text| matches!(text, "-" | "--" | "/dev/stdin"))
        }
        _ => false,
    }
}

fn is_interpreter(name: &str) -> bool {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    matches!(
        bare,
        "python" | "perl" | "ruby" | "node" | "php" | "lua" | "pwsh" | "powershell" | "tclsh" | "Rscript"
    )
}

/// True if `outer` runs the output of `inner`, which is in one of its words.
fn takes(outer: &Command, inner: &Command) -> bool {
    let name = outer.name();
    let holds =
        |range: &std::ops::Range<usize>| range.start <= inner.range.start && inner.range.end <= range.end;
    let is_only = |text: &str, open: &[&str]| open.iter().any(|open| text.trim_start().starts_with(open));
    let read = outer.reads.iter().any(|word| holds(&word.range));
    if is_shell(name) || is_interpreter(name) {
        let word = outer.arguments().iter().find(|word| holds(&word.range));
        return read || word.is_some_and(|word| is_only(&word.text, &["$(", "`", "<("]));
    }
    let word = outer.words.iter().find(|word| holds(&word.range));
    match name {
        "eval" | "source" | "." => word.is_some(),
        // The output is the command.
        _ => outer.name_word().is_some_and(|word| holds(&word.range) && is_only(&word.text, &["$(", "`"])),
    }
}

/// Where PowerShell runs what it downloads.
fn powershell(text: &str) -> Option<std::ops::Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let fetches = ["downloadstring(", "invoke-webrequest", "invoke-restmethod", "iwr ", "irm "];
    let is_fetch = fetches.iter().any(|word| lower.contains(word));
    let word = ["invoke-expression", "iex "].into_iter().filter_map(|word| {
        let at = lower.find(word)?;
        let before = lower[..at].chars().next_back();
        before.is_none_or(|c| !c.is_ascii_alphanumeric()).then(|| at..at + word.trim_end().len())
    });
    let piped = lower.find("| iex").map(|at| at + 2..at + 5);
    word.chain(piped).next().filter(|_| is_fetch)
}
