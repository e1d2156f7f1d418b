//! What was not checked: what was asked for and could not be done is exit code 2; what nobody set up is named
//! in the closing line of every format, and is not.

use std::fs;

use bartizan::render::Format;
use tempfile::TempDir;

use crate::cli::{Ran, command, folder, ran};
use crate::decode::{Packing, zip_with_directory};

const NPM_LOCK: &str = r#"{"lockfileVersion": 3, "packages": {"node_modules/tin": {"version": "1.0.0"}}}"#;

/// A repository of JavaScript and Python, as a new user has it.
fn repository() -> TempDir {
    folder(&[
        ("repo/web/package.json", r#"{"dependencies": {"tin": "1"}}"#),
        ("repo/web/package-lock.json", NPM_LOCK),
        ("repo/requirements.txt", "tin==1.0.0\n"),
        ("repo/docs/package.json", r#"{"dependencies": {"zinc": "1"}}"#),
    ])
}

/// A document about `tin`, in these ecosystems.
fn document(id: &str, ecosystems: &[&str]) -> String {
    let affected: Vec<String> = ecosystems
        .iter()
        .map(|name| {
            format!(r#"{{"package": {{"ecosystem": "{name}", "name": "tin"}}, "versions": ["9.0.0"]}}"#)
        })
        .collect();
    format!(r#"{{"id": "{id}", "published": "2026-01-02T00:00:00Z", "affected": [{}]}}"#, affected.join(", "))
}

/// An archive of documents, as OSV has one for each ecosystem.
pub(super) fn dump(documents: &[(&str, &[&str])]) -> Vec<u8> {
    let files: Vec<(String, String)> =
        documents.iter().map(|(id, about)| (format!("{id}.json"), document(id, about))).collect();
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    zip_with_directory(&files, Packing::Deflated)
}

fn scan(folder: &TempDir, args: &[&str]) -> Ran {
    let mut command = command(folder.path(), &[&["scan", "--offline"], args, &["repo"]].concat());
    command
        .env("BARTIZAN_CACHE_DIR", folder.path().join("cache"))
        .env("CARGO_HOME", folder.path().join("cargo"));
    ran(command)
}

#[test]
fn what_nobody_set_up_is_named_in_every_format_and_fails_nothing() {
    let folder = repository();
    for format in Format::ALL {
        let Ran { code, out, err } = scan(&folder, &["--format", format.as_str()]);
        assert_eq!(code, 0, "{format}: {out}{err}");
        // What has no line of its own for it says it beside.
        let said = format!("{out}{err}");
        for name in ["web/package-lock.json", "requirements.txt", "docs/package.json"] {
            assert!(said.contains(name), "{format} does not name {name}: {said}");
        }
        // The script of a page has the words for other reports.
        let page = out.rsplit_once("<script>").map_or(out.as_str(), |(page, _)| page);
        assert!(!page.to_lowercase().contains("nothing was found"), "{format}: {page}");
    }
    for quiet in [&["--quiet"][..], &["--format", "github"]] {
        let said = scan(&folder, quiet).out;
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            said.contains(
                "not checked: requirements.txt and web/package-lock.json (PyPI, npm; no database: `bartizan db update --osv PyPI,npm`), docs/package.json (npm; no lock file)"
            ),
            "{said}"
        );
    }
    // What a report says is said again of it, and ends alike.
    let json = scan(&folder, &["--format", "json"]).out;
    fs::write(folder.path().join("report.json"), &json).unwrap();
    let again = ran(command(folder.path(), &["report", "--quiet", "--in", "report.json"]));
    assert_eq!((again.code, again.out), (0, scan(&folder, &["--quiet"]).out));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["summary"]["complete"], &json["summary"]["not_checked"]), (&false.into(), &3.into()));
}

#[test]
fn what_was_asked_for_is_exit_code_2_for_each_lock_file_by_name() {
    let folder = repository();
    let all = ["requirements.txt", "web/package-lock.json"];
    let fails = |args: &[&str], named: &[&str]| {
        for format in Format::ALL {
            let Ran { code, out, err } = scan(&folder, &[args, &["--format", format.as_str()]].concat());
            assert_eq!(code, 2, "{args:?} {format}: {out}{err}");
        }
        let json = scan(&folder, &[args, &["--format", "json"]].concat()).out;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let problems: Vec<&str> = json["problems"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|problem| {
                problem["message"].as_str().unwrap().contains("its packages were not checked: ")
            })
            .map(|problem| problem["path"].as_str().unwrap())
            .collect();
        assert_eq!(problems, named, "{args:?}: {json:#}");
        let asked = json["not_checked"].as_array().unwrap().iter().filter(|file| file["asked"] == true);
        assert_eq!(asked.map(|file| file["path"].as_str().unwrap()).collect::<Vec<_>>(), named, "{args:?}");
        fs::write(folder.path().join("report.json"), json.to_string()).unwrap();
        assert_eq!(ran(command(folder.path(), &["report", "--in", "report.json"])).code, 2, "{args:?}");
    };
    // The checks, by their family or one by its name.
    fails(&["--checks", "dependency"], &all);
    fails(&["--checks", "secret,vulnerable-package"], &all);
    fails(&["--osv", "pypi"], &["requirements.txt"]);
    // A database about something else.
    let path = folder.path().join("npm.zip");
    let npm: &[(&str, &[&str])] = &[("A-1", &["npm"]), ("A-2", &["npm", "PyPI"]), ("A-3", &["npm", "Maven"])];
    fs::write(&path, dump(npm)).unwrap();
    fails(&["--osv-db", path.to_str().unwrap()], &["requirements.txt"]);
    let empty = folder.path().join("other.zip");
    fs::write(&empty, dump(&[("A-1", &["Debian:12"])])).unwrap();
    fails(&["--osv-db", empty.to_str().unwrap()], &all);
    // A setting.
    for (setting, named) in [
        ("[advisories]\nosv = ['PyPI']\n", &["requirements.txt"][..]),
        ("[scan]\nchecks = ['dependency']\n", &all),
    ] {
        fs::write(folder.path().join("repo/bartizan.toml"), setting).unwrap();
        fails(&[], named);
    }
}

#[test]
fn databases_of_an_ecosystem_are_told_from_those_that_only_mention_it() {
    let folder = repository();
    let outcome = |name: &str| {
        let path = folder.path().join(name);
        let Ran { code, out, .. } = scan(&folder, &["--osv-db", path.to_str().unwrap(), "--quiet"]);
        (code, out)
    };
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let npm: &[(&str, &[&str])] = &[("A-1", &["npm"]), ("A-2", &["npm", "PyPI"])];
    write("one/npm/all.zip", &dump(npm));
    assert_eq!(outcome("one").0, 2);
    write("both/npm/all.zip", &dump(npm));
    write("both/PyPI/all.zip", &dump(&[("A-2", &["npm", "PyPI"]), ("A-4", &["PyPI"])]));
    let (code, out) = outcome("both");
    assert_eq!(code, 0, "{out}");
    assert!(!out.contains("requirements.txt") && out.contains("docs/package.json"), "{out}");
    // All ecosystems together; one document that is about both; one that was withdrawn.
    write(
        "all.zip",
        &dump(&[("A-1", &["npm"]), ("A-2", &["npm", "PyPI"]), ("A-4", &["PyPI"]), ("A-5", &["Go"])]),
    );
    assert_eq!(outcome("all.zip").0, 0);
    write("alike.zip", &dump(&[("A-2", &["npm", "PyPI"])]));
    assert_eq!(outcome("alike.zip").0, 0);
    let withdrawn = document("A-4", &["PyPI"]).replacen('{', r#"{"withdrawn": "2026-02-02T00:00:00Z","#, 1);
    write("files/A-4.json", withdrawn.as_bytes());
    write("files/A-1.json", document("A-1", &["npm"]).as_bytes());
    assert_eq!(outcome("files").0, 0);
}

#[test]
fn manifests_without_a_lock_file_are_named_and_never_fail() {
    let folder = folder(&[
        ("repo/package.json", r#"{"workspaces": ["a"], "devDependencies": {"tin": "1"}}"#),
        ("repo/a/package.json", r#"{"dependencies": {"tin": "1"}}"#),
        ("repo/py/pyproject.toml", "[project]\nname = 'x'\ndependencies = ['tin']\n"),
        ("repo/rb/Gemfile", "gem 'tin'\n"),
        ("repo/rs/Cargo.toml", "[package]\nname = 'x'\n[dependencies]\ntin = '1'\n"),
        ("repo/ok/package.json", r#"{"type": "module"}"#),
    ]);
    let Ran { code, out, .. } = scan(&folder, &["--checks", "dependency", "--quiet"]);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("not checked: a/package.json, package.json, py/pyproject.toml and 2 more (PyPI, RubyGems, crates.io, npm; no lock file)"),
        "{out}"
    );
    let verbose = scan(&folder, &["--checks", "dependency", "-v"]).out;
    assert!(verbose.contains("not checked: rb/Gemfile (RubyGems; no lock file)"), "{verbose}");
    // The lock file of a workspace is for its members.
    fs::write(folder.path().join("repo/package-lock.json"), NPM_LOCK).unwrap();
    fs::write(folder.path().join("repo/rs/Cargo.lock"), super::lock(&[])).unwrap();
    let locked = scan(&folder, &["--quiet"]).out;
    assert!(locked.contains("py/pyproject.toml and rb/Gemfile (PyPI, RubyGems; no lock file)"), "{locked}");
}

#[test]
fn lock_files_that_are_only_known_by_name_are_named() {
    let folder = folder(&[
        ("repo/bun.lockb", "x"),
        ("repo/package.json", r#"{"dependencies": {"tin": "1"}}"#),
        ("repo/c/paket.lock", "x"),
        ("repo/flake.lock", "{}"),
        ("repo/go.mod", "module example.org/a\n\ngo 1.22\n"),
        ("repo/vendor/modules.txt", "# example.org/b v1.0.0\n"),
        ("repo/ios/Podfile.lock", "PODS: []\n\nCOCOAPODS: 1.15.2\n"),
    ]);
    let named = "bun.lockb, c/paket.lock and flake.lock (Nix, NuGet, npm; format not read)";
    let Ran { code, out, .. } = scan(&folder, &["--quiet"]);
    assert!(code == 0 && out.contains(named), "{out}");
    assert!(!out.contains("modules.txt") && !out.contains("package.json"), "{out}");
    assert!(out.contains("ios/Podfile.lock (CocoaPods; OSV has no advisories)"), "{out}");
    // What there are advisories about can be asked for.
    let problems = |args: &[&str]| {
        let Ran { code, out, .. } = scan(&folder, &[args, &["--format", "jsonl"]].concat());
        let lines = out.lines().filter(|line| line.contains("this lock file format of")).count();
        (code, lines)
    };
    assert_eq!(problems(&["--checks", "dependency"]), (2, 2));
    assert_eq!(problems(&["--osv", "npm"]), (2, 1));
    fs::remove_file(folder.path().join("repo/c/paket.lock")).unwrap();
    fs::remove_file(folder.path().join("repo/bun.lockb")).unwrap();
    fs::write(folder.path().join("go.zip"), dump(&[("A-1", &["Go"])])).unwrap();
    let asked = scan(&folder, &["--osv-db", "go.zip", "--quiet"]);
    assert!(asked.code == 0 && asked.out.contains("flake.lock (Nix; format not read)"), "{}", asked.out);
}

#[test]
fn requirements_without_versions_are_no_lock_file() {
    let folder = folder(&[("repo/requirements.txt", "tin\nzinc>=1\n")]);
    fs::write(folder.path().join("pypi.zip"), dump(&[("A-1", &["PyPI"])])).unwrap();
    let Ran { code, out, .. } = scan(&folder, &["--osv-db", "pypi.zip", "-v"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("requirements.txt (PyPI; no lock file)"), "{out}");
    assert!(
        out.contains("requirements.txt: 2 packages without a version were not compared: tin, zinc"),
        "{out}"
    );
}

#[test]
fn lock_files_that_cannot_be_read_count_as_the_rule_says() {
    let large = format!("{NPM_LOCK}{}", " ".repeat(3000));
    let folder = folder(&[("repo/package-lock.json", large.as_str()), ("repo/a.txt", "a")]);
    let small = ["--max-file-size", "1000", "--quiet"];
    let Ran { code, out, .. } = scan(&folder, &small);
    assert!(code == 0 && out.contains("not checked: package-lock.json (npm; no database"), "{out}");
    let path = folder.path().join("npm.zip");
    fs::write(&path, dump(&[("A-1", &["npm"])])).unwrap();
    let asked = scan(&folder, &[&small[..2], &["--osv-db", path.to_str().unwrap()]].concat());
    assert_eq!(asked.code, 2);
    assert!(asked.out.contains("larger than the limit; --max-file-size raises it"), "{}", asked.out);
}

#[test]
fn files_that_requirements_include_are_named() {
    let folder =
        folder(&[("repo/requirements.txt", "-r deps/prod.txt\na==1\n"), ("repo/deps/prod.txt", "b==1\n")]);
    let Ran { code, out, .. } = scan(&folder, &["--quiet"]);
    assert!(code == 0 && out.contains("deps/prod.txt (PyPI; format not read)"), "{out}");
    fs::write(folder.path().join("pypi.zip"), dump(&[("A-1", &["PyPI"])])).unwrap();
    let asked = scan(&folder, &["--osv-db", "pypi.zip", "--format", "jsonl"]);
    assert!(asked.code == 2 && asked.out.contains("requirements.txt includes it"), "{}", asked.out);
}
