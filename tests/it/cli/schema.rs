//! The schema of the configuration says what its reader says.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{folder, repository, run};

fn schema() -> Value {
    serde_json::from_str(&run(&folder(&[]), &["schema", "config"]).out).unwrap()
}

/// A configuration as JSON, days as text.
fn json(text: &str) -> Value {
    fn plain(value: toml::Value) -> Value {
        match value {
            toml::Value::Table(table) => {
                Value::Object(table.into_iter().map(|(key, value)| (key, plain(value))).collect())
            }
            toml::Value::Array(values) => Value::Array(values.into_iter().map(plain).collect()),
            toml::Value::Datetime(day) => Value::String(day.to_string()),
            other => serde_json::to_value(other).unwrap(),
        }
    }
    plain(toml::Value::Table(text.parse().unwrap()))
}

fn is_valid(schema: &Value, text: &str) -> bool {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap().is_valid(&json(text))
}

/// True if the program takes the configuration for a sound one.
fn is_read(text: &str) -> bool {
    let repository = repository(&[("bartizan.toml", text), ("pack/a.toml", ""), ("root.json", "")]);
    run(&repository, &["config", "show"]).code == 0
}

/// What init writes, with every setting taken out of its comment.
fn template() -> String {
    let folder = folder(&[]);
    assert_eq!(run(&folder, &["init"]).code, 0);
    let text = std::fs::read_to_string(folder.path().join("bartizan.toml")).unwrap();
    let lines =
        text.lines().map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn what_init_writes_is_valid_and_has_every_key() {
    let schema = schema();
    assert!(is_valid(&schema, &template()) && is_valid(&schema, ""));
    // Every key of the schema in the file, one way or the other.
    let text = template();
    let mut keys = BTreeSet::new();
    let mut left = vec![&schema];
    while let Some(value) = left.pop() {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            keys.extend(properties.keys().cloned());
            left.extend(properties.values());
        }
        left.extend(value.get("items"));
    }
    assert!(keys.len() > 30, "{keys:?}");
    // Alternatives of the ones that are shown.
    keys.retain(|key| !["issuer-regexp", "package"].contains(&key.as_str()));
    let absent: Vec<&String> = keys.iter().filter(|key| !text.contains(key.as_str())).collect();
    assert!(absent.is_empty(), "init does not show {absent:?}");
}

#[test]
fn schema_and_reader_agree() {
    let schema = schema();
    let sound = [
        "scan.max-file-size = 100",
        "scan.max-file-size = '10 mib'",
        "scan.fail-on = 'none'",
        "scan.exclude = ['a', '/b/', '.env', '**/x.*', '!c', '!/d/']",
        "scan.checks = []",
        "secrets.foreign-allow = true",
        "advisories.max-age = 0",
        "advisories.notice = 'none'",
        "advisories.osv = ['npm', 'PyPI', 'Go', 'RubyGems', 'Packagist', 'NuGet', 'Maven', 'SwiftURL', 'Hex', 'Pub']",
        "advisories.ignore = [{ id = 'a', reason = 'b', package = 'c', expires = '2030-01-31' }]",
        "[[ignore]]\ncheck = '*'\nreason = 'x'\nexpires = 2030-01-31",
        "[[signatures.signer]]\nkey = 'a/b.pub'",
        "[[signatures.signer]]\nidentity-regexp = 'a.*'\nissuer-regexp = 'b'\npath = '*.x'",
        "[[ignore]]\ncheck = '*'\nreason = 'x'\npath = ['a', '!a/b']",
        "signatures.allowed-signers = './a'",
        "sbom.profile = 'bsi-tr-03183'",
        "sbom.coverage = 0",
    ];
    for text in sound {
        assert!(is_read(text), "the program refuses: {text}");
        assert!(is_valid(&schema, text), "the schema refuses: {text}");
    }
    let wrong = [
        "timeout = 1",
        "[scam]",
        "scan = 1",
        "scan.exlude = []",
        "scan.exclude = 'a'",
        "scan.exclude = [1]",
        "scan.exclude = ['!']",
        "scan.exclude = ['#a']",
        "scan.exclude = ['!../a']",
        "[[ignore]]\ncheck = '*'\nreason = 'x'\npath = '!a'",
        "[[ignore]]\ncheck = '*'\nreason = 'x'\npath = 1",
        "scan.exclude = ['']",
        "scan.exclude = ['../a']",
        "scan.max-file-size = 0",
        "scan.max-file-size = -1",
        "scan.max-file-size = 1.5",
        "scan.max-file-size = '0MiB'",
        "scan.max-file-size = '10 apples'",
        "scan.max-file-size = true",
        "scan.fail-on = 'hgih'",
        "scan.fail-on = 3",
        "scan.checks = 'secret'",
        "secrets.defaults = 'no'",
        "secrets.x = 1",
        "advisories.yanked = 'x'",
        "advisories.max-age = -1",
        "advisories.max-age = '30'",
        "advisories.osv = 'npm'",
        "advisories.osv = ['pypi']",
        "advisories.osv = ['Debian']",
        "advisories.ignore = [{ id = 'a' }]",
        "advisories.ignore = [{ id = 'a', reason = ' ' }]",
        "advisories.ignore = [1]",
        "advisories.ignore = [{ id = 'a', reason = 'b', expires = '2030-13-01' }]",
        "[[ignore]]\ncheck = '*'",
        "[[ignore]]\nreason = 'x'",
        "[[ignore]]\ncheck = ''\nreason = 'x'",
        "[[ignore]]\ncheck = '*'\nreason = 'x'\npaths = 'y'",
        "[[ignore]]\ncheck = '*'\nreason = 'x'\nexpires = 2030-01-31T10:00:00",
        "[ignore]\ncheck = '*'\nreason = 'x'",
        "signatures.allowed-signers = '../x'",
        "signatures.allowed-signers = '/x'",
        "signatures.require-signed-commits = 1",
        "[[signatures.signer]]",
        "[[signatures.signer]]\nidentity = 'a'",
        "[[signatures.signer]]\nissuer = 'a'",
        "[[signatures.signer]]\nkey = 'k'\nidentity = 'a'\nissuer = 'b'",
        "[[signatures.signer]]\nkey = '../k'",
        "[[signatures.signer]]\nidentity-regexp = '('\nissuer = 'b'",
        "[[signatures.signer]]\nidentity = 'a'\nidentity-regexp = 'a'\nissuer = 'b'",
        "signatures.signer = 1",
        "sbom.profile = 'cisa-2024'",
        "sbom.coverage = 101",
        "sbom.coverage = '80'",
        "sbom.require = 'yes'",
    ];
    for text in wrong {
        assert!(!is_read(text), "the program takes: {text}");
        assert!(!is_valid(&schema, text), "the schema takes: {text}");
    }
}
