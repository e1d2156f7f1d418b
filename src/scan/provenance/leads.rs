//! Finds the files of a signature by its own name and the names of its subjects.

use std::collections::BTreeSet;

use super::names::{self, Parts, homes, is_elsewhere};
use super::pair::{Files, There};
use crate::model::RepoPath;
use crate::parse::signature::{Digest, Signed, documents_of, signed_names};

/// Most subjects searched per statement.
const SUBJECTS_MAX: usize = 10_000;

/// The files found by name. Each must match the signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Leads {
    /// By the signature's own name.
    pub(super) own: Vec<RepoPath>,
    /// Those of them with a signed digest.
    pub(super) matched: Vec<RepoPath>,
    /// By subject names, without those above.
    pub(super) named: Vec<RepoPath>,
}

impl Leads {
    /// All, those by the signature's own name first.
    pub(super) fn all(&self) -> impl Iterator<Item = &RepoPath> {
        self.own.iter().chain(&self.named)
    }

    /// True if there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.own.is_empty() && self.named.is_empty()
    }
}

/// Finds the files that `signed`, in the file `path`, is about.
pub(super) fn of(files: &Files<'_>, path: &RepoPath, signed: &Signed) -> Leads {
    let mut named: Vec<RepoPath> = Vec::new();
    let mut known = BTreeSet::new();
    for name in signed.subjects.iter().take(SUBJECTS_MAX).filter_map(|subject| subject.name.as_deref()) {
        if let Some(found) = by_name(files, path, name).filter(|found| found != path)
            && known.insert(found.clone())
        {
            named.push(found);
        }
    }
    let mut leads = by_own_name(files, path, signed, named.is_empty());
    named.retain(|found| !leads.own.contains(found));
    leads.named = named;
    leads
}

/// The file for `name` in the file at `path`: relative to its directory, then to the root, then by its last part alone.
pub(super) fn by_name(files: &Files<'_>, path: &RepoPath, name: &str) -> Option<RepoPath> {
    let is_there = |candidate: &RepoPath| files.look(candidate) != There::Nothing;
    let literal = name.contains('\\').then(|| names::literal_parts(name));
    let each = |parts: Parts<'_>| {
        let homes = homes(path);
        let mut candidates: Vec<RepoPath> = homes.iter().filter_map(|home| parts.below(home)).collect();
        if parts.has_folder() {
            candidates.extend(parts.below(b""));
            candidates.extend(parts.ends());
        }
        if let Some(last) = parts.last().filter(|_| !is_elsewhere(name)) {
            let alone = names::literal_parts(last);
            candidates.extend(homes.iter().filter_map(|home| alone.below(home)));
        }
        candidates.into_iter().find(&is_there)
    };
    literal.and_then(each).or_else(|| each(names::parts(name)))
}

/// The files found by the signature's own name. `alone` is true if no name in it matches.
fn by_own_name(files: &Files<'_>, path: &RepoPath, signed: &Signed, alone: bool) -> Leads {
    let digests: Vec<&Digest> = signed.subjects.iter().flat_map(|subject| &subject.digests).collect();
    let is_statement =
        signed.subjects.iter().any(|subject| subject.name.is_some()) || signed.predicate.is_some();
    let of_images =
        is_statement && signed.subjects.iter().all(|one| one.name.as_deref().is_some_and(is_image));
    let homes = homes(path);
    let mut there: Vec<(RepoPath, bool)> = Vec::new();
    for (at, name) in signed_names(path.file_name()).into_iter().enumerate() {
        let spellings = std::iter::once(name.to_vec()).chain(documents_of(name));
        for candidate in
            spellings.flat_map(|name| homes.iter().map(move |home| [home.as_slice(), &name].concat()))
        {
            let candidate = RepoPath::new(candidate);
            if candidate != *path && files.look(&candidate) != There::Nothing {
                there.push((candidate, at == 0));
            }
        }
    }
    let (matched, others): (Vec<_>, Vec<_>) =
        there.into_iter().partition(|(candidate, _)| files.has_any(candidate, &digests));
    let matched: Vec<RepoPath> = matched.into_iter().map(|(candidate, _)| candidate).collect();
    let other = others.into_iter().next().filter(|(_, direct)| match (matched.is_empty(), is_statement) {
        // `app.sbom.sigstore.json` is for `app`, although there is an `app.sbom` as well.
        (false, true) => false,
        (false, false) => *direct,
        // The part before several suffixes counts only if the statement names nothing else.
        (true, true) => (*direct || alone) && !of_images,
        (true, false) => true,
    });
    let own = matched.iter().cloned().chain(other.map(|(candidate, _)| candidate)).collect();
    Leads { own, matched, named: Vec::new() }
}

/// True for the name of an image; a package may be a file of another name.
fn is_image(name: &str) -> bool {
    is_elsewhere(name) && !name.starts_with("pkg:")
}

/// Drops a file found by name if another signature of the same file is about it.
pub(super) fn share<'a>(all: &mut [(&'a RepoPath, Leads)]) {
    let matched: BTreeSet<(&'a RepoPath, RepoPath)> = all
        .iter()
        .flat_map(|(path, leads)| leads.matched.iter().map(|found| (*path, found.clone())))
        .collect();
    for (path, leads) in all {
        let Leads { own, matched: mine, .. } = leads;
        own.retain(|found| mine.contains(found) || !matched.contains(&(*path, found.clone())));
    }
}
