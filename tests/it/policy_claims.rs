//! The claims of five policies that people wrote, said again in our own words, each held against a small repository in
//! which it is so, and one in which it is not.

use bartizan::engine::Check;
use bartizan::model::{Claim, Family, Report, Ruling};
use bartizan::scan::registry;

use crate::fixtures::scan_folder;
use crate::git::Repo;
use crate::policy::{checks, commit};
use crate::run_git::git;

/// A sentence of one of the five policies.
struct Row {
    /// The line of it that says the same.
    line: u16,
    /// What ours says, by which it is found.
    says: &'static str,
    /// The kind of claim.
    kind: &'static str,
    /// How it ends where it holds, and where it does not: nothing for what is no claim.
    ends: [Option<Ruling>; 2],
}

const U: Option<Ruling> = Some(Ruling::Upheld);
const C: Option<Ruling> = Some(Ruling::Contradicted);
const N: Option<Ruling> = Some(Ruling::NoEvidence);
const X: Option<Ruling> = Some(Ruling::Unverifiable);

const fn row(line: u16, says: &'static str, kind: &'static str, ends: [Option<Ruling>; 2]) -> Row {
    Row { line, says, kind, ends }
}

/// A sentence that is no claim, of whatever kind and whatever the repository holds.
const fn silent(line: u16, says: &'static str) -> Row {
    Row { line, says, kind: "", ends: [None, None] }
}

/// What all five repositories have: files, by their path.
type Files<'a> = &'a [(&'a str, &'a str)];

/// The report on a clone of a repository with these files, branches and tags.
fn report(policy: &str, files: Files<'_>, branches: &[&str], tags: &[&str]) -> Report {
    let upstream = Repo::new();
    upstream.write("SECURITY.md", policy);
    for (path, text) in files {
        upstream.write(path, text);
    }
    commit(&upstream, "2026-01-20T00:00:00Z");
    branches.iter().for_each(|name| drop(git(&upstream.path(), &["branch", name])));
    tags.iter().for_each(|name| drop(git(&upstream.path(), &["tag", name])));
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["clone", "-q", &upstream.path().display().to_string(), "clone"]);
    let clone = folder.path().join("clone");
    git(&clone, &["remote", "set-url", "origin", "https://github.com/bartizan-test/tool"]);
    let secrets = registry::all().into_iter().filter(|check| check.meta.family == Family::Secret);
    let mut all: Vec<Check> = checks().into_iter().chain(secrets).collect();
    all.sort_by_key(|check| check.meta.id);
    scan_folder(&clone, all)
}

/// How the claims of `row` end in `report`, which is about `policy`.
fn ends(report: &Report, policy: &str, row: &Row) -> Vec<Ruling> {
    let line = policy.lines().position(|line| line.contains(row.says));
    let line = line.unwrap_or_else(|| panic!("{} is not said", row.says)) as u32 + 1;
    let is_it = |claim: &&Claim| {
        claim.place.path.shown() == "SECURITY.md"
            && claim.place.region.start_line == line
            && (row.kind.is_empty() || claim.kind == row.kind)
    };
    let mut ends: Vec<Ruling> = report.claims.iter().filter(is_it).map(|claim| claim.ruling).collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}

/// Holds both repositories against the rows; what does not come out is listed.
fn differences(name: &str, policy: &str, rows: &[Row], reports: &[Report; 2]) -> Vec<String> {
    let mut found = Vec::new();
    for row in rows {
        for (report, (wanted, when)) in reports.iter().zip(row.ends.iter().zip(["holds", "fails"])) {
            let ends = ends(report, policy, row);
            if ends != wanted.iter().copied().collect::<Vec<_>>() {
                let (line, kind, says) = (row.line, row.kind, row.says);
                found.push(format!("{name} {line} {kind} {when}: {says}: {ends:?} for {wanted:?}"));
            }
        }
    }
    found
}

const AIONOS: &str = "# Security

## Supported versions

The `edge` branch is maintained, and the latest tagged releases are supported.

| Version / Branch | Supported |
|---|---|
| `edge` (HEAD) | ✅ |
| Older ones | ❌ |

## How reports are taken

Private vulnerability reporting is the way.

If there is none, contact the maintainers in private.

An answer comes within 3 business days.

## Hardening guidelines

- Put the gateway behind TLS
- Set strong keys, and `TENANCY_MODE` where appropriate
- Keep keys in a vault, not in an `.env` that is committed to git
- Rely on the scans in CI (Dependabot, CodeQL if configured)
- Consider signatures by Cosign and SBOMs for releases
";

#[test]
fn aionos() {
    let rows = [
        row(6, "The `edge` branch", "named-ref", [U, C]),
        row(6, "The `edge` branch", "supported-versions", [U, N]),
        row(10, "`edge` (HEAD)", "named-ref", [U, C]),
        silent(12, "Older ones"),
        row(16, "contact the maintainers", "contact-placeholder", [None, N]),
        silent(24, "An answer comes"),
        silent(30, "Put the gateway"),
        silent(31, "Set strong keys"),
        silent(35, "CodeQL if configured"),
        silent(36, "Consider signatures"),
    ];
    let named = [("README.md", "# Tool\n\nWrite to tool@bartizan.test.\n")];
    let holds = report(AIONOS, &named, &["edge"], &["v1.0.0"]);
    let fails = report(AIONOS, &[("a", "b")], &["other"], &[]);
    assert_eq!(differences("aionos", AIONOS, &rows, &[holds, fails]), Vec::<String>::new());
}

const AIOS: &str = "# Security

## Supported versions

| Version | Supported |
|---|---|
| 1.0.x | ✅ |
| < 1.0 | ❌ |

## Contact

- The address is security@MAIL
- Reports go to <https://github.com/SLUG/security>

## What is done

All code is scanned by several tools:

- Gosec for Go code
- ESLint with eslint-plugin-security for scripts
- CodeQL for a thorough analysis
- Snyk for vulnerable dependencies

Dependencies:

- Automated dependency updates by Dependabot
- Vulnerability scanning of all dependencies

Containers:

- Minimal base images
- Weekly scanning of container images with Trivy
- Non-root container execution
- Read-only root filesystems where possible

Keys:

- No hardcoded secrets in code

The product was designed with GDPR in mind.

A hall of fame is coming soon.

**Last updated:** DATE

**Next review:** NEXT
";

#[test]
fn aios() {
    let rows = [
        row(9, "1.0.x", "supported-versions", [U, C]),
        row(10, "< 1.0", "supported-versions", [U, None]),
        row(22, "The address is", "contact-placeholder", [None, C]),
        row(33, "Reports go to", "contact-url", [U, C]),
        row(50, "Gosec for Go", "tool-runs", [U, N]),
        row(51, "eslint-plugin-security", "tool-runs", [U, N]),
        row(52, "CodeQL for", "tool-runs", [U, N]),
        row(53, "Snyk for", "tool-runs", [U, N]),
        row(56, "Automated dependency updates", "tool-runs", [U, C]),
        row(57, "scanning of all dependencies", "tool-runs", [U, N]),
        row(65, "Minimal base images", "container", [U, C]),
        row(66, "with Trivy", "tool-runs", [U, C]),
        row(67, "Non-root container", "container", [U, C]),
        silent(68, "Read-only root"),
        row(71, "No hardcoded secrets", "no-secrets", [U, C]),
        silent(162, "GDPR in mind"),
        silent(198, "hall of fame"),
        row(211, "Last updated", "review-date", [U, C]),
        row(212, "Next review", "review-date", [U, C]),
    ];
    let policy = |mail: &str, slug: &str, date: &str, next: &str| {
        AIOS.replace("MAIL", mail).replace("SLUG", slug).replace("DATE", date).replace("NEXT", next)
    };
    let workflow = |steps: &str, on: &str| {
        format!("on: {on}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{steps}")
    };
    let all = "      - run: gosec ./...\n      \
               - uses: github/codeql-action/analyze@v3\n      - run: snyk test\n      - run: trivy image tool:1\n";
    let holds = policy("bartizan.test", "bartizan-test/tool", "January 2026", "March 2099");
    let weekly = "\n  pull_request:\n  schedule:\n    - cron: '0 3 * * 1'";
    let holding = [
        ("Cargo.toml", "[package]\nname = \"tool\"\nversion = \"1.0.4\"\n"),
        (".github/workflows/a.yml", &workflow(all, weekly)),
        (
            ".github/dependabot.yml",
            "version: 2\nupdates:\n  - package-ecosystem: cargo\n    directory: /\n    schedule: {interval: weekly}\n",
        ),
        ("Dockerfile", "FROM alpine:3.20\nUSER 1000\n"),
        ("package.json", "{\"devDependencies\": {\"eslint-plugin-security\": \"^3.0.0\"}}"),
    ];
    let fails = policy("example.com", "someone-else/other", "January 2024", "March 2025");
    let key = ["key = \"sk_live_51YEHI9kvgO2USIHHCT", "GjENfzggjr8m6ilqR\"\n"].concat();
    let failing = [
        ("Cargo.toml", "[package]\nname = \"tool\"\nversion = \"2.1.0\"\n"),
        (".github/workflows/a.yml", &workflow("      - run: trivy fs .\n", "push")),
        (
            ".github/dependabot.yml",
            "version: 2\nupdates:\n  - package-ecosystem: cargo\n    directory: /\n    \
             open-pull-requests-limit: 0\n    schedule: {interval: weekly}\n",
        ),
        ("Dockerfile", "FROM ubuntu:24.04\nRUN true\n"),
        ("src/pay.py", &key),
    ];
    let reports = [report(&holds, &holding, &[], &["v1.0.4"]), report(&fails, &failing, &[], &["v2.1.0"])];
    let mut found = differences("aios", &holds, &rows, &reports);
    found.sort();
    assert_eq!(found, Vec::<String>::new());
}

const AILLOY: &str = "# Security

## Supported versions

| Version | Supported |
|---|---|
| 0.x.x | ✅ |

This is an alpha: all 0.x.x releases receive security updates. Once we reach 1.0, there will be a better policy.

## Where to go

1. The [advisories](https://github.com/SLUG/security/advisories/new) of this project
2. Mail to the maintainers (contact information is available in the repository)

Fixes are developed in a private branch.

## Keys

- Do not commit `flux.yaml` with sensitive values
";

#[test]
fn ailloy() {
    let rows = [
        row(9, "| 0.x.x |", "supported-versions", [U, C]),
        row(11, "all 0.x.x releases", "supported-versions", [U, None]),
        row(23, "The [advisories]", "contact-url", [U, C]),
        row(25, "contact information", "contact-placeholder", [U, N]),
        silent(47, "private branch"),
        row(64, "flux.yaml", "sensitive-file", [U, C]),
    ];
    let key = ["key: sk_live_51YEHI9kvgO2USIHHCT", "GjENfzggjr8m6ilqR\n"].concat();
    let holds = AILLOY.replace("SLUG", "bartizan-test/tool");
    let fails = AILLOY.replace("SLUG", "someone-else/other");
    let holding = [("README.md", "# Tool\n\nWrite to tool@bartizan.test.\n"), ("flux.yaml", "key: ${KEY}\n")];
    let reports = [
        report(&holds, &holding, &[], &["v0.6.43"]),
        report(&fails, &[("flux.yaml", &key)], &[], &["v1.2.0"]),
    ];
    assert_eq!(differences("ailloy", &holds, &rows, &reports), Vec::<String>::new());
}

const AUMOS: &str = "# Security

Reports go to security@MAIL, and we acknowledge them within 48 hours.

## In scope

- The API of the gateway

## Promises

- Disclosure after 90 days
- We credit reporters

## For contributors

- Never commit secrets, not even those of tests
- Validate with Pydantic
- Never log sensitive data
";

#[test]
fn aumos() {
    let rows = [
        row(12, "Reports go to", "contact-placeholder", [None, C]),
        silent(25, "The API of the gateway"),
        silent(56, "90 days"),
        silent(57, "We credit"),
        silent(65, "Never commit secrets"),
        silent(67, "Pydantic"),
        silent(68, "Never log"),
    ];
    let (holds, fails) = (AUMOS.replace("MAIL", "bartizan.test"), AUMOS.replace("MAIL", "yourdomain.com"));
    let key = ["key: sk_live_51YEHI9kvgO2USIHHCT", "GjENfzggjr8m6ilqR\n"].concat();
    let reports =
        [report(&holds, &[("a", "b")], &[], &[]), report(&fails, &[("tests/a.yaml", &key)], &[], &[])];
    assert_eq!(differences("aumos", &holds, &rows, &reports), Vec::<String>::new());
}

const AIX: &str = "# Security

## Supported versions

| Version | Supported |
|---|---|
| 0.x.x | ✅ |

The project is currently pre-1.0.
Only the latest release gets fixes. After 1.0, two majors will get them.

## Where to go

Open a draft of an [advisory](https://github.com/SLUG/security/advisories/new).

Details are usually published 30 days after a fix.

## For users

- Keep tokens in environment variables
- Never commit secrets

```json
{\"API_TOKEN\": \"${MY_TOKEN}\", \"CodeQL\": \"runs on every pull request\"}
```

## Scanning

- **CodeQL**: analysis of Go code, runs on every pull request and push to main
- **Dependabot**: automated dependency updates

Critical findings block merges.
";

#[test]
fn aix() {
    let rows = [
        row(7, "| 0.x.x |", "supported-versions", [U, C]),
        row(9, "currently pre-1.0", "supported-versions", [U, C]),
        row(9, "Only the latest release", "supported-versions", [X, X]),
        row(17, "Open a draft", "contact-url", [U, C]),
        silent(61, "30 days after"),
        silent(83, "environment variables"),
        silent(85, "Never commit"),
        silent(93, "API_TOKEN"),
        row(115, "**CodeQL**", "tool-runs", [U, C]),
        row(116, "**Dependabot**", "tool-runs", [U, C]),
    ];
    let workflow = |on: &str| {
        format!(
            "on: {on}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      \
             - uses: github/codeql-action/init@v3\n        with:\n          languages: go\n      \
             - uses: github/codeql-action/analyze@v3\n"
        )
    };
    let updates = |more: &str| {
        format!(
            "version: 2\nupdates:\n  - package-ecosystem: gomod\n    directory: /\n{more}    schedule: {{interval: weekly}}\n"
        )
    };
    let holds = AIX.replace("SLUG", "bartizan-test/tool");
    let fails = AIX.replace("SLUG", "someone-else/other");
    let holding = [
        (".github/workflows/a.yml", &*workflow("[push, pull_request]")),
        (".github/dependabot.yml", &*updates("")),
    ];
    let failing = [
        (".github/workflows/a.yml", &*workflow("\n  schedule:\n    - cron: '0 3 * * 1'")),
        (".github/dependabot.yml", &*updates("    open-pull-requests-limit: 0\n")),
    ];
    let reports = [report(&holds, &holding, &[], &["v0.8.1"]), report(&fails, &failing, &[], &["v1.0.0"])];
    assert_eq!(differences("aix", &holds, &rows, &reports), Vec::<String>::new());
}
