//! A repository on a host, clones of it as `actions/checkout` makes them, and the events that it tells of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::runner::{Job, Ran};
use crate::run_git::{git, pipe};

/// The host: a bare repository, and a worktree that pushes to it.
pub(super) struct Hub {
    folder: TempDir,
}

/// How much of the history a checkout has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Depth {
    Of(u32),
    Full,
}

pub(super) const DEPTHS: [Depth; 3] = [Depth::Of(1), Depth::Of(2), Depth::Full];

/// An event, ready to be run.
pub(super) struct Started {
    pub(super) name: &'static str,
    pub(super) payload: Value,
    /// The commit that is checked out.
    pub(super) sha: String,
    /// `GITHUB_REF`
    pub(super) reference: String,
}

impl Hub {
    /// With one commit on the branch `main`.
    pub(super) fn new() -> Self {
        let hub = Self { folder: tempfile::tempdir().unwrap() };
        let at = hub.folder.path();
        git(at, &["init", "-q", "--bare", "-b", "main", "origin.git"]);
        // As GitHub does, for whoever asks for a commit by its id.
        git(&at.join("origin.git"), &["config", "uploadpack.allowAnySHA1InWant", "true"]);
        git(at, &["init", "-q", "-b", "main", "work"]);
        hub.git(&["remote", "add", "origin", "../origin.git"]);
        hub.write("README.md", "a project\n");
        hub.commit("first");
        hub.git(&["push", "-q", "origin", "main"]);
        hub
    }

    pub(super) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(super) fn origin(&self) -> PathBuf {
        self.folder.path().join("origin.git")
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        String::from_utf8(git(&self.work(), arguments)).unwrap().trim_end().to_owned()
    }

    pub(super) fn write(&self, path: &str, content: &str) {
        let path = self.work().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Commits everything; returns the commit.
    pub(super) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// So many commits on top of `HEAD` that change one file.
    pub(super) fn many(&self, count: usize) {
        let head = self.git(&["rev-parse", "HEAD"]);
        let branch = self.git(&["symbolic-ref", "HEAD"]);
        let mut stream = String::new();
        for index in 0..count {
            let from = if index == 0 { format!("from {head}\n") } else { String::new() };
            let (message, content) = (format!("c{index}"), format!("line {index}\n"));
            stream.push_str(&format!(
                "commit {branch}\ncommitter t <t@example.org> {} +0000\ndata {}\n{message}\n{from}M 100644 inline log.txt\ndata {}\n{content}\n",
                1_700_000_000 + index,
                message.len(),
                content.len(),
            ));
        }
        pipe(&self.work(), &["fast-import", "--quiet", "--force"], stream.as_bytes());
        self.git(&["reset", "-q", "--hard"]);
    }

    pub(super) fn push(&self, what: &str) {
        self.git(&["push", "-q", "--force", "origin", what]);
    }

    /// A pull request of the branch `topic` into `main`, merged as GitHub merges it to try it out.
    pub(super) fn pull_request(&self) -> Started {
        self.push("topic");
        self.push("main");
        let (head, base) = (self.git(&["rev-parse", "topic"]), self.git(&["rev-parse", "main"]));
        let tree = self.git(&["merge-tree", "--write-tree", "main", "topic"]);
        let merge = self.git(&["commit-tree", &tree, "-p", &base, "-p", &head, "-m", "Merge"]);
        self.push(&format!("{merge}:refs/pull/7/merge"));
        let commits = self.git(&["rev-list", "--count", "main..topic"]).parse::<u64>().unwrap();
        let payload = json!({
            "number": 7,
            "pull_request": {
                "title": "$(touch /nonexistent/x)\n::set-output name=x::y",
                "head": { "sha": head, "ref": "topic", "repo": { "full_name": "o/r" } },
                "base": { "sha": base, "ref": "main" },
                "commits": commits,
            },
        });
        Started { name: "pull_request", payload, sha: merge, reference: "refs/pull/7/merge".to_owned() }
    }

    /// A push that moved `branch` from `before` to what it is now.
    pub(super) fn pushed(&self, branch: &str, before: Option<&str>) -> Started {
        self.push(branch);
        let after = self.git(&["rev-parse", branch]);
        let reference = format!("refs/heads/{branch}");
        let payload = json!({
            "ref": reference,
            "before": before.unwrap_or(&"0".repeat(40)),
            "after": after,
            "repository": { "default_branch": "main" },
        });
        Started { name: "push", payload, sha: after, reference }
    }

    /// A clone as `actions/checkout` makes it.
    pub(super) fn checkout(&self, event: &Started, depth: Depth) -> TempDir {
        let clone = tempfile::tempdir().unwrap();
        let at = clone.path();
        git(at, &["init", "-q", "."]);
        git(at, &["remote", "add", "origin", &format!("file://{}", self.origin().display())]);
        let wanted = format!("+{}:refs/remotes/checked/out", event.sha);
        match depth {
            Depth::Of(depth) => {
                git(at, &["fetch", "-q", "--no-tags", &format!("--depth={depth}"), "origin", &wanted])
            }
            Depth::Full => {
                git(at, &["fetch", "-q", "--prune", "origin", "+refs/heads/*:refs/remotes/origin/*", &wanted])
            }
        };
        git(at, &["checkout", "-q", "--force", "--detach", &event.sha]);
        clone
    }

    /// Checks the commit of the event out and runs the action.
    pub(super) fn run(&self, event: &Started, depth: Depth, inputs: &[(&str, &str)]) -> Ran {
        let clone = self.checkout(event, depth);
        job(event, clone.path(), inputs).run()
    }
}

/// The action for `event` on what is in `workspace`.
pub(super) fn job(event: &Started, workspace: &Path, inputs: &[(&str, &str)]) -> Job {
    let file = workspace.join(".git/event.json");
    std::fs::write(&file, event.payload.to_string()).unwrap();
    let mut inputs: BTreeMap<String, String> =
        inputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    inputs.entry("binary".to_owned()).or_insert_with(|| env!("CARGO_BIN_EXE_bartizan").to_owned());
    let environment = [
        ("GITHUB_EVENT_NAME", event.name),
        ("GITHUB_EVENT_PATH", file.to_str().unwrap()),
        ("GITHUB_REPOSITORY", "o/r"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_SHA", &event.sha),
        ("GITHUB_REF", &event.reference),
    ];
    Job {
        workspace: workspace.to_owned(),
        inputs,
        environment: environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        upload: "success",
    }
}

/// The places of the findings in the report, `path:line`, sorted.
pub(super) fn places(ran: &Ran) -> Vec<String> {
    let report: Value = serde_json::from_str(ran.output("json")).unwrap_or_else(|_| panic!("{}", ran.log));
    let mut places: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let place = &finding["place"];
            let old = if place["origin"].is_null() { "" } else { " then" };
            format!("{}:{}{old}", place["path"].as_str().unwrap(), place["region"]["start_line"])
        })
        .collect();
    places.sort();
    places
}
