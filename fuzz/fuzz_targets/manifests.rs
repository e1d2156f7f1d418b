//! Manifests of other ecosystems: the first byte picks the name, and only its ecosystem is an answer.
#![no_main]

use bartizan::parse::manifests::asks_for_packages;
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
    assert!(asks_for_packages(name.as_bytes(), text).is_none_or(|told| told == ecosystem));
});
