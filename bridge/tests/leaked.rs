//! A greenlet whose poll never returns, because it took place in a coroutine that was leaked.
//!
//! The coroutine borrows the greenlet, as with libraries whose coroutines have a lifetime and can be
//! forgotten. That of corosensei does so by an unsafe function, hence `unsafe`.
#![allow(unsafe_code)]
#![cfg(not(aludel_threads))]

mod support;

use std::cell::Cell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;

use aludel_bridge::{
    Error, Options, await_, greenlet_spawn, greenlet_spawn_with, in_greenlet, stats, yield_now,
};
use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, Yielder};
use futures::executor::block_on;
use support::{Steps, poll};

scoped_tls::scoped_thread_local! {
    static YIELDER: Yielder<(), ()>
}

/// Polls the future in a coroutine, which the future suspends and which is then leaked.
fn leak_in_the_middle<F: Future>(future: Pin<&mut F>) {
    let body = move |yielder: &Yielder<(), ()>, ()| {
        YIELDER.set(yielder, || {
            let _ = poll(future);
        });
    };
    // SAFETY: the coroutine is suspended once and then forgotten, so it never uses what it borrows when
    // the borrow has ended.
    let mut coroutine = unsafe { Coroutine::with_stack_unchecked(DefaultStack::default(), body) };
    coroutine.resume(());
    assert!(!coroutine.done());
    mem::forget(coroutine);
}

// fault: B08
#[test]
fn a_greenlet_whose_poll_was_leaked_is_abandoned() {
    let abandoned = Rc::new(Cell::new(0));
    let (first, second) = (Rc::clone(&abandoned), Rc::clone(&abandoned));
    let options = Options::new().on_abandon(move || first.set(first.get() + 1));
    let mut greenlet = Box::pin(greenlet_spawn_with(options, || {
        YIELDER.with(|yielder| yielder.suspend(()));
        Ok::<_, Error>(())
    }));
    leak_in_the_middle(greenlet.as_mut());
    assert!(!in_greenlet());
    let polled = catch_unwind(AssertUnwindSafe(|| poll(greenlet.as_mut()).is_ready()));
    assert!(polled.is_err(), "it cannot be polled in the middle of a poll");
    assert_eq!((stats().live, stats().abandoned), (1, 0));
    // Others come and go before it and behind it.
    let options = Options::new().on_abandon(move || second.set(second.get() + 1));
    let mut other = Box::pin(greenlet_spawn_with(options, || {
        yield_now()?;
        assert!(in_greenlet());
        YIELDER.with(|yielder| yielder.suspend(()));
        Ok::<_, Error>(())
    }));
    assert!(poll(other.as_mut()).is_pending());
    leak_in_the_middle(other.as_mut());
    drop(greenlet);
    assert_eq!((abandoned.get(), stats().live, stats().abandoned), (1, 1, 1));
    block_on(greenlet_spawn(|| await_(Steps(2)))).unwrap();
    drop(other);
    assert_eq!((abandoned.get(), stats().live, stats().abandoned), (2, 0, 2));
    block_on(greenlet_spawn(|| await_(Steps(2)))).unwrap();
    assert!(!in_greenlet());
}
