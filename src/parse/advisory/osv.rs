//! Advisories in the OSV format, as <https://ossf.github.io/osv-schema> describes it.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::Advisory;
use crate::parse::lockfile::Ecosystem;
use crate::parse::version::compare;

/// Affected versions of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// Ranges in the order of the ecosystem.
    pub ranges: Vec<Range>,
    /// Versions that are affected, spelled out.
    pub versions: Vec<String>,
}

/// From the first affected version on, up to one that is not any more or the last one that is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first; `0` stands for the beginning.
    pub introduced: String,
    /// The first behind it that is not.
    pub fixed: Option<String>,
    /// The last that is.
    pub last: Option<String>,
}

impl Affected {
    /// True if `version` is among them; none if that cannot be told.
    #[must_use]
    pub fn holds(&self, ecosystem: Ecosystem, version: &str) -> Option<bool> {
        let same =
            |other: &String| other == version || compare(ecosystem, other, version) == Some(Ordering::Equal);
        if self.versions.iter().any(same) {
            return Some(true);
        }
        let mut known = Some(false);
        for range in &self.ranges {
            match range.holds(ecosystem, version) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => known = None,
            }
        }
        known
    }
}

impl Range {
    fn holds(&self, ecosystem: Ecosystem, version: &str) -> Option<bool> {
        let against = |other: &str| compare(ecosystem, version, other);
        if self.introduced != "0" && against(&self.introduced)? == Ordering::Less {
            return Some(false);
        }
        if let Some(fixed) = &self.fixed {
            return Some(against(fixed)? == Ordering::Less);
        }
        match &self.last {
            Some(last) => Some(against(last)? != Ordering::Greater),
            // Even what is no version of the ecosystem is behind the beginning.
            None => Some(true),
        }
    }
}

#[derive(Deserialize)]
struct Document {
    id: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    published: String,
    withdrawn: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    severity: Vec<Score>,
    #[serde(default)]
    affected: Vec<Entry>,
    #[serde(default)]
    database_specific: Option<Rating>,
}

#[derive(Deserialize)]
struct Score {
    #[serde(default)]
    score: String,
}

#[derive(Deserialize)]
struct Rating {
    severity: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Entry {
    package: Option<Package>,
    #[serde(default)]
    ranges: Vec<Events>,
    #[serde(default)]
    versions: Vec<String>,
    #[serde(default)]
    severity: Vec<Score>,
}

#[derive(Deserialize)]
struct Package {
    ecosystem: String,
    name: String,
}

#[derive(Deserialize)]
struct Events {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
}

/// The name by which advisories of an ecosystem are kept.
#[must_use]
pub fn key(ecosystem: Ecosystem, name: &str) -> String {
    format!("{}/{}", ecosystem.as_str(), ecosystem.normal(name))
}

/// Reads a document: an advisory for each package of an ecosystem that is known here; none if it was
/// taken back.
///
/// # Errors
/// What is wrong with it.
pub fn parse(bytes: &[u8]) -> Result<Vec<(Ecosystem, Advisory)>, String> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if document.withdrawn.is_some() {
        return Ok(Vec::new());
    }
    let mut all: Vec<(Ecosystem, Advisory)> = Vec::new();
    for entry in &document.affected {
        let Some(package) = &entry.package else { continue };
        let Some(ecosystem) = Ecosystem::named(&package.ecosystem) else { continue };
        let affected = Affected {
            ranges: entry.ranges.iter().filter(|range| range.kind != "GIT").flat_map(ranges).collect(),
            versions: entry.versions.clone(),
        };
        let package = key(ecosystem, &package.name);
        // A package is listed again for each line of its versions.
        if let Some((_, known)) = all.iter_mut().find(|(_, known)| known.package == package) {
            known.patched.extend(fixes(&affected));
            known.affected.push(affected);
            continue;
        }
        let scores = || entry.severity.iter().chain(&document.severity);
        let advisory = Advisory {
            id: document.id.clone(),
            package,
            title: document.summary.trim().to_owned(),
            date: document.published.get(..10).unwrap_or_default().to_owned(),
            aliases: document.aliases.clone(),
            url: Some(format!("https://osv.dev/vulnerability/{}", document.id))
                .filter(|_| document.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')),
            cvss: scores()
                .map(|score| score.score.as_str())
                .max_by_key(|score| super::cvss::score(score).is_some())
                .map(str::to_owned),
            rated: rating(&document),
            patched: fixes(&affected),
            affected: vec![affected],
            ..Advisory::default()
        };
        all.push((ecosystem, advisory));
    }
    Ok(all)
}

/// The middle of what the database calls by a word.
fn rating(document: &Document) -> Option<String> {
    if document.id.starts_with("MAL-") {
        return Some("9.5".to_owned());
    }
    let word = document.database_specific.as_ref()?.severity.as_ref()?.as_str()?;
    let score = match word.to_ascii_lowercase().as_str() {
        "critical" => "9.5",
        "high" => "8.0",
        "moderate" | "medium" => "5.5",
        "low" => "2.0",
        _ => return None,
    };
    Some(score.to_owned())
}

fn fixes(affected: &Affected) -> Vec<String> {
    affected.ranges.iter().filter_map(|range| range.fixed.clone()).collect()
}

/// Events in the order of the file, as ranges.
fn ranges(events: &Events) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    let mut open = None;
    for event in &events.events {
        if let Some(introduced) = &event.introduced {
            ranges.extend(open.replace(Range { introduced: introduced.clone(), ..Range::default() }));
        }
        if let Some(fixed) = &event.fixed
            && let Some(range) = open.take()
        {
            ranges.push(Range { fixed: Some(fixed.clone()), ..range });
        }
        if let Some(last) = &event.last_affected
            && let Some(range) = open.take()
        {
            ranges.push(Range { last: Some(last.clone()), ..range });
        }
    }
    ranges.extend(open);
    ranges
}

#[cfg(test)]
mod tests {
    use super::{key, parse};
    use crate::parse::lockfile::Ecosystem::{Npm, PyPi};

    const TEXT: &str = r#"{"id": "OSV-2099-1", "summary": "It leaks ", "published": "2099-01-02T00:00:00Z",
        "aliases": ["CVE-2099-2"], "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [
          {"package": {"ecosystem": "npm", "name": "tin"}, "ranges": [{"type": "SEMVER", "events": [
              {"introduced": "0"}, {"fixed": "1.2.3"}, {"introduced": "2.0.0"}, {"last_affected": "2.1.0"}, {"introduced": "3.0.0-beta"}]}]},
          {"package": {"ecosystem": "PyPI", "name": "Tin_Can"}, "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}], "versions": ["1.0", "1.1"]},
          {"package": {"ecosystem": "Debian:12", "name": "tin"}}]}"#;

    #[test]
    fn ranges_and_versions() {
        let all = parse(TEXT.as_bytes()).unwrap();
        let [(Npm, npm), (PyPi, python)] = all.as_slice() else { panic!("{all:?}") };
        let holds = |version: &str| npm.affected[0].holds(Npm, version);
        let told: Vec<_> =
            ["0.0.1", "1.2.2", "1.2.3", "2.0.0", "2.1.0", "2.1.1", "3.0.0-beta", "9.0.0"].map(holds).into();
        assert_eq!(told, [true, true, false, true, true, false, true, true].map(Some));
        assert_eq!(holds("local"), None);
        assert_eq!(python.package, key(PyPi, "tin-can"));
        assert_eq!(python.affected[0].holds(PyPi, "1.0.0"), Some(true));
        assert_eq!(python.affected[0].holds(PyPi, "1.2"), Some(false));
        assert_eq!((npm.title.as_str(), npm.patched.as_slice()), ("It leaks", &["1.2.3".to_owned()][..]));
    }

    #[test]
    fn what_was_taken_back_and_what_is_broken() {
        let withdrawn = TEXT.replacen('{', "{\"withdrawn\": \"2099-02-02T00:00:00Z\",", 1);
        assert_eq!(parse(withdrawn.as_bytes()), Ok(Vec::new()));
        assert!(parse(b"{").is_err() && parse(b"{}").is_err() && parse(b"[]").is_err());
    }
}
