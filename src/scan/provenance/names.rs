//! What names tell: which file a signature is for, which folders hold material for tests.

use crate::model::RepoPath;
use crate::parse::signature::{Signed, stays_inside};

/// Endings that say that a file signs the one whose name is before them, longer ones first.
const ENDINGS: [&str; 15] = [
    ".publish.attestation",
    ".sigstore.json",
    ".cosign.bundle",
    ".intoto.jsonl",
    ".intoto.json",
    ".attestation",
    ".provenance",
    ".sigstore",
    ".minisig",
    ".bundle",
    ".jsonl",
    ".sign",
    ".sig",
    ".asc",
    ".att",
];

/// Endings that come before those, and say what a statement is about.
const PREDICATES: [&str; 8] =
    [".intoto", ".cdx", ".spdx", ".sbom", ".slsa", ".provenance", ".cyclonedx", ".vuln"];

/// Names of folders whose files are made to be tried.
const TRIALS: [&str; 12] = [
    "test",
    "tests",
    "testdata",
    "test-data",
    "test_data",
    "fixture",
    "fixtures",
    "example",
    "examples",
    "samples",
    "mock",
    "mocks",
];

/// How surely a name leads to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// It is the name without the ending of a signature, or one that the statement gives.
    Direct,
    /// More than one ending had to go.
    Loose,
}

/// The folder that `path` is in, with its slash.
pub(super) fn folder(path: &RepoPath) -> &[u8] {
    let bytes = path.as_bytes();
    &bytes[..bytes.len() - path.file_name().len()]
}

/// The path of `name` in the folder of `path`; none unless it is a plain name.
pub(super) fn beside(path: &RepoPath, name: &[u8]) -> Option<RepoPath> {
    let plain = !name.is_empty()
        && name != b"."
        && name != b".."
        && !name.iter().any(|byte| matches!(byte, b'/' | b'\\' | 0));
    plain.then(|| RepoPath::new([folder(path), name].concat()))
}

/// The path of `name`, which may lie in folders, below the folder of `path`.
pub(super) fn below(path: &RepoPath, name: &str) -> Option<RepoPath> {
    stays_inside(name).then(|| RepoPath::new([folder(path), name.as_bytes()].concat()))
}

/// The name of what a file called `name` signs, if its ending says that it signs something.
pub(super) fn signed_name(name: &[u8]) -> Option<&[u8]> {
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending.as_bytes())).filter(|rest| !rest.is_empty())
}

/// Paths at which what `signed` is about may be, most likely first, each once.
pub(super) fn named_artifacts(path: &RepoPath, signed: &Signed) -> Vec<(RepoPath, Strength)> {
    let mut found: Vec<(RepoPath, Strength)> = Vec::new();
    let mut add = |name: &[u8], strength: Strength| {
        if let Some(candidate) = beside(path, name)
            && found.iter().all(|(known, _)| *known != candidate)
        {
            found.push((candidate, strength));
        }
    };
    if let Some(mut rest) = signed_name(path.file_name()) {
        add(rest, Strength::Direct);
        while let Some(shorter) = PREDICATES
            .iter()
            .find_map(|ending| rest.strip_suffix(ending.as_bytes()))
            .filter(|rest| !rest.is_empty())
        {
            add(shorter, Strength::Loose);
            rest = shorter;
        }
    }
    for name in signed.subjects.iter().filter_map(|subject| subject.name.as_deref()) {
        // Builders give names with folders of their own; the last part is that of the file.
        let last = name.rsplit('/').next().unwrap_or(name);
        add(last.as_bytes(), if last == name { Strength::Direct } else { Strength::Loose });
    }
    found
}

/// True if `path` is in a folder of material for tests, where broken signatures are what is wanted.
pub(super) fn is_trial(path: &RepoPath) -> bool {
    let is = |part: &[u8]| TRIALS.iter().any(|trial| part.eq_ignore_ascii_case(trial.as_bytes()));
    folder(path).split(|byte| *byte == b'/').any(is)
}

/// `owner/name` of a repository on GitHub, from the address of a remote.
pub(super) fn on_github(address: &str) -> Option<String> {
    let rest = ["https://github.com/", "http://github.com/", "git://github.com/", "git@github.com:"]
        .iter()
        .find_map(|prefix| address.strip_prefix(prefix))
        .or_else(|| {
            let rest = address.strip_prefix("ssh://")?;
            let rest = rest.strip_prefix("git@").unwrap_or(rest);
            rest.strip_prefix("github.com/").or_else(|| rest.strip_prefix("github.com:22/"))
        })
        // With a login in front, as some tools write it.
        .or_else(|| address.strip_prefix("https://")?.split_once('@')?.1.strip_prefix("github.com/"))?;
    let rest = rest.trim_end_matches('/');
    let (owner, name) = rest.strip_suffix(".git").unwrap_or(rest).split_once('/')?;
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    (plain(owner) && plain(name)).then(|| format!("{owner}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::signature::{Content, Form, Subject};

    fn signed(names: &[&str]) -> Signed {
        let subject = |name: &&str| Subject { name: Some((*name).to_owned()), digests: Vec::new() };
        Signed {
            line: 1,
            form: Form::BundleV03,
            subjects: names.iter().map(subject).collect(),
            predicate: None,
            content: Content::Opaque,
            payload: None,
        }
    }

    fn candidates(path: &str, names: &[&str]) -> Vec<String> {
        let found = named_artifacts(&RepoPath::from(path), &signed(names));
        found.into_iter().map(|(path, strength)| format!("{} {strength:?}", path.shown())).collect()
    }

    #[test]
    fn names_lead_to_artifacts() {
        assert_eq!(candidates("dist/app.tgz.sigstore.json", &[]), ["dist/app.tgz Direct"]);
        assert_eq!(
            candidates("app.tgz.cdx.intoto.sigstore.json", &["app.tgz"]),
            ["app.tgz.cdx.intoto Direct", "app.tgz.cdx Loose", "app.tgz Loose"]
        );
        assert_eq!(
            candidates("a/multiple.intoto.jsonl", &["x/y", "z"]),
            ["a/multiple Direct", "a/y Loose", "a/z Direct"]
        );
        assert_eq!(candidates("cosign.bundle", &[]), ["cosign Direct"]);
        assert_eq!(candidates(".sig", &[]), Vec::<String>::new());
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for name in ["../x", "..", ".", "", "/etc/passwd", "a\\..\\b", "a\0b"] {
            for found in candidates("d/s.json", &[name]) {
                assert!(found.starts_with("d/") && !found.contains(".."), "{name}: {found}");
            }
        }
    }

    #[test]
    fn repositories_on_github_are_known_by_their_address() {
        for address in [
            "https://github.com/o/r",
            "https://github.com/o/r.git",
            "git@github.com:o/r.git",
            "ssh://git@github.com/o/r.git",
            "https://token@github.com/o/r/",
        ] {
            assert_eq!(on_github(address).as_deref(), Some("o/r"), "{address}");
        }
        for address in
            ["https://github.com.evil.org/o/r", "https://gitlab.com/o/r", "https://github.com/o", "/o/r", ""]
        {
            assert_eq!(on_github(address), None, "{address}");
        }
    }

    #[test]
    fn material_for_tests_is_known_by_its_folder() {
        assert!(is_trial(&"a/testdata/x.sig".into()) && is_trial(&"Tests/x".into()));
        assert!(!is_trial(&"tests".into()) && !is_trial(&"contest/x".into()));
    }
}
