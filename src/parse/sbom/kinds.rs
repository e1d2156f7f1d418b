//! Recognises SBOMs by a few bytes, because every file of a repository is checked.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::decode::order;

/// How many bytes at the start are searched for the format.
const HEAD: usize = 8 << 10;
/// The most occurrences of a member name that are checked.
const HITS_MAX: usize = 4;
/// How many bytes at the end are searched, too: some programs order members differently.
const TAIL: usize = 1 << 10;

/// The formats of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// CycloneDX in JSON.
    CycloneDxJson,
    /// CycloneDX in XML.
    CycloneDxXml,
    /// SPDX 2 in JSON.
    Spdx2Json,
    /// SPDX 2 as tags and values.
    SpdxTagValue,
    /// SPDX 3 in JSON-LD.
    Spdx3Json,
    /// SPDX 2 in JSON as exported by GitHub: in a member `sbom`.
    GitHubExport,
    /// SPDX 2 in YAML.
    SpdxYaml,
    /// SPDX 2 in RDF/XML.
    SpdxRdf,
    /// SPDX 2 in XML.
    SpdxXml,
    /// A SWID tag.
    Swid,
    /// Syft's own format.
    Syft,
}

impl Family {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CycloneDxJson => "CycloneDX (JSON)",
            Self::CycloneDxXml => "CycloneDX (XML)",
            Self::Spdx2Json => "SPDX (JSON)",
            Self::SpdxTagValue => "SPDX (tag-value)",
            Self::Spdx3Json => "SPDX 3 (JSON-LD)",
            Self::GitHubExport => "SPDX (JSON, GitHub's export)",
            Self::SpdxYaml => "SPDX (YAML)",
            Self::SpdxRdf => "SPDX (RDF/XML)",
            Self::SpdxXml => "SPDX (XML)",
            Self::Swid => "SWID",
            Self::Syft => "syft's JSON",
        }
    }

    /// True if it is supported; others are only recognised.
    #[must_use]
    pub const fn is_read(self) -> bool {
        !matches!(self, Self::SpdxRdf | Self::SpdxXml | Self::Swid)
    }

    /// True for CycloneDX.
    #[must_use]
    pub const fn is_cyclonedx(self) -> bool {
        matches!(self, Self::CycloneDxJson | Self::CycloneDxXml)
    }

    /// True for SPDX 2 in any format.
    #[must_use]
    pub const fn is_spdx2(self) -> bool {
        matches!(
            self,
            Self::Spdx2Json
                | Self::SpdxTagValue
                | Self::GitHubExport
                | Self::SpdxYaml
                | Self::SpdxRdf
                | Self::SpdxXml
        )
    }
}

/// Compiled searches.
struct Finders {
    bom_format: Finder<'static>,
    spdx_version: Finder<'static>,
    context: Finder<'static>,
    spdx_ref: Finder<'static>,
    bom_ref: Finder<'static>,
}

static FINDERS: LazyLock<Finders> = LazyLock::new(|| Finders {
    bom_format: Finder::new("\"bomFormat\""),
    spdx_version: Finder::new("\"spdxVersion\""),
    context: Finder::new("\"@context\""),
    spdx_ref: Finder::new("\"SPDXRef-DOCUMENT\""),
    bom_ref: Finder::new("\"bom-ref\""),
});

/// The format of the file with this name (without directories) and content. `None` for lookalikes: electronics
/// BOMs, schemas, lock files.
#[must_use]
pub fn sniff(name: &[u8], bytes: &[u8]) -> Option<Family> {
    // Almost no other file starts with one of these bytes.
    match bytes.first()? {
        b'{' | b'<' | b'S' | b'#' | b's' | b'-' | b' ' | b'\n' | b'\r' | b'\t' | b'"' => {
            sniff_text(name, bytes)
        }
        0xef => sniff_text(name, bytes.strip_prefix(b"\xef\xbb\xbf")?),
        0xff | 0xfe | 0 => {
            let little = order(bytes)?;
            let head = bytes.get(..bytes.len().min(2 * HEAD))?;
            let units = head.chunks_exact(2).map(|pair| match little {
                true => u16::from_le_bytes([pair[0], pair[1]]),
                false => u16::from_be_bytes([pair[0], pair[1]]),
            });
            let text: String = char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
            sniff_text(name, text.trim_start_matches('\u{feff}').as_bytes())
        }
        // With this extension its tags may be in any order.
        _ if name.ends_with(b".spdx") => sniff_text(name, bytes),
        _ => None,
    }
}

/// The same for text.
fn sniff_text(name: &[u8], text: &[u8]) -> Option<Family> {
    // UTF-16 without a byte order mark.
    if text.get(1) == Some(&0) && order(text) == Some(true) {
        let half: Cow<'_, [u8]> = text.iter().copied().take(2 * HEAD).step_by(2).collect();
        return sniff_text(name, &half);
    }
    let blank = text.iter().take(HEAD).take_while(|byte| byte.is_ascii_whitespace()).count();
    let text = text.get(blank..)?;
    match text.first()? {
        b'{' => json(name, text),
        b'<' => xml(text),
        _ => lines(name, text.get(..text.len().min(HEAD))?),
    }
}

fn json(name: &[u8], text: &[u8]) -> Option<Family> {
    let head = text.get(..text.len().min(HEAD))?;
    if let Some(family) = member(text, head, 0) {
        return Some(family);
    }
    // Syft's format starts with its list and ends with its descriptor, unless its members are sorted.
    let first = head.get(1..)?.trim_ascii_start();
    let tail = text.len().saturating_sub(TAIL);
    let end = text.get(tail..)?;
    if first.starts_with(b"\"artifacts\"") || first.starts_with(b"\"artifactRelationships\"") {
        let place = if is_named(name) || has(name, b"syft") { text } else { end };
        return has(place, b"anchore/syft").then_some(Family::Syft);
    }
    if text.len() > HEAD {
        // A file with the name or the vocabulary of an SBOM is searched whole.
        let finders = &*FINDERS;
        let whole = is_named(name)
            || [&finders.spdx_ref, &finders.bom_ref].iter().any(|finder| finder.find(head).is_some());
        return member(text, if whole { text } else { end }, if whole { 0 } else { tail });
    }
    None
}

/// The format by a member of the top-level object, in the piece of the text that starts at `from`.
fn member(text: &[u8], piece: &[u8], from: usize) -> Option<Family> {
    let finders = &*FINDERS;
    // The member may also be deeper, in an embedded document.
    let depths = |finder: &Finder<'_>, accepts: &dyn Fn(&[u8]) -> bool| -> [bool; 2] {
        let mut found = [false; 2];
        for at in finder.find_iter(piece).take(HITS_MAX) {
            let behind = text.get(from + at + finder.needle().len()..).unwrap_or_default();
            let value = behind.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start);
            if value.is_some_and(accepts)
                && let Some(slot) = found.get_mut(depth(text, from + at).wrapping_sub(1))
            {
                *slot = true;
            }
        }
        found
    };
    if depths(&finders.bom_format, &|value| value.starts_with(b"\"CycloneDX\""))[0] {
        return Some(Family::CycloneDxJson);
    }
    let said = |value: &[u8]| {
        value.starts_with(b"\"SPDX-") || value.starts_with(b"\"\"") && finders.spdx_ref.find(piece).is_some()
    };
    let first = text.get(1..).map(<[u8]>::trim_ascii_start).unwrap_or_default();
    match depths(&finders.spdx_version, &said) {
        [true, _] => return Some(Family::Spdx2Json),
        [_, true] if first.starts_with(b"\"sbom\"") => return Some(Family::GitHubExport),
        // As written by the first JSON tools.
        [_, true] if first.starts_with(b"\"Document\"") => return Some(Family::Spdx2Json),
        _ => {}
    }
    // The context may be an object.
    let context = |value: &[u8]| {
        let near = value.get(..value.len().min(512)).unwrap_or_default();
        let names = |url: &str| memchr::memmem::find(near, url.as_bytes()).is_some();
        matches!(value.first(), Some(b'"' | b'['))
            && (names("spdx.org/rdf/3") || names("spdx-context.jsonld"))
    };
    depths(&finders.context, &context)[0].then_some(Family::Spdx3Json)
}

/// The number of open brackets at `at`, outside of strings.
fn depth(text: &[u8], at: usize) -> usize {
    let (mut depth, mut next) = (0usize, 0);
    while next < at {
        match text.get(next) {
            Some(b'{' | b'[') => depth += 1,
            Some(b'}' | b']') => depth = depth.saturating_sub(1),
            Some(b'"') => {
                next += 1;
                while let Some(found) = memchr::memchr2(b'"', b'\\', text.get(next..).unwrap_or_default()) {
                    next += found;
                    if text.get(next) == Some(&b'"') {
                        break;
                    }
                    next += 2;
                }
            }
            _ => {}
        }
        next += 1;
    }
    depth
}

/// True for usual names of SBOMs.
pub(super) fn is_named(name: &[u8]) -> bool {
    [&b"bom"[..], b"spdx", b"cdx", b"SPDX", b"BOM", b"cyclonedx"].iter().any(|part| has(name, part))
}

fn has(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

/// The format by the root element.
fn xml(text: &[u8]) -> Option<Family> {
    // A long prolog may precede the first element: notices, or a hostile declaration.
    let mut rest = text;
    loop {
        rest = rest.trim_ascii_start();
        let until = |end: &[u8]| memchr::memmem::find(rest, end).and_then(|at| rest.get(at + end.len()..));
        rest = if rest.starts_with(b"<?") {
            until(b"?>")?
        } else if rest.starts_with(b"<!--") {
            until(b"-->")?
        } else if rest.starts_with(b"<!DOCTYPE") {
            let (open, end) = (memchr::memchr(b'[', rest), memchr::memchr(b'>', rest)?);
            if open.is_some_and(|open| open < end) { until(b"]>")? } else { rest.get(end + 1..)? }
        } else {
            break;
        };
    }
    let rest = rest.get(..rest.len().min(HEAD))?;
    let tag = rest.strip_prefix(b"<")?;
    let length = tag
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-'))
        .count();
    let name = tag.get(..length)?.rsplit(|byte| *byte == b':').next()?;
    let has = |text: &[u8], what: &str| memchr::memmem::find(text, what.as_bytes()).is_some();
    let inside = || tag.get(..memchr::memchr(b'>', tag).unwrap_or(tag.len())).unwrap_or_default();
    match name {
        b"bom" if has(inside(), "cyclonedx.org/schema/bom") => Some(Family::CycloneDxXml),
        b"SoftwareIdentity" => Some(Family::Swid),
        b"RDF" if has(rest, "spdx.org/rdf/terms") => Some(Family::SpdxRdf),
        b"Document" if has(rest, "<spdxVersion>") || has(rest, "<SPDXID>") => Some(Family::SpdxXml),
        _ => None,
    }
}

/// The format by the first lines.
fn lines(name: &[u8], head: &[u8]) -> Option<Family> {
    let mut rest = head;
    let yaml = name.ends_with(b".yml") || name.ends_with(b".yaml");
    let named = is_named(name);
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = rest.get(..end)?.trim_ascii();
        rest = rest.get(end..)?;
        let value = |key: &str| {
            let line = line.strip_prefix(b"\"").unwrap_or(line).strip_prefix(key.as_bytes())?;
            let line = line.strip_prefix(b"\"").unwrap_or(line).trim_ascii_start().strip_prefix(b":")?;
            let value = line.trim_ascii_start();
            Some(value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value))
        };
        if value("SPDXVersion").is_some_and(|value| value.starts_with(b"SPDX-")) {
            return Some(Family::SpdxTagValue);
        }
        if yaml && value("spdxVersion").is_some_and(|value| value.starts_with(b"SPDX-")) {
            return Some(Family::SpdxYaml);
        }
        // Anything else ends the search, unless the file's name is that of an SBOM.
        if !(line.is_empty() || line.starts_with(b"#") || named || yaml && line.starts_with(b"SPDXID")) {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, text: &str, expected: Option<Family>) {
        assert_eq!(sniff(name.as_bytes(), text.as_bytes()), expected, "{text}");
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(
            sniff(name.as_bytes(), &[b"\xff\xfe".to_vec(), little.clone()].concat()),
            expected,
            "{text}"
        );
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        assert_eq!(sniff(name.as_bytes(), &marked), expected, "{text}");
    }

    #[test]
    fn families_by_what_they_say() {
        check("x", "{\"bomFormat\" : \"CycloneDX\"}", Some(Family::CycloneDxJson));
        check("x", "\n {\"a\":[{}],\"bomFormat\":\"CycloneDX\"}", Some(Family::CycloneDxJson));
        check(
            "x",
            "{\"a\":{\"bomFormat\":\"CycloneDX\"},\"bomFormat\":\"CycloneDX\"}",
            Some(Family::CycloneDxJson),
        );
        check("x", "{\"spdxVersion\":\"SPDX-2.3\"}", Some(Family::Spdx2Json));
        check("x", "{\"sbom\": {\"spdxVersion\":\"SPDX-2.3\"}}", Some(Family::GitHubExport));
        let context = "{\"@context\":\"https://spdx.org/rdf/3.0.1/spdx-context.jsonld\",\"@graph\":[]}";
        check("x", context, Some(Family::Spdx3Json));
        check(
            "x",
            "{\"artifacts\":[],\"schema\":{\"url\":\"https://x/anchore/syft/main/s\"}}",
            Some(Family::Syft),
        );
        check(
            "x",
            "<?xml version='1.0'?>\n<!-- b -->\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\">",
            Some(Family::CycloneDxXml),
        );
        let notice =
            format!("<!--{}--><bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\"/>", "x".repeat(20_000));
        assert_eq!(sniff(b"x", notice.as_bytes()), Some(Family::CycloneDxXml));
        check(
            "x",
            "<!DOCTYPE bom [<!ENTITY a \"b\">]><c:bom xmlns:c=\"http://cyclonedx.org/schema/bom/1.4\"/>",
            Some(Family::CycloneDxXml),
        );
        check("x", "<rdf:RDF xmlns=\"http://spdx.org/rdf/terms#\">", Some(Family::SpdxRdf));
        check("x", "<Document><SPDXID>SPDXRef-DOCUMENT</SPDXID>", Some(Family::SpdxXml));
        check("x", "<SoftwareIdentity name=\"x\">", Some(Family::Swid));
        check("x", "# made by hand\n\nSPDXVersion: SPDX-2.2\n", Some(Family::SpdxTagValue));
        check("a.spdx", "DataLicense: CC0-1.0\nSPDXVersion: SPDX-2.2\n", Some(Family::SpdxTagValue));
        check(
            "a.spdx.yml",
            "SPDXID: \"SPDXRef-DOCUMENT\"\nspdxVersion: \"SPDX-2.2\"\n",
            Some(Family::SpdxYaml),
        );
    }

    #[test]
    fn what_only_looks_alike() {
        for (name, text) in [
            ("bom.json", "{\"components\":[{\"ref\":\"R1\",\"value\":\"10k\"}]}"),
            ("bom.csv", "Reference,Value\nR1,10k\n"),
            ("bom.xml", "<export version=\"D\"><design/></export>"),
            ("bom.schema.json", "{\"properties\":{\"bomFormat\":{\"const\":\"CycloneDX\"}}}"),
            ("a.json", "{\"data\":{\"bomFormat\":\"CycloneDX\"}}"),
            ("a.json", "[{\"bomFormat\":\"CycloneDX\"}]"),
            ("a.json", "{\"text\":\"{\\\"bomFormat\\\":\\\"CycloneDX\\\"}\"}"),
            ("context.jsonld", "{\"@context\":{\"spdx\":\"https://spdx.org/rdf/3.0.1/terms/\"}}"),
            ("a.json", "{\"@context\":\"https://schema.org\",\"license\":\"https://spdx.org/licenses/MIT\"}"),
            ("bom.xml", "<bom><part/></bom>"),
            ("main.rs", "// SPDXVersion: SPDX-2.3"),
            ("a.py", "# SPDX-License-Identifier: MIT\nimport os\nSPDXVersion: SPDX-2.3"),
            ("a", ""),
            ("a", "{"),
        ] {
            check(name, text, None);
        }
    }

    #[test]
    fn what_is_said_late() {
        let files = format!("{{\"files\":[{}],\"spdxVersion\":\"SPDX-2.2\"}}", "\"x\",".repeat(9_000) + "1");
        assert_eq!(sniff(b"x.json", files.as_bytes()), Some(Family::Spdx2Json));
        let middle =
            format!("{{\"a\":\"{0}\",\"spdxVersion\":\"SPDX-2.2\",\"b\":\"{0}\"}}", "x".repeat(20_000));
        assert_eq!(sniff(b"x.json", middle.as_bytes()), None);
        assert_eq!(sniff(b"x.spdx.json", middle.as_bytes()), Some(Family::Spdx2Json));
    }
}
