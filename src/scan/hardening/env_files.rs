//! Local environment files: references to them, and existing ones.

use std::collections::BTreeSet;
use std::io::Read as _;

use super::ignored::Ignored;
use super::workload;
use crate::engine::assigned;
use crate::engine::names::announced_by_variable;
use crate::engine::repository::class::Class;
use crate::engine::repository::env_files::{By, EnvFiles, Expected, Exposed, exemplified, is_name, library};
use crate::engine::repository::workload::Workloads;
use crate::model::{Blob, RepoPath, Span};
use crate::parse::{credfile, dotenv};
use crate::source::Source;

/// Most places kept.
const PLACES_MAX: usize = 200;
/// Most bytes read of a credential file.
const BYTES_MAX: u64 = 64 << 10;
/// Most directories searched for such files.
const FOLDERS_MAX: usize = 50;
/// Settings directories that are searched.
const FOLDERS: [&str; 8] = ["", ".claude/", ".cursor/", ".vscode/", ".codex/", ".gemini/", ".aws/", ".ssh/"];
/// The names searched for, including ignored files, which no scan reads.
pub(super) const NAMES: [&str; 25] = [
    ".env",
    ".env.local",
    ".env.development",
    ".env.development.local",
    ".env.production",
    ".env.production.local",
    ".envrc",
    ".dev.vars",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".git-credentials",
    "credentials",
    "credentials.json",
    "service-account.json",
    "service_account.json",
    "id_rsa",
    "id_ed25519",
    "server.key",
    "private.key",
    "key.pem",
    "mcp.json",
    ".mcp.json",
    "settings.local.json",
];

/// A manifest with a library that reads `.env`.
pub(super) struct Seen {
    span: Span,
    bytes: Vec<u8>,
}

impl Seen {
    /// Bytes kept in memory.
    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// Classifies `blob`; none for nearly all files.
pub(super) fn look(blob: &Blob<'_>) -> Option<Seen> {
    let span = library(blob.path.file_name(), blob.bytes)?;
    (Class::of(blob.path) == Class::Shipped).then(|| Seen { span, bytes: blob.bytes.to_vec() })
}

/// The collected files.
#[derive(Default)]
pub(super) struct Kept {
    manifests: Vec<(RepoPath, Seen)>,
}

impl Kept {
    /// Stores what [`look`] found at `path`.
    pub(super) fn add(&mut self, path: &RepoPath, seen: Seen) {
        if self.manifests.len() < PLACES_MAX {
            self.manifests.push((path.clone(), seen));
        }
    }

    /// The sorted result, with references from `paths` and `workloads`. File modes are checked unless `is_shared`: on
    /// a CI machine they are not chosen.
    pub(super) fn finish(
        mut self,
        sources: &[&dyn Source],
        paths: &[RepoPath],
        workloads: &Workloads,
        is_shared: bool,
    ) -> EnvFiles {
        self.manifests.sort_by(|a, b| a.0.cmp(&b.0));
        let mut spoken: Vec<(RepoPath, Span, RepoPath, By)> = Vec::new();
        for path in paths.iter().filter(|path| Class::of(path) != Class::Test) {
            let name = std::str::from_utf8(path.file_name()).ok().and_then(exemplified);
            if let Some(name) = name.filter(|_| spoken.len() < PLACES_MAX) {
                let file = RepoPath::new([path.folder(), name.as_bytes()].concat());
                spoken.push((path.clone(), Span::new(0, 0), file, By::Example));
            }
        }
        for (manifest, word) in workloads.env_files().take(PLACES_MAX) {
            let file = workload::beside(&manifest.path, &word.text).filter(|file| is_name(file.file_name()));
            if let Some(file) = file.filter(|_| word.known && Class::of(&manifest.path) != Class::Test) {
                spoken.push((manifest.path.clone(), word.span, file, By::Compose));
            }
        }
        for (path, seen) in &self.manifests {
            let file = RepoPath::new([path.folder(), b".env"].concat());
            spoken.push((path.clone(), seen.span, file, By::Library));
        }
        let is_tracked = |path: &RepoPath| paths.binary_search(path).is_ok();
        let mut ignored = Ignored::of(sources);
        let spoken = spoken.into_iter().filter(|(.., file, _)| !is_tracked(file));
        let mut expected: Vec<Expected> = spoken
            .map(|(path, span, file, by)| {
                let is_ignored = ignored.holds(&file);
                Expected { path, span, file, by, is_ignored }
            })
            .collect();
        expected.sort();
        let exposed = (!is_shared).then(|| exposed(sources, &expected, is_tracked));
        let manifests = self.manifests.into_iter().map(|(path, seen)| (path, seen.bytes)).collect();
        EnvFiles { expected, exposed, manifests }
    }
}

/// Credential files readable by other users.
fn exposed(
    sources: &[&dyn Source],
    expected: &[Expected],
    is_tracked: impl Fn(&RepoPath) -> bool,
) -> Vec<Exposed> {
    let mut folders: BTreeSet<Vec<u8>> = FOLDERS.iter().map(|folder| folder.as_bytes().to_vec()).collect();
    let further = expected.iter().map(|one| one.file.folder().to_vec());
    folders.extend(further.take(FOLDERS_MAX));
    let names = folders.iter().flat_map(|folder| {
        NAMES.iter().map(move |name| RepoPath::new([folder.as_slice(), name.as_bytes()].concat()))
    });
    let named: BTreeSet<RepoPath> = names.chain(expected.iter().map(|one| one.file.clone())).collect();
    let one = |path: RepoPath| {
        let mode = sources.iter().find_map(|source| source.mode(&path))? & 0o777;
        if mode & 0o077 == 0 || is_tracked(&path) {
            return None;
        }
        credential(sources, &path)?;
        Some(Exposed { path, mode })
    };
    named.into_iter().filter_map(one).collect()
}

/// Whether the file at `path` is a private key, if it contains a credential.
pub(super) fn credential(sources: &[&dyn Source], path: &RepoPath) -> Option<bool> {
    let file = sources.iter().find_map(|source| source.file(path)?.ok())?;
    let mut bytes = Vec::new();
    file.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
    let is_key = memchr::memmem::find(&bytes, b"PRIVATE KEY-----").is_some();
    (is_key || has_credential(path, &bytes)).then_some(is_key)
}

/// True if the file at `path` contains a credential, by its name or by names in it.
fn has_credential(path: &RepoPath, bytes: &[u8]) -> bool {
    let name = path.file_name();
    let has = |text: &[u8]| memchr::memmem::find(bytes, text).is_some();
    let is_value = |name: &[u8], value: &[u8]| {
        announced_by_variable(name).is_some() && !assigned::is_nothing(value) && !value.starts_with(b"$")
    };
    match name {
        b".netrc" => has(b"password"),
        b".pgpass" | b".git-credentials" => !bytes.trim_ascii().is_empty(),
        b".npmrc" => has(b"_authToken=") || has(b"_password=") || has(b"_auth="),
        b".pypirc" | b"credentials" => has(b"password") || has(b"aws_secret_access_key"),
        _ if name.ends_with(b".json") => {
            credfile::json(bytes).iter().any(|pair| is_value(pair.key, &bytes[pair.value.range()]))
        }
        _ => dotenv::entries(bytes).0.iter().any(|entry| is_value(entry.key, &bytes[entry.value.range()])),
    }
}
