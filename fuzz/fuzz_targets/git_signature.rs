//! Commits and tags of a stranger: what is signed of them is a part of them, and both looks agree on how.
#![no_main]

use bartizan::parse::signature::git::{ObjectFormat, ObjectKind, signed};
use bartizan::source::git::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        for kind in [ObjectKind::Commit, ObjectKind::Tag] {
            let Some(object) = signed(data, kind, format) else { continue };
            assert!(object.payload.len() + object.signature.len() <= data.len());
            assert!(object.by.is_none_or(|by| by.mail.len() <= 254));
        }
        // Nothing stands before the first header of a commit.
        if data.starts_with(b"tree ") {
            let hash = match format {
                ObjectFormat::Sha1 => decode::HashKind::Sha1,
                ObjectFormat::Sha256 => decode::HashKind::Sha256,
            };
            let head = data.windows(2).position(|two| two == b"\n\n").map_or(data, |end| &data[..end]);
            let whole = signed(data, ObjectKind::Commit, format).and_then(|object| object.kind);
            assert_eq!(decode::signature_of_commit(head, hash), whole);
        }
    }
    let whole = signed(data, ObjectKind::Tag, ObjectFormat::Sha1).and_then(|object| object.kind);
    assert_eq!(decode::signature_of_tag(data), whole);
});
