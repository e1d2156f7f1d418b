//! Lock files that are symbolic links: read where they lead within the repository, or told as not checked.

use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::not_checked::dump;
use crate::cli::{Ran, command, folder, ran};

const NPM_LOCK: &str = r#"{"lockfileVersion": 3, "packages": {"node_modules/tin": {"version": "9.0.0"}}}"#;

fn scan(folder: &TempDir, args: &[&str]) -> Ran {
    std::fs::write(folder.path().join("npm.zip"), dump(&[("GHSA-1", &["npm"])])).unwrap();
    let args = [&["scan", "--offline", "--osv-db", "npm.zip", "--format", "json"], args, &["repo"]].concat();
    let mut command = command(folder.path(), &args);
    command
        .env("BARTIZAN_CACHE_DIR", folder.path().join("cache"))
        .env("CARGO_HOME", folder.path().join("cargo"));
    ran(command)
}

/// The paths of the vulnerable packages, the problems, and the exit code.
fn said(folder: &TempDir) -> (Vec<String>, Vec<String>, i32) {
    let Ran { code, out, err } = scan(folder, &[]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    let list = |key: &str, what: &dyn Fn(&serde_json::Value) -> String| {
        report[key].as_array().unwrap().iter().map(what).collect::<Vec<_>>()
    };
    let paths = list("findings", &|finding| finding["place"]["path"].as_str().unwrap().to_owned());
    let problem = |one: &serde_json::Value| {
        format!("{}: {}", one["path"].as_str().unwrap_or("-"), one["message"].as_str().unwrap())
    };
    (paths, list("problems", &problem), code)
}

#[test]
fn a_link_to_a_file_of_another_name_is_read() {
    let folder = folder(&[("repo/locks/npm.lock", NPM_LOCK), ("repo/web/package.json", "{}")]);
    let web = folder.path().join("repo/web");
    symlink("../hop", web.join("package-lock.json")).unwrap();
    symlink("locks/npm.lock", folder.path().join("repo/hop")).unwrap();
    assert_eq!(said(&folder), (vec!["web/package-lock.json".to_owned()], vec![], 1));
}

#[test]
fn a_link_to_a_lock_file_that_is_read_anyway_says_nothing_twice() {
    let folder = folder(&[
        ("repo/package-lock.json", NPM_LOCK),
        ("repo/web/package.json", r#"{"dependencies": {"tin": "1"}}"#),
    ]);
    symlink("../package-lock.json", folder.path().join("repo/web/package-lock.json")).unwrap();
    assert_eq!(said(&folder), (vec!["package-lock.json".to_owned()], vec![], 1));
}

#[test]
fn what_a_link_out_of_the_repository_locks_is_not_checked() {
    let outside = |name: &str| format!("repo/{name}/package-lock.json");
    let folder = folder(&[
        ("outside/package-lock.json", NPM_LOCK),
        ("repo/real/npm.lock", NPM_LOCK),
        ("repo/up/a.txt", ""),
        ("repo/absolute/a.txt", ""),
        ("repo/nowhere/a.txt", ""),
        ("repo/loop/a.txt", ""),
        ("repo/through/a.txt", ""),
    ]);
    let link = |target: &str, name: &str| symlink(target, folder.path().join(outside(name))).unwrap();
    link("../../outside/package-lock.json", "up");
    link(folder.path().join("outside/package-lock.json").to_str().unwrap(), "absolute");
    link("missing", "nowhere");
    link("package-lock.json", "loop");
    // A directory on the way that is a link leads out as well as in.
    symlink("../outside", folder.path().join("repo/door")).unwrap();
    link("../door/package-lock.json", "through");
    let (paths, problems, code) = said(&folder);
    assert_eq!((paths, code), (Vec::<String>::new(), 2), "{problems:#?}");
    for (name, why) in [
        ("up", "outside the repository"),
        ("absolute", "outside the repository"),
        ("nowhere", "does not exist in the repository"),
        ("loop", "too many levels"),
        ("through", "it is a symlink"),
    ] {
        let told = |problem: &String| {
            problem.starts_with(&format!("{name}/package-lock.json: its packages were not checked: "))
                && problem.contains(why)
        };
        assert!(problems.iter().any(told), "{name}: {problems:#?}");
    }
}
