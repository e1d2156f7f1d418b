//! Signatures and keys of SSH: whatever they say, they are read or refused, and none of them holds.
#![no_main]

use bartizan::parse::signature::sshsig::{Curve, PublicKey, SshSignature, pair};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = SshSignature::read(data);
    if let Ok(signature) = SshSignature::from_bytes(data) {
        assert!(signature.key.blob.len() + signature.bytes.len() <= data.len());
        // Not with a key that somebody has: the fuzzer is not that good.
        let _ = bartizan::verify::ssh::verify(&signature, b"message", "git");
    }
    if let Ok(key) = PublicKey::read(data) {
        assert_eq!(key.blob, data);
        assert!(key.fingerprint().starts_with("SHA256:"));
    }
    for curve in [Curve::P256, Curve::P384, Curve::P521] {
        assert!(pair(data, curve).is_none_or(|numbers| numbers.len() == 2 * curve.width()));
    }
});
