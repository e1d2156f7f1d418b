//! `no-resource-limits`: containers without a memory limit.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "no-resource-limits",
        title: "container without a memory limit",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "set `resources.limits.memory` of the container, or `mem_limit` or `deploy.resources.limits.memory` of the service",
        docs: r"
## What it does
Reports containers and services without a memory limit. All places are one finding. Part of the preset `service`.
Patches and overrides are skipped, since they only state differences.

## Why is this bad
One container that grows, through a bug or an attack, takes the memory of all others on the host.

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
Namespace limits (`LimitRange`) are not evaluated. CPU limits are not required.

## References
- <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Workloads, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (placed, container) in repository.workloads.containers() {
        if container.is_whole && !container.is_limited {
            let message = format!("{} has no memory limit", placed.container(container));
            placed.lacks(reports, container.at, message, "containers have no memory limit");
        }
    }
}
