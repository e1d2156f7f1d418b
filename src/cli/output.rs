//! Where reports go: standard output, and files that are either whole or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::args::Target;
use crate::external::file::remove_leftovers;
use crate::model::Error;
use crate::render::{Format, SafeJson};
use crate::scan::config::parent;

/// Columns without a terminal.
const WIDTH: usize = 100;
/// Names tried for the file beside the target.
const ATTEMPTS: u32 = 100;

/// Which reports are to be written.
#[derive(Debug)]
pub(super) struct Plan {
    /// The one on standard output, if any.
    pub(super) stdout: Option<Format>,
    /// The others.
    pub(super) files: Vec<(Format, PathBuf)>,
}

impl Plan {
    /// The reports that `--format` and `--output` name. What cannot work fails before the scan.
    pub(super) fn new(format: Option<Format>, targets: Vec<Target>) -> anyhow::Result<Self> {
        let mut plan = Self { stdout: format, files: Vec::new() };
        for target in targets {
            match target.file {
                None if plan.stdout.is_some() => {
                    anyhow::bail!("two reports cannot go to standard output; write one of them to a file");
                }
                None => plan.stdout = Some(target.format),
                Some(file) => {
                    if plan.files.iter().any(|(_, other)| *other == file) {
                        anyhow::bail!("two reports cannot go to the same file, {}", file.display());
                    }
                    ready(&file).map_err(|source| Error::Write { path: file.clone(), source })?;
                    plan.files.push((target.format, file));
                }
            }
        }
        plan.stdout.get_or_insert(Format::Human);
        Ok(plan)
    }

    /// True if one of the reports says when, and of which commit, the scan was made.
    pub(super) fn wants_time(&self) -> bool {
        self.stdout.iter().chain(self.files.iter().map(|(format, _)| format)).any(|format| format.says_time())
    }
}

/// Fails early where writing to `file` later would.
pub(super) fn ready(file: &Path) -> io::Result<()> {
    if file.is_dir() {
        return Err(io::Error::other("it is a directory"));
    }
    let folder = parent(file);
    match folder.metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(io::Error::other(format!("{} is not a directory", folder.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(io::Error::other(format!("there is no directory {}; create it first", folder.display())))
        }
        Err(error) => Err(error),
    }
}

/// Makes `text` the content of `file`: written beside it and renamed, so that whoever looks finds
/// the old content or the new one. A link in its place is replaced, not followed: it may be part
/// of the repository under scan.
#[expect(clippy::disallowed_methods, reason = "reports are written here, and nothing else is")]
pub(super) fn write_file(file: &Path, text: &[u8]) -> Result<(), Error> {
    let written = match file.symlink_metadata() {
        Ok(metadata) if is_device(file, &metadata) => {
            OpenOptions::new().write(true).open(file).and_then(|mut file| file.write_all(text))
        }
        Ok(metadata) => replace(file, text, metadata.is_file().then(|| metadata.permissions())),
        Err(_) => replace(file, text, None),
    };
    written.map_err(|source| Error::Write { path: file.to_owned(), source })
}

/// True for a FIFO or a device, and for what is called like one: `/dev/stdout` is a link.
fn is_device(file: &Path, metadata: &fs::Metadata) -> bool {
    let kind = metadata.file_type();
    file.starts_with("/dev") || !(kind.is_file() || kind.is_symlink() || kind.is_dir())
}

/// Makes `text` the content of `file`, with these permissions; what is there is replaced as a whole.
#[expect(clippy::disallowed_methods, reason = "a report takes the place of the one before")]
pub(super) fn replace(file: &Path, text: &[u8], permissions: Option<fs::Permissions>) -> io::Result<()> {
    let (beside, mut out) = create_beside(file)?;
    let written = out
        .write_all(text)
        .and_then(|()| permissions.map_or(Ok(()), |permissions| out.set_permissions(permissions)))
        .and_then(|()| fs::rename(&beside, file));
    if written.is_err() {
        // A half-written file is removed; the first error is the one to report.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// A new file in the same folder, which no link can stand in for.
#[expect(clippy::disallowed_methods, reason = "a report is written beside its place first")]
fn create_beside(file: &Path) -> io::Result<(PathBuf, File)> {
    let name =
        file.file_name().ok_or_else(|| io::Error::other("it names no file"))?.to_string_lossy().into_owned();
    remove_leftovers(parent(file), &name);
    for attempt in 0..ATTEMPTS {
        let beside = parent(file).join(format!(".{name}.{}-{attempt}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(out) => return Ok((beside, out)),
        }
    }
    Err(io::Error::other("there are too many unfinished files beside it"))
}

/// Writes to standard output. A closed pipe is not an error.
pub(super) fn stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            // What is left in the buffer must not be tried again when it is dropped.
            let _ = out.into_parts();
            Err(anyhow::Error::new(error).context("cannot write to standard output"))
        }
        result => {
            if result.is_err() {
                let _ = out.into_parts();
            }
            Ok(())
        }
    }
}

/// Writes `document` to standard output as JSON that a terminal can be shown.
pub(super) fn json(document: &impl Serialize) -> anyhow::Result<()> {
    let mut text = Vec::new();
    serde_json::to_writer_pretty(SafeJson::new(&mut text), document)?;
    text.push(b'\n');
    stdout(|out| out.write_all(&text))
}

/// True if `error` is a closed pipe.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().filter_map(|cause| cause.downcast_ref()).any(is)
}

/// True if standard output is a terminal.
pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// True if standard output is to be in colour.
pub(super) fn is_coloured() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Columns of standard output.
pub(super) fn width() -> usize {
    let size = if is_terminal() { terminal_size::terminal_size() } else { None };
    size.map_or(WIDTH, |(width, _)| usize::from(width.0))
}
