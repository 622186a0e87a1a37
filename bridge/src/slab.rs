//! One mapping for many stacks, each over a guard region of its own.
//!
//! With a mapping per stack the kernel would merge neighbours and split them again, and the number of
//! mappings is limited. This module alone maps memory for stacks, hence `unsafe`.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::io;
use std::ptr;
use std::rc::Rc;

use crate::guard::{self, GUARD, GuardKind};

/// The slots of the largest slab. With more, a few stacks that stay would keep much memory from being
/// unmapped.
const MOST_SLOTS: usize = 64;

/// Equal slots, from low to high addresses. A slot is `GUARD` bytes that fault, and a stack.
pub(crate) struct Slab {
    start: *mut u8,
    /// Bytes of a stack, without the guard.
    size: usize,
    slots: usize,
    /// How many of the lowest slots have a guard; those above were never used.
    guarded: Cell<usize>,
    /// How many of the guards were made by `mprotect`.
    protected: Cell<usize>,
    /// Slots that were used and are free, with a capacity for all slots.
    free: RefCell<Vec<usize>>,
    /// Whether it is among the `Slabs` of its thread.
    listed: Cell<bool>,
}

/// The place of a stack in a slab, to be freed by [`Slab::put_back`].
pub(crate) struct StackSlot {
    pub(crate) slab: Rc<Slab>,
    pub(crate) number: usize,
}

impl StackSlot {
    /// The lowest usable byte.
    pub(crate) fn low(&self) -> *mut u8 {
        self.slab.low(self.number)
    }
}

/// The slabs of a thread that have free slots.
pub(crate) struct Slabs {
    with_free: Vec<Rc<Slab>>,
    /// The number of slots of the next slab: few greenlets need not take the addresses of many.
    next_slots: usize,
}

impl Slabs {
    pub(crate) fn new() -> Self {
        Self { with_free: Vec::new(), next_slots: 4 }
    }

    /// A slot for a stack of `size` bytes, which is a multiple of the page size.
    pub(crate) fn take(&mut self, size: usize) -> io::Result<StackSlot> {
        while let Some(slab) = self.with_free.last() {
            if slab.size == size
                && let Some(number) = slab.take()?
            {
                return Ok(StackSlot { slab: Rc::clone(slab), number });
            }
            // It is full, or its stacks have a size that is not used any more.
            slab.listed.set(false);
            self.with_free.pop();
        }
        let slab = Rc::new(Slab::new(size, self.next_slots)?);
        self.next_slots = slab.slots * 2;
        let number = slab.take()?.ok_or_else(too_large)?;
        self.with_free.push(Rc::clone(&slab));
        Ok(StackSlot { slab, number })
    }

    /// Lists a slab of which a slot is free now, or unmaps it if that was the last one in use.
    pub(crate) fn slot_freed(&mut self, slab: Rc<Slab>, size: usize) {
        let listed = slab.listed.get();
        if slab.used() == 0 {
            if listed {
                self.with_free.retain(|other| !Rc::ptr_eq(other, &slab));
            }
        } else if !listed && slab.size == size {
            slab.listed.set(true);
            self.with_free.push(slab);
        }
    }
}

impl Slab {
    /// Maps as many slots as the address space has, up to `slots`, but at least one.
    fn new(size: usize, slots: usize) -> io::Result<Self> {
        let mut slots = slots.clamp(1, MOST_SLOTS);
        let stride = size.checked_add(GUARD).ok_or_else(too_large)?;
        let start = loop {
            match stride.checked_mul(slots).ok_or_else(too_large).and_then(map) {
                Ok(start) => break start,
                Err(error) if slots == 1 => return Err(error),
                Err(_) => slots /= 2,
            }
        };
        let (guarded, protected, listed) = (Cell::new(0), Cell::new(0), Cell::new(true));
        let free = RefCell::new(Vec::with_capacity(slots));
        Ok(Self { start, size, slots, guarded, protected, free, listed })
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }

    fn stride(&self) -> usize {
        self.size + GUARD
    }

    /// How many slots are in use.
    fn used(&self) -> usize {
        self.guarded.get() - self.free.borrow().len()
    }

    fn low(&self, number: usize) -> *mut u8 {
        self.start.wrapping_add(number * self.stride() + GUARD)
    }

    /// A free slot, with its guard; `None` if all are in use.
    fn take(&self) -> io::Result<Option<usize>> {
        let free = self.free.borrow_mut().pop();
        if free.is_some() || self.guarded.get() == self.slots {
            return Ok(free);
        }
        let number = self.guarded.get();
        let start = self.low(number).wrapping_sub(GUARD);
        // SAFETY: the range is the low end of a slot of our own that nothing uses yet.
        if unsafe { guard::install(start)? } == GuardKind::Protected {
            self.protected.set(self.protected.get() + 1);
        }
        self.guarded.set(number + 1);
        Ok(Some(number))
    }

    /// Frees a slot and gives its memory back to the system. The guard stays.
    ///
    /// # Safety
    ///
    /// The slot came from `take`, and nothing refers to its memory any more.
    pub(crate) unsafe fn put_back(&self, number: usize) {
        let low = self.low(number);
        // SAFETY: the range is ours and unused, as the caller promises. Failure (locked memory) only
        // means that nothing is given back.
        unsafe { libc::madvise(low.cast(), self.size, libc::MADV_DONTNEED) };
        self.free.borrow_mut().push(number);
    }
}

impl Drop for Slab {
    fn drop(&mut self) {
        guard::removed(self.protected.get());
        // SAFETY: the mapping is ours, whole, and nothing is in it: each stack holds its slab.
        // Unmapping fails where the system is at its limit of mappings and has merged this one with
        // its neighbours; then the addresses are lost.
        unsafe { libc::munmap(self.start.cast(), self.stride() * self.slots) };
    }
}

fn too_large() -> io::Error {
    io::ErrorKind::OutOfMemory.into()
}

fn map(len: usize) -> io::Result<*mut u8> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new private mapping at an address of the kernel's choice touches nothing of ours.
    let start = unsafe { libc::mmap(ptr::null_mut(), len, protection, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // A huge page would make every stack two megabytes of real memory.
    #[cfg(target_os = "linux")]
    // SAFETY: advice about our own mapping; a kernel without huge pages refuses it.
    unsafe {
        libc::madvise(start, len, libc::MADV_NOHUGEPAGE);
    }
    Ok(start.cast())
}
