//! Dependency edges of `Gemfile.lock`.

use super::Finder;
use crate::parse::lockfile::Format;
use crate::parse::lockfile::gemfile::dependency;
use crate::parse::lockfile::reader::Reader;
use crate::parse::manifests::Scope;

pub(super) fn read(found: &mut Finder<'_>, text: &str) {
    let (mut section, mut owner) = ("", None);
    for line in Reader::new(Format::Gemfile, text).lines() {
        let (indent, body) = (line.indent(), line.text.trim());
        match (section, indent) {
            _ if body.is_empty() => {}
            (_, 0) => (section, owner) = (body, None),
            ("DEPENDENCIES", 2) => {
                let Some(name) = dependency(body) else { continue };
                let scope = found.wish("", name).map_or(Scope::Unsaid, |ask| ask.scope);
                for package in found.named(name).to_vec() {
                    found.ask(package, "", scope);
                }
            }
            ("GEM" | "GIT" | "PATH" | "PLUGIN SOURCE", 4) => owner = found.at(line.start + indent),
            ("GEM" | "GIT" | "PATH" | "PLUGIN SOURCE", 6) => {
                let (Some(owner), Some(name)) = (owner, dependency(body)) else { continue };
                for needed in found.named(name).to_vec() {
                    found.edge(owner, needed);
                }
            }
            _ => {}
        }
    }
}
