//! Expands variables in compose files: `$NAME`, `${NAME:-default}`.

/// The deepest nesting of defaults.
const DEPTH_MAX: usize = 8;

/// A value with all variables unset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meant {
    /// The value, with variables replaced by their defaults; those without a default stay as written.
    pub text: String,
    /// False if a variable has no default.
    pub known: bool,
    /// True if a variable has a default.
    pub by_default: bool,
}

/// Expands `text` with all variables unset.
#[must_use]
pub fn interpolated(text: &str) -> Meant {
    let mut meant = Meant { text: String::with_capacity(text.len()), known: true, by_default: false };
    fill(text, 0, &mut meant);
    meant
}

fn fill(text: &str, depth: usize, meant: &mut Meant) {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        meant.text.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let (length, inside) = match behind.as_bytes().first() {
            // `$$` is an escaped `$`.
            Some(b'$') => {
                meant.text.push('$');
                rest = &behind[1..];
                continue;
            }
            Some(b'{') => match closing(behind) {
                Some(end) => (end + 1, Some(&behind[1..end])),
                None => (behind.len(), None),
            },
            _ => (name_length(behind), None),
        };
        if length == 0 {
            meant.text.push('$');
            rest = behind;
            continue;
        }
        match inside.and_then(default).filter(|_| depth < DEPTH_MAX) {
            Some(default) => {
                meant.by_default = true;
                fill(default, depth + 1, meant);
            }
            None => {
                meant.known = false;
                meant.text.push('$');
                meant.text.push_str(&behind[..length]);
            }
        }
        rest = &behind[length..];
    }
    meant.text.push_str(rest);
}

/// The position of the brace that closes the one at the start of `text`.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0usize;
    let mut before = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' if at == 0 || before == b'$' => open += 1,
            b'}' => open -= 1,
            _ => {}
        }
        before = byte;
        if open == 0 {
            return Some(at);
        }
    }
    None
}

fn name_length(text: &str) -> usize {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    text.bytes().take_while(is_name).count()
}

/// The default of `NAME:-default` or `NAME-default`.
fn default(inside: &str) -> Option<&str> {
    let behind = &inside[name_length(inside)..];
    behind.strip_prefix(":-").or_else(|| behind.strip_prefix('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_stand_for_variables() {
        for (text, meant, known) in [
            ("a", "a", true),
            ("a$$b", "a$b", true),
            ("${A:-b}c", "bc", true),
            ("${A-b}", "b", true),
            ("${A:-${B:-c}}/d", "c/d", true),
            ("${A:-${B}}", "${B}", false),
            ("${A}", "${A}", false),
            ("$A-b", "$A-b", false),
            ("${A:?no}", "${A:?no}", false),
            ("${A:+x}", "${A:+x}", false),
            ("${A:-}", "", true),
            ("$5", "$5", true),
            ("${A:-b", "${A:-b", false),
            ("$", "$", true),
            ("é${é}$é", "é${é}$é", false),
        ] {
            let found = interpolated(text);
            assert_eq!((found.text.as_str(), found.known), (meant, known), "{text}");
        }
        let deep = "${A:-".repeat(10_000) + &"}".repeat(10_000);
        assert!(!interpolated(&deep).known);
        assert!(interpolated("${A:-b}").by_default && !interpolated("$A").by_default);
    }
}
