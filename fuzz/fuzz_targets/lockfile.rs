//! Lock files of other ecosystems: the first byte picks the kind.
#![no_main]

use bartizan::parse::lockfile::{Format, Recognised, links, parse, parse_go_sum};
use bartizan::parse::manifests;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else { return };
    let format = Format::ALL[usize::from(*first) % Format::ALL.len()];
    let lock = parse(format, text);
    let lines = lock.text.matches('\n').count() + 1;
    assert!(lock.packages.iter().all(|package| lock.text.get(package.at.range()).is_some()));
    assert!(lock.packages.iter().all(|package| (1..=lines).contains(&package.line)));
    assert!(lock.mistakes.len() <= 20);
    let found = links(format, &lock.text, &lock.packages, &[]);
    let count = lock.packages.len();
    assert!(found.edges.iter().all(|(from, to)| *from < count && *to < count));
    assert!(found.asked.iter().all(|asked| asked.package < count));
    assert_eq!(found.scopes(&lock.packages).len(), count);
    for name in ["package.json", "pyproject.toml", "Gemfile", "mix.exs", "pubspec.yaml", "a.csproj"] {
        let asks = manifests::read(name.as_bytes(), text).map(|manifest| manifest.asks);
        assert!(asks.iter().flatten().all(|ask| ask.at.end <= text.len()));
    }
    let _ = parse_go_sum(text, text);
    let _ = Recognised::of(text);
});
