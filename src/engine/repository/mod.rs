//! Input of hardening checks: workflows, actions and related files.

pub mod actions;
pub mod agents;
pub mod approval;
pub mod bases;
pub mod beside;
pub mod checkout;
pub mod class;
pub mod condition;
pub mod context;
pub mod dockerfiles;
pub mod download;
pub mod env_files;
pub mod environment;
pub mod fix;
pub mod flow;
pub mod git;
pub mod head;
pub mod host;
pub mod images;
pub mod launch;
pub mod password;
pub mod policy;
pub mod release;
pub mod runner;
pub mod settings;
pub mod trust;
pub mod updates;
pub mod user;
pub mod verification;
pub mod workload;

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

use crate::model::{RepoPath, Span, content_hash};
use crate::parse::workflow::{Entry, Job, Permissions, Step, Text, Workflow, is_local};
use crate::parse::yaml;

/// Work that is done for following what a file says, whatever its size, and for each byte of it, in units of some ten
/// nanoseconds: a workflow as people write them takes a hundredth of it.
const WORK_MIN: usize = 4_000_000;
const WORK_A_BYTE: usize = 20;

/// All that is known of a repository's own hardening. Files are sorted by path.
#[derive(Debug, Default)]
pub struct Repository {
    /// Workflows of GitHub and of forges like it.
    pub workflows: Vec<File>,
    /// Actions: `action.yml` in whatever folder.
    pub actions: Vec<File>,
    /// The jobs and steps that call a file of this repository, by its path.
    pub(crate) calls: BTreeMap<RepoPath, Vec<Call>>,
    /// Further configuration in YAML.
    pub documents: Vec<Document>,
    /// Which actions may be used, as the configuration says.
    pub wanted: actions::Actions,
    /// Who has the repository on GitHub, as its remote `origin` says.
    pub owner: Option<String>,
    /// Paths of all tracked files, sorted; none of a change, of a part of a repository, and outside of one.
    pub paths: Vec<RepoPath>,
    /// Dockerfiles.
    pub dockerfiles: Vec<dockerfiles::Dockerfile>,
    /// Files beside the workflows.
    pub beside: beside::Beside,
    /// Compose files and manifests of Kubernetes.
    pub workloads: workload::Workloads,
    /// Settings of agents and editors, and instructions for agents.
    pub settings: settings::Settings,
    /// The project's claims and the evidence.
    pub policy: policy::Policy,
    /// Files of variables that stay on one machine.
    pub env_files: env_files::EnvFiles,
    /// True if a `package.json` configures Renovate.
    pub renovates: bool,
    /// True if all files were read, not only changed ones, so absence can be reported.
    pub is_whole: bool,
}

/// A job or step that calls a file, by numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    by_action: bool,
    file: usize,
    job: usize,
    step: Option<usize>,
}

/// A workflow or an action.
#[derive(Debug)]
pub struct File {
    /// Where it is.
    pub path: RepoPath,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What it says.
    pub workflow: Workflow,
    /// The names of the secrets that each job is given, in the order of the jobs.
    secrets: Vec<Vec<String>>,
    /// For each job the first step that asks whether who started it may write to the repository.
    asking: OnceCell<Vec<Option<usize>>>,
    /// The hash of `bytes`.
    hash: OnceCell<u64>,
    /// What may still be followed from this file, in units of some ten nanoseconds.
    left: Cell<usize>,
    /// True once that was not enough.
    is_exhausted: Cell<bool>,
}

impl File {
    /// The file at `path`, which says `workflow`.
    #[must_use]
    pub fn new(path: RepoPath, bytes: Vec<u8>, workflow: Workflow) -> Self {
        let secrets = workflow.jobs.iter().map(|job| trust::secrets(&bytes, &workflow, job)).collect();
        let left = Cell::new(WORK_MIN + WORK_A_BYTE * bytes.len());
        let (asking, hash) = (OnceCell::new(), OnceCell::new());
        Self { path, bytes, workflow, secrets, asking, hash, left, is_exhausted: Cell::new(false) }
    }

    /// The [`content_hash`] of the file.
    #[must_use]
    pub fn content_hash(&self) -> u64 {
        *self.hash.get_or_init(|| content_hash(&self.bytes))
    }

    /// The first step of `job` that asks whether who started it may write to the repository, by number.
    fn asking_step(&self, job: &Job) -> Option<usize> {
        let asking = self.asking.get_or_init(|| trust::asking_steps(&self.workflow.jobs));
        asking.get(index_in(&self.workflow.jobs, job)?).copied().flatten()
    }

    /// Takes `units` of work from what is left for this file; false if there is not so much.
    #[must_use]
    pub fn spend(&self, units: usize) -> bool {
        let left = self.left.get().checked_sub(units);
        self.left.set(left.unwrap_or(0));
        self.is_exhausted.set(self.is_exhausted.get() || left.is_none());
        left.is_some()
    }

    /// True if not all was followed that leads from this file to others, or from step to step.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.is_exhausted.get()
    }

    /// The names of the secrets that `job` is given, sorted, `GITHUB_TOKEN` not among them; `all` for all of them.
    #[must_use]
    pub fn secrets(&self, job: &Job) -> &[String] {
        let at = index_in(&self.workflow.jobs, job);
        at.and_then(|at| self.secrets.get(at)).map_or(&[], Vec::as_slice)
    }
}

/// What a document configures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Updates by Dependabot: `.github/dependabot.yml`.
    Dependabot,
    /// Hooks of pre-commit: `.pre-commit-config.yaml`.
    HookConfig,
}

/// A configuration in YAML.
#[derive(Debug)]
pub struct Document {
    /// Where it is.
    pub path: RepoPath,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What it configures.
    pub kind: Kind,
    /// What it says.
    pub yaml: yaml::Document,
}

/// A place in a workflow or action: a job, and a step of it.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The file.
    pub file: &'a File,
    /// The job; of an action all that it does.
    pub job: &'a Job,
    /// The step, if it is one.
    pub step: Option<&'a Step>,
}

impl<'a> Site<'a> {
    /// The shell that runs the commands of the step, as far as anything names one: `bash`, `pwsh`.
    #[must_use]
    pub fn shell(&self) -> Option<&'a str> {
        let named = self.step.and_then(|step| step.shell.as_ref());
        let named = named.or(self.job.shell.as_ref()).or(self.file.workflow.shell.as_ref());
        named.map(|shell| shell.text.split_whitespace().next().unwrap_or(""))
    }

    /// What is said of the token of the job: by itself, else by its workflow.
    #[must_use]
    pub const fn permissions(&self) -> &'a Permissions {
        trust::effective(self.file, self.job)
    }

    /// The value of a variable: that of the step, else of the job, else of the workflow.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&'a Text> {
        self.variables().find(|entry| entry.name.eq_ignore_ascii_case(name)).map(|entry| &entry.value)
    }

    /// The variables of the step, the job and the workflow, the nearest first.
    pub fn variables(&self) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let own = self.step.map_or(&[][..], |step| &step.env);
        [own, &self.job.env, &self.file.workflow.env].into_iter().flatten()
    }

    /// The steps before this one, in their order; all steps if the site is a job. Empty once the work limit of the file is reached.
    #[must_use]
    pub fn steps_before(&self) -> &'a [Step] {
        let at = self.step.and_then(|step| index_in(&self.job.steps, step));
        self.afforded(&self.job.steps[..at.unwrap_or(self.job.steps.len())])
    }

    /// The steps behind this one. Empty once the work limit of the file is reached.
    #[must_use]
    pub fn steps_behind(&self) -> &'a [Step] {
        let at = self.step.and_then(|step| index_in(&self.job.steps, step));
        at.map_or(&[], |at| self.afforded(&self.job.steps[at + 1..]))
    }

    /// `steps`, if there is still work left for looking through them.
    fn afforded(&self, steps: &'a [Step]) -> &'a [Step] {
        let bytes = match (steps.first(), steps.last()) {
            (Some(first), Some(last)) => last.span.end.saturating_sub(first.span.start),
            _ => 0,
        };
        if self.file.spend(steps.len() + bytes / 16) { steps } else { &[] }
    }

    /// Where `range` of a text of this file stands in it.
    #[must_use]
    pub fn locate(&self, text: &Text, range: std::ops::Range<usize>) -> Span {
        text.locate(&self.file.bytes, range)
    }
}

impl Repository {
    /// Notes who calls whom, once all files are there and sorted.
    pub fn link(&mut self) {
        let mut calls: BTreeMap<RepoPath, Vec<Call>> = BTreeMap::new();
        let mut note = |uses: Option<&Text>, call: Call| {
            if let Some(called) = uses.and_then(|uses| self.called(&uses.text)) {
                calls.entry(called.path.clone()).or_default().push(call);
            }
        };
        for (by_action, files) in [(false, &self.workflows), (true, &self.actions)] {
            for (file, one) in files.iter().enumerate() {
                for (job, of) in one.workflow.jobs.iter().enumerate() {
                    note(of.uses.as_ref(), Call { by_action, file, job, step: None });
                    for (step, of) in of.steps.iter().enumerate() {
                        note(of.uses.as_ref(), Call { by_action, file, job, step: Some(step) });
                    }
                }
            }
        }
        self.calls = calls;
    }

    /// Workflows and actions.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.workflows.iter().chain(&self.actions)
    }

    /// Every job of every workflow; actions are not among them.
    pub fn jobs(&self) -> impl Iterator<Item = Site<'_>> {
        self.workflows
            .iter()
            .flat_map(|file| file.workflow.jobs.iter().map(move |job| Site { file, job, step: None }))
    }

    /// Every step of every workflow and action.
    pub fn steps(&self) -> impl Iterator<Item = Site<'_>> {
        self.files().flat_map(|file| {
            let jobs = file.workflow.jobs.iter();
            jobs.flat_map(move |job| job.steps.iter().map(move |step| Site { file, job, step: Some(step) }))
        })
    }

    /// What jobs and steps use: actions, images, called workflows.
    pub fn uses(&self) -> impl Iterator<Item = (Site<'_>, &Text)> {
        let jobs = self.jobs().filter_map(|site| Some((site, site.job.uses.as_ref()?)));
        jobs.chain(self.steps().filter_map(|site| Some((site, site.step?.uses.as_ref()?))))
    }

    /// The conditions of jobs and steps.
    pub fn conditions(&self) -> impl Iterator<Item = (Site<'_>, &Text)> {
        let jobs = self.jobs().filter_map(|site| Some((site, site.job.condition.as_ref()?)));
        jobs.chain(self.steps().filter_map(|site| Some((site, site.step?.condition.as_ref()?))))
    }

    /// True if `file` is an action, not a workflow.
    #[must_use]
    pub fn is_action(&self, file: &File) -> bool {
        find(&self.actions, file.path.as_bytes()).is_some_and(|action| std::ptr::eq(action, file))
    }

    /// The workflow or action of this repository that `uses` names.
    #[must_use]
    pub fn called(&self, uses: &str) -> Option<&File> {
        let uses = uses.trim();
        if !is_local(uses) {
            return None;
        }
        let path = uses.get(2..).unwrap_or("").trim_end_matches('/');
        let path = path.split('@').next().unwrap_or(path);
        if path.ends_with(".yml") || path.ends_with(".yaml") {
            return find(&self.workflows, path.as_bytes());
        }
        let slash = if path.is_empty() { "" } else { "/" };
        ["action.yml", "action.yaml"]
            .into_iter()
            .find_map(|name| find(&self.actions, format!("{path}{slash}{name}").as_bytes()))
    }

    /// The jobs and steps of this repository that call `file`.
    pub fn callers<'a>(&'a self, file: &'a File) -> impl Iterator<Item = Site<'a>> {
        self.calls.get(&file.path).into_iter().flatten().filter_map(|call| {
            let files = if call.by_action { &self.actions } else { &self.workflows };
            let file = files.get(call.file)?;
            let job = file.workflow.jobs.get(call.job)?;
            Some(Site { file, job, step: call.step.and_then(|step| job.steps.get(step)) })
        })
    }

    /// True if git tracks a file at `path`.
    #[must_use]
    pub fn has_path(&self, path: &[u8]) -> bool {
        self.paths.binary_search_by(|known| known.as_bytes().cmp(path)).is_ok()
    }

    /// The documents of a kind.
    pub fn documents(&self, kind: Kind) -> impl Iterator<Item = &Document> {
        self.documents.iter().filter(move |document| document.kind == kind)
    }
}

/// Where in `all` the item `one` of it is.
fn index_in<T>(all: &[T], one: &T) -> Option<usize> {
    let offset = std::ptr::from_ref(one).addr().checked_sub(all.as_ptr().addr())?;
    let at = offset / size_of::<T>().max(1);
    all.get(at).filter(|there| std::ptr::eq(*there, one)).map(|_| at)
}

fn find<'a>(files: &'a [File], path: &[u8]) -> Option<&'a File> {
    let at = files.binary_search_by(|file| file.path.as_bytes().cmp(path)).ok()?;
    files.get(at)
}
