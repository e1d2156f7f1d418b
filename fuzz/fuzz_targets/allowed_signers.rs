//! Lists of signers of a stranger: lines have their numbers, and asking about them ends.
#![no_main]

use bartizan::parse::signature::allowed_signers::AllowedSigners;
use bartizan::parse::signature::sshsig::PublicKey;
use libfuzzer_sys::fuzz_target;

/// The key of which fuzzed lines are likeliest to have some: 32 zeros.
const KEY: &[u8] =
    b"\0\0\0\x0bssh-ed25519\0\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

fuzz_target!(|data: &[u8]| {
    let list = AllowedSigners::read(data);
    let lines = data.iter().filter(|byte| **byte == b'\n').count() + 1;
    assert!(list.len() + list.mistakes.len() <= lines);
    assert!(list.mistakes.iter().all(|(line, _)| (1..=lines).contains(&(*line as usize))));
    let key = PublicKey::read(KEY).expect("it is one");
    for entry in list.entries(&key) {
        let _ = (entry.is_for("alice@example.org"), entry.allows("git"), entry.is_valid_at(1_714_559_696));
        assert!(!entry.names_no_address() || !entry.principals.contains('@'));
    }
});
