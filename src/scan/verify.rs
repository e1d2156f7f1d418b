//! Verifies packs by their own examples.

use std::collections::BTreeMap;

use super::registry;
use crate::engine::pack::{self, PackedRule};
use crate::engine::rule::Rule;
use crate::engine::{Engine, Run, Text};
use crate::model::{Blob, RepoPath};

/// A pack as a file: its name without `.toml`, and its text.
pub struct PackFile {
    /// Prefix of each mistake.
    pub name: String,
    /// The file's name without extension.
    pub stem: String,
    /// TOML.
    pub text: String,
}

/// The result of verifying packs.
pub struct Verified {
    /// Rules read.
    pub rules: usize,
    /// Examples run.
    pub examples: usize,
    /// Mistakes, each starting with `file:line:`.
    pub mistakes: Vec<String>,
}

/// Reads `files`, and runs every example through all their rules and the built-in ones they do not replace.
#[must_use]
pub fn packs(files: &[PackFile]) -> Verified {
    let mut mistakes = Vec::new();
    let mut packed: Vec<(&str, PackedRule)> = Vec::new();
    for file in files {
        match pack::parse(&file.text, &file.stem) {
            Ok(rules) => packed.extend(rules.into_iter().map(|rule| (file.name.as_str(), rule))),
            Err(errors) => mistakes.extend(errors.into_iter().map(|error| format!("{}:{error}", file.name))),
        }
    }
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, rule) in &packed {
        if let Some(other) = ids.insert(rule.rule.id, name) {
            mistakes.push(format!("{name}:{}: {}: the id is also used in {other}", rule.line, rule.rule.id));
        }
    }
    let mut checks = registry::all();
    checks.retain(|check| !ids.contains_key(check.meta.id));
    let leaked: &'static [Rule] =
        packed.iter().map(|(_, packed)| packed.rule.clone()).collect::<Vec<_>>().leak();
    checks.extend(leaked.iter().map(registry::of_rule));
    let engine = Engine::new(checks, None);
    let mut examples = 0;
    for (name, rule) in &packed {
        let id = rule.rule.id;
        let mut wrong = |message: String| mistakes.push(format!("{name}:{}: {id}: {message}", rule.line));
        for companion in rule.rule.companions.iter().copied().chain(rule.overlaps.iter().map(String::as_str))
        {
            if !engine.checks().iter().any(|check| check.meta.id == companion) {
                wrong(format!("the rule `{companion}` does not exist"));
            }
        }
        for (number, text) in rule.bad.iter().enumerate() {
            examples += 1;
            let found = reported(&engine, rule, text);
            if !found
                .iter()
                .any(|(found, _)| *found == id || rule.overlaps.iter().any(|other| other == found))
            {
                let others: Vec<_> = found.iter().map(|(id, _)| *id).collect();
                let instead = if others.is_empty() { "nothing".to_owned() } else { others.join(", ") };
                wrong(format!("bad example {} is not reported; reported instead: {instead}", number + 1));
            }
            if let Some((_, proof)) = found.iter().find(|(found, failed)| *found == id && failed.is_some()) {
                wrong(format!(
                    "bad example {}: the proof fails: {}",
                    number + 1,
                    proof.as_deref().unwrap_or_default()
                ));
            }
        }
        for (number, text) in rule.good.iter().enumerate() {
            examples += 1;
            if reported(&engine, rule, text).iter().any(|(found, _)| *found == id) {
                wrong(format!("good example {} is reported", number + 1));
            }
        }
    }
    mistakes.sort();
    Verified { rules: packed.len(), examples, mistakes }
}

/// Ids reported for an example, with the text of a failed proof.
fn reported(engine: &Engine, rule: &PackedRule, text: &str) -> Vec<(&'static str, Option<String>)> {
    // A rule for certain files gets its examples in such a file.
    let path = rule
        .rule
        .paths
        .first()
        .map_or_else(|| "example.txt".to_owned(), |glob| glob.replace("**/", "").replace('*', "example"));
    let path = RepoPath::from(path.as_str());
    let blob = Blob { path: &path, bytes: text.as_bytes(), tracked: true };
    let Text::Scanned { hits, .. } = engine.scan(&blob) else { return Vec::new() };
    let failed = |hit: &crate::engine::Hit| {
        let disproven = rule.rule.proof.is_some()
            && hit.severity < rule.rule.severity
            && hit.confidence == crate::model::Confidence::Low;
        disproven.then(|| hit.proofs.join("; "))
    };
    hits.iter()
        .filter(|hit| matches!(engine.checks()[usize::from(hit.check)].run, Run::Rule(_)))
        .map(|hit| (engine.checks()[usize::from(hit.check)].meta.id, failed(hit)))
        .collect()
}
