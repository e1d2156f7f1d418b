//! Where the value of an expression comes from: through variables, outputs of steps and jobs, inputs of local actions
//! and reusable workflows, back to who writes it.

use github_actions_expressions::SpannedExpr;

use super::context::{self, Writer};
use super::{File, Repository, Site, head};
use crate::model::Span;
use crate::parse::workflow::expression::{Expr, Expression};
use crate::parse::workflow::{Step, Text};

/// How far a value is followed.
const DEPTH_MAX: usize = 8;
/// The most flows into one expression, and the most texts that are looked at for it.
const FLOWS_MAX: usize = 16;
const TEXTS_MAX: usize = 300;
/// Bytes of scripts that are looked through for one expression.
const BYTES_MAX: usize = 64 << 10;

/// Outputs of actions that hold what anyone writes: names of changed files, a comment, the branch of a fork.
const OUTPUTS: [(&str, &[&str]); 8] = [
    ("tj-actions/changed-files", &["files"]),
    ("dorny/paths-filter", &["_files"]),
    ("trilom/file-changes-action", &["files"]),
    ("jitterbit/get-changed-files", &["all", "added", "modified", "removed", "renamed"]),
    ("tj-actions/branch-names", &["head_ref_branch", "current_branch", "ref_branch"]),
    ("peter-evans/find-comment", &["comment-body"]),
    ("xt0rted/pull-request-comment-branch", &["head_ref"]),
    ("potiuk/get-workflow-origin", &["sourceheadbranch"]),
];

/// A value that flows into an expression.
#[derive(Clone, Debug)]
pub struct Flow<'a> {
    /// The context that it is read from: `github.event.issue.title`.
    pub context: String,
    /// Who writes it.
    pub writer: Writer,
    /// Where it passes through, from where it is read on, the expression itself not among them.
    pub trail: Vec<Hop<'a>>,
}

/// A place that a value passes through.
#[derive(Clone, Debug)]
pub struct Hop<'a> {
    /// The file.
    pub file: &'a File,
    /// Where in it.
    pub span: Span,
    /// What happens there, in a few words.
    pub note: String,
}

impl Repository {
    /// The values that come to `expression`, which stands at `site`; those that cannot do harm in a script are not
    /// among them.
    #[must_use]
    pub fn flows<'a>(&'a self, site: Site<'a>, expression: &Expression<'_>) -> Vec<Flow<'a>> {
        let mut search = Search::new(self, false);
        if let Some(parsed) = expression.parse() {
            search.expression(site, &parsed, &[], 0);
        }
        search.found
    }

    /// The values that come to the environment variable `name` as the step at `site` sees it.
    #[must_use]
    pub fn flows_of_variable<'a>(&'a self, site: Site<'a>, name: &str) -> Vec<Flow<'a>> {
        let mut search = Search::new(self, false);
        search.variable(site, name, &[], 0);
        search.found
    }

    /// What of the head of a pull request comes to `expression`, which stands at `site`, harmless in a script or not;
    /// see [`head::of`].
    #[must_use]
    pub fn heads<'a>(&'a self, site: Site<'a>, expression: &Expression<'_>) -> Vec<Flow<'a>> {
        let mut search = Search::new(self, true);
        if let Some(parsed) = expression.parse() {
            search.expression(site, &parsed, &[], 0);
        }
        search.found
    }

    /// What of the head of a pull request comes to any expression of `text`.
    #[must_use]
    pub fn heads_into<'a>(&'a self, site: Site<'a>, text: &'a Text) -> Vec<Flow<'a>> {
        let mut search = Search::new(self, true);
        search.text(site, text, &[], 0);
        search.found
    }

    /// What of the head of a pull request comes to the environment variable `name`.
    #[must_use]
    pub fn heads_of_variable<'a>(&'a self, site: Site<'a>, name: &str) -> Vec<Flow<'a>> {
        let mut search = Search::new(self, true);
        search.variable(site, name, &[], 0);
        search.found
    }
}

struct Search<'a> {
    repository: &'a Repository,
    texts: usize,
    /// Bytes of scripts that were looked through.
    bytes: usize,
    found: Vec<Flow<'a>>,
    /// True if what names the head of a pull request is looked for, not what does harm in a script.
    heads: bool,
}

impl<'a> Search<'a> {
    const fn new(repository: &'a Repository, heads: bool) -> Self {
        Self { repository, texts: 0, bytes: 0, found: Vec::new(), heads }
    }

    /// Who writes the value of `path`, if that is looked for.
    fn writer(&self, path: &str) -> Option<Writer> {
        if self.heads { head::of(path).map(|_| Writer::Stranger) } else { context::writer(path) }
    }

    fn is_over(&self, depth: usize) -> bool {
        depth > DEPTH_MAX
            || self.found.len() >= FLOWS_MAX
            || self.texts >= TEXTS_MAX
            || self.bytes >= BYTES_MAX
    }

    /// Follows all expressions of `text`.
    fn text(&mut self, site: Site<'a>, text: &'a Text, behind: &[Hop<'a>], depth: usize) {
        self.texts += 1;
        for expression in text.expressions() {
            if self.is_over(depth) || !site.file.spend(300) {
                return;
            }
            if let Some(parsed) = expression.parse() {
                self.expression(site, &parsed, behind, depth);
            }
        }
    }

    /// Follows an expression at `site`; `behind` is where its value goes on to, nearest first.
    fn expression(&mut self, site: Site<'a>, parsed: &SpannedExpr<'_>, behind: &[Hop<'a>], depth: usize) {
        if self.is_over(depth) {
            return;
        }
        for (context, _) in parsed.dataflow_contexts() {
            match context.as_pattern() {
                Some(path) => self.context(site, &path, behind, depth),
                // `fromJSON(…).name`: whatever is read is in what the call is given.
                None => {
                    let Some(Expr::Call(call)) = context.parts.first().map(|part| &part.inner) else {
                        continue;
                    };
                    for argument in &call.args {
                        self.expression(site, argument, behind, depth + 1);
                    }
                }
            }
        }
    }

    fn context(&mut self, site: Site<'a>, path: &str, behind: &[Hop<'a>], depth: usize) {
        let parts: Vec<&str> = path.split('.').collect();
        match parts.as_slice() {
            ["env", name] => self.variable(site, name, behind, depth),
            ["steps", id, "outputs", name] => self.output(site, id, name, behind, depth),
            ["needs", id, "outputs", name] => self.needed(site, id, name, behind, depth),
            ["matrix", name, ..] => self.matrix(site, name, behind, depth),
            ["inputs", name] => self.input(site, name, behind, depth),
            ["github", "event", "inputs", name] if !self.is_free(site, name) => {}
            ["github", ..] => self.found.extend(self.writer(path).map(|writer| Flow {
                context: path.to_owned(),
                writer,
                trail: behind.iter().rev().cloned().collect(),
            })),
            _ => {}
        }
    }

    fn variable(&mut self, site: Site<'a>, name: &str, behind: &[Hop<'a>], depth: usize) {
        if self.is_over(depth) {
            return;
        }
        if let Some(value) = site.variable(name) {
            let behind = through(behind, site.file, value.span, format!("goes into the variable `{name}`"));
            return self.text(site, value, &behind, depth + 1);
        }
        // A step before may have written it.
        for step in site.steps_before() {
            if self.is_over(depth) {
                break;
            }
            self.written(Site { step: Some(step), ..site }, "GITHUB_ENV", name, behind, depth);
        }
    }

    fn output(&mut self, site: Site<'a>, id: &str, name: &str, behind: &[Hop<'a>], depth: usize) {
        if !site.file.spend(site.job.steps.len()) {
            return;
        }
        let has_id = |step: &&Step| step.id.as_ref().is_some_and(|known| known.text.eq_ignore_ascii_case(id));
        let Some(step) = site.job.steps.iter().find(has_id) else { return };
        let at = Site { step: Some(step), ..site };
        if self.heads && head::is_looked_up(step, name) {
            let behind = through(behind, site.file, step.span, format!("looks up the head as `{name}`"));
            self.found.push(Flow {
                context: format!("steps.{id}.outputs.{name}"),
                writer: Writer::Stranger,
                trail: behind.into_iter().rev().collect(),
            });
            return;
        }
        if let Some(uses) = &step.uses {
            if let Some(action) = self.repository.called(&uses.text) {
                let Some(value) = crate::parse::workflow::value(&action.workflow.outputs, name) else {
                    return;
                };
                let Some(job) = action.workflow.jobs.first() else { return };
                let note = format!("goes into the output `{name}` of the action");
                let behind = through(behind, action, value.span, note);
                return self.text(Site { file: action, job, step: None }, value, &behind, depth + 1);
            }
            let is_known = |(action, outputs): &(&str, &[&str])| {
                step.uses_any(&[action]) && outputs.iter().any(|part| name.contains(part))
            };
            if OUTPUTS.iter().any(is_known) {
                let note = format!("sets the output `{name}`, which strangers control");
                let behind = through(behind, site.file, uses.span, note);
                self.found.push(Flow {
                    context: format!("steps.{id}.outputs.{name}"),
                    writer: Writer::Stranger,
                    trail: behind.into_iter().rev().collect(),
                });
            }
            return;
        }
        self.written(at, "GITHUB_OUTPUT", name, behind, depth);
    }

    /// Follows what the script at `site` writes as `name` into the file that the variable `into` names.
    fn written(&mut self, site: Site<'a>, into: &str, name: &str, behind: &[Hop<'a>], depth: usize) {
        let Some(run) = site.step.and_then(|step| step.run.as_ref()) else { return };
        self.texts += 1;
        self.bytes += run.text.len();
        if !site.file.spend(50 + run.text.len() / 16) {
            return;
        }
        if self.is_over(depth) || !run.text.contains(into) && !run.text.contains("set-output") {
            return;
        }
        let mut start = 0;
        for line in run.text.split_inclusive('\n') {
            let range = start..start + line.len();
            start = range.end;
            let lower = line.to_ascii_lowercase();
            let is_it = [format!("{name}="), format!("{name}<<"), format!("name={name}::")]
                .iter()
                .any(|sign| lower.contains(sign));
            if !is_it {
                continue;
            }
            let note = format!("is written as `{name}`");
            let behind = through(behind, site.file, site.locate(run, range.clone()), note);
            let inside = run.expressions().filter(|one| range.contains(&one.start));
            for parsed in inside.filter_map(|one| one.parse()) {
                self.expression(site, &parsed, &behind, depth + 1);
            }
            for variable in variables(line) {
                if !variable.eq_ignore_ascii_case(name) {
                    self.variable(site, variable, &behind, depth + 1);
                }
            }
        }
    }

    fn needed(&mut self, site: Site<'a>, id: &str, name: &str, behind: &[Hop<'a>], depth: usize) {
        let mut jobs = site.file.workflow.jobs.iter();
        let Some(job) = jobs.find(|job| job.id.eq_ignore_ascii_case(id)) else { return };
        let Some(value) = crate::parse::workflow::value(&job.outputs, name) else { return };
        let note = format!("goes into the output `{name}` of the job `{id}`");
        let behind = through(behind, site.file, value.span, note);
        self.text(Site { file: site.file, job, step: None }, value, &behind, depth + 1);
    }

    fn matrix(&mut self, site: Site<'a>, name: &str, behind: &[Hop<'a>], depth: usize) {
        let job = site.job;
        let named = || job.matrix.values.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let is_list = named().any(|(_, texts)| texts.len() > 1);
        let texts =
            named().flat_map(|(_, texts)| texts).chain(&job.matrix.computed).chain(&job.matrix.included);
        let found = self.found.len();
        let mut computed = None;
        for text in texts.filter(|text| text.text.contains("${{")) {
            // What is included may well be of other names.
            let is_all =
                !is_list && text.only_expression().is_some() && job.matrix.included.as_ref() != Some(text);
            computed = Some(text.span).filter(|_| is_all).or(computed);
            let behind = through(behind, site.file, text.span, format!("goes into the matrix as `{name}`"));
            self.text(Site { step: None, ..site }, text, &behind, depth + 1);
        }
        if let Some(span) = computed.filter(|_| self.found.len() == found) {
            let behind = through(behind, site.file, span, format!("`{name}` is computed"));
            self.found.push(Flow {
                context: format!("matrix.{name}"),
                writer: Writer::Computed,
                trail: behind.into_iter().rev().collect(),
            });
        }
    }

    fn input(&mut self, site: Site<'a>, name: &str, behind: &[Hop<'a>], depth: usize) {
        if self.is_over(depth) {
            return;
        }
        let is_action = self.repository.is_action(site.file);
        let mut is_followed = false;
        if is_action || site.file.workflow.starts_on(&["workflow_call"]) {
            for caller in self.repository.callers(site.file) {
                if self.is_over(depth) || !caller.file.spend(100) {
                    break;
                }
                is_followed = true;
                let given = caller.step.map_or(&caller.job.with, |step| &step.with);
                let Some(value) = crate::parse::workflow::value(given, name) else { continue };
                let note = format!("is given as the input `{name}`");
                let behind = through(behind, caller.file, value.span, note);
                self.text(caller, value, &behind, depth + 1);
            }
        }
        if !is_action && !self.is_free(site, name) {
            return;
        }
        let is_run_by_hand = !is_action && site.file.workflow.starts_on(&["workflow_dispatch"]);
        let writer = if is_run_by_hand { Writer::Member } else { Writer::Caller };
        // A stranger's value that comes this way says more.
        if !is_followed || self.found.is_empty() {
            self.found.push(Flow {
                context: format!("inputs.{name}"),
                writer,
                trail: behind.iter().rev().cloned().collect(),
            });
        }
    }

    /// True unless every event that has the input `name` restrains it to certain values.
    fn is_free(&self, site: Site<'a>, name: &str) -> bool {
        let inputs = site.file.workflow.on.iter().flat_map(|event| &event.inputs);
        let mut known = inputs.filter(|input| input.name.text.eq_ignore_ascii_case(name)).peekable();
        known.peek().is_none() || known.any(crate::parse::workflow::Input::is_free)
    }
}

/// The trail with one more place nearer to where the value is read.
fn through<'a>(behind: &[Hop<'a>], file: &'a File, span: Span, note: String) -> Vec<Hop<'a>> {
    behind.iter().cloned().chain(std::iter::once(Hop { file, span, note })).collect()
}

/// The names of the variables that a line of a script reads: `$NAME`, `${NAME…}`, `$env:NAME`.
pub fn variables(line: &str) -> impl Iterator<Item = &str> {
    line.split('$').skip(1).filter_map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let rest = rest.strip_prefix("env:").unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        (end > 0 && !rest.starts_with(|c: char| c.is_ascii_digit())).then(|| &rest[..end])
    })
}
