//! Forks of one repository: together on one worker, fetched through what they are forks of; and hosts that are asked first
//! whether anything has changed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;

use super::again::commit;
use super::{Farm, everything, records};
use crate::cli::{Ran, ran};
use crate::run_git::git;
use crate::words::github_token;

/// A `git` that notes its arguments, and finds the repositories of host.test below `farm`.
fn stand_in(farm: &Farm) {
    let bin = farm.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let script = format!(
        "#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin\nroot='{}'\necho \"$*\" >> $root/calls\n\
         for one; do\nshift\ncase $one in https://host.test/*) one=$root/farm/${{one#https://host.test/}};; esac\n\
         set -- \"$@\" \"$one\"\ndone\nGIT_ALLOW_PROTOCOL=file exec git \"$@\"\n",
        farm.path().display()
    );
    fs::write(bin.join("git"), script).unwrap();
    fs::set_permissions(bin.join("git"), fs::Permissions::from_mode(0o700)).unwrap();
}

fn run(farm: &Farm, out: &str, more: &[&str]) -> (Ran, Vec<String>) {
    let args = ["batch", "run", "--from", "list.json", "--out", out, "--jobs", "1", "--clone", "git"];
    let mut command = farm.command(&[&args[..], more].concat());
    command.env("PATH", farm.path().join("bin"));
    let ran = ran(command);
    let calls = fs::read_to_string(farm.path().join("calls")).unwrap_or_default();
    let _ = fs::remove_file(farm.path().join("calls"));
    (ran, calls.lines().map(str::to_owned).collect())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    git(from, &["clone", "-q", "--bare", ".", to.to_str().unwrap()]);
}

#[test]
fn forks_are_fetched_through_what_they_are_forks_of() {
    let farm = Farm::new(0);
    stand_in(&farm);
    let token = format!("TOKEN = \"{}\"\n", github_token("of all forks"));
    let noise: String =
        (0..40_000u32).map(|at| format!("{:08x}\n", at.wrapping_mul(2_654_435_761))).collect();
    let first = farm.repository("group-0/name-0.git", &[("a", noise), ("b", token)]);
    for fork in ["one/name-0.git", "two/name-0.git"] {
        copy(&first, &farm.path().join("farm").join(fork));
    }
    let own = format!("OWN = \"{}\"\n", github_token("of one fork"));
    commit(&farm.path().join("farm/one/name-0.git"), "origin/main", "main", &[("own.py", &own)]);
    let of = |name: &str, parent: Option<&str>| {
        let parent = parent.map(|owner| json!({"name": "name-0", "owner": {"login": owner}}));
        json!({"nameWithOwner": name, "url": format!("https://host.test/{name}.git"), "isFork": parent.is_some(), "parent": parent})
    };
    let list =
        json!([of("two/name-0", Some("one")), of("one/name-0", Some("group-0")), of("group-0/name-0", None)]);
    fs::write(farm.path().join("list.json"), list.to_string()).unwrap();

    let (ran, calls) = run(&farm, "out", &[]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert!(calls[0].ends_with("group-0/name-0.git") || calls[0].contains("/group-0/"), "{calls:?}");
    assert!(!calls[0].contains("--reference"), "{calls:?}");
    for call in &calls[1..] {
        let base = calls[0].rsplit(' ').next().unwrap();
        assert!(
            call.contains(&format!("--no-recurse-submodules --reference {base} -- https://host.test/")),
            "{call}"
        );
    }
    let findings = |name: &str| farm.record("out", name)["findings"]["critical"].as_u64();
    assert_eq!(
        [findings("group-0/name-0.git"), findings("one/name-0.git"), findings("two/name-0.git")],
        [Some(1), Some(2), Some(1)]
    );
    let commits = |name: &str| farm.record("out", name)["commits"].as_u64();
    assert_eq!([commits("group-0/name-0.git"), commits("one/name-0.git")], [Some(2), Some(3)]);
    // What they share is fetched once.
    let parts = String::from_utf8(everything(&farm.path().join("out/parts"))).unwrap();
    let bytes = |name: &str| {
        let all = records(&parts);
        let one = all.iter().find(|one| one["location"].as_str().unwrap().ends_with(name)).unwrap();
        one["cost"]["clone_bytes"].as_u64().unwrap()
    };
    assert!(bytes("group-0/name-0.git") > 100_000, "{}", bytes("group-0/name-0.git"));
    assert!(
        bytes("one/name-0.git") < 60_000 && bytes("two/name-0.git") < 60_000,
        "{}",
        bytes("one/name-0.git")
    );
    // Nothing of them stays.
    assert_eq!(fs::read_dir(farm.path().join("out/work")).unwrap().count(), 0);
    let page = fs::read_to_string(farm.path().join("out/overview.html")).unwrap();
    assert!(page.contains("3, 2 of them forks"), "{page}");

    // The next day the hosts are asked first, and only what has changed is fetched.
    let (ran, calls) = run(&farm, "tuesday", &["--since-last", "out"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert!(
        calls.iter().all(|call| call.starts_with("ls-remote --quiet -- https://host.test/")),
        "{calls:?}"
    );
    assert_eq!(farm.merged("tuesday"), farm.merged("out"));
    commit(&farm.path().join("farm/two/name-0.git"), "origin/main", "main", &[("more", "text\n")]);
    let (ran, calls) = run(&farm, "wednesday", &["--since-last", "tuesday"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(calls.iter().filter(|call| call.starts_with("clone ")).count(), 1, "{calls:?}");
    assert_eq!(farm.record("wednesday", "two/name-0.git")["commits"], 3);
}

#[test]
fn clones_that_borrow_objects_are_forks() {
    let farm = Farm::new(1);
    let first = farm.path().join("farm/group-0/name-0.git");
    for name in ["a-fork.git", "z-fork.git"] {
        let to = farm.path().join("farm").join(name);
        git(&first, &["clone", "-q", "--bare", "--shared", ".", to.to_str().unwrap()]);
    }
    assert_eq!(farm.run("out", &[]).code, 1);
    let plan = fs::read_to_string(farm.path().join("out/plan.jsonl")).unwrap();
    let locations: Vec<&str> = plan.lines().filter(|line| line.contains("\"entry\"")).collect();
    assert!(locations.len() == 3 && locations[0].contains("group-0/name-0.git"), "{plan}");
    assert!(locations.iter().all(|line| line.contains("\"network\"")), "{plan}");
    for record in records(&farm.merged("out")) {
        assert_eq!(
            (&record["status"], &record["findings"]["critical"]),
            (&"complete".into(), &1.into()),
            "{record}"
        );
    }
}
