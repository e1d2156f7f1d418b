//! Parses commits, tags and trees. Malformed input gives `None`, never a guess.

use gix::ObjectId;

use crate::model::{self, SignatureKind};
use crate::source::graph::trees::entry;

pub use gix::hash::Kind as HashKind;

/// A parsed commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit<'a> {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents, in order.
    pub parents: Vec<ObjectId>,
    /// Author and date: the value of the `author` header.
    author: &'a [u8],
    /// When it was committed, in seconds since 1970.
    pub committed: i64,
    /// The message, and the messages of merged tags.
    pub message: Vec<u8>,
}

impl Commit<'_> {
    /// The facts that findings report. `rank` is its position in the order of the source.
    pub fn facts(&self, id: ObjectId, include_author: bool, rank: u64) -> model::Commit {
        let (name, time, offset) = signature(self.author);
        model::Commit {
            id: model_id(id),
            time,
            offset,
            author: include_author.then(|| String::from_utf8_lossy(name).into_owned()),
            rank,
        }
    }
}

/// The id as a model type.
pub fn model_id(id: ObjectId) -> model::ObjectId {
    model::ObjectId::new(id.as_bytes()).expect("git's ids have 20 or 32 bytes")
}

/// Parses a commit; `None` if it has no tree.
pub fn commit(data: &[u8]) -> Option<Commit<'_>> {
    let (mut tree, mut parents, mut author, mut committed) = (None, Vec::new(), &b""[..], 0);
    let mut merged = Vec::new();
    let mut in_tag = false;
    let mut rest = data;
    while let Some((line, after)) = take_line(rest) {
        rest = after;
        if line.is_empty() {
            break;
        }
        if let Some(more) = line.strip_prefix(b" ") {
            // A continued header; those of merged tags contain their messages.
            if in_tag {
                merged.extend_from_slice(more);
                merged.push(b'\n');
            }
            continue;
        }
        in_tag = line.starts_with(b"mergetag ");
        if let Some(id) = line.strip_prefix(b"tree ") {
            tree = tree.or_else(|| ObjectId::from_hex(id).ok());
        } else if let Some(id) = line.strip_prefix(b"parent ") {
            parents.extend(ObjectId::from_hex(id).ok());
        } else if let Some(line) = line.strip_prefix(b"author ") {
            author = line;
        } else if let Some(line) = line.strip_prefix(b"committer ") {
            committed = signature(line).1;
        }
    }
    let mut message = rest.to_vec();
    if !merged.is_empty() {
        message.push(b'\n');
        // The tag's message follows its first empty line.
        let said = memchr::memmem::find(&merged, b"\n\n").map_or(&merged[..], |at| &merged[at + 2..]);
        message.extend_from_slice(said);
    }
    Some(Commit { tree: tree?, parents, author, committed, message })
}

/// The target and the message of an annotated tag; `None` if it has no target.
pub fn tag(data: &[u8]) -> Option<(ObjectId, &[u8])> {
    let (mut target, mut rest) = (None, data);
    while let Some((line, after)) = take_line(rest) {
        rest = after;
        if line.is_empty() {
            break;
        }
        if let Some(id) = line.strip_prefix(b"object ") {
            target = target.or_else(|| ObjectId::from_hex(id).ok());
        }
    }
    Some((target?, rest))
}

/// The headers of a commit or a tag except ids, dates and signatures: author, tag name, unknown headers, and those
/// of merged tags. `head` are all headers.
pub fn published(head: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    let (mut rest, mut part) = (head, Part::Other);
    while let Some((line, after)) = take_line(rest) {
        rest = after;
        let Some(more) = line.strip_prefix(b" ") else {
            part = header(line, &mut all);
            continue;
        };
        match part {
            Part::Other => all.push(more),
            // The signed content and the message are read as a message.
            Part::Tag if more.is_empty() => part = Part::Known,
            Part::Tag => drop(header(more, &mut all)),
            // Armour headers such as `Comment:`; base64 has no colon.
            Part::Signature if memchr::memchr(b':', more).is_some() => all.push(more),
            Part::Signature | Part::Known => {}
        }
    }
    all
}

/// The kind of a header's continuation lines.
#[derive(Clone, Copy)]
enum Part {
    Known,
    Signature,
    Tag,
    Other,
}

/// Adds the relevant part of a header's first line to `all`.
fn header<'a>(line: &'a [u8], all: &mut Vec<&'a [u8]>) -> Part {
    let (key, value) = line.split_at(memchr::memchr(b' ', line).unwrap_or(line.len()));
    match key {
        b"tree" | b"parent" | b"object" | b"type" => Part::Known,
        b"mergetag" => Part::Tag,
        b"gpgsig" | b"gpgsig-sha256" => Part::Signature,
        b"author" | b"committer" | b"tagger" => {
            let who = value.get(1..).unwrap_or_default();
            let who = &who[..memchr::memrchr(b'>', who).map_or(who.len(), |end| end + 1)];
            // The author and the committer are usually the same.
            if !all.contains(&who) {
                all.push(who);
            }
            Part::Other
        }
        _ => {
            all.push(line);
            Part::Other
        }
    }
}

/// The kind of a commit's signature, in a repository with this hash; `head` are its headers.
///
/// [`crate::parse::signature::git`] parses the signature itself.
pub fn signature_of_commit(head: &[u8], hash: HashKind) -> Option<SignatureKind> {
    let header: &[u8] = if hash == HashKind::Sha1 { b" " } else { b"-sha256 " };
    // Only a header starts a line like this: continuation lines start with a space.
    let start = b"\ngpgsig";
    let mut found = memchr::memmem::find_iter(head, start).filter_map(|at| head.get(at + start.len()..));
    SignatureKind::of(found.find_map(|rest| rest.strip_prefix(header))?)
}

/// The kind of a tag's signature: by the last line that begins one.
pub fn signature_of_tag(data: &[u8]) -> Option<SignatureKind> {
    memchr::memmem::rfind_iter(data, SignatureKind::BEGIN)
        .filter(|at| *at == 0 || data[at - 1] == b'\n')
        .find_map(|at| SignatureKind::of(&data[at..]))
}

fn take_line(data: &[u8]) -> Option<(&[u8], &[u8])> {
    if data.is_empty() {
        return None;
    }
    Some(match memchr::memchr(b'\n', data) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &[]),
    })
}

/// `Name <address> 1714559696 +0200`: the name with the address, the seconds and the offset in seconds. Unreadable
/// numbers are 0.
fn signature(line: &[u8]) -> (&[u8], i64, i32) {
    let Some(end) = memchr::memrchr(b'>', line) else { return (line, 0, 0) };
    let (name, when) = line.split_at(end + 1);
    let mut words = when.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let mut number = || std::str::from_utf8(words.next()?).ok();
    let time = number().and_then(|word| word.parse().ok()).unwrap_or(0);
    let offset: i32 = number().and_then(|word| word.parse().ok()).unwrap_or(0);
    let seconds = if offset.abs() <= 9959 { (offset / 100 * 60 + offset % 100) * 60 } else { 0 };
    (name, time, seconds)
}

/// The kind of a tree entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory.
    Tree,
    /// A file or a symlink.
    Blob,
    /// A submodule.
    Submodule,
}

impl EntryKind {
    /// By the type bits of the mode, as git does.
    fn from_mode(mode: u32) -> Option<Self> {
        match mode & 0o170_000 {
            0o040_000 => Some(Self::Tree),
            0o100_000 | 0o120_000 => Some(Self::Blob),
            0o160_000 => Some(Self::Submodule),
            _ => None,
        }
    }
}

/// An entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeEntry<'a> {
    /// What it is.
    pub kind: EntryKind,
    /// The mode as written.
    pub mode: u32,
    /// Its name: any bytes but NUL and the slash, if the tree is sound.
    pub name: &'a [u8],
    /// Its object.
    pub id: ObjectId,
}

/// The entries of a tree, in order; `None` if it is malformed.
pub fn tree(mut data: &[u8], hash: HashKind) -> Option<Vec<TreeEntry<'_>>> {
    let mut entries = Vec::with_capacity(data.len() / 40);
    while !data.is_empty() {
        let (mode, name, id) = entry(data, hash.len_in_bytes())?;
        data = &data[mode.len() + name.len() + id.len() + 2..];
        let mode = mode.iter().fold(0u32, |mode, digit| mode << 3 | u32::from(digit - b'0'));
        entries.push(TreeEntry {
            kind: EntryKind::from_mode(mode)?,
            mode,
            name,
            id: ObjectId::from_bytes_or_panic(id),
        });
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use gix::ObjectId;

    use super::{EntryKind, HashKind, commit, published, signature, tag, tree};

    const ID: &str = "08c6903cd8c0fde910a37f88322edcfb5dd907a8";

    fn id() -> ObjectId {
        ObjectId::from_hex(ID.as_bytes()).unwrap()
    }

    #[test]
    fn commits() {
        let text = format!(
            "tree {ID}\nparent {ID}\nauthor A U <a@b> 1714559696 +0230\ncommitter C <c@d> 7 -0100\n\
             gpgsig -----BEGIN\n more\n -----END\nmergetag object {ID}\n type commit\n tag v1\n \n said\n\nmessage\n"
        );
        let commit = commit(text.as_bytes()).unwrap();
        assert_eq!((commit.tree, commit.parents.as_slice(), commit.committed), (id(), &[id()][..], 7));
        assert_eq!(commit.message, b"message\n\nsaid\n");
        let facts = commit.facts(id(), true, 0);
        assert_eq!(
            (facts.time, facts.offset, facts.author.as_deref()),
            (1_714_559_696, 9000, Some("A U <a@b>"))
        );
        assert_eq!(commit.facts(id(), false, 0).author, None);
    }

    #[test]
    fn headers_that_are_published() {
        let head = format!(
            "tree {ID}\nparent {ID}\nauthor A U <a@b> 1714559696 +0230\ncommitter A U <a@b> 7 -0100\n\
             encoding odd\ngpgsig -----BEGIN\n Comment: by hand\n \n aGVsbG8\n -----END\n\
             mergetag object {ID}\n type commit\n tag v1\n tagger T <t@b> 1 +0000\n \n said\n\
             x-note one\n two\n"
        );
        let lines: Vec<&str> =
            published(head.as_bytes()).into_iter().map(|line| std::str::from_utf8(line).unwrap()).collect();
        assert_eq!(
            lines,
            ["A U <a@b>", "encoding odd", "Comment: by hand", "tag v1", "T <t@b>", "x-note one", "two"]
        );
        let tag = format!("object {ID}\ntype commit\ntag v1\ntagger A <a@b> 1 +0000");
        assert_eq!(published(tag.as_bytes()), [&b"tag v1"[..], b"A <a@b>"]);
    }

    #[test]
    fn what_is_no_commit_is_none() {
        assert!(commit(b"").is_none());
        assert!(commit(b"author A <a@b> 1 +0000\n\nmessage").is_none());
        assert!(commit(b"tree 08c6\n\nmessage").is_none());
    }

    #[test]
    fn signatures_are_read_as_far_as_they_go() {
        assert_eq!(signature(b"A <a@b> 12 -0130"), (&b"A <a@b>"[..], 12, -5400));
        assert_eq!(signature(b"A > <a@b>"), (&b"A > <a@b>"[..], 0, 0));
        assert_eq!(signature(b"nobody"), (&b"nobody"[..], 0, 0));
        assert_eq!(signature(b"<> 99999999999999999999 +9999999"), (&b"<>"[..], 0, 0));
    }

    #[test]
    fn tags() {
        let text = format!("object {ID}\ntype commit\ntag v1\ntagger A <a@b> 1 +0000\n\nsaid\n");
        assert_eq!(tag(text.as_bytes()), Some((id(), &b"said\n"[..])));
        assert_eq!(tag(b"type commit\n\nsaid"), None);
    }

    #[test]
    fn trees() {
        let mut data = Vec::new();
        for (mode, name) in [("100644", "a"), ("40000", "b"), ("160000", "c"), ("120000", "d")] {
            data.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            data.extend_from_slice(id().as_bytes());
        }
        let entries = tree(&data, HashKind::Sha1).unwrap();
        let kinds: Vec<EntryKind> = entries.iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, [EntryKind::Blob, EntryKind::Tree, EntryKind::Submodule, EntryKind::Blob]);
        assert_eq!((entries[1].name, entries[1].id), (&b"b"[..], id()));
        for cut in 1..data.len() {
            // Cut between entries it is whole again; one of five digits makes its entry longer.
            let whole = tree(&data[..cut], HashKind::Sha1).is_some();
            assert_eq!(whole, [29, 57, 86].contains(&cut), "{cut}");
        }
        assert!(tree(b"9 a\0", HashKind::Sha1).is_none());
        assert_eq!(tree(b"", HashKind::Sha1), Some(Vec::new()));
    }
}
