//! What is scanned, reported and uploaded for each event.

use bartizan::external::built_in::{Header, SNAPSHOT};
use serde_json::json;

use super::hub::{DEPTHS, Depth, Hub, Started, job, places};
use super::runner::Ran;
use crate::dependencies::lock;
use crate::git::token;
use crate::programs;

fn line(name: &str) -> String {
    format!("TOKEN = \"{}\"\n", token(name))
}

/// A repository with a secret that everybody knows of, and a branch `topic` on top of it.
fn known() -> Hub {
    let hub = Hub::new();
    hub.write("old.py", &format!("# settings\n{}", line("old")));
    hub.commit("a secret from before");
    hub.git(&["checkout", "-q", "-b", "topic"]);
    hub
}

#[track_caller]
fn is(ran: &Ran, code: &str, expected: &[&str]) {
    assert_eq!(ran.output("exit-code"), code, "{}", ran.log);
    assert_eq!(ran.passed, code == "0", "{}", ran.log);
    assert_eq!(places(ran), expected, "{}", ran.log);
}

#[track_caller]
fn is_refused(ran: &Ran, why: &[&str]) {
    assert!(!ran.passed && ran.codes["gate"] == 2, "{ran:?}");
    assert!(ran.upload().is_none() && ran.output("sarif").is_empty(), "{ran:?}");
    let told = ran.commands().into_iter().find(|line| line.starts_with("::error ")).unwrap_or_default();
    for why in why {
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn a_pull_request_is_what_it_brings() {
    for depth in DEPTHS {
        let hub = known();
        hub.write("old.py", &format!("# settings, edited\n{}", line("old")));
        hub.write("new.py", &format!("import os\n{}", line("new")));
        hub.commit("one");
        hub.write("gone.py", &line("gone"));
        hub.commit("two");
        hub.git(&["rm", "-q", "gone.py"]);
        hub.commit("three");
        let ran = hub.run(&hub.pull_request(), depth, &[]);
        is(&ran, "1", &["gone.py:1 then", "new.py:2"]);
        assert_eq!(ran.output("findings"), "2");
        assert_eq!(ran.output("highest-severity"), "critical");
        assert_eq!(ran.output("findings-by-severity"), r#"{"critical":2,"high":0,"medium":0,"low":0}"#);
        assert_eq!(ran.output("scanned-range"), format!("{}..HEAD", hub.git(&["rev-parse", "main"])));
        assert_eq!(ran.output("uploaded"), "true");
        let upload = ran.upload().unwrap();
        assert_eq!(upload["category"], "bartizan-diff");
        assert!(ran.output("sarif").contains("\"id\": \"bartizan-diff/\""));
        assert!(ran.summary.starts_with("## ❌ bartizan: 2 findings (2 critical)\n"), "{}", ran.summary);
        assert!(ran.summary.contains("/blob/"), "{}", ran.summary);
        let annotations: Vec<&str> = ran
            .commands()
            .into_iter()
            .filter(|line| line.starts_with("::error file=new.py,line=2,"))
            .collect();
        assert_eq!(annotations.len(), 1, "{}", ran.log);
        assert!(!ran.log.contains(&token("new")) && !ran.summary.contains(&token("new")));
    }
}

#[test]
fn a_pull_request_that_brings_nothing_passes() {
    for depth in DEPTHS {
        let hub = known();
        hub.write("old.py", "# settings\nTOKEN = os.environ[\"TOKEN\"]\n");
        hub.git(&["mv", "README.md", "README.txt"]);
        hub.commit("a secret less");
        let ran = hub.run(&hub.pull_request(), depth, &[]);
        is(&ran, "0", &[]);
        assert!(ran.summary.starts_with("## ✅ bartizan: no findings\n"), "{}", ran.summary);
        // It closes what was open of an earlier state of the pull request.
        assert!(ran.upload().is_some());
    }
}

#[test]
fn pull_requests_of_many_commits_are_scanned_whole() {
    for (commits, depth) in [(31, Depth::Of(1)), (251, Depth::Of(1)), (251, Depth::Full)] {
        let hub = known();
        hub.write("gone.py", &line("gone"));
        hub.commit("first");
        hub.git(&["rm", "-q", "gone.py"]);
        hub.commit("second");
        hub.many(commits - 2);
        is(&hub.run(&hub.pull_request(), depth, &[]), "1", &["gone.py:1 then"]);
    }
}

#[test]
fn the_base_may_have_gone_far_ahead() {
    for depth in DEPTHS {
        let hub = known();
        hub.write("new.py", &line("new"));
        hub.commit("topic");
        hub.git(&["checkout", "-q", "main"]);
        hub.many(150);
        hub.write("theirs.py", &line("theirs"));
        hub.commit("on main");
        hub.git(&["checkout", "-q", "topic"]);
        is(&hub.run(&hub.pull_request(), depth, &[]), "1", &["new.py:1"]);
    }
}

#[test]
fn the_head_of_a_pull_request_may_be_checked_out_instead_of_its_merge() {
    for depth in DEPTHS {
        let hub = known();
        hub.write("new.py", &line("new"));
        hub.commit("topic");
        let mut event = hub.pull_request();
        event.sha = hub.git(&["rev-parse", "topic"]);
        is(&hub.run(&event, depth, &[]), "1", &["new.py:1"]);
    }
}

#[test]
fn forks_get_no_upload_and_the_same_verdict() {
    for from in [json!({ "full_name": "stranger/r" }), json!(null)] {
        let hub = known();
        hub.write("new.py", &line("new"));
        hub.commit("topic");
        let mut event = hub.pull_request();
        event.payload["pull_request"]["head"]["repo"] = from;
        let ran = hub.run(&event, Depth::Of(1), &[]);
        is(&ran, "1", &["new.py:1"]);
        assert!(ran.upload().is_none() && ran.output("uploaded") == "false", "{}", ran.log);
        assert!(ran.log.contains("no upload to code scanning: a pull request of a fork"), "{}", ran.log);
        let ran = hub.run(&event, Depth::Of(1), &[("upload-sarif", "true")]);
        is_refused(&ran, &["`upload-sarif: true`, but a pull request of a fork"]);
    }
}

#[test]
fn a_merge_group_is_compared_with_its_base() {
    for depth in DEPTHS {
        let hub = known();
        hub.write("new.py", &line("new"));
        hub.commit("topic");
        hub.push("main");
        hub.push("topic:refs/heads/gh-readonly-queue/main/pr-7");
        let (head, base) = (hub.git(&["rev-parse", "topic"]), hub.git(&["rev-parse", "main"]));
        let payload = json!({ "merge_group": { "head_sha": head, "base_sha": base } });
        let reference = "refs/heads/gh-readonly-queue/main/pr-7".to_owned();
        let event = Started { name: "merge_group", payload, sha: head, reference };
        let ran = hub.run(&event, depth, &[]);
        is(&ran, "1", &["new.py:1"]);
        assert!(ran.upload().is_none(), "{}", ran.log);
    }
}

#[test]
fn a_push_to_the_default_branch_is_a_scan_of_everything() {
    for depth in DEPTHS {
        let hub = known();
        hub.git(&["checkout", "-q", "main"]);
        let before = hub.git(&["rev-parse", "main"]);
        hub.push("main");
        hub.write("gone.py", &line("gone"));
        hub.commit("one");
        hub.git(&["rm", "-q", "gone.py"]);
        hub.commit("two");
        let ran = hub.run(&hub.pushed("main", Some(&before)), depth, &[]);
        is(&ran, "1", &["gone.py:1 then", "old.py:2"]);
        assert_eq!(ran.upload().unwrap()["category"], "bartizan");
    }
}

#[test]
fn a_push_to_another_branch_is_what_it_brings() {
    for depth in DEPTHS {
        let hub = known();
        hub.push("main");
        hub.write("before.py", &line("before"));
        let before = hub.commit("pushed before");
        hub.push("topic");
        hub.write("new.py", &line("new"));
        hub.commit("pushed now");
        let ran = hub.run(&hub.pushed("topic", Some(&before)), depth, &[]);
        is(&ran, "1", &["new.py:1"]);
        assert_eq!(ran.upload().unwrap()["category"], "bartizan-diff");
        // A new branch: all that the default branch does not have.
        let ran = hub.run(&hub.pushed("topic", None), depth, &[]);
        is(&ran, "1", &["before.py:1", "new.py:1"]);
    }
}

#[test]
fn a_forced_push_is_what_was_not_there_before() {
    for depth in DEPTHS {
        let hub = known();
        hub.push("main");
        hub.write("kept.py", &line("kept"));
        hub.commit("kept");
        hub.write("dropped.py", &line("dropped"));
        let before = hub.commit("dropped");
        hub.push("topic");
        hub.git(&["reset", "-q", "--hard", "HEAD~1"]);
        hub.write("new.py", &line("new"));
        hub.commit("new");
        is(&hub.run(&hub.pushed("topic", Some(&before)), depth, &[]), "1", &["new.py:1"]);
    }
}

#[test]
fn a_deleted_branch_is_nothing_and_a_tag_everything() {
    let hub = known();
    let mut event = hub.pushed("main", None);
    event.payload["after"] = json!("0".repeat(40));
    let ran = hub.run(&event, Depth::Of(1), &[]);
    assert!(ran.passed && ran.output("exit-code") == "0" && ran.upload().is_none(), "{ran:?}");
    assert!(ran.log.contains("there is nothing to scan"), "{}", ran.log);
    let mut event = hub.pushed("main", None);
    event.payload["ref"] = json!("refs/tags/v1");
    is(&hub.run(&event, Depth::Of(1), &[]), "1", &["old.py:2"]);
}

#[test]
fn schedules_and_runs_by_hand_scan_everything() {
    for name in ["schedule", "workflow_dispatch", "repository_dispatch"] {
        let hub = known();
        hub.git(&["rm", "-q", "old.py"]);
        hub.commit("gone");
        hub.write("now.py", &line("now"));
        hub.commit("now");
        hub.push("topic");
        let sha = hub.git(&["rev-parse", "topic"]);
        let event = Started { name, payload: json!({}), sha, reference: "refs/heads/topic".to_owned() };
        let ran = hub.run(&event, Depth::Of(1), &[]);
        is(&ran, "1", &["now.py:1"]);
        assert_eq!(ran.upload().unwrap()["category"], "bartizan");
        // With the history, of which a shallow clone has to fetch the rest first.
        let ran = hub.run(&event, Depth::Of(1), &[("scan", "history")]);
        is(&ran, "1", &["now.py:1", "old.py:2 then"]);
        let ran = hub.run(&event, Depth::Of(1), &[("scan", "diff")]);
        is_refused(&ran, &["`scan: diff` is for events that are about commits"]);
    }
}

#[test]
fn pull_request_target_is_refused_unless_somebody_means_it() {
    let hub = known();
    hub.write("new.py", &line("new"));
    hub.commit("topic");
    let mut event = hub.pull_request();
    event.name = "pull_request_target";
    let ran = hub.run(&event, Depth::Of(1), &[]);
    is_refused(&ran, &["runs with the secrets of the base", "use `pull_request`"]);
    let ran = hub.run(&event, Depth::Of(1), &[("allow-pull-request-target", "true")]);
    is(&ran, "1", &["new.py:1"]);
}

#[test]
fn what_cannot_be_resolved_is_refused_with_what_helps() {
    let hub = known();
    hub.write("new.py", &line("new"));
    hub.commit("topic");
    let event = hub.pull_request();
    let clone = hub.checkout(&event, Depth::Of(1));
    std::fs::rename(hub.origin(), hub.origin().with_extension("away")).unwrap();
    let ran = job(&event, clone.path(), &[]).run();
    is_refused(
        &ran,
        &["could not be fetched", "set `fetch-depth: 0` in actions/checkout", "nothing was scanned"],
    );
}

#[test]
fn events_that_lie_are_refused() {
    let hub = known();
    hub.write("new.py", &line("new"));
    let topic = hub.commit("topic");
    hub.commit("empty");
    let lie = |change: &dyn Fn(&mut Started)| {
        let mut event = hub.pull_request();
        change(&mut event);
        hub.run(&event, Depth::Of(1), &[])
    };
    let wrong_head = lie(&|event| event.payload["pull_request"]["head"]["sha"] = json!(topic));
    is_refused(&wrong_head, &["HEAD is commit", "check out the merge commit"]);
    let no_id = lie(&|event| event.payload["pull_request"]["head"]["sha"] = json!("--upload-pack=touch x"));
    is_refused(&no_id, &["is not a commit id"]);
    let no_such = lie(&|event| {
        event.sha = hub.git(&["rev-parse", "topic"]);
        event.payload["pull_request"]["base"]["sha"] = json!("1".repeat(40));
    });
    is_refused(&no_such, &["could not be fetched"]);
    let empty = lie(&|event| event.payload = json!({}));
    is_refused(&empty, &["it has no `pull_request`"]);

    let event = hub.pull_request();
    let clone = hub.checkout(&event, Depth::Of(1));
    let mut absent = job(&event, clone.path(), &[]);
    std::fs::remove_file(clone.path().join(".git/event.json")).unwrap();
    is_refused(&absent.run(), &["event.json", "cannot be used"]);
    std::fs::write(clone.path().join(".git/event.json"), "{\"pull_request\":").unwrap();
    is_refused(&absent.run(), &["it is not JSON"]);
    absent.environment.remove("GITHUB_EVENT_PATH");
    is_refused(&absent.run(), &["GITHUB_EVENT_PATH is not set"]);
}

#[test]
fn a_pull_request_does_not_say_what_is_found_in_it() {
    let hub = known();
    hub.git(&["checkout", "-q", "main"]);
    hub.write("bartizan.toml", "[[ignore]]\ncheck = \"*\"\npath = \"/docs/**\"\nreason = \"examples\"\n");
    hub.commit("settings");
    hub.git(&["checkout", "-q", "topic"]);
    hub.git(&["merge", "-q", "main"]);
    hub.write("bartizan.toml", "[[ignore]]\ncheck = \"*\"\npath = \"**\"\nreason = \"trust me\"\n");
    hub.write("new.py", &line("new"));
    hub.write("docs/example.py", &line("docs"));
    hub.commit("topic");
    let ran = hub.run(&hub.pull_request(), Depth::Of(1), &[]);
    is(&ran, "1", &["new.py:1"]);
    assert!(ran.summary.contains("Suppressed: 1 (1 by bartizan.toml)"), "{}", ran.summary);
}

#[test]
fn nor_do_the_files_of_it_that_inputs_name() {
    let ignore =
        |path: &str| format!("[[ignore]]\ncheck = \"*\"\npath = \"{path}\"\nreason = \"examples\"\n");
    let hub = known();
    hub.git(&["checkout", "-q", "main"]);
    hub.write("ci/scan.toml", &ignore("/docs/**"));
    hub.commit("settings");
    hub.git(&["checkout", "-q", "topic"]);
    hub.git(&["merge", "-q", "main"]);
    hub.write("ci/scan.toml", &ignore("**"));
    hub.write("ci/new.toml", &ignore("**"));
    hub.write("new.py", &line("new"));
    hub.write("docs/example.py", &line("docs"));
    hub.commit("topic");
    let event = hub.pull_request();
    let run = |file: &str| hub.run(&event, Depth::Of(1), &[("config", file)]);
    for file in ["ci/scan.toml", "./ci/scan.toml"] {
        let ran = run(file);
        is(&ran, "1", &["new.py:1"]);
        assert!(ran.summary.contains("Suppressed: 1 (1 by bartizan.toml)"), "{}", ran.summary);
    }
    // What only the pull request has does not count.
    let ran = run("ci/new.toml");
    is(&ran, "1", &["docs/example.py:1", "new.py:1"]);
    assert!(ran.log.contains("::notice title=bartizan::config of the action is a file"), "{}", ran.log);
    // What lies elsewhere, as that of an organisation, counts as it is.
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(elsewhere.path(), ignore("/new.py")).unwrap();
    is(&run(elsewhere.path().to_str().unwrap()), "1", &["docs/example.py:1"]);
}

#[test]
fn an_upload_that_fails_hides_nothing() {
    for (content, code) in [("", "0"), (line("new").as_str(), "1")] {
        let hub = known();
        hub.write("new.py", content);
        hub.commit("topic");
        let event = hub.pull_request();
        let clone = hub.checkout(&event, Depth::Of(1));
        let mut job_ = job(&event, clone.path(), &[]);
        job_.upload = "failure";
        let ran = job_.run();
        is(&ran, code, if code == "0" { &[] } else { &["new.py:1"] });
        assert_eq!(ran.output("uploaded"), "false");
        assert!(ran.log.contains("security-events: write"), "{}", ran.log);
        let mut job_ = job(&event, clone.path(), &[("upload-sarif", "true")]);
        job_.upload = "failure";
        assert!(!job_.run().passed);
    }
}

#[test]
fn inputs_are_what_they_say() {
    let hub = known();
    hub.write("new file.py", &line("new"));
    hub.write("other.py", &line("other"));
    hub.commit("topic");
    let event = hub.pull_request();
    let run = |inputs: &[(&str, &str)]| hub.run(&event, Depth::Of(1), inputs);
    is(&run(&[("exclude", "/other.py\n  \\# no comment\n\n")]), "1", &["new file.py:1"]);
    is(&run(&[("args", "--exclude '/new file.py' --exclude=\"/other.py\"")]), "0", &[]);
    is(&run(&[("fail-on", "none")]), "0", &["new file.py:1", "other.py:1"]);
    is(&run(&[("checks", "dependency,\nprovenance"), ("advisory-db", env_db())]), "0", &[]);
    is(&run(&[("checks", "dependency"), ("osv", "npm,\nPyPI")]), "0", &[]);
    assert_eq!(run(&[("max-db-age", "soon")]).output("exit-code"), "2");
    for wrong in [("osv", "Debian"), ("osv-db", "nowhere")] {
        assert_eq!(run(&[wrong]).output("exit-code"), "2", "{wrong:?}");
    }
    is(&run(&[("scan", "full")]), "1", &["new file.py:1", "old.py:2", "other.py:1"]);
    let ran = run(&[
        ("summary", "false"),
        ("annotations", "false"),
        ("upload-sarif", "false"),
        ("category", "x y"),
    ]);
    is(&ran, "1", &["new file.py:1", "other.py:1"]);
    assert!(ran.summary.is_empty() && ran.upload().is_none(), "{ran:?}");
    assert!(!ran.commands().iter().any(|line| line.starts_with("::error")), "{}", ran.log);
    assert!(ran.output("sarif").contains("\"id\": \"x y-diff/\""));
    let quotes = run(&[("args", "--exclude 'a")]);
    assert!(!quotes.passed && quotes.log.contains("the quotes in `args` do not match"), "{}", quotes.log);
    let unknown = run(&[("args", "--no-such-option; touch x")]);
    assert!(
        !unknown.passed && unknown.output("exit-code") == "2" && unknown.upload().is_none(),
        "{unknown:?}"
    );
    assert!(unknown.summary.contains("nothing was scanned"), "{}", unknown.summary);
}

/// Without a network and a cache the built-in advisories are used, and they are only good for so long.
#[test]
fn old_advisories_fail_the_job() {
    let hub = known();
    hub.write("Cargo.lock", &lock(&[("no-such-crate-of-ours", "1.0.0")]));
    hub.commit("topic");
    let event = hub.pull_request();
    let day = Header::split(SNAPSHOT).unwrap().0.seconds();
    let code = |days: i64, inputs: &[(&str, &str)]| {
        let clone = hub.checkout(&event, Depth::Of(1));
        let mut job = job(&event, clone.path(), inputs);
        job.environment.insert("SOURCE_DATE_EPOCH".to_owned(), (day + days * 86_400).to_string());
        let ran = job.run();
        (ran.output("exit-code").to_owned(), ran.passed)
    };
    let (whole, old) = (("0".to_owned(), true), ("2".to_owned(), false));
    assert_eq!((code(7, &[]), code(8, &[])), (whole.clone(), old.clone()));
    let days = |days| [("max-db-age", days)];
    assert_eq!((code(30, &days("30")), code(30, &days("29"))), (whole.clone(), old));
    assert_eq!(code(30, &[("args", "--max-db-age 30")]), whole);
}

fn env_db() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/advisory-db")
}

#[test]
fn a_repository_in_a_folder_of_the_workspace() {
    let hub = known();
    hub.write("new.py", &line("new"));
    hub.commit("topic");
    let event = hub.pull_request();
    let workspace = tempfile::tempdir().unwrap();
    let clone = hub.checkout(&event, Depth::Of(1));
    let mut job = job(&event, clone.path(), &[("path", "checkout/of it")]);
    let moved = workspace.path().join("checkout/of it");
    std::fs::create_dir_all(moved.parent().unwrap()).unwrap();
    std::fs::rename(clone.path(), &moved).unwrap();
    job.workspace = workspace.path().to_owned();
    job.environment
        .insert("GITHUB_EVENT_PATH".to_owned(), moved.join(".git/event.json").to_str().unwrap().to_owned());
    let ran = job.run();
    std::fs::rename(&moved, clone.path()).unwrap();
    is(&ran, "1", &["new.py:1"]);
    assert!(ran.log.contains("::error file=checkout/of it/new.py,line=1,"), "{}", ran.log);
    assert!(ran.upload().unwrap()["checkout_path"].ends_with("/checkout/of it"));
}

#[test]
fn the_token_is_for_the_server_of_the_repository_alone() {
    let hub = known();
    hub.write("new.py", &line("new"));
    hub.commit("topic");
    let event = hub.pull_request();
    let clone = hub.checkout(&event, Depth::Of(1));
    // A git that tells what it was told, in place of every fetch.
    let tools = clone.path().join(".git/tools");
    std::fs::create_dir_all(&tools).unwrap();
    let real = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join("git"))
        .find(|git| git.is_file())
        .unwrap();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *' fetch '*) env | grep ^GIT_ >&2; echo \"args $*\" >&2;; esac\nexec {} \"$@\"\n",
        real.display()
    );
    programs::script(tools.join("git"), &script);
    let mut job = job(&event, clone.path(), &[]);
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    job.environment.insert("PATH".to_owned(), path);
    let ran = job.run();
    is(&ran, "1", &["new.py:1"]);
    // `x-access-token:job-token`
    let secret = "eC1hY2Nlc3MtdG9rZW46am9iLXRva2Vu";
    assert!(ran.log.contains("GIT_CONFIG_KEY_1=http.https://github.com/.extraheader\n"), "{}", ran.log);
    assert!(ran.log.contains(&format!("GIT_CONFIG_VALUE_1=AUTHORIZATION: basic {secret}\n")), "{}", ran.log);
    let arguments: Vec<&str> = ran.log.lines().filter(|line| line.starts_with("args ")).collect();
    assert!(!arguments.is_empty() && !arguments.iter().any(|line| line.contains(secret)), "{}", ran.log);
    // The runner masks it in the log.
    assert!(ran.log.contains(&format!("::add-mask::{secret}\n")), "{}", ran.log);
}
