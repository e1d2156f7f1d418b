//! Everything that is tested from outside: the modules together, the program, the tree itself.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests make the repositories that a scan meets, and stop at whatever goes wrong"
)]

#[cfg(unix)]
mod action;
#[cfg(unix)]
mod agents;
#[cfg(unix)]
mod baseline;
#[cfg(unix)]
mod batch;
mod circles;
mod cli;
mod containers;
mod decode;
mod dependencies;
mod dockerfile;
mod docs;
mod fixtures;
mod formats;
#[cfg(unix)]
mod git;
#[cfg(feature = "signatures")]
mod gitsign;
#[cfg(unix)]
mod hardening;
#[cfg(unix)]
mod hook;
mod import;
mod language;
mod lockfiles;
#[cfg(feature = "lsp")]
mod lsp;
mod masking;
mod merged;
#[cfg(unix)]
mod packaging;
#[cfg(unix)]
mod policy;
#[cfg(unix)]
mod policy_changes;
#[cfg(unix)]
mod policy_claims;
#[cfg(unix)]
mod policy_own;
#[cfg(unix)]
mod policy_promises;
#[cfg(unix)]
mod programs;
#[cfg(unix)]
mod promises;
mod props;
mod ranges;
#[cfg(unix)]
mod recipes;
mod render;
#[cfg(unix)]
mod run_git;
mod sbom;
mod signature;
#[cfg(unix)]
mod source;
mod stdin;
mod storms;
mod tidy;
#[cfg(all(unix, feature = "signatures", feature = "validate"))]
mod validate;
mod values;
#[cfg(feature = "signatures")]
mod verify;
mod windows;
mod words;
mod workflows;
#[cfg(unix)]
mod workloads;
