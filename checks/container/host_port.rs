//! `host-port`: containers of pods with a port of the node.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::Format;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "host-port",
        title: "port of the node in a pod",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "take `hostPort` out, and put a service before the pod",
        docs: r"
## What it does
Reports `hostPort` of containers of pods. All places are one finding. It is part of the preset `service`.

## Why is this bad
The pod is reached at the address of the node, past network policies of its namespace, and no two of it run on one node.

## Example
```yaml
ports:
  - containerPort: 8080
    hostPort: 80
```

## Use instead
```yaml
ports:
  - containerPort: 8080
```

## References
- <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Workloads, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (placed, container) in repository.workloads.containers() {
        for port in container.ports.iter().filter(|_| placed.file.format == Format::Kubernetes) {
            let number = port.host.map_or(0, |(first, _)| first);
            let message = format!("{} has port {number} of the node", placed.container(container));
            let reported = reports.span(&placed.file.path, port.span, message);
            reported.note(format!("port {number}")).practice("", "containers have ports of the node");
        }
    }
}
