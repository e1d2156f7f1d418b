//! Interprets names in signatures: which file is meant, which directories contain tests.

use crate::model::RepoPath;

/// Names of directories that contain only signatures and checksum files.
const KEPT_APART: [&str; 20] = [
    ".attestations",
    ".provenance",
    ".signatures",
    ".sigstore",
    "attest",
    "attestation",
    "attestations",
    "checksum",
    "checksums",
    "digests",
    "hashes",
    "intoto",
    "provenance",
    "sbom",
    "sboms",
    "sig",
    "signature",
    "signatures",
    "sigs",
    "sigstore",
];

/// The path of `name` in the directory of `path`; none unless it is a plain name.
pub(super) fn beside(path: &RepoPath, name: &[u8]) -> Option<RepoPath> {
    let plain = !name.is_empty()
        && name != b"."
        && name != b".."
        && !name.iter().any(|byte| matches!(byte, b'/' | b'\\' | 0));
    plain.then(|| RepoPath::new([path.folder(), name].concat()))
}

/// Directories, with their slash, that may contain the artifact of the file at `path`: its own, and the parent of
/// signature-only ones.
pub(super) fn homes(path: &RepoPath) -> Vec<Vec<u8>> {
    let own = path.folder();
    let apart = |part: &&[u8]| KEPT_APART.iter().any(|name| part.eq_ignore_ascii_case(name.as_bytes()));
    let without: Vec<u8> = own
        .split_inclusive(|byte| *byte == b'/')
        .filter(|part| !apart(&&part[..part.len() - 1]))
        .flatten()
        .copied()
        .collect();
    let mut homes = vec![own.to_vec()];
    if without != own {
        homes.push(without);
    }
    homes
}

/// The parts of a name in a statement or checksum file; absolute prefixes and leading `..` are dropped.
pub(super) struct Parts<'a> {
    parts: Vec<&'a str>,
    /// The number of leading `..`.
    up: usize,
    /// True if it is absolute.
    absolute: bool,
}

/// Splits `name`. Windows builds write backslashes.
pub(super) fn parts(name: &str) -> Parts<'_> {
    split(name, &['/', '\\'])
}

/// The same, with backslash as an ordinary character.
pub(super) fn literal_parts(name: &str) -> Parts<'_> {
    split(name, &['/'])
}

fn split<'a>(name: &'a str, separators: &[char]) -> Parts<'a> {
    let (mut parts, mut up) = (Vec::new(), 0);
    let bytes = name.as_bytes();
    let drive = matches!(bytes, [letter, b':', ..] if letter.is_ascii_alphabetic());
    let absolute = drive || name.starts_with('~') || name.starts_with(separators) || name.contains("://");
    let path = if drive { &name[2..] } else { name };
    for part in path.split(separators) {
        match part {
            "" | "." => {}
            ".." => up += usize::from(parts.pop().is_none()),
            _ => parts.push(part),
        }
    }
    Parts { parts, up, absolute }
}

impl<'a> Parts<'a> {
    /// The last one.
    pub(super) fn last(&self) -> Option<&'a str> {
        self.parts.last().copied()
    }

    /// All, last one first.
    pub(super) fn last_first(&self) -> impl Iterator<Item = &'a str> {
        self.parts.iter().rev().copied()
    }

    /// True if there is a directory among them.
    pub(super) const fn has_folder(&self) -> bool {
        self.parts.len() > 1
    }

    /// The path relative to `folder`, which ends with a slash or is empty; none outside the repository.
    pub(super) fn below(&self, folder: &[u8]) -> Option<RepoPath> {
        let mut folder = folder;
        for _ in 0..self.up {
            let above = folder.strip_suffix(b"/")?;
            folder = &above[..memchr::memrchr(b'/', above).map_or(0, |slash| slash + 1)];
        }
        (!self.absolute).then(|| self.joined(folder, 0)).flatten()
    }

    /// Paths of their suffixes with two parts or more, from the root, longest first: the build directory is unknown.
    pub(super) fn ends(&self) -> impl Iterator<Item = RepoPath> {
        let known = if self.absolute || self.up > 0 { self.parts.len() } else { 0 };
        (0..known.saturating_sub(1)).filter_map(|from| self.joined(b"", from))
    }

    fn joined(&self, folder: &[u8], from: usize) -> Option<RepoPath> {
        let parts = self.parts.get(from..).filter(|parts| !parts.is_empty())?;
        let whole = [folder, parts.join("/").as_bytes()].concat();
        (!whole.contains(&0)).then(|| RepoPath::new(whole))
    }
}

/// True for the name of an image in a registry or of a package, which is not a file name.
pub(super) fn is_elsewhere(name: &str) -> bool {
    let Some((host, rest)) = name.split_once('/') else { return name.starts_with("pkg:") };
    let (domain, port) = host.split_once(':').unwrap_or((host, ""));
    let is_host = domain == "localhost"
        || (domain.split('.').count() > 1
            && domain.split('.').all(|label| {
                !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            }));
    name.starts_with("pkg:")
        || (is_host
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && !rest.rsplit('/').next().unwrap_or(rest).contains('.'))
}

/// `owner/name` of a GitHub repository, from the URL of a remote.
pub(super) fn on_github(address: &str) -> Option<String> {
    let rest = ["https://github.com/", "http://github.com/", "git://github.com/", "git@github.com:"]
        .iter()
        .find_map(|prefix| address.strip_prefix(prefix))
        .or_else(|| {
            let rest = address.strip_prefix("ssh://")?;
            let rest = rest.strip_prefix("git@").unwrap_or(rest);
            rest.strip_prefix("github.com/").or_else(|| rest.strip_prefix("github.com:22/"))
        })
        // With credentials, as some tools write it.
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

    fn below(folder: &str, name: &str) -> Option<String> {
        parts(name).below(folder.as_bytes()).map(|path| path.shown())
    }

    #[test]
    fn names_lead_to_files_of_the_repository_alone() {
        for (folder, name, leads) in [
            ("d/", "app", Some("d/app")),
            ("d/", "./x//y/app", Some("d/x/y/app")),
            ("d/", "x\\app.exe", Some("d/x/app.exe")),
            ("d/e/", "../app", Some("d/app")),
            ("d/", "x/../../app", Some("app")),
            ("d/", "../../app", None),
            ("", "../app", None),
            ("d/", "/etc/passwd", None),
            ("d/", "C:\\x\\app", None),
            ("d/", "~/app", None),
            ("d/", "..", None),
            ("d/", ".", None),
            ("d/", "", None),
            ("d/", "a\0b", None),
        ] {
            assert_eq!(below(folder, name).as_deref(), leads, "{folder} {name}");
        }
        let ends = |name: &str| parts(name).ends().map(|path| path.shown()).collect::<Vec<_>>();
        assert_eq!(ends("/home/r/dist/app"), ["home/r/dist/app", "r/dist/app", "dist/app"]);
        assert_eq!(ends("C:\\dist\\app"), ["dist/app"]);
        assert!(ends("dist/app").is_empty() && ends("/app").is_empty() && ends("../..").is_empty());
    }

    #[test]
    fn a_backslash_separates_or_is_a_letter() {
        let name = "d\\app";
        let last_first = |parts: Parts<'static>| parts.last_first().collect::<Vec<_>>();
        assert_eq!(last_first(parts(name)), ["app", "d"]);
        assert_eq!(last_first(literal_parts(name)), [name]);
    }

    #[test]
    fn signatures_may_be_kept_apart() {
        let homes = |path: &str| {
            homes(&path.into())
                .iter()
                .map(|home| String::from_utf8_lossy(home).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(homes("dist/app.sig"), ["dist/"]);
        assert_eq!(homes("dist/Signatures/app.sig"), ["dist/Signatures/", "dist/"]);
        assert_eq!(homes("attestations/dist/app.sig"), ["attestations/dist/", "dist/"]);
        assert_eq!(homes("sigs/app.sig"), ["sigs/", ""]);
        assert_eq!(homes("app.sig"), [""]);
    }

    #[test]
    fn images_and_packages_are_no_files() {
        for name in ["ghcr.io/o/app", "localhost:5000/app", "index.docker.io/library/app", "pkg:npm/a@1"] {
            assert!(is_elsewhere(name), "{name}");
        }
        for name in
            ["app", "dist/app", "./app", "../app", "https://example.org/app.tgz", "a.b/app.tgz", "/x.y/app"]
        {
            assert!(!is_elsewhere(name), "{name}");
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
}
