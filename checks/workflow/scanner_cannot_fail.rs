//! `scanner-cannot-fail`: a security scanner that never fails the job.

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::command;
use crate::parse::workflow::{Step, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "scanner-cannot-fail",
        title: "security scanner that cannot fail the job",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Workflow,
        remedy: "let the scanner fail the job from a chosen severity; put accepted findings into its list of exceptions",
        docs: r"
## What it does
Reports steps that run a known security scanner and cannot fail whatever it finds: because of `continue-on-error: true`
on the step or its job, an input such as `exit-code: 0` or `soft_fail: true`, or `|| true` after the command. A step
that writes a report which a later step uploads to code scanning is not reported, nor is one whose outcome a later step
reads.

## Why is this bad
The check is green in every pull request, which reads as if nothing was found.

## Example
```yaml
- run: cargo audit || true
```

## Use instead
```yaml
- run: cargo audit
```

## Known problems
A script that saves the exit code and evaluates it later is reported.

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepscontinue-on-error>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// Actions that scan, with the input and value that make findings non-fatal.
const ACTIONS: [(&str, &str, &str); 33] = [
    ("actions/dependency-review-action", "warn-only", "true"),
    ("anchore/scan-action", "fail-build", "false"),
    ("aquasecurity/tfsec-action", "soft_fail", "true"),
    ("aquasecurity/trivy-action", "exit-code", "0"),
    ("bridgecrewio/checkov-action", "soft_fail", "true"),
    ("checkmarx/kics-github-action", "ignore_on_exit", "all"),
    ("docker/scout-action", "exit-code", "false"),
    ("embarkstudios/cargo-deny-action", "", ""),
    ("gitguardian/ggshield-action", "", ""),
    ("gitleaks/gitleaks-action", "", ""),
    ("golang/govulncheck-action", "", ""),
    ("google/osv-scanner-action", "", ""),
    ("hadolint/hadolint-action", "no-fail", "true"),
    ("pypa/gh-action-pip-audit", "", ""),
    ("returntocorp/semgrep-action", "", ""),
    ("rustsec/audit-check", "", ""),
    ("actions-rs/audit-check", "", ""),
    ("securego/gosec", "", ""),
    ("semgrep/semgrep-action", "", ""),
    ("snyk/actions", "", ""),
    ("snyk/actions/cargo", "", ""),
    ("snyk/actions/docker", "", ""),
    ("snyk/actions/golang", "", ""),
    ("snyk/actions/gradle", "", ""),
    ("snyk/actions/iac", "", ""),
    ("snyk/actions/maven", "", ""),
    ("snyk/actions/node", "", ""),
    ("snyk/actions/python", "", ""),
    ("sonarsource/sonarqube-quality-gate-action", "", ""),
    ("trufflesecurity/trufflehog", "", ""),
    ("veracode/veracode-uploadandscan-action", "", ""),
    ("whitesource/github-sca", "", ""),
    ("zizmorcore/zizmor-action", "", ""),
];

/// Programs that scan, with the subcommand that does; none if they do nothing else.
const PROGRAMS: [(&str, &str); 30] = [
    ("bandit", ""),
    ("bartizan", "scan"),
    ("bundle-audit", ""),
    ("bundler-audit", ""),
    ("cargo", "audit"),
    ("cargo", "deny"),
    ("cargo-audit", ""),
    ("cargo-deny", ""),
    ("checkov", ""),
    ("composer", "audit"),
    ("detect-secrets", "scan"),
    ("gitleaks", ""),
    ("gosec", ""),
    ("govulncheck", ""),
    ("grype", ""),
    ("hadolint", ""),
    ("npm", "audit"),
    ("osv-scanner", ""),
    ("pip-audit", ""),
    ("pnpm", "audit"),
    ("safety", "check"),
    ("safety", "scan"),
    ("semgrep", ""),
    ("snyk", "test"),
    ("terrascan", ""),
    ("tfsec", ""),
    ("trivy", ""),
    ("trufflehog", ""),
    ("yarn", "audit"),
    ("zizmor", ""),
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in repository.files() {
        for job in &file.workflow.jobs {
            assess(Site { file, job, step: None }, reports);
        }
    }
}

fn assess(job: Site<'_>, reports: &mut Reports<'_>) {
    let steps = &job.job.steps;
    let sender = steps.iter().rposition(sends_report);
    for (number, step) in steps.iter().enumerate() {
        if sender.is_some_and(|sender| sender > number) {
            continue;
        }
        let Some((what, place)) = scanner(step) else { continue };
        let site = Site { step: Some(step), ..job };
        let why = of_step(step, &what).or_else(|| of_script(site, step, place));
        let why = why.or_else(|| of_action(step)).or_else(|| {
            let said = site.job.continue_on_error.as_ref().filter(|said| said.text.trim() == "true")?;
            let message = format!("`continue-on-error: true` on the job lets it pass whatever {what} finds");
            Some((said.span, message))
        });
        if let Some((span, message)) = why.filter(|_| !is_outcome_read(site, step)) {
            reports.at(site, span, message);
        }
    }
}

/// The scanner that `step` runs, and where its command starts in the script.
fn scanner(step: &Step) -> Option<(String, Option<usize>)> {
    if let Some(action) = step.action() {
        let found = ACTIONS.iter().find(|(known, ..)| action.is(known))?;
        return Some((format!("`{}`", found.0), None));
    }
    let text = step.run.as_ref()?.text.as_bytes();
    PROGRAMS.iter().find_map(|(program, word)| {
        let mut places = command::programs(text, program.as_bytes()).filter(|at| command::begins(text, *at));
        let at = places.find(|at| scans(text, *at, program, word))?;
        Some((format!("`{}`", format!("{program} {word}").trim()), Some(at)))
    })
}

/// True if the command at `at` is `program`, and scans.
fn scans(text: &[u8], at: usize, program: &str, word: &str) -> bool {
    let command = command::read(text, at);
    let has = |wanted: &str| command.words.iter().skip(1).any(|it| it.text == wanted.as_bytes());
    let is_asked =
        ["--version", "--help", "version", "install", "completion", "fix"].iter().any(|word| has(word));
    command.words.first().is_some_and(|name| name.text == program.as_bytes())
        && !is_asked
        && (word.is_empty() || command.words.get(1).is_some_and(|it| it.text == word.as_bytes()))
}

fn of_step(step: &Step, what: &str) -> Option<(Span, String)> {
    let said = step.continue_on_error.as_ref().filter(|said| said.text.trim() == "true")?;
    Some((said.span, format!("`continue-on-error: true` lets the step pass whatever {what} finds")))
}

fn of_action(step: &Step) -> Option<(Span, String)> {
    let action = step.action()?;
    let (name, input, value) = ACTIONS.iter().find(|(known, ..)| action.is(known))?;
    let entry = step.with.iter().find(|entry| !input.is_empty() && entry.name.eq_ignore_ascii_case(input))?;
    let is_it = entry.value.text.trim().eq_ignore_ascii_case(value);
    is_it.then(|| (entry.key, format!("`{input}: {value}` lets `{name}` pass whatever it finds")))
}

/// What follows the scanner's command and makes it pass.
fn of_script(site: Site<'_>, step: &Step, place: Option<usize>) -> Option<(Span, String)> {
    let run: &Text = step.run.as_ref()?;
    let text = run.text.as_bytes();
    let at = place?;
    let command = command::read(text, at);
    let rest = run.text.get(command.end..)?;
    let line = rest.lines().next().unwrap_or("");
    let (_, behind) = line.split_once("||").filter(|(before, _)| !before.contains(';'))?;
    let behind = behind.trim();
    let passes = ["true", ":", "exit 0", "echo", "/bin/true", "printf"].iter().find(|start| {
        behind.strip_prefix(**start).is_some_and(|rest| {
            let ends = rest.is_empty() || rest.starts_with([' ', ';', ')']);
            // A later command on the line that fails by itself.
            ends && !rest.contains("exit 1") && !rest.contains("false")
        })
    })?;
    let name = command.words.first().map_or("", |word| std::str::from_utf8(&word.text).unwrap_or(""));
    let message = format!("`|| {passes}` lets the step pass whatever `{name}` finds");
    Some((site.locate(run, at..command.end + line.len()), message))
}

/// True if `step` sends a report to code scanning.
fn sends_report(step: &Step) -> bool {
    step.uses_any(&["github/codeql-action/upload-sarif"])
        || step.run.as_ref().is_some_and(|run| run.text.contains("code-scanning/sarifs"))
}

/// True if something reads the outcome of the step.
fn is_outcome_read(site: Site<'_>, step: &Step) -> bool {
    let Some(id) = &step.id else { return false };
    let asked = [format!("steps.{}.outcome", id.text), format!("steps.{}.outputs", id.text)];
    let job = site.file.bytes.get(site.job.span.range()).unwrap_or_default();
    asked.iter().any(|asked| memchr::memmem::find(job, asked.as_bytes()).is_some())
}
