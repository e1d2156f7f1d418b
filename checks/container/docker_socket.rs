//! `docker-socket`: containers that are given the socket of the engine that runs them.

use crate::engine::repository::Repository;
use crate::engine::repository::host::{self, Engine};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::dockerfile::Keyword;
use crate::parse::workload::Container;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "docker-socket",
        title: "socket of a container engine in a container",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "take the mount out; where the container has to ask the engine something, put a proxy between them that lets only these requests through",
        docs: r"
## What it does
Reports mounts of the socket of Docker, Podman, containerd or CRI-O, in whatever syntax: short and long volumes of compose
files, volumes with a name that are paths of the host, `hostPath` of Kubernetes, pipes of Windows, and the folder that
holds nothing but the socket. Read-only is no less: the socket is opened, not written. The socket of a user's own
engine, and `VOLUME` of a Dockerfile, which only asks for the mount, are `medium`. Given to a proxy that filters requests, and in files for tests, examples and development, it is
`low`.

## Why is this bad
Whoever can talk to the engine starts a privileged container with the disk of the host in it.

## Example
```yaml
services:
  dashboard:
    image: example.com/dashboard:1.4
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock:ro
```

## Use instead
```yaml
services:
  dashboard:
    image: example.com/dashboard:1.4
    environment:
      DOCKER_HOST: tcp://socket-proxy:2375
```

## Known problems
A folder such as `/var/run`, which holds much else, is not reported. Whether a proxy filters enough is not known.

## References
- <https://docs.docker.com/engine/security/protect-access/>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Containers, whole: false, run },
};

/// Parts of the names of images that stand between a socket and who asks.
const PROXIES: [&str; 3] = ["socket-proxy", "socketproxy", "dockerproxy"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        let volumes = file.instructions(Keyword::Volume).flat_map(|one| &one.words);
        for word in volumes.filter(|word| host::engine(word.text.split(':').next().unwrap_or("")).is_some()) {
            let message = "the image asks for the socket of the container engine as a volume".to_owned();
            reports.span(&file.path, word.span, message).severity(file.class.capped(Severity::Medium));
        }
    }
    for placed in repository.workloads.all() {
        let is_proxy = |container: &Container| {
            let image = container.image.as_ref().map_or("", |image| image.text.as_str());
            PROXIES.iter().any(|proxy| image.contains(proxy))
        };
        let is_proxied = placed.workload.containers.iter().any(is_proxy);
        for mount in &placed.workload.mounts {
            // Where a variable says what it is, the path within tells.
            let within = mount.target.as_deref().filter(|_| !mount.source.known);
            let Some(engine) = host::engine(&mount.source.text).or_else(|| host::engine(within?)) else {
                continue;
            };
            let who = placed.shown();
            let (severity, message) = match engine {
                _ if is_proxied => (
                    Severity::Low,
                    format!(
                        "{who} is given the socket of the container engine; its name says that it filters requests"
                    ),
                ),
                Engine::Root => (
                    Severity::High,
                    format!("{who} is given the socket of the container engine, and with it the host"),
                ),
                Engine::User => (
                    Severity::Medium,
                    format!(
                        "{who} is given the socket of a user's container engine, and with it the rights of the user"
                    ),
                ),
            };
            reports.span(&placed.file.path, mount.source.span, message).severity(placed.capped(severity));
        }
    }
}
