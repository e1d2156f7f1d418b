//! Settings of agents as a user meets them: which edits are made, and what is looked at on whose machine.

use serde_json::Value;

use crate::cli::{command, folder, ran};
use crate::run_git::git;

/// A value as people get them, and none of anything.
const KEY: &str = "0d9¦51c95e2b74f68a3c6e";

fn edited(path: &str, text: &str) -> (String, String) {
    let key = KEY.replace('¦', "");
    let folder = folder(&[(path, &text.replace("@@", &key))]);
    let folder = folder.path();
    git(folder, &["init", "-q", "-b", "main"]);
    git(folder, &["add", "-A"]);
    let shown = ran(command(folder, &["fix", "--offline"]));
    assert!(!shown.out.contains(&key[4..]), "{path}: {}", shown.out);
    let made = ran(command(folder, &["fix", "--offline", "--apply"]));
    assert!(made.err.is_empty() || !made.err.contains(&key[4..]), "{path}: {}", made.err);
    (shown.out, std::fs::read_to_string(folder.join(path)).unwrap())
}

#[test]
fn a_secret_becomes_the_name_of_a_variable() {
    let server = |inner: &str| format!("{{\"mcpServers\": {{\"my-billing\": {{{inner}}}}}}}\n");
    for (path, text, wanted) in [
        (
            ".mcp.json",
            server("\"command\": \"node\", \"env\": {\"BILLING_API_KEY\": \"@@\"}"),
            "\"BILLING_API_KEY\": \"${BILLING_API_KEY}\"",
        ),
        (
            ".mcp.json",
            server("\"url\": \"https://example.com/mcp\", \"headers\": {\"Authorization\": \"Bearer @@\"}"),
            "\"Authorization\": \"Bearer ${MY_BILLING_TOKEN}\"",
        ),
        (
            ".mcp.json",
            server("\"command\": \"node\", \"env\": {\"BILLING_API_KEY\": \"${BILLING_API_KEY:-@@}\"}"),
            "\"BILLING_API_KEY\": \"${BILLING_API_KEY}\"",
        ),
        (
            ".cursor/mcp.json",
            server("\"command\": \"node\", \"args\": [\"--api-key\", \"@@\"]"),
            "[\"--api-key\", \"${env:MY_BILLING_API_KEY}\"]",
        ),
        (
            ".vscode/mcp.json",
            "{\"servers\": {\"billing\": {\"command\": \"node\", \"env\": {\"API_KEY\": \"@@\"}}}}\n".to_owned(),
            "\"API_KEY\": \"${env:API_KEY}\"",
        ),
        (
            "opencode.json",
            "{\"mcp\": {\"billing\": {\"type\": \"local\", \"command\": [\"node\"], \"environment\": {\"API_KEY\": \"@@\"}}}}\n"
                .to_owned(),
            "\"API_KEY\": \"{env:API_KEY}\"",
        ),
    ] {
        let (shown, after) = edited(path, &text);
        assert!(shown.contains("# reference a variable"), "{path}: {shown}");
        assert!(after.contains(wanted), "{path}: {after}");
        assert!(serde_json::from_str::<Value>(&after).is_ok(), "{path}: {after}");
    }
    // Codex expands nothing, and the settings of Claude Code are no servers.
    for (path, text) in [
        (".codex/config.toml", "[mcp_servers.billing]\ncommand = \"node\"\nenv = { API_KEY = \"@@\" }\n"),
        (".claude/settings.json", "{\"env\": {\"API_KEY\": \"@@\"}}\n"),
    ] {
        let (shown, after) = edited(path, text);
        assert!(!shown.contains("name a variable"), "{path}: {shown}");
        assert!(after.contains(&KEY.replace('¦', "")), "{path}: {after}");
    }
}

#[test]
fn modes_count_on_the_machine_of_a_user_alone() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;

    let env = format!("API_KEY={}\n", KEY.replace('¦', ""));
    let folder = folder(&[(".gitignore", ".env\n"), (".env", &env)]);
    let folder = folder.path();
    git(folder, &["init", "-q", "-b", "main"]);
    git(folder, &["add", "-A"]);
    let scanned = |mode: u32, ci: &str| {
        set_permissions(folder.join(".env"), Permissions::from_mode(mode)).unwrap();
        let mut command = command(folder, &["scan", "--offline", "--checks", "exposed-credential-file"]);
        command.env("CI", ci);
        ran(command).out
    };
    let found = |out: &str| out.contains("exposed-credential-file");
    assert!(found(&scanned(0o644, "false")));
    assert!(!found(&scanned(0o600, "false")));
    assert!(!found(&scanned(0o644, "true")));
}
