//! What a change of stack and a hop between threads cost, beside the alternatives, in one run.
//!
//! Prints medians, and each as a multiple of the first of its group: of corosensei for spawn and switch, of
//! `spawn_blocking` for a hop. With `--test`, or without
//! `cargo bench`, everything runs once. `may::coroutine::spawn` is an unsafe function, hence
//! `unsafe`; printing is the point.
#![allow(unsafe_code, clippy::print_stdout)]

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use aludel_bridge::{Error, Host, await_, greenlet_spawn, yield_now};
use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, Yielder};
use futures::channel::oneshot;
use futures::future::join_all;
use generator::Gn;
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 31;

/// Several ways to do the same, the first of which the others are compared with.
struct Group<'a> {
    title: String,
    /// Whether everything is to run only once.
    test: bool,
    ways: Vec<Way<'a>>,
}

struct Way<'a> {
    what: &'static str,
    /// How many steps a round has.
    steps: u32,
    round: Box<dyn FnMut(u32) + 'a>,
    /// Nanoseconds of one step, round by round.
    samples: Vec<f64>,
}

impl<'a> Group<'a> {
    fn new(test: bool, title: impl Into<String>) -> Self {
        Self { title: title.into(), test, ways: Vec::new() }
    }

    fn add(&mut self, what: &'static str, steps: u32, round: impl FnMut(u32) + 'a) {
        self.ways.push(Way { what, steps, round: Box::new(round), samples: Vec::new() });
    }

    /// Measures them in turn, round by round, and reports the medians of what one step takes: so a machine
    /// whose speed drifts is unfair to none.
    fn report(mut self) {
        let rounds = if self.test { 1 } else { ROUNDS };
        for number in 0..=rounds {
            for way in &mut self.ways {
                let steps = if self.test { 64 } else { way.steps };
                let start = Instant::now();
                (way.round)(steps);
                let sample = start.elapsed().as_secs_f64() * 1e9 / f64::from(steps);
                // The first warms.
                if number > 0 {
                    way.samples.push(sample);
                }
            }
        }
        println!("\n{}", self.title);
        let mut first = None;
        for mut way in self.ways {
            way.samples.sort_by(f64::total_cmp);
            let median = way.samples[rounds / 2];
            let ratio = median / *first.get_or_insert(median);
            println!("  {:<52} {median:>10.1} ns {ratio:>8.2} x", way.what);
        }
    }
}

/// Pending once.
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

fn starts(test: bool) {
    let mut group = Group::new(test, "spawn: start and return, on a stack that is used again");
    group.add("corosensei alone, without a pool", 100_000, |n| {
        let mut stack = DefaultStack::default();
        for i in 0..n {
            let body = move |_: &Yielder<(), ()>, ()| black_box(i);
            let mut raw = Coroutine::with_stack(stack, body);
            black_box(raw.resume(()));
            stack = raw.into_stack();
        }
    });
    group.add("greenlet_spawn", 100_000, |n| {
        for i in 0..n {
            black_box(drive(greenlet_spawn(move || Ok::<_, Error>(black_box(i))))).ok();
        }
    });
    group.add("generator, which maps a stack each time", 10_000, |n| {
        for _ in 0..n {
            black_box(Gn::<()>::new_scoped(|_| black_box(1)).next());
        }
    });
    group.report();
}

fn suspensions(test: bool) {
    let mut group = Group::new(test, "switch: suspend and resume");
    group.add("corosensei alone", 100_000, |n| {
        let mut raw = Coroutine::new(move |yielder: &Yielder<(), ()>, ()| {
            for _ in 0..n {
                yielder.suspend(());
            }
        });
        while raw.resume(()).as_yield().is_some() {}
    });
    group.add("yield_now", 100_000, |n| {
        drive(greenlet_spawn(move || (0..n).try_for_each(|_| yield_now()))).ok();
    });
    group.add("await_ of a future that is pending once", 100_000, |n| {
        drive(greenlet_spawn(move || (0..n).try_for_each(|_| await_(Yield(false))))).ok();
    });
    group.add("await_ of a ready future (no suspension)", 100_000, |n| {
        let ready = move || (0..n).try_for_each(|i| await_(async { black_box(i) }).map(drop));
        drive(greenlet_spawn(ready)).ok();
    });
    group.add("generator", 100_000, |n| {
        let generator = Gn::<()>::new_scoped(move |mut scope| {
            for i in 0..n {
                scope.yield_(i);
            }
            generator::done!()
        });
        black_box(generator.count());
    });
    group.add("an async fn, which has no stack", 100_000, |n| {
        drive(async {
            for _ in 0..n {
                Yield(false).await;
            }
        });
    });
    group.report();
}

/// `in_flight` tasks that hop one time after the other.
fn hop<'a, F, Fut>(
    group: &mut Group<'a>,
    runtime: &'a Runtime,
    what: &'static str,
    in_flight: u32,
    hop: F,
) where
    F: Fn() -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    group.add(what, in_flight.max(10) * 200, move |n| {
        let tasks = (0..in_flight).map(|_| {
            let hop = hop.clone();
            runtime.spawn(async move {
                for _ in 0..n / in_flight {
                    hop().await;
                }
            })
        });
        let tasks: Vec<_> = tasks.collect();
        runtime.block_on(join_all(tasks));
    });
}

fn hops(test: bool, runtime: &Runtime, name: &str) {
    let host = Host::new().expect("a host");
    for in_flight in [1, 64] {
        let title = format!("hop: to another thread and back, {in_flight} in flight, from {name}");
        let mut group = Group::new(test, title);
        let (plain, waiting) = (host.clone(), host.clone());
        hop(&mut group, runtime, "tokio::task::spawn_blocking", in_flight, || async {
            tokio::task::spawn_blocking(|| black_box(1)).await.ok();
        });
        hop(&mut group, runtime, "Host::spawn", in_flight, move || {
            let task = plain.spawn(|| Ok::<_, Error>(black_box(1)));
            async move { drop(task.await) }
        });
        hop(&mut group, runtime, "Host::spawn with one suspension", in_flight, move || {
            let task = waiting.spawn(yield_now);
            async move { drop(task.await) }
        });
        hop(&mut group, runtime, "may::coroutine::spawn", in_flight, || async {
            let (send, receive) = oneshot::channel();
            // SAFETY: the coroutine touches no thread-local and needs little stack.
            drop(unsafe { may::coroutine::spawn(move || send.send(black_box(1)).ok()) });
            receive.await.ok();
        });
        group.report();
    }
}

fn main() {
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    let test = given("--test") || !given("--bench");
    starts(test);
    suspensions(test);
    let one = Builder::new_current_thread().enable_all().build().expect("a runtime");
    hops(test, &one, "a current-thread runtime");
    let two = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    hops(test, &two.expect("a runtime"), "a runtime of two workers");
}
