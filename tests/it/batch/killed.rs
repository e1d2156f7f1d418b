//! Supervisors and workers that are killed, stopped or interrupted at any moment: the same command goes on, and what is
//! merged is what an undisturbed run gives.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Farm, records};
use crate::programs;

/// Sends a signal to a process.
pub(super) fn signal(process: u32, signal: rustix::process::Signal) {
    let process = rustix::process::Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    // It may be gone.
    let _ = rustix::process::kill_process(process, signal);
}

/// The children of a process.
pub(super) fn children(process: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(child) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let stat = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_ascii_whitespace().nth(1)?.parse::<u32>().ok());
        if parent == Some(process) {
            found.push(child);
        }
    }
    found
}

/// Waits until `is` says so.
#[track_caller]
pub(super) fn until(what: &str, mut is: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn start(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// A moment in a run, of random length.
fn moment(state: &mut u64) -> Duration {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    Duration::from_millis((*state >> 33) % 500)
}

#[test]
fn a_run_killed_at_its_start_leaves_a_directory_for_results() {
    let farm = Farm::new(1);
    let out = farm.path().join("out");
    fs::create_dir_all(out.join("lock")).unwrap();
    for name in ["lock/all", ".run.json.12"] {
        fs::write(out.join(name), "1\n").unwrap();
    }
    fs::write(out.join("mine.txt"), "1\n").unwrap();
    let ran = farm.run("out", &[]);
    assert!(ran.code == 2 && ran.err.contains("does not hold results"), "{}", ran.err);
    fs::remove_file(out.join("mine.txt")).unwrap();
    let ran = farm.run("out", &[]);
    assert_eq!(ran.code, 1, "{}", ran.err);
}

#[test]
#[cfg(target_os = "linux")]
fn whoever_is_killed_at_any_moment_the_next_run_ends_the_same() {
    use rustix::process::Signal;
    let farm = Farm::new(12);
    assert_eq!(farm.run("undisturbed", &[]).code, 1);
    let expected = farm.merged("undisturbed");
    let mut state = 20_261_130;
    let args = ["batch", "run", "--from", "farm", "--out", "out", "--jobs", "2", "-q"];
    for round in 0..9 {
        let mut child = start(farm.command(&args));
        std::thread::sleep(moment(&mut state));
        let workers = children(child.id());
        match round % 3 {
            0 => signal(child.id(), Signal::KILL),
            1 => workers.iter().for_each(|worker| signal(*worker, Signal::KILL)),
            _ => {
                workers.iter().for_each(|worker| signal(*worker, Signal::KILL));
                signal(child.id(), Signal::KILL);
            }
        }
        let status = child.wait().unwrap();
        // Whoever loses its supervisor ends, too.
        until("workers stay behind", || {
            workers.iter().all(|worker| fs::metadata(format!("/proc/{worker}")).is_err())
        });
        let last = farm.run("out", &[]);
        assert_eq!(last.code, 1, "round {round}, {status}: {}", last.err);
        assert_eq!(farm.merged("out"), expected, "round {round}, {status}");
        if round % 3 == 2 {
            // From the start.
            fs::remove_dir_all(farm.path().join("out")).unwrap();
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn ctrl_c_ends_in_order_and_the_next_run_goes_on() {
    let farm = Farm::new(30);
    let args = ["batch", "run", "--from", "farm", "--out", "out", "--jobs", "1"];
    let mut child = start(programs::interruptible(&farm.command(&args), &farm.path()));
    let parts = farm.path().join("out/parts");
    let written = || {
        let files = fs::read_dir(&parts).into_iter().flatten().flatten();
        files
            .map(|file| fs::read_to_string(file.path()).unwrap_or_default().matches("\"repository\"").count())
            .sum::<usize>()
    };
    until("nothing is written", || written() >= 3);
    signal(child.id(), rustix::process::Signal::INT);
    let mut said = String::new();
    std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut said).unwrap();
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(75), "{said}");
    assert!(said.contains("the same command goes on"), "{said}");
    let last = farm.run("out", &[]);
    assert!(last.code == 1 && last.err.contains("have a record already"), "{}", last.err);
    let all = records(&farm.merged("out"));
    assert!(all.len() == 30 && all.iter().all(|record| record["status"] == "complete"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_worker_that_hangs_costs_one_repository_its_time() {
    let farm = Farm::new(6);
    let args =
        ["batch", "run", "--from", "farm", "--out", "out", "--jobs", "1", "--repo-timeout", "3s", "-q"];
    let mut child = start(farm.command(&args));
    // One that is stopped before it is another program holds up whoever starts it.
    let command = |process: u32| fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    let is_started =
        |worker: &u32| !matches!(command(*worker), it if it.is_empty() || it == command(child.id()));
    until("no worker", || children(child.id()).iter().any(is_started));
    children(child.id()).iter().for_each(|worker| signal(*worker, rustix::process::Signal::STOP));
    assert_eq!(child.wait().unwrap().code(), Some(2));
    let all = records(&farm.merged("out"));
    let count = |status: &str| all.iter().filter(|record| record["status"] == status).count();
    assert_eq!((count("failed"), count("complete")), (1, 5), "{all:?}");
    let failed = all.iter().find(|record| record["status"] == "failed").unwrap();
    assert_eq!(
        (failed["why"].as_str(), failed["message"].as_str()),
        (Some("timeout"), Some("it took longer than 3 s"))
    );
    // It is not tried again unasked.
    assert_eq!(farm.run("out", &[]).code, 2);
    assert_eq!(farm.run("out", &["--again", "failed"]).code, 1);
}

#[test]
fn two_runs_into_the_same_results_are_told() {
    let farm = Farm::new(2);
    assert_eq!(farm.run("out", &[]).code, 1);
    let lock = fs::File::options().write(true).open(farm.path().join("out/lock/all")).unwrap();
    lock.lock().unwrap();
    let second = farm.run("out", &[]);
    assert!(second.code == 2 && second.err.contains("another process"), "{}", second.err);
    drop(lock);
    assert_eq!(farm.run("out", &[]).code, 1);
}
