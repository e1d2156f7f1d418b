//! `token-mounted`: pods that mount a service account token they do not need.

use crate::engine::repository::Repository;
use crate::engine::repository::workload::unless_said;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::{Format, Switch};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "token-mounted",
        title: "service account token in a pod",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "set `automountServiceAccountToken: false` for the pod or its service account; if the pod uses the API, bind a dedicated role to its account",
        docs: r"
## What it does
Reports pods without `automountServiceAccountToken: false`, unless their service account sets it, or is bound to a role
in this repository and so needs the token. All places are one finding. Part of the preset `service`. Patches are left
out, for they say only what differs.

## Why is this bad
Anyone who gets into the pod can use the cluster's API with its token.

## Example
```yaml
spec:
  containers:
    - name: web
      image: example.com/web:3.2
```

## Use instead
```yaml
spec:
  automountServiceAccountToken: false
  containers:
    - name: web
      image: example.com/web:3.2
```

## Known problems
Roles bound elsewhere, for example by a chart, are not known.

## References
- <https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Workloads, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let settled = repository.workloads.settled_accounts();
    for placed in repository.workloads.all().filter(|placed| placed.file.format == Format::Kubernetes) {
        let workload = placed.workload;
        let account = if workload.account.is_empty() { "default" } else { &workload.account };
        let is_asked = workload.is_whole && !settled.contains(account);
        if let Some(span) = unless_said(workload.token, Switch::On, workload.at, is_asked) {
            let message = format!("{} mounts the token of its service account", placed.shown());
            placed.lacks(reports, span, message, "pods mount the token of their service account");
        }
    }
}
