//! Scanning many repositories: a frozen plan, worker processes that scan them one by one, and one merge of the results.
//! No broker, port or database, only append-only files.

pub mod against;
pub mod clone;
pub mod directory;
pub mod entry;
pub mod key;
pub mod lock;
pub mod manifest;
pub mod merge;
mod network;
pub mod overview;
pub mod part;
pub mod plan;
pub mod record;
pub mod results;
pub mod shard;
pub mod since;
mod split;
pub mod start;
pub mod status;
pub mod supervise;
mod system;
pub mod table;
pub mod totals;
pub mod worker;

pub use system::{limit_memory, used};

/// The JSON schema of a line of a plan, a part, or a merge.
pub const SCHEMA: &str = include_str!("batch.schema.json");

/// Raised when a field of a plan or record is removed or changes its meaning; fields are added without notice.
pub const VERSION: u32 = 1;
