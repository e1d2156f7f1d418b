//! What commits and tags say: their messages, and their headers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use gix::ObjectId;

use super::History;
use crate::model::{Blob, Examined, Origin, SignatureKind, TextKind};
use crate::source::git::decode;
use crate::source::git::signed::Noted;
use crate::source::graph::Graph;
use crate::source::large::{self, Text};
use crate::source::objects::{Object, ObjectKind};
use crate::source::{Item, Prefilter};

impl History {
    /// Hands messages that the prefilter holds back to `visit`.
    pub(super) fn message(&self, held: &Held, prefilter: &dyn Prefilter, object: Object<'_>, at: usize) {
        let rest = object.bytes.get(at..).unwrap_or_default();
        // Headers of merged tags hold messages, too.
        let merges = memchr::memmem::find(&object.bytes[..at], b"\nmergetag ").is_some();
        let whole =
            (merges && object.kind == ObjectKind::Commit).then(|| decode::commit(object.bytes)).flatten();
        let message = whole.as_ref().map_or(rest, |commit| &commit.message);
        let clean = prefilter.is_clean(&prefilter.inspect(message, None));
        let signature = match object.kind {
            ObjectKind::Commit => decode::signature_of_commit(&object.bytes[..at], self.git.hash),
            _ => decode::signature_of_tag(object.bytes),
        };
        let has_telling_header = held.has_telling_header(&object.bytes[..at], prefilter);
        let said = Said {
            number: object.number,
            id: object.id,
            kind: object.kind,
            signature,
            clean,
            has_telling_header,
            bytes: message.len(),
            object: (!clean || has_telling_header).then(|| object.bytes.to_vec()),
        };
        held.said.lock().unwrap_or_else(PoisonError::into_inner).push(said);
    }

    /// Hands what was held back of reached commits and tags to `visit`.
    pub(super) fn messages(&self, held: Held, graph: &Graph, visit: &(dyn Fn(Item<'_>) + Sync)) -> Examined {
        let mut examined = Examined::default();
        let mut noted = Vec::new();
        for said in held.said.into_inner().unwrap_or_else(PoisonError::into_inner) {
            if !self.options.unreachable && !graph.is_reached(said.number) {
                continue;
            }
            if said.clean {
                examined.objects += 1;
                examined.bytes += said.bytes as u64;
            }
            let Said { id, kind, signature, clean, has_telling_header, .. } = said;
            let is_tag = kind == ObjectKind::Tag;
            noted.push(Noted { id, is_tag, rank: graph.rank(said.number), signature });
            let Some(bytes) = said.object else { continue };
            let object = Some(decode::model_id(id));
            let commit = decode::commit(&bytes).filter(|_| kind == ObjectKind::Commit);
            let (kind, message, facts) = match &commit {
                Some(commit) => {
                    let facts = commit.facts(id, self.options.include_authors, graph.rank(said.number));
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
            if has_telling_header {
                let head = &bytes[..memchr::memmem::find(&bytes, b"\n\n").unwrap_or(bytes.len())];
                let kind = if is_tag { TextKind::TagHeader } else { TextKind::CommitHeader };
                show(kind, &decode::published(head).join(&b'\n'));
            }
        }
        *self.noted.lock().unwrap_or_else(PoisonError::into_inner) = noted;
        examined
    }
}

/// What a commit or a tag says.
struct Said {
    number: u32,
    id: ObjectId,
    kind: ObjectKind,
    signature: Option<SignatureKind>,
    clean: bool,
    /// True if something may be found in its headers.
    has_telling_header: bool,
    bytes: usize,
    /// The whole of it, if the prefilter holds it back.
    object: Option<Vec<u8>>,
}

/// What commits and tags say.
#[derive(Default)]
pub(super) struct Held {
    said: Mutex<Vec<Said>>,
    /// Lines of headers, most of which stand in many commits, and whether the prefilter holds them back.
    lines: Mutex<HashMap<Vec<u8>, bool>>,
}

impl Held {
    /// True if something may be found in these headers.
    fn has_telling_header(&self, head: &[u8], prefilter: &dyn Prefilter) -> bool {
        let lines = decode::published(head);
        // What nearly all commits have, each looked at once; more may be of several lines.
        match lines.len() <= 2 {
            true => lines.iter().any(|line| self.tells(line, prefilter)),
            false => !prefilter.is_clean(&prefilter.inspect(&lines.join(&b'\n'), None)),
        }
    }

    /// True if something may be found in a line of a header.
    fn tells(&self, line: &[u8], prefilter: &dyn Prefilter) -> bool {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tells) = lines.get(line) {
            return *tells;
        }
        let tells = !prefilter.is_clean(&prefilter.inspect(line, None));
        lines.insert(line.to_vec(), tells);
        tells
    }
}
