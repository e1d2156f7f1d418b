//! Searching around literals finds the same as searching everywhere.

use proptest::prelude::*;

use super::{RulesFile, load, rules};
use crate::engine::{Engine, Text};
use crate::model::{Blob, RepoPath, Span};

/// The matches of a regex in a text, and whether only the text around literals was searched.
fn found(regex: &str, text: &str) -> (bool, Vec<Span>) {
    let file = RulesFile {
        name: "r.toml".to_owned(),
        text: format!("[[rules]]\nid = 'r'\nregex = '''{regex}'''\nkeywords = ['key', 'val']\n"),
    };
    let mut checks = Vec::new();
    load(&[file], &mut checks, &[], false).unwrap();
    let around = rules(&checks).all(|rule| rule.reach().is_some());
    let path = RepoPath::from("a");
    let blob = Blob { path: &path, bytes: text.as_bytes(), tracked: true };
    let Text::Scanned { hits, .. } = Engine::new(checks, None).scan(&blob) else { panic!("it is text") };
    (around, hits.iter().map(|hit| hit.span).collect())
}

const EXPRESSIONS: &[&str] = &[
    r"(?i)key[=:]([ab]{2,4})\b",
    r"(?i)\b[ab]{1,3}(?:key|val)",
    r"key([ab=]{3,9})key",
    r"[ab]{0,5}?(?:key|val)[=: ]{1,3}([ab]+)",
    r"(?m)^key.{0,9}$",
    r"(?:val|key){2}",
    r"(a?)val=?\s",
];

proptest! {
    #[test]
    fn around_literals_is_everywhere(text in "(key|KEY|val|[ab=: \n]){0,60}", which in 0..EXPRESSIONS.len()) {
        let regex = EXPRESSIONS[which];
        let (around, hits) = found(regex, &text);
        prop_assert_eq!(around, !regex.ends_with("+)"));
        let plain = super::re2::parse(regex).unwrap().source;
        let plain = regex_automata::meta::Regex::builder().syntax(crate::engine::foreign::syntax_config()).build(&plain).unwrap();
        let trimmed = |range: std::ops::Range<usize>| {
            let part = &text[range.clone()];
            Span::new(range.start + part.len() - part.trim_start_matches('\n').len(), range.end - (part.len() - part.trim_end_matches('\n').len()))
        };
        let all: Vec<Span> = plain.find_iter(&text).map(|found| trimmed(found.range())).collect();
        prop_assert_eq!(hits, all);
    }
}
