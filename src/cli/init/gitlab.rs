//! The pipeline that `bartizan init --gitlab` writes.

/// Where it belongs, in the root of the repository.
pub(super) const PLACE: &str = ".gitlab-ci.yml";

/// A whole pipeline with one job, for a version that does not exist. What the checksum of its archive is, a program
/// that is in it cannot know.
const TEMPLATE: &str = include_str!("gitlab.yml");

/// The pipeline that installs this version.
pub(super) fn text() -> String {
    TEMPLATE.replace("0.0.0", env!("CARGO_PKG_VERSION"))
}

/// The job alone, for a pipeline that is there.
pub(super) fn job() -> String {
    let text = text();
    let start = text.find("\nbartizan:").map_or(0, |at| at + 1);
    text[start..].to_owned()
}
