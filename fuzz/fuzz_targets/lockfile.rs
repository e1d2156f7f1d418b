//! Lock files of other ecosystems: the first byte picks the kind.
#![no_main]

use bartizan::parse::lockfile::{Format, Recognised, parse, parse_go_sum};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else { return };
    let format = Format::ALL[usize::from(*first) % Format::ALL.len()];
    let lock = parse(format, text);
    let lines = lock.text.matches('\n').count() + 1;
    assert!(lock.packages.iter().all(|package| lock.text.get(package.at.range()).is_some()));
    assert!(lock.packages.iter().all(|package| (1..=lines).contains(&package.line)));
    assert!(lock.mistakes.len() <= 20);
    let _ = parse_go_sum(text, text);
    let _ = Recognised::of(text);
});
