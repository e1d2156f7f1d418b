//! The SBOM of a `Cargo.lock`.

use crate::parse::cargo::{Package, Resolver, Source, checksums, lock, manifest};
use crate::parse::sbom::Purl;
use crate::render::sbom::{Bom, Component, Subject};
use crate::scan::sbom::refused;

/// What a `Cargo.lock` does not contain.
const LIMITS: &str = "Written from Cargo.lock alone. That file lists every package that some feature, \
                      target, \
    build script or test may need; it does not say which of them a build contains, nor what is needed for \
    building or testing only. It contains no licences or suppliers, and only Cargo packages: not the standard library, C code or other files inside packages, or system libraries. So this document claims neither to be complete nor to contain the minimum elements of an SBOM.";

/// The SBOM of a `Cargo.lock` with these bytes. `manifest` is the `Cargo.toml` next to it, if any, and `name` the
/// project's name if neither has one.
///
/// # Errors
/// The mistake with its line: a partial SBOM would be wrong.
pub fn of_cargo(bytes: &[u8], manifest: Option<&[u8]>, name: &str) -> Result<Bom, String> {
    let lock = lock::parse(bytes);
    if let Some(why) = refused(&lock.mistakes) {
        return Err(why);
    }
    let packages = lock.packages;
    let wrong = |package: &Package<'_>, what: &str| format!("line {}: {what}", package.line);
    let resolver = Resolver::new(&packages);
    let mut components = Vec::with_capacity(packages.len());
    for (package, checksum) in packages.iter().zip(checksums(bytes, &packages)) {
        if package.name.is_empty() || package.version.is_empty() {
            return Err(wrong(package, "a package without a name or version"));
        }
        let sha256 = checksum.map(|checksum| checksum.to_ascii_lowercase());
        if sha256.as_ref().is_some_and(|sum| sum.len() != 64 || !sum.bytes().all(|b| b.is_ascii_hexdigit())) {
            return Err(wrong(package, &format!("the checksum of `{}` is not a SHA-256", package.name)));
        }
        let mut depends_on = Vec::with_capacity(package.dependencies.len());
        for dependency in &package.dependencies {
            let what = || format!("`{}` depends on `{dependency}`, which is not listed", package.name);
            depends_on.push(resolver.find(dependency).ok_or_else(|| wrong(package, &what()))?);
        }
        components.push(Component { sha256, depends_on: Some(depends_on), ..component(package) });
    }
    let subject = subject(&components, manifest, name);
    Ok(Bom { subject, components, limits: LIMITS.to_owned() })
}

/// The only member, or the package of the manifest next to the lock file, or the name alone.
fn subject(components: &[Component], manifest: Option<&[u8]>, name: &str) -> Subject {
    let mut own = components.iter().filter(|component| component.own);
    let root = manifest.and_then(manifest::parse).and_then(|manifest| manifest.package);
    let of = |component: &Component| Subject {
        name: component.name.clone(),
        version: Some(component.version.clone()),
    };
    match (own.next(), own.next()) {
        (Some(only), None) => of(only),
        _ => match components.iter().find(|c| c.own && Some(&c.name) == root.as_ref()) {
            Some(root) => of(root),
            None => Subject { name: name.to_owned(), version: None },
        },
    }
}

fn component(package: &Package<'_>) -> Component {
    let (name, version) = (package.name.as_ref(), package.version.as_ref());
    let source = package.source.as_deref();
    let purl = |qualifiers: &[(&str, &str)]| {
        Purl::new("cargo", name, version, qualifiers).map(|purl| purl.to_string())
    };
    let (origin, purl, location) = match package.origin() {
        Source::CratesIo => (None, purl(&[]), Some(download(name, version))),
        Source::Path => (Some("path"), purl(&[]), None),
        Source::Git => {
            let place = source.and_then(git);
            let url = place.as_deref().map(|url| [("vcs_url", url)]);
            // Without its URL it would look like a package of crates.io.
            (Some("git"), url.and_then(|url| purl(&url)), place)
        }
        Source::Registry => {
            let place = source.and_then(registry);
            let url = place.as_deref().map(|url| [("repository_url", url)]);
            (Some("registry"), url.and_then(|url| purl(&url)), None)
        }
    };
    Component {
        name: name.to_owned(),
        version: version.to_owned(),
        purl,
        own: package.origin() == Source::Path,
        source: source.map(str::to_owned),
        origin,
        location,
        ..Component::default()
    }
}

/// The crates.io URL of a package.
fn download(name: &str, version: &str) -> String {
    let word = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
            .to_string()
            .replace("%2D", "-")
            .replace("%2E", ".")
            .replace("%5F", "_")
    };
    format!("https://crates.io/api/v1/crates/{}/{}/download", word(name), word(version))
}

/// `git+https://host/path?branch=b#commit` as `git+https://host/path@commit`.
fn git(source: &str) -> Option<String> {
    let (place, commit) = source.strip_prefix("git+")?.rsplit_once('#')?;
    if commit.is_empty() || !commit.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some(format!("git+{}@{commit}", public(place)?))
}

/// `sparse+https://host/path` or `registry+https://host/path` without its first word.
fn registry(source: &str) -> Option<String> {
    let place = source.strip_prefix("registry+").unwrap_or(source);
    public(place.strip_prefix("sparse+").unwrap_or(place))
}

/// A public URL: without credentials, queries and fragments; none if it is local.
fn public(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    if !matches!(scheme, "https" | "http" | "ssh" | "git") {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    if !plain(host) || !(path.is_empty() || plain(path)) || path.contains(['@', '%']) {
        return None;
    }
    // The SSH user `git` is generic; any other user name is personal.
    let user = if scheme == "ssh" && user == Some("git") { "git@" } else { "" };
    Some(format!("{scheme}://{user}{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::{git, of_cargo, public, registry};

    #[test]
    fn public_urls_have_no_credentials() {
        let shown = |url| public(url).unwrap_or_default();
        assert_eq!(shown("https://example.org/a/b.git?branch=main"), "https://example.org/a/b.git");
        assert_eq!(shown("https://me:hunter2@example.org/a"), "https://example.org/a");
        assert_eq!(shown("https://token@example.org:8443/a"), "https://example.org:8443/a");
        assert_eq!(shown("ssh://git@example.org/a"), "ssh://git@example.org/a");
        assert_eq!(shown("ssh://me@example.org/a"), "ssh://example.org/a");
        for local in ["file:///home/me/a", "/home/me/a", "C:\\a", "https://", "https://a b/", "x://a"] {
            assert_eq!(public(local), None, "{local}");
        }
        assert_eq!(
            git("git+https://me:hunter2@example.org/a?rev=0a#0a1b").unwrap(),
            "git+https://example.org/a@0a1b"
        );
        assert_eq!(git("git+https://example.org/a"), None);
        assert_eq!(registry("sparse+https://example.org/index/").unwrap(), "https://example.org/index/");
        assert_eq!(registry("registry+https://example.org/index").unwrap(), "https://example.org/index");
    }

    fn refused(text: &str) -> String {
        of_cargo(text.as_bytes(), None, "x").unwrap_err()
    }

    #[test]
    fn a_lock_file_with_a_mistake_is_refused() {
        let package = |rest: &str| format!("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n{rest}");
        assert_eq!(refused(""), "line 1: lists no package");
        assert_eq!(refused("[[package]]\nname = \"a\"\n"), "line 1: a package without a version");
        assert_eq!(
            refused(&package("dependencies = [\n \"b\",\n]\n")),
            "line 2: `a` depends on `b`, which is not listed"
        );
        assert_eq!(refused(&package("checksum = \"00\"\n")), "line 2: the checksum of `a` is not a SHA-256");
        assert_eq!(
            refused("[[package]]\nname = \"\"\nversion = \"1\"\n"),
            "line 2: a package without a name or version"
        );
    }

    #[test]
    fn a_dependency_is_found_by_as_much_as_is_written() {
        let text = "[[package]]\nname = \"app\"\nversion = \"1.0.0\"\ndependencies = [\n \"x 1.0.0\",\n \"y \
                    1.0.0 (git+https://example.org/y?branch=b)\",\n]\n\n\
            [[package]]\nname = \"x\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"x\"\nversion = \
                                  \"1.0.0\"\nsource = \
                                  \"registry+https://github.com/rust-lang/crates.io-index\"\n\n\
            [[package]]\nname = \"y\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"y\"\nversion = \
                                  \"1.0.0\"\nsource = \"git+https://example.org/y?branch=b#0a\"\n";
        let bom = of_cargo(text.as_bytes(), None, "x").unwrap();
        assert_eq!(bom.components[0].depends_on.as_deref(), Some(&[1, 4][..]));
    }

    #[test]
    fn the_manifest_says_what_a_workspace_is_called() {
        let text = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"b\"\nversion = \
                    \"2.0.0\"\n";
        let subject = |manifest: Option<&str>| {
            let bom = of_cargo(text.as_bytes(), manifest.map(str::as_bytes), "folder").unwrap();
            (bom.subject.name, bom.subject.version)
        };
        assert_eq!(subject(None), ("folder".to_owned(), None));
        assert_eq!(subject(Some("[workspace]\n")), ("folder".to_owned(), None));
        assert_eq!(subject(Some("[package]\nname = \"b\"\n")), ("b".to_owned(), Some("2.0.0".to_owned())));
        assert_eq!(subject(Some("[package]\nname = \"c\"\n")), ("folder".to_owned(), None));
    }
}
