//! The source of a locked package: advisories only cover the public registry.

use super::Ecosystem;

/// The source of a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The public registry of the ecosystem; the default.
    #[default]
    Public,
    /// Another registry: private, or a mirror.
    Registry,
    /// A repository.
    Git,
    /// An archive at a URL.
    Url,
    /// A directory: a part of the project, or beside it.
    Path,
}

impl Origin {
    /// A phrase for it; empty for the public registry.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Public => "",
            Self::Registry => "another registry",
            Self::Git => "git",
            Self::Url => "a URL",
            Self::Path => "a path",
        }
    }

    /// The source of what was fetched from `reference`: a URL, a path, or a tool's shorthand.
    pub(super) fn of(ecosystem: Ecosystem, reference: &str) -> Self {
        let reference = reference.trim();
        let starts = |words: &[&str]| words.iter().any(|word| reference.starts_with(word));
        if reference.is_empty() {
            return Self::Public;
        }
        if starts(&["file:", "link:", "portal:", "workspace:", "directory:", ".", "/", "~"]) {
            return Self::Path;
        }
        if starts(&["git", "ssh:", "hg+", "svn+", "bzr+", "bitbucket:", "gist:"]) {
            return Self::Git;
        }
        let Some((host, path)) = host_and_path(reference) else { return Self::Public };
        if is_public(ecosystem, &host, path) {
            return Self::Public;
        }
        if path.ends_with(".git") || host == "codeload.github.com" {
            return Self::Git;
        }
        // The path of archives in npm registries.
        let registry = ecosystem != Ecosystem::Npm || path.contains("/-/");
        if registry { Self::Registry } else { Self::Url }
    }

    /// The source of packages of the registry at `url`.
    pub(super) fn of_registry(ecosystem: Ecosystem, url: &str) -> Self {
        match host_and_path(url) {
            Some((host, path)) if !is_public(ecosystem, &host, path) => Self::Registry,
            Some(_) => Self::Public,
            // A directory that serves as a registry; by default it is the public one.
            None if Self::of(ecosystem, url) == Self::Path => Self::Registry,
            None => Self::Public,
        }
    }
}

/// The host of a URL, in lower case, and its path.
fn host_and_path(url: &str) -> Option<(String, &str)> {
    let (_, rest) = url.trim().split_once("://")?;
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit('@').next().unwrap_or(host);
    Some((host.split(':').next().unwrap_or(host).to_ascii_lowercase(), path))
}

/// True for the registry that advisories cover, and its public mirrors.
fn is_public(ecosystem: Ecosystem, host: &str, path: &str) -> bool {
    let hosts: &[&str] = match ecosystem {
        Ecosystem::Npm => &[
            "registry.npmjs.org",
            "registry.npmjs.com",
            "registry.yarnpkg.com",
            "registry.npmmirror.com",
            "registry.npm.taobao.org",
            "registry.nlark.com",
            "r.cnpmjs.org",
            "mirrors.cloud.tencent.com",
            "repo.huaweicloud.com",
            "mirrors.huaweicloud.com",
        ],
        Ecosystem::PyPi => &[
            "pypi.org",
            "pypi.python.org",
            "files.pythonhosted.org",
            "pypi.tuna.tsinghua.edu.cn",
            "mirrors.aliyun.com",
            "mirrors.cloud.tencent.com",
            "mirrors.ustc.edu.cn",
            "pypi.mirrors.ustc.edu.cn",
            "pypi.douban.com",
            "repo.huaweicloud.com",
        ],
        Ecosystem::RubyGems => &[
            "rubygems.org",
            "index.rubygems.org",
            "gems.ruby-china.com",
            "mirrors.aliyun.com",
            "mirrors.tuna.tsinghua.edu.cn",
        ],
        Ecosystem::Packagist => &["packagist.org", "repo.packagist.org", "mirrors.aliyun.com"],
        Ecosystem::NuGet => &["api.nuget.org", "www.nuget.org"],
        Ecosystem::Pub => &["pub.dev", "pub.dartlang.org", "pub.flutter-io.cn"],
        Ecosystem::Hex => &["repo.hex.pm", "hex.pm"],
        _ => &[],
    };
    // One host may mirror many registries: the path decides.
    let shared = host.starts_with("mirrors.") || host.starts_with("repo.huaweicloud");
    hosts.contains(&host)
        && (!shared
            || match ecosystem {
                Ecosystem::Npm => path.contains("npm"),
                Ecosystem::PyPi => path.contains("pypi"),
                Ecosystem::RubyGems => path.contains("rubygems"),
                _ => true,
            })
}

#[cfg(test)]
mod tests {
    use super::{Ecosystem, Origin};

    #[test]
    fn addresses_paths_and_shorthands() {
        let of = |reference| Origin::of(Ecosystem::Npm, reference);
        for public in [
            "",
            "https://registry.npmjs.org/tin/-/tin-1.0.0.tgz",
            "https://registry.yarnpkg.com/tin/-/tin-1.0.0.tgz#0a",
            concat!("https://user:", "word@registry.npmjs.org/tin"),
            "http://registry.npmjs.org:443/tin",
        ] {
            assert_eq!(of(public), Origin::Public, "{public}");
        }
        for git in [
            "git+ssh://git@github.com/a/tin.git#0a",
            "git@github.com:a/tin.git",
            "github:a/tin",
            "git://example.org/tin",
            "https://example.org/tin.git#0a",
            "https://codeload.github.com/a/tin/tar.gz/0a",
        ] {
            assert_eq!(of(git), Origin::Git, "{git}");
        }
        for path in ["file:../tin", "link:./tin", "portal:tin", "workspace:.", "./tin.tgz", "/tin"] {
            assert_eq!(of(path), Origin::Path, "{path}");
        }
        assert_eq!(of("https://npm.example.org/api/npm/tin/-/tin-1.0.0.tgz"), Origin::Registry);
        assert_eq!(of("https://example.org/tin.tgz"), Origin::Url);
        let python = |reference| Origin::of_registry(Ecosystem::PyPi, reference);
        assert_eq!(python("https://pypi.org/simple"), Origin::Public);
        assert_eq!(python("https://mirrors.aliyun.com/pypi/simple"), Origin::Public);
        assert_eq!(python("https://mirrors.aliyun.com/npm"), Origin::Registry);
        assert_eq!(python("https://user:word@pypi.example.org/simple"), Origin::Registry);
        assert_eq!(python("./wheels"), Origin::Registry);
        assert_eq!(python(""), Origin::Public);
    }
}
