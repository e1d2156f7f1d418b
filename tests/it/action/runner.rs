//! Runs the steps of `action.yml` as the runner of GitHub does: their own shell, with the environment, the
//! expressions and the files that they would get. What other actions do is only noted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use bartizan::parse::yaml::{self, Value};

use super::expression::{self, Scope};

/// A job with the action as its only step.
pub(super) struct Job {
    /// Where the repository was checked out.
    pub(super) workspace: PathBuf,
    pub(super) inputs: BTreeMap<String, String>,
    pub(super) environment: BTreeMap<String, String>,
    /// How an upload ends: `success` or `failure`.
    pub(super) upload: &'static str,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Ran {
    /// True if no step failed that counts.
    pub(super) passed: bool,
    /// Exit codes of the steps that ran, by id.
    pub(super) codes: BTreeMap<String, i32>,
    /// The outputs of the action.
    pub(super) outputs: BTreeMap<String, String>,
    /// What the steps printed, all together.
    pub(super) log: String,
    pub(super) summary: String,
    /// What other actions were used with, by their name.
    pub(super) used: Vec<(String, BTreeMap<String, String>)>,
}

impl Ran {
    pub(super) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }

    /// What the upload was given, if there was one.
    pub(super) fn upload(&self) -> Option<&BTreeMap<String, String>> {
        let is_upload = |name: &str| name.starts_with("github/codeql-action/upload-sarif@");
        self.used.iter().find(|(name, _)| is_upload(name)).map(|(_, with)| with)
    }

    /// Lines that the runner takes for commands, as it does: outside of what is stopped, wherever `##[` or
    /// at the start `::` stands.
    pub(super) fn commands(&self) -> Vec<&str> {
        let mut stopped: Option<String> = None;
        let mut commands = Vec::new();
        for line in self.log.lines() {
            if let Some(token) = &stopped {
                if line.trim() == format!("::{token}::") {
                    stopped = None;
                }
            } else if let Some(token) = line.strip_prefix("::stop-commands::") {
                stopped = Some(token.to_owned());
            } else if line.trim_start().starts_with("::") || line.contains("##[") {
                commands.push(line);
            }
        }
        commands
    }
}

impl Job {
    pub(super) fn run(&self) -> Ran {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let document = yaml::read(&std::fs::read(root.join("action.yml")).unwrap()).unwrap();
        let action = document.root();
        let temp = tempfile::tempdir().unwrap();
        let mut scope = Scope::default();
        for (name, input) in action.get("inputs").unwrap().entries() {
            let name = name.text().unwrap();
            let given = self.inputs.get(name).cloned();
            let value = given.unwrap_or_else(|| text(input.get("default")));
            scope.set(&format!("inputs.{name}"), &value);
        }
        for name in self.inputs.keys() {
            assert!(scope.get(&format!("inputs.{name}")).is_some(), "the action has no input {name}");
        }
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        for (name, value) in [
            ("github.token", "job-token"),
            ("github.action_path", &path(root)),
            ("github.workspace", &path(&self.workspace)),
            ("runner.os", "Linux"),
            ("runner.arch", "X64"),
            ("runner.temp", &path(temp.path())),
        ] {
            scope.set(name, value);
        }
        let inputs = scope.names("inputs.");
        for name in inputs {
            let value = expression::filled(&scope.get(&name).unwrap(), &scope, true);
            scope.set(&name, &value);
        }

        let mut ran = Ran { passed: true, ..Ran::default() };
        for step in action.get("runs").unwrap().get("steps").unwrap().items() {
            let id = text(step.get("id"));
            let condition = step.get("if").map_or_else(|| "success()".to_owned(), |text_| text(Some(text_)));
            let holds = expression::truth(&condition, &scope, ran.passed);
            // Unless it says otherwise, a step waits for those before it.
            let waits = !condition.contains("always()");
            if !holds || waits && !ran.passed {
                scope.set(&format!("steps.{id}.outcome"), "skipped");
                continue;
            }
            let outcome = self.step(step, &id, &mut scope, temp.path(), &mut ran);
            scope.set(&format!("steps.{id}.outcome"), if outcome { "success" } else { "failure" });
            ran.passed &= outcome || text(step.get("continue-on-error")) == "true";
        }
        for (name, output) in action.get("outputs").unwrap().entries() {
            let value = expression::filled(&text(output.get("value")), &scope, true);
            ran.outputs.insert(name.text().unwrap().to_owned(), value);
        }
        // The reports are looked at after the job; the folder is not there any more then.
        for file in ["sarif-file", "json-file", "html-file"] {
            if let Some(path) = ran.outputs.get(file).filter(|path| !path.is_empty()) {
                let content = std::fs::read_to_string(path).unwrap_or_default();
                ran.outputs.insert(file.replace("-file", ""), content);
            }
        }
        ran
    }

    /// Runs a step; true if it ended well.
    fn step(&self, step: Value<'_>, id: &str, scope: &mut Scope, temp: &Path, ran: &mut Ran) -> bool {
        if let Some(uses) = step.get("uses") {
            let with = step.get("with").into_iter().flat_map(Value::entries).map(|(name, value)| {
                (name.text().unwrap().to_owned(), expression::filled(&text(Some(value)), scope, ran.passed))
            });
            let name = text(Some(uses));
            let is_upload = name.starts_with("github/codeql-action/");
            ran.used.push((name, with.collect()));
            return !is_upload || self.upload == "success";
        }
        assert_eq!(text(step.get("shell")), "bash");
        let (out, summary) = (temp.join(format!("output-{id}")), temp.join(format!("summary-{id}")));
        std::fs::write(&out, "").unwrap();
        std::fs::write(&summary, "").unwrap();
        let script = temp.join(format!("{id}.sh"));
        // What stands in `run` is evaluated before any shell sees it.
        std::fs::write(&script, expression::filled(&text(step.get("run")), scope, ran.passed)).unwrap();
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
            .arg(&script)
            .current_dir(&self.workspace)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", "/nonexistent")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("SOURCE_DATE_EPOCH", "1790000000")
            .env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_WORKSPACE", &self.workspace)
            .env("GITHUB_OUTPUT", &out)
            .env("GITHUB_STEP_SUMMARY", &summary)
            .env("RUNNER_TEMP", temp)
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .env("BARTIZAN_CACHE_DIR", temp.join("cache"))
            .env("BARTIZAN_OFFLINE", "1")
            .envs(&self.environment);
        for (name, value) in step.get("env").into_iter().flat_map(Value::entries) {
            command.env(name.text().unwrap(), expression::filled(&text(Some(value)), scope, ran.passed));
        }
        let output = command.output().unwrap();
        let code = output.status.code().unwrap_or(-1);
        ran.codes.insert(id.to_owned(), code);
        ran.log.push_str(&String::from_utf8_lossy(&output.stdout));
        ran.log.push_str(&String::from_utf8_lossy(&output.stderr));
        ran.summary.push_str(&std::fs::read_to_string(&summary).unwrap());
        for line in std::fs::read_to_string(&out).unwrap().lines() {
            // No step of ours writes the other form, which has an end of its own.
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("no output: {line}"));
            scope.set(&format!("steps.{id}.outputs.{name}"), value);
        }
        code == 0
    }
}

fn text(value: Option<Value<'_>>) -> String {
    value.and_then(Value::text).unwrap_or_default().to_owned()
}
