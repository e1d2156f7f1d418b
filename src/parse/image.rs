//! A container image reference: `registry.example.com:5000/team/name:tag@sha256:…`.

/// The longest reference that is read, in bytes.
const LENGTH_MAX: usize = 1000;

/// Tags that move with each build.
const MOVING: [&str; 15] = [
    "latest", "nightly", "edge", "main", "master", "trunk", "head", "tip", "canary", "rolling", "develop",
    "dev", "unstable", "snapshot", "testing",
];

/// A reference, in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image<'a> {
    /// All of it, trimmed.
    pub text: &'a str,
    /// The registry with its port; `None` for Docker Hub if not named.
    pub registry: Option<&'a str>,
    /// The name in the registry: `library/node`, `node`.
    pub name: &'a str,
    /// The tag.
    pub tag: Option<&'a str>,
    /// The digest, with its algorithm.
    pub digest: Option<&'a str>,
}

/// How firmly a reference is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pin {
    /// By digest: always the same bytes.
    Digest,
    /// By a version tag, which its owner can move.
    Version,
    /// By a tag that moves with each build.
    Moving,
    /// Not at all, which means `latest`.
    None,
}

impl<'a> Image<'a> {
    /// Splits `text`, whatever characters are in it, without a `docker://` prefix. `None` without a name.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("docker://").unwrap_or(text);
        if text.len() > LENGTH_MAX {
            return None;
        }
        let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
        let last = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (path, tag) = match rest[last..].find(':') {
            Some(colon) => (&rest[..last + colon], Some(&rest[last + colon + 1..])),
            None => (rest, None),
        };
        let host = path.split_once('/').filter(|(first, _)| {
            first.contains(['.', ':'])
                || *first == "localhost"
                || first.bytes().any(|byte| byte.is_ascii_uppercase())
        });
        let (registry, name) = host.map_or((None, path), |(registry, name)| (Some(registry), name));
        (!name.is_empty()).then_some(Self { text, registry, name, tag, digest })
    }

    /// True if it only has characters that are allowed in a reference; otherwise it is a template or a
    /// placeholder.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let is_part = |text: &str, more: &[u8]| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        is_part(self.name, b"._-/")
            && self.registry.is_none_or(|registry| is_part(registry, b".-:"))
            && self.tag.is_none_or(|tag| is_part(tag, b"._-"))
            && self.digest.is_none_or(|digest| is_part(digest, b":+._-"))
    }

    /// How firmly it is pinned.
    #[must_use]
    pub fn pin(&self) -> Pin {
        match (self.digest, self.tag) {
            (Some(_), _) => Pin::Digest,
            (None, None) => Pin::None,
            (None, Some(tag)) if is_moving(tag) => Pin::Moving,
            (None, Some(_)) => Pin::Version,
        }
    }

    /// True for a digest, or the tag of one release or commit: `1.4`, `1-alpine`, `3f2a91c`; not for `1` or
    /// `stable`.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        let is_exact = |tag: &str| {
            tag.bytes().any(|byte| byte.is_ascii_digit()) && tag.contains(['.', '-', '_'])
                || tag.len() >= 7 && tag.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        self.digest.is_some() || self.tag.is_some_and(is_exact)
    }

    /// The reference without tag and digest.
    #[must_use]
    pub fn repository(&self) -> &'a str {
        let registry = self.registry.map_or(0, |registry| registry.len() + 1);
        &self.text[..registry + self.name.len()]
    }

    /// The name of a Docker official image, `node` for `docker.io/library/node`, whatever registry mirrors it.
    #[must_use]
    pub fn library(&self) -> Option<&'a str> {
        const MIRRORS: [&str; 3] = ["public.ecr.aws", "mirror.gcr.io", "mcr.microsoft.com"];
        const PLATFORMS: [&str; 9] =
            ["amd64", "i386", "arm32v5", "arm32v6", "arm32v7", "arm64v8", "ppc64le", "s390x", "riscv64"];
        let is_hub = self.registry.is_none_or(|registry| {
            matches!(
                registry,
                "docker.io" | "index.docker.io" | "registry.hub.docker.com" | "registry-1.docker.io"
            )
        });
        if let Some((_, name)) = self.name.rsplit_once("library/") {
            let is_library = is_hub || self.registry.is_some_and(|registry| MIRRORS.contains(&registry));
            return is_library.then_some(name);
        }
        if !is_hub {
            return None;
        }
        match self.name.split_once('/') {
            None => Some(self.name),
            Some((platform, name)) => PLATFORMS.contains(&platform).then_some(name),
        }
    }
}

/// True for `latest`, `nightly-alpine`, `latest-dev`, unless a version or a date is in it.
fn is_moving(tag: &str) -> bool {
    let first = tag.split(['-', '_', '.']).next().unwrap_or(tag);
    let is_version = || tag.bytes().any(|byte| byte.is_ascii_digit());
    let is_word = |word: &str| MOVING.iter().any(|known| known.eq_ignore_ascii_case(word));
    first.eq_ignore_ascii_case("latest") || is_word(tag) || is_word(first) && !is_version()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        for (text, registry, name, tag, digest) in [
            ("node", None, "node", None, None),
            ("docker://node:24.1-slim", None, "node", Some("24.1-slim"), None),
            ("acme/tool", None, "acme/tool", None, None),
            ("ghcr.io/acme/tool:v1", Some("ghcr.io"), "acme/tool", Some("v1"), None),
            ("localhost/tool", Some("localhost"), "tool", None, None),
            (" host:5000/a/b/c ", Some("host:5000"), "a/b/c", None, None),
            ("host:5000/a:1@sha256:ab", Some("host:5000"), "a", Some("1"), Some("sha256:ab")),
            ("a@sha256:ab", None, "a", None, Some("sha256:ab")),
        ] {
            let image = Image::parse(text).expect("it has a name");
            assert_eq!(
                (image.registry, image.name, image.tag, image.digest),
                (registry, name, tag, digest),
                "{text}"
            );
            assert!(image.is_plain(), "{text}");
        }
        assert_eq!(Image::parse("").map(|image| image.name), None);
        assert_eq!(Image::parse(":tag").map(|image| image.name), None);
        assert!(!Image::parse("{{ .image }}:v1").expect("there").is_plain());
        assert!(!Image::parse("a/$B:v1").expect("there").is_plain());
        assert_eq!(Image::parse("host:5000/a/b:1@sha256:ab").expect("there").repository(), "host:5000/a/b");
    }

    #[test]
    fn pins_are_known() {
        for (text, pin) in [
            ("node", Pin::None),
            ("host:5000/node", Pin::None),
            ("node:latest", Pin::Moving),
            ("node:latest-alpine", Pin::Moving),
            ("node:nightly", Pin::Moving),
            ("node:nightly-slim", Pin::Moving),
            ("node:nightly-2026-01-01", Pin::Version),
            ("node:main-3f2a91c", Pin::Version),
            ("node:24", Pin::Version),
            ("debian:bookworm-slim", Pin::Version),
            ("node@sha256:ab", Pin::Digest),
            ("node:latest@sha256:ab", Pin::Digest),
        ] {
            assert_eq!(Image::parse(text).expect("there").pin(), pin, "{text}");
        }
    }

    #[test]
    fn the_library_is_known_by_whatever_name() {
        for (text, name) in [
            ("node:24", Some("node")),
            ("docker.io/library/node", Some("node")),
            ("public.ecr.aws/docker/library/alpine:3", Some("alpine")),
            ("arm64v8/debian", Some("debian")),
            ("acme/node", None),
            ("ghcr.io/library/node", None),
            ("quay.io/node", None),
        ] {
            assert_eq!(Image::parse(text).expect("there").library(), name, "{text}");
        }
    }
}
