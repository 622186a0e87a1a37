//! The addresses of a stack, and on which stack the calling code runs.
//!
//! Reads the stack pointer and asks the system for the stack of a thread, hence `unsafe`.
#![allow(unsafe_code)]

/// The usable addresses of a stack: so many bytes from `low` up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) low: usize,
    pub(crate) size: usize,
}

impl Bounds {
    /// No address at all: the stack of a greenlet that has not started.
    pub(crate) const NONE: Self = Self { low: 0, size: 0 };

    /// Every address: a greenlet that has a thread for itself.
    #[cfg(aludel_threads)]
    pub(crate) const ALL: Self = Self { low: 0, size: usize::MAX };

    #[inline]
    pub(crate) fn contain(self, address: usize) -> bool {
        address.wrapping_sub(self.low) < self.size
    }

    /// The stack of the calling thread, which a thread function calls before it runs anything else.
    #[cfg(feature = "host")]
    pub(crate) fn of_thread() -> Self {
        system::bounds().unwrap_or_else(Self::assumed)
    }

    /// Where the system does not say: less than the smallest stack that std gives a thread by
    /// default.
    #[cfg(feature = "host")]
    fn assumed() -> Self {
        const ASSUMED: usize = 1024 * 1024;
        let here = stack_pointer();
        Self { low: here.saturating_sub(ASSUMED), size: ASSUMED + 16 * 1024 }
    }
}

/// The stack pointer of the calling code.
///
/// A function runs on one stack from its first instruction to its last, so whichever function this is
/// inlined into, the answer names the stack of that function. The address of a local variable would
/// not do: AddressSanitizer puts such variables elsewhere.
#[inline(always)]
pub(crate) fn stack_pointer() -> usize {
    let pointer: usize;
    // SAFETY: the instruction copies a register and touches neither memory nor flags.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "x86")]
    unsafe {
        std::arch::asm!("mov {}, esp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    // SAFETY: as above.
    #[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
    unsafe {
        std::arch::asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    // SAFETY: as above.
    #[cfg(any(target_arch = "riscv32", target_arch = "riscv64"))]
    unsafe {
        std::arch::asm!("mv {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "loongarch64")]
    unsafe {
        std::arch::asm!("move {}, $sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}

/// What the system reports of the calling thread.
#[cfg(all(feature = "host", any(target_os = "linux", target_os = "android")))]
mod system {
    use std::mem::MaybeUninit;
    use std::ptr;

    use super::Bounds;

    pub(super) fn bounds() -> Option<Bounds> {
        // SAFETY: the attributes are initialized by a call that succeeded, are read by calls that take
        // them as such, and are destroyed once. The results are written by the call.
        unsafe {
            let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
            if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
                return None;
            }
            let mut attributes = attributes.assume_init();
            let (mut low, mut size) = (ptr::null_mut(), 0);
            let known = libc::pthread_attr_getstack(&raw const attributes, &mut low, &mut size);
            libc::pthread_attr_destroy(&raw mut attributes);
            (known == 0).then(|| Bounds { low: low.addr(), size })
        }
    }
}

/// What the system reports of the calling thread.
#[cfg(all(feature = "host", target_vendor = "apple"))]
mod system {
    use super::Bounds;

    pub(super) fn bounds() -> Option<Bounds> {
        // SAFETY: queries of the calling thread, which exists.
        let (high, size) = unsafe {
            let this = libc::pthread_self();
            (libc::pthread_get_stackaddr_np(this).addr(), libc::pthread_get_stacksize_np(this))
        };
        high.checked_sub(size).map(|low| Bounds { low, size })
    }
}

/// What the system reports of the calling thread: nothing that is known here.
#[cfg(all(
    feature = "host",
    not(any(target_os = "linux", target_os = "android", target_vendor = "apple"))
))]
mod system {
    use super::Bounds;

    pub(super) fn bounds() -> Option<Bounds> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_inside_or_not() {
        let bounds = Bounds { low: 4096, size: 4096 };
        let inside = [4095, 4096, 8191, 8192, 0, usize::MAX].map(|address| bounds.contain(address));
        assert_eq!(inside, [false, true, true, false, false, false]);
        assert!(!Bounds::NONE.contain(0));
    }

    #[cfg(feature = "host")]
    #[test]
    fn a_thread_runs_within_its_bounds() {
        let (bounds, here) = std::thread::Builder::new()
            .stack_size(512 * 1024)
            .spawn(|| (Bounds::of_thread(), stack_pointer()))
            .expect("a thread")
            .join()
            .expect("no panic");
        assert!(bounds.contain(here), "{here:#x} in {bounds:#x?}");
        assert!(!bounds.contain(stack_pointer()), "another thread has another stack");
        assert!((256 * 1024..4 * 1024 * 1024).contains(&bounds.size), "{bounds:#x?}");
    }
}
