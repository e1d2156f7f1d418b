//! Settings of agents and editors, and instructions for agents.

use std::io::Read as _;

use crate::engine::repository::settings::{Configuration, Instructions, Settings};
use crate::engine::repository::{launch, verification};
use crate::model::{Blob, Problem, RepoPath, Span};
use crate::parse::agent::{self, Client, Kind};
use crate::parse::document;
use crate::parse::instructions;
use crate::parse::yaml::{Document, Mistake};
use crate::scan::analysis::report;
use crate::source::Source;

/// Most bytes read of a lock file.
const LOCK_MAX: u64 = 16 << 20;
/// Most lock files read.
const LOCKS_MAX: usize = 50;
/// Names of npm-like lock files.
const LOCKS: [&str; 5] =
    ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"];

/// What a file is.
pub(super) enum Seen {
    Settings(Kind, Box<Document>, Option<Mistake>, Vec<u8>),
    /// Instructions, their front matter, and what was found in them.
    Text(Option<Box<Document>>, Vec<instructions::Found>, Vec<u8>),
}

impl Seen {
    /// Bytes kept in memory.
    pub(super) const fn len(&self) -> usize {
        let (Self::Settings(.., bytes) | Self::Text(.., bytes)) = self;
        bytes.len()
    }
}

/// Classifies `blob`; none for nearly all files.
pub(super) fn look(blob: &Blob<'_>) -> Option<Seen> {
    let path = blob.path.as_bytes();
    if let Some((kind, format)) = agent::kind(path) {
        let holds = |text: &[u8]| memchr::memmem::find(blob.bytes, text).is_some();
        let is_wanted = match kind {
            // Others run nothing at install time.
            Kind::Package => {
                holds(b"\"scripts\"")
                    && (!path.contains(&b'/')
                        || [&b"install\""[..], b"\"prepare\"", b"-cmd\"", b"-dump\""]
                            .iter()
                            .any(|key| holds(key)))
            }
            Kind::Build => holds(b"<!"),
            _ => true,
        };
        // A build file is a Python literal, of which YAML is the nearest; its strings are read as they are.
        let (document, mistake) = match kind {
            _ if !is_wanted => return None,
            Kind::Build => (document::read(b"", format).0, None),
            _ => document::read(blob.bytes, format),
        };
        return Some(Seen::Settings(kind, Box::new(document), mistake, blob.bytes.to_vec()));
    }
    if agent::is_hook_script(path) {
        let found: Vec<_> = instructions::script(blob.bytes).into_iter().collect();
        return (!found.is_empty()).then(|| Seen::Text(None, found, blob.bytes.to_vec()));
    }
    if !agent::is_instructions(path) {
        return None;
    }
    let mut found = instructions::read(blob.bytes);
    found.extend(unverified(blob.bytes));
    let head = head(blob.bytes).map(|head| Box::new(document::read(head, document::Format::Yaml).0));
    let is_kept = head.is_some() || !found.is_empty();
    Some(Seen::Text(head, found, if is_kept { blob.bytes.to_vec() } else { Vec::new() }))
}

/// Commands in the instructions in `bytes` that disable verification.
fn unverified(bytes: &[u8]) -> Vec<instructions::Found> {
    const FOUND_MAX: usize = 50;
    const BYTES_MAX: usize = 1 << 20;
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= BYTES_MAX);
    let code = text.map(|text| instructions::code(text, &verification::MARKS)).unwrap_or_default();
    let weak = code.into_iter().flat_map(|(at, piece)| {
        verification::weak(piece).into_iter().map(move |(range, what)| {
            let span = Span::new(at + range.start, at + range.end);
            instructions::Found::Unverified { span, what }
        })
    });
    weak.take(FOUND_MAX).collect()
}

/// The front matter of instructions, if it is more than a title.
fn head(bytes: &[u8]) -> Option<&[u8]> {
    const KEYS: [&[u8]; 6] =
        [b"hooks:", b"permissionMode:", b"mcpServers:", b"mcp-servers:", b"allowed-tools:", b"permission:"];
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let body = bytes[start..].strip_prefix(b"---")?;
    let end = memchr::memmem::find(body, b"\n---")?;
    let head = &bytes[..start + 3 + end + 1];
    KEYS.iter().any(|key| memchr::memmem::find(head, key).is_some()).then_some(head)
}

/// The collected files.
#[derive(Default)]
pub(super) struct Kept {
    settings: Settings,
    problems: Vec<Problem>,
}

impl Kept {
    /// Stores what [`look`] found at `path`.
    pub(super) fn add(&mut self, path: &RepoPath, seen: Seen) {
        let settings = &mut self.settings;
        settings.is_any = true;
        let configuration = |kind, document, bytes| Configuration {
            path: path.clone(),
            bytes,
            kind,
            document,
            locked: std::collections::BTreeSet::new(),
        };
        match seen {
            Seen::Settings(kind, document, mistake, bytes) => {
                // Test settings are broken on purpose; packages are not parsed for this purpose.
                let is_meant = report::is_test_path(path) || kind == Kind::Package;
                if let Some(mistake) = mistake.filter(|_| !is_meant) {
                    let message = format!(
                        "line {}: these settings cannot be parsed from here on: {}",
                        mistake.line, mistake.message
                    );
                    self.problems.push(Problem { path: Some(path.clone()), message });
                }
                settings.files.push(configuration(kind, *document, bytes));
            }
            Seen::Text(head, found, bytes) => {
                if let Some(head) = head {
                    settings.files.push(configuration(Kind::Agent(Client::Claude), *head, bytes.clone()));
                }
                if !found.is_empty() {
                    settings.texts.push(Instructions { path: path.clone(), bytes, found });
                }
            }
        }
    }

    /// Unreadable parts.
    pub(super) fn problems(&mut self) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut self.problems);
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        problems
    }

    /// The sorted result. If servers name packages without a version, lock files are read from `sources`, if
    /// `is_tracked`.
    pub(super) fn finish(self, sources: &[&dyn Source], is_tracked: &dyn Fn(&RepoPath) -> bool) -> Settings {
        let mut settings = self.settings;
        settings.files.sort_by(|a, b| a.path.cmp(&b.path));
        settings.texts.sort_by(|a, b| a.path.cmp(&b.path));
        let mut left = LOCKS_MAX;
        for file in &mut settings.files {
            let wanted: Vec<String> = file
                .servers()
                .iter()
                .filter_map(|server| launch::unpinned(&server.command()))
                .filter(|found| found.asks)
                .map(|found| found.name)
                .collect();
            if wanted.is_empty() {
                continue;
            }
            let mut folder = file.project().to_vec();
            loop {
                for name in LOCKS {
                    let slash: &[u8] = if folder.is_empty() { b"" } else { b"/" };
                    let path = RepoPath::new([folder.as_slice(), slash, name.as_bytes()].concat());
                    if left == 0 || !is_tracked(&path) {
                        continue;
                    }
                    let Some(bytes) = read(sources, &path) else { continue };
                    left -= 1;
                    file.locked.extend(wanted.iter().filter(|name| is_locked(&bytes, name)).cloned());
                }
                if folder.is_empty() {
                    break;
                }
                folder.truncate(memchr::memrchr(b'/', &folder).unwrap_or(0));
            }
        }
        settings
    }
}

fn read(sources: &[&dyn Source], path: &RepoPath) -> Option<Vec<u8>> {
    let file = sources.iter().find_map(|source| source.file(path)?.ok())?;
    let mut bytes = Vec::new();
    file.take(LOCK_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// True if the lock file in `bytes` has the package `name`.
fn is_locked(bytes: &[u8], name: &str) -> bool {
    let forms = [
        format!("node_modules/{name}\""),
        format!("\"{name}\":"),
        format!("\n{name}@"),
        format!("\n\"{name}@"),
        format!("'{name}@"),
        format!("/{name}@"),
        format!("  {name}@"),
        format!("'{name}':"),
        format!("  {name}:"),
    ];
    forms.iter().any(|form| memchr::memmem::find(bytes, form.as_bytes()).is_some())
}
