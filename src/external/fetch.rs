//! Fetching over HTTPS: one address, asked conditionally, with limits on everything.

use std::time::Duration;

use ureq::http::{StatusCode, header};
use ureq::{Agent, Error};

use crate::external::file::in_words;
use crate::external::store::ARCHIVE_MAX;

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

/// The same, of at most so many bytes; none if there is nothing at that address.
fn ask(
    url: &str,
    most: u64,
    etag: Option<&str>,
    last_modified: Option<&str>,
) -> Result<Option<Answer>, String> {
    let local = is_loopback(url);
    if !url.starts_with("https://") && !local {
        return Err(format!("{url} is not fetched: the address has to start with https://"));
    }
    let agent: Agent = Agent::config_builder()
        .https_only(!local)
        .http_status_as_error(false)
        .max_redirects(5)
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_global(Some(Duration::from_secs(300)))
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
    let failed = |error: &Error| format!("cannot fetch {url}: {}", words(error, most));
    let large = || format!("cannot fetch {url}: {}", too_large(most));
    let mut response = request.call().map_err(|error| failed(&error))?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED => return Ok(Some(Answer::Unchanged)),
        StatusCode::NOT_FOUND => return Ok(None),
        status => return Err(format!("cannot fetch {url}: the server answers {status}")),
    }
    let field = |name| {
        let value = response.headers().get(name)?.to_str().ok()?;
        (value.len() <= 1024).then(|| value.to_owned())
    };
    let (etag, last_modified) = (field(header::ETAG), field(header::LAST_MODIFIED));
    let claimed = response.body().content_length();
    if claimed.is_some_and(|length| length > most) {
        return Err(large());
    }
    // One more, for what has exactly as many counts as too large, too.
    let bytes = response.body_mut().with_config().limit(most.saturating_add(1)).read_to_vec();
    let bytes = bytes.map_err(|error| failed(&error))?;
    if bytes.len() as u64 > most {
        return Err(large());
    }
    if claimed.is_some_and(|length| length != bytes.len() as u64) {
        return Err(format!("cannot fetch {url}: the connection ended before all of it had come"));
    }
    Ok(Some(Answer::New(Body { bytes, etag, last_modified })))
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
