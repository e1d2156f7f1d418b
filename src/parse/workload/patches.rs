//! Recognises JSON patches (RFC 6902).

use crate::parse::yaml::Value;

/// True if `bytes` may be a JSON patch of a workload, by a quick check.
#[must_use]
pub(super) fn are_operations(bytes: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(bytes, needle).is_some();
    let mut lines = bytes.split(|byte| *byte == b'\n').map(|line| line.trim_ascii());
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"#") && !line.starts_with(b"---"));
    first.is_some_and(|line| line.starts_with(b"- ") || line.starts_with(b"["))
        && (has(b"op:") || has(b"\"op\"") || has(b"'op'"))
        && has(b"/spec")
}

/// True for a list of operations.
pub(super) fn is_list(root: Value<'_>) -> bool {
    root.items().next().is_some_and(|one| one.get("op").is_some() && one.get("path").is_some())
}
