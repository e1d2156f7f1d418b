//! Refreshes trusted roots over The Update Framework: a download counts only if it is signed by the keys of a
//! built-in root, or their successors, and is neither expired nor older than the previous one.

use crate::external::roots::Owner;

/// A TUF repository.
#[derive(Clone, Copy, Debug)]
pub struct Repository<'a> {
    /// The owner of its trusted root.
    pub owner: Owner,
    /// Its URL, or that of a mirror.
    pub url: &'a str,
    /// The initial `root.json`, of any version.
    pub start: &'a [u8],
}

impl<'a> Repository<'a> {
    /// The repository of `owner`, or a mirror of it, with the built-in `root.json`.
    #[must_use]
    pub fn of(owner: Owner, mirror: Option<&'a str>) -> Self {
        // As published by their owners for embedding.
        let start: &'static [u8] = match owner {
            Owner::Sigstore => include_bytes!("tuf/sigstore.root.json"),
            Owner::GitHub => include_bytes!("tuf/github.root.json"),
        };
        Self { owner, url: mirror.unwrap_or(owner.url()), start }
    }
}

/// The result of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// A new root.
    New,
    /// The root in the cache is current.
    Unchanged,
}

#[cfg(all(feature = "online", feature = "signatures"))]
pub use online::refresh;

/// For builds without network access or signatures.
///
/// # Errors
/// Always.
#[cfg(not(all(feature = "online", feature = "signatures")))]
pub fn refresh(
    _cache: &std::path::Path,
    repository: &Repository<'_>,
    _now: i64,
) -> Result<Refreshed, String> {
    Err(format!(
        "cannot refresh {}'s trusted root: this program was built without the features `online` and `signatures`",
        repository.owner.name()
    ))
}

#[cfg(all(feature = "online", feature = "signatures"))]
mod online {
    use std::error::Error as _;
    use std::path::{Path, PathBuf};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use sigstore_tuf::transport::FetchFuture;
    use sigstore_tuf::{Error, MetadataStore, Updater, UpdaterConfig};

    use super::{Refreshed, Repository};
    use crate::external::roots::ROOT_MAX;
    use crate::external::{fetch, file};
    use crate::verify::{self, Roots};

    /// The target file.
    const TARGET: &str = "trusted_root.json";
    /// Larger cached metadata is not read; none that is fetched is larger.
    const METADATA_MAX: u64 = 8 << 20;

    /// Fetches the root of `repository` into the cache, unless the one there is current.
    ///
    /// # Errors
    /// Why there is no new root; the previous one stays.
    pub fn refresh(cache: &Path, repository: &Repository<'_>, now: i64) -> Result<Refreshed, String> {
        let name = repository.owner.name();
        let failed = |why: String| format!("cannot refresh {name}'s trusted root: {why}");
        let bytes = fetched(cache, repository, now).map_err(failed)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| failed("it is not UTF-8".to_owned()))?;
        Roots::of_file(&format!("what {} holds", repository.url), text)
            .and_then(|roots| verify::verifier(roots, false).check())
            .map_err(failed)?;
        let unwritten = |path: &Path, error: &std::io::Error| {
            failed(format!("cannot write {}: {}", path.display(), file::in_words(error)))
        };
        let path = repository.owner.file(cache);
        let known = file::read(&path, ROOT_MAX).is_ok_and(|known| known == bytes) && file::is_private(&path);
        if !known {
            file::write_private(&path, &bytes).map_err(|error| unwritten(&path, &error))?;
        }
        // When the root was last confirmed to be current.
        let checked = repository.owner.checked(cache);
        file::write_private(&checked, now.to_string().as_bytes())
            .map_err(|error| unwritten(&checked, &error))?;
        Ok(if known { Refreshed::Unchanged } else { Refreshed::New })
    }

    /// Fetches the target and verifies it.
    fn fetched(cache: &Path, repository: &Repository<'_>, now: i64) -> Result<Vec<u8>, String> {
        let now = jiff::Timestamp::from_second(now).map_err(|error| error.to_string())?;
        let folder = repository.owner.folder(cache);
        file::make_private(&folder)
            .map_err(|error| format!("cannot make {}: {}", folder.display(), file::in_words(&error)))?;
        let remote = Remote { url: repository.url.trim_end_matches('/').to_owned() };
        let mut config = UpdaterConfig::default();
        config.target_max_length = ROOT_MAX;
        let mut updater = Updater::new(remote, repository.start)
            .map_err(|error| in_words(&error))?
            .with_config(config)
            .with_store(Kept { folder: folder.join("metadata") });
        let target = async {
            updater.refresh(now).await?;
            updater.get_target(TARGET, now).await
        };
        at_once(target)?.map_err(|error| in_words(&error))
    }

    /// The result of a future that never waits: [`Remote`] fetches before it returns.
    fn at_once<T>(future: impl Future<Output = T>) -> Result<T, String> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => Ok(outcome),
            Poll::Pending => Err("it would wait, which is a bug".to_owned()),
        }
    }

    /// An error with its causes.
    fn in_words(error: &Error) -> String {
        let words = error.to_string();
        let mut words = words.strip_prefix("transport error: ").unwrap_or(&words).to_owned();
        let mut cause = error.source();
        while let Some(inner) = cause {
            words.push_str(&format!(": {inner}"));
            cause = inner.source();
        }
        words
    }

    /// The repository on its server.
    struct Remote {
        url: String,
    }

    impl sigstore_tuf::Repository for Remote {
        fn fetch_metadata<'a>(&'a self, name: &'a str, max_length: u64) -> FetchFuture<'a> {
            let fetched = fetch::small(&format!("{}/{name}", self.url), max_length);
            Box::pin(std::future::ready(fetched.map_err(Error::transport)))
        }

        fn fetch_target<'a>(&'a self, path: &'a str, max_length: u64) -> FetchFuture<'a> {
            let fetched = fetch::small(&format!("{}/targets/{path}", self.url), max_length);
            Box::pin(std::future::ready(fetched.map_err(Error::transport)))
        }
    }

    /// The cached metadata, to prevent rollbacks. It is verified again when it is read.
    struct Kept {
        folder: PathBuf,
    }

    impl Kept {
        /// The cache file for `name`, which the repository influences.
        fn path(&self, name: &str) -> Option<PathBuf> {
            let plain = |part: &str| {
                !part.is_empty()
                    && !part.starts_with('.')
                    && part.len() <= 200
                    && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.%~".contains(&b))
            };
            (name.split('/').count() <= 2 && name.split('/').all(plain)).then(|| self.folder.join(name))
        }
    }

    impl MetadataStore for Kept {
        fn load(&self, name: &str) -> sigstore_tuf::Result<Option<Vec<u8>>> {
            Ok(self.path(name).and_then(|path| file::read(&path, METADATA_MAX).ok()))
        }

        fn store(&self, name: &str, bytes: &[u8]) -> sigstore_tuf::Result<()> {
            let path = self.path(name).ok_or_else(|| Error::transport(format!("`{name}` is not kept")))?;
            file::write_private(&path, bytes)
                .map_err(|error| Error::transport(format!("cannot write {}: {error}", path.display())))
        }
    }

    #[cfg(test)]
    mod tests {
        use std::path::PathBuf;

        use super::Kept;
        use crate::external::roots::Owner;
        use crate::external::tuf::Repository;

        #[test]
        fn no_name_leads_out_of_the_folder() {
            let kept = Kept { folder: PathBuf::from("k") };
            for good in ["root.json", "root_history/3.root.json", "12.snapshot.json", "a%2F..%2Fb.json"] {
                assert!(kept.path(good).is_some(), "{good}");
            }
            for bad in ["", "/etc/x", "../x", "a/../x", "a//b", ".x", "a/.x", "a\\b", "a/b/c", "a\0"] {
                assert!(kept.path(bad).is_none(), "{bad}");
            }
        }

        #[test]
        fn the_starts_that_are_built_in_vouch_for_themselves() {
            for owner in Owner::ALL {
                let repository = Repository::of(owner, None);
                assert!(repository.url.starts_with("https://"));
                sigstore_tuf::TrustedMetadataSet::from_root(repository.start).expect("it is sound");
            }
        }
    }
}
