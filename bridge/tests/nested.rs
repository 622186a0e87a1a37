//! Greenlets inside greenlets, and executors inside greenlets.

mod support;

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::rc::Rc;

use aludel_bridge::{
    Error, await_, greenlet_spawn, in_greenlet, is_cancelled, stats, sync, yield_now,
};
use futures::executor::block_on;
use futures::future::join_all;
use support::{Gate, OnDrop, Steps, poll};

fn dive(depth: u32) -> Result<u32, Error> {
    await_(Steps(1))?;
    if depth == 0 {
        return Ok(0);
    }
    let below = await_(async move { greenlet_spawn(move || dive(depth - 1)).await })??;
    assert!(in_greenlet());
    yield_now()?;
    Ok(below + 1)
}

// conforms: A10
// fault: B17
#[test]
fn greenlets_nest_fifty_deep() {
    for depth in [1, 2, 50] {
        assert_eq!(block_on(greenlet_spawn(move || dive(depth))).unwrap(), depth);
    }
    assert_eq!(stats().live, 0);
    assert!(stats().pooled >= 51);
}

// conforms: A10
#[test]
fn greenlets_inside_one_greenlet_interleave() {
    let outer = greenlet_spawn(|| {
        let tasks = (0..10_u32).map(|n| {
            greenlet_spawn(move || {
                (0..n).try_for_each(|_| yield_now())?;
                Ok::<_, Error>(n)
            })
        });
        await_(join_all(tasks))
    });
    let numbers: Result<Vec<_>, _> = block_on(outer).unwrap().into_iter().collect();
    assert_eq!(numbers.unwrap(), (0..10).collect::<Vec<_>>());
}

#[test]
fn a_greenlet_polled_by_hand_inside_another_suspends_alone() {
    let outer = greenlet_spawn(|| {
        let mut inner = pin!(greenlet_spawn(|| {
            yield_now()?;
            Ok::<_, Error>(in_greenlet())
        }));
        assert!(poll(inner.as_mut()).is_pending());
        assert!(in_greenlet(), "the outer one is current again");
        yield_now()?;
        Ok::<_, Error>(matches!(poll(inner), std::task::Poll::Ready(Ok(true))))
    });
    assert!(block_on(outer).unwrap());
}

#[test]
fn a_greenlet_dropped_inside_another_is_cancelled_alone() {
    let gate = Gate::new();
    let ended = Rc::new(Cell::new(false));
    let (inner_gate, told) = (gate.clone(), Rc::clone(&ended));
    let outer = greenlet_spawn(move || {
        let mut inner = Box::pin(greenlet_spawn(move || {
            let error = await_(inner_gate.pass()).unwrap_err();
            told.set(error.is_cancelled() && is_cancelled());
            Err::<(), _>(error)
        }));
        assert!(poll(inner.as_mut()).is_pending());
        drop(inner);
        assert!(in_greenlet() && !is_cancelled());
        yield_now()
    });
    block_on(outer).unwrap();
    assert!(ended.get());
    assert_eq!(stats().live, 0);
}

#[test]
fn cancelling_the_outer_greenlet_cancels_the_inner_first() {
    let log = Rc::new(Cell::new(String::new()));
    let note = |log: &Rc<Cell<String>>, what: &str| log.set(log.take() + what);
    let (inner_log, outer_log, gate) = (Rc::clone(&log), Rc::clone(&log), Gate::new());
    let mut outer: Pin<Box<_>> = Box::pin(greenlet_spawn(move || {
        let inner = greenlet_spawn(move || {
            let _guard = OnDrop(|| note(&inner_log, "inner "));
            await_(gate.pass())
        });
        let result = await_(inner);
        note(&outer_log, if result.is_err() { "outer" } else { "?" });
        result?
    }));
    assert!(poll(outer.as_mut()).is_pending());
    drop(outer);
    assert_eq!(log.take(), "inner outer");
}

// conforms: A09
// fault: B17
#[test]
fn blocking_inside_a_greenlet_does_not_suspend_it() {
    let (sender, receiver) = futures::channel::oneshot::channel();
    let thread = std::thread::spawn(move || sender.send(1).unwrap());
    let greenlet = greenlet_spawn(move || {
        let inside = sync::park_on(async {
            let _on_drop = OnDrop(|| assert!(!in_greenlet()));
            let number = receiver.await.unwrap();
            assert!(matches!(await_(async {}), Err(Error::MissingGreenlet)));
            number
        });
        assert!(in_greenlet());
        Ok::<_, Error>(inside)
    });
    let mut greenlet = pin!(greenlet);
    assert!(matches!(poll(greenlet.as_mut()), std::task::Poll::Ready(Ok(1))));
    thread.join().unwrap();
}
