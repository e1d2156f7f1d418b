//! Where tools run: workflow steps, scripts called by them, hooks; their triggers, and whether they can fail the job.

use super::Policy;
use crate::engine::repository::{Document, File, Kind, Repository, Site, condition};
use crate::model::{RepoPath, Span};
use crate::parse::script::{self, Program};
use crate::parse::workflow::{Event, Step};

/// Callers that are followed for one place, and how far.
const CALLERS_MAX: usize = 100;
const DEPTH_MAX: usize = 6;

/// A tool, as it is used.
#[derive(Debug)]
pub struct Tool {
    /// What it is called, in lower case, as texts name it; the first is its name.
    pub names: &'static [&'static str],
    /// Actions that run it: `owner/name`, perhaps with a path.
    pub actions: &'static [&'static str],
    /// Programs that run it, each with the word that has to follow, if one has to.
    pub programs: &'static [(&'static str, &'static str)],
    /// Words that name it in the configuration of hooks and of other tools.
    pub marks: &'static [&'static str],
    /// Files that configure it, by their names or paths.
    pub configs: &'static [&'static str],
    /// What it is for.
    pub class: Class,
    /// True if it may run by a setting of the forge, or as an app, without a trace in the repository.
    pub by_setting: bool,
}

/// What a tool is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Source text.
    Code,
    /// Dependencies.
    Dependencies,
    /// Images of containers.
    Containers,
    /// Secrets.
    Secrets,
    /// Something else.
    Other,
}

/// A place where a tool runs.
#[derive(Debug)]
pub struct RunOf<'a> {
    /// The step of a workflow or action that runs it, if one does.
    pub site: Option<Site<'a>>,
    /// Where.
    pub path: &'a RepoPath,
    /// What runs it.
    pub span: Span,
    /// The same as text: "`cargo audit`".
    pub what: String,
    /// The rest of its command; empty for an action.
    pub rest: String,
    /// True if it is named in configuration, and it is not known where it runs.
    pub is_named: bool,
}

/// What starts a step.
#[derive(Debug)]
pub struct Start<'a> {
    /// The workflow.
    pub file: &'a File,
    /// The event.
    pub event: &'a Event,
}

impl Repository {
    /// Where `tool` runs.
    #[must_use]
    pub fn runs(&self, tool: &Tool) -> Vec<RunOf<'_>> {
        let policy: &Policy = &self.policy;
        let mut found = Vec::new();
        let scripts: Vec<(&RepoPath, String)> = policy
            .scripts
            .iter()
            .filter_map(|(path, bytes)| {
                let text = std::str::from_utf8(bytes).ok()?;
                command(tool, text).map(|(_, what, _)| (path, what))
            })
            .collect();
        let workflows =
            self.files().filter(|file| !self.is_action(file) || self.callers(file).next().is_some());
        for file in workflows {
            for job in &file.workflow.jobs {
                if let Some(uses) = job.uses.as_ref().filter(|uses| is_called(tool, &uses.text)) {
                    let site = Site { file, job, step: None };
                    found.push(RunOf {
                        site: Some(site),
                        path: &file.path,
                        span: uses.span,
                        what: format!("`{}`", uses.text),
                        rest: String::new(),
                        is_named: false,
                    });
                }
                for step in &job.steps {
                    let site = Site { file, job, step: Some(step) };
                    found.extend(of_step(tool, site, &scripts));
                }
            }
        }
        for document in self.documents(Kind::HookConfig) {
            found.extend(of_hooks(tool, document));
        }
        for (path, bytes) in &policy.scripts {
            let name = path.file_name();
            let is_ci = name.starts_with(b".gitlab-ci")
                || name == b"Jenkinsfile"
                || name.starts_with(b"azure-pipelines")
                || matches!(name, b".travis.yml" | b".drone.yml" | b"config.yml" | b"lefthook.yml");
            let is_host = name.starts_with(b".golangci")
                || name.starts_with(b"eslint.config")
                || name.starts_with(b"build.gradle")
                || matches!(
                    name,
                    b"package.json" | b"pyproject.toml" | b"pom.xml" | b"tox.ini" | b"noxfile.py"
                );
            let text = String::from_utf8_lossy(bytes);
            let mark = tool.marks.iter().filter(|_| is_host || is_ci).find_map(|mark| {
                text.match_indices(mark)
                    .map(|(at, _)| at)
                    .find(|at| is_word(&text, *at, mark.len()))
                    .map(|at| (at, *mark))
            });
            let named = mark.map(|(at, mark)| (at, format!("`{mark}`"), mark.len()));
            if let Some((at, what, length)) = named {
                let rest = String::new();
                found.push(RunOf {
                    site: None,
                    path,
                    span: Span::new(at, at + length),
                    what,
                    rest,
                    is_named: true,
                });
            }
        }
        for path in &self.paths {
            let is_it = |config: &&str| match config.contains('/') {
                true => path.as_bytes() == config.as_bytes(),
                false => path.file_name() == config.as_bytes() && path.depth() <= 1,
            };
            if tool.configs.iter().any(is_it) {
                let what = format!("`{}`", path.shown());
                let rest = String::new();
                found.push(RunOf { site: None, path, span: Span::new(0, 0), what, rest, is_named: true });
            }
        }
        found
    }

    /// What starts the step or job at `site`, through whatever calls it; nothing if that is not known.
    #[must_use]
    pub fn starts<'a>(&'a self, site: Site<'a>) -> Option<Vec<Start<'a>>> {
        let mut starts = Vec::new();
        let mut open = vec![(site, Vec::new(), 0)];
        let mut followed = 0;
        while let Some((site, mut asked, depth)) = open.pop() {
            followed += 1;
            if followed > CALLERS_MAX || depth > DEPTH_MAX || !site.file.spend(100) {
                return None;
            }
            asked.extend(site.step.and_then(|step| step.condition.as_ref()));
            asked.extend(site.job.condition.as_ref());
            let before = open.len();
            open.extend(self.callers(site.file).map(|caller| (caller, asked.clone(), depth + 1)));
            let has_callers = open.len() > before;
            if self.is_action(site.file) {
                if !has_callers {
                    return None;
                }
                continue;
            }
            for event in &site.file.workflow.on {
                let name = event.name.text.as_str();
                if name == "workflow_call" {
                    // Who calls it is elsewhere.
                    if !has_callers && site.file.workflow.is_only_called() {
                        return None;
                    }
                    continue;
                }
                if !asked
                    .iter()
                    .any(|condition| condition::excludes(condition, name) || is_never(&condition.text))
                {
                    starts.push(Start { file: site.file, event });
                }
            }
        }
        Some(starts)
    }
}

/// True for a condition that never holds.
fn is_never(condition: &str) -> bool {
    let bare = condition.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
    bare.eq_ignore_ascii_case("false")
}

fn is_called(tool: &Tool, uses: &str) -> bool {
    let uses = uses.to_ascii_lowercase();
    tool.actions.iter().any(|action| {
        uses.starts_with(&action.to_ascii_lowercase()) && uses[action.len()..].starts_with(['@', '/'])
    })
}

/// True if what stands at `at` is a word of its own.
fn is_word(text: &str, at: usize, length: usize) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let bytes = text.as_bytes();
    !is_part(at.checked_sub(1).and_then(|before| bytes.get(before))) && !is_part(bytes.get(at + length))
}

fn of_step<'a>(tool: &Tool, site: Site<'a>, scripts: &[(&'a RepoPath, String)]) -> Vec<RunOf<'a>> {
    let Some(step) = site.step else { return Vec::new() };
    let is_disabled = step
        .condition
        .as_ref()
        .or(site.job.condition.as_ref())
        .is_some_and(|condition| is_never(&condition.text));
    if is_disabled {
        return Vec::new();
    }
    let run = |span: Span, what: String, rest: String| RunOf {
        site: Some(site),
        path: &site.file.path,
        span,
        what,
        rest,
        is_named: false,
    };
    if let Some(uses) = step.uses.as_ref() {
        let image = uses
            .text
            .strip_prefix("docker://")
            .is_some_and(|image| tool.programs.iter().any(|(name, _)| image.contains(name)));
        if step.uses_any(tool.actions) || image {
            return vec![run(uses.span, format!("`{}`", uses.text.trim()), String::new())];
        }
    }
    // Actions that are given commands take them as inputs.
    let inputs = step
        .with
        .iter()
        .filter(|entry| ["run", "command", "script", "cmd"].contains(&entry.name.as_str()))
        .map(|entry| &entry.value);
    let mut found = Vec::new();
    for text in step.run.iter().chain(inputs) {
        if let Some((at, what, rest)) = command(tool, &text.text) {
            found.push(run(site.locate(text, at..at + what.len().saturating_sub(2)), what, rest));
        } else if let Some((path, what)) = scripts.iter().find(|(path, _)| calls(&text.text, path)) {
            let what = format!("{what} in `{}`", path.shown());
            found.push(run(text.span, what, String::new()));
        }
    }
    if step.uses_any(&["golangci/golangci-lint-action"]) && tool.marks.contains(&"gosec") {
        let host = scripts.iter().find(|(path, _)| path.file_name().starts_with(b".golangci"));
        if let (Some((path, _)), Some(uses)) = (host, &step.uses) {
            found.push(run(uses.span, format!("`golangci-lint` with `{}`", path.shown()), String::new()));
        }
    }
    found
}

/// True if a script calls the file at `path`, or runs what it configures.
fn calls(script: &str, path: &RepoPath) -> bool {
    let name = String::from_utf8_lossy(path.file_name()).into_owned();
    let runs = |wanted: &[&str]| script::programs(script).any(|program| wanted.contains(&program.base()));
    match name.as_str() {
        "Makefile" | "GNUmakefile" => runs(&["make", "gmake"]),
        "justfile" | "Justfile" => runs(&["just"]),
        "Taskfile.yml" | "Taskfile.yaml" => runs(&["task", "go-task"]),
        "package.json" => runs(&["npm", "pnpm", "yarn", "bun"]),
        "tox.ini" => runs(&["tox"]) || script.contains("tox"),
        "noxfile.py" => script.contains("nox"),
        "pyproject.toml" => {
            ["poe ", "hatch ", "pdm run", "tox", "task "].iter().any(|runner| script.contains(runner))
        }
        ".golangci.yml" | ".golangci.yaml" => script.contains("golangci-lint"),
        ".pre-commit-config.yaml" => script.contains("pre-commit"),
        other => {
            other.len() > 3 && script.match_indices(other).any(|(at, _)| is_word(script, at, other.len()))
        }
    }
}

/// The command of a script that runs `tool`: position, text, and the rest.
fn command(tool: &Tool, script: &str) -> Option<(usize, String, String)> {
    // A cheap look first.
    if !tool.programs.iter().any(|(program, _)| script.contains(program)) {
        return None;
    }
    script::programs(script).find_map(|program| {
        tool.programs.iter().find_map(|(name, word)| {
            let rest = is_run(program, name, word)?;
            let what = format!("`{}`", format!("{name} {word}").trim());
            Some((program.at, what, rest))
        })
    })
}

/// What follows if `program` runs `name` with `word` behind it, by itself or through what runs other programs.
fn is_run(program: Program<'_>, name: &str, word: &str) -> Option<String> {
    const RUNNERS: [&str; 26] = [
        "uv", "uvx", "poetry", "pipx", "npx", "pnpm", "yarn", "bunx", "python", "python3", "docker",
        "podman", "hatch", "rye", "pdm", "bundle", "go", "mise", "nix", "conda", "pixi", "rtx", "dotnet",
        "bash", "sh", "npm",
    ];
    const NO_RUN: [&str; 12] = [
        "--version",
        "--help",
        "-V",
        "version",
        "install",
        "add",
        "pull",
        "completion",
        "download",
        "tap",
        "build",
        "login",
    ];
    let words: Vec<&str> = program.words().map(|word| word.trim_end_matches(';')).collect();
    let asks = |words: &[&str]| {
        words.first().is_some_and(|first| NO_RUN.contains(first))
            || words.contains(&"--version")
            || words.contains(&"--help")
    };
    let follows =
        |words: &[&str]| word.is_empty() || words.iter().find(|word| !word.starts_with('-')) == Some(&word);
    if program.base() == name {
        return (follows(&words) && !asks(&words)).then(|| words.join(" "));
    }
    if !RUNNERS.contains(&program.base()) || asks(&words) || name == program.base() {
        return None;
    }
    let at = words.iter().position(|one| {
        let bare = one.split(['@', ':', '=']).next().unwrap_or(one);
        let last = bare.rsplit('/').next().unwrap_or(bare);
        last == name || last.replace('_', "-") == name
    })?;
    // `uv pip install bandit` runs none.
    if words[..at].iter().any(|word| NO_RUN.contains(word)) {
        return None;
    }
    let behind = &words[at + 1..];
    (follows(behind) && !asks(behind)).then(|| behind.join(" "))
}

/// What hooks of pre-commit run it.
fn of_hooks<'a>(tool: &Tool, document: &'a Document) -> Vec<RunOf<'a>> {
    let mut found = Vec::new();
    let Some(repos) = document.yaml.root().get("repos") else { return found };
    for repo in repos.items() {
        let address = repo.get("repo").and_then(|value| value.text()).unwrap_or("").to_ascii_lowercase();
        for hook in repo.get("hooks").into_iter().flat_map(|hooks| hooks.items()) {
            let text =
                |key: &str| hook.get(key).and_then(|value| value.text()).unwrap_or("").to_ascii_lowercase();
            let (id, entry) = (text("id"), text("entry"));
            let all = [address.as_str(), id.as_str(), entry.as_str(), &text("args")];
            let is_it = tool.marks.iter().any(|mark| {
                all.iter().any(|text| text.match_indices(mark).any(|(at, _)| is_word(text, at, mark.len())))
            });
            if is_it {
                let span = hook.get("id").map_or(Span::new(0, 0), |value| value.span());
                let rest = String::new();
                found.push(RunOf {
                    site: None,
                    path: &document.path,
                    span,
                    what: format!("the hook `{id}`"),
                    rest,
                    is_named: true,
                });
            }
        }
    }
    found
}

/// True if the tool that `site` runs can fail its job: nothing lets it pass whatever it finds, or a later step fails for it.
#[must_use]
pub fn can_fail(run: &RunOf<'_>) -> bool {
    let Some(site) = run.site else { return true };
    let Some(step) = site.step else { return true };
    let is_true =
        |text: Option<&crate::parse::workflow::Text>| text.is_some_and(|text| text.text.trim() == "true");
    let passes = is_true(step.continue_on_error.as_ref())
        || is_true(site.job.continue_on_error.as_ref())
        || step.input("exit-code").is_some_and(|code| code.text.trim() == "0")
        || step.run.as_ref().is_some_and(|script| {
            script.text.lines().any(|line| line.contains("|| true") || line.contains("|| :"))
        });
    let fails = |step: &Step| {
        let script =
            step.run.as_ref().is_some_and(|run| run.text.contains("exit 1") || run.text.contains("exit $"));
        script || step.input("exit-code").is_some_and(|code| code.text.trim() == "1")
    };
    !passes || fails(step) || site.steps_behind().iter().any(fails)
}

/// How often a workflow is started by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// At least once a day.
    Daily,
    /// At least once a week.
    Weekly,
    /// Less often.
    Monthly,
}

/// The fastest pace at which the clock starts `file`.
#[must_use]
pub fn pace(file: &File) -> Option<Pace> {
    let text = std::str::from_utf8(&file.bytes).ok()?;
    let lines = text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("cron:"));
    lines
        .filter_map(|line| {
            pace_of(line.split('#').next().unwrap_or("").trim().trim_matches(['"', '\'', ' ']))
        })
        .min()
}

fn pace_of(cron: &str) -> Option<Pace> {
    let [_, _, day, _, weekday] = cron.split_whitespace().collect::<Vec<_>>()[..] else { return None };
    let is_any = |field: &str| matches!(field, "*" | "?" | "*/1");
    let days = weekday.split(',').count() + if weekday.contains('-') { 4 } else { 0 };
    Some(match (is_any(day), is_any(weekday)) {
        (true, true) => Pace::Daily,
        (true, false) if days >= 5 => Pace::Daily,
        (true, false) => Pace::Weekly,
        (false, _)
            if day.contains("*/")
                && day.trim_start_matches("*/").parse().is_ok_and(|step: u32| step <= 7) =>
        {
            Pace::Weekly
        }
        (false, _) => Pace::Monthly,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUDIT: Tool = Tool {
        names: &["cargo audit"],
        actions: &[],
        programs: &[("cargo", "audit"), ("bandit", "")],
        marks: &[],
        configs: &[],
        class: Class::Dependencies,
        by_setting: false,
    };

    #[test]
    fn scripts_run_tools() {
        for script in [
            "cargo audit",
            "set -e\ncargo audit --deny warnings",
            "uv run bandit -r src",
            "python -m bandit x",
            "docker run x/bandit:1 -r .",
            "poetry run bandit -r a",
            "if ! cargo audit; then exit 1; fi",
        ] {
            assert!(command(&AUDIT, script).is_some(), "{script}");
        }
        for script in [
            "echo \"cargo audit\"",
            "# cargo audit",
            "cargo install cargo-audit",
            "pip install bandit",
            "cargo build",
            "bandit --version",
            "uv pip install bandit",
            "poetry add bandit",
        ] {
            assert!(command(&AUDIT, script).is_none(), "{script}");
        }
    }

    #[test]
    fn clocks_have_a_pace() {
        assert_eq!(pace_of("0 2 * * *"), Some(Pace::Daily));
        assert_eq!(pace_of("0 9 * * 1"), Some(Pace::Weekly));
        assert_eq!(pace_of("0 9 * * 1-5"), Some(Pace::Daily));
        assert_eq!(pace_of("0 0 1 * *"), Some(Pace::Monthly));
        assert_eq!(pace_of("nonsense"), None);
    }
}
