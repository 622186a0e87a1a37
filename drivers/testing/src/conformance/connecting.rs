//! A connection that is made while something else may come first.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::Poll;
use std::time::Instant;

use aludel_core::dbapi::{Attempted, LateConnectionCallback};

use super::Subject;
use crate::{BOUND, blocking};

/// [`Driver::connect_unless`](aludel_core::dbapi::Driver::connect_unless): who asks for what is there begins
/// nothing, and who does not ask connects.
pub fn nothing_is_begun_where_something_else_is_there(subject: &Subject) {
    let polls = Cell::new(0);
    let alternative = pin!(poll_fn(|_| {
        polls.set(polls.get() + 1);
        Poll::Ready(())
    }));
    let kept = Arc::new(());
    let held = Arc::clone(&kept);
    let late: LateConnectionCallback = Box::new(move |made| drop((made, held)));
    let deadline = Instant::now() + BOUND;
    match subject.driver.connect_unless(deadline, alternative, late).unwrap() {
        Attempted::Connected(connection) => {
            assert_eq!(polls.get(), 0, "it was notified that something else is there");
            connection.close();
        }
        Attempted::GivenUp => assert_eq!(polls.get(), 1),
        Attempted::GoesOn => panic!("it has begun after all"),
    }
    assert_eq!(Arc::strong_count(&kept), 1, "the callback was not dropped");
}

/// An attempt that has begun makes its connection, whoever gets it.
pub fn an_attempt_that_is_overtaken_goes_on(subject: &Subject) {
    let mut polls = 0;
    let alternative = pin!(poll_fn(|context| {
        polls += 1;
        context.waker().wake_by_ref();
        if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
    }));
    let (send, made) = channel();
    let late: LateConnectionCallback = Box::new(move |made| send.send(made).unwrap());
    let deadline = Instant::now() + BOUND;
    let mut connection = match subject.driver.connect_unless(deadline, alternative, late).unwrap() {
        Attempted::Connected(connection) => connection,
        Attempted::GoesOn => made.recv_timeout(BOUND).unwrap().unwrap(),
        Attempted::GivenUp => panic!("it was given up"),
    };
    assert_eq!(blocking::int(&mut *connection, "select 1"), 1);
    connection.close();
}
