//! CycloneDX 1.6 in JSON, as <https://cyclonedx.org/docs/1.6/json/> describes it.

use std::io::{self, Write};

use serde::Serialize;

use super::{Component, Need, Sorted, Stamp, Unique};
use crate::render::safe::SafeJson;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Metadata<'a>,
    components: Vec<Part<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<Edges<'a>>,
    compositions: Vec<Composition<'a>>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    timestamp: String,
    lifecycles: [Lifecycle; 1],
    tools: Tools,
    component: Part<'a>,
    properties: [Property<'a>; 1],
}

#[derive(Serialize)]
struct Lifecycle {
    phase: &'static str,
}

#[derive(Serialize)]
struct Tools {
    components: [Part<'static>; 1],
}

#[derive(Serialize)]
struct Part<'a> {
    r#type: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "str::is_empty")]
    reference: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashes: Option<[Hash<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property<'a>>,
}

#[derive(Serialize)]
struct Hash<'a> {
    alg: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct Property<'a> {
    name: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Edges<'a> {
    r#ref: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<&'a str>,
}

#[derive(Serialize)]
struct Composition<'a> {
    aggregate: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assemblies: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<&'a str>,
}

pub(super) fn render(sorted: &Sorted<'_>, stamp: Stamp, out: &mut dyn Write) -> io::Result<()> {
    let subject = &sorted.bom.subject;
    let mut unique = Unique::new('#');
    // The reference of the project comes first, so that it is the same whatever it depends on.
    let project = unique.name(format!("project:{}", subject.name));
    let references: Vec<String> =
        sorted.components.iter().map(|component| unique.name(reference(component))).collect();
    let root = sorted.primary.map_or(project.as_str(), |primary| &references[primary]);

    let mut dependencies = Vec::new();
    let members: Vec<&str> = sorted.members().map(|at| references[at].as_str()).collect();
    if !members.is_empty() {
        dependencies.push(Edges { r#ref: root, depends_on: members });
    }
    for (at, edges) in sorted.edges.iter().enumerate() {
        // What is not in the list counts as not known; what depends on nothing is in it.
        if let Some(edges) = edges {
            let depends_on = edges.iter().map(|to| references[*to].as_str()).collect();
            dependencies.push(Edges { r#ref: &references[at], depends_on });
        }
    }
    let mut all: Vec<&str> = sorted.primary.is_none().then_some(root).into_iter().collect();
    all.extend(references.iter().map(String::as_str));

    let document = Document {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: format!("urn:uuid:{}", sorted.serial),
        version: 1,
        metadata: Metadata {
            timestamp: stamp.time.to_string(),
            lifecycles: [Lifecycle { phase: "pre-build" }],
            tools: Tools {
                components: [Part {
                    r#type: "application",
                    reference: "",
                    name: "bartizan",
                    version: Some(stamp.version),
                    scope: None,
                    hashes: None,
                    purl: None,
                    properties: Vec::new(),
                }],
            },
            component: match sorted.primary {
                // A lock file does not say whether it is a program; a project that is shipped with
                // a bom of its own mostly is.
                Some(primary) => part(sorted.components[primary], "application", root),
                None => Part {
                    r#type: "application",
                    reference: root,
                    name: &subject.name,
                    version: subject.version.as_deref(),
                    scope: None,
                    hashes: None,
                    purl: None,
                    properties: Vec::new(),
                },
            },
            properties: [Property { name: "bartizan:limits", value: &sorted.bom.limits }],
        },
        components: (0..sorted.components.len())
            .filter(|at| Some(*at) != sorted.primary)
            .map(|at| part(sorted.components[at], "library", &references[at]))
            .collect(),
        dependencies,
        compositions: vec![
            // Packages of other kinds are not listed.
            Composition { aggregate: "incomplete", assemblies: vec![root], dependencies: Vec::new() },
            // Which of the edges a build goes along is not known.
            Composition { aggregate: "unknown", assemblies: Vec::new(), dependencies: all },
        ],
    };
    serde_json::to_writer_pretty(SafeJson::new(out), &document)?;
    out.write_all(b"\n")
}

/// What other parts of the document call it.
fn reference(component: &Component) -> String {
    component.purl.clone().unwrap_or_else(|| format!("package:{}@{}", component.name, component.version))
}

fn part<'a>(component: &'a Component, r#type: &'static str, reference: &'a str) -> Part<'a> {
    Part {
        r#type,
        reference,
        name: &component.name,
        version: Some(&component.version),
        scope: match component.need {
            Need::Unknown => None,
            Need::Runtime => Some("required"),
            Need::Optional | Need::Development => Some("optional"),
        },
        hashes: component.sha256.as_deref().map(|content| [Hash { alg: "SHA-256", content }]),
        purl: component.purl.as_deref(),
        properties: properties(component),
    }
}

/// What the format has no place for: where it comes from, and that it is there for development.
fn properties(component: &Component) -> Vec<Property<'_>> {
    let source = component.origin.map(|value| Property { name: "bartizan:source", value });
    let development = component.need == Need::Development;
    let development = development.then_some(Property { name: "bartizan:development", value: "true" });
    source.into_iter().chain(development).collect()
}
