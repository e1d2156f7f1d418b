//! A value from an option or setting, with its place.

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The value.
    pub text: String,
    /// `--checks`, or `bartizan.toml:3:11`.
    pub at: String,
}
