//! `token-mounted`: pods that are given the token of a service account without need.

use crate::engine::repository::Repository;
use crate::engine::repository::workload::unless_said;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::{Format, Switch};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "token-mounted",
        title: "token of a service account in a pod",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "set `automountServiceAccountToken: false` for the pod or its service account; where the pod asks the API, bind a role of its own to its account",
        docs: r"
## What it does
Reports pods without `automountServiceAccountToken: false`, unless their service account says so, or is given a role in this
repository, so that they need the token. All places are one finding. It is part of the preset `service`. Patches are left
out, for they say only what differs.

## Why is this bad
Whoever gets into the pod asks the API of the cluster with its token.

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
Roles that are bound elsewhere, by a chart for example, are not known.

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
            let message = format!("{} is given the token of its service account", placed.shown());
            placed.lacks(reports, span, message, "pods are given the token of their service account");
        }
    }
}
