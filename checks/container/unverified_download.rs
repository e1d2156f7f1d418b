//! `unverified-download`: programs that a build downloads and installs, compared with nothing.

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
        title: "download that is installed unseen",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Container,
        remedy: "compare the file with a digest that stands in the Dockerfile before it is used: `echo \"<digest>  <file>\" | sha256sum -c`",
        docs: r#"
## What it does
Reports `RUN` of a Dockerfile that downloads a file by `curl` or `wget` and then runs, unpacks or installs it, if no command
of the same stage compares anything with a digest or a signature. Over plain HTTP it is `medium`. All places are one
finding. What is piped into a shell is reported by `pipe-to-shell`.

## Why is this bad
What gets into the image is what the server sends at that time: whoever gets into it, or into the account that the file
lies in, is in every image that is built from then on. An address with a version in it does not help, for files of
releases can be replaced.

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
That a command compares something is enough; whether it is this very file is not looked at.

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
                scripts().for_each(|(one, script)| judge(file, one, script, reports));
            }
        }
    }
}

fn judge(file: &Dockerfile, one: &Instruction, script: &Script, reports: &mut Reports<'_>) {
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
            format!("what {from} sends{over} is installed, and compared with no digest or signature");
        let severity = if is_plain { Severity::Medium } else { Severity::Low };
        reports
            .instruction(file, one, script.locate(&command.range), message, severity)
            .note(format!("from {from}"))
            .practice(host.unwrap_or("elsewhere"), "downloads are installed and compared with nothing");
    }
}

/// True if what `found` downloads is run, unpacked or installed.
fn is_used(all: &[Command], number: usize, found: &Download<'_>) -> bool {
    let Some(target) = &found.target else {
        // Through pipes into what unpacks it.
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

/// True for modes of `chmod` that let a file run.
fn is_executable(mode: &str) -> bool {
    let digits = mode.trim_start_matches('0');
    mode.contains('x')
        || !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.bytes().any(|byte| (byte - b'0') % 2 == 1)
}
