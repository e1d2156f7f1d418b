//! How a baseline is kept: updated, pruned, compared; and what leaves it as it was.

use std::process::Command;

use super::{ended, leaky, line, run};
use crate::git::Repo;

/// The day after which an entry does not count in tests; they run on 2026-09-21.
const PAST: &str = "2026-09-20";

fn expired(repo: &Repo, day: &str) {
    let text = repo.baseline();
    let text = text.replacen("\"known of old\"", &format!("\"known of old\",\"expires\":\"{day}\""), 1);
    repo.write("bartizan.baseline", text);
}

#[test]
fn nothing_is_overwritten_or_made_up() {
    let repo = leaky();
    for command in ["update", "prune", "diff"] {
        let said = repo.fails(&["baseline", command]);
        assert!(said.contains("there is no bartizan.baseline yet; `bartizan baseline create"), "{said}");
    }
    repo.create();
    let before = repo.baseline();
    let said = repo.fails(&["baseline", "create", "--reason", "again"]);
    assert!(said.contains("was left as it is"), "{said}");
    assert_eq!(repo.baseline(), before);
    assert!(repo.fails(&["baseline", "create"]).contains("--reason"));
    assert!(repo.fails(&["baseline", "create", "--reason", " "]).contains("it is empty"));
    let past = ["baseline", "create", "--reason", "x", "--baseline", "new", "--expires", PAST];
    assert!(repo.fails(&past).contains("has passed already"));
    assert!(!repo.path().join("new").exists());
}

#[test]
fn update_adds_and_drops_nothing() {
    let repo = leaky();
    repo.create();
    let before = repo.baseline();
    repo.write("a.py", "nothing\n").write("c.py", line("c"));
    let said = repo.bartizan(&["baseline", "update"]);
    assert_eq!(said.code, 2);
    assert!(said.out.starts_with("+ github-personal-access-token: c.py:1:10"), "{}", said.out);
    assert!(said.err.contains("1 new and not accepted; say why with --reason"), "{}", said.err);
    assert_eq!(repo.baseline(), before);

    let terms = ["--reason", "a demo", "--owner", "team-a", "--expires", "2027-01-31"];
    let out = repo.ok(&[&["baseline", "update"], &terms[..]].concat(), 0);
    assert!(out.ends_with("bartizan.baseline: 1 added, 2 kept\n"), "{out}");
    let after = repo.baseline();
    assert!(before.lines().all(|line| after.contains(line)), "{after}");
    assert!(
        after.contains(
            "\"reason\":\"a demo\",\"owner\":\"team-a\",\"expires\":\"2027-01-31\",\"severity\":\"critical\"}"
        ),
        "{after}"
    );
    assert_eq!(repo.reported(&[]), [""; 0]);

    let out = repo.ok(&["baseline", "update", "--prune"], 0);
    assert!(out.ends_with("bartizan.baseline: 0 added, 2 kept, 1 removed\n"), "{out}");
}

#[test]
fn prune_takes_out_what_is_gone_and_what_has_expired() {
    let repo = leaky();
    repo.write("c.py", line("c"));
    repo.create();
    repo.write("a.py", "nothing\n");
    let stale = repo.notices(&[]);
    assert_eq!(stale.len(), 1, "{stale:?}");
    assert!(
        stale[0].ends_with(
            "the entry of `github-personal-access-token` is unused; run `bartizan baseline prune`"
        )
    );
    // A part of the repository, or of the checks, proves nothing.
    for arguments in [&["src"][..], &["--staged"], &["--checks", "env-file-secret"], &["--exclude", "*.py"]] {
        assert_eq!(repo.notices(arguments), [""; 0], "{arguments:?}");
    }
    let out = repo.ok(&["baseline", "prune"], 0);
    assert!(out.starts_with("- github-personal-access-token: line "), "{out}");
    assert!(out.ends_with("bartizan.baseline: 1 removed, 2 kept\n"), "{out}");
    assert_eq!(repo.notices(&[]), [""; 0]);

    expired(&repo, PAST);
    assert_eq!(repo.reported(&[]).len(), 1);
    let told = repo.notices(&[]);
    assert_eq!(
        told,
        [
            "line 2: the entry of `github-personal-access-token` expired on 2026-09-20; renew it or run `bartizan baseline prune`"
        ]
    );
    let before = repo.baseline();
    let out = repo.ok(&["baseline", "update", "--reason", "x"], 0);
    assert!(
        out.starts_with("1 found, and their entries have expired; `bartizan baseline update --prune"),
        "{out}"
    );
    assert_eq!(repo.baseline(), before);
    let out = repo.ok(&["baseline", "update", "--prune", "--reason", "renewed"], 0);
    assert!(out.ends_with("bartizan.baseline: 1 added, 1 kept, 1 removed\n"), "{out}");
    assert!(repo.baseline().contains("\"renewed\"") && repo.reported(&[]).is_empty());
    repo.write("bartizan.baseline", before);
    let out = repo.ok(&["baseline", "prune"], 0);
    assert!(out.ends_with("bartizan.baseline: 1 removed, 1 kept\n"), "{out}");
    assert_eq!(repo.ok(&["baseline", "prune"], 0), "bartizan.baseline: 0 removed, 1 kept\n");
}

#[test]
fn the_last_day_counts() {
    let repo = leaky();
    repo.create();
    expired(&repo, "2026-09-21");
    assert_eq!(repo.reported(&[]), [""; 0]);
}

#[test]
fn what_was_not_looked_at_is_not_pruned() {
    let repo = leaky();
    repo.create();
    let before = repo.baseline();
    repo.write("a.py", "nothing\n");
    let said = repo.fails(&["baseline", "prune", "--staged"]);
    assert!(said.contains("only a full scan"), "{said}");
    assert!(repo.fails(&["baseline", "prune", "src"]).contains("only a full scan"));
    // Advisories that are not at hand: not checked.
    repo.write(
        "package-lock.json",
        "{\"lockfileVersion\":3,\"packages\":{\"node_modules/a\":{\"version\":\"1.0.0\"}}}\n",
    );
    let osv = ["--offline", "--osv", "npm"];
    let said = repo.fails(&[&["baseline", "prune"], &osv[..]].concat());
    assert!(said.contains("so nothing was removed"), "{said}");
    assert_eq!(repo.baseline(), before);
    // What was seen is accepted all the same, and the run says that it was not all.
    let create = ["baseline", "create", "--reason", "x", "--baseline", "new"];
    let ran = repo.bartizan(&[&create, &osv[..]].concat());
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.ends_with("new: 1 added\n") && ran.err.starts_with("problem: "),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn what_is_in_the_history_alone_is_judged_by_the_history() {
    let repo = leaky();
    repo.write("a.py", "nothing\n");
    repo.commit("gone from the files");
    repo.ok(&["baseline", "create", "--reason", "revoked", "--history"], 0);
    assert_eq!(repo.baseline().matches("\"history\":true").count(), 1);
    repo.commit("baseline");
    assert_eq!(repo.notices(&[]), [""; 0]);
    assert_eq!(repo.reported(&["--history"]), [""; 0]);
    let said = repo.fails(&["baseline", "prune"]);
    assert!(said.contains("this baseline covers the history, too; use --history"), "{said}");
    assert_eq!(repo.ok(&["baseline", "prune", "--history"], 0), "bartizan.baseline: 0 removed, 2 kept\n");
}

#[test]
fn diff_tells_both_sides() {
    let repo = leaky();
    repo.create();
    assert_eq!(repo.ok(&["baseline", "diff"], 0), "0 found and not accepted, 0 accepted and not found\n");
    repo.write("a.py", line("c"));
    let out = repo.ok(&["baseline", "diff"], 1);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 3, "{out}");
    assert!(lines[0].starts_with("+ github-personal-access-token: a.py:1:10: "), "{out}");
    assert!(lines[1].starts_with("- github-personal-access-token: line "), "{out}");
    assert_eq!(lines[2], "1 found and not accepted, 1 accepted and not found");
    let quiet = repo.ok(&["baseline", "diff", "--quiet"], 1);
    assert_eq!(quiet.lines().count(), 1);
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let repo = leaky();
    let full = repo.fails(&["baseline", "create", "--reason", "x", "--baseline", "/dev/full"]);
    assert!(full.contains("cannot write /dev/full: no space left on device"), "{full}");
    let nowhere = repo.fails(&["baseline", "create", "--reason", "x", "--baseline", "no/such/file"]);
    assert!(nowhere.contains("there is no directory no/such; create it first"), "{nowhere}");

    repo.create();
    let before = repo.baseline();
    repo.write("c.py", line("c"));
    // No file may grow at all, and the system says so instead of ending the program.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" baseline update --reason x";
    let mut command = Command::new("sh");
    command.current_dir(repo.path()).args(["-c", script, env!("CARGO_BIN_EXE_bartizan")]);
    let said = ended(&mut command, &[]);
    assert_eq!(said.code, 2, "{}{}", said.out, said.err);
    assert!(said.err.starts_with("error: cannot write "), "{}", said.err);
    assert_eq!(repo.baseline(), before);
    let left: Vec<_> = std::fs::read_dir(repo.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[test]
fn another_key_is_told() {
    let repo = leaky();
    let with =
        |key: &str, arguments: &[&str]| run(&repo.path(), arguments, &[("BARTIZAN_FINGERPRINT_KEY", key)]);
    assert_eq!(with("one", &["baseline", "create", "--reason", "x"]).code, 0);
    assert_eq!(with("one", &["scan"]).code, 0);
    for (said, part) in [
        (repo.bartizan(&["scan"]), "set BARTIZAN_FINGERPRINT_KEY to that key"),
        (with("two", &["scan"]), "set it to the other key"),
        (with("two", &["baseline", "update", "--reason", "x"]), "set it to the other key"),
    ] {
        assert_eq!(said.code, 2);
        assert!(said.err.contains(part) && said.err.lines().count() == 1, "{}", said.err);
    }
}

#[test]
fn checks_that_do_not_run_are_not_unknown() {
    let repo = leaky();
    repo.create();
    repo.write(".rules", "[[rules]]\nid = \"tin\"\nregex = \"tin_[a-z]{20}\"\nkeywords = [\"tin_\"]\n");
    repo.write("tin.txt", "tin_abcdefghijklmnopqrst\n");
    let own = ["--no-default-rules", "--rules", ".rules"];
    assert_eq!(repo.reported(&own), ["tin.txt"]);
    // What was accepted of a rule is told where that rule is not known.
    repo.ok(&["baseline", "update", "--reason", "x", "--rules", ".rules"], 0);
    assert_eq!(repo.reported(&["--rules", ".rules"]), [""; 0]);
    let said = repo.fails(&["scan"]);
    assert!(
        said.contains("unknown check `tin`; if it is a rule of a file, pass that file with --rules"),
        "{said}"
    );
}

/// A line with a value that is graver in source than in tests.
fn generic() -> String {
    "api_token: \"x7Kd82mQp0LsT7vWcY3zRb9N\"\n".to_owned()
}

#[test]
fn what_becomes_graver_is_not_accepted_any_more() {
    let repo = Repo::new();
    repo.write("tests/a.yaml", generic()).commit("in a test");
    repo.create();
    assert!(repo.baseline().contains("\"severity\":\"low\""), "{}", repo.baseline());
    assert_eq!(repo.reported(&[]), [""; 0]);
    // A second test is no graver; source is.
    repo.write("tests/b.yaml", generic());
    assert_eq!(repo.reported(&[]), [""; 0]);
    repo.write("src/c.yaml", generic());
    assert_eq!(repo.reported(&[]), ["src/c.yaml"]);
    assert_eq!(
        repo.notices(&[]),
        [
            "line 2: `generic-secret` was accepted as low, but is medium now; `bartizan baseline update` accepts the change"
        ]
    );
    repo.ok(&["scan"], 1);
    assert!(repo.ok(&["baseline", "diff"], 1).starts_with("+ generic-secret: src/c.yaml"));
    repo.ok(&["baseline", "update"], 2);
    let out = repo.ok(&["baseline", "update", "--reason", "revoked"], 0);
    assert!(out.ends_with("1 added, 0 kept\n"), "{out}");
    assert_eq!((repo.reported(&[]), repo.notices(&[])), (Vec::new(), Vec::new()));
}

#[test]
fn entries_without_a_severity_accept_any_and_say_so() {
    let repo = Repo::new();
    repo.write("tests/a.yaml", generic()).commit("in a test");
    repo.create();
    let old = repo.baseline().replace(",\"severity\":\"low\"", "");
    repo.write("bartizan.baseline", &old);
    assert_eq!((repo.reported(&[]), repo.notices(&[])), (Vec::new(), Vec::new()), "low fails nothing anyway");
    repo.write("src/c.yaml", generic());
    assert_eq!(repo.reported(&[]), [""; 0]);
    let notices = repo.notices(&[]);
    assert!(notices.len() == 1 && notices[0].contains("have no severity"), "{notices:?}");
    // A scan of a part does not know the gravest place.
    repo.ok(&["baseline", "update", "tests"], 0);
    assert_eq!(repo.baseline(), old);
    repo.ok(&["baseline", "update"], 0);
    assert!(repo.baseline().contains("\"severity\":\"medium\""), "{}", repo.baseline());
    assert_eq!(repo.notices(&[]), [""; 0]);
}
