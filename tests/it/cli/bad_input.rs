//! Every command with what it cannot use: one clear line, the right code, nothing half-written, nothing of the
//! user's overwritten.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use tempfile::TempDir;

use super::{Ran, command, ran, repository, run, token};
#[cfg(feature = "online")]
use crate::programs;

/// A line each: arguments that make no sense, or name what is not there or is of another kind.
const REFUSED: &[&str] = &[
    "nonsense",
    "scna",
    "scan --nonsense",
    "scan --fail-no high",
    "scan --fail-on hgih",
    "scan --fail-on",
    "scan --format xml",
    "scan --jobs 0",
    "scan a b",
    "scan --config a --no-config",
    "scan absent",
    "scan file/below",
    "scan --config absent",
    "scan --config folder",
    "scan --baseline absent",
    "scan --baseline folder",
    "scan --rules absent",
    "scan --rules folder",
    "scan --advisory-db absent",
    "scan --advisory-db file",
    "scan --osv-db absent",
    "scan --output json",
    "scan --output json=folder",
    "scan --output json=absent/report",
    "scan --output json=file/report",
    "scan --output json=- --output sarif=-",
    "scan --range nonsense",
    "scan --base nonsense",
    "scan --bare-repo absent",
    "scan --bare-repo file",
    "checks --nonsense",
    "checks nonsense",
    "checks --format xml",
    "checks verify",
    "checks verify absent",
    "checks verify file",
    "explain",
    "explain npm-acess-token",
    "explain nonsense",
    "verify",
    "verify absent",
    "verify folder",
    "verify file --bundle absent",
    "verify file --bundle folder",
    "verify file --key absent",
    "verify file --key folder",
    "verify file --key file",
    "db nonsense",
    "db import",
    "db import absent",
    "db import file",
    "db import folder",
    "sbom absent",
    "sbom folder",
    "sbom file",
    "sbom --format xml",
    "sbom diff",
    "sbom diff absent file",
    "sbom diff folder file",
    "sbom diff file file",
    "baseline nonsense",
    "baseline create",
    "baseline create --reason x absent",
    "baseline update",
    "baseline prune",
    "baseline diff",
    "baseline import",
    "baseline import absent",
    "baseline import folder",
    "hook nonsense",
    "hook commit-msg",
    "hook commit-msg absent",
    "hook commit-msg folder",
    "hook install --type nonsense",
    "hook print nonsense",
    "init nonsense",
    "init --nonsense",
    "doctor absent",
    "doctor file",
    "doctor --format xml",
    "config nonsense",
    "config show absent",
    "config show --config absent",
    "config check absent",
    "config check --config folder",
    "fix absent",
    "fix --aply",
    "fix --advisory-db absent",
    "schema",
    "schema nonsense",
    "completions",
    "completions tcsh",
    "man nonsense",
    "man baseline creat",
    "man --all absent",
    "man --all file",
];

/// Commands that print, with the code that they end with.
const PRINT: &[(&str, i32)] = &[
    ("--help", 0),
    ("--version", 0),
    ("scan --offline", 1),
    ("scan --offline --format json", 1),
    ("scan --offline --format html", 1),
    ("checks", 0),
    ("checks --format json", 0),
    ("checks --format markdown", 0),
    ("explain npm-access-token", 0),
    ("sbom --lock Cargo.lock", 0),
    ("hook status", 1),
    ("hook print", 0),
    ("doctor", 0),
    ("doctor --format json", 0),
    ("config show", 0),
    ("config show --format json", 0),
    ("config check", 0),
    ("fix --offline folder", 0),
    ("schema report", 0),
    ("schema verify", 0),
    ("schema config", 0),
    ("completions bash", 0),
    ("completions nushell", 0),
    ("man", 0),
    ("man scan", 0),
];

fn usual() -> TempDir {
    repository(&[("file", "hello\n"), ("folder/a", "b\n"), ("folder/leak", &format!("T = '{}'\n", token()))])
}

/// Every file below `folder` with its bytes.
fn all(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut left) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(path) = left.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                found.insert(path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn one_clear_line_and_code_2() {
    let folder = usual();
    let before = all(folder.path());
    let mut told = String::new();
    for line in REFUSED {
        let mut command = command(folder.path(), &line.split(' ').collect::<Vec<_>>());
        command.stdin(Stdio::null()).env("BARTIZAN_OFFLINE", "1");
        let Ran { code, out, err } = ran(command);
        assert_eq!((code, out.as_str()), (2, ""), "{line}: {err}");
        assert!(
            err.starts_with("error: ") && err.ends_with('\n') && err.lines().count() == 1,
            "{line}: {err}"
        );
        let _ = write!(told, "$ bartizan {line}\n{err}");
    }
    assert!(all(folder.path()) == before, "something was written");
    assert_snapshot!("bad_input", told.replace(&folder.path().display().to_string(), "HERE"));
}

/// What an older program says of a newer file, and what a merge that was not finished leaves.
#[test]
fn a_configuration_from_elsewhere_is_refused_with_its_line() {
    let future = "[scan]\nfail-on = \"high\"\nparallel = true\n\n[containers]\nimages = [\"a\"]\n\n[[ingore]]\ncheck = \"*\"\nreason = \"x\"\n";
    let merged = "[scan]\n<<<<<<< HEAD\nfail-on = \"high\"\n=======\nfail-on = \"low\"\n>>>>>>> feature\n";
    let mut told = String::new();
    for (name, text) in [
        ("a file of the future", future),
        ("a merge", merged),
        ("no TOML", "[scan\n"),
        ("nothing at all", "\0\0"),
    ] {
        let repository = repository(&[("bartizan.toml", text), ("file", "x\n")]);
        let first = run(&repository, &["scan"]);
        assert_eq!((first.code, first.out.as_str()), (2, ""), "{name}");
        for args in [
            &["scan", "--staged"][..],
            &["config", "check"],
            &["config", "show"],
            &["fix"],
            &["hook", "pre-commit"],
            &["baseline", "create", "--reason", "x"],
        ] {
            let again = run(&repository, args);
            assert_eq!(
                (again.code, again.out.as_str(), again.err.as_str()),
                (2, "", first.err.as_str()),
                "{name}: {args:?}"
            );
        }
        let doctor = run(&repository, &["doctor"]);
        assert_eq!((doctor.code, doctor.err.as_str()), (1, ""));
        for line in first.err.lines() {
            let line = line.strip_prefix("error: ").unwrap();
            assert!(doctor.out.contains(line), "{name}: {line}: {}", doctor.out);
        }
        let _ = write!(told, "# {name}\n{}", first.err);
    }
    assert_snapshot!("bad_configuration", told);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_one_line_and_code_2() {
    let folder = usual();
    fs::write(
        folder.path().join("Cargo.lock"),
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n",
    )
    .unwrap();
    for (line, _) in PRINT {
        let mut command = command(folder.path(), &line.split(' ').collect::<Vec<_>>());
        command.stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
        let Ran { code, err, .. } = ran(command);
        assert_eq!(
            (code, err.as_str()),
            (2, "error: cannot write to standard output: no space left on device\n"),
            "{line}"
        );
    }
    // A report in a file is whole or not there.
    let before = all(folder.path());
    let ran = run(&folder, &["scan", "--offline", "--quiet", "-o", "json=/dev/full"]);
    assert_eq!((ran.code, ran.err.as_str()), (2, "error: cannot write /dev/full: no space left on device\n"));
    assert!(all(folder.path()) == before);
}

/// Each command that writes a file, under a limit of no bytes: an error in a line, and nothing half-written.
#[test]
fn a_limit_of_file_sizes_is_one_line_and_code_2() {
    let folder = usual();
    fs::write(
        folder.path().join("Cargo.lock"),
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n",
    )
    .unwrap();
    let before = all(folder.path());
    for line in [
        "scan --offline --quiet -o json=r.json",
        "sbom --output r.json",
        "baseline create --offline --reason x",
        "init",
    ] {
        let usual = command(folder.path(), &line.split(' ').collect::<Vec<_>>());
        let mut limited = Command::new("sh");
        limited
            .args(["-c", "ulimit -f 0; exec \"$0\" \"$@\""])
            .arg(usual.get_program())
            .args(usual.get_args());
        limited.current_dir(folder.path());
        for (name, value) in usual.get_envs() {
            match value {
                Some(value) => limited.env(name, value),
                None => limited.env_remove(name),
            };
        }
        let Ran { code, err, .. } = ran(limited);
        assert_eq!(code, 2, "{line}: {err}");
        assert!(err.ends_with("file too large\n") && err.lines().count() == 1, "{line}: {err}");
        assert!(all(folder.path()) == before, "{line}");
    }
}

#[test]
fn that_nobody_reads_is_no_failure_of_any_command() {
    let folder = usual();
    fs::write(
        folder.path().join("Cargo.lock"),
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n",
    )
    .unwrap();
    for (line, code) in PRINT {
        let mut command = command(folder.path(), &line.split(' ').collect::<Vec<_>>());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        // What the scan found decides, with a reader or without.
        let ended = child.wait().unwrap().code();
        assert_eq!((ended, err.as_str()), (Some(*code), ""), "{line}");
    }
}

/// What nobody may read; root may read everything, so there it cannot be shown.
#[test]
fn what_may_not_be_read_is_told() {
    let folder = usual();
    let secret = folder.path().join("closed");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("a"), "b\n").unwrap();
    let open = |mode| fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).unwrap();
    open(0o000);
    if fs::read_dir(&secret).is_ok() {
        open(0o755);
        println!("skipped: this user may read everything");
        return;
    }
    let scan = run(&folder, &["scan"]);
    let below = run(&folder, &["scan", "closed"]);
    let doctor = run(&folder, &["doctor", "closed/a"]);
    open(0o755);
    assert_eq!(scan.code, 2, "{}", scan.out);
    assert!(scan.out.contains("permission denied"), "{}", scan.out);
    assert_eq!((below.code, doctor.code), (2, 2));
    assert!(doctor.err.contains("permission denied"), "{}", doctor.err);
}

/// What is there already is never written over without being asked to.
#[test]
fn nothing_of_the_user_is_overwritten() {
    let names = ["bartizan.toml", ".github/workflows/bartizan.yml", "bartizan.baseline"];
    let repository = repository(&names.map(|name| (name, "# mine\n")));
    let before = all(repository.path());
    for args in [&["init"][..], &["init", "--config", "--action"], &["baseline", "create", "--reason", "x"]] {
        let Ran { code, err, .. } = run(&repository, args);
        assert_eq!(code, 2, "{args:?}");
        assert!(err.contains("bartizan"), "{args:?}: {err}");
        assert!(all(repository.path()) == before, "{args:?}: something was written");
    }
}

/// Ctrl-C while a scan waits: the program is gone at once, by the signal, and so is its line.
#[cfg(feature = "online")]
#[test]
fn ctrl_c_ends_a_scan_and_leaves_nothing_behind() {
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::os::unix::process::ExitStatusExt as _;

    use rustix::process::{Pid, Signal, kill_process};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    // A server that takes what is asked and never answers, so that the scan waits for as long as it takes.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/db.tar.gz", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let held: Vec<_> = listener.incoming().collect();
        drop(held);
    });
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
        source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    let folder = repository(&[("Cargo.lock", lock), ("report.json", "before\n")]);

    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let terminal = fs::OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut command =
        programs::interruptible(&command(folder.path(), &["scan", "-o", "json=report.json"]), folder.path());
    command.env("BARTIZAN_ADVISORY_DB_URL", url).env("BARTIZAN_CACHE_DIR", folder.path().join("cache"));
    command.env("TERM", "xterm").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(terminal);
    let mut child = command.spawn().unwrap();
    // Ours of the terminal is closed with the command, so that reading ends with the program.
    drop(command);
    let mut controller = fs::File::from(controller);
    controller.flush().unwrap();

    let (mut seen, mut buffer) = (String::new(), [0; 4096]);
    while !seen.contains(" files, ") {
        let length = controller.read(&mut buffer).unwrap();
        seen.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let status = (0..300).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        child.try_wait().unwrap()
    });
    let status = status.unwrap_or_else(|| {
        child.kill().unwrap();
        panic!("it goes on after Ctrl-C");
    });
    assert_eq!(status.signal(), Some(Signal::INT.as_raw()), "{status:?}");
    // The other end is gone, which some systems call an error.
    while let Ok(length @ 1..) = controller.read(&mut buffer) {
        seen.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    let end = seen.rfind("\r\x1b[2K").map(|at| &seen[at..]);
    assert_eq!(end, Some("\r\x1b[2K\x1b[?25h"), "{seen:?}");
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(out, "");
    assert_eq!(fs::read_to_string(folder.path().join("report.json")).unwrap(), "before\n");
    let left: Vec<_> = all(folder.path()).into_keys().filter(|name| name.ends_with(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
}
