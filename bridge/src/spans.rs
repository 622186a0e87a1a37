//! Spans that were entered on a greenlet's stack do not stay entered while it is suspended, and what runs on
//! a thread of the bridge's own runs in the span of whoever asked for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::span::Id;
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Span, dispatcher};

/// How many nested spans are left at most.
const DEPTH: usize = 256;

/// Spans to enter again, outermost last, with the subscriber that knows them.
pub(crate) struct Left {
    dispatch: Dispatch,
    ids: Vec<Id>,
}

/// Whether there is a subscriber: one relaxed load, so that programs without a subscriber pay nothing.
#[inline]
pub(crate) fn listening() -> bool {
    dispatcher::has_been_set()
}

/// The span that the host is in. A subscriber that panics is treated as one that has no span.
pub(crate) fn current() -> Option<Id> {
    catch_unwind(|| dispatcher::get_default(current_of)).unwrap_or_default()
}

fn current_of(dispatch: &Dispatch) -> Option<Id> {
    dispatch.current_span().id().cloned()
}

/// Leaves what was entered since the host was in `host`.
///
/// A span that the host is in and that the greenlet entered a second time cannot be distinguished from
/// the host's own, and stays entered.
pub(crate) fn leave(host: Option<&Id>) -> Option<Left> {
    catch_unwind(|| dispatcher::get_default(|dispatch| leave_in(dispatch, host)))
        .unwrap_or_default()
}

fn leave_in(dispatch: &Dispatch, host: Option<&Id>) -> Option<Left> {
    let mut ids = Vec::new();
    // The bound is for a subscriber that does not take note of an exit.
    while ids.len() < DEPTH
        && let Some(id) = current_of(dispatch).filter(|id| Some(id) != host)
    {
        // The clone keeps the span open, since leaving may drop the last reference to it.
        ids.push(dispatch.clone_span(&id));
        dispatch.exit(&id);
    }
    (!ids.is_empty()).then(|| Left { dispatch: dispatch.clone(), ids })
}

impl Left {
    /// Enters the spans again, as they were.
    pub(crate) fn enter(self) {
        // A subscriber that panics here has lost the spans; the greenlet goes on without them.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            for id in self.ids.into_iter().rev() {
                self.dispatch.enter(&id);
                self.dispatch.try_close(id);
            }
        }));
    }
}

/// The subscriber of a caller, and the span that it is in: for what runs on its behalf on another thread.
#[derive(Debug)]
pub(crate) struct Caller {
    dispatch: Dispatch,
    span: Span,
}

impl Caller {
    /// Of the calling thread at this moment; `None` if no subscriber records what is emitted there.
    #[inline]
    pub(crate) fn current() -> Option<Box<Self>> {
        if listening() { Self::capture() } else { None }
    }

    #[cold]
    fn capture() -> Option<Box<Self>> {
        // A subscriber that panics is treated as one that records nothing.
        catch_unwind(|| {
            let dispatch = dispatcher::get_default(Dispatch::clone);
            let records = !dispatch.is::<NoSubscriber>();
            records.then(|| Box::new(Self { dispatch, span: Span::current() }))
        })
        .unwrap_or_default()
    }

    /// Runs code where the caller was.
    pub(crate) fn run<R>(caller: Option<&Self>, f: impl FnOnce() -> R) -> R {
        let Some(Self { dispatch, span }) = caller else { return f() };
        let _default = dispatcher::set_default(dispatch);
        let _entered = Entered(catch_unwind(AssertUnwindSafe(|| span.enter())).ok());
        f()
    }
}

/// A span that was entered and is left by the drop, whatever its subscriber does then.
struct Entered<'s>(Option<tracing::span::Entered<'s>>);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let entered = self.0.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(entered)));
    }
}
