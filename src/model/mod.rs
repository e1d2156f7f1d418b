//! The shared data model: findings, places, reports. Imports no other module of the crate.

mod advice;
mod blob;
mod check;
mod claim;
mod error;
mod finding;
pub mod fingerprint;
mod fix;
mod globs;
mod history;
mod identity;
pub mod linehash;
mod map;
pub mod mistake;
mod object;
mod path;
mod place;
mod report;
mod secret;
mod severity;
mod signature;
pub mod text;
mod validation;

pub use advice::Advice;
pub use blob::Blob;
pub use check::{Family, Meta, Preset, check_page};
pub use claim::{Claim, Missing, Ruling};
pub use error::Error;
pub(crate) use finding::FINDINGS_MAX;
pub use finding::Finding;
pub use fix::{Edit, Fix, applied, content_hash};
pub use globs::{PathGlob, PathGlobs};
pub use history::{Attribution, Commit, History, Lives, Origin, PURGE_MAX, TextKind};
pub use identity::Identity;
pub(crate) use map::{FastMap, FastSet};
pub use object::ObjectId;
pub use path::RepoPath;
pub use place::{Place, Region, Snippet, Span};
pub use report::{
    Coverage, Database, Ending, Examined, Gap, NotChecked, Outcome, Problem, Report, SkipReason, Suppressed,
    Unchecked,
};
pub use secret::{Redacted, Secret};
pub use severity::{Confidence, Severity};
pub use signature::{Signature, SignatureKind, Signer, Standing};
pub use validation::{Nearby, Validation, Validity};

/// A built-in name, or one read from a report.
pub type Name = std::borrow::Cow<'static, str>;
