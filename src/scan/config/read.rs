//! `bartizan.toml`, read strictly by the table of settings: whatever is not in it is a mistake with a place.

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::engine::repository::actions::ActionPattern;
use crate::model::mistake::{line_column, lower_first};
use crate::model::{Error, PathGlob, PathGlobs, RepoPath, text};
use crate::scan::config::setting::{Entries, Entry, Kind, Setting, alternatives};
use crate::scan::config::settings::TABLES;
use crate::scan::config::{Config, Named, as_path, parse_size};
use crate::scan::provenance::policy::Pattern;
use crate::scan::suggest::did_you_mean;
use crate::scan::suppress::Origin;

/// Mistakes that are listed.
const MAX_MISTAKES: usize = 20;
/// Entries of one list.
pub(super) const MAX_ENTRIES: usize = 1000;

/// Reads the configuration `text`. `name` is what the file is called in messages, `prefix` the
/// directory that it is for, relative to the root.
///
/// # Errors
/// All mistakes, a line each, each starting with `name:line:column: `.
pub fn parse(text: &str, name: &str, prefix: &str) -> Result<Config, Error> {
    let mut reader = Reader { text, name, prefix, mistakes: Vec::new() };
    let mut config = Config::default();
    match DeTable::parse(text) {
        Ok(table) => reader.file(table.get_ref(), &mut config),
        Err(error) => match conflict(text) {
            Some(at) => reader.wrong(
                at,
                "an unresolved merge conflict: keep one side, or both, and remove the lines with <<<<<<<, ======= and >>>>>>>",
            ),
            None => reader.wrong(error.span().map_or(0, |span| span.start), lower_first(error.message())),
        },
    }
    reader.done(config)
}

/// The first marker of an unresolved merge conflict, in bytes.
fn conflict(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") {
            return Some(at);
        }
        at += line.len();
    }
    None
}

struct Reader<'a> {
    text: &'a str,
    name: &'a str,
    prefix: &'a str,
    /// Each with its byte, so that they can be listed in the order of the file.
    mistakes: Vec<(usize, String)>,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn file(&mut self, top: &DeTable<'_>, config: &mut Config) {
        let outside = TABLES.iter().filter(|table| table.name.is_empty()).flat_map(|table| table.settings);
        let named = TABLES.iter().map(|table| table.name).filter(|name| !name.is_empty());
        self.unknown(top, named.chain(outside.map(|setting| setting.key)).collect());
        for table in TABLES {
            if table.name.is_empty() {
                self.settings(top, table.settings, config);
                continue;
            }
            let Some(value) = top.get(table.name) else { continue };
            match value.get_ref().as_table() {
                Some(inner) => {
                    self.unknown(inner, table.settings.iter().map(|setting| setting.key).collect());
                    self.settings(inner, table.settings, config);
                }
                None => self.mistyped(table.name, &format!("a table, `[{}]`", table.name), value),
            }
        }
    }

    /// Stores what `table` says of `settings`.
    fn settings<T>(&mut self, table: &DeTable<'_>, settings: &[Setting<T>], target: &mut T) {
        for setting in settings {
            if let Some(value) = table.get(setting.key) {
                self.setting(setting, value, target);
            }
        }
    }

    fn setting<T>(&mut self, setting: &Setting<T>, value: &Value<'_>, target: &mut T) {
        let Setting { key, kind, .. } = setting;
        let at = value.span().start;
        let text = value.get_ref().as_str();
        let named = |text: &str, reader: &Self| Named { text: text.to_owned(), at: reader.place(at) };
        match (kind, value.get_ref(), text) {
            (Kind::Flag(set), DeValue::Boolean(flag), _) => set(target, *flag),
            (Kind::Size(set), DeValue::Integer(bytes), _) if bytes.radix() == 10 => {
                self.store(at, size(bytes.as_str()), |size| set(target, size));
            }
            (Kind::Size(set), _, Some(text)) => self.store(at, size(text), |size| set(target, size)),
            (Kind::Number(most, _, set), found, _) => match number(found).filter(|number| number <= most) {
                Some(number) => set(target, number),
                None => self.mistyped(key, &kind.description(), value),
            },
            (Kind::Choice(names, set), _, Some(text)) => {
                self.store(at, choice(&names(), text), |()| set(target, text));
            }
            (Kind::Choices(names, set), DeValue::Array(_), _) => {
                for (text, at) in self.strings(key, kind, value) {
                    self.store(at, choice(&names(), &text), |()| set(target, &text));
                }
            }
            (Kind::Day(set), found, _) => match day(found) {
                Some(day) => set(target, day),
                None => self.mistyped(key, &kind.description(), value),
            },
            (Kind::Text(set), _, Some(text)) => set(target, named(text, self)),
            (Kind::Required(wanted, _), _, Some(text)) if text.trim().is_empty() => {
                self.wrong(at, format!("`{key}` is empty; it says {wanted}"));
            }
            (Kind::Required(_, set), _, Some(text)) => set(target, named(text, self)),
            (Kind::Regexp(set), _, Some(text)) => {
                self.store(at, Pattern::regexp(text), |pattern| set(target, pattern));
            }
            (Kind::File(set), _, Some(text)) => self.store(at, self.inside(text), |path| set(target, path)),
            (Kind::Globs(set), DeValue::Array(_), _) => set(target, self.globs(key, kind, value)),
            (Kind::Paths(_), _, Some(text)) if text.starts_with('!') => {
                self.wrong(at, "a glob with `!` takes back what those before it say; write a list of them");
            }
            (Kind::Paths(set), _, Some(text)) => {
                let globs = PathGlob::parse(text, self.prefix);
                self.store(at, globs.and_then(|glob| together(&[glob])), |globs| set(target, globs));
            }
            (Kind::Paths(set), DeValue::Array(_), _) => {
                let globs = self.globs(key, kind, value);
                self.store(at, together(&globs), |globs| set(target, globs));
            }
            (Kind::Names(set), DeValue::Array(_), _) => {
                let names = self.strings(key, kind, value).into_iter();
                set(target, names.map(|(text, at)| Named { text, at: self.place(at) }).collect());
            }
            (Kind::Actions(set), DeValue::Array(_), _) => {
                let mut patterns = Vec::new();
                for (text, at) in self.strings(key, kind, value) {
                    let pattern = ActionPattern::parse(&text).ok_or_else(|| {
                        let forms = "`owner/*`, `owner/name` or `owner/name@ref`";
                        format!("{key}: `{}` names no action; write {forms}", text::escaped(&text))
                    });
                    self.store(at, pattern, |pattern| patterns.push(pattern));
                }
                set(target, patterns);
            }
            (Kind::Entries(entries), DeValue::Array(_), _) => self.entries(key, kind, entries, value, target),
            _ => self.mistyped(key, &kind.description(), value),
        }
    }

    fn entries<T>(
        &mut self,
        key: &str,
        kind: &Kind<T>,
        entries: &Entries<T>,
        value: &Value<'_>,
        target: &mut T,
    ) {
        let Some(all) = self.array(&format!("there are more than {MAX_ENTRIES} {}s", entries.name), value)
        else {
            return;
        };
        for one in all.iter() {
            let Some(table) = one.get_ref().as_table() else {
                self.mistyped(key, &kind.description(), one);
                continue;
            };
            let (at, mistakes) = (one.span().start, self.mistakes.len());
            self.unknown(table, entries.settings.iter().map(|setting| setting.key).collect());
            for Setting { key, kind, .. } in entries.settings {
                if let (Kind::Required(wanted, _), None) = (kind, table.get(*key)) {
                    self.wrong(at, format!("the {} has no `{key}`, which says {wanted}", entries.name));
                }
            }
            let mut entry = Entry::default();
            self.settings(table, entries.settings, &mut entry);
            if self.mistakes.len() == mistakes {
                let (line, _) = line_column(self.text, at);
                let origin = Origin { by: "bartizan.toml", file: as_path(self.name), line, expected: true };
                if let Err((key, message)) = (entries.store)(target, entry, origin) {
                    self.wrong(table.get(key).map_or(at, |value| value.span().start), message);
                }
            }
        }
    }

    /// Reports the keys of `table` that are not among those that are known there.
    fn unknown(&mut self, table: &DeTable<'_>, mut known: Vec<&str>) {
        known.sort_unstable();
        for (key, value) in table {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let mut meant = did_you_mean(name, known.iter().copied());
                if meant.is_empty() {
                    meant = format!("; known here: {}", known.join(", "));
                }
                let kind = if value.get_ref().is_table() { "section" } else { "key" };
                self.wrong(key.span().start, format!("unknown {kind} `{}`{meant}", text::escaped(name)));
            }
        }
    }

    /// The entries of a list, unless there are too many of them.
    fn array<'v, 'i>(&mut self, too_many: &str, value: &'v Value<'i>) -> Option<&'v DeArray<'i>> {
        let entries = value.get_ref().as_array()?;
        if entries.len() > MAX_ENTRIES {
            self.wrong(value.span().start, too_many);
            return None;
        }
        Some(entries)
    }

    /// The strings of a list, each with its byte.
    fn strings<T>(&mut self, key: &str, kind: &Kind<T>, value: &Value<'_>) -> Vec<(String, usize)> {
        let entries = self.array(&format!("`{key}` has more than {MAX_ENTRIES} entries"), value);
        let mut strings = Vec::new();
        for entry in entries.into_iter().flat_map(|entries| entries.iter()) {
            match entry.get_ref().as_str() {
                Some(text) => strings.push((text.to_owned(), entry.span().start)),
                None => self.mistyped(key, &kind.description(), entry),
            }
        }
        strings
    }

    fn globs<T>(&mut self, key: &str, kind: &Kind<T>, value: &Value<'_>) -> Vec<PathGlob> {
        let mut globs = Vec::new();
        for (text, at) in self.strings(key, kind, value) {
            self.store(at, PathGlob::parse(&text, self.prefix), |glob| globs.push(glob));
        }
        globs
    }

    /// The file of the repository with this path from the directory that the configuration is for.
    fn inside(&self, path: &str) -> Result<RepoPath, String> {
        let path = path.strip_prefix("./").unwrap_or(path);
        if path.is_empty() || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(format!("`{}` is not the path of a file of the repository", text::escaped(path)));
        }
        let prefix = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        Ok(RepoPath::from(format!("{prefix}{path}").as_str()))
    }

    /// Passes on what was read, or reports the mistake.
    fn store<V>(&mut self, at: usize, read: Result<V, String>, set: impl FnOnce(V)) {
        match read {
            Ok(value) => set(value),
            Err(mistake) => self.wrong(at, mistake),
        }
    }

    fn mistyped(&mut self, key: &str, wanted: &str, value: &Value<'_>) {
        let found = value.get_ref().type_str();
        self.wrong(value.span().start, format!("`{key}` is {wanted}; this is a value of type {found}"));
    }

    fn wrong(&mut self, at: usize, message: impl Into<String>) {
        self.mistakes.push((at, message.into()));
    }

    /// `name:line:column`
    fn place(&self, at: usize) -> String {
        let (line, column) = line_column(self.text, at);
        format!("{}:{line}:{column}", self.name)
    }

    fn done(mut self, config: Config) -> Result<Config, Error> {
        if self.mistakes.is_empty() {
            return Ok(config);
        }
        self.mistakes.sort();
        let mut lines: Vec<String> = self
            .mistakes
            .iter()
            .take(MAX_MISTAKES)
            .map(|(at, message)| format!("{}: {}", self.place(*at), text::escaped(message)))
            .collect();
        if let Some(more @ 1..) = self.mistakes.len().checked_sub(MAX_MISTAKES) {
            lines.push(format!("{}: and {more} more mistakes", self.name));
        }
        Err(Error::Config(lines.join("\n")))
    }
}

/// One of `names`.
fn choice(names: &[&str], text: &str) -> Result<(), String> {
    match names.contains(&text) {
        true => Ok(()),
        false => {
            let meant = did_you_mean(text, names.iter().copied());
            Err(format!("`{}` is not {}{meant}", text::escaped(text), alternatives(names)))
        }
    }
}

fn number(value: &DeValue<'_>) -> Option<u32> {
    match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
        _ => None,
    }
}

fn day(value: &DeValue<'_>) -> Option<Date> {
    match value {
        DeValue::Datetime(day) if day.time.is_none() => day.to_string().parse().ok(),
        value => value.as_str()?.parse().ok(),
    }
}

fn size(text: &str) -> Result<u64, String> {
    parse_size(text).map_err(|wanted| format!("`{}` is not {wanted}", text::escaped(text)))
}

fn together(globs: &[PathGlob]) -> Result<PathGlobs, String> {
    PathGlobs::new(globs).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn all_that_is_known_is_read() {
        let text = "
[scan]
exclude = ['vendor/', '*.min.js']
max-file-size = '2MiB'
fail-on = 'none'
checks = ['secret']
skip-checks = ['jwt']
packs = ['rules']

[secrets]
foreign-allow = true
defaults = false
rules = ['a.toml', 'b.toml']

[[ignore]]
check = 'committed-env-file'
path = 'test/**'
reason = 'test data'
expires = 2027-01-31

[[ignore]]
check = '*'
reason = 'a mirror'
expires = '2027-02-01'
";
        let config = parse(text, "bartizan.toml", "").unwrap();
        assert_eq!(config.exclude.len(), 2);
        assert_eq!(config.max_file_size, Some(2 << 20));
        assert_eq!(config.fail_on, Some(None));
        let checks = config.checks.unwrap();
        assert_eq!((checks[0].text.as_str(), checks[0].at.as_str()), ("secret", "bartizan.toml:6:11"));
        assert_eq!(config.skip_checks[0].text, "jwt");
        assert_eq!(config.packs[0].text, "rules");
        assert_eq!((config.foreign_allow, config.defaults), (true, Some(false)));
        assert_eq!((config.rules.len(), config.rules[1].at.as_str()), (2, "bartizan.toml:13:20"));
        let (first, at) = &config.ignores[0];
        assert_eq!(
            (first.name(), first.origin.line, at.as_str()),
            ("committed-env-file", 15, "bartizan.toml:16:9")
        );
        assert_eq!(first.expires, Some("2027-01-31".parse().unwrap()));
        assert!(first.is_for(&"test/a/b".into()));
        assert_eq!(config.ignores[1].0.expires, Some("2027-02-01".parse().unwrap()));
    }
}
