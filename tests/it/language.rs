//! The language of sources and checks: turns that are not the field's, whose number may only fall. Documents are held to
//! it by `tests/it/docs.rs`.

use crate::tidy::{assert_none, files, text_of};

/// Each turn with the lines that still have it. Where a file has one anew, reword it; where they become fewer, lower
/// the number.
const TURNS: [(&str, usize); 6] =
    [("is told", 0), ("of before", 0), ("makes of", 0), ("nobody", 0), ("somebody", 0), ("is worth", 0)];
/// What may have it: a user of Unix, which is called so.
const NAMES: [&str; 6] = ["\"nobody\"", "`nobody`", "USER nobody", "user: nobody", "user nobody", "nobody:"];

#[test]
fn turns_that_are_not_of_the_field_become_fewer() {
    let text = |path: &String| path.ends_with(".rs") || path.ends_with(".toml");
    let all: Vec<String> = ["src", "checks"].into_iter().flat_map(files).filter(text).collect();
    let is_word = |text: &str| text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let mut mistakes = Vec::new();
    for (turn, left) in TURNS {
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
        if lines.len() > left {
            mistakes.push(format!(
                "`{turn}` is in {} lines, more than the {left} that are left: {}",
                lines.len(),
                lines.join(", ")
            ));
        }
    }
    assert_none(&mistakes);
}
