//! Archives of a stranger, as they are and packed once more, so that what is in them can change, too.
#![no_main]

use std::io::Write as _;

use bartizan::engine::Inside;
use bartizan::model::{Blob, RepoPath};
use bartizan_fuzz::{ENGINE, lies_in_its_text};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use libfuzzer_sys::fuzz_target;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("memory takes everything");
    packed.finish().expect("memory takes everything")
}

/// A zip of the pieces between NUL bytes: flags and sizes of the first bytes of each, then a name up to a slash.
fn zip(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    for piece in bytes.split(|byte| *byte == 0) {
        let Some((how, rest)) = piece.split_first() else { continue };
        let end = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
        let (name, content) = (&rest[..end], rest.get(end + 1..).unwrap_or_default());
        let is_packed = how & 1 != 0;
        let mut body = content.to_vec();
        if is_packed {
            let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(content).expect("memory takes everything");
            body = packed.finish().expect("memory takes everything");
        }
        let flags = u16::from(how & 2 != 0) | if how & 4 != 0 { 8 } else { 0 };
        let size = if how & 4 != 0 { 0 } else { u32::try_from(body.len()).unwrap_or(u32::MAX) };
        all.extend_from_slice(b"PK\x03\x04\x14\0");
        all.extend(flags.to_le_bytes());
        all.extend((if is_packed { 8_u16 } else { 0 }).to_le_bytes());
        all.extend([0; 8]);
        all.extend(size.to_le_bytes());
        all.extend(u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes());
        all.extend(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
        all.extend([0; 2]);
        all.extend_from_slice(name);
        all.extend(body);
    }
    all
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let packed = match first % 5 {
        0 => bytes.to_vec(),
        1 => gzip(bytes),
        2 => zip(bytes),
        3 => gzip(&gzip(bytes)),
        _ => gzip(&zip(bytes)),
    };
    let path = RepoPath::from("a.bin");
    let inside = ENGINE.inside(&Blob { path: &path, bytes: &packed, tracked: true }, &mut |blob, text| {
        assert!(blob.path.as_bytes().starts_with(b"a.bin!/"));
        lies_in_its_text(&text);
    });
    assert!(first % 5 == 0 || first % 5 == 2 || inside != Inside::NotPacked);
});
