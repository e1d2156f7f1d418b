//! Baselines that somebody has broken: each mistake has its line, and the run fails.

use insta::assert_snapshot;

use super::leaky;

const HEADER: &str = "{\"bartizan\":\"baseline\",\"version\":1,\"key\":null}\n";

/// An entry whose fingerprint is made of this digit, with more of it.
fn entry(digit: char, more: &str) -> String {
    let digits: String = std::iter::repeat_n(digit, 32).collect();
    format!("{{\"fingerprint\":\"b1:{digits}\",\"check\":\"jwt\",\"reason\":\"known\"{more}}}\n")
}

#[test]
fn every_mistake_is_told_with_its_line() {
    let repo = leaky();
    let good = entry('1', "");
    let cases: Vec<(&str, String)> = vec![
        ("empty", String::new()),
        ("no header", good.clone()),
        ("something else", "results: []\n".to_owned()),
        ("from the future", HEADER.replace(":1,", ":2,").replace("null", "null,\"new\":1") + "{}\n"),
        ("a strange version", HEADER.replace(":1,", ":\"1\",")),
        ("a strange key", HEADER.replace("null", "7")),
        ("more in the header", HEADER.replace("null", "null,\"paths\":[]")),
        ("two headers", format!("{HEADER}{HEADER}{good}")),
        ("no JSON", format!("{HEADER}{good}b1:2222\n")),
        ("half a line", format!("{HEADER}{}", &good[..40])),
        ("a list", format!("{HEADER}[]\n")),
        ("an unknown key", format!("{HEADER}{}", entry('1', ",\"expire\":\"2027-01-31\""))),
        ("a hostile key", format!("{HEADER}{}", entry('1', ",\"\\u001b[31m\u{202e}\":1"))),
        ("a short fingerprint", format!("{HEADER}{}", good.replace("1111\"", "\""))),
        ("no check", format!("{HEADER}{}", good.replace("\"check\":\"jwt\",", ""))),
        ("an unknown check", format!("{HEADER}{}", good.replace("\"jwt\"", "\"jwtt\""))),
        ("a foreign check", format!("{HEADER}{}", good.replace("\"jwt\"", "\"qqqqq\""))),
        ("no reason", format!("{HEADER}{}", good.replace(",\"reason\":\"known\"", ""))),
        ("an empty reason", format!("{HEADER}{}", good.replace("known", " "))),
        ("a long reason", format!("{HEADER}{}", good.replace("known", &"x".repeat(1001)))),
        ("no day", format!("{HEADER}{}", entry('1', ",\"expires\":\"2027-02-30\""))),
        ("a number for an owner", format!("{HEADER}{}", entry('1', ",\"owner\":7"))),
        ("a word for history", format!("{HEADER}{}", entry('1', ",\"history\":\"yes\""))),
        ("two mistakes", format!("{HEADER}{good}\n[]\n{}", entry('2', ",\"a\":1"))),
        ("many mistakes", format!("{HEADER}{}", "[]\n".repeat(100))),
        ("nested", format!("{HEADER}{}\n", "[".repeat(100_000))),
        ("a conflict", format!("{HEADER}{good}=======\n{good}>>>>>>> other\n")),
    ];
    let mut told = String::new();
    for (name, text) in cases {
        repo.write("bartizan.baseline", text);
        let ran = repo.bartizan(&["scan"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name}: {}", ran.err);
        told.push_str(&format!("{name}\n{}\n", ran.err));
    }
    assert_snapshot!("mistakes", told);
}

#[test]
fn what_is_only_odd_is_a_notice() {
    let repo = leaky();
    let (one, two) = (entry('1', ""), entry('2', ""));
    repo.write(
        "bartizan.baseline",
        format!("{HEADER}{two}{one}{two}\r\n\n{}", entry('1', ",\"owner\":\"me\"")),
    );
    // Not expected to be found here: `--checks` leaves the check out.
    let told = repo.notices(&["--checks", "env-file-secret"]);
    assert_snapshot!("oddities", told.join("\n"));
}

#[cfg(unix)]
#[test]
fn nothing_outside_of_the_repository_is_read() {
    let repo = leaky();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("bartizan.baseline");
    std::fs::write(&file, HEADER).unwrap();
    std::os::unix::fs::symlink(&file, repo.path().join("bartizan.baseline")).unwrap();
    let said = repo.fails(&["scan"]);
    assert_eq!(
        said,
        "error: bartizan.baseline: cannot read the baseline: it is a symbolic link, and links are not followed; --no-baseline scans without it\n"
    );
    repo.ok(&["scan", "--no-baseline"], 1);
    std::fs::remove_file(repo.path().join("bartizan.baseline")).unwrap();
    std::fs::create_dir(repo.path().join("bartizan.baseline")).unwrap();
    assert!(repo.fails(&["scan"]).contains("it is not a regular file"));
    assert!(
        repo.fails(&["scan", "--baseline", "absent"])
            .contains("absent: cannot read the baseline: no such file")
    );
}

#[test]
fn a_huge_baseline_is_refused() {
    let repo = leaky();
    repo.write("bartizan.baseline", HEADER.to_owned() + &"\n".repeat(17 << 20));
    assert!(repo.fails(&["scan"]).contains("it is larger than 16 MiB"));
    repo.write("bartizan.baseline", HEADER.to_owned() + &entry('1', "").repeat(50_001));
    assert!(repo.fails(&["scan"]).contains("there are more than 50000 entries"));
    let mut bytes = HEADER.as_bytes().to_vec();
    bytes.extend(b"\xff\n");
    repo.write("bartizan.baseline", bytes);
    assert!(repo.fails(&["scan"]).contains("it is not UTF-8 in line 2"));
}
