//! Configuration files of cargo-audit and cargo-deny: their ignore lists are honoured, and other settings that matter
//! are reported with their line.

mod keys;

use keys::Key;
use semver::{Op, VersionReq};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::policy::{ENTRIES_MAX, by};
use crate::model::{Blob, Problem, text};
use crate::parse::lines::line_of;
use crate::scan::suppress::{Matcher, Origin, Suppression};

/// Most notices per file.
const NOTICES_MAX: usize = 200;

/// The content of such a file.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    /// Ignored advisories and yanked versions.
    pub(super) ignores: Vec<Suppression>,
    /// Settings that are not honoured, each with its line.
    pub(super) notices: Vec<Problem>,
}

/// Reads a file of cargo-audit or cargo-deny; none for other files.
pub(super) fn read(blob: &Blob<'_>) -> Option<Foreign> {
    let by = by(blob.path)?;
    let mut reader = Reader { blob, by, read: Foreign::default() };
    match std::str::from_utf8(blob.bytes) {
        Err(error) => reader.tell(error.valid_up_to(), "is not UTF-8; the file is ignored"),
        Ok(text) => match DeTable::parse(text) {
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let what = text::escaped(error.message());
                reader.tell(at, &format!("cannot be parsed, so the file is ignored: {what}"));
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
        if self.read.notices.len() == NOTICES_MAX {
            return;
        }
        let line = line_of(self.blob.bytes, at.min(self.blob.bytes.len()));
        let message = format!("line {line}: {what}");
        self.read.notices.push(Problem { path: Some(self.blob.path.clone()), message });
    }

    fn file(&mut self, top: &DeTable<'_>) {
        let keys = if self.by == "audit.toml" { keys::AUDIT } else { keys::DENY };
        self.settings("", top, keys);
        for (name, value) in top {
            match value.get_ref().as_table() {
                Some(table) => self.settings(name.get_ref(), table, keys),
                None if keys.iter().any(|key| key.table == name.get_ref()) => {
                    self.tell(
                        value.span().start,
                        &format!("`{}` is not a table", text::escaped(name.get_ref())),
                    );
                }
                None => {}
            }
        }
        let advisories = top.get("advisories").and_then(|advisories| advisories.get_ref().as_table());
        let Some(advisories) = advisories else { return };
        let Some(list) = advisories.get("ignore") else { return };
        let Some(entries) = list.get_ref().as_array() else {
            return self.tell(list.span().start, "`ignore` is not a list, and has no effect");
        };
        let unused = advisories.get(keys::UNUSED).and_then(|value| value.get_ref().as_str());
        for entry in entries.iter().take(ENTRIES_MAX) {
            match self.entry(entry) {
                Ok(mut ignore) => {
                    // Unused entries are not reported by setting.
                    ignore.origin.expected = unused != Some("allow");
                    self.read.ignores.push(ignore);
                }
                Err(why) => self.tell(entry.span().start, &format!("this entry has no effect: {why}")),
            }
        }
        if entries.len() > ENTRIES_MAX {
            let what = format!("`ignore` has more than {ENTRIES_MAX} entries; the others are ignored");
            self.tell(list.span().start, &what);
        }
    }

    /// Reports settings of a table that are not honoured or unknown.
    fn settings(&mut self, table: &str, settings: &DeTable<'_>, keys: &[Key]) {
        let is_known = |table: &str| keys.iter().any(|key| key.table == table);
        let is_whole = keys::WHOLE.contains(&table) && is_known(table);
        let file = self.by;
        // cargo-deny has tables about other things.
        let is_all = table.is_empty() && file == "audit.toml";
        for (name, value) in settings {
            let at = name.span().start;
            let shown = text::escaped(name.get_ref());
            match keys.iter().find(|key| key.table == table && key.name == name.get_ref()) {
                Some(key) if (key.is_followed)(value.get_ref()) => {}
                Some(key) => {
                    self.tell(at, &format!("`{shown}` of {file} is not honoured; {}", key.instead));
                }
                None if is_whole || is_all && !is_known(name.get_ref()) => {
                    self.tell(at, &format!("`{shown}` of {file} is unknown, and has no effect"));
                }
                None => {}
            }
        }
    }

    /// Parses an advisory, or the yanked versions of a crate.
    fn entry(&mut self, value: &Value<'_>) -> Result<Suppression, &'static str> {
        let table = value.get_ref().as_table();
        let field =
            |name: &str| table.and_then(|table| table.get(name)).and_then(|value| value.get_ref().as_str());
        let no_spec = "its versions cannot be read; `crate@1.0.0` names one, `crate:>=1, <2` several";
        let (what, spec) = match (value.get_ref().as_str(), self.by) {
            (Some(text), "audit.toml") => (text, None),
            (None, "audit.toml") => return Err("cargo-audit supports only ids"),
            (Some(text), _) if is_id(text) => (text, None),
            (Some(text), _) => (text, Some(spec(text).ok_or(no_spec)?)),
            (None, _) => match (field("id"), field("crate"), field("name")) {
                (Some(id), ..) => (id, None),
                (None, Some(text), _) => (text, Some(spec(text).ok_or(no_spec)?)),
                (None, None, Some(name)) => {
                    let versions = field("version").unwrap_or("*").parse().map_err(|_| no_spec)?;
                    (name, Some((name.to_owned(), versions)))
                }
                (None, None, None) => return Err("it names neither an advisory nor a `crate@version`"),
            },
        };
        if what.trim().is_empty() {
            return Err("it is empty");
        }
        for (name, value) in table.into_iter().flatten() {
            let known: &[&str] = if field("id").is_some() { &["id"] } else { &["crate", "name", "version"] };
            let is_text = value.get_ref().as_str().is_some();
            if !(is_text && (*name.get_ref() == "reason" || known.contains(&&**name.get_ref()))) {
                let what = format!("`{}` of this entry is not honoured", text::escaped(name.get_ref()));
                self.tell(name.span().start, &what);
            }
        }
        let (package, yanked) = spec.unzip();
        let path = self.blob.path;
        let folder = path.folder();
        let folder = folder.strip_suffix(b".cargo/").unwrap_or(folder).to_vec();
        Ok(Suppression {
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

/// True for an advisory id: no crate name has capitals before the first hyphen.
fn is_id(text: &str) -> bool {
    let start = text.split_once('-').map_or("", |(start, _)| start);
    !start.is_empty() && start.bytes().all(|b| b.is_ascii_uppercase())
}

/// `name`, `name@1.0.0` or `name:^1`: a crate and its versions. After `@` the version is exact, as far as written.
fn spec(text: &str) -> Option<(String, VersionReq)> {
    let exact = text.contains('@');
    let (name, versions) = text.split_once(if exact { '@' } else { ':' }).unwrap_or((text, "*"));
    let name = name.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    let mut versions = VersionReq::parse(versions.trim()).ok()?;
    if let Some(first) = versions.comparators.first_mut().filter(|_| exact) {
        first.op = Op::Exact;
    }
    Some((name.to_owned(), versions))
}

#[cfg(test)]
mod tests;
