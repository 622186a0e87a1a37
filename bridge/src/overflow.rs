//! A greenlet that overflows its stack says so before the process dies.
//!
//! Signal handlers are written in terms of raw memory, hence `unsafe`.
#![allow(unsafe_code)]

use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Once;
use std::sync::OnceLock;

use crate::frame;

const SIGNALS: [libc::c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

/// What handled the signals before us.
static PREVIOUS: [OnceLock<libc::sigaction>; 2] = [OnceLock::new(), OnceLock::new()];

/// Installs the handler, once for the process.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for (signal, previous) in SIGNALS.into_iter().zip(&PREVIOUS) {
            let mut action = MaybeUninit::<libc::sigaction>::zeroed();
            // SAFETY: all-zero bytes are a valid sigaction, which is then filled in; `handle` is
            // async-signal-safe, and the previous action is kept before any fault can need it
            // (a fault in between only skips the chain).
            unsafe {
                let action = action.assume_init_mut();
                let mut old = MaybeUninit::<libc::sigaction>::zeroed();
                if libc::sigaction(signal, ptr::null(), old.as_mut_ptr()) != 0 {
                    continue;
                }
                let _ = previous.set(old.assume_init());
                let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                    handle;
                action.sa_sigaction = handler as usize;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
                libc::sigaction(signal, action, ptr::null_mut());
            }
        }
    });
}

extern "C" fn handle(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid siginfo to a handler with SA_SIGINFO.
    let address = unsafe { (*info).si_addr() }.addr();
    if let Some(guard) = frame::running_guard()
        && (guard.0..guard.1).contains(&address)
    {
        report();
        // SAFETY: abort is async-signal-safe and does not return.
        unsafe { libc::abort() };
    }
    chain(signal, info, context);
}

/// Writes the message with nothing but a buffer on this stack and `write`.
fn report() {
    let mut name = [0_u8; 16];
    #[cfg(target_os = "linux")]
    // SAFETY: PR_GET_NAME fills at most 16 bytes.
    unsafe {
        libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr());
    }
    let length = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    let mut buffer = [0_u8; 512];
    let mut out = io::Cursor::new(&mut buffer[..]);
    let _ = out.write_all(b"\nthread '");
    let _ = out.write_all(&name[..length]);
    let _ = out.write_all(
        b"' has overflowed its greenlet stack\nfatal: greenlet stack overflow; recurse less, or \
          raise aludel_bridge::set_stack_size (now ",
    );
    let _ = write_number(&mut out, crate::stack_size());
    let _ = out.write_all(b" bytes)\n");
    let end = usize::try_from(out.position()).unwrap_or(0);
    // SAFETY: the buffer is valid for `end` bytes; write is async-signal-safe.
    unsafe { libc::write(libc::STDERR_FILENO, buffer.as_ptr().cast(), end) };
}

/// Decimal digits without the formatting machinery, which is not promised to be signal-safe.
fn write_number(out: &mut impl Write, mut number: usize) -> io::Result<()> {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        if number == 0 {
            return out.write_all(&digits[at..]);
        }
    }
}

/// Does what would have happened without us.
fn chain(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let index = usize::from(signal == libc::SIGBUS);
    let previous = PREVIOUS[index].get();
    let handler = previous.map_or(libc::SIG_DFL, |action| action.sa_sigaction);
    if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
        // Back to the default: the instruction faults again as soon as we return.
        // SAFETY: as in `install`.
        unsafe {
            let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
            action.sa_sigaction = libc::SIG_DFL;
            libc::sigaction(signal, &raw const action, ptr::null_mut());
        }
        return;
    }
    let with_info = previous.is_some_and(|action| action.sa_flags & libc::SA_SIGINFO != 0);
    // SAFETY: the address was installed as a handler of the kind its flags tell.
    unsafe {
        if with_info {
            type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
            std::mem::transmute::<usize, Handler>(handler)(signal, info, context);
        } else {
            std::mem::transmute::<usize, extern "C" fn(libc::c_int)>(handler)(signal);
        }
    }
}

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
