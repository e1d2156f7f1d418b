//! Package URLs: what is written of what was read is read again as the same.
#![no_main]

use bartizan::parse::sbom::Purl;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(purl) = Purl::parse(text) else { return };
    let written = purl.to_string();
    let again = Purl::parse(&written).expect("what is written can be read");
    assert_eq!(again.to_string(), written);
});
