//! Lists of digests and names: digests have their length, lines are in order.
#![no_main]

use bartizan::parse::signature::checksums;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for name in [&b"SHA256SUMS"[..], b"checksums.txt", b"a.sha512", bytes] {
        let found = checksums(name, bytes);
        for one in &found.listed {
            assert_eq!(one.digest.bytes.len(), one.digest.algorithm.size());
        }
        assert!(found.listed.is_sorted_by_key(|one| one.line));
    }
});
