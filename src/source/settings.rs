//! Git's settings that decide what is scanned: the user's, which are trusted, and the repository's, which are not.

use std::path::{Path, PathBuf};

use gix::config::file::{Metadata, includes, init};
use gix::config::path::interpolate;
use gix::config::{File, Source};

use crate::model::text;
use crate::source::dir::read_small;

/// Whose settings override the hooks directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The repository's.
    Repository,
    /// The user's, or the system's: for all repositories.
    User,
}

/// A larger configuration is not read.
const MAX_SIZE: u64 = 4 << 20;

/// Where the git settings of this user and this machine are.
#[derive(Clone, Debug)]
pub struct GitHome {
    /// The value of `~`.
    pub home: Option<PathBuf>,
    /// The directory of `config` and `ignore`: `~/.config/git`.
    pub git: Option<PathBuf>,
    /// Settings for all users of this machine: `/etc/gitconfig`.
    pub system: Option<PathBuf>,
}

impl GitHome {
    /// As git finds them, by `HOME` and `XDG_CONFIG_HOME`. A git built with another system path is not asked: that
    /// would mean to run it.
    #[must_use]
    pub fn from_environment() -> Self {
        let home = gix::path::env::home_dir();
        let git = gix::path::env::xdg_config("", &mut gix::path::env::var);
        let system = cfg!(unix).then(|| PathBuf::from("/etc/gitconfig"));
        Self { home, git, system }
    }

    /// No settings: the scan then depends on the repository alone.
    #[must_use]
    pub const fn none() -> Self {
        Self { home: None, git: None, system: None }
    }

    fn context(&self) -> interpolate::Context<'_> {
        interpolate::Context { home_dir: self.home.as_deref(), ..interpolate::Context::default() }
    }

    /// The path that `settings` set for `key`, if not empty.
    pub(super) fn path(&self, settings: &File, key: &str) -> Option<PathBuf> {
        let path = settings.path(key)?.interpolate(self.context()).ok()?;
        (!path.as_os_str().is_empty()).then_some(path)
    }

    /// All settings of the user and the system, including the files that they include.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) fn settings(&self, git_dir: &Path) -> Result<File, String> {
        let sources = [
            (Source::System, self.system.clone()),
            (Source::Git, self.git.as_ref().map(|git| git.join("config"))),
            (Source::User, self.home.as_ref().map(|home| home.join(".gitconfig"))),
        ];
        let mut files = sources
            .into_iter()
            .filter_map(|(source, path)| Some(Metadata::from(source).at(path?).with(gix::sec::Trust::Full)));
        let conditions = includes::conditional::Context { git_dir: Some(git_dir), branch_name: None };
        let options = init::Options {
            includes: includes::Options::follow(self.context(), conditions),
            lossy: true,
            ignore_io_errors: true,
        };
        File::from_paths_metadata_buf(&mut files, &mut Vec::new(), false, options)
            .map(Option::unwrap_or_default)
            .map_err(|error| format!("the user's git settings cannot be read: {error}"))
    }
}

/// The repository's settings, without the files that they include: those could be any file of the machine.
///
/// # Errors
/// What is wrong.
pub(super) fn of_repository(common_dir: &Path, git_dir: &Path) -> Result<File, String> {
    let mut settings = read(&common_dir.join("config"), Source::Local)?;
    if settings.boolean("extensions.worktreeConfig").ok().flatten() == Some(true) {
        let more = read(&git_dir.join("config.worktree"), Source::Worktree)?;
        settings.append(more).map_err(|error| error.to_string())?;
    }
    Ok(settings)
}

fn read(path: &Path, source: Source) -> Result<File, String> {
    let wrong =
        |error: &dyn std::fmt::Display| format!("its settings in {} cannot be read: {error}", path.display());
    let bytes = read_small(path, MAX_SIZE).map_err(|error| wrong(&error))?.unwrap_or_default();
    let options = init::Options { lossy: true, ..init::Options::default() };
    File::from_bytes_no_includes(&bytes, Metadata::from(source), options).map_err(|error| wrong(&error))
}

/// The user's settings and the repository's.
pub(super) struct Settings<'a> {
    pub(super) home: &'a GitHome,
    pub(super) user: File,
    pub(super) repository: File,
}

impl Settings<'_> {
    /// The ignore file for all of the user's repositories, if set.
    pub(super) fn excludes_file(&self, worktree: &Path) -> Option<PathBuf> {
        let key = "core.excludesFile";
        match self.repository.path(key).or_else(|| self.user.path(key)) {
            // An empty value means no file, not the default one.
            Some(path) if path.is_empty() => None,
            Some(path) => path.interpolate(self.home.context()).ok().map(|path| worktree.join(path)),
            None => self.home.git.as_ref().map(|git| git.join("ignore")),
        }
    }

    /// The attributes file for all of the user's repositories, if set.
    pub(super) fn attributes_file(&self, worktree: &Path) -> Option<PathBuf> {
        let key = "core.attributesFile";
        match self.repository.path(key).or_else(|| self.user.path(key)) {
            Some(path) if path.is_empty() => None,
            Some(path) => path.interpolate(self.home.context()).ok().map(|path| worktree.join(path)),
            None => self.home.git.as_ref().map(|git| git.join("attributes")),
        }
    }

    /// `core.hooksPath`, and whose setting it is; a relative one is relative to the root.
    pub(super) fn hooks_path(&self) -> Option<(PathBuf, Level)> {
        let key = "core.hooksPath";
        let set = [(&self.repository, Level::Repository), (&self.user, Level::User)];
        set.into_iter().find_map(|(file, level)| Some((self.home.path(file, key)?, level)))
    }

    /// The comment prefixes in a commit message; empty if git chooses one.
    pub(super) fn comment_marks(&self) -> Vec<Vec<u8>> {
        let of =
            |file: &File| ["core.commentString", "core.commentChar"].iter().find_map(|key| file.string(*key));
        match of(&self.repository).or_else(|| of(&self.user)) {
            None => vec![b"#".to_vec()],
            Some(mark) if mark.eq_ignore_ascii_case(b"auto") => Vec::new(),
            Some(mark) => vec![mark.to_vec()],
        }
    }

    /// `commit.cleanup`
    pub(super) fn cleanup(&self) -> Option<String> {
        let key = "commit.cleanup";
        let value = self.repository.string(key).or_else(|| self.user.string(key))?;
        Some(value.to_string())
    }

    /// True if ignore files match regardless of case.
    pub(super) fn ignores_case(&self) -> bool {
        let value = |file: &File| file.boolean("core.ignoreCase").ok().flatten();
        value(&self.repository).or_else(|| value(&self.user)).unwrap_or(false)
    }

    /// `core.worktree`.
    pub(super) fn worktree(&self) -> Option<PathBuf> {
        let path = self.repository.string("core.worktree")?;
        gix::path::from_bstring(path).ok()
    }

    /// The URL of the remote `origin`.
    pub(super) fn origin(&self) -> Option<String> {
        self.repository.string("remote.origin.url").map(|url| url.to_string())
    }

    /// The hash function of its ids.
    ///
    /// # Errors
    /// The name of an unknown one.
    pub(super) fn object_hash(&self) -> Result<gix::hash::Kind, String> {
        match self.repository.string("extensions.objectFormat") {
            None => Ok(gix::hash::Kind::Sha1),
            Some(name) => name.to_string().parse().map_err(|_| name.to_string()),
        }
    }

    /// What in the repository's format is unknown, as git would reject it: a version above 1, or an unknown
    /// extension.
    pub(super) fn unknown_format(&self) -> Option<String> {
        const KNOWN: [&str; 8] = [
            "noop",
            "preciousobjects",
            "partialclone",
            "worktreeconfig",
            "objectformat",
            "compatobjectformat",
            "refstorage",
            "relativeworktrees",
        ];
        let version = self.repository.integer("core.repositoryFormatVersion").ok().flatten().unwrap_or(0);
        if version > 1 {
            return Some(format!("version {version}"));
        }
        let sections = self.repository.sections_by_name("extensions").into_iter().flatten();
        for section in sections.filter(|_| version == 1) {
            for name in section.value_names().map(|name| name.to_string()) {
                if !KNOWN.contains(&name.to_ascii_lowercase().as_str()) {
                    return Some(format!("the extension `{}`", text::escaped(&name)));
                }
            }
        }
        None
    }

    /// The ref storage, if not files.
    pub(super) fn ref_storage(&self) -> Option<String> {
        let name = self.repository.string("extensions.refStorage")?.to_string();
        (!name.eq_ignore_ascii_case("files")).then(|| text::escaped(&name))
    }

    /// True for a partial clone.
    pub(super) fn is_partial_clone(&self) -> bool {
        let promises = |section: gix::config::file::SectionRef<'_>| {
            section
                .body()
                .value("promisor")
                .is_some_and(|value| gix::config::Boolean::try_from(value).is_ok_and(|value| value.0))
                || section.body().value("partialclonefilter").is_some()
        };
        self.repository.string("extensions.partialClone").is_some()
            || self.repository.sections_by_name("remote").into_iter().flatten().any(promises)
    }

    /// True if the user has marked `worktree` as safe by `safe.directory`, as git reads it.
    pub(super) fn is_safe(&self, worktree: &Path) -> bool {
        let mut safe = false;
        for entry in self.user.strings("safe.directory").unwrap_or_default() {
            let entry: &[u8] = &entry;
            match entry {
                b"" => safe = false,
                b"*" => safe = true,
                _ => safe = safe || self.names(entry, worktree),
            }
        }
        safe
    }

    fn names(&self, entry: &[u8], worktree: &Path) -> bool {
        let Ok(path) = gix::config::Path::from(gix::bstr::BStr::new(entry)).interpolate(self.home.context())
        else {
            return false;
        };
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        match path.parent() {
            Some(above) if path.ends_with("*") => {
                worktree != real(above) && worktree.starts_with(real(above))
            }
            _ => path.is_absolute() && real(&path) == worktree,
        }
    }
}
