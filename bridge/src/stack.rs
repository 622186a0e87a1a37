//! The memory that a greenlet runs on: one mapping with a guard region at its low end.
//!
//! The one place that maps memory, hence `unsafe`.
#![allow(unsafe_code)]

use std::io;
use std::num::NonZeroUsize;
use std::ptr;

use corosensei::stack::valgrind::ValgrindStackRegistration;
use corosensei::stack::{Stack as RawStack, StackPointer};

/// Wide enough that a frame of C code, which does not probe its pages, rarely jumps over it.
pub(crate) const GUARD: usize = 64 * 1024;

/// What a stack keeps in memory while it is pooled; ordinary code stays above it.
const SHALLOW: usize = 64 * 1024;

/// How often the kernel is asked about a pooled stack whose canary is intact.
const AUDIT: u32 = 1024;

/// Written where the shallow part ends: when it is gone, the stack was touched deeply.
const CANARY: u64 = 0x616c_7564_656c_2e2e;

/// `MADV_GUARD_INSTALL` of Linux 6.13, not yet in `libc`.
#[cfg(target_os = "linux")]
const MADV_GUARD_INSTALL: libc::c_int = 102;

/// A stack: `GUARD` bytes that fault, then `size` bytes that grow downwards from `base`.
pub(crate) struct Stack {
    base: StackPointer,
    limit: StackPointer,
    /// How often it went back to the pool.
    uses: u32,
    valgrind: Option<ValgrindStackRegistration>,
}

impl Stack {
    /// Maps a stack of `size` usable bytes, a multiple of the page size.
    #[cold]
    pub(crate) fn new(size: usize) -> io::Result<Self> {
        let too_large = || io::Error::from(io::ErrorKind::OutOfMemory);
        let len = size.checked_add(GUARD).ok_or_else(too_large)?;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new private mapping at an address of the kernel's choice touches nothing of ours.
        let start = unsafe { libc::mmap(ptr::null_mut(), len, protection, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let limit = NonZeroUsize::new(start.addr()).ok_or_else(too_large)?;
        let base = limit.checked_add(len).ok_or_else(too_large)?;
        let mut stack = Self { base, limit, uses: 0, valgrind: None };
        stack.forbid_huge_pages();
        stack.install_guard()?;
        let usable = start.cast::<u8>().wrapping_add(GUARD);
        stack.valgrind = Some(ValgrindStackRegistration::new(usable, size));
        Ok(stack)
    }

    /// Usable bytes, without the guard.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        self.base.get() - self.limit.get() - GUARD
    }

    /// The addresses that fault when the stack overflows.
    #[inline]
    pub(crate) fn guard(&self) -> (usize, usize) {
        (self.limit.get(), self.limit.get() + GUARD)
    }

    /// Makes the stack ready to wait in the pool: gives back what only a deep call needed.
    ///
    /// A fresh stack is measured once; after that a canary word tells, which costs one load, and
    /// now and then the kernel is asked, since a large frame may have jumped over the word.
    #[inline]
    pub(crate) fn settle(&mut self) {
        self.uses = self.uses.wrapping_add(1);
        if self.size() <= SHALLOW {
            return;
        }
        if !self.uses.is_multiple_of(AUDIT) && self.uses != 1 && self.read_canary() == CANARY {
            return;
        }
        self.trim();
    }

    fn canary(&self) -> *mut u64 {
        ptr::with_exposed_provenance_mut(self.base.get() - SHALLOW - size_of::<u64>())
    }

    #[inline]
    fn read_canary(&self) -> u64 {
        // SAFETY: `settle` is only called on stacks larger than SHALLOW, with no greenlet on them,
        // so the word lies inside the usable part and nobody else holds a reference to it.
        unsafe { self.canary().read() }
    }

    #[cold]
    fn trim(&mut self) {
        let deep = self.size() - SHALLOW;
        if self.uses == 1 || self.read_canary() != CANARY || self.resident_below_canary() {
            let low: *mut libc::c_void =
                ptr::with_exposed_provenance_mut(self.limit.get() + GUARD);
            // SAFETY: the range is the lower part of our own mapping, on which nothing runs; its
            // contents may be lost. Failure (locked memory) only means that nothing is given back.
            unsafe { libc::madvise(low, deep, libc::MADV_DONTNEED) };
        }
        // SAFETY: as in `read_canary`.
        unsafe { self.canary().write(CANARY) };
    }

    /// Whether any page below the one that holds the canary is in memory.
    #[cfg(target_os = "linux")]
    fn resident_below_canary(&self) -> bool {
        const WINDOW: usize = 256;
        let page = page_size();
        let mut start = self.limit.get() + GUARD;
        let end = (self.canary().addr() / page) * page;
        while start < end {
            let mut seen = [0_u8; WINDOW];
            let pages = ((end - start) / page).min(WINDOW);
            let address: *mut libc::c_void = ptr::with_exposed_provenance_mut(start);
            // SAFETY: the range is mapped by us, and `seen` has a byte for each of its pages.
            let result = unsafe { libc::mincore(address, pages * page, seen.as_mut_ptr()) };
            if result != 0 || seen[..pages].iter().any(|byte| byte & 1 == 1) {
                return true;
            }
            start += pages * page;
        }
        false
    }

    #[cfg(not(target_os = "linux"))]
    fn resident_below_canary(&self) -> bool {
        true
    }

    /// A huge page would make every stack two megabytes of real memory.
    fn forbid_huge_pages(&self) {
        #[cfg(target_os = "linux")]
        {
            let start: *mut libc::c_void = ptr::with_exposed_provenance_mut(self.limit.get());
            let len = self.base.get() - self.limit.get();
            // SAFETY: advice about our own mapping; a kernel without huge pages refuses it.
            unsafe { libc::madvise(start, len, libc::MADV_NOHUGEPAGE) };
        }
    }

    /// Guards by page markers where the kernel has them: they split no mapping, so that the number
    /// of stacks is not bounded by `vm.max_map_count`. Elsewhere the pages are made inaccessible.
    fn install_guard(&self) -> io::Result<()> {
        let start: *mut libc::c_void = ptr::with_exposed_provenance_mut(self.limit.get());
        #[cfg(target_os = "linux")]
        {
            // SAFETY: the range is the low end of our own mapping, which nothing uses yet.
            if unsafe { libc::madvise(start, GUARD, MADV_GUARD_INSTALL) } == 0 {
                return Ok(());
            }
        }
        // SAFETY: as above.
        if unsafe { libc::mprotect(start, GUARD, libc::PROT_NONE) } == 0 {
            return Ok(());
        }
        Err(io::Error::last_os_error())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.valgrind = None;
        let start: *mut libc::c_void = ptr::with_exposed_provenance_mut(self.limit.get());
        // SAFETY: the mapping is ours, whole, and whoever drops a stack says nothing runs on it:
        // a suspended greenlet owns its stack and is never dropped, only resumed or leaked.
        let result = unsafe { libc::munmap(start, self.base.get() - self.limit.get()) };
        debug_assert_eq!(result, 0, "a stack could not be unmapped");
    }
}

// SAFETY: `base` and `limit` are page aligned ends of one mapping that lives as long as the value;
// its lowest GUARD bytes fault, and the rest is at least 64 KiB, far above MIN_STACK_SIZE.
unsafe impl RawStack for Stack {
    #[inline]
    fn base(&self) -> StackPointer {
        self.base
    }

    #[inline]
    fn limit(&self) -> StackPointer {
        self.limit
    }
}

/// The size of a page of memory.
pub(crate) fn page_size() -> usize {
    // SAFETY: a query without arguments.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(64 * 1024)
}
