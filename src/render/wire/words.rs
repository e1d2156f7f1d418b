//! The words of a report that has been read: those of lists that we know, and others in the form that they have
//! to have.

use serde::de::{Deserialize, Deserializer, Error as _};

use crate::model::{
    Confidence, Family, Missing, ObjectId, Ruling, Severity, SkipReason, Standing, TextKind, Unchecked,
};

/// Bytes of a word that has to be plain.
const MAX_PLAIN: usize = 64;
/// Characters of a text from the report that a message quotes.
const QUOTED: usize = 60;

/// A word of a list.
pub(in crate::render) trait Word: Sized {
    /// What it is, in words.
    const WHAT: &'static str;
    /// The one that is written so.
    fn of(text: &str) -> Option<Self>;
}

/// A word of a list, where a report has one.
#[derive(Clone, Copy)]
pub(in crate::render) struct Told<T>(pub(in crate::render) T);

impl<'de, T: Word> Deserialize<'de> for Told<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::of(&text)
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("`{}` is not {}", quoted(&text), T::WHAT)))
    }
}

/// The first characters of `text`.
fn quoted(text: &str) -> String {
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(QUOTED).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

impl Word for Severity {
    const WHAT: &'static str = "a severity";
    fn of(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Word for Option<Severity> {
    const WHAT: &'static str = "a severity or `none`";
    fn of(text: &str) -> Option<Self> {
        if text == "none" { Some(None) } else { text.parse().ok().map(Some) }
    }
}

impl Word for Confidence {
    const WHAT: &'static str = "a confidence";
    fn of(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Word for Family {
    const WHAT: &'static str = "a family of checks";
    fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.as_str() == text)
    }
}

impl Word for SkipReason {
    const WHAT: &'static str = "a reason to skip a file";
    fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.key() == text)
    }
}

impl Word for Unchecked {
    const WHAT: &'static str = "a reason why a file was not checked";
    fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.key() == text)
    }
}

impl Word for Standing {
    const WHAT: &'static str = "what a signature can be worth";
    fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == text)
    }
}

impl Word for Ruling {
    const WHAT: &'static str = "how a claim can end";
    fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ruling| ruling.as_str() == text)
    }
}

impl Word for Missing {
    const WHAT: &'static str = "what a claim can lack";
    fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|missing| missing.as_str() == text)
    }
}

impl Word for TextKind {
    const WHAT: &'static str = "a kind of text in the history";
    fn of(text: &str) -> Option<Self> {
        let all = [
            Self::Blob,
            Self::CommitMessage,
            Self::TagMessage,
            Self::Note,
            Self::RefName,
            Self::CommitHeader,
            Self::TagHeader,
            Self::FileName,
        ];
        all.into_iter().find(|kind| kind.key() == text)
    }
}

impl Word for ObjectId {
    const WHAT: &'static str = "the id of an object";
    fn of(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
        Self::new(&bytes).filter(|_| matches!(bytes.len(), 20 | 32))
    }
}

/// A word that the program gives, never the repository, and that formats therefore write as it is.
pub(in crate::render) struct Plain(pub(in crate::render) String);

impl Word for Plain {
    const WHAT: &'static str = "a word of letters, digits and `.+-_`";
    fn of(text: &str) -> Option<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ".+-_".contains(c);
        let fits = !text.is_empty() && text.len() <= MAX_PLAIN && text.chars().all(is_plain);
        fits.then(|| Self(text.to_owned()))
    }
}

/// The bytes of a name.
pub(in crate::render) struct Bytes(pub(in crate::render) Vec<u8>);

impl Word for Bytes {
    const WHAT: &'static str = "a name in hexadecimal digits";
    fn of(text: &str) -> Option<Self> {
        data_encoding::HEXLOWER.decode(text.as_bytes()).ok().map(Self)
    }
}

/// When a commit was written: seconds since 1970, and the offset of its author in seconds.
pub(in crate::render) struct Date(pub(in crate::render) i64, pub(in crate::render) i32);

impl Word for Date {
    const WHAT: &'static str = "the date of a commit";
    fn of(text: &str) -> Option<Self> {
        if let Some(seconds) = text.strip_prefix('@') {
            return Some(Self(seconds.parse().ok()?, 0));
        }
        let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
        let offset = pieces.to_numeric_offset()?;
        let time = offset.to_timestamp(pieces.date().to_datetime(pieces.time()?)).ok()?;
        Some(Self(time.as_second(), offset.seconds()))
    }
}
