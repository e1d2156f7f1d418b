//! Clones by git: with fixed arguments and an environment of our own, and no token anywhere but where it is meant for.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{Farm, everything, records};
use crate::cli::ran;

/// A token of no format.
const TOKEN: &str = "tulip-over-cast-41-and-more";

/// A `git` that notes how it was called, and makes a clone of what is below `farm`, or fails as `mode` says.
fn stand_in(farm: &Farm) {
    let bin = farm.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let root = farm.path();
    let script = format!(
        "#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin\nroot='{}'\n{{ printf '%s\\n' \"$@\"; echo --; }} >> $root/arguments\n\
         env >> $root/environment\nfor last; do :; done\nfor url; do case $url in https:*|ssh:*) name=${{url##*/}};; esac; done\n\
         case $name in\n\
         asks) echo 'fatal: could not read Username for x: terminal prompts disabled secret-answer' >&2; exit 128;;\n\
         moved) echo \"fatal: transport 'file' protocol not allowed\" >&2; exit 128;;\n\
         stops) echo 'error: RPC failed; curl 56' >&2; [ -e $root/tried ] || {{ : > $root/tried; exit 128; }};;\n\
         waits) sleep 30;;\n\
         large) head -c 3000000 /dev/zero > $last/x; sleep 30;;\n\
         esac\ncp -r $root/farm/group-0/name-0.git/. $last\n",
        root.display()
    );
    let git = bin.join("git");
    fs::write(&git, script).unwrap();
    fs::set_permissions(&git, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn git_is_started_as_security_md_says_and_the_token_is_nowhere() {
    let farm = Farm::new(1);
    stand_in(&farm);
    fs::write(farm.path().join("token"), format!("{TOKEN}\n")).unwrap();
    let list = "https:¦//someone:word-in-list@host.test/a/first\nhttps://other.test/a/second\ngit@host.test:a/third.git\n\
        https://host.test/a/asks\nhttps://host.test/a/moved\nhttps://host.test/a/stops\nhttps://host.test/a/waits\nhttps://host.test/a/large\n";
    fs::write(farm.path().join("list"), list.replace('¦', "")).unwrap();
    let run = |more: &[&str]| {
        let args = ["batch", "run", "--from", "list", "--out", "out", "--jobs", "1", "--repo-timeout", "4s"];
        let mut command = farm.command(&[&args[..], more].concat());
        command.env("PATH", farm.path().join("bin")).env("AWS_SECRET_ACCESS_KEY", "of-the-user");
        ran(command)
    };
    // Not unless it is asked for.
    let off = run(&[]);
    assert!(off.code == 2 && off.err.contains("--clone git"), "{}", off.err);
    assert!(!farm.path().join("arguments").exists());
    let cloned =
        run(&["--clone", "git", "--token-file", "token", "--token-host", "host.test", "--disk", "1MiB"]);
    assert_eq!(cloned.code, 2, "{}", cloned.err);
    for (name, status, why) in [
        ("first", "complete", None),
        ("second", "complete", None),
        ("third.git", "complete", None),
        ("asks", "failed", Some("clone")),
        ("moved", "failed", Some("clone")),
        ("stops", "complete", None),
        ("waits", "failed", Some("timeout")),
        ("large", "failed", Some("too-large")),
    ] {
        let record = farm.record("out", name);
        assert_eq!((record["status"].as_str(), record["why"].as_str()), (Some(status), why), "{record}");
    }
    assert_eq!(records(&farm.merged("out")).len(), 8);
    // The arguments, to the letter.
    let arguments = fs::read_to_string(farm.path().join("arguments")).unwrap();
    let first: Vec<&str> = arguments.split("--\n").next().unwrap().lines().collect();
    assert_eq!(
        first[..6],
        ["clone", "--quiet", "--bare", "--no-local", "--template=", "--no-recurse-submodules"]
    );
    assert!(arguments.contains("https://host.test/a/first\n"));
    // The token is in the environment of git for its host, and nowhere else; neither is what stood in the list.
    let environment = fs::read_to_string(farm.path().join("environment")).unwrap();
    let header = data_encoding::BASE64.encode(format!("x-access-token:{TOKEN}").as_bytes());
    assert!(environment.contains(&header) && environment.contains("http.https://host.test/.extraHeader"));
    assert!(!environment.contains("of-the-user") && !environment.contains("BARTIZAN"), "{environment}");
    for line in [
        "GIT_ALLOW_PROTOCOL=https:ssh",
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_TERMINAL_PROMPT=0",
        "GIT_CONFIG_GLOBAL=/dev/null",
    ] {
        assert!(environment.lines().any(|found| found == line), "{line}: {environment}");
    }
    let written = everything(&farm.path().join("out"));
    for secret in [TOKEN, &header, "word-in-list", "secret-answer"] {
        let finder = memchr::memmem::Finder::new(secret);
        assert!(finder.find(&written).is_none(), "{secret} is in the results");
        assert!(finder.find(arguments.as_bytes()).is_none(), "{secret} is in the arguments");
        assert!(finder.find(cloned.err.as_bytes()).is_none(), "{secret} was printed");
    }
    // Only those of the one host got it.
    let calls = environment.matches(".extraHeader").count();
    assert!(calls > 0 && calls < arguments.matches("--\n").count(), "{calls}");
    // No clone is left.
    assert_eq!(fs::read_dir(farm.path().join("out/work")).unwrap().count(), 0);
}

#[test]
fn a_token_is_bound_to_a_host() {
    let farm = Farm::new(1);
    fs::write(farm.path().join("token"), TOKEN).unwrap();
    fs::write(farm.path().join("list"), "https://host.test/a/b\n").unwrap();
    let ran = farm.ran(&[
        "batch",
        "run",
        "--from",
        "list",
        "--out",
        "out",
        "--clone",
        "git",
        "--token-file",
        "token",
    ]);
    assert!(ran.code == 2 && ran.err.contains("--token-host"), "{}", ran.err);
}
