//! A bom of whatever a lock file says: documents parse, what they list is what is read from them.
#![no_main]

use bartizan::parse::lockfile::Format;
use bartizan::render::sbom::{BillFormat, Stamp, render_bill};
use bartizan::scan::sbom::{compare, of_bom, of_cargo, of_other, of_sbom};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else { return };
    let bom = match Format::ALL.get(usize::from(*first % 32)) {
        Some(format) => of_other(*format, text, format.file(), "project", &[]),
        None => of_cargo(text, Some(text), "project"),
    };
    let Ok(bom) = bom else { return };
    let stamp = Stamp { version: "0.0.0", time: Timestamp::UNIX_EPOCH };
    for format in BillFormat::ALL {
        let mut out = Vec::new();
        render_bill(&bom, format, stamp, &mut out).expect("memory takes everything");
        let read = of_sbom(b"a", &out).expect("it is an SBOM");
        let difference = compare(of_bom(&bom), read);
        assert!(difference.is_empty(), "{difference:?}");
    }
});
