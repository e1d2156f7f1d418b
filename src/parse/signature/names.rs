//! Derives the names of signed files from the names of signatures.

/// Extensions of encodings.
const FORMATS: [&str; 9] = ["json", "jsonl", "ndjson", "txt", "b64", "base64", "pem", "der", "pb"];

/// Words that mark a file as a signature, attestation or description of the file named before them.
const WORDS: [&str; 41] = [
    "asc",
    "att",
    "attest",
    "attestation",
    "attestations",
    "bom",
    "bundle",
    "cdx",
    "cosign",
    "cyclonedx",
    "cyclonedxjson",
    "dsse",
    "envelope",
    "gpg",
    "intoto",
    "minisig",
    "openvex",
    "predicate",
    "prov",
    "provenance",
    "publish",
    "rekor",
    "sbom",
    "scai",
    "sig",
    "sign",
    "signature",
    "signatures",
    "signed",
    "sigstore",
    "slsa",
    "slsaprovenance",
    "spdx",
    "spdxjson",
    "statement",
    "verification",
    "vex",
    "vsa",
    "vuln",
    "vulnerabilities",
    "vulns",
];

/// Those of these words that are document types, too.
const DOCUMENTS: [&str; 11] =
    ["bom", "cdx", "cyclonedx", "openvex", "prov", "provenance", "sbom", "spdx", "vex", "vuln", "vulns"];

/// Names of files that one named `name` may sign: without its extension, then without each further word of
/// attestations. `app.cdx.sigstore.json` may be for `app.cdx` and for `app`.
#[must_use]
pub fn signed_names(name: &[u8]) -> Vec<&[u8]> {
    let packed = last_part(name, b".").filter(|(_, part)| part.eq_ignore_ascii_case(b"gz"));
    let inner = packed.and_then(|(before, _)| Some((before, last_part(before, b".")?.1)));
    // A compressed file keeps the name of the original.
    let name = match inner {
        Some((before, part)) if is_one_of(part, &FORMATS) || is_one_of(part, &WORDS) => before,
        _ => name,
    };
    let (bare, format) = match last_part(name, b".") {
        Some((bare, part)) if is_one_of(part, &FORMATS) => (bare, true),
        _ => (name, false),
    };
    let mut found = Vec::new();
    let mut rest = bare;
    while let Some((shorter, part)) = last_word(rest) {
        // The part before a format version is not a name yet.
        if is_one_of(part, &WORDS) {
            found.push(shorter);
        } else if !is_version(part) {
            break;
        }
        rest = shorter;
    }
    if found.is_empty() {
        // An unknown extension; the content marks the file as a signature.
        let stem = if format { Some(bare) } else { last_part(name, b".").map(|(stem, _)| stem) };
        found.extend(stem);
    }
    found
}

/// Names of documents that one of those names may abbreviate: for `app.spdx` the file `app.spdx.json`.
#[must_use]
pub fn documents_of(name: &[u8]) -> Vec<Vec<u8>> {
    let is_document = last_part(name, b".-_").is_some_and(|(_, part)| is_one_of(part, &DOCUMENTS));
    let endings: &[&[u8]] = if is_document { &[b".json", b".xml"] } else { &[] };
    endings.iter().map(|ending| [name, ending].concat()).collect()
}

/// The parts before and after the last of these separators; both non-empty.
fn last_part<'a>(name: &'a [u8], separators: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = name.iter().rposition(|byte| separators.contains(byte))?;
    let (before, behind) = (&name[..at], &name[at + 1..]);
    (!before.is_empty() && !behind.is_empty()).then_some((before, behind))
}

/// The same with `.`, `-` and `_`; `in-toto` is one word.
fn last_word(name: &[u8]) -> Option<(&[u8], &[u8])> {
    const IN_TOTO: &[u8] = b"in-toto";
    let at = name.len().saturating_sub(IN_TOTO.len());
    match name[..at] {
        [ref before @ .., b'.' | b'-' | b'_'] if name[at..].eq_ignore_ascii_case(IN_TOTO) => {
            (!before.is_empty()).then_some((before, b"intoto"))
        }
        _ => last_part(name, b".-_"),
    }
}

fn is_one_of(part: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// `v1`, as in `slsa-v1`.
fn is_version(part: &[u8]) -> bool {
    matches!(part, [b'v' | b'V', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::{documents_of, signed_names};

    fn signed(name: &str) -> Vec<String> {
        let names = signed_names(name.as_bytes());
        names
            .into_iter()
            .map(|name| String::from_utf8(name.to_vec()).expect("names are UTF-8 here"))
            .collect()
    }

    #[test]
    fn every_usual_ending_leads_to_the_artifact() {
        let endings = [
            "sigstore",
            "sigstore.json",
            "sigstore.jsonl",
            "sig",
            "sig.b64",
            "sign",
            "asc",
            "minisig",
            "bundle",
            "bundle.json",
            "cosign.bundle",
            "cdx.sigstore.json",
            "cdx.intoto.sigstore.json",
            "spdx.sigstore.json",
            "spdx.att",
            "sbom.intoto.jsonl",
            "intoto.sigstore.json",
            "intoto.jsonl",
            "intoto.json",
            "in-toto.jsonl",
            "slsa.intoto.jsonl",
            "slsa.v1.intoto.jsonl",
            "slsa-provenance-v1.json",
            "provenance",
            "provenance.json",
            "provenance.jsonl",
            "provenance.sigstore",
            "att",
            "att.json",
            "attestation",
            "attestation.json",
            "attestations.jsonl",
            "publish.attestation",
            "openvex.att.json",
            "vuln.intoto.jsonl",
            "dsse.json",
            "jsonl",
            "json",
            "sigstore.json.gz",
            "intoto.jsonl.gz",
            "unheard-of",
        ];
        for name in ["app", "app-1.0.tar.gz", "my-app_2"] {
            for ending in endings {
                for signature in [format!("{name}.{ending}"), format!("{name}.{}", ending.to_uppercase())] {
                    assert_eq!(signed(&signature).last().map(String::as_str), Some(name), "{signature}");
                }
            }
            for ending in ["provenance.json", "attestation.json", "sbom.sigstore.json", "signature.txt"] {
                for joint in ["-", "_"] {
                    let signature = format!("{name}{joint}{ending}");
                    assert_eq!(signed(&signature).last().map(String::as_str), Some(name), "{signature}");
                }
            }
        }
    }

    #[test]
    fn the_longest_name_comes_first_and_other_parts_stay() {
        assert_eq!(signed("app.cdx.intoto.sigstore.json"), ["app.cdx.intoto", "app.cdx", "app"]);
        assert_eq!(signed("app.cdx.json.sig"), ["app.cdx.json"]);
        assert_eq!(signed("app.tar.gz.sig"), ["app.tar.gz"]);
        assert_eq!(signed("data.json.gz.sig"), ["data.json.gz"]);
        assert_eq!(signed("multiple.intoto.jsonl"), ["multiple"]);
        assert_eq!(signed("cosign.bundle"), ["cosign"]);
        assert_eq!(signed("app-v1.sigstore.json"), ["app-v1"]);
        assert_eq!(signed("designed.sig"), ["designed"]);
        for none in [".sig", "sig", ".sigstore.json", "in-toto", ""] {
            assert!(signed(none).iter().all(|name| !name.is_empty()), "{none}");
        }
        assert_eq!(documents_of(b"app.spdx"), [b"app.spdx.json".to_vec(), b"app.spdx.xml".to_vec()]);
        assert!(documents_of(b"app").is_empty());
    }
}
