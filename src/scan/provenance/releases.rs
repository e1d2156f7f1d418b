//! Workflows that publish something: seen while the files go by, and judged after, all together.

mod steps;

use std::collections::{BTreeMap, BTreeSet};

use super::dropped;
use crate::engine::provenance::Release;
use crate::engine::{Check, Run};
use crate::model::{Blob, Outcome, Problem, RepoPath};
use crate::parse::workflow::{self, Mistake, Workflow};
use crate::parse::yaml;
use crate::scan::analysis::{Analysis, Context, Shared, Verdict, report};

/// The largest script that is looked at for what it signs, in bytes.
const SCRIPT_MAX: usize = 1 << 20;
/// Bytes of workflows that are kept until all files were seen.
const KEPT_MAX: usize = 64 << 20;
/// Programs of which one is in every script that signs.
const SIGNERS: [&[u8]; 9] = [
    b"cosign",
    b"gpg",
    b"minisign",
    b"codesign",
    b"signtool",
    b"signify",
    b"notation",
    b"actions/attest",
    b"jarsigner",
];

/// What a file is to a release.
enum Seen {
    /// A workflow, of which kind, with its bytes.
    Workflow(Kind, Result<Workflow, Mistake>, Vec<u8>),
    /// A script or a list of targets that signs, or has others sign.
    Signer,
    /// A configuration of goreleaser, and whether it signs.
    GoReleaser(bool),
}

/// The kinds of workflows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    GitHub,
    Action,
    GitLab,
}

/// What `blob` is to a release; nothing for nearly all files.
fn look(blob: &Blob<'_>) -> Option<Seen> {
    let path = blob.path.as_bytes();
    let name = blob.path.file_name();
    let read = match name {
        b"action.yml" | b"action.yaml" => Some((Kind::Action, workflow::action(blob.bytes))),
        _ if path == b".gitlab-ci.yml" => Some((Kind::GitLab, workflow::gitlab(blob.bytes))),
        _ if is_workflow(path) => Some((Kind::GitHub, workflow::github(blob.bytes))),
        _ => None,
    };
    if let Some((kind, read)) = read {
        return Some(Seen::Workflow(kind, read, blob.bytes.to_vec()));
    }
    if matches!(name.strip_prefix(b".").unwrap_or(name), b"goreleaser.yml" | b"goreleaser.yaml") {
        return Some(Seen::GoReleaser(is_signing_goreleaser(blob.bytes)));
    }
    (is_script(name) && blob.bytes.len() <= SCRIPT_MAX && script_signs(name, blob.bytes))
        .then_some(Seen::Signer)
}

/// True for `.github/workflows/name.yml`, and its like of other forges.
fn is_workflow(path: &[u8]) -> bool {
    const FOLDERS: [&[u8]; 3] = [b".github/workflows/", b".gitea/workflows/", b".forgejo/workflows/"];
    let name = FOLDERS.iter().find_map(|folder| path.strip_prefix(*folder));
    name.is_some_and(|name| !name.contains(&b'/') && (name.ends_with(b".yml") || name.ends_with(b".yaml")))
}

fn is_script(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 7] =
        [b"Makefile", b"GNUmakefile", b"justfile", b"Justfile", b"Taskfile.yml", b"package.json", b".npmrc"];
    NAMES.contains(&name)
        || [&b".sh"[..], b".bash", b".ps1", b".mk"].iter().any(|ending| name.ends_with(ending))
}

fn script_signs(name: &[u8], text: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    if name == b"package.json" || name == b".npmrc" {
        return has(b"\"provenance\": true") || has(b"provenance=true");
    }
    SIGNERS.iter().any(|word| has(word)) && steps::runs_signer(text)
}

fn is_signing_goreleaser(text: &[u8]) -> bool {
    const KEYS: [&str; 5] = ["signs", "binary_signs", "docker_signs", "notarize", "attestations"];
    // What cannot be read may sign.
    yaml::read(text).map_or(true, |document| KEYS.iter().any(|key| document.root().get(key).is_some()))
}

/// Judges workflows that publish something.
pub(in crate::scan) struct Releases<'a> {
    checks: Vec<&'a Check>,
}

impl<'a> Releases<'a> {
    pub(in crate::scan) fn new(checks: &'a [Check]) -> Self {
        let is_ours = |check: &&Check| matches!(check.run, Run::Releases(_));
        Self { checks: checks.iter().filter(is_ours).collect() }
    }
}

impl Analysis for Releases<'_> {
    type Facts = Facts;
    const ACT: &'static str = "judging releases";

    fn checks(&self) -> &[&Check] {
        &self.checks
    }

    fn see(&self, blob: &Blob<'_>, facts: &Shared<Facts>) {
        if let Some(seen) = look(blob) {
            facts.with(|facts| facts.add(blob.path, seen));
        }
    }

    fn judge(&self, facts: Facts, context: &Context<'_>) -> Verdict {
        let Known { releases, problems, texts, any } = facts.finish();
        let mut verdict = Verdict { problems, ..Verdict::default() };
        let content = |path: &RepoPath| texts.get(path).map(Vec::as_slice);
        for check in &self.checks {
            let Run::Releases(run) = check.run else { continue };
            verdict.outcomes.extend((!any).then_some((check.meta.id, Outcome::NotApplicable)));
            report::add(&mut verdict, check, &content, context.key, |reports| run(&releases, reports));
        }
        verdict
    }
}

/// Everything of a repository that has to do with releases.
#[derive(Default)]
pub(in crate::scan) struct Facts {
    workflows: BTreeMap<RepoPath, File>,
    /// Names of scripts that sign.
    signers: BTreeSet<Vec<u8>>,
    goreleaser_signs: bool,
    bytes: usize,
    dropped: usize,
}

struct File {
    kind: Kind,
    workflow: Workflow,
    bytes: Vec<u8>,
    mistake: Option<Mistake>,
}

/// What is known of releases once all files were seen.
#[derive(Default)]
struct Known {
    /// Workflows that publish, one each, sorted.
    releases: Vec<Release>,
    /// Workflows that could not be read.
    problems: Vec<Problem>,
    /// The content of the workflows that publish.
    texts: BTreeMap<RepoPath, Vec<u8>>,
    /// True if there is a workflow at all.
    any: bool,
}

impl Facts {
    /// Keeps what [`look`] saw at `path`.
    fn add(&mut self, path: &RepoPath, seen: Seen) {
        match seen {
            Seen::Workflow(kind, read, bytes) => {
                if self.bytes.saturating_add(bytes.len()) > KEPT_MAX {
                    self.dropped += 1;
                    return;
                }
                self.bytes += bytes.len();
                let (workflow, mistake) = match read {
                    Ok(workflow) => (workflow, None),
                    Err(mistake) => (Workflow::default(), Some(mistake)),
                };
                self.workflows.insert(path.clone(), File { kind, workflow, bytes, mistake });
            }
            Seen::Signer => drop(self.signers.insert(path.file_name().to_vec())),
            Seen::GoReleaser(signs) => self.goreleaser_signs |= signs,
        }
    }

    /// What publishes, and what of it is signed.
    fn finish(self) -> Known {
        let mut known = Known { any: !self.workflows.is_empty(), ..Known::default() };
        known.problems.extend(dropped(self.dropped, "workflows", KEPT_MAX));
        // Actions are read only as part of what calls them.
        let told = self.workflows.iter().filter(|(_, file)| file.kind != Kind::Action);
        for (path, file) in told {
            let cut = file
                .workflow
                .cut
                .then(|| "it has too many jobs or steps; the others were not looked at".to_owned());
            let broken = file.mistake.as_ref().map(|mistake| {
                format!("line {}: this workflow cannot be read: {}", mistake.line, mistake.message)
            });
            known
                .problems
                .extend(broken.or(cut).map(|message| Problem { path: Some(path.clone()), message }));
        }
        let calls = self.calls();
        let mut callers: BTreeMap<&RepoPath, Vec<&RepoPath>> = BTreeMap::new();
        for (caller, called) in &calls {
            for path in called {
                callers.entry(path).or_default().push(caller);
            }
        }
        let signing: BTreeSet<&RepoPath> =
            self.workflows.iter().filter(|(_, file)| self.signs(file)).map(|(path, _)| path).collect();
        // What starts when a release is out, or when another workflow is done, may sign what that published.
        let after = self.workflows.iter().any(|(path, file)| {
            let starts_after =
                |event: &workflow::Text| matches!(event.text.as_str(), "release" | "workflow_run");
            file.workflow.on.iter().any(starts_after) && !reach(path, &calls).is_disjoint(&signing)
        });
        for (path, file) in &self.workflows {
            let is_called = callers.contains_key(path);
            if file.kind == Kind::Action && !is_called || file.kind == Kind::GitLab && file.workflow.includes
            {
                continue;
            }
            let Some((line, published)) = file.publishes() else { continue };
            let mut around: BTreeSet<&RepoPath> = reach(path, &callers);
            around = around.into_iter().flat_map(|caller| reach(caller, &calls)).collect();
            let is_signed = after && file.kind != Kind::GitLab
                || !around.is_disjoint(&signing)
                || self.goreleaser_signs && steps::is_goreleaser(&published);
            known.texts.insert(path.clone(), file.bytes.clone());
            known.releases.push(Release { path: path.clone(), line, published, is_signed });
        }
        known
    }

    /// The local workflows and actions that each workflow calls.
    fn calls(&self) -> BTreeMap<&RepoPath, Vec<&RepoPath>> {
        let called = |uses: &str| -> Vec<&RepoPath> {
            let Some(local) = uses.strip_prefix("./") else { return Vec::new() };
            let local = local.trim_end_matches('/');
            let slash = if local.is_empty() { "" } else { "/" };
            [local.to_owned(), format!("{local}{slash}action.yml"), format!("{local}{slash}action.yaml")]
                .iter()
                .filter_map(|name| self.workflows.get_key_value(&RepoPath::from(name.as_str())))
                .map(|(path, _)| path)
                .collect()
        };
        let of = |file: &File| file.workflow.uses().flat_map(|uses| called(&uses.text)).collect();
        self.workflows.iter().map(|(path, file)| (path, of(file))).collect()
    }

    fn signs(&self, file: &File) -> bool {
        let mentions = |run: &str| {
            let words = run.split(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c));
            let is_make = |word: &str| word == "make" && self.signers.contains(&b"Makefile"[..]);
            let is_npm = |word: &str| word == "npm" && self.signers.contains(&b"package.json"[..]);
            words
                .into_iter()
                .any(|word| self.signers.contains(word.as_bytes()) || is_make(word) || is_npm(word))
        };
        // Of what cannot be read nobody can say that it does not.
        file.mistake.is_some()
            || steps::signs(&file.workflow)
            || file.workflow.steps().filter_map(|(_, step)| step.run.as_ref()).any(|run| mentions(&run.text))
    }
}

impl File {
    /// The first step that publishes: its line, and what it publishes.
    fn publishes(&self) -> Option<(u32, String)> {
        self.workflow
            .steps()
            .find_map(|(job, step)| Some((step.line, steps::published(&self.workflow, job, step)?)))
    }
}

/// Everything that `edges` lead to from `start`, which is part of it.
fn reach<'a>(
    start: &'a RepoPath,
    edges: &BTreeMap<&'a RepoPath, Vec<&'a RepoPath>>,
) -> BTreeSet<&'a RepoPath> {
    let mut seen = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(path) = open.pop() {
        for next in edges.get(path).into_iter().flatten() {
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    seen
}
