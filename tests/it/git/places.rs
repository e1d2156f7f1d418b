//! One secret at several places: the gravest one that nothing silences decides, in every kind of scan. Random
//! histories of places, and of what silences them, against brute force.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use super::program::{Ran, bartizan};
use super::random::config;
use super::{Repo, git, token};

/// Where files are: in source, in tests, in documentation, and where the settings ignore everything.
const PATHS: [&str; 7] =
    ["a/app.yaml", "docs/b.yaml", "README.md", "src/c.yaml", "sub/ignored/d.yaml", "tests/e.yaml", "z.yaml"];

const SETTINGS: &str = "[[ignore]]\ncheck = \"secret\"\npath = \"**/ignored/**\"\nreason = \"made up\"\n";

/// Values: two whose severity depends on where they stand, and one that is grave everywhere.
const SECRETS: usize = 3;

/// What something counts for: 0 where it is silenced.
const SEVERITIES: [&str; 5] = ["silenced", "low", "medium", "high", "critical"];

/// Values in a file, in the order of lines: which one, and whether it is marked.
type File = Vec<(usize, bool)>;
type Files = BTreeMap<usize, File>;

#[derive(Clone, Debug)]
enum Act {
    Write(usize, File),
    Move(usize, usize),
    Copy(usize, usize),
    Remove(usize),
    /// Marks the values of a file, or takes the marks out.
    Mark(usize, bool),
}

fn acts() -> impl Strategy<Value = Vec<Vec<Act>>> {
    let path = || 0..PATHS.len();
    let file = prop::collection::vec((0..SECRETS, prop::bool::weighted(0.25)), 0..4);
    let act = prop_oneof![
        5 => (path(), file).prop_map(|(at, file)| Act::Write(at, file)),
        3 => (path(), path()).prop_map(|(from, to)| Act::Move(from, to)),
        3 => (path(), path()).prop_map(|(from, to)| Act::Copy(from, to)),
        1 => path().prop_map(Act::Remove),
        2 => (path(), any::<bool>()).prop_map(|(at, marked)| Act::Mark(at, marked)),
    ];
    prop::collection::vec(prop::collection::vec(act, 1..4), 2..6)
}

fn act(files: &mut Files, act: &Act) {
    match act {
        Act::Write(at, file) => drop(files.insert(*at, file.clone())),
        Act::Move(from, to) => {
            if let Some(file) = files.remove(from) {
                files.insert(*to, file);
            }
        }
        Act::Copy(from, to) => {
            if let Some(file) = files.get(from).cloned() {
                files.insert(*to, file);
            }
        }
        Act::Remove(at) => drop(files.remove(at)),
        Act::Mark(at, marked) => {
            files.get_mut(at).into_iter().flatten().for_each(|(_, is_marked)| *is_marked = *marked);
        }
    }
}

fn check(secret: usize) -> &'static str {
    if secret < 2 { "generic-secret" } else { "github-personal-access-token" }
}

fn content(file: &File) -> String {
    let line = |(secret, marked): &(usize, bool)| {
        let value = match secret {
            0 => "x7Kd82mQp0LsT7vWcY3zRb9N".to_owned(),
            1 => "Qm4Zt91xWvB60sJcUe7yLh2D".to_owned(),
            _ => token("grave"),
        };
        let mark = [" # bartizan:", "allow ", check(*secret), " a sample"].concat();
        let (value, mark) = (format!("api_token: \"{value}\""), if *marked { mark.as_str() } else { "" });
        // A mark is for the next line, too.
        format!("{value}{mark}\nmore: 1\n")
    };
    file.iter().map(line).collect()
}

/// What a value counts for at a place.
fn weight(path: usize, (secret, marked): (usize, bool)) -> usize {
    let path = PATHS[path];
    let is_minor = path.starts_with("docs/") || path.starts_with("tests/") || path == "README.md";
    match secret {
        _ if marked || path.contains("ignored/") => 0,
        2 => 4,
        _ if is_minor => 1,
        _ => 2,
    }
}

/// Every place of `secret` in `files`: path, line, and what it counts for there.
fn places(files: &Files, secret: usize) -> Vec<(&'static str, usize, usize)> {
    let of_file = |(path, file): (&usize, &File)| {
        let lines = file.iter().enumerate().filter(|(_, value)| value.0 == secret);
        let places = lines.map(|(at, value)| (PATHS[*path], 2 * at + 1, weight(*path, *value)));
        places.collect::<Vec<_>>()
    };
    let mut places: Vec<_> = files.iter().flat_map(of_file).collect();
    places.sort_unstable();
    places
}

/// The greatest weight of which there is more than before; none if there is no more of any.
fn excess(before: &Files, now: &Files, secret: usize) -> Option<usize> {
    let count = |files: &Files, least: usize| {
        places(files, secret).iter().filter(|(.., weight)| *weight >= least).count()
    };
    (0..SEVERITIES.len()).rev().find(|least| count(now, *least) > count(before, *least))
}

fn heaviest(files: &Files, secret: usize) -> Option<usize> {
    places(files, secret).iter().map(|(.., weight)| *weight).max()
}

/// A history of these acts on the branch `main`, and what its commits have.
fn make(acts: &[Vec<Act>]) -> (Repo, Vec<Files>) {
    let repo = Repo::new();
    let (mut stream, mut files, mut all) = (String::new(), Files::new(), Vec::new());
    for (index, acts) in acts.iter().enumerate() {
        acts.iter().for_each(|one| act(&mut files, one));
        stream.push_str(&format!(
            "commit refs/heads/main\ncommitter t <t@e> {} +0000\ndata 1\nx\ndeleteall\n",
            1_700_000_000 + index
        ));
        let written = files.iter().map(|(path, file)| (PATHS[*path], content(file)));
        for (path, content) in written.chain([("bartizan.toml", SETTINGS.to_owned())]) {
            stream.push_str(&format!("M 100644 inline {path}\ndata {}\n{content}\n", content.len()));
        }
        all.push(files.clone());
    }
    git(&repo.path(), &["fast-import", "--quiet"], stream.as_bytes());
    repo.git(&["reset", "-q", "--hard"]);
    (repo, all)
}

/// What a scan says of a value.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    severity: usize,
    /// The first place: path, line, and whether it is in the history.
    first: (String, usize, bool),
    /// All of them but for their lines in the history.
    paths: BTreeSet<(String, usize, bool)>,
}

/// What a scan with these arguments says of each value, and of which values it says that all is silenced;
/// and that its exit code is as it says.
fn scan(repo: &Repo, arguments: &[&str]) -> (BTreeMap<usize, Told>, BTreeSet<usize>) {
    let ran = bartizan(&repo.path(), &[&["scan", "--format", "json"], arguments].concat());
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
    let place = |place: &Value| {
        let line = place["region"]["start_line"].as_u64().unwrap() as usize;
        (place["path"].as_str().unwrap().to_owned(), line, !place["origin"].is_null())
    };
    let secret = |finding: &Value| {
        // The lines are alike but for the value; its print tells.
        let print = finding["fingerprint"].as_str().unwrap().to_owned();
        prints().iter().position(|known| *known == print).unwrap_or_else(|| panic!("{finding}"))
    };
    let mut told = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let severity = finding["severity"].as_str().unwrap();
        let severity = SEVERITIES.iter().position(|word| *word == severity).unwrap();
        let first = place(&finding["place"]);
        let also = finding["also"].as_array().unwrap().iter().map(place);
        let paths = also.chain([first.clone()]);
        let paths = paths.map(|(path, line, past)| (path, if past { 0 } else { line }, past)).collect();
        assert!(
            told.insert(secret(finding), Told { severity, first, paths }).is_none(),
            "one finding of each"
        );
    }
    let fails = told.values().any(|one| one.severity >= 2);
    assert_eq!(ran.code, i32::from(fails), "{arguments:?}: {}{}", ran.out, ran.err);
    let suppressed = report["suppressed"].as_array().unwrap().iter().map(|one| secret(&one["finding"]));
    (told, suppressed.collect())
}

/// The fingerprints of the values, which do not depend on their places.
fn prints() -> &'static [String] {
    static PRINTS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| {
        let print = |secret: usize| {
            let repo = Repo::new();
            repo.write("a.yaml", content(&vec![(secret, false)]));
            let Ran { out, .. } = bartizan(&repo.path(), &["scan", "--format", "json"]);
            let report: Value = serde_json::from_str(&out).unwrap();
            report["findings"][0]["fingerprint"].as_str().unwrap().to_owned()
        };
        (0..SECRETS).map(print).collect()
    });
    &PRINTS
}

/// What a scan of the files, and of the history if there is one, has to say of a value.
fn expected(today: Option<&Files>, history: &[Files], secret: usize) -> Option<Result<Told, ()>> {
    // Order, path, line, weight; for the history the order is that of the commits.
    type At = (usize, &'static str, usize, usize);
    let now: Vec<At> = today
        .iter()
        .flat_map(|files| places(files, secret))
        .map(|(path, line, weight)| (0, path, line, weight))
        .collect();
    let mut past: Vec<At> = Vec::new();
    let mut seen = BTreeSet::new();
    for (rank, files) in (1..).zip(history) {
        for (path, file) in files {
            if seen.insert((*path, content(file))) {
                let here = places(&Files::from([(*path, file.clone())]), secret);
                past.extend(here.into_iter().map(|(path, line, weight)| (rank, path, line, weight)));
            }
        }
    }
    past.sort_unstable();
    // What is silenced in a file is so in its older versions.
    let silenced: Vec<At> = now.iter().chain(&past).filter(|at| at.3 == 0).copied().collect();
    let age = |rank: usize| if rank == 0 { usize::MAX } else { rank };
    let is_older =
        |at: &At| at.0 > 0 && silenced.iter().any(|other| other.1 == at.1 && age(other.0) > age(at.0));
    let all: Vec<At> = now.into_iter().chain(past).collect();
    if all.is_empty() {
        return None;
    }
    let open: Vec<At> = all.into_iter().filter(|at| at.3 > 0 && !is_older(at)).collect();
    // The gravest one; today's before the others; then in order.
    let Some(first) = open.iter().max_by_key(|at| (at.3, at.0 == 0, std::cmp::Reverse((at.0, at.1, at.2))))
    else {
        return Some(Err(()));
    };
    let past = |at: &At| at.0 > 0;
    let told = |at: &At| (at.1.to_owned(), if past(at) { 0 } else { at.2 }, past(at));
    Some(Ok(Told {
        severity: first.3,
        first: (first.1.to_owned(), first.2, past(first)),
        paths: open.iter().map(told).collect(),
    }))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_gravest_open_place_decides(acts in acts()) {
        let (repo, commits) = make(&acts);
        let (first, last) = (&commits[0], commits.last().unwrap());
        let before = &commits[commits.len() - 2];

        // All of the files, all of the history.
        let whole: [(&[&str], Option<&Files>, &[Files]); 3] = [
            (&[], Some(last), &[]),
            (&["--history"], Some(last), &commits),
            (&["--bare-repo", ".git", "--config", "bartizan.toml", "--history"], None, &commits),
        ];
        for (arguments, today, history) in whole {
            let (mut told, mut silenced) = scan(&repo, arguments);
            for secret in 0..SECRETS {
                let expected = expected(today, history, secret);
                let is = match (told.remove(&secret), silenced.remove(&secret)) {
                    (Some(told), false) => Some(Ok(told)),
                    (None, true) => Some(Err(())),
                    (None, false) => None,
                    (Some(_), true) => panic!("told and silenced"),
                };
                prop_assert_eq!(is, expected, "{:?}: {}", arguments, secret);
            }
        }

        // What the last commit brings, as a range and while it is staged, by a scan and by the hook.
        let brought = |told: &BTreeMap<usize, Told>, silenced: &BTreeSet<usize>, before: &Files| {
            for secret in 0..SECRETS {
                let (weight, is_silenced) = match excess(before, last, secret) {
                    None => (None, false),
                    Some(0) => (None, true),
                    Some(weight) => (Some(weight), false),
                };
                let is = told.get(&secret).map(|one| one.severity);
                assert_eq!((is, silenced.contains(&secret)), (weight, is_silenced), "{secret}: {told:?}");
            }
        };
        let (told, silenced) = scan(&repo, &["--range", "HEAD~1..HEAD"]);
        brought(&told, &silenced, before);
        repo.git(&["reset", "-q", "--soft", "HEAD~1"]);
        let (told, silenced) = scan(&repo, &["--staged"]);
        brought(&told, &silenced, before);
        let blocks = told.values().any(|one| one.severity >= 2);
        let hook = bartizan(&repo.path(), &["hook", "pre-commit"]);
        prop_assert_eq!(hook.code, i32::from(blocks), "{}{}", hook.out, hook.err);
        repo.git(&["reset", "-q", "--soft", "ORIG_HEAD"]);

        // Against a base, with what came and went.
        let root = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
        let (told, _) = scan(&repo, &["--base", root.trim()]);
        for secret in 0..SECRETS {
            let today = excess(first, last, secret).unwrap_or(0);
            let passing = commits.windows(2).filter_map(|pair| excess(&pair[0], &pair[1], secret));
            let passing = passing.filter(|weight| Some(*weight) > heaviest(first, secret));
            let most = passing.max().unwrap_or(0).max(today);
            let severity = told.get(&secret).map_or(0, |one| one.severity);
            let marks = commits.iter().flat_map(|files| places(files, secret)).any(|(.., weight)| weight == 0);
            // What a later mark silences of an earlier version is left to the scans above.
            let least = if marks { today } else { most };
            prop_assert!((least..=most).contains(&severity), "{}: {} in {}..={}", secret, severity, least, most);
        }

        // What was accepted of the first commit is accepted as long as it is as severe.
        let names = format!("{}.baseline", repo.head());
        repo.git(&["checkout", "-q", root.trim()]);
        let created = bartizan(&repo.path(), &["baseline", "create", "--reason", "old", "--baseline", &names]);
        prop_assert_eq!(created.code, 0, "{}{}", created.out, created.err);
        repo.git(&["checkout", "-q", "main"]);
        let (told, _) = scan(&repo, &["--baseline", &names]);
        for secret in 0..SECRETS {
            let accepted = heaviest(first, secret).unwrap_or(0);
            let now = heaviest(last, secret).unwrap_or(0);
            let severity = told.get(&secret).map_or(0, |one| one.severity);
            prop_assert_eq!(severity, if now > accepted { now } else { 0 });
        }
    }
}

/// A line that is medium in source and low in tests and documentation.
fn line(marked: bool) -> String {
    content(&vec![(0, marked)])
}

#[test]
fn what_is_seen_of_a_secret_at_several_places() {
    let repo = Repo::new();
    repo.write("README.md", line(false)).write("a/marked.yaml", line(true)).commit("documented");
    repo.write("src/z.yaml", line(false)).commit("used");
    let commit = |text: String| {
        let ids = repo.git(&["log", "--format=%H %as"]);
        let blob = repo.git(&["rev-parse", "HEAD:README.md"]);
        let text = ids.lines().zip(["USED", "DOCUMENTED"]).fold(text, |text, (line, name)| {
            let (id, day) = line.split_once(' ').unwrap();
            text.replace(&id[..7], name).replace(day, "TODAY")
        });
        text.replace(blob.trim(), "BLOB")
    };
    let seen: String = [&[][..], &["--history"], &["--range", "HEAD"]]
        .iter()
        .map(|arguments| {
            let ran = bartizan(&repo.path(), &[&["scan"], *arguments].concat());
            format!("$ bartizan scan {}\n{}→ {}\n\n", arguments.join(" "), commit(ran.out), ran.code)
        })
        .collect();
    insta::assert_snapshot!("secret_at_several_places", seen);
    // Once it is gone from today's files, the gravest place of the history stands for it.
    repo.git(&["rm", "-q", "src/z.yaml"]);
    repo.commit("gone");
    let report = super::program::json(&repo.path(), &["--history"]);
    let finding = &report["findings"][0];
    assert_eq!((&finding["severity"], &finding["place"]["path"]), (&"medium".into(), &"src/z.yaml".into()));
    assert_eq!(finding["history"]["first"]["path"], "README.md");
    let ran = bartizan(&repo.path(), &["scan", "--history"]);
    assert!(ran.out.contains("README.md; HEAD still has it"), "{}", ran.out);
    assert_eq!(ran.code, 1);
}

#[test]
fn many_files_that_move_to_source_are_looked_at() {
    let repo = Repo::new();
    // So many that what only moves is not read.
    for number in 0..300 {
        repo.write(&format!("tests/{number}.yaml"), format!("number: {number}\n"));
        repo.write(&format!("lib/ignored/{number}.py"), format!("x = {number}\n"));
    }
    repo.write("tests/a.yaml", line(false))
        .write("lib/ignored/b.py", format!("t = \"{}\"\n", token("moved")));
    repo.write("other/c.yaml", format!("t = \"{}\"\n", token("other")))
        .write("bartizan.toml", SETTINGS)
        .commit("first");
    for (from, to) in [("tests", "src"), ("lib/ignored", "lib/used"), ("other", "another")] {
        repo.git(&["mv", from, to]);
    }
    repo.commit("move");
    let report = super::program::json(&repo.path(), &["--range", "HEAD"]);
    let found: BTreeSet<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["place"]["path"].as_str().unwrap())
        .collect();
    assert_eq!(found, BTreeSet::from(["src/a.yaml", "lib/used/b.py"]));
}

#[test]
fn one_text_at_several_paths_of_the_history() {
    // What is excluded or in tests at first is looked at where it is not.
    for first in ["vendor/a.yaml", "docs/a.yaml"] {
        let repo = Repo::new();
        repo.write("bartizan.toml", "[scan]\nexclude = [\"vendor/\"]\n");
        repo.write(first, line(false)).commit("first");
        repo.git(&["mv", first, "app.yaml"]);
        repo.commit("moved");
        repo.git(&["rm", "-q", "app.yaml"]);
        repo.commit("gone");
        let report = super::program::json(&repo.path(), &["--history"]);
        let finding = &report["findings"][0];
        assert_eq!((&finding["severity"], &finding["place"]["path"]), (&"medium".into(), &"app.yaml".into()));
        let commit = finding["place"]["origin"]["commit"]["id"].as_str().unwrap();
        assert_eq!(commit, repo.git(&["rev-parse", "HEAD~1"]).trim(), "{first}: the one that has it there");
    }
}
