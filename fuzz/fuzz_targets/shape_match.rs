//! Any shape against any bytes: the first line is the shape.
#![no_main]

use bartizan::engine::shape::Shape;
use bartizan::engine::walks::Walks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(text) = std::str::from_utf8(&input[..end]) else { return };
    let Ok(shapes) = Shape::parse(text) else { return };
    let hay = &input[end + 1..];
    for shape in shapes {
        for start in 0..hay.len().min(64) {
            let found = shape.match_at(hay, start, &Walks::default()).into_iter();
            // Around a place where the anchor does not stand there may be anything but a panic.
            let around = shape.anchor.and_then(|_| shape.find_around(hay, start, &Walks::default()));
            for found in found.chain(around) {
                let (secret_start, secret_end) = found.secret;
                assert!(found.start <= secret_start && secret_start <= secret_end);
                assert!(secret_end <= found.end && found.end <= hay.len());
            }
        }
    }
});
