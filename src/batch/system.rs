//! Resource limits and usage of a process, where the system reports them.

#![expect(clippy::disallowed_methods, reason = "what Linux says of processes of ours")]

use std::fs;

/// What a process uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Memory, in KiB.
    pub rss_kb: u64,
    /// CPU time in milliseconds.
    pub cpu_ms: u64,
}

/// Milliseconds per Linux clock tick (USER_HZ).
const TICK_MS: u64 = 10;

/// Usage of the process with this id; none if the system does not report it.
#[must_use]
pub fn used(process: u32) -> Used {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let rss_kb = rss.and_then(|rest| rest.trim().split(' ').next()?.parse().ok()).unwrap_or(0);
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The program name may contain spaces and brackets.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    Used { rss_kb, cpu_ms: (ticks(11) + ticks(12)) * TICK_MS }
}

/// Extra bytes of address space: threads reserve addresses that they do not use.
const SPARE: u64 = 1 << 30;

/// Limits this process to `bytes` of memory plus some address space, and disables core dumps.
#[cfg(unix)]
pub fn limit_memory(bytes: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // Without such a limit the supervisor's applies.
    let most = Some(bytes.saturating_add(SPARE));
    let _ = setrlimit(Resource::As, Rlimit { current: most, maximum: most });
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

/// Not supported here.
#[cfg(not(unix))]
pub fn limit_memory(_bytes: u64) {
    let _ = SPARE;
}

/// The memory limit of this machine or cgroup, in bytes.
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
