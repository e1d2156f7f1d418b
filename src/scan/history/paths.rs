//! Texts of the history at several paths: a test at one may be source code at another.

use std::collections::{HashMap, HashSet};

use crate::model::{Attribution, Blob, Finding, ObjectId, Origin, Problem, RepoPath, TextKind};
use crate::source::Source;

/// Limits for further paths of texts, and their bytes; only crafted histories exceed them.
const PATHS_MAX: usize = 20_000;
const BYTES_MAX: usize = 512 << 20;

/// Scans a text of the history under another path.
pub(in crate::scan) type Look<'a> = dyn FnMut(&Blob<'_>, ObjectId) -> Vec<Finding> + 'a;

/// Findings in the texts of `groups` at paths where they were not scanned.
pub(super) fn further(
    groups: &[Vec<Finding>],
    known: &[Attribution],
    sources: &[&dyn Source],
    look: &mut Look<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Finding> {
    let mut seen: HashMap<ObjectId, HashSet<RepoPath>> = HashMap::new();
    for place in groups.iter().flatten().map(|finding| &finding.place) {
        let origin = place.origin.as_ref().filter(|origin| origin.kind == TextKind::Blob);
        if let Some(object) = origin.and_then(|origin| origin.object) {
            // A directory can be named like an archive.
            seen.entry(object).or_default().extend([outermost(&place.path), place.path.clone()]);
        }
    }
    let mut objects: Vec<ObjectId> = seen.keys().copied().collect();
    objects.sort_unstable();
    let (mut found, mut paths, mut bytes) = (Vec::new(), 0, 0);
    for object in objects {
        let places = sources.iter().zip(known).filter_map(|(source, known)| {
            let paths = known.paths.get(&object)?;
            let new = |path: &&RepoPath| !seen.get(&object).is_some_and(|seen| seen.contains(*path));
            let paths: Vec<&RepoPath> = paths.iter().map(|(path, _)| path).filter(new).collect();
            (!paths.is_empty()).then_some((*source, paths))
        });
        let Some((source, others)) = places.into_iter().next() else { continue };
        // Unreadable texts were read before, or are already reported.
        let Some(content) = source.content(object) else { continue };
        for path in others {
            if paths >= PATHS_MAX || bytes > BYTES_MAX {
                problems.push(Problem {
                    path: None,
                    message: "the history has texts with findings at too many paths; not all places are listed, and a finding ignored at one path may exist at another"
                        .to_owned(),
                });
                return found;
            }
            paths += 1;
            bytes += content.len();
            let origin = Origin { kind: TextKind::Blob, object: Some(object), commit: None };
            let blob = Blob { path, bytes: &content, tracked: true };
            found.extend(look(&blob, object).into_iter().map(|mut finding| {
                finding.place.origin = Some(Box::new(origin.clone()));
                finding
            }));
        }
    }
    found
}

/// The archive file of a path into it.
pub(in crate::scan) fn outermost(path: &RepoPath) -> RepoPath {
    let bytes = path.as_bytes();
    let end = memchr::memmem::find(bytes, b"!/").unwrap_or(bytes.len());
    RepoPath::new(&bytes[..end])
}

/// `path`, with the archive-internal part of `scanned`.
pub(super) fn inside(path: &RepoPath, scanned: &RepoPath) -> RepoPath {
    let mark = memchr::memmem::find(scanned.as_bytes(), b"!/");
    let within = mark.map_or(&b""[..], |at| &scanned.as_bytes()[at..]);
    RepoPath::new([path.as_bytes(), within].concat())
}
