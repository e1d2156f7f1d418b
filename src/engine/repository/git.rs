//! Uses of the token that a checkout leaves for `git`.

use super::{Repository, Site};
use crate::model::Span;
use crate::parse::command;
use crate::parse::workflow::Step;

/// Commands of `git` that write to where the repository came from.
const WRITES: [&str; 1] = ["push"];
/// Commands of `git` that read from there, for which a private repository wants the token.
const READS: [&str; 5] = ["fetch", "pull", "ls-remote", "submodule", "lfs"];

/// Programs that push with `git` by themselves, and the command of theirs that does.
const PROGRAMS: [(&str, &str); 8] = [
    ("semantic-release", ""),
    ("lerna", "version"),
    ("lerna", "publish"),
    ("mike", "deploy"),
    ("mkdocs", "gh-deploy"),
    ("gh-pages", ""),
    ("release-plz", "release-pr"),
    ("release-it", ""),
];

/// Actions that push with the checkout's token.
const PUSHING: [&str; 10] = [
    "stefanzweifel/git-auto-commit-action",
    "endbug/add-and-commit",
    "rickstaa/action-create-tag",
    "terraform-docs/gh-actions",
    "helm/chart-releaser-action",
    "release-plz/action",
    "marcoieni/release-plz-action",
    "changesets/action",
    "devops-infra/action-commit-push",
    "test-room-7/action-update-file",
];

/// A use of the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Where it stands, if that is in the file of the job.
    pub span: Option<Span>,
    /// What it is: `git push`.
    pub what: String,
    /// True if it writes; what reads needs no token where the repository is public.
    pub writes: bool,
}

/// The most steps of a local action that are looked at.
const INNER_MAX: usize = 200;

impl Repository {
    /// For each step of the job at `site` what works with the token that a checkout there leaves, in it or behind it:
    /// the first that pushes, else the first that reads. What scripts of the repository do is not known.
    #[must_use]
    pub fn uses_of_token(&self, site: Site<'_>) -> Vec<Option<Use>> {
        let (mut write, mut read) = (None, None);
        let mut all: Vec<Option<Use>> = Vec::with_capacity(site.job.steps.len());
        for step in site.job.steps.iter().rev() {
            match self.of_step(Site { step: Some(step), ..site }) {
                Some(found) if found.writes => write = Some(found),
                Some(found) => read = Some(found),
                None => {}
            }
            all.push(write.clone().or_else(|| read.clone()));
        }
        all.reverse();
        all
    }

    /// What of a step works with the token, or of the local action that it uses.
    fn of_step(&self, site: Site<'_>) -> Option<Use> {
        let own = of_step(site);
        let uses = site.step.and_then(|step| step.uses.as_ref());
        let Some(action) = uses.and_then(|uses| self.called(&uses.text)) else { return own };
        let jobs = action.workflow.jobs.iter();
        let steps = jobs.flat_map(|job| job.steps.iter().map(move |step| (job, step))).take(INNER_MAX);
        let mut read = None;
        for (job, step) in steps {
            let found = of_step(Site { file: action, job, step: Some(step) });
            match found.map(|found| Use { span: None, ..found }) {
                Some(found) if found.writes => return Some(found),
                Some(found) => read = read.or(Some(found)),
                None => {}
            }
        }
        read
    }
}

fn of_step(site: Site<'_>) -> Option<Use> {
    let step = site.step?;
    if let Some(uses) = step.uses.as_ref().filter(|_| step.uses_any(&PUSHING)) {
        return Some(Use { span: Some(uses.span), what: format!("`{}`", uses.text.trim()), writes: true });
    }
    of_script(site, step)
}

fn of_script(site: Site<'_>, step: &Step) -> Option<Use> {
    let run = step.run.as_ref()?;
    let text = run.text.as_bytes();
    let mut read = None;
    for at in command::programs(text, b"git") {
        let command = command::read(text, at);
        let mut words = command.words.iter().skip(1).map(|word| String::from_utf8_lossy(&word.text));
        let mut name = None;
        while let Some(word) = words.next() {
            match word.as_ref() {
                "-C" | "-c" | "--git-dir" | "--work-tree" => drop(words.next()),
                flag if flag.starts_with('-') => {}
                other => {
                    name = Some(other.to_owned());
                    break;
                }
            }
        }
        let Some(name) = name else { continue };
        let span = Some(site.locate(run, at..command.end));
        if WRITES.contains(&name.as_str()) {
            return Some(Use { span, what: format!("`git {name}`"), writes: true });
        }
        if READS.contains(&name.as_str()) && read.is_none() {
            read = Some(Use { span, what: format!("`git {name}`"), writes: false });
        }
    }
    for (program, wanted) in PROGRAMS {
        let found = command::programs(text, program.as_bytes()).find(|at| {
            let command = command::read(text, *at);
            wanted.is_empty() || command.words.iter().any(|word| word.text == wanted.as_bytes())
        });
        if let Some(at) = found {
            let span = Some(site.locate(run, at..at + program.len()));
            return Some(Use {
                span,
                what: format!("`{}`", format!("{program} {wanted}").trim()),
                writes: true,
            });
        }
    }
    read
}
