//! The program with a database: options, exit codes, what is said.

use std::fs;

use super::{database, lock};
use crate::cli::{Ran, command, folder, ran};

/// Runs the program in a folder with these files, with a cache of its own.
fn run(files: &[(&str, &str)], args: &[&str]) -> Ran {
    let folder = folder(files);
    let cache = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), args);
    command.env("BARTIZAN_CACHE_DIR", cache.path()).env("CARGO_HOME", cache.path());
    ran(command)
}

#[test]
fn a_vulnerable_dependency_as_people_see_it() {
    let lock = lock(&[("tinfoil", "1.4.2")]);
    let files = [
        ("Cargo.lock", lock.as_str()),
        ("Cargo.toml", "[package]\nname = \"app\"\n\n[dependencies]\ntinfoil = \"1.4\"\n"),
    ];
    let database = database();
    let database = database.to_str().unwrap();
    let base = ["scan", "--offline", "--checks", "vulnerable-dependency", "--advisory-db", database];
    let Ran { code, out, err } = run(&files, &base);
    assert_eq!((code, err.as_str()), (1, ""));
    insta::assert_snapshot!("dependency_human", out);
    let sarif = run(&files, &[&base[..], &["--format", "sarif"]].concat());
    insta::assert_snapshot!("dependency_sarif", sarif.out);
    for format in ["json", "jsonl"] {
        let Ran { code, out, .. } = run(&files, &[&base[..], &["--format", format]].concat());
        assert!(code == 1 && out.contains("RUSTSEC-2099-0001"), "{format}: {out}");
        if format == "json" {
            crate::render::assert_json(&out);
        }
    }
}

#[test]
fn advice_shows_no_token_in_the_path_of_a_file_that_it_names() {
    let lock = lock(&[("tinfoil", "1.4.1")]);
    let token = "ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW".replace('¦', "");
    let source = "use tinfoil::Sheet;\nfn main() { Sheet::default().fold() }\n";
    // The sources are named by what mentions the function, the manifest by what to do.
    let manifest = "[package]\nname = \"app\"\n\n[dependencies]\ntinfoil = \"=1.4.1\"\n";
    let [lock_path, manifest_path, source_path] =
        ["Cargo.lock", "Cargo.toml", "src/main.rs"].map(|name| format!("{token}/{name}"));
    let files = [
        (lock_path.as_str(), lock.as_str()),
        (manifest_path.as_str(), manifest),
        (source_path.as_str(), source),
    ];
    let database = database();
    for format in ["human", "json", "jsonl", "sarif", "markdown", "html", "csv", "junit", "github"] {
        let args = ["scan", "--offline", "--advisory-db", database.to_str().unwrap(), "--format", format];
        let Ran { out, err, .. } = run(&files, &args);
        assert!(!out.contains(&token) && !err.contains(&token), "{format}: {out}{err}");
        if format == "json" {
            let report: serde_json::Value = serde_json::from_str(&out).unwrap();
            let findings = report["findings"].as_array().unwrap();
            let advice = findings.iter().find(|one| one["check"] == "vulnerable-dependency").unwrap();
            let (notes, help) = (&advice["advisory"]["notes"], &advice["advisory"]["help"]);
            assert!(notes.to_string().contains("ghp_****/src/main.rs:2"), "{notes}");
            assert!(help.to_string().contains("ghp_****/Cargo.toml:5"), "{help}");
        }
    }
}

#[test]
fn without_a_database_nothing_is_clean() {
    let lock = lock(&[("ironpail", "1.0.0")]);
    let named = ["scan", "--advisory-db", ".", "--checks", "dependency"];
    let Ran { code, out, err } = run(&[("Cargo.lock", &lock)], &named);
    assert_eq!(code, 2, "{out}{err}");
    let Ran { code, out, .. } =
        run(&[("Cargo.lock", &lock)], &["scan", "--offline", "--checks", "dependency"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("from the built-in copy"), "{out}");
    let Ran { code, .. } = run(&[("Cargo.lock", &lock)], &["scan", "--offline", "--checks", "secret"]);
    assert_eq!(code, 0);
    let Ran { code, .. } = run(&[("a.txt", "")], &["scan", "--offline", "--checks", "dependency"]);
    assert_eq!(code, 0);
}

#[test]
fn a_database_of_another_tool_is_used() {
    let lock = lock(&[("tin", "1.0.0")]);
    let folder = folder(&[
        ("repo/Cargo.lock", lock.as_str()),
        ("cargo/advisory-db/.git/HEAD", "ref: refs/heads/main\n"),
        (
            "cargo/advisory-db/crates/tin/A-1.md",
            "```toml\n[advisory]\nid = \"A-1\"\npackage = \"tin\"\ndate = \"2026-01-01\"\n[versions]\npatched = []\n```\n\n# T\n\nText.\n",
        ),
    ]);
    let mut command =
        command(folder.path(), &["scan", "--offline", "--checks", "vulnerable-dependency", "repo"]);
    command
        .env("CARGO_HOME", folder.path().join("cargo"))
        .env("BARTIZAN_CACHE_DIR", folder.path().join("cache"));
    let Ran { code, out, .. } = ran(command);
    assert_eq!(code, 1, "{out}");
    assert!(
        out.contains(
            "1 advisory of RustSec, the newest of 2026-01-01, from Cargo's folder, as cargo-audit fetched it"
        ),
        "{out}"
    );
    assert!(fs::read_dir(folder.path().join("cache")).unwrap().next().is_some());
}

#[test]
fn what_the_configuration_accepts_is_silent_with_its_reason() {
    let lock = lock(&[("rustbucket", "1.0.0"), ("tinfoil", "1.4.2")]);
    let config = "[advisories]\nunmaintained = 'high'\nunsound = 'none'\nignore = [\n\
        { id = 'CVE-2099-1001', reason = 'never folded', expires = 2099-01-01 },\n\
        { id = 'RUSTSEC-2099-0005', reason = 'of use to nobody' },\n\
        { id = 'RUSTSEC-2099-0003', package = 'another', reason = 'another' },\n\
        { id = 'RUSTSEC-2099-0003', expires = 2001-01-01, reason = 'long ago' },\n]\n";
    let files = [("repo/Cargo.lock", lock.as_str()), ("repo/bartizan.toml", config)];
    let database = database();
    let args = [
        "scan",
        "--offline",
        "-v",
        "--checks",
        "dependency",
        "--advisory-db",
        database.to_str().unwrap(),
        "repo",
    ];
    let Ran { code, out, .. } = run(&files, &args);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("error[unmaintained-dependency]") && !out.contains("[unsound-dependency]"), "{out}");
    assert!(
        out.contains("suppressed[vulnerable-dependency]") && out.contains("(bartizan.toml: never folded)"),
        "{out}"
    );
    assert!(out.contains("line 6: the ignore of `RUSTSEC-2099-0005` is unused; remove it"), "{out}");
    assert!(out.contains("line 7: the ignore of `RUSTSEC-2099-0003` "), "{out}");
    assert!(out.contains("line 8: the ignore of `RUSTSEC-2099-0003` expired on 2001-01-01"), "{out}");
}
