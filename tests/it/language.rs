//! The language of sources and checks.

use crate::tidy::{assert_none, files, text_of};

/// Turns that the field puts plainer. Documents do without them, too: `tests/it/docs.rs`.
pub(crate) const TURNS: [&str; 11] = [
    "is told",
    "are told",
    "nobody",
    "somebody",
    "of before",
    "makes of",
    "comes of",
    "is worth",
    "hears",
    "no business",
    "takes for",
];
/// What may have it: a user of Unix, which is called so.
const NAMES: [&str; 6] = ["\"nobody\"", "`nobody`", "USER nobody", "user: nobody", "user nobody", "nobody:"];

#[test]
fn sources_use_plain_language() {
    let text = |path: &String| path.ends_with(".rs") || path.ends_with(".toml");
    let all: Vec<String> = ["src", "checks"].into_iter().flat_map(files).filter(text).collect();
    let is_word = |text: &str| text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let mut mistakes = Vec::new();
    for turn in TURNS {
        let mut lines = Vec::new();
        for path in &all {
            let text = text_of(path).to_lowercase();
            let has = |line: &str| {
                let line =
                    NAMES.iter().fold(line.to_owned(), |line, name| line.replace(&name.to_lowercase(), ""));
                line.match_indices(turn).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    !is_word(&line[at + turn.len()..])
                        && !before.is_some_and(|c| c.is_alphanumeric() || c == '-')
                })
            };
            lines.extend(
                text.lines()
                    .enumerate()
                    .filter(|(_, line)| has(line))
                    .map(|(at, _)| format!("{path}:{}", at + 1)),
            );
        }
        mistakes.extend(lines.iter().map(|line| format!("{line}: `{turn}`")));
    }
    assert_none(&mistakes);
}
