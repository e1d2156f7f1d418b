//! What users have said about advisories: in `bartizan.toml`, and to cargo-audit and cargo-deny.

use std::collections::BTreeMap;

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};

use crate::model::{Blob, RepoPath, Severity};
use crate::parse::advisory::AdvisoryKind;
use crate::parse::cargo::lock::line_of;
use crate::parse::lockfile::Ecosystem;

/// `[advisories]` of `bartizan.toml`.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Advisories that are accepted.
    pub ignores: Vec<Ignore>,
    /// The severity of the informational kinds; none is not reported.
    pub levels: BTreeMap<AdvisoryKind, Option<Severity>>,
    /// The severity of yanked versions.
    pub yanked: Option<Option<Severity>>,
    /// Ecosystems whose lock files have to be checked.
    pub osv: Vec<Ecosystem>,
    /// Days after which a database is too old.
    pub max_age: Option<u32>,
    /// The files of cargo-audit and cargo-deny that count, with their content; none if those do that are
    /// among the files that are scanned.
    pub files: Option<Vec<(RepoPath, Vec<u8>)>>,
}

/// An advisory that is accepted.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// Its id or an alias of it.
    pub id: String,
    /// The package it is accepted for; any if there is none.
    pub package: Option<String>,
    /// Why, if it is said.
    pub reason: Option<String>,
    /// The last day on which it counts.
    pub expires: Option<Date>,
    /// The file that says so.
    pub file: RepoPath,
    /// The line there, 1-based.
    pub line: usize,
    /// What kind of file that is.
    pub by: &'static str,
    /// True if it is worth a notice that nothing was silenced by it.
    pub expected: bool,
}

/// Entries of a list that are read.
const ENTRIES_MAX: usize = 1000;

/// True if `path` is that of a file of cargo-audit or cargo-deny.
#[must_use]
pub fn is_foreign(path: &RepoPath) -> bool {
    by(path).is_some()
}

fn by(path: &RepoPath) -> Option<&'static str> {
    let bytes = path.as_bytes();
    match path.file_name() {
        b"audit.toml" if bytes == b".cargo/audit.toml" || bytes.ends_with(b"/.cargo/audit.toml") => {
            Some("audit.toml")
        }
        b"deny.toml" | b".deny.toml" => Some("deny.toml"),
        _ => None,
    }
}

/// The ignores in a file of cargo-audit or cargo-deny; none if it is no such file.
pub(super) fn foreign(blob: &Blob<'_>) -> Option<Vec<Ignore>> {
    let by = by(blob.path)?;
    let text = std::str::from_utf8(blob.bytes).ok()?;
    let table = DeTable::parse(text).ok()?;
    let list =
        table.get_ref().get("advisories")?.get_ref().as_table()?.get("ignore")?.get_ref().as_array()?;
    let ignore = |value: &toml::Spanned<DeValue<'_>>| {
        let field = |name: &str| {
            let field = value.get_ref().as_table().and_then(|table| table.get(name));
            field.and_then(|value| value.get_ref().as_str()).map(str::to_owned)
        };
        let id = value.get_ref().as_str().map(str::to_owned).or_else(|| field("id"))?;
        Some(Ignore {
            id,
            package: None,
            reason: field("reason").filter(|reason| !reason.trim().is_empty()),
            expires: None,
            file: blob.path.clone(),
            line: line_of(blob.bytes, value.span().start),
            by,
            expected: true,
        })
    };
    Some(list.iter().take(ENTRIES_MAX).filter_map(ignore).collect())
}

/// The start of a day, `2024-01-31`, in seconds since 1970.
pub(super) fn seconds(day: &str) -> Option<i64> {
    let day: Date = day.parse().ok()?;
    Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::{foreign, seconds};
    use crate::model::{Blob, RepoPath};

    #[test]
    fn lists_of_other_tools() {
        let text = "[advisories]\nignore = [\n  'A-1',\n  { id = 'A-2', reason = 'why' },\n  3,\n]\n";
        let read = |path: &str| {
            let path = RepoPath::from(path);
            foreign(&Blob { path: &path, bytes: text.as_bytes(), tracked: true })
        };
        let ignores = read("sub/deny.toml").unwrap();
        let told: Vec<_> =
            ignores.iter().map(|one| (one.id.as_str(), one.reason.as_deref(), one.line)).collect();
        assert_eq!(told, [("A-1", None, 3), ("A-2", Some("why"), 4)]);
        assert_eq!(read(".cargo/audit.toml").unwrap().len(), 2);
        assert!(read("audit.toml").is_none());
    }

    #[test]
    fn days() {
        assert_eq!(seconds("1970-01-02"), Some(86_400));
        assert_eq!(seconds("soon"), None);
    }
}
