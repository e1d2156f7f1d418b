//! SPDX as tags and values.
#![no_main]

use bartizan::parse::sbom::quality::{Profile, judge};
use bartizan::parse::sbom::{Family, decode, paths, read, sniff};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let family = Family::SpdxTagValue;
    assert!(sniff(b"bom", bytes).is_none_or(|family| !family.name().is_empty()));
    let Ok(text) = decode(bytes) else { return };
    let document = read(family, &text);
    assert!(document.components.iter().all(|component| text.is_char_boundary(component.at as usize)));
    let count = document.components.len() as u32;
    assert!(document.edges.iter().all(|edge| edge.from < count && edge.to < count));
    for profile in Profile::ALL {
        assert!(judge(&document, profile).iter().all(|fact| fact.missing <= fact.of));
    }
    assert!(paths::of_machines(&text).first.len() <= paths::SHOWN_MAX);
});
