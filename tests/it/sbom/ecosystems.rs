//! `bartizan sbom` of each ecosystem: where packages come from, what they are needed for, and that schemas hold.

use serde_json::{Value, json};

use super::{all, assert_cyclonedx, text};
use crate::cli::{command, folder, ran};

/// Writes the document of these files.
fn written(files: &[(&str, &str)], format: &str) -> String {
    let folder = folder(files);
    let ran = ran(command(folder.path(), &["sbom", "--format", format]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out
}

/// Name, version, scope, source and purl of each component.
fn listed(document: &Value) -> Vec<[String; 5]> {
    let of = |component: &Value, key: &str| component[key].as_str().unwrap_or("-").to_owned();
    let source = |component: &Value| {
        let properties = component["properties"].as_array().into_iter().flatten();
        let all: Vec<String> = properties
            .map(|one| {
                format!("{}={}", text(one, "/name").trim_start_matches("bartizan:"), text(one, "/value"))
            })
            .collect();
        all.join(" ")
    };
    let components = all(document, "/components").iter();
    components
        .map(|one| [of(one, "name"), of(one, "version"), of(one, "scope"), source(one), of(one, "purl")])
        .collect()
}

#[test]
fn packages_say_where_they_are_from_and_what_for() {
    let npm = r#"{"name": "app", "lockfileVersion": 3, "packages": {
        "": {"name": "app", "dependencies": {"tin": "^1", "fork": "git+ssh://git@example.org/fork.git"}, "devDependencies": {"lead": "^3"}},
        "node_modules/tin": {"version": "1.2.3", "resolved": "https://registry.npmjs.org/tin/-/tin-1.2.3.tgz", "dependencies": {"zinc": "^2"}, "optionalDependencies": {"gold": "^1"}},
        "node_modules/zinc": {"version": "2.0.0", "resolved": "https://npm.example.org/zinc/-/zinc-2.0.0.tgz"},
        "node_modules/gold": {"version": "1.0.0", "optional": true, "resolved": "https://registry.npmjs.org/gold/-/gold-1.0.0.tgz"},
        "node_modules/fork": {"version": "1.0.0", "resolved": "git+ssh://git@example.org/fork.git#0a1b"},
        "node_modules/lead": {"version": "3.0.0", "dev": true, "resolved": "https://registry.npmjs.org/lead/-/lead-3.0.0.tgz"}
    }}"#;
    let files = [("package-lock.json", npm)];
    let document = assert_cyclonedx(&written(&files, "cyclonedx"));
    let row = |row: [&str; 5]| row.map(str::to_owned);
    assert_eq!(
        listed(&document),
        [
            row(["fork", "1.0.0", "required", "source=git", "-"]),
            row(["gold", "1.0.0", "optional", "", "pkg:npm/gold@1.0.0"]),
            row(["lead", "3.0.0", "optional", "development=true", "pkg:npm/lead@3.0.0"]),
            row(["tin", "1.2.3", "required", "", "pkg:npm/tin@1.2.3"]),
            row(["zinc", "2.0.0", "required", "source=registry", "pkg:npm/zinc@2.0.0"]),
        ]
    );
    let edges = all(&document, "/dependencies").iter().find(|one| text(one, "/ref") == "pkg:npm/tin@1.2.3");
    assert_eq!(edges.unwrap()["dependsOn"], json!(["pkg:npm/gold@1.0.0", "pkg:npm/zinc@2.0.0"]));
    let spdx: Value = serde_json::from_str(&written(&files, "spdx")).unwrap();
    let related: Vec<(&str, &str)> = all(&spdx, "/relationships")
        .iter()
        .map(|one| (text(one, "/spdxElementId"), text(one, "/relationshipType")))
        .filter(|(_, kind)| kind.ends_with("_OF"))
        .collect();
    assert_eq!(
        related,
        [
            ("SPDXRef-Package-gold-1.0.0", "OPTIONAL_DEPENDENCY_OF"),
            ("SPDXRef-Package-lead-3.0.0", "DEV_DEPENDENCY_OF"),
        ]
    );
    assert!(
        written(&files, "spdx-tag-value")
            .contains("PackageSourceInfo: <text>from a repository of git</text>")
    );
}

#[test]
fn each_ecosystem_marks_development() {
    let composer = r#"{"packages": [{"name": "a/tin", "version": "v1.0.0"}], "packages-dev": [{"name": "a/lead", "version": "2.0.0"}]}"#;
    let pipfile = r#"{"_meta": {"sources": [{"name": "pypi", "url": "https://pypi.org/simple"}]}, "default": {"tin": {"version": "==1.0.0", "index": "pypi"}}, "develop": {"lead": {"version": "==2.0.0", "index": "pypi"}}}"#;
    let pubspec = "packages:\n  lead:\n    dependency: \"direct dev\"\n    description:\n      name: lead\n      url: \"https://pub.dev\"\n    source: hosted\n    version: \"2.0.0\"\n  tin:\n    dependency: \"direct main\"\n    description:\n      name: tin\n      url: \"https://pub.dev\"\n    source: hosted\n    version: \"1.0.0\"\n";
    for (name, lock) in [("composer.lock", composer), ("Pipfile.lock", pipfile), ("pubspec.lock", pubspec)] {
        let document = assert_cyclonedx(&written(&[(name, lock)], "cyclonedx"));
        let marks: Vec<(String, String)> =
            listed(&document).into_iter().map(|[_, _, scope, source, _]| (scope, source)).collect();
        let expected = [("optional", "development=true"), ("required", "")];
        assert_eq!(marks, expected.map(|(scope, source)| (scope.to_owned(), source.to_owned())), "{name}");
    }
}

/// What a document is about is no difference to one that does not say it.
#[test]
fn a_root_without_a_package_url_is_no_difference() {
    let lock = r#"{"name": "app", "lockfileVersion": 3, "packages": {"": {"name": "app"}, "node_modules/tin": {"version": "1.2.3", "resolved": "https://registry.npmjs.org/tin/-/tin-1.2.3.tgz"}}}"#;
    let with = |component: Value| {
        json!({
            "bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": { "component": component },
            "components": [{ "type": "library", "name": "tin", "version": "1.2.3", "purl": "pkg:npm/tin@1.2.3" }],
        })
        .to_string()
    };
    let purl = with(
        json!({ "type": "application", "name": "app", "version": "1.0.0", "purl": "pkg:npm/app@1.0.0" }),
    );
    let newer = with(
        json!({ "type": "application", "name": "app", "version": "2.0.0", "purl": "pkg:npm/app@2.0.0" }),
    );
    let bare = with(json!({ "type": "application", "name": "app", "version": "1.0.0" }));
    let folder = folder(&[
        ("package-lock.json", lock),
        ("purl.cdx.json", &purl),
        ("newer.cdx.json", &newer),
        ("bare.cdx.json", &bare),
    ]);
    for (a, b, code) in [
        ("purl.cdx.json", "bare.cdx.json", 0),
        ("bare.cdx.json", "purl.cdx.json", 0),
        ("purl.cdx.json", "package-lock.json", 0),
        ("package-lock.json", "purl.cdx.json", 0),
        ("purl.cdx.json", "newer.cdx.json", 1),
    ] {
        let ran = ran(command(folder.path(), &["sbom", "diff", a, b]));
        assert_eq!(ran.code, code, "{a} {b}: {}{}", ran.out, ran.err);
    }
}
