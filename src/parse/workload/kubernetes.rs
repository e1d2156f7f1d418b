//! Kubernetes manifests: whatever contains a pod, down to its containers, and role rules. Multiple documents,
//! lists and custom resources are parsed alike; a patch only states what differs.

use std::collections::{BTreeMap, HashSet};

use super::patches::{self, are_operations};
use super::ports::Port;
use super::{
    Confinement, Container, Mount, Namespace, Read, Root, Rule, Setting, Switch, Word, Workload,
    has_template_marks, short_text,
};
use crate::model::Span;
use crate::parse::yaml::stream::{self, Piece};
use crate::parse::yaml::{Document, Style, Value};

/// Every relevant document contains one of these texts.
const TELLING: [&[u8]; 9] = [
    b"ontainers",
    b"securityContext",
    b"hostNetwork",
    b"hostPID",
    b"hostIPC",
    b"hostPath",
    b"Role",
    b"ServiceAccount",
    b"volumeMounts",
];
/// The keys of patches in a kustomization.
const PATCHES: [&str; 3] = ["patches", "patchesStrategicMerge", "patchesJson6902"];
/// The largest document in bytes, as in the YAML parser.
const DOCUMENT_MAX: usize = 1 << 20;
/// The most documents of one file.
const DOCUMENTS_MAX: usize = 5000;
/// The most containers of a pod, or items of another list.
const ITEMS_MAX: usize = 1000;

/// True if `bytes` may be a manifest, by a quick check.
#[must_use]
pub fn is_manifest(bytes: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(bytes, needle).is_some();
    let head = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes).trim_ascii_start();
    let starts_with_it =
        head.starts_with(b"apiVersion") || head.starts_with(b"\"apiVersion\"") || is_json(head);
    let is_named = starts_with_it || has(b"\napiVersion") || has(b"\n\"apiVersion\"");
    (is_named && has(b"kind") || are_operations(head) || is_kustomization(head))
        && TELLING.iter().any(|word| has(word))
}

/// True for a kustomization, which often has neither an API version nor a kind.
fn is_kustomization(piece: &[u8]) -> bool {
    memchr::memmem::find_iter(piece, b"patches").any(|at| {
        let is_start = at == 0 || piece[at - 1] == b'\n';
        is_start && PATCHES.iter().any(|key| piece[at..].starts_with(key.as_bytes()))
    })
}

/// True for a JSON object that starts like a Kubernetes object.
fn is_json(head: &[u8]) -> bool {
    let near = &head[..head.len().min(1000)];
    head.starts_with(b"{")
        && ["apiVersion", "kind"].iter().all(|key| memchr::memmem::find(near, key.as_bytes()).is_some())
}

/// Parses the documents of a file that contain workloads or roles.
#[must_use]
pub fn read(bytes: &[u8]) -> Read {
    // Tabs, which YAML rejects and JSON allows; all offsets stay the same.
    let untabbed: Vec<u8>;
    let bytes = match bytes.trim_ascii_start().starts_with(b"{") && memchr::memchr(b'\t', bytes).is_some() {
        true => {
            untabbed = bytes.iter().map(|byte| if *byte == b'\t' { b' ' } else { *byte }).collect();
            &untabbed
        }
        false => bytes,
    };
    let mut read = Read::default();
    let wanted = stream::pieces(bytes).filter(|piece| is_wanted(&bytes[piece.range.clone()]));
    for piece in wanted.take(DOCUMENTS_MAX) {
        let (document, mistake) = stream::read(bytes, &piece);
        let is_odd = mistake.is_some() || document.has_compound_key();
        if is_odd && piece.range.len() <= DOCUMENT_MAX && has_template_marks(&bytes[piece.range.clone()]) {
            read.is_template = true;
            continue;
        }
        if let Some(mistake) = mistake {
            read.miss(mistake.line, mistake.message);
        }
        let patches = Objects::of(&mut read).document(&document);
        for Patch { piece, is_quoted, owner } in patches {
            let piece = if is_quoted { unquoted(bytes, &piece) } else { Some(within(bytes, &piece)) };
            let Some(piece) = piece else { continue };
            // A malformed patch is ignored.
            let (patch, _) = stream::read(bytes, &piece);
            let mut objects = Objects::of(&mut read);
            if patches::is_list(patch.root()) {
                objects.operations(patch.root(), &owner);
            } else {
                objects.document(&patch);
            }
        }
    }
    read.say_once();
    read
}

/// The inside of a quoted text without escapes, whose offsets are those of the file.
fn unquoted(bytes: &[u8], piece: &Piece) -> Option<Piece> {
    let raw = &bytes[piece.range.clone()];
    let quote = *raw.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
    let inner = raw.get(1..raw.len().checked_sub(1)?)?;
    let is_plain = !inner.contains(&quote) && (quote == b'\'' || !inner.contains(&b'\\'));
    is_plain.then(|| Piece { range: piece.range.start + 1..piece.range.end - 1, line: piece.line })
}

/// The full lines of a piece: a text block is a document at any indentation.
fn within(bytes: &[u8], piece: &Piece) -> Piece {
    let line = memchr::memrchr(b'\n', &bytes[..piece.range.start]).map_or(0, |end| end + 1);
    let is_blank = bytes[line..piece.range.start].iter().all(u8::is_ascii_whitespace);
    Piece { range: if is_blank { line } else { piece.range.start }..piece.range.end, line: piece.line }
}

/// True for a document with relevant content.
fn is_wanted(piece: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(piece, needle).is_some();
    let is_object = has(b"apiVersion") && has(b"kind") || are_operations(piece) || is_kustomization(piece);
    is_object && TELLING.iter().any(|word| has(word)) && !is_other(piece)
}

/// True for kinds of objects that only contain texts or schemas; some are large.
fn is_other(piece: &[u8]) -> bool {
    const OTHERS: [&[u8]; 3] = [b"CustomResourceDefinition", b"ConfigMap", b"ConfigMapList"];
    const KEY: &[u8] = b"\nkind:";
    // At the start of a line it is the kind of the whole document.
    let Some(at) = memchr::memmem::find(piece, KEY) else { return false };
    let line = piece[at + KEY.len()..].split(|byte| matches!(byte, b'\n' | b'#')).next().unwrap_or_default();
    OTHERS.contains(&line.trim_ascii())
}

/// The enclosing object of a location.
#[derive(Clone, Debug, Default)]
pub(super) struct Owner {
    kind: String,
    name: String,
    /// Its end.
    end: usize,
}

/// A patch embedded as a text.
struct Patch {
    piece: Piece,
    is_quoted: bool,
    /// The patched object.
    owner: Owner,
}

/// Finds the relevant parts of a document.
pub(super) struct Objects<'r> {
    read: &'r mut Read,
    /// Values that were parsed as a pod or a container.
    done: HashSet<usize>,
    /// Values at `spec` that are not pods.
    others: HashSet<usize>,
    /// Embedded patches.
    patches: Vec<Patch>,
}

impl<'r> Objects<'r> {
    fn of(read: &'r mut Read) -> Self {
        Self { read, done: HashSet::new(), others: HashSet::new(), patches: Vec::new() }
    }

    /// Parses `document`; returns the patches embedded as texts.
    fn document(mut self, document: &Document) -> Vec<Patch> {
        let root = document.root();
        if patches::is_list(root) {
            self.operations(root, &Owner { kind: "patch".to_owned(), ..Owner::default() });
            return self.patches;
        }
        if PATCHES.iter().any(|key| root.get(key).is_some()) {
            self.kustomization(root);
        }
        let mut owners: Vec<Owner> = Vec::new();
        // Each value once, in text order, without following aliases.
        for value in document.values().filter(|value| value.is_map()) {
            while owners.last().is_some_and(|owner| owner.end <= value.span().start) {
                owners.pop();
            }
            if is_deleted(value) {
                self.delete(value);
            }
            let spec = value.get("spec").filter(|spec| !self.done.contains(&spec.id()));
            let metadata = || value.get("metadata");
            if let Some(kind) = value.get("apiVersion").and_then(|_| short_text(value.get("kind")?)) {
                let name = text(metadata().and_then(|metadata| metadata.get("name")));
                let owner = Owner { kind: kind.to_owned(), name: name.to_owned(), end: value.span().end };
                if self.read.has_room(value.line()) {
                    self.object(value, &owner);
                }
                let is_pod = kind == "Pod";
                if let Some(spec) = spec.filter(|spec| is_pod || spec.get("containers").is_some()) {
                    self.spec(spec, metadata(), &owner, is_pod);
                }
                owners.push(owner);
            } else if let Some(owner) = owners.last() {
                if let Some(spec) = spec.filter(|spec| self.is_pod(*spec)) {
                    self.spec(spec, metadata(), owner, true);
                } else if self.done.contains(&value.id()) {
                } else if value.get("containers").is_some_and(Value::is_list) {
                    self.spec(value, None, owner, false);
                } else if is_container(value) {
                    self.lone(value, owner);
                }
            }
        }
        self.patches
    }

    /// The items of a list, up to the limit.
    fn items<'a>(&mut self, list: Option<Value<'a>>) -> Vec<Value<'a>> {
        let mut items = Vec::new();
        for item in list.into_iter().flat_map(Value::items).take(ITEMS_MAX) {
            if !self.read.has_room(item.line()) {
                break;
            }
            if !is_deleted(item) {
                items.push(item);
            }
        }
        items
    }

    /// The strings of a list.
    pub(super) fn words(&mut self, list: Option<Value<'_>>) -> Vec<Word> {
        self.items(list).into_iter().filter_map(word).collect()
    }

    /// True for a pod specification, or a patch of one.
    fn is_pod(&mut self, spec: Value<'_>) -> bool {
        if self.others.contains(&spec.id()) {
            return false;
        }
        let is_list = |key| spec.get(key).is_some_and(Value::is_list);
        let mut volumes = spec.get("volumes").into_iter().flat_map(Value::items).take(ITEMS_MAX);
        let is_pod = is_list("containers")
            || is_list("initContainers")
            || ["hostNetwork", "hostPID", "hostIPC"].iter().any(|key| spec.get(key).is_some())
            || volumes.any(|volume| volume.get("hostPath").is_some());
        if !is_pod {
            self.others.insert(spec.id());
        }
        is_pod
    }

    /// Other objects: roles, bindings, accounts, volumes.
    fn object(&mut self, value: Value<'_>, owner: &Owner) {
        match owner.kind.as_str() {
            "Role" | "ClusterRole" => {
                for item in self.items(value.get("rules")) {
                    let rule = Rule {
                        kind: owner.kind.clone(),
                        role: owner.name.clone(),
                        groups: self.words(item.get("apiGroups")),
                        resources: self.words(item.get("resources")),
                        verbs: self.words(item.get("verbs")),
                        is_named: item
                            .get("resourceNames")
                            .is_some_and(|names| names.items().next().is_some()),
                    };
                    self.read.rules.push(rule);
                }
            }
            "RoleBinding" | "ClusterRoleBinding" => {
                let subjects = self.items(value.get("subjects")).into_iter();
                let names = subjects.filter(|one| text(one.get("kind")) == "ServiceAccount");
                self.read.bound_accounts.extend(names.map(|one| text(one.get("name")).to_owned()));
            }
            "ServiceAccount" if text(value.get("automountServiceAccountToken")) == "false" => {
                self.read.quiet_accounts.push(owner.name.clone());
            }
            "PersistentVolume" => {
                let path =
                    value.get("spec").and_then(|spec| spec.get("hostPath")?.get("path")).and_then(word);
                if let Some(source) = path {
                    let mut workload = workload(owner, source.span, false);
                    workload.mounts.push(Mount { source, target: None, read_only: false });
                    self.read.workloads.push(workload);
                }
            }
            _ => {}
        }
    }

    /// Collects the embedded patches of a kustomization.
    fn kustomization(&mut self, root: Value<'_>) {
        let items: Vec<Value<'_>> = PATCHES.iter().flat_map(|key| self.items(root.get(key))).collect();
        for item in items {
            let patch = item.get("patch").unwrap_or(item);
            if patch.text().is_none() || patch.style() == Style::Plain || !self.done.insert(patch.id()) {
                continue;
            }
            let target = |key| text(item.get("target").and_then(|target| target.get(key)));
            let kind = if target("kind").is_empty() { "patch" } else { target("kind") };
            self.patches.push(Patch {
                piece: Piece { range: patch.span().range(), line: patch.line() },
                is_quoted: patch.style() == Style::Quoted,
                owner: Owner { kind: kind.to_owned(), name: target("name").to_owned(), end: 0 },
            });
        }
    }

    /// Skips what a patch deletes.
    fn delete(&mut self, value: Value<'_>) {
        self.done.insert(value.id());
        self.others.insert(value.id());
        if let Some(spec) = value.get("spec") {
            self.delete(spec);
        }
    }

    /// Counts a setting; false if there are too many.
    pub(super) fn has_room(&mut self, line: u32) -> bool {
        self.read.has_room(line)
    }

    /// Adds a workload.
    pub(super) fn push(&mut self, workload: Workload) {
        self.read.workloads.push(workload);
    }

    /// A single container in a custom resource.
    fn lone(&mut self, value: Value<'_>, owner: &Owner) {
        let mut workload = workload(owner, value.span(), false);
        if self.read.has_room(value.line()) {
            let mut container = self.container(value);
            // A pod template is completed by its controller.
            container.is_whole &= !is_of_pod(value);
            workload.containers.push(container);
            self.read.workloads.push(workload);
        }
    }

    /// A pod specification, or what a custom resource adds to one.
    pub(super) fn spec(
        &mut self,
        spec: Value<'_>,
        metadata: Option<Value<'_>>,
        owner: &Owner,
        is_whole: bool,
    ) {
        const HOST: [(&str, Namespace); 3] = [
            ("hostNetwork", Namespace::Network),
            ("hostPID", Namespace::Processes),
            ("hostIPC", Namespace::Ipc),
        ];
        self.done.insert(spec.id());
        if !self.read.has_room(spec.line()) {
            return;
        }
        let list = spec.entry("containers").or_else(|| spec.entry("initContainers"));
        let at = list.map_or_else(|| spec.span(), |(key, _)| key.span());
        let is_windows = text(spec.get("os").and_then(|os| os.get("name"))) == "windows"
            || text(spec.get("nodeSelector").and_then(|nodes| nodes.get("kubernetes.io/os"))) == "windows";
        let context = spec.get("securityContext");
        let mut workload = workload(owner, at, is_whole && !is_windows);
        let host = HOST.iter().filter_map(|(key, namespace)| match switch(spec.get(key)) {
            Some((Switch::On, span)) => Some((*namespace, span)),
            _ => None,
        });
        workload.namespaces.extend(host);
        workload.token = switch(spec.get("automountServiceAccountToken"));
        workload.account =
            text(spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount"))).to_owned();
        workload.unconfined = context.map(unconfined).unwrap_or_default();
        let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
        workload.unconfined.extend(annotations.map(annotated).unwrap_or_default());
        // Volumes that are read-only wherever they are mounted.
        let mut read_only: BTreeMap<&str, bool> = BTreeMap::new();
        for key in ["containers", "initContainers", "ephemeralContainers"] {
            for item in self.items(spec.get(key)).into_iter().filter(|item| item.is_map()) {
                let mut container = self.container(item);
                container.is_whole &= workload.is_whole;
                if container.root == Root::Unsaid {
                    container.root = context.map(root).unwrap_or_default();
                }
                for mount in self.items(item.get("volumeMounts")) {
                    let only = matches!(switch(mount.get("readOnly")), Some((Switch::On, _)));
                    *read_only.entry(text(mount.get("name"))).or_insert(true) &= only;
                }
                workload.containers.push(container);
            }
        }
        for volume in self.items(spec.get("volumes")) {
            let source = volume.get("hostPath").and_then(|host| host.get("path")).and_then(word);
            if let Some(source) = source {
                let read_only = read_only.get(text(volume.get("name"))).copied().unwrap_or(false);
                workload.mounts.push(Mount { source, target: None, read_only });
            }
        }
        workload.is_whole &= !workload.containers.is_empty();
        workload.is_whole &= workload.containers.iter().all(|container| container.is_whole);
        self.read.workloads.push(workload);
    }

    /// Reads the security context of a container.
    pub(super) fn context(&mut self, context: Value<'_>, container: &mut Container) {
        container.privileged = switch(context.get("privileged"));
        container.escalates = switch(context.get("allowPrivilegeEscalation"));
        container.read_only = switch(context.get("readOnlyRootFilesystem"));
        container.unconfined = unconfined(context);
        container.root = root(context);
        let capabilities = context.get("capabilities");
        container.added = self.words(capabilities.and_then(|all| all.get("add")));
        container.dropped = self.words(capabilities.and_then(|all| all.get("drop")));
    }

    pub(super) fn container(&mut self, value: Value<'_>) -> Container {
        self.done.insert(value.id());
        let name = value.get("name");
        let image = value.get("image").and_then(word);
        let at = name.or(value.get("image")).map_or_else(|| first_key(value), Value::span);
        let mut container = Container::new(text(name).to_owned(), at);
        container.is_whole = image.is_some();
        container.image = image;
        if let Some(context) = value.get("securityContext") {
            self.context(context, &mut container);
        }
        let limits = value.get("resources").and_then(|resources| resources.get("limits"));
        container.is_limited = limits.and_then(|limits| limits.get("memory")).is_some();
        for item in self.items(value.get("env")) {
            container.variables.extend(variable(item));
        }
        for item in self.items(value.get("ports")) {
            let number = |key| item.get(key).and_then(|port| port.text()?.trim().parse::<u16>().ok());
            if let Some((key, port)) = item.get("hostPort").zip(number("hostPort").filter(|port| *port > 0)) {
                let inside = number("containerPort").unwrap_or(port);
                let address = item.get("hostIP").and_then(short_text).map(str::to_owned);
                let (span, host) = (key.span(), Some((port, port)));
                container.ports.push(Port { span, container: (inside, inside), host, address });
            }
        }
        container
    }
}

pub(super) fn workload(owner: &Owner, at: Span, is_whole: bool) -> Workload {
    Workload {
        kind: owner.kind.clone(),
        name: owner.name.clone(),
        at,
        is_whole,
        is_development: false,
        is_lasting: true,
        namespaces: Vec::new(),
        mounts: Vec::new(),
        unconfined: Vec::new(),
        token: None,
        account: String::new(),
        containers: Vec::new(),
    }
}

/// True for what a patch deletes.
fn is_deleted(value: Value<'_>) -> bool {
    value.is_map() && value.get("$patch").and_then(Value::text) == Some("delete")
}

/// True for a mapping with fields of a pod, with or without an image.
fn is_of_pod(value: Value<'_>) -> bool {
    const KEYS: [&str; 6] =
        ["replicas", "serviceAccountName", "nodeSelector", "tolerations", "affinity", "imagePullSecrets"];
    let has = |key: &&str| value.get(key).is_some();
    KEYS.iter().any(has)
        || value.get("securityContext").is_some_and(|context| {
            ["fsGroup", "supplementalGroups", "sysctls"].iter().any(|key| context.get(key).is_some())
        })
}

/// True for a container anywhere.
fn is_container(value: Value<'_>) -> bool {
    value.get("image").and_then(Value::text).is_some()
        && (value.get("securityContext").is_some_and(Value::is_map) || value.get("volumeMounts").is_some())
}

fn first_key(value: Value<'_>) -> Span {
    value.entries().next().map_or_else(|| value.span(), |(key, _)| key.span())
}

/// The confinement that a security context disables.
pub(super) fn unconfined(context: Value<'_>) -> Vec<(Confinement, Span)> {
    let at = |value: Option<Value<'_>>, wanted: &[&str]| {
        value.filter(|value| value.text().is_some_and(|text| wanted.contains(&text))).map(Value::span)
    };
    let within = |outer: &str, inner: &str| context.get(outer).and_then(|outer| outer.get(inner));
    let found = [
        (Confinement::Seccomp, at(within("seccompProfile", "type"), &["Unconfined"])),
        (Confinement::AppArmor, at(within("appArmorProfile", "type"), &["Unconfined"])),
        (Confinement::Labels, at(within("seLinuxOptions", "type"), &["spc_t"])),
        (Confinement::KernelPaths, at(context.get("procMount"), &["Unmasked"])),
        (Confinement::HostProcess, at(within("windowsOptions", "hostProcess"), &["true"])),
    ];
    found.into_iter().filter_map(|(what, span)| Some((what, span?))).collect()
}

/// The confinement that the annotations of a pod disable, from before there were fields.
fn annotated(annotations: Value<'_>) -> Vec<(Confinement, Span)> {
    let found = annotations.entries().take(ITEMS_MAX).filter_map(|(key, value)| {
        let key = key.text()?;
        let what = match key.split('/').next().unwrap_or("") {
            "container.apparmor.security.beta.kubernetes.io" => Confinement::AppArmor,
            "seccomp.security.alpha.kubernetes.io" | "container.seccomp.security.alpha.kubernetes.io" => {
                Confinement::Seccomp
            }
            _ => return None,
        };
        (value.text()? == "unconfined").then(|| (what, value.span()))
    });
    found.collect()
}

/// The user according to a security context.
fn root(context: Value<'_>) -> Root {
    let is_prevented = matches!(switch(context.get("runAsNonRoot")), Some((Switch::On | Switch::Unknown, _)));
    match context.get("runAsUser").and_then(word) {
        _ if is_prevented => Root::Not,
        Some(user) if user.known && user.text.trim() == "0" => Root::Said(user.span),
        Some(_) => Root::Not,
        None => match switch(context.get("runAsNonRoot")) {
            Some((_, span)) => Root::Said(span),
            None => Root::Unsaid,
        },
    }
}

pub(super) fn switch(value: Option<Value<'_>>) -> Setting {
    let word = word(value.filter(|value| !value.is_nothing())?)?;
    Some((Switch::of(&word), word.span))
}

fn text(value: Option<Value<'_>>) -> &str {
    value.and_then(short_text).unwrap_or("")
}

/// The text of `value`; an unexpanded template counts as unknown.
pub(super) fn word(value: Value<'_>) -> Option<Word> {
    let text = short_text(value)?;
    let known = !text.contains("${") && !text.contains("{{");
    Some(Word { text: text.to_owned(), span: value.span(), known })
}

/// A variable with its value as text.
pub(super) fn variable(item: Value<'_>) -> Option<super::Variable> {
    let (name, value) = (item.get("name").and_then(short_text)?, item.get("value").and_then(word)?);
    let known = value.known && !value.text.contains("$(");
    let value = Word { known, ..value };
    Some(super::Variable { name: name.to_owned(), value, is_default: false })
}
