//! Key blocks, wherever one may start.
#![no_main]

use bartizan::engine::pem;
use bartizan::engine::proof;
use bartizan::engine::rule::Proof;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|hay: &[u8]| {
    for at in 0..hay.len().min(256) {
        if let Some(block) = pem::block(hay, at) {
            assert!(block.start <= block.end && block.end <= hay.len());
            assert!(block.end - block.start <= pem::BLOCK_MAX + 1024);
            let _ = pem::base64_of(block.body);
            let _ = proof::run(Proof::Pem, &hay[block.start..block.end], None);
        }
    }
});
