//! The program against a host that the user names, which is a server of the test.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::server::{Provider, Received, Reply};
use crate::cli::{Ran, command, folder, ran};
use crate::programs;

const LIVE: &[u8] = b"{\"revoked\":false,\"user_id\":7,\"scopes\":[\"api\"],\"expires_at\":\"2027-01-03\"}";

/// The answer to the question is what decides, and it is asked at a terminal.
#[test]
fn a_person_is_asked_first() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use std::io::{Read as _, Write as _};

    let setting = Setting::new(1);
    setting.provider.answers(answer);
    for (said, code, sent) in [("n\n", 2, 0), ("\n", 2, 0), ("yes please\n", 2, 0), ("y\n", 1, 1)] {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let end = || fs::OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let mut command = setting.command(&["--quiet"]);
        command.stdin(end()).stderr(end()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(command);
        let mut controller = fs::File::from(controller);
        let (mut seen, mut buffer) = (String::new(), [0; 4096]);
        while !seen.contains("send them? [y/N]") {
            let length = controller.read(&mut buffer).unwrap();
            seen.push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
        assert!(seen.contains("1 credential of 1 kind would be sent to its own provider"), "{seen}");
        assert_eq!(setting.provider.seen().len(), 0, "nothing is sent before the answer");
        controller.write_all(said.as_bytes()).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{said:?}");
        assert_eq!(setting.provider.seen().len(), sent, "{said:?}");
    }
}

/// Tokens of GitLab that are made up.
fn token(number: usize) -> String {
    let letters = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut state = number as u64 * 2_654_435_761 + 12_345;
    let word: String = (0..20)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(letters[(state >> 33) as usize % letters.len()])
        })
        .collect();
    format!("glpat-{word}")
}

struct Setting {
    folder: TempDir,
    provider: Provider,
    host: String,
}

impl Setting {
    fn new(tokens: usize) -> Self {
        let text: String =
            (0..tokens).map(|number| format!("GITLAB_TOKEN_{number}={}\n", token(number))).collect();
        let provider = Provider::start(&["localhost"]);
        let folder = folder(&[("repo/a.txt", &text)]);
        fs::write(folder.path().join("ca.pem"), &provider.root).unwrap();
        let host = format!("gitlab=localhost:{}", provider.address.port());
        Self { folder, provider, host }
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut args = vec!["validate", "repo", "--host", &self.host, "--ca", "ca.pem", "--rate", "1000"];
        args.extend(more);
        let mut command = command(self.folder.path(), &args);
        command.env("BARTIZAN_CACHE_DIR", self.folder.path().join("cache"));
        for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, more: &[&str]) -> Ran {
        let ran = ran(self.command(more));
        for number in 0..20 {
            assert!(!ran.out.contains(&token(number)) && !ran.err.contains(&token(number)), "{more:?}");
        }
        ran
    }
}

fn number_of(received: &Received) -> Option<usize> {
    (0..1000).find(|number| received.head.contains(&token(*number)))
}

fn answer(received: &Received) -> Reply {
    match number_of(received) {
        Some(0) => Reply::Is(200, String::new(), LIVE.to_vec()),
        Some(1) => {
            Reply::Is(401, String::new(), b"{\"error_description\":\"Token was revoked. Sorry.\"}".to_vec())
        }
        Some(2) => Reply::Is(401, String::new(), b"{}".to_vec()),
        _ => Reply::Is(500, String::new(), Vec::new()),
    }
}

#[test]
fn states_severities_and_exit_codes() {
    let setting = Setting::new(3);
    setting.provider.answers(answer);
    let Ran { code, out, err } = setting.run(&["--yes", "--format", "json"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("3 credentials of 1 kind would be sent to their own provider: localhost:"), "{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let told: Vec<(&str, &str)> = findings
        .iter()
        .map(|finding| {
            let validation = &finding["validation"];
            assert!(validation["asked_at"].as_str().unwrap().ends_with('Z'));
            let endpoint = validation["endpoint"].as_str().unwrap();
            assert!(endpoint.ends_with("/api/v4/personal_access_tokens/self"), "{endpoint}");
            (validation["state"].as_str().unwrap(), finding["severity"].as_str().unwrap())
        })
        .collect();
    assert_eq!(told, [("live", "critical"), ("revoked-or-expired", "low"), ("not-accepted", "low")]);
    let live = &findings[0]["validation"];
    assert_eq!(
        (&live["account"], &live["scopes"], &live["expires"]),
        (&"7".into(), &"api".into(), &"2027-01-03".into())
    );
    setting.provider.answers(|_| Reply::Is(401, String::new(), b"{}".to_vec()));
    assert_eq!(setting.run(&["--yes"]).code, 0, "nothing is live, and `low` fails nothing");
    assert_eq!(setting.run(&["--yes", "--fail-on", "low"]).code, 1);
    setting.provider.answers(|_| Reply::Is(500, String::new(), Vec::new()));
    let Ran { code, out, .. } = setting.run(&["--yes"]);
    assert_eq!(code, 2);
    assert!(out.contains("3 credentials were to be asked about and could not be: localhost:"), "{out}");
}

#[test]
fn what_is_asked_is_as_much_as_the_user_wants() {
    let setting = Setting::new(3);
    setting.provider.answers(answer);
    let asked = |more: &[&str]| {
        setting.provider.received.lock().unwrap().clear();
        let ran = setting.run(more);
        let ran = Ran { out: ran.out.split_whitespace().collect::<Vec<_>>().join(" "), ..ran };
        (ran.code, setting.provider.seen().len(), ran)
    };
    let (code, count, ran) = asked(&["--yes", "--max-requests", "1"]);
    assert_eq!((code, count), (2, 1), "{}", ran.out);
    assert!(
        ran.out.contains("2 credentials were to be asked about and could not be: as many"),
        "{}",
        ran.out
    );
    assert_eq!(asked(&["--yes", "--check", "github-personal-access-token"]).1, 0);
    assert_eq!(asked(&["--yes", "--check", "gitlab-personal-access-token"]).1, 3);
    assert_eq!(asked(&["--yes", "--severity", "critical", "--exclude", "a.txt"]).1, 0);
    let (code, count, ran) = asked(&["--yes", "--check", "no-such-check"]);
    assert_eq!((code, count), (2, 0));
    assert!(ran.err.contains("there is no check `no-such-check`"), "{}", ran.err);
    // Answers of the day come from the cache on wish alone, and the file says nothing of what was asked about.
    assert_eq!(asked(&["--yes", "--cache"]).1, 3);
    let (_, count, ran) = asked(&["--yes", "--cache"]);
    assert_eq!(count, 0, "{}", ran.out);
    assert!(
        ran.out.contains("live: account 7, scopes api, expires 2027-01-03 (asked localhost:"),
        "{}",
        ran.out
    );
    assert_eq!(asked(&["--yes"]).1, 3);
    let kept = fs::read_to_string(setting.folder.path().join("cache/validated.json")).unwrap();
    assert!((0..3).all(|number| !kept.contains(&token(number)[6..])), "{kept}");
    let mode = fs::metadata(setting.folder.path().join("cache/validated.json")).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
}

#[test]
fn findings_of_a_report_are_found_again() {
    let setting = Setting::new(3);
    setting.provider.answers(answer);
    fs::create_dir(setting.folder.path().join("one")).unwrap();
    fs::write(setting.folder.path().join("one/other.txt"), format!("GITLAB_TOKEN={}\n", token(0))).unwrap();
    let report = ran(command(setting.folder.path(), &["scan", "one", "--offline", "--format", "json"])).out;
    fs::write(setting.folder.path().join("report.json"), report).unwrap();
    let Ran { code, out, err } = setting.run(&["--yes", "--in", "report.json"]);
    assert_eq!((code, setting.provider.seen().len()), (1, 1), "{out}{err}");
    fs::write(setting.folder.path().join("repo/a.txt"), "nothing\n").unwrap();
    let Ran { code, out, .. } = setting.run(&["--yes", "--in", "report.json"]);
    assert_eq!(code, 2);
    assert!(out.contains("1 of the findings of the report were not found again"), "{out}");
}

/// What only the history has is asked about like anything else, and named with its commit.
#[test]
fn findings_of_the_history_are_asked_about() {
    let setting = Setting::new(1);
    setting.provider.answers(answer);
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(setting.folder.path().join("repo")).args(args).env("HOME", setting.folder.path());
        git.env("GIT_CONFIG_NOSYSTEM", "1");
        assert!(git.output().unwrap().status.success(), "{args:?}");
    };
    let commit = ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "one"];
    // A worktree of which nothing is left would be nothing to scan.
    fs::write(setting.folder.path().join("repo/b.txt"), "nothing\n").unwrap();
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&commit);
    git(&["rm", "-q", "a.txt"]);
    git(&commit);
    assert_eq!(setting.run(&["--yes"]).code, 0);
    assert_eq!(setting.provider.seen().len(), 0);
    let Ran { code, out, err } = setting.run(&["--yes", "--history", "--no-cache"]);
    assert_eq!((code, setting.provider.seen().len()), (1, 1), "{out}{err}");
    assert!(out.contains("live: account 7") && out.contains("commit"), "{out}");
}

#[test]
fn a_host_without_trusted_tls_gets_nothing() {
    let setting = Setting::new(1);
    setting.provider.answers(answer);
    let other = Provider::start(&["localhost"]);
    fs::write(setting.folder.path().join("ca.pem"), &other.root).unwrap();
    let Ran { code, out, .. } = setting.run(&["--yes"]);
    assert_eq!((code, setting.provider.seen().len()), (2, 0));
    assert!(out.contains("the host has no trusted TLS certificate"), "{out}");
    // Without encryption there is nothing to talk to.
    let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("gitlab=localhost:{}", plain.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for mut stream in plain.incoming().flatten() {
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        }
    });
    let Ran { code, out, .. } = ran(command(
        setting.folder.path(),
        &["validate", "repo", "--yes", "--host", &host, "--ca", "ca.pem", "--timeout", "2"],
    ));
    assert_eq!(code, 2);
    assert!(out.contains("could not be asked: localhost:"), "{out}");
}

#[test]
fn arguments_of_the_process_hold_no_credential_and_ctrl_c_leaves_a_whole_report() {
    let setting = Setting::new(12);
    setting.provider.answers(|received| match number_of(received) {
        Some(0..3) => Reply::Is(200, String::new(), LIVE.to_vec()),
        _ => Reply::Slow(Duration::from_millis(700)),
    });
    let command = setting.command(&["--yes", "--format", "json"]);
    let mut child = programs::interruptible(&command, setting.folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while setting.provider.seen().len() < 4 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    for name in ["cmdline", "environ"] {
        if let Ok(bytes) = fs::read(process.join(name)) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert!((0..12).all(|number| !text.contains(&token(number))), "{text}");
        }
    }
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let mut out = String::new();
    std::io::Read::read_to_string(child.stdout.as_mut().unwrap(), &mut out).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{out}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let count = |state: &str| {
        let findings = report["findings"].as_array().unwrap().iter();
        findings.filter(|finding| finding["validation"]["state"] == state).count()
    };
    assert_eq!((count("live"), count("could-not-be-asked")), (3, 9), "{out}");
    assert!(report["problems"].to_string().contains("it was stopped before"), "{out}");
}
