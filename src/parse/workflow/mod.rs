//! Workflows of GitHub Actions, composite actions and pipelines of GitLab: what starts them, jobs, their steps, and
//! where each stands.

pub mod expression;
mod gitlab;
mod read;

use std::ops::Range;

use super::yaml::Style;
use crate::model::Span;

pub use super::yaml::Mistake;
pub use gitlab::gitlab;
pub use read::{action, github};

/// Bytes of a text in which a place of it is looked for.
const LOCATE_MAX: usize = 64 << 10;

/// A text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The line, from 1; of a block of text behind `|` or `>` that of its first line.
    pub line: u32,
    /// Where it stands in the file, with its quotes; of a block of text from its first line on.
    pub span: Span,
    /// How it is written.
    pub style: Style,
    /// Where the expressions stand, in the text and in the file; see [`Text::expressions`].
    expressions: Vec<(Range<usize>, Span)>,
}

impl Text {
    /// A text that stands nowhere.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let expressions = expression::find(text, "", 0);
        Self { text: text.to_owned(), line: 1, span: Span::new(0, 0), style: Style::Plain, expressions }
    }

    /// Where `range` of the text stands in `file`, which it was read from; all of the text where that is unknown.
    #[must_use]
    pub fn locate(&self, file: &[u8], range: Range<usize>) -> Span {
        let (Some(source), Some(wanted)) = (file.get(self.span.range()), self.text.get(range.clone())) else {
            return self.span;
        };
        // A line ends where the lines of the file do; what stands before it in the text stands before it in the
        // file.
        let first = wanted.split('\n').next().unwrap_or("");
        if first.is_empty() || range.start > LOCATE_MAX {
            return self.span;
        }
        let before =
            memchr::memmem::find_iter(&self.text.as_bytes()[..range.start], first.as_bytes()).count();
        match memchr::memmem::find_iter(source, first.as_bytes()).nth(before) {
            Some(at) => Span::new(self.span.start + at, self.span.start + at + first.len()),
            None => self.span,
        }
    }
}

/// Something that is given a value: an input, a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Where the name stands in the file.
    pub key: Span,
    /// Its value; empty if that is not a scalar.
    pub value: Text,
}

/// The value of the entry called `name`, in whatever case, as GitHub compares the names of inputs.
#[must_use]
pub fn value<'a>(entries: &'a [Entry], name: &str) -> Option<&'a Text> {
    entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)).map(|entry| &entry.value)
}

/// What a token may do; by default nothing is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// True if nothing is said of them.
    pub absent: bool,
    /// Where the key `permissions` stands.
    pub key: Option<Span>,
    /// `read-all` or `write-all`, if they are given at once.
    pub all: Option<Text>,
    /// One by one: `id-token: write`.
    pub each: Vec<Entry>,
}

impl Default for Permissions {
    fn default() -> Self {
        Self { absent: true, key: None, all: None, each: Vec::new() }
    }
}

impl Permissions {
    /// True if `scope` may be written.
    #[must_use]
    pub fn may_write(&self, scope: &str) -> bool {
        self.all.as_ref().is_some_and(|all| all.text == "write-all")
            || self.each.iter().any(|entry| entry.name == scope && entry.value.text == "write")
    }
}

/// What starts a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name: `push`, `workflow_call`.
    pub name: Text,
    /// The types that are listed: `labeled`.
    pub types: Vec<Text>,
    /// Branches that are listed, those left out with `!` or `branches-ignore` not.
    pub branches: Vec<Text>,
    /// The keys of what it is narrowed by: `paths`, `branches`.
    pub filters: Vec<String>,
    /// Inputs of `workflow_dispatch` and `workflow_call`.
    pub inputs: Vec<Input>,
}

/// An input of a workflow or an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: Text,
    /// Its type: `string`, `boolean`, `number`, `choice`, `environment`.
    pub kind: Option<Text>,
    /// Its default.
    pub default: Option<Text>,
}

impl Input {
    /// True if whoever gives it may write what he likes.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.kind.as_ref().is_none_or(|kind| kind.text == "string")
    }
}

/// A step of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line at which it starts, from 1.
    pub line: u32,
    /// Where it stands in the file.
    pub span: Span,
    /// The name by which other steps know it.
    pub id: Option<Text>,
    /// What it is called.
    pub name: Option<Text>,
    /// The condition on which it runs.
    pub condition: Option<Text>,
    /// The action that it uses: `owner/name/path@ref`, `./path`, `docker://image`.
    pub uses: Option<Text>,
    /// The commands that it runs.
    pub run: Option<Text>,
    /// The shell that runs them.
    pub shell: Option<Text>,
    /// The inputs of the action.
    pub with: Vec<Entry>,
    /// The expression that gives all inputs at once; then `with` is empty.
    pub computed_with: Option<Text>,
    /// Its variables.
    pub env: Vec<Entry>,
    /// `continue-on-error`.
    pub continue_on_error: Option<Text>,
    /// `working-directory`.
    pub working_directory: Option<Text>,
}

impl Step {
    /// The value of an input of its action.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&Text> {
        value(&self.with, name)
    }

    /// The owner, name and path of the action that it uses, and its ref; nothing for local actions and images.
    #[must_use]
    pub fn action(&self) -> Option<Action<'_>> {
        Action::parse(&self.uses.as_ref()?.text)
    }

    /// True if it uses `owner/name`, at whatever path and ref.
    #[must_use]
    pub fn uses_any(&self, names: &[&str]) -> bool {
        self.action().is_some_and(|action| names.iter().any(|name| action.is(name)))
    }
}

/// `owner/name/path@ref`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action<'a> {
    /// Who has it.
    pub owner: &'a str,
    /// Its repository.
    pub name: &'a str,
    /// The path in it, without a slash before it; empty for the action of the repository itself.
    pub path: &'a str,
    /// A commit, tag or branch; empty if it is missing, which GitHub refuses.
    pub reference: &'a str,
}

impl<'a> Action<'a> {
    /// Reads `uses`; nothing for local actions, images and expressions.
    #[must_use]
    pub fn parse(uses: &'a str) -> Option<Self> {
        let uses = uses.trim();
        if is_local(uses) || uses.starts_with("docker://") || uses.contains("${{") {
            return None;
        }
        let (place, reference) = uses.split_once('@').unwrap_or((uses, ""));
        let (owner, rest) = place.split_once('/')?;
        let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
        Some(Self { owner, name, path: path.trim_matches('/'), reference })
    }

    /// True for `owner/name` or `owner/name/path`, in whatever case. Without a path any of the repository fits.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        let mut parts = name.splitn(3, '/');
        let mut next = || parts.next().unwrap_or("");
        let (owner, repository, path) = (next(), next(), next());
        self.owner.eq_ignore_ascii_case(owner)
            && self.name.eq_ignore_ascii_case(repository)
            && (path.is_empty() || self.path.eq_ignore_ascii_case(path))
    }

    /// True if the ref is a whole commit id.
    #[must_use]
    pub fn is_commit(&self) -> bool {
        matches!(self.reference.len(), 40 | 64) && self.reference.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

/// True for `.github/workflows/name.yml`, and its like of other forges.
#[must_use]
pub fn is_workflow(path: &[u8]) -> bool {
    const FOLDERS: [&[u8]; 3] = [b".github/workflows/", b".gitea/workflows/", b".forgejo/workflows/"];
    let name = FOLDERS.iter().find_map(|folder| path.strip_prefix(*folder));
    name.is_some_and(|name| !name.contains(&b'/') && (name.ends_with(b".yml") || name.ends_with(b".yaml")))
}

/// True for the name of the file that describes an action.
#[must_use]
pub fn is_action_name(name: &[u8]) -> bool {
    matches!(name, b"action.yml" | b"action.yaml")
}

/// True for a path in the repository of the workflow itself: `./path`, and `$/path`, which GitHub reads at the commit
/// of the workflow.
#[must_use]
pub fn is_local(uses: &str) -> bool {
    uses.starts_with("./") || uses.starts_with("$/") || uses == "."
}

/// The secrets that a job gives to the workflow that it calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// None.
    #[default]
    None,
    /// All, by `inherit`.
    Inherit(Text),
    /// These.
    Each(Vec<Entry>),
}

/// A container that a job runs in, or a service beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name, of a service; `container` else.
    pub name: String,
    /// The image.
    pub image: Option<Text>,
    /// The password for the registry.
    pub password: Option<Text>,
    /// Its variables.
    pub env: Vec<Entry>,
    /// What is passed to `docker create`.
    pub options: Option<Text>,
}

/// The values that a job runs with, one job each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// The values by name, those of `include` among them; the texts of lists and mappings in them, too.
    pub values: Vec<(String, Vec<Text>)>,
    /// The expression that all of it is, if it is one.
    pub computed: Option<Text>,
    /// The expression that gives further combinations.
    pub included: Option<Text>,
}

/// A job of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its key.
    pub id: String,
    /// The line of its key, from 1.
    pub line: u32,
    /// Where its key stands in the file.
    pub key: Span,
    /// Where what it is stands in the file.
    pub span: Span,
    /// The condition on which it runs.
    pub condition: Option<Text>,
    /// The jobs that it waits for.
    pub needs: Vec<Text>,
    /// Labels of the machine that it runs on; those of a group with it.
    pub runs_on: Vec<Text>,
    /// The environment that it deploys to.
    pub environment: Option<Text>,
    /// The workflow that it calls: `./.github/workflows/name.yml`, `owner/name/path@ref`.
    pub uses: Option<Text>,
    /// The inputs of that workflow.
    pub with: Vec<Entry>,
    /// The secrets that it gives to that workflow.
    pub secrets: Secrets,
    /// Its variables.
    pub env: Vec<Entry>,
    /// What its token may do.
    pub permissions: Permissions,
    /// The shell of its steps, if they name none.
    pub shell: Option<Text>,
    /// What it gives to the jobs that wait for it.
    pub outputs: Vec<Entry>,
    /// The values that it runs with.
    pub matrix: Matrix,
    /// The containers: the one it runs in, and services.
    pub containers: Vec<Container>,
    /// `continue-on-error`.
    pub continue_on_error: Option<Text>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// A workflow, or what is like one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workflow {
    /// What it is called.
    pub name: Option<Text>,
    /// What starts it.
    pub on: Vec<Event>,
    /// Its variables.
    pub env: Vec<Entry>,
    /// What the tokens of its jobs may do.
    pub permissions: Permissions,
    /// The shell of its steps, if nothing else names one.
    pub shell: Option<Text>,
    /// Its jobs, in order; of a composite action one that has all steps.
    pub jobs: Vec<Job>,
    /// Inputs and outputs of an action.
    pub inputs: Vec<Input>,
    /// What an action gives to the steps behind it.
    pub outputs: Vec<Entry>,
    /// The image of an action that is a container.
    pub image: Option<Text>,
    /// Files that it includes, by whatever way; of GitLab's pipelines.
    pub includes: bool,
    /// True if it has more jobs or steps than are read.
    pub cut: bool,
    /// Every text that holds an expression, wherever it stands.
    pub expressions: Vec<Text>,
    /// Parts that are not what they have to be, and were not read.
    pub unread: Vec<Mistake>,
    /// Keys that GitHub does not know, or this version of the reader does not.
    pub unknown: Vec<Mistake>,
}

impl Workflow {
    /// Every step of every job.
    pub fn steps(&self) -> impl Iterator<Item = (&Job, &Step)> {
        self.jobs.iter().flat_map(|job| job.steps.iter().map(move |step| (job, step)))
    }

    /// The actions and workflows that it uses.
    pub fn uses(&self) -> impl Iterator<Item = &Text> {
        self.jobs
            .iter()
            .flat_map(|job| job.uses.iter().chain(job.steps.iter().filter_map(|step| step.uses.as_ref())))
    }

    /// True if one of these events starts it.
    #[must_use]
    pub fn starts_on(&self, events: &[&str]) -> bool {
        self.event(events).is_some()
    }

    /// True if only other workflows start it: then its callers say what its token may do.
    #[must_use]
    pub fn is_only_called(&self) -> bool {
        !self.on.is_empty() && self.on.iter().all(|event| event.name.text == "workflow_call")
    }

    /// The first of these events that starts it.
    #[must_use]
    pub fn event(&self, events: &[&str]) -> Option<&Event> {
        self.on.iter().find(|event| events.contains(&event.name.text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_and_steps_stand_where_they_do() {
        let text = "\
name: release
on: {push: {tags: ['v*']}, workflow_call: }
permissions: write-all
env:
  A: 1
jobs:
  one:
    permissions:
      id-token: write
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - name: build
        run: |
          make
          make install
        env: {B: x}
  two:
    uses: ./.github/workflows/sign.yml
    with:
      tag: ${{ github.ref }}
";
        let workflow = github(text.as_bytes()).expect("it is well formed");
        let on: Vec<_> = workflow.on.iter().map(|event| event.name.text.as_str()).collect();
        assert_eq!(on, ["push", "workflow_call"]);
        assert!(workflow.permissions.may_write("contents") && !workflow.cut);
        let env: Vec<_> = workflow.env.iter().map(|entry| (entry.name.as_str(), entry.value.line)).collect();
        assert_eq!(env, [("A", 5)]);
        let tag = &workflow.jobs[1].with[0].value;
        let place = tag.expressions().map(|one| &text[one.span.range()]).next();
        assert_eq!(place, Some("${{ github.ref }}"));
        let [one, two] = workflow.jobs.as_slice() else { panic!("{:?}", workflow.jobs) };
        assert!(one.permissions.may_write("id-token") && !one.permissions.may_write("contents"));
        let lines: Vec<_> = one.steps.iter().map(|step| step.line).collect();
        assert_eq!(lines, [11, 13]);
        let run = one.steps[1].run.as_ref().expect("there");
        assert_eq!((run.text.as_str(), run.line), ("make\nmake install\n", 15));
        assert_eq!(one.steps[0].with[0].value.text, "0");
        assert_eq!((two.id.as_str(), two.line, two.with.len()), ("two", 18, 1));
        let uses: Vec<_> = workflow.uses().map(|uses| uses.text.as_str()).collect();
        assert_eq!(uses, ["actions/checkout@v4", "./.github/workflows/sign.yml"]);
    }

    #[test]
    fn places_are_right_however_the_file_is_written() {
        let plain = "---\non: push\njobs:\n  a: &a\n    steps:\n      - uses: \"x/y@v1\"\n      - run: |\n          echo ${{ github.ref }}\n\n          make\n  b: *a\n";
        for text in [plain.to_owned(), plain.replace('\n', "\r\n"), format!("\u{feff}{plain}")] {
            let workflow = github(text.as_bytes()).expect("it is well formed");
            assert_eq!((workflow.jobs.len(), workflow.unread.len()), (2, 0), "{text:?}");
            for job in &workflow.jobs {
                let [uses, run] = job.steps.as_slice() else { panic!("{job:?}") };
                let uses = uses.uses.as_ref().expect("there");
                assert_eq!((&text[uses.span.range()], uses.line), ("\"x/y@v1\"", 6), "{text:?}");
                let run = run.run.as_ref().expect("there");
                let place = run.expressions().map(|one| &text[one.span.range()]).next();
                assert_eq!(place, Some("${{ github.ref }}"), "{text:?}");
                let at = run.text.find("make").expect("there");
                assert_eq!(&text[run.locate(text.as_bytes(), at..at + 4).range()], "make", "{text:?}");
            }
        }
        let two = github(b"on: push\njobs: {a: {steps: [{run: a}]}}\n---\njobs: {b: {}}\n")
            .expect("the first is read");
        assert_eq!((two.jobs.len(), two.unread.first().map(|mistake| mistake.line)), (1, Some(4)));
    }

    #[test]
    fn whatever_is_of_another_kind_is_passed_over() {
        for text in [
            "",
            "jobs: 3",
            "jobs: [a]",
            "on: 3\njobs: {a: 1, [b]: {}}",
            "- jobs",
            "jobs: {a: {steps: {b: c}}}",
        ] {
            let workflow = github(text.as_bytes()).expect("it is well formed");
            assert_eq!(workflow.steps().count(), 0, "{text}");
        }
        assert_eq!(github(b"on: [").map(drop).map_err(|mistake| mistake.line), Err(2));
        let cut = github(b"jobs:\n  a:\n    steps:\n      - run: make\n  b: [\n").expect("a part is read");
        assert_eq!((cut.steps().count(), cut.unread.len()), (1, 2));
    }

    #[test]
    fn aliases_do_not_multiply_steps() {
        let steps = "- run: a\n".repeat(500).replace("- ", "    - ");
        let mut text = format!("jobs:\n  a0:\n    steps: &s\n{steps}");
        for job in 1..500 {
            text += &format!("  a{job}: {{steps: *s}}\n");
        }
        let workflow = github(text.as_bytes()).expect("it is well formed");
        assert_eq!(workflow.steps().count(), read::STEPS_MAX);
        assert!(workflow.cut);
    }

    #[test]
    fn actions_and_pipelines_are_like_workflows() {
        let composite =
            action(b"runs:\n  using: composite\n  steps:\n    - run: make\n").expect("well formed");
        assert_eq!(composite.steps().map(|(_, step)| step.line).collect::<Vec<_>>(), [4]);
        assert_eq!(action(b"runs: {using: node20, main: x.js}").expect("well formed").steps().count(), 0);
        let text = "include: [a]\nvariables: {A: b}\nbuild:\n  before_script: make\n  script:\n    - one\n    - [two, three]\n";
        let pipeline = gitlab(text.as_bytes()).expect("well formed");
        let runs: Vec<_> = pipeline
            .steps()
            .filter_map(|(_, step)| step.run.as_ref())
            .map(|run| (run.text.as_str(), run.line))
            .collect();
        assert_eq!(runs, [("make", 4), ("one", 6), ("two", 7), ("three", 7)]);
        assert!(pipeline.includes);
    }
}
