//! A project's claims, and the evidence for or against them.

pub mod dates;
pub mod links;
pub mod runs;
pub mod support;
pub mod versions;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::{Confidence, RepoPath, Severity, Span};
use crate::parse::policy::declared::Entry;
use crate::parse::policy::mood::{self, Mood};
use crate::parse::policy::version::Version;
use crate::parse::policy::{Block, Kind, Piece, Text, words};

/// All of it; empty for a repository without a security policy.
#[derive(Debug, Default)]
pub struct Policy {
    /// The texts, the security policy first.
    pub documents: Vec<Document>,
    /// What it declares for machines.
    pub declared: Vec<Declared>,
    /// Versions that files of the project name as its own.
    pub versions: Vec<Known>,
    /// The tags of releases that there were at the time, the highest of each series first.
    pub tags: Vec<Tag>,
    /// The names of all tags.
    pub tag_names: Vec<String>,
    /// The versions of all tags of releases.
    pub releases: Vec<Version>,
    /// The names of all branches.
    pub branches: Vec<String>,
    /// The branch that changes go to.
    pub default_branch: Option<String>,
    /// True if the history, and with it tags and branches, is cut off.
    pub is_shallow: bool,
    /// True if it is known which branches there are.
    pub has_all_branches: bool,
    /// True if there is a history at all.
    pub has_history: bool,
    /// Where the repository lives, `owner/name`, as its remote says.
    pub origin: Option<String>,
    /// The same as its manifests say.
    pub named: Vec<String>,
    /// Texts of scripts, of what builds the project, and of what configures its tools.
    pub scripts: BTreeMap<RepoPath, Vec<u8>>,
    /// What speaks for and against unsafe code.
    pub rust: Rust,
    /// The last commits, the latest first, if a text speaks of how they are signed.
    pub commits: Vec<Commit>,
    /// Since when a text holds a sentence on how commits are signed, by where that stands.
    pub since: BTreeMap<(RepoPath, Span), i64>,
    /// The lines of the `.gitignore` at the root.
    pub ignored: Option<crate::model::PathGlobs>,
    /// The time of the scan, in seconds since 1970.
    pub now: Option<i64>,
    /// Secrets in the files of today, as far as nothing silences them; nothing if they were not looked for.
    pub secrets: Option<Vec<SecretAt>>,
    /// Files that were read, with their content.
    pub files: BTreeMap<RepoPath, Vec<u8>>,
}

/// A secret that the scan has found in a file of today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretAt {
    /// The file.
    pub path: RepoPath,
    /// Where it stands there.
    pub span: Span,
    /// What it is.
    pub title: String,
    /// How sure the check is.
    pub confidence: Confidence,
    /// How bad it is.
    pub severity: Severity,
}

/// What a text is to a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Its security policy.
    Policy,
    /// Its README.
    Readme,
    /// Its guide for contributors.
    Contributing,
}

/// A text.
#[derive(Debug)]
pub struct Document {
    /// Where it is.
    pub path: RepoPath,
    /// What it is.
    pub role: Role,
    /// What it says.
    pub text: Text,
    /// When it was last changed, in seconds since 1970.
    pub changed: Option<i64>,
}

/// A `security.txt`, or a Security Insights file.
#[derive(Debug)]
pub struct Declared {
    /// Where it is.
    pub path: RepoPath,
    /// What it says.
    pub entries: Vec<Entry>,
}

impl Declared {
    /// The entries whose key is `key`, or ends with it behind a dot, each with its place.
    pub fn ending<'a>(
        &'a self,
        key: &'a str,
    ) -> impl Iterator<Item = (&'a Entry, (&'a RepoPath, Span))> + 'a {
        let is_it = move |entry: &&Entry| {
            let before = entry.key.strip_suffix(key);
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        self.entries.iter().filter(is_it).map(|entry| (entry, (&self.path, entry.span)))
    }
}

/// A version that a file names as that of the project.
#[derive(Debug, Clone)]
pub struct Known {
    /// The file.
    pub path: RepoPath,
    /// Where it stands.
    pub span: Span,
    /// The version.
    pub version: Version,
    /// As it is written.
    pub text: String,
    /// True if the file is that of the project as a whole, not of a part of it.
    pub is_root: bool,
    /// True if it is the newest entry of a change log, which may be late.
    pub is_log: bool,
}

/// A tag of a release.
#[derive(Debug, Clone)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// The version that it names.
    pub version: Version,
    /// True if it is of the project as a whole, not of a part of it.
    pub is_main: bool,
}

/// A commit.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The first digits of its id.
    pub short: String,
    /// When it was made, in seconds since 1970.
    pub time: i64,
    /// True if it brings several together.
    pub is_merge: bool,
    /// True if it is signed.
    pub is_signed: bool,
}

/// What speaks for and against unsafe code in Rust.
#[derive(Debug, Default)]
pub struct Rust {
    /// The roots of crates: whether the root itself forbids or denies unsafe code, and where.
    pub roots: Vec<(RepoPath, Option<Span>)>,
    /// A `Cargo.toml` that sets the lint: the level, and where.
    pub lints: Vec<(RepoPath, String, Span)>,
    /// Unsafe code outside of tests.
    pub uses: Vec<(RepoPath, Span)>,
    /// True if it was looked for.
    pub is_known: bool,
}

/// A sentence, an item or a cell, and how it is meant.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The text.
    pub document: &'a Document,
    /// The block.
    pub block: &'a Block,
    /// The run of text that it is part of.
    pub piece: &'a Piece,
}

/// A sentence.
#[derive(Clone, Debug)]
pub struct Sentence<'a> {
    /// Where it is part of.
    pub part: Part<'a>,
    /// Where it stands in the piece.
    pub range: Range<usize>,
    /// What it says, in lower case, without addresses.
    pub lower: String,
    /// How it is meant.
    pub mood: Mood,
}

impl<'a> Sentence<'a> {
    /// What it says.
    #[must_use]
    pub fn text(&self) -> &'a str {
        &self.part.piece.text[self.range.clone()]
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> (&'a RepoPath, Span) {
        (&self.part.document.path, self.part.piece.locate(self.range.clone()))
    }

    /// Where what is at `at` of it stands, with `length` bytes.
    #[must_use]
    pub fn place_of(&self, at: usize, length: usize) -> (&'a RepoPath, Span) {
        let start = self.range.start + at;
        (&self.part.document.path, self.part.piece.locate(start..start + length))
    }

    /// True if it is put off or an example.
    #[must_use]
    pub fn is_put_off(&self) -> bool {
        mood::is_put_off(&self.part.document.text, self.part.block, &self.lower)
    }

    /// What leads to it, the nearest first, in lower case.
    pub fn leads(&self) -> impl Iterator<Item = String> + use<'a> {
        let Part { document, block, .. } = self.part;
        document.text.leads_of(block).map(|lead| words::lower(&lead.text()))
    }

    /// The headings that it stands below, the nearest first, in lower case.
    pub fn headings(&self) -> impl Iterator<Item = String> + use<'a> {
        let Part { document, block, .. } = self.part;
        document.text.headings_of(block).map(|heading| words::lower(&heading.text))
    }

    /// True if it is asserted as a fact.
    #[must_use]
    pub fn is_asserted(&self) -> bool {
        self.mood == Mood::Asserted
    }
}

impl Document {
    /// Every run of text that readers see as such, with its block.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let blocks =
            self.text.blocks.iter().filter(|block| !matches!(block.kind, Kind::Code | Kind::Comment));
        blocks.flat_map(move |block| {
            block.pieces.iter().map(move |piece| Part { document: self, block, piece })
        })
    }

    /// Every sentence. A row of a table is one, for its cells say one thing together.
    #[must_use]
    pub fn sentences(&self) -> Vec<Sentence<'_>> {
        self.parts()
            .flat_map(|part| {
                part.piece.sentences().into_iter().map(move |range| {
                    let lower = without_addresses(&words::lower(&part.piece.text[range.clone()]));
                    let row =
                        matches!(part.block.kind, Kind::Row(_)).then(|| words::lower(&part.block.text()));
                    let mood = mood::classify(&self.text, part.block, row.as_deref().unwrap_or(&lower));
                    Sentence { part, range, lower, mood }
                })
            })
            .collect()
    }
}

/// `text` with blanks for addresses of pages and mail, and for names of actors: `dependabot[bot]`.
fn without_addresses(text: &str) -> String {
    let mut shown = text.to_owned();
    let blank = |shown: &mut String, range: Range<usize>| {
        let gap = " ".repeat(range.len());
        shown.replace_range(range, &gap);
    };
    for start in ["http://", "https://", "mailto:", "www."] {
        while let Some(at) = shown.find(start) {
            let end = shown[at..]
                .find(|c: char| c.is_whitespace() || ")>]\"'|".contains(c))
                .map_or(shown.len(), |end| at + end);
            blank(&mut shown, at..end);
        }
    }
    let bounds = |c: char| c.is_whitespace() || "()<>,;\"'`|".contains(c);
    for (mark, _) in shown.clone().match_indices(['@', '[']) {
        if shown[mark..].starts_with('[') && !shown[mark..].starts_with("[bot]") {
            continue;
        }
        let start = shown[..mark].rfind(bounds).map_or(0, |at| at + 1);
        let end = shown[mark..].find(bounds).map_or(shown.len(), |end| mark + end);
        if start < mark && shown.is_char_boundary(start) && shown.is_char_boundary(end) {
            blank(&mut shown, start..end);
        }
    }
    shown
}

impl Policy {
    /// True if there is nothing to assess.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.declared.is_empty()
    }

    /// The security policy.
    #[must_use]
    pub fn policy(&self) -> Option<&Document> {
        self.documents.iter().find(|document| document.role == Role::Policy)
    }

    /// Every sentence of texts with one of these roles.
    #[must_use]
    pub fn sentences(&self, roles: &[Role]) -> Vec<Sentence<'_>> {
        let documents = self.documents.iter().filter(|document| roles.contains(&document.role));
        documents.flat_map(Document::sentences).collect()
    }

    /// The name of the project: that of its repository.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let slug = self.origin.as_deref().or(self.named.first().map(String::as_str))?;
        slug.rsplit('/').next()
    }

    /// Files that were read, with their content.
    pub fn files(&self) -> impl Iterator<Item = (&RepoPath, &Vec<u8>)> {
        self.files.iter().chain(&self.scripts)
    }
}

/// `owner/name` of an address at a forge, in lower case.
#[must_use]
pub fn slug(address: &str) -> Option<String> {
    let lower = address.trim().to_ascii_lowercase();
    let rest = ["github.com", "gitlab.com", "codeberg.org"].iter().find_map(|host| lower.split_once(host))?.1;
    let mut parts = rest.trim_start_matches([':', '/']).split(['/', '#', '?']);
    let (owner, name) = (parts.next()?, parts.next()?);
    let name = name.trim_end_matches(".git");
    let is_name = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    (is_name(owner) && is_name(name)).then(|| format!("{owner}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::{slug, without_addresses};

    #[test]
    fn addresses_are_left_out() {
        assert_eq!(without_addresses("see https://snyk.io/x) now"), format!("see {}) now", " ".repeat(17)));
        let left = without_addresses("by dependabot[bot] a@snyk.io x");
        assert_eq!(left.split_whitespace().collect::<Vec<_>>(), ["by", "x"], "{left}");
    }

    #[test]
    fn slugs() {
        for address in
            ["https://github.com/A/b.git", "git@github.com:a/B", "git+https://github.com/a/b#readme"]
        {
            assert_eq!(slug(address).as_deref(), Some("a/b"), "{address}");
        }
        assert_eq!(slug("https://example.com/a/b"), None);
    }
}
