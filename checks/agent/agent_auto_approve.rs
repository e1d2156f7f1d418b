//! `agent-auto-approve`: settings with which an agent runs everything unasked.

use crate::engine::repository::Repository;
use crate::engine::repository::approval::approvals;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "agent-auto-approve",
        title: "agent that asks for nothing",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Agent,
        remedy: "take the setting out, or name the commands and tools that need no approval one by one",
        docs: r#"
## What it does
Reports settings in the repository with which a coding agent runs everything, any command, or each tool of a server
without asking:

- Claude Code: `enableAllProjectMcpServers`, `defaultMode: bypassPermissions`, `Bash(*)` or `*` among what is allowed;
- Visual Studio Code: `chat.tools.global.autoApprove`, `chat.permissions.default`, a pattern in
  `chat.tools.terminal.autoApprove` that every command fits;
- Gemini and Qwen: `trust` of a server, the mode `yolo`, `run_shell_command` among what is allowed;
- Codex: `sandbox_mode = "danger-full-access"` with `approval_policy = "never"`;
- Roo, Kilo, Cline, Kiro: `alwaysAllow` or `autoApprove` with `*`, lists of commands with `*`;
- opencode: `permission: allow`, also for all tools or any command;
- Amp, Zed, Cursor, Windsurf, aider: the like;
- any of them: rules that allow more than they say, which are `medium` and one finding: programs that run any other, such
  as `Bash(sudo:*)` and `Bash(npx:*)`, any package (`Bash(npm install:*)`), any address (`WebFetch`), and files outside of
  the repository (`Write(~/**)`);
- tasks and scripts that start an agent with `--dangerously-skip-permissions` or `--yolo` (`medium`).

## Why is this bad
The setting counts for whoever opens the repository. A text that the agent reads, an issue, a web page or a file of a
dependency, then runs commands on that machine.

## Example
```json
{"chat.tools.global.autoApprove": true}
```

## Use instead
```json
{"chat.tools.terminal.autoApprove": {"cargo test": true}}
```

## Known problems
Some of these agents ask whether a folder is trusted before they read its settings, and some ignore a setting that the
user has turned off.

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
                reported.practice(item, "rules let agents do more than they say");
            }
        }
    }
}
