//! `capabilities-not-dropped`: containers that keep root capabilities.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "capabilities-not-dropped",
        title: "container that keeps root capabilities",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "drop `ALL` capabilities, and add the ones that are needed",
        docs: r"
## What it does
Reports containers and services that do not drop `ALL` capabilities. All places are one finding. Part of the preset
`service`. Patches and overrides are skipped, since they only state differences.

## Why is this bad
By default, root in a container keeps about a dozen capabilities, raw sockets among them. Hardly any program needs one.

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
            let message = format!("{} does not drop root capabilities", placed.container(container));
            placed.lacks(reports, container.at, message, "containers do not drop root capabilities");
        }
    }
}
