//! Counts pairs of bytes in a folder of source code and prints `src/engine/frequency.rs`:
//! `cargo run --release --example train -- ~/.cargo/registry/src > src/engine/frequency.rs`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a tool of the project: reads a folder, prints a table"
)]

use std::path::PathBuf;

fn main() {
    let mut counts = vec![0u64; 4096];
    let mut stack: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    while let Some(folder) = stack.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                stack.push(path);
            } else if kind.is_file() {
                count(&std::fs::read(path).unwrap_or_default(), &mut counts);
            }
        }
    }
    let total: u64 = counts.iter().sum::<u64>().max(1);
    let rarity = |count: u64| {
        ((-(count.max(1) as f64 / total as f64).log2() * 8.0).round() as i64).clamp(0, 255).to_string()
    };
    println!("//! How common bytes and pairs of bytes are in source code, folded to six bits each as the");
    println!("//! filter folds. Written by `examples/train.rs` from the sources in Cargo's registry folder.");
    println!("//! Each number is eight times the binary logarithm of the rarity, at most 255.\n");
    let singles: Vec<String> =
        (0..64).map(|byte| rarity((0..64).map(|next| counts[byte | next << 6]).sum())).collect();
    println!(
        "/// Of a folded byte.\n#[rustfmt::skip]\npub(super) const BYTE_RARITY: [u8; 64] = [\n    {},\n];\n",
        singles.join(", ")
    );
    println!(
        "/// Of a pair, at `first | second << 6`.\n#[rustfmt::skip]\npub(super) const PAIR_RARITY: [u8; 4096] = ["
    );
    for row in counts.chunks(64) {
        println!("    {},", row.iter().map(|count| rarity(*count)).collect::<Vec<_>>().join(", "));
    }
    println!("];");
}

/// Text files only, and at most a megabyte of each, so that no generated table rules the counts.
fn count(bytes: &[u8], counts: &mut [u64]) {
    let bytes = &bytes[..bytes.len().min(1 << 20)];
    if bytes.contains(&0) {
        return;
    }
    for pair in bytes.windows(2) {
        counts[fold(pair[0]) | fold(pair[1]) << 6] += 1;
    }
}

/// As the filter folds: case is lost, letters and digits stay apart.
fn fold(byte: u8) -> usize {
    usize::from(byte & 31 | byte >> 1 & 32)
}
