//! SPDX 2.3, as <https://spdx.github.io/spdx-spec/v2.3/> describes it; written as JSON here.

use std::io::{self, Write};

use serde::Serialize;

use super::{Component, Need, Sorted, Stamp, Unique};
use crate::render::safe::SafeJson;

/// What stands where nothing is known.
const NO_ASSERTION: &str = "NOASSERTION";
/// The id of the document itself.
const DOCUMENT: &str = "SPDXRef-DOCUMENT";

/// A document of SPDX 2.3, by the names that it has in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document<'a> {
    pub(super) spdx_version: &'static str,
    pub(super) data_license: &'static str,
    #[serde(rename = "SPDXID")]
    pub(super) id: &'static str,
    pub(super) name: &'a str,
    pub(super) document_namespace: String,
    pub(super) comment: &'a str,
    pub(super) creation_info: Creation,
    pub(super) packages: Vec<Package<'a>>,
    pub(super) relationships: Vec<Relationship>,
}

/// Who made it, and when.
#[derive(Serialize)]
pub(super) struct Creation {
    pub(super) created: String,
    pub(super) creators: [String; 1],
}

/// A package.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Package<'a> {
    #[serde(rename = "SPDXID")]
    pub(super) id: String,
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version_info: Option<&'a str>,
    pub(super) supplier: &'static str,
    pub(super) download_location: &'a str,
    pub(super) files_analyzed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) checksums: Option<[Checksum<'a>; 1]>,
    pub(super) license_concluded: &'static str,
    pub(super) license_declared: &'static str,
    pub(super) copyright_text: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) external_refs: Option<[ExternalRef<'a>; 1]>,
}

/// A hash of a package.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Checksum<'a> {
    pub(super) algorithm: &'static str,
    pub(super) checksum_value: &'a str,
}

/// Another name for a package.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExternalRef<'a> {
    pub(super) reference_category: &'static str,
    pub(super) reference_type: &'static str,
    pub(super) reference_locator: &'a str,
}

/// How two elements are related.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Relationship {
    pub(super) spdx_element_id: String,
    pub(super) relationship_type: &'static str,
    pub(super) related_spdx_element: String,
}

pub(super) fn render(sorted: &Sorted<'_>, stamp: Stamp, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(SafeJson::new(out), &document(sorted, stamp))?;
    out.write_all(b"\n")
}

pub(super) fn document<'a>(sorted: &Sorted<'a>, stamp: Stamp) -> Document<'a> {
    let subject = &sorted.bom.subject;
    let mut unique = Unique::new('-');
    let project = unique.name(format!("SPDXRef-Project-{}", word(&subject.name)));
    let ids: Vec<String> = sorted
        .components
        .iter()
        .map(|c| unique.name(format!("SPDXRef-Package-{}-{}", word(&c.name), word(&c.version))))
        .collect();
    let mut packages = Vec::with_capacity(ids.len() + 1);
    let mut relationships = Vec::new();
    let mut relate = |from: &str, relationship_type, to: &str| {
        relationships.push(Relationship {
            spdx_element_id: from.to_owned(),
            relationship_type,
            related_spdx_element: to.to_owned(),
        });
    };
    let mut own = (0..ids.len()).filter(|at| sorted.components[*at].own).peekable();
    if own.peek().is_none() {
        // The lock file does not name the project that it belongs to.
        packages.push(Package::new(project.clone(), &subject.name, subject.version.as_deref()));
        relate(DOCUMENT, "DESCRIBES", &project);
        relate(&project, "DEPENDS_ON", NO_ASSERTION);
        for (id, component) in ids.iter().zip(&sorted.components) {
            match component.need {
                Need::Unknown | Need::Runtime => {}
                Need::Optional => relate(id, "OPTIONAL_DEPENDENCY_OF", &project),
                Need::Development => relate(id, "DEV_DEPENDENCY_OF", &project),
            }
        }
    }
    for at in own {
        relate(DOCUMENT, "DESCRIBES", &ids[at]);
    }
    for (id, edges) in ids.iter().zip(&sorted.edges) {
        match edges.as_deref() {
            None => relate(id, "DEPENDS_ON", NO_ASSERTION),
            Some([]) => relate(id, "DEPENDS_ON", "NONE"),
            Some(edges) => edges.iter().for_each(|to| relate(id, "DEPENDS_ON", &ids[*to])),
        }
    }
    packages.extend(sorted.components.iter().zip(ids).map(|(component, id)| package(component, id)));
    Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: DOCUMENT,
        name: &subject.name,
        document_namespace: format!("https://spdx.org/spdxdocs/{}-{}", word(&subject.name), sorted.serial),
        comment: &sorted.bom.limits,
        creation_info: Creation {
            created: stamp.time.to_string(),
            creators: [format!("Tool: bartizan-{}", stamp.version)],
        },
        packages,
        relationships,
    }
}

impl<'a> Package<'a> {
    /// A package of which no more is known.
    fn new(id: String, name: &'a str, version: Option<&'a str>) -> Self {
        Self {
            id,
            name,
            version_info: version,
            supplier: NO_ASSERTION,
            download_location: NO_ASSERTION,
            files_analyzed: false,
            source_info: None,
            checksums: None,
            license_concluded: NO_ASSERTION,
            license_declared: NO_ASSERTION,
            copyright_text: NO_ASSERTION,
            external_refs: None,
        }
    }
}

fn package(component: &Component, id: String) -> Package<'_> {
    Package {
        source_info: component.origin.map(|origin| format!("from {}", place(origin))),
        download_location: component.location.as_deref().unwrap_or(NO_ASSERTION),
        checksums: component
            .sha256
            .as_deref()
            .map(|checksum_value| [Checksum { algorithm: "SHA256", checksum_value }]),
        external_refs: component.purl.as_deref().map(|reference_locator| {
            [ExternalRef { reference_category: "PACKAGE-MANAGER", reference_type: "purl", reference_locator }]
        }),
        ..Package::new(id, &component.name, Some(&component.version))
    }
}

/// Where a package comes from.
fn place(origin: &'static str) -> &'static str {
    match origin {
        "registry" => "another registry than the usual one",
        "git" => "a repository of git",
        "url" => "an address of its own",
        "path" => "a directory of the project",
        other => other,
    }
}

/// The characters that an id may have: letters, digits, full stops and hyphens.
fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
}
