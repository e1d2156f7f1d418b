//! `mcp-plain-http`: an MCP server reached without encryption.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::host::{self, Whose, whose};
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "mcp-plain-http",
        title: "MCP server without encryption",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Agent,
        remedy: "use the server's `https` URL",
        docs: r#"
## What it does
Reports servers in the settings of coding agents with an `http://` or `ws://` URL, as their `url` or among the arguments
of a program that connects to them. Local addresses (`localhost`, `127.0.0.1`, `::1`,
`host.docker.internal`) are not reported; private networks are `low`. Server variables that disable certificate
verification (`NODE_TLS_REJECT_UNAUTHORIZED=0`) are reported as well.

## Why is this bad
Anyone on the network path can read what the agent sends, including tokens, and change the answers that the agent
follows.

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
                    let message = format!("`{name}` disables certificate verification for a server");
                    reports.span(&file.path, value.span(), message);
                }
            }
            let args = server.command().into_iter().map(|word| (word.text, word.span));
            for (text, span) in url.into_iter().chain(args) {
                let Some((host, severity)) = plain(&text) else { continue };
                let message = format!("the server at `{host}` is reached without encryption");
                reports.span(&file.path, span, message).severity(severity);
            }
        }
    }
}

/// The host of an unencrypted URL, and the severity.
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
