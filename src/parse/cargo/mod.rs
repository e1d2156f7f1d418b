//! Parsers for Cargo's files: `Cargo.lock`, `Cargo.toml`, and the dependency graph.

mod checksums;
pub mod graph;
pub mod lock;
pub mod manifest;

pub use checksums::checksums;
pub use graph::{Graph, Resolver, Way, Ways};
pub use lock::{Lock, Mistake, Package, Source};
pub use manifest::{Dependency, Kind, Manifest};
