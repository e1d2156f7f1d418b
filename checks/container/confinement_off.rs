//! `confinement-off`: containers that nothing confines.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::Confinement;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "confinement-off",
        title: "confinement of a container is off",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "take the setting out, so that the profile of the engine holds; if that is too narrow, write a profile that allows what is needed",
        docs: r"
## What it does
Reports what turns off seccomp, AppArmor, labels of SELinux, or the hiding of kernel paths: `security_opt` of a service
with `seccomp=unconfined`, `apparmor=unconfined`, `label=disable` or `systempaths=unconfined`; in a security context or
annotations of a pod `Unconfined`, `spc_t`, `procMount: Unmasked`, and `hostProcess` of Windows. In files for tests,
examples and development it is `low`.

## Why is this bad
The profiles of the engine keep a container from system calls and files that it has no need of, and by which most
escapes go.

## Example
```yaml
security_opt: ['seccomp=unconfined']
```

## Use instead
```yaml
security_opt: ['seccomp=profiles/agent.json']
```

## References
- <https://docs.docker.com/engine/security/seccomp/>
- <https://kubernetes.io/docs/tutorials/security/seccomp/>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workloads, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for placed in repository.workloads.all() {
        let of_all = placed.workload.unconfined.iter().map(|(what, span)| (*what, *span, placed.shown()));
        let of_each = placed.workload.containers.iter().flat_map(|container| {
            let who = placed.container(container);
            container.unconfined.iter().map(move |(what, span)| (*what, *span, who.clone()))
        });
        for (what, span, who) in of_all.chain(of_each) {
            let message = match what {
                Confinement::Seccomp => format!("no filter of system calls (seccomp) confines {who}"),
                Confinement::AppArmor => format!("no profile of AppArmor confines {who}"),
                Confinement::Labels => format!("no label of SELinux confines {who}"),
                Confinement::KernelPaths => format!("paths of the kernel are not hidden from {who}"),
                Confinement::HostProcess => format!("{who} runs as processes of the host"),
            };
            reports.span(&placed.file.path, span, message).severity(placed.capped(Severity::Medium));
        }
    }
}
