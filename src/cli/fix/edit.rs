//! What `bartizan fix` does to a file: shown as a difference of lines, then written aside and renamed.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::difference;
use crate::cli::output;
use crate::engine::{Engine, Text, mask};
use crate::model::{Blob, Error, Fix, RepoPath, Span, applied, content_hash};

/// A larger file is not edited.
const MAX_SIZE: u64 = 1 << 20;

/// A file as it will be.
#[derive(Debug)]
pub(super) struct Edit {
    file: PathBuf,
    path: RepoPath,
    /// The path from the root, safe for a terminal.
    name: String,
    /// What it does, a few words each.
    whys: BTreeSet<String>,
    /// The present content; none if there is no such file.
    before: Option<Vec<u8>>,
    after: Vec<u8>,
}

impl Edit {
    /// The edit after which the `.gitignore` of `root` names all of `paths`; none if it does already.
    ///
    /// # Errors
    /// If the file cannot be read, or is not a file.
    pub(super) fn of(root: &Path, paths: &BTreeSet<String>) -> Result<Option<Self>, Error> {
        if paths.is_empty() {
            return Ok(None);
        }
        let file = root.join(".gitignore");
        let before = read(&file).map_err(|source| Error::Read { path: file.clone(), source })?;
        let text = before.as_deref().unwrap_or_default();
        let is_there = |line: &String| {
            text.split(|byte| *byte == b'\n').any(|there| there.trim_ascii_end() == line.as_bytes())
        };
        let lines: Vec<String> =
            paths.iter().map(|path| pattern(path)).filter(|line| !is_there(line)).collect();
        let after = with_lines(text, &lines);
        let name = ".gitignore".to_owned();
        let whys = BTreeSet::new();
        Ok((!lines.is_empty()).then_some(Self {
            file,
            path: RepoPath::from(".gitignore"),
            name,
            whys,
            before,
            after,
        }))
    }

    /// The edit that makes all of `fixes` in the file at `path`; none if that changes nothing.
    ///
    /// # Errors
    /// If the file cannot be read, is not a regular file, lies behind a symlink, or has changed since the scan.
    pub(super) fn of_file(root: &Path, path: &RepoPath, fixes: &[&Fix]) -> Result<Option<Self>, Error> {
        let Ok(plain) = std::str::from_utf8(path.as_bytes()) else { return Ok(None) };
        let file = root.join(plain);
        let wrong = |source| Error::Read { path: file.clone(), source };
        let real = root.canonicalize().and_then(|root| Ok(file.canonicalize()? == root.join(plain)));
        if !real.map_err(wrong)? {
            return Err(wrong(io::Error::other(
                "it lies behind a symbolic link, and links are not followed",
            )));
        }
        let before = read(&file).map_err(wrong)?.unwrap_or_default();
        if fixes.iter().any(|fix| fix.of != content_hash(&before)) {
            return Err(wrong(io::Error::other("it has changed since the scan; run the command again")));
        }
        let edits: Vec<_> = fixes.iter().flat_map(|fix| &fix.edits).collect();
        let after = applied(&before, &edits);
        let whys = fixes.iter().map(|fix| fix.what.clone()).collect();
        let is_changed = before != after;
        Ok(is_changed.then(|| Self {
            file,
            path: path.clone(),
            name: path.shown(),
            whys,
            before: Some(before),
            after,
        }))
    }

    /// What the file is called, safe for a terminal.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The edit as people know it: why, then the lines that change. Safe for a terminal, secrets hidden.
    pub(super) fn shown(&self, engine: &Engine) -> String {
        let from = if self.before.is_some() { format!("a/{}", self.name) } else { "/dev/null".to_owned() };
        let whys: String = self.whys.iter().map(|why| format!("# {why}\n")).collect();
        let before = masked(engine, &self.path, self.before.as_deref().unwrap_or_default());
        let lines = difference::hunks(&before, &masked(engine, &self.path, &self.after));
        format!("{whys}--- {from}\n+++ b/{}\n{}", self.name, lines.concat())
    }

    /// Writes the file, aside first and then renamed.
    ///
    /// # Errors
    /// If it is not what it was when the edit was made up, or cannot be written.
    pub(super) fn make(&self) -> anyhow::Result<()> {
        let wrong = |source| Error::Write { path: self.file.clone(), source };
        if read(&self.file).map_err(wrong)? != self.before {
            bail!("{} has changed meanwhile and was left as it is", self.name);
        }
        let permissions = self.before.as_ref().and_then(|_| self.file.symlink_metadata().ok());
        let permissions = permissions.map(|metadata| metadata.permissions());
        Ok(output::replace(&self.file, &self.after, permissions).map_err(wrong)?)
    }
}

/// True for the name of a variable where a secret would stand: `${NAME}`, `Bearer ${env:NAME}`.
fn is_reference(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"Bearer ").unwrap_or(text);
    let inner =
        text.strip_prefix(b"$").unwrap_or(text).strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    let name = inner.map(|inner| inner.strip_prefix(b"env:").unwrap_or(inner));
    name.is_some_and(|name| name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'))
}

/// The lines of `bytes`, the file at `path`, with their ends, secrets hidden.
fn masked(engine: &Engine, path: &RepoPath, bytes: &[u8]) -> Vec<String> {
    let found = match engine.scan(&Blob { path, bytes, tracked: true }) {
        Text::Scanned { text, masked, .. } if text.as_ref() == bytes => masked,
        // Of what is decoded first the places are others; the values of telling names are hidden all the same.
        Text::Scanned { .. } | Text::Binary(_) => Vec::new(),
    };
    let mut start = 0;
    let line = |line: &[u8]| {
        let span = Span::new(start, start + line.len());
        start = span.end;
        let mut shown = String::new();
        let mut at = span.start;
        let hidden = mask::hidden(bytes, span, &found);
        for (secret, open) in hidden.into_iter().filter(|(secret, _)| !is_reference(&bytes[secret.range()])) {
            shown.push_str(&String::from_utf8_lossy(&bytes[at..secret.start + open]));
            shown.push_str("****");
            at = secret.end;
        }
        shown + &String::from_utf8_lossy(&bytes[at..span.end])
    };
    bytes.split_inclusive(|byte| *byte == b'\n').map(line).collect()
}

/// `text` with these lines at its end.
fn with_lines(text: &[u8], lines: &[String]) -> Vec<u8> {
    let mut after = text.to_vec();
    let end: &[u8] = if ends_in_two(text) { b"\r\n" } else { b"\n" };
    if !text.is_empty() && !text.ends_with(b"\n") {
        after.extend_from_slice(end);
    }
    for line in lines {
        after.extend_from_slice(line.as_bytes());
        after.extend_from_slice(end);
    }
    after
}

/// The content of a regular file, not of a symlink; none if there is none.
#[expect(clippy::disallowed_methods, reason = "the file that is to be edited, with a limit")]
fn read(file: &Path) -> io::Result<Option<Vec<u8>>> {
    match file.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        Ok(metadata) if metadata.is_symlink() => {
            return Err(io::Error::other("it is a symbolic link, and links are not followed"));
        }
        Ok(metadata) if !metadata.is_file() => return Err(io::Error::other("it is not a regular file")),
        Ok(metadata) if metadata.len() > MAX_SIZE => return Err(io::Error::other("it is larger than 1 MiB")),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_SIZE + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// True if lines of `text` end in a carriage return, too: as its first one does.
fn ends_in_two(text: &[u8]) -> bool {
    memchr::memchr(b'\n', text).is_some_and(|end| text[..end].ends_with(b"\r"))
}

/// The line of a `.gitignore` that means exactly the file at `path`.
fn pattern(path: &str) -> String {
    let mut line = String::from("/");
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | '\\') {
            line.push('\\');
        }
        line.push(c);
    }
    // Git would take a blank at the end for nothing.
    let kept = line.trim_end_matches(' ').len();
    let blanks = line.len() - kept;
    line.truncate(kept);
    line.push_str(&"\\ ".repeat(blanks));
    line
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Edit, pattern, with_lines};
    use crate::engine::Engine;

    fn edit(before: Option<&str>) -> Edit {
        let before = before.map(|text| text.as_bytes().to_vec());
        let after =
            with_lines(before.as_deref().unwrap_or_default(), &["/.env".to_owned(), "/b/.env".to_owned()]);
        let whys = BTreeSet::new();
        Edit {
            file: ".gitignore".into(),
            path: crate::model::RepoPath::from(".gitignore"),
            name: ".gitignore".to_owned(),
            whys,
            before,
            after,
        }
    }

    #[test]
    fn what_is_there_stays_to_the_byte() {
        for (before, after) in [
            (None, "/.env\n/b/.env\n"),
            (Some(""), "/.env\n/b/.env\n"),
            (Some("target\n"), "target\n/.env\n/b/.env\n"),
            (Some("target"), "target\n/.env\n/b/.env\n"),
            (Some("a\r\nb\r\n"), "a\r\nb\r\n/.env\r\n/b/.env\r\n"),
            (Some("a\r\nb"), "a\r\nb\r\n/.env\r\n/b/.env\r\n"),
            (Some("\u{feff}a \n\n"), "\u{feff}a \n\n/.env\n/b/.env\n"),
        ] {
            assert_eq!(String::from_utf8(edit(before).after).unwrap(), after, "{before:?}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test plays another program that edits the file")]
    fn concurrent_edits_stay() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".gitignore");
        let paths = BTreeSet::from([".env".to_owned()]);
        let made = |change: &dyn Fn()| {
            let edit = Edit::of(folder.path(), &paths).unwrap().unwrap();
            change();
            edit.make().map_err(|error| error.to_string())
        };
        let wrong = Err(".gitignore has changed meanwhile and was left as it is".to_owned());
        assert_eq!(made(&|| std::fs::write(&file, "new\n").unwrap()), wrong);
        assert_eq!(made(&|| std::fs::write(&file, "other\n").unwrap()), wrong);
        assert_eq!(std::fs::read(&file).unwrap(), b"other\n");
        assert_eq!(made(&|| ()), Ok(()));
        assert_eq!(std::fs::read(&file).unwrap(), b"other\n/.env\n");
        assert!(Edit::of(folder.path(), &paths).unwrap().is_none());
    }

    #[test]
    fn lines_mean_one_file() {
        assert_eq!(pattern(".env"), "/.env");
        assert_eq!(pattern("a b/#x/[1]*?.env"), "/a b/#x/\\[1]\\*\\?.env");
        assert_eq!(pattern("x.env  "), "/x.env\\ \\ ");
        assert_eq!(pattern("a\\b.env"), "/a\\\\b.env");
    }

    #[test]
    fn the_edit_is_shown() {
        let engine = Engine::new(Vec::new(), None);
        assert_eq!(
            edit(None).shown(&engine),
            "--- /dev/null\n+++ b/.gitignore\n@@ -0,0 +1,2 @@\n+/.env\n+/b/.env\n"
        );
        assert_eq!(
            edit(Some("1\n2\n3\n\u{1b}[2K")).shown(&engine),
            "--- a/.gitignore\n+++ b/.gitignore\n@@ -1,4 +1,6 @@\n 1\n 2\n 3\n-\\u{1b}[2K\n\\ No newline at end of file\n\
             +\\u{1b}[2K\n+/.env\n+/b/.env\n"
        );
    }
}
