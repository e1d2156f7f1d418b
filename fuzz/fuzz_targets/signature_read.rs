//! Signatures of any kind: the first byte picks the name. Lines lie in the file.
#![no_main]

use bartizan::parse::signature::{Kind, certificates, read, sniff};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 8] = [
    "a.sigstore.json",
    "a.json",
    "a.jsonl",
    "a.bundle",
    "a.sig",
    "a.asc",
    "a.minisig",
    "a.publish.attestation",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()].as_bytes();
    let lines = 1 + text.iter().filter(|b| **b == b'\n').count();
    let kinds = [sniff(name, text), Some(Kind::Json), Some(Kind::Detached)];
    for kind in kinds.into_iter().flatten() {
        let found = read(kind, name, text);
        let at = found.signatures.iter().map(|signed| signed.line);
        for line in at.chain(found.mistakes.iter().map(|(line, _)| *line)) {
            assert!(line >= 1 && line as usize <= lines);
        }
    }
    assert!(certificates(text).iter().all(|der| der.first() == Some(&0x30)));
});
