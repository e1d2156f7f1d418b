//! The TOML of gitleaks and betterleaks: case-insensitive keys, mistakes with positions.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::mistake::{line_column, lower_first};
use crate::model::{Error, text};
use crate::scan::suggest::did_you_mean;

/// Most mistakes listed.
const MAX_MISTAKES: usize = 20;

type Value<'i> = Spanned<DeValue<'i>>;

/// A text and its byte offset in the file.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) text: String,
    pub(super) at: usize,
}

/// A file of rules.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) rules: Vec<Rule>,
    /// Allowlists for all rules, or for named ones.
    pub(super) allow: Vec<(List, Vec<Placed>)>,
    /// `defaults`, our own key.
    pub(super) defaults: Option<bool>,
    pub(super) extend: Extend,
}

/// `extend`: references to other files.
#[derive(Debug, Default)]
pub(super) struct Extend {
    pub(super) default: bool,
    pub(super) path: bool,
    pub(super) url: bool,
    pub(super) disabled: bool,
}

impl Extend {
    /// True if this file may change rules of others.
    pub(super) const fn any(&self) -> bool {
        self.default || self.path || self.url
    }
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: Placed,
    pub(super) description: String,
    pub(super) regex: Option<Placed>,
    pub(super) path: Option<Placed>,
    pub(super) group: Option<(usize, usize)>,
    pub(super) entropy: f32,
    pub(super) keywords: Vec<String>,
    pub(super) allow: Vec<List>,
    pub(super) required: Vec<Required>,
    /// True if it only supports other rules.
    pub(super) silent: bool,
}

#[derive(Debug)]
pub(super) struct Required {
    pub(super) id: Placed,
    pub(super) lines: Option<usize>,
    pub(super) columns: Option<usize>,
}

#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) all: bool,
    pub(super) paths: Vec<Placed>,
    pub(super) regexes: Vec<Placed>,
    pub(super) target: Option<Placed>,
    pub(super) stopwords: Vec<String>,
    pub(super) commits: bool,
}

/// Reads a file, and collects mistakes and unknown keys.
pub(super) struct Reader<'a> {
    text: &'a str,
    name: &'a str,
    mistakes: Vec<(usize, String)>,
    /// Unknown keys, each with its rules.
    pub(super) unknown: BTreeMap<String, Vec<String>>,
    /// The current rule, for messages.
    rule: String,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, name: &'a str) -> Self {
        Self { text, name, mistakes: Vec::new(), unknown: BTreeMap::new(), rule: String::new() }
    }

    pub(super) fn file(&mut self) -> File {
        let mut file = File::default();
        match DeTable::parse(self.text) {
            Ok(table) => self.top(table.get_ref(), &mut file),
            Err(error) => {
                let message = lower_first(error.message());
                let at = error.span().map_or(0, |span| span.start);
                let rule = self.rule_around(at);
                self.wrong(at, format!("{rule}{message}; fix the TOML here"));
            }
        }
        file
    }

    /// ``rule `id`: `` of the rule around a place in a broken file, if known.
    fn rule_around(&self, at: usize) -> String {
        let before = &self.text[..self.text.floor_char_boundary(at)];
        let Some(table) = before.rfind("[[rules]]") else { return String::new() };
        let id =
            self.text[table..].lines().skip(1).take_while(|line| !line.starts_with("[[rules]]")).find_map(
                |line| {
                    let value = line.trim_start().strip_prefix("id")?.trim_start().strip_prefix('=')?;
                    Some(value.trim().trim_matches(|c| matches!(c, '"' | '\'')))
                },
            );
        id.map_or_else(String::new, |id| format!("rule `{id}`: "))
    }

    fn top(&mut self, table: &DeTable<'_>, file: &mut File) {
        // Top-level keys first: they may supply what a rule lacks.
        for (key, value) in entries(table) {
            match key.as_str() {
                "extend" => self.extend(value, &mut file.extend),
                "allowlist" | "allowlists" => {
                    for (list, _) in self.tables(&key, value) {
                        let read = self.list(list, true);
                        let targets = entries(list).find(|(key, _)| key == "targetrules");
                        let targets =
                            targets.map(|(_, value)| self.strings("targetRules", value)).unwrap_or_default();
                        file.allow.extend(read.map(|read| (read, targets)));
                    }
                }
                "defaults" => file.defaults = self.flag("defaults", value),
                "rules" | "title" | "description" | "minversion" => {}
                _ => self.not_known(
                    &key,
                    &["extend", "allowlists", "defaults", "rules", "title", "description", "minVersion"],
                    table,
                ),
            }
        }
        if let Some((key, value)) = entries(table).find(|(key, _)| key == "rules") {
            for (table, at) in self.tables(&key, value) {
                file.rules.extend(self.rule(table, at));
            }
        }
        self.rule.clear();
    }

    fn extend(&mut self, value: &Value<'_>, extend: &mut Extend) {
        for (table, _) in self.tables("extend", value) {
            for (key, value) in entries(table) {
                match key.as_str() {
                    "usedefault" => extend.default = self.flag("useDefault", value).unwrap_or(false),
                    "path" => {
                        extend.path = self.string("path", value).is_some_and(|path| !path.text.is_empty())
                    }
                    "url" => extend.url = self.string("url", value).is_some_and(|url| !url.text.is_empty()),
                    "disabledrules" => extend.disabled = !self.strings("disabledRules", value).is_empty(),
                    _ => self.not_known(&key, &["useDefault", "path", "url", "disabledRules"], table),
                }
            }
        }
    }

    fn rule(&mut self, table: &DeTable<'_>, at: usize) -> Option<Rule> {
        self.rule.clear();
        let mut rule = Rule {
            id: Placed { text: String::new(), at },
            description: String::new(),
            regex: None,
            path: None,
            group: None,
            entropy: 0.0,
            keywords: Vec::new(),
            allow: Vec::new(),
            required: Vec::new(),
            silent: false,
        };
        if let Some((_, value)) = entries(table).find(|(key, _)| key == "id") {
            rule.id = self.string("id", value)?;
            self.rule.clone_from(&rule.id.text);
        }
        if rule.id.text.trim().is_empty() {
            self.wrong(rule.id.at, "the rule has no `id`; add one");
            return None;
        }
        let not_empty = |placed: Option<Placed>| placed.filter(|placed| !placed.text.is_empty());
        for (key, value) in entries(table) {
            match key.as_str() {
                "id" => {}
                "description" => {
                    rule.description =
                        self.string("description", value).map(|placed| placed.text).unwrap_or_default()
                }
                "regex" => rule.regex = not_empty(self.string("regex", value)),
                "path" => rule.path = not_empty(self.string("path", value)),
                "secretgroup" => {
                    rule.group = self.count("secretGroup", value).map(|group| (group, value.span().start))
                }
                "entropy" => rule.entropy = self.number("entropy", value).unwrap_or(0.0),
                "keywords" => {
                    let words =
                        self.strings("keywords", value).into_iter().map(|word| word.text.to_lowercase());
                    rule.keywords = words.filter(|word| !word.is_empty()).collect();
                }
                "allowlist" | "allowlists" => {
                    for (list, _) in self.tables(&key, value) {
                        rule.allow.extend(self.list(list, false));
                    }
                }
                "required" => {
                    for (table, at) in self.tables("required", value) {
                        rule.required.extend(self.required(table, at));
                    }
                }
                "skipreport" => rule.silent = self.flag("skipReport", value).unwrap_or(false),
                "tags" => drop(self.strings("tags", value)),
                _ => {
                    let known = [
                        "id",
                        "description",
                        "regex",
                        "path",
                        "secretGroup",
                        "entropy",
                        "keywords",
                        "allowlists",
                        "required",
                        "skipReport",
                        "tags",
                    ];
                    self.not_known(&key, &known, table);
                }
            }
        }
        Some(rule)
    }

    fn required(&mut self, table: &DeTable<'_>, at: usize) -> Option<Required> {
        let mut required = Required { id: Placed { text: String::new(), at }, lines: None, columns: None };
        for (key, value) in entries(table) {
            match key.as_str() {
                "id" => required.id = self.string("id", value)?,
                "withinlines" => required.lines = self.count("withinLines", value),
                "withincolumns" => required.columns = self.count("withinColumns", value),
                _ => self.not_known(&key, &["id", "withinLines", "withinColumns"], table),
            }
        }
        if required.id.text.is_empty() {
            self.wrong(at, "`required` names no rule; add an `id`");
            return None;
        }
        Some(required)
    }

    fn list(&mut self, table: &DeTable<'_>, global: bool) -> Option<List> {
        let mut list = List::default();
        for (key, value) in entries(table) {
            match key.as_str() {
                "paths" => list.paths = self.strings("paths", value),
                "regexes" => list.regexes = self.strings("regexes", value),
                "stopwords" => {
                    list.stopwords = self
                        .strings("stopwords", value)
                        .into_iter()
                        .map(|word| word.text.to_lowercase())
                        .filter(|word| !word.is_empty())
                        .collect()
                }
                "commits" => list.commits = !self.strings("commits", value).is_empty(),
                "regextarget" => list.target = self.string("regexTarget", value),
                "condition" => {
                    let condition = self.string("condition", value)?;
                    match condition.text.to_ascii_uppercase().as_str() {
                        "AND" | "&&" => list.all = true,
                        "" | "OR" | "||" => {}
                        _ => {
                            self.wrong(
                                condition.at,
                                format!("`condition` is AND or OR, not `{}`", condition.text),
                            );
                            return None;
                        }
                    }
                }
                "targetrules" if global => {}
                "description" => {}
                _ => self.not_known(
                    &key,
                    &[
                        "paths",
                        "regexes",
                        "stopwords",
                        "commits",
                        "regexTarget",
                        "condition",
                        "targetRules",
                        "description",
                    ],
                    table,
                ),
            }
        }
        Some(list)
    }

    fn not_known(&mut self, key: &str, known: &[&str], table: &DeTable<'_>) {
        // In its original spelling.
        let written = table
            .keys()
            .map(|key| key.get_ref().as_ref())
            .find(|written: &&str| written.eq_ignore_ascii_case(key))
            .unwrap_or(key);
        let meant = did_you_mean(key, known.iter().copied());
        let rules = self
            .unknown
            .entry(format!("`{}`{}", text::escaped(written), meant.trim_end_matches('?')))
            .or_default();
        rules.push(self.rule.clone());
    }

    /// The tables of a list of tables, or a single table.
    fn tables<'v, 'i>(&mut self, key: &str, value: &'v Value<'i>) -> Vec<(&'v DeTable<'i>, usize)> {
        let at = value.span().start;
        match value.get_ref() {
            DeValue::Table(table) => vec![(table, at)],
            DeValue::Array(entries) => {
                let mut tables = Vec::with_capacity(entries.len());
                for entry in entries.iter() {
                    match entry.get_ref().as_table() {
                        Some(table) => tables.push((table, entry.span().start)),
                        None => self.mistyped(key, "a list of tables", entry),
                    }
                }
                tables
            }
            _ => {
                self.mistyped(key, "a table", value);
                Vec::new()
            }
        }
    }

    fn strings(&mut self, key: &str, value: &Value<'_>) -> Vec<Placed> {
        let Some(entries) = value.get_ref().as_array() else {
            self.mistyped(key, "a list of strings", value);
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.string_in(key, "a list of strings", entry)).collect()
    }

    fn string(&mut self, key: &str, value: &Value<'_>) -> Option<Placed> {
        self.string_in(key, "a string", value)
    }

    fn string_in(&mut self, key: &str, wanted: &str, value: &Value<'_>) -> Option<Placed> {
        let Some(text) = value.get_ref().as_str() else {
            self.mistyped(key, wanted, value);
            return None;
        };
        Some(Placed { text: text.to_owned(), at: value.span().start })
    }

    fn flag(&mut self, key: &str, value: &Value<'_>) -> Option<bool> {
        if let DeValue::Boolean(flag) = value.get_ref() {
            return Some(*flag);
        }
        self.mistyped(key, "true or false", value);
        None
    }

    fn count(&mut self, key: &str, value: &Value<'_>) -> Option<usize> {
        if let DeValue::Integer(number) = value.get_ref()
            && let Ok(count) = usize::from_str_radix(number.as_str(), number.radix())
        {
            return Some(count);
        }
        self.mistyped(key, "a whole number, at least 0", value);
        None
    }

    fn number(&mut self, key: &str, value: &Value<'_>) -> Option<f32> {
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number: &f32| number.is_finite());
        if number.is_none() {
            self.mistyped(key, "a number", value);
        }
        number
    }

    fn mistyped(&mut self, key: &str, wanted: &str, value: &Value<'_>) {
        let found = value.get_ref().type_str();
        self.wrong(value.span().start, format!("`{key}` is {wanted}; this is a value of type {found}"));
    }

    /// Records a mistake, in the current rule if any.
    pub(super) fn wrong(&mut self, at: usize, message: impl Into<String>) {
        let message = message.into();
        let message = if self.rule.is_empty() { message } else { format!("rule `{}`: {message}", self.rule) };
        self.mistakes.push((at, message));
    }

    /// Records a mistake in `rule`.
    pub(super) fn wrong_in(&mut self, rule: &str, at: usize, message: impl Into<String>) {
        rule.clone_into(&mut self.rule);
        self.wrong(at, message);
        self.rule.clear();
    }

    /// An error with all mistakes, if there are any.
    pub(super) fn done(&mut self) -> Result<(), Error> {
        if self.mistakes.is_empty() {
            return Ok(());
        }
        self.mistakes.sort();
        let shown = self.mistakes.iter().take(MAX_MISTAKES).map(|(at, message)| {
            let (line, column) = line_column(self.text, *at);
            format!("{}:{line}:{column}: {}", self.name, text::escaped(message))
        });
        let mut lines: Vec<String> = shown.collect();
        if let Some(more @ 1..) = self.mistakes.len().checked_sub(MAX_MISTAKES) {
            lines.push(format!("{}: and {more} more mistakes", self.name));
        }
        Err(Error::Config(lines.join("\n")))
    }
}

/// The entries of a table with keys in lower case: these tools ignore case.
fn entries<'v, 'i>(table: &'v DeTable<'i>) -> impl Iterator<Item = (String, &'v Value<'i>)> {
    table.iter().map(|(key, value)| (key.get_ref().to_ascii_lowercase(), value))
}

/// The line of a byte, from 1.
pub(super) fn line(text: &str, at: usize) -> usize {
    line_column(text, at).0
}
