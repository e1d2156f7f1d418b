//! What a signed list of digests says of the files that it names.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::{Judge, changed_since};
use super::leads::by_name;
use super::pair::There;
use crate::model::{RepoPath, Signature, Standing};
use crate::parse::signature::{
    Algorithm, Checksums, DigestAlgorithm, Digested, Listed, checksums, is_called_list,
};

/// Lists of digests larger than this are not gone through.
const LIST_MAX: u64 = 4 << 20;
/// Files of a signed list that are compared.
const LISTED_MAX: usize = 10_000;

/// Words of a name that are looked for by themselves.
const WORDS_MAX: usize = 8;

/// What one line of a list says of a file that is here.
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
    /// It has another digest, if the listed one is by that algorithm at all: nothing but its length says so.
    Perhaps(Algorithm),
    /// It was not compared, and why.
    Not(String),
}

impl Judge<'_> {
    /// Compares the files that a signed list names with what it says of them, if the file at `path` is one: what was
    /// found to be the same becomes evidence of `signature`, and each one that is not has a signature of its own.
    pub(super) fn listed(&self, signature: &mut Signature, path: &RepoPath) -> Vec<Signature> {
        if signature.standing == Standing::Invalid {
            return Vec::new();
        }
        // Of what nobody has signed for certain it is told what contradicts it, and no more.
        let holds = signature.standing != Standing::Inconclusive;
        let is_called_so = is_called_list(path.file_name());
        let Some(bytes) = self.files.bytes(path, LIST_MAX) else {
            if is_called_so && holds {
                let why = format!("the list could not be read, or is larger than {} MiB", LIST_MAX >> 20);
                self.told(path, 1, why);
            }
            return Vec::new();
        };
        let list = checksums(path.file_name(), &bytes);
        // Any text that is signed can hold digests; it is a list if that is most of what it holds.
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
            self.told(
                path,
                entry.line,
                "the name is cut off: what it lists there was not compared".to_owned(),
            );
        }
        for (line, what) in &list.mistakes {
            self.told(path, *line, format!("{what}: what it lists there was not compared"));
        }
        for one in others.iter().filter(|one| !one.changed) {
            self.told(path, one.line, one.reason.clone());
        }
        if list.listed.len() > LISTED_MAX {
            self.told(
                path,
                1,
                format!("lists {} files; {LISTED_MAX} of them were compared", list.listed.len()),
            );
        }
        others
    }

    /// The file that a line names, and whether that is sure. What could be a mark or another column beside the name
    /// is not taken for a part of it, and where one word of it alone is a file, it may be that.
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

    /// What the list says of the files that are here, and of how many that are not.
    fn compared<'l>(&self, path: &RepoPath, list: &'l Checksums) -> (Vec<Compared<'l>>, usize) {
        let (mut compared, mut absent) = (Vec::new(), 0);
        for entry in list.listed.iter().take(LISTED_MAX) {
            let Some((file, sure)) = self.named(path, &entry.name) else {
                absent += 1;
                continue;
            };
            let outcome = match (&entry.digest, self.files.look(&file)) {
                (_, There::Other(_) | There::Nothing) => Outcome::Not("is no regular file".to_owned()),
                (Digested::Other(_), There::File) if !sure => {
                    absent += 1;
                    continue;
                }
                (Digested::Other(name), There::File) => {
                    Outcome::Not(format!("is listed with a digest by {name}, which is not computed"))
                }
                (Digested::By(algorithm, bytes, said), There::File) => {
                    match self.files.digest(&file, *algorithm) {
                        Ok(made) if made == *bytes => Outcome::Same(*algorithm),
                        Ok(_) if !sure => Outcome::Not(format!(
                            "may be what the line means by `{}`, and has another digest",
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
        // What a line may mean is settled by one that means it for certain.
        let same: BTreeSet<RepoPath> = compared
            .iter()
            .filter(|one| matches!(one.outcome, Outcome::Same(_)))
            .map(|one| one.file.clone())
            .collect();
        compared
            .retain(|one| one.sure || matches!(one.outcome, Outcome::Same(_)) || !same.contains(&one.file));
        // A line that holds says how the others of its length were made. Without one it is SHA-256, as good as always;
        // longer digests are often by BLAKE2.
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
                        "has another {} than is listed, and nothing says that the list is by that algorithm",
                        algorithm.words()
                    )),
                };
            }
        }
        (compared, absent)
    }

    /// What came of it: evidence of the signature, or a signature for each file that is not as it says.
    fn concluded(
        signature: &mut Signature,
        path: &RepoPath,
        compared: &[Compared<'_>],
        absent: usize,
    ) -> Vec<Signature> {
        // A file can be listed several times, by several algorithms: the strongest that could be compared counts.
        let mut judged: BTreeMap<&RepoPath, bool> = BTreeMap::new();
        for one in compared {
            let known = judged.entry(&one.file).or_default();
            *known |= matches!(one.outcome, Outcome::Same(Algorithm::Sha2(_)) | Outcome::Changed);
        }
        let is_known = |file: &RepoPath| judged.get(file).copied().unwrap_or(false);
        let (mut same, mut weak) = (BTreeSet::new(), BTreeSet::new());
        let mut others = Vec::new();
        for one in compared {
            let line = || Signature {
                path: path.clone(),
                line: one.entry.line,
                form: "line of a signed list".into(),
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
                    reason: changed_since(&one.file, "the signed list says", ""),
                    ..line()
                }),
                Outcome::Not(_) if is_known(&one.file) => {}
                Outcome::Not(why) => {
                    let reason = format!("{} {why}: it was not compared with the list", one.file.shown());
                    others.push(Signature { standing: Standing::Inconclusive, reason, ..line() });
                }
            }
        }
        let total = judged.len() + absent;
        let mut said =
            vec![format!("{} of the {total} files that it lists are here and as it says", same.len())];
        if !weak.is_empty() {
            said.push(format!("{} of these by SHA-1 or MD5 alone, which can be forged", weak.len()));
        }
        if signature.standing != Standing::Inconclusive {
            signature.evidence.extend(said);
        }
        others
    }
}

/// A name without the quotes and arrows around it.
fn bare(name: &str) -> &str {
    let mark = |char: char| {
        char.is_whitespace() || matches!(char, '"' | '\'' | '`' | '<' | '>' | '[' | ']' | ':' | ',')
    };
    let name = name.trim_matches(mark);
    let name = name.strip_prefix("->").or_else(|| name.strip_prefix("=>")).unwrap_or(name);
    name.trim_start_matches("-> ").trim_matches(mark)
}

/// What a name may be if something beside it was taken for a part: quotes, an arrow, the size, how `shasum` has read it.
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
