//! Packs: TOML files of rules. The build reads the built-in ones with this very code.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::pack_request::{self, RawRequest};
use super::request::Request;
use super::rule::{Matcher, Proof, Rule};
use super::shape::Shape;
use crate::model::mistake::line_column;
use crate::model::{Confidence, Severity};

/// The mark that cuts fake secrets in our own tree; taken out before an example is used.
pub const CUT_MARK: char = '¦';

/// A rule with the examples that prove it.
#[derive(Clone, Debug)]
pub struct PackedRule {
    /// The rule.
    pub rule: Rule,
    /// Texts that it reports; the cut mark is already taken out.
    pub bad: Vec<String>,
    /// Texts that it does not report.
    pub good: Vec<String>,
    /// Rules that may win on its bad examples.
    pub overlaps: Vec<String>,
    /// Line of the pack on which the rule starts, 1-based.
    pub line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawPack {
    provider: String,
    #[serde(default)]
    docs: String,
    #[serde(default)]
    rule: Vec<toml::Spanned<RawRule>>,
    /// How the provider is asked whether it accepts a credential; rules name these.
    #[serde(default)]
    request: BTreeMap<String, toml::Spanned<RawRequest>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRule {
    id: String,
    title: String,
    severity: String,
    confidence: String,
    #[serde(default)]
    shape: OneOrMany,
    #[serde(default)]
    near: Vec<String>,
    #[serde(default)]
    url: Vec<String>,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    pem: Vec<String>,
    #[serde(default)]
    pattern: String,
    #[serde(default)]
    anchors: Vec<String>,
    proof: Option<String>,
    #[serde(default)]
    proof_required: bool,
    #[serde(default)]
    generic: bool,
    #[serde(default)]
    entropy: f32,
    #[serde(default)]
    companions: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    allow: Vec<String>,
    about: String,
    revoke: String,
    #[serde(default)]
    docs: String,
    #[serde(default)]
    request: String,
    #[serde(default)]
    overlaps: Vec<String>,
    bad: Vec<String>,
    good: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// Reads a pack. `stem` is the file's name without `.toml`: the start of each id.
///
/// # Errors
/// Every mistake found, each starting with `line:` (and a column where there is one).
pub fn parse(text: &str, stem: &str) -> Result<Vec<PackedRule>, Vec<String>> {
    let raw: RawPack = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let (line, column) = line_column(text, at);
        vec![format!("{line}:{column}: {}", error.message())]
    })?;
    let mut errors = Vec::new();
    let mut requests: BTreeMap<&str, &'static Request> = BTreeMap::new();
    for (name, spanned) in &raw.request {
        let (line, _) = line_column(text, spanned.span().start);
        match pack_request::convert(spanned.get_ref(), stem) {
            Ok(request) => drop(requests.insert(name, Box::leak(Box::new(request)))),
            Err(found) => {
                errors.extend(found.into_iter().map(|error| format!("{line}: request `{name}`: {error}")));
            }
        }
    }
    let mut unused: BTreeSet<&str> = requests.keys().copied().collect();
    let mut rules = Vec::new();
    for spanned in raw.rule {
        let (line, _) = line_column(text, spanned.span().start);
        let raw_rule = spanned.into_inner();
        let id = raw_rule.id.clone();
        let wanted = raw_rule.request.clone();
        unused.remove(wanted.as_str());
        let request = requests.get(wanted.as_str()).copied();
        if !wanted.is_empty() && !raw.request.contains_key(&wanted) {
            errors.push(format!("{line}: {id}: this pack has no request `{wanted}`"));
        }
        match convert(raw_rule, &raw.provider, &raw.docs, stem, line) {
            Ok(packed) => rules.push(PackedRule { rule: Rule { request, ..packed.rule }, ..packed }),
            Err(found) => errors.extend(found.into_iter().map(|error| format!("{line}: {id}: {error}"))),
        }
    }
    errors.extend(unused.into_iter().map(|name| format!("1: no rule has the request `{name}`")));
    if raw.provider.is_empty() {
        errors.push("1: `provider` is empty".to_owned());
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

fn convert(
    raw: RawRule,
    provider: &str,
    docs: &str,
    stem: &str,
    line: usize,
) -> Result<PackedRule, Vec<String>> {
    let mut errors = Vec::new();
    let mut check = |holds: bool, error: String| {
        if !holds {
            errors.push(error);
        }
    };
    let kebab = raw.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    check(kebab && !raw.id.is_empty(), "the id is lower-case letters, digits and `-`".into());
    check(raw.id.starts_with(stem), format!("the id starts with the file's name, `{stem}`"));
    check(
        !raw.title.is_empty() && !raw.about.is_empty() && !raw.revoke.is_empty(),
        "title, about and revoke are not empty".into(),
    );
    check(!raw.bad.is_empty() && !raw.good.is_empty(), "at least one bad and one good example".into());
    let severity = raw.severity.parse::<Severity>();
    check(severity.is_ok(), format!("unknown severity `{}`: low, medium, high or critical", raw.severity));
    let confidence = raw.confidence.parse::<Confidence>();
    check(confidence.is_ok(), format!("unknown confidence `{}`: low, medium or high", raw.confidence));
    let lower = |words: &[String]| words.iter().all(|word| word.len() >= 3 && *word == word.to_lowercase());
    check(lower(&raw.near), "keywords in `near` are lower case and at least three bytes".into());
    check(lower(&raw.anchors), "`anchors` are lower case and at least three bytes".into());
    for path in &raw.paths {
        check(!path.is_empty(), "a path glob is empty".into());
    }

    let matcher = matcher(&raw, &mut errors);
    let proof =
        raw.proof.as_ref().and_then(|name| Proof::parse(leak(name)).map_err(|error| errors.push(error)).ok());
    if raw.proof_required && raw.proof.is_none() {
        errors.push("`proof-required` without `proof`".into());
    }
    let (Ok(severity), Ok(confidence), Some(matcher), true) =
        (severity, confidence, matcher, errors.is_empty())
    else {
        return Err(errors);
    };
    let uncut = |texts: Vec<String>| texts.into_iter().map(|text| text.replace(CUT_MARK, "")).collect();
    Ok(PackedRule {
        rule: Rule {
            id: leak(&raw.id),
            title: leak(&raw.title),
            provider: leak(provider),
            severity,
            confidence,
            matcher,
            proof,
            proof_required: raw.proof_required,
            generic: raw.generic,
            entropy: raw.entropy,
            companions: leak_all(&raw.companions),
            paths: leak_all(&raw.paths),
            allow: leak_all(&raw.allow),
            about: leak(&raw.about),
            revoke: leak(&raw.revoke),
            docs: leak(if raw.docs.is_empty() { docs } else { &raw.docs }),
            request: None,
        },
        bad: uncut(raw.bad),
        good: uncut(raw.good),
        overlaps: raw.overlaps,
        line,
    })
}

fn matcher(raw: &RawRule, errors: &mut Vec<String>) -> Option<Matcher> {
    let texts: &[String] = match &raw.shape {
        OneOrMany::One(text) => std::slice::from_ref(text),
        OneOrMany::Many(texts) => texts,
    };
    let given = [!texts.is_empty(), !raw.url.is_empty(), !raw.pem.is_empty(), !raw.pattern.is_empty()];
    if given.iter().filter(|given| **given).count() != 1 {
        errors.push("exactly one of `shape`, `url`, `pem` and `pattern`".into());
        return None;
    }
    if !raw.url.is_empty() {
        return Some(Matcher::Url { schemes: leak_all(&raw.url), hosts: leak_all(&raw.hosts) });
    }
    if !raw.pem.is_empty() {
        return Some(Matcher::Pem { labels: leak_all(&raw.pem) });
    }
    if !raw.pattern.is_empty() {
        if raw.anchors.is_empty() {
            errors.push("a `pattern` needs `anchors`".into());
        }
        if let Err(error) = super::pattern::compile(&raw.pattern) {
            errors.push(format!("pattern does not compile: {error}"));
        }
        return Some(Matcher::Pattern { regex: leak(&raw.pattern), anchors: leak_all(&raw.anchors) });
    }
    let mut shapes = Vec::new();
    for text in texts {
        match Shape::parse(text) {
            Ok(mut parsed) => shapes.append(&mut parsed),
            Err(error) => errors.push(error),
        }
    }
    let anchored = shapes.iter().filter(|shape| shape.anchor.is_some()).count();
    if anchored == shapes.len() {
        return Some(Matcher::Token { shapes: shapes.leak(), near: leak_all(&raw.near) });
    }
    if raw.near.is_empty() {
        errors.push("a shape without a literal of three bytes needs `near`".into());
    }
    if anchored > 0 {
        errors.push("shapes with and without a literal of three bytes are two rules".into());
    }
    Some(Matcher::Near { keywords: leak_all(&raw.near), shapes: shapes.leak() })
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn leak_all(texts: &[String]) -> &'static [&'static str] {
    texts.iter().map(|text| leak(text)).collect::<Vec<_>>().leak()
}
