//! Many repositories: a frozen plan of them, workers that scan them one by one in processes of their own, and one
//! merge of what they wrote. No broker, no port, no database: files that are only added to.

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

/// The JSON schema of a line of a plan, of a part, and of what is merged.
pub const SCHEMA: &str = include_str!("batch.schema.json");

/// Raised when a field of a plan or a record changes its meaning or goes away; fields are added without notice.
pub const VERSION: u32 = 1;
