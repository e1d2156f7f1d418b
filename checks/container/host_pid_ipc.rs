//! `host-pid-ipc`: containers that share namespaces with the host.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::Namespace;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "host-pid-ipc",
        title: "container in host namespaces",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "remove the setting; related containers can share the namespace of one of them",
        docs: r"
## What it does
Reports `pid`, `ipc`, `userns_mode` and `uts` set to `host` for a service, and `hostPID` and `hostIPC` of a pod. In
files for tests, examples and development it is `low`.

## Why is this bad
The container sees the host's processes with their arguments and environment, and its root user can kill or inspect
them; with `ipc` it reads and writes shared memory of others. Without a user namespace its root user is root on the
host.

## Example
```yaml
spec:
  hostPID: true
```

## Use instead
```yaml
spec:
  shareProcessNamespace: true
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
            let what = match namespace {
                Namespace::Network => continue,
                Namespace::Processes => "shares the process namespace of the host",
                Namespace::Ipc => "shares the IPC namespace of the host",
                Namespace::Users => "shares the user namespace of the host: its root is root there",
                Namespace::Name => "can change the host name",
            };
            let message = format!("{} {what}", placed.shown());
            reports.span(&placed.file.path, *span, message).severity(placed.capped(Severity::Medium));
        }
    }
}
