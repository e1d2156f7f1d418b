//! `codeowners-dead-pattern`: lines of `CODEOWNERS` that match no file.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use std::collections::BTreeSet;

use crate::parse::codeowners::{self, Pattern};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "codeowners-dead-pattern",
        title: "`CODEOWNERS` pattern that matches no file",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "update the path, or remove the line",
        docs: r"
## What it does
Reports lines of `CODEOWNERS` whose pattern matches no tracked file. All are one finding.

## Why is this bad
Either the files have moved and their owners are no longer asked for review, or the pattern has a typo and never
matched.

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

/// Comparisons of wildcard patterns with paths, per byte of the file and per path; beyond that, the remaining patterns
/// are not checked.
const COMPARED_MIN: usize = 1_000_000;
const COMPARED_A_BYTE: usize = 4;
const COMPARED_A_PATH: usize = 16;

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let Some(owners) = repository.beside.owners().filter(|_| !repository.paths.is_empty()) else {
        return reports.not_applicable();
    };
    let mut names: Option<BTreeSet<&[u8]>> = None;
    let mut left =
        COMPARED_MIN + COMPARED_A_BYTE * owners.bytes.len() + COMPARED_A_PATH * repository.paths.len();
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
                let stem = pattern.stem();
                let first = repository.paths.partition_point(|known| known.as_bytes() < stem.as_slice());
                let below = &repository.paths[first..];
                let mut below = below.iter().take_while(|path| path.as_bytes().starts_with(&stem));
                below.any(|path| {
                    left = left.saturating_sub(1);
                    left == 0 || pattern.names(path)
                })
            }
        };
        if left == 0 {
            return reports.not_checked("it has too many wildcards for the number of files");
        }
        if !is_alive {
            let message = format!("`{}` matches no file of this repository", rule.pattern);
            reports
                .span(&owners.path, rule.span, message)
                .note(format!("`{}`", rule.pattern))
                .practice(rule.pattern, "patterns match no file of this repository");
        }
    }
}
