//! The hand-off between caller and host in every order that two or three threads can take.
//!
//! The cell, the life of a job and the parking of a thread are those of the crate; only what they
//! share and wait by is loom's. A future that stands for the greenlet takes the place of the stack.
//! A wake-up that is lost leaves a thread that waits for ever, which loom reports.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::sync::{Mutex, MutexGuard};
use loom::thread;

use super::cell::{Cell, Shared};
use super::mailbox::{Found, Mailbox, Receiver};
use super::task::{HostedTask, run};
use crate::Error;
use crate::sync::park_on;

type Outcome = Result<Counted, Error>;

/// A value of which each is dropped once.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        assert_eq!(self.0.fetch_add(1, Ordering::SeqCst), 0, "dropped twice");
    }
}

/// Something that happens once, and wakes whoever waits for it.
#[derive(Default)]
struct Event {
    happened: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Event {
    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn happen(&self) {
        self.happened.store(true, Ordering::Release);
        let waker = self.waker().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Stands for the greenlet: waits for an event, if there is one, and reports its own end.
struct Greenlet {
    until: Option<Arc<Event>>,
    value: Option<Counted>,
    ended: Arc<AtomicBool>,
}

impl Future for Greenlet {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        if let Some(event) = &self.until {
            *event.waker() = Some(context.waker().clone());
            if !event.happened.load(Ordering::Acquire) {
                return Poll::Pending;
            }
        }
        Poll::Ready(Ok(self.value.take().expect("polled to the end once")))
    }
}

impl Drop for Greenlet {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
    }
}

/// One job, and what is known of it.
struct Job {
    cell: Arc<Cell<(), Counted, Error>>,
    drops: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
}

impl Job {
    fn new() -> (Self, HostedTask<Counted, Error>) {
        let cell = Cell::new(());
        let job = Self {
            cell: Arc::clone(&cell),
            drops: Arc::new(AtomicUsize::new(0)),
            ended: Arc::new(AtomicBool::new(false)),
        };
        (job, HostedTask { shared: cell as Arc<dyn Shared<Counted, Error>> })
    }

    /// A thread that does what the host does, until the job has ended.
    fn host(&self, until: Option<Arc<Event>>) -> thread::JoinHandle<()> {
        let cell = Arc::clone(&self.cell);
        let value = Some(Counted(Arc::clone(&self.drops)));
        let greenlet = Greenlet { until, value, ended: Arc::clone(&self.ended) };
        thread::spawn(move || {
            if let Some((completion, ())) = cell.begin() {
                park_on(run(completion, greenlet, None));
            }
        })
    }

    /// The host has nothing of the job any more, and its value is gone.
    #[track_caller]
    fn assert_over(self) {
        assert!(self.ended.load(Ordering::Acquire), "the greenlet still is");
        assert_eq!(Arc::strong_count(&self.cell), 1, "the cell is still held");
        drop(self.cell);
        assert_eq!(self.drops.load(Ordering::SeqCst), 1, "the value still is");
    }
}

/// Waits for the end of a thread, in which nothing panicked.
fn joined(thread: thread::JoinHandle<()>) {
    assert!(thread.join().is_ok());
}

// fault: B12
#[test]
fn the_result_reaches_the_caller() {
    loom::model(|| {
        let (job, task) = Job::new();
        let host = job.host(None);
        assert!(park_on(task).is_ok());
        joined(host);
        job.assert_over();
    });
}

#[test]
fn the_result_of_a_greenlet_that_waited_reaches_the_caller() {
    loom::model(|| {
        let (job, task) = Job::new();
        let event = Arc::new(Event::default());
        let host = job.host(Some(Arc::clone(&event)));
        let other = thread::spawn(move || event.happen());
        assert!(park_on(task).is_ok());
        joined(other);
        joined(host);
        job.assert_over();
    });
}

// The task moves to another executor while its result is on the way.
// fault: B15
#[test]
fn the_waker_of_the_last_poll_is_woken() {
    loom::model(|| {
        let (job, mut task) = Job::new();
        let host = job.host(None);
        let mut context = Context::from_waker(Waker::noop());
        let outcome = match Pin::new(&mut task).poll(&mut context) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => park_on(&mut task),
        };
        assert!(outcome.is_ok());
        drop((task, outcome));
        joined(host);
        job.assert_over();
    });
}

// Nothing but the cancellation can end the greenlet: the host must hear of it, at whatever moment.
#[test]
fn dropping_the_task_ends_a_greenlet_that_waits_for_ever() {
    loom::model(|| {
        let (job, task) = Job::new();
        let host = job.host(Some(Arc::default()));
        drop(task);
        joined(host);
        job.assert_over();
    });
}

#[test]
fn dropping_the_task_while_the_greenlet_goes_on_ends_it() {
    loom::model(|| {
        let (job, task) = Job::new();
        let event = Arc::new(Event::default());
        let host = job.host(Some(Arc::clone(&event)));
        let other = thread::spawn(move || event.happen());
        drop(task);
        joined(other);
        joined(host);
        job.assert_over();
    });
}

// The host ends with the job in its queue, or with its greenlet unpolled.
#[test]
fn a_caller_of_a_host_that_is_gone_gets_an_error() {
    loom::model(|| {
        let (job, task) = Job::new();
        let cell = Arc::clone(&job.cell);
        let host = thread::spawn(move || drop(cell.begin()));
        assert!(matches!(park_on(task), Err(Error::HostGone)));
        joined(host);
        assert_eq!(Arc::strong_count(&job.cell), 1);
    });
}

// The thread parks on a future that another thread wakes; a wake-up between the poll and the parking
// counts.
// fault: B12
#[test]
fn a_parked_thread_is_woken() {
    loom::model(|| {
        let event = Arc::new(Event::default());
        let (drops, ended) = (Arc::default(), Arc::default());
        let value = Some(Counted(Arc::clone(&drops)));
        let waiting = Greenlet { until: Some(Arc::clone(&event)), value, ended };
        let other = thread::spawn(move || event.happen());
        assert!(park_on(waiting).is_ok());
        joined(other);
        assert_eq!(drops.load(Ordering::SeqCst), 1);
    });
}

// A job that is put while the host falls asleep, or is awake, is seen.
#[test]
fn a_job_that_is_sent_is_taken() {
    loom::model(|| {
        let mailbox = Arc::new(Mailbox::new());
        let receiver = Receiver(Arc::clone(&mailbox));
        let host = thread::spawn(move || {
            let (mut jobs, mut taken) = (Vec::new(), 0);
            park_on(poll_fn(move |context| {
                receiver.take(&mut jobs);
                taken += jobs.drain(..).sum::<u32>();
                match receiver.sleep(context.waker()) {
                    Found::Nothing => Poll::Pending,
                    Found::Jobs => {
                        context.waker().wake_by_ref();
                        Poll::Pending
                    }
                    Found::End => Poll::Ready(taken),
                }
            }))
        });
        let other = Arc::clone(&mailbox);
        let sender = thread::spawn(move || assert!(other.send(1).is_ok()));
        assert!(mailbox.send(2).is_ok());
        joined(sender);
        mailbox.no_sender();
        assert_eq!(host.join().ok(), Some(3));
        assert_eq!(mailbox.send(4), Err(4));
    });
}
