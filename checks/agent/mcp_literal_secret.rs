//! `mcp-literal-secret`: a secret in the settings of an agent or of a server that it starts.

use std::collections::BTreeSet;

use crate::engine::assigned::{self, Trust};
use crate::engine::names::{self, Announced};
use crate::engine::repository::settings::{self, Piece, Server};
use crate::engine::{Check, Reporter, Run, file_kind, known};
use crate::model::{Blob, Confidence, Edit, Family, Meta, RepoPath, Severity, Span};
use crate::parse::agent::{self, Client, Kind};
use crate::parse::credfile;
use crate::parse::document;
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "mcp-literal-secret",
        title: "secret in agent settings",
        severity: Severity::High,
        confidence: Confidence::Medium,
        family: Family::Agent,
        remedy: "revoke the value where it is used, and reference a variable instead, in the agent's syntax: `${NAME}`, `${env:NAME}`, `${input:name}`",
        docs: r#"
## What it does
Reads the settings of coding agents (`.mcp.json`, `.vscode/mcp.json`, `.cursor/mcp.json`, `.codex/config.toml`,
`.gemini/settings.json`, `opencode.json`, `.claude/settings.json`, those of Roo, Kiro, Cline, Zed, Amp, Junie and
others), and reports literal values in place of secrets:

- in variables and headers, by their names;
- in arguments: behind `--token`, as `NAME=value`, in a header;
- in the credentials or the query of a URL;
- as the default of a variable: `${TOKEN:-…}`;
- tokens of a known format, anywhere.

Placeholders and references are skipped. A reference that the agent does not expand, so that the server receives it
literally, is `low`. For agents whose variable syntax is known, `bartizan fix` replaces the value with a reference.

## Why is this bad
Such files are shared on purpose, and everyone with a copy has the secret. It stays in the history.

## Example
```json
{"mcpServers": {"billing": {"command": "node", "args": ["mcp.js"], "env": {"BILLING_API_KEY": "0d951c95…"}}}}
```

## Use instead
```json
{"mcpServers": {"billing": {"command": "node", "args": ["mcp.js"], "env": {"BILLING_API_KEY": "${BILLING_API_KEY}"}}}}
```

## References
- <https://code.claude.com/docs/en/mcp>
- <https://code.visualstudio.com/docs/copilot/reference/mcp-configuration>
"#,
    },
    run: Run::Named { named, contents: &[], applies, run },
};

fn named(path: &RepoPath) -> bool {
    agent::kind(path.as_bytes())
        .is_some_and(|(kind, _)| matches!(kind, Kind::Agent(_) | Kind::Workspace | Kind::Editor))
}

fn applies(blob: &Blob<'_>) -> bool {
    named(blob.path)
}

fn run(blob: &Blob<'_>, to: &mut Reporter<'_>) {
    let Some((kind, format)) = agent::kind(blob.path.as_bytes()) else { return };
    let (document, _) = document::read(blob.bytes, format);
    let is_example = credfile::is_example(blob.path.as_bytes()) || file_kind::is_aside(blob);
    let trust = if is_example { Trust::Example } else { Trust::Environment };
    let mut evaluator =
        Evaluator { blob, trust, to, seen: BTreeSet::new(), server: String::new(), expands: None };
    let servers = settings::servers(&document, blob.path, kind);
    for server in &servers {
        evaluator.server(*server, kind);
    }
    evaluator.expands = None;
    // In editor settings, only the servers belong to the agent.
    if let Kind::Agent(_) = kind {
        settings::walk(document.root(), &mut |map, _| evaluator.map(map, false));
    }
}

struct Evaluator<'a, 'r, 'h> {
    blob: &'a Blob<'a>,
    trust: Trust<'a>,
    to: &'r mut Reporter<'h>,
    seen: BTreeSet<usize>,
    /// The name of the current server.
    server: String,
    /// The syntax of variable references there, if known.
    expands: Option<[&'static str; 2]>,
}

impl Evaluator<'_, '_, '_> {
    fn server(&mut self, server: Server<'_>, kind: Kind) {
        server.name.clone_into(&mut self.server);
        self.expands = match kind {
            Kind::Agent(client) => expands(client),
            Kind::Workspace | Kind::Editor => expands(Client::VsCode),
            _ => None,
        };
        let command = server.command();
        self.words(&command);
        settings::walk(server.value, &mut |map, _| {
            self.map(map, false);
            if let Kind::Agent(client) = kind {
                self.references(map, client);
            }
        });
    }

    /// Evaluates the values of a mapping by their names; in variables and headers, any value may be a secret.
    fn map(&mut self, map: Value<'_>, is_env: bool) {
        const ENV: [&str; 6] = ["env", "environment", "headers", "http_headers", "containerEnv", "remoteEnv"];
        let named = ["id", "name"].into_iter().find_map(|key| map.get(key)?.text());
        for (key, value) in map.entries() {
            let name = key.text().unwrap_or("");
            let name = if matches!(name, "default" | "value") { named.unwrap_or(name) } else { name };
            if ENV.contains(&name) && value.is_map() && !is_env {
                self.map(value, true);
            }
            // Many other things are called a key.
            let is_vague = !is_env && matches!(announced(name), Some(Announced::Vague));
            if let Some(text) = value.text() {
                self.value(if is_vague { "" } else { name }, text, value.span());
            }
            for item in
                value.items().filter(|item| item.text().is_some() && !matches!(name, "args" | "command"))
            {
                self.value("", item.text().unwrap_or(""), item.span());
            }
            if matches!(name, "args" | "command") {
                let items = value
                    .items()
                    .filter_map(|item| Some(Piece { text: item.text()?.to_owned(), span: item.span() }));
                self.words(&items.collect::<Vec<_>>());
            }
        }
    }

    /// Evaluates the words of a command.
    fn words(&mut self, words: &[Piece]) {
        let mut flag: Option<&str> = None;
        for word in words {
            let text = word.text.as_str();
            let bare = text.trim_start_matches('-');
            let dashes = text.len() - bare.len();
            let before = flag.take();
            let is_header = || text.split_once(':').is_some_and(|(header, _)| announced(header).is_some());
            if text.contains(' ') && !text.contains(": ") && dashes == 0 && !is_header() {
                let inner = text
                    .split_whitespace()
                    .map(|text| Piece { text: text.trim_matches(['"', '\'']).to_owned(), span: word.span });
                let inner: Vec<Piece> = inner.collect();
                if inner.len() > 1 {
                    self.words(&inner);
                }
                continue;
            }
            match bare.split_once('=').filter(|(name, _)| is_name(name)) {
                Some((name, value)) => self.value(name, value, word.span),
                None if dashes > 0 => {
                    flag = Some(bare);
                    continue;
                }
                None => self.value(before.unwrap_or(""), text, word.span),
            }
        }
    }

    /// Evaluates `text`, named `name`, which is or is part of the value at `span`.
    fn value(&mut self, name: &str, text: &str, span: Span) {
        let text = text.trim();
        // A header in one string.
        let header = text.split_once(':').filter(|(header, rest)| {
            is_name(header)
                && (rest.starts_with(' ') || announced(header).is_some())
                && !rest.starts_with("//")
        });
        if let Some((header, value)) = header {
            return self.value(header, value, span);
        }
        if text.contains("://") {
            return self.address(text, span);
        }
        for (at, _) in text.match_indices("${") {
            let inner = text[at + 2..].split('}').next().unwrap_or("");
            if let Some((variable, default)) = inner.split_once(":-").or_else(|| inner.split_once(":=")) {
                let name = if announced(name).is_some() { name } else { variable };
                self.literal(name, default, span, " as the default of the variable");
            }
        }
        if !text.contains("${") {
            self.literal(name, text, span, "");
        }
    }

    fn address(&mut self, text: &str, span: Span) {
        let rest = text.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
        if let Some((login, _)) = authority.rsplit_once('@') {
            let password = login.split_once(':').map_or(login, |(_, password)| password);
            self.secret("password", Announced::Password, password, span, "a URL contains a password");
        }
        let query = text.split_once('?').map_or("", |(_, query)| query);
        for (name, value) in query.split(['&', '#']).filter_map(|pair| pair.split_once('=')) {
            let is_key = matches!(
                name.to_ascii_lowercase().as_str(),
                "key" | "code" | "sig" | "auth" | "token" | "apikey"
            );
            let kind = announced(name).or(is_key.then_some(Announced::Secret));
            if let Some(default) = value.strip_prefix("${").and_then(|inner| inner.split_once(":-")) {
                self.literal(name, default.1.trim_end_matches('}'), span, " in a URL");
            } else if let Some(kind) = kind {
                let message = format!(
                    "{} in the query of a URL has a literal value",
                    names::quoted(name.as_bytes(), "a parameter")
                );
                self.secret(name, kind, value, span, &message);
            }
        }
        // A token may be part of the path.
        for part in rest.split(['/', '?', '&', '=']).skip(1) {
            self.token(part, span);
        }
    }

    fn literal(&mut self, name: &str, text: &str, span: Span, when: &str) {
        if let Some(kind) = announced(name) {
            let quoted = names::quoted(name.as_bytes(), "a setting");
            let message = format!("{quoted} has a literal value{when} in agent settings");
            if self.secret(name, kind, text, span, &message) {
                return;
            }
        }
        self.token(text, span);
    }

    /// Reports a token recognised by its format.
    fn token(&mut self, text: &str, span: Span) {
        let bare = String::from_utf8_lossy(assigned::bare(text.as_bytes())).into_owned();
        if let Some(rule) = known::token(bare.as_bytes()) {
            let message = format!("a value in agent settings has the format of: {}", rule.title);
            let severity = if matches!(self.trust, Trust::Example) { Severity::Low } else { rule.severity };
            self.report("", &bare, span, message, severity, rule.confidence);
        }
    }

    fn secret(&mut self, name: &str, kind: Announced, text: &str, span: Span, message: &str) -> bool {
        let assessed = assigned::assess(text.as_bytes(), name.as_bytes(), kind, self.trust);
        let Some((severity, confidence)) = assessed else { return false };
        let text = String::from_utf8_lossy(assigned::bare(text.as_bytes())).into_owned();
        self.report(name, &text, span, message.to_owned(), severity, confidence);
        true
    }

    fn report(
        &mut self,
        name: &str,
        text: &str,
        span: Span,
        message: String,
        severity: Severity,
        confidence: Confidence,
    ) {
        let whole = self.blob.bytes.get(span.range()).unwrap_or_default();
        let at = memchr::memmem::find(whole, text.as_bytes()).filter(|_| !text.is_empty());
        let place = match at {
            Some(at) => Span::new(span.start + at, span.start + at + text.len()),
            // Written with escapes.
            None if span.end >= span.start + 2 => Span::new(span.start + 1, span.end - 1),
            None => span,
        };
        if place.end > place.start && self.seen.insert(place.start) {
            self.to.secret(place, message, severity, confidence);
            self.to.by_format();
            if let (Some(_), Some(around)) = (at, self.expands) {
                self.fix(name, place, around);
            }
        }
    }

    /// Adds a fix to the last finding that puts a variable reference at `place`.
    fn fix(&mut self, name: &str, place: Span, [open, close]: [&str; 2]) {
        const WHAT: &str = "reference a variable; set it where the agent starts, and revoke the value";
        let before = self.blob.bytes.get(..place.start).unwrap_or_default();
        let behind = self.blob.bytes.get(place.end..).unwrap_or_default();
        let is_default = before.ends_with(b":-") || before.ends_with(b":=");
        let edit = if is_default && behind.starts_with(b"}") {
            // The variable is already referenced.
            Edit { span: Span::new(place.start - 2, place.end), text: String::new() }
        } else {
            Edit { span: place, text: format!("{open}{}{close}", self.variable(name)) }
        };
        self.to.fix(WHAT, edit);
    }

    /// The variable for `name`: the name itself if it is a variable name, otherwise one with the name of the server.
    fn variable(&self, name: &str) -> String {
        let is_sign = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        if name.starts_with(|c: char| c.is_ascii_uppercase()) && name.bytes().all(is_sign) {
            return name.to_owned();
        }
        let upper = |text: &str| -> String {
            let sign = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
            text.chars().take(40).map(sign).collect()
        };
        let lower = name.to_ascii_lowercase();
        let what = match lower.as_str() {
            "" | "authorization" | "proxy-authorization" | "bearer" | "token" => "TOKEN".to_owned(),
            _ => upper(name),
        };
        let server = upper(&self.server);
        let server = server.trim_matches(|c: char| c == '_' || c.is_ascii_digit());
        if server.is_empty() { format!("MCP_{what}") } else { format!("{server}_{what}") }
    }

    /// Reports references that `client` does not expand.
    fn references(&mut self, map: Value<'_>, client: Client) {
        for (key, value) in map.entries() {
            let (Some(name), Some(text)) = (key.text(), value.text()) else { continue };
            let text = assigned::bare(text.trim().as_bytes());
            let Some(syntax) = syntax(text).filter(|_| announced(name).is_some()) else { continue };
            let (who, takes): (&str, &[Syntax]) = match client {
                Client::Claude => ("Claude Code", &[Syntax::Brace]),
                Client::VsCode => ("Visual Studio Code", &[Syntax::Env, Syntax::Input]),
                Client::OpenCode => ("opencode", &[Syntax::Single]),
                Client::Codex => ("Codex", &[]),
                Client::Roo => ("the agent", &[Syntax::Env]),
                _ => continue,
            };
            if !takes.contains(&syntax) && self.seen.insert(value.span().start) {
                let name = names::quoted(name.as_bytes(), "a setting");
                let message = format!(
                    "{name} references a variable in a syntax that {who} does not expand: the server receives it literally"
                );
                self.to.weighed(value.span(), message, Severity::Low);
                self.to.remedy("use the agent's syntax for variables; see its documentation");
            }
        }
    }
}

/// The syntax of variable references of `client` in server settings.
const fn expands(client: Client) -> Option<[&'static str; 2]> {
    match client {
        Client::Claude | Client::Gemini | Client::Kiro => Some(["${", "}"]),
        Client::VsCode | Client::Cursor | Client::Roo => Some(["${env:", "}"]),
        Client::OpenCode => Some(["{env:", "}"]),
        Client::Codex | Client::Other => None,
    }
}

/// How a reference to a variable is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syntax {
    /// `${NAME}`
    Brace,
    /// `${env:NAME}`
    Env,
    /// `${input:name}`
    Input,
    /// `$NAME`
    Dollar,
    /// `{env:NAME}`
    Single,
    /// `%NAME%`
    Percent,
}

fn syntax(text: &[u8]) -> Option<Syntax> {
    let is_name = |name: &[u8]| {
        !name.is_empty()
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let of = |start: &[u8], end: &[u8]| {
        text.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).is_some_and(is_name)
    };
    let forms: [(&[u8], &[u8], Syntax); 6] = [
        (b"${env:", b"}", Syntax::Env),
        (b"${input:", b"}", Syntax::Input),
        (b"${", b"}", Syntax::Brace),
        (b"{env:", b"}", Syntax::Single),
        (b"%", b"%", Syntax::Percent),
        (b"$", b"", Syntax::Dollar),
    ];
    forms.into_iter().find(|(start, end, _)| of(start, end)).map(|(.., syntax)| syntax)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 80
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// The kind of secret that a name announces, header names included.
fn announced(name: &str) -> Option<Announced> {
    let lower = name.to_ascii_lowercase();
    if matches!(lower.as_str(), "authorization" | "proxy-authorization" | "cookie" | "bearer") {
        return Some(Announced::Secret);
    }
    names::announced_by_variable(name.as_bytes())
}
