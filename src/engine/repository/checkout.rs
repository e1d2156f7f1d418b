//! Checkouts of pull request heads by actions and scripts: whether they are refused, and what runs them.

use super::flow::{Flow, variables};
use super::head::{self, Head};
use super::runner::place;
use super::trust::Trust;
use super::{Repository, Site};
use crate::model::{Confidence, Span};
use crate::parse::script::{Program, programs};
use crate::parse::workflow::{Step, Text};

/// The head of a pull request, taken by a step.
#[derive(Debug)]
pub struct Taken<'a> {
    /// Where that is said.
    pub span: Span,
    /// By what: `ref`, `gh pr checkout`.
    pub by: String,
    /// Where the name of the head comes from.
    pub flow: Option<Flow<'a>>,
    /// True if another commit may be taken than the one that the event is about.
    pub is_mutable: bool,
    /// True if it is a branch of the repository itself.
    pub is_own_branch: bool,
    /// True if it comes into the working tree, not only among the objects.
    pub is_in_tree: bool,
    /// True if only some folders of it do.
    pub is_sparse: bool,
    /// How sure that is.
    pub confidence: Confidence,
}

impl Taken<'_> {
    /// A phrase: what is checked out, and by which command or action.
    #[must_use]
    pub fn what(&self) -> String {
        let Self { by, flow, .. } = self;
        match flow {
            Some(flow) => format!("`{by}` checks out the code of a pull request (`{}`)", flow.context),
            None => format!("`{by}` checks out the code of a pull request"),
        }
    }
}

/// The head that the action of the step at `site` takes.
#[must_use]
pub fn by_action<'a>(repository: &'a Repository, site: Site<'a>) -> Option<Taken<'a>> {
    let step = site.step?;
    let action = step.action()?;
    if !action.name.to_ascii_lowercase().contains("checkout") && !action.path.contains("checkout") {
        return None;
    }
    let read = |name: &str| step.input(name).filter(|text| !text.text.trim().is_empty());
    let (reference, from) = (read("ref"), read("repository"));
    let kinds = |text: Option<&'a Text>| {
        let flows = text.map(|text| repository.heads_into(site, text)).unwrap_or_default();
        flows.into_iter().filter_map(|flow| Some((head::of(&flow.context)?, flow))).collect::<Vec<_>>()
    };
    let of_repository = kinds(from).into_iter().find(|(kind, _)| *kind == Head::Repository);
    let is_by_number = reference.is_some_and(|text| text.text.contains("pull/"));
    let mut of_reference = kinds(reference);
    // The number may have become a ref on its way: `refs/pull/${{ … }}/head`.
    let on_the_way = |flow: &Flow<'_>| {
        let mut texts = flow.trail.iter().filter_map(|hop| hop.file.bytes.get(hop.span.range()));
        texts.any(|text| memchr::memmem::find(text, b"pull/").is_some())
    };
    of_reference.retain(|(kind, flow)| *kind != Head::Number || is_by_number || on_the_way(flow));
    // A commit says more than a branch, which may be the second choice.
    of_reference.sort_by_key(|(kind, _)| *kind != Head::Commit);
    let found = of_reference.into_iter().next();
    let is_numbered =
        found.is_none() && is_by_number && reference.is_some_and(|text| text.text.contains("${{"));
    if found.is_none() && of_repository.is_none() && !is_numbered {
        return None;
    }
    let is_branch = found.as_ref().is_some_and(|(kind, _)| *kind == Head::Branch);
    let is_commit = found.as_ref().is_some_and(|(kind, _)| *kind == Head::Commit);
    let (by, text) = if found.is_some() || is_numbered { ("ref", reference?) } else { ("repository", from?) };
    let is_own_branch = is_branch && of_repository.is_none() && !is_by_number;
    Some(Taken {
        span: text.span,
        by: by.to_owned(),
        flow: found.or(of_repository).map(|(_, flow)| flow),
        is_mutable: !is_commit,
        is_own_branch,
        is_in_tree: true,
        is_sparse: read("sparse-checkout").is_some(),
        confidence: Confidence::High,
    })
}

/// True if every event that anyone causes makes `actions/checkout` refuse the head of a fork, in the version that the
/// step uses, and nothing allows it.
#[must_use]
pub fn refuses(site: Site<'_>, trust: &Trust<'_>) -> bool {
    let Some(step) = site.step else { return false };
    if !step.uses_any(&["actions/checkout"]) {
        return false;
    }
    let is_allowed = step
        .input("allow-unsafe-pr-checkout")
        .is_some_and(|text| text.text.trim().eq_ignore_ascii_case("true") || text.text.contains("${{"));
    let events = ["pull_request_target", "workflow_run"];
    let mut starts = trust.privileged.iter();
    !is_allowed && starts.all(|start| events.contains(&start.event.name.text.as_str())) && is_new(site, step)
}

/// True for versions of `actions/checkout` that refuse: v7, v6.1.0, and the tags `v5` and `v6`, which were moved.
fn is_new(site: Site<'_>, step: &Step) -> bool {
    let Some(action) = step.action() else { return false };
    if matches!(action.reference, "main" | "master" | "v5" | "v6" | "5" | "6") {
        return true;
    }
    let version = if action.is_commit() {
        let behind = step.uses.as_ref().map_or(0, |uses| uses.span.end);
        let rest = site.file.bytes.get(behind..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = std::str::from_utf8(&rest[..end]).unwrap_or("");
        let words = line.split(|c: char| c.is_whitespace() || c == '#' || c == '@');
        words.filter_map(version).next()
    } else {
        version(action.reference)
    };
    match version {
        Some((major, minor)) => major >= 7 || matches!(major, 5 | 6) && minor.is_some_and(|minor| minor >= 1),
        None => false,
    }
}

/// Reads `v6.1.0`, `v7`.
fn version(text: &str) -> Option<(u32, Option<u32>)> {
    let mut parts = text.trim().trim_start_matches('v').split('.');
    let major = parts.next()?.parse().ok()?;
    Some((major, parts.next().and_then(|minor| minor.parse().ok())))
}

/// The head that a script takes: what comes into the working tree first, else what is only fetched.
#[must_use]
pub fn by_script<'a>(repository: &'a Repository, site: Site<'a>, run: &'a Text) -> Option<Taken<'a>> {
    if !run.text.contains("git") && !run.text.contains("gh") {
        return None;
    }
    let mut fetched = None;
    let mut put = None;
    let mut is_foreign = false;
    for program in programs(&run.text) {
        let taken = match program.base() {
            "gh" => by_gh(repository, site, run, program),
            "git" => by_git(repository, site, run, program),
            _ => None,
        };
        let Some(taken) = taken else { continue };
        is_foreign |= !taken.is_own_branch;
        let place = if taken.is_in_tree { &mut put } else { &mut fetched };
        *place = place.take().or(Some(taken));
    }
    // A branch is one of the fork if the script has named that before.
    let mut taken: Taken<'_> = put.or(fetched)?;
    taken.is_own_branch &= !is_foreign;
    taken.is_in_tree |= is_put_into_tree(site, run);
    Some(taken)
}

fn by_gh<'a>(
    repository: &'a Repository,
    site: Site<'a>,
    run: &'a Text,
    program: Program<'_>,
) -> Option<Taken<'a>> {
    let mut words = program.words().filter(|word| !word.starts_with('-'));
    let (one, two) = (words.next()?, words.next()?);
    let is_clone = (one, two) == ("repo", "clone");
    if (one, two) != ("pr", "checkout") && !is_clone {
        return None;
    }
    let flow = flows(repository, site, run, program).into_iter().next();
    if is_clone && flow.is_none() {
        return None;
    }
    Some(Taken {
        span: place(site, run, program),
        by: format!("gh {one} {two}"),
        flow: None,
        is_mutable: true,
        is_own_branch: false,
        is_in_tree: true,
        is_sparse: false,
        confidence: Confidence::High,
    })
}

fn by_git<'a>(
    repository: &'a Repository,
    site: Site<'a>,
    run: &'a Text,
    program: Program<'_>,
) -> Option<Taken<'a>> {
    const FETCH: [&str; 2] = ["fetch", "remote"];
    const TAKE: [&str; 7] = ["pull", "clone", "checkout", "switch", "reset", "merge", "worktree"];
    let mut words = program.words();
    let mut verb = words.next()?;
    while verb.starts_with('-') {
        // `-C` and `-c` have a value.
        if matches!(verb, "-C" | "-c") {
            words.next()?;
        }
        verb = words.next()?;
    }
    if !FETCH.contains(&verb) && !TAKE.contains(&verb) {
        return None;
    }
    let rest: Vec<&str> = words.collect();
    let is_numbered = rest.iter().any(|word| {
        word.split_once("pull/").is_some_and(|(_, rest)| rest.contains("/head") || rest.contains("/merge"))
    });
    let flows = flows(repository, site, run, program);
    let kind = |flow: &Flow<'_>| head::of(&flow.context).filter(|kind| *kind != Head::Number);
    let mut named: Vec<(Head, Flow<'a>)> =
        flows.into_iter().filter_map(|flow| Some((kind(&flow)?, flow))).collect();
    named.sort_by_key(|(kind, _)| *kind == Head::Branch);
    let is_new_branch =
        matches!(verb, "checkout" | "switch") && rest.iter().any(|w| matches!(*w, "-b" | "-B" | "-c" | "-C"));
    if !is_numbered && (named.is_empty() || is_new_branch && named.len() < 2) {
        return None;
    }
    let is_own_branch = !is_numbered && named.iter().all(|(kind, _)| *kind == Head::Branch);
    let is_commit = named.iter().any(|(kind, _)| *kind == Head::Commit);
    Some(Taken {
        span: place(site, run, program),
        by: format!("git {verb}"),
        flow: named.into_iter().next().map(|(_, flow)| flow),
        is_mutable: !is_commit,
        is_own_branch,
        is_in_tree: TAKE.contains(&verb),
        is_sparse: false,
        confidence: Confidence::Medium,
    })
}

/// What comes to the words of a command of the script, of what names a head.
fn flows<'a>(
    repository: &'a Repository,
    site: Site<'a>,
    run: &'a Text,
    program: Program<'_>,
) -> Vec<Flow<'a>> {
    let range = program.at..program.at + program.name.len() + program.rest.len();
    let inside = run.expressions().filter(|one| range.contains(&one.start));
    let mut all: Vec<Flow<'a>> = inside.flat_map(|one| repository.heads(site, &one)).collect();
    for name in variables(program.rest) {
        all.extend(repository.heads_of_variable(site, name));
        all.extend(assigned(repository, site, run, name));
    }
    all
}

/// What comes to a variable of the shell that the script sets: `head=$HEAD_SHA`.
fn assigned<'a>(repository: &'a Repository, site: Site<'a>, run: &'a Text, name: &str) -> Vec<Flow<'a>> {
    let sign = format!("{name}=");
    let mut start = 0;
    for line in run.text.split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        let Some(value) =
            line.trim_start().trim_start_matches("local ").trim_start_matches("export ").strip_prefix(&sign)
        else {
            continue;
        };
        let inside = run.expressions().filter(|one| range.contains(&one.start));
        let mut all: Vec<Flow<'a>> = inside.flat_map(|one| repository.heads(site, &one)).collect();
        for other in variables(value).filter(|other| *other != name) {
            all.extend(repository.heads_of_variable(site, other));
        }
        if !all.is_empty() {
            return all;
        }
    }
    Vec::new()
}

/// True if this script, or one behind it in the job, puts what was fetched into the working tree.
fn is_put_into_tree(site: Site<'_>, run: &Text) -> bool {
    const PUTS: [&str; 9] =
        ["checkout", "switch", "merge", "reset", "rebase", "cherry-pick", "worktree", "read-tree", "archive"];
    let behind = site.steps_behind().iter().filter_map(|step| step.run.as_ref());
    std::iter::once(run).chain(behind).any(|run| {
        programs(&run.text).any(|program| {
            let verb = program.words().find(|word| !word.starts_with('-'));
            program.base() == "git" && verb.is_some_and(|verb| PUTS.contains(&verb))
        })
    })
}

/// Files that strangers bring into the working tree before a step.
#[derive(Debug)]
pub struct Brought {
    /// What brings them.
    pub span: Span,
    /// A phrase for it.
    pub note: String,
    /// True if it is an artifact of another run, not the code of a pull request.
    pub is_artifact: bool,
    /// The folder that they are put into, if one is said.
    pub path: Option<String>,
}

/// What brings files of strangers into the job before the step at `site`, whose trust is `trust`.
#[must_use]
pub fn brought(repository: &Repository, site: Site<'_>, trust: &Trust<'_>) -> Option<Brought> {
    if trust.privileged.is_empty() {
        return None;
    }
    let is_behind_run = trust.privileged.iter().any(|start| start.event.name.text == "workflow_run");
    site.steps_before().iter().find_map(|step| {
        let at = Site { step: Some(step), ..site };
        let taken = match (&step.uses, &step.run) {
            (Some(_), _) => by_action(repository, at),
            (None, Some(run)) => by_script(repository, at, run),
            (None, None) => None,
        };
        let path = step.input("path").map(|path| path.text.trim().to_owned());
        if let Some(taken) =
            taken.filter(|taken| taken.is_in_tree && !taken.is_own_branch && !refuses(at, trust))
        {
            let note = format!("`{}` checks out the code of a pull request", taken.by);
            return Some(Brought { span: taken.span, note, is_artifact: false, path });
        }
        let span = downloads(at).filter(|_| is_behind_run)?;
        let note = "downloads an artifact of the triggering run".to_owned();
        Some(Brought { span, note, is_artifact: true, path })
    })
}

/// Where the step at `site` takes an artifact of another run.
fn downloads(site: Site<'_>) -> Option<Span> {
    let step = site.step?;
    let uses = step.uses.as_ref();
    let is_other_run = step.input("run-id").is_some() || step.input("run_id").is_some();
    if step.uses_any(&["actions/download-artifact"]) && is_other_run
        || step.uses_any(&["dawidd6/action-download-artifact", "aochmann/actions-download-artifact"])
    {
        return uses.map(|uses| uses.span);
    }
    let script = step.run.as_ref().or_else(|| step.input("script"))?;
    let signs = ["gh run download", "downloadArtifact", "/artifacts"];
    let at = signs.iter().find_map(|sign| script.text.find(sign).map(|at| at..at + sign.len()))?;
    let is_taken = ["zip", "download", "Artifact"].iter().any(|sign| script.text.contains(sign));
    is_taken.then(|| site.locate(script, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("v7.0.1"), Some((7, Some(0))));
        assert_eq!(version("v6"), Some((6, None)));
        assert_eq!(version("x"), None);
    }
}
