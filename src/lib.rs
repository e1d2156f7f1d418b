//! bartizan: a repository and supply-chain hardening scanner.

pub mod model;
pub mod source;
