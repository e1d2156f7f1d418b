//! `no-resource-limits`: containers that may use all memory.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "no-resource-limits",
        title: "container without a limit of memory",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "set `resources.limits.memory` of the container, or `mem_limit` or `deploy.resources.limits.memory` of the service",
        docs: r"
## What it does
Reports containers and services whose memory has no limit. All places are one finding. It is part of the preset
`service`. Patches and overrides are left out, for they say only what differs.

## Why is this bad
One container that grows, by a fault or because someone makes it, takes the memory of all others on the host.

## Example
```yaml
containers:
  - name: web
    image: example.com/web:3.2
```

## Use instead
```yaml
containers:
  - name: web
    image: example.com/web:3.2
    resources:
      limits:
        memory: 256Mi
```

## Known problems
Limits of a namespace (`LimitRange`) are not looked at. Limits of processors are a matter of taste, and not asked for.

## References
- <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Workloads, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (placed, container) in repository.workloads.containers() {
        if container.is_whole && !container.is_limited {
            let message = format!("nothing limits the memory of {}", placed.container(container));
            placed.lacks(reports, container.at, message, "containers have no limit of memory");
        }
    }
}
