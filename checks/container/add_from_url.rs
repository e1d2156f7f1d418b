//! `add-from-url`: `ADD` of a URL without a digest.

use crate::engine::repository::dockerfiles::Dockerfile;
use crate::engine::repository::{Repository, download};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::dockerfile::{Instruction, Keyword, Word};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "add-from-url",
        title: "`ADD` of a URL without a digest",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "add the digest: `ADD --checksum=sha256:<digest> <url> <path>`; for a git repository, name the commit",
        docs: r"
## What it does
Reports `ADD` of a URL or a git repository without `--checksum`. A repository pinned to a commit is not reported, nor is
a file that a later command of the same stage compares with a digest or a signature.

## Why is this bad
The image contains whatever the server sends at build time: anyone who compromises the server or the connection controls
every image built from then on.

## Example
```dockerfile
ADD https://example.com/tool.tar.gz /opt/
```

## Use instead
```dockerfile
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/tool.tar.gz /opt/
```

## References
- <https://docs.docker.com/reference/dockerfile/#add---checksum>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Dockerfiles, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        for one in file.instructions(Keyword::Add) {
            if one.flags("checksum").next().is_some() || is_verified(file, one) {
                continue;
            }
            let sources = one.words.len().saturating_sub(1);
            for word in one.words.iter().take(sources) {
                let what = match kind(word) {
                    Some(Kind::Address) => "a URL",
                    Some(Kind::Repository) => "a git repository that is not pinned to a commit,",
                    None => continue,
                };
                let message = format!("`ADD` takes {what} without a digest");
                reports.span(&file.path, word.span, message).severity(file.class.capped(Severity::Medium));
            }
        }
    }
}

enum Kind {
    Address,
    Repository,
}

/// The kind of remote that `word` names, if its content is not pinned.
fn kind(word: &Word) -> Option<Kind> {
    let text = word.text.as_str();
    let is_web = ["http://", "https://", "ftp://"].iter().any(|scheme| text.starts_with(scheme));
    let (address, part) = text.split_once('#').unwrap_or((text, ""));
    let path = address.split('?').next().unwrap_or(address);
    let is_repository =
        path.ends_with(".git") || ["git@", "git://", "ssh://"].iter().any(|scheme| text.starts_with(scheme));
    if !is_web && !is_repository {
        return None;
    }
    if !is_repository {
        return Some(Kind::Address);
    }
    let reference = part.split(':').next().unwrap_or("");
    let is_commit = |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let by_query = address.split(['?', '&']).filter_map(|part| part.strip_prefix("checksum=")).any(is_commit);
    (!is_commit(reference) && !by_query).then_some(Kind::Repository)
}

/// True if a later command of the stage compares something with a digest or a signature.
fn is_verified(file: &Dockerfile, one: &Instruction) -> bool {
    let is_later = |other: &Instruction| other.stage == one.stage && other.span.start > one.span.start;
    let mut runs = file.runs().filter(|(other, _)| is_later(other));
    runs.any(|(_, script)| script.commands.iter().any(download::verifies))
}
