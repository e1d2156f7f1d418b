//! `stale-sbom`: SBOM that is older than its lock file.

use crate::engine::provenance::Sboms;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "stale-sbom",
        title: "SBOM that is older than its lock file",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "regenerate it whenever the lock file changes, or only for releases",
        docs: r"
## What it does
Reports an SBOM whose timestamp is more than a day older than the last commit to its lock file.

## Why is this bad
The lock file has changed since, so the SBOM is out of date.

## Example
An SBOM of January beside a `Cargo.lock` of June.

## Use instead
Generate it in the release workflow, and publish it with the release.

## Known problems
Requires a clone with history. `sbom-drift` reports actual differences; an old SBOM without differences is reported only
here.

## References
- <https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom>
",
    },
    run: Run::Sboms(run),
};

fn run(sboms: &Sboms, reports: &mut Reports<'_>) {
    for sbom in &sboms.documents {
        let Some(stale) = &sbom.stale else { continue };
        let message = format!(
            "created on {}, but {} was changed on {}",
            day(stale.made),
            stale.lock.shown(),
            day(stale.changed)
        );
        reports.file(&sbom.path, message);
    }
}

fn day(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}
