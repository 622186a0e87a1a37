//! The memory that a greenlet runs on: a slot of a slab, with the guard region below it.
//!
//! Keeps the description of a stack in the stack, hence `unsafe`.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::rc::Rc;

use corosensei::stack::valgrind::ValgrindStackRegistration;
use corosensei::stack::{Stack as RawStack, StackPointer};

use crate::bounds::Bounds;
use crate::guard::GUARD;
use crate::slab::{Slab, StackSlot};

/// What a stack keeps in memory while it is pooled; ordinary code stays above it.
const SHALLOW: usize = 64 * 1024;

/// How often the kernel is asked about a pooled stack whose canary is intact.
const AUDIT: u32 = 1024;

/// Written where the shallow part ends: when it is gone, the stack was touched deeply.
const CANARY: u64 = 0x616c_7564_656c_2e2e;

/// A stack: `GUARD` bytes that fault, then those that are used downwards from the end, where the
/// description of the stack lies. So a `Stack` is one word, which is cheap to move.
pub(crate) struct Stack {
    top: NonNull<Top>,
}

/// The highest bytes of the slot; the base of the stack is where they begin.
#[repr(align(64))]
struct Top {
    /// Bytes above the guard, these here included.
    size: usize,
    /// How often the stack went back to the pool.
    uses: Cell<u32>,
    /// Whether a greenlet has it.
    occupied: Cell<bool>,
    slot: StackSlot,
    _valgrind: ValgrindStackRegistration,
}

impl Stack {
    /// Makes a stack of a slot that has its guard already.
    #[cold]
    pub(crate) fn new(slot: StackSlot) -> Self {
        let (low, size) = (slot.low(), slot.slab.size());
        let valgrind = ValgrindStackRegistration::new(low, size);
        let top = low.wrapping_add(size - size_of::<Top>()).cast::<Top>();
        // SAFETY: the end of a slot is page aligned, so its last bytes are aligned for `Top`, and
        // not null; they are ours, and can be written to.
        unsafe {
            let top = NonNull::new_unchecked(top);
            let (uses, occupied) = (Cell::new(0), Cell::new(false));
            top.write(Top { size, uses, occupied, slot, _valgrind: valgrind });
            #[cfg(feature = "sanitizer")]
            leaks::set_root(top.as_ptr().cast(), size_of::<Top>(), true);
            Self { top }
        }
    }

    /// Frees the slot, and gives back its slab.
    pub(crate) fn dismantle(self) -> Rc<Slab> {
        let stack = ManuallyDrop::new(self);
        // SAFETY: `stack` is not dropped, so this happens once.
        unsafe { stack.free() }
    }

    /// # Safety
    ///
    /// To be called once, and the stack is not used again.
    unsafe fn free(&self) -> Rc<Slab> {
        debug_assert!(!self.top().occupied.get(), "the stack of a suspended greenlet is freed");
        // SAFETY: `Top` is read once, as the caller promises. Nothing runs on the stack: the coroutine
        // of a suspended greenlet owns its stack and is never dropped, only resumed or leaked.
        unsafe {
            #[cfg(feature = "sanitizer")]
            leaks::set_root(self.top.as_ptr().cast(), size_of::<Top>(), false);
            let Top { slot: StackSlot { slab, number }, .. } = self.top.read();
            slab.put_back(number);
            slab
        }
    }

    #[inline]
    fn top(&self) -> &Top {
        // SAFETY: written by `new`, and above the base, so no greenlet writes there.
        unsafe { self.top.as_ref() }
    }

    /// Usable bytes, without the guard.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        self.top().size
    }

    /// The lowest usable byte. The guard lies right below.
    #[inline]
    fn low(&self) -> *mut u8 {
        let end = self.top.as_ptr().wrapping_add(1).cast::<u8>();
        end.wrapping_sub(self.size())
    }

    /// The usable addresses.
    #[cfg_attr(aludel_threads, expect(dead_code, reason = "greenlets are on threads"))]
    #[inline]
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds { low: self.low().addr(), size: self.size() }
    }

    /// Notes whether a greenlet has the stack. For the leak checker its values are not lost then.
    #[inline]
    pub(crate) fn set_occupied(&self, yes: bool) {
        self.top().occupied.set(yes);
        #[cfg(feature = "sanitizer")]
        // SAFETY: the range is mapped for as long as the stack exists.
        unsafe {
            leaks::set_root(self.low(), self.size() - size_of::<Top>(), yes);
        }
    }

    /// Gives the memory that only a deep call needed back to the system, before the stack is kept.
    ///
    /// A fresh stack is measured once; after that a canary word tells, which costs one load, and
    /// now and then the kernel is asked, since a large frame may have jumped over the word.
    #[inline]
    pub(crate) fn trim_if_deep(&self) {
        let uses = self.top().uses.get().wrapping_add(1);
        self.top().uses.set(uses);
        if self.size() <= SHALLOW {
            return;
        }
        if !uses.is_multiple_of(AUDIT) && uses != 1 && self.read_canary() == CANARY {
            return;
        }
        self.trim(uses == 1);
    }

    fn canary(&self) -> *mut u64 {
        self.top.as_ptr().cast::<u8>().wrapping_sub(SHALLOW).cast::<u64>().wrapping_sub(1)
    }

    #[inline]
    fn read_canary(&self) -> u64 {
        // SAFETY: `trim_if_deep` reads it of stacks larger than SHALLOW only, so the word is aligned and
        // lies inside the usable part. It may be what a frame that has returned left there, so the read
        // is volatile: the compiler must not reason about it.
        unsafe { self.canary().read_volatile() }
    }

    #[cold]
    fn trim(&self, fresh: bool) {
        if fresh || self.read_canary() != CANARY || self.resident_below_canary() {
            let deep = self.size() - SHALLOW;
            // SAFETY: the range is the lower part of our own stack, on which nothing runs; its
            // contents may be lost. Failure (locked memory) only means that nothing is given back.
            unsafe { libc::madvise(self.low().cast(), deep, libc::MADV_DONTNEED) };
        }
        // SAFETY: as in `read_canary`.
        unsafe { self.canary().write_volatile(CANARY) };
    }

    /// Whether any page below the one that holds the canary is in memory.
    #[cfg(target_os = "linux")]
    fn resident_below_canary(&self) -> bool {
        const WINDOW: usize = 256;
        let page = page_size();
        let mut start = self.low();
        let mut left = (self.canary().addr() - start.addr()) / page;
        while left > 0 {
            let mut seen = [0_u8; WINDOW];
            let pages = left.min(WINDOW);
            // SAFETY: the range is mapped by us, and `seen` has a byte for each of its pages.
            let result = unsafe { libc::mincore(start.cast(), pages * page, seen.as_mut_ptr()) };
            if result != 0 || seen[..pages].iter().any(|byte| byte & 1 == 1) {
                return true;
            }
            start = start.wrapping_add(pages * page);
            left -= pages;
        }
        false
    }

    #[cfg(not(target_os = "linux"))]
    fn resident_below_canary(&self) -> bool {
        true
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: a value is dropped once, and `dismantle` prevents that.
        drop(unsafe { self.free() });
    }
}

// SAFETY: `base` and `limit` are 64 byte aligned and lie in one mapping that lives as long as the
// value; its lowest GUARD bytes fault, and the rest is about 64 KiB at least, far above
// MIN_STACK_SIZE. The guard catches the overflow of all code that touches its frames page by page, as
// the code of Rust does (its large frames are probed), and of frames up to GUARD bytes of any other
// code. The crate documentation states this limit.
unsafe impl RawStack for Stack {
    #[inline]
    fn base(&self) -> StackPointer {
        self.top.addr()
    }

    #[inline]
    fn limit(&self) -> StackPointer {
        // The guard never begins at address zero, where nothing is mapped.
        NonZeroUsize::new(self.low().addr() - GUARD).unwrap_or(NonZeroUsize::MIN)
    }
}

/// The leak checker of AddressSanitizer looks for pointers in allocations and in the stacks that it
/// knows, so ours are registered.
#[cfg(feature = "sanitizer")]
mod leaks {
    // SAFETY: the two as the sanitizer's header, lsan_interface.h, declares them.
    unsafe extern "C" {
        fn __lsan_register_root_region(start: *const u8, size: usize);
        fn __lsan_unregister_root_region(start: *const u8, size: usize);
    }

    /// # Safety
    ///
    /// The range is mapped until it is taken out again.
    pub(super) unsafe fn set_root(start: *const u8, size: usize, yes: bool) {
        let change = if yes { __lsan_register_root_region } else { __lsan_unregister_root_region };
        // SAFETY: the caller's promise.
        unsafe { change(start, size) }
    }
}

/// The size of a page of memory.
pub(crate) fn page_size() -> usize {
    // SAFETY: a query without arguments.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(64 * 1024)
}
