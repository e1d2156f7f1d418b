//! Recognises lock files by path: supported formats, and others known only by name.

use std::borrow::Cow;

/// An ecosystem, by OSV's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// JavaScript.
    Npm,
    /// Python.
    PyPi,
    /// Go.
    Go,
    /// Ruby.
    RubyGems,
    /// PHP.
    Packagist,
    /// .NET.
    NuGet,
    /// Java and other JVM languages.
    Maven,
    /// Swift; packages are identified by repository URL.
    SwiftUrl,
    /// Erlang and Elixir.
    Hex,
    /// Dart.
    Pub,
    /// Actions in workflows.
    GitHubActions,
    /// C and C++, with Conan.
    ConanCenter,
    /// R.
    Cran,
    /// Haskell.
    Hackage,
    /// Julia.
    Julia,
    /// Swift and Objective-C, with CocoaPods; without OSV advisories.
    CocoaPods,
}

impl Ecosystem {
    /// All ecosystems with OSV advisories.
    pub const ALL: [Self; 15] = [
        Self::Npm,
        Self::PyPi,
        Self::Go,
        Self::RubyGems,
        Self::Packagist,
        Self::NuGet,
        Self::Maven,
        Self::SwiftUrl,
        Self::Hex,
        Self::Pub,
        Self::GitHubActions,
        Self::ConanCenter,
        Self::Cran,
        Self::Hackage,
        Self::Julia,
    ];

    /// The name in the OSV format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::PyPi => "PyPI",
            Self::Go => "Go",
            Self::RubyGems => "RubyGems",
            Self::Packagist => "Packagist",
            Self::NuGet => "NuGet",
            Self::Maven => "Maven",
            Self::SwiftUrl => "SwiftURL",
            Self::Hex => "Hex",
            Self::Pub => "Pub",
            Self::GitHubActions => "GitHub Actions",
            Self::ConanCenter => "ConanCenter",
            Self::Cran => "CRAN",
            Self::Hackage => "Hackage",
            Self::Julia => "Julia",
            Self::CocoaPods => "CocoaPods",
        }
    }

    /// The type of its package URLs.
    #[must_use]
    pub const fn purl_type(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::PyPi => "pypi",
            Self::Go => "golang",
            Self::RubyGems => "gem",
            Self::Packagist => "composer",
            Self::NuGet => "nuget",
            Self::Maven => "maven",
            Self::SwiftUrl => "swift",
            Self::Hex => "hex",
            Self::Pub => "pub",
            Self::GitHubActions => "githubactions",
            Self::ConanCenter => "conan",
            Self::Cran => "cran",
            Self::Hackage => "hackage",
            Self::Julia => "julia",
            Self::CocoaPods => "cocoapods",
        }
    }

    /// The ecosystem of this name; a suffix such as `:1.0` denotes a release of it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = name.split(':').next().unwrap_or(name);
        Self::ALL.into_iter().find(|ecosystem| ecosystem.as_str() == name)
    }

    /// The ecosystem whose packages have package URLs of this type.
    #[must_use]
    pub fn of_purl(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ecosystem| ecosystem.purl_type() == kind)
    }

    /// A name in the ecosystem's canonical form.
    #[must_use]
    pub fn normal<'n>(self, name: &'n str) -> Cow<'n, str> {
        match self {
            Self::PyPi => {
                let mut out = String::with_capacity(name.len());
                for c in name.chars() {
                    match c {
                        '-' | '_' | '.' if out.ends_with('-') => {}
                        '-' | '_' | '.' => out.push('-'),
                        c => out.push(c.to_ascii_lowercase()),
                    }
                }
                Cow::Owned(out)
            }
            Self::Packagist | Self::NuGet | Self::GitHubActions => Cow::Owned(name.to_ascii_lowercase()),
            Self::SwiftUrl => Cow::Owned(repository(name)),
            _ => Cow::Borrowed(name),
        }
    }
}

/// The URL of a repository as `host/path`: `git@host:path.git` and `https://host/path/` are equal.
fn repository(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or((None, url), |(scheme, rest)| (Some(scheme), rest));
    let end = rest.find('/').unwrap_or(rest.len());
    let host = rest[..end].rfind('@').map_or(0, |at| at + 1);
    let rest = rest[host..].trim_end_matches('/');
    let rest = rest.strip_suffix(".git").unwrap_or(rest);
    match (scheme, rest.split_once(':')) {
        (None, Some((host, path))) => format!("{host}/{}", path.trim_start_matches('/')),
        // A port.
        (Some(_), Some((host, path))) => {
            format!("{host}{}", path.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        _ => rest.to_owned(),
    }
    .to_ascii_lowercase()
}

/// The supported kinds of lock files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `package-lock.json`, `npm-shrinkwrap.json`
    PackageLock,
    /// `pnpm-lock.yaml`
    Pnpm,
    /// `yarn.lock`
    Yarn,
    /// `bun.lock`
    Bun,
    /// `deno.lock`
    Deno,
    /// `poetry.lock`
    Poetry,
    /// `uv.lock`
    Uv,
    /// `pdm.lock`
    Pdm,
    /// `pylock.toml`
    Pylock,
    /// `Pipfile.lock`
    Pipfile,
    /// `requirements.txt` and similar
    Requirements,
    /// A name that requirements files share with documents about system requirements: `dev-requirements.txt`
    MaybeRequirements,
    /// `go.mod`
    GoMod,
    /// `go.sum`
    GoSum,
    /// `Gemfile.lock`
    Gemfile,
    /// `composer.lock`
    Composer,
    /// `packages.lock.json`
    NuGet,
    /// `gradle.lockfile`
    Gradle,
    /// `Package.resolved`
    Swift,
    /// `mix.lock`
    Mix,
    /// `pubspec.lock`
    Pub,
    /// `packages.config`
    NuGetConfig,
    /// `gradle/verification-metadata.xml`
    GradleVerification,
    /// `Podfile.lock`
    Podfile,
    /// `conan.lock`
    Conan,
    /// `renv.lock`
    Renv,
    /// `stack.yaml.lock`
    Stack,
    /// `cabal.project.freeze`
    Cabal,
    /// `Manifest.toml`
    Julia,
    /// `rebar.lock`
    Rebar,
    /// `vendor/modules.txt`
    GoVendor,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 31] = [
        Self::PackageLock,
        Self::Pnpm,
        Self::Yarn,
        Self::Bun,
        Self::Deno,
        Self::Poetry,
        Self::Uv,
        Self::Pdm,
        Self::Pylock,
        Self::Pipfile,
        Self::Requirements,
        Self::MaybeRequirements,
        Self::GoMod,
        Self::GoSum,
        Self::Gemfile,
        Self::Composer,
        Self::NuGet,
        Self::Gradle,
        Self::Swift,
        Self::Mix,
        Self::Pub,
        Self::NuGetConfig,
        Self::GradleVerification,
        Self::Podfile,
        Self::Conan,
        Self::Renv,
        Self::Stack,
        Self::Cabal,
        Self::Julia,
        Self::Rebar,
        Self::GoVendor,
    ];

    /// The supported format of the file at this path, or with this name.
    #[must_use]
    pub fn of(path: &[u8]) -> Option<Self> {
        match Recognised::of(path)? {
            Recognised::Read(format) => Some(format),
            Recognised::NotRead(_) => None,
        }
    }

    /// The usual name of such a file.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::PackageLock => "package-lock.json",
            Self::Pnpm => "pnpm-lock.yaml",
            Self::Yarn => "yarn.lock",
            Self::Bun => "bun.lock",
            Self::Deno => "deno.lock",
            Self::Poetry => "poetry.lock",
            Self::Uv => "uv.lock",
            Self::Pdm => "pdm.lock",
            Self::Pylock => "pylock.toml",
            Self::Pipfile => "Pipfile.lock",
            Self::Requirements | Self::MaybeRequirements => "requirements.txt",
            Self::GoMod => "go.mod",
            Self::GoSum => "go.sum",
            Self::Gemfile => "Gemfile.lock",
            Self::Composer => "composer.lock",
            Self::NuGet => "packages.lock.json",
            Self::Gradle => "gradle.lockfile",
            Self::Swift => "Package.resolved",
            Self::Mix => "mix.lock",
            Self::Pub => "pubspec.lock",
            Self::NuGetConfig => "packages.config",
            Self::GradleVerification => "verification-metadata.xml",
            Self::Podfile => "Podfile.lock",
            Self::Conan => "conan.lock",
            Self::Renv => "renv.lock",
            Self::Stack => "stack.yaml.lock",
            Self::Cabal => "cabal.project.freeze",
            Self::Julia => "Manifest.toml",
            Self::Rebar => "rebar.lock",
            Self::GoVendor => "modules.txt",
        }
    }

    /// The tool that writes such files.
    #[must_use]
    pub const fn tool(self) -> &'static str {
        match self {
            Self::PackageLock => "npm",
            Self::Pnpm => "pnpm",
            Self::Yarn => "Yarn",
            Self::Bun => "Bun",
            Self::Deno => "Deno",
            Self::Poetry => "Poetry",
            Self::Uv => "uv",
            Self::Pdm => "PDM",
            Self::Pylock | Self::Requirements | Self::MaybeRequirements => "pip",
            Self::Pipfile => "Pipenv",
            Self::GoMod | Self::GoSum | Self::GoVendor => "Go",
            Self::Gemfile => "Bundler",
            Self::Composer => "Composer",
            Self::NuGet | Self::NuGetConfig => "NuGet",
            Self::Gradle | Self::GradleVerification => "Gradle",
            Self::Swift => "Swift",
            Self::Mix => "Mix",
            Self::Pub => "Dart",
            Self::Podfile => "CocoaPods",
            Self::Conan => "Conan",
            Self::Renv => "R",
            Self::Stack => "Stack",
            Self::Cabal => "Cabal",
            Self::Julia => "Julia",
            Self::Rebar => "Rebar",
        }
    }

    /// The ecosystem of its packages.
    #[must_use]
    pub const fn ecosystem(self) -> Ecosystem {
        match self {
            Self::PackageLock | Self::Pnpm | Self::Yarn | Self::Bun | Self::Deno => Ecosystem::Npm,
            Self::Poetry
            | Self::Uv
            | Self::Pdm
            | Self::Pylock
            | Self::Pipfile
            | Self::Requirements
            | Self::MaybeRequirements => Ecosystem::PyPi,
            Self::GoMod | Self::GoSum | Self::GoVendor => Ecosystem::Go,
            Self::Gemfile => Ecosystem::RubyGems,
            Self::Composer => Ecosystem::Packagist,
            Self::NuGet | Self::NuGetConfig => Ecosystem::NuGet,
            Self::Gradle | Self::GradleVerification => Ecosystem::Maven,
            Self::Swift => Ecosystem::SwiftUrl,
            Self::Mix | Self::Rebar => Ecosystem::Hex,
            Self::Pub => Ecosystem::Pub,
            Self::Podfile => Ecosystem::CocoaPods,
            Self::Conan => Ecosystem::ConanCenter,
            Self::Renv => Ecosystem::Cran,
            Self::Stack | Self::Cabal => Ecosystem::Hackage,
            Self::Julia => Ecosystem::Julia,
        }
    }
}

/// What a path says about a lock file. `Cargo.lock` is separate: see [`crate::parse::cargo`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// Supported.
    Read(Format),
    /// A lock file of this tool, which is not supported: its packages are not checked.
    NotRead(&'static str),
}

impl Recognised {
    /// Recognises the file at this path. Only its name and directory count.
    #[must_use]
    pub fn of(path: &[u8]) -> Option<Self> {
        let mut parts = path.rsplit(|byte| *byte == b'/');
        let name = parts.next()?;
        let folder = parts.next().unwrap_or_default();
        if let Some(format) = read(name).filter(|format| is_in_place(*format, folder)) {
            return Some(Self::Read(format));
        }
        let name = std::str::from_utf8(name).ok()?;
        if let Some(format) = requirements(name, folder) {
            return Some(Self::Read(format));
        }
        // Old versions of Gradle wrote a file per configuration.
        if folder == b"dependency-locks" && name.ends_with(".lockfile") {
            return Some(Self::Read(Format::Gradle));
        }
        not_read(name, folder).map(Self::NotRead)
    }
}

/// True if files of this format belong in the directory; most may be in any.
fn is_in_place(format: Format, folder: &[u8]) -> bool {
    match format {
        Format::GoVendor => folder == b"vendor",
        Format::GradleVerification => folder == b"gradle",
        _ => true,
    }
}

fn read(name: &[u8]) -> Option<Format> {
    Some(match name {
        b"npm-shrinkwrap.json" => Format::PackageLock,
        // The old name of pnpm's lock file.
        b"shrinkwrap.yaml" => Format::Pnpm,
        b"JuliaManifest.toml" => Format::Julia,
        b"requirements.lock" | b"requirements-dev.lock" => Format::MaybeRequirements,
        b"gems.locked" => Format::Gemfile,
        b"buildscript-gradle.lockfile" | b"settings-gradle.lockfile" => Format::Gradle,
        // `Manifest-v1.11.toml`, for one version of Julia.
        name if name.starts_with(b"Manifest-v") && name.ends_with(b".toml") => Format::Julia,
        name if name.starts_with(b"pylock.") && name.ends_with(b".toml") => Format::Pylock,
        name => Format::ALL.into_iter().find(|format| format.file().as_bytes() == name)?,
    })
}

/// `requirements.txt`, `requirements-dev.txt`, `constraints.txt`; possibly `dev-requirements.txt` and
/// `requirements/prod.txt`.
fn requirements(name: &str, folder: &[u8]) -> Option<Format> {
    let stem = name.strip_suffix(".txt")?;
    let apart = |rest: &str| rest.is_empty() || rest.starts_with(['-', '_', '.']);
    let behind = |word: &str| stem.strip_suffix(word).is_some_and(|rest| rest.ends_with(['-', '_', '.']));
    if stem.starts_with("requirements") {
        return Some(Format::Requirements);
    }
    let maybe = stem.strip_prefix("constraints").is_some_and(apart)
        || behind("requirements")
        || behind("constraints")
        || folder == b"requirements"
        || folder == b"constraints";
    maybe.then_some(Format::MaybeRequirements)
}

/// The tool of an unsupported lock file.
fn not_read(name: &str, folder: &[u8]) -> Option<&'static str> {
    let within = |wanted: &str| folder == wanted.as_bytes();
    Some(match name {
        "bun.lockb" => "Bun",
        "jspm.lock" => "jspm",
        "spago.lock" => "Spago",
        "environment.yml"
        | "environment.yaml"
        | "conda-lock.yml"
        | "conda-lock.yaml"
        | "environment.lock"
        | "environment.lock.yml" => "conda",
        "pixi.lock" => "Pixi",
        "go.work.sum" | "Gopkg.lock" | "glide.lock" => "Go",
        "maven_install.json" | "MODULE.bazel.lock" | "cargo-bazel-lock.json" => "Bazel",
        "build.sbt.lock" => "sbt",
        "Cartfile.resolved" => "Carthage",
        "paket.lock" => "Paket",
        "project.assets.json" => "NuGet",
        "packages-lock.json" if within("Packages") => "Unity",
        "vcpkg-lock.json" => "vcpkg",
        "packrat.lock" => "R",
        "spack.lock" => "Spack",
        "opam.locked" => "opam",
        "shard.lock" => "Shards",
        "cpanfile.snapshot" => "Carton",
        "dub.selections.json" => "DUB",
        "nimble.lock" => "Nimble",
        "lake-manifest.json" => "Lake",
        "luarocks.lock" => "LuaRocks",
        "flake.lock" => "Nix",
        "sources.json" if within("npins") => "Nix",
        "devbox.lock" => "Devbox",
        "mise.lock" => "mise",
        ".terraform.lock.hcl" => "Terraform",
        "Chart.lock" => "Helm",
        "buf.lock" => "Buf",
        "jsonnetfile.lock.json" => "jsonnet-bundler",
        "vendir.lock.yml" => "vendir",
        "Berksfile.lock" => "Berkshelf",
        "Policyfile.lock.json" => "Chef",
        "Brewfile.lock.json" => "Homebrew",
        name if name.ends_with(".conda-lock.yml") => "conda",
        name if name.ends_with(".opam.locked") => "opam",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Ecosystem, Format, Recognised};

    #[test]
    fn names_are_compared_as_the_ecosystem_does() {
        assert_eq!(Ecosystem::PyPi.normal("Zope.__Interface"), "zope-interface");
        assert_eq!(Ecosystem::Packagist.normal("A/B"), "a/b");
        let swift = |name| Ecosystem::SwiftUrl.normal(name).into_owned();
        for url in [
            "https://example.org/A/tin.git",
            "git@example.org:a/tin.git",
            "ssh://git@example.org/a/tin/",
            "example.org/a/tin",
            "ssh://git@example.org:443/a/tin.git",
        ] {
            assert_eq!(swift(url), "example.org/a/tin", "{url}");
        }
        assert_eq!(Ecosystem::named("npm"), Some(Ecosystem::Npm));
        assert_eq!(Ecosystem::named("Debian:12"), None);
    }

    #[test]
    fn every_format_is_known_by_its_name() {
        let anywhere = |format: &Format| {
            !matches!(format, Format::MaybeRequirements | Format::GoVendor | Format::GradleVerification)
        };
        for format in Format::ALL.into_iter().filter(anywhere) {
            assert_eq!(Format::of(format.file().as_bytes()), Some(format));
            let path = format!("a/b/{}", format.file());
            assert_eq!(Format::of(path.as_bytes()), Some(format));
        }
    }

    #[test]
    fn names_that_are_read_and_names_that_are_only_known() {
        for name in [
            "requirements.txt",
            "requirements-dev.txt",
            "requirements_dev.txt",
            "requirements.dev.txt",
            "requirements3.txt",
        ] {
            assert_eq!(Format::of(name.as_bytes()), Some(Format::Requirements), "{name}");
        }
        for name in [
            "constraints.txt",
            "constraints-3.12.txt",
            "dev-requirements.txt",
            "dev_requirements.txt",
            "requirements/prod.txt",
            "a/requirements/prod.txt",
            "pip-constraints.txt",
        ] {
            assert_eq!(Format::of(name.as_bytes()), Some(Format::MaybeRequirements), "{name}");
        }
        for name in ["prod.txt", "requirements.md", "myrequirements.txt", "constraintsolver.txt", "a.txt/b"] {
            assert_eq!(Recognised::of(name.as_bytes()), None, "{name}");
        }
        for (name, format) in [
            ("pylock.dev.toml", Format::Pylock),
            ("npm-shrinkwrap.json", Format::PackageLock),
            ("gems.locked", Format::Gemfile),
            ("a/vendor/modules.txt", Format::GoVendor),
            ("gradle/verification-metadata.xml", Format::GradleVerification),
            ("ios/Podfile.lock", Format::Podfile),
            ("Manifest-v1.11.toml", Format::Julia),
            ("shrinkwrap.yaml", Format::Pnpm),
            ("requirements-dev.lock", Format::MaybeRequirements),
            ("buildscript-gradle.lockfile", Format::Gradle),
            ("gradle/dependency-locks/compileClasspath.lockfile", Format::Gradle),
        ] {
            assert_eq!(Format::of(name.as_bytes()), Some(format), "{name}");
        }
        for (name, tool) in [
            ("bun.lockb", "Bun"),
            ("go.work.sum", "Go"),
            (".terraform.lock.hcl", "Terraform"),
            ("x.conda-lock.yml", "conda"),
        ] {
            assert_eq!(Recognised::of(name.as_bytes()), Some(Recognised::NotRead(tool)), "{name}");
        }
        for name in
            ["modules.txt", "a/verification-metadata.xml", "Cargo.lock", "manifest.toml", "", "\u{e9}"]
        {
            assert_eq!(Recognised::of(name.as_bytes()), None, "{name}");
        }
        assert_eq!(Recognised::of(b"\xff.lock"), None);
    }
}
