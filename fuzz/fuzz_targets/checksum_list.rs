//! Lists of digests and names: digests have their length, lines are in order.
#![no_main]

use bartizan::parse::signature::{Algorithm, Digested, checksums};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for name in [&b"SHA256SUMS"[..], b"checksums.txt", b"a.sha512", bytes] {
        let found = checksums(name, bytes);
        for one in &found.listed {
            if let Digested::By(Algorithm::Sha2(algorithm), bytes, _) = &one.digest {
                assert_eq!(bytes.len(), algorithm.size());
            }
        }
        assert!(found.listed.is_sorted_by_key(|one| one.line));
    }
});
