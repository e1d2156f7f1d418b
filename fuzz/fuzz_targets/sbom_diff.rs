//! Two SBOMs, parted by a zero byte: comparing them one way mirrors the other way.
#![no_main]

use bartizan::scan::sbom::{compare, of_sbom};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (a, b) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &b"{\"bomFormat\": \"CycloneDX\"}"[..]),
    };
    let (Ok(a), Ok(b)) = (of_sbom(b"a", a), of_sbom(b"b", b)) else { return };
    assert!(compare(a.clone(), a.clone()).is_empty());
    let (there, back) = (compare(a.clone(), b.clone()), compare(b, a));
    assert_eq!((&there.added, &there.removed), (&back.removed, &back.added));
    assert_eq!(there.changed.len(), back.changed.len());
    assert_eq!((there.rehashed.len(), there.same), (back.rehashed.len(), back.same));
});
