//! Asks providers whether they accept the credentials that were found: only for `bartizan validate`, which a user
//! runs explicitly.
//!
//! A request is data of a pack ([`crate::engine::request`]); no host, path or header comes from a repository. The
//! pack also lists which facts of a response are kept, so nothing else reaches a report.

mod answer;
mod apply;
mod cache;
mod consent;
mod fill;
mod plan;
mod run;
mod send;
mod sigv4;

pub use answer::{Answer, Verdict};
pub use apply::apply;
pub use cache::Cache;
pub use consent::{list, summary};
pub use fill::{Message, fill};
pub use plan::{Ask, Hosts, Plan, Wanted};
pub use run::{Limits, Outcome, ask};
pub use send::{Client, Network};
