//! GitHub workflows, composite actions and GitLab pipelines: triggers, jobs, and steps, with locations.

pub mod expression;
mod gitlab;
mod read;

use std::ops::Range;

use super::yaml::Style;
use crate::model::Span;

pub use super::yaml::Mistake;
pub use gitlab::gitlab;
pub use read::{action, github};

/// How many bytes of a text are searched for a location.
const LOCATE_MAX: usize = 64 << 10;

/// A text and its location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The line, from 1; for a block after `|` or `>` that of its first line.
    pub line: u32,
    /// Its location in the file, with its quotes; for a block from its first line on.
    pub span: Span,
    /// Its YAML style.
    pub style: Style,
    /// The locations of its expressions, in the text and in the file; see [`Text::expressions`].
    expressions: Vec<(Range<usize>, Span)>,
}

impl Text {
    /// A text without a location.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let expressions = expression::find(text, "", 0);
        Self { text: text.to_owned(), line: 1, span: Span::new(0, 0), style: Style::Plain, expressions }
    }

    /// The location of `range` of the text in `file`, from which it was read; the whole text if unknown.
    #[must_use]
    pub fn locate(&self, file: &[u8], range: Range<usize>) -> Span {
        let (Some(source), Some(wanted)) = (file.get(self.span.range()), self.text.get(range.clone())) else {
            return self.span;
        };
        // Lines end where the lines of the file do; a line's prefix in the text is its prefix in the file.
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

/// A named value: an input, a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Where the name stands in the file.
    pub key: Span,
    /// Its value; empty if that is not a scalar.
    pub value: Text,
}

/// The value of the entry `name`, ignoring case, as GitHub does for inputs.
#[must_use]
pub fn value<'a>(entries: &'a [Entry], name: &str) -> Option<&'a Text> {
    entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)).map(|entry| &entry.value)
}

/// The permissions of a token; unset by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// True if unset.
    pub absent: bool,
    /// The location of the key `permissions`.
    pub key: Option<Span>,
    /// `read-all` or `write-all`, if set at once.
    pub all: Option<Text>,
    /// Individual scopes: `id-token: write`.
    pub each: Vec<Entry>,
}

impl Default for Permissions {
    fn default() -> Self {
        Self { absent: true, key: None, all: None, each: Vec::new() }
    }
}

impl Permissions {
    /// True if `scope` is writable.
    #[must_use]
    pub fn may_write(&self, scope: &str) -> bool {
        self.all.as_ref().is_some_and(|all| all.text == "write-all")
            || self.each.iter().any(|entry| entry.name == scope && entry.value.text == "write")
    }
}

/// A trigger of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name: `push`, `workflow_call`.
    pub name: Text,
    /// The listed types: `labeled`.
    pub types: Vec<Text>,
    /// The listed branches, except those excluded with `!` or `branches-ignore`.
    pub branches: Vec<Text>,
    /// The keys of its filters: `paths`, `branches`.
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
    /// True if its sender can choose any value.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.kind.as_ref().is_none_or(|kind| kind.text == "string")
    }
}

/// A step of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its first line, from 1.
    pub line: u32,
    /// Where it stands in the file.
    pub span: Span,
    /// Its id, used by other steps.
    pub id: Option<Text>,
    /// Its name.
    pub name: Option<Text>,
    /// Its condition.
    pub condition: Option<Text>,
    /// The action: `owner/name/path@ref`, `./path`, `docker://image`.
    pub uses: Option<Text>,
    /// Its commands.
    pub run: Option<Text>,
    /// Its shell.
    pub shell: Option<Text>,
    /// The inputs of the action.
    pub with: Vec<Entry>,
    /// The expression for all inputs at once; then `with` is empty.
    pub computed_with: Option<Text>,
    /// Its environment variables.
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

    /// Its action with owner, name, path and ref; `None` for local actions and images.
    #[must_use]
    pub fn action(&self) -> Option<Action<'_>> {
        Action::parse(&self.uses.as_ref()?.text)
    }

    /// True if it uses `owner/name`, at any path and ref.
    #[must_use]
    pub fn uses_any(&self, names: &[&str]) -> bool {
        self.action().is_some_and(|action| names.iter().any(|name| action.is(name)))
    }
}

/// `owner/name/path@ref`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action<'a> {
    /// The owner.
    pub owner: &'a str,
    /// The repository name.
    pub name: &'a str,
    /// The path in the repository, without a leading slash; empty for its root action.
    pub path: &'a str,
    /// A commit, tag or branch; empty if missing, which GitHub rejects.
    pub reference: &'a str,
}

impl<'a> Action<'a> {
    /// Parses `uses`; `None` for local actions, images and expressions.
    #[must_use]
    pub fn parse(uses: &'a str) -> Option<Self> {
        // Each check of a step asks for its action: signs are searched for as bytes, and those that most have not first.
        let split = |text: &'a str, sign: u8| {
            memchr::memchr(sign, text.as_bytes()).map(|at| (&text[..at], &text[at + 1..]))
        };
        let uses = uses.trim();
        let has_expression = memchr::memchr(b'$', uses.as_bytes()).is_some() && uses.contains("${{");
        if has_expression || is_local(uses) || uses.starts_with("docker://") {
            return None;
        }
        let (place, reference) = split(uses, b'@').unwrap_or((uses, ""));
        let (owner, rest) = split(place, b'/')?;
        let (name, path) = split(rest, b'/').unwrap_or((rest, ""));
        Some(Self { owner, name, path: path.trim_matches('/'), reference })
    }

    /// True for `owner/name` or `owner/name/path`, ignoring case. Without a path, any path matches.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        let Some(rest) = without_part(name, self.owner).and_then(|rest| rest.strip_prefix('/')) else {
            return false;
        };
        match without_part(rest, self.name) {
            Some("") => true,
            Some(path) => path
                .strip_prefix('/')
                .is_some_and(|path| path.is_empty() || self.path.eq_ignore_ascii_case(path)),
            None => false,
        }
    }

    /// True if the ref is a whole commit id.
    #[must_use]
    pub fn is_commit(&self) -> bool {
        matches!(self.reference.len(), 40 | 64) && self.reference.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

/// What follows `part` at the start of `text`, ignoring case.
fn without_part<'t>(text: &'t str, part: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(part.len())?;
    start.eq_ignore_ascii_case(part).then_some(rest)
}

/// True for `.github/workflows/name.yml`, and similar paths of other forges.
#[must_use]
pub fn is_workflow(path: &[u8]) -> bool {
    const FOLDERS: [&[u8]; 3] = [b".github/workflows/", b".gitea/workflows/", b".forgejo/workflows/"];
    let name = FOLDERS.iter().find_map(|folder| path.strip_prefix(*folder));
    name.is_some_and(|name| !name.contains(&b'/') && (name.ends_with(b".yml") || name.ends_with(b".yaml")))
}

/// True for the file name of an action definition.
#[must_use]
pub fn is_action_name(name: &[u8]) -> bool {
    matches!(name, b"action.yml" | b"action.yaml")
}

/// True for a path in the repository of the workflow itself: `./path`, and `$/path`, which GitHub reads at the
/// commit of the workflow.
#[must_use]
pub fn is_local(uses: &str) -> bool {
    uses.starts_with("./") || uses.starts_with("$/") || uses == "."
}

/// The secrets that a job passes to the workflow that it calls.
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

/// The container of a job, or a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name for a service; otherwise `container`.
    pub name: String,
    /// The image.
    pub image: Option<Text>,
    /// The password for the registry.
    pub password: Option<Text>,
    /// Its variables.
    pub env: Vec<Entry>,
    /// Options for `docker create`.
    pub options: Option<Text>,
}

/// The matrix of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// The values by name, including `include`; also the texts in nested lists and mappings.
    pub values: Vec<(String, Vec<Text>)>,
    /// The expression for the whole matrix, if it is one.
    pub computed: Option<Text>,
    /// The expression for `include`.
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
    /// Its location in the file.
    pub span: Span,
    /// Its condition.
    pub condition: Option<Text>,
    /// The jobs that it depends on.
    pub needs: Vec<Text>,
    /// The labels of its runner, including those of a group.
    pub runs_on: Vec<Text>,
    /// Its deployment environment.
    pub environment: Option<Text>,
    /// The workflow that it calls: `./.github/workflows/name.yml`, `owner/name/path@ref`.
    pub uses: Option<Text>,
    /// The inputs of that workflow.
    pub with: Vec<Entry>,
    /// The secrets that it passes to that workflow.
    pub secrets: Secrets,
    /// Its environment variables.
    pub env: Vec<Entry>,
    /// The permissions of its token.
    pub permissions: Permissions,
    /// The default shell of its steps.
    pub shell: Option<Text>,
    /// Its outputs.
    pub outputs: Vec<Entry>,
    /// Its matrix.
    pub matrix: Matrix,
    /// Its containers: its own, and services.
    pub containers: Vec<Container>,
    /// `continue-on-error`.
    pub continue_on_error: Option<Text>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// A workflow, an action or a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workflow {
    /// Its name.
    pub name: Option<Text>,
    /// Its triggers.
    pub on: Vec<Event>,
    /// Its environment variables.
    pub env: Vec<Entry>,
    /// The permissions of its jobs' tokens.
    pub permissions: Permissions,
    /// The default shell of its steps.
    pub shell: Option<Text>,
    /// Its jobs, in order; a composite action has one with all steps.
    pub jobs: Vec<Job>,
    /// Inputs and outputs of an action.
    pub inputs: Vec<Input>,
    /// The outputs of an action.
    pub outputs: Vec<Entry>,
    /// The image of a container action.
    pub image: Option<Text>,
    /// True if it includes other files; for GitLab pipelines.
    pub includes: bool,
    /// True if it exceeds the limit of jobs or steps.
    pub cut: bool,
    /// Every text with an expression.
    pub expressions: Vec<Text>,
    /// Malformed parts, which were not read.
    pub unread: Vec<Mistake>,
    /// Unknown keys.
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

    /// True if it has one of these triggers.
    #[must_use]
    pub fn starts_on(&self, events: &[&str]) -> bool {
        self.event(events).is_some()
    }

    /// True if only other workflows call it: its callers set the permissions.
    #[must_use]
    pub fn is_only_called(&self) -> bool {
        !self.on.is_empty() && self.on.iter().all(|event| event.name.text == "workflow_call")
    }

    /// The first of these triggers that it has.
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
