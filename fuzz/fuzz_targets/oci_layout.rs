//! Layouts of OCI: the text is cut at zero bytes, the first piece is the index, and of the others those
//! whose digests were listed rightly are found.
#![no_main]

use bartizan::parse::signature::Digest;
use bartizan::parse::signature::oci::layout;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut pieces = bytes.split(|b| *b == 0);
    let index = pieces.next().unwrap_or_default();
    let blobs: Vec<&[u8]> = pieces.take(16).collect();
    let numbered = |at: usize| Digest::parse(&format!("sha256:{at:064x}")).expect("it is a digest");
    let present: Vec<Digest> = (0..blobs.len()).map(numbered).collect();
    // None of them hashes to its number: nothing may be believed.
    let lying = layout(index, &present, &|digest, _| {
        let at = present.iter().position(|one| one == digest)?;
        Some(blobs.get(at)?.to_vec())
    });
    assert!(lying.images.is_empty() && lying.signatures.is_empty());
    // Of these some do, if the index says so.
    let honest = layout(index, &present, &|digest, _| {
        blobs.iter().find(|blob| digest.is_of(blob)).map(|blob| blob.to_vec())
    });
    assert!(honest.images.iter().all(|image| blobs.iter().any(|blob| image.is_of(blob))));
});
