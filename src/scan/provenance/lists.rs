//! What a signed list of digests says of the files that it names.

use super::judge::{Judge, changed_since};
use super::leads::by_name;
use super::pair::There;
use crate::model::{RepoPath, Signature, Standing};
use crate::parse::signature::{Kind, checksums, sniff};

/// Lists of digests larger than this are not gone through.
const LIST_MAX: u64 = 4 << 20;
/// Files of a signed list that are compared.
const LISTED_MAX: usize = 10_000;

impl Judge<'_> {
    /// Compares the files that a signed list names with what it says of them, if the file at `path` is one: what was
    /// found to be the same becomes evidence of `signature`, and each one that is not has a signature of its own.
    pub(super) fn listed(&self, signature: &mut Signature, path: &RepoPath) -> Vec<Signature> {
        if signature.standing == Standing::Invalid || sniff(path.file_name(), b"") != Some(Kind::Checksums) {
            return Vec::new();
        }
        let Some(bytes) = self.files.bytes(path, LIST_MAX) else {
            self.told(
                path,
                1,
                format!("the list could not be read, or is larger than {} MiB", LIST_MAX >> 20),
            );
            return Vec::new();
        };
        let list = checksums(path.file_name(), &bytes);
        for (line, what) in list.mistakes {
            self.told(path, line, format!("{what}: what it lists there was not compared"));
        }
        let (mut same, mut absent) = (0_usize, 0_usize);
        let mut others = Vec::new();
        for entry in list.listed.iter().take(LISTED_MAX) {
            let file = by_name(self.files, path, &entry.name);
            let Some(file) = file else {
                absent += 1;
                continue;
            };
            let line = Signature {
                path: path.clone(),
                line: entry.line,
                form: "line of a signed list",
                standing: Standing::Inconclusive,
                artifact: Some(file.clone()),
                digest: Some(entry.digest.shown()),
                evidence: Vec::new(),
                ..signature.clone()
            };
            match self.files.digest(&file, entry.digest.algorithm) {
                _ if self.files.look(&file) != There::File => {
                    let reason = format!("{} is no regular file, and was not compared", file.shown());
                    self.told(path, entry.line, reason.clone());
                    others.push(Signature { reason, ..line });
                }
                Ok(made) if made == entry.digest.bytes => same += 1,
                Ok(_) => others.push(Signature {
                    standing: Standing::Invalid,
                    changed: true,
                    reason: changed_since(&file, "the signed list says", ""),
                    ..line
                }),
                Err(error) => {
                    let reason = format!("{} cannot be read: {error}", file.shown());
                    self.told(path, entry.line, reason.clone());
                    others.push(Signature { reason, ..line });
                }
            }
        }
        let total = same + absent + others.len();
        signature.evidence.push(format!("{same} of the {total} files that it lists are here and as it says"));
        others
    }
}
