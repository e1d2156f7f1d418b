//! Learns how identifiers and words of source code are spelled and writes the model:
//! `cargo run --release --example train_rarity -- ~/.cargo/registry/src > src/engine/rarity.model`.
//!
//! Every distinct word counts once, whatever its frequency. Words that look like digests or
//! encoded data are left out, as are lock files and checksum lists: the model is to know what is
//! *not* random.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a tool of the project: reads a folder, says how many words it learned"
)]

use std::collections::HashSet;
use std::io::Write as _;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let mut words: HashSet<Vec<u8>> = HashSet::new();
    let mut stack: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    while let Some(folder) = stack.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().to_lowercase();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                stack.push(path);
            } else if kind.is_file()
                && ![".lock", ".json", ".sum", ".svg", ".pem"].iter().any(|end| name.ends_with(end))
            {
                collect(&std::fs::read(path).unwrap_or_default(), &mut words);
            }
        }
    }
    let mut letters = vec![0u64; 27 * 27 * 27];
    let mut classes = vec![0u64; 64];
    for word in &words {
        let (mut a, mut b) = (26, 26);
        let (mut c, mut d) = (0, 0);
        for byte in word {
            let class = class(*byte);
            classes[c * 16 + d * 4 + class] += 1;
            (c, d) = (d, class);
            let letter =
                if byte.is_ascii_alphabetic() { usize::from(byte.to_ascii_lowercase() - b'a') } else { 26 };
            if letter < 26 {
                letters[(a * 27 + b) * 27 + letter] += 1;
            }
            (a, b) = (b, letter);
        }
    }
    let mut model = Vec::new();
    for pair in letters.chunks(27) {
        let total: u64 = pair[..26].iter().sum();
        let surprise = |count: &u64| sixteenths((*count as f64 + 0.3) / (total as f64 + 7.8));
        model.extend(pair[..26].iter().map(surprise));
    }
    for pair in classes.chunks(4) {
        let total: u64 = pair.iter().sum();
        model.extend(pair.iter().map(|count| sixteenths((*count as f64 + 1.0) / (total as f64 + 4.0))));
    }
    eprintln!("{} distinct words", words.len());
    std::io::stdout().write_all(&model)
}

fn sixteenths(share: f64) -> u8 {
    (-share.log2() * 16.0).round().clamp(0.0, 255.0) as u8
}

fn class(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        b'0'..=b'9' => 3,
        _ => 0,
    }
}

fn collect(bytes: &[u8], words: &mut HashSet<Vec<u8>>) {
    let bytes = &bytes[..bytes.len().min(1 << 20)];
    if bytes.contains(&0) {
        return;
    }
    for word in bytes.split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))) {
        let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
        let encoded = digits * 5 > word.len()
            || (word.len() > 24 && !word.iter().any(|b| matches!(b, b'_' | b'-')) && digits > 2);
        if (4..=48).contains(&word.len()) && !encoded && digits < 5 {
            words.insert(word.to_vec());
        }
    }
}
