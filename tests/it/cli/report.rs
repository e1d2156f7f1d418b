//! `bartizan report`: what a scan has written comes out again in every format, two of them are held against
//! each other, and what is no report, or cannot be written, is told in a line.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::Stdio;

use bartizan::render::Format;
use tempfile::TempDir;

use super::{Ran, command, error, folder, leaky, mark, ran, run, token};

/// A folder with findings, and the reports of its scan: `r.FORMAT` in each format.
fn scanned(args: &[&str]) -> TempDir {
    let leaky = leaky();
    let reports: Vec<String> = Format::ALL.iter().map(|format| format!("{format}=r.{format}")).collect();
    let reports = reports.iter().flat_map(|report| ["-o", report]);
    let all: Vec<&str> = ["scan", "src"].into_iter().chain(reports).chain(args.iter().copied()).collect();
    let Ran { code, err, .. } = run(&leaky, &all);
    assert!(code < 2 && err.is_empty(), "{err}");
    leaky
}

fn at(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The lines of a report without those that say when the scan was made: a report that was kept does not know it.
fn timeless(report: &str) -> String {
    let times = ["\"start_time\": \"20", "\"end_time\": \"20"];
    report
        .split_inclusive('\n')
        .filter(|line| !times.iter().any(|time| line.trim_start().starts_with(time)))
        .collect()
}

#[test]
fn a_report_comes_out_as_the_scan_wrote_it() {
    for args in [&[][..], &["--fail-on", "critical"], &["--fail-on", "none"]] {
        let folder = scanned(args);
        for from in ["r.json", "r.jsonl"] {
            let reports: Vec<String> =
                Format::ALL.iter().map(|format| format!("{format}=again.{format}")).collect();
            let reports = reports.iter().flat_map(|report| ["-o", report]);
            let all: Vec<&str> = ["report", "--in", from].into_iter().chain(reports).collect();
            let Ran { code, out, err } = run(&folder, &all);
            let code_of_scan = i32::from(args != ["--fail-on", "none"]);
            assert_eq!((code, err.as_str()), (code_of_scan, ""), "{args:?}");
            assert_eq!(out, at(&folder, "r.human"));
            for format in Format::ALL {
                let report = |name: &str| timeless(&at(&folder, &format!("{name}.{format}")));
                assert_eq!(report("again"), report("r"), "{from} to {format}");
            }
            assert!(!at(&folder, "again.html").contains(&token()[5..]));
        }
    }
}

#[test]
fn a_report_is_read_from_standard_input_and_written_over_itself() {
    let folder = scanned(&[]);
    let mut child = command(folder.path(), &["report", "--in", "-", "--format", "csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(at(&folder, "r.json").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), at(&folder, "r.csv"));

    let before = at(&folder, "r.json");
    assert_eq!(run(&folder, &["report", "--in", "r.json", "-q", "-o", "json=r.json"]).code, 1);
    assert_eq!(at(&folder, "r.json"), before);
    assert_eq!(
        error(&folder, &["report", "--in", "-", "--against", "-"]),
        "error: two reports cannot come from standard input; read one of them from a file\n"
    );
}

#[test]
fn the_threshold_is_that_of_the_scan_unless_somebody_says_another() {
    let folder = scanned(&["--fail-on", "none"]);
    let code = |args: &[&str], variable: Option<&str>| {
        let mut command = command(folder.path(), &[&["report", "--in", "r.json"], args].concat());
        command.envs(variable.map(|value| ("BARTIZAN_FAIL_ON", value)));
        ran(command).code
    };
    assert_eq!(code(&[], None), 0);
    assert_eq!(code(&["--fail-on", "high"], None), 1);
    assert_eq!(code(&[], Some("low")), 1);
    assert_eq!(code(&["--fail-on", "none"], Some("low")), 0);
}

/// Scans `files` and keeps the report under `name` in `reports`.
fn kept(reports: &TempDir, name: &str, files: &[(&str, &str)]) {
    let scanned = folder(files);
    let target = format!("json={}", reports.path().join(name).display());
    let Ran { code, err, .. } = run(&scanned, &["scan", ".", "--quiet", "--offline", "-o", &target]);
    assert!(code < 2, "{err}");
}

#[test]
fn the_difference_of_two_runs() {
    let [ship, crew] = ["SHIP_PASSWORD=tulip-over¦cast-41\n", "CREW_PASSWORD=heron-under¦lamp-73\n"]
        .map(|line| line.replace('¦', ""));
    let assigned = format!("TOKEN = \"{}\"\n", token());
    let reports = folder(&[]);
    kept(&reports, "old.json", &[("a.py", &assigned), (".env", &ship)]);
    // The token has moved to another file and line, the password is gone, and there is another one.
    kept(&reports, "new.json", &[("b/c.py", &format!("import os\n\n{assigned}")), (".env", &crew)]);
    kept(&reports, "same.json", &[("other.py", &format!("\n\n\n{assigned}"))]);
    kept(
        &reports,
        "quiet.json",
        &[("a.py", &format!("# {}\n{assigned}", mark("github-personal-access-token made up")))],
    );

    let against = |new: &str, old: &str| run(&reports, &["report", "--in", new, "--against", old]);
    let Ran { code, out, err } = against("new.json", "old.json");
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    insta::assert_snapshot!("report_difference", out);
    // Nothing new: the run passes, although the token is still there.
    let Ran { code, out, .. } = against("same.json", "old.json");
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("0 new, ") && out.trim_end().ends_with("; no new finding fails the run"), "{out}");
    assert_eq!(run(&reports, &["report", "--in", "same.json"]).code, 1);
    let Ran { code, out, .. } = against("quiet.json", "same.json");
    assert_eq!(code, 0);
    assert!(out.contains("notice: 1 finding of the earlier report is suppressed, not gone"), "{out}");

    // What the difference was can be rendered again, too.
    let args = [
        "report",
        "--in",
        "new.json",
        "--against",
        "old.json",
        "-q",
        "-o",
        "json=difference.json",
        "-o",
        "html=one.html",
        "-o",
        "jsonl=difference.jsonl",
    ];
    assert_eq!(run(&reports, &args).code, 1);
    for difference in ["difference.json", "difference.jsonl"] {
        assert_eq!(run(&reports, &["report", "--in", difference, "-q", "-o", "html=two.html"]).code, 1);
        assert_eq!(at(&reports, "one.html"), at(&reports, "two.html"));
    }
}

#[test]
fn a_scan_that_was_not_whole_stays_so() {
    let reports = folder(&[]);
    kept(&reports, "old.json", &[("a", "hello\n")]);
    let text = at(&reports, "old.json")
        .replacen("\"problems\": []", "\"problems\": [{\"message\": \"cannot be read\"}]", 1)
        .replacen("\"problems\": 0", "\"problems\": 1", 1);
    fs::write(reports.path().join("part.json"), text).unwrap();
    let part = run(&reports, &["report", "--in", "part.json", "--fail-on", "none"]);
    assert_eq!((part.code, part.err.as_str()), (2, ""));
    assert!(part.out.starts_with("problem: cannot be read\n"), "{}", part.out);
    let against = run(&reports, &["report", "--in", "old.json", "--against", "part.json"]);
    assert_eq!(against.code, 0);
    assert!(against.out.contains("notice: the earlier scan was incomplete"), "{}", against.out);
}

#[test]
fn what_is_no_report_is_told_in_a_line() {
    let folder = scanned(&[]);
    let json = at(&folder, "r.json");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("newer.json", &json.replacen("\"schema_version\": 1", "\"schema_version\": 2", 1));
    write("cut.json", &json[..json.len() / 2]);
    let lines = at(&folder, "r.jsonl");
    write("cut.jsonl", lines.trim_end().rsplit_once('\n').unwrap().0);
    fs::create_dir(folder.path().join("directory")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let cases = [
        ("newer.json", format!("it was written by a newer bartizan {version} (format 2)")),
        ("cut.json", "it is cut off, at line ".to_owned()),
        ("cut.jsonl", "it is cut off: its last line, the summary, is missing".to_owned()),
        ("r.sarif", "it is a SARIF file, which lacks much of a scan; ".to_owned()),
        ("r.html", "it is not a bartizan report in JSON or JSON lines".to_owned()),
        ("absent.json", "no such file or directory".to_owned()),
        ("directory", "is a directory".to_owned()),
        ("/dev/null", "it is empty".to_owned()),
    ];
    let before = names(&folder);
    for (name, told) in cases {
        let told = format!("error: cannot read the report {name}: {told}");
        for args in [
            &["report", "--in", name, "-o", "html=x.html"][..],
            &["report", "--in", "r.json", "--against", name, "-o", "html=x.html"],
        ] {
            let err = error(&folder, args);
            assert!(err.starts_with(&told) && err.lines().count() == 1, "{err}");
        }
    }
    assert_eq!(names(&folder), before, "nothing was written");
    assert!(error(&folder, &["report"]).contains("--in <FILE>"));
}

#[test]
fn what_cannot_be_written_is_told_in_a_line() {
    let folder = scanned(&[]);
    fs::create_dir(folder.path().join("directory")).unwrap();
    let before = names(&folder);
    let told = |target: &str| {
        let Ran { code, err, .. } =
            run(&folder, &["report", "--in", "r.json", "-q", "-o", &format!("html={target}")]);
        assert_eq!((code, err.lines().count()), (2, 1), "{err}");
        err
    };
    assert_eq!(told("directory"), "error: cannot write directory: it is a directory\n");
    assert_eq!(
        told("none/x.html"),
        "error: cannot write none/x.html: there is no directory none; create it first\n"
    );
    assert_eq!(told("/dev/full"), "error: cannot write /dev/full: no space left on device\n");
    assert_eq!(told("r.json/x.html"), "error: cannot write r.json/x.html: r.json is not a directory\n");
    assert_eq!(names(&folder), before, "nothing was written");

    let mut full = command(folder.path(), &["report", "--in", "r.json", "--format", "html"]);
    full.stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let Ran { code, err, .. } = ran(full);
    assert_eq!(
        (code, err.as_str()),
        (2, "error: cannot write to standard output: no space left on device\n")
    );

    // Whoever reads may stop at any time, which is no failure and changes no code.
    let mut child = command(folder.path(), &["report", "--in", "r.json", "--format", "html"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(1), ""));
}
