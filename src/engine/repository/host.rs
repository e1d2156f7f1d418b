//! Sensitive host paths: sockets of container engines, and directories that expose or control the host.

use crate::model::Severity;

/// Whose rights an engine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Those of root.
    Root,
    /// Those of a user.
    User,
}

/// Names of the sockets of engines.
const SOCKETS: [&str; 8] = [
    "docker.sock",
    "podman.sock",
    "containerd.sock",
    "crio.sock",
    "cri-dockerd.sock",
    "dockershim.sock",
    "docker_engine",
    "containerd-containerd",
];
/// Folders in which there is nothing but such sockets, below `/run` or `/var/run`.
const FOLDERS: [&str; 5] = ["containerd", "crio", "podman", "k3s/containerd", "docker/containerd"];

/// The engine whose socket is at `path` of the host, or in the folder there.
#[must_use]
pub fn engine(path: &str) -> Option<Engine> {
    let path = normal(path);
    let name = path.rsplit('/').next().unwrap_or("");
    let run = path.strip_prefix("/var/run/").or_else(|| path.strip_prefix("/run/"));
    if !SOCKETS.contains(&name) && !run.is_some_and(|folder| FOLDERS.contains(&folder)) {
        return None;
    }
    let is_users = path.contains("/run/user/") || path.contains("XDG_RUNTIME_DIR");
    Some(if is_users { Engine::User } else { Engine::Root })
}

/// What is at a path of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sensitive {
    /// How bad it is to see it.
    pub severity: Severity,
    /// What access allows.
    pub why: &'static str,
}

/// How far an entry of the table reaches.
#[derive(Clone, Copy)]
enum Reach {
    /// The folder itself.
    Itself,
    /// Whatever is in it, too.
    Below,
}

const ALL: &str = "it contains all files of the host";
const SETTINGS: &str = "it contains permissions and keys of the host";
const KERNEL: &str = "it controls kernel settings";
const PROGRAMS: &str = "it contains programs that the host runs as root";
const STATE: &str = "it contains files and secrets of other containers";
const HOMES: &str = "it contains keys and login scripts of users";
const DEVICES: &str = "it exposes disks and memory of the host";

use Reach::{Below, Itself};
use Severity::{Low, Medium};

/// A folder of the host, how far that reaches, how bad it is where it can be written, and where it is only read, and why.
type Folder = (&'static str, Reach, Option<Severity>, Option<Severity>, &'static str);

#[rustfmt::skip]
const TABLE: [Folder; 66] = [
    // What comes first counts.
    ("/", Itself, Some(Medium), Some(Medium), ALL),
    ("/etc", Itself, Some(Medium), Some(Medium), SETTINGS),
    ("/etc/localtime", Itself, None, None, ""),
    ("/etc/timezone", Itself, None, None, ""),
    ("/etc/machine-id", Itself, None, None, ""),
    ("/etc/shadow", Itself, Some(Medium), Some(Medium), SETTINGS),
    ("/etc/gshadow", Itself, Some(Medium), Some(Medium), SETTINGS),
    ("/etc/ssh", Below, Some(Medium), Some(Medium), SETTINGS),
    ("/etc/kubernetes", Below, Some(Medium), Some(Medium), SETTINGS),
    ("/etc/rancher", Below, Some(Medium), Some(Medium), SETTINGS),
    ("/etc/passwd", Itself, Some(Medium), None, SETTINGS),
    ("/etc/group", Itself, Some(Medium), None, SETTINGS),
    ("/etc/sudoers", Itself, Some(Medium), None, SETTINGS),
    ("/etc/sudoers.d", Below, Some(Medium), None, SETTINGS),
    ("/etc/pam.d", Below, Some(Medium), None, SETTINGS),
    ("/etc/systemd", Below, Some(Medium), None, PROGRAMS),
    ("/etc/cron.d", Below, Some(Medium), None, PROGRAMS),
    ("/etc/crontab", Itself, Some(Medium), None, PROGRAMS),
    ("/etc/profile.d", Below, Some(Medium), None, PROGRAMS),
    ("/etc/ld.so.preload", Itself, Some(Medium), None, PROGRAMS),
    ("/etc/docker", Below, Some(Medium), None, SETTINGS),
    ("/etc/containerd", Below, Some(Medium), None, SETTINGS),
    ("/etc/crio", Below, Some(Medium), None, SETTINGS),
    ("/etc/cni", Below, Some(Medium), None, SETTINGS),
    ("/etc/letsencrypt", Below, Some(Low), None, SETTINGS),
    ("/etc/ssl", Below, Some(Low), None, SETTINGS),
    ("/etc/pki", Below, Some(Low), None, SETTINGS),
    ("/etc/ca-certificates", Below, Some(Low), None, SETTINGS),
    ("/etc", Below, Some(Low), None, "it contains the configuration of the host"),
    ("/root", Below, Some(Medium), Some(Medium), HOMES),
    ("/home", Itself, Some(Medium), Some(Medium), HOMES),
    ("/proc", Below, Some(Medium), Some(Low), "it exposes and controls processes of the host"),
    ("/sys/fs/cgroup", Below, Some(Medium), Some(Low), KERNEL),
    ("/sys/class", Below, Some(Low), None, KERNEL),
    ("/sys/bus", Below, Some(Low), None, KERNEL),
    ("/sys/devices", Below, Some(Low), None, KERNEL),
    ("/sys", Below, Some(Medium), Some(Low), KERNEL),
    ("/dev", Itself, Some(Medium), Some(Medium), DEVICES),
    ("/dev/mem", Itself, Some(Medium), Some(Medium), DEVICES),
    ("/dev/kmem", Itself, Some(Medium), Some(Medium), DEVICES),
    ("/dev/port", Itself, Some(Medium), Some(Medium), DEVICES),
    ("/dev/disk", Below, Some(Medium), Some(Medium), DEVICES),
    ("/dev/mapper", Below, Some(Medium), Some(Medium), DEVICES),
    ("/boot", Below, Some(Medium), None, PROGRAMS),
    ("/usr/share", Below, None, None, ""),
    ("/usr/src", Below, None, None, ""),
    ("/usr/lib/locale", Below, None, None, ""),
    ("/usr", Below, Some(Medium), None, PROGRAMS),
    ("/bin", Below, Some(Medium), None, PROGRAMS),
    ("/sbin", Below, Some(Medium), None, PROGRAMS),
    ("/lib/modules", Below, Some(Low), None, PROGRAMS),
    ("/lib", Below, Some(Medium), None, PROGRAMS),
    ("/lib64", Below, Some(Medium), None, PROGRAMS),
    ("/opt", Itself, Some(Medium), None, PROGRAMS),
    ("/opt/cni/bin", Below, Some(Medium), None, PROGRAMS),
    ("/var", Itself, Some(Medium), Some(Medium), STATE),
    ("/var/lib", Itself, Some(Medium), Some(Medium), STATE),
    ("/var/lib/docker", Below, Some(Medium), Some(Low), STATE),
    ("/var/lib/containers", Below, Some(Medium), Some(Low), STATE),
    ("/var/lib/containerd", Below, Some(Medium), Some(Low), STATE),
    ("/var/lib/rancher", Below, Some(Medium), Some(Low), STATE),
    ("/var/lib/etcd", Below, Some(Medium), Some(Medium), STATE),
    ("/var/lib/kubelet", Itself, Some(Medium), Some(Medium), STATE),
    ("/var/lib/kubelet/pods", Below, Some(Medium), Some(Medium), STATE),
    ("/var/log", Itself, Some(Low), None, "it contains logs of the host, and symlinks in it can point anywhere"),
    ("C:", Itself, Some(Medium), Some(Medium), ALL),
];

/// Starts of the names of disks.
const DISKS: [&str; 6] = ["/dev/sd", "/dev/nvme", "/dev/vd", "/dev/xvd", "/dev/mmcblk", "/dev/dm-"];

/// The risk of `path` of the host, if a container should not have it.
#[must_use]
pub fn sensitive(path: &str, read_only: bool) -> Option<Sensitive> {
    let path = normal(path);
    if DISKS.iter().any(|disk| path.starts_with(disk)) {
        return Some(Sensitive { severity: Medium, why: DEVICES });
    }
    let is = |(folder, reach, ..): &&(&str, Reach, Option<Severity>, Option<Severity>, &str)| match reach {
        Itself => path == *folder,
        Below => path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    };
    let (_, _, written, read, why) = TABLE.iter().find(is)?;
    Some(Sensitive { severity: if read_only { *read } else { *written }?, why })
}

/// True for the folder in which all others are.
#[must_use]
pub fn is_root(path: &str) -> bool {
    normal(path) == "/"
}

/// `path` with single strokes between its parts, and none at its end.
fn normal(path: &str) -> String {
    const LENGTH_MAX: usize = 4096;
    let path = path.trim().replace('\\', "/");
    if path.len() > LENGTH_MAX {
        return path;
    }
    let scheme = path.split_once("://").map_or(path.as_str(), |(_, rest)| rest);
    let mut parts: Vec<&str> = scheme.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    while let Some(at) = parts.iter().position(|part| *part == "..") {
        parts.drain(at.saturating_sub(1)..=at);
    }
    let root = if scheme.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_of_engines() {
        for path in [
            "/var/run/docker.sock",
            "//var/run/docker.sock",
            "/run/k3s/containerd/containerd.sock",
            "/run/containerd/",
            "/var/run/crio/crio.sock",
            r"\\.\pipe\docker_engine",
            "npipe:////./pipe/docker_engine",
            "~/.docker/run/docker.sock",
            "/run/podman/podman.sock",
        ] {
            assert_eq!(engine(path), Some(Engine::Root), "{path}");
        }
        for path in ["/run/user/1000/docker.sock", "${XDG_RUNTIME_DIR}/podman/podman.sock"] {
            assert_eq!(engine(path), Some(Engine::User), "{path}");
        }
        for path in ["/var/run", "/run/app.sock", "docker.sock.md", "/var/run/docker", ""] {
            assert_eq!(engine(path), None, "{path}");
        }
    }

    #[test]
    fn paths_of_the_host() {
        for (path, written, read) in [
            ("/", Some(Medium), Some(Medium)),
            ("/etc/", Some(Medium), Some(Medium)),
            ("/etc/nginx/conf.d", Some(Low), None),
            ("/etc/cron.d", Some(Medium), None),
            ("/etc/localtime", None, None),
            ("/etc/kubernetes/pki", Some(Medium), Some(Medium)),
            ("/etcetera", None, None),
            ("/proc", Some(Medium), Some(Low)),
            ("/lib/modules", Some(Low), None),
            ("/usr/bin", Some(Medium), None),
            ("/dev/sda1", Some(Medium), Some(Medium)),
            ("/dev/dri", None, None),
            ("/var/run", None, None),
            ("/var/lib/docker/containers", Some(Medium), Some(Low)),
            ("/var/lib/kubelet/plugins/x", None, None),
            ("/srv/data", None, None),
            ("/srv/../etc", Some(Medium), Some(Medium)),
            ("./etc", None, None),
            ("etc", None, None),
            (r"C:\", Some(Medium), Some(Medium)),
        ] {
            let of = |read_only| sensitive(path, read_only).map(|found| found.severity);
            assert_eq!((of(false), of(true)), (written, read), "{path}");
        }
        assert_eq!(normal(&"/..".repeat(1000)), "/");
    }
}
