//! What a document of OSV says about versions, against the rule of the specification, and what it may look like.

use bartizan::engine::dependency;
use bartizan::model::Severity;
use bartizan::parse::advisory::{Advisory, AdvisoryKind, cvss, osv};
use bartizan::parse::lockfile::Ecosystem;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// A version that all ecosystems have, and order alike.
type Version = (u8, u8, u8);

fn shown((major, minor, patch): Version) -> String {
    format!("{major}.{minor}.{patch}")
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Introduced(Version),
    Fixed(Version),
    Last(Version),
    Limit(Version),
}

impl Event {
    fn version(self) -> Version {
        match self {
            Self::Introduced(at) | Self::Fixed(at) | Self::Last(at) | Self::Limit(at) => at,
        }
    }

    fn json(self) -> Value {
        // The beginning has a spelling of its own.
        let shown = |at| if at == (0, 0, 0) { "0".to_owned() } else { shown(at) };
        match self {
            Self::Introduced(at) => json!({ "introduced": shown(at) }),
            Self::Fixed(at) => json!({ "fixed": shown(at) }),
            Self::Last(at) => json!({ "last_affected": shown(at) }),
            Self::Limit(at) => json!({ "limit": shown(at) }),
        }
    }
}

/// The rule as the specification has it: the limits first, and then one event after the other.
fn by_the_rule(events: &[Event], version: Version) -> bool {
    let limits: Vec<Version> =
        events.iter().filter(|event| matches!(event, Event::Limit(_))).map(|event| event.version()).collect();
    if !limits.is_empty() && !limits.iter().any(|limit| version < *limit) {
        return false;
    }
    let mut sorted = events.to_vec();
    sorted.sort_by_key(|event| event.version());
    sorted.into_iter().fold(false, |affected, event| match event {
        Event::Introduced(at) if version >= at => true,
        Event::Fixed(at) if version >= at => false,
        Event::Last(at) if version > at => false,
        _ => affected,
    })
}

/// Events at different versions: which of two at the same version comes first is not said.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let version = (0..4_u8, 0..12_u8, 0..2_u8);
    let all = proptest::collection::btree_map(version, 0..7_u8, 1..7);
    all.prop_map(|all| {
        let event = |(at, kind)| match kind {
            0..3 => Event::Introduced(at),
            3..5 => Event::Fixed(at),
            5 => Event::Last(at),
            _ => Event::Limit(at),
        };
        all.into_iter().map(event).collect::<Vec<_>>()
    })
    .prop_shuffle()
}

const ORDERED: [Ecosystem; 10] = [
    Ecosystem::Npm,
    Ecosystem::PyPi,
    Ecosystem::Go,
    Ecosystem::RubyGems,
    Ecosystem::Packagist,
    Ecosystem::NuGet,
    Ecosystem::Maven,
    Ecosystem::Hex,
    Ecosystem::Pub,
    Ecosystem::GitHubActions,
];

fn read(document: &Value) -> osv::Reading {
    osv::read(document.to_string().as_bytes()).unwrap()
}

fn affects(advisory: &Advisory, ecosystem: Ecosystem, version: &str) -> bool {
    advisory.affected.iter().any(|one| one.holds(ecosystem, version) == Some(true))
}

proptest! {
    #![proptest_config(crate::props::config(600))]

    #[test]
    fn ranges_are_those_of_the_specification(
        ranges in proptest::collection::vec(events(), 1..3),
        listed in proptest::collection::vec((0..4_u8, 0..12_u8, 0..2_u8), 0..3),
        asked in proptest::collection::vec((0..5_u8, 0..13_u8, 0..3_u8), 12),
        ecosystem in select(&ORDERED[..]),
        apart in any::<bool>(),
    ) {
        let package = json!({"ecosystem": ecosystem.as_str(), "name": "tin"});
        let range = |events: &Vec<Event>| {
            json!({"type": "ECOSYSTEM", "events": events.iter().map(|event| event.json()).collect::<Vec<_>>()})
        };
        let all: Vec<Value> = ranges.iter().map(range).collect();
        let versions: Vec<String> = listed.iter().copied().map(shown).collect();
        // One entry for a package, or several.
        let affected = match apart {
            false => json!([{"package": package, "ranges": all, "versions": versions}]),
            true => {
                let each = all.iter().map(|range| json!({"package": package, "ranges": [range]}));
                Value::Array(each.chain([json!({"package": package, "versions": versions})]).collect())
            }
        };
        let reading = read(&json!({"id": "A-1", "affected": affected}));
        let [(found, advisory)] = reading.advisories.as_slice() else { panic!("{reading:?}") };
        prop_assert_eq!(*found, ecosystem);
        for version in asked {
            let wanted = listed.contains(&version) || ranges.iter().any(|events| by_the_rule(events, version));
            prop_assert_eq!(affects(advisory, ecosystem, &shown(version)), wanted, "{:?}", version);
        }
    }
}

/// An advisory about `tin` of npm with these fields.
fn with(fields: &Value) -> Advisory {
    let mut document = json!({"id": "A-1", "affected": [{"package": {"ecosystem": "npm", "name": "tin"}, "versions": ["1.0.0"]}]});
    for (name, value) in fields.as_object().unwrap() {
        document[name] = value.clone();
    }
    read(&document).advisories.remove(0).1
}

#[test]
fn what_is_null_is_left_out() {
    let document = json!({"id": "A-1", "aliases": null, "summary": null, "published": null, "withdrawn": null, "severity": null,
        "database_specific": null, "affected": [
            {"package": {"ecosystem": "npm", "name": "tin"}, "ranges": null, "versions": ["1.0.0"], "severity": null, "ecosystem_specific": null},
            {"package": null, "ranges": [{"type": "GIT", "repo": "https://example.org/tin", "events": [{"introduced": "0"}]}]},
            {"package": {"ecosystem": "npm", "name": "zinc"}, "ranges": [{"type": "SEMVER", "events": null}], "versions": null}]});
    let reading = read(&document);
    let names: Vec<&str> = reading.advisories.iter().map(|(_, advisory)| advisory.package.as_str()).collect();
    assert_eq!(names, ["npm/tin", "npm/zinc"]);
    assert!(affects(&reading.advisories[0].1, Ecosystem::Npm, "1.0.0"));
    assert!(!affects(&reading.advisories[1].1, Ecosystem::Npm, "1.0.0"));
    assert_eq!(read(&json!({"id": "A-1", "affected": null})).about, []);
}

#[test]
fn severities_come_from_vectors_or_from_words() {
    let vector = |kind: &str, score: &str| json!([{"type": kind, "score": score}]);
    let high = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H";
    let low = "CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N";
    for (fields, wanted) in [
        (json!({"severity": vector("CVSS_V3", high)}), Some(Severity::High)),
        (json!({"severity": vector("CVSS_V2", "AV:N/AC:L/Au:N/C:C/I:C/A:C")}), Some(Severity::Critical)),
        (json!({"severity": vector("CVSS_V4", low)}), Some(Severity::Low)),
        // What cannot be read leaves it to the word.
        (
            json!({"severity": vector("CVSS_V3", "CVSS:9/X:Y"), "database_specific": {"severity": "CRITICAL"}}),
            Some(Severity::Critical),
        ),
        (json!({"severity": vector("Ubuntu", "medium")}), Some(Severity::Medium)),
        (json!({"database_specific": {"severity": "Moderate"}}), Some(Severity::Medium)),
        (json!({"database_specific": {"severity": 7.5}}), None),
        (json!({"database_specific": {"cwe_ids": "x"}}), None),
        (json!({}), None),
    ] {
        let advisory = with(&fields);
        assert_eq!(cvss::advisory_score(&advisory).map(cvss::severity), wanted, "{fields}");
    }
    // What is said of the package counts before what is said of all.
    let entry = json!([{"package": {"ecosystem": "npm", "name": "tin"}, "severity": vector("CVSS_V4", low)}]);
    let own = with(&json!({"severity": vector("CVSS_V3", high), "affected": entry}));
    assert_eq!(own.cvss.as_deref(), Some(low));
    let entry =
        json!([{"package": {"ecosystem": "npm", "name": "tin"}, "ecosystem_specific": {"severity": "LOW"}}]);
    let own = with(&json!({"database_specific": {"severity": "HIGH"}, "affected": entry}));
    assert_eq!(cvss::advisory_score(&own).map(cvss::severity), Some(Severity::Low));
}

#[test]
fn malicious_packages_are_known_by_id_alias_or_weakness() {
    for (fields, wanted) in [
        (json!({"id": "MAL-2099-1"}), AdvisoryKind::Malicious),
        (json!({"aliases": ["CVE-2099-1", "MAL-2099-1"]}), AdvisoryKind::Malicious),
        (json!({"database_specific": {"cwe_ids": ["CWE-400", "CWE-506"]}}), AdvisoryKind::Malicious),
        (json!({"database_specific": {"cwe_ids": ["CWE-400"]}}), AdvisoryKind::Vulnerability),
        (json!({"id": "MALT-1"}), AdvisoryKind::Vulnerability),
    ] {
        let advisory = with(&fields);
        assert_eq!(advisory.kind(), wanted, "{fields}");
        let origin = dependency::Origin::Ecosystem("npm");
        let found =
            dependency::Match { package: "tin", version: "1.0.0", origin, from: "", advisory: &advisory };
        assert!(found.message("is malicious").starts_with("`tin 1.0.0` is malicious ("), "{fields}");
    }
}

#[test]
fn names_are_those_of_the_ecosystem_and_ecosystems_may_have_a_release() {
    for (ecosystem, name, same, other) in [
        ("PyPI", "Zope._-Interface", "zope-interface", "zopeinterface"),
        ("NuGet", "Newtonsoft.JSON", "newtonsoft.json", "Newtonsoft-Json"),
        ("Packagist", "Symfony/HTTP-Kernel", "symfony/http-kernel", "symfony/http_kernel"),
        ("GitHub Actions", "Actions/Checkout", "actions/checkout", "actions/check"),
        ("Go", "github.com/BurntSushi/toml", "github.com/BurntSushi/toml", "github.com/burntsushi/toml"),
        ("npm", "JSONStream", "JSONStream", "jsonstream"),
        ("RubyGems", "RedCloth", "RedCloth", "redcloth"),
        ("Maven", "org.a:B", "org.a:B", "org.a:b"),
        (
            "SwiftURL",
            "https://github.com/Apple/Swift-NIO.git",
            "github.com/apple/swift-nio",
            "github.com/apple/swift",
        ),
    ] {
        for release in ["", ":v3.18"] {
            let named = format!("{ecosystem}{release}");
            let package = json!({"ecosystem": named, "name": name});
            let reading = read(&json!({"id": "A-1", "affected": [{"package": package}]}));
            let (found, advisory) = &reading.advisories[0];
            assert_eq!(found.as_str(), ecosystem);
            assert_eq!(advisory.package, osv::key(*found, same), "{name}");
            assert_ne!(advisory.package, osv::key(*found, other), "{name}");
        }
    }
    for ecosystem in ["Alpine:v3.18", "Debian:12", "GIT", "crates.io", "PYPI", "Linux", ""] {
        let package = json!({"ecosystem": ecosystem, "name": "tin"});
        let reading = read(&json!({"id": "A-1", "affected": [{"package": package}]}));
        assert!(reading.advisories.is_empty() && reading.about.is_empty() && reading.others, "{ecosystem}");
    }
}
