//! What is left to do when a cancelled greenlet or job has ended, or does not end. Nothing here may
//! panic, since it runs inside `drop`.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// The payload that unwinds a cancelled greenlet or job which does not return by itself.
pub(crate) struct Unwind;

/// Logs the panic of a cancelled greenlet or job. Nobody awaits it, so the panic goes no further.
pub(crate) fn dispose(payload: Box<dyn Any + Send>) {
    if !payload.is::<Unwind>() {
        log(&format!("a cancelled greenlet or job panicked: {}", describe(&*payload)));
    }
    contain_panic("dropping the panic of a cancelled greenlet or job", || drop(payload));
}

/// Drops the result of a cancelled greenlet or job, which nobody awaits.
pub(crate) fn discard<T>(outcome: thread::Result<T>) {
    match outcome {
        Ok(result) => {
            contain_panic("dropping the result of a cancelled greenlet or job", || drop(result));
        }
        Err(payload) => dispose(payload),
    }
}

/// Why a greenlet is not run to its end.
#[derive(Clone, Copy)]
pub(crate) enum Reason {
    /// It waits again after every refusal and every unwinding.
    IgnoresCancel,
    /// Its thread ends, and has destroyed thread-locals that it may refer to.
    ThreadEnds,
    /// A coroutine of another library, in which it was polled, was suspended inside it and is gone.
    PollNeverReturned,
}

/// Logs that a greenlet is abandoned, and calls the hook of its options.
pub(crate) fn report_abandoned(reason: Reason, on_abandon: Option<Box<dyn FnOnce()>>) {
    log(match reason {
        Reason::IgnoresCancel => {
            "a cancelled greenlet goes on waiting in spite of every refusal; its stack is abandoned"
        }
        Reason::ThreadEnds => {
            "a greenlet was still suspended when its thread ended; its stack is abandoned"
        }
        Reason::PollNeverReturned => {
            "a greenlet was dropped while a poll of it had not returned, because a coroutine of \
             another library was suspended inside it; its stack is abandoned"
        }
    });
    if let Some(on_abandon) = on_abandon {
        contain_panic("on_abandon", on_abandon);
    }
}

/// Logs that a cancelled job has caught its unwinding again and again.
pub(crate) fn log_job_ignores_cancel() {
    log("a cancelled job goes on waiting in spite of every refusal; it keeps its thread");
}

/// Runs `f`; if it panics, that is logged and goes no further.
pub(crate) fn contain_panic(what: &str, f: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
        log(&format!("{what} panicked: {}", describe(&*payload)));
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            // Its own destructor panics: what that threw may do so again.
            mem::forget(payload);
        }
    }
}

/// A subscriber may panic as well, and this runs inside `drop`.
fn log(message: &str) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| tracing::error!("{message}"))) {
        mem::forget(payload);
    }
}

fn describe(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no message)")
}
