//! Other files relevant to hardening: binaries, hidden text, malware names.

use std::io::Read as _;

use crate::engine::repository::beside::{Beside, Declared, Executable, Hidden, Licence, Owners};
use crate::model::{Blob, RepoPath, Span};
use crate::parse::invisible::{self, Invisible};
use crate::parse::{agent, executable, licence};
use crate::source::Source;

/// Most oversized files whose start is read.
const LARGE_MAX: usize = 1000;
/// Bytes in which a NUL makes a file binary, as in git.
const SNIFF: usize = 8 * 1024;
/// Names of files left behind by worms.
const TELLING: [&[u8]; 9] = [
    b"setup_bun.js",
    b"bun_environment.js",
    b"router_init.js",
    b"setup.mjs",
    b"actionsSecrets.json",
    b"truffleSecrets.json",
    b"cloud.json",
    b"contents.json",
    b"environment.json",
];
/// Settings that run neighbouring files, and file names used by worms there.
const SETTINGS: [&[u8]; 2] = [b".claude/settings.json", b".vscode/tasks.json"];
const RUN_BY_SETTINGS: [&[u8]; 2] = [b"setup.mjs", b"router_init.js"];

/// What a file is.
pub(super) enum Seen {
    Owners(Vec<u8>),
    Licence(Vec<&'static str>),
    Declared(String, Span, Vec<u8>),
    Executable(&'static str),
    NameScan,
}

impl Seen {
    /// Bytes kept in memory.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Owners(bytes) | Self::Declared(_, _, bytes) => bytes.len(),
            Self::Licence(_) | Self::Executable(_) | Self::NameScan => 0,
        }
    }
}

/// Classifies `blob`; none for nearly all files.
pub(super) fn look(blob: &Blob<'_>) -> Option<Seen> {
    let name = blob.path.file_name();
    match name {
        b"CODEOWNERS" => return Some(Seen::Owners(blob.bytes.to_vec())),
        b"Cargo.toml" | b"package.json" | b"pyproject.toml" | b"composer.json" => {
            let (text, span) = licence::declared(name, blob.bytes)?;
            return Some(Seen::Declared(text, span, blob.bytes.to_vec()));
        }
        _ if is_telling(blob.path, blob.bytes) => return Some(Seen::NameScan),
        _ if licence::is_text_name(name) => return Some(Seen::Licence(licence::identify(blob.bytes))),
        _ => {}
    }
    let head = &blob.bytes[..blob.bytes.len().min(executable::HEAD)];
    executable::kind(name, head).map(Seen::Executable)
}

/// True for a file name used by malware, and for settings that run such a file.
fn is_telling(path: &RepoPath, bytes: &[u8]) -> bool {
    TELLING.contains(&path.file_name())
        || SETTINGS.iter().any(|settings| path.as_bytes().ends_with(settings))
            && RUN_BY_SETTINGS.iter().any(|name| memchr::memmem::find(bytes, name).is_some())
}

/// Invisible characters in the text `blob`.
pub(super) fn hidden(blob: &Blob<'_>) -> Option<Hidden> {
    let mut runs = invisible::runs(blob.bytes);
    if runs.is_empty() {
        return None;
    }
    let path = blob.path.as_bytes();
    if !invisible::is_code(path) && !agent::is_read(path) {
        runs.retain(|run| !matches!(run.kind, Invisible::Direction { .. }));
    }
    let is_text = memchr::memchr(0, &blob.bytes[..blob.bytes.len().min(SNIFF)]).is_none()
        && (std::str::from_utf8(blob.bytes).is_ok() || runs.iter().any(|run| run.count > 3));
    (is_text && !runs.is_empty()).then(|| Hidden {
        path: blob.path.clone(),
        bytes: blob.bytes.to_vec(),
        runs,
    })
}

/// The collected files.
#[derive(Default)]
pub(super) struct Kept {
    beside: Beside,
    /// Oversized files, tracked or not.
    large: Vec<RepoPath>,
}

impl Kept {
    /// Stores what [`look`] found at `path`.
    pub(super) fn add(&mut self, path: &RepoPath, seen: Seen) {
        let (beside, path) = (&mut self.beside, path.clone());
        match seen {
            Seen::Owners(bytes) => beside.owners.push(Owners { path, bytes }),
            Seen::Licence(ids) => beside.licences.push(Licence { path, ids }),
            Seen::Declared(licence, span, bytes) => {
                beside.declared.push(Declared { path, bytes, licence, span });
            }
            Seen::Executable(what) => beside.executables.push(Executable { path, what }),
            Seen::NameScan => beside.telling.push(path),
        }
    }

    pub(super) fn add_hidden(&mut self, hidden: Hidden) {
        self.beside.hidden.push(hidden);
    }

    /// Stores the path of an oversized file.
    pub(super) fn add_large(&mut self, path: &RepoPath) {
        if self.large.len() < LARGE_MAX {
            self.large.push(path.clone());
        }
    }

    /// The sorted result. The start of large files is read from `sources`, if `is_tracked`.
    pub(super) fn finish(
        mut self,
        sources: &[&dyn Source],
        is_tracked: &dyn Fn(&RepoPath) -> bool,
    ) -> Beside {
        let mut beside = self.beside;
        self.large.sort();
        self.large.dedup();
        for path in self.large.into_iter().filter(is_tracked) {
            if TELLING.contains(&path.file_name()) {
                beside.telling.push(path.clone());
            }
            let file = sources.iter().find_map(|source| source.file(&path)?.ok());
            let mut head = Vec::new();
            let read = file.map(|file| file.take(executable::HEAD as u64).read_to_end(&mut head));
            if let Some(what) =
                read.and_then(Result::ok).and_then(|_| executable::kind(path.file_name(), &head))
            {
                beside.executables.push(Executable { path, what });
            }
        }
        beside.owners.sort_by(|a, b| a.path.cmp(&b.path));
        beside.licences.sort_by(|a, b| a.path.cmp(&b.path));
        beside.declared.sort_by(|a, b| a.path.cmp(&b.path));
        beside.executables.sort_by(|a, b| a.path.cmp(&b.path));
        beside.hidden.sort_by(|a, b| a.path.cmp(&b.path));
        beside.telling.sort();
        beside
    }
}
