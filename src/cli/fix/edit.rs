//! The one file that `bartizan fix` edits: lines are added to the .gitignore of the root, and nothing else of
//! it changes.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::cli::output;
use crate::model::{Error, text};

/// A larger file is not edited.
const MAX_SIZE: u64 = 1 << 20;
/// Lines that are shown before those that are added.
const CONTEXT: usize = 3;

/// Lines to be added to a file.
#[derive(Debug)]
pub(super) struct Edit {
    file: PathBuf,
    /// What is there now; none if there is no such file.
    before: Option<Vec<u8>>,
    lines: Vec<String>,
}

impl Edit {
    /// The edit after which the `.gitignore` of `root` names all of `paths`; none if it does already.
    ///
    /// # Errors
    /// If the file cannot be read, or is no file.
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
        Ok((!lines.is_empty()).then_some(Self { file, before, lines }))
    }

    /// All of the file as it will be.
    fn after(&self) -> Vec<u8> {
        let before = self.before.as_deref().unwrap_or_default();
        let mut after = before.to_vec();
        let end: &[u8] = if ends_in_two(before) { b"\r\n" } else { b"\n" };
        if !before.is_empty() && !before.ends_with(b"\n") {
            after.extend_from_slice(end);
        }
        for line in &self.lines {
            after.extend_from_slice(line.as_bytes());
            after.extend_from_slice(end);
        }
        after
    }

    /// The edit as people know it, safe for a terminal.
    pub(super) fn shown(&self) -> String {
        let before = String::from_utf8_lossy(self.before.as_deref().unwrap_or_default()).into_owned();
        let old: Vec<&str> = before.lines().collect();
        let from = old.len().saturating_sub(CONTEXT);
        let context = old.get(from..).unwrap_or_default();
        let start = |count: usize| if count == 0 { 0 } else { from + 1 };
        let (was, is) = (context.len(), context.len() + self.lines.len());
        let name = if self.before.is_some() { "a/.gitignore" } else { "/dev/null" };
        let mut out =
            format!("--- {name}\n+++ b/.gitignore\n@@ -{},{was} +{},{is} @@\n", start(was), start(is));
        let open = !before.is_empty() && !before.ends_with('\n');
        for (at, line) in context.iter().enumerate() {
            let line = text::escaped(line);
            match open && at + 1 == context.len() {
                true => out.push_str(&format!("-{line}\n\\ No newline at end of file\n+{line}\n")),
                false => out.push_str(&format!(" {line}\n")),
            }
        }
        self.lines.iter().for_each(|line| out.push_str(&format!("+{line}\n")));
        out
    }

    /// Writes the file, aside first and then renamed.
    ///
    /// # Errors
    /// If it is not what it was when the edit was made up, or cannot be written.
    pub(super) fn make(&self) -> anyhow::Result<()> {
        let wrong = |source| Error::Write { path: self.file.clone(), source };
        if read(&self.file).map_err(wrong)? != self.before {
            bail!(".gitignore was changed by somebody else meanwhile; it was left as it is");
        }
        let permissions = self.before.as_ref().and_then(|_| self.file.symlink_metadata().ok());
        let permissions = permissions.map(|metadata| metadata.permissions());
        Ok(output::replace(&self.file, &self.after(), permissions).map_err(wrong)?)
    }
}

/// What a regular file that is no link holds; none if there is nothing.
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

    use super::{Edit, pattern};

    fn edit(before: Option<&str>) -> Edit {
        let lines = BTreeSet::from(["/.env".to_owned(), "/b/.env".to_owned()]).into_iter().collect();
        Edit { file: ".gitignore".into(), before: before.map(|text| text.as_bytes().to_vec()), lines }
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
            assert_eq!(String::from_utf8(edit(before).after()).unwrap(), after, "{before:?}");
        }
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
        assert_eq!(
            edit(None).shown(),
            "--- /dev/null\n+++ b/.gitignore\n@@ -0,0 +1,2 @@\n+/.env\n+/b/.env\n"
        );
        assert_eq!(
            edit(Some("1\n2\n3\n\u{1b}[2K")).shown(),
            "--- a/.gitignore\n+++ b/.gitignore\n@@ -2,3 +2,5 @@\n 2\n 3\n-\\u{1b}[2K\n\\ No newline at end of file\n\
             +\\u{1b}[2K\n+/.env\n+/b/.env\n"
        );
    }
}
