//! `bartizan fix`: the edits that are certain, shown or made, and the commands that are left to the user.

mod difference;
mod edit;
mod shell;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use semver::Version;

use crate::cli::args::{DatabaseArgs, Which};
use crate::cli::exit::Exit;
use crate::cli::plan::ScanPlan;
use crate::cli::{job, output};
use crate::engine::Engine;
use crate::model::{Ending, Family, Finding, Fix, PathGlobs, RepoPath, Report};
use crate::render;
use crate::scan::config::{self, Environment};
use crate::scan::registry;
use crate::source::{GitHome, Worktree, WorktreeOptions};
use edit::Edit;

const AFTER_HELP: &str = "\
Exit codes:
  0  nothing to do
  1  edits that were only shown, commands to run, or findings to fix by hand
  2  error, or the scan was incomplete";

/// The check whose findings are files that belong into .gitignore.
const ENV_FILE: &str = "committed-env-file";
/// The families whose findings name commands, or have edits.
const FAMILIES: [&str; 3] = ["dependency", "workflow", "agent"];

#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct FixArgs {
    /// Repository, or part of it, to fix [default: the current directory]
    path: Option<PathBuf>,

    /// Make the edits instead of only showing them
    #[arg(long)]
    apply: bool,

    /// Do not use the network
    #[arg(long)]
    offline: bool,

    /// Use the RustSec advisory database in this directory
    #[arg(long, value_name = "DIR")]
    advisory_db: Option<PathBuf>,
}

/// What there is to do.
#[derive(Debug, Default)]
struct Todo {
    /// Files that belong into .gitignore, from the root, in order.
    ignored: BTreeSet<String>,
    /// True if a file that is tracked is among what there is to do.
    tracked: bool,
    /// What to run, in order.
    commands: Vec<String>,
    /// What has to be done by hand, and why.
    by_hand: Vec<String>,
}

pub(super) fn run(args: FixArgs) -> anyhow::Result<Exit> {
    let environment = Environment::read()?;
    let target = args.path.as_deref().unwrap_or(Path::new(".")).to_owned();
    let checks = std::iter::once(ENV_FILE).chain(FAMILIES).map(str::to_owned).collect();
    let scan = ScanPlan {
        which: Which { checks: Some(checks), ..Which::default() },
        path: args.path,
        databases: DatabaseArgs {
            offline: args.offline,
            advisory_db: args.advisory_db,
            ..DatabaseArgs::default()
        },
        ..ScanPlan::default()
    };
    let done = job::perform(&scan, &environment, &|asked| asked.open())?;
    let Some(root) = config::root_of(if target.is_file() { config::parent(&target) } else { &target }) else {
        bail!("there is no git repository here; only files of a repository are fixed");
    };
    let worktree = worktree(&root)?;
    let todo = todo(&done.report, &worktree, &prefix(&root));
    let mut edits: Vec<Edit> = Edit::of(&root, &todo.ignored)?.into_iter().collect();
    for (path, fixes) in &fixes(&done.report) {
        edits.extend(Edit::of_file(&root, path, fixes)?);
    }
    let mut text = shown(&edits);
    if args.apply {
        for edit in &edits {
            edit.make()?;
            text.push_str(&format!("\nwrote {}\n", edit.name()));
        }
    } else if !edits.is_empty() {
        let these = if edits.len() == 1 { "this edit" } else { "these edits" };
        text.push_str(&format!("\n`bartizan fix --apply` makes {these}\n"));
    }
    if !todo.commands.is_empty() {
        let start = if text.is_empty() { "" } else { "\n" };
        text.push_str(&format!("{start}review these commands, then run them:\n"));
        todo.commands.iter().for_each(|command| text.push_str(&format!("  {command}\n")));
    }
    if todo.tracked {
        text.push_str("the history keeps the content of these files: rotate every secret in them, too\n");
    }
    todo.by_hand.iter().for_each(|line| text.push_str(&format!("by hand: {line}\n")));
    let left = !edits.is_empty() && !args.apply || !todo.commands.is_empty() || !todo.by_hand.is_empty();
    if text.is_empty() {
        text.push_str("nothing can be fixed with certainty\n");
    }
    output::stdout(|out| out.write_all(text.as_bytes()))?;
    // With an edit that is only shown it is not known yet.
    if args.apply || edits.is_empty() {
        overruled(&root, &todo)?;
    }
    incomplete(&done.report);
    Ok(match done.report.ending(None) {
        Ending::Incomplete => Exit::Failed,
        _ if left => Exit::Findings,
        _ => Exit::Clean,
    })
}

/// The worktree at `root`, without exclusions.
pub(super) fn worktree(root: &Path) -> anyhow::Result<Worktree> {
    let options = WorktreeOptions {
        max_file_size: config::DEFAULT_MAX_FILE_SIZE,
        exclude: PathGlobs::default(),
        allow_foreign_owner: false,
        git_home: GitHome::from_environment(),
    };
    Ok(Worktree::open(root, &options)?)
}

/// The root as commands name it; nothing if they are run in it.
fn prefix(root: &Path) -> Option<String> {
    let here = Path::new(".").canonicalize().is_ok_and(|here| here == root);
    (!here).then(|| root.to_string_lossy().into_owned())
}

fn todo(report: &Report, worktree: &Worktree, prefix: &Option<String>) -> Todo {
    let mut todo = Todo::default();
    let mut updates: BTreeMap<String, Version> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.place.origin.is_none()) {
        if finding.check == ENV_FILE {
            env_file(&mut todo, &finding.place.path, worktree, prefix);
        } else if finding.family == Family::Dependency {
            // Of two advisories about one package the later version fixes both, and the second of two
            // commands would no longer find the version that it names.
            if let Some((package, version)) = update(finding, prefix)
                && updates.get(&package).is_none_or(|known| *known < version)
            {
                updates.insert(package, version);
            }
        }
    }
    todo.commands
        .extend(updates.into_iter().map(|(package, version)| format!("{package} --precise {version}")));
    todo
}

/// All edits as differences. What is a secret on the lines around them is hidden, whichever check would report it.
fn shown(edits: &[Edit]) -> String {
    if edits.is_empty() {
        return String::new();
    }
    let engine = Engine::new(registry::all(), None);
    edits.iter().map(|edit| edit.shown(&engine)).collect()
}

/// The fixes that the findings of today's files have, by file.
fn fixes(report: &Report) -> BTreeMap<&RepoPath, Vec<&Fix>> {
    let mut fixes: BTreeMap<&RepoPath, Vec<&Fix>> = BTreeMap::new();
    let parts = report.findings.iter().flat_map(Finding::parts);
    for part in parts.filter(|part| part.place.origin.is_none()) {
        if let Some(fix) = part.fix.as_deref() {
            fixes.entry(&part.place.path).or_default().push(fix);
        }
    }
    fixes
}

/// A tracked file of variables: to be ignored, and removed from the index.
fn env_file(todo: &mut Todo, path: &RepoPath, worktree: &Worktree, prefix: &Option<String>) {
    todo.tracked = true;
    let Some((plain, word)) =
        std::str::from_utf8(path.as_bytes()).ok().and_then(|p| Some((p, shell::word(p)?)))
    else {
        todo.by_hand.push(format!(
            "remove {} from the repository; its name cannot be put into a command safely",
            path.shown()
        ));
        return;
    };
    let at = match prefix {
        None => Some(String::new()),
        Some(root) => shell::word(root).map(|root| format!(" -C {root}")),
    };
    let Some(at) = at else {
        return todo.by_hand.push(format!("run `git rm --cached -- {word}` in the root of the repository"));
    };
    // Git would take these for a pattern.
    let is_pattern = plain.starts_with(':') || plain.contains(['*', '?', '[', '\\']);
    let literal = if is_pattern { " --literal-pathspecs" } else { "" };
    todo.commands.push(format!("git{at}{literal} rm --cached -- {word}"));
    if !worktree.ignores(path) {
        todo.ignored.insert(plain.to_owned());
    }
}

/// The command in the help of an advisory, if it is one, up to the version, and the version.
fn update(finding: &Finding, prefix: &Option<String>) -> Option<(String, Version)> {
    let help = &finding.advice.as_ref()?.help;
    let command = help.strip_prefix("run `")?.split('`').next()?;
    let (package, version) = command.strip_prefix("cargo update -p ")?.split_once(" --precise ")?;
    // Names and versions come from the lock file, which is anybody's.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.+@".contains(c);
    if package.starts_with('-') || !package.chars().all(is_plain) {
        return None;
    }
    let version = Version::parse(version).ok()?;
    let lock = std::str::from_utf8(finding.place.path.as_bytes()).ok()?;
    let folder = lock.strip_suffix("Cargo.lock")?;
    let manifest = match (prefix, folder) {
        (None, "") => return Some((format!("cargo update -p {package}"), version)),
        (None, folder) => format!("{folder}Cargo.toml"),
        (Some(root), folder) => format!("{root}/{folder}Cargo.toml"),
    };
    Some((format!("cargo update --manifest-path {} -p {package}", shell::word(&manifest)?), version))
}

/// Reports files that are not ignored although they are named: a file further down overrides it.
fn overruled(root: &Path, todo: &Todo) -> anyhow::Result<()> {
    let worktree = worktree(root)?;
    for path in todo.ignored.iter().filter(|path| !worktree.ignores(&RepoPath::from(path.as_str()))) {
        super::tell(&format!("note: a .gitignore closer to {path} overrides this; edit that one"));
    }
    Ok(())
}

/// Reports what could not be scanned.
fn incomplete(report: &Report) {
    for problem in &report.problems {
        super::say(&anyhow::anyhow!(render::problem(problem)));
    }
}
