//! Fetching over HTTPS: one address, asked conditionally, with limits on everything.

use std::fs::File;
use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use ureq::http::{StatusCode, header};
use ureq::tls::TlsConfig;
use ureq::{Agent, Body as Incoming, Error};

use crate::external::file::{ARCHIVE_MAX, in_words};

/// What a server answered.
pub(super) enum Answer {
    /// What was asked for.
    New(Body),
    /// It is what we know already.
    Unchanged,
}

/// A body with what the server says of it.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
}

/// Fetches `url` unless it is still what `etag` and `last_modified` say. A proxy is taken from the
/// environment, as other programs do.
///
/// # Errors
/// What went wrong, with the address and what to do.
pub(super) fn get(url: &str, etag: Option<&str>, last_modified: Option<&str>) -> Result<Answer, String> {
    ask(url, ARCHIVE_MAX, etag, last_modified)?
        .ok_or_else(|| format!("cannot fetch {url}: the server answers {}", StatusCode::NOT_FOUND))
}

/// Fetches what is at `url`, if there is something, and that is not larger than `most` bytes.
///
/// # Errors
/// As [`get`].
#[cfg(feature = "signatures")]
pub(super) fn small(url: &str, most: u64) -> Result<Option<Vec<u8>>, String> {
    match ask(url, most, None, None)? {
        Some(Answer::New(body)) => Ok(Some(body.bytes)),
        None => Ok(None),
        Some(Answer::Unchanged) => {
            Err(format!("cannot fetch {url}: the server says that nothing has changed"))
        }
    }
}

/// What was written to a file.
pub(super) enum Stored {
    /// All of what was asked for, with what the server says of it.
    New { etag: Option<String>, last_modified: Option<String> },
    /// Nothing: it is what we know already.
    Unchanged,
}

/// Writes what is at `url` to `file`, piece by piece, unless it is still what `etag` and `last_modified` say,
/// or larger than `most` bytes.
///
/// # Errors
/// As [`get`]; there may then be a part of it in `file`.
pub(super) fn into(
    url: &str,
    file: &File,
    most: u64,
    etag: Option<&str>,
    last_modified: Option<&str>,
) -> Result<Stored, String> {
    let mut answer = match request(url, most, LONG, etag, last_modified)? {
        None => return Err(format!("cannot fetch {url}: the server answers {}", StatusCode::NOT_FOUND)),
        Some(Requested::Unchanged) => return Ok(Stored::Unchanged),
        Some(Requested::Coming(answer)) => answer,
    };
    let mut body = answer.body.with_config().limit(most.saturating_add(1)).reader().take(most + 1);
    let mut file = file;
    let written = io::copy(&mut body, &mut file);
    let written =
        written.map_err(|error| format!("cannot fetch {url}: {}", words(&Error::from(error), most)))?;
    whole(url, most, answer.length, written)?;
    Ok(Stored::New { etag: answer.etag, last_modified: answer.last_modified })
}

/// The same, of at most so many bytes; none if there is nothing at that address.
fn ask(
    url: &str,
    most: u64,
    etag: Option<&str>,
    last_modified: Option<&str>,
) -> Result<Option<Answer>, String> {
    let mut answer = match request(url, most, SHORT, etag, last_modified)? {
        None => return Ok(None),
        Some(Requested::Unchanged) => return Ok(Some(Answer::Unchanged)),
        Some(Requested::Coming(answer)) => answer,
    };
    // One more, for what has exactly as many counts as too large, too.
    let bytes = answer.body.with_config().limit(most.saturating_add(1)).read_to_vec();
    let bytes = bytes.map_err(|error| format!("cannot fetch {url}: {}", words(&error, most)))?;
    whole(url, most, answer.length, bytes.len() as u64)?;
    Ok(Some(Answer::New(Body { bytes, etag: answer.etag, last_modified: answer.last_modified })))
}

/// Seconds that an answer may take as a whole.
const SHORT: u64 = 300;
/// The same of what is large.
const LONG: u64 = 3600;

/// What a server answers, before its body was read.
enum Requested {
    Coming(Coming),
    Unchanged,
}

struct Coming {
    body: Incoming,
    /// Bytes that the server says it has.
    length: Option<u64>,
    etag: Option<String>,
    last_modified: Option<String>,
}

fn request(
    url: &str,
    most: u64,
    seconds: u64,
    etag: Option<&str>,
    last_modified: Option<&str>,
) -> Result<Option<Requested>, String> {
    let local = is_loopback(url);
    if !url.starts_with("https://") && !local {
        return Err(format!("{url} is not fetched: the address has to start with https://"));
    }
    // Named here, so that no default of the process and no other crate decides it.
    let tls =
        TlsConfig::builder().unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()));
    let agent: Agent = Agent::config_builder()
        .tls_config(tls.build())
        .https_only(!local)
        .http_status_as_error(false)
        .max_redirects(5)
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_global(Some(Duration::from_secs(seconds)))
        .user_agent(concat!("bartizan/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut request = agent.get(url);
    if let Some(etag) = etag {
        request = request.header(header::IF_NONE_MATCH, etag);
    }
    if let Some(modified) = last_modified {
        request = request.header(header::IF_MODIFIED_SINCE, modified);
    }
    let response = request.call().map_err(|error| format!("cannot fetch {url}: {}", words(&error, most)))?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED => return Ok(Some(Requested::Unchanged)),
        StatusCode::NOT_FOUND => return Ok(None),
        status => return Err(format!("cannot fetch {url}: the server answers {status}")),
    }
    let field = |name| {
        let value = response.headers().get(name)?.to_str().ok()?;
        (value.len() <= 1024).then(|| value.to_owned())
    };
    let (etag, last_modified) = (field(header::ETAG), field(header::LAST_MODIFIED));
    let length = response.body().content_length();
    if length.is_some_and(|length| length > most) {
        return Err(format!("cannot fetch {url}: {}", too_large(most)));
    }
    let body = response.into_body();
    Ok(Some(Requested::Coming(Coming { body, length, etag, last_modified })))
}

/// An error if the body of `read` bytes is not the one that was announced, or too large.
fn whole(url: &str, most: u64, announced: Option<u64>, read: u64) -> Result<(), String> {
    if read > most {
        return Err(format!("cannot fetch {url}: {}", too_large(most)));
    }
    match announced {
        Some(length) if length != read => {
            Err(format!("cannot fetch {url}: the connection ended before all of it had come"))
        }
        _ => Ok(()),
    }
}

/// True for an address of this machine, which needs no encryption.
fn is_loopback(url: &str) -> bool {
    let host = url.strip_prefix("http://").and_then(|rest| rest.split(['/', ':', '?', '#']).next());
    matches!(host, Some("127.0.0.1" | "localhost"))
}

fn too_large(most: u64) -> String {
    match most >> 20 {
        0 => format!("it is larger than {most} bytes"),
        mebibytes => format!("it is larger than {mebibytes} MiB"),
    }
}

fn words(error: &Error, most: u64) -> String {
    match error {
        Error::HostNotFound => {
            "its host is not found; is there a connection, or a proxy to be set?".to_owned()
        }
        Error::Io(error) => in_words(error),
        Error::Timeout(what) => format!("it took too long ({what})"),
        Error::BodyExceedsLimit(_) => too_large(most),
        Error::RequireHttpsOnly(_) => "it redirects to an address without https".to_owned(),
        Error::TooManyRedirects => "it redirects again and again".to_owned(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_goes_without_encryption() {
        assert!(is_loopback("http://127.0.0.1:8080/x") && is_loopback("http://localhost/x"));
        for url in
            ["http://127.0.0.1.example.org/", "http://example.org/", "https://127.0.0.1/", "file:///etc"]
        {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
