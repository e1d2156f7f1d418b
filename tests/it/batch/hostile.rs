//! Repositories that are broken or made to hurt: one record each, none called clean, and the others as ever.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Farm, records};
use crate::run_git::git;

/// The first file below `directory` whose name ends so.
fn file(directory: &Path, ending: &str) -> Option<std::path::PathBuf> {
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        let found = if path.is_dir() { file(&path, ending) } else { None };
        if let Some(found) = found.or_else(|| path.to_str().unwrap().ends_with(ending).then_some(path)) {
            return Some(found);
        }
    }
    None
}

#[test]
fn one_record_each_and_the_others_as_ever() {
    let farm = Farm::new(4);
    assert_eq!(farm.run("alone", &[]).code, 1);
    let root = farm.path().join("farm");
    let texts = |name: &str| farm.repository(name, &[("a", "one\n".to_owned()), ("b", "two\n".to_owned())]);

    let cut = texts("h-cut.git");
    git(&cut, &["repack", "-adq"]);
    let pack = file(&cut, ".pack").unwrap();
    let bytes = fs::read(&pack).unwrap();
    fs::set_permissions(&pack, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&pack, &bytes[..bytes.len() / 2]).unwrap();

    let missing = texts("h-missing.git");
    let id = String::from_utf8(git(&missing, &["rev-parse", "main:a"])).unwrap();
    fs::remove_file(missing.join("objects").join(&id[..2]).join(id[2..].trim())).unwrap();

    git(&farm.path(), &["init", "-q", "--bare", root.join("h-empty.git").to_str().unwrap()]);
    let shallow = root.join("h-shallow.git");
    let url = format!("file://{}", texts("source.git").display());
    git(&farm.path(), &["clone", "-q", "--bare", "--depth", "1", &url, shallow.to_str().unwrap()]);
    let promisor = root.join("h-promisor.git");
    git(&root.join("source.git"), &["config", "uploadpack.allowFilter", "true"]);
    git(&farm.path(), &["clone", "-q", "--bare", "--filter=blob:none", &url, promisor.to_str().unwrap()]);
    let fifo = texts("h-fifo.git");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        fifo.join("refs/heads/pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_bits_truncate(0o600),
        0,
    )
    .unwrap();
    let many = texts("h-many.git");
    let head = String::from_utf8(git(&many, &["rev-parse", "main"])).unwrap();
    let refs: String =
        (0..100_000).map(|number| format!("{} refs/heads/b{number:06}\n", head.trim())).collect();
    fs::write(many.join("packed-refs"), format!("# pack-refs with: peeled fully-peeled sorted \n{refs}"))
        .unwrap();
    let broken = texts("h-broken.git");
    fs::write(broken.join("config"), "[core\nrepositoryformatversion = 9\n").unwrap();
    // The first object says that it has an exabyte, or that it is made from another one that it does not name.
    for (name, head) in
        [("h-large.git", [0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), ("h-delta.git", [0x60; 9])]
    {
        let crafted = texts(name);
        git(&crafted, &["repack", "-adq"]);
        let pack = file(&crafted, ".pack").unwrap();
        let mut bytes = fs::read(&pack).unwrap();
        bytes[12..21].copy_from_slice(&head);
        fs::set_permissions(&pack, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&pack, bytes).unwrap();
    }
    let settings = root.join("h-settings");
    git(&farm.path(), &["init", "-q", "-b", "main", settings.to_str().unwrap()]);
    fs::write(settings.join("bartizan.toml"), "no-such-key = 1\n").unwrap();

    let mut list: Vec<String> = fs::read_dir(&root)
        .unwrap()
        .flatten()
        .map(|entry| entry.path().display().to_string())
        .filter(|path| path.contains("/h-"))
        .collect();
    for number in 0..4 {
        list.push(root.join(format!("group-{}/name-{number}.git", number % 2)).display().to_string());
    }
    fs::create_dir(root.join("h-nothing")).unwrap();
    fs::write(root.join("h-file"), "x").unwrap();
    list.extend(["h-nothing", "h-file", "h-absent"].map(|name| root.join(name).display().to_string()));
    fs::write(farm.path().join("list"), list.join("\n")).unwrap();

    let ran = farm.ran(&["batch", "run", "--from", "list", "--out", "out", "--jobs", "2"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert_eq!(records(&farm.merged("out")).len(), list.len());
    for (name, status, why) in [
        ("h-cut.git", "incomplete", None),
        ("h-missing.git", "incomplete", None),
        ("h-empty.git", "empty", None),
        ("h-shallow.git", "incomplete", None),
        ("h-promisor.git", "incomplete", None),
        ("h-fifo.git", "incomplete", None),
        ("h-large.git", "incomplete", None),
        ("h-delta.git", "incomplete", None),
        ("h-many.git", "complete", None),
        ("h-settings", "failed", Some("settings")),
        ("h-nothing", "failed", Some("repository")),
        ("h-file", "failed", Some("repository")),
        ("h-absent", "failed", Some("unreadable")),
    ] {
        let record = farm.record("out", name);
        assert_eq!((record["status"].as_str(), record["why"].as_str()), (Some(status), why), "{record}");
        assert_eq!(record["message"].is_string(), !["empty", "complete"].contains(&status), "{record}");
    }
    assert_ne!(farm.record("out", "h-broken.git")["status"], "complete");
    for number in 0..4 {
        let name = format!("name-{number}.git");
        assert_eq!(farm.record("out", &name), farm.record("alone", &name));
    }
    // What is not whole stands in front.
    let page = fs::read_to_string(farm.path().join("out/overview.html")).unwrap();
    assert!(page.contains("h-shallow.git") && page.contains("Incomplete") && page.contains("Empty"));
}

#[test]
fn a_repository_that_may_not_be_read() {
    let farm = Farm::new(2);
    let closed = farm.repository("closed.git", &[("a", "b\n".to_owned())]);
    fs::set_permissions(closed.join("objects"), fs::Permissions::from_mode(0o000)).unwrap();
    let is_root = fs::read_dir(closed.join("objects")).is_ok();
    let ran = farm.run("out", &[]);
    if !is_root {
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert_ne!(farm.record("out", "closed.git")["status"], "complete");
    }
    fs::set_permissions(closed.join("objects"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_stops_the_run_and_the_next_one_goes_on() {
    let farm = Farm::new(24);
    assert_eq!(farm.run("undisturbed", &[]).code, 1);
    // No file may have more than 8 KiB, which is as good as no room: parts end in the middle of a block.
    let program = env!("CARGO_BIN_EXE_bartizan");
    let script =
        format!("trap '' XFSZ; ulimit -f 16; exec {program} batch run --from farm --out out --jobs 1 -q");
    let mut command = farm.command(&[]);
    let environment: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    command = std::process::Command::new("sh");
    command.args(["-c", &script]).current_dir(farm.path());
    for (name, value) in environment {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let full = crate::cli::ran(command);
    assert_eq!(full.code, 75, "{}", full.err);
    assert!(full.err.contains("results cannot be written"), "{}", full.err);
    let parts = String::from_utf8(super::everything(&farm.path().join("out/parts"))).unwrap();
    let kept = records(&parts).len();
    assert!(kept > 2 && kept < 24, "{kept}");
    let next = farm.run("out", &[]);
    assert!(next.code == 1 && next.err.contains(&format!("{kept} of 24 repositories have")), "{}", next.err);
    assert_eq!(farm.merged("out"), farm.merged("undisturbed"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_repository_that_takes_too_much_memory() {
    let farm = Farm::new(3);
    let line = "0123456789 abcdefghijklmnopqrstuvwxyz\n";
    farm.repository("bomb.git", &[("big.txt", line.repeat((300 << 20) / line.len()))]);
    let ran = farm.run("out", &["--repo-memory", "100MiB", "--max-file-size", "1GiB"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let record = farm.record("out", "bomb.git");
    assert_eq!(
        (record["status"].as_str(), record["why"].as_str()),
        (Some("failed"), Some("memory")),
        "{record}"
    );
    for number in 0..3 {
        assert_eq!(farm.record("out", &format!("name-{number}.git"))["status"], "complete");
    }
}
