//! `capabilities-not-dropped`: containers that keep capabilities of root.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "capabilities-not-dropped",
        title: "container keeps capabilities",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "drop `ALL` capabilities, and add those that are needed",
        docs: r"
## What it does
Reports containers and services that do not drop `ALL` capabilities. All places are one finding. It is part of the
preset `service`. Patches and overrides are left out, for they say only what differs.

## Why is this bad
An engine leaves some dozen capabilities to root in a container, raw sockets among them. Hardly any program needs one.

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
    securityContext:
      capabilities:
        drop: [ALL]
```

## References
- <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Workloads, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (placed, container) in repository.workloads.containers() {
        let drops =
            container.dropped.iter().any(|one| one.text.trim().eq_ignore_ascii_case("all") || !one.known);
        if container.is_whole && !drops {
            let message = format!("{} does not drop the capabilities of root", placed.container(container));
            placed.lacks(reports, container.at, message, "containers do not drop the capabilities of root");
        }
    }
}
