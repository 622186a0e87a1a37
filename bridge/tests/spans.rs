//! Spans of `tracing` that are entered while a greenlet is suspended.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};

use aludel_bridge::{Error, Host, Worker, await_, greenlet_spawn, in_greenlet, yield_now};
use futures::executor::block_on;
use futures::future::join;
use support::{Gate, poll};
use tracing::span::Id;
use tracing::{Event, Instrument, Span, Subscriber, info, info_span, instrument};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// Writes down the spans that each event is in, and `x` with the name of a span that is closed.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn line(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let spans = context.event_scope(event).into_iter().flat_map(|scope| scope.from_root());
        let path: Vec<_> = spans.map(|span| span.name()).collect();
        self.line(path.join("/"));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.line(format!("x{}", context.span(&id).unwrap().name()));
    }
}

/// Runs `f` with a subscriber of its own, and gives what that has written.
fn logged(f: impl FnOnce()) -> Vec<String> {
    let log = Log::default();
    tracing::subscriber::with_default(Registry::default().with(log.clone()), f);
    log.take()
}

#[instrument]
fn outer() -> Result<(), Error> {
    info!("before");
    inner()?;
    info!("after");
    yield_now()
}

#[instrument]
fn inner() -> Result<(), Error> {
    info!("before");
    yield_now()?;
    info!("between");
    await_(async {
        info!("awaited");
        support::Steps(1).await;
        info!("awaited");
    })?;
    info!("after");
    Ok(())
}

#[instrument]
fn other() -> Result<(), Error> {
    for _ in 0..3 {
        info!("other");
        yield_now()?;
    }
    Ok(())
}

#[test]
#[cfg_attr(aludel_threads, ignore = "a subscriber takes another thread's spans for another task's")]
fn two_interleaved_functions_do_not_mix() {
    let log = logged(|| {
        let both = join(greenlet_spawn(outer), greenlet_spawn(other));
        let (one, two) = block_on(both);
        one.and(two).unwrap();
        assert!(Span::current().id().is_none());
    });
    let nested = ["outer", "outer/inner", "outer/inner", "outer/inner", "outer/inner"];
    let of = |first: &str| -> Vec<_> {
        log.iter().filter(|line| line.starts_with(first)).cloned().collect()
    };
    assert_eq!(of("outer"), [&nested[..], &["outer/inner", "outer"]].concat());
    assert_eq!(of("other"), ["other"; 3]);
    assert_eq!(of("x"), ["xinner", "xouter", "xother"]);
    assert_eq!(log.len(), 7 + 3 + 3);
}

#[test]
#[cfg_attr(aludel_threads, ignore = "a subscriber takes another thread's spans for another task's")]
fn the_spans_of_the_host_stay_where_they_are() {
    let log = logged(|| {
        let host = info_span!("host");
        let mut greenlet = pin!(greenlet_spawn(other).instrument(host.clone()));
        assert!(poll(greenlet.as_mut()).is_pending());
        assert!(Span::current().id().is_none());
        host.in_scope(|| {
            let inside = Span::current().id();
            let mut bare = pin!(greenlet_spawn(other));
            assert!(poll(bare.as_mut()).is_pending());
            assert_eq!(Span::current().id(), inside);
            assert!(poll(bare.as_mut()).is_pending());
            assert_eq!(Span::current().id(), inside);
        });
        // Another host, another span: the greenlet keeps its own on top of whatever that is in.
        info_span!("elsewhere").in_scope(|| assert!(poll(greenlet.as_mut()).is_pending()));
        assert!(Span::current().id().is_none());
    });
    let events: Vec<_> = log.iter().filter(|line| !line.starts_with('x')).collect();
    assert_eq!(events, ["host/other"; 4]);
}

#[test]
#[cfg_attr(aludel_threads, ignore = "a subscriber takes another thread's spans for another task's")]
fn nested_greenlets_keep_their_own() {
    let log = logged(|| {
        let nested = greenlet_spawn(|| {
            info_span!("a").in_scope(|| {
                await_(async {
                    let inside = greenlet_spawn(|| info_span!("b").in_scope(yield_now));
                    inside.await?;
                    info!("between");
                    support::Steps(1).await;
                    Ok::<_, Error>(())
                })??;
                info!("after");
                Ok::<_, Error>(())
            })
        });
        block_on(nested).unwrap();
        assert!(Span::current().id().is_none());
    });
    assert_eq!(log, ["xb", "a", "a", "xa"]);
}

#[test]
fn a_cancelled_greenlet_closes_its_spans_and_an_abandoned_one_leaves_them() {
    let log = logged(|| {
        let mut polite = Box::pin(greenlet_spawn(other));
        let mut stubborn = Box::pin(greenlet_spawn(|| -> Result<(), Error> {
            let _entered = info_span!("stubborn").entered();
            loop {
                let _ = catch_unwind(AssertUnwindSafe(yield_now));
            }
        }));
        assert!(poll(polite.as_mut()).is_pending());
        assert!(poll(stubborn.as_mut()).is_pending());
        drop(polite);
        drop(stubborn);
        assert!(Span::current().id().is_none());
    });
    assert_eq!(log, ["other", "xother", ""], "the last is the bridge's own complaint");
}

/// Panics when the bridge leaves or enters a span, which it does outside the greenlet; the greenlet
/// itself may.
struct Angry;

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Angry {
    fn on_enter(&self, _: &Id, _: Context<'_, S>) {
        assert!(in_greenlet());
    }

    fn on_exit(&self, _: &Id, _: Context<'_, S>) {
        assert!(in_greenlet());
    }
}

#[test]
fn a_subscriber_that_panics_does_not_stop_a_greenlet() {
    let subscriber = Registry::default().with(Angry);
    tracing::subscriber::with_default(subscriber, || {
        let gate = Gate::new();
        let pass = gate.pass();
        let mut greenlet =
            pin!(greenlet_spawn(move || { info_span!("touchy").in_scope(|| await_(pass)) }));
        assert!(poll(greenlet.as_mut()).is_pending());
        gate.open();
        assert!(poll(greenlet).is_ready());
    });
}

#[test]
#[cfg_attr(aludel_threads, ignore = "a subscriber takes another thread's spans for another task's")]
fn a_host_and_a_worker_run_in_the_span_of_who_asks() {
    let host = Host::new().unwrap();
    let worker = Worker::new().unwrap();
    let work = |name: &str| {
        logged(|| {
            let request = info_span!("request");
            let (on_host, on_worker) =
                request.in_scope(|| (host.spawn(outer), worker.spawn(outer)));
            // Whoever polls is in another span, or in none.
            drop(request);
            match name {
                "host" => info_span!("elsewhere").in_scope(|| block_on(on_host).unwrap()),
                _ => block_on(on_worker).unwrap(),
            }
        })
    };
    for name in ["host", "worker"] {
        let log = work(name);
        let path: Vec<_> = log.iter().filter(|line| line.starts_with("request")).collect();
        assert!(path.len() >= 7, "{name}: {log:?}");
        assert!(path.iter().all(|line| line.starts_with("request/outer")), "{name}: {log:?}");
    }
    let log = logged(|| {
        let (done, wait) = std::sync::mpsc::channel();
        info_span!("request").in_scope(|| {
            worker.run(move || {
                info!("detached");
                done.send(()).unwrap();
            });
        });
        wait.recv().unwrap();
    });
    assert_eq!(log[0], "request");
}

#[test]
#[cfg_attr(aludel_threads, ignore = "a subscriber takes another thread's spans for another task's")]
fn the_span_ends_with_its_call_and_holds_what_a_cancelled_greenlet_does_last() {
    let host = Host::new().unwrap();
    let log = logged(|| {
        block_on(info_span!("request").in_scope(|| host.spawn(other))).unwrap();
        info!("after");
    });
    assert_eq!(log[log.len() - 2..], ["xrequest", ""], "closed before the caller goes on: {log:?}");
    let log = Log::default();
    let (gone, end) = std::sync::mpsc::channel();
    tracing::subscriber::with_default(Registry::default().with(log.clone()), || {
        let (began, wait) = std::sync::mpsc::channel();
        let task = info_span!("request").in_scope(|| {
            host.spawn(move || {
                began.send(()).unwrap();
                let ended: Result<(), Error> = await_(std::future::pending::<()>());
                info!("cancelled");
                gone.send(()).unwrap();
                ended
            })
        });
        wait.recv().unwrap();
        drop(task);
        end.recv().unwrap();
    });
    assert_eq!(log.take()[0], "request");
}
