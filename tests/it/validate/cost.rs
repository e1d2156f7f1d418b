//! What it costs to ask about many credentials: `cargo test --release --test it validate::cost -- --nocapture`.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bartizan::model::{Secret, Validity};
use bartizan::scan::registry;
use bartizan::validate::{Ask, Hosts, Limits, Plan, ask};

use super::server::{Provider, Reply};

const KINDS: usize = 10;
const EACH: usize = 100;
/// Seconds, of a debug build on a machine that does other things, too.
const MOST: f64 = 2.0;

/// CPU seconds of the threads that have this name, or of the process.
fn seconds(path: &str) -> f64 {
    let Ok(text) = fs::read_to_string(path) else { return 0.0 };
    // The name may have blanks; what follows it does not.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}

fn of_servers() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten().map(|task| task.path());
    let is_server = |path: &std::path::PathBuf| {
        fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == "provider")
    };
    tasks.filter(is_server).map(|path| seconds(path.join("stat").to_str().unwrap())).sum()
}

/// A thousand credentials of ten kinds, each kind at a host of its own, one request after the other at each.
#[test]
#[cfg(target_os = "linux")]
#[ignore = "it measures the process, in which nothing else may run"]
fn a_thousand_credentials_of_ten_kinds() {
    let mut hosts: BTreeSet<&str> = BTreeSet::new();
    let mut plan = Plan::default();
    for rule in registry::rules() {
        let Some(request) = rule
            .request
            .filter(|request| !request.host.is_empty() && request.companions.is_empty() && !request.sigv4)
        else {
            continue;
        };
        if hosts.len() == KINDS || !hosts.insert(request.host) {
            continue;
        }
        for number in 0..EACH {
            plan.asks.push(Ask {
                request,
                check: rule.id.to_owned(),
                hosts: vec![request.host.to_owned()],
                secret: Secret::new(format!("credential-{number}").as_bytes()),
                companions: vec![std::collections::BTreeMap::new()],
                findings: vec![number],
            });
        }
    }
    assert_eq!((hosts.len(), plan.asks.len()), (KINDS, KINDS * EACH));
    let provider = Provider::start(&hosts.into_iter().collect::<Vec<_>>());
    provider.answers(|_| Reply::Is(418, String::new(), b"{}".to_vec()));
    let client = provider.client(Duration::from_secs(10));
    let before = seconds("/proc/self/stat");
    let stop = AtomicBool::new(false);
    let limits = Limits { rate: None, requests: None };
    let outcomes = ask(&plan, &client, &Hosts::default(), limits, None, &stop, &|_| {});
    let (all, servers) = (seconds("/proc/self/stat") - before, of_servers());
    assert!(outcomes.iter().all(|outcome| outcome.validation.validity == Validity::NotAsked));
    assert_eq!(provider.seen().len(), KINDS * EACH);
    let ours = all - servers;
    println!(
        "{} credentials of {KINDS} kinds: {ours:.2} s CPU, and {servers:.2} s of the servers",
        KINDS * EACH
    );
    assert!(ours <= MOST, "{ours} s");
}
