//! `host-network`: containers in the host network.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::Namespace;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "host-network",
        title: "container in the host network",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "publish the ports that are needed instead",
        docs: r"
## What it does
Reports `network_mode: host` of a service, and `hostNetwork: true` of a pod. In files for tests, examples and
development it is `low`.

## Why is this bad
The container can reach services bound to the host's loopback and the metadata service, can listen on any port, and is
not subject to network policies.

## Example
```yaml
services:
  web:
    image: example.com/web:3.2
    network_mode: host
```

## Use instead
```yaml
services:
  web:
    image: example.com/web:3.2
    ports: ['127.0.0.1:8080:8080']
```

## References
- <https://docs.docker.com/reference/compose-file/services/>
- <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workloads, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for placed in repository.workloads.all() {
        for (namespace, span) in &placed.workload.namespaces {
            if *namespace == Namespace::Network {
                let message = format!("{} uses the host network", placed.shown());
                reports.span(&placed.file.path, *span, message).severity(placed.capped(Severity::Medium));
            }
        }
    }
}
