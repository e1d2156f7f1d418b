//! Workflows that publish, and what signs their output.

mod steps;

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Flavour, Parsed};
use crate::engine::provenance::Release;
use crate::model::{Blob, RepoPath};
use crate::parse::yaml;

/// Largest script searched for signing, in bytes.
const SCRIPT_MAX: usize = 1 << 20;
/// Programs, one of which every signing script uses.
const SIGNERS: [&[u8]; 9] = [
    b"cosign",
    b"gpg",
    b"minisign",
    b"codesign",
    b"signtool",
    b"signify",
    b"notation",
    b"actions/attest",
    b"jarsigner",
];

/// The role of a file in a release.
#[derive(Clone, Copy)]
pub(super) enum Seen {
    /// A script or makefile that signs.
    Signer,
    /// A configuration of goreleaser, and whether it signs.
    GoReleaser(bool),
}

/// The role of `blob` in a release; none for nearly all files.
pub(super) fn look(blob: &Blob<'_>) -> Option<Seen> {
    let name = blob.path.file_name();
    if matches!(name.strip_prefix(b".").unwrap_or(name), b"goreleaser.yml" | b"goreleaser.yaml") {
        return Some(Seen::GoReleaser(is_signing_goreleaser(blob.bytes)));
    }
    (is_script(name) && blob.bytes.len() <= SCRIPT_MAX && script_signs(name, blob.bytes))
        .then_some(Seen::Signer)
}

fn is_script(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 7] =
        [b"Makefile", b"GNUmakefile", b"justfile", b"Justfile", b"Taskfile.yml", b"package.json", b".npmrc"];
    NAMES.contains(&name)
        || [&b".sh"[..], b".bash", b".ps1", b".mk"].iter().any(|ending| name.ends_with(ending))
}

fn script_signs(name: &[u8], text: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    if name == b"package.json" || name == b".npmrc" {
        return has(b"\"provenance\": true") || has(b"provenance=true");
    }
    SIGNERS.iter().any(|word| has(word)) && steps::runs_signer(text)
}

fn is_signing_goreleaser(text: &[u8]) -> bool {
    const KEYS: [&str; 5] = ["signs", "binary_signs", "docker_signs", "notarize", "attestations"];
    // An unreadable file may sign.
    yaml::read(text).map_or(true, |document| KEYS.iter().any(|key| document.root().get(key).is_some()))
}

/// Signing outside the workflows.
#[derive(Default)]
pub(super) struct Signing {
    /// Names of scripts that sign.
    signers: BTreeSet<Vec<u8>>,
    goreleaser_signs: bool,
}

impl Signing {
    /// Stores what [`look`] found at `path`.
    pub(super) fn add(&mut self, path: &RepoPath, seen: Seen) {
        match seen {
            Seen::Signer => drop(self.signers.insert(path.file_name().to_vec())),
            Seen::GoReleaser(signs) => self.goreleaser_signs |= signs,
        }
    }
}

impl Facts {
    /// Publishing workflows, sorted, with what they sign.
    pub(super) fn releases(&self) -> Vec<Release> {
        let mut releases = Vec::new();
        let calls = self.calls();
        let mut callers: BTreeMap<&RepoPath, Vec<&RepoPath>> = BTreeMap::new();
        for (caller, called) in &calls {
            for path in called {
                callers.entry(path).or_default().push(caller);
            }
        }
        let signing: BTreeSet<&RepoPath> =
            self.workflows.iter().filter(|(_, file)| self.signs(file)).map(|(path, _)| path).collect();
        // A workflow triggered by a release or another workflow may sign its output.
        let after = self.workflows.iter().any(|(path, file)| {
            file.workflow.starts_on(&["release", "workflow_run"])
                && !reach(path, &calls).is_disjoint(&signing)
        });
        for (path, file) in &self.workflows {
            let is_called = callers.contains_key(path);
            // Actions are evaluated only as part of their callers.
            if file.flavour == Flavour::Action && !is_called
                || file.flavour == Flavour::GitLab && file.workflow.includes
            {
                continue;
            }
            let Some((line, published)) = file.publishes() else { continue };
            let mut around: BTreeSet<&RepoPath> = reach(path, &callers);
            around = around.into_iter().flat_map(|caller| reach(caller, &calls)).collect();
            let is_signed = after && file.flavour != Flavour::GitLab
                || !around.is_disjoint(&signing)
                || self.signing.goreleaser_signs && steps::is_goreleaser(&published);
            releases.push(Release { path: path.clone(), line, published, is_signed });
        }
        releases
    }

    /// The local workflows and actions that each workflow calls.
    fn calls(&self) -> BTreeMap<&RepoPath, Vec<&RepoPath>> {
        let called = |uses: &str| -> Vec<&RepoPath> {
            let Some(local) = uses.strip_prefix("./") else { return Vec::new() };
            let local = local.trim_end_matches('/');
            let slash = if local.is_empty() { "" } else { "/" };
            [local.to_owned(), format!("{local}{slash}action.yml"), format!("{local}{slash}action.yaml")]
                .iter()
                .filter_map(|name| self.workflows.get_key_value(&RepoPath::from(name.as_str())))
                .map(|(path, _)| path)
                .collect()
        };
        let of = |file: &Parsed| file.workflow.uses().flat_map(|uses| called(&uses.text)).collect();
        self.workflows.iter().map(|(path, file)| (path, of(file))).collect()
    }

    fn signs(&self, file: &Parsed) -> bool {
        let mentions = |run: &str| {
            let words = run.split(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c));
            let is_make = |word: &str| word == "make" && self.signing.signers.contains(&b"Makefile"[..]);
            let is_npm = |word: &str| word == "npm" && self.signing.signers.contains(&b"package.json"[..]);
            words
                .into_iter()
                .any(|word| self.signing.signers.contains(word.as_bytes()) || is_make(word) || is_npm(word))
        };
        // An unreadable callee may sign.
        file.mistake.is_some()
            || steps::signs(&file.workflow)
            || file.workflow.steps().filter_map(|(_, step)| step.run.as_ref()).any(|run| mentions(&run.text))
    }
}

impl Parsed {
    /// The first publishing step: its line, and what it publishes.
    fn publishes(&self) -> Option<(u32, String)> {
        self.workflow
            .steps()
            .find_map(|(job, step)| Some((step.line, steps::published(&self.workflow, job, step)?)))
    }
}

/// Everything reachable from `start` over `edges`, including `start`.
fn reach<'a>(
    start: &'a RepoPath,
    edges: &BTreeMap<&'a RepoPath, Vec<&'a RepoPath>>,
) -> BTreeSet<&'a RepoPath> {
    let mut seen = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(path) = open.pop() {
        for next in edges.get(path).into_iter().flatten() {
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    seen
}
