//! OSV's dumps in the cache, against a server on this machine: fetched only where that was asked for, used
//! like RustSec's advisories, and kept if the server answers nonsense.

use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use super::not_checked::dump;
use super::server::{Server, body, status};
use crate::cli::{Ran, command, folder, ran};

/// A repository of JavaScript and Python, a cache, and a bucket of dumps.
struct Setting {
    folder: TempDir,
    server: Server,
    base: String,
}

impl Setting {
    fn new() -> Self {
        let lock = r#"{"lockfileVersion": 3, "packages": {"node_modules/tin": {"version": "9.0.0"}}}"#;
        let server = Server::start();
        let base = server.url.strip_suffix("/advisories.tar.gz").unwrap().to_owned();
        let folder = folder(&[("repo/package-lock.json", lock), ("repo/requirements.txt", "zinc==1.0.0\n")]);
        Self { folder, server, base }
    }

    fn run(&self, args: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = command(self.folder.path(), args);
        command
            .env("BARTIZAN_CACHE_DIR", self.folder.path().join("cache"))
            .env("CARGO_HOME", self.folder.path().join("cargo"))
            .env("BARTIZAN_OSV_URL", &self.base)
            .env("NO_PROXY", "127.0.0.1")
            .envs(variables.iter().copied());
        ran(command)
    }

    fn scan(&self, args: &[&str]) -> Ran {
        self.run(&[&["scan", "--checks", "vulnerable-package", "repo"], args].concat(), &[])
    }

    /// How many advisories an offline scan finds, without asking for any.
    fn found(&self) -> usize {
        let out = self.run(&["scan", "--offline", "--format", "jsonl", "repo"], &[]).out;
        out.lines().filter(|line| line.starts_with("{\"type\":\"finding\"")).count()
    }
}

fn npm(count: usize) -> Vec<u8> {
    let ids: Vec<String> = (1..=count).map(|number| format!("A-{number}")).collect();
    let documents: Vec<(&str, &[&str])> = ids.iter().map(|id| (id.as_str(), &["npm"][..])).collect();
    dump(&documents)
}

#[test]
fn dumps_are_fetched_on_request_conditionally_and_used() {
    let setting = Setting::new();
    let base = setting.base.clone();
    assert_eq!(setting.found(), 0);
    setting.server.answers(|request| {
        if request.contains("if-none-match: \"one\"") {
            return status("304 Not Modified");
        }
        match request.starts_with("get /npm/all.zip ") {
            true => body("etag: \"one\"\r\n", &npm(3)),
            false => status("404 Not Found"),
        }
    });
    let Ran { code, out, err } = setting.run(&["db", "update", "--osv", "NPM"], &[]);
    assert_eq!((code, out.as_str()), (0, "fetched 3 advisories about npm\n"));
    assert_eq!(err, format!("fetching OSV's database of npm from {base}/npm/all.zip\n"));
    assert_eq!(setting.found(), 3);
    let again = setting.run(&["db", "update", "--osv", "npm"], &[]);
    assert_eq!(again.out, "nothing new about npm; 3 advisories\n");
    assert_eq!(setting.found(), 3);
    // A database of one ecosystem says nothing of another, which was not asked for.
    let json = setting.run(&["scan", "--offline", "--format", "json", "--fail-on", "none", "repo"], &[]);
    assert_eq!(json.code, 0, "{}", json.out);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["not_checked"][0]["path"], "requirements.txt");
    assert_eq!(json["not_checked"].as_array().unwrap().len(), 1);
    assert_eq!(json["databases"][0]["origin"], "the cache, about npm");
    let several = setting.run(&["db", "update", "--osv", "npm,PyPI"], &[]);
    assert_eq!((several.code, several.out.as_str()), (2, "nothing new about npm; 3 advisories\n"));
    assert!(several.err.contains("/PyPI/all.zip: the server answers 404"), "{}", several.err);
    let status = setting.run(&["db", "status"], &[("SOURCE_DATE_EPOCH", "4102444800")]).out;
    assert!(
        status.lines().any(|line| {
            line.starts_with("3 advisories of OSV about npm, the newest of 2026-01-02, fetched ")
                && line.ends_with(" days ago")
        }),
        "{status}"
    );
    let unknown = setting.run(&["db", "update", "--osv", "Debian"], &[]);
    assert!(unknown.code == 2 && unknown.err.contains("npm, PyPI"), "{}", unknown.err);
    let offline = setting.run(&["db", "update", "--osv", "npm"], &[("BARTIZAN_OFFLINE", "1")]);
    assert!(offline.code == 2 && offline.err.contains("BARTIZAN_OFFLINE is set"), "{}", offline.err);
}

#[test]
fn whatever_goes_wrong_the_existing_dump_stays() {
    let setting = Setting::new();
    setting.server.answers(|_| body("", &npm(4)));
    assert_eq!(setting.run(&["db", "update", "--osv", "npm"], &[]).code, 0);
    let fails = |wanted: &str| {
        let Ran { code, out, err } = setting.run(&["db", "update", "--osv", "npm"], &[]);
        assert_eq!((code, out.as_str()), (2, ""), "{wanted}: {err}");
        assert!(err.contains(wanted), "{wanted}: {err}");
        assert_eq!(setting.found(), 4, "{wanted}");
        let left = std::fs::read_dir(setting.folder.path().join("cache/osv")).unwrap().count();
        assert_eq!(left, 3, "{wanted}: something was left behind");
    };
    setting.server.answers(|_| status("404 Not Found"));
    fails("the server answers 404");
    setting.server.answers(|_| status("500 Internal Server Error"));
    fails("the server answers 500");
    setting.server.answers(|_| body("", b"<html>Sign in to this network</html>"));
    fails("is rejected: ");
    setting.server.answers(|_| body("", b""));
    fails("is rejected: ");
    setting.server.answers(|_| {
        let whole = body("", &npm(9));
        whole[..whole.len() - 100].to_vec()
    });
    fails("cannot fetch");
    setting.server.answers(|_| {
        let whole = npm(9);
        body("", &whole[..whole.len() - 100])
    });
    fails("cut off");
    setting.server.answers(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n".to_vec());
    fails("it is larger than 1024 MiB");
    setting.server.answers(|_| body("", &dump(&[])));
    fails("is rejected: ");
    setting.server.answers(|_| body("", &dump(&[("A-1", &["PyPI"]), ("A-2", &["PyPI", "npm"])])));
    fails("it does not cover npm");
    setting.server.answers(|_| body("", &npm(1)));
    fails("it has 1 of the advisories about npm, and the copy in the cache 4");
    setting.server.answers(|_| body("", &npm(5)));
    assert_eq!(setting.run(&["db", "update", "--osv", "npm"], &[]).code, 0);
    assert_eq!(setting.found(), 5);
}

#[test]
fn a_scan_fetches_only_what_it_was_asked_for_and_says_so() {
    let setting = Setting::new();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&asked);
    setting.server.answers(move |request| {
        noted.lock().unwrap().push(request.lines().next().unwrap_or_default().to_owned());
        body("", &npm(2))
    });
    let count = || asked.lock().unwrap().len();
    // Neither by default nor by a setting, and never offline.
    assert_eq!(
        (setting.scan(&[]).code, setting.scan(&["--offline", "--osv", "npm"]).code, count()),
        (2, 2, 0)
    );
    std::fs::write(setting.folder.path().join("repo/bartizan.toml"), "[advisories]\nosv = ['npm']\n")
        .unwrap();
    assert_eq!(
        (
            setting
                .run(&["scan", "--skip-checks", "vulnerable-dependency,unsound-dependency", "repo"], &[])
                .code,
            count()
        ),
        (2, 0)
    );
    std::fs::remove_file(setting.folder.path().join("repo/bartizan.toml")).unwrap();
    // Once a day, and nothing of which there is no lock file.
    let said =
        format!("fetching OSV's database of npm from {}/npm/all.zip; --offline does not\n", setting.base);
    std::fs::remove_file(setting.folder.path().join("repo/requirements.txt")).unwrap();
    let first = setting.scan(&["--osv", "npm,Go"]);
    assert_eq!((first.code, first.err.as_str(), count()), (1, said.as_str(), 1), "{}", first.out);
    assert_eq!((setting.scan(&["--osv", "npm,Go"]).err.as_str(), count()), ("", 1));
    // What cannot be made anew is used as it is; what was never there was asked for.
    setting.server.answers(|_| status("500 Internal Server Error"));
    let late = [("SOURCE_DATE_EPOCH", "4102444800")];
    let args = ["scan", "--checks", "vulnerable-package", "--osv", "npm", "repo"];
    let old = setting.run(&args, &late);
    assert!(old.code == 1 && old.out.contains("an older copy was used"), "{}", old.out);
    let aged = setting.run(&[&args[..], &["--max-db-age", "30"]].concat(), &late);
    assert!(aged.code == 2 && aged.out.contains("the OSV database for npm is"), "{}", aged.out);
    std::fs::remove_dir_all(setting.folder.path().join("cache/osv")).unwrap();
    let none = setting.run(&args, &[]);
    assert!(none.code == 2 && none.out.contains("the server answers 500"), "{}", none.out);
    // A damaged copy is an error: it was set up.
    std::fs::create_dir_all(setting.folder.path().join("cache/osv")).unwrap();
    setting.server.answers(|_| body("", &npm(2)));
    assert_eq!(setting.run(&["db", "update", "--osv", "npm"], &[]).code, 0);
    std::fs::write(setting.folder.path().join("cache/osv/npm.zip"), "half").unwrap();
    let damaged = setting.run(&["scan", "--offline", "repo"], &[]);
    assert!(damaged.code == 2 && damaged.out.contains("its packages were not checked"), "{}", damaged.out);
}

#[test]
fn actions_are_compared_where_there_is_a_database_of_them() {
    let commit = "0123456789012345678901234567890123456789";
    let workflow = format!(
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: Some/Action@{commit} # v1.2.0\n      - uses: some/action/sub@v1.3.0\n\
         \x20     - uses: some/action@v1\n"
    );
    let folder = folder(&[("repo/.github/workflows/a.yml", &workflow), ("repo/package.json", "{}\n")]);
    let scan = |args: &[&str]| {
        let mut command =
            command(folder.path(), &[&["scan", "--offline", "--format", "json", "repo"], args].concat());
        command.env("BARTIZAN_CACHE_DIR", folder.path().join("cache")).env("CARGO_HOME", folder.path());
        let Ran { code, out, err } = ran(command);
        let json: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
        (code, json)
    };
    // Every repository has workflows: without a database nothing is said of it, unless one was asked for.
    let only = &["--checks", "vulnerable-package"][..];
    for args in [&[][..], only] {
        let (code, json) = scan(args);
        assert_eq!((code < 2, json["not_checked"].as_array().map_or(0, Vec::len)), (true, 0), "{json}");
    }
    assert_eq!(scan(&["--osv", "GitHub Actions"]).0, 2);
    let advisory = r#"{"id": "GHSA-a", "affected": [{"package": {"ecosystem": "GitHub Actions", "name": "some/action"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.3.0"}]}]}]}"#;
    std::fs::create_dir(folder.path().join("osv")).unwrap();
    std::fs::write(folder.path().join("osv/GHSA-a.json"), advisory).unwrap();
    let database = folder.path().join("osv");
    let (code, json) = scan(&[only, &["--osv-db", database.to_str().unwrap()]].concat());
    let found = json["findings"].as_array().unwrap();
    assert_eq!((code, found.len()), (1, 1), "{json}");
    assert_eq!(found[0]["place"]["region"]["start_line"], 6);
    assert_eq!(found[0]["place"]["region"]["start_column"], 15);
}

#[test]
fn redirects_are_followed_a_few_times() {
    let setting = Setting::new();
    let to = |place: &str| {
        format!("HTTP/1.1 302 Found\r\nlocation: {place}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .into_bytes()
    };
    setting.server.answers(move |request| match request.starts_with("get /npm/all.zip ") {
        true => to("/elsewhere/npm.zip"),
        false => body("etag: \"one\"\r\n", &npm(3)),
    });
    let fetched = setting.run(&["db", "update", "--osv", "npm"], &[]);
    assert_eq!(
        (fetched.code, fetched.out.as_str()),
        (0, "fetched 3 advisories about npm\n"),
        "{}",
        fetched.err
    );
    setting.server.answers(move |_| to("/npm/all.zip"));
    let circle = setting.run(&["db", "update", "--osv", "npm"], &[]);
    assert!(circle.code == 2 && circle.err.contains("too many redirects"), "{}", circle.err);
    // Another machine is asked over TLS alone.
    setting.server.answers(move |_| to("http://example.org/npm.zip"));
    let open = setting.run(&["db", "update", "--osv", "npm"], &[]);
    assert!(open.code == 2 && open.err.contains("without https"), "{}", open.err);
    assert_eq!(setting.found(), 3);
}

#[test]
fn the_same_fault_under_several_ids_is_one_finding_and_is_accepted_by_any_of_them() {
    let document = |id: &str, aliases: &str, more: &str| {
        format!(
            r#"{{"id": "{id}", "aliases": [{aliases}], "affected": [{{"package": {{"ecosystem": "PyPI", "name": "tin"}},
            "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}{more}]}}]}}]}}"#
        )
    };
    let folder = folder(&[
        ("repo/requirements.txt", "tin==1.0.0\n"),
        ("osv/1.json", &document("PYSEC-2099-1", r#""CVE-2099-1""#, "")),
        ("osv/2.json", &document("GHSA-a", r#""CVE-2099-1""#, r#", {"fixed": "2.0.0"}"#)),
        ("osv/3.json", &document("OSV-2099-7", "", "")),
    ]);
    let scan = || {
        let args =
            ["scan", "--offline", "--checks", "dependency", "--osv-db", "osv", "--format", "json", "repo"];
        let Ran { out, err, .. } = ran(command(folder.path(), &args));
        serde_json::from_str::<serde_json::Value>(&out).unwrap_or_else(|_| panic!("{err}"))
    };
    let first = scan();
    let ids: Vec<&str> = first["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["advisory"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["GHSA-a", "OSV-2099-7"]);
    assert_eq!(first["findings"][0]["advisory"]["patched"], serde_json::json!(["2.0.0"]));
    for id in ["GHSA-a", "CVE-2099-1", "PYSEC-2099-1"] {
        let settings =
            format!("[advisories]\nignore = [{{ id = '{id}', reason = 'it is behind a wall' }}]\n");
        std::fs::write(folder.path().join("repo/bartizan.toml"), settings).unwrap();
        let left = scan();
        assert_eq!(left["findings"].as_array().unwrap().len(), 1, "{id}");
        assert_eq!(left["findings"][0]["advisory"]["id"], "OSV-2099-7", "{id}");
    }
}
