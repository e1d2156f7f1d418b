//! `ssh-port`: images that offer SSH.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::dockerfile::Keyword;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "ssh-port",
        title: "image that offers SSH",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "take the server out, and use `docker exec` or `kubectl exec` to get into a container",
        docs: r"
## What it does
Reports `EXPOSE 22` of a Dockerfile, ranges among them. All are one finding.

## Why is this bad
A server for SSH in a container has keys and passwords of its own, which are often those of the image and the same
everywhere, and is one more program to keep up to date and to watch.

## Example
```dockerfile
EXPOSE 22 8080
```

## Use instead
```dockerfile
EXPOSE 8080
```

## Known problems
Images whose purpose is to offer SSH are reported, too.

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
                .span(&file.path, word.span, "the port of SSH is offered".to_owned())
                .severity(file.class.capped(Severity::Low))
                .note("`EXPOSE 22`".to_owned())
                .practice("`EXPOSE 22`", "Dockerfiles offer SSH");
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
