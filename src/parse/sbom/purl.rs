//! Package URLs: <https://github.com/package-url/purl-spec>.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Percent-encoded characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~').remove(b':');

/// The most qualifiers of one package URL.
const QUALIFIERS_MAX: usize = 64;

/// A package URL, parsed and decoded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purl<'a> {
    /// The type, in lower case: `cargo`, `npm`.
    pub kind: Cow<'a, str>,
    /// The namespace between type and name, with parts separated by `/`.
    pub namespace: Option<Cow<'a, str>>,
    /// The name.
    pub name: Cow<'a, str>,
    /// The version.
    pub version: Option<Cow<'a, str>>,
    /// Sorted by key, in lower case.
    pub qualifiers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// A path below the package.
    pub subpath: Option<Cow<'a, str>>,
}

impl<'a> Purl<'a> {
    /// Parses a package URL.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &'a str) -> Result<Self, &'static str> {
        let scheme = text.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("pkg:"));
        let rest = scheme.and_then(|_| text.get(4..)).ok_or("does not start with `pkg:`")?;
        let (rest, subpath) = match rest.rsplit_once('#') {
            Some((rest, subpath)) => (rest, Some(subpath)),
            None => (rest, None),
        };
        let (rest, qualifiers) = match rest.split_once('?') {
            Some((rest, qualifiers)) => (rest, Some(qualifiers)),
            None => (rest, None),
        };
        let (kind, rest) = rest.trim_start_matches('/').split_once('/').ok_or("has no name")?;
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-');
        if kind.is_empty() || !kind.bytes().all(letter) || kind.starts_with(|c: char| c.is_ascii_digit()) {
            return Err("has a type that is none");
        }
        let kind = lower(kind);
        let rest = rest.trim_matches('/');
        // `@` before a name is an unencoded npm scope.
        let at = rest.rfind('@').filter(|at| {
            let starts = *at == 0 || rest[..*at].ends_with('/');
            !starts || !rest[at + 1..].contains('/')
        });
        let (path, version) = match at {
            Some(at) => (&rest[..at], Some(&rest[at + 1..])),
            None => (rest, None),
        };
        let (namespace, name) = match path.rsplit_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, path),
        };
        let mut name = decoded(name)?;
        if name.is_empty() {
            return Err("has no name");
        }
        let mut namespace = match namespace {
            Some(namespace) => parts(namespace, false)?,
            None => None,
        };
        match kind.as_ref() {
            "cargo" if namespace.is_some() => return Err("has a namespace, which crates do not have"),
            "github" | "bitbucket" | "composer" => {
                name = Cow::Owned(name.to_lowercase());
                namespace = namespace.map(|namespace| Cow::Owned(namespace.to_lowercase()));
            }
            "pypi" => name = Cow::Owned(name.to_lowercase().replace('_', "-")),
            _ => {}
        }
        Ok(Self {
            kind,
            namespace,
            name,
            version: version.map(decoded).transpose()?.filter(|version| !version.is_empty()),
            qualifiers: qualifiers.map(pairs).transpose()?.unwrap_or_default(),
            subpath: subpath.map(|subpath| parts(subpath, true)).transpose()?.flatten(),
        })
    }

    /// The qualifier of this name.
    #[must_use]
    pub fn qualifier(&self, key: &str) -> Option<&str> {
        self.qualifiers.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_ref())
    }

    /// True for a crate from crates.io: without another registry, repository or file.
    #[must_use]
    pub fn is_crates_io(&self) -> bool {
        let elsewhere = ["vcs_url", "download_url"].iter().any(|key| self.qualifier(key).is_some());
        let registry = self.qualifier("repository_url");
        let registry =
            registry.map(|url| url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/'));
        let default = matches!(
            registry,
            None | Some(
                "crates.io" | "index.crates.io" | "static.crates.io" | "github.com/rust-lang/crates.io-index"
            )
        );
        self.kind == "cargo" && default && !elsewhere
    }

    /// A package of this type, if it has a name; the part before the last slash is its namespace. Further
    /// qualifiers are pairs such as `("vcs_url", "git+https://…")`.
    #[must_use]
    pub fn new(
        kind: &'a str,
        name: &'a str,
        version: &'a str,
        qualifiers: &[(&'a str, &'a str)],
    ) -> Option<Self> {
        let mut segments: Vec<&str> = name.split('/').filter(|segment| !segment.is_empty()).collect();
        let name = segments.pop()?;
        let namespace = (!segments.is_empty()).then(|| Cow::Owned(segments.join("/")));
        let mut qualifiers: Vec<(Cow<'a, str>, Cow<'a, str>)> = qualifiers
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (Cow::Borrowed(*key), Cow::Borrowed(*value)))
            .collect();
        qualifiers.sort();
        Some(Self {
            kind: Cow::Borrowed(kind),
            namespace,
            name: Cow::Borrowed(name),
            version: (!version.is_empty()).then_some(Cow::Borrowed(version)),
            qualifiers,
            subpath: None,
        })
    }
}

/// In the canonical form of ECMA-427.
impl fmt::Display for Purl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = |text| utf8_percent_encode(text, ENCODED);
        write!(f, "pkg:{}/", self.kind)?;
        for part in self.namespace.iter().flat_map(|namespace| namespace.split('/')) {
            write!(f, "{}/", encoded(part))?;
        }
        write!(f, "{}", encoded(&self.name))?;
        if let Some(version) = &self.version {
            write!(f, "@{}", encoded(version))?;
        }
        for (nth, (key, value)) in self.qualifiers.iter().enumerate() {
            write!(f, "{}{key}={}", if nth == 0 { '?' } else { '&' }, encoded(value))?;
        }
        for (nth, part) in self.subpath.iter().flat_map(|subpath| subpath.split('/')).enumerate() {
            write!(f, "{}{}", if nth == 0 { '#' } else { '/' }, encoded(part))?;
        }
        Ok(())
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

fn decoded(text: &str) -> Result<Cow<'_, str>, &'static str> {
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(text));
    }
    percent_decode_str(text).decode_utf8().map_err(|_| "contains invalid UTF-8")
}

/// Decoded parts separated by `/`, without empty ones; in a path also without `.` and `..`.
fn parts(text: &str, path: bool) -> Result<Option<Cow<'_, str>>, &'static str> {
    let mut out = String::new();
    for part in text.split('/').filter(|part| !part.is_empty()) {
        let part = decoded(part)?;
        if path && matches!(part.as_ref(), "." | "..") {
            continue;
        }
        if part.contains('/') && path {
            return Err("has a `/` in a part of its path");
        }
        // An encoded `/` in a namespace separates, too: `%2Fa` and `a` are the same namespace.
        for piece in part.split('/').filter(|piece| !piece.is_empty()) {
            if !out.is_empty() {
                out.push('/');
            }
            out.push_str(piece);
        }
    }
    Ok(match out.as_str() {
        "" => None,
        same if same == text => Some(Cow::Borrowed(text)),
        _ => Some(Cow::Owned(out)),
    })
}

type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

fn pairs(text: &str) -> Result<Pairs<'_>, &'static str> {
    let mut out = Pairs::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or("has a qualifier without `=`")?;
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if key.is_empty() || !key.bytes().all(letter) || key.starts_with(|c: char| c.is_ascii_digit()) {
            return Err("has a qualifier whose name is none");
        }
        let value = decoded(value)?;
        if value.is_empty() {
            continue;
        }
        if out.len() >= QUALIFIERS_MAX {
            return Err("has too many qualifiers");
        }
        out.push((lower(key), value));
    }
    out.sort();
    if out.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err("has a qualifier twice");
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_of_package_urls() {
        let purl = Purl::parse("pkg:cargo/serde@1.0.200").unwrap();
        assert_eq!((purl.name.as_ref(), purl.version.as_deref()), ("serde", Some("1.0.200")));
        assert!(purl.is_crates_io());
        let purl = Purl::parse("PKG://NPM/%40angular/core@12.3.1?b=2&A=1%2F2#/src/./x/").unwrap();
        assert_eq!((purl.kind.as_ref(), purl.namespace.as_deref()), ("npm", Some("@angular")));
        assert_eq!((purl.qualifier("a"), purl.subpath.as_deref()), (Some("1/2"), Some("src/x")));
        let purl = Purl::parse("pkg:npm/@angular/core").unwrap();
        assert_eq!((purl.name.as_ref(), purl.version.as_deref()), ("core", None));
        let version = "pkg:cargo/openssl-src@300.1.6%2B3.1.3?vcs_url=git%2Bhttps:%2F%2Fexample.com%2Fx.git";
        assert_eq!(Purl::parse(&version.replace("%2F", "/")), Purl::parse(version));
        let purl = Purl::parse(version).unwrap();
        assert_eq!(purl.version.as_deref(), Some("300.1.6+3.1.3"));
        assert!(!purl.is_crates_io());
        let url = [("vcs_url", "git+https://example.com/x.git"), ("empty", "")];
        let written = Purl::new("cargo", "openssl-src", "300.1.6+3.1.3", &url).unwrap();
        assert_eq!(written.to_string(), version);
        assert_eq!(written, purl);
        assert_eq!(Purl::parse("pkg:pypi/Some_Name@1").unwrap().name, "some-name");
    }

    #[test]
    fn the_canonical_form() {
        for (kind, name, version, written) in [
            ("cargo", "tin", "1.0.0", Some("pkg:cargo/tin@1.0.0")),
            ("npm", "@tin/zinc", "1.0.0", Some("pkg:npm/%40tin/zinc@1.0.0")),
            ("golang", "example.org/a//b", "v1", Some("pkg:golang/example.org/a/b@v1")),
            ("cargo", "a?b#c@d e", "", Some("pkg:cargo/a%3Fb%23c%40d%20e")),
            ("cargo", "", "1", None),
            ("cargo", "/", "1", None),
        ] {
            let purl = Purl::new(kind, name, version, &[]).map(|purl| purl.to_string());
            assert_eq!(purl.as_deref(), written, "{name}");
        }
    }

    #[test]
    fn an_encoded_slash_in_a_namespace_separates() {
        for text in ["example.org%2Fgroup", "%2Fexample.org/group%2F", "example.org/%2f/group"] {
            let text = format!("pkg:golang/{text}/tin");
            assert_eq!(Purl::parse(&text).unwrap().to_string(), "pkg:golang/example.org/group/tin");
        }
        assert_eq!(Purl::parse("pkg:npm/%2F/tin").unwrap().namespace, None);
    }

    #[test]
    fn what_is_none() {
        for bad in [
            "",
            "cargo/serde",
            "pkg:",
            "pkg:cargo",
            "pkg:cargo/",
            "pkg:c%20o/x",
            "pkg:3x/y",
            "pkg:cargo/a/b@1",
            "pkg:npm/x@1?a",
            "pkg:npm/@1.0",
            "pkg:npm/y/@1.0",
            "pkg:npm/x@1?a=1&A=2",
            "pkg:npm/%ff",
            "pkg:npm/x?=1",
        ] {
            assert!(Purl::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(name in "[a-zA-Z0-9_@/ %é-]{1,12}", version in "[0-9a-z.+@ -]{1,10}", key in "[a-z_]{1,8}", value in "[ -~]{1,12}") {
            if let Some(purl) = Purl::new("npm", &name, &version, &[(&key, &value)]) {
                let text = purl.to_string();
                prop_assert_eq!(Purl::parse(&text).unwrap(), purl);
            }
        }

        #[test]
        fn nothing_panics(text in "(pkg:)?[a-z@/%?&=#0-9.é]{0,40}") {
            if let Ok(purl) = Purl::parse(&text) {
                let written = purl.to_string();
                prop_assert_eq!(Purl::parse(&written).map(|purl| purl.to_string()), Ok(written));
            }
        }
    }
}
