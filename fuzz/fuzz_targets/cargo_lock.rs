//! Cargo.lock and Cargo.toml: places lie inside the text, every way through the graph ends.
#![no_main]

use bartizan::parse::cargo::{Graph, lock, manifest};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let lock = lock::parse(text);
    let lines = text.iter().filter(|byte| **byte == b'\n').count() + 1;
    assert!(lock.mistakes.iter().all(|mistake| (1..=lines).contains(&mistake.line)));
    assert!(
        lock.packages
            .iter()
            .all(|package| package.at.start <= package.at.end && package.at.end <= text.len())
    );
    assert!(!lock.packages.is_empty() || !lock.mistakes.is_empty());
    let graph = Graph::new(&lock.packages);
    let ways = graph.ways(|at| at == 0);
    for package in 0..lock.packages.len() {
        assert_eq!(ways.to(package).steps.last(), Some(&package));
    }
    let _ = manifest::parse(text);
});
