//! Manifests of other ecosystems: the first byte picks the name, and only its ecosystem is an answer.
#![no_main]

use bartizan::parse::manifests::read;
use libfuzzer_sys::fuzz_target;

const NAMES: [(&str, &str); 12] = [
    ("package.json", "npm"),
    ("pyproject.toml", "PyPI"),
    ("Pipfile", "PyPI"),
    ("setup.cfg", "PyPI"),
    ("Gemfile", "RubyGems"),
    ("composer.json", "Packagist"),
    ("pom.xml", "Maven"),
    ("build.gradle", "Maven"),
    ("pubspec.yaml", "Pub"),
    ("mix.exs", "Hex"),
    ("Package.swift", "SwiftURL"),
    ("a.csproj", "NuGet"),
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else { return };
    let (name, ecosystem) = NAMES[usize::from(*first) % NAMES.len()];
    let Some(manifest) = read(name.as_bytes(), text) else { return };
    assert_eq!(manifest.ecosystem, ecosystem);
    assert!(manifest.asks.iter().all(|ask| ask.at.end <= text.len()));
});
