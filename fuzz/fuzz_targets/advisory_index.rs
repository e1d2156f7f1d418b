//! The index of a dump of OSV, as the user's cache has it: as it is, and with checksums that fit, so that what is
//! behind them is reached.
#![no_main]

use std::collections::HashSet;

use bartizan::external::index::Index;
use flate2::Crc;
use libfuzzer_sys::fuzz_target;

/// Bytes of the header, of what is listed of a block, and of an entry, and where in these a checksum is.
const HEADER: (usize, usize) = (28, 8);
const LISTED: (usize, usize) = (12, 8);
const ENTRY: (usize, usize) = (24, 20);
/// Entries of a block.
const BLOCK: usize = 64;

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

fn number(bytes: &[u8], at: usize) -> usize {
    bytes
        .get(at..at + 4)
        .map_or(0, |part| u32::from_le_bytes(part.try_into().expect("these are four")) as usize)
}

/// The same with the checksums that belong to it, if it has the parts of an index.
fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut sealed = bytes.to_vec();
    let (blocks, entries) = (HEADER.0 + number(bytes, 12), number(bytes, 16));
    let table = entries.div_ceil(BLOCK).checked_mul(LISTED.0)?.checked_add(blocks)?;
    let data = entries.checked_mul(ENTRY.0)?.checked_add(table)?;
    bytes.get(..data)?;
    for entry in (table..data).step_by(ENTRY.0) {
        let start = data.checked_add(number(bytes, entry + 8))?;
        let Some(advisory) = bytes.get(start..start.checked_add(number(bytes, entry + 16))?) else {
            continue;
        };
        sealed[entry + ENTRY.1..entry + ENTRY.0].copy_from_slice(&checksum(advisory));
    }
    for (number, start) in (table..data).step_by(BLOCK * ENTRY.0).enumerate() {
        let sum = checksum(&sealed[start..data.min(start + BLOCK * ENTRY.0)]);
        let listed = blocks + number * LISTED.0;
        sealed[listed + LISTED.1..listed + LISTED.0].copy_from_slice(&sum);
    }
    let front = checksum(&sealed[HEADER.1 + 4..table]);
    sealed[HEADER.1..HEADER.1 + 4].copy_from_slice(&front);
    Some(sealed)
}

fn ask(bytes: Vec<u8>) {
    let Ok(index) = Index::of(bytes) else { return };
    let wanted: HashSet<String> = ["npm/tin", "npm/zinc", ""].map(str::to_owned).into();
    if let Ok(advisories) = index.advisories(&wanted, "a test") {
        for key in &wanted {
            assert!(advisories.about(key).iter().all(|entry| entry.advisory.package == *key));
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    ask(bytes.to_vec());
    if let Some(sealed) = sealed(bytes) {
        ask(sealed);
    }
});
