//! Advisories of RustSec and OSV, and what they say about versions.
#![no_main]

use bartizan::parse::advisory::{Ranges, cvss, osv, rustsec};
use bartizan::parse::lockfile::Ecosystem;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    if let Ok(read) = rustsec::parse(text) {
        let ranges = Ranges::of(&read.advisory).expect("what is read has ranges");
        for version in ["0.0.0", "1.0.0-alpha", "1.2.3", "18446744073709551615.0.0"] {
            let _ = ranges.affects(&semver::Version::parse(version).expect("these are versions"));
        }
        assert!(cvss::advisory_score(&read.advisory).is_none_or(|score| (0.0..=10.0).contains(&score)));
    }
    for (ecosystem, advisory) in osv::read(text).unwrap_or_default().advisories {
        for affected in &advisory.affected {
            let _ = affected.holds(ecosystem, "1.2.3");
            let _ = affected.holds(Ecosystem::PyPi, "1.0rc1");
        }
    }
});
