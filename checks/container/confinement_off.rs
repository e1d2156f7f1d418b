//! `confinement-off`: containers without confinement.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::Confinement;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "confinement-off",
        title: "confinement of a container disabled",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "remove the setting to use the engine's default profile; if that is too strict, write a profile that allows what is needed",
        docs: r"
## What it does
Reports settings that disable seccomp, AppArmor, SELinux labels or masked kernel paths: `security_opt` of a service
with `seccomp=unconfined`, `apparmor=unconfined`, `label=disable` or `systempaths=unconfined`; in the security context
or annotations of a pod `Unconfined`, `spc_t`, `procMount: Unmasked`, and `hostProcess` on Windows. In files for tests,
examples and development it is `low`.

## Why is this bad
The engine's profiles block system calls and files that containers do not need and that most escapes use.

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
                Confinement::Seccomp => format!("{who} runs without a seccomp filter"),
                Confinement::AppArmor => format!("{who} runs without an AppArmor profile"),
                Confinement::Labels => format!("{who} runs without an SELinux label"),
                Confinement::KernelPaths => format!("kernel paths are not masked in {who}"),
                Confinement::HostProcess => format!("{who} runs as host processes"),
            };
            reports.span(&placed.file.path, span, message).severity(placed.capped(Severity::Medium));
        }
    }
}
