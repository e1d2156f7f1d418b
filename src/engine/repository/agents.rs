//! Agents in workflows: actions and commands, prompts, allowed users and permissions.

use super::{Repository, Site};
use crate::model::Span;
use crate::parse::script::{Program, programs};
use crate::parse::workflow::{Step, Text};

/// An action that runs an agent.
#[derive(Debug)]
pub struct Kind {
    /// `owner/name`, perhaps with a path.
    actions: &'static [&'static str],
    /// What it is called.
    pub name: &'static str,
    /// Inputs that it reads as instructions.
    prompts: &'static [&'static str],
    /// True if it requires write access by default.
    pub is_gated: bool,
    /// True if it can only answer.
    pub is_mute: bool,
}

const KINDS: [Kind; 12] = [
    Kind {
        actions: &["anthropics/claude-code-base-action", "anthropics/claude-code-action/base-action"],
        name: "Claude Code",
        prompts: &["prompt", "system_prompt", "append_system_prompt", "claude_args"],
        is_gated: false,
        is_mute: false,
    },
    Kind {
        actions: &["anthropics/claude-code-action"],
        name: "Claude Code",
        prompts: &["prompt", "direct_prompt", "override_prompt", "custom_instructions", "claude_args"],
        is_gated: true,
        is_mute: false,
    },
    Kind {
        actions: &["anthropics/claude-code-security-review"],
        name: "Claude Code",
        prompts: &["custom-security-scan-instructions", "false-positive-filtering-instructions"],
        is_gated: false,
        is_mute: true,
    },
    Kind {
        actions: &["google-github-actions/run-gemini-cli", "google-gemini/gemini-cli-action"],
        name: "Gemini CLI",
        prompts: &["prompt"],
        is_gated: false,
        is_mute: false,
    },
    Kind {
        actions: &["openai/codex-action"],
        name: "Codex",
        prompts: &["prompt"],
        is_gated: true,
        is_mute: false,
    },
    Kind {
        actions: &["actions/ai-inference"],
        name: "the model",
        prompts: &["prompt", "system-prompt", "input"],
        is_gated: false,
        is_mute: true,
    },
    Kind {
        actions: &["anomalyco/opencode", "sst/opencode"],
        name: "OpenCode",
        prompts: &["prompt"],
        is_gated: true,
        is_mute: false,
    },
    Kind {
        actions: &["qwenlm/qwen-code-action"],
        name: "Qwen Code",
        prompts: &["prompt"],
        is_gated: false,
        is_mute: false,
    },
    Kind {
        actions: &["github/copilot-cli-action", "austenstone/copilot-cli"],
        name: "Copilot",
        prompts: &["prompt"],
        is_gated: false,
        is_mute: false,
    },
    Kind {
        actions: &["warpdotdev/warp-agent-action", "warpdotdev/oz-agent-action"],
        name: "the agent",
        prompts: &["prompt"],
        is_gated: false,
        is_mute: false,
    },
    Kind {
        actions: &["augmentcode/augment-agent", "sourcegraph/amp-action"],
        name: "the agent",
        prompts: &["prompt", "instruction"],
        is_gated: false,
        is_mute: false,
    },
    Kind {
        actions: &["paul-gauthier/aider-action", "mirrajabi/aider-github-action"],
        name: "aider",
        prompts: &["prompt", "aider_args"],
        is_gated: false,
        is_mute: false,
    },
];

/// Commands that run an agent: the program, and the words one of which has to follow.
const COMMANDS: [(&str, &str, &[&str]); 12] = [
    ("claude", "Claude Code", &["-p", "--print"]),
    ("gemini", "Gemini CLI", &["-p", "--prompt", "-y", "--yolo"]),
    ("codex", "Codex", &["exec", "e"]),
    ("opencode", "OpenCode", &["run"]),
    ("copilot", "Copilot", &["-p", "--prompt"]),
    ("cursor-agent", "Cursor", &["-p", "--print"]),
    ("qwen", "Qwen Code", &["-p", "--prompt"]),
    ("aider", "aider", &["-m", "--message"]),
    ("amp", "Amp", &["-x", "--execute"]),
    ("q", "Amazon Q", &["chat"]),
    ("llm", "the model", &["-s", "-t", "prompt"]),
    ("goose", "goose", &["run"]),
];

/// Options that let an agent run any command without approval.
const FREE: [&str; 12] = [
    "--dangerously-skip-permissions",
    "--permission-mode bypassPermissions",
    "--permission-mode=bypassPermissions",
    "--yolo",
    "--approval-mode yolo",
    "--approval-mode=yolo",
    "--dangerously-bypass-approvals-and-sandbox",
    "danger-full-access",
    "--allow-all-tools",
    "--force",
    "--trust-all-tools",
    "--yes-always",
];

/// An agent that a step runs.
#[derive(Debug)]
pub struct Agent<'a> {
    /// What it is called.
    pub name: &'static str,
    /// True if it rejects strangers by itself.
    pub is_gated: bool,
    /// True if it can do nothing but answer.
    pub is_mute: bool,
    /// The texts that it reads as instructions, or that name its settings.
    pub texts: Vec<&'a Text>,
    /// Where it is named.
    pub span: Span,
    /// The setting that lets it run any command, and its place.
    pub free: Option<(String, Span)>,
}

impl Repository {
    /// The agent that the step at `site` runs.
    #[must_use]
    pub fn agent<'a>(&self, site: Site<'a>) -> Option<Agent<'a>> {
        let step = site.step?;
        match (&step.uses, &step.run) {
            (Some(uses), _) => {
                let kind = KINDS.iter().find(|kind| step.uses_any(kind.actions))?;
                let is_free = step.input("enable-github-mcp").is_some_and(|text| text.text.trim() == "true");
                Some(Agent {
                    name: kind.name,
                    is_gated: kind.is_gated,
                    is_mute: kind.is_mute && !is_free,
                    texts: kind.prompts.iter().filter_map(|name| step.input(name)).collect(),
                    span: uses.span,
                    free: free_inputs(step),
                })
            }
            (None, Some(run)) => {
                let (name, program) = command(run)?;
                let line = run.text[program.at..].split('\n').next().unwrap_or("").trim_end();
                let span = site.locate(run, program.at..program.at + line.len());
                let free = FREE
                    .iter()
                    .find(|free| program.rest.contains(*free) && (**free != "--force" || name == "Cursor"));
                Some(Agent {
                    name,
                    is_gated: false,
                    is_mute: name == "the model",
                    texts: vec![run],
                    span,
                    free: free
                        .map(|free| (free.to_string(), span))
                        .or_else(|| any_shell(program.rest).map(|tool| (tool, span))),
                })
            }
            (None, None) => None,
        }
    }
}

/// The command of a script that runs an agent.
#[must_use]
pub fn command(run: &Text) -> Option<(&'static str, Program<'_>)> {
    let may_be = |(program, _, words): &(&str, &str, &[&str])| {
        run.text.contains(program) && words.iter().any(|word| run.text.contains(word))
    };
    if !COMMANDS.iter().any(may_be) {
        return None;
    }
    programs(&run.text).find_map(|program| {
        let name = |program: &Program<'_>| {
            let base = program.base().split('@').next().unwrap_or("").to_owned();
            COMMANDS.iter().find(|(known, ..)| *known == base)
        };
        // `npx -y @anthropic-ai/claude-code -p …`
        let known = match program.base() {
            "npx" | "bunx" | "pnpx" => {
                let package = program.words().find(|word| !word.starts_with('-'))?;
                let known = ["claude-code", "gemini-cli", "codex", "opencode-ai", "copilot"];
                let at = known
                    .iter()
                    .position(|name| package.split('@').any(|part| part.rsplit('/').next() == Some(name)))?;
                &COMMANDS[at]
            }
            _ => name(&program)?,
        };
        program.words().any(|word| known.2.contains(&word)).then_some((known.1, program))
    })
}

/// What the inputs of an agent's action say of tools that run any command.
fn free_inputs(step: &Step) -> Option<(String, Span)> {
    const INPUTS: [&str; 12] = [
        "claude_args",
        "allowed_tools",
        "allowed-tools",
        "settings",
        "codex-args",
        "sandbox",
        "safety-strategy",
        "gemini_args",
        "settings_json",
        "permission_mode",
        "args",
        "claude_env",
    ];
    let entries =
        step.with.iter().filter(|entry| INPUTS.iter().any(|name| entry.name.eq_ignore_ascii_case(name)));
    for entry in entries {
        let text = &entry.value.text;
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(free) = FREE.iter().find(|free| **free != "--force" && flat.contains(*free)) {
            return Some((free.to_string(), entry.value.span));
        }
        let is_unsafe = entry.name.eq_ignore_ascii_case("safety-strategy") && text.trim() == "unsafe";
        let is_bypass = flat.contains("bypassPermissions")
            || flat.contains("\"yolo\"")
            || flat.contains("\"approvalMode\": \"yolo\"");
        if is_unsafe || is_bypass {
            let what = if is_unsafe {
                format!("safety-strategy: {}", text.trim())
            } else {
                "a mode without approval".to_owned()
            };
            return Some((what, entry.value.span));
        }
        let is_list = entry.name.to_ascii_lowercase().starts_with("allowed");
        let is_core = entry.name.eq_ignore_ascii_case("settings") && flat.contains("run_shell_command\"");
        if is_core {
            return Some(("run_shell_command".to_owned(), entry.value.span));
        }
        if is_list && lists_shell(text) || !is_list && any_shell(text).is_some() {
            return Some(("Bash".to_owned(), entry.value.span));
        }
    }
    None
}

/// A tool among those that are allowed in arguments or settings which runs any command of a shell.
fn any_shell(text: &str) -> Option<String> {
    let flag = ["--allowedTools", "--allowed-tools", "\"allow\"", "--allow-tool"];
    let at = flag.iter().find_map(|flag| text.find(flag).map(|at| at + flag.len()))?;
    let list: String = text[at..].chars().take(2000).collect();
    // A list ends where the next option starts.
    let end = list.find(" --").or_else(|| list.find("\n--")).unwrap_or(list.len());
    lists_shell(&list[..end]).then(|| "Bash".to_owned())
}

/// True if `Bash`, without what it is restrained to, is in a list.
fn lists_shell(list: &str) -> bool {
    let parts = list.split(|c: char| c.is_whitespace() || matches!(c, ',' | '"' | '\'' | '[' | ']' | '='));
    parts
        .into_iter()
        .any(|part| matches!(part, "Bash" | "Bash(*)" | "Bash(*:*)" | "Bash(:*)" | "*" | "shell"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_known_by_their_commands() {
        let named = |script: &str| command(&Text::new(script)).map(|(name, _)| name);
        assert_eq!(named("cat x | claude -p \"$TITLE\""), Some("Claude Code"));
        assert_eq!(named("npx -y @google/gemini-cli@latest -p x"), Some("Gemini CLI"));
        assert_eq!(named("codex exec --full-auto x"), Some("Codex"));
        assert_eq!(named("claude --version; gemini mcp list; echo codex exec"), None);
    }

    #[test]
    fn tools_that_run_any_command_are_known() {
        assert!(any_shell("--allowedTools \"Bash,Read\" --model x").is_some());
        assert!(any_shell("--allowed-tools Bash(gh pr:*),Read").is_none());
        assert!(any_shell("--model Bash").is_none());
    }
}
