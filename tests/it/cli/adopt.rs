//! What a repository starts with: `init`, `doctor`, `config`, `fix`, and what the program says of itself.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use tempfile::TempDir;

use super::{Ran, command, error, folder, ran, repository, run};

/// `text` with the commit that a release build may know, and the version, left out.
fn plain(text: &str) -> String {
    text.replace(&"0".repeat(40), "COMMIT").replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

fn at(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn init_writes_what_is_asked_for_and_changes_nothing_that_is_there() {
    let repository = repository(&[]);
    let Ran { code, out, err } = run(&repository, &["init", "--config", "--action", "--hooks"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out.lines().filter(|line| line.starts_with("wrote ")).count(), 3, "{out}");
    let workflow = at(&repository, ".github/workflows/bartizan.yml");
    assert!(workflow.contains("uses: bartizan-scan/bartizan@"), "{workflow}");
    assert_eq!(run(&repository, &["hook", "status"]).code, 0);
    let before = (at(&repository, "bartizan.toml"), workflow);
    let again = run(&repository, &["init", "--config", "--action"]);
    assert_eq!(
        (again.code, again.out.as_str(), again.err.as_str()),
        (
            2,
            "",
            "error: bartizan.toml exists already; it was left as it is\n\
             error: .github/workflows/bartizan.yml exists already; it was left as it is\n"
        )
    );
    assert_eq!((at(&repository, "bartizan.toml"), at(&repository, ".github/workflows/bartizan.yml")), before);
    // Its own scan has nothing to say of it.
    assert_eq!(run(&repository, &["scan", ".github"]).code, 0);
}

#[test]
fn a_file_that_cannot_be_written_does_not_keep_the_others_back() {
    let repository = repository(&[("bartizan.toml", "")]);
    let Ran { code, out, err } = run(&repository, &["init", "--config", "--action"]);
    assert_eq!((code, err.as_str()), (2, "error: bartizan.toml exists already; it was left as it is\n"));
    assert!(out.starts_with("wrote .github/workflows/bartizan.yml; "), "{out}");
    assert_eq!(at(&repository, "bartizan.toml"), "");
}

#[test]
fn one_workflow_is_enough_and_it_belongs_to_a_repository() {
    let plain = folder(&[]);
    assert_eq!(
        error(&plain, &["init", "--action"]),
        "error: a workflow belongs into a git repository, and this directory is in none; `git init` makes one\n"
    );
    let other = "on: push\njobs:\n  a:\n    steps:\n      - uses: Bartizan-Scan/bartizan@v1\n";
    let repository = repository(&[(".github/workflows/ci.yml", other), ("a/b/file", "")]);
    let wanted = "error: .github/workflows/ci.yml uses the action already; no second workflow was written\n";
    assert_eq!(error(&repository, &["init", "--action"]), wanted);
    fs::write(repository.path().join(".github/workflows/ci.yml"), "on: push\n").unwrap();
    let below = ran(command(&repository.path().join("a/b"), &["init", "--action"]));
    assert_eq!(below.code, 0, "{}", below.err);
    assert!(repository.path().join(".github/workflows/bartizan.yml").is_file());
}

#[cfg(unix)]
#[test]
fn init_writes_through_no_link() {
    let outside = folder(&[]);
    let repository = repository(&[]);
    std::os::unix::fs::symlink(outside.path(), repository.path().join(".github")).unwrap();
    let said = error(&repository, &["init", "--action"]);
    assert!(said.ends_with(".github: it is a symbolic link, and links are not followed\n"), "{said}");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn the_workflow_is_for_the_default_branch() {
    let repository = repository(&[
        (".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/trunk\n"),
        (".git/refs/heads/main", "1111111111111111111111111111111111111111\n"),
    ]);
    assert_eq!(run(&repository, &["init", "--action"]).code, 0);
    let workflow = at(&repository, ".github/workflows/bartizan.yml");
    assert!(workflow.contains("    branches: [\"trunk\"]\n"), "{workflow}");
    if !workflow.contains("bartizan@0000") {
        return; // A release build knows its commit.
    }
    assert_snapshot!("workflow", plain(&workflow));
}

/// The lines with the same words for whatever database is built in at present.
fn dated(lines: &str) -> String {
    let dated = |line: &str| match (line.split_once(" advisories, built in, "), line.split_once("; a scan")) {
        (Some((before, _)), Some((_, after))) => {
            let about = before.trim_end_matches(|c: char| c.is_ascii_digit());
            format!("{about}N advisories, built in, DAYS old; a scan{after}\n")
        }
        _ => format!("{line}\n"),
    };
    lines.lines().map(dated).collect()
}

#[test]
fn the_doctor_tells_what_is_missing_and_what_is_wrong() {
    let healthy = repository(&[]);
    let Ran { code, out, err } = run(&healthy, &["doctor"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_snapshot!("doctor_of_an_empty_repository", dated(&out));
    let sick = repository(&[
        ("bartizan.toml", "[scan]\nexlude = []\n"),
        (".env", "A=1\n"),
        (".github/workflows/a.yml", "jobs:\n  a:\n    steps:\n      - uses: bartizan-scan/bartizan@main\n"),
        (
            ".github/workflows/b.yaml",
            &format!("jobs:\n  a:\n    steps:\n      - uses: bartizan-scan/bartizan@{}\n", "0".repeat(40)),
        ),
        (
            ".github/workflows/c.yml",
            &format!("jobs:\n  a:\n    steps:\n      - uses: bartizan-scan/bartizan@{}\n", "1".repeat(40)),
        ),
        (".github/workflows/broken.yml", "a: [\n"),
        ("bartizan.baseline", "nonsense\n"),
        (".git/shallow", "1111111111111111111111111111111111111111\n"),
    ]);
    let Ran { code, out, err } = run(&sick, &["doctor"]);
    assert_eq!((code, err.as_str()), (1, ""));
    assert_snapshot!("doctor_of_a_sick_repository", dated(&out));
    let json = run(&sick, &["doctor", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        (json["wrong"].as_bool(), json["lines"].as_array().unwrap().len()),
        (Some(true), out.lines().count())
    );
    let plain = run(&folder(&[]), &["doctor"]);
    assert_eq!(plain.code, 0);
    assert!(plain.out.starts_with("warning  repository"), "{}", plain.out);
}

#[cfg(unix)]
#[test]
fn the_doctor_tells_of_hooks_that_would_not_run() {
    let repository = repository(&[]);
    assert_eq!(run(&repository, &["init", "--hooks"]).code, 0);
    let line = |out: &str| out.lines().find(|line| line.contains(" hooks ")).unwrap().to_owned();
    let good = run(&repository, &["doctor"]);
    assert_eq!(
        (good.code, line(&good.out)),
        (0, "ok       hooks          git runs bartizan; `bartizan hook status` lists them".to_owned())
    );
    let hook = repository.path().join(".git/hooks/pre-commit");
    let text = fs::read_to_string(&hook).unwrap().replace(env!("CARGO_BIN_EXE_bartizan"), "/gone/bartizan");
    fs::write(&hook, text).unwrap();
    let bad = run(&repository, &["doctor"]);
    assert_eq!(bad.code, 1);
    assert!(line(&bad.out).starts_with("error    hooks "), "{}", bad.out);
}

#[test]
fn settings_are_shown_with_where_they_are_from() {
    let text = "# mine\n[scan]\nfail-on = \"high\"\nexclude = [\n  \"a\\u001b]2K\", # why\n  'b\"c',\n]\n\n[[ignore]]\ncheck = \"*\"\nreason = \"x\"\nexpires = 2030-01-31\n";
    let repository = repository(&[("bartizan.toml", text), ("sub/file", "")]);
    let mut show = command(repository.path(), &["config", "show", "sub", "--origin"]);
    show.env("BARTIZAN_FAIL_ON", "low").env("BARTIZAN_FINGERPRINT_KEY", "sesame").env("BARTIZAN_JOBS", "2");
    show.env("BARTIZAN_ADVISORY_DB_URL", "https://me:sesame@example.org/db");
    let Ran { code, out, err } = ran(show);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(!out.contains("sesame"), "{out}");
    assert_snapshot!("config_show", out);
    let mut json = command(repository.path(), &["config", "show", "--format", "json"]);
    json.env("BARTIZAN_FINGERPRINT_KEY", "sesame");
    let json = ran(json).out;
    assert!(!json.contains("sesame") && !json.contains('\x1b'), "{json}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["settings"]["scan.exclude"]["value"], serde_json::json!(["a\u{1b}]2K", "b\"c"]));
    assert_eq!(
        json["settings"]["ignore"]["origin"],
        serde_json::json!({ "kind": "file", "file": "bartizan.toml", "line": 9 })
    );
    assert_eq!(json["settings"]["sbom.coverage"]["origin"]["kind"], "default");
    assert_eq!(json["environment"]["BARTIZAN_FINGERPRINT_KEY"], "set");
}

#[test]
fn what_is_shown_is_a_configuration_that_says_the_same() {
    let text = "[scan]\nskip-checks = ['jwt']\nmax-file-size = 100\n[[ignore]]\ncheck = '*'\nreason = 'a \"b\" \\'\n\
        [advisories]\nignore = [{ id = 'RUSTSEC-2024-0001', reason = 'x', expires = 2030-01-31 }]\n\
        [[signatures.signer]]\nidentity-regexp = 'https://.*\\.x'\nissuer = 'i'\n";
    let first = repository(&[("bartizan.toml", text)]);
    let values = |folder: &TempDir| {
        let out = run(folder, &["config", "show", "--format", "json"]).out;
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        let settings = json["settings"].as_object().unwrap().clone();
        settings.into_iter().map(|(name, said)| (name, said["value"].clone())).collect::<Vec<_>>()
    };
    let shown = run(&first, &["config", "show", "--origin"]).out;
    let second = repository(&[("bartizan.toml", &shown)]);
    assert_eq!(run(&second, &["config", "check"]).out, "bartizan.toml: valid\n");
    assert_eq!(values(&first), values(&second));
    assert!(values(&first).len() > 20);
}

#[test]
fn config_check_says_what_a_scan_would_say() {
    for text in [
        "[scan]\nexlude = []\n",
        "[scan]\nchecks = ['secrat']\n",
        "[scan]\npacks = ['absent']\n",
        "[secrets]\nrules = ['absent']\n",
        "[[ignore]]\ncheck = 'secrat'\nreason = 'x'\n",
        "[signatures]\ntrusted-root = 'absent'\n",
    ] {
        let repository = repository(&[("bartizan.toml", text), ("file", "x\n")]);
        let check = error(&repository, &["config", "check"]);
        assert_eq!(check, error(&repository, &["scan"]), "{text}");
    }
    assert_eq!(run(&folder(&[]), &["config", "check"]).out, "no bartizan.toml; the defaults apply\n");
}

/// Fixes of repositories that git has made.
#[cfg(unix)]
mod fix {
    use super::{Path, Ran, command, fs, ran};
    use crate::git::Repo;

    fn value() -> String {
        "MAIL_PASSWORD=tulip-over¦cast-41\n".replace('¦', "")
    }

    fn fix(repo: &Path, args: &[&str]) -> Ran {
        ran(command(repo, &[&["fix", "--offline"], args].concat()))
    }

    #[test]
    fn environment_files_are_ignored_and_the_rest_is_told() {
        let repo = Repo::new();
        repo.write(".gitignore", "target\r\n*.log\r\n")
            .write(".env", value())
            .write("my app/x[1].env", value());
        repo.git(&["add", "."]);
        let root = repo.path();
        let shown = fix(&root, &[]);
        assert_eq!((shown.code, shown.err.as_str()), (1, ""));
        insta::assert_snapshot!("fix_dry_run", shown.out);
        assert_eq!(fs::read(root.join(".gitignore")).unwrap(), b"target\r\n*.log\r\n");
        let made = fix(&root, &["--apply"]);
        assert_eq!((made.code, made.err.as_str()), (1, ""));
        assert_eq!(
            fs::read(root.join(".gitignore")).unwrap(),
            b"target\r\n*.log\r\n/.env\r\n/my app/x\\[1].env\r\n"
        );
        assert_eq!(fs::read_dir(&root).unwrap().count(), 4, "nothing is left beside it");
        // Git understands the lines, and the commands do what they say.
        for path in [".env", "my app/x[1].env"] {
            assert_eq!(repo.git(&["check-ignore", "--no-index", path]).trim(), path);
        }
        let commands = made.out.lines().filter(|line| line.starts_with("  git "));
        for line in commands {
            let run =
                std::process::Command::new("sh").current_dir(&root).args(["-c", line]).output().unwrap();
            assert!(run.status.success(), "{line}: {run:?}");
        }
        assert_eq!(repo.git(&["ls-files"]).trim(), ".gitignore".trim());
        let after = fix(&root, &[]);
        assert_eq!((after.code, after.out.as_str()), (0, "nothing can be fixed with certainty\n"));
    }

    #[test]
    fn nothing_is_written_through_a_link_or_for_a_name_nobody_can_see() {
        let repo = Repo::new();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("list"), "mine\n").unwrap();
        repo.write(".env", value()).write("a\u{1b}[2K/.env", value());
        std::os::unix::fs::symlink(outside.path().join("list"), repo.path().join(".gitignore")).unwrap();
        repo.git(&["add", "."]);
        let Ran { code, out, err } = fix(&repo.path(), &["--apply"]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.ends_with(".gitignore: it is a symbolic link, and links are not followed\n"), "{err}");
        assert_eq!(fs::read(outside.path().join("list")).unwrap(), b"mine\n");
        fs::remove_file(repo.path().join(".gitignore")).unwrap();
        let Ran { code, out, .. } = fix(&repo.path(), &["--apply"]);
        assert_eq!(code, 1);
        assert!(
            !out.contains('\x1b') && out.contains("by hand: remove a\\u{1b}[2K/.env from the repository"),
            "{out}"
        );
        assert_eq!(fs::read(repo.path().join(".gitignore")).unwrap(), b"/.env\n");
    }

    #[test]
    fn a_nearer_file_that_says_otherwise_is_told() {
        let repo = Repo::new();
        repo.write("sub/.gitignore", "!.env\n").write("sub/.env", value());
        repo.git(&["add", "."]);
        let first = fix(&repo.path(), &["--apply"]);
        let said = "note: a .gitignore closer to sub/.env overrides this; edit that one\n";
        assert_eq!((first.code, first.err.as_str()), (1, said));
        let second = fix(&repo.path().join("sub"), &["--apply"]);
        assert_eq!((second.code, second.err.as_str()), (1, said));
        assert_eq!(fs::read(repo.path().join(".gitignore")).unwrap(), b"/sub/.env\n");
        let root = repo.path();
        assert!(
            second.out.contains(&format!("git -C {} rm --cached -- sub/.env", root.display())),
            "{}",
            second.out
        );
    }
}

#[test]
fn updates_of_lock_files_are_told_and_not_made() {
    let package = |name: &str| {
        format!(
            "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"{name}\",\n]\n\n\
             [[package]]\nname = \"{name}\"\nversion = \"1.4.2\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
        )
    };
    let lock = package("tinfoil");
    let repository = repository(&[("my app/Cargo.lock", &lock), ("b/Cargo.lock", &package("tinfoil; id"))]);
    let database = crate::tidy::root().join("tests/advisory-db");
    let database = database.to_str().unwrap();
    let Ran { code, out, err } =
        run(&repository, &["fix", "--apply", "--offline", "--advisory-db", database]);
    // A name with a blank in it is no name, and what depends on it depends on something that is not listed.
    let expected = "error: b/Cargo.lock: line 4: `app` depends on `tinfoil; id`, which is not listed; \
                    the file may have been cut off\n";
    assert_eq!((code, err.as_str()), (2, expected));
    assert_eq!(
        out,
        "review these commands, then run them:\n  \
         cargo update --manifest-path 'my app/Cargo.toml' -p tinfoil@1.4.2 --precise 1.5.0\n"
    );
    assert_eq!(at(&repository, "my app/Cargo.lock"), lock);
}

#[test]
fn there_are_pages_and_completions_for_every_command() {
    let out = folder(&[]);
    let Ran { code, out: said, err } = run(&out, &["man", "--all", "."]);
    assert_eq!((code, err.as_str()), (0, ""));
    let mut names: Vec<String> = fs::read_dir(out.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(said, format!("wrote {} pages to .\n", names.len()));
    for name in [
        "bartizan.1",
        "bartizan-scan.1",
        "bartizan-baseline-create.1",
        "bartizan-hook-pre-commit.1",
        "bartizan-config-show.1",
    ] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
        let title = format!(".TH {} 1", name.trim_end_matches(".1"));
        assert!(at(&out, name).contains(&title), "{name}: {}", at(&out, name));
    }
    assert!(!names.iter().any(|name| name.starts_with("bartizan-action")), "{names:?}");
    assert!(!at(&out, "bartizan.1").contains("bartizan\\-action"));
    let one = run(&out, &["man", "baseline", "create"]).out;
    assert_eq!(one, at(&out, "bartizan-baseline-create.1"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish", "nushell"] {
        let Ran { code, out, .. } = run(&out, &["completions", shell]);
        assert_eq!(code, 0, "{shell}");
        assert!(out.contains("pre-receive") && out.contains("doctor"), "{shell}");
        assert!(
            !out.contains("allow-pull-request-target") && !out.contains("GitHub Action asks"),
            "{shell}: what is hidden is offered"
        );
    }
}
