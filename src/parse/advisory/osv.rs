//! Advisories in the OSV format, see <https://ossf.github.io/osv-schema>.

use std::cmp::Ordering;

use serde::{Deserialize, Deserializer, Serialize};

use super::Advisory;
use crate::parse::lockfile::Ecosystem;
use crate::parse::version::compare;

/// Affected versions of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// Ranges in the ecosystem's version order.
    pub ranges: Vec<Range>,
    /// Affected versions, listed.
    pub versions: Vec<String>,
}

/// A range from the first affected version up to the first fixed or the last affected one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first affected version; `0` for the beginning.
    pub introduced: String,
    /// The first version that is fixed.
    pub fixed: Option<String>,
    /// The last affected version.
    pub last: Option<String>,
    /// Upper limits of the range; none if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
}

/// The limit that excludes nothing.
const NO_LIMIT: &str = "*";

impl Affected {
    /// True if `version` is affected; `None` if that is unknown.
    #[must_use]
    pub fn holds(&self, ecosystem: Ecosystem, version: &str) -> Option<bool> {
        let first = first_number(version);
        let same = |other: &String| {
            // Lists are long, and most entries differ in the first number.
            let differs = first.is_some_and(|first| first_number(other).is_some_and(|other| first != other));
            other == version || !differs && compare(ecosystem, other, version) == Some(Ordering::Equal)
        };
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

/// The first number of a version, without leading zeros; `None` if it has an epoch, or starts otherwise. Versions
/// with different first numbers are different.
fn first_number(version: &str) -> Option<&str> {
    let plain = version.trim().trim_start_matches(['v', 'V', '=']);
    let end = plain.find(|c: char| !c.is_ascii_digit()).unwrap_or(plain.len());
    (end > 0 && !version.contains('!')).then(|| plain[..end].trim_start_matches('0'))
}

impl Range {
    fn holds(&self, ecosystem: Ecosystem, version: &str) -> Option<bool> {
        let against = |other: &str| compare(ecosystem, version, other);
        if !self.limits.is_empty() && !self.limits.iter().any(|limit| limit == NO_LIMIT) {
            let before = |limit: &String| against(limit).map(|order| order == Ordering::Less);
            let before: Vec<Option<bool>> = self.limits.iter().map(before).collect();
            match before.contains(&Some(true)) {
                true => {}
                false if before.contains(&None) => return None,
                false => return Some(false),
            }
        }
        if self.introduced != "0" && against(&self.introduced)? == Ordering::Less {
            return Some(false);
        }
        if let Some(fixed) = &self.fixed {
            return Some(against(fixed)? == Ordering::Less);
        }
        match &self.last {
            Some(last) => Some(against(last)? != Ordering::Greater),
            // Even an invalid version comes after the beginning.
            None => Some(true),
        }
    }
}

/// Treats `null` like a missing field.
fn given<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Deserialize)]
struct Document {
    id: String,
    #[serde(default, deserialize_with = "given")]
    summary: String,
    #[serde(default, deserialize_with = "given")]
    published: String,
    withdrawn: Option<String>,
    #[serde(default, deserialize_with = "given")]
    aliases: Vec<String>,
    #[serde(default, deserialize_with = "given")]
    severity: Vec<Score>,
    #[serde(default, deserialize_with = "given")]
    affected: Vec<Entry>,
    database_specific: Option<Specific>,
}

#[derive(Deserialize)]
struct Score {
    #[serde(default, deserialize_with = "given")]
    score: String,
}

/// Extensions of databases and ecosystems.
#[derive(Deserialize)]
struct Specific {
    severity: Option<serde_json::Value>,
    cwe_ids: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Entry {
    package: Option<Package>,
    #[serde(default, deserialize_with = "given")]
    ranges: Vec<Events>,
    #[serde(default, deserialize_with = "given")]
    versions: Vec<String>,
    #[serde(default, deserialize_with = "given")]
    severity: Vec<Score>,
    database_specific: Option<Specific>,
    ecosystem_specific: Option<Specific>,
}

#[derive(Deserialize)]
struct Package {
    ecosystem: String,
    name: String,
}

#[derive(Deserialize)]
struct Events {
    #[serde(default, deserialize_with = "given", rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "given")]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
    limit: Option<String>,
}

/// A parsed document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// An advisory for each package of a supported ecosystem; empty if withdrawn.
    pub advisories: Vec<(Ecosystem, Advisory)>,
    /// The supported ecosystems that it is about, each once, even if withdrawn.
    pub about: Vec<Ecosystem>,
    /// True if it is also about packages of other ecosystems.
    pub others: bool,
}

/// The key of a package's advisories.
#[must_use]
pub fn key(ecosystem: Ecosystem, name: &str) -> String {
    format!("{}/{}", ecosystem.as_str(), ecosystem.normal(name))
}

/// Parses a document.
///
/// # Errors
/// What is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Reading, String> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let mut reading = Reading::default();
    for package in document.affected.iter().filter_map(|entry| entry.package.as_ref()) {
        match Ecosystem::named(&package.ecosystem) {
            Some(ecosystem) if reading.about.contains(&ecosystem) => {}
            Some(ecosystem) => reading.about.push(ecosystem),
            None => reading.others = true,
        }
    }
    if document.withdrawn.is_none() {
        reading.advisories = advisories(&document);
    }
    Ok(reading)
}

/// An advisory for each package of a supported ecosystem.
fn advisories(document: &Document) -> Vec<(Ecosystem, Advisory)> {
    let mut all: Vec<(Ecosystem, Advisory)> = Vec::new();
    for entry in &document.affected {
        let Some(package) = &entry.package else { continue };
        let Some(ecosystem) = Ecosystem::named(&package.ecosystem) else { continue };
        let affected = Affected {
            ranges: entry
                .ranges
                .iter()
                .filter(|range| range.kind != "GIT")
                .flat_map(|range| ranges(range, ecosystem))
                .collect(),
            versions: entry.versions.clone(),
        };
        let package = key(ecosystem, &package.name);
        // A package is listed again for each release line.
        if let Some((_, known)) = all.iter_mut().find(|(_, known)| known.package == package) {
            known.patched.extend(fixes(&affected));
            known.affected.push(affected);
            continue;
        }
        // The package's scores take precedence over the document's.
        let scores = || document.severity.iter().chain(&entry.severity);
        let advisory = Advisory {
            id: document.id.clone(),
            package,
            title: document.summary.trim().to_owned(),
            date: document.published.get(..10).unwrap_or_default().to_owned(),
            aliases: document.aliases.clone(),
            url: Some(format!("https://osv.dev/vulnerability/{}", document.id))
                .filter(|_| document.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')),
            malicious: is_malicious(document),
            // The last one has the newest version of CVSS.
            cvss: scores()
                .map(|score| score.score.as_str())
                .rfind(|score| super::cvss::score(score).is_some())
                .map(str::to_owned),
            rated: rating(document, entry),
            patched: fixes(&affected),
            affected: vec![affected],
            ..Advisory::default()
        };
        all.push((ecosystem, advisory));
    }
    all
}

/// True if the package itself is malicious: by OSV's malicious-packages list, or by CWE.
fn is_malicious(document: &Document) -> bool {
    let weaknesses = document.database_specific.as_ref().and_then(|said| said.cwe_ids.as_ref()?.as_array());
    document.id.starts_with("MAL-")
        || document.aliases.iter().any(|alias| alias.starts_with("MAL-"))
        || weaknesses.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(MALICIOUS_CODE)))
}

/// The weakness "Embedded Malicious Code".
const MALICIOUS_CODE: &str = "CWE-506";

/// The middle of the score range of the database's rating.
fn rating(document: &Document, entry: &Entry) -> Option<String> {
    let specific = [&entry.database_specific, &entry.ecosystem_specific, &document.database_specific];
    let words = specific.into_iter().flatten().filter_map(|said| said.severity.as_ref()?.as_str());
    // Some databases have a rating in place of a vector.
    let scores = entry.severity.iter().chain(&document.severity).map(|score| score.score.as_str());
    let score = |word: &str| {
        Some(match word.to_ascii_lowercase().as_str() {
            "critical" => "9.5",
            "high" | "important" => "8.0",
            "moderate" | "medium" => "5.5",
            "low" | "negligible" => "2.0",
            _ => return None,
        })
    };
    words.chain(scores).find_map(score).map(str::to_owned)
}

fn fixes(affected: &Affected) -> Vec<String> {
    affected.ranges.iter().filter_map(|range| range.fixed.clone()).collect()
}

/// An event with its version.
enum Bound<'a> {
    Introduced(&'a str),
    Fixed(&'a str),
    Last(&'a str),
}

impl<'a> Bound<'a> {
    const fn version(&self) -> &'a str {
        match *self {
            Self::Introduced(version) | Self::Fixed(version) | Self::Last(version) => version,
        }
    }
}

/// Converts events to ranges. They may be in any order, and are sorted by version; if two versions cannot be
/// compared, the order of the file counts.
fn ranges(events: &Events, ecosystem: Ecosystem) -> Vec<Range> {
    use Bound::{Fixed, Introduced, Last};

    let mut sorted: Vec<Bound<'_>> = Vec::new();
    for event in &events.events {
        sorted.extend(event.introduced.as_deref().map(Introduced));
        sorted.extend(event.fixed.as_deref().map(Fixed));
        sorted.extend(event.last_affected.as_deref().map(Last));
    }
    let order = |a: &Bound<'_>, b: &Bound<'_>| {
        let by_version = match (a.version(), b.version()) {
            ("0", "0") => Ordering::Equal,
            // It is the beginning, even if it is not a valid version.
            ("0", _) => Ordering::Less,
            (_, "0") => Ordering::Greater,
            (a, b) => compare(ecosystem, a, b).unwrap_or(Ordering::Equal),
        };
        // The last affected version is affected: it closes a range that starts with the same version.
        by_version.then(matches!(a, Last(_)).cmp(&matches!(b, Last(_))))
    };
    let is_version = |version: &str| version == "0" || compare(ecosystem, version, version).is_some();
    if sorted.iter().all(|bound| is_version(bound.version())) {
        sorted.sort_by(order);
    }
    let limits: Vec<String> = events.events.iter().filter_map(|event| event.limit.clone()).collect();
    let mut ranges: Vec<Range> = Vec::new();
    let mut open: Option<Range> = None;
    for bound in sorted {
        match (bound, open.take()) {
            (Introduced(version), None) => {
                let limits = limits.clone();
                open = Some(Range { introduced: version.to_owned(), limits, ..Range::default() });
            }
            // Already affected.
            (Introduced(_), before) => open = before,
            (Fixed(version), Some(range)) => {
                ranges.push(Range { fixed: Some(version.to_owned()), ..range });
            }
            (Last(version), Some(range)) => ranges.push(Range { last: Some(version.to_owned()), ..range }),
            (Fixed(_) | Last(_), None) => {}
        }
    }
    ranges.extend(open);
    ranges
}

#[cfg(test)]
mod tests {
    use super::{key, read};
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
        let reading = read(TEXT.as_bytes()).unwrap();
        assert_eq!((reading.about.as_slice(), reading.others), (&[Npm, PyPi][..], true));
        let all = reading.advisories;
        let [(Npm, npm), (PyPi, python)] = all.as_slice() else { panic!("{all:?}") };
        let holds = |version: &str| npm.affected[0].holds(Npm, version);
        let parsed: Vec<_> =
            ["0.0.1", "1.2.2", "1.2.3", "2.0.0", "2.1.0", "2.1.1", "3.0.0-beta", "9.0.0"].map(holds).into();
        assert_eq!(parsed, [true, true, false, true, true, false, true, true].map(Some));
        assert_eq!(holds("local"), None);
        assert_eq!(python.package, key(PyPi, "tin-can"));
        assert_eq!(python.affected[0].holds(PyPi, "1.0.0"), Some(true));
        assert_eq!(python.affected[0].holds(PyPi, "1.2"), Some(false));
        assert_eq!((npm.title.as_str(), npm.patched.as_slice()), ("It leaks", &["1.2.3".to_owned()][..]));
    }

    #[test]
    fn listed_versions_are_those_that_are_equal() {
        let holds = |ecosystem, listed: &str, version| {
            let versions = ["9.0", listed, "7.1"].map(str::to_owned).into();
            super::Affected { versions, ..super::Affected::default() }.holds(ecosystem, version)
        };
        for (listed, version) in
            [("1.0", "1.0.0"), ("0!1.0", "1.0"), ("v01.0", "1.0"), ("00", "0.0"), ("1.0-1", "1.0.post1")]
        {
            assert_eq!(holds(PyPi, listed, version), Some(true), "{listed} {version}");
        }
        for (listed, version) in [("1.0", "1.0.1"), ("1!1.0", "1.0"), ("10", "1.0"), ("11.0", "1.1.0")] {
            assert_eq!(holds(PyPi, listed, version), Some(false), "{listed} {version}");
        }
        assert_eq!(holds(Npm, "v2.0.0", "2.0.0"), Some(true));
    }

    #[test]
    fn what_was_taken_back_and_what_is_broken() {
        let withdrawn = TEXT.replacen('{', "{\"withdrawn\": \"2099-02-02T00:00:00Z\",", 1);
        let reading = read(withdrawn.as_bytes()).unwrap();
        assert!(reading.advisories.is_empty() && reading.about == [Npm, PyPi]);
        assert!(read(b"{").is_err() && read(b"{}").is_err() && read(b"[]").is_err());
    }

    /// Whether each of the versions is affected, by these events in any order.
    fn affected(events: &[&str], versions: &[&str]) -> Vec<Option<bool>> {
        let parsed = |events: &[&str]| {
            let text = format!(
                r#"{{"id": "A", "affected": [{{"package": {{"ecosystem": "npm", "name": "a"}}, "ranges": [{{"type": "SEMVER", "events": [{}]}}]}}]}}"#,
                events.join(",")
            );
            let reading = read(text.as_bytes()).unwrap();
            let holds = |version: &&str| reading.advisories[0].1.affected[0].holds(Npm, version);
            versions.iter().map(holds).collect::<Vec<_>>()
        };
        let first = parsed(events);
        let mut turned = events.to_vec();
        for _ in events {
            turned.rotate_left(1);
            assert_eq!(parsed(&turned), first, "{turned:?}");
        }
        turned.reverse();
        assert_eq!(parsed(&turned), first, "{turned:?}");
        first
    }

    #[test]
    fn events_count_in_the_order_of_versions_and_up_to_their_limits() {
        let all = ["0.5.0", "1.0.0", "1.5.0", "2.0.0", "2.5.0", "10.0.0"];
        let events = [
            r#"{"introduced": "1.0.0"}"#,
            r#"{"fixed": "1.2.0"}"#,
            r#"{"introduced": "2.0.0"}"#,
            r#"{"last_affected": "2.0.0"}"#,
            r#"{"introduced": "10.0.0"}"#,
        ];
        assert_eq!(affected(&events, &all), [false, true, false, true, false, true].map(Some));
        // An affected version does not become affected again.
        let twice = [r#"{"introduced": "0"}"#, r#"{"introduced": "1.0.0"}"#, r#"{"fixed": "2.0.0"}"#];
        assert_eq!(affected(&twice, &all), [true, true, true, false, false, false].map(Some));
        let limited = [r#"{"introduced": "1.0.0"}"#, r#"{"limit": "2.0.0"}"#, r#"{"limit": "1.1.0"}"#];
        assert_eq!(affected(&limited, &all), [false, true, true, false, false, false].map(Some));
        let unlimited = [r#"{"introduced": "1.0.0"}"#, r#"{"limit": "1.1.0"}"#, r#"{"limit": "*"}"#];
        assert_eq!(affected(&unlimited, &all), [false, true, true, true, true, true].map(Some));
    }
}
