//! Facts for checking a project's claims, collected only if a security policy makes claims.

mod history;
mod rust;
mod versions;

use std::io::Read as _;

use super::ignored::Ignored;
use crate::engine::repository::Repository;
use crate::engine::repository::class::Class;
use crate::engine::repository::policy::{Declared, Document, Policy, Role, SecretAt, slug};
use crate::model::{Claim, RepoPath, Ruling};
use crate::parse::policy::{TEXT_MAX, Text, declared};
use crate::scan::analysis::{Context, Promise, Promised};
use crate::source::Source;

/// Promises in `claims` that enable otherwise inactive checks.
pub(super) fn promises(claims: &[Claim], policy: &Policy) -> Vec<Promise> {
    let promise = |claim: &Claim| {
        let what = match (&*claim.kind, claim.ruling) {
            ("signed-commits", _) => Promised::SignedCommits,
            ("sbom", Ruling::NoEvidence) => Promised::Sbom,
            _ => return None,
        };
        let since = policy.since.get(&(claim.place.path.clone(), claim.place.span)).copied();
        let place = format!("{}:{}", claim.place.path.shown(), claim.place.region.start_line);
        Some(Promise { what, place, since: since.filter(|_| !policy.is_shallow) })
    };
    claims.iter().filter_map(promise).collect()
}

/// Locations of the security policy, in GitHub's order.
const FOLDERS: [&str; 3] = [".github/", "", "docs/"];
/// Names of texts, in lower case.
const POLICIES: [&str; 6] =
    ["security.md", "security.rst", "security.adoc", "security.markdown", "security.txt", "security"];
const READMES: [&str; 4] = ["readme.md", "readme.rst", "readme.adoc", "readme.markdown"];
const GUIDES: [&str; 3] = ["contributing.md", "contributing.rst", "contributing.adoc"];

/// Most scripts read, and bytes of each.
const SCRIPTS_MAX: usize = 80;
const SCRIPT_MAX: usize = 128 << 10;
/// Build and tool configuration files, by name, near the root.
const BUILDS: [&str; 26] = [
    "Makefile",
    "GNUmakefile",
    "justfile",
    "Justfile",
    "Taskfile.yml",
    "Taskfile.yaml",
    "package.json",
    "tox.ini",
    "noxfile.py",
    "pyproject.toml",
    ".golangci.yml",
    ".golangci.yaml",
    ".goreleaser.yml",
    ".goreleaser.yaml",
    "goreleaser.yml",
    ".gitlab-ci.yml",
    ".travis.yml",
    "azure-pipelines.yml",
    "Jenkinsfile",
    ".drone.yml",
    "build.gradle",
    "build.gradle.kts",
    "pom.xml",
    "lefthook.yml",
    "eslint.config.js",
    ".pre-commit-config.yaml",
];

/// Machine-readable declarations.
const DECLARED_MAX: usize = 4;
/// Most secrets with known lines.
const SECRETS_SHOWN: usize = 100;

/// Reads and caches files of the scan.
struct Files<'a> {
    sources: &'a [&'a dyn Source],
}

impl Files<'_> {
    /// The first `max` bytes of the file at `path`.
    fn read(&self, path: &RepoPath, max: usize) -> Option<Vec<u8>> {
        let file = self.sources.iter().find_map(|source| source.file(path)?.ok())?;
        let mut bytes = Vec::new();
        file.take(max as u64).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

/// All evidence about the claims of `repository`; none without a security policy.
pub(super) fn gather(repository: &Repository, context: &Context<'_>) -> Policy {
    let (sources, now) = (context.files, context.now);
    let paths = &repository.paths;
    let files = Files { sources };
    let mut facts = Policy { now, ..Policy::default() };
    declarations(&mut facts, repository, &files);
    let is_text = |path: &&RepoPath| facts.declared.iter().all(|declared| declared.path != **path);
    let policy = find(paths, &POLICIES).filter(is_text);
    if policy.is_none() && facts.declared.is_empty() {
        return Policy::default();
    }
    facts.origin = sources.iter().find_map(|source| slug(source.origin()?));
    // Without a policy the other texts are not checked.
    let beside = |names: &[&str]| policy.and_then(|_| find(paths, names));
    for (path, role) in
        [(policy, Role::Policy), (beside(&READMES), Role::Readme), (beside(&GUIDES), Role::Contributing)]
    {
        let Some((path, bytes)) = path.and_then(|path| Some((path, files.read(path, TEXT_MAX + 1)?))) else {
            continue;
        };
        let text = Text::read(path.file_name(), &bytes);
        let changed = (role == Role::Policy)
            .then(|| sources.iter().find_map(|source| source.last_changed(path)))
            .flatten();
        facts.documents.push(Document { path: path.clone(), role, text, changed });
        facts.files.insert(path.clone(), bytes);
    }
    scripts(&mut facts, repository, &files);
    versions::add(&mut facts, repository, &files);
    history::add(&mut facts, sources);
    rust::add(&mut facts, repository, &files);
    facts.ignored = Ignored::of(context.files).root();
    facts.secrets = context.secrets.map(<[SecretAt]>::to_vec);
    let shown = facts.secrets.iter().flatten().take(SECRETS_SHOWN).map(|secret| secret.path.clone());
    for path in shown.collect::<Vec<_>>() {
        if let Some(bytes) = files.read(&path, SCRIPT_MAX) {
            facts.files.entry(path).or_insert(bytes);
        }
    }
    facts
}

/// The first file with one of `names`, directory by directory.
fn find<'a>(paths: &'a [RepoPath], names: &[&str]) -> Option<&'a RepoPath> {
    FOLDERS.iter().find_map(|folder| {
        let is_here = |path: &&RepoPath| {
            let path = path.as_bytes();
            path.len() > folder.len()
                && path[..folder.len()].eq_ignore_ascii_case(folder.as_bytes())
                && !path[folder.len()..].contains(&b'/')
        };
        let start = paths.partition_point(|path| path.as_bytes() < folder.as_bytes());
        let here = paths[start..].iter().filter(is_here);
        let rank = |path: &RepoPath| {
            names.iter().position(|name| path.file_name().eq_ignore_ascii_case(name.as_bytes()))
        };
        here.filter_map(|path| Some((rank(path)?, path))).min().map(|(_, path)| path)
    })
}

/// Reads machine-readable declarations.
fn declarations(facts: &mut Policy, repository: &Repository, files: &Files<'_>) {
    let is_txt = |path: &RepoPath| {
        let whole = path.as_bytes();
        whole == b"security.txt"
            || whole == b".well-known/security.txt"
            || whole.ends_with(b"/.well-known/security.txt") && path.depth() <= 4
    };
    let is_insights = |path: &RepoPath| {
        let lower = path.as_bytes().to_ascii_lowercase();
        let name = lower.strip_prefix(b".github/").unwrap_or(&lower);
        name == b"security-insights.yml" || name == b"security-insights.yaml"
    };
    let wanted = repository.paths.iter().filter(|path| {
        (is_txt(path) || is_insights(path)) && !repository.is_aside(path) && Class::of(path) != Class::Example
    });
    for path in wanted.take(DECLARED_MAX) {
        let Some(bytes) = files.read(path, SCRIPT_MAX) else { continue };
        let entries = if is_txt(path) { declared::security_txt(&bytes) } else { declared::insights(&bytes) };
        if let Some(entries) = entries {
            facts.declared.push(Declared { path: path.clone(), entries });
            facts.files.insert(path.clone(), bytes);
        }
    }
}

/// Reads the build files and scripts of the project.
fn scripts(facts: &mut Policy, repository: &Repository, files: &Files<'_>) {
    let is_script = |path: &RepoPath| {
        let name = path.file_name();
        let is_build = BUILDS.iter().any(|build| name == build.as_bytes());
        let is_shell = [&b".sh"[..], b".bash", b".ps1", b".mk"].iter().any(|ending| name.ends_with(ending));
        let folder = path.folder();
        let folders: [&[u8]; 9] =
            [b"scripts", b"script", b"bin", b"ci", b".ci", b"hack", b"tools", b"build", b".github"];
        let is_for_it =
            folders.iter().any(|one| folder == *one || folder.starts_with(&[one, &b"/"[..]].concat()));
        // Scripts without an extension are in script directories.
        let is_bare = is_for_it && !name.contains(&b'.') && path.depth() <= 2;
        is_build && path.depth() <= 1
            || is_shell && (path.depth() == 0 || is_for_it)
            || is_bare
            || path.as_bytes() == b".circleci/config.yml"
    };
    let wanted = repository.paths.iter().filter(|path| is_script(path) && !repository.is_aside(path));
    for path in wanted.take(SCRIPTS_MAX) {
        if let Some(bytes) = files.read(path, SCRIPT_MAX) {
            facts.scripts.insert(path.clone(), bytes);
        }
    }
}
