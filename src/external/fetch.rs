//! Fetches a URL over HTTPS, conditionally and with limits.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use ureq::http::{Response, StatusCode, header};
use ureq::tls::TlsConfig;
use ureq::{Agent, Body as Incoming, Error};

use crate::external::file::{ARCHIVE_MAX, in_words};

/// A response.
pub(super) enum Answer {
    /// The body.
    New(Body),
    /// `304 Not Modified`.
    Unchanged,
}

/// A body with its validators.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
}

/// Fetches `url` unless `etag` and `last_modified` still match. The proxy comes from the environment, as usual.
///
/// # Errors
/// What went wrong, with the URL and what to do.
pub(super) fn get(url: &str, etag: Option<&str>, last_modified: Option<&str>) -> Result<Answer, String> {
    ask(url, ARCHIVE_MAX, etag, last_modified)?
        .ok_or_else(|| format!("cannot fetch {url}: the server answers {}", StatusCode::NOT_FOUND))
}

/// Fetches `url`, at most `most` bytes; `None` if it does not exist.
///
/// # Errors
/// As [`get`].
#[cfg(feature = "signatures")]
pub(super) fn small(url: &str, most: u64) -> Result<Option<Vec<u8>>, String> {
    match ask(url, most, None, None)? {
        Some(Answer::New(body)) => Ok(Some(body.bytes)),
        None => Ok(None),
        Some(Answer::Unchanged) => Err(format!(
            "cannot fetch {url}: the server answers `304 Not Modified` to an unconditional request"
        )),
    }
}

/// The result of downloading to a file.
pub(super) enum Stored {
    /// The whole body, with its validators.
    New { etag: Option<String>, last_modified: Option<String> },
    /// `304 Not Modified`.
    Unchanged,
}

/// How many times a broken download is resumed.
const BREAKS: usize = 3;

/// Downloads `url` to `file` in pieces, unless `etag` and `last_modified` still match, or it has more than `most`
/// bytes. A broken download is resumed if the server confirms that it is still the same file.
/// the rest of the same.
///
/// As [`get`]; `file` may then contain a part of it.
/// As [`get`]; there may then be a part of it in `file`.
pub(super) fn into(
    url: &str,
    file: &File,
    most: u64,
    etag: Option<&str>,
    last_modified: Option<&str>,
) -> Result<Stored, String> {
    let wrong = |why: &str| format!("cannot fetch {url}: {why}");
    let mut file = file;
    // How much has arrived, and the ETag of the file.
    let mut held: Option<(u64, String)> = None;
    let mut breaks = 0;
    loop {
        let ask = match &held {
            Some((from, etag)) => Ask::Rest { from: *from, etag },
            None => Ask::Newer { etag, last_modified },
        };
        let mut answer = match request(url, most, LONG, &ask)? {
            None => return Err(wrong(&format!("the server answers {}", StatusCode::NOT_FOUND))),
            Some(Requested::Unchanged) => return Ok(Stored::Unchanged),
            Some(Requested::Coming(answer)) => answer,
        };
        let start = answer.from;
        let placed = file.set_len(start).and_then(|()| file.seek(SeekFrom::Start(start)));
        placed.map_err(|error| wrong(&in_words(&error)))?;
        let room = most.saturating_sub(start).saturating_add(1);
        let mut body = answer.body.with_config().limit(room).reader().take(room);
        let copied = io::copy(&mut body, &mut file);
        let end = file.stream_position().map_err(|error| wrong(&in_words(&error)))?;
        let (broke, why) = match copied.map_err(Error::from) {
            Ok(_) => match whole(url, most, answer.length.map(|length| start + length), end) {
                Ok(()) => {
                    return Ok(Stored::New { etag: answer.etag, last_modified: answer.last_modified });
                }
                Err(why) => (end <= most, why),
            },
            Err(error) => (matches!(error, Error::Io(_)), wrong(&words(&error, most))),
        };
        breaks += 1;
        // A weak ETag does not promise identical bytes.
        match answer.etag.filter(|etag| !etag.starts_with("W/")) {
            Some(etag) if broke && breaks < BREAKS && end > start => held = Some((end, etag)),
            _ => return Err(why),
        }
    }
}

/// The same, of at most `most` bytes; `None` if it does not exist.
fn ask(
    url: &str,
    most: u64,
    etag: Option<&str>,
    last_modified: Option<&str>,
) -> Result<Option<Answer>, String> {
    let mut answer = match request(url, most, SHORT, &Ask::Newer { etag, last_modified })? {
        None => return Ok(None),
        Some(Requested::Unchanged) => return Ok(Some(Answer::Unchanged)),
        Some(Requested::Coming(answer)) => answer,
    };
    // One more, because exactly as many count as too large, too.
    let bytes = answer.body.with_config().limit(most.saturating_add(1)).read_to_vec();
    let bytes = bytes.map_err(|error| format!("cannot fetch {url}: {}", words(&error, most)))?;
    whole(url, most, answer.length, bytes.len() as u64)?;
    Ok(Some(Answer::New(Body { bytes, etag: answer.etag, last_modified: answer.last_modified })))
}

/// The timeout of a whole response in seconds.
const SHORT: u64 = 300;
/// The same for large files.
const LONG: u64 = 3600;

/// A response before its body is read.
enum Requested {
    Coming(Coming),
    Unchanged,
}

struct Coming {
    body: Incoming,
    /// The offset of its first byte: 0, unless the rest was requested.
    from: u64,
    /// The announced length.
    length: Option<u64>,
    etag: Option<String>,
    last_modified: Option<String>,
}

/// The kind of request.
enum Ask<'a> {
    /// The whole file, unless the validators still match.
    Newer { etag: Option<&'a str>, last_modified: Option<&'a str> },
    /// The file from this offset, if its ETag is unchanged; otherwise the whole file.
    Rest { from: u64, etag: &'a str },
}

/// The most redirects.
const REDIRECTS: usize = 5;

/// The response of `url`, or of where it redirects to; all over TLS, or on this machine.
fn call(url: &str, most: u64, seconds: u64, ask: &Ask<'_>) -> Result<Response<Incoming>, String> {
    if !url.starts_with("https://") && !is_loopback(url) {
        return Err(format!("{url} is not fetched: the URL must start with https://"));
    }
    let wrong = |why: &str| format!("cannot fetch {url}: {why}");
    let mut at = url.to_owned();
    for _ in 0..=REDIRECTS {
        let response = call_one(&at, seconds, ask).map_err(|error| wrong(&words(&error, most)))?;
        let leads = response.status().is_redirection() && response.status() != StatusCode::NOT_MODIFIED;
        let to = response.headers().get(header::LOCATION).filter(|_| leads);
        let Some(to) = to.and_then(|to| to.to_str().ok()) else { return Ok(response) };
        let next = address(&at, to).ok_or_else(|| wrong("it redirects without a URL"))?;
        // A remote server must not redirect to this machine.
        let stays = is_loopback(&at) && is_loopback(&next);
        if !next.starts_with("https://") && !stays {
            return Err(wrong("it redirects to a URL without https"));
        }
        at = next;
    }
    Err(wrong("too many redirects"))
}

/// Resolves the redirect target `to` of `from`.
fn address(from: &str, to: &str) -> Option<String> {
    let to = to.split('#').next().unwrap_or(to);
    if to.contains("://") {
        return Some(to.to_owned());
    }
    let (scheme, rest) = from.split_once("://")?;
    if to.starts_with("//") {
        return Some(format!("{scheme}:{to}"));
    }
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let folder = path.rfind('/').map_or("/", |slash| &path[..=slash]);
    let folder = if to.starts_with('/') { "" } else { folder };
    (!to.is_empty()).then(|| format!("{scheme}://{host}{folder}{to}"))
}

fn call_one(url: &str, seconds: u64, ask: &Ask<'_>) -> Result<Response<Incoming>, Error> {
    // Named here, so that no default of the process and no other crate decides it.
    let tls =
        TlsConfig::builder().unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()));
    let agent: Agent = Agent::config_builder()
        .tls_config(tls.build())
        .https_only(!is_loopback(url))
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_global(Some(Duration::from_secs(seconds)))
        .user_agent(concat!("bartizan/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut request = agent.get(url);
    match ask {
        Ask::Newer { etag, last_modified } => {
            if let Some(etag) = etag {
                request = request.header(header::IF_NONE_MATCH, *etag);
            }
            if let Some(modified) = last_modified {
                request = request.header(header::IF_MODIFIED_SINCE, *modified);
            }
        }
        Ask::Rest { from, etag } => {
            request = request.header(header::RANGE, format!("bytes={from}-"));
            request = request.header(header::IF_RANGE, *etag);
        }
    }
    request.call()
}

fn request(url: &str, most: u64, seconds: u64, ask: &Ask<'_>) -> Result<Option<Requested>, String> {
    let response = call(url, most, seconds, ask)?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::PARTIAL_CONTENT if matches!(ask, Ask::Rest { .. }) => {}
        StatusCode::NOT_MODIFIED => return Ok(Some(Requested::Unchanged)),
        StatusCode::NOT_FOUND => return Ok(None),
        status => return Err(format!("cannot fetch {url}: the server answers {status}")),
    }
    let field = |name| {
        let value = response.headers().get(name)?.to_str().ok()?;
        (value.len() <= 1024).then(|| value.to_owned())
    };
    let (etag, last_modified) = (field(header::ETAG), field(header::LAST_MODIFIED));
    let mut from = 0;
    if let (StatusCode::PARTIAL_CONTENT, Ask::Rest { from: wanted, etag: known }) = (response.status(), ask) {
        let part = field(header::CONTENT_RANGE);
        let starts =
            part.as_deref().and_then(|part| part.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
        if starts != Some(*wanted) || etag.as_deref().is_some_and(|etag| etag != *known) {
            return Err(format!("cannot fetch {url}: the server answers with another part than requested"));
        }
        from = *wanted;
    }
    let length = response.body().content_length();
    if length.is_some_and(|length| length > most) {
        return Err(format!("cannot fetch {url}: {}", too_large(most)));
    }
    let body = response.into_body();
    Ok(Some(Requested::Coming(Coming { body, from, length, etag, last_modified })))
}

/// An error if a body of `read` bytes is not as announced, or too large.
fn whole(url: &str, most: u64, announced: Option<u64>, read: u64) -> Result<(), String> {
    if read > most {
        return Err(format!("cannot fetch {url}: {}", too_large(most)));
    }
    match announced {
        Some(length) if length != read => {
            Err(format!("cannot fetch {url}: the connection closed before the end"))
        }
        _ => Ok(()),
    }
}

/// True for a URL on this machine, which needs no encryption.
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
            "its host is not found; check the connection and the proxy settings".to_owned()
        }
        Error::Io(error) => in_words(error),
        Error::Timeout(what) => format!("it took too long ({what})"),
        Error::BodyExceedsLimit(_) => too_large(most),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    use super::{Stored, address, into, is_loopback};

    #[test]
    fn redirects_name_addresses_in_many_ways() {
        for (to, wanted) in [
            ("https://b.example/x?y#z", "https://b.example/x?y"),
            ("//b.example/x", "https://b.example/x"),
            ("/x/y", "https://a.example/x/y"),
            ("y", "https://a.example/one/y"),
            ("?q", "https://a.example/one/?q"),
        ] {
            assert_eq!(address("https://a.example/one/two?three=/four", to).as_deref(), Some(wanted), "{to}");
        }
        assert_eq!(address("https://a.example", "y").as_deref(), Some("https://a.example/y"));
        assert_eq!((address("https://a.example/", ""), address("nowhere", "/x")), (None, None));
    }

    #[test]
    fn only_this_machine_goes_without_encryption() {
        assert!(is_loopback("http://127.0.0.1:8080/x") && is_loopback("http://localhost/x"));
        for url in
            ["http://127.0.0.1.example.org/", "http://example.org/", "https://127.0.0.1/", "file:///etc"]
        {
            assert!(!is_loopback(url), "{url}");
        }
    }

    /// The file that results from these responses of a server, one per connection, with a limit of 100 bytes; and
    /// the requests.
    #[expect(
        clippy::disallowed_methods,
        reason = "a server on a thread of its own, and the file that it fills"
    )]
    fn fetched(answers: Vec<String>) -> (Result<String, String>, Vec<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://127.0.0.1:{}/a", listener.local_addr().unwrap().port());
        let server = std::thread::spawn(move || {
            let mut requests = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut request = String::new();
                while reader.read_line(&mut request).is_ok_and(|length| length > 2) {}
                requests.push(request.to_lowercase());
                let _ = stream.write_all(answer.as_bytes());
            }
            requests
        });
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("file");
        let stored = into(&url, &File::create(&path).unwrap(), 100, None, None);
        let text = stored.map(|stored| {
            assert!(matches!(stored, Stored::New { .. }));
            std::fs::read_to_string(&path).unwrap()
        });
        (text, server.join().unwrap())
    }

    fn answer(status: &str, fields: &str, length: usize, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{fields}\r\n{body}")
    }

    #[test]
    fn where_a_connection_breaks_the_rest_is_asked_for() {
        let (named, weak) = ("etag: \"one\"\r\n", "etag: W/\"one\"\r\n");
        let first = || answer("200 OK", named, 10, "01234");
        let rest = "content-range: bytes 5-9/10\r\n";
        let (text, requests) = fetched(vec![first(), answer("206 Partial Content", rest, 5, "56789")]);
        assert_eq!(text.unwrap(), "0123456789");
        assert!(requests[1].contains("range: bytes=5-") && requests[1].contains("if-range: \"one\""));
        // A file that changed in between is sent whole, even if it is shorter.
        let (text, _) = fetched(vec![first(), answer("200 OK", "etag: \"two\"\r\n", 3, "abc")]);
        assert_eq!(text.unwrap(), "abc");
        // Two breaks are tolerated, more are not; nor is a part that was not requested, or that of another file.
        let part = |start: usize, text: &str| {
            let fields = format!("{named}content-range: bytes {start}-9/10\r\n");
            answer("206 Partial Content", &fields, 10 - start, text)
        };
        assert_eq!(fetched(vec![first(), part(5, "5"), part(6, "6789")]).0.unwrap(), "0123456789");
        assert!(fetched(vec![first(), part(5, "5"), part(6, "6")]).0.is_err());
        for wrong in [part(4, "456789"), part(6, "6789")] {
            assert!(fetched(vec![first(), wrong]).0.unwrap_err().contains("another part"));
        }
        let other = answer("206 Partial Content", &format!("etag: \"two\"\r\n{rest}"), 5, "56789");
        assert!(fetched(vec![first(), other]).0.unwrap_err().contains("another part"));
        // A request is not repeated if the file may have changed.
        for fields in ["", weak] {
            let (text, requests) = fetched(vec![answer("200 OK", fields, 10, "01234")]);
            assert!(text.is_err() && requests.len() == 1, "{fields}");
        }
    }

    #[test]
    fn what_has_no_end_is_cut_off() {
        let endless = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "x".repeat(1 << 20));
        assert!(fetched(vec![endless]).0.unwrap_err().contains("larger than 100 bytes"));
        let rest = format!(
            "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 5-9/10\r\nconnection: close\r\n\r\n{}",
            "x".repeat(1 << 20)
        );
        let first = answer("200 OK", "etag: \"one\"\r\n", 10, "01234");
        assert!(fetched(vec![first, rest]).0.unwrap_err().contains("larger than 100 bytes"));
        let claimed = answer("200 OK", "", 101, "");
        assert!(fetched(vec![claimed]).0.unwrap_err().contains("larger than 100 bytes"));
    }
}
