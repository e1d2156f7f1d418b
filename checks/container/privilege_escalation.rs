//! `privilege-escalation`: containers whose processes may gain privileges.

use crate::engine::repository::Repository;
use crate::engine::repository::workload::unless_said;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::{Format, Switch};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "privilege-escalation",
        title: "container that may gain privileges",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "set `allowPrivilegeEscalation: false` in the security context of the container, or `security_opt: [no-new-privileges:true]` of the service",
        docs: r"
## What it does
Reports containers without `allowPrivilegeEscalation: false`, and services without `no-new-privileges`. All places are
one finding. Part of the preset `service`. Patches and overrides are skipped, since they only state differences.

## Why is this bad
Set-user-id programs such as `sudo` turn any user in the container into root.

## Example
```yaml
services:
  web:
    image: example.com/web:3.2
```

## Use instead
```yaml
services:
  web:
    image: example.com/web:3.2
    security_opt: [no-new-privileges:true]
```

## References
- <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Workloads, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    const MANY: &str = "containers allow privilege escalation";
    for (placed, container) in repository.workloads.containers() {
        let span = unless_said(container.escalates, Switch::On, container.at, container.is_whole);
        let Some(span) = span else { continue };
        let who = placed.container(container);
        let how = if container.escalates.is_some() { "explicitly allows" } else { "does not rule out" };
        let message = format!("{who} {how} privilege escalation");
        let remedy = match placed.file.format {
            Format::Compose => "add `security_opt: [no-new-privileges:true]` to the service",
            Format::Kubernetes => {
                "set `allowPrivilegeEscalation: false` in the security context of the container"
            }
        };
        placed.lacks(reports, span, message, MANY).remedy(remedy.to_owned());
    }
}
