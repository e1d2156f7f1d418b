//! What SECURITY.md says of writing and of hooks: a scan changes nothing, and each command that writes writes what it says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempDir;

use crate::cli::{command, folder, ran};
use crate::run_git::git;

/// Every file below `root` with its bytes and the time at which it was written; folders have no bytes.
fn all(root: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(path) = waiting.pop() {
        let metadata = path.symlink_metadata().unwrap();
        let bytes = if metadata.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            Vec::new()
        } else {
            std::fs::read(&path).unwrap()
        };
        found.insert(path.strip_prefix(root).unwrap().to_path_buf(), (bytes, metadata.modified().unwrap()));
    }
    found
}

/// The text without the mark by which made-up secrets are cut.
fn cut(text: &str) -> String {
    text.replace('¦', "")
}

/// A repository in which every family of checks has something to do, with a history and something staged.
fn repository() -> TempDir {
    let folder = folder(&[
        (".env", &cut("MAIL_PASSWORD=tulip-over¦cast-41\n")),
        ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"1.0.0\"\n"),
        ("app.tar.gz", "an archive"),
        ("app.tar.gz.sigstore.json", "{\"mediaType\": \"application/vnd.dev.sigstore.bundle.v0.3+json\"}"),
        ("bom.cdx.json", "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"version\": 1}"),
    ]);
    git(folder.path(), &["init", "-q", "-b", "main"]);
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "All"]);
    std::fs::write(folder.path().join("staged.env"), cut("TOKEN_PASSWORD=heron-under¦glass-7\n")).unwrap();
    git(folder.path(), &["add", "-A"]);
    folder
}

/// Runs the program on `repository`, with the home and the cache of the user in `home`.
fn run(repository: &TempDir, home: &TempDir, args: &[&str]) -> i32 {
    let mut command = command(repository.path(), args);
    command.env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path());
    command.env("BARTIZAN_CACHE_DIR", home.path().join("cache")).env("BARTIZAN_OFFLINE", "1");
    ran(command).code
}

#[test]
fn a_scan_changes_nothing_in_the_repository() {
    let (repository, home, out) = (repository(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let before = all(repository.path());
    let to = format!("json={}", out.path().join("report.json").display());
    let scans: [&[&str]; 12] = [
        &["scan"],
        &["scan", "--staged"],
        &["scan", "--history"],
        &["scan", "--range", "HEAD"],
        &["scan", "-o", &to],
        &["hook", "pre-commit"],
        &["hook", "status"],
        &["verify", "app.tar.gz"],
        &["sbom"],
        &["fix"],
        &["doctor"],
        &["config", "show"],
    ];
    let codes: Vec<i32> = scans.iter().map(|args| run(&repository, &home, args)).collect();
    // All of them had something to do: a finding, no hook, no signature that holds; 2 for what cannot be read.
    assert_eq!(codes, [2, 1, 2, 1, 2, 1, 1, 1, 0, 1, 1, 0], "{codes:?}");
    assert!(all(repository.path()) == before);
    // Beyond the repository there is the report that was asked for, and the cache.
    let names: Vec<PathBuf> = all(out.path()).into_keys().collect();
    assert_eq!(names, [Path::new(""), Path::new("report.json")]);
    let outside: Vec<PathBuf> =
        all(home.path()).into_keys().filter(|path| !path.starts_with("cache")).collect();
    assert_eq!(outside, [Path::new("")]);
}

#[test]
fn commands_that_write_write_what_they_say() {
    let home = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &[&str]); 5] = [
        (&["init"], &["bartizan.toml"]),
        (&["init", "--action"], &[".github/workflows/bartizan.yml"]),
        (&["baseline", "create", "--reason", "before", "--checks", "secret"], &["bartizan.baseline"]),
        (&["sbom", "--output", "own.json"], &["own.json"]),
        (&["hook", "install"], &[".git/hooks/pre-commit"]),
    ];
    for (args, files) in cases {
        let repository = repository();
        let before = all(repository.path());
        assert_eq!(run(&repository, &home, args), 0, "{args:?}");
        let after = all(repository.path());
        let is_folder = |path: &PathBuf| repository.path().join(path).is_dir();
        let changed: Vec<&PathBuf> = after
            .iter()
            .filter(|(path, state)| !is_folder(path) && before.get(*path) != Some(state))
            .map(|(path, _)| path)
            .collect();
        assert_eq!(changed, files.iter().map(Path::new).collect::<Vec<_>>(), "{args:?}");
        assert!(before.keys().all(|path| after.contains_key(path)), "{args:?}");
    }
    let outside: Vec<PathBuf> =
        all(home.path()).into_keys().filter(|path| !path.starts_with("cache")).collect();
    assert_eq!(outside, [Path::new("")]);
}
