//! The settings of cargo-audit and cargo-deny that decide what these report about advisories, and what they mean
//! for a scan: nothing, or that something is reported here which they leave out.

use toml::de::DeValue;

/// A setting.
pub(super) struct Key {
    /// Its table; empty for the top of the file.
    pub(super) table: &'static str,
    pub(super) name: &'static str,
    /// Whether a scan does with this value as the other tool does.
    pub(super) is_followed: fn(&DeValue<'_>) -> bool,
    /// What does the same here.
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

/// A setting that changes nothing in what is reported.
const fn free(table: &'static str, name: &'static str) -> Key {
    key(table, name, |_| true, "")
}

/// All settings of cargo-audit, which refuses any other one.
pub(super) const AUDIT: &[Key] = &[
    free("advisories", "ignore"),
    key("advisories", "informational_warnings", has_all_kinds, LEVELS),
    key("advisories", "severity_threshold", |value| is_one_of(value, &["none"]), FAIL_ON),
    key("database", "path", is_usual_place, "`--advisory-db` names a directory"),
    key("database", "url", is_rustsec, "`--advisory-db` names a directory"),
    key("database", "fetch", is_true, "`--offline` or BARTIZAN_OFFLINE forbids to fetch it"),
    free("database", "stale"),
    key("output", "deny", is_empty, LEVELS),
    free("output", "format"),
    free("output", "quiet"),
    free("output", "show_tree"),
    free("binary", "max_binary_size"),
    free("binary", "audit_data_size_limit"),
    key("target", "arch", is_empty, EVERYWHERE),
    key("target", "os", is_empty, EVERYWHERE),
    // Of versions before 0.17.
    key("packages", "source", |value| is_one_of(value, &["all"]), "the crates of all sources are compared"),
    key("yanked", "enabled", is_true, "use `[advisories] yanked` in bartizan.toml"),
    free("yanked", "update_index"),
];

/// The settings of cargo-deny that are about advisories: all of their table, and those that leave crates out.
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
        "an entry that silences nothing is reported and fails nothing",
    ),
    key("", "targets", is_empty, EVERYWHERE),
    key("", "exclude", is_empty, ALL_CRATES),
    key("graph", "targets", is_empty, EVERYWHERE),
    key("graph", "exclude", is_empty, ALL_CRATES),
    key("graph", "exclude-dev", is_false, ALL_CRATES),
    key("graph", "exclude-unpublished", is_false, ALL_CRATES),
    key("graph", "no-default-features", is_false, ALL_CRATES),
];

/// Whether it is reported that an entry silences nothing.
pub(super) const UNUSED: &str = "unused-ignored-advisory";

/// The tables of which all keys are known.
pub(super) const WHOLE: [&str; 7] =
    ["advisories", "database", "output", "binary", "target", "packages", "yanked"];

const FAIL_ON: &str = "use `[scan] fail-on` in bartizan.toml";
const LEVELS: &str = "use `[advisories] unmaintained`, `unsound`, `notice` and `yanked` in bartizan.toml";
const EVERYWHERE: &str = "what is for other platforms only is reported with a note";
const ALL_CRATES: &str =
    "all crates of Cargo.lock are compared; an entry of `[advisories] ignore` accepts an advisory";

fn is_one_of(value: &DeValue<'_>, words: &[&str]) -> bool {
    value.as_str().is_some_and(|word| words.contains(&word))
}

/// True for levels with which everything is reported.
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

/// The texts of a list, or a text alone; none if it is anything else.
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

/// True for the address of RustSec's database alone, however it is written.
fn is_rustsec(value: &DeValue<'_>) -> bool {
    let is = |url: &str| {
        let url = url.trim_end_matches('/').to_ascii_lowercase();
        url.strip_suffix(".git").unwrap_or(&url) == "https://github.com/rustsec/advisory-db"
    };
    texts(value).is_some_and(|urls| urls.into_iter().all(is))
}

/// True for the folder where these tools, and a scan, look anyway.
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
