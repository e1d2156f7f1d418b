//! Compares signed checksum files with the files they list.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{Evaluator, changed_since};
use super::leads::by_name;
use super::pair::There;
use crate::model::{RepoPath, Signature, Standing};
use crate::parse::signature::{
    Algorithm, Checksums, DigestAlgorithm, Digested, Listed, checksums, is_called_list,
};

/// Largest checksum file that is read.
const LIST_MAX: u64 = 4 << 20;
/// Most files compared per checksum file.
const LISTED_MAX: usize = 10_000;

/// Most words of a name tried separately.
const WORDS_MAX: usize = 8;

/// One line of a checksum file about an existing file.
struct Compared<'a> {
    entry: &'a Listed,
    file: RepoPath,
    /// False if the line may be about another file.
    sure: bool,
    outcome: Outcome,
}

enum Outcome {
    Same(Algorithm),
    Changed,
    /// The digest differs, if the listed one uses that algorithm, which only its length suggests.
    Perhaps(Algorithm),
    /// Not compared; why.
    Not(String),
}

impl Evaluator<'_> {
    /// Compares the files listed in the signed checksum file at `path`: matches become evidence of `signature`, and
    /// each mismatch a signature of its own.
    pub(super) fn listed(&self, signature: &mut Signature, path: &RepoPath) -> Vec<Signature> {
        if signature.standing == Standing::Invalid {
            return Vec::new();
        }
        // Without a certain signature only contradictions are reported.
        let holds = signature.standing != Standing::Inconclusive;
        let is_called_so = is_called_list(path.file_name());
        let Some(bytes) = self.files.bytes(path, LIST_MAX) else {
            if is_called_so && holds {
                let why =
                    format!("the checksum file could not be read, or is larger than {} MiB", LIST_MAX >> 20);
                self.not_compared(path, 1, why);
            }
            return Vec::new();
        };
        let list = checksums(path.file_name(), &bytes);
        // Any signed text may contain digests; it is a checksum file if it consists mostly of them.
        if !is_called_so && (bytes.contains(&b'{') || list.listed.len() * 2 < list.lines.max(1)) {
            return Vec::new();
        }
        let (compared, absent) = self.compared(path, &list);
        if !is_called_so && compared.is_empty() {
            return Vec::new();
        }
        let others = Self::concluded(signature, path, &compared, absent);
        if !holds {
            return others.into_iter().filter(|one| one.changed).collect();
        }
        let cut = |entry: &&Listed| entry.name.ends_with("...") || entry.name.ends_with('\u{2026}');
        for entry in list.listed.iter().filter(cut) {
            self.not_compared(
                path,
                entry.line,
                "the name is truncated: this entry was not compared".to_owned(),
            );
        }
        for (line, what) in &list.mistakes {
            self.not_compared(path, *line, format!("{what}: this entry was not compared"));
        }
        for one in others.iter().filter(|one| !one.changed) {
            self.not_compared(path, one.line, one.reason.clone());
        }
        if list.listed.len() > LISTED_MAX {
            self.not_compared(
                path,
                1,
                format!("lists {} files; {LISTED_MAX} of them were compared", list.listed.len()),
            );
        }
        others
    }

    /// The file of a line, and whether that is certain. Marks and other columns are not part of the name; if one word
    /// alone is a file, that may be meant.
    fn named(&self, path: &RepoPath, name: &str) -> Option<(RepoPath, bool)> {
        let there = |name: &str| by_name(self.files, path, name).filter(|file| file != path);
        if let Some(file) = there(name).or_else(|| readings(name).find_map(there)) {
            return Some((file, true));
        }
        let words = name.split_whitespace().take(WORDS_MAX).map(bare).filter(|word| *word != name);
        let base = name.rsplit(['/', '\\']).next().filter(|base| *base != name);
        let mut found: Vec<RepoPath> = words.chain(base).filter_map(there).collect();
        found.dedup();
        let [only] = found.as_slice() else { return None };
        Some((only.clone(), false))
    }

    /// The entries for existing files, and the number of missing ones.
    fn compared<'l>(&self, path: &RepoPath, list: &'l Checksums) -> (Vec<Compared<'l>>, usize) {
        let (mut compared, mut absent) = (Vec::new(), 0);
        for entry in list.listed.iter().take(LISTED_MAX) {
            let Some((file, sure)) = self.named(path, &entry.name) else {
                absent += 1;
                continue;
            };
            let outcome = match (&entry.digest, self.files.look(&file)) {
                (_, There::Other(_) | There::Nothing) => Outcome::Not("is not a regular file".to_owned()),
                (Digested::Other(_), There::File) if !sure => {
                    absent += 1;
                    continue;
                }
                (Digested::Other(name), There::File) => {
                    Outcome::Not(format!("is listed with a {name} digest, which is not supported"))
                }
                (Digested::By(algorithm, bytes, said), There::File) => {
                    match self.files.digest(&file, *algorithm) {
                        Ok(made) if made == *bytes => Outcome::Same(*algorithm),
                        Ok(_) if !sure => Outcome::Not(format!(
                            "may be the `{}` of the line, but has a different digest",
                            entry.name
                        )),
                        Ok(_) if *said => Outcome::Changed,
                        Ok(_) => Outcome::Perhaps(*algorithm),
                        Err(error) => Outcome::Not(format!("cannot be read: {error}")),
                    }
                }
            };
            compared.push(Compared { entry, file, sure, outcome });
        }
        // An uncertain line is resolved by a certain one.
        let same: BTreeSet<RepoPath> = compared
            .iter()
            .filter(|one| matches!(one.outcome, Outcome::Same(_)))
            .map(|one| one.file.clone())
            .collect();
        compared
            .retain(|one| one.sure || matches!(one.outcome, Outcome::Same(_)) || !same.contains(&one.file));
        // A matching line shows the algorithm of others of its length. Without one it is almost always SHA-256; longer
        // digests are often BLAKE2.
        let proven: BTreeSet<Algorithm> = compared
            .iter()
            .filter_map(|one| match one.outcome {
                Outcome::Same(algorithm) => Some(algorithm),
                _ => None,
            })
            .chain([Algorithm::Sha2(DigestAlgorithm::Sha256), Algorithm::Sha1, Algorithm::Md5])
            .collect();
        for one in &mut compared {
            if let Outcome::Perhaps(algorithm) = one.outcome {
                one.outcome = match proven.contains(&algorithm) {
                    true => Outcome::Changed,
                    false => Outcome::Not(format!(
                        "has a different {} than listed, but the file's algorithm is unknown",
                        algorithm.words()
                    )),
                };
            }
        }
        (compared, absent)
    }

    /// The result: evidence for the signature, or a signature for each mismatch.
    fn concluded(
        signature: &mut Signature,
        path: &RepoPath,
        compared: &[Compared<'_>],
        absent: usize,
    ) -> Vec<Signature> {
        // A file may be listed with several algorithms: the strongest comparable one counts.
        let mut evaluated: BTreeMap<&RepoPath, bool> = BTreeMap::new();
        for one in compared {
            let known = evaluated.entry(&one.file).or_default();
            *known |= matches!(one.outcome, Outcome::Same(Algorithm::Sha2(_)) | Outcome::Changed);
        }
        let is_known = |file: &RepoPath| evaluated.get(file).copied().unwrap_or(false);
        let (mut same, mut weak) = (BTreeSet::new(), BTreeSet::new());
        let mut others = Vec::new();
        for one in compared {
            let line = || Signature {
                path: path.clone(),
                line: one.entry.line,
                form: "line of a signed checksum file".into(),
                artifact: Some(one.file.clone()),
                digest: shown(&one.entry.digest),
                evidence: Vec::new(),
                ..signature.clone()
            };
            match &one.outcome {
                Outcome::Same(algorithm) => {
                    same.insert(&one.file);
                    if !matches!(algorithm, Algorithm::Sha2(_)) && !is_known(&one.file) {
                        weak.insert(&one.file);
                    }
                }
                Outcome::Changed | Outcome::Perhaps(_) => others.push(Signature {
                    standing: Standing::Invalid,
                    changed: true,
                    reason: changed_since(&one.file, "the signed checksum file says", ""),
                    ..line()
                }),
                Outcome::Not(_) if is_known(&one.file) => {}
                Outcome::Not(why) => {
                    let reason =
                        format!("{} {why}: it was not compared with the checksum file", one.file.shown());
                    others.push(Signature { standing: Standing::Inconclusive, reason, ..line() });
                }
            }
        }
        let total = evaluated.len() + absent;
        let mut said = vec![format!("{} of the {total} files it lists are present and match", same.len())];
        if !weak.is_empty() {
            said.push(format!("{} of these only by SHA-1 or MD5, which can be forged", weak.len()));
        }
        if signature.standing != Standing::Inconclusive {
            signature.evidence.extend(said);
        }
        others
    }
}

/// A name without surrounding quotes and arrows.
fn bare(name: &str) -> &str {
    let mark = |char: char| {
        char.is_whitespace() || matches!(char, '"' | '\'' | '`' | '<' | '>' | '[' | ']' | ':' | ',')
    };
    let name = name.trim_matches(mark);
    let name = name.strip_prefix("->").or_else(|| name.strip_prefix("=>")).unwrap_or(name);
    name.trim_start_matches("-> ").trim_matches(mark)
}

/// Variants of a name without neighbouring columns: quotes, an arrow, the size, `shasum` modes.
fn readings(name: &str) -> impl Iterator<Item = &str> {
    let bared = bare(name);
    let size = bared.split_once(char::is_whitespace).filter(|(size, _)| {
        !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.'))
    });
    let sized = size.map(|(_, rest)| bare(rest));
    let mode = bared.strip_prefix(['U', '^', '?', '*']);
    [Some(bared), sized, mode]
        .into_iter()
        .flatten()
        .filter(move |reading| *reading != name && !reading.is_empty())
}

fn shown(digest: &Digested) -> Option<String> {
    match digest {
        Digested::By(algorithm, bytes, _) => {
            Some(format!("{}:{}", algorithm.as_str(), data_encoding::HEXLOWER.encode(bytes)))
        }
        Digested::Other(_) => None,
    }
}
