//! `bartizan db` against a server on this machine: what is new, what is not, and everything that a server
//! can do wrong. Whatever that is, the database of before stays.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use super::lock;
use crate::cli::{Ran, command, folder, ran};
use crate::decode::{gzip, tar, tar_header};

/// What the server answers to a request, which is given in lower case.
type Answer = dyn Fn(&str) -> Vec<u8> + Send + Sync;

/// A server for the length of a test; its threads end with the program.
pub(crate) struct Server {
    pub(crate) url: String,
    answer: Arc<Mutex<Arc<Answer>>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://127.0.0.1:{}/advisories.tar.gz", listener.local_addr().unwrap().port());
        let answer: Arc<Mutex<Arc<Answer>>> =
            Arc::new(Mutex::new(Arc::new(|_: &str| status("404 Not Found"))));
        let shared = Arc::clone(&answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = Arc::clone(&shared.lock().unwrap());
                std::thread::spawn(move || serve(stream, &*answer));
            }
        });
        Self { url, answer }
    }

    pub(crate) fn answers(&self, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }
}

fn serve(mut stream: TcpStream, answer: &Answer) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut request = String::new();
    while reader.read_line(&mut request).is_ok_and(|length| length > 2) {}
    // The other side may have heard enough.
    let _ = stream.write_all(&answer(&request.to_lowercase()));
}

pub(crate) fn status(line: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
}

pub(crate) fn body(fields: &str, bytes: &[u8]) -> Vec<u8> {
    let mut answer =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n{fields}\r\n", bytes.len())
            .into_bytes();
    answer.extend_from_slice(bytes);
    answer
}

fn advisory(number: usize) -> (String, String) {
    let id = format!("RUSTSEC-2026-{number:04}");
    let text = format!(
        "```toml\n[advisory]\nid = \"{id}\"\npackage = \"tin\"\ndate = \"2026-01-{number:02}\"\n[versions]\npatched = []\n```\n\n# Title {number}\n\nText.\n"
    );
    (format!("advisory-db-main/crates/tin/{id}.md"), text)
}

/// An archive with so many advisories about `tin`.
fn archive(count: usize) -> Vec<u8> {
    let files: Vec<(String, String)> = (1..=count).map(advisory).collect();
    let mut files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    files.push(("advisory-db-main/README.md", b"hello"));
    gzip(&tar(&files))
}

/// A repository that depends on `tin`, and a cache.
struct Setting {
    folder: TempDir,
    server: Server,
}

impl Setting {
    fn new() -> Self {
        let lock = lock(&[("tin", "1.0.0")]);
        Self { folder: folder(&[("repo/Cargo.lock", lock.as_str())]), server: Server::start() }
    }

    fn run(&self, args: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = command(self.folder.path(), args);
        command
            .env("BARTIZAN_CACHE_DIR", self.folder.path().join("cache"))
            .env("CARGO_HOME", self.folder.path().join("cargo"))
            .env("BARTIZAN_ADVISORY_DB_URL", &self.server.url)
            .env("NO_PROXY", "127.0.0.1")
            .envs(variables.iter().copied());
        ran(command)
    }

    fn update(&self) -> Ran {
        self.run(&["db", "update"], &[])
    }

    /// How many advisories an offline scan finds; none if there is no database but the one that is built in.
    fn found(&self) -> Option<usize> {
        let Ran { out, code, .. } = self.run(
            &["scan", "--offline", "--checks", "vulnerable-dependency", "--format", "jsonl", "repo"],
            &[],
        );
        let findings = out.lines().filter(|line| line.starts_with("{\"type\":\"finding\"")).count();
        assert_ne!(code, 2, "{out}");
        (!out.contains("the built-in copy")).then_some(findings)
    }
}

#[test]
fn updates_are_conditional() {
    let setting = Setting::new();
    assert_eq!(setting.found(), None);
    setting.server.answers(|request| {
        if request.contains("if-none-match: \"one\"") {
            assert!(request.contains("if-modified-since: yesterday"), "{request}");
            return status("304 Not Modified");
        }
        body("etag: \"one\"\r\nlast-modified: yesterday\r\n", &archive(3))
    });
    let url = &setting.server.url;
    let Ran { code, out, err } = setting.update();
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, format!("fetched 3 advisories from {url}\n"));
    assert_eq!(setting.found(), Some(3));
    assert_eq!(setting.update().out, format!("nothing new at {url}; 3 advisories\n"));
    assert_eq!(setting.found(), Some(3));
    let status = setting.run(&["db", "status"], &[]);
    assert_eq!(
        (status.code, status.out.as_str()),
        (
            0,
            "3 advisories of RustSec, the newest of 2026-01-03, from the cache, fetched today\n\
             Sigstore's trusted root: built in; `bartizan db update` fetches it\n\
             GitHub's trusted root: built in; `bartizan db update` fetches it\n"
        )
    );
    let later = setting.run(&["db", "status"], &[("SOURCE_DATE_EPOCH", "1790200000")]);
    assert!(later.out.contains("from the cache, fetched 2 days ago\n"), "{}", later.out);
}

#[test]
fn whatever_goes_wrong_the_database_of_before_stays() {
    let setting = Setting::new();
    setting.server.answers(|_| body("", &archive(4)));
    assert_eq!(setting.update().code, 0);
    let fails = |wanted: &str| {
        let Ran { code, out, err } = setting.update();
        assert_eq!((code, out.as_str()), (2, ""), "{wanted}: {err}");
        assert!(err.contains(wanted) && err.contains(&setting.server.url), "{wanted}: {err}");
        assert_eq!(setting.found(), Some(4), "{wanted}");
    };
    for line in ["404 Not Found", "500 Internal Server Error", "418 I'm a teapot"] {
        setting.server.answers(move |_| status(line));
        fails(&format!("the server answers {}", &line[..3]));
    }
    setting.server.answers(|_| body("content-type: text/html\r\n", b"<html>Sign in to this network</html>"));
    fails("not a tar archive");
    setting.server.answers(|_| body("", b""));
    fails("the archive contains no advisory");
    setting.server.answers(|_| b"garbage\r\n\r\n".to_vec());
    fails("cannot fetch");
    setting.server.answers(|_| {
        b"HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_vec()
    });
    fails("cannot fetch");
    setting.server.answers(|_| {
        b"HTTP/1.1 302 Found\r\nlocation: /again\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_vec()
    });
    fails("too many redirects");
    setting.server.answers(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n".to_vec());
    fails("it is larger than 128 MiB");
    setting.server.answers(|_| {
        let mut endless = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        endless.resize(130 << 20, b'x');
        endless
    });
    fails("it is larger than 128 MiB");
    setting.server.answers(|_| {
        let whole = body("", &archive(9));
        whole[..whole.len() - 100].to_vec()
    });
    fails("cannot fetch");
    setting.server.answers(|_| {
        let archive = archive(9);
        body("", &archive[..archive.len() - 100])
    });
    fails("cut off or damaged");
    setting.server.answers(|_| body("", &gzip(b"no archive at all, however long it may be written")));
    fails("not a tar archive");
    setting.server.answers(|_| body("", &archive(1)));
    fails("it has 1 advisories, the previous database 4");
    // And then it is well again.
    setting.server.answers(|_| body("", &archive(5)));
    assert_eq!(setting.update().code, 0);
    assert_eq!(setting.found(), Some(5));
}

#[test]
fn names_links_and_devices_in_an_archive_do_no_harm() {
    let setting = Setting::new();
    let (name, text) = advisory(1);
    let mut all = Vec::new();
    for (name, kind) in [
        ("advisory-db-main/crates/tin/LINK.md", b'2'),
        ("advisory-db-main/crates/tin/HARD.md", b'1'),
        ("advisory-db-main/crates/tin/FIFO.md", b'6'),
        ("advisory-db-main/crates", b'5'),
    ] {
        let mut header = tar_header(name, kind, 0);
        header[157..168].copy_from_slice(b"/etc/passwd");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        all.extend_from_slice(&header);
    }
    let escape = format!("../crates/tin/{}", "RUSTSEC-2026-0002.md");
    let (_, other) = advisory(2);
    all.extend(tar(&[
        (escape.as_str(), other.as_bytes()),
        ("/crates/tin/RUSTSEC-2026-0003.md", other.as_bytes()),
        (name.as_str(), text.as_bytes()),
    ]));
    let packed = gzip(&all);
    setting.server.answers(move |_| body("", &packed));
    let Ran { code, out, err } = setting.update();
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("fetched 1 advisory"), "{out}");
    assert_eq!(setting.found(), Some(1));
}

#[test]
fn a_scan_fetches_what_it_lacks_says_so_and_never_offline() {
    let setting = Setting::new();
    let asked = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&asked);
    setting.server.answers(move |_| {
        *counted.lock().unwrap() += 1;
        body("", &archive(2))
    });
    let scan = |args: &[&str], variables: &[(&str, &str)]| {
        setting.run(&[&["scan", "--checks", "vulnerable-dependency", "repo"], args].concat(), variables)
    };
    let count = || *asked.lock().unwrap();
    assert_eq!(
        (scan(&["--offline"], &[]).code, scan(&[], &[("BARTIZAN_OFFLINE", "1")]).code, count()),
        (0, 0, 0)
    );
    let first = scan(&[], &[]);
    let said = format!("fetching the advisory database from {}; --offline does not\n", setting.server.url);
    assert_eq!((first.code, first.err, count()), (1, said.clone(), 1));
    // It is fresh for a day.
    assert_eq!((scan(&[], &[]).err.as_str(), count()), ("", 1));
    let late = [("SOURCE_DATE_EPOCH", "1790100000")];
    assert_eq!((scan(&[], &late).err, count()), (said.clone(), 2));
    // What cannot be made anew is used as it is, and told.
    setting.server.answers(|_| status("500 Internal Server Error"));
    let later = [("SOURCE_DATE_EPOCH", "1790300000")];
    let old = scan(&[], &later);
    assert_eq!((old.code, old.err), (1, said));
    assert!(
        old.out.contains("an older copy was used") && old.out.contains("the server answers 500"),
        "{}",
        old.out
    );
    // A repository without a lock file asks for nothing.
    setting.server.answers(|_| panic!("nobody asks"));
    let none = setting.run(&["scan", "--checks", "dependency", "cache"], &later);
    assert_eq!((none.code, none.err.as_str()), (0, ""));
}

#[test]
fn no_route_and_no_proxy_are_told() {
    let setting = Setting::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{closed}/x");
    let Ran { code, err, .. } = setting.run(&["db", "update", "--url", &url], &[]);
    assert!(code == 2 && err.contains("connection refused"), "{err}");
    let proxy = format!("http://127.0.0.1:{closed}");
    let proxied = setting.run(
        &["db", "update", "--url", "https://example.invalid/x"],
        &[("https_proxy", &proxy), ("HTTPS_PROXY", &proxy), ("ALL_PROXY", &proxy), ("NO_PROXY", "")],
    );
    assert!(
        proxied.code == 2 && proxied.err.contains("cannot fetch https://example.invalid/x"),
        "{}",
        proxied.err
    );
    for url in ["http://example.org/x", "file:///etc/passwd", "ftp://example.org"] {
        let Ran { code, err, .. } = setting.run(&["db", "update", "--url", url], &[]);
        assert!(code == 2 && err.contains("must start with https://"), "{url}: {err}");
    }
}

/// Without a provider of cryptography of its own a client of rustls panics at the first handshake.
#[test]
fn https_starts_a_handshake_and_what_is_no_answer_to_it_is_told() {
    let setting = Setting::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://127.0.0.1:{}/x", listener.local_addr().unwrap().port());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut start = [0; 6];
        stream.read_exact(&mut start).unwrap();
        stream.write_all(b"HTTP/1.1 400 this is no TLS\r\n\r\n").unwrap();
        start
    });
    let Ran { code, err, .. } = setting.run(&["db", "update", "--url", &url], &[]);
    assert!(code == 2 && err.contains(&format!("cannot fetch {url}")) && err.lines().count() == 1, "{err}");
    // A record of the handshake, and in it what a client says first.
    let [kind, major, .., message] = heard.join().unwrap();
    assert_eq!((kind, major, message), (22, 3, 1));
}

#[test]
fn directories_and_archives_are_imported() {
    let setting = Setting::new();
    let at = |name: &str| setting.folder.path().join(name);
    std::fs::write(at("db.tgz"), archive(2)).unwrap();
    let Ran { code, out, .. } = setting.run(&["db", "import", "db.tgz"], &[]);
    assert_eq!((code, out.as_str()), (0, "imported 2 advisories from db.tgz\n"));
    assert_eq!(setting.found(), Some(2));
    std::fs::create_dir_all(at("dir/crates/tin")).unwrap();
    std::fs::write(at("dir/crates/tin/RUSTSEC-2026-0001.md"), advisory(1).1).unwrap();
    assert_eq!(setting.run(&["db", "import", "dir"], &[]).out, "imported 1 advisory from dir\n");
    assert_eq!(setting.found(), Some(1));
    std::fs::write(at("cut.tgz"), &archive(2)[..60]).unwrap();
    std::fs::create_dir_all(at("half/crates/tin")).unwrap();
    for (name, wanted) in [
        ("absent", "no such file"),
        ("cut.tgz", "cut off or damaged"),
        ("half", "contains no advisory"),
        ("repo", "cannot be read"),
    ] {
        let Ran { code, err, .. } = setting.run(&["db", "import", name], &[]);
        assert!(code == 2 && err.contains(wanted), "{name}: {err}");
        assert_eq!(setting.found(), Some(1), "{name}");
    }
    std::fs::write(at("cache/rustsec.json"), "{ half").unwrap();
    assert_eq!(setting.found(), None);
}
