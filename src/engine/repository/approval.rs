//! Settings that let an agent do everything without approval.

use super::settings::{Configuration, dotted, is_true, walk};
use crate::model::{Severity, Span};
use crate::parse::agent::{Client, Kind};
use crate::parse::yaml::Value;

/// A setting that removes approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Where it stands.
    pub span: Span,
    /// The setting, and what it does: "`trust` runs each tool of this server unasked".
    pub what: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about, if it is one of many of its kind.
    pub item: Option<String>,
}

const ALL: &str = "lets the agent run everything without approval";
const SHELL: &str = "lets the agent run any command without approval";
const TOOLS: &str = "runs every tool of a server without approval";
const SERVERS: &str = "starts every server in this repository without approval";

/// Settings of Visual Studio Code that approve all at once where they are `true`.
const EDITOR_SWITCHES: [&str; 9] = [
    "chat.tools.global.autoApprove",
    "chat.tools.autoApprove",
    "chat.tools.terminal.autoApprove",
    "chat.agent.autoApprove",
    "github.copilot.chat.agent.autoApprove",
    "claudeCode.allowDangerouslySkipPermissions",
    "geminicodeassist.agentYoloMode",
    "amp.dangerouslyAllowAll",
    "chat.tools.urls.autoApprove",
];
/// Those that do where they are one of these texts.
const EDITOR_MODES: [(&str, &[&str]); 5] = [
    ("chat.permissions.default", &["autoApprove", "autopilot", "bypass", "bypassApprovals", "allowAll"]),
    ("claudeCode.initialPermissionMode", &["bypassPermissions"]),
    ("claude-code.initialPermissionMode", &["bypassPermissions"]),
    ("windsurf.cascadeAutoExecutionPolicy", &["turbo", "always"]),
    ("windsurf.autoExecutionPolicy", &["turbo", "always"]),
];
/// Those with patterns of what is approved.
const EDITOR_PATTERNS: [&str; 3] = [
    "chat.tools.terminal.autoApprove",
    "github.copilot.chat.agent.terminal.allowList",
    "chat.tools.urls.autoApprove",
];
/// Those with lists of commands that are approved.
const EDITOR_LISTS: [&str; 6] = [
    "roo-cline.allowedCommands",
    "kilo-code.allowedCommands",
    "zoo-code.allowedCommands",
    "kiroAgent.trustedCommands",
    "windsurf.cascadeCommandsAllowList",
    "cline.allowedCommands",
];

/// Settings of agents that approve all at once where they are `true`.
const SWITCHES: [(&str, &str); 15] = [
    ("enableAllProjectMcpServers", SERVERS),
    ("dangerouslySkipPermissions", ALL),
    ("amp.dangerouslyAllowAll", ALL),
    ("dangerouslyAllowAll", ALL),
    ("always_allow_tool_actions", ALL),
    ("yolo", ALL),
    ("yoloMode", ALL),
    ("autoApproveAll", ALL),
    ("alwaysAllowAll", TOOLS),
    ("autoApproveTools", TOOLS),
    ("trustAllTools", TOOLS),
    ("trustTools", TOOLS),
    ("alwaysAllow", TOOLS),
    ("always_allow", TOOLS),
    ("autoApprove", TOOLS),
];
/// Those that do where they are one of these texts.
const MODES: [(&str, &[&str], &str); 12] = [
    ("defaultMode", &["bypassPermissions"], ALL),
    ("permissionMode", &["bypassPermissions"], ALL),
    ("permission-mode", &["bypassPermissions"], ALL),
    ("approvalMode", &["yolo", "never"], ALL),
    ("defaultApprovalMode", &["yolo"], ALL),
    ("approval-mode", &["yolo"], ALL),
    ("approval_mode", &["yolo"], ALL),
    ("default_tools_approval_mode", &["approve", "auto", "never"], TOOLS),
    ("autonomyMode", &["auto-high", "skip-permissions-unsafe"], ALL),
    ("autonomyLevel", &["auto-high", "high", "skip-permissions-unsafe"], ALL),
    ("alwaysAllow", &["*", "all"], TOOLS),
    ("autoApprove", &["*", "all"], TOOLS),
];
/// Those with lists, in which one word stands for all.
const LISTS: [(&str, &str); 12] = [
    ("alwaysAllow", TOOLS),
    ("always_allow", TOOLS),
    ("autoApprove", TOOLS),
    ("auto_approve", TOOLS),
    ("autoAllow", TOOLS),
    ("allowedTools", SHELL),
    ("allowed_tools", SHELL),
    ("terminalAllowlist", SHELL),
    ("mcpAllowlist", TOOLS),
    ("commandAllowlist", SHELL),
    ("allowedCommands", SHELL),
    ("trustedCommands", SHELL),
];
/// Options with which an agent asks nothing.
const FLAGS: [&str; 4] = [
    "--dangerously-skip-permissions",
    "--dangerously-bypass-approvals-and-sandbox",
    "--yolo",
    "--allow-all-tools",
];

/// What of `file` lets an agent do everything unasked.
#[must_use]
pub fn approvals(file: &Configuration) -> Vec<Approval> {
    let root = file.document.root();
    let mut all = Vec::new();
    match file.kind {
        Kind::Editor => editor(root, &mut all),
        Kind::Workspace => {
            root.get("settings").into_iter().for_each(|settings| editor(settings, &mut all));
        }
        Kind::Container => {
            let settings = dotted(root, "customizations.vscode.settings").or_else(|| root.get("settings"));
            settings.into_iter().for_each(|settings| editor(settings, &mut all));
            flags(root, &mut all);
        }
        Kind::Tasks => flags(root, &mut all),
        Kind::Package => root.get("scripts").into_iter().for_each(|scripts| flags(scripts, &mut all)),
        Kind::Agent(client) => agent(client, file, &mut all),
        Kind::Build => {}
    }
    all
}

fn push(all: &mut Vec<Approval>, value: Value<'_>, key: &str, what: &str) {
    let what = format!("`{key}` {what}");
    all.push(Approval { span: value.span(), what, severity: Severity::High, item: None });
}

fn editor(settings: Value<'_>, all: &mut Vec<Approval>) {
    for key in EDITOR_SWITCHES {
        if let Some(value) = dotted(settings, key).filter(|value| is_true(*value)) {
            push(
                all,
                value,
                key,
                if key.contains("urls") { "fetches any URL without approval" } else { ALL },
            );
        }
    }
    for (key, modes) in EDITOR_MODES {
        let value = dotted(settings, key);
        if let Some(value) = value.filter(|value| value.text().is_some_and(|text| modes.contains(&text))) {
            push(all, value, key, ALL);
        }
    }
    for key in EDITOR_PATTERNS {
        for (pattern, value) in dotted(settings, key).into_iter().flat_map(Value::entries) {
            let is_on = is_true(value) || value.get("approve").is_some_and(is_true);
            if is_on && pattern.text().is_some_and(is_blanket) {
                push(
                    all,
                    pattern,
                    key,
                    if key.contains("urls") { "fetches any URL without approval" } else { SHELL },
                );
            }
        }
    }
    for (pattern, value) in
        dotted(settings, "chat.tools.edits.autoApprove").into_iter().flat_map(Value::entries)
    {
        let is_own = pattern.text().is_some_and(|text| text.contains(".vscode"));
        if is_own && is_true(value) {
            push(
                all,
                pattern,
                "chat.tools.edits.autoApprove",
                "lets the agent change editor settings without approval",
            );
        }
    }
    for key in EDITOR_LISTS {
        let items = dotted(settings, key).into_iter().flat_map(Value::items);
        for item in items.filter(|item| item.text().is_some_and(|text| matches!(text, "*" | ".*" | ""))) {
            push(all, item, key, SHELL);
        }
    }
}

/// True for a pattern that everything fits.
fn is_blanket(pattern: &str) -> bool {
    let inner = match pattern.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) {
        Some((inner, flags)) if flags.bytes().all(|byte| byte.is_ascii_lowercase()) => inner,
        _ => {
            return !pattern.is_empty()
                && pattern.bytes().all(|byte| matches!(byte, b'*' | b'?' | b'/' | b'.'))
                && pattern.contains('*')
                || matches!(pattern, "https://*" | "http://*" | "https://**" | "*://*");
        }
    };
    let bare: String = inner.chars().filter(|c| !matches!(c, '^' | '$' | '(' | ')' | '?' | ':')).collect();
    matches!(
        bare.as_str(),
        "" | "." | ".*" | ".+" | "[\\s\\S]*" | "[\\s\\S]+" | "[^]*" | "\\S" | "\\S+" | ".*.*"
    )
}

fn agent(client: Client, file: &Configuration, all: &mut Vec<Approval>) {
    let root = file.document.root();
    let servers = file.servers();
    let is_aider = file.path.file_name().starts_with(b".aider");
    walk(root, &mut |map, _| {
        for (key, value) in map.entries() {
            let key = key.text().unwrap_or("");
            if let Some((_, what)) =
                SWITCHES.iter().find(|(known, _)| *known == key).filter(|_| is_true(value))
            {
                push(all, value, key, what);
            }
            let text = value.text().unwrap_or("");
            if let Some((.., what)) =
                MODES.iter().find(|(known, modes, _)| *known == key && modes.contains(&text))
            {
                push(all, value, key, what);
            }
            if let Some((_, what)) = LISTS.iter().find(|(known, _)| *known == key) {
                let blanket =
                    value.items().find(|item| item.text().is_some_and(|text| is_any(text) || is_shell(text)));
                blanket.into_iter().for_each(|item| push(all, item, key, what));
                value.items().for_each(|item| broad(item.text().unwrap_or(""), item.span(), all));
            }
            match key {
                "allow" | "allowed" => {
                    for item in value.items().filter(|item| item.text().is_some_and(is_shell)) {
                        push(all, item, key, SHELL);
                    }
                    value.items().for_each(|item| broad(item.text().unwrap_or(""), item.span(), all));
                }
                "allowed-tools" => allowed(value, all),
                "trust"
                    if client == Client::Gemini
                        && is_true(value)
                        && servers.iter().any(|server| server.value.span() == map.span()) =>
                {
                    push(all, value, key, TOOLS);
                }
                "yes-always" if is_aider && is_true(value) => push(all, value, key, ALL),
                "permission" | "permissions" if client == Client::OpenCode => opencode(key, value, all),
                "permission" if file.path.as_bytes().windows(9).any(|part| part == b".opencode") => {
                    opencode(key, value, all)
                }
                "amp.permissions" => {
                    for rule in value.items() {
                        let is = |key: &str, texts: &[&str]| {
                            rule.get(key).and_then(Value::text).is_some_and(|text| texts.contains(&text))
                        };
                        if is("action", &["allow"])
                            && is("tool", &["*", "Bash"])
                            && rule.get("matches").is_none()
                        {
                            push(all, rule, key, SHELL);
                        }
                    }
                }
                "tool_permissions" => {
                    let default = value.get("default").filter(|value| value.text() == Some("allow"));
                    default.into_iter().for_each(|value| push(all, value, "tool_permissions.default", ALL));
                }
                "sandbox_mode" if text == "danger-full-access" => {
                    let policy = map.get("approval_policy").or_else(|| root.get("approval_policy"));
                    if policy.and_then(Value::text) == Some("never") {
                        push(
                            all,
                            value,
                            key,
                            "lets the agent run everything outside a sandbox, without approval",
                        );
                    }
                }
                _ => {}
            }
        }
    });
}

/// True for what stands for each tool.
fn is_any(text: &str) -> bool {
    matches!(text, "*" | "all" | "*:*" | ".*" | "@*")
}

/// True for a rule that allows any command.
fn is_shell(text: &str) -> bool {
    let text = text.trim();
    if is_any(text)
        || matches!(text, "run_shell_command" | "ShellTool" | "execute_bash" | "execute_cmd" | "shell")
    {
        return true;
    }
    let (tool, rule) =
        text.split_once('(').map_or((text, "*"), |(tool, rule)| (tool, rule.trim_end_matches(')')));
    let is_tool =
        matches!(tool, "Bash" | "Shell" | "PowerShell" | "Terminal" | "run_shell_command" | "ShellTool");
    is_tool && !rule.is_empty() && rule.bytes().all(|byte| matches!(byte, b'*' | b':' | b' ' | b'.'))
}

/// Programs that run any other one, or fetch it.
const BROAD: [&str; 23] = [
    "sudo",
    "su",
    "doas",
    "bash",
    "sh",
    "zsh",
    "pwsh",
    "powershell",
    "cmd",
    "eval",
    "xargs",
    "ssh",
    "npx",
    "bunx",
    "pnpx",
    "uvx",
    "curl",
    "wget",
    "python",
    "python3",
    "node",
    "perl",
    "osascript",
];
/// Commands that run what comes with a package, whichever it is.
const INSTALLERS: [&str; 14] = [
    "npm install",
    "npm i",
    "npm exec",
    "pnpm add",
    "pnpm install",
    "pnpm dlx",
    "yarn add",
    "yarn dlx",
    "bun add",
    "pip install",
    "pip3 install",
    "uv pip install",
    "pipx run",
    "gem install",
];
/// Folders outside of a repository in which keys are, and what runs by itself.
const OUTSIDE: [&str; 9] = ["/etc", "/root", "/home", "/Users", "/usr", "/var", "~", "$HOME", "//"];

/// Notes a rule that allows more than it says: such a program whatever it is given (`Bash(sudo:*)`), files outside of
/// the repository (`Write(~/**)`), any address (`WebFetch(domain:*)`).
fn broad(rule: &str, span: Span, all: &mut Vec<Approval>) {
    let mut note = |what: String, item: &str| {
        let item = Some(item.to_owned());
        all.push(Approval { span, what, severity: Severity::Medium, item });
    };
    let rule = rule.trim();
    let (tool, inner) =
        rule.split_once('(').map_or((rule, ""), |(tool, rest)| (tool, rest.trim_end_matches(')')));
    match tool {
        "Bash" | "Shell" | "PowerShell" | "run_shell_command" => {
            let Some(command) = [":*", " *"].iter().find_map(|end| inner.trim().strip_suffix(end)) else {
                return;
            };
            let command = command.strip_suffix(" -y").unwrap_or(command).trim();
            if BROAD.contains(&command) {
                let what = format!(
                    "a rule lets the agent run `{command}`, and through it any program, without approval"
                );
                note(what, command);
            } else if INSTALLERS.contains(&command) {
                let what = format!(
                    "a rule lets the agent run `{command}`, and through it code of any package, without approval"
                );
                note(what, command);
            }
        }
        "WebFetch" if matches!(inner.trim(), "" | "*" | "domain:*") => {
            note("a rule lets the agent fetch any URL without approval".to_owned(), tool);
        }
        "Read" | "Edit" | "Write" | "MultiEdit" | "Glob" | "Grep" => {
            let path = inner.trim();
            let is_within = |folder: &str| {
                path.strip_prefix(folder).is_some_and(|rest| {
                    folder.ends_with('/') || rest.is_empty() || rest.starts_with(['/', '*'])
                })
            };
            if path == "/**"
                || path == "/*"
                || path.starts_with("../")
                || OUTSIDE.iter().any(|one| is_within(one))
            {
                let what =
                    format!("a rule lets the agent use `{tool}` outside the repository without approval");
                note(what, tool);
            }
        }
        _ => {}
    }
}

/// Tools that instructions may use unasked, as a text or a list.
fn allowed(value: Value<'_>, all: &mut Vec<Approval>) {
    let is_blanket = |text: &str| {
        text.split([',', ' ']).map(str::trim).any(|tool| tool == "*" || tool.contains('(') && is_shell(tool))
    };
    let found = value.items().chain([value]).find(|value| value.text().is_some_and(is_blanket));
    if let Some(value) = found {
        let what = format!("`allowed-tools` {SHELL}");
        all.push(Approval { span: value.span(), what, severity: Severity::Medium, item: None });
    }
    for value in value.items().chain([value]) {
        rules(value.text().unwrap_or("")).for_each(|rule| {
            // To fetch is what skills are for.
            if !rule.starts_with("WebFetch") {
                broad(rule, value.span(), all);
            }
        });
    }
}

/// The rules of a text, which commas part that are in no brackets.
fn rules(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
}

fn opencode(key: &str, value: Value<'_>, all: &mut Vec<Approval>) {
    let allows = |value: &Value<'_>| value.text() == Some("allow");
    if allows(&value) {
        return push(all, value, key, ALL);
    }
    if let Some(value) = value.get("*").filter(allows) {
        return push(all, value, key, ALL);
    }
    let bash = value.get("bash");
    let bash = bash.filter(allows).or_else(|| bash?.get("*").filter(allows));
    if let Some(value) = bash {
        let what = format!("`{key}` {SHELL}");
        all.push(Approval { span: value.span(), what, severity: Severity::Medium, item: None });
    }
}

/// Looks for commands that start an agent which asks nothing.
fn flags(root: Value<'_>, all: &mut Vec<Approval>) {
    walk(root, &mut |map, _| {
        for (_, value) in map.entries() {
            for value in value.items().chain([value]) {
                let flag = FLAGS.iter().find(|flag| {
                    value.text().is_some_and(|text| text.split_whitespace().any(|word| word == **flag))
                });
                if let Some(flag) = flag {
                    let what = format!("`{flag}` starts an agent that runs everything without approval");
                    all.push(Approval { span: value.span(), what, severity: Severity::Medium, item: None });
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_everything_fits() {
        for pattern in ["/.*/", "/^.*$/s", "/./", "//", "*", "**/*", "https://*", "/^(.*)$/i"] {
            assert!(is_blanket(pattern), "{pattern}");
        }
        for pattern in ["git", "/^git .*/", "npm *", "", "https://example.net/*", "/src/x"] {
            assert!(!is_blanket(pattern), "{pattern}");
        }
        let broad = |rule| {
            let mut all = Vec::new();
            broad(rule, Span::new(0, 1), &mut all);
            all.len()
        };
        for rule in [
            "Bash(sudo:*)",
            "Bash(npx -y *)",
            "Bash(npm install:*)",
            "Bash(python3 *)",
            "WebFetch",
            "WebFetch(domain:*)",
            "Read(~/.ssh/**)",
            "Write(//etc/**)",
            "Edit(../**)",
            "Read(/**)",
        ] {
            assert_eq!(broad(rule), 1, "{rule}");
        }
        for rule in [
            "Bash(npm install)",
            "Bash(npm run:*)",
            "Bash(python3 tool.py *)",
            "WebFetch(domain:example.com)",
            "Read(/src/**)",
            "Write(docs/**)",
            "Read(/etcetera/x)",
            "Read",
        ] {
            assert_eq!(broad(rule), 0, "{rule}");
        }
        for rule in ["*", "Bash", "Bash(*)", "Bash(:*)", "Bash(*:*)", "Shell(**)", "run_shell_command"] {
            assert!(is_shell(rule), "{rule}");
        }
        for rule in ["Bash(git *)", "Bash()", "Read", "mcp__x__*", "Bash(npm run:*)", "Read(*)"] {
            assert!(!is_shell(rule), "{rule}");
        }
    }
}
