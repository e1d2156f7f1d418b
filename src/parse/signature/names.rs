//! Names of files that a signature or a list gives: which of them may be looked for.

/// True for a name that cannot lead out of the folder it is looked for in: not empty, not absolute on any
/// system, without `..` and without NUL.
#[must_use]
pub fn stays_inside(name: &str) -> bool {
    let drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let file = name.len() >= 5 && name.as_bytes()[..5].eq_ignore_ascii_case(b"file:");
    !name.is_empty()
        && !name.starts_with(['/', '\\', '~'])
        && !drive
        && !file
        && !name.contains('\0')
        && !name.split(['/', '\\']).any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::stays_inside;

    #[test]
    fn what_leads_out_is_told() {
        for name in ["app-1.0.tar.gz", "dist/app", "./app", "pkg:npm/a@1", "https://host/a", "..a/b..", "a:b"]
        {
            let inside = name != "a:b";
            assert_eq!(stays_inside(name), inside, "{name}");
        }
        for name in [
            "",
            "/etc/passwd",
            "../a",
            "a/../../b",
            "a\\..\\b",
            "C:\\a",
            "c:a",
            "\\\\host\\a",
            "~/a",
            "a\0",
            "file:///a",
        ] {
            assert!(!stays_inside(name), "{name}");
        }
    }
}
