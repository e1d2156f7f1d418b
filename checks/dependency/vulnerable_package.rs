//! `vulnerable-package`: a package of another ecosystem in a version with a known vulnerability.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Check, Judged, Run};
use crate::model::{Confidence, Family, Meta, Severity};
use crate::parse::advisory::AdvisoryKind;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "vulnerable-package",
        title: "package with a known vulnerability",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Dependency,
        remedy: "update to a version with the fault mended, or replace the package if there is none",
        docs: r"
## What it does
Compares the packages of `package-lock.json`, `pnpm-lock.yaml`, `yarn.lock`, `bun.lock`, `deno.lock`,
`poetry.lock`, `uv.lock`, `pdm.lock`, `pylock.toml`, `Pipfile.lock`, `requirements.txt` (pinned lines),
`go.mod` (with `go.sum` before Go 1.17; Go itself as `stdlib` and `toolchain`), `vendor/modules.txt`,
`Gemfile.lock`, `composer.lock`, `packages.lock.json`, `packages.config`, `gradle.lockfile`,
`verification-metadata.xml`, `Package.resolved`, `mix.lock`, `rebar.lock`, `pubspec.lock`, `conan.lock`,
`renv.lock`, `stack.yaml.lock`, `cabal.project.freeze` and Julia's `Manifest.toml` with the advisories of OSV:
`bartizan db update --osv npm,PyPI` fetches those of an ecosystem, `bartizan db import --osv` takes them from a
file, or `--osv-db` names a dump, a directory of JSON files or the `all.zip` of an ecosystem. Parts of the
project itself are left out. Packages that were made to do harm are `malicious-package`.

## Why is this bad
The fault is public, and so is often the way to use it.

## Example
A `package-lock.json` with a package in a version that an advisory is for.

## Use instead
The version that the advisory names as the one that mends it. The finding names the smallest one, the line of the
manifest that asks for the package, and by which packages it comes in, as far as the lock file says.

## Known problems
Without a database such files are named and not checked; that is exit code 2 only where the check was asked
for. Whether the affected code is called is not decided. What comes from git, another registry or an address of its own may be another package of the same
name, or a copy: it is reported as `low`. So is what stands in a lock file that is not the project's own, in a
folder of tests, examples or other people's code; what cannot be read of one is a notice.

## References
- <https://osv.dev>
",
    },
    run: Run::Advisory { applies, judge },
};

fn applies(origin: Origin) -> bool {
    matches!(origin, Origin::Ecosystem(_))
}

fn judge(found: &Match<'_>) -> Option<Judged> {
    let what = "has a known vulnerability";
    if found.from.is_empty() {
        return found.judged(AdvisoryKind::Vulnerability, found.severity(), what);
    }
    let what = format!("comes from {}, and what the public registry has under this name {what}", found.from);
    let judged = found.judged(AdvisoryKind::Vulnerability, Severity::Low, &what)?;
    Some(Judged { confidence: Confidence::Low, ..judged })
}
