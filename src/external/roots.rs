//! The trusted roots on this machine: named by the user, fetched into the cache, or built in.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::external::file::{self, in_words};
use crate::verify::{Root, Roots};

/// The largest trusted root; the current ones have 7 and 32 KB.
pub const ROOT_MAX: u64 = 4 << 20;

/// The owner of a trusted root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Sigstore's public service.
    Sigstore,
    /// GitHub's own authority, for attestations of private repositories.
    GitHub,
}

impl Owner {
    /// Both, in the order in which they are tried.
    pub const ALL: [Self; 2] = [Self::Sigstore, Self::GitHub];

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sigstore => "Sigstore",
            Self::GitHub => "GitHub",
        }
    }

    /// The URL of the owner's TUF repository.
    #[must_use]
    pub const fn url(self) -> &'static str {
        match self {
            Self::Sigstore => "https://tuf-repo-cdn.sigstore.dev",
            Self::GitHub => "https://tuf-repo.github.com",
        }
    }

    /// Its directory in the cache.
    pub(super) fn folder(self, cache: &Path) -> PathBuf {
        cache.join("roots").join(match self {
            Self::Sigstore => "sigstore",
            Self::GitHub => "github",
        })
    }

    /// The copy in the cache.
    pub(super) fn file(self, cache: &Path) -> PathBuf {
        self.folder(cache).join("trusted_root.json")
    }

    /// The file with the time of the last check, in seconds since 1970.
    pub(super) fn checked(self, cache: &Path) -> PathBuf {
        self.folder(cache).join("checked")
    }
}

/// Reads the roots in a file that the user names.
///
/// # Errors
/// Why it cannot be read.
pub fn named(path: &Path) -> Result<Roots, String> {
    let name = path.display().to_string();
    let bytes = file::read(path, ROOT_MAX)
        .map_err(|error| format!("cannot read the trusted root {name}: {}", in_words(&error)))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| format!("cannot read the trusted root {name}: it is not UTF-8"))?;
    Roots::of_file(&name, &text)
}

/// The roots in the cache; missing ones are built in.
#[must_use]
pub fn at_hand(cache: Option<&Path>) -> Roots {
    let mut roots = Roots::built_in();
    for (owner, root) in Owner::ALL.into_iter().zip(&mut roots.all) {
        if let Some(json) = cache.and_then(|cache| fetched(owner, cache)) {
            *root = Root { name: format!("{}'s root in the cache", owner.name()), json: Cow::Owned(json) };
        }
    }
    roots
}

/// The copy in the cache, if no other user can have written it.
fn fetched(owner: Owner, cache: &Path) -> Option<String> {
    let file = owner.file(cache);
    if !file::is_private(&file) {
        return None;
    }
    String::from_utf8(file::read(&file, ROOT_MAX).ok()?).ok()
}

/// A line about the source and age of the root of `owner`.
#[must_use]
pub fn origin(owner: Owner, cache: &Path, now: i64) -> String {
    if fetched(owner, cache).is_none() {
        return format!("{}'s trusted root: built in; `bartizan db update` fetches it", owner.name());
    }
    let checked = file::read(&owner.checked(cache), 64).ok().and_then(|text| String::from_utf8(text).ok());
    let checked: Option<i64> = checked.and_then(|text| text.parse().ok());
    let days = checked.map(|checked| now.saturating_sub(checked).max(0) / 86_400);
    let age = match days {
        None => "at an unknown time".to_owned(),
        Some(0) => "today".to_owned(),
        Some(1) => "yesterday".to_owned(),
        Some(days) => format!("{days} days ago"),
    };
    format!("{}'s trusted root: fetched {age}", owner.name())
}
