//! `bartizan.toml`, read strictly: whatever it says that is not known is a mistake with a place.

mod sbom;
mod signatures;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::engine::repository::actions::{ActionPattern, Actions};
use crate::model::mistake::{line_column, lower_first};
use crate::model::{Error, PathGlob, PathGlobs, Preset, Severity, text};
use crate::parse::advisory::AdvisoryKind;
use crate::parse::lockfile::Ecosystem;
use crate::scan::config::{Config, Named, as_path, parse_fail_on, parse_size};
use crate::scan::dependencies::Policy;
use crate::scan::suggest::did_you_mean;
use crate::scan::suppress::{Matcher, Origin, Suppression};

/// Mistakes that are listed.
const MAX_MISTAKES: usize = 20;
/// Entries of one list.
const MAX_ENTRIES: usize = 1000;

const TOP_KEYS: &[&str] = &["advisories", "ignore", "sbom", "scan", "secrets", "signatures", "workflows"];
const ADVISORIES_KEYS: &[&str] = &["ignore", "max-age", "notice", "osv", "unmaintained", "unsound", "yanked"];
const ADVISORY_KEYS: &[&str] = &["expires", "id", "package", "reason"];
const SCAN_KEYS: &[&str] =
    &["checks", "exclude", "fail-on", "max-file-size", "packs", "preset", "skip-checks"];
const WORKFLOWS_KEYS: &[&str] = &["allowed-actions", "forbidden-actions"];
const SECRETS_KEYS: &[&str] = &["defaults", "foreign-allow", "rules"];
const IGNORE_KEYS: &[&str] = &["check", "expires", "path", "reason"];

/// The keys of the table with this name; of the file itself without one.
#[cfg(test)]
pub(in crate::scan::config) fn known(table: &str) -> &'static [&'static str] {
    match table {
        "" => TOP_KEYS,
        "ignore" => IGNORE_KEYS,
        "scan" => SCAN_KEYS,
        "secrets" => SECRETS_KEYS,
        "advisories" => ADVISORIES_KEYS,
        "advisories.ignore" => ADVISORY_KEYS,
        "signatures" => signatures::KEYS,
        "signatures.signer" => signatures::SIGNER_KEYS,
        "sbom" => sbom::KEYS,
        "workflows" => WORKFLOWS_KEYS,
        _ => &[],
    }
}

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
                "a merge left its conflict here: keep one side, or both, and take out the lines with <<<<<<<, ======= and >>>>>>>",
            ),
            None => reader.wrong(error.span().map_or(0, |span| span.start), lower_first(error.message())),
        },
    }
    reader.done(config)
}

/// Where a merge that was not finished left its first mark, in bytes.
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
    /// Each with its byte, so that they can be told in the order of the file.
    mistakes: Vec<(usize, String)>,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn file(&mut self, top: &DeTable<'_>, config: &mut Config) {
        self.keys(top, TOP_KEYS);
        match top.get("scan").map(|scan| (scan.get_ref().as_table(), scan)) {
            Some((Some(scan), _)) => self.scan(scan, config),
            Some((None, value)) => self.mistyped("scan", "a table, `[scan]`", value),
            None => {}
        }
        match top.get("secrets").map(|secrets| (secrets.get_ref().as_table(), secrets)) {
            Some((Some(secrets), _)) => self.secrets(secrets, config),
            Some((None, value)) => self.mistyped("secrets", "a table, `[secrets]`", value),
            None => {}
        }
        match top.get("advisories").map(|advisories| (advisories.get_ref().as_table(), advisories)) {
            Some((Some(advisories), _)) => self.advisories(advisories, &mut config.advisories),
            Some((None, value)) => self.mistyped("advisories", "a table, `[advisories]`", value),
            None => {}
        }
        match top.get("sbom").map(|sbom| (sbom.get_ref().as_table(), sbom)) {
            Some((Some(sbom), _)) => self.sbom(sbom, &mut config.sbom),
            Some((None, value)) => self.mistyped("sbom", "a table, `[sbom]`", value),
            None => {}
        }
        match top.get("signatures").map(|signatures| (signatures.get_ref().as_table(), signatures)) {
            Some((Some(signatures), _)) => self.signatures(signatures, &mut config.signatures),
            Some((None, value)) => self.mistyped("signatures", "a table, `[signatures]`", value),
            None => {}
        }
        match top.get("workflows").map(|workflows| (workflows.get_ref().as_table(), workflows)) {
            Some((Some(workflows), _)) => self.workflows(workflows, &mut config.actions),
            Some((None, value)) => self.mistyped("workflows", "a table, `[workflows]`", value),
            None => {}
        }
        let Some(value) = top.get("ignore") else { return };
        let Some(entries) = value.get_ref().as_array() else {
            return self.mistyped("ignore", "a list of tables, `[[ignore]]`", value);
        };
        if entries.len() > MAX_ENTRIES {
            return self.wrong(value.span().start, format!("there are more than {MAX_ENTRIES} ignores"));
        }
        for entry in entries.iter() {
            match entry.get_ref().as_table() {
                Some(table) => config.ignores.extend(self.ignore(table, entry.span().start)),
                None => self.mistyped("ignore", "a list of tables, `[[ignore]]`", entry),
            }
        }
    }

    fn scan(&mut self, scan: &DeTable<'_>, config: &mut Config) {
        self.keys(scan, SCAN_KEYS);
        for (glob, at) in self.list(scan, "exclude").unwrap_or_default() {
            config.exclude.extend(self.glob(&glob, at));
        }
        config.max_file_size = scan.get("max-file-size").and_then(|value| match value.get_ref() {
            DeValue::Integer(bytes) if bytes.radix() == 10 => self.size(bytes.as_str(), value),
            DeValue::String(size) => self.size(size, value),
            _ => {
                self.mistyped("max-file-size", "a size, such as \"10MiB\"", value);
                None
            }
        });
        config.preset = scan.get("preset").and_then(|value| {
            let text = self.string("preset", value)?;
            let preset = Preset::parse(&text);
            if preset.is_none() {
                self.wrong(
                    value.span().start,
                    format!(
                        "preset: `{}` is not one of {}",
                        text::escaped(&text),
                        Preset::ALL.map(Preset::as_str).join(", ")
                    ),
                );
            }
            preset
        });
        config.fail_on = scan.get("fail-on").and_then(|value| {
            let text = self.string("fail-on", value)?;
            parse_fail_on(&text)
                .map_err(|wanted| self.wrong(value.span().start, format!("`{text}` is not {wanted}")))
                .ok()
        });
        config.checks = self.list(scan, "checks").map(|names| self.named(names));
        config.skip_checks =
            self.list(scan, "skip-checks").map(|names| self.named(names)).unwrap_or_default();
        config.packs = self.list(scan, "packs").map(|names| self.named(names)).unwrap_or_default();
    }

    fn workflows(&mut self, table: &DeTable<'_>, actions: &mut Actions) {
        self.keys(table, WORKFLOWS_KEYS);
        actions.allowed = self.actions(table, "allowed-actions");
        actions.forbidden = self.actions(table, "forbidden-actions");
    }

    fn actions(&mut self, table: &DeTable<'_>, key: &str) -> Vec<ActionPattern> {
        let listed = self.list(table, key).unwrap_or_default();
        let read = |(text, at): (String, usize)| {
            let pattern = ActionPattern::parse(&text);
            if pattern.is_none() {
                let text = text::escaped(&text);
                let forms = "`owner/*`, `owner/name` or `owner/name@ref`";
                self.wrong(at, format!("{key}: `{text}` names no action; write {forms}"));
            }
            pattern
        };
        listed.into_iter().filter_map(read).collect()
    }

    fn secrets(&mut self, secrets: &DeTable<'_>, config: &mut Config) {
        self.keys(secrets, SECRETS_KEYS);
        config.defaults = self.flag(secrets, "defaults");
        config.foreign_allow = self.flag(secrets, "foreign-allow").unwrap_or(false);
        config.rules = self.list(secrets, "rules").map(|names| self.named(names)).unwrap_or_default();
    }

    fn advisories(&mut self, table: &DeTable<'_>, policy: &mut Policy) {
        self.keys(table, ADVISORIES_KEYS);
        let kinds = [
            ("notice", AdvisoryKind::Notice),
            ("unmaintained", AdvisoryKind::Unmaintained),
            ("unsound", AdvisoryKind::Unsound),
        ];
        for (key, kind) in kinds {
            policy.levels.extend(self.level(table, key).map(|level| (kind, level)));
        }
        policy.yanked = self.level(table, "yanked");
        for (name, at) in self.list(table, "osv").unwrap_or_default() {
            match Ecosystem::ALL.into_iter().find(|ecosystem| ecosystem.as_str() == name) {
                Some(ecosystem) => policy.osv.push(ecosystem),
                None => {
                    let known = Ecosystem::ALL.map(Ecosystem::as_str);
                    let name = text::escaped(&name);
                    self.wrong(at, format!("`{name}` is not one of {}", known.join(", ")));
                }
            }
        }
        policy.max_age = table.get("max-age").and_then(|value| {
            let days = match value.get_ref() {
                DeValue::Integer(days) if days.radix() == 10 => days.as_str().parse().ok(),
                _ => None,
            };
            if days.is_none() {
                self.mistyped("max-age", "a number of days", value);
            }
            days
        });
        let Some(value) = table.get("ignore") else { return };
        let Some(entries) = value.get_ref().as_array() else {
            return self.mistyped("ignore", "a list of tables, `{ id = …, reason = … }`", value);
        };
        if entries.len() > MAX_ENTRIES {
            return self.wrong(value.span().start, format!("there are more than {MAX_ENTRIES} ignores"));
        }
        for entry in entries.iter() {
            match entry.get_ref().as_table() {
                Some(table) => policy.ignores.extend(self.advisory(table, entry.span().start)),
                None => self.mistyped("ignore", "a list of tables, `{ id = …, reason = … }`", entry),
            }
        }
    }

    fn level(&mut self, table: &DeTable<'_>, key: &str) -> Option<Option<Severity>> {
        let value = table.get(key)?;
        let text = self.string(key, value)?;
        parse_fail_on(&text)
            .map_err(|wanted| {
                self.wrong(value.span().start, format!("`{}` is not {wanted}", text::escaped(&text)))
            })
            .ok()
    }

    fn advisory(&mut self, table: &DeTable<'_>, at: usize) -> Option<Suppression> {
        self.keys(table, ADVISORY_KEYS);
        let id = self.required(table, at, "id", "which advisory it accepts");
        let reason = self.required(table, at, "reason", "why");
        let package = match table.get("package") {
            None => None,
            Some(value) => Some(self.string("package", value)?),
        };
        let expires = self.expires(table)?;
        let matcher = Matcher::Advisory { id: id?.0, package, yanked: None, folder: Vec::new() };
        Some(self.suppression(matcher, reason?.0, expires, at))
    }

    /// A text that has to be there, and where it is.
    fn required(
        &mut self,
        table: &DeTable<'_>,
        at: usize,
        key: &str,
        wanted: &str,
    ) -> Option<(String, usize)> {
        let Some(value) = table.get(key) else {
            self.wrong(at, format!("the ignore has no `{key}`, which says {wanted}"));
            return None;
        };
        let text = self.string(key, value)?;
        if text.trim().is_empty() {
            self.wrong(value.span().start, format!("`{key}` is empty; it says {wanted}"));
            return None;
        }
        Some((text, value.span().start))
    }

    fn ignore(&mut self, table: &DeTable<'_>, at: usize) -> Option<(Suppression, String)> {
        self.keys(table, IGNORE_KEYS);
        let check = self.required(table, at, "check", "which check, family or `*` it silences");
        let reason = self.required(table, at, "reason", "why");
        let path = match table.get("path") {
            None => None,
            Some(value) => Some(self.globs("path", value)?),
        };
        let expires = self.expires(table)?;
        let ((check, check_at), (reason, _)) = (check?, reason?);
        let ignore = self.suppression(Matcher::Check { name: check, path }, reason, expires, at);
        Some((ignore, self.place(check_at)))
    }

    /// One that is said at this place.
    fn suppression(&self, matcher: Matcher, reason: String, expires: Option<Date>, at: usize) -> Suppression {
        let (line, _) = line_column(self.text, at);
        let origin = Origin { by: "bartizan.toml", file: as_path(self.name), line, expected: true };
        Suppression { matcher, reason: Some(reason), expires, origin, used: false }
    }

    /// The day in `expires`, if there is one; nothing at all if it is no day.
    #[expect(clippy::option_option, reason = "absent, wrong and right are told apart")]
    fn expires(&mut self, table: &DeTable<'_>) -> Option<Option<Date>> {
        let Some(value) = table.get("expires") else { return Some(None) };
        let day = match value.get_ref() {
            DeValue::String(day) => day.to_string(),
            DeValue::Datetime(day) => day.to_string(),
            _ => String::new(),
        };
        match day.parse() {
            Ok(day) if !matches!(value.get_ref(), DeValue::Datetime(day) if day.time.is_some()) => {
                Some(Some(day))
            }
            _ => {
                self.mistyped("expires", "a day, such as 2027-01-31", value);
                None
            }
        }
    }

    fn keys(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let mut meant = did_you_mean(name, known.iter().copied());
                if meant.is_empty() {
                    meant = format!("; known here: {}", known.join(", "));
                }
                let kind = match table.get(name).map(Spanned::get_ref) {
                    Some(DeValue::Table(_)) => "section",
                    _ => "key",
                };
                self.wrong(key.span().start, format!("unknown {kind} `{}`{meant}", text::escaped(name)));
            }
        }
    }

    /// The strings of a list, each with where it is.
    fn list(&mut self, table: &DeTable<'_>, key: &str) -> Option<Vec<(String, usize)>> {
        self.strings(key, "a list of strings", table.get(key)?)
    }

    /// The strings of a list, each with its place.
    fn strings(&mut self, key: &str, wanted: &str, value: &Value<'_>) -> Option<Vec<(String, usize)>> {
        let Some(entries) = value.get_ref().as_array() else {
            self.mistyped(key, wanted, value);
            return None;
        };
        if entries.len() > MAX_ENTRIES {
            self.wrong(value.span().start, format!("`{key}` has more than {MAX_ENTRIES} entries"));
            return None;
        }
        let strings = entries.iter().filter_map(|entry| match entry.get_ref().as_str() {
            Some(text) => Some((text.to_owned(), entry.span().start)),
            None => {
                self.mistyped(key, wanted, entry);
                None
            }
        });
        Some(strings.collect())
    }

    fn flag(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        if let DeValue::Boolean(flag) = value.get_ref() {
            return Some(*flag);
        }
        self.mistyped(key, "true or false", value);
        None
    }

    fn string(&mut self, key: &str, value: &Value<'_>) -> Option<String> {
        if value.get_ref().as_str().is_none() {
            self.mistyped(key, "a string", value);
        }
        value.get_ref().as_str().map(str::to_owned)
    }

    fn size(&mut self, size: &str, value: &Value<'_>) -> Option<u64> {
        parse_size(size)
            .map_err(|wanted| {
                self.wrong(value.span().start, format!("`{}` is not {wanted}", text::escaped(size)))
            })
            .ok()
    }

    fn glob(&mut self, glob: &str, at: usize) -> Option<PathGlob> {
        PathGlob::parse(glob, self.prefix).map_err(|error| self.wrong(at, error)).ok()
    }

    /// A pattern, or a list of them.
    fn globs(&mut self, key: &str, value: &Value<'_>) -> Option<PathGlobs> {
        let at = value.span().start;
        let texts = match value.get_ref().as_str() {
            Some(text) if text.starts_with('!') => {
                let what = "a glob with `!` takes back what those before it say; write a list of them";
                self.wrong(at, what.to_owned());
                return None;
            }
            Some(text) => vec![(text.to_owned(), at)],
            None => self.strings(key, "a glob or a list of them", value)?,
        };
        let globs: Vec<PathGlob> = texts.iter().filter_map(|(text, at)| self.glob(text, *at)).collect();
        PathGlobs::new(&globs).map_err(|error| self.wrong(at, error.to_string())).ok()
    }

    fn named(&self, names: Vec<(String, usize)>) -> Vec<Named> {
        names.into_iter().map(|(text, at)| Named { text, at: self.place(at) }).collect()
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

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::model::Severity;

    fn mistakes(text: &str) -> String {
        parse(text, "bartizan.toml", "").unwrap_err().to_string()
    }

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

    #[test]
    fn nothing_is_a_configuration_too() {
        let config = parse("# nothing\n", "bartizan.toml", "").unwrap();
        assert!(config.checks.is_none() && config.ignores.is_empty());
        assert_eq!(parse("scan.fail-on = 'high'", "x", "").unwrap().fail_on, Some(Some(Severity::High)));
        assert_eq!(parse("scan.max-file-size = 100", "x", "").unwrap().max_file_size, Some(100));
    }

    #[test]
    fn unknown_keys_have_a_place_and_a_suggestion() {
        assert_eq!(
            mistakes("# a\n\n[scan]\nexlude = []\n"),
            "bartizan.toml:4:1: unknown key `exlude`, did you mean `exclude`?"
        );
        assert_eq!(mistakes("[scam]\n"), "bartizan.toml:1:2: unknown section `scam`, did you mean `scan`?");
        assert_eq!(
            mistakes("timeout = 1\n"),
            "bartizan.toml:1:1: unknown key `timeout`; known here: advisories, ignore, sbom, scan, secrets, signatures, workflows"
        );
        assert_eq!(
            mistakes("[[ignore]]\ncheck = '*'\nreason = 'x'\n  paths = 'y'"),
            "bartizan.toml:4:3: unknown key `paths`, did you mean `path`?"
        );
    }

    #[test]
    fn all_mistakes_are_told_in_the_order_of_the_file() {
        let text = "[scan]\nfail-on = 'hgih'\nexclude = ['a', 3, '../b']\nmax-file-size = '10 apples'\nchecks = 'secret'\n\
                    [[ignore]]\nreason = ' '\nexpires = 2027-01-31T10:00:00\n[secrets]\ndefaults = 'no'\n";
        assert_eq!(
            mistakes(text),
            "bartizan.toml:2:11: `hgih` is not none, low, medium, high or critical\n\
             bartizan.toml:3:17: `exclude` is a list of strings; this is a value of type integer\n\
             bartizan.toml:3:20: a glob does not leave the repository with `..`\n\
             bartizan.toml:4:17: `10 apples` is not a size such as 10MiB, 500kB or 4096\n\
             bartizan.toml:5:10: `checks` is a list of strings; this is a value of type string\n\
             bartizan.toml:6:1: the ignore has no `check`, which says which check, family or `*` it silences\n\
             bartizan.toml:7:10: `reason` is empty; it says why\n\
             bartizan.toml:8:11: `expires` is a day, such as 2027-01-31; this is a value of type datetime\n\
             bartizan.toml:10:12: `defaults` is true or false; this is a value of type string"
        );
    }

    #[test]
    fn broken_toml_has_a_place() {
        assert!(
            mistakes("[scan]\nchecks = [\n").starts_with("bartizan.toml:"),
            "{}",
            mistakes("[scan]\nchecks = [\n")
        );
        assert!(
            mistakes("a = 1\na = 2\n").starts_with("bartizan.toml:2:1: duplicate key"),
            "{}",
            mistakes("a = 1\na = 2\n")
        );
        assert!(mistakes(&"[".repeat(100_000)).starts_with("bartizan.toml:1:"));
    }

    #[test]
    fn what_a_stranger_wrote_is_escaped() {
        assert_eq!(
            mistakes("\"\\u001b[31m\" = 1"),
            "bartizan.toml:1:1: unknown key `\\u{1b}[31m`; known here: advisories, ignore, sbom, scan, secrets, signatures, workflows"
        );
    }

    #[test]
    fn many_mistakes_are_bounded() {
        let text: String = (0..100).map(|n| format!("zz{n} = 1\n")).collect();
        assert_eq!(mistakes(&text).lines().count(), 21);
        assert!(mistakes(&text).ends_with("and 80 more mistakes"));
    }
}
