//! Files that coding agents and editors read, by path: settings, servers, and instructions.
//!
//! Any directory of a repository may be opened as a root, so paths match at any depth.

use super::document::Format;

/// The program that reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Client {
    /// Claude Code.
    Claude,
    /// Visual Studio Code, with Copilot.
    VsCode,
    /// Cursor.
    Cursor,
    /// Codex.
    Codex,
    /// Gemini CLI, and its fork Qwen Code.
    Gemini,
    /// opencode.
    OpenCode,
    /// Roo Code, Kilo Code and Cline.
    Roo,
    /// Kiro, and its predecessor Amazon Q.
    Kiro,
    /// Another one.
    Other,
}

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Settings of an agent: servers, hooks, permissions.
    Agent(Client),
    /// Settings of Visual Studio Code: `.vscode/settings.json`.
    Editor,
    /// A workspace of Visual Studio Code: settings, tasks and servers.
    Workspace,
    /// Tasks of Visual Studio Code.
    Tasks,
    /// A development container.
    Container,
    /// A package manifest with scripts: `package.json`, `composer.json`.
    Package,
    /// A node-gyp build.
    Build,
}

/// Directories with agent settings, and their clients.
const FOLDERS: [(&str, Client); 24] = [
    (".claude", Client::Claude),
    (".claude-plugin", Client::Claude),
    (".cursor", Client::Cursor),
    (".cursor-plugin", Client::Cursor),
    (".codex", Client::Codex),
    (".gemini", Client::Gemini),
    (".qwen", Client::Gemini),
    (".opencode", Client::OpenCode),
    (".roo", Client::Roo),
    (".kilocode", Client::Roo),
    (".cline", Client::Roo),
    (".kiro", Client::Kiro),
    (".amazonq", Client::Kiro),
    (".windsurf", Client::Other),
    (".codeium", Client::Other),
    (".zed", Client::Other),
    (".amp", Client::Other),
    (".junie", Client::Other),
    (".continue", Client::Other),
    (".factory", Client::Other),
    (".augment", Client::Other),
    (".trae", Client::Other),
    (".copilot", Client::Other),
    (".rovodev", Client::Other),
];
/// Directories in these with more settings.
const INNER: [&str; 8] =
    ["settings", "agents", "hooks", "mcp", "cli-agents", "mcpServers", "windsurf", "permissions"];
/// Unambiguous file names.
const NAMES: [(&str, Client); 20] = [
    (".mcp.json", Client::Claude),
    (".mcp.jsonc", Client::Claude),
    (".claude.json", Client::Claude),
    ("claude_desktop_config.json", Client::Claude),
    ("mcp.json", Client::Other),
    ("mcp.jsonc", Client::Other),
    ("mcp_config.json", Client::Other),
    ("mcp-config.json", Client::Other),
    ("mcp_settings.json", Client::Other),
    ("mcp-settings.json", Client::Other),
    ("mcp_servers.json", Client::Other),
    ("mcp-servers.json", Client::Other),
    ("mcpServers.json", Client::Other),
    ("cline_mcp_settings.json", Client::Roo),
    ("opencode.json", Client::OpenCode),
    ("opencode.jsonc", Client::OpenCode),
    ("gemini-extension.json", Client::Gemini),
    (".continuerc.json", Client::Other),
    (".aider.conf.yml", Client::Other),
    (".aider.conf.yaml", Client::Other),
];
/// Directories of vendored code.
const VENDORED: [&[u8]; 7] = [
    b"node_modules",
    b"bower_components",
    b"vendor",
    b"third_party",
    b"third-party",
    b"site-packages",
    b"jspm_packages",
];

fn parts(path: &[u8]) -> (impl DoubleEndedIterator<Item = &[u8]> + Clone, &[u8]) {
    let at = memchr::memrchr(b'/', path);
    let (folder, name) = at.map_or((&path[..0], path), |at| (&path[..at], &path[at + 1..]));
    (folder.split(|byte| *byte == b'/'), name)
}

fn is_vendored<'a>(mut folders: impl Iterator<Item = &'a [u8]>) -> bool {
    folders.any(|folder| VENDORED.contains(&folder))
}

/// The kind and format of the file at `path`; `None` for almost all files.
#[must_use]
pub fn kind(path: &[u8]) -> Option<(Kind, Format)> {
    let (folders, name) = parts(path);
    let kind = match name {
        b"package.json" | b"composer.json" => (Kind::Package, Format::Json),
        b"binding.gyp" => (Kind::Build, Format::Yaml),
        b"devcontainer.json" | b".devcontainer.json" => (Kind::Container, Format::Json),
        _ if name.ends_with(b".gypi") => (Kind::Build, Format::Yaml),
        _ => {
            let format = Format::of(name)?;
            let mut outer = folders.clone().rev();
            let (parent, above) = (outer.next().unwrap_or(b""), outer.next().unwrap_or(b""));
            (settings(above, parent, name)?, format)
        }
    };
    (!is_vendored(folders)).then_some(kind)
}

fn settings(above: &[u8], parent: &[u8], name: &[u8]) -> Option<Kind> {
    let client = |folder: &[u8]| {
        FOLDERS.iter().find(|(known, _)| folder == known.as_bytes()).map(|(_, client)| *client)
    };
    if name.ends_with(b".code-workspace") {
        return Some(Kind::Workspace);
    }
    if parent == b".vscode" {
        return match name {
            b"settings.json" => Some(Kind::Editor),
            b"tasks.json" => Some(Kind::Tasks),
            b"mcp.json" => Some(Kind::Agent(Client::VsCode)),
            _ => None,
        };
    }
    let named = || NAMES.iter().find(|(known, _)| name == known.as_bytes()).map(|(_, client)| *client);
    let inner = || INNER.iter().any(|known| parent == known.as_bytes()).then(|| client(above)).flatten();
    let copilot = above == b".github" && matches!(parent, b"hooks" | b"copilot");
    let hooks = parent == b"hooks" && name == b"hooks.json";
    let found = client(parent).or_else(inner).or_else(named);
    let found =
        found.or_else(|| copilot.then_some(Client::Other)).or_else(|| hooks.then_some(Client::Claude));
    found.or_else(|| name.ends_with(b".mcp.json").then_some(Client::Other)).map(Kind::Agent)
}

/// Names of instruction files, in lower case.
const TEXTS: [&str; 19] = [
    "claude.md",
    "claude.local.md",
    "agents.md",
    "agents.override.md",
    "agents.local.md",
    "agent.md",
    "gemini.md",
    "qwen.md",
    "crush.md",
    "warp.md",
    "skill.md",
    ".cursorrules",
    ".windsurfrules",
    ".clinerules",
    ".rules",
    ".goosehints",
    "copilot-instructions.md",
    "airules.md",
    "replit.md",
];
/// Suffixes of instruction files.
const ENDS: [&str; 6] = [".mdc", ".instructions.md", ".prompt.md", ".chatmode.md", ".agent.md", ".skill.md"];
/// Directories with agent settings that contain instruction directories.
const HOMES: [&str; 27] = [
    ".claude",
    ".cursor",
    ".codex",
    ".gemini",
    ".qwen",
    ".opencode",
    ".roo",
    ".kilocode",
    ".cline",
    ".kiro",
    ".amazonq",
    ".windsurf",
    ".amp",
    ".junie",
    ".continue",
    ".factory",
    ".augment",
    ".trae",
    ".agents",
    ".agent",
    ".openhands",
    ".github",
    ".idx",
    ".rovodev",
    ".codebuddy",
    ".zencoder",
    ".copilot",
];
/// Prefixes of the names of instruction directories.
const ROOMS: [&str; 17] = [
    "rules",
    "commands",
    "command",
    "agents",
    "agent",
    "skills",
    "prompts",
    "instructions",
    "chatmodes",
    "steering",
    "workflows",
    "guidelines",
    "output-styles",
    "microagents",
    "droids",
    "memories",
    "modes",
];

/// True if agents read the file at `path` as instructions.
#[must_use]
pub fn is_instructions(path: &[u8]) -> bool {
    let (folders, name) = parts(path);
    let dot = memchr::memrchr(b'.', name);
    let ending = dot.map_or(&b""[..], |dot| &name[dot..]);
    let is_text =
        matches!(ending, b".md" | b".mdc" | b".txt" | b".toml" | b".MD") || dot.is_none_or(|dot| dot == 0);
    if !is_text || name.len() > 200 {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let is_named = TEXTS.iter().any(|text| lower == text.as_bytes())
        || ENDS.iter().any(|end| lower.ends_with(end.as_bytes()))
        || lower.starts_with(b".roorules");
    if is_named {
        return !is_vendored(folders);
    }
    let mut home = None;
    let in_room = folders.clone().any(|folder| {
        if folder == b".clinerules" {
            return true;
        }
        let is_room = home.is_some_and(|home: &[u8]| {
            let is_forge = home == b".github" && folder == b"workflows";
            !is_forge && ROOMS.iter().any(|room| folder.starts_with(room.as_bytes()))
        });
        if HOMES.iter().any(|known| folder == known.as_bytes()) {
            home = Some(folder);
        }
        is_room
    });
    // TOML settings are not instructions, but Gemini's commands are.
    in_room && !is_vendored(folders)
}

/// True for a shell script that an agent runs as a hook, by path.
#[must_use]
pub fn is_hook_script(path: &[u8]) -> bool {
    let (folders, name) = parts(path);
    let dot = memchr::memrchr(b'.', name);
    let ending = dot.map_or(&b""[..], |dot| &name[dot + 1..]);
    let is_script = dot.is_none() || matches!(ending, b"sh" | b"bash" | b"zsh" | b"ps1" | b"cmd" | b"bat");
    let mut home = false;
    let in_hooks = is_script
        && folders.clone().any(|folder| {
            let is_hooks = home && folder == b"hooks";
            home |= FOLDERS.iter().any(|(known, _)| folder == known.as_bytes());
            is_hooks
        });
    in_hooks && !is_vendored(folders)
}

/// True if an agent reads the file at `path`, as instructions or settings.
#[must_use]
pub fn is_read(path: &[u8]) -> bool {
    is_instructions(path) || matches!(kind(path), Some((Kind::Agent(_), _)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_known_by_their_place() {
        for (path, wanted) in [
            (".mcp.json", Kind::Agent(Client::Claude)),
            ("a/b/.mcp.json", Kind::Agent(Client::Claude)),
            ("mcp.json", Kind::Agent(Client::Other)),
            (".vscode/mcp.json", Kind::Agent(Client::VsCode)),
            ("web/.cursor/mcp.json", Kind::Agent(Client::Cursor)),
            (".cursor/hooks.json", Kind::Agent(Client::Cursor)),
            (".codex/config.toml", Kind::Agent(Client::Codex)),
            (".gemini/settings.json", Kind::Agent(Client::Gemini)),
            ("opencode.jsonc", Kind::Agent(Client::OpenCode)),
            (".claude/settings.local.json", Kind::Agent(Client::Claude)),
            (".roo/mcp.json", Kind::Agent(Client::Roo)),
            (".kiro/settings/mcp.json", Kind::Agent(Client::Kiro)),
            (".kiro/hooks/a.kiro.hook", Kind::Agent(Client::Kiro)),
            (".junie/mcp/mcp.json", Kind::Agent(Client::Other)),
            (".continue/mcpServers/a.yaml", Kind::Agent(Client::Other)),
            (".github/hooks/a.json", Kind::Agent(Client::Other)),
            ("plugins/x/hooks/hooks.json", Kind::Agent(Client::Claude)),
            (".vscode/settings.json", Kind::Editor),
            ("x.code-workspace", Kind::Workspace),
            (".vscode/tasks.json", Kind::Tasks),
            (".devcontainer/a/devcontainer.json", Kind::Container),
            ("a/package.json", Kind::Package),
            ("binding.gyp", Kind::Build),
        ] {
            assert_eq!(kind(path.as_bytes()).map(|(kind, _)| kind), Some(wanted), "{path}");
        }
        for path in [
            "node_modules/a/package.json",
            "src/settings.json",
            ".claude/skills/a/data.json",
            "tasks.json",
            "config.toml",
        ] {
            assert_eq!(kind(path.as_bytes()), None, "{path}");
        }
    }

    #[test]
    fn instructions_are_known_by_their_place() {
        assert!(is_hook_script(b".claude/hooks/x.sh") && is_hook_script(b"a/.cursor-plugin/hooks/install"));
        assert!(!is_hook_script(b"hooks/x.sh") && !is_hook_script(b".claude/hooks/x.py"));
        for path in [
            "CLAUDE.md",
            "a/agents.md",
            ".cursor/rules/a.mdc",
            ".cursor/rules/b/c.md",
            ".cursorrules",
            ".github/copilot-instructions.md",
            ".github/prompts/x.prompt.md",
            ".claude/commands/x/y.md",
            ".claude/agents/x.md",
            ".gemini/commands/x.toml",
            ".clinerules/x.md",
            ".roo/rules-code/x.md",
            ".kiro/steering/x.md",
            "skills/x/SKILL.md",
        ] {
            assert!(is_instructions(path.as_bytes()), "{path}");
        }
        for path in [
            "README.md",
            "docs/rules/x.md",
            ".github/workflows/x.md",
            "node_modules/a/AGENTS.md",
            ".claude/x.json",
        ] {
            assert!(!is_instructions(path.as_bytes()), "{path}");
        }
    }
}
