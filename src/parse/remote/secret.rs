//! Locations of secrets on a machine, and commands that print or send them.

use super::shell::{Command, Word};
use super::{base, program};

/// Path components of secrets.
const SECRETS: [&str; 23] = [
    ".ssh/",
    "id_rsa",
    "google-chrome/",
    "google/chrome",
    ".mozilla/",
    "/firefox/",
    "keychains/",
    ".bash_history",
    ".zsh_history",
    "id_ed25519",
    ".aws/credentials",
    ".npmrc",
    ".netrc",
    ".git-credentials",
    ".docker/config.json",
    ".kube/config",
    "gh/hosts.yml",
    ".pypirc",
    "/etc/shadow",
    "login data",
    "wallet.dat",
    ".gnupg",
    ".cargo/credentials",
];

/// True for the path of a file with secrets.
pub(in crate::parse) fn is_secret_path(text: &str) -> bool {
    let lower = text.to_ascii_lowercase().replace('\\', "/");
    let is_env = lower.split(['@', '=', '/', ' ', '"', '\'', '`', '(', ')', ',']).any(|part| {
        part == ".env"
            || part
                .strip_prefix(".env.")
                .is_some_and(|rest| !matches!(rest, "example" | "sample" | "template"))
    });
    is_env || SECRETS.iter().any(|part| lower.contains(part))
}

/// True if a command prints secrets.
pub(super) fn reveals(name: &str, args: &[Word]) -> bool {
    let texts = || args.iter().map(|word| word.text.as_str());
    match name {
        "printenv" | "pbpaste" | "get-clipboard" | "wl-paste" => true,
        "xclip" | "xsel" => texts().any(|text| matches!(text, "-o" | "--output" | "-b")),
        "env" | "set" => args.first().is_none_or(|word| word.text.starts_with('>')),
        "cat" | "type" | "get-content" | "gc" | "tar" | "zip" | "base64" | "head" | "strings" | "grep"
        | "find" => texts().any(is_secret_path),
        "gh" => texts().any(|text| text == "auth") && texts().any(|text| text == "token"),
        "security" => texts().any(|text| text.starts_with("find-")),
        _ => false,
    }
}

pub(super) fn reveals_inner(word: &Word) -> bool {
    let one = |command: &Command| {
        // `env` alone prints; otherwise it precedes another command.
        let is_env = |word: &Word| matches!(base(&word.text).as_str(), "env" | "printenv");
        command.words.len() == 1 && is_env(&command.words[0])
            || program(&command.words).is_some_and(|(at, name)| reveals(&name, &command.words[at + 1..]))
            || command.words.iter().any(reveals_inner)
    };
    word.inner.iter().any(one)
}

/// True if the command sends a file with secrets.
pub(super) fn sends_file(args: &[Word]) -> bool {
    let is_one = |text: &str| text.contains('@') && text.split('@').skip(1).any(is_secret_path);
    let is_upload = |pair: &[Word]| {
        matches!(pair[0].text.as_str(), "-T" | "--upload-file" | "--post-file" | "--body-file" | "-InFile")
            && is_secret_path(&pair[1].text)
    };
    args.iter()
        .any(|word| is_one(&word.text) || word.text.strip_prefix("--post-file=").is_some_and(is_secret_path))
        || args.windows(2).any(is_upload)
}
