//! Published ports: `"127.0.0.1:8080:80/tcp"`.

use crate::model::Span;

/// A published port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its location.
    pub span: Span,
    /// The container ports, first and last.
    pub container: (u16, u16),
    /// The host ports; `None` for any free one.
    pub host: Option<(u16, u16)>,
    /// The host's IP address; `None` for all.
    pub address: Option<String>,
}

impl Port {
    /// True if it is reachable from other machines.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let Some(address) = &self.address else { return true };
        let address = address.trim_start_matches('[').trim_end_matches(']');
        // An unknown address, or that of one network, is a deliberate choice.
        matches!(address, "" | "0.0.0.0" | "::" | "*" | "0" | "0:0:0:0:0:0:0:0")
    }
}

/// The port in the short form `text`; `None` if unknown.
#[must_use]
pub fn parse(text: &str, span: Span) -> Option<Port> {
    let text = text.trim();
    let text = text.split_once('/').map_or(text, |(ports, _)| ports);
    let (before, container) = match text.rsplit_once(':') {
        Some((before, container)) => (Some(before), container),
        None => (None, text),
    };
    let container = range(container)?;
    let (address, host) = match before {
        None => (None, None),
        Some(before) => match before.rsplit_once(':') {
            Some((address, host)) => (Some(address.to_owned()), range(host)),
            // `127.0.0.1:80` is not an address alone; a lone address is.
            None => (None, range(before)),
        },
    };
    Some(Port { span, container, host, address })
}

/// `80` or `80-90`.
pub(super) fn range(text: &str) -> Option<(u16, u16)> {
    let text = text.trim();
    match text.split_once('-') {
        Some((first, last)) => Some((first.trim().parse().ok()?, last.trim().parse().ok()?)),
        None => text.parse().ok().map(|port| (port, port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_short_form() {
        let read = |text: &str| {
            let port = parse(text, Span::new(0, 0))?;
            Some((port.container, port.host, port.is_open()))
        };
        let one = |port| (port, port);
        for (text, container, host, is_open) in [
            ("80", one(80), None, true),
            ("8080:80", one(80), Some(one(8080)), true),
            ("8000-8002:80-82/udp", (80, 82), Some((8000, 8002)), true),
            ("127.0.0.1:5432:5432", one(5432), Some(one(5432)), false),
            ("127.0.0.1::5432", one(5432), None, false),
            ("localhost:1:2", one(2), Some(one(1)), false),
            ("[::1]:1:2", one(2), Some(one(1)), false),
            ("[::]:1:2", one(2), Some(one(1)), true),
            ("::1:1:2", one(2), Some(one(1)), false),
            ("0.0.0.0:1:2/tcp", one(2), Some(one(1)), true),
            ("192.168.1.5:1:2", one(2), Some(one(1)), false),
            ("${BIND}:1:2", one(2), Some(one(1)), false),
            ("${PORT}:5432", one(5432), None, true),
        ] {
            assert_eq!(read(text), Some((container, host, is_open)), "{text}");
        }
        for text in ["", "a", "80:${PORT}", "99999", "1-", ":"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
