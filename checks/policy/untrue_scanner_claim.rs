//! `untrue-scanner-claim`: scanners that do not run as the policy says.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::runs::{Class, Pace, RunOf, Start, Tool, can_fail, pace};
use crate::engine::repository::policy::{Declared, Role, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Missing, Preset, Ruling, Severity};
use crate::parse::policy::declared::Entry;
use crate::parse::policy::{Kind, mood, words};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrue-scanner-claim",
        title: "scanner that does not run as the policy says",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "let the workflow do what the policy says, or say in the policy what the workflow does",
        docs: r"
## What it does
Compares sentences about scanners with how they run in workflows, in local actions and scripts called by them, and in
hooks: on which events, with which filters, how often, on what, and whether they can fail. A scanner is identified by
its actions and commands, not by its name; a step that only prints it, or never runs, does not count.

Contradictions are reported: a scan of all pull requests with a path filter, a scanner that runs on pushes only, a daily
scan that runs once a week, images that are never scanned. A scanner in no workflow contradicts nothing, since it may be
enabled in settings or as an app: such a claim is without evidence.

## Why is this bad
Code that is believed to be scanned is not checked in other ways.

## Example
`Security scans run on all pull requests`, and a workflow on `pull_request` with a `paths` filter.

## Use instead
`Security scans run on pull requests that change an image`, or a workflow without the filter.

## What would change the verdict
Upheld: the scanner runs on those events, at that frequency, on those targets. No evidence: nothing in the repository
runs it, and it is not enabled through settings. Unverifiable: the sentence is about a setting of the forge.

## Known problems
Required checks, default setup of code scanning, and apps are settings, which are not known offline.
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "tool-runs";

macro_rules! tools {
    ($($names:expr, $class:ident, $setting:expr, $actions:expr, $programs:expr, $marks:expr, $configs:expr;)*) => {
        &[$(Tool {
            names: &$names,
            class: Class::$class,
            by_setting: $setting,
            actions: &$actions,
            programs: &$programs,
            marks: &$marks,
            configs: &$configs,
        }),*]
    };
}

/// The tools named in texts.
#[rustfmt::skip]
static TOOLS: &[Tool] = tools! {
    ["codeql"], Code, true, ["github/codeql-action/analyze"], [("codeql", "database")], ["codeql"], [];
    ["semgrep"], Code, true, ["semgrep/semgrep-action", "returntocorp/semgrep-action"], [("semgrep", "")], ["semgrep"], [".semgrep.yml", ".semgrep.yaml"];
    ["bandit"], Code, false, ["pycqa/bandit-action", "tj-actions/bandit", "shundor/python-bandit-scan", "mdegis/bandit-action"], [("bandit", "")], ["bandit"], [".bandit"];
    ["gosec"], Code, false, ["securego/gosec"], [("gosec", "")], ["gosec"], [];
    ["brakeman"], Code, false, ["reviewdog/action-brakeman"], [("brakeman", "")], ["brakeman"], [];
    ["sonarqube", "sonarcloud", "sonar"], Code, true, ["sonarsource/sonarcloud-github-action", "sonarsource/sonarqube-scan-action"], [("sonar-scanner", "")], ["sonar-scanner", "sonarqube", "sonarcloud"], ["sonar-project.properties", ".sonarcloud.properties"];
    ["codacy"], Code, true, ["codacy/codacy-analysis-cli-action", "codacy/codacy-coverage-reporter-action"], [("codacy-analysis-cli", "")], ["codacy"], [".codacy.yml", ".codacy.yaml"];
    ["eslint-plugin-security"], Code, false, [], [], ["eslint-plugin-security"], [];
    ["golangci-lint"], Code, false, ["golangci/golangci-lint-action"], [("golangci-lint", "")], ["golangci-lint"], [".golangci.yml", ".golangci.yaml"];
    ["clippy"], Code, false, ["actions-rs/clippy-check"], [("cargo", "clippy")], ["clippy"], [];
    ["shellcheck"], Code, false, ["ludeeus/action-shellcheck"], [("shellcheck", "")], ["shellcheck"], [".shellcheckrc"];
    ["snyk"], Dependencies, true, ["snyk/actions", "snyk/actions/setup"], [("snyk", "")], ["snyk"], [".snyk"];
    ["cargo audit", "cargo-audit"], Dependencies, false, ["rustsec/audit-check", "actions-rs/audit-check", "actions-rust-lang/audit"], [("cargo", "audit"), ("cargo-audit", "")], ["cargo-audit"], [".cargo/audit.toml", "audit.toml"];
    ["cargo deny", "cargo-deny"], Dependencies, false, ["embarkstudios/cargo-deny-action"], [("cargo", "deny"), ("cargo-deny", "")], ["cargo-deny"], ["deny.toml", ".cargo/deny.toml"];
    ["cargo vet", "cargo-vet"], Dependencies, false, [], [("cargo", "vet")], ["cargo-vet"], ["supply-chain/config.toml"];
    ["govulncheck"], Dependencies, false, ["golang/govulncheck-action"], [("govulncheck", "")], ["govulncheck"], [];
    ["pip-audit", "pip audit"], Dependencies, false, ["pypa/gh-action-pip-audit"], [("pip-audit", "")], ["pip-audit"], [];
    ["npm audit"], Dependencies, false, ["oke-py/npm-audit-action"], [("npm", "audit"), ("pnpm", "audit"), ("yarn", "audit"), ("yarn", "npm"), ("audit-ci", ""), ("better-npm-audit", "")], ["audit-ci", "npm audit", "pnpm audit"], [];
    ["pnpm audit"], Dependencies, false, [], [("pnpm", "audit")], ["pnpm audit"], [];
    ["yarn audit"], Dependencies, false, [], [("yarn", "audit"), ("yarn", "npm")], ["yarn audit"], [];
    ["osv-scanner", "osv scanner"], Dependencies, false, ["google/osv-scanner-action", "google/osv-scanner"], [("osv-scanner", "")], ["osv-scanner"], ["osv-scanner.toml"];
    ["dependency review", "dependency-review"], Dependencies, false, ["actions/dependency-review-action"], [], ["dependency-review-action"], [];
    ["bundler-audit", "bundle-audit", "bundler audit"], Dependencies, false, [], [("bundle-audit", ""), ("bundler-audit", "")], ["bundler-audit"], [];
    ["owasp dependency-check", "dependency-check"], Dependencies, false, ["dependency-check/dependency-check_action"], [("dependency-check.sh", ""), ("dependency-check", "")], ["dependency-check"], [];
    ["safety"], Dependencies, false, ["pyupio/safety-action", "pyupio/safety"], [("safety", "check"), ("safety", "scan")], ["safety"], [".safety-policy.yml"];
    ["trivy"], Containers, false, ["aquasecurity/trivy-action", "lazy-actions/gitrivy"], [("trivy", "")], ["trivy"], [".trivyignore", "trivy.yaml", ".trivyignore.yaml"];
    ["grype"], Containers, false, ["anchore/scan-action"], [("grype", "")], ["grype"], [".grype.yaml", ".grype.yml"];
    ["docker scout"], Containers, true, ["docker/scout-action"], [("docker", "scout")], ["docker scout"], [];
    ["hadolint"], Containers, false, ["hadolint/hadolint-action"], [("hadolint", "")], ["hadolint"], [".hadolint.yaml", ".hadolint.yml"];
    ["dockle"], Containers, false, ["erzz/dockle-action", "goodwithtech/dockle-action"], [("dockle", "")], ["dockle"], [];
    ["clair"], Containers, false, ["quay/clair-action"], [("clairctl", "")], [], [];
    ["gitleaks"], Secrets, false, ["gitleaks/gitleaks-action", "zricethezav/gitleaks-action"], [("gitleaks", "")], ["gitleaks"], [".gitleaks.toml"];
    ["trufflehog"], Secrets, false, ["trufflesecurity/trufflehog"], [("trufflehog", "")], ["trufflehog"], [];
    ["detect-secrets"], Secrets, false, [], [("detect-secrets", ""), ("detect-secrets-hook", "")], ["detect-secrets"], [".secrets.baseline"];
    ["gitguardian", "ggshield"], Secrets, true, ["gitguardian/ggshield-action", "gitguardian/ggshield"], [("ggshield", "")], ["ggshield", "gitguardian"], [".gitguardian.yaml", ".gitguardian.yml"];
    ["secretlint"], Secrets, false, [], [("secretlint", "")], ["secretlint"], [".secretlintrc.json"];
    ["checkov"], Other, false, ["bridgecrewio/checkov-action"], [("checkov", "")], ["checkov"], [".checkov.yaml", ".checkov.yml"];
    ["tfsec"], Other, false, ["aquasecurity/tfsec-action"], [("tfsec", "")], ["tfsec"], [];
    ["kics"], Other, false, ["checkmarx/kics-github-action"], [("kics", "")], ["kics"], [];
    ["terrascan"], Other, false, ["tenable/terrascan-action"], [("terrascan", "")], ["terrascan"], [];
    ["zizmor"], Other, false, ["zizmorcore/zizmor-action"], [("zizmor", "")], ["zizmor"], ["zizmor.yml", ".github/zizmor.yml"];
    ["actionlint"], Other, false, ["rhysd/actionlint", "raven-actions/actionlint", "reviewdog/action-actionlint"], [("actionlint", "")], ["actionlint"], [".github/actionlint.yaml"];
    ["openssf scorecard", "ossf scorecard", "scorecard"], Other, true, ["ossf/scorecard-action"], [("scorecard", "")], ["scorecard-action"], [];
    ["cargo fuzz", "cargo-fuzz"], Other, false, [], [("cargo", "fuzz")], ["cargo-fuzz"], ["fuzz/Cargo.toml"];
    ["harden-runner"], Other, false, ["step-security/harden-runner"], [], [], [];
};

/// Names that are also English words.
const WORDS: [&str; 4] = ["safety", "sonar", "clair", "scorecard"];
/// Words for running something.
const RUNNING: [&str; 20] = [
    "scan",
    "scans",
    "scanned",
    "scanning",
    "run",
    "runs",
    "running",
    "check",
    "checks",
    "checked",
    "ci",
    "pipeline",
    "pipelines",
    "analysis",
    "monitor",
    "monitors",
    "automated",
    "workflow",
    "detect",
    "lint",
];
/// Words for features enabled by forge settings.
const SETTINGS: [&str; 9] = [
    "enabled by default",
    "default setup",
    "push protection",
    "in the repository settings",
    "in repository settings",
    "github app",
    "github's automatic",
    "advanced security",
    "code scanning alerts",
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let policy = &repository.policy;
    let sentences = policy.sentences(&[Role::Policy]);
    for sentence in sentences.iter().filter(|sentence| sentence.is_asserted()) {
        let is_named = named(repository, sentence, reports);
        if !is_named {
            general(repository, sentence, reports);
            dependencies(repository, sentence, reports);
        }
    }
    policy.declared.iter().for_each(|declared| insights(repository, declared, reports));
}

/// Checks the CI tools named in a Security Insights file.
fn insights(repository: &Repository, declared: &Declared, reports: &mut Reports<'_>) {
    for (entry, _) in declared.ending("integration.ci").filter(|(entry, _)| entry.value == "true") {
        let Some(of) = entry.key.strip_suffix("integration.ci") else { continue };
        let is_name = |other: &&Entry| {
            other.key.strip_prefix(of).is_some_and(|rest| matches!(rest, "name" | "tool-name"))
        };
        let Some(name) = declared.entries.iter().find(is_name) else { continue };
        let lower = words::lower(&name.value);
        let is_it = |tool: &&Tool| tool.names.iter().any(|known| words::has(&lower, known));
        let Some(tool) = TOOLS.iter().find(is_it) else { continue };
        let runs = repository.runs(tool);
        let (ruling, reason) = match runs.first() {
            Some(run) => (Ruling::Upheld, format!("{} runs it", run.what)),
            None if tool.by_setting => (
                Ruling::Unverifiable,
                format!("whether {} is enabled is a setting of the forge", tool.names[0]),
            ),
            None => (Ruling::NoEvidence, format!("nothing in the repository runs {}", tool.names[0])),
        };
        let said = reports.claim((&declared.path, name.span), KIND, &lower, (ruling, reason));
        if ruling == Ruling::Unverifiable {
            said.missing(Missing::Network);
        }
        for run in runs.iter().take(3) {
            said.evidence(run.path, run.span, run.what.clone());
        }
    }
}

/// Checks the tools that a sentence names; true if it names one.
fn named(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) -> bool {
    let lower = &sentence.lower;
    let product = repository.policy.name().unwrap_or("").to_owned();
    let mut is_named = false;
    for tool in TOOLS {
        let Some(name) = tool.names.iter().copied().find(|name| words::has(lower, name)) else { continue };
        is_named = true;
        // A project refers to itself by its name.
        let is_itself =
            !product.is_empty() && tool.names.iter().any(|name| product.contains(&name.replace(' ', "-")));
        let clause = clause(lower, name);
        // A link to a tool, its credentials, and required checks do not claim that it runs.
        let is_link = sentence.part.piece.links.iter().any(|link| {
            let text = sentence.part.piece.text.trim();
            sentence.part.piece.text.get(link.text.clone()).is_some_and(|label| label.trim() == text)
        });
        let is_prose =
            matches!(sentence.part.block.kind, Kind::Paragraph) && words::any(lower, &RUNNING).is_none();
        if is_link
            || is_prose
            || words::any(lower, &["must pass", "are stored", "is stored", "required to merge"]).is_some()
        {
            continue;
        }
        if is_itself || mood::is_denied(clause) {
            continue;
        }
        let runs = repository.runs(tool);
        if WORDS.contains(&name) && (runs.is_empty() || !is_proper(sentence, name)) {
            continue;
        }
        assess(repository, sentence, tool, &runs, reports);
    }
    is_named
}

/// The part of a sentence that contains `name`.
fn clause<'t>(lower: &'t str, name: &str) -> &'t str {
    let at = words::find(lower, name).unwrap_or(0);
    let start = lower[..at].rfind([';', '.']).map_or(0, |at| at + 1);
    let end = lower[at..].find([';', '.']).map_or(lower.len(), |end| at + end);
    &lower[start..end]
}

/// True if a word is used as a name: capitalised, or in code marks, and not at the start of prose.
fn is_proper(sentence: &Sentence<'_>, name: &str) -> bool {
    let Some(at) = words::find(&sentence.lower, name) else { return false };
    let text = sentence.text();
    let is_capital = text[at..].starts_with(char::is_uppercase);
    let rest = text[at + name.len()..].trim_start_matches(['*', '_', '`']);
    let is_label = rest.starts_with([':', ',', ')']) || rest.trim().is_empty();
    sentence.part.piece.is_code(sentence.range.start + at) || is_capital && is_label
}

/// When something runs, according to a sentence.
#[derive(Debug, Default)]
struct When {
    /// On pull requests, and whether on all.
    pulls: Option<bool>,
    /// On pushes or commits, and whether on all.
    pushes: Option<bool>,
    pace: Option<Pace>,
    /// On a schedule.
    is_scheduled: bool,
}

fn when(context: &str) -> When {
    let universal = |at: usize| {
        let before: Vec<&str> = context[..at].split_whitespace().rev().take(3).collect();
        before.iter().any(|word| ["every", "each", "all", "any"].contains(&word.trim_matches(['*', '`'])))
    };
    let about = |names: &[&str]| {
        let places: Vec<usize> = names.iter().flat_map(|name| words::places(context, name)).collect();
        let is_negated = |at: usize| context[..at].ends_with("non-");
        let places: Vec<usize> = places.into_iter().filter(|at| !is_negated(*at)).collect();
        (!places.is_empty()).then(|| places.iter().any(|at| universal(*at)))
    };
    let pace = if words::any(context, &["daily", "nightly", "every day", "every night"]).is_some() {
        Some(Pace::Daily)
    } else if words::any(context, &["weekly", "every week", "once a week"]).is_some() {
        Some(Pace::Weekly)
    } else if words::any(context, &["monthly", "every month"]).is_some() {
        Some(Pace::Monthly)
    } else {
        None
    };
    When {
        pulls: about(&["pull request", "pull requests", "prs", "pr"]),
        pushes: about(&["push", "pushes"]).filter(|_| !words::has(context, "push protection")),
        is_scheduled: pace.is_some() || words::any(context, &["scheduled", "on a schedule"]).is_some(),
        pace,
    }
}

/// Checks that `tool`, which runs at `runs`, does what a sentence says.
fn assess(
    repository: &Repository,
    sentence: &Sentence<'_>,
    tool: &Tool,
    runs: &[RunOf<'_>],
    reports: &mut Reports<'_>,
) {
    let name = tool.names[0];
    let about = format!("{name}: {}", sentence.lower);
    let context = match sentence.part.block.kind {
        Kind::Row(_) => words::lower(&sentence.part.block.text()),
        _ => sentence.lower.clone(),
    };
    let leads: Vec<String> = sentence.leads().take(1).collect();
    let all = format!("{context} {}", leads.join(" "));
    let Some(first) = runs.first() else {
        let is_setting = words::any(&all, &SETTINGS).is_some();
        if is_setting && tool.by_setting {
            let reason = format!("whether {name} is enabled is a setting of the forge");
            reports
                .claim(sentence.place(), KIND, &about, (Ruling::Unverifiable, reason))
                .missing(Missing::Network);
        } else {
            let reason = format!("nothing in the repository runs {name}");
            reports.claim(sentence.place(), KIND, &about, (Ruling::NoEvidence, reason));
        }
        return;
    };
    let why = wrong_start(repository, runs, &when(&all))
        .or_else(|| wrong_mode(repository, tool, runs, &context))
        .or_else(|| {
            let says = words::any(
                &context,
                &[
                    "fails the build",
                    "fail the build",
                    "blocks merge",
                    "blocks merging",
                    "block merging",
                    "block merges",
                    "blocks the",
                ],
            );
            let is_weak = runs.iter().all(|run| run.site.is_some() && !can_fail(run));
            says.filter(|_| is_weak).map(|_| format!("{} passes whatever it finds", first.what))
        });
    let (ruling, reason) = match why {
        Some(why) => (Ruling::Contradicted, why),
        None => (Ruling::Upheld, format!("{} runs it", first.what)),
    };
    let said = reports.claim(sentence.place(), KIND, &about, (ruling, reason));
    for run in runs.iter().take(3) {
        said.evidence(run.path, run.span, run.what.clone());
    }
}

/// True for a trigger with a path filter.
fn is_filtered(start: &Start<'_>) -> bool {
    start.event.filters.iter().any(|filter| filter == "paths")
}

/// How the triggers of `runs` differ from the claim; none if they match, or are unknown.
fn wrong_start(repository: &Repository, runs: &[RunOf<'_>], when: &When) -> Option<String> {
    // A tool that is only named may run anywhere.
    if runs.iter().any(|run| run.is_named || run.site.is_none()) {
        return None;
    }
    let mut starts = Vec::new();
    for run in runs {
        starts.extend(repository.starts(run.site?)?);
    }
    if starts.is_empty() {
        return None;
    }
    let file = starts[0].file.path.shown();
    let on = |names: &[&str]| {
        starts.iter().filter(|start| names.contains(&start.event.name.text.as_str())).collect::<Vec<_>>()
    };
    let listed = || {
        let mut names: Vec<&str> = starts.iter().map(|start| start.event.name.text.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let pulls = on(&["pull_request", "pull_request_target", "merge_group"]);
    if let Some(is_all) = when.pulls {
        if pulls.is_empty() {
            return Some(format!("`{file}` does not run on pull requests: it runs on {}", listed()));
        }
        if is_all && pulls.iter().all(|start| is_filtered(start)) {
            let file = pulls[0].file.path.shown();
            return Some(format!("`{file}` runs on pull requests that change certain paths only"));
        }
    }
    let pushes = on(&["push"]);
    if let Some(is_all) = when.pushes {
        if pushes.is_empty() && pulls.is_empty() {
            return Some(format!("`{file}` does not run on pushes: it runs on {}", listed()));
        }
        if is_all
            && !pushes.is_empty()
            && pushes.iter().all(|start| is_filtered(start))
            && pulls.iter().all(|start| is_filtered(start))
        {
            return Some(format!("`{file}` runs on pushes that change certain paths only"));
        }
    }
    if when.is_scheduled {
        let clocks = on(&["schedule"]);
        if clocks.is_empty() {
            let is_near = when.pace.is_none() && (!pushes.is_empty() || !pulls.is_empty());
            return (!is_near)
                .then(|| format!("`{file}` does not run on a schedule: it runs on {}", listed()));
        }
        let fastest = clocks.iter().filter_map(|start| pace(start.file)).min();
        if let (Some(said), Some(found)) = (when.pace, fastest)
            && found > said
        {
            let words = if found == Pace::Weekly { "once a week" } else { "less often than once a week" };
            return Some(format!("`{}` runs {words}", clocks[0].file.path.shown()));
        }
    }
    None
}

/// How the targets of a tool differ from the claim.
fn wrong_mode(repository: &Repository, tool: &Tool, runs: &[RunOf<'_>], context: &str) -> Option<String> {
    let has_steps = runs.iter().all(|run| run.site.is_some_and(|site| site.step.is_some()));
    match tool.names[0] {
        "trivy" if has_steps => {
            let says_image = words::any(
                context,
                &[
                    "container image",
                    "container images",
                    "docker image",
                    "docker images",
                    "images",
                    "image scanning",
                ],
            )
            .is_some();
            let has_image = repository
                .paths
                .iter()
                .any(|path| matches!(path.file_name(), b"Dockerfile" | b"Containerfile"));
            let is_other = |run: &RunOf<'_>| {
                let Some(step) = run.site.and_then(|site| site.step) else { return false };
                let kind = step.input("scan-type").map(|kind| kind.text.trim().to_owned());
                let command =
                    run.rest.split_whitespace().find(|word| !word.starts_with('-')).map(str::to_owned);
                let kind = kind.or(command).unwrap_or_default();
                ["fs", "config", "repo", "filesystem", "rootfs", "sbom"].contains(&kind.as_str())
                    && step.input("image-ref").is_none()
            };
            (says_image && has_image && runs.iter().all(is_other))
                .then(|| "Trivy scans files here, never an image".to_owned())
        }
        "bandit" => {
            let says_high =
                words::has(context, "only") && words::has(context, "high") && !words::has(context, "medium");
            let is_medium = |run: &RunOf<'_>| {
                let words: Vec<&str> = run.rest.split_whitespace().collect();
                let level = words.contains(&"-ll")
                    || words.windows(2).any(|pair| pair == ["--severity-level", "medium"]);
                run.site.is_some() && level
            };
            (says_high && runs.iter().any(is_medium))
                .then(|| "`-ll` makes Bandit report medium severity too".to_owned())
        }
        "codeql" => languages(runs, context),
        _ => None,
    }
}

/// Languages that a sentence names but CodeQL's configuration omits.
fn languages(runs: &[RunOf<'_>], context: &str) -> Option<String> {
    const KNOWN: [(&str, &[&str]); 8] = [
        ("python", &["python"]),
        ("javascript", &["javascript", "javascript-typescript", "typescript"]),
        ("typescript", &["javascript", "javascript-typescript", "typescript"]),
        ("go code", &["go"]),
        ("java", &["java", "java-kotlin"]),
        ("ruby", &["ruby"]),
        ("rust", &["rust"]),
        ("swift", &["swift"]),
    ];
    let mut all: Vec<String> = Vec::new();
    for run in runs {
        let site = run.site?;
        for step in site.job.steps.iter().filter(|step| step.uses_any(&["github/codeql-action/init"])) {
            let text = step.input("languages")?.text.to_ascii_lowercase();
            if text.contains("${{") {
                let matrix = site.job.matrix.values.iter().filter(|(name, _)| text.contains(name.as_str()));
                let values: Vec<String> = matrix
                    .flat_map(|(_, values)| values.iter().map(|value| value.text.to_ascii_lowercase()))
                    .collect();
                if values.is_empty() || values.iter().any(|value| value.contains("${{")) {
                    return None;
                }
                all.extend(values);
            } else {
                all.extend(text.split([',', '\n', ' ']).map(|part| part.trim().to_owned()));
            }
        }
    }
    if all.is_empty() {
        return None;
    }
    let missing = KNOWN.iter().find(|(word, names)| {
        words::has(context, word) && !all.iter().any(|language| names.contains(&language.as_str()))
    });
    missing.map(|(word, _)| format!("the CodeQL configuration omits {}", word.trim_end_matches(" code")))
}

/// Checks that dependencies are scanned, by any tool.
fn dependencies(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let lower = &sentence.lower;
    let says = [
        "scanning of all dependencies",
        "scanning of dependencies",
        "dependencies are scanned",
        "dependencies are regularly scanned",
        "dependencies are automatically scanned",
        "dependency vulnerability scanning",
        "dependency scanning",
    ];
    let others = ["dependabot", "renovate", "report", "reporting", "advanced security"];
    if words::any(lower, &says).is_none() || words::any(lower, &others).is_some() || mood::is_denied(lower) {
        return;
    }
    let tools = TOOLS.iter().filter(|tool| tool.class == Class::Dependencies);
    let run = tools.flat_map(|tool| repository.runs(tool)).next();
    let (ruling, reason) = match &run {
        Some(run) => (Ruling::Upheld, format!("{} runs as claimed", run.what)),
        None => (Ruling::NoEvidence, "nothing in the repository scans dependencies".to_owned()),
    };
    let said = reports.claim(sentence.place(), KIND, &format!("dependencies: {lower}"), (ruling, reason));
    if let Some(run) = &run {
        said.evidence(run.path, run.span, run.what.clone());
    }
}

/// Checks claims about scans without a tool's name.
fn general(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let lower = &sentence.lower;
    let scans = [
        "security scans",
        "security scan",
        "security scanning",
        "vulnerability scanning",
        "vulnerability scans",
        "security checks",
        "vulnerability scan",
    ];
    let leads: Vec<String> = sentence.leads().take(1).collect();
    let is_led = leads.iter().any(|lead| {
        words::any(lead, &scans).is_some()
            && words::any(lead, &["runs on", "run on", "runs", "triggered"]).is_some()
    });
    let has_subject = words::any(lower, &scans).is_some();
    let wanted = when(lower);
    let says_when = wanted.pulls.is_some() || wanted.pushes.is_some() || wanted.is_scheduled;
    if mood::is_denied(lower)
        || !(is_led || has_subject)
        || words::any(lower, &["report", "reporting", "disclosure"]).is_some()
    {
        return;
    }
    if !says_when {
        return;
    }
    let runs: Vec<RunOf<'_>> = TOOLS
        .iter()
        .filter(|tool| tool.class != Class::Other)
        .flat_map(|tool| repository.runs(tool))
        .filter(|run| run.site.is_some())
        .collect();
    let Some(first) = runs.first() else {
        let reason = "no workflow runs a known scanner".to_owned();
        reports.claim(sentence.place(), KIND, lower, (Ruling::NoEvidence, reason));
        return;
    };
    let why = wrong_start(repository, &runs, &wanted);
    let (ruling, reason) = match why {
        Some(why) => (Ruling::Contradicted, why),
        None => (Ruling::Upheld, format!("{} runs as claimed", first.what)),
    };
    let said = reports.claim(sentence.place(), KIND, lower, (ruling, reason));
    said.evidence(first.path, first.span, first.what.clone());
}
