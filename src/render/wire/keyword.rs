//! The keywords of a report: those of fixed lists, and names in a fixed form.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};

use crate::model::{
    Confidence, Family, Missing, Name, Ruling, Severity, SkipReason, Standing, TextKind, Unchecked, Validity,
};

/// Bytes of the longest plain name.
const MAX_PLAIN: usize = 64;
/// Characters of the report that a message quotes.
const QUOTED: usize = 60;

/// Writes and reads enums of the model by their keys. The comment describes them in the schema.
macro_rules! keywords {
    ($($(#[doc = $doc:literal])+ $type:ident by $key:ident: $what:literal;)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.$key())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                parsed(from, $what, |text| Self::ALL.into_iter().find(|one| one.$key() == text))
            }
        }

        #[cfg(test)]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "description": concat!($($doc),+).trim(),
                    "type": "string",
                    "enum": Self::ALL.map($type::$key),
                })
            }
        }
    )*};
}

keywords! {
    /// How much damage it can do.
    Severity by as_str: "a severity";
    /// How likely it is that this is real.
    Confidence by as_str: "a confidence";
    /// The family of the check.
    Family by as_str: "a family of checks";
    /// Why a file was skipped: `binary` is not text; `too-large` is larger than `--max-file-size` and was not
    /// unpacked, or not read as a structured file: its text was scanned all the same; `symlink` is a symbolic link,
    /// which is not followed; `submodule` is another repository that this one names; `lfs-pointer` has its content
    /// elsewhere; `special-file` is a FIFO, socket or device; `excluded` by `--exclude` or the configuration;
    /// `unreadable` could not be read and is a problem, too; `nested-repository` is a repository of its own inside the
    /// worktree; `undecoded` is, wholly or in part, compressed or encoded and was not unpacked, because it is damaged,
    /// encrypted, too deep or too large: the rest of it was scanned; `shallow` is a commit at which a shallow
    /// clone ends; `promised` is an object that a partial clone has left with its remote; `missing` is an object that
    /// something names and that is not there.
    SkipReason by key: "a reason to skip a file";
    /// `no-database`: no database covers the ecosystem. `no-advisories`: OSV has none for the ecosystem.
    /// `format-not-read`: its name is that of a lock file, in a format that is not supported. `no-lock-file`: a manifest
    /// that asks for packages, without a lock file that gives their versions. `template`: a manifest of Kubernetes or a
    /// compose file whose content is known only once it is rendered.
    Unchecked by key: "a reason why a file was not checked";
    /// `verified`: it is valid, and its signer may sign this. `unexpected-identity`: it is valid, but its signer is not
    /// an expected one. `invalid`: it is not valid, or was made for something else. `inconclusive`: it cannot be
    /// decided from what is available; `reason` says what is missing.
    Standing by as_str: "a verification status";
    /// `upheld`: the repository agrees. `contradicted`: it disagrees; that is a finding, too. `no-evidence`: nothing in
    /// it supports or contradicts the claim. `unverifiable`: what would decide it is not available, see `missing`.
    Ruling by as_str: "a verdict on a claim";
    /// What is needed to decide: the whole `history` with its tags and branches (`fetch-depth: 0`), the `network`, or a
    /// `person`.
    Missing by as_str: "what a claim can lack";
    /// What kind of text of the history.
    TextKind by key: "a kind of text in the history";
    /// Whether the provider accepts the credential.
    Validity by as_str: "the state of a credential";
}

/// The threshold of a run: a severity, or `none`.
#[derive(Clone, Copy)]
pub(in crate::render) struct Threshold(pub(in crate::render) Option<Severity>);

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.map_or("none", Severity::as_str))
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let threshold = |text: &str| if text == "none" { Some(None) } else { text.parse().ok().map(Some) };
        parsed(from, "a severity or `none`", threshold).map(Self)
    }
}

/// A name that the program gives, never the repository: formats write it as it is.
pub(in crate::render) fn plain<'de, D: Deserializer<'de>>(from: D) -> Result<Name, D::Error> {
    parsed(from, "a word of letters, digits and `.+-_`", |text| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ".+-_".contains(c);
        let fits = !text.is_empty() && text.len() <= MAX_PLAIN && text.chars().all(is_plain);
        fits.then(|| text.to_owned().into())
    })
}

/// A string that `parse` reads; `what` is what the error expects.
fn parsed<'de, D: Deserializer<'de>, T>(
    from: D,
    what: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).ok_or_else(|| D::Error::custom(format_args!("`{}` is not {what}", quoted(&text))))
}

/// The first characters of `text`.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
