//! Advisories of RustSec and OSV, and what they say about versions.
#![no_main]

use bartizan::parse::advisory::{Ranges, cvss, osv, rustsec};
use bartizan::parse::lockfile::Ecosystem;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    if let Ok(read) = rustsec::parse(text) {
        let ranges = Ranges::of(&read.advisory).expect("what is read has ranges");
        for version in ["0.0.0", "1.0.0-alpha", "1.2.3", "18446744073709551615.0.0"] {
            ranges.affects(&semver::Version::parse(version).expect("these are versions"));
        }
        assert!(cvss::of(&read.advisory).is_none_or(|score| (0.0..=10.0).contains(&score)));
    }
    for (ecosystem, advisory) in osv::parse(text).unwrap_or_default() {
        for affected in &advisory.affected {
            affected.holds(ecosystem, "1.2.3");
            affected.holds(Ecosystem::PyPi, "1.0rc1");
        }
    }
});
