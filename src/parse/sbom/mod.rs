//! SBOMs: recognition, parsing, and the quality of a single document.
//!
//! [`sniff`] recognises a file, [`decode()`] decodes it, [`read`] parses any format into one [`Document`], and
//! [`quality`] evaluates it. An unknown version is no reason to reject a document.

mod cyclonedx;
mod decode;
mod kinds;
mod mistake;
mod model;
pub mod packed;
pub mod paths;
pub mod purl;
pub mod quality;
mod relations;
mod spdx2;
mod spdx3;
mod syft;
mod tag_value;
mod xml;

use mistake::{Lines, Mistakes, short};

use crate::parse::tree::json::{self, Dialect};
use crate::parse::tree::{Partial, Tree, yaml};

pub use decode::decode;
pub use kinds::{Family, sniff};
pub use mistake::{Grade, MISTAKES_MAX, Mistake};
pub use model::{
    COMPONENTS_MAX, Component, Creator, CreatorKind, Document, Edge, Hash, Licence, Party, Relation, Source,
    Text,
};
pub use purl::Purl;

/// The largest document in bytes: the tree of a dense one takes about twice as much.
pub const BYTES_MAX: usize = 64 << 20;

/// Parses a document of a supported format, see [`Family::is_read`]; reports an unsupported one.
#[must_use]
pub fn read(family: Family, text: &str) -> Document<'_> {
    let mut mistakes = Mistakes::default();
    let mut document = if text.len() > BYTES_MAX {
        let message = format!("is larger than {} MiB: not read", BYTES_MAX >> 20);
        mistakes.push(0, Grade::Unreadable, message);
        Document::new(family)
    } else {
        parse(family, text, &mut mistakes)
    };
    lines(&mut document, text);
    document.mistakes = mistakes.finish(text);
    document
}

fn parse<'a>(family: Family, text: &'a str, mistakes: &mut Mistakes) -> Document<'a> {
    let tree = match family {
        Family::CycloneDxJson
        | Family::Spdx2Json
        | Family::Spdx3Json
        | Family::GitHubExport
        | Family::Syft => of_json(text, mistakes),
        Family::SpdxYaml => of_yaml(text, mistakes),
        Family::CycloneDxXml => xml::read(text, mistakes),
        Family::SpdxTagValue => return tag_value::read(text, mistakes),
        Family::SpdxRdf | Family::SpdxXml | Family::Swid => {
            let message = format!("is {}, a recognised but unsupported format", family.name());
            mistakes.push(0, Grade::Unreadable, message);
            None
        }
    };
    let Some(tree) = tree else { return Document::new(family) };
    match family {
        Family::Syft => syft::read(&tree, mistakes),
        Family::Spdx2Json | Family::GitHubExport | Family::SpdxYaml => spdx2::read(family, &tree, mistakes),
        Family::Spdx3Json => spdx3::read(&tree, mistakes),
        _ => {
            if let Some(root) = tree.root().filter(|_| family == Family::CycloneDxJson) {
                cyclonedx::also(&tree, root, mistakes);
            }
            cyclonedx::read(family, &tree, mistakes)
        }
    }
}

/// The whole text as one value; `None` if it is not JSON.
fn of_json<'a>(text: &'a str, mistakes: &mut Mistakes) -> Option<Tree<'a>> {
    let json::Read { partial: Partial { tree, error }, twice } = json::read(text, Dialect::Strict);
    for id in twice {
        let name = short(tree.raw_key(id));
        mistakes.push(
            tree.at(id) as usize,
            Grade::Odd,
            format!("has `{name}` twice in an object: the last one counts here, others may take the first"),
        );
    }
    match error {
        None => Some(tree),
        Some((at, message)) => {
            mistakes.push(at, Grade::Unreadable, message);
            None
        }
    }
}

/// The documents of a YAML text; `None` if it is not YAML.
fn of_yaml<'a>(text: &'a str, mistakes: &mut Mistakes) -> Option<Tree<'a>> {
    let Partial { tree, error } = yaml::read(text);
    match error {
        None => Some(tree),
        Some((at, message)) => {
            mistakes.push(at, Grade::Unreadable, message);
            None
        }
    }
}

/// Sets the line of each component.
fn lines(document: &mut Document<'_>, text: &str) {
    let mut order: Vec<u32> = (0..document.components.len() as u32).collect();
    order
        .sort_unstable_by_key(|place| document.components.get(*place as usize).map(|component| component.at));
    let mut lines = Lines::new(text);
    for place in order {
        if let Some(component) = document.components.get_mut(place as usize) {
            component.line = lines.at(component.at as usize);
        }
    }
}

/// The version as which a document of an unknown `version` is read; `None` if it is known.
fn read_as(
    version: &Option<Text<'_>>,
    known: &[&'static str],
    at: u32,
    mistakes: &mut Mistakes,
) -> Option<&'static str> {
    let newest = known.last().copied()?;
    let message = match version {
        Some(version) if known.contains(&version.as_ref()) => return None,
        Some(version) => {
            format!("says version `{}`, which is not supported: read as {newest}", short(version))
        }
        None => format!("does not say its version: read as {newest}"),
    };
    mistakes.push(at as usize, Grade::Odd, message);
    Some(newest)
}
