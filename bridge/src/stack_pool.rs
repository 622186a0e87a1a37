//! The stacks of a thread that are kept for its next greenlets, and how large stacks are.

use std::cell::{Cell, RefCell};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::overflow;
use crate::signal_stack::SignalStack;
use crate::slab::Slabs;
use crate::stack::{Stack, page_size};

/// How many idle stacks a thread keeps; it frees the others.
const KEPT: usize = 64;

const DEFAULT_SIZE: usize = 1024 * 1024;
const MIN_SIZE: usize = 64 * 1024;

static SIZE: AtomicUsize = AtomicUsize::new(DEFAULT_SIZE);
/// The smallest that [`SIZE`] ever was.
static SMALLEST: AtomicUsize = AtomicUsize::new(DEFAULT_SIZE);

/// The stacks of one thread.
struct StackPool {
    stacks: Vec<Stack>,
    slabs: Slabs,
    /// Where the signal handler runs on this thread.
    signals: SignalStack,
}

impl StackPool {
    /// Frees a stack. New ones have `size` bytes by now.
    #[cold]
    fn dismantle(&mut self, stack: Stack, size: usize) {
        self.slabs.slot_freed(stack.dismantle(), size);
    }
}

thread_local! {
    static POOL: RefCell<Option<StackPool>> = const { RefCell::new(None) };
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static ABANDONED: Cell<usize> = const { Cell::new(0) };
}

/// The number of greenlets and stacks of one thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Greenlets that started and have not ended.
    pub live: usize,
    /// Stacks that wait to be used again.
    pub pooled: usize,
    /// Greenlets that never end, and whose stacks are leaked: see
    /// [cancellation](crate#cancellation).
    pub abandoned: usize,
}

/// The number of greenlets and stacks of the calling thread at this moment.
///
/// A greenlet whose future was given to [`std::mem::forget`] stays `live` for ever, which is how
/// such a leak is found.
///
/// ```
/// assert_eq!(aludel_bridge::stats().live, 0);
/// ```
#[must_use]
pub fn stats() -> Stats {
    #[cfg(aludel_threads)]
    return crate::running::on_task_thread(count);
    #[cfg(not(aludel_threads))]
    count()
}

fn count() -> Stats {
    let pooled = POOL
        .try_with(|pool| pool.borrow().as_ref().map_or(0, |pool| pool.stacks.len()))
        .unwrap_or(0);
    Stats { live: LIVE.get(), pooled, abandoned: ABANDONED.get() }
}

/// The size of the stacks that new greenlets get, in bytes of address space.
///
/// ```
/// assert_eq!(aludel_bridge::stack_size(), 1024 * 1024);
/// ```
#[must_use]
pub fn stack_size() -> usize {
    SIZE.load(Ordering::Acquire)
}

/// Sets the size of the stacks that new greenlets get, on every thread.
///
/// The size is rounded up to whole pages and is at least 64 KiB. It is address space: a page that
/// was never touched costs no memory. A size beyond what the system can map makes
/// [`greenlet_spawn`](crate::greenlet_spawn) answer [`Error::Stack`](crate::Error::Stack).
///
/// ```
/// aludel_bridge::set_stack_size(2 * 1024 * 1024);
/// assert_eq!(aludel_bridge::stack_size(), 2 * 1024 * 1024);
/// ```
pub fn set_stack_size(bytes: usize) {
    let page = page_size();
    let most = isize::MAX.unsigned_abs() / page * page;
    let size = bytes.clamp(MIN_SIZE, most).next_multiple_of(page);
    SMALLEST.fetch_min(size, Ordering::Relaxed);
    // Whoever has a stack of this size knows the smallest.
    SIZE.store(size, Ordering::Release);
}

/// The smallest size that stacks were ever given in this process, in bytes: no greenlet has less.
///
/// For code that needs a stack of some size: while this is no smaller it need not ask
/// [`greenlet_stack_size`](crate::greenlet_stack_size).
///
/// ```
/// use aludel_bridge::{set_stack_size, smallest_stack_size};
///
/// set_stack_size(512 * 1024);
/// set_stack_size(1024 * 1024);
/// assert_eq!(smallest_stack_size(), 512 * 1024);
/// ```
#[inline]
#[must_use]
pub fn smallest_stack_size() -> usize {
    SMALLEST.load(Ordering::Relaxed)
}

/// A stack for a greenlet that starts now.
#[inline]
pub(crate) fn take() -> io::Result<Stack> {
    let size = stack_size();
    let pooled = POOL.try_with(|pool| pool.borrow_mut().as_mut().and_then(|i| i.stacks.pop()));
    let stack = match pooled {
        Ok(Some(stack)) if stack.size() == size => stack,
        other => fresh(size, other.ok().flatten())?,
    };
    LIVE.set(LIVE.get() + 1);
    stack.set_occupied(true);
    Ok(stack)
}

/// Keeps or frees the stack of a greenlet that has ended.
#[inline]
pub(crate) fn give(stack: Stack) {
    LIVE.set(LIVE.get().saturating_sub(1));
    stack.set_occupied(false);
    stack.trim_if_deep();
    let mut stack = Some(stack);
    // While the thread ends the pool may be gone already; then the stack is dropped here.
    let _ = POOL.try_with(|pool| {
        if let Some(pool) = pool.borrow_mut().as_mut()
            && let Some(stack) = stack.take()
        {
            if pool.stacks.len() < KEPT {
                pool.stacks.push(stack);
            } else {
                pool.dismantle(stack, stack_size());
            }
        }
    });
}

/// Whether this thread ends, and destructors of thread-locals run: some of them have run already,
/// and references to what they destroyed may lie on suspended stacks.
pub(crate) fn thread_ends() -> bool {
    let ends = |pool: &RefCell<Option<StackPool>>| {
        pool.borrow().as_ref().is_some_and(|pool| pool.signals.thread_ends())
    };
    POOL.try_with(ends).unwrap_or(true)
}

/// Counts a greenlet that never ends.
pub(crate) fn count_abandoned() {
    LIVE.set(LIVE.get().saturating_sub(1));
    ABANDONED.set(ABANDONED.get() + 1);
}

#[cold]
fn fresh(size: usize, other_size: Option<Stack>) -> io::Result<Stack> {
    overflow::install();
    let slot = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        let pool = pool.get_or_insert_with(|| StackPool {
            stacks: Vec::with_capacity(KEPT),
            slabs: Slabs::new(),
            signals: SignalStack::ensure(),
        });
        if let Some(stack) = other_size {
            pool.dismantle(stack, size);
        }
        pool.slabs.take(size)
    });
    // While the thread ends the pool may be gone already; then the slab lives as long as the stack.
    slot.unwrap_or_else(|_| Slabs::new().take(size)).map(Stack::new)
}
