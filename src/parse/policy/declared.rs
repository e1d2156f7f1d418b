//! Machine-readable declarations: `security.txt` (RFC 9116) and Security Insights, as keys and values with
//! locations.

use crate::model::Span;
use crate::parse::yaml;

/// The most keys of one file.
const ENTRIES_MAX: usize = 2000;
/// The deepest nesting of keys.
const DEPTH_MAX: usize = 12;

/// A value with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, in lower case, with its parents: `header.expiration-date`, `tools.0.name`.
    pub key: String,
    /// The value.
    pub value: String,
    /// The location of the value.
    pub span: Span,
}

/// The fields of a `security.txt`; `None` without the mandatory `Contact`.
#[must_use]
pub fn security_txt(bytes: &[u8]) -> Option<Vec<Entry>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut entries = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n').take(ENTRIES_MAX) {
        let start = at;
        at += line.len();
        // The lines of a signature are not fields.
        if line.starts_with("-----BEGIN PGP SIGNATURE") {
            break;
        }
        let Some((key, value)) = line.split_once(':').filter(|_| !line.starts_with(['#', '-'])) else {
            continue;
        };
        let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
        if !is_key {
            continue;
        }
        let bare = value.trim();
        let start = start + key.len() + 1 + (value.len() - value.trim_start().len());
        let span = Span::new(start.min(text.len()), (start + bare.len()).min(text.len()));
        entries.push(Entry { key: key.to_ascii_lowercase(), value: bare.to_owned(), span });
    }
    entries.iter().any(|entry| entry.key == "contact").then_some(entries)
}

/// The keys of a Security Insights file; `None` without its header.
#[must_use]
pub fn insights(bytes: &[u8]) -> Option<Vec<Entry>> {
    let (document, _) = yaml::read_partial(bytes);
    let root = document.root();
    root.get("header")?;
    let mut entries = Vec::new();
    flatten(root, String::new(), 0, &mut entries);
    Some(entries)
}

fn flatten(value: yaml::Value<'_>, key: String, depth: usize, entries: &mut Vec<Entry>) {
    if depth > DEPTH_MAX || entries.len() >= ENTRIES_MAX {
        return;
    }
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    if value.is_map() {
        for (name, inner) in value.entries() {
            let name = name.text().unwrap_or("").to_ascii_lowercase();
            flatten(inner, below(&name), depth + 1, entries);
        }
    } else if value.is_list() {
        for (number, inner) in value.items().enumerate() {
            flatten(inner, below(&number.to_string()), depth + 1, entries);
        }
    } else if let Some(text) = value.text() {
        entries.push(Entry { key, value: text.to_owned(), span: value.span() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(entries: Option<Vec<Entry>>, text: &str) -> Vec<String> {
        let entries = entries.expect("it is one");
        for entry in &entries {
            assert!(text[entry.span.range()].contains(&entry.value), "{entry:?}");
        }
        entries.iter().map(|entry| format!("{}={}", entry.key, entry.value)).collect()
    }

    #[test]
    fn fields_are_read() {
        let text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n# note: none\nContact: mailto:a@b.org\r\nExpires:  2026-01-31T00:00:00z\n\
                    -----BEGIN PGP SIGNATURE-----\nVersion: x\n";
        let found = shown(security_txt(text.as_bytes()), text);
        assert_eq!(found, ["hash=SHA512", "contact=mailto:a@b.org", "expires=2026-01-31T00:00:00z"]);
        assert_eq!(security_txt(b"Security\n\nReport: here\n"), None);
    }

    #[test]
    fn keys_are_read() {
        let text = "header:\n  expiration-date: '2026-01-31'\nsecurity-testing:\n- tool-name: Trivy\n  integration:\n    ci: true\n";
        assert_eq!(
            shown(insights(text.as_bytes()), text),
            [
                "header.expiration-date=2026-01-31",
                "security-testing.0.tool-name=Trivy",
                "security-testing.0.integration.ci=true",
            ]
        );
        assert_eq!(insights(b"a: b\n"), None);
        assert_eq!(insights(b"- header\n"), None);
    }
}
