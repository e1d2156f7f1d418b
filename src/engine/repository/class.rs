//! Classifies paths: shipped files, or tests, examples and development, which are less severe.

use crate::engine::names;
use crate::model::{RepoPath, Severity};

/// What a file is for, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// What users get, or what runs in production, as far as its path says.
    Shipped,
    /// Tests, their data, and benchmarks.
    Test,
    /// Examples, demonstrations and documentation.
    Example,
    /// Machines of developers, and continuous integration.
    Development,
}

/// Words of folders and file names, with what they stand for.
#[rustfmt::skip]
const WORDS: [(Class, &[&str]); 3] = [
    (Class::Test, &[
        "test", "tests", "testing", "tested", "tester", "testdata", "testsuite", "testbed", "testenv", "testutil",
        "testutils", "unittest", "unittests", "smoketest", "smoketests", "loadtest", "loadtests", "fixture",
        "fixtures", "spec", "specs", "e2e", "mock", "mocks", "integration", "suite", "suites", "conformance",
        "bench", "cypress", "playwright", "selenium", "benchmark", "benchmarks", "benches", "fuzz", "fuzzing",
    ]),
    (Class::Example, &[
        "example", "examples", "sample", "samples", "demo", "demos", "doc", "docs", "documentation", "tutorial",
        "tutorials", "playground", "quickstart", "quickstarts", "workshop", "workshops", "showcase",
    ]),
    (Class::Development, &[
        "dev", "devel", "develop", "development", "devcontainer", "devcontainers", "devenv", "devtools", "localdev",
        "local", "localhost", "debug", "hack", "ci", "github", "gitlab", "circleci", "buildkite", "gitpod", "tilt",
        "override",
    ]),
];

impl Class {
    /// What the file at `path` is for: what its first folder says that says anything, else its name.
    #[must_use]
    pub fn of(path: &RepoPath) -> Self {
        path.as_bytes().split(|byte| *byte == b'/').find_map(Self::said_by).unwrap_or(Self::Shipped)
    }

    /// What the name of a folder or file says, if it says anything.
    fn said_by(name: &[u8]) -> Option<Self> {
        names::words(name).iter().find_map(|word| {
            // `test2`, but not `e2e`.
            let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
            let is_word = |known: &&str| *known == word || *known == bare;
            WORDS.iter().find(|(_, words)| words.iter().any(&is_word)).map(|(class, _)| *class)
        })
    }

    /// `severity` as it counts here: outside of what is shipped a fault is `low`.
    #[must_use]
    pub fn capped(self, severity: Severity) -> Severity {
        if self == Self::Shipped { severity } else { severity.min(Severity::Low) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_classes() {
        for (path, class) in [
            ("Dockerfile", Class::Shipped),
            ("deploy/latest/app.yaml", Class::Shipped),
            ("contest/attestation/Dockerfile", Class::Shipped),
            ("src/device/Dockerfile.prod", Class::Shipped),
            ("tests/Dockerfile", Class::Test),
            ("a/testFixtures/compose.yaml", Class::Test),
            ("docker/Dockerfile.test2", Class::Test),
            ("e2e/k8s.yaml", Class::Test),
            ("playwright/docker-compose.yml", Class::Test),
            ("examples/dev/Dockerfile", Class::Example),
            ("docs/compose.yml", Class::Example),
            (".devcontainer/Dockerfile", Class::Development),
            ("docker-compose.dev.yml", Class::Development),
            ("docker-compose.override.yml", Class::Development),
            ("hack/Dockerfile", Class::Development),
            (".github/actions/x/Dockerfile", Class::Development),
        ] {
            assert_eq!(Class::of(&path.into()), class, "{path}");
        }
        assert_eq!(Class::Test.capped(Severity::High), Severity::Low);
        assert_eq!(Class::Shipped.capped(Severity::High), Severity::High);
    }
}
