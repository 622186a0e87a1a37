//! What a process has taken from the system.

use std::fmt;
use std::fs;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Resident memory, in KiB.
    pub(crate) memory: u64,
    pub(crate) handles: usize,
    pub(crate) threads: usize,
    pub(crate) mappings: usize,
}

impl Usage {
    /// What this process has taken now. Without `/proc` there is nothing to count.
    pub(crate) fn now() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        };
        Some(Self {
            memory: field("VmRSS:")?,
            handles: fs::read_dir("/proc/self/fd").ok()?.count(),
            threads: usize::try_from(field("Threads:")?).ok()?,
            mappings: fs::read_to_string("/proc/self/maps").ok()?.lines().count(),
        })
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { memory, handles, threads, mappings } = self;
        write!(f, "{memory} KiB, {handles} handles, {threads} threads, {mappings} mappings")
    }
}
