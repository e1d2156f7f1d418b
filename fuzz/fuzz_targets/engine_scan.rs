//! All checks over any bytes, under names that switch checks on.
#![no_main]

use std::sync::LazyLock;

use bartizan::engine::{Engine, Text};
use bartizan::model::{Blob, RepoPath};
use bartizan::scan::registry;
use libfuzzer_sys::fuzz_target;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(registry::all(), Some(1_800_000_000)));

fuzz_target!(|bytes: &[u8]| {
    for name in ["src/a.py", ".env", "Cargo.lock", "main.tf"] {
        let path = RepoPath::from(name);
        if let Text::Scanned { text, hits, masked, .. } = ENGINE.scan(&Blob { path: &path, bytes, tracked: true }) {
            for span in hits.iter().map(|hit| hit.span).chain(masked.iter().map(|(span, _)| *span)) {
                assert!(span.start <= span.end && span.end <= text.len());
            }
        }
    }
});
