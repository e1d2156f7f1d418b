//! Findings in git's history: the text, the introducing commit, and where it is still present.

use std::collections::{HashMap, HashSet};

use super::{ObjectId, Place, RepoPath};

/// Most ids in a purge command; more are unreadable.
pub const PURGE_MAX: usize = 50;

/// The kind of a text in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextKind {
    /// The content of a file, or the target of a symlink.
    Blob,
    /// The message of a commit.
    CommitMessage,
    /// The message of an annotated tag.
    TagMessage,
    /// A note of `git notes`.
    Note,
    /// Ref names.
    RefName,
    /// The headers of a commit: author, committer and others.
    CommitHeader,
    /// The same of an annotated tag.
    TagHeader,
    /// The path of a file.
    FileName,
}

impl TextKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Blob,
        Self::CommitMessage,
        Self::TagMessage,
        Self::Note,
        Self::RefName,
        Self::CommitHeader,
        Self::TagHeader,
        Self::FileName,
    ];

    /// The key in machine-readable reports.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::CommitMessage => "commit-message",
            Self::TagMessage => "tag-message",
            Self::Note => "note",
            Self::RefName => "ref-name",
            Self::CommitHeader => "commit-header",
            Self::TagHeader => "tag-header",
            Self::FileName => "file-name",
        }
    }

    /// True for the headers of commits and tags.
    #[must_use]
    pub const fn is_header(self) -> bool {
        matches!(self, Self::CommitHeader | Self::TagHeader)
    }

    /// The path of a text without one of its own: below `.git`, where no tracked file can be. `id` is the blob, commit
    /// or tag.
    ///
    /// Ref names are not part of the path, since they may contain a secret.
    #[must_use]
    pub fn path(self, id: Option<ObjectId>) -> RepoPath {
        let folder = match self {
            Self::Blob => ".git/objects",
            Self::CommitMessage => ".git/commits",
            Self::TagMessage => ".git/tags",
            Self::Note => ".git/notes",
            Self::RefName => return RepoPath::from(".git/refs"),
            Self::CommitHeader => ".git/commit-headers",
            Self::TagHeader => ".git/tag-headers",
            Self::FileName => ".git/names",
        };
        match id {
            Some(id) => RepoPath::new(format!("{folder}/{id}")),
            None => RepoPath::from(folder),
        }
    }
}

/// Metadata of a commit in a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// The author date as claimed, in seconds since 1970.
    pub time: i64,
    /// The author's offset from UTC, in seconds east.
    pub offset: i32,
    /// Name and mail address of the author, if requested; untrusted bytes.
    pub author: Option<String>,
    /// Its position in topological order, parents first. Dates are unreliable: many commits may share one, and rebased
    /// commits keep old ones. 0 if unknown.
    pub rank: u64,
}

impl Commit {
    /// The author date in the author's time zone, `2024-05-01T12:34:56+02:00`; `@` and the seconds if out of range.
    #[must_use]
    pub fn date(&self) -> String {
        let offset = jiff::tz::Offset::from_seconds(self.offset).unwrap_or(jiff::tz::Offset::UTC);
        match jiff::Timestamp::from_second(self.time) {
            Ok(time) => time.display_with_offset(offset).to_string(),
            Err(_) => format!("@{}", self.time),
        }
    }

    /// The day of [`Self::date`].
    #[must_use]
    pub fn day(&self) -> String {
        let date = self.date();
        match date.split_once('T') {
            Some((day, _)) => day.to_owned(),
            None => date,
        }
    }
}

/// The text of the history that contains a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The kind of text.
    pub kind: TextKind,
    /// The blob, commit or tag; none for ref names.
    pub object: Option<ObjectId>,
    /// The introducing commit: the first that contains it, in topological order and then by date. None if no commit
    /// contains it, as for a tag's message or an unreachable blob.
    pub commit: Option<Commit>,
}

/// The presence of a secret in the history, over all places of its finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Whether the tree of `HEAD` has one of the blobs. None if not checked.
    pub in_head: Option<bool>,
    /// Commits whose tree or message contains it, within the scanned range. None if not counted.
    pub commits: Option<u64>,
    /// Refs that reach one of those commits. None if not counted.
    pub refs: Option<u64>,
    /// True if no ref reaches it: only the object store still has it.
    pub unreachable: bool,
    /// Every blob that contains it, sorted.
    pub blobs: Vec<ObjectId>,
    /// Every commit and tag whose message contains it, sorted.
    pub messages: Vec<ObjectId>,
    /// True if a ref name contains it.
    pub ref_name: bool,
    /// True if the headers of a commit or tag contain it.
    pub header: bool,
    /// True if a file name contains it.
    pub file_name: bool,
    /// The introducing place, if it is not the finding's first place in the history.
    pub first: Option<Box<Place>>,
}

impl History {
    /// How to remove exactly this from the history: shell commands, or sentences where no command suffices. They
    /// contain only object ids of the repository.
    #[must_use]
    pub fn purge(&self) -> Vec<String> {
        if self.unreachable {
            return vec!["git reflog expire --expire-unreachable=now --all && git gc --prune=now".to_owned()];
        }
        let mut steps = Vec::new();
        match self.blobs.as_slice() {
            [] => {}
            blobs if blobs.len() > PURGE_MAX => {
                steps.push("git filter-repo --strip-blobs-with-ids FILE".to_owned());
            }
            blobs => {
                let ids: Vec<String> = blobs.iter().map(ObjectId::to_string).collect();
                let ids = ids.join(" ");
                // Other versions of these files are kept: they are other blobs.
                steps.push(format!(
                    "printf '%s\\n' {ids} | git filter-repo --strip-blobs-with-ids /dev/stdin"
                ));
            }
        }
        if !self.messages.is_empty() {
            steps.push("git filter-repo --replace-message FILE".to_owned());
        }
        if self.header {
            steps.push("git filter-repo --mailmap MAILMAP".to_owned());
        }
        if self.file_name {
            steps.push("git filter-repo --path-rename OLD:NEW".to_owned());
        }
        steps
    }

    /// Notes on [`Self::purge`], sentences in lower case.
    #[must_use]
    pub fn purge_notes(&self) -> Vec<&'static str> {
        let mut notes = Vec::new();
        if self.ref_name {
            notes.push("rename or delete the ref, here and in every remote");
        }
        if self.unreachable {
            return notes;
        }
        if self.blobs.len() > PURGE_MAX {
            notes.push("FILE lists the ids of the blobs, one per line; the json format has all of them");
        }
        if !self.messages.is_empty() {
            notes.push("FILE for messages contains the secret on its own line");
        }
        if self.header {
            notes.push("MAILMAP maps names, as .mailmap does; any rewrite drops unknown headers");
        }
        if self.file_name {
            notes.push("OLD is the path that contains the secret, NEW one that does not");
        }
        if self.in_head == Some(true) && !self.blobs.is_empty() {
            notes.push("HEAD still has it: first remove it from the files and commit, or the command removes the files too");
        }
        notes
    }
}

/// The presence of a group of objects in the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lives {
    /// As [`History::in_head`].
    pub in_head: Option<bool>,
    /// As [`History::commits`]; a commit with several of the objects counts once.
    pub commits: Option<u64>,
    /// As [`History::refs`].
    pub refs: Option<u64>,
    /// As [`History::unreachable`].
    pub unreachable: bool,
}

/// What a source knows about objects with findings.
#[derive(Clone, Debug, Default)]
pub struct Attribution {
    /// Where objects were introduced: path, if any, and commit. Objects whose place was already right may be absent.
    pub origins: HashMap<ObjectId, (Option<RepoPath>, Option<Commit>)>,
    /// Every path of a blob in the history, with the first commit that has it there, in commit order. Its severity may
    /// differ between paths.
    pub paths: HashMap<ObjectId, Vec<(RepoPath, Option<Commit>)>>,
    /// One per requested group, in the same order; none if the source has none of the objects.
    pub lives: Vec<Option<Lives>>,
    /// Objects outside the requested scope: they are not reported.
    pub foreign: HashSet<ObjectId>,
}

#[cfg(test)]
mod tests {
    use super::{Commit, History, ObjectId, PURGE_MAX, TextKind};

    fn id(n: u8) -> ObjectId {
        ObjectId::new(&[n; 20]).unwrap()
    }

    #[test]
    fn dates_are_those_of_the_author() {
        let commit = |time, offset| Commit { id: id(1), time, offset, author: None, rank: 0 };
        assert_eq!(commit(1_714_559_696, 7200).date(), "2024-05-01T12:34:56+02:00");
        assert_eq!(commit(1_714_559_696, 7200).day(), "2024-05-01");
        assert_eq!(commit(1_714_521_600, -3600).day(), "2024-04-30");
        assert_eq!(commit(i64::MAX, 0).day(), format!("@{}", i64::MAX));
        // An offset that no clock has is not believed.
        assert_eq!(commit(0, i32::MAX).date(), "1970-01-01T00:00:00+00:00");
    }

    #[test]
    fn purges_name_ids_alone() {
        let history = History { blobs: vec![id(0xab), id(1)], ..History::default() };
        let one = "ab".repeat(20);
        let two = "01".repeat(20);
        assert_eq!(
            history.purge(),
            [format!("printf '%s\\n' {one} {two} | git filter-repo --strip-blobs-with-ids /dev/stdin")]
        );
        let both = History { messages: vec![id(2)], ..history.clone() };
        assert_eq!(both.purge().len(), 2);
        let gone = History { unreachable: true, ..both };
        assert_eq!(gone.purge(), ["git reflog expire --expire-unreachable=now --all && git gc --prune=now"]);
        let many = History { blobs: vec![id(3); PURGE_MAX + 1], ..History::default() };
        assert_eq!(many.purge(), ["git filter-repo --strip-blobs-with-ids FILE"]);
        assert_eq!(many.purge_notes().len(), 1);
        let named = History { ref_name: true, ..History::default() };
        assert!(named.purge().is_empty() && named.purge_notes().len() == 1);
    }

    #[test]
    fn texts_without_a_path_have_one_that_is_not_tracked() {
        assert_eq!(TextKind::CommitMessage.path(Some(id(1))).lossy(), format!(".git/commits/{}", id(1)));
        assert_eq!(TextKind::RefName.path(None).lossy(), ".git/refs");
    }
}
