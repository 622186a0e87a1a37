//! What a change of stack and a hop between threads cost, beside the alternatives, in one run.
//!
//! `may::coroutine::spawn` is an unsafe function, hence `unsafe`; printing is the point.
#![allow(unsafe_code, clippy::print_stdout)]

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use aludel_bridge::{Error, Host, await_, greenlet_spawn, yield_now};
use futures::channel::oneshot;
use futures::future::join_all;

const ROUNDS: usize = 31;

/// The median over rounds of the nanoseconds one of `n` steps takes.
fn median(n: u32, mut round: impl FnMut(u32)) -> f64 {
    round(n);
    let mut samples: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            round(n);
            start.elapsed().as_secs_f64() * 1e9 / f64::from(n)
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[ROUNDS / 2]
}

fn report(what: &str, nanoseconds: f64) {
    println!("{what:<58} {nanoseconds:>10.1} ns");
}

struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(black_box(&mut self.0), true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Polls to the end, again and again, as an executor with one ready task.
fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(black_box(Waker::noop()));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

fn switches() {
    println!("one thread");
    let time = median(100_000, |n| {
        for i in 0..n {
            black_box(drive(greenlet_spawn(move || Ok::<_, Error>(black_box(i))))).ok();
        }
    });
    report("greenlet_spawn + return", time);
    let time = median(100_000, |n| {
        drive(greenlet_spawn(move || (0..n).try_for_each(|_| yield_now()))).ok();
    });
    report("yield_now: suspend + resume", time);
    let time = median(100_000, |n| {
        drive(greenlet_spawn(move || (0..n).try_for_each(|_| await_(Yield(false))))).ok();
    });
    report("await_ of a future that is pending once", time);
    let time = median(100_000, |n| {
        let ready = move || (0..n).try_for_each(|i| await_(async { black_box(i) }).map(drop));
        drive(greenlet_spawn(ready)).ok();
    });
    report("await_ of a ready future", time);
    let time = median(100_000, |n| {
        drive(async {
            for _ in 0..n {
                Yield(false).await;
            }
        });
    });
    report("the same future in an async fn (no stack)", time);
    let time = median(10_000, |n| {
        let mut stack = Some(corosensei::stack::DefaultStack::default());
        for i in 0..n {
            let stack_now = stack.take().expect("put back below");
            let mut raw = corosensei::Coroutine::with_stack(
                stack_now,
                move |_: &corosensei::Yielder<(), ()>, ()| black_box(i),
            );
            black_box(raw.resume(()));
            stack = Some(raw.into_stack());
        }
    });
    report("corosensei: new + return, one stack (the floor)", time);
    let time = median(100_000, |n| {
        let mut raw = corosensei::Coroutine::new(move |yielder: &corosensei::Yielder<(), ()>, ()| {
            for _ in 0..n {
                yielder.suspend(());
            }
        });
        while raw.resume(()).as_yield().is_some() {}
    });
    report("corosensei: suspend + resume (the floor)", time);
    let time = median(10_000, |n| {
        for _ in 0..n {
            black_box(generator::Gn::<()>::new_scoped(|_| black_box(1)).next());
        }
    });
    report("generator: new + return", time);
    let time = median(100_000, |n| {
        let generator = generator::Gn::<()>::new_scoped(move |mut scope| {
            for i in 0..n {
                scope.yield_(i);
            }
            generator::done!()
        });
        black_box(generator.count());
    });
    report("generator: yield + resume", time);
}

/// One at a time, and 64 tasks at a time.
fn hops<F, Fut>(runtime: &tokio::runtime::Runtime, what: &str, hop: F)
where
    F: Fn() -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let time = median(2_000, |n| {
        runtime.block_on(async {
            for _ in 0..n {
                hop().await;
            }
        });
    });
    report(&format!("{what}, alone"), time);
    let time = median(64 * 200, |n| {
        runtime.block_on(join_all((0..64).map(|_| {
            let hop = hop.clone();
            async move {
                let task = tokio::spawn(async move {
                    for _ in 0..n / 64 {
                        hop().await;
                    }
                });
                task.await.ok();
            }
        })));
    });
    report(&format!("{what}, 64 in flight"), time);
}

fn between_threads(runtime: &tokio::runtime::Runtime) {
    let host = Host::new().expect("a host");
    let other = host.clone();
    hops(runtime, "Host::spawn", move || {
        let task = other.spawn(|| Ok::<_, Error>(black_box(1)));
        async move {
            task.await.ok();
        }
    });
    hops(runtime, "Host::spawn with one suspension", move || {
        let task = host.spawn(yield_now);
        async move {
            task.await.ok();
        }
    });
    hops(runtime, "tokio spawn_blocking", || async {
        tokio::task::spawn_blocking(|| black_box(1)).await.ok();
    });
    hops(runtime, "may coroutine", || async {
        let (send, receive) = oneshot::channel();
        // SAFETY: the coroutine touches no thread-local and needs little stack.
        drop(unsafe { may::coroutine::spawn(move || send.send(black_box(1)).ok()) });
        receive.await.ok();
    });
}

fn main() {
    switches();
    println!("between threads, from a current-thread runtime");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    between_threads(&runtime.expect("a runtime"));
    println!("between threads, from a multi-thread runtime of two workers");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    between_threads(&runtime.expect("a runtime"));
}
