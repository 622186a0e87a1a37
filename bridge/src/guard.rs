//! The guard below each stack: a range of addresses that fault.
//!
//! | how | where | costs |
//! | --- | --- | --- |
//! | marked pages, `MADV_GUARD_INSTALL` | Linux 6.13 and later | no mapping, so any number |
//! | inaccessible pages, `mprotect` | everywhere else | two mappings a stack, of which a process may have `vm.max_map_count` |
//!
//! Changes the protection of memory, hence `unsafe`.
#![allow(unsafe_code)]

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many bytes below a stack fault. Code that touches its frames page by page always runs into them,
/// as code of Rust does. Other code, such as C compiled without `-fstack-clash-protection`, runs into
/// them with frames up to this size; with a larger one it could write beyond, into the next stack.
pub(crate) const GUARD: usize = 256 * 1024;

/// `MADV_GUARD_INSTALL` of Linux 6.13, not yet in `libc`.
#[cfg(target_os = "linux")]
const MADV_GUARD_INSTALL: libc::c_int = 102;

/// One in so many of the mappings that a process may have is kept for the rest of the process: a
/// program that has none left cannot even allocate the memory to report it.
const KEPT: usize = 8;

/// How many guards of this process are inaccessible pages.
static PROTECTED: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum GuardKind {
    Marked,
    Protected,
}

/// Makes the lowest `GUARD` bytes from `start` on fault.
///
/// # Safety
///
/// They are the caller's mapping, and nothing uses them.
pub(crate) unsafe fn install(start: *mut u8) -> io::Result<GuardKind> {
    #[cfg(target_os = "linux")]
    // SAFETY: the caller's promise.
    if unsafe { libc::madvise(start.cast(), GUARD, MADV_GUARD_INSTALL) } == 0 {
        return Ok(GuardKind::Marked);
    }
    let before = PROTECTED.fetch_add(1, Ordering::Relaxed);
    let error = match allowed() {
        Some((mappings, guards)) if before >= guards => too_many(mappings),
        // SAFETY: the caller's promise.
        _ if unsafe { libc::mprotect(start.cast(), GUARD, libc::PROT_NONE) } == 0 => {
            return Ok(GuardKind::Protected);
        }
        limit => match io::Error::last_os_error() {
            // The rest of the process has used what was kept for it.
            error if error.raw_os_error() == Some(libc::ENOMEM) => {
                limit.map_or(error, |(mappings, _)| too_many(mappings))
            }
            error => error,
        },
    };
    removed(1);
    Err(error)
}

/// Counts guards of inaccessible pages that are gone, with the mapping they were in.
pub(crate) fn removed(guards: usize) {
    PROTECTED.fetch_sub(guards, Ordering::Relaxed);
}

/// How many mappings the process may have, and how many guards that makes.
fn allowed() -> Option<(usize, usize)> {
    static ALLOWED: OnceLock<Option<(usize, usize)>> = OnceLock::new();
    *ALLOWED.get_or_init(|| {
        let text = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok()?;
        let mappings: usize = text.trim().parse().ok()?;
        Some((mappings, (mappings - mappings / KEPT) / 2))
    })
}

#[cold]
fn too_many(mappings: usize) -> io::Error {
    io::Error::new(
        io::ErrorKind::OutOfMemory,
        format!(
            "this kernel cannot guard more stacks under vm.max_map_count = {mappings}: raise it by \
             sysctl -w vm.max_map_count={}, or take Linux 6.13 or later, which has no such limit",
            mappings.saturating_mul(4)
        ),
    )
}
