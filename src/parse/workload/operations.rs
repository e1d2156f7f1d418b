//! Patches of manifests that are lists of operations on paths (RFC 6902): what one adds counts where it stands, what one
//! removes does not.

use super::kubernetes::{Objects, Owner, switch, unconfined, word, workload};
use super::{Confinement, Container, Mount, Namespace, Switch, Variable, Workload, short_text};
use crate::parse::yaml::Value;

/// Operations of one list that are read.
const OPERATIONS_MAX: usize = 1000;

/// True if `bytes` may be a list of operations on what runs, by a first look.
#[must_use]
pub(super) fn are_operations(bytes: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(bytes, needle).is_some();
    let mut lines = bytes.split(|byte| *byte == b'\n').map(|line| line.trim_ascii());
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"#") && !line.starts_with(b"---"));
    first.is_some_and(|line| line.starts_with(b"- ") || line.starts_with(b"["))
        && (has(b"op:") || has(b"\"op\"") || has(b"'op'"))
        && has(b"/spec")
}

/// True for a list of operations.
pub(super) fn is_list(root: Value<'_>) -> bool {
    root.items().next().is_some_and(|one| one.get("op").is_some() && one.get("path").is_some())
}

impl Objects<'_> {
    /// Reads the operations of a list; what they add belongs to `owner`.
    pub(super) fn operations(&mut self, list: Value<'_>, owner: &Owner) {
        for one in list.items().take(OPERATIONS_MAX) {
            let adds = one.get("op").and_then(Value::text).is_some_and(|op| matches!(op, "add" | "replace"));
            let (Some(path), Some(value)) = (one.get("path").and_then(short_text), one.get("value")) else {
                continue;
            };
            if adds && !value.is_nothing() && self.has_room(value.line()) {
                self.addition(path, value, owner);
            }
        }
    }

    /// What it adds to put `value` at `path`.
    fn addition(&mut self, path: &str, value: Value<'_>, owner: &Owner) {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let is_item = |part: &&str| *part == "-" || part.bytes().all(|byte| byte.is_ascii_digit());
        let is_one = parts.last().is_some_and(is_item);
        let names: Vec<&str> = parts.iter().filter(|part| !is_item(part)).copied().collect();
        let Some((last, above)) = names.split_last() else { return };
        let before = above.last().copied().unwrap_or("");
        let is_of_container = above.iter().any(|name| matches!(*name, "containers" | "initContainers"));
        let mut adds = workload(owner, value.span(), false);
        let mut container = Container::new(String::new(), value.span());
        let values: Vec<Value<'_>> = if is_one { vec![value] } else { value.items().collect() };
        match *last {
            "spec" | "template" => {
                let spec = if *last == "template" { value.get("spec") } else { Some(value) };
                let spec =
                    spec.map(|spec| spec.get("template").and_then(|one| one.get("spec")).unwrap_or(spec));
                spec.into_iter().for_each(|spec| self.spec(spec, None, owner, false));
                return;
            }
            "containers" | "initContainers" | "ephemeralContainers" => {
                adds.containers.extend(values.into_iter().map(|one| self.container(one)));
            }
            "securityContext" if is_of_container => self.context(value, &mut container),
            "securityContext" => adds.unconfined = unconfined(value),
            "privileged" => container.privileged = switch(Some(value)),
            "allowPrivilegeEscalation" => container.escalates = switch(Some(value)),
            "capabilities" => container.added = self.words(value.get("add")),
            "add" if before == "capabilities" => {
                container.added = values.into_iter().filter_map(word).collect()
            }
            "image" => container.image = word(value),
            "env" => container.variables = values.into_iter().filter_map(variable).collect(),
            "type" if before == "seccompProfile" && value.text() == Some("Unconfined") => {
                container.unconfined.push((Confinement::Seccomp, value.span()));
            }
            "hostNetwork" => host(&mut adds, value, Namespace::Network),
            "hostPID" => host(&mut adds, value, Namespace::Processes),
            "hostIPC" => host(&mut adds, value, Namespace::Ipc),
            "volumes" => {
                let paths = values.into_iter().filter_map(|one| one.get("hostPath")?.get("path"));
                adds.mounts.extend(paths.filter_map(mount));
            }
            "hostPath" => adds.mounts.extend(value.get("path").and_then(mount)),
            "path" if before == "hostPath" => adds.mounts.extend(mount(value)),
            _ => return,
        }
        if adds.containers.is_empty() {
            adds.containers.push(container);
        }
        for container in &mut adds.containers {
            container.is_whole = false;
        }
        self.push(adds);
    }
}

fn host(adds: &mut Workload, value: Value<'_>, namespace: Namespace) {
    if let Some((Switch::On, span)) = switch(Some(value)) {
        adds.namespaces.push((namespace, span));
    }
}

fn mount(path: Value<'_>) -> Option<Mount> {
    Some(Mount { source: word(path)?, target: None, read_only: false })
}

/// A variable with its value in a text.
pub(super) fn variable(item: Value<'_>) -> Option<Variable> {
    let (name, value) = (item.get("name").and_then(short_text)?, item.get("value").and_then(word)?);
    let known = value.known && !value.text.contains("$(");
    let value = super::Word { known, ..value };
    Some(Variable { name: name.to_owned(), value, is_default: false })
}
