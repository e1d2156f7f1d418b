//! Deltas: what is made has the announced size, and every copy is one.
#![no_main]

use bartizan::source::objects::delta::{self, Delta};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8])| {
    let (base, bytes) = input;
    let Some(parts) = delta::parts(bytes) else { return };
    let Ok(len) = usize::try_from(parts.result) else { return };
    if len > 1 << 22 {
        return;
    }
    let (mut out, mut made) = (Vec::new(), Delta::default());
    if delta::apply(base, parts.instructions, len, &mut out, &mut made).is_err() {
        assert!(out.len() <= len);
        return;
    }
    assert_eq!((out.len(), made.len), (len, len));
    let mut end = 0;
    for copy in &made.copies {
        let (src, dst, len) = (copy.src as usize, copy.dst as usize, copy.len as usize);
        assert!(dst >= end && len > 0);
        assert_eq!(base[src..src + len], out[dst..dst + len]);
        end = dst + len;
    }
});
