//! Any split, order and repetition of results merges to the same bytes; what is torn is passed over.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bartizan::batch::key::Location;
use bartizan::batch::manifest::Listed;
use bartizan::batch::merge::{Beside, merge};
use bartizan::batch::overview::Overview;
use bartizan::batch::part::{Parts, block};
use bartizan::batch::plan::{Head, Plan};
use bartizan::batch::record::{Cost, Counts, Line, OfFinding, Record, Status, Why};
use bartizan::batch::results::Results;
use proptest::prelude::*;

/// What is written of one repository.
type Written = (Vec<Line>, Record);

fn plan(count: usize) -> Plan {
    let listed =
        (0..count).map(|number| Listed::at(Location::Path(PathBuf::from(format!("/r/{number}"))))).collect();
    let head = Head {
        kind: "plan".to_owned(),
        v: bartizan::batch::VERSION,
        version: "1".to_owned(),
        rules: "r".to_owned(),
        settings: "s".to_owned(),
        arguments: Vec::new(),
        now: 0,
        shards: 1,
        repositories: 0,
    };
    Plan::new(listed, head).0
}

fn line(key: &str, number: usize) -> Line {
    Line {
        kind: OfFinding::Finding,
        key: key.to_owned(),
        fingerprint: format!("b1:{number:032x}"),
        shared: true,
        check: "some-check".to_owned(),
        family: "secret".to_owned(),
        severity: "high".to_owned(),
        confidence: "high".to_owned(),
        message: "a \"quoted\" ,\"cost\":{ message".to_owned(),
        path: format!("a/{number}"),
        line: 3,
        commit: None,
        also: 0,
        new: false,
    }
}

/// The best record of the repository with this number, and with `attempt` a worse one.
fn result(plan: &Plan, number: usize, attempt: bool, ended: i64) -> Written {
    let entry = &plan.entries[number];
    let cost = Some(Cost { ended, wall_ms: ended.unsigned_abs() % 7, ..Cost::default() });
    if attempt {
        let failed = Record::failed(&entry.key, &entry.location, Why::Killed, "it was killed, \"cost\":{}");
        return (Vec::new(), Record { cost, ..failed });
    }
    let lines: Vec<Line> = (0..number % 4).map(|at| line(&entry.key, at)).collect();
    let record = Record {
        status: Status::Complete,
        lines: lines.len() as u64,
        findings: Counts { high: lines.len() as u64, ..Counts::default() },
        cost,
        ..Record::missing(&entry.key, &entry.location)
    };
    (lines, record)
}

fn merged(outs: &[PathBuf], plan: &Plan) -> (Vec<u8>, String) {
    let results = Results::read(outs).unwrap();
    let (mut bytes, mut overview) = (Vec::new(), Overview::default());
    let beside = Beside { overview: Some(&mut overview), ..Beside::default() };
    let totals = merge(&results, Some(plan), Some(&plan.head), &mut bytes, beside).unwrap();
    (bytes, overview.page(&totals, "1"))
}

fn write(out: &Path, name: &str, results: &[Written]) {
    let mut parts = Parts::new(out, name);
    results.iter().for_each(|(lines, record)| parts.add(&block(lines, record).unwrap()).unwrap());
    parts.close().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_split_order_and_repetition_gives_the_same_bytes(
        spread in proptest::collection::vec((0usize..5, 0usize..3, any::<u32>(), any::<bool>()), 24),
        torn in proptest::collection::vec((0usize..5, 1usize..400), 0..4),
    ) {
        let plan = plan(spread.len());
        let whole = tempfile::tempdir().unwrap();
        let all: Vec<_> = (0..spread.len()).map(|number| result(&plan, number, false, 5)).collect();
        write(whole.path(), "one", &all);
        let expected = merged(&[whole.path().to_owned()], &plan);

        let folders: Vec<_> = (0..5).map(|_| tempfile::tempdir().unwrap()).collect();
        let mut shards: BTreeMap<usize, Vec<(u32, Written)>> = BTreeMap::new();
        for (number, (folder, again, order, failed_before)) in spread.iter().enumerate() {
            // Of those that are complete several may be there, at one time or at others.
            for time in 0..=*again {
                let other = (folder + time) % 5;
                let one = result(&plan, number, false, (time % 2) as i64 + 5);
                shards.entry(other).or_default().push((order.rotate_left(time as u32 * 7), one));
            }
            if *failed_before {
                // Later, and worse: what is whole counts.
                shards.entry((folder + 1) % 5).or_default().push((!order, result(&plan, number, true, 99)));
            }
        }
        for (folder, mut results) in shards {
            results.sort_by_key(|(order, _)| *order);
            let results: Vec<_> = results.into_iter().map(|(_, result)| result).collect();
            let half = results.len() / 2;
            write(folders[folder].path(), "a", &results[..half]);
            write(folders[folder].path(), "b", &results[half..]);
        }
        for (number, (folder, cut)) in torn.iter().enumerate() {
            // What a worker that was killed leaves: a block that is cut off.
            let (lines, record) = result(&plan, spread.len() - 1 - number, false, 1000);
            let bytes = block(&lines, &record).unwrap();
            let parts = folders[*folder].path().join("parts");
            fs::create_dir_all(&parts).unwrap();
            fs::write(parts.join(format!("torn-{number}.jsonl")), &bytes[..bytes.len() - (*cut).min(bytes.len() - 1)]).unwrap();
        }
        let mut outs: Vec<PathBuf> = folders.iter().map(|folder| folder.path().to_owned()).collect();
        prop_assert_eq!(&merged(&outs, &plan), &expected);
        outs.reverse();
        outs.push(whole.path().to_owned());
        prop_assert_eq!(&merged(&outs, &plan), &expected);
    }
}

#[test]
fn what_is_not_there_is_missing_and_what_is_not_expected_is_left_out() {
    let plan = plan(4);
    let folder = tempfile::tempdir().unwrap();
    let results: Vec<_> = [0, 2].into_iter().map(|number| result(&plan, number, false, 1)).collect();
    write(folder.path(), "a", &results);
    let mut stranger = result(&plan, 1, false, 1);
    stranger.1.key = "0123456789abcdef".to_owned();
    stranger.0.iter_mut().for_each(|line| line.key = "0123456789abcdef".to_owned());
    write(folder.path(), "b", &[stranger]);
    let (bytes, page) = merged(&[folder.path().to_owned()], &plan);
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.matches("\"status\":\"missing\"").count(), 2, "{text}");
    assert!(!text.contains("0123456789abcdef"));
    assert!(page.contains("2 of 4 repositories were not scanned, or incomplete"), "{page}");
}

#[test]
fn a_page_of_many_stays_small_and_runs_nothing() {
    let mut overview = Overview::default();
    let hostile = "/r/<script>alert(1)</script>\u{202e}&\"'";
    for number in 0..30_000u64 {
        let key = format!("{number:016x}");
        let mut record = Record::missing(&key, &format!("{hostile}{number}"));
        record.findings.high = number % 5;
        if number % 3 > 0 {
            record.status = Status::Complete;
        }
        let lines: Vec<Line> = (0..3).map(|at| line(&key, at + number as usize / 2)).collect();
        overview.add(&record, &lines, number % 2 == 0);
    }
    let page = overview.page(&Default::default(), "1");
    assert!(page.len() < 5 << 20, "{}", page.len());
    assert!(!page.contains("<script") && !page.contains('\u{202e}') && page.contains("default-src 'none'"));
    assert!(page.contains("more, listed in the lines and tables"));
}
