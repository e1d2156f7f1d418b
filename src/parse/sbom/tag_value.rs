//! SPDX 2 as tag-value lines: <https://spdx.github.io/spdx-spec/v2.3/conformance/>.

use super::kinds::Family;
use super::mistake::{Grade, Mistakes, short};
use super::model::{Component, Document, Hash, Source, Text};
use super::relations::Relations;
use super::spdx2::{self, asserted, external, licence, party};
use crate::parse::tree::some;

const OPEN: &str = "<text>";
const CLOSE: &str = "</text>";

/// The section of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Document,
    Package,
    /// A file, snippet, licence, review or annotation: irrelevant here.
    Other,
}

/// Parses a document; errors go to `mistakes`.
pub(super) fn read<'a>(text: &'a str, mistakes: &mut Mistakes) -> Document<'a> {
    let mut document = Document::new(Family::SpdxTagValue);
    let mut relations = Relations::default();
    relations.others.push(Text::Borrowed(spdx2::DOCUMENT));
    let mut section = Section::Document;
    let mut lines = Lines { text, at: 0, close: None };
    while let Some(line) = lines.next(mistakes) {
        let (at, tag, value) = (line.at, line.tag, line.value);
        let said = || some(Text::Borrowed(value));
        match tag {
            "PackageName" => {
                let package = Component { at: at as u32, name: said(), ..Component::default() };
                let added = document.add(package, mistakes).is_some();
                section = if added { Section::Package } else { Section::Other };
            }
            "FileName" | "SnippetSPDXID" | "LicenseID" | "Reviewer" | "Annotator" => {
                section = Section::Other;
                if tag == "SnippetSPDXID" {
                    relations.others.extend(said());
                }
            }
            "SPDXID" if section == Section::Other => relations.others.extend(said()),
            "SPDXID" if section == Section::Document => relations.others.extend(said()),
            "SPDXVersion" => {
                if document.version.is_some() {
                    let message = "has a second `SPDXVersion`: it is several documents in one file";
                    mistakes.push(at, Grade::Broken, message.to_owned());
                } else {
                    document.version = said().map(spdx2::number);
                }
            }
            "DocumentNamespace" => document.serial = said(),
            "DocumentName" => document.name = said(),
            "DocumentComment" | "CreatorComment" => document.comment = said().or(document.comment.take()),
            "Created" => document.timestamp = said(),
            "Creator" => document.creators.extend(said().map(spdx2::creator)),
            "Relationship" => {
                let mut words = value.split_whitespace();
                if let (Some(from), Some(kind), Some(to)) = (words.next(), words.next(), words.next()) {
                    spdx2::relate(Text::Borrowed(from), kind, Text::Borrowed(to), &mut relations);
                } else {
                    let message = format!("has a `Relationship` that is not three words: `{}`", short(value));
                    mistakes.push(at, Grade::Broken, message);
                }
            }
            _ if section == Section::Package => {
                if let Some(package) = document.components.last_mut() {
                    of_package(tag, value, package, &mut document.vulnerabilities);
                }
            }
            _ => {}
        }
    }
    document.read_as = spdx2::read_as(&document, 0, mistakes);
    relations.finish(&mut document, mistakes);
    document
}

fn of_package<'a>(tag: &str, value: &'a str, package: &mut Component<'a>, vulnerabilities: &mut usize) {
    let text = Text::Borrowed(value);
    match tag {
        "SPDXID" => package.reference = asserted(text),
        "PackageVersion" => package.version = asserted(text),
        "PackageFileName" => package.filename = asserted(text),
        "PackageSupplier" => package.supplier = party(text),
        "PackageOriginator" => package.manufacturer = party(text),
        "PackageDownloadLocation" => package.download = asserted(text),
        "PackageLicenseConcluded" => licence(Some(text), Source::Concluded, package),
        "PackageLicenseDeclared" => licence(Some(text), Source::Declared, package),
        "PackageCopyrightText" => package.copyright = asserted(text),
        "PrimaryPackagePurpose" => package.kind = asserted(text),
        "PackageChecksum" => {
            if let Some((algorithm, value)) = value.split_once(':') {
                let (algorithm, value) = (Text::Borrowed(algorithm.trim()), Text::Borrowed(value.trim()));
                package.hashes.push(Hash { algorithm, value });
            }
        }
        "ExternalRef" => {
            let mut words = value.split_whitespace().skip(1);
            let kind = words.next().unwrap_or_default();
            external(kind, words.next().map(Text::Borrowed), package, vulnerabilities);
        }
        _ => {}
    }
}

/// A tag with its value.
struct Line<'a> {
    at: usize,
    tag: &'a str,
    value: &'a str,
}

/// Splits the text into lines.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    /// The next `</text>`, once searched for; the end if there is none. Cached, so that many unclosed texts do not
    /// each search the rest.
    close: Option<usize>,
}

impl<'a> Lines<'a> {
    /// The next tag; malformed lines are reported and skipped.
    fn next(&mut self, mistakes: &mut Mistakes) -> Option<Line<'a>> {
        loop {
            let at = self.at;
            let rest = self.text.get(at..).filter(|rest| !rest.is_empty())?;
            let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            let line = &rest[..end];
            self.at = (at + end + 1).min(self.text.len());
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let Some((tag, value)) = line.split_once(':').filter(|(tag, _)| is_tag(tag.trim())) else {
                mistakes.push(at, Grade::Broken, format!("has a line without a tag: `{}`", short(trimmed)));
                continue;
            };
            let value = value.trim();
            let tag = tag.trim();
            let Some(inner) = value.strip_prefix(OPEN) else { return Some(Line { at, tag, value }) };
            let start = at + end - (line.len() - line.trim_end().len()) - inner.len();
            let value = match self.closed(start) {
                Some(close) => {
                    // The rest of the line after the closing tag is ignored.
                    let behind = self.text.get(close..).unwrap_or_default();
                    let end = memchr::memchr(b'\n', behind.as_bytes())
                        .map_or(self.text.len(), |end| close + end + 1);
                    self.at = end;
                    self.text.get(start..close).unwrap_or_default()
                }
                None => {
                    let message = format!("has a `{OPEN}` without `{CLOSE}` for `{}`", short(tag));
                    mistakes.push(at, Grade::Broken, message);
                    inner
                }
            };
            return Some(Line { at, tag, value: value.trim() });
        }
    }

    /// The end of the text that starts at `start`, if it is before the next one starts.
    fn closed(&mut self, start: usize) -> Option<usize> {
        if self.close.is_none_or(|close| close < start) {
            let rest = self.text.get(start..).unwrap_or_default();
            let found = memchr::memmem::find(rest.as_bytes(), CLOSE.as_bytes());
            self.close = Some(found.map_or(self.text.len(), |found| start + found));
        }
        let close = self.close.filter(|close| *close < self.text.len())?;
        let inner = self.text.get(start..close)?;
        let next = memchr::memmem::find(inner.as_bytes(), OPEN.as_bytes());
        let starts_another = next.is_some_and(|next| {
            let line = inner[..next].rsplit_once('\n').map(|(_, line)| line.trim());
            line.and_then(|line| line.strip_suffix(':')).is_some_and(is_tag)
        });
        (!starts_another).then_some(close)
    }
}

/// True for a word in the form of a tag.
fn is_tag(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::super::mistake::Mistake;
    use super::*;

    fn all(text: &str) -> (Vec<(&str, &str)>, Vec<Mistake>) {
        let (mut lines, mut mistakes) = (Lines { text, at: 0, close: None }, Mistakes::default());
        let mut found = Vec::new();
        while let Some(line) = lines.next(&mut mistakes) {
            found.push((line.tag, line.value));
        }
        (found, mistakes.finish(text))
    }

    #[test]
    fn texts_over_lines() {
        let (found, mistakes) = all("# c\nA: 1\r\nB: <text>one\n C: two</text>\n\nD:<text>x</text>");
        assert_eq!(found, [("A", "1"), ("B", "one\n C: two"), ("D", "x")]);
        assert_eq!(mistakes, []);
    }

    #[test]
    fn broken_texts_end_with_their_line() {
        let (found, mistakes) =
            all("A: <text>one\nB: 2\nC: <text>x</text>\nloose words\nD: <text>end\nE: 5\n");
        assert_eq!(found, [("A", "one"), ("B", "2"), ("C", "x"), ("D", "end"), ("E", "5")]);
        assert_eq!(mistakes.iter().map(|mistake| mistake.line).collect::<Vec<_>>(), [1, 4, 5]);
    }
}
