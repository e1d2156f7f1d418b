//! The hardening analysis: workflows, actions and related files, collected and then evaluated together.

mod beside;
mod dockerfiles;
mod env_files;
mod ignored;
mod policy;
mod releases;
mod settings;
mod workload;

use std::collections::BTreeMap;

use crate::engine::repository::actions::Actions;
use crate::engine::repository::{Document, File, Kind, Repository};
use crate::engine::{Check, Reads, Run};
use crate::model::{Blob, Outcome, Problem, RepoPath, SkipReason};
use crate::parse::workflow::{self, Mistake, Workflow};
use crate::parse::yaml;
use crate::scan::analysis::{Analysis, Context, Shared, Verdict, report};
use crate::scan::provenance::dropped;
use crate::source::Source;

/// Bytes of workflows and other documents kept in memory.
const KEPT_MAX: usize = 64 << 20;

/// The kinds of workflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flavour {
    GitHub,
    Action,
    GitLab,
}

/// The role of a file in the analysis.
enum Seen {
    /// A workflow with its kind and bytes.
    Workflow(Flavour, Result<Box<Workflow>, Mistake>, Vec<u8>),
    /// Another document.
    Document(Kind, yaml::Document, Option<Mistake>, Vec<u8>),
    /// A `package.json` at the root that configures Renovate.
    Renovate,
}

/// Classifies `blob`; none for nearly all files.
fn look(blob: &Blob<'_>) -> Option<Seen> {
    let path = blob.path.as_bytes();
    let read = match blob.path.file_name() {
        // Regardless of its name.
        _ if workflow::is_workflow(path) => Some((Flavour::GitHub, workflow::github(blob.bytes))),
        name if workflow::is_action_name(name) => Some((Flavour::Action, workflow::action(blob.bytes))),
        _ if path == b".gitlab-ci.yml" => Some((Flavour::GitLab, workflow::gitlab(blob.bytes))),
        _ => None,
    };
    if let Some((flavour, read)) = read {
        return Some(Seen::Workflow(flavour, read.map(Box::new), blob.bytes.to_vec()));
    }
    if let Some(kind) = document(path) {
        let (document, mistake) = yaml::read_partial(blob.bytes);
        return Some(Seen::Document(kind, document, mistake, blob.bytes.to_vec()));
    }
    if path == b"package.json" && memchr::memmem::find(blob.bytes, b"\"renovate\":").is_some() {
        return Some(Seen::Renovate);
    }
    None
}

fn document(path: &[u8]) -> Option<Kind> {
    match path {
        b".github/dependabot.yml" | b".github/dependabot.yaml" => Some(Kind::Dependabot),
        b".pre-commit-config.yaml" | b".pre-commit-config.yml" => Some(Kind::HookConfig),
        _ => None,
    }
}

/// The hardening analysis.
pub(super) struct Hardening<'a> {
    checks: Vec<&'a Check>,
    /// True if releases are checked.
    releases: bool,
    /// True if Dockerfiles are checked.
    dockerfiles: bool,
    /// True if other files are checked.
    beside: bool,
    /// True if invisible text is checked.
    texts: bool,
    /// True if the project's claims are checked.
    policy: bool,
    /// Which actions may be used.
    wanted: &'a Actions,
    /// True if compose files and manifests are checked.
    workloads: bool,
    /// True if settings of agents and editors are checked.
    settings: bool,
    /// True if environment files are checked.
    env_files: bool,
    /// True in CI.
    ci: bool,
}

impl<'a> Hardening<'a> {
    pub(super) fn new(checks: &'a [Check], wanted: &'a Actions, ci: bool) -> Self {
        let is_ours =
            |check: &&Check| matches!(check.run, Run::Releases(_) | Run::Repository { .. } | Run::Claims(_));
        let checks: Vec<&Check> = checks.iter().filter(is_ours).collect();
        let read = |wanted| {
            checks.iter().any(|check| matches!(check.run, Run::Repository { reads, .. } if reads == wanted))
        };
        let (beside, texts) = (read(Reads::Beside), read(Reads::Texts));
        let env_files = read(Reads::EnvFiles);
        let workloads = read(Reads::Workloads) || read(Reads::Containers) || env_files;
        // Claims about containers are compared with Dockerfiles.
        let policy = read(Reads::Policy);
        let dockerfiles = read(Reads::Dockerfiles) || read(Reads::Containers) || policy;
        let releases = checks.iter().any(|check| matches!(check.run, Run::Releases(_)));
        let settings = read(Reads::Settings);
        Self {
            releases,
            beside,
            texts,
            policy,
            workloads,
            dockerfiles,
            settings,
            env_files,
            ci,
            checks,
            wanted,
        }
    }
}

impl Analysis for Hardening<'_> {
    type Facts = Facts;
    const ACT: &'static str = "checking workflows and related files";
    const EVALUATES_RANGES: bool = true;

    fn checks(&self) -> &[&Check] {
        &self.checks
    }

    fn see(&self, blob: &Blob<'_>, facts: &Shared<Facts>) {
        if !blob.tracked {
            return;
        }
        if let Some(seen) = look(blob) {
            facts.with(|facts| facts.add(blob.path, seen));
        }
        if let Some(seen) = self.dockerfiles.then(|| dockerfiles::look(blob)).flatten() {
            facts.with(|facts| facts.has_room(seen.len()).then(|| facts.dockerfiles.add(blob.path, seen)));
        }
        if let Some(seen) = self.releases.then(|| releases::look(blob)).flatten() {
            facts.with(|facts| facts.signing.add(blob.path, seen));
        }
        if let Some(seen) = self.beside.then(|| beside::look(blob)).flatten() {
            facts.with(|facts| facts.has_room(seen.len()).then(|| facts.beside.add(blob.path, seen)));
        }
        if let Some(hidden) = self.texts.then(|| beside::hidden(blob)).flatten() {
            facts.with(|facts| facts.has_room(hidden.bytes.len()).then(|| facts.beside.add_hidden(hidden)));
        }
        if let Some(seen) = self.workloads.then(|| workload::look(blob)).flatten() {
            facts.with(|facts| facts.has_room(seen.len()).then(|| facts.workloads.add(blob.path, seen)));
        }
        if let Some(seen) = self.env_files.then(|| env_files::look(blob)).flatten() {
            facts.with(|facts| facts.has_room(seen.len()).then(|| facts.env_files.add(blob.path, seen)));
        }
        if let Some(seen) = self.settings.then(|| settings::look(blob)).flatten() {
            facts.with(|facts| facts.has_room(seen.len()).then(|| facts.settings.add(blob.path, seen)));
        }
    }

    fn skipped(&self, path: &RepoPath, reason: SkipReason, facts: &Shared<Facts>) {
        if self.beside && reason == SkipReason::TooLarge {
            facts.with(|facts| facts.beside.add_large(path));
        }
    }

    fn evaluate(&self, mut facts: Facts, context: &Context<'_>) -> Verdict {
        let mut verdict =
            Verdict { problems: facts.problems(), notices: facts.notices(), ..Verdict::default() };
        let any = !facts.workflows.is_empty();
        let releases = if self.releases { facts.releases() } else { Vec::new() };
        let env_files = std::mem::take(&mut facts.env_files);
        let mut repository = facts.into_repository(context.files);
        if self.env_files && !repository.paths.is_empty() {
            repository.env_files =
                env_files.finish(context.files, &repository.paths, &repository.workloads, self.ci);
        }
        repository.wanted = self.wanted.clone();
        verdict.problems.extend(workload::problems(&repository.workloads));
        verdict.not_checked.extend(workload::not_checked(&repository.workloads));
        if self.policy && repository.is_whole {
            repository.policy = policy::gather(&repository, context);
        }
        let content = |path: &RepoPath| content(&repository, path);
        let is_history = !context.files.is_empty() && context.files.iter().all(|source| !source.has_files());
        let is_empty = repository.files().next().is_none() && repository.documents.is_empty();
        for check in &self.checks {
            match check.run {
                Run::Releases(run) => {
                    verdict.outcomes.extend((!any).then_some((check.meta.id, Outcome::NotApplicable)));
                    report::add(&mut verdict, check, &content, context.key, |reports| {
                        run(&releases, reports)
                    });
                }
                Run::Repository { reads, whole, run, .. } => {
                    if is_history {
                        let why = "history alone, or a range with several tips, has no single state of the files; scan the \
                                   worktree, with `--base` for what a change introduces";
                        verdict.outcomes.insert(check.meta.id, Outcome::NotChecked(why.to_owned()));
                        continue;
                    }
                    let is_empty = match reads {
                        Reads::Workflows => is_empty,
                        Reads::Workloads => repository.workloads.is_empty(),
                        Reads::Settings => !repository.settings.is_any,
                        Reads::Dockerfiles => repository.dockerfiles.is_empty(),
                        Reads::Containers => {
                            repository.workloads.is_empty() && repository.dockerfiles.is_empty()
                        }
                        Reads::Policy => repository.policy.is_empty(),
                        Reads::Beside | Reads::Texts | Reads::EnvFiles => false,
                    };
                    let of_workloads = matches!(reads, Reads::Workloads | Reads::Containers);
                    if is_empty && of_workloads && !repository.workloads.templates.is_empty() {
                        let why = "all manifests are templates, which are not rendered; scan the rendered manifests";
                        verdict.outcomes.insert(check.meta.id, Outcome::NotChecked(why.to_owned()));
                        continue;
                    }
                    if whole && !repository.is_whole || (!whole || reads == Reads::Policy) && is_empty {
                        verdict.outcomes.insert(check.meta.id, Outcome::NotApplicable);
                        continue;
                    }
                    report::add(&mut verdict, check, &content, context.key, |reports| {
                        run(&repository, reports)
                    });
                }
                _ => {}
            }
        }
        for check in &self.checks {
            let Run::Claims(run) = check.run else { continue };
            if verdict.claims.is_empty() {
                verdict.outcomes.insert(check.meta.id, Outcome::NotApplicable);
            }
            let claims = std::mem::take(&mut verdict.claims);
            report::add(&mut verdict, check, &content, context.key, |reports| run(&claims, reports));
            verdict.claims.extend(claims);
        }
        verdict.promises = policy::promises(&verdict.claims, &repository.policy);
        verdict.claims.sort_by(|a, b| (&a.place.path, a.place.span).cmp(&(&b.place.path, b.place.span)));
        let exhausted = repository.files().filter(|file| file.is_exhausted());
        verdict.problems.extend(exhausted.map(|file| Problem {
            path: Some(file.path.clone()),
            message: "this file has too many data flows between steps to follow all of them; review or exclude it"
                .to_owned(),
        }));
        verdict
    }
}

/// The content of the file at `path`, if kept.
fn content<'a>(repository: &'a Repository, path: &RepoPath) -> Option<&'a [u8]> {
    let files = repository.files().map(|file| (&file.path, &file.bytes));
    let documents = repository.documents.iter().map(|document| (&document.path, &document.bytes));
    let workloads = repository.workloads.files.iter().map(|file| (&file.path, &file.bytes));
    let beside = repository.beside.files().chain(repository.settings.files());
    let beside = beside.chain(repository.policy.files());
    let dockerfiles = repository.dockerfiles.iter().map(|file| (&file.path, &file.bytes));
    let manifests = repository.env_files.manifests.iter().map(|(path, bytes)| (path, bytes));
    let containers = workloads.chain(dockerfiles).chain(manifests);
    let mut all = files.chain(documents).chain(beside).chain(containers);
    all.find(|(known, _)| *known == path).map(|(_, bytes)| bytes.as_slice())
}

/// The collected files.
#[derive(Default)]
pub(super) struct Facts {
    workflows: BTreeMap<RepoPath, Parsed>,
    documents: BTreeMap<RepoPath, (Document, Option<Mistake>)>,
    signing: releases::Signing,
    renovates: bool,
    beside: beside::Kept,
    workloads: workload::Kept,
    settings: settings::Kept,
    dockerfiles: dockerfiles::Kept,
    env_files: env_files::Kept,
    bytes: usize,
    dropped: usize,
}

/// A workflow or action.
struct Parsed {
    flavour: Flavour,
    workflow: Workflow,
    bytes: Vec<u8>,
    /// Why it could not be read.
    mistake: Option<Mistake>,
}

impl Facts {
    /// Stores what [`look`] found at `path`.
    fn add(&mut self, path: &RepoPath, seen: Seen) {
        let bytes = match &seen {
            Seen::Workflow(_, _, bytes) | Seen::Document(.., bytes) => bytes.len(),
            Seen::Renovate => 0,
        };
        if !self.has_room(bytes) {
            return;
        }
        match seen {
            Seen::Workflow(flavour, read, bytes) => {
                let (workflow, mistake) = match read {
                    Ok(workflow) => (*workflow, None),
                    Err(mistake) => (Workflow::default(), Some(mistake)),
                };
                self.workflows.insert(path.clone(), Parsed { flavour, workflow, bytes, mistake });
            }
            Seen::Document(kind, yaml, mistake, bytes) => {
                let document = Document { path: path.clone(), bytes, kind, yaml };
                self.documents.insert(path.clone(), (document, mistake));
            }
            Seen::Renovate => self.renovates = true,
        }
    }

    /// Reserves bytes, if they fit.
    const fn has_room(&mut self, bytes: usize) -> bool {
        let fits = self.bytes.saturating_add(bytes) <= KEPT_MAX;
        if fits {
            self.bytes += bytes;
        } else {
            self.dropped += 1;
        }
        fits
    }

    /// Unreadable parts.
    fn problems(&mut self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = dropped(self.dropped, "workflows", KEPT_MAX).into_iter().collect();
        let mut say =
            |path: &RepoPath, message: String| problems.push(Problem { path: Some(path.clone()), message });
        for (path, file) in &self.workflows {
            let what = if file.flavour == Flavour::Action { "action" } else { "workflow" };
            if let Some(mistake) = &file.mistake {
                say(path, format!("line {}: this {what} cannot be read: {}", mistake.line, mistake.message));
            }
            for mistake in &file.workflow.unread {
                say(
                    path,
                    format!(
                        "line {}: a part of this {what} cannot be parsed: {}",
                        mistake.line, mistake.message
                    ),
                );
            }
            if file.workflow.cut {
                say(path, "it has too many jobs or steps; the others were not checked".to_owned());
            }
        }
        for (path, (_, mistake)) in &self.documents {
            if let Some(mistake) = mistake {
                say(
                    path,
                    format!(
                        "line {}: this file cannot be parsed from here on: {}",
                        mistake.line, mistake.message
                    ),
                );
            }
        }
        problems.extend(self.settings.problems());
        problems.extend(self.dockerfiles.unread(true));
        problems
    }

    /// Oddities that do not prevent reading.
    fn notices(&self) -> Vec<Problem> {
        let unknown = self.workflows.iter().flat_map(|(path, file)| {
            file.workflow.unknown.iter().map(move |mistake| Problem {
                path: Some(path.clone()),
                message: format!("line {}: {}", mistake.line, mistake.message),
            })
        });
        unknown.chain(self.dockerfiles.unread(false)).collect()
    }

    fn into_repository(self, sources: &[&dyn Source]) -> Repository {
        let mut repository = Repository {
            is_whole: sources.iter().any(|source| !source.is_change() && !source.is_history()),
            owner: sources.iter().find_map(|source| owner(source.origin()?)),
            renovates: self.renovates,
            documents: self.documents.into_values().map(|(document, _)| document).collect(),
            ..Repository::default()
        };
        if repository.is_whole {
            for source in sources {
                source.listed(&mut |path| repository.paths.push(RepoPath::new(path)));
            }
            repository.paths.sort();
            repository.paths.dedup();
        }
        let is_tracked =
            |path: &RepoPath| repository.paths.is_empty() || repository.has_path(path.as_bytes());
        let beside = self.beside.finish(sources, &is_tracked);
        let workloads = self.workloads.finish(sources, &is_tracked);
        let settings = self.settings.finish(sources, &is_tracked);
        (repository.beside, repository.workloads, repository.settings) = (beside, workloads, settings);
        repository.dockerfiles = self.dockerfiles.finish(sources, &repository.paths);
        for (path, Parsed { flavour, workflow, bytes, .. }) in self.workflows {
            let file = File::new(path, bytes, workflow);
            match flavour {
                Flavour::GitHub => repository.workflows.push(file),
                Flavour::Action => repository.actions.push(file),
                Flavour::GitLab => {}
            }
        }
        repository.link();
        repository
    }
}

/// The owner of the repository at the URL `origin`, if it is on GitHub: `https://github.com/owner/name`,
/// `git@github.com:owner/name`.
fn owner(origin: &str) -> Option<String> {
    let (_, rest) = origin.split_once("github.com")?;
    let owner = rest.trim_start_matches([':', '/']).split('/').next()?;
    (!owner.is_empty()).then(|| owner.to_owned())
}
