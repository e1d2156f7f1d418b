//! Public keys, as PEM and as DER: what is read once is read again.
#![no_main]

use bartizan::parse::signature::key::{facts, public_key, public_keys};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = public_key(bytes);
    let whole = facts(bytes);
    let keys = public_keys(bytes).into_iter().map(|(_, key)| key);
    for key in keys.chain([whole]).flatten() {
        assert_eq!(facts(&key.der).as_ref(), Ok(&key));
        assert!(!key.algorithm.name().is_empty());
    }
});
