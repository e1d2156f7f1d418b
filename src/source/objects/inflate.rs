//! Inflates what git has deflated, never into more bytes than announced.

use gix::zlib::{Inflate, Status};

/// Enough compressed bytes for the first few inflated ones: the tables at the start of a block take at most 562
/// (RFC 1951, 3.2.7), each byte at most six, and no deflater writes empty blocks.
pub(super) const START: usize = 1024;

/// A reusable decoder; making one is expensive.
#[derive(Default)]
pub(super) struct Inflater(Inflate);

impl Inflater {
    /// Inflates the stream at the start of `input`, which must give exactly `len` bytes, into `out`. The caller
    /// has checked `len`.
    ///
    /// # Errors
    /// What is wrong with the stream.
    pub(super) fn whole(&mut self, input: &[u8], len: usize, out: &mut Vec<u8>) -> Result<(), &'static str> {
        // Existing bytes are overwritten, so they need not be cleared first.
        out.try_reserve(len.saturating_sub(out.len())).map_err(|_| "there is not enough memory for it")?;
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

    /// Fills `out` as far as possible, and returns how many bytes that gave.
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

    use super::{Inflater, START};

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

    #[test]
    fn the_first_bytes_of_a_stream_are_enough_for_its_start() {
        let mut state = 5u64;
        for skew in 1..40 {
            // Bytes of all values, some of them a thousand times rarer than others: long tables.
            let bytes: Vec<u8> = (0..60_000)
                .map(|_| {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let uniform = (state >> 40) as f64 / f64::from(1 << 24);
                    (uniform.powf(f64::from(skew) / 4.0) * 256.0) as u8
                })
                .collect();
            let input = deflated(&bytes);
            let mut start = [0; 32];
            let cut = &input[..input.len().min(START)];
            assert_eq!(Inflater::default().start(cut, &mut start), Ok(32), "{skew}");
            assert_eq!(start, bytes[..32]);
        }
    }
}
