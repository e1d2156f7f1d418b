//! `untrue-env-claim`: files that are not ignored despite the policy.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::{Role, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Ruling, Severity};
use crate::parse::policy::{mood, words};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrue-env-claim",
        title: "files that are not ignored despite the policy",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "add the file to `.gitignore`, and remove it from the index if git tracks it",
        docs: r"
## What it does
Compares sentences, and lists below headings, that say that files are in `.gitignore` with the `.gitignore` at the root
and with the tracked files. Files that git tracks, or that no line ignores, are reported.

## Why is this bad
Contributors who rely on it commit the file with its secrets.

## Example
`.env is in .gitignore`, without such a line in `.gitignore`.

## Use instead
A line `.env` in `.gitignore`.

## What would change the verdict
Upheld: a line of the `.gitignore` at the root ignores the file, and git does not track it. No evidence: only a
`.gitignore` in a subdirectory could do so.

## Known problems
`.gitignore` files in subdirectories are not read.
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "env-file";

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for sentence in repository.policy.sentences(&[Role::Policy]) {
        if sentence.is_asserted() && says_ignored(&sentence) {
            assess(repository, &sentence, reports);
        }
    }
}

/// True if the sentence, or its heading, says that files are ignored.
fn says_ignored(sentence: &Sentence<'_>) -> bool {
    let says = |text: &str| {
        [
            " in .gitignore",
            "(in .gitignore",
            " in `.gitignore",
            "gitignored",
            "git-ignored",
            "ignored by git",
            "excluded via .gitignore",
            "listed in .gitignore",
            "excluded by .gitignore",
        ]
        .iter()
        .any(|phrase| text.contains(phrase))
    };
    let is_item = matches!(sentence.part.block.kind, crate::parse::policy::Kind::Item(_));
    !mood::is_denied(&sentence.lower)
        && (says(&sentence.lower) || is_item && sentence.headings().take(1).any(|heading| says(&heading)))
}

fn assess(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let piece = sentence.part.piece;
    let has_more = repository.paths.iter().any(|path| path.depth() > 0 && path.file_name() == b".gitignore");
    for code in piece.code.iter().filter(|code| sentence.range.contains(&code.start)) {
        let Some(name) = piece.text.get(code.clone()).map(str::trim) else { continue };
        let is_name = !name.contains(' ')
            && name.len() > 2
            && name != ".gitignore"
            && !name.starts_with(['/', '~', '$']);
        if !is_name || words::any(&name.to_ascii_lowercase(), &["example", "sample", "template"]).is_some() {
            continue;
        }
        let place = (&sentence.part.document.path, piece.locate(code.clone()));
        let tried =
            RepoPath::from(name.trim_start_matches("./").trim_end_matches('/').replace('*', "x").as_str());
        let is_ignored = repository.policy.ignored.as_ref().is_some_and(|globs| {
            globs.name(tried.as_bytes(), name.ends_with('/')) || globs.hold(tried.as_bytes())
        });
        let tracked =
            repository.paths.iter().find(|path| !name.contains('*') && path.as_bytes() == tried.as_bytes());
        let (ruling, reason) = match (tracked, is_ignored) {
            (Some(_), _) => (Ruling::Contradicted, format!("git tracks `{name}`")),
            (None, true) => (Ruling::Upheld, format!("`.gitignore` ignores `{name}`")),
            // A `.gitignore` in a subdirectory may ignore it.
            (None, false) if has_more => {
                (Ruling::NoEvidence, format!("`.gitignore` at the root does not ignore `{name}`"))
            }
            (None, false) => {
                (Ruling::Contradicted, format!("no line of `.gitignore` at the root ignores `{name}`"))
            }
        };
        let said = reports.claim(place, KIND, name, (ruling, reason));
        if let Some(path) = tracked {
            said.evidence(path, crate::model::Span::new(0, 0), "tracked".to_owned());
        }
    }
}
