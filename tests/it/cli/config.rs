//! Settings: files, environment, suppressions and packs of the user.

use std::fs;

use tempfile::TempDir;

use super::{Ran, command, error, folder, mark, ran, repository, run, token};

#[test]
fn configuration_is_found_up_to_the_root_and_no_further() {
    let text = "[scan]\nfail-on = \"none\"\n";
    for name in ["bartizan.toml", ".config/bartizan.toml", ".github/bartizan.toml"] {
        let repository = repository(&[(name, text), ("a/b/leak", &token())]);
        for path in [".", "a", "a/b", "a/b/leak"] {
            assert_eq!(run(&repository, &["scan", path]).code, 0, "{name} {path}");
            assert_eq!(run(&repository, &["scan", path, "--no-config"]).code, 1, "{name} {path}");
            assert_eq!(run(&repository, &["scan", path, "--fail-on", "low"]).code, 1, "{name} {path}");
        }
    }
    // Above the root of a repository, or anywhere above where there is none, it is not ours.
    let above = folder(&[
        ("bartizan.toml", text),
        ("repo/.git/HEAD", "ref: refs/heads/main\n"),
        ("repo/leak", &token()),
        ("plain/leak", &token()),
    ]);
    for name in ["objects", "refs"] {
        fs::create_dir(above.path().join("repo/.git").join(name)).unwrap();
    }
    assert_eq!(run(&above, &["scan", "repo"]).code, 1);
    assert_eq!(run(&above, &["scan", "plain"]).code, 1);
    assert_eq!(run(&above, &["scan", "."]).code, 0);
}

#[test]
fn the_environment_stands_between_arguments_and_configuration() {
    let folder = folder(&[
        ("bartizan.toml", "scan.fail-on = 'critical'\n"),
        ("other.toml", "scan.fail-on = 'none'\n"),
        ("leak", &token()),
    ]);
    let code = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = command(folder.path(), &[&["scan"], args].concat());
        command.envs(variables.iter().copied());
        ran(command).code
    };
    assert_eq!(code(&[], &[]), 1);
    assert_eq!(code(&[], &[("BARTIZAN_FAIL_ON", "none")]), 0);
    assert_eq!(code(&["--fail-on", "low"], &[("BARTIZAN_FAIL_ON", "none")]), 1);
    assert_eq!(code(&[], &[("BARTIZAN_CONFIG", "other.toml")]), 0);
    assert_eq!(code(&["--no-config"], &[("BARTIZAN_CONFIG", "other.toml")]), 1);
    assert_eq!(code(&["--config", "bartizan.toml"], &[("BARTIZAN_CONFIG", "other.toml")]), 1);
    assert_eq!(code(&[], &[("BARTIZAN_JOBS", "many")]), 2);
}

#[test]
fn mistakes_in_the_configuration_have_a_place() {
    let says = |text: &str, wanted: &str| {
        let folder = repository(&[("bartizan.toml", text), ("a/file", "x\n")]);
        assert_eq!(error(&folder, &["scan", "a"]), wanted);
    };
    says(
        "# settings\n\n[scan]\nexlude = [\"a\"]\nfail-on = 3\n",
        "error: bartizan.toml:4:1: unknown key `exlude`, did you mean `exclude`?\n\
         error: bartizan.toml:5:11: `fail-on` is none, low, medium, high or critical; this is a value of type integer\n",
    );
    says(
        "[scan]\nchecks = [\"secrets\", \"npm-acess-token\"]\n[[ignore]]\ncheck = \"x\"\nreason = \"y\"\n",
        "error: bartizan.toml:2:11: unknown check or family `secrets`, did you mean `secret`?\n\
         error: bartizan.toml:2:22: unknown check or family `npm-acess-token`, did you mean `npm-access-token`?\n",
    );
    says(
        "[[ignore]]\nreason = \"y\"\n  check = \"secrat\"\n",
        "error: bartizan.toml:3:11: unknown check or family `secrat`, did you mean `secret`?\n",
    );
    says(
        "[scan]\npacks = [\"absent\"]\n",
        "error: bartizan.toml:2:10: absent: cannot read the packs: no such file or directory\n",
    );
    says("[scan\n", "error: bartizan.toml:1:6: unclosed table, expected `]`\n");
}

#[cfg(unix)]
#[test]
fn hostile_configurations_do_no_harm() {
    let outside = folder(&[
        ("bartizan.toml", "the secret of somebody else\n"),
        ("packs/x.toml", "the secret of somebody else\n"),
    ]);
    let link = |target: &str, repository: &TempDir, name: &str| {
        std::os::unix::fs::symlink(outside.path().join(target), repository.path().join(name)).unwrap();
    };
    let says = |repository: &TempDir, wanted: &str| {
        assert_eq!(error(repository, &["scan"]), format!("error: {wanted}\n"))
    };
    let end = "; --no-config scans without it";

    let linked = repository(&[("leak", &token())]);
    link("bartizan.toml", &linked, "bartizan.toml");
    says(
        &linked,
        &format!(
            "bartizan.toml: cannot read the configuration: it is a symbolic link, and links are not followed{end}"
        ),
    );
    assert_eq!(run(&linked, &["scan", "--no-config"]).code, 1);

    let linked = repository(&[("leak", &token())]);
    link("", &linked, ".github");
    says(
        &linked,
        &format!(
            ".github/bartizan.toml: cannot read the configuration: it is outside of the repository{end}"
        ),
    );

    let directory = repository(&[("bartizan.toml/x", "")]);
    says(&directory, &format!("bartizan.toml: cannot read the configuration: it is not a regular file{end}"));

    let huge = repository(&[("bartizan.toml", &"#".repeat((1 << 20) + 1))]);
    says(&huge, &format!("bartizan.toml: cannot read the configuration: it is larger than 1 MiB{end}"));

    let packs = repository(&[("bartizan.toml", "scan.packs = ['rules']")]);
    link("packs", &packs, "rules");
    says(
        &packs,
        "bartizan.toml:1:15: the packs in `rules` are not in the repository; --config with a file of your own may name them",
    );

    let packs = repository(&[("bartizan.toml", "scan.packs = ['rules']"), ("rules/a", "")]);
    link("packs/x.toml", &packs, "rules/x.toml");
    says(
        &packs,
        "bartizan.toml:1:15: rules/x.toml: cannot read the pack: it is a symbolic link, and links are not followed",
    );
}

#[test]
fn exclusions_are_those_of_the_arguments_and_of_the_configuration() {
    let leak = format!("{}\n", token());
    let repository = repository(&[
        ("a/bartizan.toml", "scan.exclude = ['sub/x', '*.log']\n"),
        ("a/sub/x", &leak),
        ("a/y.log", &leak),
        ("a/z", &leak),
        ("sub/x", &leak),
    ]);
    let found = |args: &[&str]| {
        let out = run(&repository, &[&["scan", "--format", "jsonl"], args].concat()).out;
        ["a/sub/x", "a/y.log", "a/z", "sub/x"]
            .into_iter()
            .filter(|path| {
                out.contains(&format!("\"{path}\"")) && !out.contains(&format!("{path}\",\"reason"))
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&["."]), ["a/sub/x", "a/y.log", "a/z", "sub/x"]);
    assert_eq!(found(&["a"]), ["a/z"]);
    assert_eq!(found(&[".", "--exclude", "a/*.log", "--exclude", "sub/"]), ["a/z"]);
}

#[test]
fn findings_can_be_accepted_with_a_reason() {
    let line = format!("T = '{}' # {}\n", token(), mark("github-personal-access-token made up for a test"));
    let folder = folder(&[("a", &line)]);
    let Ran { code, out, .. } = run(&folder, &["scan", "-v"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("(inline: made up for a test)"), "{out}");
    assert!(out.contains("1 suppressed"), "{out}");

    let ignored = repository(&[
        (
            "bartizan.toml",
            "[[ignore]]\ncheck = 'secret'\npath = 'a'\nreason = 'sample'\nexpires = 2026-10-01\n",
        ),
        ("a", &token()),
    ]);
    assert_eq!(run(&ignored, &["scan"]).code, 0);
    let mut later = command(ignored.path(), &["scan"]);
    later.env("SOURCE_DATE_EPOCH", "1800000000");
    let Ran { code, out, .. } = ran(later);
    assert_eq!(code, 1);
    assert!(
        out.contains("notice: bartizan.toml: line 1: the ignore of `secret` expired on 2026-10-01"),
        "{out}"
    );
}

#[test]
fn suppressions_that_do_nothing_are_told_where_that_can_be_known() {
    let ignore = "[[ignore]]\ncheck = 'env-file-secret'\nreason = 'sample'\n";
    let repository = repository(&[("bartizan.toml", ignore), ("a/x", "nothing\n")]);
    let notice = "notice: bartizan.toml: line 1: the ignore of `env-file-secret` is unused; remove it";
    assert!(run(&repository, &["scan"]).out.contains(notice));
    assert!(!run(&repository, &["scan", "a"]).out.contains("notice"));
    assert!(!run(&repository, &["scan", "--checks", "github-oauth-token"]).out.contains("notice"));
}

const PACK: &str = "provider = 'Acme'
[[rule]]
id = 'acme-token'
title = 'Acme token'
severity = 'high'
confidence = 'high'
shape = 'acmetok_ A{20}'
about = 'Opens the door.'
revoke = 'Change the lock.'
bad = ['x = acmetok_hG7dK2mQ9x¦Lw4Rt8Zp3V']
good = ['acmetok_']
";

#[test]
fn packs_of_the_user_run_with_the_others() {
    let leak = "x = acmetok_hG7dK2mQ9x¦Lw4Rt8Zp3V\n".replace('¦', "");
    let repository = repository(&[
        ("bartizan.toml", "[scan]\npacks = ['rules']\nexclude = ['rules/']\n"),
        ("rules/acme.toml", PACK),
        ("a", &leak),
    ]);
    let Ran { code, out, .. } = run(&repository, &["scan", "--checks", "acme-token"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.starts_with("error[acme-token]"), "{out}");
    fs::write(repository.path().join("rules/jwt.toml"), PACK.replace("acme-token", "jwt")).unwrap();
    assert_eq!(error(&repository, &["scan"]), "error: rules/jwt.toml:2: the id `jwt` is taken already\n");
}

#[test]
fn packs_are_verified() {
    let folder = folder(&[("rules/acme.toml", PACK)]);
    let good = run(&folder, &["checks", "verify", "rules"]);
    assert_eq!(
        (good.code, good.out.as_str()),
        (0, "1 pack, 1 rule, 2 examples, 0 mistakes\n"),
        "{}",
        good.err
    );
    fs::write(
        folder.path().join("rules/acme.toml"),
        PACK.replace("good = ['acmetok_']", "good = ['x = acmetok_hG7dK2mQ9x¦Lw4Rt8Zp3V']"),
    )
    .unwrap();
    let bad = run(&folder, &["checks", "verify", "rules"]);
    assert_eq!(
        (bad.code, bad.out.as_str()),
        (
            1,
            "rules/acme.toml:2: acme-token: good example 1 is reported\n1 pack, 1 rule, 2 examples, 1 mistake\n"
        )
    );
}
