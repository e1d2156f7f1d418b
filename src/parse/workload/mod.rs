//! What runs in containers, as compose files and manifests of Kubernetes describe it: one model for both, with the
//! place of every setting.

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

/// Settings of one file that are read; each may lead to a finding.
const SETTINGS_MAX: usize = 20_000;
/// The longest text that is read, in bytes: what is longer is not an image, a path or a password.
const TEXT_MAX: usize = 1024;
/// Capabilities that a container takes over.
const INHERITED_MAX: usize = 64;
/// Parts of one file that were not read and are named.
const UNREAD_MAX: usize = 20;

/// A text as it is meant, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The text, with the defaults of variables in the place of these.
    pub text: String,
    /// Where it stands in the file, with its quotes.
    pub span: Span,
    /// False if a part of it is a variable of which nothing is known.
    pub known: bool,
}

/// Whether a setting is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
    /// A variable says.
    Unknown,
}

impl Switch {
    /// The switch that `word` is.
    #[must_use]
    pub fn of(word: &Word) -> Self {
        match word.text.trim() {
            _ if !word.known => Self::Unknown,
            text if ["true", "yes", "on", "1"].iter().any(|yes| text.eq_ignore_ascii_case(yes)) => Self::On,
            _ => Self::Off,
        }
    }
}

/// A switch that is set, and where.
pub type Setting = Option<(Switch, Span)>;

/// Where a workload is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A compose file.
    Compose,
    /// A manifest of Kubernetes, or of something that extends it.
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

/// What runs together: a service of compose, a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// `service`, or the kind of the object: `Deployment`.
    pub kind: String,
    /// Its name; empty if it has none.
    pub name: String,
    /// Where what is absent would stand: the name of the service, the key of the list of containers.
    pub at: Span,
    /// True if all of it is here: a patch, or an override, only says what differs.
    pub is_whole: bool,
    /// True if it only runs where someone develops or tests.
    pub is_development: bool,
    /// True if it is meant to stay: it is started again whenever it ends.
    pub is_lasting: bool,
    /// Namespaces of the host that it is in.
    pub namespaces: Vec<(Namespace, Span)>,
    /// Paths of the host that it sees.
    pub mounts: Vec<Mount>,
    /// What is off that would confine all of its containers.
    pub unconfined: Vec<(Confinement, Span)>,
    /// Whether it is given the token of its service account.
    pub token: Setting,
    /// Its service account; empty for the default one.
    pub account: String,
    /// Its containers; a service has one.
    pub containers: Vec<Container>,
}

impl Workload {
    /// Takes over what `base` says and this one does not, see [`Container::inherit`].
    pub fn inherit(&mut self, base: &Self) {
        if let (Some(own), Some(base)) = (self.containers.first_mut(), base.containers.first()) {
            own.inherit(base);
        }
        self.is_whole |= base.is_whole;
    }
}

/// A path of the host that a workload sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The path on the host.
    pub source: Word,
    /// The path within the container, if that stands beside it.
    pub target: Option<String>,
    /// True if nothing can be written there.
    pub read_only: bool,
}

/// What keeps a container from what it has no need of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confinement {
    /// The filter of system calls.
    Seccomp,
    /// The profile of `AppArmor`.
    AppArmor,
    /// Labels of `SELinux`.
    Labels,
    /// Paths of the kernel that are hidden or only read.
    KernelPaths,
    /// All of it: a process of the host, on Windows.
    HostProcess,
}

/// Who a container runs as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Root {
    /// Not root.
    Not,
    /// Root, which is said here.
    Said(Span),
    /// Whoever its image says.
    #[default]
    Unsaid,
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name; empty if it has none.
    pub name: String,
    /// Where it starts: its name.
    pub at: Span,
    /// Its image.
    pub image: Option<Word>,
    /// True if its image is built from this repository.
    pub is_built: bool,
    /// True if all of it is here: it has an image, or one to build.
    pub is_whole: bool,
    /// Whether it is privileged.
    pub privileged: Setting,
    /// Its variables.
    pub variables: Vec<Variable>,
    /// Ports of the host that lead to it.
    pub ports: Vec<Port>,
    /// Capabilities that it is given.
    pub added: Vec<Word>,
    /// Capabilities that are taken from it.
    pub dropped: Vec<Word>,
    /// What is off that would confine it.
    pub unconfined: Vec<(Confinement, Span)>,
    /// Whether its processes may get more rights than they start with.
    pub escalates: Setting,
    /// Whether its own files are read-only.
    pub read_only: Setting,
    /// True if its memory is limited.
    pub is_limited: bool,
    /// Who it runs as.
    pub root: Root,
}

impl Container {
    /// A container of which nothing is said.
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

    /// Takes over what `base` says and this one does not, as far as it keeps something from being absent. What is
    /// dangerous about `base` is said where that stands.
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

    /// The variable called `name`.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }
}

/// A variable of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Word,
    /// True if the value is only what it has where nothing else is set.
    pub is_default: bool,
}

/// A rule of a role: who has it may do `verbs` with `resources`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `Role` or `ClusterRole`.
    pub kind: String,
    /// The name of the role.
    pub role: String,
    /// Groups of the API; the empty one is the core.
    pub groups: Vec<Word>,
    /// Kinds of objects.
    pub resources: Vec<Word>,
    /// What may be done.
    pub verbs: Vec<Word>,
    /// True if it only holds for objects with certain names.
    pub is_named: bool,
}

/// A service of another file, or of another place of the file, that one takes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extends {
    /// The number of the workload that does.
    pub workload: usize,
    /// The path of the file, relative to the folder of this one; none if it is this one.
    pub file: Option<String>,
    /// The name of the service.
    pub service: String,
}

/// All that a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// What runs.
    pub workloads: Vec<Workload>,
    /// Rules of roles.
    pub rules: Vec<Rule>,
    /// Service accounts whose token is not given to pods by default.
    pub quiet_accounts: Vec<String>,
    /// Service accounts that are given a role.
    pub bound_accounts: Vec<String>,
    /// Services of which others take over what they do not say themselves.
    pub extends: Vec<Extends>,
    /// Further files that are part of this one, relative to its folder.
    pub includes: Vec<String>,
    /// Files of variables that services read, relative to its folder.
    pub env_files: Vec<Word>,
    /// What was not read.
    pub unread: Vec<Mistake>,
    /// True if it is a template: what it will say is only known once that is filled in.
    pub is_template: bool,
    /// Settings that were read.
    settings: usize,
}

impl Read {
    /// Notes that something was not read.
    fn miss(&mut self, line: u32, message: impl Into<String>) {
        if self.unread.len() < UNREAD_MAX {
            self.unread.push(Mistake { line, message: message.into() });
        }
    }

    /// Counts a setting that starts at `line`; false if there are too many.
    fn has_room(&mut self, line: u32) -> bool {
        self.settings += 1;
        if self.settings == SETTINGS_MAX {
            self.miss(line, "it has too many settings; the others were not looked at");
        }
        self.settings < SETTINGS_MAX
    }

    /// Leaves out what stands at a place that an earlier workload has: it is shared by an anchor.
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

/// The text of `value`, if it is short enough to be of use.
fn short_text(value: Value<'_>) -> Option<&str> {
    value.text().filter(|text| text.len() <= TEXT_MAX)
}

/// True if `text` holds what a template engine fills in: `{{ … }}`, `{% … %}`, `<% … %>`.
#[must_use]
pub fn has_template_marks(text: &[u8]) -> bool {
    [&b"{{"[..], b"{%", b"<%"].iter().any(|mark| memchr::memmem::find(text, mark).is_some())
}

#[cfg(test)]
mod tests;
