//! The workflows and the action hold together: what they name exists, and nothing has more rights than it says.

use std::collections::BTreeSet;

use bartizan::parse::yaml::{self, Value};

use crate::tidy::{assert_none, files, root, text_of, uses};

/// An action of others at its pinned commit.
struct Pinned {
    name: &'static str,
    version: &'static str,
    commit: &'static str,
    /// Those that exist, not only those that are used.
    inputs: &'static [&'static str],
    outputs: &'static [&'static str],
}

/// From the `action.yml` of each at its commit.
const PINNED: [Pinned; 8] = [
    Pinned {
        name: "actions/checkout",
        version: "v7.0.1",
        commit: "3d3c42e5aac5ba805825da76410c181273ba90b1",
        inputs: &[
            "repository",
            "ref",
            "token",
            "ssh-key",
            "ssh-known-hosts",
            "ssh-strict",
            "ssh-user",
            "persist-credentials",
            "path",
            "clean",
            "filter",
            "sparse-checkout",
            "sparse-checkout-cone-mode",
            "fetch-depth",
            "fetch-tags",
            "show-progress",
            "lfs",
            "submodules",
            "set-safe-directory",
            "github-server-url",
            "allow-unsafe-pr-checkout",
        ],
        outputs: &["ref", "commit"],
    },
    Pinned {
        name: "actions/upload-artifact",
        version: "v7.0.0",
        commit: "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
        inputs: &[
            "name",
            "path",
            "if-no-files-found",
            "retention-days",
            "compression-level",
            "overwrite",
            "include-hidden-files",
            "archive",
        ],
        outputs: &["artifact-id", "artifact-url", "artifact-digest"],
    },
    Pinned {
        name: "actions/download-artifact",
        version: "v8.0.1",
        commit: "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
        inputs: &[
            "name",
            "artifact-ids",
            "path",
            "pattern",
            "merge-multiple",
            "github-token",
            "repository",
            "run-id",
            "skip-decompress",
            "digest-mismatch",
        ],
        outputs: &["download-path"],
    },
    Pinned {
        name: "actions/attest",
        version: "v4.2.2",
        commit: "1e69f48acb82d1966a394da916b4c1698aa569d6",
        inputs: &[
            "subject-path",
            "subject-digest",
            "subject-name",
            "subject-checksums",
            "subject-version",
            "sbom-path",
            "predicate-type",
            "predicate",
            "predicate-path",
            "push-to-registry",
            "create-storage-record",
            "show-summary",
            "github-token",
        ],
        outputs: &["bundle-path", "attestation-id", "attestation-url", "storage-record-ids"],
    },
    Pinned {
        name: "sigstore/cosign-installer",
        version: "v4.1.2",
        commit: "6f9f17788090df1f26f669e9d70d6ae9567deba6",
        inputs: &["cosign-release", "install-dir", "use-sudo"],
        outputs: &[],
    },
    Pinned {
        name: "rust-lang/crates-io-auth-action",
        version: "v1.0.5",
        commit: "c6f97d42243bad5fab37ca0427f495c86d5b1a18",
        inputs: &["url"],
        outputs: &["token"],
    },
    Pinned {
        name: "actions/cache",
        version: "v5.0.5",
        commit: "27d5ce7f107fe9357f9df03efb73ab90386fccae",
        inputs: &[
            "path",
            "key",
            "restore-keys",
            "upload-chunk-size",
            "enableCrossOsArchive",
            "fail-on-cache-miss",
            "lookup-only",
            "save-always",
        ],
        outputs: &["cache-hit"],
    },
    Pinned {
        name: "github/codeql-action/upload-sarif",
        version: "v4.36.2",
        commit: "8aad20d150bbac5944a9f9d289da16a4b0d87c1e",
        inputs: &[
            "sarif_file",
            "checkout_path",
            "ref",
            "sha",
            "token",
            "matrix",
            "category",
            "wait-for-processing",
        ],
        outputs: &["sarif-id", "sarif-ids"],
    },
];

/// What is wrong with a workflow, or a composite action.
struct Lint<'a> {
    name: &'a str,
    mistakes: Vec<String>,
}

impl Lint<'_> {
    fn mistake(&mut self, line: u32, what: &str) {
        self.mistakes.push(format!("{}:{line}: {what}", self.name));
    }

    fn workflow(&mut self, top: Value<'_>) {
        match top.get("permissions") {
            Some(permissions) if permissions.is_map() && permissions.entries().count() == 0 => (),
            _ => self.mistake(top.line(), "its permissions at the top are not {}"),
        }
        let Some(jobs) = top.get("jobs") else { return self.mistake(top.line(), "there are no jobs") };
        for (id, job) in jobs.entries() {
            self.job(jobs, id.text().unwrap_or_default(), job);
        }
    }

    fn job(&mut self, jobs: Value<'_>, id: &str, job: Value<'_>) {
        let line = job.line();
        let permissions = job.get("permissions");
        if !permissions.is_some_and(Value::is_map) {
            self.mistake(line, &format!("the job {id} says no permissions"));
        }
        if !job
            .get("timeout-minutes")
            .and_then(Value::text)
            .is_some_and(|minutes| minutes.parse::<u16>().is_ok())
        {
            self.mistake(line, &format!("the job {id} has no timeout"));
        }
        if job.get("runs-on").is_none_or(|on| on.text().is_some_and(|on| on.ends_with("-latest"))) {
            self.mistake(line, &format!("the job {id} does not say on which image it runs"));
        }
        let needs: Vec<&str> = job
            .get("needs")
            .into_iter()
            .flat_map(|needs| needs.text().into_iter().chain(needs.items().filter_map(Value::text)))
            .collect();
        for need in &needs {
            if jobs.get(need).is_none() || *need == id {
                self.mistake(line, &format!("the job {id} needs {need}, which there is not"));
            }
        }
        let matrix = job.get("strategy").and_then(|strategy| strategy.get("matrix"));
        let keys: BTreeSet<&str> = matrix
            .into_iter()
            .flat_map(|matrix| {
                let rows = matrix.get("include").into_iter().flat_map(Value::items);
                rows.chain([matrix]).flat_map(Value::entries).filter_map(|(key, _)| key.text())
            })
            .collect();
        let scope = Scope { jobs: Some(jobs), needs: &needs, matrix: &keys, inputs: None };
        let steps: Vec<Value<'_>> = job.get("steps").into_iter().flat_map(Value::items).collect();
        self.steps(&scope, &steps);
        for (key, value) in job.entries() {
            match key.text() {
                // Steps were looked at one by one; outputs may name any of them.
                Some("steps") => (),
                Some("outputs") => self.expressions(&scope, &steps, value),
                _ => self.expressions(&scope, &[], value),
            }
        }
    }

    fn steps(&mut self, scope: &Scope<'_>, steps: &[Value<'_>]) {
        for (at, step) in steps.iter().enumerate() {
            self.expressions(scope, &steps[..at], *step);
            if let Some(run) = step.get("run") {
                let text = run.text().unwrap_or_default();
                if text.contains("${{") {
                    self.mistake(run.line(), "an expression is pasted into a script; hand it over by `env`");
                }
                for script in scripts(text) {
                    if !is_program(&script) {
                        self.mistake(run.line(), &format!("{script} is no program of this repository"));
                    }
                }
            } else if let Some(action) = step.get("uses").and_then(Value::text) {
                self.uses(*step, action);
            } else {
                self.mistake(step.line(), "a step that does nothing");
            }
        }
    }

    fn uses(&mut self, step: Value<'_>, action: &str) {
        let with = || step.get("with").into_iter().flat_map(Value::entries).filter_map(|(key, _)| key.text());
        if action == "./" {
            let text = text_of("action.yml");
            let own = yaml::read(text.as_bytes()).expect("action.yml is YAML");
            let inputs = own.root().get("inputs").expect("it has inputs");
            for input in with().filter(|input| inputs.get(input).is_none()) {
                self.mistake(step.line(), &format!("our action has no input {input}"));
            }
            return;
        }
        let Some(pinned) =
            PINNED.iter().find(|pinned| action == format!("{}@{}", pinned.name, pinned.commit))
        else {
            return self
                .mistake(step.line(), &format!("{action} is not in the table of this test, at this commit"));
        };
        for input in with().filter(|input| !pinned.inputs.contains(input)) {
            self.mistake(step.line(), &format!("{} has no input {input}", pinned.name));
        }
    }

    /// Every text of `value` that GitHub evaluates; `steps` are the ones before it.
    fn expressions(&mut self, scope: &Scope<'_>, steps: &[Value<'_>], value: Value<'_>) {
        let mut waiting = vec![(value, false)];
        while let Some((value, bare)) = waiting.pop() {
            waiting.extend(value.items().map(|item| (item, false)));
            waiting.extend(value.entries().map(|(key, value)| (value, key.text() == Some("if"))));
            let Some(text) = value.text() else { continue };
            let mut parts: Vec<&str> = Vec::new();
            for part in text.split("${{").skip(1) {
                match part.split_once("}}") {
                    Some((expression, _)) => parts.push(expression),
                    None => self.mistake(value.line(), "an expression that does not end"),
                }
            }
            if bare && parts.is_empty() {
                parts.push(text);
            }
            for name in parts.iter().flat_map(|part| names(part)) {
                if let Err(what) = scope.resolves(steps, &name) {
                    self.mistake(value.line(), &what);
                }
            }
        }
    }
}

/// What an expression may refer to.
struct Scope<'a> {
    /// All jobs of a workflow.
    jobs: Option<Value<'a>>,
    needs: &'a [&'a str],
    matrix: &'a BTreeSet<&'a str>,
    /// Of a composite action.
    inputs: Option<Value<'a>>,
}

impl Scope<'_> {
    fn resolves(&self, steps: &[Value<'_>], name: &str) -> Result<(), String> {
        let parts: Vec<&str> = name.split('.').collect();
        let there = match parts.as_slice() {
            ["github" | "runner" | "env", _] => true,
            ["matrix", key] => self.matrix.contains(key),
            ["inputs", key] => self.inputs.is_some_and(|inputs| inputs.get(key).is_some()),
            ["needs", job, "outputs", key] => {
                let outputs = self.jobs.and_then(|jobs| jobs.get(job)).and_then(|job| job.get("outputs"));
                self.needs.contains(job) && outputs.is_some_and(|outputs| outputs.get(key).is_some())
            }
            ["steps", id, "outcome" | "conclusion"] => step(steps, id).is_some(),
            ["steps", id, "outputs", key] => step(steps, id).is_some_and(|step| writes(step, key)),
            _ => false,
        };
        if there { Ok(()) } else { Err(format!("{name} is nothing that there is here")) }
    }
}

fn step<'a>(steps: &[Value<'a>], id: &str) -> Option<Value<'a>> {
    steps.iter().copied().find(|step| step.get("id").and_then(Value::text) == Some(id))
}

/// Whether a step has the output `key`.
fn writes(step: Value<'_>, key: &str) -> bool {
    if let Some(action) = step.get("uses").and_then(Value::text) {
        let pinned = PINNED.iter().find(|pinned| action == format!("{}@{}", pinned.name, pinned.commit));
        return pinned.is_some_and(|pinned| pinned.outputs.contains(&key));
    }
    let run = step.get("run").and_then(Value::text).unwrap_or_default();
    let assigned = [format!("{key}="), format!("\"{key}\"")];
    let called: String =
        scripts(run).iter().filter(|script| is_program(script)).map(|script| text_of(script)).collect();
    // The action's scripts leave the outputs to the program.
    let program: String = if called.contains("\"$PROGRAM\"") || called.contains("$PROGRAM ") {
        files("src/cli/action").iter().map(|file| text_of(file)).collect()
    } else {
        String::new()
    };
    [run, &called, &program].iter().any(|text| assigned.iter().any(|assigned| text.contains(assigned)))
}

/// The dotted names in an expression, without the functions and what stands in quotes.
fn names(expression: &str) -> Vec<String> {
    let outside: String = expression.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let words = outside.split(|c: char| !is_part(c)).filter(|word| word.contains('.'));
    words.filter(|word| !word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned).collect()
}

/// The scripts of this repository that are called in `run`.
fn scripts(run: &str) -> Vec<String> {
    let words = run.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '(' | ')'));
    let own = words.map(|word| word.strip_prefix("$ACTION_PATH/").unwrap_or(word));
    let is_own =
        |word: &&str| ["packaging/", "action/", ".ci/"].iter().any(|folder| word.starts_with(folder));
    own.filter(is_own).filter(|word| word.ends_with(".sh") || *word == ".ci/run").map(str::to_owned).collect()
}

fn is_program(path: &str) -> bool {
    let path = root().join(path);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    path.is_file()
}

fn lint(name: &str, text: &str) -> Vec<String> {
    let document = yaml::read(text.as_bytes()).unwrap_or_else(|mistake| panic!("{name}: {mistake:?}"));
    let top = document.root();
    let mut lint = Lint { name, mistakes: Vec::new() };
    if let Some(runs) = top.get("runs") {
        let steps: Vec<Value<'_>> = runs.get("steps").into_iter().flat_map(Value::items).collect();
        let scope = Scope { jobs: None, needs: &[], matrix: &BTreeSet::new(), inputs: top.get("inputs") };
        lint.steps(&scope, &steps);
        let shells = steps.iter().filter(|step| step.get("run").is_some() && step.get("shell").is_none());
        for step in shells {
            lint.mistake(step.line(), "a script of a composite action says its shell");
        }
        if let Some(outputs) = top.get("outputs") {
            lint.expressions(&scope, &steps, outputs);
        }
    } else {
        lint.workflow(top);
    }
    for (at, line) in text.lines().enumerate() {
        let Some(action) = uses(line).filter(|action| !action.starts_with("./")) else { continue };
        let version = line.split_once(" # ").map_or("", |(_, comment)| comment.trim());
        let known = PINNED.iter().find(|pinned| action == format!("{}@{}", pinned.name, pinned.commit));
        if known.is_some_and(|pinned| pinned.version != version) {
            lint.mistakes
                .push(format!("{name}:{}: the comment does not name the version of `{action}`", at + 1));
        }
    }
    lint.mistakes
}

fn workflows() -> Vec<String> {
    files(".github/workflows").into_iter().chain(["action.yml".to_owned()]).collect()
}

#[test]
fn what_workflows_name_exists() {
    let all = workflows();
    assert!(all.len() >= 4, "{all:?}");
    assert_none(&all.iter().flat_map(|name| lint(name, &text_of(name))).collect::<Vec<_>>());
}

#[test]
fn releases_take_nothing_from_a_cache() {
    for name in [".github/workflows/release.yml", ".github/workflows/publish.yml"] {
        let text = text_of(name);
        assert!(!text.lines().filter_map(uses).any(|action| action.contains("cache")), "{name}");
        assert!(!text.contains("pull_request") && !text.contains("workflow_run"), "{name}");
        let document = yaml::read(text.as_bytes()).unwrap();
        let jobs = document.root().get("jobs").unwrap();
        for (id, job) in jobs.entries() {
            let right = |name| job.get("permissions").and_then(|all| all.get(name)).and_then(Value::text);
            // Who may sign in our name, or publish, waits for a maintainer.
            let signs = right("id-token") == Some("write") || right("packages") == Some("write");
            assert!(!signs || job.get("environment").is_some(), "{name}: {:?} has no environment", id.text());
            // And whoever may change the repository cannot sign.
            assert!(!(signs && right("contents") == Some("write")), "{name}: {:?}", id.text());
        }
    }
}

/// A workflow with `job` in the place of its only job's lines.
fn broken(job: &str) -> Vec<String> {
    let head = "permissions: {}\njobs:\n  first:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    permissions: {}\n    outputs:\n      a: ${{ steps.x.outputs.a }}\n    steps:\n      - id: x\n        run: echo a=1 >> \"$GITHUB_OUTPUT\"\n  second:\n";
    lint("w.yml", &format!("{head}{job}"))
}

#[test]
fn what_is_broken_is_told() {
    let rights = "    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    permissions: {}\n";
    let steps = |needs: &str, step: &str| {
        broken(&format!("{rights}    needs: {needs}\n    steps:\n      - {step}\n"))
    };
    assert_none(&steps("first", "run: \"true\"\n        env: {A: '${{ needs.first.outputs.a }}'}"));
    let one = |mistakes: Vec<String>, what: &str| {
        assert_eq!(mistakes.len(), 1, "{what}: {mistakes:?}");
        assert!(mistakes[0].contains(what), "{what}: {mistakes:?}");
    };
    one(steps("third", "run: \"true\""), "needs third");
    one(steps("first", "run: echo ${{ github.ref }}"), "pasted into a script");
    one(steps("first", "run: packaging/gone.sh"), "packaging/gone.sh");
    one(steps("first", "name: nothing"), "does nothing");
    for gone in [
        "needs.first.outputs.b",
        "needs.second.outputs.a",
        "steps.x.outputs.a",
        "matrix.os",
        "inputs.a",
        "secrets.A",
    ] {
        one(steps("first", &format!("run: \"true\"\n        env: {{A: '${{{{ {gone} }}}}'}}")), gone);
        one(steps("first", &format!("run: \"true\"\n        if: {gone} == 'x.y'")), gone);
    }
    one(steps("first", "uses: actions/checkout@v7"), "not in the table");
    let checkout = format!("uses: {}@{}", PINNED[0].name, PINNED[0].commit);
    one(steps("first", &checkout), "the version");
    one(steps("first", &format!("{checkout} # v7.0.0")), "the version");
    assert_none(&steps("first", &format!("{checkout} # v7.0.1")));
    one(
        steps("first", &format!("{checkout} # v7.0.1\n        with: {{fetch-dept: 0}}")),
        "no input fetch-dept",
    );
    one(steps("first", "uses: ./\n        with: {fail-one: low}"), "no input fail-one");
    one(broken("    runs-on: ubuntu-24.04\n    permissions: {}\n    steps: []\n"), "timeout");
    one(broken("    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    steps: []\n"), "permissions");
    one(broken("    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    permissions: {}\n"), "image");
    one(lint("w.yml", "permissions: {contents: read}\njobs: {}\n"), "top");
}
