//! The current version of a project, from manifests and tags.

use super::{Known, Policy, Tag};
use crate::parse::policy::version::Version;

/// The version that the project has now.
#[derive(Debug)]
pub struct Current<'a> {
    /// What names it, the most telling first: what it is decided by has to be outside of all of them.
    pub known: Vec<&'a Known>,
    /// The highest tag of a release.
    pub tag: Option<&'a Tag>,
    /// Versions of which one has to be supported.
    pub any: Vec<&'a Version>,
}

impl Current<'_> {
    /// The version as text: "2.12.1".
    #[must_use]
    pub fn shown(&self) -> String {
        self.any.iter().max().map_or_else(String::new, |version| version.shown())
    }
}

/// A version that stands for none.
fn is_stand_in(known: &Known) -> bool {
    known.version.numbers == [0; 4] || known.text.contains("development") || known.text.contains("semantic")
}

impl Policy {
    /// The version that the project has now; nothing if that is not known.
    #[must_use]
    pub fn current(&self) -> Option<Current<'_>> {
        let tag = self.tags.iter().find(|tag| tag.is_main && !tag.version.is_early);
        let tag = tag.or_else(|| self.tags.iter().find(|tag| tag.is_main));
        let usable = || self.versions.iter().filter(|known| !is_stand_in(known) && !known.is_log);
        let mut known: Vec<&Known> = usable().filter(|known| known.is_root).collect();
        let log = || self.versions.iter().filter(|known| known.is_log);
        if known.is_empty() && tag.is_none() && log().next().is_none() {
            known = usable().collect();
        }
        // What is yet to come is not what there is.
        let has_early = known.iter().any(|known| known.version.is_early);
        if tag.is_some_and(|tag| !tag.version.is_early) {
            known.retain(|known| !known.version.is_early);
        }
        known.sort_by(|a, b| b.version.cmp(&a.version));
        if known.is_empty() && tag.is_none() {
            known = log().filter(|_| !has_early).take(1).collect();
        }
        let mut any: Vec<&Version> = Vec::new();
        match (known.first(), tag) {
            (None, None) => return self.other_tags(),
            (Some(first), None) => any.push(&first.version),
            (None, Some(tag)) => any.push(&tag.version),
            (Some(first), Some(tag)) if first.version.numbers >= tag.version.numbers => {
                any.push(&first.version)
            }
            // A manifest that was left behind.
            (Some(_), Some(tag)) => any.push(&tag.version),
        }
        // Of several manifests that name different versions any may be meant.
        if known.iter().any(|other| other.version.numbers != known[0].version.numbers) {
            any.extend(known.iter().map(|known| &known.version));
            any.extend(tag.map(|tag| &tag.version));
        }
        Some(Current { known, tag, any })
    }

    /// Of parts of the project alone.
    fn other_tags(&self) -> Option<Current<'_>> {
        let any: Vec<&Version> = self.tags.iter().map(|tag| &tag.version).collect();
        (!any.is_empty()).then(|| Current { known: Vec::new(), tag: self.tags.first(), any })
    }
}
