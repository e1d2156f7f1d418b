//! True SBOMs, by whatever tool, agree with their lock files; a version that differs is reported all the same.

use bartizan::model::{Family, Report};
use bartizan::scan::registry;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixtures::scan_folder;

/// A document that lists these package URLs and is about a component.
fn document(about: Option<&Value>, purls: &[&str]) -> Value {
    let components: Vec<Value> = purls
        .iter()
        .map(|purl| {
            let (name, version) = purl.rsplit_once('@').unwrap();
            let version = version.split('?').next().unwrap();
            json!({ "type": "library", "name": name.rsplit('/').next().unwrap(), "version": version, "purl": purl })
        })
        .collect();
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": { "component": about },
        "components": components,
    })
}

fn scan(files: &[(&str, &str)], document: &Value) -> Report {
    let folder = TempDir::new().unwrap();
    let bom = document.to_string();
    for (name, text) in files.iter().copied().chain([("sbom/bom.json", bom.as_str())]) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let checks = registry::all().into_iter().filter(|check| check.meta.family == Family::Provenance);
    scan_folder(folder.path(), checks.collect())
}

fn drift(report: &Report) -> Option<&str> {
    let finding = report.findings.iter().find(|finding| finding.check == "sbom-drift");
    finding.map(|finding| finding.message.as_str())
}

/// That these packages agree with the lock files, and would not if one of them had another version.
#[track_caller]
fn agrees(files: &[(&str, &str)], about: Option<&Value>, purls: &[&str]) {
    let report = scan(files, &document(about, purls));
    assert_eq!(drift(&report), None, "{files:?}");
    let mut other: Vec<String> = purls.iter().map(|purl| (*purl).to_owned()).collect();
    let (name, version) = other[0].rsplit_once('@').unwrap();
    let behind = version.find('?').map_or("", |at| &version[at..]);
    other[0] = format!("{name}@77.7.7{behind}");
    let other: Vec<&str> = other.iter().map(String::as_str).collect();
    let report = scan(files, &document(about, &other));
    assert!(drift(&report).is_some_and(|said| said.contains("77.7.7")), "{files:?} {:?}", drift(&report));
}

/// What comes from elsewhere than a registry has no package URL, in SBOMs of our own as well.
#[test]
fn packages_without_an_address_are_listed_by_their_names() {
    let lock = r#"{"lockfileVersion": 3, "packages": {
      "node_modules/tin": {"version": "1.2.3", "resolved": "https://registry.npmjs.org/tin/-/tin-1.2.3.tgz"},
      "node_modules/fork": {"version": "1.0.0", "resolved": "git+ssh://git@example.org/fork.git#0a1b"}
    }}"#;
    let manifest = r#"{"dependencies": {"tin": "1.2.3", "fork": "github:example/fork"}}"#;
    let files = [("package-lock.json", lock), ("package.json", manifest)];
    let mut bom = document(None, &["pkg:npm/tin@1.2.3"]);
    assert!(drift(&scan(&files, &bom)).is_some_and(|said| said.contains("fork")));
    let fork = json!({ "type": "library", "name": "fork", "version": "1.0.0" });
    bom["components"].as_array_mut().unwrap().push(fork);
    assert_eq!(drift(&scan(&files, &bom)), None);
}

const COMPOSER: &str = r#"{"packages": [{"name": "Acme/Tin", "version": "v2.1.0"}, {"name": "acme/zinc", "version": "1.0"},
  {"name": "acme/fork", "version": "dev-main", "source": {"type": "git", "url": "https://example.org/fork.git", "reference": "0a1b"}}],
  "packages-dev": [{"name": "acme/lead", "version": "3.0.0"}]}"#;
const UV: &str = "version = 1\nrequires-python = \">=3.9\"\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\nsource = { editable = \".\" }\n\n\
    [[package]]\nname = \"zope-tin\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n\n\
    [[package]]\nname = \"zinc\"\nversion = \"2.0rc1\"\nsource = { registry = \"https://pypi.org/simple\" }\n";
const GEMS: &str = "GEM\n  remote: https://rubygems.org/\n  specs:\n    tin (1.15.0-x86_64-linux)\n    zinc (2.0)\n\nPATH\n  remote: .\n  specs:\n    app (0.1.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  tin\n";
const GO: &str = "module example.org/App/v2\n\ngo 1.22.1\n\ntoolchain go1.22.4\n\nrequire (\n\texample.org/Tin v1.2.3\n\texample.org/zinc/v3 v3.1.0+incompatible\n)\n";
const NPM: &str = r#"{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {
  "": {"name": "app", "version": "1.0.0", "workspaces": ["parts/*"]},
  "parts/member": {"name": "@app/member", "version": "0.5.0"},
  "node_modules/@app/member": {"resolved": "parts/member", "link": true},
  "node_modules/tin": {"version": "1.2.3", "resolved": "https://registry.npmjs.org/tin/-/tin-1.2.3.tgz"},
  "node_modules/tin-old": {"name": "tin", "version": "0.9.0", "resolved": "https://registry.npmjs.org/tin/-/tin-0.9.0.tgz"},
  "node_modules/fork": {"version": "1.0.0", "resolved": "git+ssh://git@example.org/fork.git#0a1b"},
  "node_modules/lead": {"version": "3.0.0", "dev": true, "resolved": "https://registry.npmjs.org/lead/-/lead-3.0.0.tgz"}
}}"#;
const NUGET: &str = r#"{"version": 1, "dependencies": {"net8.0": {
  "Acme.Tin": {"type": "Direct", "requested": "[1.0.0, )", "resolved": "1.0.0", "contentHash": "x"},
  "Acme.Zinc": {"type": "Transitive", "resolved": "2.0.0", "contentHash": "x"}}}}"#;

#[test]
fn versions_and_names_are_spelled_in_many_ways() {
    agrees(
        &[("composer.lock", COMPOSER)],
        None,
        &[
            "pkg:composer/acme/tin@2.1.0",
            "pkg:composer/acme/zinc@1.0.0.0",
            "pkg:composer/acme/fork@dev-main%230a1b",
            "pkg:composer/ext-json@8.2.0",
        ],
    );
    agrees(
        &[("uv.lock", UV)],
        None,
        &["pkg:pypi/zope.tin@1.0.0", "pkg:pypi/zinc@2.0.rc.1", "pkg:pypi/pip@24.0"],
    );
    agrees(
        &[("Gemfile.lock", GEMS)],
        None,
        &[
            "pkg:gem/tin@1.15.0?platform=x86_64-linux",
            "pkg:gem/zinc@2.0.0",
            "pkg:gem/bundler@2.5.0",
            "pkg:gem/app@0.1.0",
        ],
    );
    agrees(
        &[("go.mod", GO)],
        None,
        &[
            "pkg:golang/example.org/tin@v1.2.3",
            "pkg:golang/example.org/zinc/v3@3.1.0",
            "pkg:golang/stdlib@1.22.4",
            "pkg:golang/example.org/App/v2@v2.0.0-20240101000000-abcdefabcdef",
        ],
    );
    agrees(&[("packages.lock.json", NUGET)], None, &["pkg:nuget/Acme.Tin@1.0", "pkg:nuget/acme.zinc@2.0.0"]);
}

#[test]
fn the_project_and_its_parts_are_no_dependencies() {
    let files = [
        ("package-lock.json", NPM),
        ("package.json", r#"{"name": "app", "version": "1.0.0"}"#),
        ("parts/member/package.json", r#"{"name": "@app/member", "version": "0.5.0"}"#),
    ];
    let all = [
        "pkg:npm/tin@1.2.3",
        "pkg:npm/tin-old@0.9.0",
        "pkg:npm/fork@1.0.0",
        "pkg:npm/app@1.0.0",
        "pkg:npm/%40app/member@0.5.0",
    ];
    agrees(&files, None, &all);
    let about =
        json!({ "type": "application", "name": "app", "version": "1.0.0", "purl": "pkg:npm/app@1.0.0" });
    agrees(&files, Some(&about), &all[..3]);
}

#[test]
fn a_document_may_be_over_several_lock_files() {
    let one = |name: &str| {
        let at = format!("https://registry.npmjs.org/{name}/-/{name}-1.0.0.tgz");
        json!({ "name": name, "lockfileVersion": 3, "packages": {
            "": { "name": name },
            format!("node_modules/{name}-tin"): { "version": "1.0.0", "resolved": at },
            "node_modules/zinc": { "version": if name == "web" { "1.0.0" } else { "2.0.0" }, "resolved": at },
        }})
        .to_string()
    };
    let (web, server) = (one("web"), one("server"));
    let files = [("web/package-lock.json", web.as_str()), ("server/package-lock.json", server.as_str())];
    agrees(
        &files,
        None,
        &["pkg:npm/web-tin@1.0.0", "pkg:npm/server-tin@1.0.0", "pkg:npm/zinc@1.0.0", "pkg:npm/zinc@2.0.0"],
    );
    // Of each ecosystem its own.
    let files = [("package-lock.json", NPM), ("composer.lock", COMPOSER)];
    let (php, npm) = (
        ["pkg:composer/acme/tin@v2.1.0", "pkg:composer/acme/zinc@1.0", "pkg:composer/acme/fork@dev-main"],
        ["pkg:npm/tin@1.2.3", "pkg:npm/tin@0.9.0", "pkg:npm/fork@1.0.0"],
    );
    agrees(&files, None, &[php, npm].concat());
    agrees(&files, None, &[npm, php].concat());
}

#[test]
fn what_no_lock_file_could_hold_is_not_gone() {
    // What is asked for is not all that is installed.
    let files = [("requirements.txt", "tin==1.0\nzinc==2.0.0\n")];
    agrees(&files, None, &["pkg:pypi/tin@1.0.0", "pkg:pypi/zinc@2.0.0", "pkg:pypi/needed-by-tin@5.0"]);
    // Of an image most is not the project's.
    let files = [("package-lock.json", NPM)];
    let image = json!({ "type": "container", "name": "registry.example.org/app", "version": "1" });
    let purls = [
        "pkg:npm/tin@1.2.3",
        "pkg:npm/tin@0.9.0",
        "pkg:npm/fork@1.0.0",
        "pkg:npm/of-another-tool@1.0.0",
        "pkg:deb/debian/libc6@2.36",
    ];
    agrees(&files, Some(&image), &purls);
    agrees(&files, None, &purls);
    let report = scan(&files, &document(None, &purls[..4]));
    assert!(
        drift(&report).is_some_and(|said| said.contains("of-another-tool 1.0.0 is not in the lock file"))
    );
}

/// What a production install has is what an SBOM has to list: packages for development are not missing.
#[test]
fn packages_for_development_are_not_missing() {
    let names: Vec<String> = (0..40).map(|at| format!("lead-{at}")).collect();
    let mut npm = json!({ "name": "app", "lockfileVersion": 3, "packages": {
        "": { "name": "app", "dependencies": { "tin": "^1" } },
        "node_modules/tin": { "version": "1.0.0", "resolved": "https://registry.npmjs.org/tin/-/tin-1.0.0.tgz" },
        "node_modules/zinc": { "version": "1.0.0", "optional": true, "resolved": "https://registry.npmjs.org/zinc/-/zinc-1.0.0.tgz" },
    }});
    for name in &names {
        npm["packages"][format!("node_modules/{name}")] = json!({ "version": "1.0.0", "dev": true, "resolved": "https://registry.npmjs.org/x/-/x-1.0.0.tgz" });
    }
    let composer = json!({
        "packages": [{ "name": "a/tin", "version": "v1.0.0" }],
        "packages-dev": names.iter().map(|name| json!({ "name": format!("a/{name}"), "version": "1.0.0" })).collect::<Vec<_>>(),
    });
    let (npm, composer) = (npm.to_string(), composer.to_string());
    agrees(&[("package-lock.json", &npm)], None, &["pkg:npm/tin@1.0.0"]);
    agrees(&[("composer.lock", &composer)], None, &["pkg:composer/a/tin@1.0.0"]);
    // In yarn.lock nothing is marked: the manifest says what is for development.
    let mut yarn = "# yarn lockfile v1\n\ntin@^1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/tin/-/tin-1.0.0.tgz#0a\"\n".to_owned();
    for name in &names {
        yarn.push_str(&format!("\n{name}@^1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/{name}/-/{name}-1.0.0.tgz#0a\"\n"));
    }
    let development: serde_json::Map<String, Value> =
        names.iter().map(|name| (name.clone(), "^1.0.0".into())).collect();
    let package =
        json!({ "name": "app", "dependencies": { "tin": "^1.0.0" }, "devDependencies": development })
            .to_string();
    agrees(&[("yarn.lock", &yarn), ("package.json", &package)], None, &["pkg:npm/tin@1.0.0"]);
    // What is needed to run and not listed is missing all the same.
    let needed = npm.replace("\"dev\":true,", "");
    let report = scan(&[("package-lock.json", needed.as_str())], &document(None, &["pkg:npm/tin@1.0.0"]));
    assert!(drift(&report).is_some_and(|said| said.contains("40 missing")), "{:?}", drift(&report));
}
