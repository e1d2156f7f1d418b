//! `mcp-plain-http`: a server of an agent whose address is not encrypted.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::host::{self, Whose, whose};
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "mcp-plain-http",
        title: "server of an agent without encryption",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Agent,
        remedy: "use the `https` address of the server",
        docs: r#"
## What it does
Reports servers in the settings of coding agents whose address is `http://` or `ws://`, as their `url` or among the
arguments of a program that connects to them. Addresses of the same machine (`localhost`, `127.0.0.1`, `::1`,
`host.docker.internal`) are not reported; those of the same network are `low`. Variables of a server that turn off
the check of certificates (`NODE_TLS_REJECT_UNAUTHORIZED=0`) are reported as well.

## Why is this bad
Whoever is on the way reads what the agent sends, tokens among it, and writes the answers that the agent follows.

## Example
```json
{"mcpServers": {"warehouse": {"type": "sse", "url": "http://mcp.warehouse.example.net/sse"}}}
```

## Use instead
```json
{"mcpServers": {"warehouse": {"type": "sse", "url": "https://mcp.warehouse.example.net/sse"}}}
```

## References
- <https://modelcontextprotocol.io/specification/draft/basic/transports>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Settings, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in repository.settings.agents() {
        for server in file.servers().into_iter().filter(|server| !server.is_off()) {
            let url = server.url().and_then(|url| Some((url.text()?.to_owned(), url.span())));
            for (key, value) in server.value.get("env").into_iter().flat_map(Value::entries) {
                let is_off = match key.text().unwrap_or("") {
                    "NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY" => value.text() == Some("0"),
                    "GIT_SSL_NO_VERIFY" => matches!(value.text(), Some("1" | "true")),
                    _ => false,
                };
                if let Some(name) = key.text().filter(|_| is_off) {
                    let message = format!("`{name}` turns off the check of certificates for a server");
                    reports.span(&file.path, value.span(), message);
                }
            }
            let args = server.command().into_iter().map(|word| (word.text, word.span));
            for (text, span) in url.into_iter().chain(args) {
                let Some((host, severity)) = plain(&text) else { continue };
                let message = format!("a server is reached at `{host}` without encryption");
                reports.span(&file.path, span, message).severity(severity);
            }
        }
    }
}

/// The host of an address without encryption, and how bad that is.
fn plain(text: &str) -> Option<(String, Severity)> {
    let text = text.trim();
    let url = text.split_once('=').filter(|(name, _)| name.starts_with('-')).map_or(text, |(_, url)| url);
    let lower = url.to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("ws://") {
        return None;
    }
    let host = host::host(url)?;
    let severity = match whose(host) {
        Whose::Foreign => Severity::Medium,
        Whose::Network => Severity::Low,
        Whose::Local | Whose::Unknown => return None,
    };
    Some((crate::model::text::escaped(host), severity))
}
