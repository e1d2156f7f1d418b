//! Trusted roots as JSON texts; not parsed here.

use std::borrow::Cow;

/// A trusted root: `application/vnd.dev.sigstore.trustedroot+json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Its source: a file, `the cache`, `built in`.
    pub name: String,
    /// The JSON text.
    pub json: Cow<'static, str>,
}

/// The trusted roots of a verifier, in order. The issuer of a certificate determines its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// At least one.
    pub all: Vec<Root>,
}

impl Roots {
    /// The roots in a file that the user names: one JSON object, or one per line, as `gh attestation trusted-root`
    /// writes them.
    ///
    /// # Errors
    /// If the file contains none.
    pub fn of_file(name: &str, text: &str) -> Result<Self, String> {
        let root = |json: &str| Root { name: name.to_owned(), json: Cow::Owned(json.to_owned()) };
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let many = lines.len() > 1 && lines.iter().all(|line| line.starts_with('{') && line.ends_with('}'));
        let all: Vec<Root> = if many {
            lines.into_iter().map(root).collect()
        } else if lines.is_empty() {
            return Err(format!("{name} contains no trusted root: it is empty"));
        } else {
            vec![root(text)]
        };
        Ok(Self { all })
    }

    /// The built-in roots: Sigstore's public one and GitHub's.
    #[cfg(feature = "signatures")]
    #[must_use]
    pub fn built_in() -> Self {
        use sigstore_trust_root::{SIGSTORE_GITHUB_TRUSTED_ROOT, SIGSTORE_PRODUCTION_TRUSTED_ROOT};

        let root = |name: &str, json| Root { name: name.to_owned(), json: Cow::Borrowed(json) };
        Self {
            all: vec![
                root("Sigstore's built-in root", SIGSTORE_PRODUCTION_TRUSTED_ROOT),
                root("GitHub's built-in root", SIGSTORE_GITHUB_TRUSTED_ROOT),
            ],
        }
    }

    /// A build that cannot verify has none.
    #[cfg(not(feature = "signatures"))]
    #[must_use]
    pub fn built_in() -> Self {
        Self { all: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::Roots;

    #[test]
    fn one_root_or_one_a_line() {
        let count = |text: &str| Roots::of_file("r", text).map(|roots| roots.all.len());
        assert_eq!(count("{\"a\":1}"), Ok(1));
        assert_eq!(count("{\n\"a\": {}\n}"), Ok(1));
        assert_eq!(count("{\"a\":1}\n{\"b\":2}\n"), Ok(2));
        assert_eq!(count(" \n").unwrap_err(), "r contains no trusted root: it is empty");
    }
}
