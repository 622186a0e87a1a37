//! A greenlet that overflows its stack reports so before the process ends.
//!
//! A signal handler recognizes a fault in the guard region of a stack that runs on its thread. Whatever
//! else it is called for goes to the handler that was there before.
//!
//! Signal handlers are written in terms of raw memory, hence `unsafe`.
#![allow(unsafe_code)]

use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::{Once, OnceLock};

use crate::running::List;

const SIGNALS: [libc::c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

/// What of the previous action the kernel does for ours: the signals that are blocked meanwhile, and
/// whether this one is, whether system calls are restarted, whether the action counts only once.
const INHERITED: libc::c_int = libc::SA_NODEFER | libc::SA_RESTART | libc::SA_RESETHAND;

/// What handled the signals before.
static PREVIOUS: [OnceLock<libc::sigaction>; 2] = [OnceLock::new(), OnceLock::new()];

/// Where a thread that has had greenlets keeps the address of their list. Unlike a thread-local of Rust
/// it is read without an allocation, also by a thread that never wrote it.
static LIST: OnceLock<libc::pthread_key_t> = OnceLock::new();

/// Installs the handler, once for the process, and notes that the calling thread has greenlets.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut key = 0;
        // SAFETY: the key is written by the call. Without one overflows are not recognized.
        if unsafe { libc::pthread_key_create(&raw mut key, None) } == 0 {
            let _ = LIST.set(key);
        }
        for (signal, previous) in SIGNALS.into_iter().zip(&PREVIOUS) {
            // SAFETY: all-zero bytes are a valid sigaction, which is then filled in; `handle` is
            // async-signal-safe, and the previous action is kept before any fault can need it
            // (a fault in between only skips the chain).
            unsafe {
                let mut old = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
                if libc::sigaction(signal, ptr::null(), &raw mut old) != 0 {
                    continue;
                }
                let _ = previous.set(old);
                let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                    handle;
                let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
                action.sa_sigaction = handler as usize;
                action.sa_mask = old.sa_mask;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | (old.sa_flags & INHERITED);
                libc::sigaction(signal, &raw const action, ptr::null_mut());
            }
        }
    });
    if let Some(key) = LIST.get() {
        // SAFETY: the key exists. The value is the address of a thread-local of the calling thread, and
        // only this thread reads it.
        unsafe { libc::pthread_setspecific(*key, List::of_thread().as_ptr()) };
    }
}

extern "C" fn handle(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid siginfo to a handler with SA_SIGINFO.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr()) };
    if is_sent(code) {
        return chain(signal, info, context, true);
    }
    if let Some(key) = LIST.get() {
        // SAFETY: the key exists. It reads a word of this thread, which is its list, or null if the
        // thread has had no greenlet. The thread is at an instruction that accessed the address.
        let size =
            unsafe { List::from_ptr(libc::pthread_getspecific(*key)).overflowed(address.addr()) };
        if let Some(size) = size {
            report(size);
            // SAFETY: abort is async-signal-safe and does not return.
            unsafe { libc::abort() };
        }
    }
    chain(signal, info, context, false);
}

/// Whether a process sent the signal, and no access to memory failed.
fn is_sent(code: libc::c_int) -> bool {
    code <= 0 || code == libc::SI_USER
}

/// Writes the message with nothing but a buffer on this stack and `write`.
fn report(size: usize) {
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
    let _ = out.write_all(b"' has overflowed its greenlet stack of ");
    let _ = write_number(&mut out, size);
    let _ = out.write_all(
        b" bytes\nfatal: greenlet stack overflow; recurse less, or give \
          aludel_bridge::set_stack_size a larger size before the greenlet starts\n",
    );
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

/// Does what would have happened without this module. One thing differs: a previous handler that did
/// not ask for the alternate signal stack runs on it too.
fn chain(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void, sent: bool) {
    let index = usize::from(signal == libc::SIGBUS);
    let previous = PREVIOUS[index].get();
    let handler = previous.map_or(libc::SIG_DFL, |action| action.sa_sigaction);
    if handler == libc::SIG_IGN && sent {
        return;
    }
    if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
        // Back to the default, which an ignored fault has too. A faulting instruction faults again as
        // soon as this returns. A signal that was sent is sent again, and arrives then.
        // SAFETY: as in `install`; `raise` is async-signal-safe.
        unsafe {
            let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
            action.sa_sigaction = libc::SIG_DFL;
            libc::sigaction(signal, &raw const action, ptr::null_mut());
            if sent {
                libc::raise(signal);
            }
        }
        return;
    }
    let with_info = previous.is_some_and(|action| action.sa_flags & libc::SA_SIGINFO != 0);
    // SAFETY: the address was installed as a handler of the kind that its flags name.
    unsafe {
        if with_info {
            type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
            std::mem::transmute::<usize, Handler>(handler)(signal, info, context);
        } else {
            std::mem::transmute::<usize, extern "C" fn(libc::c_int)>(handler)(signal);
        }
    }
}
