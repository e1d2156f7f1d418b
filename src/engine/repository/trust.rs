//! Who can start a job, and its token and secrets.

pub use super::context::{FORK, PRIVILEGED};
use super::{File, Repository, Site, condition, index_in};
use crate::model::Severity;
use crate::parse::workflow::{Event, Job, Permissions, Secrets, Step, Text, Workflow};

/// Callers of callers that are followed.
const DEPTH_MAX: usize = 6;
/// The most jobs and steps that are followed for one question.
const CALLERS_MAX: usize = 200;

/// An event that starts a job, and where it is said.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The workflow that starts.
    pub file: &'a File,
    /// The event.
    pub event: &'a Event,
}

/// What the token of a job may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// Nothing.
    None,
    /// Read.
    Read,
    /// What the repository's settings give it, for nothing is said of it: perhaps all.
    Default,
    /// Write: the scopes, `all` if it is all of them.
    Write(Vec<String>),
}

/// Who can start a job, and what is within its reach.
#[derive(Clone, Debug)]
pub struct Trust<'a> {
    /// By these anyone starts it with the rights of the repository.
    pub privileged: Vec<Start<'a>>,
    /// By these anyone starts it from a fork, without them.
    pub forks: Vec<Start<'a>>,
    /// By these only those start it who may write to the repository.
    pub members: Vec<Start<'a>>,
    /// True if others may call it, of whom nothing is known.
    pub is_called: bool,
    /// The token.
    pub token: Token,
    /// The names of the secrets that the job is given, `GITHUB_TOKEN` not among them; `all` for all of them.
    pub secrets: Vec<String>,
    /// What keeps strangers out, whichever event starts it: a condition, a step that asks for their rights.
    pub guard: Option<&'a Text>,
}

impl Trust<'_> {
    /// True if anyone can start the job where it holds a token that can write, or secrets.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        !self.privileged.is_empty() && self.guard.is_none() && (self.may_write() || !self.secrets.is_empty())
    }

    /// How bad it is if what a stranger writes or brings is run by the job: `critical` where it holds a secret or a
    /// token that may write, `high` where the repository's settings decide that, `medium` where he gets at nothing or
    /// something keeps him out.
    #[must_use]
    pub fn danger(&self) -> Severity {
        match self.is_exposed() {
            true if self.token == Token::Default && self.secrets.is_empty() => Severity::High,
            true => Severity::Critical,
            false => Severity::Medium,
        }
    }

    /// True if the token may write, as far as is known.
    #[must_use]
    pub const fn may_write(&self) -> bool {
        matches!(self.token, Token::Write(_) | Token::Default)
    }

    /// A phrase for what a stranger gets access to: "a token that may write `contents`, and the secret `KEY`".
    #[must_use]
    pub fn reach(&self) -> String {
        let token = match &self.token {
            Token::None => None,
            Token::Read => Some("a read-only token".to_owned()),
            Token::Default => Some("a token whose rights depend on the repository settings".to_owned()),
            Token::Write(scopes) if scopes.iter().any(|scope| scope == "all") => {
                Some("a token that can write to everything".to_owned())
            }
            Token::Write(scopes) => {
                let scopes: Vec<String> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
                Some(format!("a token that can write {}", scopes.join(", ")))
            }
        };
        let secrets = named(&self.secrets);
        match (token, secrets) {
            (Some(token), Some(secrets)) => format!("{token}, and {secrets}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => "neither a token nor secrets".to_owned(),
        }
    }
}

impl Repository {
    /// Who can start what stands at `site`, and what is within its reach.
    #[must_use]
    pub fn trust<'a>(&'a self, site: Site<'a>) -> Trust<'a> {
        let mut trust = Trust {
            privileged: Vec::new(),
            forks: Vec::new(),
            members: Vec::new(),
            is_called: false,
            token: Token::None,
            secrets: Vec::new(),
            guard: None,
        };
        let mut gates = Gates::default();
        let mut open = vec![(site, None::<Site<'_>>, Vec::new(), 0)];
        let mut followed = 0;
        while let Some((site, called, behind, depth)) = open.pop() {
            followed += 1;
            if followed > CALLERS_MAX || !site.file.spend(300) {
                trust.is_called = true;
                break;
            }
            let asked = conditions(site, behind);
            let is_action = self.is_action(site.file);
            let before = open.len();
            if depth < DEPTH_MAX {
                let callers = self.callers(site.file);
                open.extend(callers.map(|caller| (caller, Some(site), asked.clone(), depth + 1)));
            }
            let has_callers = open.len() > before;
            if is_action {
                trust.is_called |= !has_callers;
                continue;
            }
            self.add(&mut trust, &mut gates, Place { site, called, has_callers, asked });
        }
        trust.guard = gates.first.filter(|_| !gates.is_open);
        trust
    }

    /// Adds what the job at a place is started by and holds.
    fn add<'a>(&'a self, trust: &mut Trust<'a>, gates: &mut Gates<'a>, place: Place<'a>) {
        let Place { site, called, has_callers, asked } = place;
        let Site { file, job, .. } = site;
        for event in &file.workflow.on {
            let start = Start { file, event };
            let name = event.name.text.as_str();
            if asked.iter().any(|condition| condition::excludes(condition, name)) {
                continue;
            }
            let gate = asked.iter().copied().find(|condition| condition::keeps_out(condition, name));
            if PRIVILEGED.contains(&name) {
                let gate = gate.or_else(|| asks_permission(site));
                let gate = gate.or_else(|| event.types.first().filter(|_| is_gated(event)));
                gates.is_open |= gate.is_none();
                gates.first = gates.first.or(gate);
                trust.privileged.push(start);
            } else if FORK.contains(&name) && gate.is_none() {
                trust.forks.push(start);
            } else if name == "workflow_call" {
                trust.is_called |= !has_callers;
            } else {
                trust.members.push(start);
            }
        }
        // A reusable workflow holds no more than the job that calls it.
        let permissions = called
            .map(|called| effective(called.file, called.job))
            .filter(|permissions| !permissions.absent)
            .unwrap_or_else(|| effective(file, job));
        trust.token = wider(std::mem::replace(&mut trust.token, Token::None), token(permissions));
        for name in file.secrets(job) {
            if !trust.secrets.contains(name) {
                trust.secrets.push(name.clone());
            }
        }
    }
}

/// A phrase for a list of secrets: "the secret `KEY` and 2 more"; nothing for an empty one.
#[must_use]
pub fn named(secrets: &[String]) -> Option<String> {
    match secrets {
        [] => None,
        [one] if one == "all" => Some("all secrets".to_owned()),
        [one] => Some(format!("the secret `{one}`")),
        [one, more @ ..] => Some(format!("the secret `{one}` and {} more", more.len())),
    }
}

/// What is said of the token of `job`: by itself, else by its workflow.
#[must_use]
pub const fn effective<'a>(file: &'a File, job: &'a Job) -> &'a Permissions {
    if job.permissions.absent { &file.workflow.permissions } else { &job.permissions }
}

/// What the token may do by `permissions`.
#[must_use]
pub fn token(permissions: &Permissions) -> Token {
    if permissions.absent {
        return Token::Default;
    }
    match permissions.all.as_ref().map(|all| all.text.as_str()) {
        Some("write-all") => return Token::Write(vec!["all".to_owned()]),
        Some("read-all") => return Token::Read,
        _ => {}
    }
    let with = |value: &str| {
        let named = permissions.each.iter().filter(|entry| entry.value.text == value);
        named.map(|entry| entry.name.clone()).collect::<Vec<_>>()
    };
    match (with("write"), with("read")) {
        (write, _) if !write.is_empty() => Token::Write(write),
        (_, read) if !read.is_empty() => Token::Read,
        _ => Token::None,
    }
}

fn wider(one: Token, other: Token) -> Token {
    let rank = |token: &Token| match token {
        Token::None => 0,
        Token::Read => 1,
        Token::Default => 2,
        Token::Write(_) => 3,
    };
    if rank(&other) > rank(&one) { other } else { one }
}

/// The secrets that `job` is given, by name and sorted; `GITHUB_TOKEN` is the token.
pub(super) fn secrets(bytes: &[u8], workflow: &Workflow, job: &Job) -> Vec<String> {
    if matches!(job.secrets, Secrets::Inherit(_)) {
        return vec!["all".to_owned()];
    }
    let mut names = Vec::new();
    let mut texts: Vec<&[u8]> = bytes.get(job.span.range()).into_iter().collect();
    texts.extend(workflow.env.iter().map(|entry| entry.value.text.as_bytes()));
    for text in texts {
        for at in memchr::memmem::find_iter(text, b"secrets.") {
            let rest = &text[at + b"secrets.".len()..];
            let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
            let name = String::from_utf8_lossy(&rest[..end.unwrap_or(rest.len())]).into_owned();
            let is_start = at == 0 || !text[at - 1].is_ascii_alphanumeric() && text[at - 1] != b'_';
            if is_start && !name.is_empty() && !name.eq_ignore_ascii_case("GITHUB_TOKEN") {
                names.push(name);
            }
        }
    }
    names.sort();
    names.dedup();
    names
}

/// A job and how it was come to.
struct Place<'a> {
    site: Site<'a>,
    /// What it calls in another file.
    called: Option<Site<'a>>,
    has_callers: bool,
    /// The conditions on which what is asked about runs.
    asked: Vec<&'a Text>,
}

/// What keeps strangers out, of the events that anyone causes.
#[derive(Default)]
struct Gates<'a> {
    first: Option<&'a Text>,
    /// True if one of the events has no gate.
    is_open: bool,
}

/// The conditions on which `site` runs: of the step, its job and the jobs that this one waits for; `behind` are those
/// in what it calls.
fn conditions<'a>(site: Site<'a>, behind: Vec<&'a Text>) -> Vec<&'a Text> {
    let mut all = behind;
    all.extend(site.step.and_then(|step| step.condition.as_ref()));
    all.extend(site.job.condition.as_ref());
    all.extend(needed(site).filter_map(|job| job.condition.as_ref()));
    all
}

fn needed<'a>(site: Site<'a>) -> impl Iterator<Item = &'a Job> {
    let needs = site.job.needs.iter();
    needs.filter_map(move |id| {
        site.file.workflow.jobs.iter().find(|job| job.id.eq_ignore_ascii_case(&id.text))
    })
}

/// What asks, before the step at `site`, whether who started the job may write to the repository.
fn asks_permission<'a>(site: Site<'a>) -> Option<&'a Text> {
    let own = site.file.asking_step(site.job);
    let step = site.step.and_then(|step| index_in(&site.job.steps, step));
    let own = own.filter(|at| step.is_none_or(|step| *at < step)).map(|at| (site.job, at));
    let needed = || needed(site).find_map(|job| Some((job, site.file.asking_step(job)?)));
    let (job, at) = own.or_else(needed)?;
    asking_text(job.steps.get(at)?)
}

/// For each of `jobs` the first step that asks whether who started it may write to the repository.
pub(super) fn asking_steps(jobs: &[Job]) -> Vec<Option<usize>> {
    jobs.iter().map(|job| job.steps.iter().position(|step| asking_text(step).is_some())).collect()
}

/// What in `step` asks whether who started the job may write to the repository.
fn asking_text(step: &Step) -> Option<&Text> {
    let asks = |text: &&Text| {
        let asked = ["getCollaboratorPermissionLevel", "checkMembershipForUser", "check-actor-permission"];
        let by_path = text.text.contains("/collaborators/") && text.text.contains("permission");
        let by_action =
            !text.text.contains('\n') && text.text.contains("permission") && text.text.contains("check");
        by_path || by_action || asked.iter().any(|asked| text.text.contains(asked))
    };
    [step.uses.as_ref(), step.run.as_ref(), step.input("script")].into_iter().flatten().find(asks)
}

/// True if an event only comes when a member has done something: put a label on, merged.
fn is_gated(event: &Event) -> bool {
    let gates = ["labeled", "unlabeled", "assigned", "review_requested", "milestoned"];
    !event.types.is_empty() && event.types.iter().all(|kind| gates.contains(&kind.text.as_str()))
}
