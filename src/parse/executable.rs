//! Files that are executed and not reviewed: programs, libraries, bytecode and packages of them.

/// How many bytes from the start of a file [`kind`] needs.
pub const HEAD: usize = 1024;

/// The kind of the file `name`, which starts with `head`; `None` for others. WebAssembly modules do not count:
/// they run in a sandbox.
#[must_use]
pub fn kind(name: &[u8], head: &[u8]) -> Option<&'static str> {
    let is = |known: &[&[u8]]| known.contains(&extension(name).as_slice());
    match head {
        [0x7f, b'E', b'L', b'F', ..] => Some("Linux program or library (ELF)"),
        [b'M', b'Z', ..] if is_portable(head) => Some("Windows program or library"),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => {
            Some("macOS program or library")
        }
        // The next field is the number of architectures of a macOS program, or the version of a Java class.
        [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 1..=20, ..] => Some("macOS program or library"),
        [0xca, 0xfe, 0xba, 0xbe, _, _, 0, 45..=255, ..] => Some("Java class"),
        [b'P', b'K', 3, 4, ..] if is(&[b"jar", b"war", b"ear", b"aar", b"apk", b"whl", b"nupkg"]) => {
            Some("package of compiled code")
        }
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] if is(&[b"a", b"lib", b"deb"]) => {
            Some("library or package")
        }
        [0xed, 0xab, 0xee, 0xdb, ..] => Some("Linux package (RPM)"),
        [b'd', b'e', b'x', b'\n', ..] => Some("Android bytecode"),
        [0xd0, 0xcf, 0x11, 0xe0, ..] if is(&[b"msi"]) => Some("Windows installer"),
        // The version of the interpreter, and a line end.
        [_, _, b'\r', b'\n', ..] if is(&[b"pyc", b"pyo"]) => Some("Python bytecode"),
        _ => None,
    }
}

/// In lower case, without the dot; for `libx.so.1.2` it is `so`.
fn extension(name: &[u8]) -> Vec<u8> {
    let at = memchr::memrchr(b'.', name).map_or(name.len(), |dot| dot + 1);
    name[at..].to_ascii_lowercase()
}

/// True if a PE header is where the DOS header says.
fn is_portable(head: &[u8]) -> bool {
    let at = head.get(0x3c..0x40).and_then(|at| at.try_into().ok()).map(u32::from_le_bytes);
    at.and_then(|at| head.get(at as usize..)).is_some_and(|rest| rest.starts_with(b"PE\0\0"))
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn programs_are_known_by_what_they_start_with() {
        assert!(kind(b"run", b"\x7fELF\x02\x01").is_some());
        assert_eq!(kind(b"A.class", b"\xca\xfe\xba\xbe\0\0\0\x34"), Some("Java class"));
        assert_eq!(kind(b"tool", b"\xca\xfe\xba\xbe\0\0\0\x02"), Some("macOS program or library"));
        assert!(kind(b"x.jar", b"PK\x03\x04").is_some() && kind(b"x.docx", b"PK\x03\x04").is_none());
        let mut program = vec![0; 0x84];
        program[..2].copy_from_slice(b"MZ");
        program[0x3c] = 0x80;
        program[0x80..].copy_from_slice(b"PE\0\0");
        assert!(kind(b"t64.exe", &program).is_some());
        for (name, head) in [
            (&b"MZ.txt"[..], &b"MZ is how it starts"[..]),
            (b"a.wasm", b"\0asm\x01\0\0\0"),
            (b"a.png", b"\x89PNG\r\n"),
            (b"empty", b""),
            (b"lib.a", b"a text"),
        ] {
            assert_eq!(kind(name, head), None);
        }
    }
}
