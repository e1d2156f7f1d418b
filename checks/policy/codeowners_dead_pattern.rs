//! `codeowners-dead-pattern`: lines of `CODEOWNERS` for files that are not there.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use std::collections::BTreeSet;

use crate::parse::codeowners::{self, Pattern};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "codeowners-dead-pattern",
        title: "pattern of `CODEOWNERS` that names no file",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "name where the files are now, or take the line out",
        docs: r"
## What it does
Reports lines of `CODEOWNERS` whose pattern names no file that git tracks. All are one finding.

## Why is this bad
Such a line was right once: the files have moved, and those who should be asked about them are not asked any more. Or
there is a slip in it, and it never was.

## Example
```text
/source/ @example/core
```
in a repository whose files are in `src`.

## Use instead
```text
/src/ @example/core
```

## References
- <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-syntax>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Beside, whole: true, run },
};

/// Comparisons of a pattern with wildcards and a path; a repository that needs more is judged no further.
const COMPARED_MAX: usize = 5_000_000;

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let Some(owners) = repository.beside.owners().filter(|_| !repository.paths.is_empty()) else {
        return reports.not_applicable();
    };
    let mut names: Option<BTreeSet<&[u8]>> = None;
    let mut left = COMPARED_MAX;
    for rule in codeowners::read(&owners.bytes) {
        let is_odd =
            rule.pattern.starts_with('!') || rule.pattern.contains('[') || rule.pattern.starts_with('@');
        if is_odd || codeowners::is_owner(&rule.pattern) {
            continue;
        }
        let pattern = Pattern::new(&rule.pattern);
        let is_alive = match pattern.literal() {
            Some(path) if pattern.is_anchored() => {
                let first = repository.paths.partition_point(|known| known.as_bytes() < path.as_slice());
                let below = [path.as_slice(), b"/"].concat();
                repository.paths.get(first).is_some_and(|known| known.as_bytes() == path)
                    || {
                        let first =
                            repository.paths.partition_point(|known| known.as_bytes() < below.as_slice());
                        repository.paths.get(first).is_some_and(|known| known.as_bytes().starts_with(&below))
                    }
                    || path.is_empty()
            }
            Some(name) => names
                .get_or_insert_with(|| {
                    repository
                        .paths
                        .iter()
                        .flat_map(|path| path.as_bytes().split(|byte| *byte == b'/'))
                        .collect()
                })
                .contains(name.as_slice()),
            None => {
                let Some(rest) = left.checked_sub(repository.paths.len()) else { return };
                left = rest;
                repository.paths.iter().any(|path| pattern.names(path))
            }
        };
        if !is_alive {
            let message = format!("`{}` names no file of this repository", rule.pattern);
            reports
                .span(&owners.path, rule.span, message)
                .note(format!("`{}`", rule.pattern))
                .practice(rule.pattern, "patterns name no file of this repository");
        }
    }
}
