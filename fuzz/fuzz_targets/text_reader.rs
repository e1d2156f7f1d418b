//! Text or not, and in which form: read in pieces it is what it is as a whole. So are the hashes of its lines.
#![no_main]

use bartizan::engine::decode::{Reader, text};
use bartizan::model::linehash::{LineHashes, line_hashes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let whole = text(bytes);
    match Reader::new(bytes).expect("it is in memory") {
        Ok(mut reader) => {
            let mut read = Vec::new();
            while reader.more(&mut read).expect("it is in memory") {}
            assert_eq!(whole.as_deref(), Some(read.as_slice()));
        }
        Err(head) => assert!(whole.is_none() && bytes.starts_with(&head)),
    }
    let wanted = [1, 2, 3, 7, 1000];
    let (first, rest) = bytes.split_at(bytes.len().min(1));
    let size = 1 + usize::from(first.first().copied().unwrap_or_default());
    let mut hashes = LineHashes::of_lines(&wanted);
    if rest.chunks(size).all(|piece| hashes.read(piece)) {
        hashes.end();
    }
    let pieces: Vec<&str> = wanted.iter().map(|line| hashes.of(*line).unwrap_or_default()).collect();
    assert_eq!(line_hashes(rest, &wanted), pieces);
});
