//! `host-path`: containers with host paths that expose or control the host.

use crate::engine::repository::{Repository, host};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::text::short;
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "host-path",
        title: "sensitive host path in a container",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "mount the one file or folder that is needed, read-only, or use a volume",
        docs: r"
## What it does
Reports mounts of host directories with settings, keys, programs, disks, or files of other containers:
`/`, `/etc`, `/root`, `/proc`, `/sys`, `/dev`, `/usr`, `/var/lib/docker` and the like, and raw disks among devices.
Where only writing is dangerous, a read-only mount is `low` or not reported; next to a mount of `/` it is part of that
finding. In files for tests, examples and development it is `low`. Sockets of container engines are `docker-socket`.

## Why is this bad
A container that can write to such a directory controls the host at the next reboot, login or `cron` run; one that can
read it has its keys.

## Example
```yaml
volumes:
  - name: root
    hostPath:
      path: /
```

## Use instead
```yaml
volumes:
  - name: logs
    hostPath:
      path: /var/log/pods
```

## Known problems
Cluster agents for storage, networking and metrics need such paths; add an `allow` mark at the mount. `/var/run` is not
reported.

## References
- <https://kubernetes.io/docs/concepts/storage/volumes/#hostpath>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workloads, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for placed in repository.workloads.all() {
        let mounts = &placed.workload.mounts;
        let sees_all = mounts.iter().any(|mount| mount.source.known && host::is_root(&mount.source.text));
        for mount in mounts {
            let source = &mount.source;
            let is_part = sees_all && mount.read_only && !host::is_root(&source.text);
            if !source.known || is_part || host::engine(&source.text).is_some() {
                continue;
            }
            let Some(found) = host::sensitive(&source.text, mount.read_only) else { continue };
            let how = if mount.read_only { "can read" } else { "has" };
            let message =
                format!("{} {how} `{}` of the host: {}", placed.shown(), short(&source.text), found.why);
            reports.span(&placed.file.path, source.span, message).severity(placed.capped(found.severity));
        }
    }
}
