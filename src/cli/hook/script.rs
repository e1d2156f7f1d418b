//! The shell script that `hook install` writes, and how it is recognised.

use crate::cli::hook::args::{Missing, Type};

/// The line that makes a hook one of ours.
const MARK: &[u8] = b"# bartizan hook, version 1:";
/// What is behind the name of a hook that was there before.
pub(super) const BEFORE: &str = ".before-bartizan";

/// The script for `hook` that runs `program`, the path of bartizan.
///
/// It needs nothing but a POSIX shell, which git for Windows has, too.
pub(super) fn text(hook: Type, program: &[u8], missing: Missing) -> Vec<u8> {
    let name = hook.name();
    let before = if hook.has_input() {
        // Both are to read all of what git writes.
        r#"input=$(cat)
feed() { if [ -n "$input" ]; then printf '%s\n' "$input"; fi; }
if [ -f "$before" ] && [ -x "$before" ]; then feed | "$before" "$@" || exit; fi
"#
    } else {
        "if [ -f \"$before\" ] && [ -x \"$before\" ]; then \"$before\" \"$@\" || exit; fi\n"
    };
    let run = if hook.has_input() {
        format!("feed | \"$bartizan\" hook {name} \"$@\"\n")
    } else {
        format!("exec \"$bartizan\" hook {name} \"$@\"\n")
    };
    let (code, outcome) = match missing {
        Missing::Fail => (1, "blocked, because nothing was scanned"),
        Missing::Pass => (0, "passed, although nothing was scanned"),
    };
    let head = format!(
        "#!/bin/sh\n\
         {} `bartizan hook uninstall` takes it out, and puts back what was here before.\n\
         before=\"${{0%/*}}/{name}{BEFORE}\"\n\
         {before}bartizan=",
        String::from_utf8_lossy(MARK)
    );
    let tail = format!(
        r#"
if [ ! -x "$bartizan" ]; then
    gone=$bartizan
    bartizan=$(command -v bartizan) || {{
        printf '%s\n' "bartizan: $gone is gone and not in PATH: {outcome}" \
            "bartizan: install it again, then run: bartizan hook install --type {name}" \
            "bartizan: or remove this hook: rm '$0'" >&2
        exit {code}
    }}
fi
{run}"#
    );
    [head.as_bytes(), &quoted(program), tail.as_bytes()].concat()
}

/// True if `script` is one of ours, of whatever version.
pub(super) fn is_ours(script: &[u8]) -> bool {
    let mark = MARK.split(|byte| *byte == b',').next().unwrap_or(MARK);
    script.split(|byte| *byte == b'\n').nth(1).is_some_and(|line| line.starts_with(mark))
}

/// The program that one of our scripts runs.
pub(super) fn program(script: &[u8]) -> Option<Vec<u8>> {
    let start = memchr::memmem::find(script, b"\nbartizan='")? + "\nbartizan='".len();
    let mut rest = script.get(start..)?;
    let mut program = Vec::new();
    loop {
        let end = memchr::memchr(b'\'', rest)?;
        program.extend_from_slice(&rest[..end]);
        rest = &rest[end..];
        match rest.strip_prefix(br"'\''") {
            Some(more) => {
                program.push(b'\'');
                rest = more;
            }
            None => return Some(program),
        }
    }
}

/// A word in single quotes, in which a shell believes nothing.
fn quoted(word: &[u8]) -> Vec<u8> {
    let mut out = vec![b'\''];
    for byte in word {
        match byte {
            b'\'' => out.extend_from_slice(br"'\''"),
            byte => out.push(*byte),
        }
    }
    out.push(b'\'');
    out
}

#[cfg(test)]
mod tests {
    use super::{is_ours, program, text};
    use crate::cli::hook::args::{Missing, Type};

    #[test]
    fn a_script_is_known_again_with_its_program() {
        for path in [&b"/usr/bin/bartizan"[..], b"/a b/it's $(x)/\xff'", b"C:/x/bartizan.exe", b""] {
            for hook in Type::ALL {
                let script = text(hook, path, Missing::Fail);
                assert!(is_ours(&script));
                assert_eq!(program(&script).as_deref(), Some(path));
            }
        }
        assert!(!is_ours(b"#!/bin/sh\nbartizan hook pre-commit\n"));
        assert!(!is_ours(b""));
        assert_eq!(program(b"\nbartizan='x"), None);
    }
}
