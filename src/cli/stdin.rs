//! `bartizan scan -`: standard input is scanned as one file, or as an archive that comes in as a stream.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::cli::args::{ScanArgs, What};
use crate::cli::plan::ScanPlan;
use crate::cli::sources::{Asked, Sources, part};
use crate::engine::decode;
use crate::model::{Problem, RepoPath, text};
use crate::source::{Given, Worktree, is_bare};

/// How a report calls what has no name.
const NAMELESS: &str = "<stdin>";
/// Bytes of a text that are looked at: it is kept in memory.
const TEXT_MAX: u64 = 256 << 20;
/// Bytes of an archive that are read and unpacked, together, where --max-file-size does not say more or less.
const ARCHIVE_MAX: u64 = 4 << 30;
/// Bytes by which an archive is recognised.
const HEAD: u64 = 8192;

/// What the arguments say of standard input.
#[derive(Debug)]
pub(super) struct Stdin {
    name: Option<PathBuf>,
    most: u64,
}

impl Stdin {
    /// What `args` say of standard input, if it is to be scanned.
    ///
    /// # Errors
    /// If other arguments do not fit to that, or if nothing is piped.
    pub(super) fn of(args: &ScanArgs) -> anyhow::Result<Option<Self>> {
        let name = args.stdin_path.clone();
        if args.path.as_deref() != Some(Path::new("-")) {
            if name.is_some() {
                bail!("--stdin-path says what standard input is; scan that with `bartizan scan -`");
            }
            return Ok(None);
        }
        if let Some(option) = of_repositories(&args.what) {
            bail!("{option} is for a repository, and `-` is standard input; leave one of them out");
        }
        if io::stdin().is_terminal() {
            bail!(
                "standard input is a terminal; pipe something into it: `git show HEAD:FILE | bartizan scan \
                 --stdin-path FILE -` (a file that is called `-` is `./-`)"
            );
        }
        Ok(Some(Self { name, most: args.how.max_file_size.unwrap_or(ARCHIVE_MAX) }))
    }

    /// Makes `plan` that of a scan of standard input in the current directory.
    pub(super) fn tailor(plan: &mut ScanPlan) {
        plan.path = None;
        // In a hook of a server: what --config-from names is there.
        plan.bare_repo = is_bare(plan.target()).then(|| plan.target().to_owned());
    }

    /// Reads standard input: a text whole, of an archive the start.
    ///
    /// # Errors
    /// If it cannot be read, or if its name is none of the repository.
    pub(super) fn open(&self, asked: &Asked<'_>) -> anyhow::Result<Sources> {
        let (path, around) = match &self.name {
            None => (RepoPath::from(NAMELESS), None),
            Some(name) => placed(name, Path::new("."), asked)?,
        };
        let scope = match &self.name {
            None => "standard input".to_owned(),
            Some(_) => format!("standard input as {}", path.shown()),
        };
        let wrong = "cannot read standard input";
        let mut head = Vec::new();
        io::stdin().lock().take(HEAD).read_to_end(&mut head).context(wrong)?;
        if decode::is_packed(&head) {
            let content = Box::new(io::Cursor::new(head).chain(io::stdin()));
            let given = Given::archive(path, &scope, content, self.most);
            return Ok(part(Box::new(given.within(asked.limits(), around))));
        }
        let packed = decode::packed_otherwise(&head);
        io::stdin().lock().take(TEXT_MAX + 1 - HEAD).read_to_end(&mut head).context(wrong)?;
        let is_cut = head.len() as u64 > TEXT_MAX;
        let is_empty = head.is_empty();
        let mut given = Given::text(path, &scope, head).within(asked.limits(), around);
        if let Some(how) = packed {
            given = given.cut(format!(
                "it is packed by {how}, which is not unpacked here; unpack it first, as in `xz -dc FILE | bartizan scan -`"
            ));
        } else if is_cut {
            given = given.cut(format!(
                "it is longer than {} MiB, and the rest was not looked at; write it to a file and scan that",
                TEXT_MAX >> 20
            ));
        }
        let mut sources = part(Box::new(given));
        if is_empty {
            let message = "standard input was empty".to_owned();
            sources.notices.push(Problem { path: None, message });
        }
        Ok(sources)
    }
}

/// An option that asks for more than standard input, if there is one.
fn of_repositories(what: &What) -> Option<&'static str> {
    let all = [
        (what.base.is_some(), "--base"),
        (what.staged, "--staged"),
        (what.index, "--index"),
        (what.range.is_some(), "--range"),
        (what.since.is_some(), "--since"),
        (what.worktree, "--worktree"),
        (what.history, "--history"),
        (what.unreachable, "--unreachable"),
        (what.bare_repo.is_some(), "--bare-repo"),
    ];
    all.into_iter().find_map(|(is_asked, option)| is_asked.then_some(option))
}

/// The path in its repository of the file `name`, relative to the directory `here`, whether it exists or not; and the
/// worktree, if there is one.
///
/// # Errors
/// If it is outside of the repository.
pub(super) fn placed(
    name: &Path,
    here: &Path,
    asked: &Asked<'_>,
) -> anyhow::Result<(RepoPath, Option<Worktree>)> {
    let around = if is_bare(here) { None } else { Some(Worktree::open(here, asked.options)?) };
    let absolute = here.canonicalize().with_context(|| format!("cannot look at {}", here.display()))?;
    let root = around.as_ref().map_or(absolute.as_path(), Worktree::root);
    let whole = normal(&absolute.join(name));
    // Its directory may be reached by a link.
    let resolved = whole.parent().and_then(|parent| parent.canonicalize().ok()).zip(whole.file_name());
    let whole = resolved.map_or_else(|| whole.clone(), |(parent, name)| parent.join(name));
    match whole.strip_prefix(root) {
        Ok(below) if below.file_name().is_some() => {
            let parts: Vec<&[u8]> =
                below.components().map(|part| part.as_os_str().as_encoded_bytes()).collect();
            Ok((RepoPath::new(parts.join(&b"/"[..])), around))
        }
        _ => bail!(
            "{} is not below {}; run this in the repository of the file",
            text::escaped(&name.display().to_string()),
            text::escaped(&root.display().to_string())
        ),
    }
}

/// `path` without `.` and `..`, by its names alone.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}
