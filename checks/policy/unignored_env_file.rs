//! `unignored-env-file`: environment files that are used but not ignored by git.

use crate::engine::repository::Repository;
use crate::engine::repository::env_files::By;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unignored-env-file",
        title: "environment file that git does not ignore",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Policy,
        remedy: "add the file to `.gitignore` before it exists: `echo .env >> .gitignore`",
        docs: r"
## What it does
Reports environment files that the repository refers to and no `.gitignore` ignores: an example exists (`.env.example`),
a compose service reads it (`env_file`), or a dependency reads `.env`. Tracked files are reported by
`committed-env-file`. All are one finding.

## Why is this bad
Contributors create such a file with real passwords and keys, and the next `git add .` commits it.

## Example
`.env.example`, and no line `.env` in `.gitignore`.

## Use instead
```gitignore
.env
.env.*
!.env.example
```

## Known problems
Patterns in `.git/info/exclude` and user settings do not count, since others do not have them.

## References
- <https://git-scm.com/docs/gitignore>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::EnvFiles, whole: true, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let mut last = None;
    for one in repository.env_files.expected.iter().filter(|one| !one.is_ignored) {
        // Of several services that read it, the first.
        if last.replace((&one.path, &one.file)) == Some((&one.path, &one.file)) {
            continue;
        }
        let file = text::escaped(&String::from_utf8_lossy(one.file.as_bytes()));
        let message = match one.by {
            By::Example => format!("an example of `{file}` exists, but git does not ignore that file"),
            By::Compose => format!("a service reads `{file}`, but git does not ignore that file"),
            By::Library => format!("a dependency reads `{file}`, but git does not ignore that file"),
        };
        reports
            .span(&one.path, one.span, message)
            .note(format!("`{file}`"))
            .practice(format!("`{file}`"), "environment files are not ignored by git");
    }
}
