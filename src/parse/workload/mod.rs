//! Container workloads of compose files and Kubernetes manifests: one model for both, with the location of every
//! setting.

pub mod compose;
pub mod kubernetes;
mod meant;
mod operations;
mod patches;
mod ports;

pub use super::yaml::Mistake;
pub use meant::{Meant, interpolated};
pub use ports::{Port, parse as port};

use super::yaml::Value;
use crate::model::Span;

/// The most settings of one file; each may lead to a finding.
const SETTINGS_MAX: usize = 20_000;
/// The longest text in bytes: longer ones are not an image, a path or a password.
const TEXT_MAX: usize = 1024;
/// The most capabilities that a container inherits.
const INHERITED_MAX: usize = 64;
/// The most malformed parts of one file that are reported.
const UNREAD_MAX: usize = 20;

/// An expanded text and its location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The text, with variables replaced by their defaults.
    pub text: String,
    /// Its location in the file, with its quotes.
    pub span: Span,
    /// False if it contains a variable with an unknown value.
    pub known: bool,
}

/// A boolean setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// True.
    On,
    /// False.
    Off,
    /// Depends on a variable.
    Unknown,
}

impl Switch {
    /// Parses `word`.
    #[must_use]
    pub fn of(word: &Word) -> Self {
        match word.text.trim() {
            _ if !word.known => Self::Unknown,
            text if ["true", "yes", "on", "1"].iter().any(|yes| text.eq_ignore_ascii_case(yes)) => Self::On,
            _ => Self::Off,
        }
    }
}

/// A boolean setting with its location.
pub type Setting = Option<(Switch, Span)>;

/// The format of a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Compose.
    Compose,
    /// Kubernetes, including custom resources.
    Kubernetes,
}

/// A namespace of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// Its network.
    Network,
    /// Its processes.
    Processes,
    /// Its shared memory and queues.
    Ipc,
    /// Its users: root in the container is root of the host.
    Users,
    /// Its name.
    Name,
}

/// A compose service, or a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// `service`, or the kind of the object: `Deployment`.
    pub kind: String,
    /// Its name; empty if it has none.
    pub name: String,
    /// Where missing settings would be: the name of the service, the key of the list of containers.
    pub at: Span,
    /// True if it is complete: a patch or an override only states what differs.
    pub is_whole: bool,
    /// True if it only runs in development or tests.
    pub is_development: bool,
    /// True if it is restarted whenever it ends.
    pub is_lasting: bool,
    /// The host namespaces that it shares.
    pub namespaces: Vec<(Namespace, Span)>,
    /// The host paths that it can access.
    pub mounts: Vec<Mount>,
    /// Disabled confinement of all its containers.
    pub unconfined: Vec<(Confinement, Span)>,
    /// Whether it gets the token of its service account.
    pub token: Setting,
    /// Its service account; empty for the default one.
    pub account: String,
    /// Its containers; a service has one.
    pub containers: Vec<Container>,
}

impl Workload {
    /// Inherits missing settings from `base`, see [`Container::inherit`].
    pub fn inherit(&mut self, base: &Self) {
        if let (Some(own), Some(base)) = (self.containers.first_mut(), base.containers.first()) {
            own.inherit(base);
        }
        self.is_whole |= base.is_whole;
    }
}

/// A host path mounted into a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The path on the host.
    pub source: Word,
    /// The path in the container, if given with it.
    pub target: Option<String>,
    /// True if it is read-only.
    pub read_only: bool,
}

/// A confinement mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confinement {
    /// The system call filter.
    Seccomp,
    /// The `AppArmor` profile.
    AppArmor,
    /// `SELinux` labels.
    Labels,
    /// Masked and read-only kernel paths.
    KernelPaths,
    /// All confinement: a host process on Windows.
    HostProcess,
}

/// The user of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Root {
    /// Not root.
    Not,
    /// Root, set explicitly.
    Said(Span),
    /// As set by its image.
    #[default]
    Unsaid,
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name; empty if it has none.
    pub name: String,
    /// The location of its name.
    pub at: Span,
    /// Its image.
    pub image: Option<Word>,
    /// True if its image is built from this repository.
    pub is_built: bool,
    /// True if it is complete: it has an image, or a build.
    pub is_whole: bool,
    /// Whether it is privileged.
    pub privileged: Setting,
    /// Its environment variables.
    pub variables: Vec<Variable>,
    /// Published ports.
    pub ports: Vec<Port>,
    /// Added capabilities.
    pub added: Vec<Word>,
    /// Dropped capabilities.
    pub dropped: Vec<Word>,
    /// Disabled confinement.
    pub unconfined: Vec<(Confinement, Span)>,
    /// Whether privilege escalation is allowed.
    pub escalates: Setting,
    /// Whether its root file system is read-only.
    pub read_only: Setting,
    /// True if its memory is limited.
    pub is_limited: bool,
    /// Its user.
    pub root: Root,
}

impl Container {
    /// An empty container.
    #[must_use]
    pub const fn new(name: String, at: Span) -> Self {
        Self {
            name,
            at,
            image: None,
            is_built: false,
            is_whole: false,
            privileged: None,
            variables: Vec::new(),
            ports: Vec::new(),
            added: Vec::new(),
            dropped: Vec::new(),
            unconfined: Vec::new(),
            escalates: None,
            read_only: None,
            is_limited: false,
            root: Root::Unsaid,
        }
    }

    /// Inherits settings of `base` whose absence would be reported. Dangerous settings of `base` are reported
    /// there.
    pub fn inherit(&mut self, base: &Self) {
        let good = |own: &mut Setting, of_base: &Setting| {
            if own.is_none() {
                *own = of_base.map(|(_, span)| (Switch::Unknown, span));
            }
        };
        good(&mut self.escalates, &base.escalates);
        good(&mut self.read_only, &base.read_only);
        self.is_whole |= base.is_whole;
        self.is_limited |= base.is_limited;
        if self.root == Root::Unsaid && base.root != Root::Unsaid {
            self.root = Root::Not;
        }
        for word in base.dropped.iter().take(INHERITED_MAX) {
            if self.dropped.len() < INHERITED_MAX && !self.dropped.iter().any(|own| own.text == word.text) {
                self.dropped.push(word.clone());
            }
        }
    }

    /// The variable `name`.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }
}

/// An environment variable of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Word,
    /// True if the value is only a default.
    pub is_default: bool,
}

/// A role rule: it grants `verbs` on `resources`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `Role` or `ClusterRole`.
    pub kind: String,
    /// The name of the role.
    pub role: String,
    /// API groups; the empty one is the core.
    pub groups: Vec<Word>,
    /// Resources.
    pub resources: Vec<Word>,
    /// Verbs.
    pub verbs: Vec<Word>,
    /// True if it is limited to named objects.
    pub is_named: bool,
}

/// A service of this or another file that a service extends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extends {
    /// The index of the extending workload.
    pub workload: usize,
    /// The path of the file, relative to the directory of this one; `None` for this one.
    pub file: Option<String>,
    /// The name of the service.
    pub service: String,
}

/// The content of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Workloads.
    pub workloads: Vec<Workload>,
    /// Role rules.
    pub rules: Vec<Rule>,
    /// Service accounts that do not mount their token by default.
    pub quiet_accounts: Vec<String>,
    /// Service accounts bound to a role.
    pub bound_accounts: Vec<String>,
    /// Services extended by others.
    pub extends: Vec<Extends>,
    /// Included files, relative to its directory.
    pub includes: Vec<String>,
    /// Env files, relative to its directory.
    pub env_files: Vec<Word>,
    /// Malformed parts.
    pub unread: Vec<Mistake>,
    /// True for a template, whose content is only known once rendered.
    pub is_template: bool,
    /// The number of settings.
    settings: usize,
}

impl Read {
    /// Reports a part that was not read.
    fn miss(&mut self, line: u32, message: impl Into<String>) {
        if self.unread.len() < UNREAD_MAX {
            self.unread.push(Mistake { line, message: message.into() });
        }
    }

    /// Counts a setting that starts at `line`; false if there are too many.
    fn has_room(&mut self, line: u32) -> bool {
        self.settings += 1;
        if self.settings == SETTINGS_MAX {
            self.miss(line, "it has too many settings; the others were not checked");
        }
        self.settings < SETTINGS_MAX
    }

    /// Removes settings at locations of an earlier workload, shared by an anchor.
    fn say_once(&mut self) {
        let mut seen = std::collections::HashSet::new();
        let mut is_new = |span: Span| seen.insert(span);
        for workload in &mut self.workloads {
            workload.namespaces.retain(|(_, span)| is_new(*span));
            workload.mounts.retain(|mount| is_new(mount.source.span));
            workload.unconfined.retain(|(_, span)| is_new(*span));
            for container in &mut workload.containers {
                container.image = container.image.take().filter(|image| is_new(image.span));
                container.privileged = container.privileged.filter(|(_, span)| is_new(*span));
                container.variables.retain(|variable| is_new(variable.value.span));
                container.ports.retain(|port| is_new(port.span));
                container.added.retain(|word| is_new(word.span));
                container.unconfined.retain(|(_, span)| is_new(*span));
            }
        }
    }
}

/// The text of `value`, if it is short enough.
fn short_text(value: Value<'_>) -> Option<&str> {
    value.text().filter(|text| text.len() <= TEXT_MAX)
}

/// True if `text` contains template syntax: `{{ … }}`, `{% … %}`, `<% … %>`.
#[must_use]
pub fn has_template_marks(text: &[u8]) -> bool {
    [&b"{{"[..], b"{%", b"<%"].iter().any(|mark| memchr::memmem::find(text, mark).is_some())
}

#[cfg(test)]
mod tests;
