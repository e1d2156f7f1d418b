//! Nothing that a change brings says what counts in it: every setting, and every file that can silence a
//! finding or vouch for a file, is tried in a change, with `--base` and as a range.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bartizan::scan::config::{self, BASELINES, Config, NAMES, Wanted};
use bartizan::source::Tree;
use serde_json::Value;

use super::base::lock;
use super::newness::line;
use super::program::bartizan;
use super::{Repo, open, token};
use crate::dependencies::database;

/// Files that a commit writes; those without content are taken away.
type Files = Vec<(String, Option<Vec<u8>>)>;

fn file(path: &str, content: impl AsRef<[u8]>) -> (String, Option<Vec<u8>>) {
    (path.to_owned(), Some(content.as_ref().to_vec()))
}

fn toml(content: &str) -> (String, Option<Vec<u8>>) {
    file(NAMES[0], content)
}

/// What becomes of a plain scan.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Plain {
    /// It passes: there is something to hide behind.
    #[default]
    Passes,
    /// It fails: this hides nothing from us.
    Fails,
    /// Either.
    Any,
}

/// A change that tries to get away with something.
#[derive(Default)]
struct Try {
    /// What the base has.
    base: Files,
    /// What the change brings besides `hiding`.
    brings: Files,
    /// What is to hide or vouch for it.
    hiding: Files,
    /// The check and the path that have to be reported.
    wanted: (&'static str, &'static str),
    /// Arguments of every scan.
    arguments: Vec<String>,
    /// What it does to a plain scan, which is judged by the files that it scans.
    plain: Plain,
    /// True if the report has to be incomplete: what is wanted is no finding.
    incomplete: bool,
}

impl Try {
    /// A token in `leak.txt`, hidden by these files.
    fn leak(hiding: Files) -> Self {
        let wanted = ("github-personal-access-token", "leak.txt");
        Self { brings: vec![file("leak.txt", line("leak"))], hiding, wanted, ..Self::default() }
    }

    /// A lock file with this package, judged by this configuration of the base and hidden by these files.
    fn package(package: (&str, &str), check: &'static str, base: &str, hiding: Files) -> Self {
        let base = if base.is_empty() { Vec::new() } else { vec![toml(base)] };
        let database = database().to_str().unwrap().to_owned();
        let arguments = ["--offline", "--advisory-db", &database].map(str::to_owned).to_vec();
        let brings = vec![file("Cargo.lock", lock(&[package]))];
        Self { base, brings, hiding, wanted: (check, "Cargo.lock"), arguments, ..Self::default() }
    }

    /// Files of a fixture, which have this finding, judged by this configuration of the base and hidden by another.
    fn fixture(folder: &str, wanted: (&'static str, &'static str), base: &str, hiding: &str) -> Self {
        let root = crate::tidy::root().join("fixtures").join(folder).join("repo");
        let mut brings = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().unwrap() != NAMES[0] {
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                    brings.push((name, Some(std::fs::read(path).unwrap())));
                }
            }
        }
        let arguments = ["--fail-on", "low", "--checks", wanted.0].map(str::to_owned).to_vec();
        Self {
            base: vec![toml(base)],
            brings,
            hiding: vec![toml(hiding)],
            wanted,
            arguments,
            ..Self::default()
        }
    }

    fn void(self) -> Self {
        Self { plain: Plain::Fails, ..self }
    }

    /// Makes the change, and asks every kind of scan.
    #[track_caller]
    fn check(&self, what: &str) {
        let repo = Repo::new();
        repo.write("README.md", "A repository.\n");
        write(&repo, &self.base);
        repo.commit("base");
        repo.git(&["checkout", "-q", "-b", "work"]);
        write(&repo, &self.brings);
        repo.commit("what is to be reported");
        write(&repo, &self.hiding);
        repo.commit("and what is to hide it");
        if self.plain != Plain::Any {
            assert_eq!(self.is_told(&repo, &[], what), self.plain == Plain::Fails, "{what}: without a base");
        }
        for scan in [
            &["--base", "main"][..],
            &["--range", "main..HEAD", "--worktree"],
            &["--since", "main", "--worktree"],
        ] {
            assert!(self.is_told(&repo, scan, what), "{what}: {scan:?}");
        }
        if self.wanted.1 == "leak.txt" {
            assert!(self.is_told(&repo, &["--range", "main..HEAD"], what), "{what}: of the commits alone");
        }
    }

    /// True if the scan fails, and for what is wanted.
    #[track_caller]
    fn is_told(&self, repo: &Repo, scan: &[&str], what: &str) -> bool {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let ran = bartizan(&repo.path(), &[&["scan", "--format", "json"], scan, &arguments].concat());
        let Ok(report) = serde_json::from_str::<Value>(&ran.out) else {
            panic!("{what}: {scan:?}: {}", ran.err);
        };
        let found = report["findings"].as_array().unwrap().iter();
        let is_wanted = |finding: &Value| {
            let path = finding["place"]["path"].as_str().unwrap();
            finding["check"] == self.wanted.0 && path.starts_with(self.wanted.1)
        };
        assert!(ran.code < 2 || self.incomplete, "{what}: {scan:?}: {report}");
        match self.incomplete {
            true => ran.code == 2,
            false => ran.code == 1 && found.into_iter().any(is_wanted),
        }
    }
}

fn write(repo: &Repo, files: &Files) {
    for (path, content) in files {
        match content {
            Some(content) => drop(repo.write(path, content)),
            None => std::fs::remove_file(repo.path().join(path)).unwrap(),
        }
    }
}

/// What is tried with a setting.
enum Tried {
    /// In a repository, by the program.
    By(Box<Try>),
    /// What it decides needs certificates or an index that a test cannot make up; it is only seen that it is
    /// the base's.
    Loaded,
}

fn tried(one: Try) -> Tried {
    Tried::By(Box::new(one))
}

/// A pack whose rule takes the tokens of GitHub for something hardly worth telling.
fn pack() -> String {
    let cut = token("cut").replacen("ghp_", "ghp_¦", 1);
    format!(
        "provider = \"Own\"\ndocs = \"https://own.example\"\n[[rule]]\nid = \"own-key\"\ntitle = \"Own key\"\n\
         severity = \"low\"\nconfidence = \"low\"\npattern = '\\bghp_[0-9A-Za-z]{{36}}\\b'\nanchors = [\"ghp_\"]\n\
         about = \"Opens nothing.\"\nrevoke = \"Delete it.\"\nbad = [\"{cut}\"]\ngood = [\"ghp\"]\n"
    )
}

const OTHER_RULES: &str =
    "[[rules]]\nid = \"other\"\nregex = '''other_[a-z]{9}'''\nkeywords = [\"other_\"]\n";

/// Each key of the configuration, with what sets it, and what is tried with it.
fn settings() -> Vec<(&'static str, &'static str, Tried)> {
    let leak = |text: &'static str| tried(Try::leak(vec![toml(text)]));
    let vulnerable = |text: &'static str| {
        tried(Try::package(("tinfoil", "1.4.2"), "vulnerable-dependency", "", vec![toml(text)]))
    };
    let ignored = |key: &'static str, text: &'static str| (key, text, leak(text));
    let accepted = |key: &'static str, text: &'static str| (key, text, vulnerable(text));
    let level = |key: &'static str, package: &'static str, check: &'static str| {
        let (name, version) = (package, if package == "tinfoil" { "1.4.2" } else { "1.0.0" });
        let text: &'static str = format!("[advisories]\n{key} = 'none'\n").leak();
        let base = format!("[advisories]\n{key} = 'high'\n");
        (text, tried(Try::package((name, version), check, &base, vec![toml(text)])))
    };
    let (notice, tried_notice) = level("notice", "brassbell", "noticed-dependency");
    let (unmaintained, tried_unmaintained) = level("unmaintained", "rustbucket", "unmaintained-dependency");
    let (unsound, tried_unsound) = level("unsound", "tinfoil", "unsound-dependency");
    let rules = "[secrets]\nrules = ['r.toml']\ndefaults = false\n";
    let with_rules = || tried(Try::leak(vec![toml(rules), file("r.toml", OTHER_RULES)]));
    let packs = "[scan]\npacks = ['own']\n";
    let foreign = "[secrets]\nforeign-allow = true\n";
    let mut marked = Try::leak(vec![toml(foreign)]);
    marked.brings = vec![file("leak.txt", line("leak").replace('\n', &[" # gitleaks:", "allow\n"].concat()))];
    let aged = {
        let old = tempfile::tempdir().unwrap().keep();
        let advisory = "```toml\n[advisory]\nid = \"A-1\"\npackage = \"tin\"\ndate = \"2020-01-01\"\n\
            [versions]\npatched = []\n```\n\n# T\n\nText.\n";
        std::fs::create_dir_all(old.join("crates/tin")).unwrap();
        std::fs::write(old.join("crates/tin/A-1.md"), advisory).unwrap();
        let arguments = ["--offline", "--advisory-db", old.to_str().unwrap()].map(str::to_owned).to_vec();
        Try {
            base: vec![toml("[advisories]\nmax-age = 10\n")],
            brings: vec![file("Cargo.lock", lock(&[("iron", "1.0.0")]))],
            hiding: vec![toml("[advisories]\nmax-age = 100000\n")],
            arguments,
            incomplete: true,
            ..Try::default()
        }
    };
    // Without a database of OSV the lock file cannot be checked, which the base asks for.
    let npm = "{\"name\": \"app\", \"lockfileVersion\": 3, \"packages\": {\"node_modules/a\": {\"version\": \"1.0.0\"}}}\n";
    let asked = Try {
        base: vec![toml("[advisories]\nosv = ['npm']\n")],
        brings: vec![file("package-lock.json", npm)],
        hiding: vec![toml("[advisories]\nosv = []\n")],
        arguments: vec!["--offline".to_owned()],
        incomplete: true,
        ..Try::default()
    };
    let unsigned = Try {
        arguments: ["--fail-on", "low"].map(str::to_owned).to_vec(),
        base: vec![toml("[signatures]\nrequire-signed-commits = true\n")],
        brings: vec![file("a.txt", "a\n")],
        hiding: vec![toml("[signatures]\nrequire-signed-commits = false\n")],
        ..Try::default()
    };
    let drift = Try::fixture(
        "sbom-drift/bad/missing",
        ("sbom-drift", "docs/sbom.cdx.json"),
        "[sbom]\ncoverage = 100\n",
        "[sbom]\ncoverage = 0\n",
    );
    let profile = Try::fixture(
        "incomplete-sbom/bad/bsi",
        ("incomplete-sbom", "sbom.cdx.json"),
        "[sbom]\nprofile = 'bsi-tr-03183'\n",
        "[sbom]\nprofile = 'ntia-2021'\n",
    );
    let mut missing = Try::package(("iron", "1.0.0"), "missing-sbom", "[sbom]\nrequire = true\n", Vec::new());
    missing.hiding = vec![toml("[sbom]\nrequire = false\n")];
    missing.arguments.extend(["--fail-on", "low"].map(str::to_owned));
    let labels = "on: pull_request_target\npermissions: {}\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n";
    let strict = Try {
        wanted: ("privileged-trigger", ".github/workflows/label.yml"),
        arguments: ["--fail-on", "low"].map(str::to_owned).to_vec(),
        base: vec![toml("[scan]\npreset = 'strict'\n")],
        brings: vec![file(".github/workflows/label.yml", labels)],
        hiding: vec![toml("[scan]\npreset = 'default'\n")],
        ..Try::default()
    };
    let uses = "on: push\npermissions: {}\njobs: {a: {runs-on: x, steps: [{uses: someone/deploy@v1}]}}\n";
    let used = |allows: &str, hides: &str| Try {
        wanted: ("forbidden-action", ".github/workflows/label.yml"),
        base: vec![toml(allows)],
        brings: vec![file(".github/workflows/label.yml", uses)],
        hiding: vec![toml(hides)],
        ..Try::default()
    };
    let forbidden =
        used("[workflows]\nforbidden-actions = ['someone/*']\n", "[workflows]\nforbidden-actions = []\n");
    let allowed = used(
        "[workflows]\nallowed-actions = ['actions/*']\n",
        "[workflows]\nallowed-actions = ['someone/deploy']\n",
    );
    let signer = "[[signatures.signer]]\nidentity = 'a'\nissuer = 'b'\npath = 'dist/'\n";
    let signer_regexp = "[[signatures.signer]]\nidentity-regexp = 'a.*'\nissuer-regexp = 'b.*'\n";
    let ignore =
        "[[ignore]]\ncheck = 'secret'\npath = 'leak.txt'\nreason = 'made up'\nexpires = 2099-01-01\n";
    let accept = "[advisories]\nignore = [{ id = 'RUSTSEC-2099-0001', package = 'tinfoil', reason = 'x', \
        expires = 2099-01-01 }]\n";
    vec![
        ("scan.exclude", "[scan]\nexclude = ['**']\n", leak("[scan]\nexclude = ['leak.txt']\n")),
        // Whether text over the limit is looked at all the same is not the business of this test.
        (
            "scan.max-file-size",
            "[scan]\nmax-file-size = 1\n",
            tried(Try { plain: Plain::Any, ..Try::leak(vec![toml("[scan]\nmax-file-size = 1\n")]) }),
        ),
        ("scan.fail-on", "[scan]\nfail-on = 'none'\n", leak("[scan]\nfail-on = 'none'\n")),
        (
            "scan.checks",
            "[scan]\nchecks = ['env-file-secret']\n",
            leak("[scan]\nchecks = ['env-file-secret']\n"),
        ),
        (
            "scan.skip-checks",
            "[scan]\nskip-checks = ['secret']\n",
            leak("[scan]\nskip-checks = ['secret']\n"),
        ),
        ("scan.preset", "[scan]\npreset = 'strict'\n", tried(strict)),
        ("scan.packs", packs, tried(Try::leak(vec![toml(packs), file("own/own.toml", pack())]))),
        ("secrets.rules", rules, with_rules()),
        ("secrets.defaults", rules, with_rules()),
        ("secrets.foreign-allow", foreign, tried(marked)),
        ("advisories.notice", notice, tried_notice),
        ("advisories.unmaintained", unmaintained, tried_unmaintained),
        ("advisories.unsound", unsound, tried_unsound),
        ("advisories.osv", "[advisories]\nosv = ['npm']\n", tried(asked)),
        ("advisories.yanked", "[advisories]\nyanked = 'none'\n", Tried::Loaded),
        ("advisories.max-age", "[advisories]\nmax-age = 100000\n", tried(aged)),
        accepted("advisories.ignore.id", accept),
        accepted("advisories.ignore.reason", accept),
        accepted("advisories.ignore.package", accept),
        accepted("advisories.ignore.expires", accept),
        ("signatures.trusted-root", "[signatures]\ntrusted-root = 'root.json'\n", Tried::Loaded),
        (
            "signatures.require-inclusion-proof",
            "[signatures]\nrequire-inclusion-proof = true\n",
            Tried::Loaded,
        ),
        ("signatures.allowed-signers", "[signatures]\nallowed-signers = 'who'\n", Tried::Loaded),
        (
            "signatures.require-signed-commits",
            "[signatures]\nrequire-signed-commits = true\n",
            tried(Try { wanted: ("unsigned-commit", ".git/commits"), ..unsigned }),
        ),
        ("signatures.signer.path", signer, Tried::Loaded),
        (
            "signatures.signer.key",
            "[[signatures.signer]]\nkey = 'evil.pub'\n",
            #[cfg(feature = "signatures")]
            tried(signed::with_a_key_of_its_own()),
            #[cfg(not(feature = "signatures"))]
            Tried::Loaded,
        ),
        ("signatures.signer.identity", signer, Tried::Loaded),
        ("signatures.signer.identity-regexp", signer_regexp, Tried::Loaded),
        ("signatures.signer.issuer", signer, Tried::Loaded),
        ("signatures.signer.issuer-regexp", signer_regexp, Tried::Loaded),
        ("sbom.profile", "[sbom]\nprofile = 'bsi-tr-03183'\n", tried(profile)),
        ("sbom.require", "[sbom]\nrequire = true\n", tried(missing)),
        ("workflows.allowed-actions", "[workflows]\nallowed-actions = ['someone/*']\n", tried(allowed)),
        ("workflows.forbidden-actions", "[workflows]\nforbidden-actions = ['a/b']\n", tried(forbidden)),
        ("sbom.coverage", "[sbom]\ncoverage = 0\n", tried(drift)),
        ignored("ignore.check", ignore),
        ignored("ignore.path", ignore),
        ignored("ignore.reason", ignore),
        ignored("ignore.expires", ignore),
    ]
}

/// The keys of the configuration, as its schema has them.
fn keys() -> BTreeSet<String> {
    fn collect(above: &str, value: &Value, keys: &mut BTreeSet<String>) {
        let properties = value["properties"].as_object().or_else(|| value["items"]["properties"].as_object());
        match properties {
            Some(properties) => properties.iter().for_each(|(key, value)| {
                let name = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
                collect(&name, value, keys);
            }),
            None => drop(keys.insert(above.to_owned())),
        }
    }
    let mut keys = BTreeSet::new();
    let schema = serde_json::from_str(&config::schema()).unwrap();
    collect("", &schema, &mut keys);
    keys
}

/// Whoever adds a setting says here what a change could do with it.
#[test]
fn every_setting_is_tried() {
    let known: BTreeSet<String> = settings().iter().map(|(key, ..)| (*key).to_owned()).collect();
    assert_eq!(known, keys());
}

#[test]
fn no_setting_of_a_change_counts() {
    let mut before = BTreeSet::new();
    for (key, text, tried) in settings() {
        // What is loaded is what the base says, be it nothing.
        let repo = Repo::new();
        repo.write("root.json", "{\"of\": \"the base\"}\n").write("who", "").commit("base");
        let tree =
            |name: &str| Arc::new(Tree::of(open(&super::Place::Around(repo.path())).unwrap(), name).unwrap());
        let base = tree("HEAD");
        repo.write(NAMES[0], text).write("root.json", "{\"of\": \"the change\"}\n").commit("change");
        let load = |wanted: &Wanted| config::load(&repo.path(), wanted).unwrap();
        let shown = |config: Config| format!("{:?}", Config { tree: None, ..config });
        assert_eq!(shown(load(&Wanted::Commit(Arc::clone(&base)))), shown(Config::default()), "{key}");
        let brought = load(&Wanted::Search);
        assert_ne!(
            shown(brought.clone()),
            shown(Config { base: brought.base, fence: brought.fence, ..Config::default() }),
            "{key}"
        );
        // And of a setting that the base has, what it names is the base's.
        let named = load(&Wanted::Commit(tree("HEAD")));
        if let Some((_, root)) = config::trusted_root(&Config { tree: Some(base), ..named }).unwrap() {
            assert_eq!(root, "{\"of\": \"the base\"}\n");
        }
        // Some keys are set by the same text.
        if let Tried::By(tried) = tried
            && (before.insert(text) || key == "signatures.signer.key")
        {
            tried.check(key);
        }
    }
}

#[test]
fn no_file_of_a_change_counts() {
    let ignore = "[[ignore]]\ncheck = '*'\nreason = 'of no interest'\n";
    let mut tries: BTreeMap<String, Try> = BTreeMap::new();
    for name in NAMES {
        tries.insert(name.to_owned(), Try::leak(vec![file(name, ignore)]));
    }
    for name in BASELINES {
        tries.insert(name.to_owned(), Try::leak(vec![file(name, accepted())]));
    }
    // Lists of ignored advisories of other tools.
    for name in ["deny.toml", ".deny.toml", ".cargo/audit.toml"] {
        let list = "[advisories]\nignore = ['RUSTSEC-2099-0001']\n";
        let hiding = vec![file(name, list)];
        tries
            .insert(name.to_owned(), Try::package(("tinfoil", "1.4.2"), "vulnerable-dependency", "", hiding));
    }
    // What the settings of the base name.
    let rules = "[secrets]\nrules = ['r.toml']\ndefaults = false\n";
    let all = "[[rules]]\nid = \"other\"\nregex = '''ghp_[0-9A-Za-z]{36}'''\nkeywords = [\"ghp_\"]\n";
    tries.insert(
        "rules that are named".to_owned(),
        Try {
            base: vec![toml(rules), file("r.toml", all)],
            wanted: ("other", "leak.txt"),
            ..Try::leak(vec![file("r.toml", OTHER_RULES)])
        },
    );
    let packs = "[scan]\npacks = ['own']\nfail-on = 'low'\nchecks = ['own-key']\n";
    tries.insert(
        "packs that are named".to_owned(),
        Try {
            base: vec![toml(packs), file("own/own.toml", pack())],
            wanted: ("own-key", "leak.txt"),
            ..Try::leak(vec![file("own/own.toml", pack().replace("ghp_", "gho_"))])
        },
    );
    #[cfg(feature = "signatures")]
    {
        tries.insert("a key that is named".to_owned(), signed::with_the_named_key_replaced());
        tries.insert("a key that is held".to_owned(), signed::with_the_held_key_replaced());
    }
    // What other tools go by says nothing here, with or without a base.
    for (name, content) in [
        (".gitignore", "*\n"),
        (".ignore", "*\n"),
        (".gitattributes", "* -diff -text binary export-ignore linguist-vendored\n"),
        (".gitleaksignore", "leak.txt:github-pat:1\n"),
        (".gitleaks.toml", "[allowlist]\npaths = ['''.*''']\n"),
        (".secrets.baseline", "{\"version\": \"1.5.0\", \"results\": {}}\n"),
        (".trufflehogignore", ".*\n"),
        (".github/secret_scanning.yml", "paths-ignore:\n  - '**'\n"),
    ] {
        tries.insert(name.to_owned(), Try::leak(vec![file(name, content)]).void());
    }
    for (name, tried) in tries {
        tried.check(&name);
    }
}

/// A baseline that accepts the token of [`Try::leak`].
fn accepted() -> String {
    let repo = Repo::new();
    repo.write("leak.txt", line("leak")).commit("leak");
    let ran = bartizan(&repo.path(), &["baseline", "create", "--reason", "trust me"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    std::fs::read_to_string(repo.path().join(BASELINES[0])).unwrap()
}

#[test]
fn settings_are_those_of_the_tip_and_the_report_says_so() {
    let repo = Repo::new();
    repo.write("bartizan.toml", "[scan]\nexclude = [\"**/*.txt\"]\n").commit("lenient");
    repo.git(&["checkout", "-q", "-b", "work"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["rm", "-q", "bartizan.toml"]);
    repo.commit("strict");
    repo.git(&["checkout", "-q", "work"]);
    repo.write("leak.txt", line("leak")).commit("grown out of an old commit");
    for arguments in [["--base", "main"], ["--range", "main..HEAD"], ["--since", "main"]] {
        let report = super::program::json(&repo.path(), &arguments);
        assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{arguments:?}");
        let tip = repo.git(&["rev-parse", "--short=7", "main"]);
        let said = report["remarks"][0]["message"].as_str().unwrap();
        assert!(said.starts_with(&format!("what counts is said by commit {} of ", tip.trim())), "{said}");
        let notices = report["notices"].to_string();
        assert!(notices.contains("the settings in this file were not used"), "{notices}");
    }
    // Old ones are told to everybody.
    let old = crate::run_git::dated;
    repo.git(&["checkout", "-q", "--orphan", "old"]);
    old(&repo.path(), &["commit", "-qm", "long ago"], "2020-02-03T00:00:00Z");
    repo.write("b.txt", line("b")).commit("today");
    let report = super::program::json(&repo.path(), &["--range", "HEAD"]);
    let notices = report["notices"].to_string();
    assert!(notices.contains(" of 2020-02-03, ") && notices.contains(" days old"), "{notices}");
    // Of a first commit nothing counts but what the command line says.
    repo.git(&["checkout", "-q", "--orphan", "first"]);
    repo.write("bartizan.toml", "[scan]\nexclude = [\"**\"]\n").commit("first");
    let report = super::program::json(&repo.path(), &["--range", "HEAD"]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 2, "{report}");
}

#[test]
fn a_baseline_of_a_change_is_told() {
    let repo = Repo::new();
    repo.write("a.txt", "a\n").commit("base");
    repo.git(&["checkout", "-q", "-b", "work"]);
    repo.write("leak.txt", line("leak")).write(BASELINES[0], accepted()).commit("accepted by itself");
    let report = super::program::json(&repo.path(), &["--base", "main"]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert!(report["notices"].to_string().contains("this baseline was not used"), "{}", report["notices"]);
}

#[cfg(feature = "signatures")]
mod signed {
    //! Files that are signed with keys.

    use std::path::Path;

    use super::{Try, file, toml};

    const KEY_OF_SETTINGS: &str = "[[signatures.signer]]\nkey = 'cosign.pub'\n";

    fn key(name: &str) -> Vec<u8> {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/verify/keys").join(name)).unwrap()
    }

    /// The file is signed anew, with another key.
    fn signed_anew(base: super::Files, hiding: super::Files) -> Try {
        let whole = [base, vec![file("app", key("app")), file("app.sig", key("ed25519.sig"))]].concat();
        let whole = [whole, vec![file("cosign.pub", key("ed25519.pub"))]].concat();
        Try {
            base: whole,
            brings: vec![file("app.sig", key("p256.sig"))],
            hiding,
            wanted: ("unexpected-signer", "app.sig"),
            arguments: ["--fail-on", "low", "--checks", "unexpected-signer"].map(str::to_owned).to_vec(),
            ..Try::default()
        }
    }

    pub(super) fn with_the_named_key_replaced() -> Try {
        signed_anew(vec![toml(KEY_OF_SETTINGS)], vec![file("cosign.pub", key("p256.pub"))])
    }

    pub(super) fn with_the_held_key_replaced() -> Try {
        signed_anew(Vec::new(), vec![file("cosign.pub", key("p256.pub"))])
    }

    pub(super) fn with_a_key_of_its_own() -> Try {
        let rule = format!("{KEY_OF_SETTINGS}[[signatures.signer]]\nkey = 'evil.pub'\n");
        signed_anew(vec![toml(KEY_OF_SETTINGS)], vec![toml(&rule), file("evil.pub", key("p256.pub"))])
    }
}
