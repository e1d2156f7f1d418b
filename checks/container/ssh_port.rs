//! `ssh-port`: images that expose SSH.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::dockerfile::Keyword;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "ssh-port",
        title: "image that exposes SSH",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "remove the server, and use `docker exec` or `kubectl exec` to enter a container",
        docs: r"
## What it does
Reports `EXPOSE 22`, including ranges with it. All are one finding.

## Why is this bad
An SSH server in a container has its own keys and passwords, often baked into the image and the same everywhere, and is
one more program to update and monitor.

## Example
```dockerfile
EXPOSE 22 8080
```

## Use instead
```dockerfile
EXPOSE 8080
```

## Known problems
Images whose purpose is SSH are reported too.

## References
- <https://docs.docker.com/reference/cli/docker/container/exec/>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Dockerfiles, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        for one in file.instructions(Keyword::Expose) {
            let Some(word) = one.words.iter().find(|word| is_ssh(&word.text)) else { continue };
            reports
                .span(&file.path, word.span, "the image exposes the SSH port".to_owned())
                .severity(file.class.capped(Severity::Low))
                .note("`EXPOSE 22`".to_owned())
                .practice("`EXPOSE 22`", "Dockerfiles expose SSH");
        }
    }
}

fn is_ssh(port: &str) -> bool {
    let (port, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
    let (first, last) = port.split_once('-').unwrap_or((port, port));
    let number = |text: &str| text.parse::<u32>().ok();
    let holds = number(first).zip(number(last)).is_some_and(|(first, last)| (first..=last).contains(&22));
    holds && protocol.eq_ignore_ascii_case("tcp")
}
