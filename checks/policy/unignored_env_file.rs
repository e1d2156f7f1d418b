//! `unignored-env-file`: files of variables that are used, and that git does not ignore.

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
        remedy: "add the file to `.gitignore`, before there is one: `echo .env >> .gitignore`",
        docs: r"
## What it does
Reports environment files that the repository speaks of and that no `.gitignore` ignores: there is an example of one
(`.env.example`), a service of a compose file reads it (`env_file`), or a library that reads `.env` is a dependency. Files
that git tracks are left to `committed-env-file`. All are one finding.

## Why is this bad
Whoever works on the project makes such a file, with real passwords and keys in it, and the next `git add .` takes it
along.

## Example
`.env.example`, and no line `.env` in `.gitignore`.

## Use instead
```gitignore
.env
.env.*
!.env.example
```

## Known problems
What `.git/info/exclude` and the settings of a user ignore does not count, for others do not have it.

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
            By::Example => format!("there is an example of `{file}`, and git does not ignore that file"),
            By::Compose => format!("a service reads `{file}`, and git does not ignore that file"),
            By::Library => format!("a dependency reads `{file}`, and git does not ignore that file"),
        };
        reports
            .span(&one.path, one.span, message)
            .note(format!("`{file}`"))
            .practice(format!("`{file}`"), "environment files are not ignored by git");
    }
}
