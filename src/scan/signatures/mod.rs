//! Signatures of a repository: who may sign.

pub mod policy;
