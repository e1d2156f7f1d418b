//! `vulnerable-package`: a package of another ecosystem in a version with a known vulnerability.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Assessment, Check, Run};
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
        remedy: "update to a fixed version, or replace the package if none exists",
        docs: r"
## What it does
Compares the packages of `package-lock.json`, `pnpm-lock.yaml`, `yarn.lock`, `bun.lock`, `deno.lock`,
`poetry.lock`, `uv.lock`, `pdm.lock`, `pylock.toml`, `Pipfile.lock`, `requirements.txt` (pinned lines),
`go.mod` (with `go.sum` before Go 1.17; Go itself as `stdlib` and `toolchain`), `vendor/modules.txt`,
`Gemfile.lock`, `composer.lock`, `packages.lock.json`, `packages.config`, `gradle.lockfile`,
`verification-metadata.xml`, `Package.resolved`, `mix.lock`, `rebar.lock`, `pubspec.lock`, `conan.lock`,
`renv.lock`, `stack.yaml.lock`, `cabal.project.freeze` and Julia's `Manifest.toml` with the advisories of OSV:
`bartizan db update --osv npm,PyPI` fetches those of an ecosystem, `bartizan db import --osv` reads them from a file, or
`--osv-db` names a dump, a directory of JSON files or the `all.zip` of an ecosystem. The project's own packages are
skipped. Malicious packages are reported by `malicious-package`.

## Why is this bad
The flaw is public, and so is often the way to exploit it.

## Example
A `package-lock.json` with a package in an affected version.

## Use instead
The fixed version in the advisory. The finding names the lowest one, the line of the manifest that requires the package,
and the packages that pull it in, as far as the lock file says.

## Known problems
Without a database such files are listed as not checked; that is exit code 2 only if the check was requested. Whether
the affected code is called is not determined. A package from git, another registry or a URL may be a
different package of the same name, or a copy: it is reported as `low`. So are findings in lock files of tests, examples
or vendored code; if one cannot be read, that is a notice.

## References
- <https://osv.dev>
",
    },
    run: Run::Advisory { applies, assess },
};

fn applies(origin: Origin) -> bool {
    matches!(origin, Origin::Ecosystem(_))
}

fn assess(found: &Match<'_>) -> Option<Assessment> {
    let what = "has a known vulnerability";
    if found.from.is_empty() {
        return found.assessed(AdvisoryKind::Vulnerability, found.severity(), what);
    }
    let what =
        format!("comes from {}, and the package of this name in the public registry {what}", found.from);
    let assessed = found.assessed(AdvisoryKind::Vulnerability, Severity::Low, &what)?;
    Some(Assessment { confidence: Confidence::Low, ..assessed })
}
