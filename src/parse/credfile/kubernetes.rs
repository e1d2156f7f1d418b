//! Kubernetes manifests: `data` and `stringData` of each Secret.

use super::{Pair, json, yaml};
use crate::model::Span;

/// The values of all Secrets in a stream of documents; those of `data` are base64.
pub(super) fn secrets(text: &[u8]) -> Vec<Pair<'_>> {
    let is_json = text.trim_ascii_start().starts_with(b"{");
    let mut secrets = Vec::new();
    for document in documents(text) {
        let part = &text[document.range()];
        let mut pairs = if is_json { json::pairs(part) } else { yaml::scan(part) };
        if !pairs.iter().any(|pair| pair.key == b"kind" && &part[pair.value.range()] == b"Secret") {
            continue;
        }
        pairs.retain(|pair| matches!(pair.under, b"data" | b"stringData"));
        for pair in &mut pairs {
            pair.value = Span::new(pair.value.start + document.start, pair.value.end + document.start);
        }
        secrets.append(&mut pairs);
    }
    secrets
}

/// The parts of `text` between `---` lines.
fn documents(text: &[u8]) -> Vec<Span> {
    let mut documents = Vec::new();
    let mut start = 0;
    for at in memchr::memmem::find_iter(text, b"\n---") {
        documents.push(Span::new(start, at + 1));
        start = at + 1;
    }
    documents.push(Span::new(start, text.len()));
    documents
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;
    use super::*;

    #[test]
    fn only_the_data_of_secrets() {
        let text = "kind: ConfigMap\ndata:\n  password: no\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: no\ndata:\n  password: YWJj\nstringData:\n  token: abc\n";
        let expected =
            [("password", "YWJj"), ("token", "abc")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(shown(text, secrets), expected);
    }
}
