//! The settings of a scan: the configuration file, and the only place that reads the environment.
//!
//! The file belongs to the repository under scan, and is not trusted. It is read only if it is a
//! regular file inside the repository and not large, names nothing outside, and runs nothing;
//! what it suppresses is counted in the report.

mod baseline;
mod commit;
mod effective;
mod hook;
mod packs;
mod read;
mod roots;
mod rules;
mod schema;
mod select;
pub mod setting;
pub mod settings;
mod size;
mod template;

pub use crate::scan::named::Named;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine::repository::actions::Actions;
use crate::model::{Error, PathGlob, Preset, RepoPath, Secret, Severity, text};
use crate::scan::dependencies::Policy;
use crate::scan::provenance::signers as signatures;
use crate::scan::suppress::Suppression;
use crate::source::{GitEnvironment, Tree};

pub use baseline::{BASELINES, BaselineText, baseline_file, load_baseline};
pub use commit::{policies, unused, unused_baseline};
pub use effective::{Effective, SetBy, as_json, effective};
pub use hook::HookEnvironment;
pub use packs::{files as pack_files, load as load_packs};
pub use read::parse;
pub use roots::trusted_root;
pub use rules::files as rule_files;
pub use schema::schema;
pub use select::{Selection, select, unknown as unknown_name};
pub use size::parse as parse_size;
pub use template::{example, template};

/// Where a configuration may be, below the directory that it is for; the first one counts.
pub const NAMES: [&str; 3] = ["bartizan.toml", ".config/bartizan.toml", ".github/bartizan.toml"];
/// Files over this size without `--max-file-size`.
pub const DEFAULT_MAX_FILE_SIZE: u64 = 10 << 20;
/// The threshold without `--fail-on`.
pub const DEFAULT_FAIL_ON: Option<Severity> = Some(Severity::Medium);
/// A configuration or a pack larger than this is refused.
const MAX_SIZE: u64 = 1 << 20;

/// Which configuration to take.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// The one that belongs to the target, if there is one.
    Search,
    /// This file.
    File(PathBuf),
    /// The one that is at the root of this commit, if there is one, and all that it names from there.
    Commit(Arc<Tree>),
    /// None.
    Nothing,
}

/// The settings of a configuration file; those that it does not set are empty.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Files not to be scanned.
    pub exclude: Vec<PathGlob>,
    /// `max-file-size`
    pub max_file_size: Option<u64>,
    /// `fail-on`; `Some(None)` is "none".
    pub fail_on: Option<Option<Severity>>,
    /// `preset`
    pub preset: Option<Preset>,
    /// `checks`
    pub checks: Option<Vec<Named>>,
    /// `skip-checks`
    pub skip_checks: Vec<Named>,
    /// Directories with packs.
    pub packs: Vec<Named>,
    /// Files with rules of other scanners.
    pub rules: Vec<Named>,
    /// `defaults`: whether the built-in rules for secrets run.
    pub defaults: Option<bool>,
    /// `foreign-allow`: whether the inline marks of other tools count.
    pub foreign_allow: bool,
    /// `[advisories]`
    pub advisories: Policy,
    /// `[signatures]`
    pub signatures: signatures::Policy,
    /// `[workflows]`
    pub actions: Actions,
    /// `[sbom]`
    pub sbom: crate::scan::provenance::sboms::Policy,
    /// `[[ignore]]`, each with where its check is named.
    pub ignores: Vec<(Suppression, String)>,
    /// Where paths in the file start.
    pub base: PathBuf,
    /// The directory that packs have to be in; none if the user has named the file.
    pub fence: Option<PathBuf>,
    /// The commit that the file and all that it names are from, if it is not on disk.
    pub tree: Option<Arc<Tree>>,
}

/// Finds and reads the configuration for a scan of `target`.
///
/// # Errors
/// What is wrong with it, one line a mistake, each with file, line and column.
pub fn load(target: &Path, wanted: &Wanted) -> Result<Config, Error> {
    if let Wanted::Commit(tree) = wanted {
        return commit::load(tree);
    }
    let Some(ConfigText { text, shown, base, fence, prefix }) = configuration_text(target, wanted)? else {
        return Ok(Config::default());
    };
    let mut config = parse(&text, &shown, &prefix)?;
    config.base = base;
    config.fence = fence;
    Ok(config)
}

/// A configuration that was not parsed yet.
#[derive(Clone, Debug)]
pub struct ConfigText {
    /// Its content.
    pub text: String,
    /// Its name in messages.
    pub shown: String,
    /// Where paths in it start.
    base: PathBuf,
    /// The directory that it may not lead out of.
    fence: Option<PathBuf>,
    /// The directory that it is for, from the root.
    prefix: String,
}

/// Finds the configuration on disk for a scan of `target`; none if there is none, or if it is not on disk.
///
/// # Errors
/// If it cannot be read.
pub fn configuration_text(target: &Path, wanted: &Wanted) -> Result<Option<ConfigText>, Error> {
    let wrong = |shown: &str, error: &io::Error, help: &str| {
        Error::Config(format!("{shown}: cannot read the configuration: {}{help}", in_words(error)))
    };
    match wanted {
        Wanted::Nothing | Wanted::Commit(_) => Ok(None),
        Wanted::File(file) => {
            let shown = text::escaped(&file.display().to_string());
            let text = read_text(file, MAX_SIZE).map_err(|error| wrong(&shown, &error, ""))?;
            let base = parent(file).to_owned();
            Ok(Some(ConfigText { text, shown, base, fence: None, prefix: String::new() }))
        }
        Wanted::Search => {
            let Some(Found { file, base, root, prefix, shown }) = nearest(target, &NAMES) else {
                return Ok(None);
            };
            let text = read_fenced(&file, &root, MAX_SIZE)
                .map_err(|error| wrong(&shown, &error, "; --no-config scans without it"))?;
            Ok(Some(ConfigText { text, shown, base, fence: Some(root), prefix }))
        }
    }
}

/// The text of the file that `config`, or what it names, calls `name`: of its commit, or on disk.
fn named_text(config: &Config, name: &str, most: u64) -> io::Result<String> {
    match (&config.tree, config.fence.as_deref()) {
        (Some(tree), _) => commit::text(tree, name, most),
        (None, Some(fence)) => read_fenced(&config.base.join(name), fence, most),
        (None, None) => read_text(&config.base.join(name), most),
    }
}

/// A file that belongs to a repository.
struct Found {
    file: PathBuf,
    /// The directory that it is for.
    base: PathBuf,
    root: PathBuf,
    /// From the root to the base.
    prefix: String,
    /// Its name in messages.
    shown: String,
}

/// The first of `names` from `target` up to the root of its repository; without a repository only beside
/// `target`: directories above are not part of it.
fn nearest(target: &Path, names: &[&str]) -> Option<Found> {
    // If there is no such path, the scan itself will say so.
    let start = directory_of(target).ok()?;
    let root = root_above(&start);
    let bases = start.ancestors().take_while(|above| above.starts_with(root));
    // Two steps, for a link in place of `.github` is followed by the first.
    let (base, name) = bases
        .flat_map(|base| names.iter().map(move |name| (base, *name)))
        .find(|(base, name)| base.join(name).symlink_metadata().is_ok())?;
    let prefix = base.strip_prefix(root).map(slashed).unwrap_or_default();
    let shown = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
    Some(Found {
        file: base.join(name),
        base: base.to_owned(),
        root: root.to_owned(),
        prefix,
        shown: text::escaped(&shown),
    })
}

/// The root of the repository that the directory `folder` is in, if it is in one.
#[must_use]
pub fn root_of(folder: &Path) -> Option<PathBuf> {
    let start = directory_of(folder).ok()?;
    let root = start.ancestors().find(|above| above.join(".git").symlink_metadata().is_ok())?;
    Some(root.to_owned())
}

/// The root of the repository that `start` is in; `start` itself if it is in none.
fn root_above(start: &Path) -> &Path {
    start.ancestors().find(|above| above.join(".git").symlink_metadata().is_ok()).unwrap_or(start)
}

/// The directory that `target` is or is in, without links.
fn directory_of(target: &Path) -> io::Result<PathBuf> {
    if target.metadata()?.is_dir() { target.canonicalize() } else { parent(target).canonicalize() }
}

/// The folder that `file` is in, by its name alone.
#[must_use]
pub fn parent(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// The text of a file that is in `root` without any link on the way.
fn read_fenced(file: &Path, root: &Path, most: u64) -> io::Result<String> {
    if file.symlink_metadata()?.is_symlink() {
        return Err(io::Error::other("it is a symbolic link, and links are not followed"));
    }
    if !file.canonicalize()?.starts_with(root) {
        return Err(io::Error::other("it is outside of the repository"));
    }
    read_text(file, most)
}

/// The text of a regular file of at most so many bytes, a whole number of MiB.
#[expect(clippy::disallowed_methods, reason = "the configuration is read here, with a limit")]
fn read_text(file: &Path, most: u64) -> io::Result<String> {
    // Asked before it is opened: to open a FIFO is to wait.
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(file)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it is larger than {} MiB", most >> 20)));
    }
    utf8(bytes)
}

fn utf8(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        io::Error::other(format!("it is not UTF-8 in line {line}"))
    })
}

/// The TOML files directly in `directory`, sorted by name.
#[expect(clippy::disallowed_methods, reason = "the folder of packs that the user or the configuration names")]
fn toml_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// What the system says, put as we put things: lower case, without its number.
#[must_use]
pub fn in_words(error: &io::Error) -> String {
    let words = error.to_string();
    if error.raw_os_error().is_none() {
        return words;
    }
    let words = words.split(" (os error ").next().unwrap_or_default();
    let mut chars = words.chars();
    let first = chars.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

/// The name of the configuration as notices give it.
fn as_path(name: &str) -> RepoPath {
    RepoPath::from(name)
}

/// What `--fail-on` and its kin say: a severity, or `none`.
///
/// # Errors
/// What would be right.
pub fn parse_fail_on(text: &str) -> Result<Option<Severity>, String> {
    match text {
        "none" => Ok(None),
        text => text.parse().map(Some).map_err(|()| "none, low, medium, high or critical".to_owned()),
    }
}

/// The variables of the environment.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `BARTIZAN_CONFIG`
    pub config: Option<PathBuf>,
    /// `BARTIZAN_FAIL_ON`
    pub fail_on: Option<Option<Severity>>,
    /// `BARTIZAN_OFFLINE`
    pub offline: bool,
    /// `BARTIZAN_JOBS`
    pub jobs: Option<usize>,
    /// `BARTIZAN_FINGERPRINT_KEY`
    pub fingerprint_key: Option<Secret>,
    /// Our folder in the user's cache: `BARTIZAN_CACHE_DIR`, or where the system keeps caches.
    pub cache: Option<PathBuf>,
    /// `BARTIZAN_ADVISORY_DB_URL`
    pub advisory_url: Option<String>,
    /// `BARTIZAN_OSV_DB`: what `--osv-db` would name.
    pub osv_db: Option<PathBuf>,
    /// `BARTIZAN_OSV_URL`: a mirror of OSV's dumps.
    pub osv_url: Option<String>,
    /// `BARTIZAN_TUF_URL`
    pub tuf_url: Option<String>,
    /// `BARTIZAN_GITHUB_TUF_URL`
    pub github_tuf_url: Option<String>,
    /// `CARGO_HOME`, or its usual place.
    pub cargo_home: Option<PathBuf>,
    /// `CI`
    pub ci: bool,
    /// `SOURCE_DATE_EPOCH`, the time to take for the present.
    pub now: Option<i64>,
    /// `GIT_INDEX_FILE`, `GIT_OBJECT_DIRECTORY` and `GIT_ALTERNATE_OBJECT_DIRECTORIES`.
    pub git: GitEnvironment,
    /// The variables that git and pre-commit set for hooks.
    pub hook: HookEnvironment,
    /// The run of GitHub Actions.
    pub workflow: Option<WorkflowRun>,
    /// The event that started it.
    pub event: WorkflowEvent,
}

/// The event that started a workflow, as GitHub Actions describes it; not validated yet.
#[derive(Clone, Debug, Default)]
pub struct WorkflowEvent {
    /// `GITHUB_EVENT_NAME`
    pub name: Option<String>,
    /// `GITHUB_EVENT_PATH`: the file with its payload.
    pub path: Option<PathBuf>,
    /// `GITHUB_REPOSITORY`: `owner/name`.
    pub repository: String,
}

/// The run of GitHub Actions, if its variables are well-formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowRun {
    /// `GITHUB_SERVER_URL` and `GITHUB_REPOSITORY`: `https://github.com/owner/name`.
    pub repository: String,
    /// `GITHUB_SHA`, hexadecimal digits.
    pub commit: String,
    /// `GITHUB_WORKSPACE`
    pub workspace: PathBuf,
}

impl WorkflowRun {
    /// Nothing if this is no such job, or if a value is not of its form: it ends up in links.
    fn from(variable: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        variable("GITHUB_ACTIONS").filter(|value| value == "true")?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let server = variable("GITHUB_SERVER_URL")?;
        let host = server.strip_prefix("https://")?;
        let host_is_plain = !host.is_empty() && host.chars().all(|c| is_name(c) || c == ':');
        let repository = variable("GITHUB_REPOSITORY")?;
        let (owner, name) = repository.split_once('/')?;
        let is_plain = |part: &str| !part.is_empty() && part.chars().all(is_name);
        let commit = variable("GITHUB_SHA")?;
        let is_id = matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        (host_is_plain && is_plain(owner) && is_plain(name) && is_id).then_some(())?;
        Some(Self {
            repository: format!("{server}/{repository}"),
            commit,
            workspace: PathBuf::from(variable("GITHUB_WORKSPACE")?),
        })
    }
}

impl Environment {
    /// Reads the environment of the process.
    ///
    /// # Errors
    /// The variable that makes no sense.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn read() -> Result<Self, Error> {
        Self::from(|name| std::env::var_os(name))
    }

    /// Reads what `variable` gives; empty ones count as absent.
    ///
    /// # Errors
    /// As [`Environment::read`].
    pub fn from(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| get(name).map(|value| value.to_string_lossy().into_owned());
        let wrong = |name: &str, value: &str, wanted: &str| {
            Error::Config(format!("{name}: `{}` is not {wanted}", text::escaped(value)))
        };
        let number = |name: &str, wanted: &str| match text(name) {
            None => Ok(None),
            Some(value) => value.parse::<i64>().map(Some).map_err(|_| wrong(name, &value, wanted)),
        };
        let flag = |name: &str| match text(name).as_deref() {
            None | Some("0" | "false" | "no" | "off") => Ok(false),
            Some("1" | "true" | "yes" | "on") => Ok(true),
            Some(value) => Err(wrong(name, value, "1 or 0")),
        };
        let fail_on = match text("BARTIZAN_FAIL_ON") {
            None => None,
            Some(value) => {
                Some(parse_fail_on(&value).map_err(|wanted| wrong("BARTIZAN_FAIL_ON", &value, &wanted))?)
            }
        };
        let threads = "a number of threads, at least 1";
        let jobs = match number("BARTIZAN_JOBS", threads)? {
            None => None,
            Some(jobs) => match usize::try_from(jobs) {
                Ok(jobs @ 1..) => Some(jobs),
                _ => return Err(wrong("BARTIZAN_JOBS", &jobs.to_string(), threads)),
            },
        };
        let path = |name: &str| get(name).map(PathBuf::from);
        let home = path("HOME").or_else(|| path("USERPROFILE")).filter(|home| home.is_absolute());
        let below_home = |rest: &str| home.as_ref().map(|home| home.join(rest));
        let caches = match () {
            () if cfg!(windows) => path("LOCALAPPDATA"),
            () if cfg!(target_os = "macos") => below_home("Library/Caches"),
            // Relative paths are to be ignored, by the XDG specification.
            () => path("XDG_CACHE_HOME").filter(|path| path.is_absolute()).or_else(|| below_home(".cache")),
        };
        Ok(Self {
            cache: path("BARTIZAN_CACHE_DIR").or_else(|| caches.map(|caches| caches.join("bartizan"))),
            advisory_url: text("BARTIZAN_ADVISORY_DB_URL"),
            osv_db: path("BARTIZAN_OSV_DB"),
            osv_url: text("BARTIZAN_OSV_URL"),
            tuf_url: text("BARTIZAN_TUF_URL"),
            github_tuf_url: text("BARTIZAN_GITHUB_TUF_URL"),
            cargo_home: path("CARGO_HOME").or_else(|| below_home(".cargo")),
            config: get("BARTIZAN_CONFIG").map(PathBuf::from),
            fail_on,
            offline: flag("BARTIZAN_OFFLINE")?,
            jobs,
            fingerprint_key: get("BARTIZAN_FINGERPRINT_KEY").map(|key| Secret::new(key.as_encoded_bytes())),
            workflow: WorkflowRun::from(&text),
            event: WorkflowEvent {
                name: text("GITHUB_EVENT_NAME"),
                path: path("GITHUB_EVENT_PATH"),
                repository: text("GITHUB_REPOSITORY").unwrap_or_default(),
            },
            // Anything but a plain no: some services set it to their own name.
            ci: text("CI").is_some_and(|value| !matches!(value.as_str(), "0" | "false")),
            now: number("SOURCE_DATE_EPOCH", "a number of seconds since 1970")?,
            hook: HookEnvironment { skip: flag("BARTIZAN_SKIP")?, ..HookEnvironment::from(&get) },
            git: GitEnvironment {
                index: get("GIT_INDEX_FILE").map(PathBuf::from),
                objects: get("GIT_OBJECT_DIRECTORY")
                    .into_iter()
                    .map(PathBuf::from)
                    .chain(
                        get("GIT_ALTERNATE_OBJECT_DIRECTORIES")
                            .iter()
                            .flat_map(std::env::split_paths)
                            .filter(|path| path.is_dir()),
                    )
                    .collect(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Environment;
    use crate::model::Severity;

    fn environment(name: &str, value: &str) -> Result<Environment, String> {
        Environment::from(|asked| (asked == name).then(|| value.into())).map_err(|error| error.to_string())
    }

    #[test]
    fn what_actions_says_is_taken_only_if_it_is_plain() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        let run = |server: &str, repository: &str, commit: &str| {
            let variables = [
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_SERVER_URL", server),
                ("GITHUB_REPOSITORY", repository),
                ("GITHUB_SHA", commit),
                ("GITHUB_WORKSPACE", "/w"),
            ];
            let get = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, v)| v.into());
            Environment::from(get).unwrap().workflow.map(|run| run.repository)
        };
        assert_eq!(run("https://github.com", "o/r", id).as_deref(), Some("https://github.com/o/r"));
        assert_eq!(run("https://ghe.test:8443", "o/r.x", id).as_deref(), Some("https://ghe.test:8443/o/r.x"));
        for (server, repository, commit) in [
            ("javascript://x", "o/r", id),
            ("https://github.com/)", "o/r", id),
            ("https://github.com", "o/r)[x](y", id),
            ("https://github.com", "o/r/s", id),
            ("https://github.com", "o/r", "main"),
        ] {
            assert_eq!(run(server, repository, commit), None, "{server} {repository} {commit}");
        }
    }

    #[test]
    fn variables_are_read_and_empty_ones_are_absent() {
        assert_eq!(environment("BARTIZAN_FAIL_ON", "high").unwrap().fail_on, Some(Some(Severity::High)));
        assert_eq!(environment("BARTIZAN_FAIL_ON", "none").unwrap().fail_on, Some(None));
        assert_eq!(environment("BARTIZAN_FAIL_ON", "").unwrap().fail_on, None);
        assert_eq!(environment("BARTIZAN_JOBS", "3").unwrap().jobs, Some(3));
        assert_eq!(environment("SOURCE_DATE_EPOCH", "1700000000").unwrap().now, Some(1_700_000_000));
        assert!(environment("BARTIZAN_OFFLINE", "1").unwrap().offline);
        assert!(!environment("BARTIZAN_OFFLINE", "0").unwrap().offline);
        let index = environment("GIT_INDEX_FILE", ".git/next-index-7.lock").unwrap().git.index;
        assert_eq!(index.unwrap().to_str(), Some(".git/next-index-7.lock"));
        assert_eq!(environment("GITHUB_ACTIONS", "true").unwrap().workflow, None);
        assert!(environment("CI", "true").unwrap().ci);
        assert!(!environment("CI", "false").unwrap().ci);
    }

    #[test]
    fn variables_that_make_no_sense_are_told() {
        assert_eq!(
            environment("BARTIZAN_FAIL_ON", "hgih").unwrap_err(),
            "BARTIZAN_FAIL_ON: `hgih` is not none, low, medium, high or critical"
        );
        for (name, value) in [
            ("BARTIZAN_JOBS", "0"),
            ("BARTIZAN_JOBS", "-1"),
            ("BARTIZAN_JOBS", "x"),
            ("BARTIZAN_OFFLINE", "maybe"),
            ("SOURCE_DATE_EPOCH", "today"),
        ] {
            let error = environment(name, value).unwrap_err();
            assert!(error.starts_with(&format!("{name}: `{value}` is not ")), "{error}");
        }
    }

    #[test]
    fn the_key_is_not_in_what_is_printed_for_debugging() {
        let environment = environment("BARTIZAN_FINGERPRINT_KEY", "sesame").unwrap();
        assert!(!format!("{environment:?}").contains("sesame"));
        assert_eq!(environment.fingerprint_key.unwrap().expose(), b"sesame");
    }
}
