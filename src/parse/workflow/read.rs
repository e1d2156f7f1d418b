//! Parses GitHub workflows and actions. Values of an unexpected type are skipped and reported.

use super::{
    Container, Entry, Event, Input, Job, Matrix, Mistake, Permissions, Secrets, Step, Text, Workflow,
    expression,
};
use crate::parse::yaml::{self, Value};

/// The most jobs of a file, and the most steps of all its jobs. Aliases may lead to the same steps many times.
pub(super) const JOBS_MAX: usize = 1000;
pub(super) const STEPS_MAX: usize = 10_000;
/// The most malformed parts that are reported.
const UNREAD_MAX: usize = 20;

/// Keys of a workflow, by GitHub's workflow syntax reference.
const WORKFLOW_KEYS: [&str; 8] =
    ["name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"];
/// Keys of a job.
const JOB_KEYS: [&str; 21] = [
    "name",
    "permissions",
    "needs",
    "if",
    "runs-on",
    "snapshot",
    "environment",
    "concurrency",
    "outputs",
    "env",
    "defaults",
    "steps",
    "timeout-minutes",
    "strategy",
    "continue-on-error",
    "container",
    "services",
    "uses",
    "with",
    "secrets",
    "cancel-timeout-minutes",
];
/// Keys of a step.
const STEP_KEYS: [&str; 11] = [
    "id",
    "if",
    "name",
    "uses",
    "run",
    "working-directory",
    "shell",
    "with",
    "env",
    "continue-on-error",
    "timeout-minutes",
];

/// Parses a GitHub Actions workflow, `.github/workflows/*.yml`.
///
/// # Errors
/// If nothing can be read; partial errors are in [`Workflow::unread`].
pub fn github(bytes: &[u8]) -> Result<Workflow, Mistake> {
    let (document, mistake) = yaml::read_partial(bytes);
    let root = document.root();
    if let Some(mistake) = mistake.clone().filter(|_| root.get("jobs").is_none()) {
        return Err(mistake);
    }
    let mut reader = Reader::new(bytes);
    let mut workflow = reader.workflow(root);
    workflow.expressions = reader.expressions(&document);
    workflow.unread.extend(mistake);
    Ok(workflow)
}

/// Parses an action, `action.yml`, as a workflow of one job. Only a composite action has steps.
///
/// # Errors
/// If it is not YAML.
pub fn action(bytes: &[u8]) -> Result<Workflow, Mistake> {
    let (document, mistake) = yaml::read_partial(bytes);
    let root = document.root();
    let Some(runs) = root.get("runs") else { return mistake.map_or(Ok(Workflow::default()), Err) };
    let mut reader = Reader::new(bytes);
    let steps = reader.steps(runs.get("steps"));
    let job = Job { line: runs.line(), span: runs.span(), steps, ..empty_job("runs") };
    let inputs = root.get("inputs").into_iter().flat_map(Value::entries);
    let outputs = root.get("outputs").into_iter().flat_map(Value::entries);
    Ok(Workflow {
        expressions: reader.expressions(&document),
        name: reader.text_of(root, "name"),
        inputs: inputs.filter_map(|(key, value)| reader.input(key, value)).collect(),
        outputs: outputs
            .filter_map(|(key, value)| reader.entry(key, value.get("value").unwrap_or(value)))
            .collect(),
        image: reader.text_of(runs, "image"),
        jobs: vec![job],
        cut: reader.left == 0,
        unread: reader.unread.into_iter().chain(mistake).collect(),
        unknown: reader.unknown,
        ..Workflow::default()
    })
}

/// A job with only a key.
pub(super) fn empty_job(id: &str) -> Job {
    let nowhere = crate::model::Span::new(0, 0);
    Job {
        id: id.to_owned(),
        line: 1,
        key: nowhere,
        span: nowhere,
        condition: None,
        needs: Vec::new(),
        runs_on: Vec::new(),
        environment: None,
        uses: None,
        with: Vec::new(),
        secrets: Secrets::None,
        env: Vec::new(),
        permissions: Permissions::default(),
        shell: None,
        outputs: Vec::new(),
        matrix: Matrix::default(),
        containers: Vec::new(),
        continue_on_error: None,
        steps: Vec::new(),
    }
}

/// A step that consists only of `run`.
pub(super) fn step_of_run(run: Text) -> Step {
    Step {
        line: run.line,
        span: run.span,
        id: None,
        name: None,
        condition: None,
        uses: None,
        run: Some(run),
        shell: None,
        with: Vec::new(),
        computed_with: None,
        env: Vec::new(),
        continue_on_error: None,
        working_directory: None,
    }
}

/// Parses the parts of a file.
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    /// How many more steps are read.
    pub(super) left: usize,
    unread: Vec<Mistake>,
    unknown: Vec<Mistake>,
}

impl<'b> Reader<'b> {
    pub(super) const fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, left: STEPS_MAX, unread: Vec::new(), unknown: Vec::new() }
    }

    fn workflow(&mut self, root: Value<'_>) -> Workflow {
        self.known(root, &WORKFLOW_KEYS, "workflow");
        let jobs = root.get("jobs");
        if let Some(jobs) = jobs.filter(|jobs| !jobs.is_map() && !jobs.is_nothing()) {
            self.miss(jobs, "`jobs` is not a mapping");
        }
        let all: Vec<_> = jobs.into_iter().flat_map(Value::entries).take(JOBS_MAX + 1).collect();
        let jobs: Vec<Job> =
            all.iter().take(JOBS_MAX).filter_map(|(key, value)| self.job(*key, *value)).collect();
        Workflow {
            name: self.text_of(root, "name"),
            on: root.get("on").map(|on| self.events(on)).unwrap_or_default(),
            env: self.entries_of(root, "env"),
            permissions: self.permissions(root),
            shell: self.shell(root),
            jobs,
            cut: self.left == 0 || all.len() > JOBS_MAX,
            unread: std::mem::take(&mut self.unread),
            unknown: std::mem::take(&mut self.unknown),
            ..Workflow::default()
        }
    }

    fn job(&mut self, key: Value<'_>, value: Value<'_>) -> Option<Job> {
        let Some(id) = key.text() else {
            self.miss(key, "the key of a job is not a text");
            return None;
        };
        if !value.is_map() {
            self.miss(key, &format!("the job `{id}` is not a mapping"));
            return None;
        }
        self.known(value, &JOB_KEYS, "job");
        let secrets = match value.get("secrets") {
            Some(secrets) => match self.text(secrets).filter(|text| text.text == "inherit") {
                Some(inherit) => Secrets::Inherit(inherit),
                None => Secrets::Each(self.entries(secrets)),
            },
            None => Secrets::None,
        };
        Some(Job {
            line: key.line(),
            key: key.span(),
            span: value.span(),
            condition: self.text_of(value, "if"),
            needs: value.get("needs").map(|needs| self.texts(needs)).unwrap_or_default(),
            runs_on: value.get("runs-on").map(|labels| self.labels(labels)).unwrap_or_default(),
            environment: value
                .get("environment")
                .and_then(|environment| self.text(environment).or_else(|| self.text_of(environment, "name"))),
            uses: self.text_of(value, "uses"),
            with: self.entries_of(value, "with"),
            secrets,
            env: self.entries_of(value, "env"),
            permissions: self.permissions(value),
            shell: self.shell(value),
            outputs: self.entries_of(value, "outputs"),
            matrix: value
                .get("strategy")
                .and_then(|strategy| strategy.get("matrix"))
                .map(|matrix| self.matrix(matrix))
                .unwrap_or_default(),
            containers: self.containers(value),
            continue_on_error: self.text_of(value, "continue-on-error"),
            steps: self.steps(value.get("steps")),
            ..empty_job(id)
        })
    }

    pub(super) fn steps(&mut self, list: Option<Value<'_>>) -> Vec<Step> {
        let Some(list) = list.filter(|list| !list.is_nothing()) else { return Vec::new() };
        if !list.is_list() {
            self.miss(list, "`steps` is not a list");
        }
        let items: Vec<Value<'_>> = list.items().take(self.left).collect();
        self.left -= items.len();
        items.into_iter().filter_map(|item| self.step(item)).collect()
    }

    fn step(&mut self, value: Value<'_>) -> Option<Step> {
        if !value.is_map() {
            if !value.is_nothing() {
                self.miss(value, "a step is not a mapping");
            }
            return None;
        }
        self.known(value, &STEP_KEYS, "step");
        let is_odd = |name: &str| value.get(name).is_some_and(|value| !value.is_map() && !value.is_nothing());
        let has_odd =
            ["with", "env"].into_iter().any(|name| is_odd(name) && !self.is_expression(value, name));
        if has_odd {
            self.miss(value, "`with` or `env` of a step is not a mapping");
        }
        Some(Step {
            line: value.line(),
            span: value.span(),
            id: self.text_of(value, "id"),
            name: self.text_of(value, "name"),
            condition: self.text_of(value, "if"),
            uses: self.text_of(value, "uses"),
            run: self.text_of(value, "run"),
            shell: self.text_of(value, "shell"),
            with: self.entries_of(value, "with"),
            computed_with: self.text_of(value, "with").filter(|text| text.text.contains("${{")),
            env: self.entries_of(value, "env"),
            continue_on_error: self.text_of(value, "continue-on-error"),
            working_directory: self.text_of(value, "working-directory"),
        })
    }

    fn is_expression(&self, of: Value<'_>, name: &str) -> bool {
        self.text_of(of, name).is_some_and(|text| text.text.contains("${{"))
    }

    /// The triggers: one, a list, or a mapping.
    fn events(&self, value: Value<'_>) -> Vec<Event> {
        let bare = |name: Text| Event {
            name,
            types: Vec::new(),
            branches: Vec::new(),
            filters: Vec::new(),
            inputs: Vec::new(),
        };
        let listed = self.text(value).into_iter().chain(value.items().filter_map(|item| self.text(item)));
        let mut events: Vec<Event> = listed.map(bare).collect();
        for (key, value) in value.entries() {
            let Some(name) = self.text(key) else { continue };
            let list = |key| value.get(key).map(|list| self.texts(list)).unwrap_or_default();
            let inputs = value.get("inputs").into_iter().flat_map(Value::entries);
            events.push(Event {
                types: list("types"),
                branches: list("branches"),
                filters: value.entries().filter_map(|(key, _)| key.text().map(str::to_owned)).collect(),
                inputs: inputs.filter_map(|(key, value)| self.input(key, value)).collect(),
                ..bare(name)
            });
        }
        events
    }

    fn input(&self, key: Value<'_>, value: Value<'_>) -> Option<Input> {
        Some(Input {
            name: self.text(key)?,
            kind: self.text_of(value, "type"),
            default: self.text_of(value, "default"),
        })
    }

    fn permissions(&self, of: Value<'_>) -> Permissions {
        let found = of.entries().find(|(key, _)| key.text() == Some("permissions"));
        match found {
            None => Permissions::default(),
            Some((key, value)) => Permissions {
                absent: false,
                key: Some(key.span()),
                all: self.text(value).filter(|text| !text.text.is_empty()),
                each: self.entries(value),
            },
        }
    }

    fn shell(&self, of: Value<'_>) -> Option<Text> {
        self.text_of(of.get("defaults")?.get("run")?, "shell")
    }

    fn labels(&self, value: Value<'_>) -> Vec<Text> {
        let mut labels = self.texts(value);
        for name in ["group", "labels"] {
            labels.extend(value.get(name).map(|part| self.texts(part)).unwrap_or_default());
        }
        labels
    }

    fn matrix(&self, value: Value<'_>) -> Matrix {
        let mut matrix = Matrix { computed: self.text(value), ..Matrix::default() };
        for (key, value) in value.entries() {
            match key.text() {
                None | Some("exclude") => {}
                Some("include") => {
                    matrix.included = self.text(value);
                    for (key, value) in value.items().flat_map(Value::entries) {
                        self.add_values(&mut matrix, key.text().unwrap_or_default(), value);
                    }
                }
                Some(name) => self.add_values(&mut matrix, name, value),
            }
        }
        matrix
    }

    /// Adds all texts in `value` as values of `name`. The YAML parser bounds the nesting.
    fn add_values(&self, matrix: &mut Matrix, name: &str, value: Value<'_>) {
        const VALUES_MAX: usize = 1000;
        let index = match matrix.values.iter().position(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some(index) => index,
            None => {
                matrix.values.push((name.to_owned(), Vec::new()));
                matrix.values.len() - 1
            }
        };
        let Some((_, texts)) = matrix.values.get_mut(index) else { return };
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            if texts.len() + open.len() > VALUES_MAX {
                break;
            }
            texts.extend(self.text(value));
            open.extend(value.items().take(VALUES_MAX));
            open.extend(value.entries().map(|(_, value)| value));
        }
    }

    fn containers(&self, job: Value<'_>) -> Vec<Container> {
        let own = job.get("container").map(|value| ("container", value));
        let services = job.get("services").into_iter().flat_map(Value::entries);
        let named = services.filter_map(|(key, value)| Some((key.text()?, value)));
        own.into_iter().chain(named).map(|(name, value)| self.container(name, value)).collect()
    }

    fn container(&self, name: &str, value: Value<'_>) -> Container {
        Container {
            name: name.to_owned(),
            image: self.text(value).or_else(|| self.text_of(value, "image")),
            password: value.get("credentials").and_then(|part| self.text_of(part, "password")),
            env: self.entries_of(value, "env"),
            options: self.text_of(value, "options"),
        }
    }

    fn expressions(&self, document: &yaml::Document) -> Vec<Text> {
        let holds = |value: &Value<'_>| value.text().is_some_and(|text| text.contains("${{"));
        document.values().filter(holds).filter_map(|value| self.text(value)).collect()
    }

    pub(super) fn text(&self, value: Value<'_>) -> Option<Text> {
        let text = value.text()?;
        let span = value.span();
        let source = || self.bytes.get(span.range()).and_then(|source| std::str::from_utf8(source).ok());
        let expressions = match text.contains("${{") {
            true => expression::find(text, source().unwrap_or(""), span.start),
            false => Vec::new(),
        };
        Some(Text { text: text.to_owned(), line: value.line(), span, style: value.style(), expressions })
    }

    fn text_of(&self, of: Value<'_>, name: &str) -> Option<Text> {
        self.text(of.get(name)?)
    }

    /// One text, or those of a list.
    fn texts(&self, value: Value<'_>) -> Vec<Text> {
        self.text(value).into_iter().chain(value.items().filter_map(|item| self.text(item))).collect()
    }

    pub(super) fn entries(&self, map: Value<'_>) -> Vec<Entry> {
        map.entries().filter_map(|(key, value)| self.entry(key, value)).collect()
    }

    pub(super) fn entries_of(&self, of: Value<'_>, name: &str) -> Vec<Entry> {
        of.get(name).map(|map| self.entries(map)).unwrap_or_default()
    }

    fn entry(&self, key: Value<'_>, value: Value<'_>) -> Option<Entry> {
        let nothing = || Text { line: value.line(), span: value.span(), ..Text::new("") };
        let value = self.text(value).unwrap_or_else(nothing);
        Some(Entry { name: key.text()?.to_owned(), key: key.span(), value })
    }

    fn miss(&mut self, value: Value<'_>, message: &str) {
        if self.unread.len() < UNREAD_MAX {
            self.unread.push(Mistake { line: value.line(), message: message.to_owned() });
        }
    }

    /// Reports the keys of `value` that are unknown for a `what`.
    fn known(&mut self, value: Value<'_>, keys: &[&str], what: &str) {
        for (key, _) in value.entries() {
            let name = key.text().unwrap_or("?");
            if !keys.contains(&name) && self.unknown.len() < UNREAD_MAX {
                let message = format!("the key `{name}` of a {what} is unknown; its value was not checked");
                self.unknown.push(Mistake { line: key.line(), message });
            }
        }
    }
}
