//! Caches results for a day, keyed by a hash with a local secret: without the secret the file cannot be used to
//! test guesses, and neither leaves the user's cache.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rustls::crypto::aws_lc_rs;
use serde::{Deserialize, Serialize};

use super::plan::Ask;
use super::send;
use crate::external::file::{self, in_words};
use crate::model::{Secret, Validation, Validity, fingerprint};

/// The lifetime of a result in seconds.
const DAY: i64 = 24 * 60 * 60;
/// A larger file is not read.
const MOST: u64 = 64 << 20;
/// Raised when older files cannot be read any more.
const SCHEMA: u32 = 1;

#[derive(Default, Serialize, Deserialize)]
struct Stored {
    schema: u32,
    /// The secret in hexadecimal.
    key: String,
    answers: BTreeMap<String, Kept>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    /// When it was received, in seconds since 1970.
    time: i64,
    validity: String,
    endpoint: Option<String>,
    at: Option<String>,
    account: Option<String>,
    scopes: Option<String>,
    expires: Option<String>,
}

/// Results that are still valid.
pub struct Cache {
    path: PathBuf,
    key: Vec<u8>,
    stored: Mutex<Stored>,
}

impl Cache {
    /// Loads the cache in `folder`; a new one if it cannot be read.
    #[must_use]
    pub fn open(folder: &Path) -> Self {
        let path = folder.join("validated.json");
        let read = file::read(&path, MOST).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut stored: Stored = read.filter(|stored: &Stored| stored.schema == SCHEMA).unwrap_or_default();
        let known = data_encoding::HEXLOWER.decode(stored.key.as_bytes()).ok();
        let key = known.filter(|key| key.len() == 32).unwrap_or_else(|| {
            let mut key = vec![0; 32];
            // Without randomness no result is found again, which costs a request.
            let _ = aws_lc_rs::default_provider().secure_random.fill(&mut key);
            stored = Stored {
                schema: SCHEMA,
                key: data_encoding::HEXLOWER.encode(&key),
                answers: BTreeMap::new(),
            };
            key
        });
        let now = send::now();
        stored.answers.retain(|_, kept| (0..DAY).contains(&now.saturating_sub(kept.time)));
        Self { path, key, stored: Mutex::new(stored) }
    }

    /// The key of a result.
    pub(super) fn print(&self, ask: &Ask, host: &str, companions: &BTreeMap<&'static str, Secret>) -> String {
        let mut parts: Vec<&[u8]> = vec![host.as_bytes(), ask.request.path.as_bytes(), ask.secret.expose()];
        parts.extend(companions.values().map(Secret::expose));
        fingerprint::fingerprint(Some(&self.key), &parts)
    }

    pub(super) fn get(&self, print: &str) -> Option<Validation> {
        let stored = self.stored.lock().expect("no thread panics while it holds the lock");
        let kept = stored.answers.get(print)?.clone();
        Some(Validation {
            validity: Validity::ALL.into_iter().find(|one| one.as_str() == kept.validity)?,
            endpoint: kept.endpoint,
            at: kept.at,
            reason: String::new(),
            account: kept.account,
            scopes: kept.scopes,
            expires: kept.expires,
        })
    }

    pub(super) fn put(&self, print: String, validation: &Validation) {
        let Validation { validity, endpoint, at, reason: _, account, scopes, expires } = validation.clone();
        let validity = validity.as_str().to_owned();
        let kept = Kept { time: send::now(), validity, endpoint, at, account, scopes, expires };
        self.stored.lock().expect("no thread panics while it holds the lock").answers.insert(print, kept);
    }

    /// Writes it, readable only by this user.
    ///
    /// # Errors
    /// The system's error.
    pub fn save(&self) -> Result<(), String> {
        let stored = self.stored.lock().expect("no thread panics while it holds the lock");
        let bytes = serde_json::to_vec(&*stored).map_err(|error| error.to_string())?;
        file::write_private(&self.path, &bytes)
            .map_err(|error| format!("cannot write {}: {}", self.path.display(), in_words(&error)))
    }
}
