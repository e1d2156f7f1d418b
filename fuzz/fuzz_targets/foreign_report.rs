//! Ignore files, baselines and reports of other scanners: records have places, or what is odd is told.
#![no_main]

use bartizan::parse::foreign_report::{Format, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let formats = [
        Format::GitleaksIgnore,
        Format::Gitleaks,
        Format::Trufflehog,
        Format::Kingfisher,
        Format::DetectSecrets,
    ];
    for format in formats.into_iter().map(Some).chain([None]) {
        match read(b"report", bytes, format) {
            Ok(report) => {
                assert!(report.records.iter().all(|record| record.number > 0 && record.line != Some(0)));
                assert!(report.odd.len() <= 21);
            }
            Err(why) => assert!(!why.is_empty()),
        }
    }
});
