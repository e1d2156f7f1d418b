//! An advisory in the OSV format, as <https://ossf.github.io/osv-schema> describes it.

use serde::{Deserialize, Serialize};

/// Affected versions of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// `(introduced, fixed, last affected)`, each a half-open range in the order of the ecosystem.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<(String, Option<String>, Option<String>)>,
    /// Versions that are affected, spelled out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
}
