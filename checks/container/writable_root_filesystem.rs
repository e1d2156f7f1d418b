//! `writable-root-filesystem`: containers that can modify their own programs.

use crate::engine::repository::Repository;
use crate::engine::repository::workload::unless_said;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::Switch;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "writable-root-filesystem",
        title: "container with a writable root filesystem",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "set `readOnlyRootFilesystem: true` in the security context of the container, or `read_only: true` of the service, and add volumes for what it writes",
        docs: r"
## What it does
Reports containers without `readOnlyRootFilesystem: true`, and services without `read_only: true`. All places are one
finding. Part of the preset `service`. Patches and overrides are skipped, since they only state differences.

## Why is this bad
Anyone who gets into the container can leave programs in it.

## Example
```yaml
services:
  web:
    image: example.com/web:3.2
```

## Use instead
```yaml
services:
  web:
    image: example.com/web:3.2
    read_only: true
    tmpfs: [/tmp]
```

## References
- <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Workloads, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (placed, container) in repository.workloads.containers() {
        let span = unless_said(container.read_only, Switch::Off, container.at, container.is_whole);
        if let Some(span) = span {
            let message = format!("{} has a writable root filesystem", placed.container(container));
            placed.lacks(reports, span, message, "containers have a writable root filesystem");
        }
    }
}
