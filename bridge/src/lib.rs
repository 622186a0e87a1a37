//! Greenlets for Rust: synchronous code that waits for futures.
//!
//! ```text
//!      the stack of the task                       the stack of the greenlet
//!   (the thread's, as always)                   (1 MiB of addresses, from a pool)
//!
//!   executor
//!     └ poll(task)
//!         └ Greenlet::poll ──── resumes ────────► f()                  synchronous
//!                 ▲                                └ query()           functions, of
//!                 │                                    └ read_row()    any depth
//!                 │                                        └ await_(future)
//!                 │                                            └ future.poll(context)
//!                 │                                                 │          │
//!                 ├───────── suspends: the frames stay ◄─── Pending ┘          │
//!                 │            where they are                                  │
//!                 │                                       await_ returns ◄── Ready(output)
//!           Poll::Pending, until the waker
//!           of the task is called
//! ```
//!
//! [`greenlet_spawn`] makes a future of a synchronous function. The function runs inside that
//! future's `poll`, on a stack of its own. Wherever it is, however deep, it may call [`await_`]:
//! the future given is polled right there, and while it is pending the stack is set aside and the
//! task is pending too. The functions in between need not be `async`, and no thread waits.
//! Outside a greenlet `await_` answers [`Error::MissingGreenlet`], except in a job of a [`Worker`],
//! which has a thread of its own to park.
//!
//! ```
//! use aludel_bridge::{Error, await_, greenlet_spawn};
//! use futures::channel::mpsc;
//! use futures::future::join;
//! use futures::{SinkExt, StreamExt};
//!
//! /// A callback that does I/O, in a library that knows nothing of futures.
//! fn for_each_pair(mut f: impl FnMut(u32, u32) -> Result<(), Error>) -> Result<(), Error> {
//!     (1..=3).try_for_each(|n| f(n, n * n))
//! }
//!
//! # futures::executor::block_on(async {
//! let (mut send, receive) = mpsc::channel(0);
//! let writer = greenlet_spawn(move || {
//!     for_each_pair(|n, square| {
//!         let sent = await_(send.send((n, square)))?; // waits until the channel has capacity
//!         assert!(sent.is_ok());
//!         Ok(())
//!     })
//! });
//! let (result, pairs) = join(writer, receive.collect::<Vec<_>>()).await;
//! result?;
//! assert_eq!(pairs, [(1, 1), (2, 4), (3, 9)]);
//! # Ok::<_, Error>(())
//! # }).unwrap();
//! ```
//!
//! # Where to find things
//!
//! | to | look at |
//! | --- | --- |
//! | run synchronous code in a task | [`greenlet_spawn`], [`greenlet_spawn_with`], [`Options`] |
//! | wait in it | [`await_`], [`sleep`], [`yield_now`] |
//! | wait in code that runs inside and outside of greenlets | [`sync::wait`], [`sync::park_on`] |
//! | ask where code runs | [`can_await`], [`in_greenlet`], [`in_coroutine`], [`is_cancelled`], [`checkpoint`] |
//! | forbid to wait | [`without_suspending`] |
//! | wait in a function that C calls | [`in_callback`] |
//! | get a future that is `Send` | [`Host`], [`HostedTask`] |
//! | run code that blocks | [`Worker`], [`on_cancel`] |
//! | count or size the stacks | [`stats`], [`set_stack_size`], [`greenlet_stack_size`], [`smallest_stack_size`] |
//! | know what went wrong | [`Error`] |
//!
//! # Cancellation
//!
//! Dropping a greenlet's future cancels it. If it is suspended it runs on inside that drop: `await_`
//! answers [`Error::Cancelled`], and so does every later wait, without suspending. The function
//! leaves by `?`, its destructors run, and when the drop returns they have run. A destructor that
//! waits is refused like anyone else, so it must not count on I/O.
//!
//! Code that ignores a hundred refusals is unwound from the next one by a panic of the bridge's own,
//! which no hook sees. Code that catches this ten times is *abandoned*: it never runs again, and its
//! stack is leaked with all that lies on it, which [`Options::on_abandon`] and [`stats`] report. It is
//! abandoned without being unwound under `panic = "abort"`, and when the task that drops it is
//! panicking. Inside [`in_callback`] and in destructors that run because the greenlet itself panics
//! a refusal is never more than an error. A panic of a cancelled greenlet is logged by `tracing`; it
//! does not leave the drop.
//!
//! # Panics
//!
//! A panic of the function is raised again at the task that awaits it. A panic of an awaited future
//! is raised at the `await_`. While a thread unwinds nothing is suspended: `await_` answers
//! [`Error::Panicking`].
//!
//! # Threads
//!
//! A greenlet lives and dies on the thread that polled it first, so its future is not `Send`; give
//! the closure to a [`Host`] where a future has to be.
//!
//! ```compile_fail,E0277
//! # // fault: B10
//! fn send<T: Send>(_: T) {}
//! send(aludel_bridge::greenlet_spawn(|| Ok::<_, aludel_bridge::Error>(())));
//! ```
//!
//! A future can be forgotten, and then the stack is never freed; so the function owns what it uses.
//!
//! ```compile_fail,E0597
//! # // fault: B08, B09
//! let text = String::from("borrowed");
//! let borrowed = &text;
//! let greenlet = aludel_bridge::greenlet_spawn(move || Ok::<_, aludel_bridge::Error>(borrowed.len()));
//! ```
//!
//! # What must not be held across a wait
//!
//! Other tasks of the thread run while a greenlet is suspended. Code that would be correct on a thread
//! of its own can be wrong then:
//!
//! - A `MutexGuard` or a `RefCell`'s borrow that is held across a wait can deadlock or panic them.
//! - What a guard sets for the *thread* stays set for the others: a runtime's `enter`,
//!   `task_local!`'s `sync_scope`, the default subscriber of `tracing`. Spans of `tracing` are left and
//!   entered again; only a span that the task is in already and that the greenlet enters once more
//!   cannot be told apart, and stays entered.
//! - **A wait inside a scoped thread-local is memory unsafe**, although no `unsafe` is written. Such a
//!   scope, as `KEY.set(&value, || ..)` of the crate `scoped-tls`, keeps a pointer to a value on the
//!   stack, and puts the previous pointer back at its end. Two greenlets of one thread can end their
//!   scopes in the order in which they began them: the first puts back nothing, and its value ends. The
//!   second puts back the pointer to that value, and the next `KEY.with` reads freed memory. Every
//!   library whose coroutines have stacks brings this with it, and no such library can prevent it: the
//!   code in between was written for a thread that runs one thing at a time.
//!
//! [`without_suspending`] makes a scope safe by construction, whatever it calls: every wait inside is an
//! error.
//!
//! ```
//! use aludel_bridge::{Error, greenlet_spawn, without_suspending, yield_now};
//!
//! scoped_tls::scoped_thread_local!(static DEPTH: u32);
//!
//! fn visit() -> Result<(), Error> {
//!     DEPTH.set(&7, || without_suspending(|| {
//!         // Called by somebody, from somewhere.
//!         yield_now()
//!     }))
//! }
//!
//! # futures::executor::block_on(async {
//! let result = greenlet_spawn(visit).await;
//! assert!(matches!(result, Err(Error::SuspendForbidden)));
//! # });
//! ```
//!
//! # The end of a thread
//!
//! A greenlet that is still suspended when its thread ends, because its future is kept in a
//! thread-local, is abandoned: it may hold a reference into a thread-local that was destroyed before,
//! so nothing of it runs again.
//!
//! This is noticed when the future is *dropped*, by Rust's having removed the thread's signal stack.
//! It is not noticed where Rust gave the thread none (a library loaded by another language's
//! program, a handler of SIGSEGV installed before `main`), where the thread's first greenlet starts
//! in the destructor of a thread-local, and where such a destructor *polls* the future instead. These
//! three are memory unsafe, as a wait inside a scoped thread-local is. So a greenlet whose future is
//! kept in a thread-local must not wait inside the `with` of another one.
//!
//! # Coroutines of other libraries
//!
//! A greenlet may resume them, and they may poll greenlets. Which greenlet the calling code is in, is
//! decided by the stack that it runs on. So code on the stack of another library is in no greenlet, also
//! if one resumed it: there `await_` answers [`Error::MissingGreenlet`]. That holds for libraries which
//! only lend a larger stack too, such as `stacker`. A coroutine that is suspended in the middle of
//! anything may go on in another greenlet, or when the first has ended.
//!
//! # Coroutines of `may`
//!
//! With the feature `may`, whatever waits in a coroutine of that library parks the coroutine: `await_`,
//! [`sleep`] and [`sync`]. Its worker thread runs others meanwhile, and the coroutine may go on on
//! another one, so what must not be held across a wait in a greenlet must not be held there either.
//! Cancelling a coroutine unwinds it out of its wait, as `may` does everywhere. Greenlets keep to
//! their thread: a coroutine that polls one must not wait while the greenlet is suspended, and on a
//! greenlet's stack [`sync::park_on`] blocks the worker. So do waits inside [`in_callback`].
//!
//! # Stacks
//!
//! Stacks are pooled per thread. Each is 1 MiB of address space by default, of which only touched
//! pages cost memory, over a guard of 256 KiB that faults. A greenlet that overflows ends the process
//! with a message that names the thread and the size of the stack; if no stack can be had, the future
//! answers [`Error::Stack`]. Code of Rust touches large frames page by page, so it always meets the
//! guard. C code does so only if it was compiled with `-fstack-clash-protection`. *A single frame of
//! other code that is larger than the guard can step over it* and write into the stack of another
//! greenlet: code with such frames belongs on a thread, or on stacks that are large enough for it.
//!
//! A suspended greenlet takes one page and about 3 KiB of page tables. From Linux 6.13 on memory is the
//! only limit to their number; an older kernel guards some 28,000 stacks under the usual
//! `vm.max_map_count`, and the error says how to raise it.

mod backend;
mod bounds;
mod coroutine;
mod ending;
mod error;
mod frame;
mod greenlet;
mod guard;
#[cfg(feature = "host")]
mod host;
#[cfg(feature = "host")]
mod hosts;
#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "only workers run jobs"))]
mod job;
#[cfg(feature = "host")]
mod job_run;
mod on_cancel;
mod options;
mod overflow;
mod park;
mod parker;
mod primitives;
mod running;
mod signal_stack;
mod slab;
mod spans;
mod stack;
mod stack_pool;
mod suspending;
pub mod sync;
mod timer;
mod waiting;
#[cfg(feature = "host")]
mod worker;

pub use coroutine::in_coroutine;
pub use error::Error;
pub use greenlet::{Greenlet, greenlet_spawn, greenlet_spawn_with};
#[cfg(feature = "host")]
pub use host::{Host, HostedTask};
#[cfg(feature = "host")]
pub use hosts::{HostUse, Hosts};
pub use on_cancel::{OnCancel, on_cancel};
pub use options::Options;
pub use stack_pool::{Stats, set_stack_size, smallest_stack_size, stack_size, stats};
pub use suspending::without_suspending;
pub use waiting::{
    await_, can_await, checkpoint, greenlet_stack_size, in_callback, in_greenlet, is_cancelled,
    sleep, yield_now,
};
#[cfg(feature = "host")]
pub use worker::Worker;
