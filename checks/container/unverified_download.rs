//! `unverified-download`: programs that a build downloads and installs without verification.

use crate::engine::repository::Repository;
use crate::engine::repository::dockerfiles::{Dockerfile, Script};
use crate::engine::repository::download::{self, Download};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::dockerfile::Instruction;
use crate::parse::shell::{Command, is_shell};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unverified-download",
        title: "download installed without verification",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Container,
        remedy: "compare the file with a digest in the Dockerfile before it is used: `echo \"<digest>  <file>\" | sha256sum -c`",
        docs: r#"
## What it does
Reports `RUN` instructions that download a file with `curl` or `wget` and then run, unpack or install it, if no command
of the same stage checks a digest or a signature. Over plain HTTP it is `medium`. All places are one finding. Downloads
piped into a shell are reported by `pipe-to-shell`.

## Why is this bad
The image contains whatever the server sends at build time: anyone who compromises the server, or the account that hosts
the file, controls every image built from then on. A URL with a version does not help, since release files can be
replaced.

## Example
```dockerfile
RUN curl -fsSLo /usr/local/bin/tool https://example.com/v1.2.3/tool && chmod +x /usr/local/bin/tool
```

## Use instead
```dockerfile
RUN curl -fsSLo /usr/local/bin/tool https://example.com/v1.2.3/tool \
    && echo "24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d  /usr/local/bin/tool" | sha256sum -c \
    && chmod +x /usr/local/bin/tool
```

## Known problems
Any digest or signature check in the stage suffices; whether it covers this file is not checked.

## References
- <https://github.com/ossf/scorecard/blob/main/docs/checks.md#pinned-dependencies>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Dockerfiles, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        for stage in 0..file.file.stages.len() {
            let scripts = || file.runs().filter(|(one, _)| one.stage == Some(stage));
            if !scripts().any(|(_, script)| script.commands.iter().any(download::verifies)) {
                scripts().for_each(|(one, script)| assess(file, one, script, reports));
            }
        }
    }
}

fn assess(file: &Dockerfile, one: &Instruction, script: &Script, reports: &mut Reports<'_>) {
    for (number, command) in script.commands.iter().enumerate() {
        let Some(found) = download::of(command).filter(|found| !found.is_near() && !found.urls.is_empty())
        else {
            continue;
        };
        if !is_used(&script.commands, number, &found) {
            continue;
        }
        let host = found.host().filter(|host| !host.contains('$'));
        let is_plain = found.urls.iter().any(|url| url.text.starts_with("http://"));
        let from = host.map_or_else(|| "the network".to_owned(), |host| format!("`{host}`"));
        let over = if is_plain { " over plain HTTP" } else { "" };
        let message =
            format!("a download from {from}{over} is installed without a digest or signature check");
        let severity = if is_plain { Severity::Medium } else { Severity::Low };
        reports
            .instruction(file, one, script.locate(&command.range), message, severity)
            .note(format!("from {from}"))
            .practice(host.unwrap_or("elsewhere"), "downloads are installed without verification");
    }
}

/// True if what `found` downloads is run, unpacked or installed.
fn is_used(all: &[Command], number: usize, found: &Download<'_>) -> bool {
    let Some(target) = &found.target else {
        // Through pipes into an unpacker.
        let mut at = number;
        for _ in 0..10 {
            let Some(next) = all[at].feeds.filter(|next| *next < all.len()) else { return false };
            if matches!(all[next].name(), "tar" | "bsdtar" | "cpio" | "unzip") {
                return true;
            }
            at = next;
        }
        return false;
    };
    const PROGRAMS: [&str; 4] = ["/usr/local/bin/", "/usr/bin/", "/bin/", "/usr/local/sbin/"];
    if PROGRAMS.iter().any(|folder| target.starts_with(folder)) {
        return true;
    }
    let name = target.rsplit('/').next().unwrap_or(target).trim_end_matches('}');
    let is_it = |text: &str| {
        !name.is_empty()
            && (text == target || text.rsplit('/').next() == Some(name) || text.ends_with(target.as_str()))
    };
    let stem = |text: &str| {
        text.contains('*') && name.rsplit_once('.').is_some_and(|(_, ending)| text.ends_with(ending))
    };
    all[number + 1..].iter().any(|later| {
        let given = later.arguments().iter().any(|word| is_it(&word.text) || stem(&word.text));
        let has = |words: &[&str]| later.arguments().iter().any(|word| words.contains(&word.text.as_str()));
        let is_run = later.name_word().is_some_and(|word| is_it(&word.text));
        is_run
            || given
                && match later.name() {
                    "tar" | "bsdtar" | "unzip" | "7z" | "7za" | "dpkg" | "rpm" | "gunzip" | "source"
                    | "." | "make" => true,
                    "chmod" => later.arguments().first().is_some_and(|mode| is_executable(&mode.text)),
                    "install" => true,
                    "apt" | "apt-get" | "yum" | "dnf" | "microdnf" | "zypper" | "apk" | "pip" | "pip3"
                    | "npm" | "gem" => has(&["install", "add", "localinstall", "i"]),
                    name => {
                        is_shell(name)
                            || name.starts_with("python")
                            || matches!(name, "java" | "node" | "perl" | "ruby" | "php")
                    }
                }
    })
}

/// True for modes of `chmod` that make a file executable.
fn is_executable(mode: &str) -> bool {
    let digits = mode.trim_start_matches('0');
    mode.contains('x')
        || !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.bytes().any(|byte| (byte - b'0') % 2 == 1)
}
