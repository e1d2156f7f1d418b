//! Signatures of a stranger up to the cryptography: none of them holds. The first byte picks the name.
#![no_main]

use std::sync::{Arc, LazyLock};

use bartizan::parse::signature::{Kind, key, read};
use bartizan::verify::{Artifact, PublicKey, Roots, Verifier, verifier};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 4] = ["a.sigstore.json", "a.bundle", "a.sig", "a.intoto.jsonl"];
static VERIFIERS: LazyLock<[Arc<dyn Verifier + Send + Sync>; 2]> =
    LazyLock::new(|| [false, true].map(|strict| verifier(Roots::built_in(), strict)));

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()].as_bytes();
    // A key may stand behind a NUL.
    let mut pieces = rest.splitn(2, |byte| *byte == 0);
    let text = pieces.next().unwrap_or_default();
    let public = pieces.next().and_then(|key| key::public_key(key).ok());
    let keys: Vec<PublicKey> =
        public.map(|key| PublicKey { der: key.der, name: "a.pub".to_owned() }).into_iter().collect();
    for kind in [Kind::Json, Kind::Detached] {
        for signed in read(kind, name, text).signatures {
            let stream = || Ok(Box::new(&b"an artifact that was never signed"[..]) as Box<dyn std::io::Read>);
            for verifier in &*VERIFIERS {
                assert!(verifier.verify(&signed.content, &Artifact::Stream(&stream), &keys).is_err());
                for digest in signed.subjects.iter().flat_map(|subject| &subject.digests) {
                    let _ = verifier.verify(&signed.content, &Artifact::Digest(digest), &keys);
                }
            }
        }
    }
});
