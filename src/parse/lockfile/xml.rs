//! NuGet's `packages.config` and Gradle's `verification-metadata.xml`.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};

use super::reader::Reader;
use super::{Format, Scope};
use crate::model::Span;

/// The elements of `packages.config`.
const PACKAGES: [&str; 2] = ["packages", "package"];
/// Those of `verification-metadata.xml`.
const VERIFICATION: [&str; 21] = [
    "verification-metadata",
    "configuration",
    "verify-metadata",
    "verify-signatures",
    "keyring-format",
    "key-servers",
    "key-server",
    "trusted-artifacts",
    "trust",
    "trusted-keys",
    "trusted-key",
    "trusting",
    "ignored-keys",
    "ignored-key",
    "components",
    "component",
    "artifact",
    "md5",
    "sha1",
    "sha256",
    "sha512",
];
/// Those with text.
const TEXTS: [&str; 5] = ["verify-metadata", "verify-signatures", "keyring-format", "also-trust", "pgp"];

/// An open Gradle component.
struct Component {
    name: String,
    version: String,
    at: Span,
    /// Whether artifacts are listed, and whether one of them is code.
    artifacts: bool,
    code: bool,
}

pub(super) fn read(reader: &mut Reader<'_>) {
    let known = |name: &str| match reader.format {
        Format::NuGetConfig => PACKAGES.contains(&name),
        _ => VERIFICATION.contains(&name) || TEXTS.contains(&name),
    };
    let mut xml = quick_xml::Reader::from_str(reader.text);
    xml.config_mut().check_end_names = true;
    let mut open: Vec<String> = Vec::new();
    let mut component: Option<Component> = None;
    let mut foreign: Vec<usize> = Vec::new();
    let mut found: Vec<(String, String, Span, Scope)> = Vec::new();
    let mut any = false;
    let error = loop {
        let at = usize::try_from(xml.buffer_position()).unwrap_or(usize::MAX);
        match xml.read_event() {
            Err(error) => break Some((at, format!("not XML: {error}"))),
            Ok(Event::Eof) if open.is_empty() && any => break None,
            Ok(Event::Eof) if any => {
                break Some((
                    reader.text.len(),
                    "ends in the middle: the file may have been cut off".to_owned(),
                ));
            }
            Ok(Event::Eof) => break Some((0, "it has no element".to_owned())),
            Ok(event @ (Event::Start(_) | Event::Empty(_))) => {
                let (element, is_open) = match &event {
                    Event::Start(element) => (element, true),
                    Event::Empty(element) => (element, false),
                    _ => continue,
                };
                let name = element.local_name().as_ref().to_owned();
                let is_root = matches!(name.as_str(), "packages" | "verification-metadata");
                if !known(&name) || is_root != open.is_empty() || is_root && any {
                    foreign.push(at);
                }
                any = true;
                let end = usize::try_from(xml.buffer_position()).unwrap_or(at);
                let span = Span::new(at, end);
                match name.as_str() {
                    "package" => match (attribute(element, "id"), attribute(element, "version")) {
                        (Some(id), Some(version)) => {
                            let development = attribute(element, "developmentDependency");
                            let scope = match development.as_deref() {
                                Some("true") => Scope::Development,
                                _ => Scope::Runtime,
                            };
                            found.push((id, version, span, scope));
                        }
                        _ => foreign.push(at),
                    },
                    "component" => {
                        let field = |name| attribute(element, name);
                        match (field("group"), field("name"), field("version")) {
                            (Some(group), Some(name), Some(version)) if is_open => {
                                let name = format!("{group}:{name}");
                                let (artifacts, code) = (false, false);
                                component = Some(Component { name, version, at: span, artifacts, code });
                            }
                            (Some(_), Some(_), Some(_)) => {}
                            _ => foreign.push(at),
                        }
                    }
                    "artifact" => {
                        if let Some(component) = &mut component {
                            let file = attribute(element, "name").unwrap_or_default();
                            component.artifacts = true;
                            component.code |= !file.ends_with(".pom") && !file.ends_with(".module");
                        }
                    }
                    _ => {}
                }
                if is_open {
                    open.push(name);
                }
            }
            Ok(Event::End(_)) => {
                // A component with only a POM is a parent or a BOM, and not on any classpath.
                if open.pop().as_deref() == Some("component")
                    && let Some(one) = component.take()
                    && (one.code || !one.artifacts)
                {
                    found.push((one.name, one.version, one.at, Scope::Unsaid));
                }
            }
            Ok(Event::Text(text)) => {
                let within = open.last().is_some_and(|name| TEXTS.contains(&name.as_str()));
                let raw: &str = &text;
                let blank = raw.trim().is_empty();
                if !within && !blank {
                    foreign.push(at + raw.len() - raw.trim_start().len());
                }
            }
            Ok(Event::CData(_) | Event::GeneralRef(_) | Event::DocType(_)) => foreign.push(at),
            Ok(Event::Decl(_) | Event::PI(_) | Event::Comment(_)) => {}
        }
    };
    for (name, version, at, scope) in found {
        reader.published(&name, &version, at);
        reader.scope(scope);
    }
    let file = reader.format.file();
    for at in foreign {
        reader.mistake(at, format!("not what a {file} holds there; it was not read"));
    }
    if let Some((at, why)) = error {
        reader.mistake(at, format!("{why}; packages behind it were not checked"));
    }
}

/// The value of an attribute, if it is there and not empty.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().flatten().find(|one| one.key.as_ref() == name)?;
    let raw: &str = &found.value;
    let text = quick_xml::escape::unescape(raw).unwrap_or(Cow::Borrowed(raw)).into_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::Format;
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};
    use crate::parse::lockfile::{Scope, parse};

    #[test]
    fn packages_of_nuget() {
        let text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<packages>\n  <package id=\"Tin\" version=\"1.0.0\" targetFramework=\"net48\" />\n  <package id=\"Zinc\" version=\"2.0.0\" developmentDependency=\"true\" />\n</packages>\n";
        assert_eq!(parsed(Format::NuGetConfig, text), ["Tin 1.0.0 3", "Zinc 2.0.0 4"]);
        let scopes: Vec<_> =
            parse(Format::NuGetConfig, text.as_bytes()).packages.iter().map(|one| one.scope).collect();
        assert_eq!(scopes, [Scope::Runtime, Scope::Development]);
        let mistake = |text: &str| line_of_mistake(Format::NuGetConfig, text);
        assert_eq!(parsed(Format::NuGetConfig, "<packages />\n"), [""; 0]);
        assert_eq!(mistake("<html>\n</html>\n"), Some(1));
        assert_eq!(mistake(&text.replace("</packages>\n", "")), Some(5));
        assert_eq!(mistake(&text.replace(" version=\"1.0.0\"", "")), Some(3));
        assert_eq!(mistake(&text.replace("<packages>\n", "<packages>\nmore\n")), Some(3));
    }

    #[test]
    fn components_of_gradle() {
        let text = "<verification-metadata xmlns=\"https://schema.gradle.org/dependency-verification\">\n  <configuration>\n    <verify-metadata>true</verify-metadata>\n  </configuration>\n  <components>\n    <component group=\"org.example\" name=\"tin\" version=\"1.0.0\">\n      <artifact name=\"tin-1.0.0.jar\"><sha256 value=\"00\" origin=\"x\"/></artifact>\n      <artifact name=\"tin-1.0.0.pom\"/>\n    </component>\n    <component group=\"org.example\" name=\"parent\" version=\"2.0\">\n      <artifact name=\"parent-2.0.pom\"/>\n    </component>\n  </components>\n</verification-metadata>\n";
        assert_eq!(parsed(Format::GradleVerification, text), ["org.example:tin 1.0.0 6"]);
        let cut = &text[..text.find("    <component group=\"org.example\" name=\"parent").unwrap()];
        assert!(line_of_mistake(Format::GradleVerification, cut).is_some());
    }
}
