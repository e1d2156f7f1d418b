//! That nothing but `bartizan validate` asks anybody: every connection of the program would go through a proxy, which
//! counts them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use crate::cli::{Ran, command, folder, ran};

fn token() -> String {
    "ghp_HVEhWIiHa1T5fRDStG¦Rngv8NAglKky11Oj2w".replace('¦', "")
}

/// A proxy that refuses everybody, and counts them.
struct Proxy {
    url: String,
    count: Arc<AtomicUsize>,
    heard: Arc<std::sync::Mutex<String>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (count, heard) = (Arc::<AtomicUsize>::default(), Arc::<std::sync::Mutex<String>>::default());
        let (counted, told) = (Arc::clone(&count), Arc::clone(&heard));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut start = Vec::new();
                let mut byte = [0];
                while !start.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                    start.push(byte[0]);
                }
                told.lock().unwrap().push_str(&String::from_utf8_lossy(&start));
                let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
            }
        });
        Self { url, count, heard }
    }

    fn through(&self, folder: &Path, args: &[&str]) -> Command {
        let mut command = command(folder, args);
        for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env(name, &self.url);
        }
        command.env_remove("NO_PROXY").env_remove("no_proxy");
        command
    }
}

fn repository() -> TempDir {
    let folder = folder(&[("repo/src/ci.py", &format!("TOKEN = \"{}\"\n", token()))]);
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(folder.path().join("repo")).args(args).env("HOME", folder.path());
        git.env("GIT_CONFIG_NOSYSTEM", "1");
        assert!(git.output().unwrap().status.success(), "{args:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "one"]);
    folder
}

#[test]
fn nothing_else_opens_a_connection() {
    let folder = repository();
    let proxy = Proxy::start();
    fs::write(folder.path().join("repo/staged.py"), format!("T = \"{}\"\n", token())).unwrap();
    let mut git = Command::new("git");
    git.current_dir(folder.path().join("repo")).args(["add", "staged.py"]).env("HOME", folder.path());
    assert!(git.status().unwrap().success());
    let runs: &[&[&str]] = &[
        &["scan", "."],
        &["scan", ".", "--history"],
        &["scan", ".", "--history", "--unreachable", "--no-cache", "--include-authors"],
        &["scan", ".", "--staged"],
        &["scan", ".", "--index"],
        &["scan", ".", "--range", "HEAD"],
        &["scan", ".", "--since", "HEAD", "--worktree"],
        &["scan", ".", "--base", "HEAD"],
        &["scan", ".", "--bare-repo", ".git"],
        &["scan", ".", "--checks", "secret", "--preset", "strict", "-v", "--jobs", "2"],
        &["scan", ".", "--offline", "--format", "json", "--no-config", "--no-baseline"],
        &["scan", ".", "--format", "sarif", "--fail-on", "low", "--sarif-category", "c"],
        &["scan", ".", "--output", "html=out.html", "--output", "csv=out.csv", "--quiet"],
        &["baseline", "create", "."],
        &["baseline", "diff", "."],
        &["hook", "pre-commit"],
        &["doctor", "."],
        &["policy", "."],
        &["fix", "."],
        &["explain", "github-personal-access-token"],
        &["checks"],
        &["action", "plan", "--path", "."],
        &["validate", "."],
        &["validate", ".", "--yes", "--offline"],
    ];
    for args in runs {
        let args: Vec<&str> = match args.contains(&"--bare-repo") {
            true => args.iter().copied().filter(|arg| *arg != ".").collect(),
            false => args.to_vec(),
        };
        let Ran { out, err, .. } = ran(proxy.through(&folder.path().join("repo"), &args));
        assert_eq!(proxy.count.load(Ordering::SeqCst), 0, "{args:?}: {}", proxy.heard.lock().unwrap());
        assert!(!err.contains("--help` lists all") && !err.contains("Usage:"), "{args:?} is not done: {err}");
        assert!(!(out + &err).contains(&token()), "{args:?}");
    }
    // What fetches advisories asks for them alone.
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    fs::write(folder.path().join("repo/Cargo.lock"), lock).unwrap();
    fs::write(folder.path().join("list"), "repo\n").unwrap();
    for args in [&["scan", "repo"] as &[&str], &["batch", "run", "--from", "list", "--out", "results"]] {
        let mut command = proxy.through(folder.path(), args);
        command.env("BARTIZAN_CACHE_DIR", folder.path().join("cache"));
        let Ran { out, err, .. } = ran(command);
        assert!(!(out + &err).contains(&token()), "{args:?}");
        let heard = std::mem::take(&mut *proxy.heard.lock().unwrap());
        assert!(heard.contains("CONNECT github.com:443"), "{args:?}: {err}");
        let hosts: Vec<&str> = heard.lines().filter(|line| line.starts_with("CONNECT ")).collect();
        assert!(hosts.iter().all(|line| line.starts_with("CONNECT github.com:443 ")), "{hosts:?}");
    }
    proxy.count.store(0, Ordering::SeqCst);
    // The counter works, and a proxy hears the host alone.
    let Ran { code, out, err } = ran(proxy.through(folder.path(), &["validate", "repo", "--yes"]));
    assert!(proxy.count.load(Ordering::SeqCst) > 0, "{out}{err}");
    assert_eq!(code, 2);
    assert!(out.contains("could not be asked: api.github.com: "), "{out}");
    let heard = proxy.heard.lock().unwrap().clone();
    assert!(heard.starts_with("CONNECT api.github.com:443 HTTP/1.1\r\n"), "{heard}");
    for text in [&heard, &out, &err] {
        assert!(!text.contains(&token()), "{text}");
    }
}

#[test]
fn what_forbids_the_network_forbids_to_ask() {
    let folder = repository();
    let offline = ran(command(folder.path(), &["validate", "repo", "--yes", "--offline"]));
    assert_eq!((offline.code, offline.out.as_str()), (2, ""));
    assert!(offline.err.contains("--offline allows no network"), "{}", offline.err);
    let mut variable = command(folder.path(), &["validate", "repo", "--yes"]);
    variable.env("BARTIZAN_OFFLINE", "1");
    let variable = ran(variable);
    assert_eq!((variable.code, variable.out.as_str()), (2, ""));
    assert!(variable.err.contains("BARTIZAN_OFFLINE allows no network"), "{}", variable.err);
}

#[test]
fn without_consent_nothing_is_sent_and_all_is_said() {
    let folder = repository();
    let proxy = Proxy::start();
    let Ran { code, out, err } = ran(proxy.through(folder.path(), &["validate", "repo"]));
    assert_eq!((code, out.as_str()), (2, ""));
    assert_eq!(proxy.count.load(Ordering::SeqCst), 0);
    for wanted in [
        "1 credential of 1 kind would be sent to its own provider: api.github.com (1)\n",
        "  GET https://api.github.com/user (1: github-personal-access-token)\n",
        "error: nothing was sent: there is no terminal to ask at; --yes sends it\n",
    ] {
        assert!(err.contains(wanted), "{err}");
    }
}

#[test]
fn a_pack_of_a_repository_sends_nothing() {
    let pack = "provider = \"Evil\"\n\n[[rule]]\nid = \"evil-token\"\ntitle = \"Evil token\"\nseverity = \"high\"\nconfidence = \"high\"\nshape = \"evil_ A{30}\"\nabout = \"a\"\nrevoke = \"b\"\nrequest = \"x\"\nbad = [\"evil_ZpQ7xK2mWv9RtYb¦4NcLs8HdJf3GgTa\"]\ngood = [\"none\"]\n\n[request.x]\ndocs = \"https://evil.example.net/docs\"\nget = \"https://evil.example.net/\"\nheaders = { Authorization = \"Bearer {secret}\" }\n";
    let folder = folder(&[
        ("packs/evil.toml", pack),
        ("bartizan.toml", "[scan]\npacks = [\"packs\"]\n"),
        ("a.txt", &"x = evil_ZpQ7xK2mWv9RtYb¦4NcLs8HdJf3GgTa\n".replace('¦', "")),
    ]);
    let proxy = Proxy::start();
    let verified = ran(command(folder.path(), &["checks", "verify", "packs"]));
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    let Ran { out, err, .. } = ran(proxy.through(folder.path(), &["validate", ".", "--yes"]));
    assert!(out.contains("evil-token") && out.contains("no way to ask"), "{out}{err}");
    assert_eq!(proxy.count.load(Ordering::SeqCst), 0, "{out}{err}");
}

#[test]
fn packs_with_faulty_requests_are_named() {
    let pack = |request: &str| {
        format!(
            "provider = \"Own\"\n\n[[rule]]\nid = \"own-token\"\ntitle = \"Own token\"\nseverity = \"high\"\nconfidence = \"high\"\nshape = \"own_ A{{30}}\"\nabout = \"a\"\nrevoke = \"b\"\nrequest = \"x\"\nbad = [\"own_ZpQ7xK2mWv9RtYb¦4NcLs8HdJf3GgTa\"]\ngood = [\"none\"]\n\n[request.x]\ndocs = \"https://own.example.net/docs\"\n{request}\n"
        )
    };
    let headers = "headers = { Authorization = \"Bearer {secret}\" }";
    for (request, wanted) in [
        (format!("get = \"http://api.own.net/\"\n{headers}"), "the address starts with https://"),
        (format!("get = \"https://10.0.0.1/\"\n{headers}"), "not the literal name of a public one"),
        (format!("get = \"https://own.local/\"\n{headers}"), "not the literal name of a public one"),
        (format!("get = \"https://api.own.net:8443/\"\n{headers}"), "not the literal name of a public one"),
        (format!("get = \"https://{{secret}}.own.net/\"\n{headers}"), "not the literal name of a public one"),
        ("get = \"https://api.own.net/\"".to_owned(), "stands exactly once"),
        (format!("get = \"https://api.own.net/{{secret}}\"\n{headers}"), "stands exactly once"),
        (format!("get = \"https://api.own.net/{{sid}}\"\n{headers}"), "neither the secret nor a companion"),
        (format!("post = \"https://api.own.net/\"\n{headers}"), "says in `read-only`"),
        (format!("get = \"https://api.own.net/\"\nbody = \"x\"\n{headers}"), "only `post` has a body"),
        (format!("get = \"https://api.own.net/\"\nlive = [\"401\"]\n{headers}"), "cannot be both"),
        (format!("get = \"https://api.own.net/\"\nlive = [\"ok\"]\n{headers}"), "is not a status"),
        (
            format!("get = \"https://api.own.net/\"\nshow = {{ token = \"json:token\" }}\n{headers}"),
            "account, scopes or expires",
        ),
        ("get = \"https://api.own.net/\"\nheaders = { Host = \"{secret}\" }".to_owned(), "is not for a pack"),
    ] {
        let folder = folder(&[("packs/own.toml", &pack(&request))]);
        let Ran { code, out, err } = ran(command(folder.path(), &["checks", "verify", "packs"]));
        assert_eq!(code, 1, "{request}: {out}{err}");
        assert!(out.contains(wanted), "{request}: {out}");
    }
}
