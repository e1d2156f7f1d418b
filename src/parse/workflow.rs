//! Workflows of GitHub Actions, composite actions and pipelines of GitLab: jobs, their steps, and where each
//! stands. Expressions are kept as they are written.

use super::yaml::{self, Document, Value};

pub use super::yaml::Mistake;

/// The most jobs of a file, and the most steps of all its jobs, that are read. Aliases may lead to the same
/// steps many times.
const JOBS_MAX: usize = 1000;
const STEPS_MAX: usize = 10_000;

/// A text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The line, from 1; of a block of text behind `|` or `>` that of its first line.
    pub line: u32,
}

/// Something that is given a value: an input, a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its value; empty if that is no text.
    pub value: Text,
}

/// What a token may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// True if nothing is said of them.
    pub absent: bool,
    /// `read-all` or `write-all`, if they are given at once.
    pub all: Option<Text>,
    /// One by one: `id-token: write`.
    pub each: Vec<Entry>,
}

impl Permissions {
    /// True if `scope` may be written.
    #[must_use]
    pub fn may_write(&self, scope: &str) -> bool {
        self.all.as_ref().is_some_and(|all| all.text == "write-all")
            || self.each.iter().any(|entry| entry.name == scope && entry.value.text == "write")
    }
}

/// A step of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line at which it starts, from 1.
    pub line: u32,
    /// What it is called.
    pub name: Option<Text>,
    /// The action that it uses: `owner/name/path@ref`, `./path`, `docker://image`.
    pub uses: Option<Text>,
    /// The commands that it runs.
    pub run: Option<Text>,
    /// The inputs of the action.
    pub with: Vec<Entry>,
    /// Its variables.
    pub env: Vec<Entry>,
}

/// A job of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its key.
    pub id: String,
    /// The line of its key, from 1.
    pub line: u32,
    /// The workflow that it calls: `./.github/workflows/name.yml`, `owner/name/path@ref`.
    pub uses: Option<Text>,
    /// The inputs of that workflow.
    pub with: Vec<Entry>,
    /// Its variables.
    pub env: Vec<Entry>,
    /// What its token may do.
    pub permissions: Permissions,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// A workflow, or what is like one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workflow {
    /// What starts it: `push`, `workflow_call`.
    pub on: Vec<Text>,
    /// Its variables.
    pub env: Vec<Entry>,
    /// What the tokens of its jobs may do.
    pub permissions: Permissions,
    /// Its jobs, in order.
    pub jobs: Vec<Job>,
    /// Files that it includes, by whatever way; of GitLab's pipelines.
    pub includes: bool,
    /// True if it has more jobs or steps than are read.
    pub cut: bool,
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
}

/// Reads a workflow of GitHub Actions, `.github/workflows/*.yml`. Whatever is of another kind than it
/// ought to be is passed over.
///
/// # Errors
/// If it is no YAML.
pub fn github(bytes: &[u8]) -> Result<Workflow, Mistake> {
    let document = yaml::read(bytes)?;
    let root = document.root();
    let mut left = STEPS_MAX;
    let jobs = root.get("jobs").into_iter().flat_map(Value::entries);
    let all: Vec<_> = jobs.take(JOBS_MAX + 1).collect();
    let jobs: Vec<Job> =
        all.iter().take(JOBS_MAX).filter_map(|(key, value)| job(*key, *value, &mut left)).collect();
    Ok(Workflow {
        on: root.get("on").map(events).unwrap_or_default(),
        env: entries(root.get("env")),
        permissions: permissions(root),
        jobs,
        includes: false,
        cut: left == 0 || all.len() > JOBS_MAX,
    })
}

/// Reads a composite action, `action.yml`, as a workflow of one job. An action of another kind has no steps.
///
/// # Errors
/// If it is no YAML.
pub fn action(bytes: &[u8]) -> Result<Workflow, Mistake> {
    let document = yaml::read(bytes)?;
    let Some(runs) = document.root().get("runs") else { return Ok(Workflow::default()) };
    let mut left = STEPS_MAX;
    let steps = steps(runs.get("steps"), &mut left);
    let job = Job {
        id: "runs".to_owned(),
        line: runs.line(),
        uses: None,
        with: Vec::new(),
        env: Vec::new(),
        permissions: Permissions::default(),
        steps,
    };
    Ok(Workflow { jobs: vec![job], cut: left == 0, ..Workflow::default() })
}

/// Reads a pipeline of GitLab, `.gitlab-ci.yml`: each block of commands is a step.
///
/// # Errors
/// If it is no YAML.
pub fn gitlab(bytes: &[u8]) -> Result<Workflow, Mistake> {
    const BLOCKS: [&str; 3] = ["before_script", "script", "after_script"];
    let document: Document = yaml::read(bytes)?;
    let root = document.root();
    let mut left = STEPS_MAX;
    let mut jobs = Vec::new();
    let all: Vec<_> = root.entries().filter(|(_, value)| value.is_map()).take(JOBS_MAX + 1).collect();
    for (key, value) in all.iter().take(JOBS_MAX) {
        let blocks: Vec<Value<'_>> = BLOCKS.into_iter().filter_map(|block| value.get(block)).collect();
        let lines =
            blocks.into_iter().flat_map(|block| block.text().map(|_| block).into_iter().chain(flat(block)));
        let steps: Vec<Step> = lines
            .take(left)
            .filter_map(|line| {
                let run = text(line)?;
                Some(Step {
                    line: run.line,
                    name: None,
                    uses: None,
                    run: Some(run),
                    with: vec![],
                    env: vec![],
                })
            })
            .collect();
        left -= steps.len();
        jobs.push(Job {
            id: key.text().unwrap_or_default().to_owned(),
            line: key.line(),
            uses: None,
            with: Vec::new(),
            env: entries(value.get("variables")),
            permissions: Permissions::default(),
            steps,
        });
    }
    Ok(Workflow {
        env: entries(root.get("variables")),
        includes: root.get("include").is_some(),
        cut: left == 0 || all.len() > JOBS_MAX,
        jobs,
        ..Workflow::default()
    })
}

/// The items of a list, and those of the lists in it.
fn flat(list: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    list.items().flat_map(|item| item.text().map(|_| item).into_iter().chain(item.items()))
}

fn job(key: Value<'_>, value: Value<'_>, left: &mut usize) -> Option<Job> {
    Some(Job {
        id: key.text()?.to_owned(),
        line: key.line(),
        uses: value.get("uses").and_then(text),
        with: entries(value.get("with")),
        env: entries(value.get("env")),
        permissions: permissions(value),
        steps: steps(value.get("steps"), left),
    })
}

fn steps(list: Option<Value<'_>>, left: &mut usize) -> Vec<Step> {
    let items = list.into_iter().flat_map(Value::items);
    let steps: Vec<Step> = items.take(*left).map(step).collect();
    *left -= steps.len();
    steps
}

fn step(value: Value<'_>) -> Step {
    Step {
        line: value.line(),
        name: value.get("name").and_then(text),
        uses: value.get("uses").and_then(text),
        run: value.get("run").and_then(text),
        with: entries(value.get("with")),
        env: entries(value.get("env")),
    }
}

fn text(value: Value<'_>) -> Option<Text> {
    Some(Text { text: value.text()?.to_owned(), line: value.line() })
}

fn entries(map: Option<Value<'_>>) -> Vec<Entry> {
    let all = map.into_iter().flat_map(Value::entries);
    let entry = |(key, value): (Value<'_>, Value<'_>)| {
        let value = text(value).unwrap_or(Text { text: String::new(), line: value.line() });
        Some(Entry { name: key.text()?.to_owned(), value })
    };
    all.filter_map(entry).collect()
}

/// The names of events: one, a list of them, or a mapping by them.
fn events(value: Value<'_>) -> Vec<Text> {
    let keys = value.entries().map(|(key, _)| key);
    text(value).into_iter().chain(value.items().chain(keys).filter_map(text)).collect()
}

fn permissions(of: Value<'_>) -> Permissions {
    match of.get("permissions") {
        None => Permissions { absent: true, ..Permissions::default() },
        Some(value) => Permissions { absent: false, all: text(value), each: entries(Some(value)) },
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
        let on: Vec<_> = workflow.on.iter().map(|event| event.text.as_str()).collect();
        assert_eq!(on, ["push", "workflow_call"]);
        assert!(workflow.permissions.may_write("contents") && !workflow.cut);
        assert_eq!(workflow.env, [Entry { name: "A".into(), value: Text { text: "1".into(), line: 5 } }]);
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
        assert_eq!(github(b"jobs: [").map_err(|mistake| mistake.line), Err(2));
    }

    #[test]
    fn aliases_do_not_multiply_steps() {
        let steps = "- run: a\n".repeat(500).replace("- ", "    - ");
        let mut text = format!("jobs:\n  a0:\n    steps: &s\n{steps}");
        for job in 1..500 {
            text += &format!("  a{job}: {{steps: *s}}\n");
        }
        let workflow = github(text.as_bytes()).expect("it is well formed");
        assert_eq!(workflow.steps().count(), STEPS_MAX);
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
