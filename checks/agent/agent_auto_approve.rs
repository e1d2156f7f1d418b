//! `agent-auto-approve`: settings that let an agent run everything without approval.

use crate::engine::repository::Repository;
use crate::engine::repository::approval::approvals;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "agent-auto-approve",
        title: "agent that runs commands without approval",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Agent,
        remedy: "remove the setting, or list the commands and tools that need no approval",
        docs: r#"
## What it does
Reports settings in the repository that let a coding agent run everything, any command, or every tool of a server
without asking:

- Claude Code: `enableAllProjectMcpServers`, `defaultMode: bypassPermissions`, `Bash(*)` or `*` in the allow list;
- Visual Studio Code: `chat.tools.global.autoApprove`, `chat.permissions.default`, a pattern in
  `chat.tools.terminal.autoApprove` that matches every command;
- Gemini and Qwen: `trust` of a server, the mode `yolo`, `run_shell_command` in the allow list;
- Codex: `sandbox_mode = "danger-full-access"` with `approval_policy = "never"`;
- Roo, Kilo, Cline, Kiro: `alwaysAllow` or `autoApprove` with `*`, lists of commands with `*`;
- opencode: `permission: allow`, also for all tools or any command;
- Amp, Zed, Cursor, Windsurf, aider: equivalent settings;
- any of them: rules that allow more than they seem to, all as one `medium` finding: programs that run any other, such
  as `Bash(sudo:*)` and `Bash(npx:*)`, any package (`Bash(npm install:*)`), any URL (`WebFetch`), and files outside the repository (`Write(~/**)`);
- tasks and scripts that start an agent with `--dangerously-skip-permissions` or `--yolo` (`medium`).

## Why is this bad
The setting applies to everyone who opens the repository. Text that the agent reads, such as an issue, a web page or a
file of a dependency, can then run commands on that machine.

## Example
```json
{"chat.tools.global.autoApprove": true}
```

## Use instead
```json
{"chat.tools.terminal.autoApprove": {"cargo test": true}}
```

## Known problems
Some of these agents ask whether a folder is trusted before they read its settings, and some ignore settings that the
user has disabled.

## References
- <https://code.claude.com/docs/en/settings>
- <https://code.visualstudio.com/docs/copilot/agents/agent-tools>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Settings, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.settings.files {
        for found in approvals(file) {
            let reported = reports.span(&file.path, found.span, found.what).severity(found.severity);
            if let Some(item) = found.item {
                reported.note(format!("`{item}`"));
                reported.practice(item, "rules let agents do more than they seem to");
            }
        }
    }
}
