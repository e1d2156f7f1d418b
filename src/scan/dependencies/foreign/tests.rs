//! Reading `deny.toml` and `audit.toml`.

use super::{Foreign, read, spec};
use crate::model::{Blob, RepoPath};
use crate::scan::suppress::Matcher;

fn foreign(path: &str, text: &[u8]) -> Option<Foreign> {
    read(&Blob { path: &RepoPath::from(path), bytes: text, tracked: true })
}

/// Each entry: what it names, the crate, its versions, why, and the line.
fn entries(read: &Foreign) -> Vec<(&str, &str, String, Option<&str>, usize)> {
    let entry = |one| -> (&str, &str, String, Option<&str>, usize) {
        let one: &super::Suppression = one;
        let Matcher::Advisory { id, package, yanked, .. } = &one.matcher else { panic!("{one:?}") };
        let versions = yanked.as_ref().map(ToString::to_string).unwrap_or_default();
        (id.as_str(), package.as_deref().unwrap_or(""), versions, one.reason.as_deref(), one.origin.line)
    };
    read.ignores.iter().map(entry).collect()
}

fn messages(read: &Foreign) -> Vec<&str> {
    read.notices.iter().map(|notice| notice.message.as_str()).collect()
}

#[test]
fn every_form_of_an_entry_of_cargo_deny() {
    let text = "[advisories]\nignore = [\n  'RUSTSEC-2099-1',\n  { id = 'CVE-2099-2', reason = 'why' },\n  3,\n  'tin@1.0.0',\n  \
                { crate = 'zinc', reason = 'soon' },\n  { crate = 'lead:>=1, <2' },\n  {},\n  'plain',\n  'iron:0.3',\n  \
                { name = 'old' },\n  { name = 'older', version = '~1.2' },\n  'gold@y',\n  { name = 'a', version = 'y' },\n  '',\n  \
                { id = 'GHSA-a', expires = 2099-01-01 },\n]\n";
    let read = foreign("sub/deny.toml", text.as_bytes()).unwrap();
    let wanted = [
        ("RUSTSEC-2099-1", "", "", None, 3),
        ("CVE-2099-2", "", "", Some("why"), 4),
        ("tin@1.0.0", "tin", "=1.0.0", None, 6),
        ("zinc", "zinc", "*", Some("soon"), 7),
        ("lead:>=1, <2", "lead", ">=1, <2", None, 8),
        ("plain", "plain", "*", None, 10),
        ("iron:0.3", "iron", "^0.3", None, 11),
        ("old", "old", "*", None, 12),
        ("older", "older", "~1.2", None, 13),
        ("GHSA-a", "", "", None, 17),
    ];
    let wanted =
        wanted.map(|(id, package, versions, reason, line)| (id, package, versions.to_owned(), reason, line));
    assert_eq!(entries(&read), wanted);
    let lines: Vec<&str> = messages(&read).iter().map(|message| message.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["line 5", "line 9", "line 14", "line 15", "line 16", "line 17"]);
    assert_eq!(messages(&read)[5], "line 17: `expires` of this entry is not honoured");
    assert!(foreign("audit.toml", text.as_bytes()).is_none());
}

#[test]
fn cargo_audit_knows_ids_alone() {
    let text = "advisories.ignore = ['RUSTSEC-2099-1', 'tin@1.0.0', { id = 'A-2' }, 4]\n";
    let read = foreign(".cargo/audit.toml", text.as_bytes()).unwrap();
    let ids: Vec<(&str, String)> =
        entries(&read).into_iter().map(|(id, _, yanked, ..)| (id, yanked)).collect();
    assert_eq!(ids, [("RUSTSEC-2099-1", String::new()), ("tin@1.0.0", String::new())]);
    assert_eq!(messages(&read), ["line 1: this entry has no effect: cargo-audit supports only ids"; 2]);
}

#[test]
fn what_does_not_count_is_reported_with_its_line() {
    let notices_of = |path: &str, text: &[u8]| {
        let read = foreign(path, text).unwrap();
        assert!(read.ignores.is_empty());
        read.notices.into_iter().map(|notice| notice.message).collect::<Vec<_>>()
    };
    assert!(
        notices_of(".cargo/audit.toml", b"[advisories]\nignore = ['A-1'\n")[0]
            .contains("the file is ignored")
    );
    assert!(notices_of("deny.toml", b"# a\n\xff\n")[0].starts_with("line 2: is not UTF-8"));
    assert!(notices_of("deny.toml", b"[advisories]\nignore = 'A-1'\n")[0].starts_with(
        "line 2: `ignore` is not \
            a list"
    ));
    assert_eq!(notices_of("deny.toml", b"advisories = 3\n"), ["line 1: `advisories` is not a table"]);
    let threshold = notices_of(
        ".cargo/audit.toml",
        b"[advisories]\nseverity_threshold = 'high'\n[yanked]\nenabled = \
            false\n",
    );
    assert_eq!(
        threshold,
        [
            "line 2: `severity_threshold` of audit.toml is not honoured; use `[scan] fail-on` in \
             bartizan.toml",
            "line 4: `enabled` of audit.toml is not honoured; use `[advisories] yanked` in bartizan.toml"
        ]
    );
    assert_eq!(
        notices_of("deny.toml", b"[advisories]\nunmaintained = 'none'\nyanked = 'allow'\nunsound = 'all'\n")
            .len(),
        2
    );
    assert_eq!(notices_of("deny.toml", b"[advisories]\nyanked = 'deny'\n[licenses]\n"), [""; 0]);
}

/// Every setting by itself: with values that hide nothing, and with one that does.
#[test]
fn each_setting_counts_or_is_reported() {
    let audit = [
        ("advisories", "informational_warnings", "['notice', 'unsound', 'unmaintained']", "['unmaintained']"),
        ("advisories", "severity_threshold", "'none'", "'low'"),
        ("database", "path", "'~/.cargo/advisory-db'", "'/srv/db'"),
        ("database", "url", "'https://github.com/RustSec/advisory-db.git'", "'https://example.org/db'"),
        ("database", "fetch", "true", "false"),
        ("database", "stale", "true", ""),
        ("output", "deny", "[]", "['warnings']"),
        ("output", "quiet", "true", ""),
        ("target", "arch", "[]", "'x86_64'"),
        ("target", "os", "[]", "['linux']"),
        ("packages", "source", "'all'", "'local'"),
        ("yanked", "enabled", "true", "false"),
        ("yanked", "update_index", "false", ""),
        ("binary", "max_binary_size", "1", ""),
    ];
    let deny = [
        ("advisories", "db-path", "'$CARGO_HOME/advisory-dbs'", "'db'"),
        ("advisories", "db-urls", "['https://github.com/rustsec/advisory-db']", "['https://example.org/a']"),
        ("advisories", "yanked", "'warn'", "'allow'"),
        ("advisories", "disable-yank-checking", "false", "true"),
        ("advisories", "unmaintained", "'all'", "'workspace'"),
        ("advisories", "unsound", "'all'", "'transitive'"),
        ("advisories", "notice", "'warn'", "'allow'"),
        ("advisories", "vulnerability", "'deny'", "'allow'"),
        ("advisories", "severity-threshold", "'None'", "'High'"),
        ("advisories", "unused-ignored-advisory", "'warn'", "'deny'"),
        ("advisories", "git-fetch-with-cli", "true", ""),
        ("advisories", "version", "2", ""),
        ("graph", "targets", "[]", "[{ triple = 'x86_64-unknown-linux-gnu' }]"),
        ("graph", "exclude", "[]", "['tin']"),
        ("graph", "exclude-dev", "false", "true"),
        ("graph", "all-features", "true", ""),
        ("licenses", "allow", "['MIT']", ""),
    ];
    let files = [(".cargo/audit.toml", &audit[..]), ("deny.toml", &deny[..])];
    for (path, (table, key, fine, other)) in
        files.into_iter().flat_map(|(path, keys)| keys.iter().map(move |key| (path, *key)))
    {
        let notices_of = |value: &str| {
            let text = format!("[{table}]\n\n{key} = {value}\n");
            let read = foreign(path, text.as_bytes()).unwrap();
            messages(&read).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(notices_of(fine), [""; 0], "{path}: {key} = {fine}");
        if !other.is_empty() {
            let notices_of = notices_of(other);
            let start = format!("line 3: `{key}` of ");
            assert!(
                notices_of.len() == 1 && notices_of[0].starts_with(&start),
                "{path}: {key} = {other}: \
                {notices_of:?}"
            );
            assert!(notices_of[0].contains("is not honoured; "), "{notices_of:?}");
        }
    }
    let stale = foreign("deny.toml", b"[advisories]\nmaximum-db-staleness = 'P30D'\n").unwrap();
    assert!(messages(&stale)[0].contains("`[advisories] max-age`"));
    let old = foreign("deny.toml", b"targets = ['x']\n[advisories]\nunmaintaned = 'all'\n").unwrap();
    assert_eq!(messages(&old).len(), 2);
    assert!(messages(&old)[1].ends_with("`unmaintaned` of deny.toml is unknown, and has no effect"));
    let misspelt = foreign(".cargo/audit.toml", b"[advisories]\nignored = ['A-1']\n").unwrap();
    assert!(messages(&misspelt)[0].contains("`ignored` of audit.toml is unknown"));
    let misplaced = foreign(".cargo/audit.toml", b"ignore = ['A-1']\n[advisory]\n").unwrap();
    assert_eq!(misplaced.notices.len(), 2);
    let many = (0..5000).map(|number| format!("a{number} = 1\n")).collect::<String>();
    assert_eq!(foreign(".cargo/audit.toml", many.as_bytes()).unwrap().notices.len(), 200);
}

#[test]
fn entries_of_no_use_are_reported_unless_the_file_says_otherwise() {
    for (setting, expected) in [("", true), ("unused-ignored-advisory = 'allow'\n", false)] {
        let text = format!("[advisories]\nignore = ['RUSTSEC-2099-1']\n{setting}");
        let read = foreign("deny.toml", text.as_bytes()).unwrap();
        assert_eq!((read.ignores[0].origin.expected, read.notices.len()), (expected, 0), "{setting}");
    }
}

#[test]
fn crates_with_their_versions() {
    let holds = |text: &str, version: &str| spec(text).unwrap().1.matches(&version.parse().unwrap());
    assert!(holds("a@1.2.3", "1.2.3") && !holds("a@1.2.3", "1.2.4") && holds("a", "7.0.0"));
    // After `@` comes a version; after the colon a Cargo requirement.
    assert!(holds("a@1.2", "1.2.9") && !holds("a@^1.2", "1.9.0") && !holds("a@1.2", "1.3.0"));
    assert!(holds("a:1.2", "1.9.0") && holds("a:=1.0.0", "1.0.0") && !holds("a:=1.0.0", "1.0.1"));
    assert!(spec("").is_none() && spec("a b@1").is_none() && spec("a@y").is_none() && spec("a:").is_none());
}
