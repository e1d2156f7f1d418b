//! The host of a URL, and who controls it.

/// The host of `url`, without port and login; `None` if it has no scheme.
#[must_use]
pub fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let end = rest.find(|c: char| c.is_whitespace() || "/?#\\\"'`<>|;)".contains(c)).unwrap_or(rest.len());
    let authority = &rest[..end];
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(inner) = host.strip_prefix('[') {
        return inner.split_once(']').map(|(host, _)| host);
    }
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    (!host.is_empty()).then_some(host)
}

/// Who controls a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// This machine.
    Local,
    /// The same network, by its IP address or name.
    Network,
    /// Another machine.
    Foreign,
    /// A variable or placeholder.
    Unknown,
}

/// Classifies `host`.
#[must_use]
pub fn whose(host: &str) -> Whose {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let octets: Vec<Option<u8>> = host.split('.').map(|part| part.parse().ok()).collect();
    if let [Some(first), Some(second), Some(_), Some(_)] = octets[..] {
        return match (first, second) {
            (127 | 0, _) => Whose::Local,
            (10, _) | (192, 168) | (172, 16..=31) | (100, 64..=127) => Whose::Network,
            _ => Whose::Foreign,
        };
    }
    if host.contains(['$', '{', '}', '<', '>', '%', '(']) || host.starts_with("your") {
        return Whose::Unknown;
    }
    if host.contains(':') {
        return match host.as_str() {
            "::1" | "::" => Whose::Local,
            _ if ["fe80:", "fc", "fd"].iter().any(|start| host.starts_with(start)) => Whose::Network,
            _ => Whose::Foreign,
        };
    }
    let ends = |ends: &[&str]| ends.iter().any(|end| host == end[1..] || host.ends_with(end));
    if ends(&[".localhost", ".docker.internal", ".containers.internal"]) {
        return Whose::Local;
    }
    let is_near = !host.contains('.')
        || ends(&[".local", ".internal", ".lan", ".home.arpa", ".intranet", ".corp", ".test", ".svc"]);
    if is_near { Whose::Network } else { Whose::Foreign }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_apart() {
        for (url, name, owner) in [
            ("http://localhost:3000/x", "localhost", Whose::Local),
            ("http://127.0.0.53", "127.0.0.53", Whose::Local),
            ("ws://[::1]:8/x", "::1", Whose::Local),
            ("http://host.docker.internal:8080", "host.docker.internal", Whose::Local),
            ("http://a.localhost", "a.localhost", Whose::Local),
            ("http://10.1.2.3", "10.1.2.3", Whose::Network),
            ("http://mcp:8080/sse", "mcp", Whose::Network),
            ("http://localhost.example.net", "localhost.example.net", Whose::Foreign),
            ("http://u:p@example.net?x", "example.net", Whose::Foreign),
            ("http://127.0.0.1@example.net/", "example.net", Whose::Foreign),
            ("http://[2001:db8::1]/", "2001:db8::1", Whose::Foreign),
            ("http://${HOST}/x", "${HOST}", Whose::Unknown),
        ] {
            assert_eq!(host(url), Some(name), "{url}");
            assert_eq!(whose(name), owner, "{url}");
        }
        assert_eq!(host("example.net/x"), None);
        assert_eq!(host("http:///x"), None);
    }
}
