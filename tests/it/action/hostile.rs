//! What a repository holds does not become a command, and a program that breaks is no success.

use super::hub::{Depth, Hub, job, places};
use crate::git::token;
use crate::programs;

#[test]
fn names_of_files_are_no_commands() {
    let hub = Hub::new();
    hub.git(&["checkout", "-q", "-b", "topic"]);
    let names = [
        "x\n::add-path::evil",
        "x\r::set-env name=PATH::evil",
        "##[add-path]evil",
        "a,line=1::error::b",
        "::stop-commands::x",
        "`$(touch x)`.py",
        "</td><img src=x>",
        "%0A::warning::x",
    ];
    for name in names {
        hub.write(name, &format!("TOKEN = \"{}\"\n", token(name)));
    }
    hub.commit("::error::forged\n\n##[set-output name=code]0");
    let event = hub.pull_request();
    let ran = hub.run(&event, Depth::Of(1), &[]);
    assert_eq!(places(&ran).len(), names.len(), "{}", ran.log);
    for command in ran.commands() {
        let known = ["::error file=", "::add-mask::", "::notice title=bartizan::"];
        assert!(known.iter().any(|start| command.starts_with(start)), "{command}");
        // A second command in the same line is none to the runner, unless the first one is none.
        assert!(!command.trim_start_matches(':').starts_with("add-path"), "{command}");
    }
    assert!(ran.output("findings").parse::<u32>().is_ok_and(|count| count == 8), "{ran:?}");
    assert!(!ran.summary.contains("<img"), "{}", ran.summary);
    assert!(!ran.log.contains('\r'), "{}", ran.log);
}

#[test]
fn a_program_that_breaks_is_no_success() {
    let hub = Hub::new();
    hub.git(&["checkout", "-q", "-b", "topic"]);
    hub.write("new.py", "x = 1\n");
    hub.commit("topic");
    let event = hub.pull_request();
    let real = env!("CARGO_BIN_EXE_bartizan");
    for end in ["kill -SEGV $$", "exit 101", "exit 0", "exit 1"] {
        let clone = hub.checkout(&event, Depth::Of(1));
        let program = clone.path().join(".git/broken");
        let text = format!("#!/bin/sh\ncase $1 in scan) {end};; esac\nexec {real} \"$@\"\n");
        programs::script(&program, &text);
        let ran = job(&event, clone.path(), &[("binary", program.to_str().unwrap())]).run();
        assert!(!ran.passed && ran.codes["gate"] == 2, "{end}: {ran:?}");
        assert!(ran.upload().is_none(), "{ran:?}");
        assert!(ran.summary.contains("nothing was scanned"), "{ran:?}");
    }
}

#[test]
fn a_scan_that_is_not_whole_is_not_uploaded() {
    let hub = Hub::new();
    hub.git(&["checkout", "-q", "-b", "topic"]);
    hub.write("Cargo.lock", "no lock file\n");
    hub.commit("topic");
    let event = hub.pull_request();
    let ran = hub.run(&event, Depth::Of(1), &[]);
    assert!(!ran.passed && ran.output("exit-code") == "2" && ran.upload().is_none(), "{ran:?}");
    assert!(ran.summary.contains("the scan is incomplete"), "{}", ran.summary);
}
