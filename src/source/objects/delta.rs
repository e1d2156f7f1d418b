//! Deltas of a pack: an object as pieces of another one.
//!
//! A delta is two sizes (base, result) followed by instructions: copy a range of the base, or insert the bytes
//! that follow. See "Deltified representation" in git's `gitformat-pack`.

/// Further copies count as insertions. This bounds the memory for a delta of one-byte copies.
const MAX_COPIES: usize = 1 << 20;

/// Bytes copied from the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Their offset in the base.
    pub src: u32,
    /// Their offset in the result.
    pub dst: u32,
    /// Their number; never 0.
    pub len: u32,
}

/// How an object differs from its base: what is not copied was inserted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// Sorted by `dst`, without overlaps there. Adjacent copies are joined if the base continues there.
    pub copies: Vec<Copy>,
    /// Size of the result.
    pub len: usize,
}

impl Delta {
    /// Adds a copy, joined with the previous one if the base continues there.
    fn push(&mut self, src: usize, dst: usize, len: usize) {
        let (Ok(src), Ok(dst), Ok(len)) = (u32::try_from(src), u32::try_from(dst), u32::try_from(len)) else {
            return;
        };
        if let Some(last) = self.copies.last_mut()
            && last.dst + last.len == dst
            && last.src + last.len == src
            && last.len.checked_add(len).is_some()
        {
            last.len += len;
        } else if self.copies.len() < MAX_COPIES {
            self.copies.push(Copy { src, dst, len });
        }
    }
}

/// The header of a delta, and its instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// Size of the base.
    pub base: u64,
    /// Size of the result.
    pub result: u64,
    /// The instructions.
    pub instructions: &'a [u8],
}

/// Parses the header of `delta`; `None` if it is malformed.
#[must_use]
pub fn parts(delta: &[u8]) -> Option<Parts<'_>> {
    let (base, rest) = size(delta)?;
    let (result, instructions) = size(rest)?;
    Some(Parts { base, result, instructions })
}

/// A number in groups of seven bits, lowest first.
fn size(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        let part = u64::from(byte & 0x7f);
        let shift = 7 * u32::try_from(at).ok()?;
        if shift == 63 && part > 1 {
            return None;
        }
        value |= part << shift;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

/// Applies a delta to `base`, writing `len` bytes to `out` and the copies to `delta`. Both are cleared first; the
/// caller has checked `len`.
///
/// # Errors
/// What is wrong with the instructions. `out` then contains a part of the result.
pub fn apply(
    base: &[u8],
    instructions: &[u8],
    len: usize,
    out: &mut Vec<u8>,
    delta: &mut Delta,
) -> Result<(), &'static str> {
    out.clear();
    delta.copies.clear();
    delta.len = len;
    out.try_reserve(len).map_err(|_| "there is not enough memory for it")?;
    let mut rest = instructions;
    while let Some((&command, after)) = rest.split_first() {
        rest = after;
        let room = len - out.len();
        if command & 0x80 != 0 {
            let (start, count) = range(command, &mut rest).ok_or("its delta ends within a copy")?;
            let piece = base
                .get(start..)
                .and_then(|from| from.get(..count))
                .ok_or("its delta copies what its base does not have")?;
            if count > room {
                return Err("its delta makes more than it claims");
            }
            delta.push(start, out.len(), count);
            out.extend_from_slice(piece);
        } else if command != 0 {
            let count = usize::from(command);
            let (piece, after) = rest.split_at_checked(count).ok_or("its delta ends within an insertion")?;
            if count > room {
                return Err("its delta makes more than it claims");
            }
            out.extend_from_slice(piece);
            rest = after;
        } else {
            return Err("its delta has an instruction that does not exist");
        }
    }
    if out.len() == len { Ok(()) } else { Err("its delta makes less than it claims") }
}

/// The offset and length of a copy: `command` says which bytes of either follow.
#[inline]
fn range(command: u8, rest: &mut &[u8]) -> Option<(usize, usize)> {
    let (mut start, mut count) = (0usize, 0usize);
    for bit in 0..4 {
        if command & (1 << bit) != 0 {
            let (byte, after) = rest.split_first()?;
            start |= usize::from(*byte) << (8 * bit);
            *rest = after;
        }
    }
    for bit in 0..3 {
        if command & (0x10 << bit) != 0 {
            let (byte, after) = rest.split_first()?;
            count |= usize::from(*byte) << (8 * bit);
            *rest = after;
        }
    }
    Some((start, if count == 0 { 0x1_0000 } else { count }))
}

#[cfg(test)]
mod tests {
    use super::{Copy, Delta, apply, parts};

    fn run(base: &[u8], instructions: &[u8], len: usize) -> Result<(Vec<u8>, Vec<Copy>), &'static str> {
        let (mut out, mut delta) = (b"old".to_vec(), Delta::default());
        apply(base, instructions, len, &mut out, &mut delta)?;
        assert_eq!(delta.len, len);
        Ok((out, delta.copies))
    }

    #[test]
    fn copies_and_insertions() {
        let (out, copies) = run(b"0123456789", b"\x90\x03\x02ab\x91\x07\x03", 8).unwrap();
        assert_eq!(out, b"012ab789");
        assert_eq!(copies, [Copy { src: 0, dst: 0, len: 3 }, Copy { src: 7, dst: 5, len: 3 }]);
    }

    #[test]
    fn neighbours_are_joined() {
        let (out, copies) = run(b"0123456789", b"\x91\x02\x03\x91\x05\x03\x91\x05\x02", 8).unwrap();
        assert_eq!(out, b"23456756");
        assert_eq!(copies, [Copy { src: 2, dst: 0, len: 6 }, Copy { src: 5, dst: 6, len: 2 }]);
        // A copy without a length is one of 64 KiB.
        let base = vec![7; 0x1_0010];
        let (out, copies) = run(&base, b"\x80\x93\x00\x00\x10", 0x1_0010).unwrap();
        assert_eq!(out, base);
        assert_eq!(copies.len(), 2, "the second starts at 0 again: {copies:?}");
        let (_, copies) = run(&base, b"\x80\x94\x01\x10", 0x1_0010).unwrap();
        assert_eq!(copies, [Copy { src: 0, dst: 0, len: 0x1_0010 }]);
    }

    #[test]
    fn nothing_out_of_bounds() {
        let base = b"0123456789";
        assert!(run(base, b"\x91\x08\x03", 3).unwrap_err().contains("base does not have"));
        assert!(run(base, b"\x9f\xff\xff\xff\xff\x01", 1).unwrap_err().contains("base does not have"));
        assert!(run(base, b"\x80", 0x1_0000).unwrap_err().contains("base does not have"));
        assert!(run(base, b"\x90\x0a", 9).unwrap_err().contains("more than"));
        assert!(run(base, b"\x02ab", 1).unwrap_err().contains("more than"));
        assert!(run(base, b"\x90\x0a", 11).unwrap_err().contains("less than"));
        assert!(run(base, b"\x05ab", 5).unwrap_err().contains("within an insertion"));
        assert!(run(base, b"\x91", 5).unwrap_err().contains("within a copy"));
        assert!(run(base, b"\x00", 0).unwrap_err().contains("does not exist"));
        assert_eq!(run(base, b"", 0).unwrap(), (vec![], vec![]));
    }

    #[test]
    fn sizes() {
        let whole = parts(b"\x0a\x80\x01rest").unwrap();
        assert_eq!((whole.base, whole.result, whole.instructions), (10, 128, &b"rest"[..]));
        let most = parts(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00").unwrap();
        assert_eq!((most.base, most.result), (u64::MAX, 0));
        assert_eq!(parts(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00"), None);
        assert_eq!(parts(b"\x80\x80"), None);
        assert_eq!(parts(b"\x05"), None);
        assert_eq!(parts(b""), None);
    }
}
