//! `privileged`: containers with all privileges of the host.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::Switch;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "privileged",
        title: "privileged container",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "remove `privileged`; grant only the devices and capabilities that the container needs",
        docs: r"
## What it does
Reports `privileged: true` of a service in a compose file, and of a container in any Kubernetes manifest with a pod. In
files for tests, examples and development it is `low`.

## Why is this bad
A privileged container has every capability and all devices of the host, without confinement: anyone who gets into it
can mount the host's disk and take over the host.

## Example
```yaml
services:
  agent:
    image: example.com/agent:2.1
    privileged: true
```

## Use instead
```yaml
services:
  agent:
    image: example.com/agent:2.1
    cap_add: [NET_ADMIN]
    devices: [/dev/net/tun]
```

## References
- <https://docs.docker.com/reference/compose-file/services/>
- <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workloads, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (placed, container) in repository.workloads.containers() {
        let Some((Switch::On, span)) = container.privileged else { continue };
        let who = placed.container(container);
        let message = format!("{who} is privileged: it has all devices and privileges of the host");
        reports.span(&placed.file.path, span, message).severity(placed.capped(Severity::High));
    }
}
