//! `host-port`: pods that bind ports of the node.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::Format;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "host-port",
        title: "host port of a pod",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "remove `hostPort`, and expose the pod through a service",
        docs: r"
## What it does
Reports `hostPort` of pod containers. All places are one finding. Part of the preset `service`.

## Why is this bad
The pod is reachable at the node's address, bypassing the network policies of its namespace, and only one replica fits
on a node.

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
            let message = format!("{} binds port {number} of the node", placed.container(container));
            let reported = reports.span(&placed.file.path, port.span, message);
            reported.note(format!("port {number}")).practice("", "containers bind ports of the node");
        }
    }
}
