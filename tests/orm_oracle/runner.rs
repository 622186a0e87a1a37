//! Runs a program on a database, blocking or awaited, and answers with its trace.

use std::panic::{AssertUnwindSafe, catch_unwind};

use aludel::{AsyncEngine, Error, Local, Result};
use futures::FutureExt as _;
use tracing::dispatcher;
use tracing::instrument::WithSubscriber;

use crate::cases::{Case, Run};
use crate::item::Item;
use crate::place::Place;
use crate::record::Db;
use crate::trace::{Trace, TraceLog};

/// How a program is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Blocking,
    /// In greenlets of this thread.
    Local,
}

/// The trace of a program; `None` if the database is not there, or the program is for the other mode.
pub(crate) fn run(case: &Case, db: Db, mode: Mode) -> Option<Result<Vec<Item>, String>> {
    if matches!((case.run, mode), (Run::Awaited(_), Mode::Blocking)) {
        return None;
    }
    let place = Place::new(db, case.has_foreign_keys)?;
    let log = TraceLog::default();
    let done = match (mode, case.run) {
        (Mode::Blocking, Run::Sync(program)) => {
            let trace = Trace::new(&place, true, log.clone()).expect("an engine");
            let done = dispatcher::with_default(&log.dispatch(), || caught(program, &trace));
            trace.engine.dispose();
            done
        }
        (_, run) => awaited(run, &place, &log),
    };
    let trace = log.take();
    Some(match done {
        Ok(()) => Ok(trace),
        Err(why) => {
            let last = trace.iter().rev().find_map(Item::observation);
            Err(format!("ended with {why}, behind `{}`", last.unwrap_or_default()))
        }
    })
}

/// Runs a synchronous program, which may panic.
fn caught(program: fn(&Trace) -> Result<()>, trace: &Trace) -> Result<(), String> {
    ended(catch_unwind(AssertUnwindSafe(|| program(trace))))
}

fn ended(done: std::thread::Result<Result<()>>) -> Result<(), String> {
    match done {
        Ok(done) => done.map_err(described),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!("a panic: {}", text.unwrap_or_default()))
        }
    }
}

fn described(error: Error) -> String {
    format!("{:?}: {error}", error.kind())
}

fn awaited(run: Run, place: &Place, log: &TraceLog) -> Result<(), String> {
    let trace = Trace::new(place, false, log.clone()).expect("an engine");
    let engine = AsyncEngine::<Local>::new(trace.engine.clone()).expect("a host");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let work = async {
        let done = match run {
            Run::Awaited(program) => {
                let program = AssertUnwindSafe(program(trace, engine.clone()));
                ended(program.catch_unwind().await)
            }
            Run::Sync(program) => {
                let done = engine.run_sync(move |_| Ok(caught(program, &trace))).await;
                done.map_err(described).and_then(|done| done)
            }
        };
        engine.dispose().await.map_err(described)?;
        done
    };
    runtime.expect("a runtime").block_on(work.with_subscriber(log.dispatch()))
}
