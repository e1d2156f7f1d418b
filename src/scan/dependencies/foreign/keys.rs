//! Settings of cargo-audit and cargo-deny that affect reported advisories, and whether a scan honours them.

use toml::de::DeValue;

/// A setting.
pub(super) struct Key {
    /// Its table; empty for the top of the file.
    pub(super) table: &'static str,
    pub(super) name: &'static str,
    /// Whether a scan behaves like the other tool for this value.
    pub(super) is_followed: fn(&DeValue<'_>) -> bool,
    /// The equivalent here.
    pub(super) instead: &'static str,
}

const fn key(
    table: &'static str,
    name: &'static str,
    is_followed: fn(&DeValue<'_>) -> bool,
    instead: &'static str,
) -> Key {
    Key { table, name, is_followed, instead }
}

/// A setting that does not affect reports.
const fn free(table: &'static str, name: &'static str) -> Key {
    key(table, name, |_| true, "")
}

/// All settings of cargo-audit, which rejects others.
pub(super) const AUDIT: &[Key] = &[
    free("advisories", "ignore"),
    key("advisories", "informational_warnings", has_all_kinds, LEVELS),
    key("advisories", "severity_threshold", |value| is_one_of(value, &["none"]), FAIL_ON),
    key("database", "path", is_usual_place, "`--advisory-db` names a directory"),
    key("database", "url", is_rustsec, "`--advisory-db` names a directory"),
    key("database", "fetch", is_true, "`--offline` or BARTIZAN_OFFLINE disables fetching"),
    free("database", "stale"),
    key("output", "deny", is_empty, LEVELS),
    free("output", "format"),
    free("output", "quiet"),
    free("output", "show_tree"),
    free("binary", "max_binary_size"),
    free("binary", "audit_data_size_limit"),
    key("target", "arch", is_empty, EVERYWHERE),
    key("target", "os", is_empty, EVERYWHERE),
    // From versions before 0.17.
    key("packages", "source", |value| is_one_of(value, &["all"]), "crates of all sources are compared"),
    key("yanked", "enabled", is_true, "use `[advisories] yanked` in bartizan.toml"),
    free("yanked", "update_index"),
];

/// cargo-deny's settings about advisories: the whole table, and those that exclude crates.
pub(super) const DENY: &[Key] = &[
    free("advisories", "ignore"),
    free("advisories", "version"),
    free("advisories", "git-fetch-with-cli"),
    key("advisories", "db-path", is_usual_place, "`--advisory-db` names a directory"),
    key("advisories", "db-url", is_rustsec, "`--advisory-db` names a directory"),
    key("advisories", "db-urls", is_rustsec, "`--advisory-db` names a directory"),
    key("advisories", "yanked", is_strict, "use `[advisories] yanked` in bartizan.toml"),
    key("advisories", "disable-yank-checking", is_false, "use `[advisories] yanked` in bartizan.toml"),
    key("advisories", "unmaintained", is_strict, "use `[advisories] unmaintained` in bartizan.toml"),
    key("advisories", "unsound", is_strict, "use `[advisories] unsound` in bartizan.toml"),
    key("advisories", "notice", is_strict, "use `[advisories] notice` in bartizan.toml"),
    key("advisories", "vulnerability", is_strict, FAIL_ON),
    key("advisories", "severity-threshold", |value| is_one_of(value, &["none", "None"]), FAIL_ON),
    key("advisories", "maximum-db-staleness", |_| false, "use `[advisories] max-age` in bartizan.toml"),
    key(
        "advisories",
        UNUSED,
        |value| is_one_of(value, &["warn", "allow"]),
        "unused entries are reported as notices",
    ),
    key("", "targets", is_empty, EVERYWHERE),
    key("", "exclude", is_empty, ALL_CRATES),
    key("graph", "targets", is_empty, EVERYWHERE),
    key("graph", "exclude", is_empty, ALL_CRATES),
    key("graph", "exclude-dev", is_false, ALL_CRATES),
    key("graph", "exclude-unpublished", is_false, ALL_CRATES),
    key("graph", "no-default-features", is_false, ALL_CRATES),
];

/// Whether unused entries are reported.
pub(super) const UNUSED: &str = "unused-ignored-advisory";

/// Tables whose keys are all known.
pub(super) const WHOLE: [&str; 7] =
    ["advisories", "database", "output", "binary", "target", "packages", "yanked"];

const FAIL_ON: &str = "use `[scan] fail-on` in bartizan.toml";
const LEVELS: &str = "use `[advisories] unmaintained`, `unsound`, `notice` and `yanked` in bartizan.toml";
const EVERYWHERE: &str = "advisories for other platforms are reported with a note";
const ALL_CRATES: &str = "all crates of Cargo.lock are compared; `[advisories] ignore` accepts an advisory";

fn is_one_of(value: &DeValue<'_>, words: &[&str]) -> bool {
    value.as_str().is_some_and(|word| words.contains(&word))
}

/// True for levels that report everything.
fn is_strict(value: &DeValue<'_>) -> bool {
    is_one_of(value, &["deny", "warn", "all"])
}

fn is_true(value: &DeValue<'_>) -> bool {
    value.as_bool() == Some(true)
}

fn is_false(value: &DeValue<'_>) -> bool {
    value.as_bool() == Some(false)
}

fn is_empty(value: &DeValue<'_>) -> bool {
    value.as_array().is_some_and(|list| list.is_empty())
}

/// The strings of a list, or a single string; none for other values.
fn texts<'v>(value: &'v DeValue<'_>) -> Option<Vec<&'v str>> {
    match value.as_array() {
        Some(list) => list.iter().map(|one| one.get_ref().as_str()).collect(),
        None => value.as_str().map(|one| vec![one]),
    }
}

fn has_all_kinds(value: &DeValue<'_>) -> bool {
    let kinds = ["notice", "unmaintained", "unsound"];
    texts(value).is_some_and(|named| kinds.iter().all(|kind| named.contains(kind)))
}

/// True only for the URL of RustSec's database, in any spelling.
fn is_rustsec(value: &DeValue<'_>) -> bool {
    let is = |url: &str| {
        let url = url.trim_end_matches('/').to_ascii_lowercase();
        url.strip_suffix(".git").unwrap_or(&url) == "https://github.com/rustsec/advisory-db"
    };
    texts(value).is_some_and(|urls| urls.into_iter().all(is))
}

/// True for the default directory of these tools.
fn is_usual_place(value: &DeValue<'_>) -> bool {
    let homes = ["~/.cargo", "$CARGO_HOME", "${CARGO_HOME}", "$HOME/.cargo"];
    value.as_str().is_some_and(|path| {
        let path = path.trim_end_matches('/');
        homes
            .iter()
            .filter_map(|home| path.strip_prefix(home))
            .any(|rest| matches!(rest, "/advisory-db" | "/advisory-dbs"))
    })
}
