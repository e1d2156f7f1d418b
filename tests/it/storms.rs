//! No text costs much more than its bytes are worth, whatever it is made of, and what stands behind such a text
//! is found all the same.

mod kinds;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use bartizan::engine::rule::Matcher;
use bartizan::engine::{Engine, Inside, Run, Text};
use bartizan::model::{Blob, RepoPath, Span};
use bartizan::scan::registry;

use crate::cli::{command, ran};
use crate::fixtures::NOW;
use kinds::{BETWEEN, Dress, Length, Numbers, Storm, dressed, repeated, token};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(registry::all(), Some(NOW)));

/// What a byte may cost, in bytes of ordinary text; see `Prefiltered::cost`.
const BAR: u64 = 75;
/// What any text may cost besides, in the same.
const BURST: u64 = 2 << 20;

/// The worst, and one of each hundred pieces that a rule looks at, with something between.
fn some() -> Vec<Storm> {
    let mut numbers = Numbers::new(7);
    let rules = kinds::pieces(&ENGINE).into_iter().enumerate().filter(|(index, _)| index % 97 == 0);
    let mut all = kinds::worst();
    all.extend(rules.map(|(_, piece)| {
        let between = BETWEEN[numbers.below(BETWEEN.len())];
        Storm {
            piece: [&piece.piece, between.as_bytes()].concat(),
            name: format!("{}, {between:?}", piece.name),
        }
    }));
    all
}

fn scanned(bytes: &[u8]) -> (Vec<Span>, u64) {
    let path = RepoPath::from("src/storm.txt");
    match ENGINE.scan(&Blob { path: &path, bytes, tracked: true }) {
        Text::Scanned { hits, missed, .. } => (hits.iter().map(|hit| hit.span).collect(), missed),
        Text::Binary(_) => (Vec::new(), 0),
    }
}

/// A token of which the prefix is enough, made up here.
fn plain_token() -> Vec<u8> {
    let rule = ENGINE.checks().iter().filter_map(|check| match check.run {
        Run::Rule(rule) => Some(rule),
        _ => None,
    });
    let is_plain = |matcher: &Matcher| matches!(matcher, Matcher::Token { near: [], .. });
    let rule = rule
        .filter(|rule| rule.proof.is_none() && is_plain(&rule.matcher))
        .find(|rule| rule.id.contains("digitalocean"));
    let Matcher::Token { shapes, .. } = rule.unwrap().matcher else { unreachable!("it was asked for") };
    token(&shapes[0], Length::Least, &mut Numbers::new(3))
}

#[test]
fn no_storm_costs_more_than_its_bytes_pay() {
    for storm in some() {
        let text = repeated(&storm.piece, 64 << 10);
        let cost = ENGINE.prefilter(&text).cost();
        assert!(cost <= BURST + BAR * text.len() as u64, "{}: {cost}", storm.name);
    }
}

#[test]
fn twice_the_storm_costs_twice() {
    for storm in kinds::worst() {
        let cost = |bytes| ENGINE.prefilter(&repeated(&storm.piece, bytes)).cost();
        let (once, twice) = (cost(32 << 10), cost(64 << 10));
        assert!(twice <= 5 * once / 2 + BURST / 4, "{}: {once}, {twice}", storm.name);
    }
}

#[test]
fn a_token_behind_a_storm_is_found() {
    let token = plain_token();
    for storm in some() {
        let mut text = repeated(&storm.piece, 48 << 10);
        text.extend_from_slice(b"\n\nlet x = \"");
        let start = text.len();
        text.extend_from_slice(&token);
        text.extend_from_slice(b"\";\n");
        let (hits, _) = scanned(&text);
        assert!(hits.iter().any(|span| span.start <= start && start < span.end), "{}", storm.name);
    }
}

#[test]
fn ordinary_texts_are_judged_whole() {
    for line in [
        "label.password=Your password is\n",
        "db.token = \"${TOKEN}\"\n",
        "{\"key\": \"value\", \"token\": \"none\"},\n",
        "    curl -u user:pass https://example.org/path -H 'Accept: text/html'\n",
        "export API_KEY=changeme PASSWORD=changeme SECRET=changeme\n",
        "password = get_password(user, token, key, secret)\n",
    ] {
        let text = repeated(line.as_bytes(), 64 << 10);
        assert_eq!(scanned(&text).1, 0, "{line}");
    }
    // The same of lines that differ, and of one long line.
    for line in [
        "app.module#.password.label=Enter the password of account #\n",
        "SERVICE_#_API_KEY=\"#f3kQ9zLmWv4sTb#x\"\n",
        "INSERT INTO users (id, name, password, token) VALUES (#, 'user#', '$2y$10$abcdefgh#', 'tok#');\n",
        "(#,'user#','user#@example.org','5f4dcc3b5aa765d61d8327deb882cf99','2024-01-#',NULL,'auth_token'),",
        "{\"id\":#,\"token\":null,\"auth\":{\"key\":\"k#\",\"type\":\"basic\"},\"password\":\"\"},",
        "function t#(e,n){var key=e.key,token=n.token||this.token;return e.password===n?t#.auth(key,token):{key:key}}",
        "\"settings.security.password#.title\": \"Password must have # characters\",\n",
        "  - name: DB_PASSWORD_#\n    valueFrom:\n      secretKeyRef:\n        name: db-#\n        key: password\n",
        "postgres://app:${DB_PASSWORD}@db#.example.org:5432/app#\n",
        "<setting name=\"api.key.#\" type=\"password\"><default>none</default></setting>\n",
    ] {
        let text: String =
            (0..(64 << 10) / line.len()).map(|number| line.replace('#', &number.to_string())).collect();
        assert_eq!(scanned(text.as_bytes()).1, 0, "{line}");
    }
}

#[test]
fn dressed_storms_end() {
    for storm in kinds::worst().iter().take(6) {
        for dress in [Dress::Plain, Dress::Base64, Dress::Nested, Dress::Escaped, Dress::Gzip] {
            let bytes = dressed(&repeated(&storm.piece, 96 << 10), dress);
            let path = RepoPath::from("storm.gz");
            let blob = Blob { path: &path, bytes: &bytes, tracked: true };
            scanned(&bytes);
            if let Inside::Looked { files, .. } = ENGINE.inside(&blob, &mut |_, _| {}) {
                assert_eq!((dress, files), (Dress::Gzip, 1));
            }
        }
    }
}

#[test]
fn what_was_not_judged_is_a_problem() {
    let text = repeated(b"key=", 3 << 20);
    assert!(scanned(&text).1 > 0, "there is something that was not judged");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("storm.txt"), &text).unwrap();
    let ran = ran(command(folder.path(), &["scan", "--offline", "--no-cache", "."]));
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(
        format!("{}{}", ran.out, ran.err).contains("places were not evaluated"),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn what_stands_behind_a_storm_that_is_packed_is_a_problem() {
    let token = String::from_utf8(plain_token()).unwrap();
    for piece in ["key=", "    ", "passw=\""] {
        let text =
            [&repeated(piece.as_bytes(), 3 << 20)[..], format!("\nx = \"{token}\"\n").as_bytes()].concat();
        let packed = dressed(&text, Dress::Gzip);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("storm.gz"), &packed).unwrap();
        std::fs::write(folder.path().join("storm.txt"), dressed(&packed, Dress::Base64)).unwrap();
        let ran = ran(command(folder.path(), &["scan", "--offline", "--no-cache", "."]));
        assert_eq!(ran.code, 2, "{piece}: {}{}", ran.out, ran.err);
        for file in ["storm.gz: ", "storm.txt: "] {
            let told = ran.out.lines().chain(ran.err.lines()).any(|line| {
                line.contains(file) && line.contains("places were not evaluated")
                    || line.contains("digitalocean")
            });
            assert!(told, "{piece}: {}{}", ran.out, ran.err);
        }
    }
}

#[test]
fn an_archive_of_findings_lists_as_many_as_a_file() {
    let token = String::from_utf8(plain_token()).unwrap();
    let file = format!("x = \"{token}\"\n").repeat(300);
    let names: Vec<String> = (0..6).map(|number| format!("f{number}.txt")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), file.as_bytes())).collect();
    let folder = tempfile::tempdir().unwrap();
    let archive = crate::decode::zip(&files, crate::decode::Packing::Stored);
    std::fs::write(folder.path().join("storm.zip"), archive).unwrap();
    let ran = ran(command(folder.path(), &["scan", "--offline", "--no-cache", "."]));
    let told = format!("{}{}", ran.out, ran.err);
    assert_eq!((ran.code, told.matches("more than 1000 findings").count()), (2, 1), "{told}");
    assert!(told.contains("f3.txt: this file has more than 1000"), "{told}");
}

#[test]
fn a_workflow_lists_as_many_findings_of_a_check_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let all = kinds::workflows(100 << 10);
    let storm = all.iter().find(|storm| storm.name == "steps that a title is inserted into").unwrap();
    kinds::write_workflow(folder.path(), "storm.yml", storm);
    let ran = ran(command(
        folder.path(),
        &[
            "scan",
            "--offline",
            "--no-cache",
            "--format",
            "json",
            "--checks",
            "untrusted-input-in-script",
            ".",
        ],
    ));
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let (findings, problems) = (&report["findings"], report["problems"].to_string());
    assert_eq!((ran.code, findings.as_array().unwrap().len()), (2, 1000), "{problems}");
    assert!(problems.contains("`untrusted-input-in-script` reports more than 1000 places"), "{problems}");
    assert!(problems.contains(".github/workflows/storm.yml"), "{problems}");
}

#[test]
fn storms_of_workflows_end() {
    let folder = tempfile::tempdir().unwrap();
    for (number, storm) in kinds::workflows(16 << 10).iter().enumerate() {
        kinds::write_workflow(folder.path(), &format!("w{number}.yml"), storm);
    }
    let ran =
        ran(command(folder.path(), &["scan", "--offline", "--no-cache", "--preset", "strict", "-v", "."]));
    assert!(matches!(ran.code, 1 | 2), "{}{}", ran.out, ran.err);
    for part in ["untrusted-input-in-script", "unpinned-action", "in 20 files"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
}

#[test]
fn what_too_many_findings_leave_out_is_hidden() {
    let token = String::from_utf8(plain_token()).unwrap();
    let line = format!("x=\"{token}\" ");
    let path = RepoPath::from("src/many.txt");
    let text = repeated(line.as_bytes(), 25_000 * line.len());
    let Text::Scanned { hits, masked, missed, .. } =
        ENGINE.scan(&Blob { path: &path, bytes: &text, tracked: true })
    else {
        unreachable!("it is a text")
    };
    assert!(missed > 0 && hits.len() <= 20_000);
    let last = hits.iter().map(|hit| hit.span.end).max().unwrap();
    let shown: BTreeSet<usize> = masked.iter().map(|(span, _)| span.end).collect();
    assert!(last < text.len() && shown.contains(&text.len()), "all behind the last hit is hidden");
}
