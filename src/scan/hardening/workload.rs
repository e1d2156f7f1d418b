//! Compose files and Kubernetes manifests.

use std::collections::BTreeSet;
use std::io::Read as _;

use crate::engine::repository::workload::{Manifest, Workloads};
use crate::model::{Blob, NotChecked, Problem, RepoPath, Unchecked};
use crate::parse::workload::{Format, Mistake, Read, compose, kubernetes};
use crate::source::Source;

/// Most bytes of a file that is read.
const BYTES_MAX: usize = 8 << 20;
/// Most bytes of an extended or included file.
const FURTHER_MAX: u64 = 1 << 20;
/// Limits for extended or included files: number and depth.
const FURTHER_FILES: usize = 200;
const ROUNDS: usize = 8;

/// The parsed part of a file.
pub(super) struct Seen {
    format: Format,
    read: Read,
    bytes: Vec<u8>,
}

impl Seen {
    /// Bytes kept in memory.
    pub(super) fn len(&self) -> usize {
        // The parsed form is several times larger.
        if self.is_kept() { self.bytes.len().saturating_mul(4) } else { 0 }
    }

    /// False for manifests without workloads. A compose file may extend others.
    fn is_kept(&self) -> bool {
        let Read { workloads, rules, quiet_accounts, bound_accounts, unread, .. } = &self.read;
        let accounts = quiet_accounts.len() + bound_accounts.len();
        self.format == Format::Compose || workloads.len() + rules.len() + accounts + unread.len() > 0
    }
}

/// Classifies `blob`; none for nearly all files.
pub(super) fn look(blob: &Blob<'_>) -> Option<Seen> {
    let name = blob.path.file_name();
    let has = |endings: &[&[u8]]| endings.iter().any(|ending| name.ends_with(ending));
    let is_yaml = has(&[b".yml", b".yaml"]) || name == b"Kustomization";
    if !is_yaml && !has(&[b".json"]) || blob.bytes.len() > BYTES_MAX {
        return None;
    }
    if is_yaml && is_compose(name) {
        return Some(Seen {
            format: Format::Compose,
            read: compose::read(blob.bytes),
            bytes: blob.bytes.to_vec(),
        });
    }
    let is_workflow = blob.path.as_bytes().starts_with(b".github/");
    if is_workflow || !kubernetes::is_manifest(blob.bytes) {
        return None;
    }
    let read = kubernetes::read(blob.bytes);
    Some(Seen { format: Format::Kubernetes, read, bytes: blob.bytes.to_vec() })
}

/// True for `compose.yml`, `docker-compose.override.yaml`, `compose-dev.yml`, `prod.docker-compose.yml`, and swarm
/// stacks: `docker-stack.yml`.
fn is_compose(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    let stem = lower.strip_suffix(b".yml").or_else(|| lower.strip_suffix(b".yaml")).unwrap_or(&lower);
    let mut words = stem.split(|byte| matches!(byte, b'.' | b'-' | b'_'));
    words.any(|word| matches!(word, b"compose" | b"dockercompose")) || stem.starts_with(b"docker-stack")
}

/// Unreadable parts of `workloads`.
pub(super) fn problems(workloads: &Workloads) -> impl Iterator<Item = Problem> {
    let of = |file: &Manifest, mistake: &Mistake| Problem {
        path: Some(file.path.clone()),
        message: format!(
            "line {}: a part of this {} cannot be parsed: {}",
            mistake.line,
            match file.format {
                Format::Compose => "compose file",
                Format::Kubernetes => "manifest",
            },
            mistake.message
        ),
    };
    workloads.files.iter().flat_map(move |file| file.read.unread.iter().map(move |mistake| of(file, mistake)))
}

/// Templates, which are not rendered.
pub(super) fn not_checked(workloads: &Workloads) -> impl Iterator<Item = NotChecked> {
    workloads.templates.iter().map(|path| NotChecked {
        why: Unchecked::Template,
        path: path.clone(),
        ecosystem: if is_chart(path) { "Helm" } else { "template" }.to_owned(),
        asked: false,
    })
}

/// The collected files.
#[derive(Default)]
pub(super) struct Kept(Workloads);

impl Kept {
    /// Stores what [`look`] found at `path`.
    pub(super) fn add(&mut self, path: &RepoPath, seen: Seen) {
        if seen.read.is_template {
            self.0.templates.push(path.clone());
        }
        if seen.is_kept() {
            let Seen { format, read, bytes } = seen;
            self.0.files.push(Manifest { path: path.clone(), bytes, format, read });
        }
    }

    /// The sorted result. Extended or included files are read from `sources`, if `is_tracked`.
    pub(super) fn finish(
        mut self,
        sources: &[&dyn Source],
        is_tracked: &dyn Fn(&RepoPath) -> bool,
    ) -> Workloads {
        let mut tried: BTreeSet<RepoPath> = self.0.files.iter().map(|file| file.path.clone()).collect();
        let mut from = 0;
        for _ in 0..ROUNDS {
            let until = self.0.files.len();
            let named: Vec<RepoPath> = self.0.files[from..until].iter().flat_map(further).collect();
            from = until;
            for path in named {
                if tried.len() > self.0.files.len() + FURTHER_FILES || !tried.insert(path.clone()) {
                    continue;
                }
                let file =
                    sources.iter().find_map(|source| source.file(&path)?.ok()).filter(|_| is_tracked(&path));
                let mut bytes = Vec::new();
                let read = file.map(|file| file.take(FURTHER_MAX).read_to_end(&mut bytes));
                if let Some(Ok(_)) = read {
                    let read = compose::read(&bytes);
                    self.add(&path, Seen { format: Format::Compose, read, bytes });
                }
            }
        }
        self.0.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.0.templates.sort();
        inherit(&mut self.0.files);
        self.0
    }
}

/// True for a file in the `templates` directory of a chart.
fn is_chart(path: &RepoPath) -> bool {
    path.folder().split(|byte| *byte == b'/').any(|part| part == b"templates")
}

/// The files that `file` extends or includes.
fn further(file: &Manifest) -> Vec<RepoPath> {
    let extended = file.read.extends.iter().filter_map(|one| one.file.as_ref());
    extended.chain(&file.read.includes).filter_map(|named| beside(&file.path, named)).collect()
}

/// The path of `named` relative to the file at `path`, if inside the repository.
pub(super) fn beside(path: &RepoPath, named: &str) -> Option<RepoPath> {
    if named.starts_with(['/', '~']) || named.contains(['$', ':', '\\']) {
        return None;
    }
    let folder = path.folder().split(|byte| *byte == b'/').filter(|part| !part.is_empty());
    let mut parts: Vec<&[u8]> = folder.collect();
    for part in named.as_bytes().split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| RepoPath::new(parts.join(&b'/')))
}

/// Merges extended services of other files into services.
fn inherit(files: &mut [Manifest]) {
    for _ in 0..ROUNDS {
        let mut is_done = true;
        for at in 0..files.len() {
            for one in 0..files[at].read.extends.len() {
                let extends = &files[at].read.extends[one];
                let Some(path) = extends.file.as_ref().and_then(|file| beside(&files[at].path, file)) else {
                    continue;
                };
                let Ok(base) = files.binary_search_by(|file| file.path.cmp(&path)) else { continue };
                let workload = extends.workload;
                let named = files[base].read.workloads.iter().position(|one| one.name == extends.service);
                let Some(named) = named else { continue };
                if let Ok([own, base]) = files.get_disjoint_mut([at, base])
                    && let (Some(own), Some(base)) =
                        (own.read.workloads.get_mut(workload), base.read.workloads.get(named))
                {
                    is_done = false;
                    own.inherit(base);
                }
            }
        }
        if is_done {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_compose_files() {
        for name in [
            "compose.yml",
            "Docker-Compose.prod.yaml",
            "compose_dev.yml",
            "prod.docker-compose.yml",
            "docker-stack.yml",
        ] {
            assert!(is_compose(name.as_bytes()), "{name}");
        }
        for name in ["composer.yml", "docker.yml", "decompose.yml"] {
            assert!(!is_compose(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn no_name_leads_out() {
        let from = |named| beside(&"a/b/compose.yml".into(), named).map(|path| path.shown());
        assert_eq!(from("../x.yml").as_deref(), Some("a/x.yml"));
        assert_eq!(from("./c/../x.yml").as_deref(), Some("a/b/x.yml"));
        for named in ["../../../x", "/etc/passwd", "~/x", "${X}/y", "https://x/y", "../.."] {
            assert_eq!(from(named), None, "{named}");
        }
    }
}
