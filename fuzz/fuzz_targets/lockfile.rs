//! Lock files of other ecosystems: the first byte picks the kind.
#![no_main]

use bartizan::parse::lockfile::{Format, parse};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 9] = [
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "poetry.lock",
    "requirements.txt",
    "go.mod",
    "go.sum",
    "Gemfile.lock",
    "composer.lock",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    let format = Format::of(name.as_bytes()).expect("these are names of lock files");
    let (packages, _) = parse(format, text);
    assert!(
        packages.iter().all(|package| package.at.start <= package.at.end && package.at.end <= text.len())
    );
});
