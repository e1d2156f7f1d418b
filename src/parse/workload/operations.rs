//! JSON patches of manifests (RFC 6902): additions count where they are, removals do not.

use super::kubernetes::{Objects, Owner, switch, unconfined, variable, word, workload};
use super::{Confinement, Container, Mount, Namespace, Switch, Workload, short_text};
use crate::parse::yaml::Value;

/// The most operations of one list.
const OPERATIONS_MAX: usize = 1000;

impl Objects<'_> {
    /// Reads a list of operations on `owner`.
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

    /// The settings added by putting `value` at `path`.
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
