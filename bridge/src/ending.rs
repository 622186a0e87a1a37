//! What is left to do when a cancelled greenlet or job has ended, or would not: nothing here may
//! panic, since it runs inside `drop`.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crate::frame::Unwind;
use crate::pool;

/// A cancelled greenlet or job ended by a panic: nobody awaits it, so the panic ends here.
pub(crate) fn dispose(payload: Box<dyn Any + Send>) {
    if !payload.is::<Unwind>() {
        log(&format!("a cancelled greenlet or job panicked: {}", describe(&*payload)));
    }
    quietly("dropping the panic of a cancelled greenlet or job", || drop(payload));
}

/// What a cancelled greenlet or job came to: nobody asks for it.
pub(crate) fn discard<T>(outcome: thread::Result<T>) {
    match outcome {
        Ok(result) => {
            quietly("dropping the result of a cancelled greenlet or job", || drop(result))
        }
        Err(payload) => dispose(payload),
    }
}

/// Why a greenlet is not run to its end.
#[derive(Clone, Copy)]
pub(crate) enum Reason {
    Refuses,
    ThreadEnds,
}

pub(crate) fn abandon(reason: Reason, on_abandon: Option<Box<dyn FnOnce()>>) {
    pool::count_abandoned();
    log(match reason {
        Reason::Refuses => {
            "a cancelled greenlet goes on waiting in spite of every refusal; its stack is abandoned"
        }
        Reason::ThreadEnds => {
            "a greenlet was still suspended when its thread ended; its stack is abandoned"
        }
    });
    if let Some(on_abandon) = on_abandon {
        quietly("on_abandon", on_abandon);
    }
}

/// A cancelled job has caught its unwinding again and again.
pub(crate) fn clings() {
    log("a cancelled job goes on waiting in spite of every refusal; it keeps its thread");
}

/// Runs `f`; if it panics, that is logged and goes no further.
pub(crate) fn quietly(what: &str, f: impl FnOnce()) {
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
