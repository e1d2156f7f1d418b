//! Rejects an index with cached trees nested so deep that reading them exhausts the stack.

/// The deepest nesting that is read. Git's own paths end at 4,096 bytes, so at 2,048 directories.
const DEPTH_MAX: usize = 2048;
/// How many times all bytes of an index may be scanned before it is rejected.
const PASSES_MAX: usize = 4;
/// The cached-tree extension, see gitformat-index(5).
const EXTENSION: &[u8] = b"TREE";

/// Checks the `bytes` of an index.
///
/// # Errors
/// If it nests too deep.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    if is_shallow(bytes) { Ok(()) } else { Err("its cached trees are nested too deep".to_owned()) }
}

/// True if no cached-tree extension in `bytes` nests too deep. Only reading all entries shows where extensions
/// start, so every candidate is checked.
fn is_shallow(bytes: &[u8]) -> bool {
    let mut work = bytes.len().saturating_mul(PASSES_MAX);
    for at in memchr::memmem::find_iter(bytes, EXTENSION) {
        let rest = &bytes[at + EXTENSION.len()..];
        let Some((length, rest)) = rest.split_first_chunk::<4>() else { return true };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some(trees) = rest.get(..length) else { continue };
        let Some(left) = depth_within(trees, work) else { return false };
        work = left;
    }
    true
}

/// Reads `trees` node by node: name, NUL, entry count, space, subtree count, line feed, and an id if the entry
/// count is not negative. Returns what is left of `work`; `None` if it nests too deep or takes too long. Stops at
/// the first malformed node, as the reader does.
fn depth_within(trees: &[u8], work: usize) -> Option<usize> {
    // The length of an id is unknown here; both are tried by where the next node can start.
    let sha1 = depth_with(trees, 20, work)?;
    depth_with(trees, 32, sha1)
}

fn depth_with(mut data: &[u8], id: usize, mut work: usize) -> Option<usize> {
    // How many trees are still open on each level.
    let mut open: Vec<u64> = vec![1];
    loop {
        while open.last() == Some(&0) {
            open.pop();
        }
        let Some(here) = open.last_mut() else { return Some(work) };
        *here -= 1;
        let Some((below, length)) = node(data, id) else { return Some(work) };
        work = work.checked_sub(length)?;
        data = &data[length..];
        open.push(below);
        if open.len() > DEPTH_MAX {
            return None;
        }
    }
}

/// The subtree count of the node at the start of `data`, and the bytes of the node.
fn node(data: &[u8], id: usize) -> Option<(u64, usize)> {
    let name = memchr::memchr(0, data)?;
    let entries = name + 1 + memchr::memchr(b' ', &data[name + 1..])?;
    let trees = entries + 1 + memchr::memchr(b'\n', &data[entries + 1..])?;
    let below = std::str::from_utf8(&data[entries + 1..trees]).ok()?.parse().ok()?;
    let id = if data[name + 1] == b'-' { 0 } else { id };
    let length = trees + 1 + id;
    (length <= data.len()).then_some((below, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(depth: usize) -> Vec<u8> {
        let mut trees = Vec::new();
        for _ in 0..depth {
            trees.extend_from_slice(b"a\0-1 1\n");
        }
        trees.extend_from_slice(b"a\0-1 0\n");
        let mut bytes = b"DIRC and entries TREE".to_vec();
        bytes.extend_from_slice(&u32::try_from(trees.len()).expect("short").to_be_bytes());
        bytes.extend_from_slice(&trees);
        bytes
    }

    #[test]
    fn nesting_is_measured() {
        assert!(is_shallow(b"") && is_shallow(b"TREE") && is_shallow(b"TREE\0\0\0\x09too short"));
        assert!(is_shallow(&index(100)));
        assert!(!is_shallow(&index(100_000)));
    }

    #[test]
    fn ids_are_passed_over() {
        let mut trees = b"\x001 1\n".to_vec();
        trees.extend_from_slice(&[b' '; 20]);
        trees.extend_from_slice(b"a\x001 0\n");
        trees.extend_from_slice(&[b'\n'; 20]);
        assert_eq!(depth_with(&trees, 20, 1000), Some(1000 - trees.len()));
    }
}
