//! What somebody named, an option or a setting, with the place where it stands.

/// Something that somebody wrote, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What.
    pub text: String,
    /// `--checks`, or `bartizan.toml:3:11`.
    pub at: String,
}
