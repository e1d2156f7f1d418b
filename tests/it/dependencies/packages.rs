//! Findings about packages of other ecosystems, by the program: what can be accepted, whose a lock file is, what is asked
//! for where.

use std::fs;

use tempfile::TempDir;

use crate::cli::{Ran, command, folder, ran};
use crate::tidy::root;

fn scan(folder: &TempDir, args: &[&str]) -> (i32, serde_json::Value) {
    let database = root().join("tests/osv-db");
    let fixed = ["scan", "--offline", "--format", "json", "--osv-db", database.to_str().unwrap()];
    let mut command = command(folder.path(), &[&fixed[..], args, &["repo"]].concat());
    command.env("CARGO_HOME", folder.path().join("cargo"));
    let Ran { code, out, err } = ran(command);
    (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}")))
}

const BRANCH: &str = "{\n\"packages\": [\n{ \"name\": \"silver/spoon\", \"version\": \"dev-main\" }\n]\n}\n";

#[test]
fn a_version_that_cannot_be_compared_is_a_finding_that_can_be_accepted() {
    let folder = folder(&[("repo/composer.lock", BRANCH)]);
    let (code, json) = scan(&folder, &["--fail-on", "low"]);
    let found = &json["findings"][0];
    assert_eq!((code, found["check"].as_str()), (1, Some("unclear-package-version")), "{json}");
    assert_eq!(found["place"]["region"]["start_line"], 3);
    // It is no problem of the scan, so that there is a way on.
    assert_eq!(json["problems"].as_array().map_or(0, Vec::len), 0, "{json}");
    let accepted =
        "[[ignore]]\ncheck = \"unclear-package-version\"\npath = \"composer.lock\"\nreason = \"looked at\"\n";
    fs::write(folder.path().join("repo/bartizan.toml"), accepted).unwrap();
    let (code, json) = scan(&folder, &["--fail-on", "low"]);
    assert_eq!((code, json["findings"].as_array().unwrap().len()), (0, 0), "{json}");
}

#[test]
fn what_is_broken_on_purpose_fails_nothing_and_what_is_the_projects_own_does() {
    for (path, wanted) in [
        ("repo/requirements.txt", 2),
        ("repo/testdata/requirements.txt", 0),
        ("repo/a/node_modules/b/requirements.txt", 0),
        ("repo/vendor/requirements.txt", 0),
        ("repo/vendors/requirements.txt", 2),
    ] {
        let folder = folder(&[(path, "tin==1.0\n<<<<<<< HEAD\n=======\n>>>>>>> b\n")]);
        let (code, json) = scan(&folder, &["--checks", "dependency"]);
        let said = json.to_string();
        assert_eq!(code, wanted, "{path}: {said}");
        assert!(said.contains("a merge conflict"), "{path}: {said}");
    }
}

#[test]
fn the_place_in_the_manifest_is_part_of_the_finding() {
    let manifest = "{\n  \"devDependencies\": {\n    \"tin-whistle\": \"^1.0.0\"\n  }\n}\n";
    let lock = "{\"packages\": {\n\"\": {\"devDependencies\": {\"tin-whistle\": \"^1.0.0\"}},\n\"node_modules/tin-whistle\": {\"version\": \"1.0.0\", \"dev\": true}}}\n";
    let folder = folder(&[("repo/package.json", manifest), ("repo/package-lock.json", lock)]);
    let (_, json) = scan(&folder, &["--checks", "vulnerable-package"]);
    let found = &json["findings"][0];
    let related = &found["trace"][0];
    assert_eq!(
        (related["path"].as_str(), related["region"]["start_line"].as_u64()),
        (Some("package.json"), Some(3)),
        "{json}"
    );
    let advisory = &found["advisory"];
    assert_eq!(advisory["dependency_path"][0], "package.json", "{json}");
    let help = advisory["help"].as_str().unwrap();
    assert!(
        help.contains("to 1.2.3 or later") && help.contains("package.json:3 requires `^1.0.0`"),
        "{help}"
    );
    let notes = advisory["notes"].to_string();
    assert!(notes.contains("only for development"), "{notes}");
    // The manifest of a member that has a lock file of its own is not asked.
    let nested = "{\"dependencies\": {\"tin-whistle\": \"1\"}}\n";
    fs::create_dir(folder.path().join("repo/part")).unwrap();
    fs::write(folder.path().join("repo/part/package.json"), nested).unwrap();
    fs::write(
        folder.path().join("repo/part/package-lock.json"),
        "{\"packages\": {\"node_modules/x\": {\"version\": \"1.0.0\"}}}\n",
    )
    .unwrap();
    let (_, json) = scan(&folder, &["--checks", "vulnerable-package"]);
    assert!(!json["findings"].to_string().contains("part/package.json"), "{json}");
}

#[test]
fn what_a_lock_file_advises_against_needs_no_database() {
    let lock = "{\"packages\": {\"\": {\"dependencies\": {\"tin\": \"1\"}}, \"node_modules/tin\": {\"version\": \"1.0.0\", \"deprecated\": \"use zinc\"}}}\n";
    let folder = folder(&[("repo/package-lock.json", lock)]);
    let mut command = command(
        folder.path(),
        &["scan", "--offline", "--checks", "deprecated-package", "--fail-on", "low", "repo"],
    );
    command.env("CARGO_HOME", folder.path()).env("BARTIZAN_CACHE_DIR", folder.path().join("cache"));
    let Ran { code, out, .. } = ran(command);
    assert!(code == 1 && out.contains("`tin 1.0.0` is deprecated: use zinc"), "{out}");
}
