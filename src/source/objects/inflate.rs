//! Inflating what git has deflated, never into more bytes than were announced.

use gix::zlib::{Inflate, Status};

/// A decoder that is used again and again; making one is dear.
#[derive(Default)]
pub(super) struct Inflater(Inflate);

impl Inflater {
    /// Inflates the stream at the start of `input`, which must give exactly `len` bytes, into `out`.
    /// The caller has decided that `len` bytes are not too many.
    ///
    /// # Errors
    /// What is wrong with the stream.
    pub(super) fn whole(&mut self, input: &[u8], len: usize, out: &mut Vec<u8>) -> Result<(), &'static str> {
        // What is there already is overwritten, and so need not be cleared first.
        out.try_reserve(len.saturating_sub(out.len())).map_err(|_| "there is no memory for it")?;
        out.resize(len, 0);
        self.0.reset();
        match self.0.once(input, out) {
            Ok((Status::StreamEnd, _, count)) if count == len => Ok(()),
            Ok((Status::StreamEnd, ..)) => Err("it is smaller than it claims"),
            Ok((_, _, count)) if count < len => Err("its compressed bytes are cut off"),
            Ok(_) => Err("it is larger than it claims"),
            Err(_) => Err("its compressed bytes are damaged"),
        }
    }

    /// Inflates as much as `out` has room for, and returns how many bytes that gave.
    ///
    /// # Errors
    /// What is wrong with the stream.
    pub(super) fn start(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize, &'static str> {
        self.0.reset();
        match self.0.prefix(input, out) {
            Ok((_, _, count)) => Ok(count),
            Err(_) => Err("its compressed bytes are damaged"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::Inflater;

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn exactly_as_announced() {
        let mut inflater = Inflater::default();
        for len in [0, 1, 2, 63, 64, 300, 70_000] {
            let bytes: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
            let input = [deflated(&bytes), b"what follows".to_vec()].concat();
            let mut out = vec![9; 100];
            inflater.whole(&input, len, &mut out).unwrap();
            assert_eq!(out, bytes);
            assert!(inflater.whole(&input, len + 1, &mut out).is_err(), "{len}");
            if len > 0 {
                assert!(inflater.whole(&input, len - 1, &mut out).is_err(), "{len}");
                assert!(inflater.whole(&input[..input.len() - 20], len, &mut out).is_err(), "{len}");
            }
            let mut start = [0; 32];
            let count = inflater.start(&input, &mut start).unwrap();
            assert_eq!(start[..count], bytes[..len.min(32)]);
        }
        let mut out = Vec::new();
        assert!(inflater.whole(b"not zlib", 4, &mut out).is_err());
        assert!(inflater.whole(b"", 0, &mut out).is_err());
    }
}
