//! Pipelines for other code hosts, in docs/ and templates/, and the one that `init --gitlab` writes: what they run is run
//! here, with the download replaced.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use bartizan::parse::workflow;
use tempfile::TempDir;

use crate::cli::{Ran, error, repository, run, token};
use crate::programs::{copy, script};
use crate::run_git::git;
use crate::tidy::text_of;

const TEMPLATE: &str = "src/cli/init/gitlab.yml";

/// The pipeline with this version, as `init` writes it.
fn pipeline() -> String {
    text_of(TEMPLATE).replace("0.0.0", env!("CARGO_PKG_VERSION"))
}

/// The commands of the one job of a pipeline.
fn commands(pipeline: &str) -> Vec<String> {
    let all = workflow::gitlab(pipeline.as_bytes()).unwrap();
    let job = all.jobs.iter().find(|job| !job.steps.is_empty()).unwrap();
    job.steps.iter().filter_map(|step| Some(step.run.as_ref()?.text.clone())).collect()
}

/// The blocks of YAML of a page.
fn blocks(page: &str) -> Vec<String> {
    let text = text_of(page);
    let blocks = text.split("```yaml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn init_writes_a_pipeline_and_never_over_one() {
    let fresh = repository(&[("a/b/file", "")]);
    let Ran { code, out, err } = run(&fresh, &["init", "--gitlab"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("wrote .gitlab-ci.yml; "), "{out}");
    let written = fs::read_to_string(fresh.path().join(".gitlab-ci.yml")).unwrap();
    assert_eq!(written, pipeline());
    // Our own scan has nothing to say of it, on the strictest terms.
    let strict = ["scan", "--offline", "--preset", "strict", "--fail-on", "low", ".gitlab-ci.yml"];
    let Ran { code, out, .. } = run(&fresh, &strict);
    assert!(code == 0 && out.starts_with("no findings"), "{out}");

    let own = "stages: [test]\n";
    let other = repository(&[(".gitlab-ci.yml", own)]);
    let Ran { code, out, err } = run(&other, &["init", "--gitlab"]);
    assert_eq!(
        (code, err.as_str()),
        (2, "error: .gitlab-ci.yml exists already; it was left as it is: add the job above to it\n")
    );
    assert_eq!(fs::read_to_string(other.path().join(".gitlab-ci.yml")).unwrap(), own);
    // What is printed is a pipeline by itself, with the same job.
    assert!(out.starts_with("bartizan:\n") && pipeline().ends_with(&out), "{out}");
    assert_eq!(commands(&out), commands(&pipeline()));

    let outside = tempfile::tempdir().unwrap();
    let said = error(&outside, &["init", "--gitlab"]);
    assert!(said.starts_with("error: a pipeline belongs in a git repository"), "{said}");
    let linked = repository(&[]);
    std::os::unix::fs::symlink(outside.path().join("stolen"), linked.path().join(".gitlab-ci.yml")).unwrap();
    assert_eq!(run(&linked, &["init", "--gitlab"]).code, 2);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn the_page_and_the_component_have_the_same_job() {
    assert_eq!(blocks("docs/gitlab.md")[0], text_of(TEMPLATE));
    let component = text_of("templates/bartizan.yml");
    let (inputs, job) = component.split_once("\n---\n").unwrap();
    assert_eq!(commands(job), commands(&text_of(TEMPLATE)));
    let artifacts = |text: &str| text.split_once("  artifacts:\n").unwrap().1.to_owned();
    assert_eq!(artifacts(job), artifacts(&text_of(TEMPLATE)));
    // Each input is used, and what is used is an input.
    let used: Vec<&str> =
        job.split("$[[ inputs.").skip(1).map(|rest| rest.split(' ').next().unwrap()).collect();
    for name in ["version", "sha256", "fail_on", "job", "stage"] {
        assert!(used.contains(&name) && inputs.contains(&format!("\n    {name}:\n")), "{name}");
        assert!(text_of("docs/gitlab.md").contains(&format!("`{name}`")), "{name}");
    }
    assert_eq!(used.len(), 5, "{used:?}");
}

/// What a runner of a code host has: a repository with a branch, and programs that stand for the download.
struct Runner {
    repository: TempDir,
    tools: TempDir,
}

impl Runner {
    /// `main` has a secret; the branch that is checked out adds another file.
    fn new(added: &str) -> Self {
        let repository = tempfile::tempdir().unwrap();
        let tools = tempfile::tempdir().unwrap();
        let path = repository.path();
        git(path, &["init", "-q", "-b", "main"]);
        fs::write(path.join("old.env"), format!("GITHUB_TOKEN={}\n", token())).unwrap();
        git(path, &["add", "."]);
        git(path, &["commit", "-q", "-m", "first"]);
        git(path, &["remote", "add", "origin", &path.display().to_string()]);
        git(path, &["fetch", "-q", "origin"]);
        git(path, &["switch", "-q", "-c", "topic"]);
        fs::write(path.join("new.env"), added).unwrap();
        git(path, &["add", "."]);
        git(path, &["commit", "-q", "-m", "second"]);
        copy(env!("CARGO_BIN_EXE_bartizan"), tools.path().join("program"));
        // Writes what is asked for, and keeps what is sent.
        let curl = "#!/bin/sh\nwhile [ $# -gt 0 ]; do case $1 in --output) shift; : > \"$1\" ;; --data) cat >> \"$TOOLS/sent\" ;; esac; shift; done\n";
        script(tools.path().join("curl"), curl);
        let tar = "#!/bin/sh\nwhile [ $# -gt 0 ]; do case $1 in -C) shift; cp \"$TOOLS/program\" \"$1/bartizan\" ;; esac; shift; done\n";
        script(tools.path().join("tar"), tar);
        Self { repository, tools }
    }

    /// Runs the commands as a runner does, in one shell that ends at the first failure.
    fn run(&self, shell: &str, commands: &[String], variables: &[(&str, &str)]) -> Output {
        let path = std::env::var("PATH").unwrap();
        Command::new(shell)
            .args(["-e", "-c", &commands.join("\n")])
            .current_dir(self.repository.path())
            .env("PATH", format!("{}:{path}", self.tools.path().display()))
            .env("TOOLS", self.tools.path())
            .env("TMPDIR", self.tools.path())
            .env("BARTIZAN_CACHE_DIR", self.tools.path().join("cache"))
            .env("BARTIZAN_OFFLINE", "1")
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    fn has(&self, name: &str) -> bool {
        self.repository.path().join(name).is_file()
    }

    fn read(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.repository.path().join(name)).unwrap()).unwrap()
    }
}

/// The checksum of nothing, which is what the stand-in for curl fetches.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_pipeline_of_gitlab_fails_by_what_a_merge_request_brings_and_reports_all() {
    let commands = commands(&pipeline());
    let base = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", "main"), ("BARTIZAN_FAIL_ON", "medium")];
    let variables = |sum| [&[("BARTIZAN_VERSION", "1.2.3"), ("BARTIZAN_SHA256", sum)], &base[..]].concat();
    let runner = Runner::new("NAME=value\n");
    let output = runner.run("sh", &commands, &variables(EMPTY));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let secrets = runner.read("gl-secret-detection-report.json");
    assert_eq!(secrets["vulnerabilities"][0]["location"]["file"], "old.env");
    let head = fs::read_to_string(runner.repository.path().join(".git/refs/heads/topic")).unwrap();
    assert_eq!(secrets["vulnerabilities"][0]["location"]["commit"]["sha"], head.trim());
    assert_eq!(runner.read("gl-dependency-scanning-report.json")["scan"]["type"], "dependency_scanning");
    assert_eq!(runner.read("gl-sast-report.json")["scan"]["type"], "sast");
    assert!(!runner.read("gl-code-quality-report.json").as_array().unwrap().is_empty());

    // Without a merge request everything counts.
    let output = runner.run("sh", &commands, &[&variables(EMPTY)[..2], &base[1..]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let bad = Runner::new(&format!("GITHUB_TOKEN={}\n", crate::words::github_token("another")));
    let output = bad.run("sh", &commands, &variables(EMPTY));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("new.env:1") && !said(&output).contains("old.env"), "{}", said(&output));
    assert!(bad.has("gl-secret-detection-report.json"));

    // With another checksum nothing is run.
    let wrong = Runner::new("NAME=value\n");
    let output = wrong.run("sh", &commands, &variables(&"0".repeat(64)));
    assert!(!output.status.success() && !wrong.has("gl-sast-report.json"), "{}", said(&output));
}

/// The commands of a page, below a key, as they stand in its first block.
fn lines_below(page: &str, key: &str) -> Vec<Vec<String>> {
    let block = blocks(page).remove(0);
    let document = bartizan::parse::yaml::read(block.as_bytes()).unwrap();
    let mut found = Vec::new();
    let mut open = vec![document.root()];
    while let Some(value) = open.pop() {
        if let Some(commands) = value.get(key) {
            let one = commands.text().map(str::to_owned);
            let items = commands.items().filter_map(|item| item.text().map(str::to_owned));
            found.push(one.into_iter().chain(items).collect());
        }
        open.extend(value.entries().map(|(_, value)| value));
        open.extend(value.items());
    }
    found.reverse();
    found
}

#[test]
fn the_pipeline_of_azure_runs() {
    let scripts = lines_below("docs/azure-devops.md", "bash");
    assert_eq!(scripts.len(), 2);
    let runner = Runner::new(&format!("GITHUB_TOKEN={}\n", crate::words::github_token("another")));
    let temporary = runner.tools.path().join("agent");
    fs::create_dir(&temporary).unwrap();
    let temporary = temporary.to_str().unwrap();
    let variables = [
        ("BARTIZAN_VERSION", "1.2.3"),
        ("BARTIZAN_SHA256", EMPTY),
        ("AGENT_TEMPDIRECTORY", temporary),
        ("BUILD_ARTIFACTSTAGINGDIRECTORY", temporary),
        ("BUILD_REASON", "PullRequest"),
        ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
    ];
    let output = runner.run("bash", &scripts[0], &variables);
    assert!(output.status.success(), "{}", said(&output));
    let path = said(&output)
        .lines()
        .find_map(|line| line.strip_prefix("##vso[task.prependpath]").map(str::to_owned));
    let found = [format!("PATH={}:$PATH", path.unwrap())];
    let output = runner.run("bash", &[&found[..], &scripts[1]].concat(), &variables);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("new.env:1") && !said(&output).contains("old.env"), "{}", said(&output));
    let sarif = fs::read_to_string(Path::new(temporary).join("sarif/bartizan.sarif")).unwrap();
    assert!(sarif.contains("new.env") && Path::new(temporary).join("bartizan.xml").is_file());
}

#[test]
fn the_pipeline_of_bitbucket_runs() {
    let steps = lines_below("docs/bitbucket.md", "script");
    let script = &steps[0];
    assert!(steps.iter().all(|step| step == script), "aliases of one step");
    let zeros = "0".repeat(64);
    let script: Vec<String> = script.iter().map(|line| line.replace(&zeros, EMPTY)).collect();
    let runner = Runner::new(&format!("GITHUB_TOKEN={}\n", crate::words::github_token("another")));
    let has_jq = Command::new("jq").arg("--version").output().is_ok();
    if !has_jq {
        // Where there is none, all else is run.
        crate::programs::script(runner.tools.path().join("jq"), "#!/bin/sh\necho '{}'\n");
    }
    let variables = [
        ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
        ("BITBUCKET_REPO_FULL_NAME", "o/r"),
        ("BITBUCKET_COMMIT", "1234567"),
    ];
    let output = runner.run("bash", &script, &variables);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("new.env:1") && !said(&output).contains("old.env"), "{}", said(&output));
    assert!(runner.has("test-results/bartizan.xml"));
    if has_jq {
        let sent = fs::read_to_string(runner.tools.path().join("sent")).unwrap();
        let mut sent = serde_json::Deserializer::from_str(&sent).into_iter::<serde_json::Value>();
        let report = sent.next().unwrap().unwrap();
        assert_eq!((&report["result"], &report["report_type"]), (&"FAILED".into(), &"SECURITY".into()));
        let annotations = sent.next().unwrap().unwrap();
        assert_eq!((&annotations[0]["path"], &annotations[0]["line"]), (&"new.env".into(), &1.into()));
        assert!(sent.next().is_none());
    }
}
