//! What a process may use, and what it uses; as far as the system tells.

#![expect(clippy::disallowed_methods, reason = "what Linux says of processes of ours")]

use std::fs;

/// What a process uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Memory, in KiB.
    pub rss_kb: u64,
    /// Of the processor, in milliseconds.
    pub cpu_ms: u64,
}

/// Milliseconds of one tick of Linux's clock for processes, which is the same everywhere.
const TICK_MS: u64 = 10;

/// What the process with this number uses; nothing where the system does not tell.
#[must_use]
pub fn used(process: u32) -> Used {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let rss_kb = rss.and_then(|rest| rest.trim().split(' ').next()?.parse().ok()).unwrap_or(0);
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name of the program may hold blanks and brackets.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    Used { rss_kb, cpu_ms: (ticks(11) + ticks(12)) * TICK_MS }
}

/// Bytes above the limit that this process may map: threads reserve addresses that they do not use.
const SPARE: u64 = 1 << 30;

/// Lets this process take `bytes` of memory and some addresses more, and leave no image of its memory behind.
#[cfg(unix)]
pub fn limit_memory(bytes: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // Where there is no such limit the supervisor's stands.
    let most = Some(bytes.saturating_add(SPARE));
    let _ = setrlimit(Resource::As, Rlimit { current: most, maximum: most });
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

/// There are no such limits.
#[cfg(not(unix))]
pub fn limit_memory(_bytes: u64) {
    let _ = SPARE;
}

/// What this machine, or the group of processes that this one is in, may use of memory, in bytes.
#[must_use]
pub(super) fn memory() -> Option<u64> {
    let group = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let group = group.iter().find_map(|path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok());
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        Some(line.trim().split(' ').next()?.parse::<u64>().ok()? * 1024)
    });
    match (group, machine) {
        (Some(group), Some(machine)) => Some(group.min(machine)),
        (one, other) => one.or(other),
    }
}
