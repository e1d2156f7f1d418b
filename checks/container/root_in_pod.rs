//! `root-in-pod`: containers of pods that may run as root.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::{Format, Root};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "root-in-pod",
        title: "container of a pod may run as root",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "set `runAsNonRoot: true` in the security context of the pod or of its containers",
        docs: r"
## What it does
Reports containers of pods that neither `runAsNonRoot` nor a `runAsUser` other than 0 keeps from running as root, and
services with `user: root`. All places are one finding; those that say root are `medium`. It is part of the preset
`service`. Patches are left out, for they say only what differs.

## Why is this bad
Root in a container is root of the host for whatever gets out of it, unless there is a user namespace.

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
                (container.at, Severity::Low, format!("nothing keeps {who} from running as root"))
            }
            _ => continue,
        };
        placed.lacks(reports, span, message, "containers may run as root").severity(placed.capped(severity));
    }
}
