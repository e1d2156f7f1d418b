//! `host-network`: containers in the network of the host.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::Namespace;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "host-network",
        title: "container in the network of the host",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "publish the ports that are needed instead",
        docs: r"
## What it does
Reports `network_mode: host` of a service, and `hostNetwork: true` of a pod. In files for tests, examples and
development it is `low`.

## Why is this bad
The container reaches what listens on the host for the host alone, its metadata service among it, listens on any port,
and no network policy holds for it.

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
                let message = format!("{} is in the network of the host", placed.shown());
                reports.span(&placed.file.path, *span, message).severity(placed.capped(Severity::Medium));
            }
        }
    }
}
