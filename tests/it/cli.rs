//! The program as its users meet it: arguments, streams, exit codes.

mod adopt;
#[cfg(unix)]
mod bad_input;
mod config;
mod policy;
mod report;
mod schema;
mod settings;

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use tempfile::TempDir;

const FORMATS: [&str; 4] = ["human", "json", "jsonl", "sarif"];

/// A token that was never issued, with the checksum that issued ones have.
pub(crate) fn token() -> String {
    "ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW".replace('¦', "")
}

/// The word that marks an accepted finding; written out, it would mark one of this file.
fn mark(rest: &str) -> String {
    ["bartizan:", "allow ", rest].concat()
}

/// A directory with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The same as an empty git repository, of which no file is tracked.
pub(crate) fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = folder(files);
    let git = folder.path().join(".git");
    for name in ["objects", "refs"] {
        fs::create_dir_all(git.join(name)).unwrap();
    }
    fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    folder
}

fn leaky() -> TempDir {
    folder(&[("src/config.py", &format!("import os\nTOKEN = \"{}\"\n", token())), ("README", "hello\n")])
}

fn clean() -> TempDir {
    folder(&[("README", "hello\n")])
}

pub(crate) fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
    command.current_dir(folder).args(args);
    for name in [
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "CI",
        "BARTIZAN_CONFIG",
        "BARTIZAN_FAIL_ON",
        "BARTIZAN_OFFLINE",
        "BARTIZAN_JOBS",
        "BARTIZAN_FINGERPRINT_KEY",
        "BARTIZAN_CACHE_DIR",
        "CARGO_HOME",
        "XDG_CACHE_HOME",
    ] {
        command.env_remove(name);
    }
    command
        .env("HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("COLUMNS", "100")
        .env("SOURCE_DATE_EPOCH", "1790000000");
    command
}

/// Exit code, standard output and standard error.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn ran(mut command: Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn run(folder: &TempDir, args: &[&str]) -> Ran {
    ran(command(folder.path(), args))
}

/// Standard error of a run that fails.
pub(crate) fn error(folder: &TempDir, args: &[&str]) -> String {
    let Ran { code, out, err } = run(folder, args);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    err
}

#[test]
fn help() {
    let folder = clean();
    assert_snapshot!("help", run(&folder, &["--help"]).out);
    assert_snapshot!("help_scan", run(&folder, &["scan", "--help"]).out);
    assert_snapshot!("help_report", run(&folder, &["report", "--help"]).out);
    assert_snapshot!("help_checks", run(&folder, &["checks", "--help"]).out);
    let none = run(&folder, &[]);
    assert_eq!((none.code, none.out.as_str()), (2, ""));
    assert!(none.err.contains("Usage: bartizan [OPTIONS] <COMMAND>"), "{}", none.err);
    let version = run(&folder, &["--version"]);
    assert_eq!((version.code, version.out), (0, format!("bartizan {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn exit_codes_are_the_same_in_every_format() {
    let (leaky, clean, binary) = (leaky(), clean(), folder(&[("a.bin", "\0\0\0\0")]));
    for format in FORMATS {
        let code = |folder: &TempDir, args: &[&str]| {
            run(folder, &[&["scan", "--format", format], args].concat()).code
        };
        assert_eq!(code(&clean, &["."]), 0, "{format}: nothing found");
        assert_eq!(code(&binary, &["."]), 0, "{format}: nothing but binary files");
        assert_eq!(code(&leaky, &[]), 1, "{format}: findings");
        assert_eq!(code(&leaky, &["--fail-on", "critical"]), 1, "{format}: findings at the threshold");
        assert_eq!(code(&leaky, &["--fail-on", "none"]), 0, "{format}: no threshold");
        assert_eq!(code(&leaky, &["--checks", "env-file-secret"]), 0, "{format}: of another check");
        assert_eq!(code(&leaky, &["absent"]), 2, "{format}: no such path");
        assert_eq!(code(&leaky, &[".", "--exclude", "*"]), 2, "{format}: everything excluded");
        assert_eq!(
            code(&leaky, &["--checks", "secret", "--skip-checks", "secret"]),
            2,
            "{format}: no check left"
        );
        assert_eq!(code(&leaky, &["--nonsense"]), 2, "{format}: no such option");
    }
}

#[test]
fn human_output() {
    let folder = leaky();
    let Ran { out, err, .. } = run(&folder, &["scan"]);
    assert_eq!(err, "");
    // How many checks there are changes with every new one.
    let out = regex_lite(&out);
    assert_snapshot!("human", out);
    let clean = regex_lite(&run(&clean(), &["scan"]).out);
    assert_eq!(clean, "no findings in 1 file (6 bytes) with N checks\n");
    assert_eq!(regex_lite(&run(&folder, &["scan", "--quiet"]).out).lines().count(), 1);
}

/// `with 561 checks` as `with N checks`.
fn regex_lite(text: &str) -> String {
    let (before, after) = text.split_once(" with ").unwrap();
    let (_, after) = after.split_once(" checks").unwrap();
    format!("{before} with N checks{after}")
}

#[test]
fn no_format_carries_the_secret_and_a_pipe_gets_no_escape_sequences() {
    let folder = leaky();
    for format in FORMATS {
        let Ran { out, err, .. } = run(&folder, &["scan", "-v", "--format", format]);
        assert!(out.contains("github-personal-access-token"), "{format}: {out}");
        assert!(!out.contains(&token()[5..]) && !err.contains(&token()[5..]), "{format}");
        assert!(!out.contains('\x1b') && !err.contains('\x1b'), "{format}");
    }
}

#[test]
fn colours_follow_the_option_and_the_environment() {
    let folder = leaky();
    let coloured = |args: &[&str], variable: &str| {
        let mut command = command(folder.path(), &[&["scan"], args].concat());
        if !variable.is_empty() {
            command.env(variable, "1");
        }
        ran(command).out.contains('\x1b')
    };
    assert!(!coloured(&[], ""));
    assert!(coloured(&[], "CLICOLOR_FORCE"));
    assert!(!coloured(&["--color", "never"], "CLICOLOR_FORCE"));
    assert!(coloured(&["--color", "always"], "NO_COLOR"));
    run(&folder, &["scan", "--color", "always", "--output", "human=report.txt"]);
    assert!(!fs::read_to_string(folder.path().join("report.txt")).unwrap().contains('\x1b'));
}

#[test]
fn one_thread_and_many_give_the_same_bytes() {
    let files: Vec<(String, String)> =
        (0..200).map(|n| (format!("d{}/f{n}", n % 7), format!("x = '{}' # {n}\n", token()))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    for format in FORMATS {
        let one = run(&folder, &["scan", "-j1", "--format", format]).out;
        let many = run(&folder, &["scan", "-j8", "--format", format]).out;
        assert!(one == many, "{format}");
    }
}

#[test]
fn that_nobody_reads_is_no_failure() {
    let files: Vec<(String, String)> =
        (0..300).map(|n| (format!("f{n}"), format!("T{n}='{}'\n", token()))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    for (args, code) in
        [(&["scan", "-v"][..], 1), (&["checks"], 0), (&["checks", "--format", "json"], 0), (&["--help"], 0)]
    {
        let mut child =
            command(folder.path(), args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(code), ""), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let folder = leaky();
    let mut scan = command(folder.path(), &["scan"]);
    scan.stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let ran = ran(scan);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (2, "error: cannot write to standard output: no space left on device\n")
    );
    let ran = run(&folder, &["scan", "--quiet", "--output", "json=/dev/full"]);
    assert_eq!((ran.code, ran.err.as_str()), (2, "error: cannot write /dev/full: no space left on device\n"));
}

#[test]
fn one_scan_many_reports() {
    let folder = leaky();
    let at = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    fs::write(folder.path().join("r.json"), "old").unwrap();
    let Ran { code, out, err } = run(
        &folder,
        &["scan", "src", "-o", "json=r.json", "--output", "sarif=r.sarif", "--output", "jsonl=r.jsonl"],
    );
    assert_eq!((code, err.as_str()), (1, ""));
    assert!(out.starts_with("error[github-personal-access-token]"), "{out}");
    for format in ["json", "jsonl", "sarif"] {
        let alone = run(&folder, &["scan", "src", "--output", &format!("{format}=-")]).out;
        assert_eq!(at(&format!("r.{format}")), alone, "{format}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[test]
fn outputs_that_cannot_be_are_told_before_the_scan() {
    let folder = leaky();
    let says = |args: &[&str], wanted: &str| {
        assert_eq!(error(&folder, &[&["scan"], args].concat()), format!("error: {wanted}\n"));
    };
    says(
        &["-o", "json=absent/r.json"],
        "cannot write absent/r.json: there is no directory absent; create it first",
    );
    says(&["-o", "json=src"], "cannot write src: it is a directory");
    says(&["-o", "json=README/r.json"], "cannot write README/r.json: README is not a directory");
    says(&["-o", "json=a", "-o", "sarif=a"], "two reports cannot go to the same file, a");
    says(
        &["--format", "json", "-o", "sarif=-"],
        "two reports cannot go to standard output; write one of them to a file",
    );
    assert_snapshot!(
        "output_usage",
        [&["-o", "json"][..], &["-o", "jsno=a"], &["-o", "xml=a"]]
            .map(|args| error(&folder, &[&["scan"], args].concat()))
            .concat()
    );
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_report_is_replaced_not_followed() {
    let folder = leaky();
    let victim = folder.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    std::os::unix::fs::symlink(&victim, folder.path().join("r.json")).unwrap();
    assert_eq!(run(&folder, &["scan", "src", "-o", "json=r.json"]).code, 1);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert!(fs::read_to_string(folder.path().join("r.json")).unwrap().starts_with('{'));
}

#[test]
fn mistakes_in_arguments() {
    let folder = leaky();
    let all = [
        &["scna"][..],
        &["src"],
        &["scan", "absent"],
        &["scan", "--checks", "secert,github-oauth-tokn"],
        &["scan", "--skip-checks", "qqq"],
        &["scan", "--checks", "env-file-secret", "--skip-checks", "secret"],
        &["scan", "--fail-on", "hgih"],
        &["scan", "--jobs", "0"],
        &["scan", "--max-file-size", "ten"],
        &["scan", "--exclude", "../a"],
        &["scan", "--config", "a", "--no-config"],
        &["scan", "--config", "absent.toml"],
        &["scan", "--show-secrets"],
        &["scan", ".", "--exclude", "*"],
        &["explain", "env-file-secrat"],
        &["explain", "qqq"],
        &["explain", "dotenv"],
        &["checks", "verify", "absent"],
        &["checks", "verify", "src"],
        &["man", "sacn"],
    ];
    let said: String =
        all.iter().map(|args| format!("$ bartizan {}\n{}\n", args.join(" "), error(&folder, args))).collect();
    assert_snapshot!("mistakes", said);
}

#[test]
fn nothing_to_scan_is_not_clean_if_it_was_asked_for_by_name() {
    let folder = clean();
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert_eq!(error(&folder, &["scan", "empty"]), "error: nothing to scan: empty has no files\n");
    fs::create_dir(folder.path().join("packed")).unwrap();
    fs::write(folder.path().join("packed/a.gz"), b"\x1f\x8b\x08\0\0\0").unwrap();
    assert_eq!(
        error(&folder, &["scan", "packed", "--max-file-size", "2"]),
        "error: nothing to scan: all that is in packed was skipped (1 over the size limit)\n"
    );
    assert_eq!(run(&folder, &["scan", "README"]).code, 0);
}

#[test]
fn lists_of_checks() {
    let folder = clean();
    let table = run(&folder, &["checks"]);
    assert_eq!(table.code, 0);
    assert!(table.out.lines().next().unwrap().starts_with("check "), "{}", table.out);
    assert!(table.out.lines().any(|line| line.split_whitespace().take(4).eq([
        "committed-env-file",
        "secret",
        "medium",
        "high"
    ])));
    assert_eq!(run(&folder, &["rules"]).out, table.out);
    let json: serde_json::Value =
        serde_json::from_str(&run(&folder, &["checks", "--format", "json"]).out).unwrap();
    assert_eq!(json.as_array().unwrap().len(), table.out.lines().count() - 1);
    let one =
        json.as_array().unwrap().iter().find(|check| check["id"] == "github-personal-access-token").unwrap();
    assert_eq!(
        (&one["severity"], &one["proof"], &one["provider"]),
        (&"critical".into(), &true.into(), &"GitHub".into())
    );
    let page = run(&folder, &["checks", "--format", "markdown"]).out;
    assert!(
        page.contains(
            "/docs/checks/github-personal-access-token.md) | GitHub personal access token | critical | yes |\n"
        ),
        "{page}"
    );
    assert!(page.contains("\n## secret\n"));
}

#[test]
fn explanations() {
    let folder = clean();
    assert_snapshot!("explain_rule", run(&folder, &["explain", "github-personal-access-token"]).out);
    assert_snapshot!("explain_code", run(&folder, &["explain", "committed-env-file"]).out);
}

#[test]
fn init_writes_a_configuration_once() {
    let folder = clean();
    let first = run(&folder, &["init"]);
    assert_eq!(
        (first.code, first.out.as_str()),
        (
            0,
            "wrote bartizan.toml; every setting in it is commented out: `bartizan config show` tells what counts\n"
        )
    );
    assert_eq!(run(&folder, &["scan"]).code, 0);
    fs::write(folder.path().join("bartizan.toml"), "# mine\n").unwrap();
    assert_eq!(error(&folder, &["init"]), "error: bartizan.toml exists already; it was left as it is\n");
    assert_eq!(fs::read_to_string(folder.path().join("bartizan.toml")).unwrap(), "# mine\n");
}

#[test]
fn pages_about_the_program() {
    let folder = clean();
    let schema: serde_json::Value = serde_json::from_str(&run(&folder, &["schema", "report"]).out).unwrap();
    assert!(schema["$schema"].is_string());
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let completions = run(&folder, &["completions", shell]);
        assert!(completions.code == 0 && completions.out.contains("max-file-size"), "{shell}");
    }
    assert!(run(&folder, &["man"]).out.contains(".TH bartizan 1"));
    assert!(run(&folder, &["man", "scan"]).out.contains(".TH bartizan-scan 1"));
}
