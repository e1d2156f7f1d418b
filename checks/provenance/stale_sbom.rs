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
        remedy: "make it anew whenever the lock file changes, or in the release alone",
        docs: r"
## What it does
Compares the time in an SBOM with the time of the commit that last changed its lock file, and reports those that
are older by more than a day.

## Why is this bad
The lock file has changed since; what the SBOM says is what once was.

## Example
An SBOM of January beside a `Cargo.lock` of June.

## Use instead
Make it in the release, and publish it there.

## Known problems
Only in a clone with its history. Whether the two differ is told by `sbom-drift`; one that is old and does not differ
is reported here alone.

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
            "made on {}, and {} was changed on {}",
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
