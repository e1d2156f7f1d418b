//! Imports gitleaks and betterleaks rules as checks; unsupported settings are reported.

mod re2;
mod read;

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::engine::foreign::{
    self, Allowlist, Expressions, ForeignRule, MAX_MATCHES, Target, Trigger, literals,
};
use crate::engine::{Check, Run};
use crate::model::{Error, Family, Meta, Problem, RepoPath, text};
use read::{File, List, Placed, Reader, Rule};

/// Most rules over all files.
const MAX_RULES: usize = 10_000;
/// Most literals over all rules; an engine supports 65,536.
const MAX_LITERALS: usize = 40_000;
/// Most keywords per rule; with more, the regex runs over every text.
const MAX_KEYWORDS: usize = 64;
/// Most bytes shown of a description.
const MAX_DESCRIPTION: usize = 300;
/// Most rules named in one notice.
const NAMED: usize = 3;

/// A file of rules.
#[derive(Clone, Debug)]
pub struct RulesFile {
    /// Its display name, escaped.
    pub name: String,
    /// TOML.
    pub text: String,
}

/// Results of reading rule files other than checks.
#[derive(Debug, Default)]
pub struct Imported {
    /// Built-in checks that only run if named, sorted.
    pub off: Vec<&'static str>,
    /// Notices about unsupported settings.
    pub notices: Vec<Problem>,
}

/// Adds the rules of `files` to `checks`, which stay sorted by id. `builtin` are the ids of built-in checks, which stay
/// unless `defaults` is false or a file disables them.
///
/// # Errors
/// All mistakes of the first invalid file, each with line, column and rule; or if no secret rule is left.
pub fn load(
    files: &[RulesFile],
    checks: &mut Vec<Check>,
    builtin: &[&'static str],
    mut defaults: bool,
) -> Result<Imported, Error> {
    let mut imported = Imported::default();
    let mut read = Vec::with_capacity(files.len());
    for file in files {
        let mut reader = Reader::new(&file.text, &file.name);
        let content = reader.file();
        reader.done()?;
        defaults &= content.defaults != Some(false);
        read.push((reader, content, file));
    }
    if !defaults {
        let is_builtin =
            |check: &&Check| check.meta.family == Family::Secret && builtin.contains(&check.meta.id);
        imported.off = checks.iter().filter(is_builtin).map(|check| check.meta.id).collect();
    }
    let mut gathering = Gathering { taken: HashMap::new(), literals: 0, rules: 0, defaults };
    let mut added = Vec::new();
    for (reader, content, file) in &mut read {
        let mut notices = Notices::default();
        added.append(&mut gathering.file(reader, content, file, checks, &imported.off, &mut notices)?);
        imported.notices.extend(notices.into_problems(&file.name));
    }
    if !imported.off.is_empty() {
        // A user rule may reuse the name of a disabled one.
        checks.retain(|check| {
            imported.off.binary_search(&check.meta.id).is_err()
                || !gathering.taken.contains_key(check.meta.id)
        });
        imported.off.retain(|id| !gathering.taken.contains_key(*id));
    }
    checks.extend(added);
    checks.sort_by_key(|check| check.meta.id);
    let is_on = |check: &Check| {
        check.meta.family == Family::Secret && imported.off.binary_search(&check.meta.id).is_err()
    };
    if !defaults && !checks.iter().any(is_on) {
        return Err(Error::EmptySelection(
            "no secret rules are left: the built-in ones are disabled and you have none of your own; pass a file with --rules, or keep the built-in ones".to_owned(),
        ));
    }
    Ok(imported)
}

/// Foreign rules that failed in a finished scan.
#[must_use]
pub fn failures(checks: &[Check]) -> Vec<Problem> {
    let of = |rule: &ForeignRule| {
        let why = rule.failure()?;
        let message = format!(
            "rule `{}`: a regex of it cannot be compiled: {}; simplify or remove the rule",
            rule.id,
            text::escaped(why)
        );
        Some(Problem { path: Some(RepoPath::from(rule.file.as_str())), message })
    };
    rules(checks).filter_map(of).collect()
}

/// True if `check` is a foreign rule that failed.
#[must_use]
pub fn is_broken(check: &Check) -> bool {
    matches!(check.run, Run::Foreign(rule) if rule.failure().is_some())
}

/// Foreign rules that exceeded the match limit in a finished scan.
#[must_use]
pub fn overflows(checks: &[Check]) -> Vec<Problem> {
    let of = |rule: &ForeignRule| {
        let message = format!(
            "rule `{}`: it matches more than {MAX_MATCHES} times in one file; further matches were ignored; make it more specific",
            rule.id
        );
        rule.overflowed
            .load(Ordering::Relaxed)
            .then(|| Problem { path: Some(RepoPath::from(rule.file.as_str())), message })
    };
    rules(checks).filter_map(of).collect()
}

fn rules(checks: &[Check]) -> impl Iterator<Item = &'static ForeignRule> {
    checks.iter().filter_map(|check| match check.run {
        Run::Foreign(rule) => Some(rule),
        _ => None,
    })
}

/// Notices about one file, each with its rules, if any.
#[derive(Default)]
struct Notices(BTreeMap<String, Vec<String>>);

impl Notices {
    fn add(&mut self, what: impl Into<String>, rule: &str) {
        let rules = self.0.entry(what.into()).or_default();
        if !rule.is_empty() && !rules.iter().any(|known| known == rule) {
            rules.push(rule.to_owned());
        }
    }

    fn into_problems(self, file: &str) -> impl Iterator<Item = Problem> {
        self.0.into_iter().map(move |(what, rules)| {
            let named: Vec<String> =
                rules.iter().take(NAMED).map(|rule| format!("`{}`", text::escaped(rule))).collect();
            let message = match rules.len() {
                0 => what,
                1..=NAMED => format!("{what}: {}", named.join(", ")),
                all => format!("{what}: {} and {} more", named.join(", "), all - NAMED),
            };
            Problem { path: Some(RepoPath::from(file)), message }
        })
    }
}

/// Counters over all files.
struct Gathering<'f> {
    /// Ids of rules in reports, each with its file and byte offset.
    taken: HashMap<&'static str, (&'f RulesFile, usize)>,
    literals: usize,
    rules: usize,
    defaults: bool,
}

impl<'f> Gathering<'f> {
    /// The checks for the rules of `file`.
    fn file(
        &mut self,
        reader: &mut Reader<'_>,
        content: &File,
        file: &'f RulesFile,
        checks: &[Check],
        off: &[&'static str],
        notices: &mut Notices,
    ) -> Result<Vec<Check>, Error> {
        let File { rules, allow, extend, .. } = content;
        tell_what_is_not_read(reader, content, self.defaults, notices);
        self.rules += rules.len();
        if self.rules > MAX_RULES {
            return Err(Error::Config(format!(
                "{}: it has more than {MAX_RULES} rules; remove some",
                file.name
            )));
        }
        if rules.is_empty() && allow.is_empty() && !extend.any() {
            return Err(Error::EmptySelection(format!(
                "{}: it has no rule, a table `[[rules]]` with `id` and `regex`",
                file.name
            )));
        }
        let global: Vec<(Option<&'static Allowlist>, &[Placed])> = allow
            .iter()
            .map(|(list, targets)| (allowlist(list, "", reader, notices), targets.as_slice()))
            .collect();
        for target in allow.iter().flat_map(|(_, targets)| targets) {
            if !rules.iter().any(|rule| rule.id.text == target.text) {
                notices.add(
                    "an allowlist targets a rule that is not in this file; it is ignored there",
                    &target.text,
                );
            }
        }

        let mut made: Vec<(&Rule, &'static ForeignRule)> = Vec::with_capacity(rules.len());
        for rule in rules {
            let before = made.len();
            let own = rule
                .allow
                .iter()
                .filter_map(|list| allowlist(list, &rule.id.text, reader, notices))
                .collect::<Vec<_>>();
            let shared = global.iter().filter(|(_, targets)| {
                targets.is_empty() || targets.iter().any(|target| target.text == rule.id.text)
            });
            let allow = own.into_iter().chain(shared.filter_map(|(list, _)| *list)).collect();
            if rule.regex.is_none() && rule.path.is_none() && extend.any() {
                notices.add("rules without `regex` and `path` only change rules of other files, which are not read; they are ignored", &rule.id.text);
                continue;
            }
            let Some(id) = self.id(rule, file, checks, off, reader, notices) else { continue };
            made.extend(convert(rule, id, file, allow, reader, notices).map(|foreign| (rule, foreign)));
            if let Some((_, foreign)) = made.get(before) {
                self.literals += foreign.trigger.literals().len();
                self.taken.insert(id, (file, rule.id.at));
            }
        }
        let by_id: HashMap<&str, &'static ForeignRule> =
            made.iter().map(|(rule, foreign)| (rule.id.text.as_str(), *foreign)).collect();
        for (rule, foreign) in &made {
            let required =
                rule.required.iter().filter_map(|required| match by_id.get(required.id.text.as_str()) {
                    Some(rule) => {
                        Some(foreign::Required { rule, lines: required.lines, columns: required.columns })
                    }
                    None => {
                        let message = format!(
                            "it requires `{}`, which is not in this file; copy that rule into it",
                            required.id.text
                        );
                        reader.wrong_in(&rule.id.text, required.id.at, message);
                        None
                    }
                });
            let required = required.collect();
            foreign.required.set(required).expect("each rule is made once");
        }
        reader.done()?;
        if self.literals > MAX_LITERALS {
            return Err(Error::Config(format!(
                "{}: the rules have more than {MAX_LITERALS} keywords; remove some",
                file.name
            )));
        }
        Ok(made.into_iter().filter(|(rule, _)| !rule.silent).map(|(_, foreign)| check(foreign)).collect())
    }

    /// The id in reports, valid for `[[ignore]]` and marks, and different from built-in ids.
    fn id(
        &self,
        rule: &Rule,
        file: &RulesFile,
        checks: &[Check],
        off: &[&'static str],
        reader: &mut Reader<'_>,
        notices: &mut Notices,
    ) -> Option<&'static str> {
        let written = &rule.id.text;
        let mut id = kebab(written);
        if id.is_empty() {
            reader.wrong_in(written, rule.id.at, "an id needs letters or digits; choose another one");
            return None;
        }
        if id != *written {
            notices.add(format!("ids are lower-case words with `-` in reports, such as `{id}`"), written);
        }
        let is_ours = |id: &str| {
            let ours = checks.binary_search_by_key(&id, |check| check.meta.id).is_ok();
            ours && off.binary_search(&id).is_err()
        };
        if is_ours(&id) {
            id = format!("imported-{id}");
            notices.add("rules with the id of another check do not replace it; reports prefix their ids with `imported-`", written);
        }
        let other = match self.taken.get(id.as_str()) {
            Some((other, at)) if std::ptr::eq(*other, file) => {
                Some(format!("line {}", read::line(&other.text, *at)))
            }
            Some((other, at)) => Some(format!("{}:{}", other.name, read::line(&other.text, *at))),
            None => is_ours(&id).then(|| "another check".to_owned()),
        };
        if let Some(other) = other {
            reader.wrong_in(
                written,
                rule.id.at,
                format!("the id is already used by {other}; choose another one"),
            );
            return None;
        }
        Some(Box::leak(id.into_boxed_str()))
    }
}

/// Unsupported settings of a whole file.
fn tell_what_is_not_read(reader: &Reader<'_>, content: &File, defaults: bool, notices: &mut Notices) {
    let extend = &content.extend;
    if extend.default && defaults {
        notices.add(
            "`extend.useDefault` is not honoured: the built-in rules run instead of gitleaks' defaults",
            "",
        );
    } else if extend.default {
        notices.add("`extend.useDefault` is not honoured, and the built-in rules are disabled too", "");
    }
    if extend.path {
        notices.add("`extend.path` is not followed; pass that file with another --rules", "");
    }
    if extend.url {
        notices.add(
            "`extend.url` is not followed; keep a copy of that file and pass it with another --rules",
            "",
        );
    }
    if extend.disabled {
        notices.add("`extend.disabledRules` is not honoured; --skip-checks disables built-in rules", "");
    }
    if defaults && content.allow.iter().any(|(_, targets)| targets.is_empty()) {
        notices.add(
            "its `allowlists` apply only to its own rules; `[[ignore]]` in bartizan.toml applies to all",
            "",
        );
    }
    for (key, rules) in &reader.unknown {
        for rule in rules {
            notices.add(format!("{key} is unknown and not honoured"), rule);
        }
    }
}

/// The rule as the engine runs it.
fn convert(
    rule: &Rule,
    id: &'static str,
    file: &RulesFile,
    allow: Vec<&'static Allowlist>,
    reader: &mut Reader<'_>,
    notices: &mut Notices,
) -> Option<&'static ForeignRule> {
    let name = &rule.id.text;
    if rule.regex.is_none() && rule.path.is_none() {
        reader.wrong_in(name, rule.id.at, "it has neither `regex` nor `path`; add one of them");
        return None;
    }
    let path = rule.path.as_ref().map(|path| expressions(std::slice::from_ref(path), "path", name, reader));
    let (mut regex, mut trigger, mut gate) = (None, Trigger::Always, Vec::new());
    if let Some(written) = &rule.regex {
        let parsed = match re2::parse(&written.text) {
            Ok(parsed) => parsed,
            Err(error) => {
                reader.wrong_in(
                    name,
                    written.at,
                    format!("`regex` is invalid: {error}; fix or remove the rule"),
                );
                return None;
            }
        };
        if let Some((group, at)) = rule.group.filter(|(group, _)| *group > parsed.groups) {
            let message =
                format!("`secretGroup` is {group}, but the regex has only {} groups", parsed.groups);
            reader.wrong_in(name, at, message);
            return None;
        }
        (trigger, gate) = triggers(&parsed.source, &rule.keywords);
        if matches!(trigger, Trigger::Always) && !rule.silent {
            notices.add(
                "rules without a keyword or a literal of three bytes run over every file, which is slow",
                name,
            );
        }
        regex = Some(Expressions::new(vec![parsed.source]));
    }
    let description = match rule.description.trim() {
        "" => format!("a match of the rule `{id}`"),
        text => text[..text.floor_char_boundary(MAX_DESCRIPTION)].to_owned(),
    };
    // Lives as long as the process, like a built-in rule.
    Some(Box::leak(Box::new(ForeignRule {
        id,
        description: Box::leak(description.into_boxed_str()),
        file: file.name.clone(),
        regex,
        path: path.flatten(),
        group: rule.group.map_or(0, |(group, _)| group),
        entropy: rule.entropy,
        trigger,
        reach: OnceLock::new(),
        gate,
        allow,
        required: OnceLock::new(),
        overflowed: AtomicBool::new(false),
    })))
}

/// Where a regex runs so that it finds the same as over every text with a keyword.
fn triggers(source: &str, keywords: &[String]) -> (Trigger, Vec<String>) {
    let fits = |keyword: &String| keyword.is_ascii() && (literals::MIN_LENGTH..=200).contains(&keyword.len());
    if !keywords.is_empty() && keywords.len() <= MAX_KEYWORDS && keywords.iter().all(fits) {
        return (Trigger::Keywords(keywords.to_vec()), Vec::new());
    }
    let hir = regex_automata::util::syntax::parse_with(source, &foreign::syntax_config());
    match hir.ok().and_then(|hir| literals::required(&hir, keywords)) {
        Some(set) if literals::imply(&set, keywords) => (Trigger::Around(set), Vec::new()),
        Some(set) => (Trigger::Around(set), keywords.to_vec()),
        None => (Trigger::Always, keywords.to_vec()),
    }
}

/// An allowlist in the engine's form; none if it never matches.
fn allowlist(
    list: &List,
    rule: &str,
    reader: &mut Reader<'_>,
    notices: &mut Notices,
) -> Option<&'static Allowlist> {
    if list.commits {
        notices.add("`commits` of allowlists, and conditions joined to them by AND, are not honoured", rule);
    }
    let target = match list.target.as_ref().map(|target| (target.text.as_str(), target.at)) {
        None | Some(("" | "secret", _)) => Target::Secret,
        Some(("match", _)) => Target::Match,
        Some(("line", _)) => Target::Line,
        Some((_, at)) => {
            reader.wrong_in(rule, at, "`regexTarget` is secret, match or line");
            return None;
        }
    };
    let mut read = |what: &str, texts: &[Placed]| {
        if texts.is_empty() { None } else { expressions(texts, what, rule, reader) }
    };
    let (paths, regexes) = (read("paths", &list.paths), read("regexes", &list.regexes));
    if list.all && list.commits {
        return None;
    }
    let empty = paths.is_none() && regexes.is_none() && list.stopwords.is_empty();
    if empty && !list.commits {
        notices.add("an empty allowlist has no effect", rule);
    }
    (!empty).then(|| {
        &*Box::leak(Box::new(Allowlist {
            all: list.all,
            paths,
            regexes,
            target,
            stopwords: list.stopwords.clone(),
        }))
    })
}

/// Regexes, parsed now and compiled on first use.
fn expressions(texts: &[Placed], what: &str, rule: &str, reader: &mut Reader<'_>) -> Option<Expressions> {
    let mut sources = Vec::with_capacity(texts.len());
    for written in texts {
        match re2::parse(&written.text) {
            Ok(parsed) => sources.push(parsed.source),
            Err(error) => reader.wrong_in(
                rule,
                written.at,
                format!("a regex in `{what}` is invalid: {error}; fix or remove it"),
            ),
        }
    }
    (sources.len() == texts.len()).then(|| Expressions::new(sources))
}

fn check(rule: &'static ForeignRule) -> Check {
    Check {
        meta: Meta {
            id: rule.id,
            title: rule.description,
            severity: foreign::SEVERITY,
            confidence: foreign::CONFIDENCE,
            family: Family::Secret,
            remedy: "if this is a secret, revoke it where it was issued, then remove it from the repository",
            docs: "",
        },
        run: Run::Foreign(rule),
    }
}

/// Lower-case letters and digits; anything else becomes `-`.
fn kebab(id: &str) -> String {
    let words = id.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests;
