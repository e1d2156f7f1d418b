//! Findings of the history in every format.

use bartizan::render::{Format, Options};

use super::{human, options, parsed, rendered, sample};

#[test]
fn human_history() {
    insta::assert_snapshot!(human(&sample::history(), &Options { width: 0, ..options() }));
}

#[test]
fn human_history_verbose_lists_what_was_not_examined() {
    let text = human(&sample::history(), &Options { verbose: 1, ..options() });
    let skipped: Vec<&str> = text.lines().filter(|line| line.starts_with("skipped[")).collect();
    let boundary = format!("skipped[shallow]: {}", "c1".repeat(20));
    assert_eq!(skipped, ["skipped[binary]: art/\\u{1b}[31m.png", "skipped[binary]: and 36 more", &boundary]);
}

#[test]
fn json_history() {
    let report = parsed(&sample::history(), Format::Json);
    let gone = &report["findings"][4];
    assert_eq!(gone["place"]["origin"]["kind"], "blob");
    assert_eq!(gone["place"]["origin"]["commit"]["date"], "2024-05-01T12:34:56+02:00");
    assert_eq!(gone["history"]["in_head"], false);
    assert_eq!(gone["history"]["blobs"][0], "b3".repeat(20));
    // The place in the worktree is first, the history is an addition.
    let both = &report["findings"][3];
    assert_eq!(both["place"].get("origin"), None);
    assert_eq!(both["history"]["commits"], 1200);
    for at in ["/coverage/history", "/summary/history"] {
        let examined = report.pointer(at).unwrap();
        assert_eq!(examined["commits"], 2041, "{at}");
        assert_eq!(examined["gaps"][0]["reason"], "binary", "{at}");
    }
    assert_eq!(report["summary"]["skipped"]["shallow"], 1);
}

#[test]
fn sarif_history() {
    let text = rendered(&sample::history(), Format::Sarif, &options());
    insta::assert_binary_snapshot!("sarif_history.sarif", text.into_bytes());
}

/// GitHub shows the file as it is now: a line of another version would be a false one.
#[test]
fn sarif_points_to_no_line_of_the_history() {
    let log = parsed(&sample::history(), Format::Sarif);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), sample::history().findings.len(), "one alert a secret");
    let mut historic = 0;
    for result in results {
        let places = result["relatedLocations"].as_array().into_iter().flatten();
        for place in result["locations"].as_array().unwrap().iter().chain(places) {
            if place.get("logicalLocations").is_some() {
                assert_eq!(place["physicalLocation"]["region"]["startLine"], 1);
            }
        }
        if result["properties"]["tags"] == serde_json::json!(["history"]) {
            historic += 1;
            assert!(result["partialFingerprints"].get("primaryLocationLineHash").is_none());
            assert!(result["partialFingerprints"].get("bartizan/v1").is_some());
        }
    }
    assert_eq!(historic, 4);
}

#[test]
fn what_an_author_is_called_forges_nothing() {
    let text = human(&sample::history(), &options());
    assert!(text.contains("by A \\u{1b}[2J'; rm -rf ~ <a@example.org>"), "{text}");
    assert!(!text.contains('\u{1b}'));
    // Only ids are in commands.
    for line in text.lines().filter(|line| line.contains("= purge:")) {
        assert!(!line.contains("rm -rf") && !line.contains("[id]"), "{line}");
    }
}

/// Where the gravest place is in the history, alerts are for the files of today all the same.
#[test]
fn sarif_has_alerts_of_files_where_there_are_any() {
    let mut report = sample::history();
    let mut both = report.findings.swap_remove(3);
    let today = std::mem::replace(&mut both.place, both.also.remove(0));
    let path = today.path.shown();
    both.also.push(today);
    report.findings = vec![both];
    let log = parsed(&report, Format::Sarif);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    let location = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], path);
    assert_eq!(location["region"]["startLine"], 12);
}
