//! The format of a baseline and the readers of other tools' files, on made-up and on random input.

use std::collections::BTreeMap;

use bartizan::parse::baseline::{Entry, parse, write};
use bartizan::parse::foreign_report;
use proptest::prelude::*;

use crate::props::config;

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let words = "[^\\x00]{0,12}[a-z\\u{202e}\"\\\\\n]";
    let entry = (
        "b1:[0-3]{2}0{30}",
        "[a-z-]{1,20}",
        words,
        proptest::option::of(words),
        proptest::option::of((2000i16..3000, 1i8..=12, 1i8..=28)),
        any::<bool>(),
        proptest::option::of(proptest::sample::select(bartizan::model::Severity::ALL.to_vec())),
    );
    let entry = entry.prop_map(|(fingerprint, check, reason, owner, day, history, severity)| Entry {
        fingerprint,
        check,
        reason: format!("{reason}."),
        owner: owner.map(|owner| format!("{owner}.")),
        expires: day.map(|(year, month, day)| jiff::civil::date(year, month, day)),
        history,
        severity,
    });
    proptest::collection::vec(entry, 0..30)
}

/// One entry for each fingerprint: those that are kept.
fn read(text: &str) -> Vec<Entry> {
    parse(text).unwrap().entries.into_iter().map(|(_, entry)| entry).collect()
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn what_is_written_is_read(entries in entries()) {
        let text = write(Some("k1:0123abcd"), &entries);
        let document = parse(&text).unwrap();
        prop_assert_eq!(document.key.as_deref(), Some("k1:0123abcd"));
        prop_assert!(document.oddities.is_empty());
        let read: Vec<Entry> = document.entries.into_iter().map(|(_, entry)| entry).collect();
        let by_print: BTreeMap<&str, &Entry> =
            entries.iter().map(|entry| (entry.fingerprint.as_str(), entry)).collect();
        prop_assert_eq!(read.len(), by_print.len());
        prop_assert!(read.iter().all(|entry| entries.contains(entry)));
        // Once it is sorted, it stays as it is; and nothing in it hides or moves text.
        prop_assert_eq!(&write(Some("k1:0123abcd"), &read), &text);
        prop_assert!(text.lines().all(|line| !line.chars().any(bartizan::model::text::needs_escape)));
        prop_assert_eq!(text.lines().count(), 1 + read.len());
    }

    /// Both sides of a merge below each other, as the union driver of git leaves them, in whatever order.
    #[test]
    fn a_union_of_lines_is_a_union_of_entries(a in entries(), b in entries()) {
        let (first, second) = (write(None, &a), write(None, &b));
        let below: String = second.lines().skip(1).map(|line| format!("{line}\n")).collect();
        let above: String = first.lines().skip(1).map(|line| format!("{line}\n")).collect();
        let header = write(None, &[]);
        let all: Vec<Entry> = read(&first).into_iter().chain(read(&second)).collect();
        let together = write(None, &all);
        prop_assert_eq!(write(None, &read(&format!("{header}{above}{below}"))), together.clone());
        prop_assert_eq!(write(None, &read(&format!("{header}{below}{above}"))), together);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}|(\\{\"[a-z]*\":[\"\\[{0-9]*[,}\n]){0,20}") {
        for text in [text.clone(), format!("{}{text}", write(None, &[]))] {
            if let Err(mistakes) = parse(&text) {
                prop_assert!(!mistakes.is_empty() && mistakes.len() <= 21);
                prop_assert!(mistakes.iter().all(|told| told.line > 0));
            }
        }
        for name in [".gitleaksignore", "report.json"] {
            if let Ok(report) = foreign_report::read(name.as_bytes(), text.as_bytes(), None) {
                prop_assert!(report.records.iter().all(|record| record.line != Some(0)));
                prop_assert!(report.odd.len() <= 21);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&String::from_utf8_lossy(&bytes)).map_err(|mistakes| assert!(!mistakes.is_empty()));
        let _ = foreign_report::read(b".gitleaksignore", &bytes, None).map_err(|why| assert!(!why.is_empty()));
        let _ = foreign_report::read(b"x", &bytes, None).map_err(|why| assert!(!why.is_empty()));
    }
}
