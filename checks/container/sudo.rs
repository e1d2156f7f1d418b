//! `sudo`: builds that use `sudo`, and images that contain it.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::shell::{Command, Word};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "sudo",
        title: "`sudo` in an image",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "do what needs root before `USER`, and use `gosu` or `setpriv` where a program has to switch user",
        docs: r"
## What it does
Reports `RUN` instructions that use `sudo`, install it, or allow an account to use it through `sudoers` or its group.
All are one finding.

## Why is this bad
A user who may become root through `sudo` is effectively root. `sudo` also changes the TTY and signal handling that
containers expect.

## Example
```dockerfile
RUN apt-get install -y sudo && sudo make install
```

## Use instead
```dockerfile
RUN make install
USER 10001
```

## References
- <https://docs.docker.com/build/building/best-practices/#user>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Dockerfiles, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        for (one, script) in file.runs() {
            for command in &script.commands {
                let found = command.wrapper("sudo").map(|word| (word, "is used", "uses of `sudo`"));
                let found = found.or_else(|| {
                    installed(command).map(|word| (word, "is installed", "installs `sudo`")).or_else(|| {
                        allowed(command)
                            .map(|word| (word, "is allowed for an account", "accounts that may use `sudo`"))
                    })
                });
                let Some((word, what, item)) = found else { continue };
                let (span, message) = (script.locate(&word.range), format!("`sudo` {what} in the image"));
                reports
                    .instruction(file, one, span, message, Severity::Low)
                    .note(format!("`sudo` {what}"))
                    .practice(item, "places use or allow `sudo`");
            }
        }
    }
}

/// The word that makes a package manager install it.
fn installed(command: &Command) -> Option<&Word> {
    const MANAGERS: [&str; 12] = [
        "apt",
        "apt-get",
        "aptitude",
        "apk",
        "yum",
        "dnf",
        "microdnf",
        "zypper",
        "pacman",
        "tdnf",
        "install_packages",
        "eatmydata",
    ];
    let words = command.arguments();
    let is_install = |word: &Word| {
        matches!(word.text.as_str(), "install" | "add" | "in" | "reinstall") || word.text.starts_with("-S")
    };
    if !MANAGERS.contains(&command.name())
        || !(words.iter().any(is_install) || command.name() == "install_packages")
    {
        return None;
    }
    words.iter().find(|word| word.text.split(['=', '~']).next() == Some("sudo"))
}

/// The word that allows an account to use it: an entry of `sudoers`, or its group.
fn allowed(command: &Command) -> Option<&Word> {
    let words = command.arguments();
    let is_entry = |word: &&Word| word.text.contains("NOPASSWD") || word.text.contains("/etc/sudoers");
    match command.name() {
        "echo" | "printf" | "sed" | "tee" | "cat" => {
            words.iter().find(is_entry).or_else(|| command.into.iter().find(is_entry))
        }
        "usermod" | "useradd" | "adduser" | "gpasswd" | "addgroup" => {
            words.iter().find(|word| word.text.split(',').any(|group| group == "sudo"))
        }
        _ => None,
    }
}
