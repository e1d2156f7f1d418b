//! A repository of a stranger, all checks, all formats. Files stand between NUL bytes; the first byte of each
//! picks its name.
#![no_main]

use bartizan::model::{RepoPath, Severity};
use bartizan::render::{Format, Options, render};
use bartizan_fuzz::{Memory, report};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 40] = [
    "src/main.rs",
    "src/a.py",
    ".env",
    "README.md",
    "Cargo.lock",
    "Cargo.toml",
    "a/Cargo.lock",
    "a/Cargo.toml",
    "package.json",
    "package-lock.json",
    "go.sum",
    "go.mod",
    "requirements.txt",
    "poetry.lock",
    "Gemfile.lock",
    ".github/workflows/release.yml",
    ".github/workflows/ci.yaml",
    ".gitlab-ci.yml",
    "action.yml",
    "SHA256SUMS",
    "SHA256SUMS.sig",
    "SHA256SUMS.sigstore.json",
    "dist/a.tar.gz",
    "dist/a.tar.gz.sig",
    "dist/a.tar.gz.sigstore.json",
    "dist/a.cdx.json",
    "dist/a.spdx.json",
    "dist/a.spdx",
    "bom.xml",
    "cosign.pub",
    "keys/release.pem",
    ".gitleaksignore",
    ".secrets.baseline",
    "allowed_signers",
    "index.json",
    "blobs/sha256/a",
    "docs/verify.md",
    "install.sh",
    "k8s/secret.yaml",
    "main.tf",
];

fuzz_target!(|bytes: &[u8]| {
    let mut files: Vec<(RepoPath, Vec<u8>)> = Vec::new();
    for piece in bytes.split(|byte| *byte == 0).take(12) {
        let Some((first, content)) = piece.split_first() else { continue };
        let path = RepoPath::from(NAMES[usize::from(*first) % NAMES.len()]);
        if files.iter().all(|(known, _)| *known != path) {
            files.push((path, content.to_vec()));
        }
    }
    let report = report(&Memory(files)).expect("memory can be read");
    for format in Format::ALL {
        let mut out = Vec::new();
        render(&report, format, &Options::plain(Some(Severity::Low)), &mut out)
            .expect("memory takes everything");
        match format {
            Format::Json => {
                bartizan::render::read::read(&out).expect("what is written can be read");
            }
            // Nothing of a repository reaches a terminal as it is.
            Format::Human => assert!(!out.iter().any(|byte| *byte < b' ' && *byte != b'\n'), "{out:?}"),
            _ => {}
        }
    }
});
