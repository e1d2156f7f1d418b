//! `added-capabilities`: containers with capabilities that allow escaping.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workload::Namespace;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "added-capabilities",
        title: "dangerous capability",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "remove the capability, or narrow it to the one that is needed",
        docs: r"
## What it does
Reports capabilities of a container that amount to root on the host: `ALL`, `SYS_ADMIN`,
`SYS_PTRACE`, `SYS_MODULE`, `DAC_READ_SEARCH`, `SYS_RAWIO`, `BPF` and `PERFMON`. `NET_ADMIN` is `medium` in the host
network, and `low` in its own. In files for tests, examples and development it is `low`.

## Why is this bad
With one of these, root in the container can load a kernel module, mount disks, read any file of the host, or take over
its processes.

## Example
```yaml
cap_add: [SYS_ADMIN]
```

## Use instead
```yaml
cap_drop: [ALL]
cap_add: [NET_BIND_SERVICE]
```

## References
- <https://man7.org/linux/man-pages/man7/capabilities.7.html>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workloads, whole: false, run },
};

/// Capabilities, with what they grant.
const DANGEROUS: [(&str, &str); 9] = [
    ("ALL", "all root privileges"),
    ("SYS_ADMIN", "mounts, and most root privileges"),
    ("SYS_PTRACE", "access to the memory of other processes"),
    ("SYS_MODULE", "loading of kernel modules"),
    ("DAC_READ_SEARCH", "read access to every file"),
    ("SYS_RAWIO", "raw access to memory and devices"),
    ("BPF", "programs in the kernel"),
    ("PERFMON", "observation of other processes"),
    ("NET_ADMIN", "network configuration"),
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (placed, container) in repository.workloads.containers() {
        for added in container.added.iter().filter(|added| added.known) {
            let upper = added.text.trim().to_ascii_uppercase();
            let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
            let Some((name, what)) = DANGEROUS.iter().find(|(known, _)| *known == name) else { continue };
            let is_own = !placed.workload.namespaces.iter().any(|(one, _)| *one == Namespace::Network);
            let severity = if *name == "NET_ADMIN" && is_own { Severity::Low } else { Severity::Medium };
            let message = format!("{} has the capability `{name}`: {what}", placed.container(container));
            reports.span(&placed.file.path, added.span, message).severity(placed.capped(severity));
        }
    }
}
