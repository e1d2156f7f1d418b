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

/// Comparisons of patterns with wildcards and paths that are made in any case, for each byte of the file and for each
/// path; where more would be needed the patterns that are left are not judged.
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
            return reports.not_checked("its patterns have too many wildcards for the files that there are");
        }
        if !is_alive {
            let message = format!("`{}` names no file of this repository", rule.pattern);
            reports
                .span(&owners.path, rule.span, message)
                .note(format!("`{}`", rule.pattern))
                .practice(rule.pattern, "patterns name no file of this repository");
        }
    }
}
