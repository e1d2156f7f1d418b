//! CMS objects, DER and log entries of a stranger: read or refused, and what is read lies in them.
#![no_main]

use bartizan::parse::signature::cms::CmsSignature;
use bartizan::parse::signature::der::Reader;
use bartizan::parse::signature::log_entry::{Body, LogEntry};
use bartizan::verify::{Unable, gitsign};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = CmsSignature::read(data);
    if let Ok(signature) = CmsSignature::from_der(data) {
        assert!(signature.certificate.len() + signature.signature.len() <= data.len());
        assert!(gitsign::verify(&signature, b"payload", &Unable).is_err());
    }
    let mut reader = Reader(data);
    let mut read = 0;
    while let Some(value) = reader.any() {
        assert!(value.whole.ends_with(value.inner));
        read += value.whole.len();
    }
    assert_eq!(read + reader.0.len(), data.len());
    if let Some(entry) = LogEntry::read(data) {
        let _ = entry.in_bundle(&Body { message: b"m", signature: b"s", certificate: data });
    }
});
