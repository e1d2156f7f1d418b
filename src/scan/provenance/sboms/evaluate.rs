//! Evaluates one document.

use std::collections::BTreeSet;

use super::Policy;
use super::facts::Kept;
use super::lock::Locks;
use crate::engine::provenance::{Lack, Sbom, Stale};
use crate::model::{RepoPath, text};
use crate::parse::sbom::{Document, Family, Grade, decode, paths, quality, read};
use crate::source::Source;

/// A document, and its key for duplicates.
pub(super) struct Evaluated {
    sbom: Sbom,
    /// Its name, creation time, and size.
    identity: (Option<String>, Option<String>, usize),
    /// True if it is embedded.
    within: bool,
}

/// The documents; those in a statement only if not also a file.
pub(super) fn distinct(all: Vec<Evaluated>) -> Vec<Sbom> {
    let files: BTreeSet<_> = all.iter().filter(|one| !one.within).map(|one| one.identity.clone()).collect();
    let is_kept =
        |one: &Evaluated| !(one.within && one.identity.0.is_some() && files.contains(&one.identity));
    all.into_iter().filter(is_kept).map(|one| one.sbom).collect()
}

/// Evaluates a document; none for a pure vulnerability report.
pub(super) fn one(
    path: &RepoPath,
    kept: &Kept,
    locks: &Locks<'_>,
    sources: &[&dyn Source],
    policy: &Policy,
) -> Option<Evaluated> {
    let family = kept.family;
    let mut sbom = Sbom::new(path.clone(), family.name().to_owned(), policy.profile.as_str());
    sbom.signed = kept.signed;
    let unknown = |sbom| Evaluated { sbom, identity: (None, None, 0), within: kept.within.is_some() };
    let text = match decode(&kept.bytes) {
        Ok(text) => text,
        Err(mistake) => {
            sbom.unreadable.push((kept.within.unwrap_or(mistake.line), mistake.message));
            return Some(unknown(sbom));
        }
    };
    if !family.is_read() {
        sbom.recognised_only = true;
        return Some(unknown(sbom));
    }
    let document = read(family, &text);
    if !document.is_unreadable() && document.is_vex(path.file_name()) {
        return None;
    }
    if let Some(version) = document.version.as_deref() {
        sbom.form = format!("{} {}", family.name(), text::escaped(version));
    }
    let broken = document.mistakes.iter().filter(|mistake| mistake.grade >= Grade::Broken);
    sbom.unreadable = broken.map(|mistake| (mistake.line, mistake.message.clone())).collect();
    let odd = document.mistakes.iter().filter(|mistake| mistake.grade == Grade::Odd);
    sbom.odd = odd.map(|mistake| (mistake.line, mistake.message.clone())).collect();
    if !document.is_unreadable() {
        about(&mut sbom, &document, &text, policy);
        sbom.drift = locks.drift(path, &document, policy);
        sbom.stale = stale(&document, sbom.drift.as_ref().map(|drift| &drift.lock), sources);
    }
    if let Some(line) = kept.within {
        sbom.move_to(line);
    }
    let said = |text: Option<&str>| text.map(str::to_owned);
    let name = said(document.serial.as_deref()).or_else(|| said(document.name.as_deref()));
    let identity = (name, said(document.timestamp.as_deref()), document.components.len());
    Some(Evaluated { sbom, identity, within: kept.within.is_some() })
}

/// Claims of a document about itself.
fn about(sbom: &mut Sbom, document: &Document<'_>, text: &str, policy: &Policy) {
    sbom.outdated = quality::outdated(document);
    // A tool's own format cannot express what the profiles require.
    let is_own = document.family == Family::Syft;
    let facts = quality::judge(document, policy.profile).into_iter();
    sbom.lacks = facts
        .filter(|fact| fact.missing > 0 && !is_own)
        .map(|fact| Lack {
            what: fact.element.name(),
            missing: fact.missing,
            of: fact.of,
            of_components: fact.element.is_of_components(),
            first: fact.first,
        })
        .collect();
    sbom.without_purl = quality::without_purl(document);
    let found = paths::of_machines(text);
    sbom.machine_paths = (found.count, found.first.first().map(|(line, path)| (*line, (*path).to_owned())));
}

/// Whether the document is older than the last change of its lock file.
fn stale(document: &Document<'_>, lock: Option<&RepoPath>, sources: &[&dyn Source]) -> Option<Stale> {
    let (made, lock) = (document.time()?, lock?);
    let changed = sources.iter().find_map(|source| source.last_changed(lock))?;
    // The commit is created after the document in it.
    const SLACK: i64 = 86_400;
    (changed > made.saturating_add(SLACK)).then(|| Stale { lock: lock.clone(), made, changed })
}
