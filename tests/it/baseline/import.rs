//! What other scanners were told to ignore, or have reported, becomes a baseline.

use serde_json::json;
use sha1::{Digest as _, Sha1};

use super::{leaky, line};
use crate::git::{Repo, token};

/// A repository with a token that was taken out of `old.py` again, and the commit that brought it.
fn with_history() -> (Repo, String) {
    let repo = leaky();
    repo.write("old.py", format!("# a\n{}", line("old")));
    let commit = repo.commit("brings a token");
    repo.write("old.py", "# a\n");
    repo.commit("takes it out");
    (repo, commit)
}

/// Imports `text` from the file `name`, and returns what was said.
#[track_caller]
fn import(repo: &Repo, name: &str, text: &str) -> String {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join(name);
    std::fs::write(&file, text).unwrap();
    let said = repo.ok(&["baseline", "import", file.to_str().unwrap()], 0);
    for name in ["a", "b", "old", "unknown"] {
        assert!(!said.contains(&token(name)), "{said}");
    }
    said
}

fn hidden(repo: &Repo) -> Vec<String> {
    let reasons = repo.baseline();
    let reasons = reasons.lines().skip(1).map(|line| {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        entry["reason"].as_str().unwrap().to_owned()
    });
    reasons.collect()
}

#[test]
fn gitleaksignore_names_places() {
    let (repo, commit) = with_history();
    let text = format!(
        "# what we know\n\nsrc/b.py:github-pat:2\n{commit}:old.py:github-pat:2\nsrc/b.py:github-pat:1\n\
         0000000000000000000000000000000000000000:a.py:github-pat:1\nno place\n\u{1b}[31m.py:x:1\n"
    );
    let said = import(&repo, ".gitleaksignore", &text);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("+ github-personal-access-token: ") && lines.len() == 7, "{said}");
    assert_eq!(
        lines[2..],
        [
            "? entry 5: github-pat in src/b.py:1 was not found",
            "? entry 6: github-pat in a.py:1 was not found",
            "? entry 8: x in \\u{1b}[31m.py:1 was not found",
            "? entry 7: not understood",
            "bartizan.baseline: 2 added, 0 kept; 2 of 5 in .gitleaksignore were found",
        ]
    );
    assert_eq!(hidden(&repo), ["imported from .gitleaksignore: github-pat"; 2]);
    assert_eq!(repo.reported(&["--history"]), ["a.py"]);
}

#[test]
fn reports_of_gitleaks_name_values_unless_they_are_redacted() {
    let (repo, commit) = with_history();
    let list = json!([
        // The value has moved since: the place does not matter.
        { "RuleID": "github-pat", "File": "moved.py", "StartLine": 70, "Commit": "", "Secret": token("a") },
        { "RuleID": "github-pat", "File": "old.py", "StartLine": 2, "Commit": commit, "Secret": "REDACTED" },
        // At the place of ours stands another value.
        { "RuleID": "github-pat", "File": "src/b.py", "StartLine": 2, "Commit": "", "Secret": token("unknown") },
        { "RuleID": 7 },
        "nothing",
    ]);
    let said = import(&repo, "report.json", &list.to_string());
    assert!(
        said.contains("? entry 3: github-pat in src/b.py:2 was not found\n? entry 4: not understood"),
        "{said}"
    );
    assert!(said.ends_with("2 added, 0 kept; 2 of 3 in a report of gitleaks were found\n"), "{said}");
    assert_eq!(repo.reported(&["--history"]), ["src/b.py"]);
}

#[test]
fn lines_of_trufflehog_lie_between_what_it_says() {
    let repo = leaky();
    let place = |file: &str| json!({ "Data": { "Filesystem": { "file": file, "line": 1 } } });
    let text = format!(
        "{}\nstarting\n{}\n{}\n",
        json!({ "level": "info-0", "msg": "running source" }),
        json!({ "SourceMetadata": place("/somewhere/a.py"), "DetectorName": "Github", "Raw": token("a"), "RawV2": "" }),
        json!({ "SourceMetadata": place("src/b.py"), "DetectorName": "Github", "Raw": token("unknown") }),
    );
    let said = import(&repo, "found.jsonl", &text);
    assert!(said.ends_with("1 added, 0 kept; 1 of 2 in a report of trufflehog were found\n"), "{said}");
    assert_eq!(hidden(&repo), ["imported from a report of trufflehog: Github"]);
    assert_eq!(repo.reported(&[]), ["src/b.py"]);
}

#[test]
fn a_key_block_is_known_without_its_ends() {
    let repo = Repo::new();
    let ends = |what: &str| ["-----", what, " PRIVATE ", "KEY-----"].concat();
    let body: String = (0..16).map(|number| format!("{}\n", &token(&format!("row {number}"))[4..])).collect();
    let block = format!("{}\nMII{body}{}", ends("BEGIN"), ends("END"));
    repo.write("key.pem", format!("{block}\n"));
    let found = json!([{ "RuleID": "private-key", "File": "/elsewhere", "StartLine": 1, "Secret": block }]);
    let said = import(&repo, "report.json", &found.to_string());
    assert!(said.ends_with("1 of 1 in a report of gitleaks were found\n"), "{said}");
    assert!(said.starts_with("+ private-key"), "{said}");
}

#[test]
fn kingfisher_has_two_forms() {
    let record = |path: &str, line: u32, snippet: &str| {
        json!({
            "rule": { "name": "GitHub PAT", "id": "kingfisher.github.1" },
            "finding": { "snippet": snippet, "line": line, "column_start": 9, "path": path, "fingerprint": "1" },
        })
    };
    let records = [record("./a.py", 1, "[REDACTED:1234]"), record("elsewhere", 1, &token("b"))];
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let report = json!({ "findings": records }).to_string();
    // A summary of the run stands behind the report; its lists and counts are none of that.
    let with_summary = |text: &str| format!("{text}\n{}\n", json!({ "findings": 2, "rules_applied": 9 }));
    for text in [with_summary(&lines), with_summary(&report), report, lines, json!(records).to_string()] {
        let repo = leaky();
        let said = import(&repo, "found", &text);
        assert!(said.ends_with("2 added, 0 kept; 2 of 2 in a report of kingfisher were found\n"), "{said}");
        assert_eq!(repo.reported(&[]), [""; 0]);
    }
}

#[test]
fn the_baseline_of_detect_secrets_has_digests() {
    let repo = leaky();
    repo.write("d.py", line("d")).write("e.py", line("e"));
    let digest = |text: &str| data_encoding::HEXLOWER.encode(&Sha1::digest(text.as_bytes()));
    let text = json!({
        "version": "1.5.0",
        "plugins_used": [{ "name": "GitHubTokenDetector" }],
        "results": {
            "before.py": [
                { "type": "GitHub Token", "hashed_secret": digest(&token("a")), "line_number": 9, "is_secret": false },
            ],
            // The line is that of ours, the value is not.
            "src/b.py": [{ "type": "GitHub Token", "hashed_secret": digest("other"), "line_number": 2 }],
            // Some digests are of the prefix alone; then the place has to be right.
            "d.py": [{ "type": "GitHub Token", "hashed_secret": digest("ghp"), "line_number": 1 }],
            "e.py": [{ "type": "GitHub Token", "hashed_secret": digest("ghp"), "line_number": 2 }],
            "c.py": [{ "type": "GitHub Token", "hashed_secret": "zz" }],
        },
    });
    let said = import(&repo, ".secrets.baseline", &text.to_string());
    assert!(said.ends_with("2 added, 0 kept; 2 of 4 in .secrets.baseline were found\n"), "{said}");
    let mut reasons = hidden(&repo);
    reasons.sort();
    let reason = "imported from .secrets.baseline: GitHub Token";
    assert_eq!(reasons, [reason.to_owned(), format!("{reason}, audited as not a secret")]);
    assert_eq!(repo.reported(&[]), ["e.py", "src/b.py"]);
}

#[test]
fn an_import_adds_to_what_is_there() {
    let repo = leaky();
    let text = "a.py:github-pat:1\n";
    import(&repo, ".gitleaksignore", text);
    let before = repo.baseline();
    let said = import(&repo, ".gitleaksignore", &format!("{text}src/b.py:github-pat:2\n"));
    assert!(said.ends_with("1 added, 1 kept; 2 of 2 in .gitleaksignore were found\n"), "{said}");
    assert!(before.lines().all(|line| repo.baseline().contains(line)));
    assert_eq!(repo.reported(&[]), [""; 0]);
}

#[test]
fn what_is_no_report_is_refused() {
    let repo = leaky();
    for (text, part) in [
        ("some words\n", "it is neither JSON nor anything else that can be imported"),
        ("{\"a\": 1}", "it is JSON, but of no known scanner; name it with --format"),
        ("[1, 2]", "it is JSON, but of no known scanner"),
        ("7", "it is JSON, but of no known scanner"),
        ("", "it is neither JSON nor"),
    ] {
        repo.write("report", text);
        let said = repo.fails(&["baseline", "import", "report"]);
        assert!(said.contains(part) && said.lines().count() == 1, "{text}: {said}");
    }
    assert!(repo.fails(&["baseline", "import", "absent"]).contains("cannot read absent: no such file"));
    assert!(!repo.path().join("bartizan.baseline").exists());
}
