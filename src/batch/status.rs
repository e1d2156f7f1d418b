//! Progress of a batch, read-only.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::plan::Plan;
use super::record::Status;
use super::results::{Results, number};
use super::{lock, supervise};

/// Minutes over which the rate is measured.
const WINDOW_MS: i64 = 10 * 60 * 1000;

/// Progress of a batch.
#[derive(Debug, Serialize)]
pub struct Progress {
    /// Repositories of the plan.
    pub repositories: u64,
    /// Those with a record.
    pub recorded: u64,
    /// By status.
    pub by_status: BTreeMap<&'static str, u64>,
    /// Those that failed, by reason.
    pub failed: BTreeMap<&'static str, u64>,
    /// By shard: recorded and total.
    pub shards: Vec<Shard>,
    /// Shards with a worker now.
    pub running: usize,
    /// When the last one ended, in milliseconds since 1970.
    pub last_ms: Option<i64>,
    /// Recent repositories per second; none without recent results.
    pub per_second: Option<f64>,
    /// Seconds left at that rate.
    pub seconds_left: Option<u64>,
    /// CPU seconds.
    pub cpu_seconds: f64,
}

/// Progress of a shard.
#[derive(Debug, Serialize)]
pub struct Shard {
    /// Its number, from 0.
    pub shard: u32,
    /// With a record.
    pub recorded: u64,
    /// All of it.
    pub repositories: u64,
}

impl Progress {
    /// Reads the results in `out`.
    #[must_use]
    pub fn of(out: &Path, plan: &Plan, results: &Results) -> Self {
        let now = supervise::now_ms();
        let mut progress = Self {
            repositories: plan.entries.len() as u64,
            recorded: 0,
            by_status: BTreeMap::new(),
            failed: BTreeMap::new(),
            shards: (0..plan.head.shards)
                .map(|shard| Shard { shard, recorded: 0, repositories: 0 })
                .collect(),
            running: lock::held(out),
            last_ms: None,
            per_second: None,
            seconds_left: None,
            cpu_seconds: 0.0,
        };
        let (mut recent, mut first) = (0u64, now);
        for entry in &plan.entries {
            let shard = &mut progress.shards[entry.shard as usize];
            shard.repositories += 1;
            let known = number(&entry.key).and_then(|key| results.get(key));
            let status = known.map_or(Status::Missing, |known| known.status);
            *progress.by_status.entry(status.as_str()).or_default() += 1;
            let Some(known) = known else { continue };
            shard.recorded += 1;
            progress.recorded += 1;
            progress.cpu_seconds += f64::from(known.cpu_ms) / 1000.0;
            progress.last_ms = progress.last_ms.max(Some(known.ended));
            if let Some(why) = known.why {
                *progress.failed.entry(why.as_str()).or_default() += 1;
            }
            if now - known.ended < WINDOW_MS {
                recent += 1;
                first = first.min(known.ended);
            }
        }
        if recent > 1 && progress.running > 0 {
            let rate = recent as f64 / ((now - first).max(1000) as f64 / 1000.0);
            progress.per_second = Some(rate);
            let left = (progress.repositories - progress.recorded) as f64 / rate;
            // Times of years need no more digits.
            progress.seconds_left = Some(left.round() as u64);
        }
        progress
    }
}
