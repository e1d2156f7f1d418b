//! `wildcard-role`: roles that allow everything.

use crate::engine::repository::Repository;
use crate::engine::repository::class::Class;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::text::short;
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::workload::{Rule, Word};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "wildcard-role",
        title: "role that allows everything",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "list the resources and verbs that are needed",
        docs: r"
## What it does
Reports rules of a `Role` or `ClusterRole` that name all resources (`*`) of a built-in API group, and rules that allow
every verb (`*`) on secrets, roles, pods, nodes and the like. Other API groups are not checked. In files for tests,
examples and development it is `low`.

## Why is this bad
A subject that may read everything can read all secrets, and one that may change everything can create a pod that
controls the node. Resources added to the cluster later are allowed as well.

## Example
```yaml
rules:
  - apiGroups: ['*']
    resources: ['*']
    verbs: ['*']
```

## Use instead
```yaml
rules:
  - apiGroups: ['']
    resources: [configmaps]
    verbs: [get, watch]
```

## References
- <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workloads, whole: false, run },
};

/// Resources that give full control if every verb on them is allowed.
const POWERFUL: [&str; 19] = [
    "secrets",
    "pods",
    "pods/exec",
    "nodes",
    "nodes/proxy",
    "serviceaccounts",
    "serviceaccounts/token",
    "roles",
    "rolebindings",
    "clusterroles",
    "clusterrolebindings",
    "deployments",
    "daemonsets",
    "statefulsets",
    "jobs",
    "cronjobs",
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
    "certificatesigningrequests/approval",
];
/// Built-in API groups that allow escalation.
const CORE: [&str; 11] = [
    "*",
    "",
    "apps",
    "batch",
    "extensions",
    "rbac.authorization.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "certificates.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (file, rule) in repository.workloads.rules() {
        let Some((span, what)) = assess(rule) else { continue };
        let role = match rule.role.as_str() {
            "" => format!("this {}", short(&rule.kind)),
            name => format!("the {} `{}`", short(&rule.kind), short(name)),
        };
        let message = format!("{role} allows {what}");
        reports.span(&file.path, span, message).severity(Class::of(&file.path).capped(Severity::Medium));
    }
}

/// What `rule` allows in excess, and where.
fn assess(rule: &Rule) -> Option<(Span, String)> {
    let star = |words: &[Word]| words.iter().find(|word| word.text.trim() == "*").map(|word| word.span);
    let is_core = rule.groups.iter().any(|group| CORE.contains(&group.text.trim()));
    if rule.is_named || !is_core || rule.verbs.is_empty() {
        return None;
    }
    let every_verb = star(&rule.verbs);
    if let Some(span) = star(&rule.resources) {
        let verbs = match every_verb {
            Some(_) => "everything".to_owned(),
            None => format!(
                "`{}`",
                short(&rule.verbs.iter().map(|verb| verb.text.as_str()).collect::<Vec<_>>().join("`, `"))
            ),
        };
        return Some((span, format!("{verbs} on all resources")));
    }
    let powerful = rule.resources.iter().find(|one| POWERFUL.contains(&one.text.trim()))?;
    Some((every_verb?, format!("everything on `{}`", short(powerful.text.trim()))))
}
