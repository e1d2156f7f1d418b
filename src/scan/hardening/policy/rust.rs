//! Unsafe Rust code: where it is forbidden and where it is used, if a text claims something.

use super::Files;
use crate::engine::repository::Repository;
use crate::engine::repository::policy::{Policy, Rust};
use crate::model::{RepoPath, Span};

/// Most files read, and bytes of each.
const FILES_MAX: usize = 3_000;
const FILE_MAX: usize = 1 << 20;
/// Most places kept.
const USES_MAX: usize = 20;

/// Adds the facts.
pub(super) fn add(facts: &mut Policy, repository: &Repository, files: &Files<'_>) {
    let speaks = |bytes: &Vec<u8>| memchr::memmem::find(bytes, b"unsafe").is_some();
    if !facts.documents.iter().any(|document| facts.files.get(&document.path).is_some_and(speaks)) {
        return;
    }
    let mut rust = Rust { is_known: true, ..Rust::default() };
    let is_ours = |path: &&RepoPath| !repository.is_aside(path) && !is_test_path(path);
    for path in repository.paths.iter().filter(is_ours).take(200_000) {
        if path.file_name() == b"Cargo.toml" {
            if let Some(bytes) = files.read(path, FILE_MAX)
                && let Some((level, span)) = lint(&bytes)
            {
                rust.lints.push((path.clone(), level, span));
                facts.files.insert(path.clone(), bytes);
            }
            continue;
        }
        if !path.file_name().ends_with(b".rs") || rust.roots.len() + rust.uses.len() > FILES_MAX {
            continue;
        }
        let whole = path.as_bytes();
        let is_root = [&b"src/lib.rs"[..], b"src/main.rs"]
            .iter()
            .any(|root| whole == *root || whole.ends_with(&[b"/", *root].concat()));
        let Some(bytes) = files.read(path, FILE_MAX) else { continue };
        let mut is_kept = false;
        if is_root {
            let set = attribute(&bytes);
            is_kept |= set.is_some();
            rust.roots.push((path.clone(), set));
        }
        if rust.uses.len() < USES_MAX
            && let Some(span) = used(&bytes)
        {
            is_kept = true;
            rust.uses.push((path.clone(), span));
        }
        if is_kept {
            facts.files.insert(path.clone(), bytes);
        }
    }
    facts.rust = rust;
}

/// True for tests, build scripts and benchmarks.
fn is_test_path(path: &RepoPath) -> bool {
    let parts = path.as_bytes().split(|byte| *byte == b'/');
    let names: [&[u8]; 8] =
        [b"tests", b"test", b"benches", b"examples", b"fuzz", b"build.rs", b"tests.rs", b"test.rs"];
    parts.into_iter().any(|part| names.contains(&part))
}

/// Where a crate root forbids or denies unsafe code.
fn attribute(bytes: &[u8]) -> Option<Span> {
    for start in [&b"#![forbid("[..], b"#![deny("] {
        for at in memchr::memmem::find_iter(bytes, start) {
            let end = at + bytes[at..].iter().position(|byte| *byte == b']')?;
            if memchr::memmem::find(&bytes[at..end], b"unsafe_code").is_some() {
                return Some(Span::new(at, end + 1));
            }
        }
    }
    None
}

/// The level of the lint in a manifest, and its place.
fn lint(bytes: &[u8]) -> Option<(String, Span)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (mut at, mut is_in) = (0, false);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        if trimmed.starts_with('[') {
            is_in = matches!(trimmed, "[lints.rust]" | "[workspace.lints.rust]");
        } else if is_in
            && let Some((key, value)) = trimmed.split_once('=')
            && key.trim() == "unsafe_code"
        {
            let level = ["forbid", "deny", "warn", "allow"]
                .iter()
                .find(|level| value.contains(&format!("\"{level}\"")))?;
            let begin = start + line.find("unsafe_code")?;
            return Some(((*level).to_owned(), Span::new(begin, begin + trimmed.len())));
        }
    }
    None
}

/// The first unsafe code outside tests.
fn used(bytes: &[u8]) -> Option<Span> {
    let end = memchr::memmem::find(bytes, b"#[cfg(test)]").unwrap_or(bytes.len());
    memchr::memmem::find_iter(&bytes[..end], b"unsafe").find_map(|at| {
        let behind = bytes.get(at + 6..)?;
        let is_code = [&b" {"[..], b" fn ", b" impl", b" trait ", b" extern "]
            .iter()
            .any(|next| behind.starts_with(next));
        let line = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |line| line + 1);
        let before = &bytes[line..at];
        let is_word = before
            .last()
            .is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'"' | b'`'));
        let is_text = memchr::memmem::find(before, b"//").is_some()
            || before.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        (is_code && is_word && !is_text).then(|| Span::new(at, at + 6))
    })
}

#[cfg(test)]
mod tests {
    use super::{attribute, lint, used};

    #[test]
    fn unsafe_code_is_told() {
        assert!(attribute(b"#![forbid(unsafe_code, unused_must_use)]").is_some());
        assert!(attribute(b"#![warn(unsafe_code)]").is_none());
        let (level, _) = lint(b"[workspace.lints.rust]\nunsafe_code = \"warn\"\n").expect("set");
        assert_eq!(level, "warn");
        assert_eq!(
            lint(b"[lints.rust]\nunsafe_code = { level = \"deny\", priority = 1 }\n")
                .map(|set| set.0)
                .as_deref(),
            Some("deny")
        );
        assert!(used(b"fn a() { unsafe { b() } }").is_some());
        assert!(
            used(b"// unsafe { b() }\nlet a = \"unsafe { }\";\n#[cfg(test)]\nunsafe fn x() {}").is_none()
        );
    }
}
