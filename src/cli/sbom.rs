//! `bartizan sbom`: an SBOM from the lock file of a project.

mod args;
mod diff;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use jiff::Timestamp;

pub(super) use args::SbomArgs;

use crate::cli::exit::Exit;
use crate::cli::{db, output, tell};
use crate::model::{Error, PathGlobs, RepoPath};
use crate::parse::lockfile::{Ecosystem, Format, Wishes};
use crate::parse::manifests::{Manifest, read};
use crate::render::sbom::{Bom, Stamp, render_bill};
use crate::scan::config::Environment;
use crate::scan::sbom::{of_cargo, of_other};
use crate::source::{Git, GitHome, GitOptions, Place, Source as _, Worktree, WorktreeOptions};
use args::SbomCommand;

/// Lock files and SBOMs larger than this are not read.
const MAX_SIZE: u64 = 64 << 20;

const CARGO: &str = "Cargo.lock";
/// The lock files that are looked for, those that say more first.
const OTHERS: [&str; 32] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "deno.lock",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "pylock.toml",
    "Pipfile.lock",
    "go.sum",
    "go.mod",
    "Gemfile.lock",
    "gems.locked",
    "composer.lock",
    "packages.lock.json",
    "packages.config",
    "gradle.lockfile",
    "Package.resolved",
    "Podfile.lock",
    "mix.lock",
    "rebar.lock",
    "pubspec.lock",
    "conan.lock",
    "renv.lock",
    "stack.yaml.lock",
    "cabal.project.freeze",
    "Manifest.toml",
    "buildscript-gradle.lockfile",
    "settings-gradle.lockfile",
    "requirements.txt",
];
/// Manifests that say what the packages of a lock file beside them are needed for.
const MANIFESTS: [&str; 8] = [
    "package.json",
    "composer.json",
    "pyproject.toml",
    "Pipfile",
    "Gemfile",
    "gems.rb",
    "pubspec.yaml",
    "mix.exs",
];

pub(super) fn run(args: &SbomArgs) -> anyhow::Result<Exit> {
    if let Some(SbomCommand::Diff { a, b, format }) = &args.command {
        return diff::run(a, b, *format);
    }
    if let Some(file) = &args.output {
        output::ready(file).map_err(|source| Error::Write { path: file.clone(), source })?;
    }
    let environment = Environment::read()?;
    let target = target(args)?;
    let project = Project::open(&target, args.allow_foreign_owner)?;
    let bom = project.bom(args.name.as_deref())?;
    let stamp = Stamp { version: env!("CARGO_PKG_VERSION"), time: project.time(&environment)? };
    let mut text = Vec::new();
    render_bill(&bom, args.format, stamp, &mut text).context("cannot make the SBOM")?;
    match &args.output {
        Some(file) => output::write_file(file, &text)?,
        None => output::stdout(|out| out.write_all(&text))?,
    }
    Ok(Exit::Clean)
}

/// The directory or lock file that the arguments name.
fn target(args: &SbomArgs) -> anyhow::Result<PathBuf> {
    if let Some(manifest) = &args.manifest_path {
        if manifest.file_name().is_none_or(|name| name != "Cargo.toml") {
            bail!("--manifest-path wants the path of a Cargo.toml, not {}", manifest.display());
        }
        return Ok(manifest.with_file_name(CARGO));
    }
    Ok(args.lock.as_ref().or(args.path.as_ref()).map_or_else(|| PathBuf::from("."), Clone::clone))
}

/// The project that a lock file belongs to.
struct Project {
    worktree: Worktree,
    allow_foreign_owner: bool,
    /// The directory of the lock file as the user has named it.
    folder: PathBuf,
    /// The same relative to the root of the worktree, with a slash at its end unless it is the root.
    below: Vec<u8>,
    /// The name of the lock file, if the user has named one.
    file: Option<String>,
}

impl Project {
    fn open(target: &Path, allow_foreign_owner: bool) -> anyhow::Result<Self> {
        let (folder, file) = if target.is_dir() {
            (target.to_owned(), None)
        } else {
            let name = target.file_name().and_then(|name| name.to_str());
            let name = name.with_context(|| format!("{} is not a lock file", target.display()))?;
            let above = target.parent().filter(|above| !above.as_os_str().is_empty());
            (above.unwrap_or(Path::new(".")).to_owned(), Some(name.to_owned()))
        };
        let options = WorktreeOptions {
            max_file_size: MAX_SIZE,
            exclude: PathGlobs::default(),
            allow_foreign_owner,
            git_home: GitHome::from_environment(),
        };
        let worktree = Worktree::open(&folder, &options)?;
        let wrong = |source| Error::Read { path: folder.clone(), source };
        let real = folder.canonicalize().map_err(wrong)?;
        let below = real.strip_prefix(worktree.root()).unwrap_or(Path::new(""));
        let below = below.components().flat_map(|part| [part.as_os_str().as_encoded_bytes(), b"/"]);
        let below = below.flatten().copied().collect();
        Ok(Self { worktree, allow_foreign_owner, folder, below, file })
    }

    fn bom(&self, name: Option<&str>) -> anyhow::Result<Bom> {
        let (file, bytes) = self.lock()?;
        let path = self.folder.join(&file);
        let name = name.map_or_else(|| self.name(), str::to_owned);
        let bom = if file == CARGO {
            let manifest = self.read("Cargo.toml").ok().flatten();
            of_cargo(&bytes, manifest.as_deref(), &name)
        } else {
            let format = Format::of(file.as_bytes()).ok_or_else(|| {
                let shown = self.shown(&file);
                anyhow!("{shown} is not named like a lock file: {CARGO}, {}", OTHERS.join(", "))
            })?;
            let manifests = self.manifests(format.ecosystem());
            let wishes: Vec<Wishes<'_>> =
                manifests.iter().map(|(folder, manifest)| Wishes { folder, asks: &manifest.asks }).collect();
            of_other(format, &bytes, &file, &name, &wishes)
        };
        bom.map_err(|why| anyhow!("cannot make an SBOM of {}: {why}", path.display()))
    }

    /// The manifests of an ecosystem beside the lock file.
    fn manifests(&self, ecosystem: Ecosystem) -> Vec<(String, Manifest)> {
        let mut found = Vec::new();
        for name in MANIFESTS {
            let manifest = self.read(name).ok().flatten().and_then(|bytes| read(name.as_bytes(), &bytes));
            found.extend(manifest.map(|manifest| (String::new(), manifest)));
        }
        found.retain(|(_, manifest): &(String, Manifest)| manifest.ecosystem == ecosystem.as_str());
        found
    }

    /// How the user would call a file of the folder.
    fn shown(&self, file: &str) -> String {
        let path = self.folder.join(file);
        path.strip_prefix(".").unwrap_or(&path).display().to_string()
    }

    /// The lock file that was named, or the only one that there is, or Cargo's.
    fn lock(&self) -> anyhow::Result<(String, Vec<u8>)> {
        if let Some(file) = &self.file {
            let bytes = self.read(file)?;
            let bytes = bytes.with_context(|| format!("there is no file {}", self.shown(file)))?;
            return Ok((file.clone(), bytes));
        }
        let cargo = self.read(CARGO)?;
        let mut others = Vec::new();
        for name in OTHERS {
            // Of what one tool writes, and another only asks for, the former counts.
            let asked = match name {
                "go.mod" => others.contains(&"go.sum"),
                "requirements.txt" => others.contains(&"poetry.lock") || others.contains(&"uv.lock"),
                _ => false,
            };
            if !asked && self.has(name) {
                others.push(name);
            }
        }
        let here = self.folder.display();
        match (cargo, others.as_slice()) {
            (Some(bytes), others) => {
                if !others.is_empty() {
                    tell(&format!(
                        "note: the packages of {} are not in this SBOM; use --lock FILE for one of them",
                        others.join(", ")
                    ));
                }
                Ok((CARGO.to_owned(), bytes))
            }
            (None, [only]) => {
                let bytes = self.read(only)?.with_context(|| format!("{only} is gone"))?;
                Ok(((*only).to_owned(), bytes))
            }
            (None, []) => bail!(
                "there is no lock file in {here}; name one with --lock, or create one: `cargo generate-lockfile`"
            ),
            (None, several) => bail!(
                "there are several lock files in {here}: {}; choose one with --lock",
                several.join(", ")
            ),
        }
    }

    fn path(&self, name: &str) -> RepoPath {
        RepoPath::new([self.below.as_slice(), name.as_bytes()].concat())
    }

    fn has(&self, name: &str) -> bool {
        self.worktree.file(&self.path(name)).is_some_and(|file| file.is_ok())
    }

    /// The bytes of a file beside the lock file, and none if there is no such file. Links are not followed.
    fn read(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let path = self.folder.join(name);
        let wrong = |source: io::Error| Error::Read { path: path.clone(), source };
        if path.is_symlink() {
            return Err(wrong(io::Error::other("it is a symlink, and symlinks are not followed")).into());
        }
        let Some(file) = self.worktree.file(&self.path(name)) else { return Ok(None) };
        let mut bytes = Vec::new();
        file.and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut bytes)).map_err(wrong)?;
        if bytes.len() as u64 > MAX_SIZE {
            return Err(wrong(io::Error::other(format!("it is larger than {} MiB", MAX_SIZE >> 20))).into());
        }
        Ok(Some(bytes))
    }

    /// What the project is called: as the folder of the lock file, or as the repository if that is
    /// its root.
    fn name(&self) -> String {
        let folder = self.below.strip_suffix(b"/").map(|below| RepoPath::new(below).file_name().to_owned());
        let folder = folder.map(|name| String::from_utf8_lossy(&name).into_owned());
        let origin = || {
            let last = self.worktree.origin()?.trim_end_matches('/').rsplit(['/', ':']).next()?;
            Some(last.strip_suffix(".git").unwrap_or(last)).filter(|name| is_plain(name)).map(str::to_owned)
        };
        let root = || self.worktree.root().file_name().map(|name| name.to_string_lossy().into_owned());
        folder.or_else(origin).or_else(root).unwrap_or_else(|| "project".to_owned())
    }

    /// The time that the document carries: `SOURCE_DATE_EPOCH`, or that of the commit at HEAD, or the
    /// present.
    fn time(&self, environment: &Environment) -> anyhow::Result<Timestamp> {
        let (seconds, what) = match environment.now {
            Some(now) => (now, "SOURCE_DATE_EPOCH"),
            None => match self.commit_time(environment)? {
                Some(time) => (time, "the time of the commit at HEAD"),
                None => (db::now()?, "the time of this machine"),
            },
        };
        // The years that both formats can write.
        let time = Timestamp::from_second(seconds).ok().filter(|_| (0..=253_402_300_799).contains(&seconds));
        time.with_context(|| format!("{what}, {seconds}, is not between the years 1970 and 9999"))
    }

    fn commit_time(&self, environment: &Environment) -> anyhow::Result<Option<i64>> {
        if !self.worktree.is_git() {
            return Ok(None);
        }
        let options = GitOptions {
            allow_foreign_owner: self.allow_foreign_owner,
            git_home: GitHome::from_environment(),
            environment: environment.git.clone(),
        };
        let time = Git::open(&Place::Around(self.folder.clone()), &options).and_then(|git| git.head_time());
        time.context("no time for the SBOM, SOURCE_DATE_EPOCH would give one")
    }
}

/// True for a word that a repository can be called by.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
