//! `docker-socket`: containers with access to the socket of their engine.

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
        title: "container engine socket in a container",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "remove the mount; if the container needs the engine's API, put a proxy in between that allows only the needed requests",
        docs: r"
## What it does
Reports mounts of the Docker, Podman, containerd or CRI-O socket in any syntax: short and long volumes of compose files,
named volumes bound to host paths, `hostPath` of Kubernetes, Windows pipes, and the directory of the socket. Read-only
mounts are reported too, as they still allow every request. The socket of a rootless engine, and `VOLUME` of a
Dockerfile, which only requests the mount, are `medium`. For a filtering proxy, and in files for tests, examples and
development, it is `low`.

## Why is this bad
Anyone who can talk to the engine can start a privileged container with the host's disk mounted.

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
Directories with other content too, such as `/var/run`, are not reported. Whether a proxy filters enough is not known.

## References
- <https://docs.docker.com/engine/security/protect-access/>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Containers, whole: false, run },
};

/// Parts of the names of socket proxy images.
const PROXIES: [&str; 3] = ["socket-proxy", "socketproxy", "dockerproxy"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        let volumes = file.instructions(Keyword::Volume).flat_map(|one| &one.words);
        for word in volumes.filter(|word| host::engine(word.text.split(':').next().unwrap_or("")).is_some()) {
            let message = "the image declares the socket of the container engine as a volume".to_owned();
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
            // If the source is a variable, the target path decides.
            let within = mount.target.as_deref().filter(|_| !mount.source.known);
            let Some(engine) = host::engine(&mount.source.text).or_else(|| host::engine(within?)) else {
                continue;
            };
            let who = placed.shown();
            let (severity, message) = match engine {
                _ if is_proxied => (
                    Severity::Low,
                    format!(
                        "{who} mounts the socket of the container engine; by its name it filters requests"
                    ),
                ),
                Engine::Root => (
                    Severity::High,
                    format!(
                        "{who} mounts the socket of the container engine, which gives it root on the host"
                    ),
                ),
                Engine::User => (
                    Severity::Medium,
                    format!(
                        "{who} mounts the socket of a user's container engine, which gives it the rights of the user"
                    ),
                ),
            };
            reports.span(&placed.file.path, mount.source.span, message).severity(placed.capped(severity));
        }
    }
}
