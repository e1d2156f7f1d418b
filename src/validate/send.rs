//! Sends one request: over TLS, to its host only, with limits on everything.

use std::fmt;
use std::io::{self, Read as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::crypto::aws_lc_rs;
use ureq::config::Config;
use ureq::http::{HeaderValue, Request, Uri, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use super::answer::Answer;
use super::fill::Message;
use super::sigv4;
use crate::model::Secret;

/// The longest body that is read.
const BODY_MAX: u64 = 1 << 20;
/// The error of the resolver's guard.
const PRIVATE: &str = "private address";

/// Network settings.
#[derive(Clone, Debug)]
pub struct Network {
    /// The timeout of a request as a whole.
    pub timeout: Duration,
    /// PEM certificates to trust for hosts that the user names, instead of the default ones; empty for the
    /// default.
    pub authorities: Vec<u8>,
    /// The destination of all requests, and its certificates: for tests, which have no network.
    pub loopback: Option<(SocketAddr, Vec<u8>)>,
}

/// Sends requests.
#[derive(Debug)]
pub struct Client {
    /// For hosts of packs: public IP addresses only.
    public: Agent,
    /// For hosts that the user names.
    named: Agent,
}

impl Client {
    /// A client with the settings `network`. The proxy comes from the environment, as usual.
    ///
    /// # Errors
    /// If the certificates are malformed.
    pub fn new(network: &Network) -> Result<Self, String> {
        let usual = RootCerts::WebPki;
        let named = match network.authorities.is_empty() {
            true => usual.clone(),
            false => certificates(&network.authorities)?,
        };
        Ok(match &network.loopback {
            None => Self {
                public: agent(network, usual, Route::Public),
                named: agent(network, named, Route::Any),
            },
            Some((address, root)) => {
                let root = certificates(root)?;
                let agent = agent(network, root, Route::To(*address));
                Self { public: agent.clone(), named: agent }
            }
        })
    }

    /// Sends `message` to `host`. `is_named` if the user names the host.
    ///
    /// # Errors
    /// Why it failed, without any part of the message.
    pub(super) fn send(&self, host: &str, is_named: bool, message: &Message) -> Result<Answer, String> {
        let mut url = [b"https://", host.as_bytes(), message.path.expose()].concat();
        let uri = Uri::try_from(url.as_slice());
        url.fill(0);
        let uri = uri.map_err(|_| "it does not fit into a URL".to_owned())?;
        let mut request = Request::builder().uri(uri).method(if message.post { "POST" } else { "GET" });
        for (name, value) in &message.headers {
            let mut value = HeaderValue::from_bytes(value.expose())
                .map_err(|_| "it has characters that are not allowed in a header".to_owned())?;
            value.set_sensitive(true);
            request = request.header(*name, value);
        }
        let has = |name: &header::HeaderName| {
            message.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name.as_str()))
        };
        if !has(&header::ACCEPT) {
            request = request.header(header::ACCEPT, "application/json");
        }
        if message.post && !has(&header::CONTENT_TYPE) {
            let form = !message.body.expose().starts_with(b"{");
            let kind = if form { "application/x-www-form-urlencoded" } else { "application/json" };
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let agent = if is_named { &self.named } else { &self.public };
        let answered = match message.post {
            true => agent.run(request.body(message.body.expose()).map_err(|_| cannot_be_made())?),
            false => agent.run(request.body(()).map_err(|_| cannot_be_made())?),
        };
        let response = answered.map_err(|error| words(&error))?;
        let status = response.status().as_u16();
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers = response.headers().iter();
        let headers = headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)));
        let headers = headers.collect();
        let mut body = Vec::new();
        let reader = response.into_body().into_with_config().limit(BODY_MAX + 1).reader();
        reader.take(BODY_MAX + 1).read_to_end(&mut body).map_err(|error| words(&Error::from(error)))?;
        let cut = body.len() as u64 > BODY_MAX;
        Ok(Answer { status, headers, body, cut })
    }
}

fn cannot_be_made() -> String {
    "the request cannot be made".to_owned()
}

/// Signs `message` for `host` with a key id and its secret.
pub(super) fn sign(host: &str, message: &mut Message, id: &Secret, key: &Secret) {
    let time = jiff::Timestamp::from_second(now()).unwrap_or_default();
    let time = time.strftime("%Y%m%dT%H%M%SZ").to_string();
    let path = String::from_utf8_lossy(message.path.expose()).into_owned();
    let value = sigv4::authorization(host, &path, message.body.expose(), id, key, &time);
    message.headers.push(("authorization", value));
    message.headers.push(("x-amz-date", Secret::new(time.as_bytes())));
    message.headers.push(("content-type", Secret::new(sigv4::CONTENT_TYPE.as_bytes())));
}

/// The time, in seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "a result depends on its time")]
pub(super) fn now() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(passed.as_secs()).unwrap_or(i64::MAX)
}

fn certificates(pem: &[u8]) -> Result<RootCerts, String> {
    let mut found: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(_) => return Err("the certificates cannot be read".to_owned()),
        }
    }
    if found.is_empty() {
        return Err("it contains no certificate".to_owned());
    }
    Ok(RootCerts::Specific(Arc::new(found)))
}

fn agent(network: &Network, roots: RootCerts, route: Route) -> Agent {
    // Named here, so that no default of the process and no other crate decides it.
    let tls = TlsConfig::builder()
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()));
    let mut config = Agent::config_builder()
        .tls_config(tls.build())
        .https_only(true)
        .http_status_as_error(false)
        // A credential never follows a redirect.
        .max_redirects(0)
        .timeout_global(Some(network.timeout))
        .user_agent(concat!("bartizan/", env!("CARGO_PKG_VERSION")));
    if matches!(route, Route::To(_)) {
        config = config.proxy(None);
    }
    Agent::with_parts(config.build(), DefaultConnector::default(), Guard { route, inner: <_>::default() })
}

/// Which IP addresses are allowed.
#[derive(Clone, Copy, Debug)]
enum Route {
    Public,
    Any,
    To(SocketAddr),
}

/// Resolves names, and filters addresses by the route.
struct Guard {
    route: Route,
    inner: DefaultResolver,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.route.fmt(f)
    }
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let mut allowed = self.inner.empty();
        if let Route::To(address) = self.route {
            allowed.push(address);
            return Ok(allowed);
        }
        let found = self.inner.resolve(uri, config, timeout)?;
        // The user chooses the proxy's address.
        let is_proxy = config.proxy().is_some_and(|proxy| Some(proxy.host()) == uri.host());
        if is_proxy || matches!(self.route, Route::Any) {
            return Ok(found);
        }
        found.iter().filter(|address| is_public(address.ip())).for_each(|address| allowed.push(*address));
        match allowed.is_empty() {
            true => Err(io::Error::other(PRIVATE).into()),
            false => Ok(allowed),
        }
    }
}

/// True for a globally reachable address.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = a == 0 || a >= 224 || (a == 100 && b & 0xc0 == 64) || (a, b, c) == (192, 0, 0);
    !(reserved
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 198 && b & 0xfe == 18)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, .., y, z] = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    // An IPv4 address in an IPv6 one.
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    match (a, b) {
        (0x64, 0xff9b) => (c, d) == (0, 0) && v4(y, z),
        (0x2002, _) => v4(b, c),
        (0x2001, 0xdb8 | 0) => false,
        _ => a & 0xe000 == 0x2000,
    }
}

/// The error in our own words: the library's may quote the URL.
fn words(error: &Error) -> String {
    let text = match error {
        Error::HostNotFound => "the host is not found",
        Error::Io(error) if error.get_ref().is_some_and(|error| error.to_string() == PRIVATE) => {
            "the host has a private address; name it with --host to allow that"
        }
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => "it took too long",
        Error::Io(error) if is_tls(error) => "the host has no trusted TLS certificate",
        Error::Io(_) | Error::ConnectionFailed => "the connection failed",
        Error::Timeout(_) => "it took too long",
        Error::Tls(_) | Error::Rustls(_) => "the host has no trusted TLS certificate",
        Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => "the proxy rejects the connection",
        Error::BodyExceedsLimit(_) => "the answer is too large",
        _ => "the answer is not HTTP",
    };
    text.to_owned()
}

fn is_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.downcast_ref::<rustls::Error>().is_some())
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn private_addresses_are_none_of_the_public() {
        for address in [
            "10.0.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "192.0.0.8",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "::127.0.0.1",
            "fec0::1",
            "2001::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["140.82.112.5", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
