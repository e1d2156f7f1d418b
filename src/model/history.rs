//! Findings in git's history: what text it is, which commit brought it, and where it still lives.

use std::collections::{HashMap, HashSet};

use super::{ObjectId, Place, RepoPath};

/// Ids that a purge command spells out; more make a line that nobody reads or pastes.
pub const PURGE_MAX: usize = 50;

/// What kind of text in a repository something stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextKind {
    /// The content of a file, or the target of a symbolic link.
    Blob,
    /// The message of a commit.
    CommitMessage,
    /// The message of an annotated tag.
    TagMessage,
    /// A note of `git notes`.
    Note,
    /// The names of the references.
    RefName,
    /// The headers of a commit: who made it, and whatever else stands there.
    CommitHeader,
    /// The same of an annotated tag.
    TagHeader,
    /// The name of a file, or of a directory above it.
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

    /// Where a text of this kind is said to be if it has no path of its own: a place below `.git`,
    /// which no tracked file can have. `id` is that of the blob, the commit or the tag.
    ///
    /// Names of references are no paths in here, for such a name can itself hold a secret.
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

/// The facts of a commit that a finding tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// When its author wrote it, in seconds since 1970. Whatever the author claims.
    pub time: i64,
    /// The author's offset from UTC, in seconds east.
    pub offset: i32,
    /// Name and address of the author, if they were asked for; bytes of the repository.
    pub author: Option<String>,
    /// Its place in the order in which the source takes commits: parents before their children. Dates
    /// do not tell, for many commits can have the same one, and a rebased one an old one. 0 if unknown.
    pub rank: u64,
}

impl Commit {
    /// The author date by the author's clock, `2024-05-01T12:34:56+02:00`; `@` and the seconds for
    /// one that no calendar has.
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

/// Which text in the history a place is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What kind of text.
    pub kind: TextKind,
    /// The blob, commit or tag; none for names of references.
    pub object: Option<ObjectId>,
    /// The commit that brought it: of all that hold it, the first in an order in which parents come
    /// before their children and else earlier commits before later ones. None if no commit holds it, as
    /// with a tag's message or a blob that nothing reaches.
    pub commit: Option<Commit>,
}

/// How a secret lives in the history, all places of its finding together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Whether the tree of `HEAD` has one of the blobs. None if nobody looked.
    pub in_head: Option<bool>,
    /// Commits whose tree or message holds it, as far as the scan went. None if nobody counted.
    pub commits: Option<u64>,
    /// References from which one of those commits is reached. None if nobody counted.
    pub refs: Option<u64>,
    /// True if no reference reaches any of it: only the object store still has it.
    pub unreachable: bool,
    /// Every blob that holds it, sorted.
    pub blobs: Vec<ObjectId>,
    /// Every commit and tag whose message holds it, sorted.
    pub messages: Vec<ObjectId>,
    /// True if the name of a reference holds it.
    pub ref_name: bool,
    /// True if the headers of a commit or a tag hold it.
    pub header: bool,
    /// True if the name of a file holds it.
    pub file_name: bool,
    /// The place at which it came in, if the finding lists another place of the history before it, or not
    /// this one.
    pub first: Option<Box<Place>>,
}

impl History {
    /// What takes exactly this out of the history: commands for a shell, and sentences where no
    /// command does. Only object ids of the repository are in them.
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
                // It keeps all other content of these files: other versions are other blobs.
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

    /// What a reader of [`Self::purge`] has to know, sentences in lower case.
    #[must_use]
    pub fn purge_notes(&self) -> Vec<&'static str> {
        let mut notes = Vec::new();
        if self.ref_name {
            notes.push("rename or delete the reference, here and wherever it was pushed to");
        }
        if self.unreachable {
            return notes;
        }
        if self.blobs.len() > PURGE_MAX {
            notes.push("FILE lists the ids of the blobs, a line each; the json format has all of them");
        }
        if !self.messages.is_empty() {
            notes.push("FILE for messages holds the secret in a line of its own");
        }
        if self.header {
            notes.push("MAILMAP gives people other names, as .mailmap does; headers that git does not know go with any rewriting");
        }
        if self.file_name {
            notes.push("OLD is the path whose name holds the secret, NEW one that does not");
        }
        if self.in_head == Some(true) && !self.blobs.is_empty() {
            notes.push("HEAD still has it: first take it out of the files and commit, or the command takes the files out as well");
        }
        notes
    }
}

/// How a group of objects lives in the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lives {
    /// As [`History::in_head`].
    pub in_head: Option<bool>,
    /// As [`History::commits`]; a commit that holds several of the objects counts once.
    pub commits: Option<u64>,
    /// As [`History::refs`].
    pub refs: Option<u64>,
    /// As [`History::unreachable`].
    pub unreachable: bool,
}

/// What a source knows of objects in which something was found.
#[derive(Clone, Debug, Default)]
pub struct Attribution {
    /// Where objects first came in: the path there, if they have one, and the commit. Objects whose
    /// place was right when they were scanned need not be here.
    pub origins: HashMap<ObjectId, (Option<RepoPath>, Option<Commit>)>,
    /// Every path that a blob has in the history, with the first commit that has it there, in the order of
    /// those commits. What it is worth at one path says nothing of what it is worth at another.
    pub paths: HashMap<ObjectId, Vec<(RepoPath, Option<Commit>)>>,
    /// One for each group that was asked about, in the same order; none where the source has none of
    /// the objects.
    pub lives: Vec<Option<Lives>>,
    /// Objects that turned out not to belong to what was to be scanned: what is in them is no finding.
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
