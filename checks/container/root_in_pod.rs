//! `root-in-pod`: pod containers that may run as root.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::{Format, Root};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "root-in-pod",
        title: "pod container that may run as root",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "set `runAsNonRoot: true` in the security context of the pod or of its containers",
        docs: r"
## What it does
Reports pod containers without `runAsNonRoot` or a `runAsUser` other than 0, and services with `user: root`. All places
are one finding; explicit root is `medium`. Part of the preset `service`. Patches are skipped, since they only state
differences.

## Why is this bad
Without a user namespace, a process that escapes the container as root is root on the host.

## Example
```yaml
spec:
  containers:
    - name: web
      image: example.com/web:3.2
```

## Use instead
```yaml
spec:
  securityContext:
    runAsNonRoot: true
  containers:
    - name: web
      image: example.com/web:3.2
```

## Known problems
The image may have a user of its own. What a Dockerfile of this repository says is `container-runs-as-root`.

## References
- <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Workloads, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (placed, container) in repository.workloads.containers() {
        let is_pod = placed.file.format == Format::Kubernetes;
        let who = placed.container(container);
        let (span, severity, message) = match container.root {
            Root::Said(span) => (span, Severity::Medium, format!("{who} runs as root")),
            Root::Unsaid if is_pod && container.is_whole => {
                (container.at, Severity::Low, format!("{who} may run as root"))
            }
            _ => continue,
        };
        placed.lacks(reports, span, message, "containers may run as root").severity(placed.capped(severity));
    }
}
