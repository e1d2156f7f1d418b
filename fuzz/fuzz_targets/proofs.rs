//! Every proof over any value.
#![no_main]

use bartizan::engine::proof;
use bartizan::engine::rule::Proof;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    let proofs = [
        Proof::Crc32Base62, Proof::Crc32Hex, Proof::Base64(64), Proof::Base64Prefix("sk"),
        Proof::Base64Json("a,b"), Proof::Hex(32), Proof::Jwt(""), Proof::Jwt("role=service_role"),
        Proof::Pem, Proof::BasicAuth, Proof::AwsKeyId, Proof::Bech32, Proof::Base58Check,
        Proof::StrKey, Proof::NKey, Proof::Bip39, Proof::PypiMacaroon,
    ];
    for proof in proofs {
        let _ = proof::run(proof, value, Some(1_800_000_000));
    }
});
