//! `world-writable`: files of an image that anyone may write.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::dockerfile::{Instruction, Keyword};
use crate::parse::shell::{Command, Word};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "world-writable",
        title: "world-writable files in an image",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "give the files to the user who writes them: `COPY --chown=10001`, `chown`; or to a group: `chmod g=u`",
        docs: r"
## What it does
Reports modes such as `777`, `666` and `a+w` of `chmod`, `mkdir -m`, `install -m` and `COPY --chmod` in a Dockerfile. All
are one finding. Directories with the sticky bit, such as `/tmp`, are skipped.

## Why is this bad
Anyone who can run code in the container can change a program that others, or root, run next.

## Example
```dockerfile
RUN chmod -R 777 /app
```

## Use instead
```dockerfile
COPY --chown=10001:10001 . /app
USER 10001
```

## References
- <https://cwe.mitre.org/data/definitions/732.html>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Dockerfiles, whole: false, run },
};

const MANY: &str = "places make files of the image world-writable";

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        let mut say = |one: &Instruction, span, mode: &str| {
            let message = format!("the mode `{mode}` makes files world-writable");
            let reported = reports.instruction(file, one, span, message, Severity::Low);
            reported.note(format!("`{mode}`")).practice(format!("`{mode}`"), MANY);
        };
        for (one, script) in file.runs() {
            for command in &script.commands {
                if let Some((word, mode)) = mode(command).filter(|(_, mode)| is_open(mode)) {
                    say(one, script.locate(&word.range), mode);
                }
            }
        }
        for keyword in [Keyword::Copy, Keyword::Add] {
            for one in file.instructions(keyword) {
                for flag in one.flags("chmod").filter(|flag| is_open(&flag.text)) {
                    say(one, flag.span, &flag.text);
                }
            }
        }
    }
}

/// The mode that `command` sets.
fn mode(command: &Command) -> Option<(&Word, &str)> {
    let words = command.arguments();
    match command.name() {
        "chmod" => {
            let word = words.iter().find(|word| !word.text.starts_with('-') || word.text == "-w")?;
            Some((word, word.text.as_str()))
        }
        "mkdir" | "install" => words.iter().enumerate().find_map(|(at, word)| match word.text.as_str() {
            "-m" | "--mode" => words.get(at + 1).map(|mode| (mode, mode.text.as_str())),
            text => Some((word, text.strip_prefix("--mode=").or_else(|| text.strip_prefix("-m"))?)),
        }),
        _ => None,
    }
}

/// True if the mode is world-writable.
fn is_open(mode: &str) -> bool {
    if mode.len() >= 3 && mode.len() <= 5 && mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) {
        let digits = mode.as_bytes();
        let is_sticky = digits.len() >= 4 && digits[digits.len() - 4] % 2 == 1;
        return !is_sticky && digits[digits.len() - 1] & 2 != 0;
    }
    mode.split(',').any(|part| {
        let Some(at) = part.find(['+', '=']) else { return false };
        let (who, what) = part.split_at(at);
        who.contains(['a', 'o'])
            && what.contains('w')
            && who.bytes().all(|byte| b"ugoa".contains(&byte))
            && !mode.contains('t')
    })
}
