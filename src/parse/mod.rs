//! Bytes to facts. Pure, never fails hard: what cannot be read is told beside what can.

pub mod advisory;
pub mod cargo;
pub mod credfile;
pub mod dotenv;
pub mod lockfile;
pub mod sbom;
pub mod signature;
pub mod tar;
pub mod version;
pub mod zip;
