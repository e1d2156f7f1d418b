//! Where something is: paths, places in files, and texts of the history.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::keyword::quoted;
use crate::model;

/// A path relative to the root of the scan, with `/` between components. Bytes that are not UTF-8 are replaced by
/// U+FFFD; `path_bytes` then has the name itself.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::render) struct Path<'a>(Cow<'a, str>);

/// The bytes of the path as lower case hexadecimal digits; present only if the path is not UTF-8.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(extend("pattern" = "^([0-9a-f]{2})+$")))]
#[serde(try_from = "String", into = "String")]
pub(in crate::render) struct PathBytes(Vec<u8>);

impl From<PathBytes> for String {
    fn from(bytes: PathBytes) -> Self {
        HEXLOWER.encode(&bytes.0)
    }
}

impl TryFrom<String> for PathBytes {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let bytes = HEXLOWER.decode(text.as_bytes());
        bytes.map(Self).map_err(|_| format!("`{}` is not a name in hexadecimal digits", quoted(&text)))
    }
}

impl<'a> Path<'a> {
    /// `path` as text, and its bytes if they are not UTF-8.
    pub(super) fn split(path: &'a model::RepoPath) -> (Self, Option<PathBytes>) {
        match path.lossy() {
            text @ Cow::Borrowed(_) => (Self(text), None),
            text @ Cow::Owned(_) => (Self(text), Some(PathBytes(path.as_bytes().to_vec()))),
        }
    }

    /// The path that [`split`](Self::split) made this of.
    pub(super) fn join(self, bytes: Option<PathBytes>) -> model::RepoPath {
        model::RepoPath::new(bytes.map_or_else(|| self.0.into_owned().into_bytes(), |bytes| bytes.0))
    }
}

/// A file of the repository.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "File"))]
pub(super) struct RepoPath<'a> {
    path: Path<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<PathBytes>,
}

impl<'a> From<&'a model::RepoPath> for RepoPath<'a> {
    fn from(path: &'a model::RepoPath) -> Self {
        let (path, path_bytes) = Path::split(path);
        Self { path, path_bytes }
    }
}

impl From<RepoPath<'_>> for model::RepoPath {
    fn from(file: RepoPath<'_>) -> Self {
        file.path.join(file.path_bytes)
    }
}

/// Offsets into the bytes of the file, the end exclusive; both 0 for a finding about the file as a whole.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Span {
    /// The first byte.
    start: usize,
    /// The byte after the last one.
    end: usize,
}

impl From<&model::Span> for Span {
    fn from(span: &model::Span) -> Self {
        Self { start: span.start, end: span.end }
    }
}

impl TryFrom<Span> for model::Span {
    type Error = &'static str;
    fn try_from(Span { start, end }: Span) -> Result<Self, &'static str> {
        if end < start { Err("a span ends before it starts") } else { Ok(Self { start, end }) }
    }
}

/// The span in lines and columns, both counted from 1. Columns count UTF-16 code units.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(remote = "model::Region")]
pub(super) struct Region {
    /// The first line.
    #[cfg_attr(test, schemars(range(min = 1)))]
    start_line: u32,
    /// The column of the first unit.
    #[cfg_attr(test, schemars(range(min = 1)))]
    start_column: u32,
    /// The last line.
    #[cfg_attr(test, schemars(range(min = 1)))]
    end_line: u32,
    /// The column after the last unit.
    #[cfg_attr(test, schemars(range(min = 1)))]
    end_column: u32,
}

/// The first line of the place, secrets masked and long lines cut; absent for a finding about a file as a whole.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(remote = "model::Snippet")]
pub(super) struct Snippet {
    /// The line. It comes from the repository and can hold any character.
    text: String,
    /// Characters (Unicode scalar values) of the text before the marked part.
    mark_start: usize,
    /// Characters of the marked part.
    #[cfg_attr(test, schemars(range(min = 1)))]
    mark_len: usize,
}

/// The id of an object in git's store, SHA-1 or SHA-256.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ObjectId(
    #[cfg_attr(test, schemars(regex(pattern = "^([0-9a-f]{40}|[0-9a-f]{64})$")))] String,
);

impl From<&model::ObjectId> for ObjectId {
    fn from(id: &model::ObjectId) -> Self {
        Self(id.to_string())
    }
}

impl TryFrom<ObjectId> for model::ObjectId {
    type Error = String;
    fn try_from(id: ObjectId) -> Result<Self, String> {
        let bytes = HEXLOWER.decode(id.0.as_bytes()).unwrap_or_default();
        let id = matches!(bytes.len(), 20 | 32).then(|| Self::new(&bytes)).flatten().ok_or(id.0);
        id.map_err(|text| format!("`{}` is not the id of an object", quoted(&text)))
    }
}

/// The commit that introduced it; absent if no commit holds it.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Commit<'a> {
    id: model::ObjectId,
    /// When the author wrote it, by the author's clock: RFC 3339, or `@` and seconds since 1970 for a date that no
    /// calendar has.
    date: String,
    /// Name and address of the author; only with `--include-authors`.
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<Cow<'a, str>>,
}

impl<'a> From<&'a model::Commit> for Commit<'a> {
    fn from(commit: &'a model::Commit) -> Self {
        Self { id: commit.id, date: commit.date(), author: commit.author.as_deref().map(Into::into) }
    }
}

impl TryFrom<Commit<'_>> for model::Commit {
    type Error = String;
    fn try_from(Commit { id, date, author }: Commit<'_>) -> Result<Self, String> {
        let (time, offset) =
            moment(&date).ok_or_else(|| format!("`{}` is not the date of a commit", quoted(&date)))?;
        Ok(Self { id, time, offset, author: author.map(Cow::into_owned), rank: 0 })
    }
}

/// Seconds since 1970, and the offset of the author in seconds.
fn moment(text: &str) -> Option<(i64, i32)> {
    if let Some(seconds) = text.strip_prefix('@') {
        return Some((seconds.parse().ok()?, 0));
    }
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
    let offset = pieces.to_numeric_offset()?;
    let time = offset.to_timestamp(pieces.date().to_datetime(pieces.time()?)).ok()?;
    Some((time.as_second(), offset.seconds()))
}

/// The text of the history that a place is in. `kind` is `blob` for the content of a file; for the others the path
/// is one below `.git`.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(remote = "model::Origin")]
pub(super) struct Origin {
    kind: model::TextKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<model::ObjectId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<model::Commit>,
}

/// A place in a file, or in a text of the history.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Place<'a> {
    path: Path<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<PathBytes>,
    span: model::Span,
    region: model::Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Cow<'a, model::Snippet>>,
    /// What GitHub's code scanning calls `primaryLocationLineHash`, of the first line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{1,16}:[1-9][0-9]*$")))]
    line_hash: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Cow<'a, model::Origin>>,
    /// What is at the place, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Cow<'a, str>>,
}

impl<'a> From<&'a model::Place> for Place<'a> {
    fn from(place: &'a model::Place) -> Self {
        let (path, path_bytes) = Path::split(&place.path);
        Self {
            path,
            path_bytes,
            span: place.span,
            region: place.region,
            snippet: place.snippet.as_ref().map(Cow::Borrowed),
            line_hash: place.line_hash.as_deref().map(Cow::Borrowed),
            origin: place.origin.as_deref().map(Cow::Borrowed),
            note: place.note.as_deref().map(Cow::Borrowed),
        }
    }
}

impl From<Place<'_>> for model::Place {
    fn from(place: Place<'_>) -> Self {
        Self {
            path: place.path.join(place.path_bytes),
            span: place.span,
            region: place.region,
            snippet: place.snippet.map(Cow::into_owned),
            line_hash: place.line_hash.map(Cow::into_owned),
            origin: place.origin.map(|origin| Box::new(origin.into_owned())),
            note: place.note.map(Cow::into_owned),
        }
    }
}
