//! What users have told cargo-audit and cargo-deny about advisories: their lists of ignores count here as well,
//! and what else they say that would hide something is told.

use semver::VersionReq;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::policy::{ENTRIES_MAX, by};
use crate::model::{Blob, Problem, text};
use crate::parse::lines::line_of;
use crate::scan::suppress::{Matcher, Origin, Suppression};

/// What such a file says.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    /// Advisories and yanked versions that are accepted.
    pub(super) ignores: Vec<Suppression>,
    /// What of the file does not count, each with its line.
    pub(super) notices: Vec<Problem>,
}

/// Settings that make the other tool report less, by file, table and key, with what does the same here.
const LENIENT: &[(&str, &str, &str, &str)] = &[
    ("audit.toml", "advisories", "severity_threshold", "[scan] fail-on"),
    ("audit.toml", "yanked", "enabled", "[advisories] yanked"),
    ("deny.toml", "advisories", "severity-threshold", "[scan] fail-on"),
    ("deny.toml", "advisories", "yanked", "[advisories] yanked"),
    ("deny.toml", "advisories", "unmaintained", "[advisories] unmaintained"),
    ("deny.toml", "advisories", "unsound", "[advisories] unsound"),
    ("deny.toml", "advisories", "notice", "[advisories] notice"),
    ("deny.toml", "advisories", "vulnerability", "[scan] fail-on"),
];

/// Values of such settings that hide nothing.
const STRICT: &[&str] = &["deny", "warn", "all", "true"];

/// Reads a file of cargo-audit or cargo-deny; none if it is no such file.
pub(super) fn read(blob: &Blob<'_>) -> Option<Foreign> {
    let by = by(blob.path)?;
    let mut reader = Reader { blob, by, read: Foreign::default() };
    match std::str::from_utf8(blob.bytes) {
        Err(error) => reader.tell(error.valid_up_to(), "is not UTF-8; nothing in this file counts"),
        Ok(text) => match DeTable::parse(text) {
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let what = text::escaped(error.message());
                reader.tell(at, &format!("cannot be read, so that nothing in this file counts: {what}"));
            }
            Ok(table) => reader.file(table.get_ref()),
        },
    }
    Some(reader.read)
}

struct Reader<'a> {
    blob: &'a Blob<'a>,
    by: &'static str,
    read: Foreign,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn tell(&mut self, at: usize, what: &str) {
        let line = line_of(self.blob.bytes, at.min(self.blob.bytes.len()));
        let message = format!("line {line}: {what}");
        self.read.notices.push(Problem { path: Some(self.blob.path.clone()), message });
    }

    fn file(&mut self, top: &DeTable<'_>) {
        let table = |name: &str| top.get(name).and_then(|value| value.get_ref().as_table());
        let by = self.by;
        for (file, name, key, instead) in LENIENT.iter().filter(|(file, ..)| *file == by) {
            let Some(value) = table(name).and_then(|table| table.get(*key)) else { continue };
            if !is_strict(value.get_ref()) {
                let what = format!("`{key}` of {file} does not count here; use `{instead}` in bartizan.toml");
                self.tell(value.span().start, &what);
            }
        }
        let Some(list) = table("advisories").and_then(|advisories| advisories.get("ignore")) else { return };
        let Some(entries) = list.get_ref().as_array() else {
            return self.tell(list.span().start, "`ignore` is not a list, and ignores nothing");
        };
        for entry in entries.iter().take(ENTRIES_MAX) {
            match self.entry(entry) {
                Some(ignore) => self.read.ignores.push(ignore),
                None => self.tell(
                    entry.span().start,
                    "this entry ignores nothing: it names neither an advisory nor a `crate@version`",
                ),
            }
        }
        if entries.len() > ENTRIES_MAX {
            let what = format!("`ignore` has more than {ENTRIES_MAX} entries; the others do not count");
            self.tell(list.span().start, &what);
        }
    }

    /// An advisory, or the yanked versions of a crate: `"ID"`, `"crate@1.0.0"`, `{ id = … }`, `{ crate = … }`.
    fn entry(&self, value: &Value<'_>) -> Option<Suppression> {
        let table = value.get_ref().as_table();
        let field =
            |name: &str| table.and_then(|table| table.get(name)).and_then(|value| value.get_ref().as_str());
        let (what, is_crate) =
            match (value.get_ref().as_str(), field("id"), field("crate").or_else(|| field("name"))) {
                (Some(text), ..) => (text, self.by == "deny.toml" && text.contains('@')),
                (None, Some(id), _) => (id, false),
                (None, None, Some(spec)) => (spec, self.by == "deny.toml"),
                (None, None, None) => return None,
            };
        let (package, yanked) = match is_crate {
            false if what.trim().is_empty() => return None,
            false => (None, None),
            true => {
                let (name, versions) =
                    spec(what).or_else(|| Some((what.to_owned(), field("version")?.parse().ok()?)))?;
                (Some(name), Some(versions))
            }
        };
        let path = self.blob.path;
        let folder = path.folder();
        let folder = folder.strip_suffix(b".cargo/").unwrap_or(folder).to_vec();
        Some(Suppression {
            matcher: Matcher::Advisory { id: what.to_owned(), package, yanked, folder },
            reason: field("reason").filter(|reason| !reason.trim().is_empty()).map(str::to_owned),
            expires: None,
            origin: Origin {
                by: self.by,
                file: path.clone(),
                line: line_of(self.blob.bytes, value.span().start),
                expected: true,
            },
            used: false,
        })
    }
}

/// True if a setting with this value hides nothing.
fn is_strict(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Boolean(flag) => *flag,
        value => value.as_str().is_some_and(|word| STRICT.contains(&word)),
    }
}

/// `name`, `name@1.0.0` or `name:^1`: a crate and the versions of it; a version alone is meant exactly.
fn spec(text: &str) -> Option<(String, VersionReq)> {
    let (name, versions) = text.split_once(['@', ':']).unwrap_or((text, "*"));
    let (name, versions) = (name.trim(), versions.trim());
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    let exact = versions.starts_with(|c: char| c.is_ascii_digit()) && !versions.contains(',');
    let versions = if exact { format!("={versions}") } else { versions.to_owned() };
    Some((name.to_owned(), VersionReq::parse(&versions).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{Foreign, read, spec};
    use crate::model::{Blob, RepoPath};
    use crate::scan::suppress::Matcher;

    fn foreign(path: &str, text: &[u8]) -> Option<Foreign> {
        read(&Blob { path: &RepoPath::from(path), bytes: text, tracked: true })
    }

    #[test]
    fn lists_of_other_tools() {
        let text = "[advisories]\nignore = [\n  'A-1',\n  { id = 'A-2', reason = 'why' },\n  3,\n  'tin@1.0.0',\n  { crate = 'zinc', reason = 'soon' },\n  { crate = 'lead@>=1, <2' },\n  {},\n]\n";
        let read = foreign("sub/deny.toml", text.as_bytes()).unwrap();
        let told: Vec<_> = read
            .ignores
            .iter()
            .map(|one| {
                let Matcher::Advisory { id, package, yanked, .. } = &one.matcher else { panic!("{one:?}") };
                let versions = yanked.as_ref().map(ToString::to_string).unwrap_or_default();
                let package = package.as_deref().unwrap_or("");
                (id.as_str(), package, versions, one.reason.as_deref(), one.origin.line)
            })
            .collect();
        let wanted = [
            ("A-1", "", "", None, 3),
            ("A-2", "", "", Some("why"), 4),
            ("tin@1.0.0", "tin", "=1.0.0", None, 6),
            ("zinc", "zinc", "*", Some("soon"), 7),
            ("lead@>=1, <2", "lead", ">=1, <2", None, 8),
        ];
        assert_eq!(
            told,
            wanted.map(|(id, package, versions, reason, line)| (
                id,
                package,
                versions.to_owned(),
                reason,
                line
            ))
        );
        let lines: Vec<&str> =
            read.notices.iter().map(|notice| notice.message.split(':').next().unwrap()).collect();
        assert_eq!(lines, ["line 5", "line 9"]);
        assert!(foreign("audit.toml", text.as_bytes()).is_none());
        // cargo-audit knows ids alone.
        assert!(
            foreign(".cargo/audit.toml", text.as_bytes())
                .unwrap()
                .ignores
                .iter()
                .all(|one| matches!(one.matcher, Matcher::Advisory { yanked: None, .. }))
        );
    }

    #[test]
    fn what_does_not_count_is_told_with_its_line() {
        let told = |path: &str, text: &[u8]| {
            let read = foreign(path, text).unwrap();
            assert!(read.ignores.is_empty());
            read.notices.into_iter().map(|notice| notice.message).collect::<Vec<_>>()
        };
        assert!(
            told(".cargo/audit.toml", b"[advisories]\nignore = ['A-1'\n")[0]
                .contains("nothing in this file counts")
        );
        assert!(told("deny.toml", b"# a\n\xff\n")[0].starts_with("line 2: is not UTF-8"));
        assert!(
            told("deny.toml", b"[advisories]\nignore = 'A-1'\n")[0]
                .starts_with("line 2: `ignore` is not a list")
        );
        let threshold = told(
            ".cargo/audit.toml",
            b"[advisories]\nseverity_threshold = 'high'\n[yanked]\nenabled = false\n",
        );
        assert_eq!(
            threshold,
            [
                "line 2: `severity_threshold` of audit.toml does not count here; use `[scan] fail-on` in bartizan.toml",
                "line 4: `enabled` of audit.toml does not count here; use `[advisories] yanked` in bartizan.toml"
            ]
        );
        assert_eq!(
            told("deny.toml", b"[advisories]\nunmaintained = 'none'\nyanked = 'allow'\nunsound = 'all'\n")
                .len(),
            2
        );
        assert_eq!(told("deny.toml", b"[advisories]\nyanked = 'deny'\n[licenses]\n"), [""; 0]);
    }

    #[test]
    fn crates_with_their_versions() {
        let holds = |text: &str, version: &str| spec(text).unwrap().1.matches(&version.parse().unwrap());
        assert!(holds("a@1.2.3", "1.2.3") && !holds("a@1.2.3", "1.2.4") && holds("a", "7.0.0"));
        assert!(holds("a@^1.2", "1.9.0") && holds("a:=1.0.0", "1.0.0"));
        assert!(spec("").is_none() && spec("a b@1").is_none() && spec("a@y").is_none());
    }
}
