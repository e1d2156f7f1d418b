//! Files that a command runs: hidden ones, and those with misleading names.

use super::{Act, What, note};

/// Extensions of data files.
const DATA: [&str; 26] = [
    "woff", "woff2", "ttf", "otf", "eot", "png", "jpg", "jpeg", "gif", "ico", "webp", "svg", "bmp", "mp3",
    "mp4", "wav", "pdf", "css", "txt", "log", "dat", "map", "md", "gz", "zip", "csv",
];
/// Hidden directories that tools create, with what they run.
const KNOWN: [&str; 42] = [
    ".github",
    ".husky",
    ".devcontainer",
    ".config",
    ".venv",
    ".yarn",
    ".local",
    ".cargo",
    ".npm",
    ".nvm",
    ".bin",
    ".ci",
    ".circleci",
    ".git",
    ".githooks",
    ".agents",
    ".agent",
    ".storybook",
    ".changeset",
    ".vitepress",
    ".next",
    ".nuxt",
    ".output",
    ".build",
    ".direnv",
    ".pyenv",
    ".rbenv",
    ".asdf",
    ".bun",
    ".deno",
    ".dotnet",
    ".pixi",
    ".mise",
    ".tools",
    ".scripts",
    ".docker",
    ".buildkite",
    ".pnpm",
    ".codex",
    ".gemini",
    ".kiro",
    ".opencode",
];
/// Directories with the settings of editors and agents.
const SETTINGS: [&str; 8] = [".vscode", ".claude", ".cursor", ".idea", ".windsurf", ".roo", ".zed", ".fleet"];

/// How a file at `path` is hidden.
fn place(path: &str) -> Option<What> {
    let path = path.trim_matches(['"', '\'']);
    let is_elsewhere =
        path.starts_with(['~', '/', '%', '-']) || path.contains("://") || path.get(1..3) == Some(":\\");
    let in_home = ["$HOME", "${HOME}", "$env:"].iter().any(|start| path.starts_with(start));
    if is_elsewhere || in_home || path.starts_with("..") && !path.contains('/') {
        return None;
    }
    let mut found = None;
    for part in
        path.split(['/', '\\']).filter(|part| part.len() > 1 && part.starts_with('.') && *part != "..")
    {
        let is_settings = SETTINGS.contains(&part);
        match found {
            None if is_settings => found = Some(What::RunsSettings),
            None if KNOWN.contains(&part) => found = Some(What::Fetches),
            _ => return Some(What::RunsHidden),
        }
    }
    found.filter(|what| *what == What::RunsSettings)
}

/// Records the act of `program` running the file at `path`.
pub(super) fn judge(program: &str, path: &str, best: &mut Option<Act>) {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let is_data = DATA.contains(&ending.as_str()) && program != name.to_ascii_lowercase();
    let what = if is_data { Some(What::RunsDisguised) } else { place(path) };
    // A name without a directory is looked up in the search path.
    let is_file = path.contains(['/', '\\']) || program != name.to_ascii_lowercase();
    if let Some(what) = what.filter(|_| is_file) {
        note(best, Act::new(what, program, None));
    }
}
