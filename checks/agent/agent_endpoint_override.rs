//! `agent-endpoint-override`: settings that lead what an agent sends to another host.

use crate::engine::repository::Repository;
use crate::engine::repository::settings::{Configuration, dotted, walk};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::agent::{Client, Kind};
use crate::parse::host::{self, Whose, whose};
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "agent-endpoint-override",
        title: "agent that is led to another host",
        severity: Severity::High,
        confidence: Confidence::Medium,
        family: Family::Agent,
        remedy: "take the address out of the repository; who needs another one sets it on their own machine",
        docs: r#"
## What it does
Reports settings of agents and editors in the repository that lead the requests of an agent to a host which is not that
of its vendor: `ANTHROPIC_BASE_URL`, `OPENAI_BASE_URL`, `GOOGLE_GEMINI_BASE_URL` and their like, `HTTPS_PROXY`, the
`baseURL` of a vendor in opencode, Copilot's proxy. Hosts that are known to serve models are `medium`; the same machine
and variables are not reported.

## Why is this bad
The agent sends its key, and all that it reads, to that host, for whoever opens the repository. The host answers in the
place of the model, and says what is run.

## Example
```json
{"env": {"ANTHROPIC_BASE_URL": "https://api.northwind.example.net"}}
```

## Use instead
Nothing: the agent knows the host of its vendor.

## Known problems
A gateway of one's own company is reported as well; allow it with a reason. Codex does not take such a setting from a
repository.

## References
- <https://code.claude.com/docs/en/llm-gateway>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Settings, whole: false, run },
};

/// Variables that say where requests go.
const VARIABLES: [&str; 24] = [
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_API_URL",
    "ANTHROPIC_BEDROCK_BASE_URL",
    "ANTHROPIC_VERTEX_BASE_URL",
    "ANTHROPIC_FOUNDRY_BASE_URL",
    "CLAUDE_CODE_API_BASE_URL",
    "OPENAI_BASE_URL",
    "OPENAI_API_BASE",
    "OPENAI_API_HOST",
    "GOOGLE_GEMINI_BASE_URL",
    "GEMINI_BASE_URL",
    "GEMINI_API_BASE_URL",
    "GOOGLE_VERTEX_BASE_URL",
    "CODE_ASSIST_ENDPOINT",
    "AZURE_OPENAI_ENDPOINT",
    "MISTRAL_BASE_URL",
    "GROQ_BASE_URL",
    "XAI_BASE_URL",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "https_proxy",
    "http_proxy",
    "all_proxy",
];
/// Settings that do.
const SETTINGS: [&str; 10] = [
    "openai_base_url",
    "chatgpt_base_url",
    "openaiBaseUrl",
    "anthropicBaseUrl",
    "amp.url",
    "github.copilot.advanced.debug.overrideProxyUrl",
    "github.copilot.advanced.debug.overrideCAPIUrl",
    "github.copilot.advanced.debug.overrideEngine",
    "http.proxy",
    "claudeCode.baseUrl",
];
/// Vendors whose address a provider of their name has.
const VENDORS: [&str; 8] =
    ["anthropic", "openai", "google", "gemini", "github-copilot", "azure", "amazon-bedrock", "vertex"];
/// Hosts of vendors.
const OWN: [&str; 14] = [
    "anthropic.com",
    "openai.com",
    "claude.com",
    "azure.com",
    "azure.us",
    "amazonaws.com",
    "googleapis.com",
    "google.com",
    "github.com",
    "githubcopilot.com",
    "mistral.ai",
    "groq.com",
    "x.ai",
    "ampcode.com",
];
/// Hosts that serve models of others, or their own under the same interface.
const KNOWN: [&str; 14] = [
    "openrouter.ai",
    "deepseek.com",
    "moonshot.ai",
    "moonshot.cn",
    "z.ai",
    "bigmodel.cn",
    "minimax.io",
    "aliyuncs.com",
    "together.xyz",
    "fireworks.ai",
    "cloudflare.com",
    "vercel.sh",
    "kimi.com",
    "requesty.ai",
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.settings.files {
        let is_looked_at =
            matches!(file.kind, Kind::Agent(_) | Kind::Editor | Kind::Workspace | Kind::Container);
        if is_looked_at {
            judge(file, reports);
        }
    }
}

fn judge(file: &Configuration, reports: &mut Reports<'_>) {
    let root = file.document.root();
    let mut say = |name: &str, value: Value<'_>| {
        let Some((host, severity)) = value.text().and_then(rate) else { return };
        let message = format!("`{name}` leads what an agent sends to `{host}`");
        reports.span(&file.path, value.span(), message).severity(severity);
    };
    walk(root, &mut |map, _| {
        for (key, value) in map.entries() {
            let key = key.text().unwrap_or("");
            // The environment of a server is its own.
            let is_server = file
                .servers()
                .iter()
                .any(|server| server.value.get("env").is_some_and(|env| env.span() == map.span()));
            // Of a container or a terminal a proxy is what its network has.
            let is_proxy = key.to_ascii_lowercase().ends_with("_proxy") && file.client().is_none();
            if VARIABLES.contains(&key) && !is_server && !is_proxy {
                say(key, value);
            }
            let is_provider = VENDORS.contains(&key)
                && matches!(file.kind, Kind::Agent(Client::OpenCode | Client::Codex | Client::Other));
            if is_provider {
                for path in ["options.baseURL", "base_url", "api_url", "baseURL", "apiBase"] {
                    dotted(value, path).into_iter().for_each(|url| say(path, url));
                }
            }
        }
    });
    let settings = match file.kind {
        Kind::Workspace => root.get("settings"),
        Kind::Container => dotted(root, "customizations.vscode.settings"),
        _ => Some(root),
    };
    for key in SETTINGS {
        settings.and_then(|settings| dotted(settings, key)).into_iter().for_each(|value| say(key, value));
    }
}

/// The host of an address that is not that of a vendor, and how bad that is.
fn rate(text: &str) -> Option<(String, Severity)> {
    let host = host::host(text)?.to_ascii_lowercase();
    let ends = |ends: &[&str]| {
        ends.iter().any(|end| host == *end || host.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
    };
    if ends(&OWN) {
        return None;
    }
    let severity = match whose(&host) {
        Whose::Local | Whose::Unknown => return None,
        Whose::Network => Severity::Low,
        Whose::Foreign if ends(&KNOWN) => Severity::Medium,
        Whose::Foreign => Severity::High,
    };
    Some((crate::model::text::escaped(&host), severity))
}
