//! A repository's key, derived from its canonical location, never from its name alone.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// Where a repository is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// On this machine.
    Path(PathBuf),
    /// On a code host: the clone URL, without credentials.
    Url(String),
}

impl Location {
    /// Parses `text` of a list: a clone URL, or a path, made absolute by `absolute`.
    ///
    /// # Errors
    /// If it is another kind of URL, or neither.
    pub fn parse(text: &str, absolute: &dyn Fn(&Path) -> PathBuf) -> Result<Self, String> {
        if text.chars().any(char::is_control) {
            return Err("it contains control characters, so it is neither a path nor a URL".to_owned());
        }
        if let Some(path) = text.strip_prefix("file://") {
            let path = path.strip_prefix("localhost").unwrap_or(path);
            return Ok(Self::Path(absolute(Path::new(path))));
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return url(text, scheme).map(Self::Url);
        }
        // Of git's remote helpers.
        if let Some((helper, _)) = text.split_once("::")
            && helper.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !helper.is_empty()
        {
            return Err(format!(
                "`{helper}::` starts a helper; repositories are cloned by https and ssh only"
            ));
        }
        if let Some(url) = scp(text) {
            return Ok(Self::Url(url));
        }
        Ok(Self::Path(absolute(Path::new(text))))
    }

    /// The path, if it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Url(_) => None,
        }
    }

    /// As records and reports show it; invalid UTF-8 is replaced.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Path(path) => path.to_string_lossy().into_owned(),
            Self::Url(url) => url.clone(),
        }
    }

    /// The key: the first sixteen digits of the SHA-256 of the canonical location.
    #[must_use]
    pub fn key(&self) -> String {
        let digest = match self {
            Self::Path(path) => Sha256::digest(path.as_os_str().as_encoded_bytes()),
            Self::Url(url) => Sha256::digest(canonical(url)),
        };
        data_encoding::HEXLOWER.encode(&digest[..8])
    }
}

/// The URL without the SSH user, the suffix `.git` and a trailing slash.
fn canonical(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let path = path.trim_matches('/');
    format!("{scheme}://{host}/{}", path.strip_suffix(".git").unwrap_or(path))
}

/// The stored URL: scheme and host in lower case, without a password or user, except the SSH user.
fn url(text: &str, scheme: &str) -> Result<String, String> {
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "https" && scheme != "ssh" {
        let known = scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        let named = if known { format!("`{scheme}://`") } else { "this".to_owned() };
        return Err(format!("{named} is not cloned; repositories are cloned by https and ssh only"));
    }
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_once('/').ok_or("the URL names no repository")?;
    let (user, host) = match authority.rsplit_once('@') {
        Some((login, host)) => (login.split(':').next().unwrap_or_default(), host),
        None => ("", authority),
    };
    let host = host.to_ascii_lowercase();
    let path = path.trim_end_matches('/');
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    let is_user = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if host.is_empty() || host.starts_with('-') || !host.chars().all(is_host) {
        return Err("the URL has no host".to_owned());
    }
    if path.is_empty() {
        return Err("the URL names no repository".to_owned());
    }
    if path.contains(char::is_whitespace) {
        return Err("the URL contains a space; a list has one repository per line".to_owned());
    }
    let user = if scheme == "ssh" && !user.starts_with('-') && user.chars().all(is_user) && !user.is_empty() {
        format!("{user}@")
    } else {
        String::new()
    };
    Ok(format!("{scheme}://{user}{host}/{path}"))
}

/// The SCP-like form, `git@host:group/name.git`, as a URL.
fn scp(text: &str) -> Option<String> {
    let (login, path) = text.split_once(':')?;
    let (user, host) = login.split_once('@')?;
    if login.contains('/') || user.is_empty() || host.is_empty() || text.contains(char::is_whitespace) {
        return None;
    }
    url(&format!("ssh://{user}@{host}/{}", path.trim_start_matches('/')), "ssh").ok()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::Location;

    fn parse(text: &str) -> Result<Location, String> {
        Location::parse(text, &|path| Path::new("/here").join(path))
    }

    #[test]
    fn addresses_that_mean_the_same_have_one_key() {
        let same = [
            "https://github.com/Group/Name",
            "HTTPS://GitHub.com/Group/Name.git",
            "https://someone@github.com/Group/Name/",
            "https://someone:@github.com/Group/Name.git/",
        ];
        let keys: Vec<String> = same.iter().map(|url| parse(url).unwrap().key()).collect();
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        assert_eq!(keys[0].len(), 16);
        assert_ne!(parse("https://github.com/group-b/Name").unwrap().key(), keys[0]);
        let ssh = ["git@github.com:a/b.git", "ssh://git@github.com/a/b"].map(|url| parse(url).unwrap().key());
        assert_eq!(ssh[0], ssh[1]);
    }

    #[test]
    fn no_login_is_kept() {
        let shown = |text: &str| parse(&text.replace('¦', "")).unwrap().shown();
        assert_eq!(shown("https:¦//user:word@host.test/a/b?x=1"), "https://host.test/a/b");
        assert_eq!(shown("https://word@host.test/a/b"), "https://host.test/a/b");
        assert_eq!(shown("ssh:¦//git:word@host.test/a/b"), "ssh://git@host.test/a/b");
    }

    #[test]
    fn only_what_can_be_cloned_safely_is_an_address() {
        for text in [
            "ext::sh -c x",
            "http://host.test/a",
            "git://host.test/a",
            "https://-oProxyCommand=x/a",
            "https://host.test",
            "https:///a",
            "https://host.test/a b",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(parse("--upload-pack=x").unwrap(), Location::Path(PathBuf::from("/here/--upload-pack=x")));
        assert_eq!(parse("file:///srv/a").unwrap(), Location::Path(PathBuf::from("/srv/a")));
        assert!(parse("ssh://-x@host.test/a").unwrap().shown().starts_with("ssh://host.test/"));
    }
}
