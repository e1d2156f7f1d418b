//! The messages and headers of commits and tags.

use std::sync::{Mutex, PoisonError};

use gix::ObjectId;

use super::History;
use crate::model::{Blob, Examined, FastMap, Origin, SignatureKind, TextKind};
use crate::source::git::decode;
use crate::source::git::signed::Noted;
use crate::source::graph::Graph;
use crate::source::large::{self, Text};
use crate::source::objects::{Object, ObjectKind};
use crate::source::{Item, Prefilter};

impl History {
    /// Records a message and, unless the prefilter clears it, its text.
    pub(super) fn message(
        &self,
        messages: &Messages,
        prefilter: &dyn Prefilter,
        object: Object<'_>,
        at: usize,
    ) {
        let rest = object.bytes.get(at..).unwrap_or_default();
        // Headers of merged tags contain messages, too.
        let merges = memchr::memmem::find(&object.bytes[..at], b"\nmergetag ").is_some();
        let whole =
            (merges && object.kind == ObjectKind::Commit).then(|| decode::commit(object.bytes)).flatten();
        let message = whole.as_ref().map_or(rest, |commit| &commit.message);
        let clean = prefilter.is_clean(&prefilter.inspect(message, None));
        let signature = match object.kind {
            ObjectKind::Commit => decode::signature_of_commit(&object.bytes[..at], self.git.hash),
            _ => decode::signature_of_tag(object.bytes),
        };
        let has_sensitive_header = messages.has_sensitive_header(&object.bytes[..at], prefilter);
        let recorded = Recorded {
            number: object.number,
            id: object.id,
            kind: object.kind,
            signature,
            clean,
            has_sensitive_header,
            bytes: message.len(),
            object: (!clean || has_sensitive_header).then(|| object.bytes.to_vec()),
        };
        messages.recorded.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
    }

    /// Passes the recorded texts of reachable commits and tags to `visit`.
    pub(super) fn messages(
        &self,
        messages: Messages,
        graph: &Graph,
        visit: &(dyn Fn(Item<'_>) + Sync),
    ) -> Examined {
        let mut examined = Examined::default();
        let mut noted = Vec::new();
        for recorded in messages.recorded.into_inner().unwrap_or_else(PoisonError::into_inner) {
            if !self.options.unreachable && !graph.is_reached(recorded.number) {
                continue;
            }
            if recorded.clean {
                examined.objects += 1;
                examined.bytes += recorded.bytes as u64;
            }
            let Recorded { id, kind, signature, clean, has_sensitive_header, .. } = recorded;
            let is_tag = kind == ObjectKind::Tag;
            noted.push(Noted { id, is_tag, rank: graph.rank(recorded.number), signature });
            let Some(bytes) = recorded.object else { continue };
            let object = Some(decode::model_id(id));
            let commit = decode::commit(&bytes).filter(|_| kind == ObjectKind::Commit);
            let (kind, message, facts) = match &commit {
                Some(commit) => {
                    let facts = commit.facts(id, self.options.include_authors, graph.rank(recorded.number));
                    (TextKind::CommitMessage, commit.message.as_slice(), Some(facts))
                }
                None => match decode::tag(&bytes) {
                    Some((_, message)) => (TextKind::TagMessage, message, None),
                    None => (TextKind::CommitMessage, bytes.as_slice(), None),
                },
            };
            let origin = Origin { kind, object, commit: facts };
            let show = |kind: TextKind, bytes: &[u8]| {
                let path = kind.path(object);
                let origin = Origin { kind, ..origin.clone() };
                let blob = Blob { path: &path, bytes, tracked: true };
                large::hand(visit, self.options.limits.max_file_size, blob, Text::Historic(&origin));
            };
            if !clean {
                show(kind, message);
            }
            if has_sensitive_header {
                let head = &bytes[..memchr::memmem::find(&bytes, b"\n\n").unwrap_or(bytes.len())];
                let kind = if is_tag { TextKind::TagHeader } else { TextKind::CommitHeader };
                show(kind, &decode::published(head).join(&b'\n'));
            }
        }
        *self.noted.lock().unwrap_or_else(PoisonError::into_inner) = noted;
        examined
    }
}

/// A commit or a tag.
struct Recorded {
    number: u32,
    id: ObjectId,
    kind: ObjectKind,
    signature: Option<SignatureKind>,
    clean: bool,
    /// True if the prefilter does not clear its headers.
    has_sensitive_header: bool,
    bytes: usize,
    /// The raw object, unless the prefilter clears it.
    object: Option<Vec<u8>>,
}

/// The commits and tags recorded during the walk.
#[derive(Default)]
pub(super) struct Messages {
    recorded: Mutex<Vec<Recorded>>,
    /// Header lines, which many commits share, and whether the prefilter does not clear them.
    lines: Mutex<FastMap<Vec<u8>, bool>>,
}

impl Messages {
    /// True if the prefilter does not clear these headers.
    fn has_sensitive_header(&self, head: &[u8], prefilter: &dyn Prefilter) -> bool {
        let lines = decode::published(head);
        // The usual two lines are shared by many commits and inspected once; more may be continuation lines.
        match lines.len() <= 2 {
            true => lines.iter().any(|line| self.is_sensitive(line, prefilter)),
            false => !prefilter.is_clean(&prefilter.inspect(&lines.join(&b'\n'), None)),
        }
    }

    /// True if the prefilter does not clear a header line.
    fn is_sensitive(&self, line: &[u8], prefilter: &dyn Prefilter) -> bool {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sensitive) = lines.get(line) {
            return *sensitive;
        }
        let sensitive = !prefilter.is_clean(&prefilter.inspect(line, None));
        lines.insert(line.to_vec(), sensitive);
        sensitive
    }
}
