//! The stack on which a thread runs signal handlers, and the end of the thread, which shows in it.
//!
//! Asks the system and maps memory, hence `unsafe`.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr;

/// The alternate signal stack of a thread that had none: threads of Rust have one, others get ours.
pub(crate) struct SignalStack {
    ours: Option<(usize, usize)>,
    /// Whether there was one when the first greenlet of this thread started.
    of_rust: bool,
}

impl SignalStack {
    /// Makes sure that the calling thread can run a handler when its stack is full.
    pub(crate) fn ensure() -> Self {
        // SAFETY: queries and sets the alternate stack of this thread; the new one is a mapping of
        // ours that lives until `drop`, which takes it out of use first.
        unsafe {
            let mut old = MaybeUninit::<libc::stack_t>::zeroed().assume_init();
            let known = libc::sigaltstack(ptr::null(), &raw mut old) == 0;
            if !known || old.ss_flags & libc::SS_DISABLE == 0 {
                return Self { ours: None, of_rust: known };
            }
            let size = libc::SIGSTKSZ.max(32 * 1024);
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            let start = libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0);
            if start == libc::MAP_FAILED {
                return Self { ours: None, of_rust: false };
            }
            let new = libc::stack_t { ss_sp: start, ss_flags: 0, ss_size: size };
            libc::sigaltstack(&raw const new, ptr::null_mut());
            Self { ours: Some((start.expose_provenance(), size)), of_rust: false }
        }
    }

    /// Whether the function of this thread has returned, so that only the destructors of its
    /// thread-locals still run: Rust takes its signal stack away in between.
    ///
    /// Of a thread that Rust did not start nothing is known, and the answer is no.
    pub(crate) fn thread_ends(&self) -> bool {
        // SAFETY: queries the alternate stack of this thread.
        self.of_rust
            && unsafe {
                let mut now = MaybeUninit::<libc::stack_t>::zeroed().assume_init();
                let known = libc::sigaltstack(ptr::null(), &raw mut now) == 0;
                known && now.ss_flags & libc::SS_DISABLE != 0
            }
    }
}

impl Drop for SignalStack {
    fn drop(&mut self) {
        let Some((start, size)) = self.ours else { return };
        // SAFETY: the mapping is ours; it is taken out of use before it is unmapped, unless another
        // stack has replaced it since.
        unsafe {
            let mut now = MaybeUninit::<libc::stack_t>::zeroed().assume_init();
            libc::sigaltstack(ptr::null(), &raw mut now);
            if now.ss_sp.addr() == start {
                let off = libc::stack_t {
                    ss_sp: ptr::null_mut(),
                    ss_flags: libc::SS_DISABLE,
                    ss_size: libc::SIGSTKSZ,
                };
                libc::sigaltstack(&raw const off, ptr::null_mut());
            }
            libc::munmap(ptr::with_exposed_provenance_mut(start), size);
        }
    }
}
