//! What the worst texts cost: `cargo bench --bench storms`. The bar is 0.3 CPU seconds a megabyte, which is three
//! megabytes a second. `STORMS=rank cargo bench --bench storms` makes a storm of each piece that a rule
//! looks at, in every dress, and prints the dearest; `STORMS=growth` runs the program on the worst twenty in
//! files of four sizes, and prints the table of `ARCHITECTURE.md`, then on twenty workflows.

#![expect(
    clippy::disallowed_methods,
    reason = "what is measured is chosen by a variable; the program is run"
)]

use std::process::{Command, Stdio};
use std::time::Instant;

use bartizan::engine::{Engine, Text};
use bartizan::model::{Blob, RepoPath};
use bartizan::scan::registry;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

#[path = "../tests/it/storms/kinds.rs"]
mod kinds;

use kinds::{BETWEEN, Dress, dressed, repeated};

const SIZE: usize = 512 << 10;

fn main() {
    match std::env::var("STORMS").as_deref() {
        Ok("rank") => rank(),
        Ok("growth") => growth(),
        _ => divan::main(),
    }
}

fn engine() -> Engine {
    Engine::new(registry::all(), Some(1_800_000_000))
}

/// Looks at `text` as at a file; gives what was seen, and how many places were not judged.
fn look(engine: &Engine, text: &[u8]) -> (usize, u64) {
    let path = RepoPath::from("src/storm.txt");
    let blob = Blob { path: &path, bytes: black_box(text), tracked: true };
    match engine.scan(&blob) {
        Text::Scanned { hits, decoded, missed, .. } => (hits.len() + decoded.len(), missed),
        Text::Binary(_) => {
            engine.inside(&blob, &mut |_, text| {
                black_box(text);
            });
            (0, 0)
        }
    }
}

#[divan::bench(args = 0..20, sample_count = 3)]
fn worst(bencher: Bencher<'_, '_>, number: usize) {
    let storm = &kinds::worst()[number];
    let (engine, text) = (engine(), repeated(&storm.piece, SIZE));
    bencher.counter(BytesCount::new(text.len())).bench_local(|| look(&engine, &text));
}

/// CPU seconds of the processes that this one has waited for; in steps of a hundredth, on Linux.
fn waited() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind_name.split_whitespace().skip(13).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// CPU seconds of the program for `folder`, on one thread.
fn of_program(folder: &std::path::Path, name: &str) -> f64 {
    let before = waited();
    let status = Command::new(env!("CARGO_BIN_EXE_bartizan"))
        .args(["scan", "--offline", "--no-cache", "--no-config"])
        .arg(folder)
        .env("RAYON_NUM_THREADS", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the program starts");
    assert!(status.code().is_some_and(|code| code <= 2), "{name}: {status}");
    waited() - before
}

/// The same for `count` files of `bytes` of `storm`.
fn of_files(storm: &kinds::Storm, bytes: usize, count: usize) -> f64 {
    let folder = tempfile::tempdir().expect("there is a place for files");
    for number in 0..count {
        let text = [format!("{number}\n").as_bytes(), &repeated(&storm.piece, bytes)].concat();
        std::fs::write(folder.path().join(format!("storm{number}.txt")), text).expect("there is room");
    }
    of_program(folder.path(), &storm.name)
}

/// The same for sixteen copies of the workflow `storm`, each in a repository of its own.
fn of_workflow(storm: &kinds::Storm) -> f64 {
    (0..16)
        .map(|_| {
            let folder = tempfile::tempdir().expect("there is a place for files");
            kinds::write_workflow(folder.path(), "storm.yml", storm);
            of_program(folder.path(), &storm.name)
        })
        .sum()
}

/// Nanoseconds a byte, the best of three.
fn cost(engine: &Engine, text: &[u8]) -> f64 {
    let once = || {
        let start = Instant::now();
        black_box(look(engine, text));
        start.elapsed().as_nanos() as f64 / text.len() as f64
    };
    (0..3).map(|_| once()).fold(f64::INFINITY, f64::min)
}

#[expect(clippy::print_stdout, reason = "a table for whoever measures")]
fn rank() {
    let engine = engine();
    let mut all: Vec<(f64, String)> = Vec::new();
    for piece in kinds::pieces(&engine) {
        for between in BETWEEN {
            let text = repeated(&[&piece.piece, between.as_bytes()].concat(), 64 << 10);
            for dress in [Dress::Plain, Dress::Base64, Dress::Nested, Dress::Escaped, Dress::Gzip] {
                let text = dressed(&text, dress);
                all.push((cost(&engine, &text), format!("{dress:?} {between:?} {}", piece.name)));
            }
        }
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (cost, name) in all.iter().take(50) {
        println!("{cost:9.1} ns a byte  {name}");
    }
}

#[expect(clippy::print_stdout, reason = "a table for whoever measures")]
fn growth() {
    for storm in kinds::worst() {
        let costs: Vec<String> = [64, 16, 4, 1]
            .map(|count| of_files(&storm, (4 << 20) / count, count) / 4.194_304)
            .map(|cost| format!("{cost:.2}"))
            .to_vec();
        println!("| {} | {} |", storm.name, costs.join(" | "));
    }
    let sizes = [64 << 10, 256 << 10, 448 << 10];
    let all = sizes.map(kinds::workflows);
    for number in 0..all[0].len() {
        let costs = all.each_ref().map(|all| {
            let storm = &all[number];
            format!("{:.2}", of_workflow(storm) / (16 * storm.piece.len()) as f64 * (1 << 20) as f64)
        });
        println!("| {} | {} |", all[0][number].name, costs.join(" | "));
    }
}
