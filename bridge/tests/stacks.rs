//! The memory that greenlets run on: reuse, limits and overflow.
//!
//! What ends a process or changes it as a whole runs in a child: this test program again, with one
//! of the ignored tests. They provoke faults, hence `unsafe`.
#![allow(unsafe_code, reason = "an invalid address is the point, and a thread without Rust")]
// With greenlets on threads the stacks are those of the system, and so are limits and messages.
#![cfg(all(target_os = "linux", not(aludel_threads)))]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may; the numbers are printed")]

mod support;

use std::fs;
use std::hint::black_box;
use std::os::unix::process::ExitStatusExt;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use aludel_bridge::{
    Error, await_, greenlet_spawn, greenlet_stack_size, set_stack_size, stack_size, stats, sync,
    yield_now,
};
use corosensei::{Coroutine, Yielder};
use futures::executor::block_on;
use support::child::{child_under, passes, stderr};
use support::older_kernel::forget_guard_markers;
use support::{Gate, poll};

const MESSAGE: &str = "has overflowed its greenlet stack";

#[track_caller]
fn overflows(test: &str) -> String {
    let output = child_under("", test);
    let text = stderr(&output);
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{text}");
    assert!(text.contains(MESSAGE) && text.contains("aludel_bridge::set_stack_size"), "{text}");
    text
}

/// Uses some stack for each level, in a way that no optimisation takes away.
fn recurse(depth: u64) -> u64 {
    let page = black_box([depth; 128]);
    if depth == 0 { page[0] } else { recurse(depth - 1) + page[127] }
}

/// Recurses until `bytes` of the stack were used since `start`.
fn descend(start: usize, bytes: usize) -> usize {
    let local = black_box(0_u8);
    let here = ptr::from_ref(&local).addr();
    if start - here >= bytes { here } else { descend(start, bytes).max(here) }
}

// fault: B20
#[test]
fn an_overflow_ends_the_process_with_a_message() {
    let text = overflows("child_overflow");
    assert!(text.contains("thread 'child_overflow' has"), "it names the thread: {text}");
    assert!(text.contains("stack of 1048576 bytes"), "it names the size: {text}");
    overflows("child_overflow_in_future");
    overflows("child_overflow_on_foreign_thread");
    overflows("child_overflow_without_markers");
    let text = overflows("child_overflow_of_another_size");
    assert!(text.contains("stack of 131072 bytes"), "it names the size of this stack: {text}");
    overflows("child_overflow_below_another");
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_overflow() {
    let _ = block_on(greenlet_spawn(|| {
        yield_now()?;
        Ok::<_, Error>(recurse(u64::MAX))
    }));
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_overflow_in_future() {
    let _ = block_on(greenlet_spawn(|| {
        await_(async { greenlet_spawn(|| await_(async { recurse(u64::MAX) })).await })?
    }));
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_overflow_without_markers() {
    forget_guard_markers();
    child_overflow();
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_overflow_of_another_size() {
    set_stack_size(128 * 1024);
    let mut greenlet = std::pin::pin!(greenlet_spawn(|| {
        yield_now()?;
        Ok::<_, Error>(recurse(u64::MAX))
    }));
    assert!(poll(greenlet.as_mut()).is_pending());
    set_stack_size(1024 * 1024);
    let _ = poll(greenlet);
}

/// The greenlet was not entered last: a coroutine inside it runs another one, which is set aside.
#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_overflow_below_another() {
    scoped_tls::scoped_thread_local!(static YIELDER: Yielder<(), ()>);
    let _ = block_on(greenlet_spawn(|| {
        let mut coroutine = Coroutine::new(|yielder: &Yielder<(), ()>, ()| {
            let inner = greenlet_spawn(|| {
                YIELDER.with(|yielder| yielder.suspend(()));
                Ok::<_, Error>(())
            });
            YIELDER.set(yielder, || sync::park_on(inner)).unwrap();
        });
        coroutine.resume(());
        Ok::<_, Error>(recurse(u64::MAX))
    }));
}

extern "C" fn foreign(_: *mut libc::c_void) -> *mut libc::c_void {
    child_overflow();
    ptr::null_mut()
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_overflow_on_foreign_thread() {
    let mut thread = 0;
    // SAFETY: the function takes no notice of its argument, and the thread is joined at once.
    unsafe {
        libc::pthread_create(&raw mut thread, ptr::null(), foreign, ptr::null_mut());
        libc::pthread_join(thread, ptr::null_mut());
    }
}

// C code takes large frames without a probe of each page.
// fault: B22
#[test]
fn a_frame_that_jumps_half_the_guard_is_found_out() {
    overflows("child_jump");
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_jump() {
    let _ = block_on(greenlet_spawn(|| {
        let local = black_box(0_u8);
        let low = ptr::from_ref(&local).addr() - stack_size() - 128 * 1024;
        // SAFETY: none; the address lies in the guard, and this is to end the process.
        unsafe { ptr::with_exposed_provenance_mut::<u8>(low).write_volatile(1) };
        Ok::<_, Error>(())
    }));
}

#[test]
fn other_faults_end_the_process_as_they_always_did() {
    let text = child_under("", "child_overflow_of_the_thread");
    assert_eq!(text.status.signal(), Some(libc::SIGABRT));
    assert!(stderr(&text).contains("has overflowed its stack"), "Rust's own message");
    let text = child_under("", "child_segfault");
    assert_eq!(text.status.signal(), Some(libc::SIGSEGV));
    assert!(!stderr(&text).contains(MESSAGE));
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_overflow_of_the_thread() {
    block_on(greenlet_spawn(yield_now)).unwrap();
    black_box(recurse(u64::MAX));
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_segfault() {
    let _ = block_on(greenlet_spawn(|| {
        // SAFETY: none; the lowest page is never mapped, and this is to end the process.
        unsafe { ptr::without_provenance_mut::<u8>(black_box(16)).write_volatile(1) };
        Ok::<_, Error>(())
    }));
}

/// How a process ends to which somebody sends SIGSEGV, after it has had a greenlet.
fn sent(test: &str) -> (Option<i32>, String) {
    let output = child_under("", test);
    (output.status.signal(), stderr(&output))
}

// A signal that was sent is no fault: it has no address, and does not come again by itself.
// fault: B20
#[test]
fn a_signal_that_was_sent_goes_to_whoever_handled_it_before() {
    assert_eq!(sent("child_sent_default").0, Some(libc::SIGSEGV));
    let (signal, text) = sent("child_sent_ignored");
    assert!(signal == Some(libc::SIGABRT) && text.contains(MESSAGE), "{text}");
    let (signal, text) = sent("child_sent_handled");
    assert!(signal == Some(libc::SIGABRT) && text.contains(MESSAGE), "{text}");
}

fn set_handler(handler: libc::sighandler_t, flags: libc::c_int, blocked: &[libc::c_int]) {
    // SAFETY: a sigaction of zeros is valid; the handlers of this file are async-signal-safe.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = flags;
        for signal in blocked {
            libc::sigaddset(&raw mut action.sa_mask, *signal);
        }
        assert_eq!(libc::sigaction(libc::SIGSEGV, &raw const action, ptr::null_mut()), 0);
    }
}

fn send_to_this_thread() {
    // SAFETY: the thread exists; what the signal does is the point.
    unsafe { libc::pthread_kill(libc::pthread_self(), libc::SIGSEGV) };
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_sent_default() {
    set_handler(libc::SIG_DFL, 0, &[]);
    block_on(greenlet_spawn(yield_now)).unwrap();
    send_to_this_thread();
    unreachable!("the signal ends the process when it arrives, not when it comes again");
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_sent_ignored() {
    set_handler(libc::SIG_IGN, 0, &[]);
    block_on(greenlet_spawn(yield_now)).unwrap();
    send_to_this_thread();
    send_to_this_thread();
    child_overflow();
}

static HANDLED: AtomicUsize = AtomicUsize::new(0);

/// Counts, with a flag for each signal that is blocked meanwhile.
extern "C" fn handled(_: libc::c_int) {
    // SAFETY: a query of the signals that this thread blocks, which is async-signal-safe.
    let blocked = unsafe {
        let mut mask: libc::sigset_t = std::mem::zeroed();
        libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &raw mut mask);
        [(libc::SIGUSR1, 100), (libc::SIGUSR2, 10_000), (libc::SIGSEGV, 1_000_000)]
            .map(|(signal, flag)| if libc::sigismember(&mask, signal) == 1 { flag } else { 0 })
    };
    HANDLED.fetch_add(1 + blocked.iter().sum::<usize>(), Ordering::SeqCst);
}

/// The handler of before is called with the mask and the flags that it was installed with.
#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_sent_handled() {
    let handler: extern "C" fn(libc::c_int) = handled;
    set_handler(handler as libc::sighandler_t, libc::SA_NODEFER, &[libc::SIGUSR1]);
    block_on(greenlet_spawn(yield_now)).unwrap();
    send_to_this_thread();
    assert_eq!(HANDLED.swap(0, Ordering::SeqCst), 101, "SIGUSR1 blocked, SIGSEGV not");
    std::thread::spawn(send_to_this_thread).join().unwrap();
    assert_eq!(HANDLED.load(Ordering::SeqCst), 101, "on a thread without greenlets too");
    child_overflow();
}

// fault: B22
#[test]
fn code_can_ask_for_the_size_of_its_stack() {
    passes("child_stack_size");
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_stack_size() {
    assert_eq!(greenlet_stack_size(), None);
    set_stack_size(128 * 1024);
    let mut greenlet = std::pin::pin!(greenlet_spawn(|| {
        yield_now()?;
        let inside = await_(async { greenlet_stack_size() })?;
        Ok::<_, Error>((greenlet_stack_size(), inside))
    }));
    assert!(poll(greenlet.as_mut()).is_pending());
    set_stack_size(1024 * 1024);
    let sizes = block_on(greenlet).unwrap();
    assert_eq!(sizes, (Some(128 * 1024), Some(128 * 1024)), "not what new ones get");
}

// fault: B24
#[test]
fn a_stack_that_cannot_be_had_is_an_error() {
    let output = child_under("ulimit -v 800000;", "child_limited");
    assert!(output.status.success(), "{}", stderr(&output));
    passes("child_sizes");
}

/// Suspends greenlets until there is no stack for another, or there are `most`.
fn suspend_many(most: usize) -> (usize, Option<Error>) {
    let gate = Gate::new();
    let mut greenlets = Vec::new();
    for _ in 0..most {
        let pass = gate.pass();
        let mut greenlet = Box::pin(greenlet_spawn(move || await_(pass)));
        match poll(greenlet.as_mut()) {
            std::task::Poll::Pending => greenlets.push(greenlet),
            std::task::Poll::Ready(result) => return (greenlets.len(), result.err()),
        }
    }
    assert_eq!(stats().live, greenlets.len());
    gate.open();
    assert!(greenlets.iter_mut().all(|greenlet| poll(greenlet.as_mut()).is_ready()));
    (most, None)
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_limited() {
    let (first, error) = suspend_many(10_000);
    assert!(matches!(error, Some(Error::Stack(_))), "{error:?}");
    assert!(first > 50, "only {first}");
    assert_eq!((stats().live, stats().abandoned), (0, 0));
    assert_eq!(suspend_many(first / 2).0, first / 2, "what was taken was given back");
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_sizes() {
    block_on(greenlet_spawn(yield_now)).unwrap();
    set_stack_size(usize::MAX);
    let error = block_on(greenlet_spawn(yield_now)).unwrap_err();
    assert!(matches!(error, Error::Stack(_)), "{error}");
    assert_eq!(stats().live, 0);
    set_stack_size(1);
    assert_eq!(stack_size(), 64 * 1024);
    block_on(greenlet_spawn(|| Ok::<_, Error>(recurse(20)))).unwrap();
    set_stack_size(8 * 1024 * 1024 + 1);
    assert_eq!(stack_size() % 4096, 0);
    block_on(greenlet_spawn(|| Ok::<_, Error>(recurse(3000)))).unwrap();
    assert_eq!(stats().pooled, 1, "stacks of the sizes before are not kept");
}

// fault: B25
#[test]
fn a_stack_is_used_again_and_gives_back_what_a_deep_call_needed() {
    println!("{}", passes("child_reuse"));
}

fn resident_kib() -> usize {
    let text = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = text.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_reuse() {
    let address = || {
        let local = black_box(0_u8);
        Ok::<_, Error>(ptr::from_ref(&local).addr())
    };
    let first = block_on(greenlet_spawn(address)).unwrap();
    assert_eq!(block_on(greenlet_spawn(address)).unwrap(), first);
    static BEFORE: OnceLock<usize> = OnceLock::new();
    for round in 0..3 {
        let mut greenlets: Vec<_> = (0..50)
            .map(|_| {
                Box::pin(greenlet_spawn(|| {
                    let local = black_box(0_u8);
                    black_box(descend(ptr::from_ref(&local).addr(), 800 * 1024));
                    yield_now()
                }))
            })
            .collect();
        assert!(greenlets.iter_mut().all(|greenlet| poll(greenlet.as_mut()).is_pending()));
        let deep = resident_kib();
        assert!(deep > 50 * 800, "each took its 800 KiB");
        drop(greenlets);
        let after = resident_kib();
        println!("50 deep greenlets: {deep} KiB resident, then pooled: {after} KiB");
        let before = *BEFORE.get_or_init(|| after);
        assert!(after < 20_000 && after < before + 1000, "round {round}: {before}, {after} KiB");
    }
    assert_eq!((stats().live, stats().pooled), (0, 50));
}
