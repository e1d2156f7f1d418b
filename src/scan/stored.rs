//! Scans index content that differs from or is missing on disk.

use std::collections::HashSet;

use super::collect::{Collector, Found, Looked, look};
use crate::model::{Blob, RepoPath, SkipReason};

impl Collector<'_> {
    /// Scans a text of the index; the file on disk was scanned before.
    pub(super) fn stored(&self, blob: &Blob<'_>, source: usize) {
        self.progress.blob(blob.bytes.len() as u64);
        let looked = look(self.engine, blob, self.settings, None);
        self.looked_stored(looked, (blob.path, blob.bytes.len()), source);
    }

    /// Adds the result.
    pub(super) fn looked_stored(&self, looked: Looked, (path, bytes): (&RepoPath, usize), source: usize) {
        let is_on_disk = self.sources.get(source).is_some_and(|source| source.has(path));
        match looked {
            Looked::Into(found) if is_on_disk => self.add_stored(found, path, true, source),
            Looked::Into(mut found) => {
                self.files.add(bytes);
                self.not_read(std::mem::take(&mut found.unread), None, source);
                self.add_stored(found, path, false, source);
            }
            Looked::Undecoded(found) => self.add_stored(found, path, is_on_disk, source),
            // git's stored form of an encrypted or external file is not text.
            Looked::Passed(SkipReason::Binary) if is_on_disk => {}
            other => self.looked(other, (path, bytes), None, source),
        }
    }

    fn add_stored(&self, mut found: Found, path: &RepoPath, is_on_disk: bool, source: usize) {
        let place = match is_on_disk {
            true => "in the index, but not in the file on disk",
            false => "in the index, but the file is not on disk",
        };
        self.gather(|all| {
            let on_disk = all.texts.iter().filter(|text| text.source == source && text.path == *path);
            let known: HashSet<_> =
                on_disk.flat_map(|text| &text.findings).map(|finding| finding.identity.clone()).collect();
            found.findings.retain(|finding| !known.contains(&finding.identity));
            for finding in &mut found.findings {
                finding.proofs.push(place.to_owned());
            }
            // The marks of the file on disk still apply.
            found.marks.retain(|(path, _)| !all.marks.contains_key(&(path.clone(), None)));
            if !found.is_empty() {
                all.take(found, path, None, source);
            }
        });
    }
}
