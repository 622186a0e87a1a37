//! Running one statement to its end.
//!
//! Most statements are prepared already, no reply is pending, and nothing has to be sent before them.
//! [`PostgresConnection::run`] is one small future for these. Whatever else may be necessary is in a
//! future of its own that is allocated when it is needed.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;

use aludel_core::dbapi::{Outcome, RowSink, Statement, StatementHandle, StatementKind};
use aludel_core::error::Result;
use aludel_core::value::Value;
use tokio::runtime::Handle;
use tokio_postgres::RowStream;

use crate::connection::PostgresConnection;
use crate::error::Failure;
use crate::exchange::{Pushing, check_count, drain_after, drain_counting, push, push_all};
use crate::session::{Keep, Transaction};
use crate::shortcut::Ran;
use crate::statements::{Prepared, kinds};
use crate::value::Bound;

/// A future that has the runtime around it, which is entered for each poll if there is a handle.
fn in_runtime<T>(
    handle: Option<Handle>,
    future: impl Future<Output = T>,
) -> impl Future<Output = T> {
    let mut future = Box::pin(future);
    poll_fn(move |context| {
        let _entered = handle.as_ref().map(Handle::enter);
        future.as_mut().poll(context)
    })
}

/// What is to run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// A statement.
    Statement(&'a Statement, Keep),
    /// The statement of a handle.
    Handle(StatementHandle),
}

impl PostgresConnection {
    /// Runs a statement to its end, and moves the connection's bytes meanwhile.
    pub(crate) async fn run(
        &mut self,
        target: Target<'_>,
        params: &[Value],
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let link = self.task.link().clone();
        let direct = Arc::clone(&self.direct);
        let running = pin!(self.run_to_end(target, params, sink));
        let mut driving = link.drive(running);
        poll_fn(|context| {
            if direct.look() {
                driving.look_again();
            }
            Pin::new(&mut driving).poll(context)
        })
        .await
    }

    async fn run_to_end(
        &mut self,
        target: Target<'_>,
        params: &[Value],
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let Some(prepared) = self.enter_ready(target, params)? else {
            let handle = self.leave_direct(false);
            return in_runtime(handle, self.run_planned(target, params, sink, None)).await;
        };
        // All that is awaited from here on comes by the socket.
        let is_direct = self.direct.take();
        let was_announced = match self.run_past_crate(&prepared, params, sink).await {
            Ran::Done(outcome) => {
                self.close_exchange(is_direct);
                return Ok(outcome);
            }
            Ran::Unread(error) => {
                let handle = self.leave_direct(is_direct);
                return in_runtime(handle, self.leave_unread(error)).await;
            }
            Ran::ByCrate { announced } => announced,
        };
        let bound = params.iter().map(Bound);
        let started = self.client.query_raw(&prepared.statement, bound).await;
        self.shortcut.require_handed_over();
        let mut stream = match started {
            Ok(stream) => pin!(stream),
            Err(error) => {
                let failure = Some(error.into());
                let handle = self.leave_direct(is_direct);
                return in_runtime(handle, self.run_planned(target, params, sink, failure)).await;
            }
        };
        let mut announced = Ok(());
        if !(was_announced || prepared.columns.is_empty()) {
            announced = sink.columns(&prepared.columns);
        }
        let pushed = match announced {
            Ok(()) => push(stream.as_mut(), &prepared, sink, usize::MAX).await,
            Err(error) => Err(Pushing::Sink(error)),
        };
        match pushed {
            Ok(_) => {
                self.close_exchange(is_direct);
                Ok(Outcome::rows(stream.rows_affected().unwrap_or(0)))
            }
            Err(pushing) => {
                let handle = self.leave_direct(is_direct);
                in_runtime(handle, self.leave_failed(stream, pushing)).await
            }
        }
    }

    /// Closes an exchange of which all is known.
    fn close_exchange(&mut self, is_direct: bool) {
        self.session.dirty = false;
        if is_direct {
            // Nobody has asked the runtime to say when there is more.
            self.task.link().look_again();
        }
    }

    /// From here on the runtime is needed. It is to be entered if the thread waits for the socket itself, or has done so: a
    /// socket that was closed meanwhile is not waited for any more.
    fn leave_direct(&self, was_taken: bool) -> Option<Handle> {
        let is_outside = self.direct.leave() || was_taken;
        is_outside.then(|| self.handle.clone())
    }

    /// Opens an exchange for a statement that can be sent at once: it is prepared, no reply is
    /// pending, and nothing must be sent before it. `None` is for all others, and for errors that
    /// [`run_planned`](Self::run_planned) reports.
    fn enter_ready(
        &mut self,
        target: Target<'_>,
        params: &[Value],
    ) -> Result<Option<Arc<Prepared>>> {
        if let Target::Handle(handle) = target {
            self.session.check_handle(handle)?;
        }
        check_count(params)?;
        self.check()?;
        let found = match target {
            Target::Statement(statement, keep) => {
                self.session.note_raw_statement(statement);
                self.session.find_prepared(statement, kinds(statement, params), keep)
            }
            Target::Handle(handle) => self.session.find_held(handle, params),
        };
        let Some(prepared) = found else { return Ok(None) };
        let ready = self.pending_replies.is_empty()
            && self.session.cursor_to_close.is_none()
            && self.session.transaction != Transaction::Requested
            && !self.session.limit.is_due()
            && prepared.statement.params().len() == params.len();
        if !ready {
            return Ok(None);
        }
        self.session.dirty = true;
        Ok(Some(prepared))
    }

    /// Runs a statement with everything that may be necessary. With a failure it is run again, if
    /// the failure says that it was prepared for tables that have changed.
    async fn run_planned(
        &mut self,
        target: Target<'_>,
        params: &[Value],
        sink: &mut dyn RowSink,
        failure: Option<Failure>,
    ) -> Result<Outcome> {
        let (statement, keep) = match target {
            Target::Statement(statement, keep) => (statement.clone(), keep),
            Target::Handle(handle) => (self.session.held_statement(handle)?, Keep::Held(handle)),
        };
        if failure.is_none() {
            self.enter()?;
        }
        let outcome = self.plan_and_push(&statement, params, keep, sink, failure).await;
        self.leave(outcome).await
    }

    async fn plan_and_push(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
        sink: &mut dyn RowSink,
        failure: Option<Failure>,
    ) -> Result<Outcome, Failure> {
        let first = failure.is_none();
        match failure {
            Some(failure) if failure.is_stale() => {
                let before = self.session.transaction;
                self.replan(statement, keep, before, failure).await?;
            }
            Some(failure) => return Err(failure),
            None => {
                self.hear_from_now().await?;
                self.session.note_raw_statement(statement);
            }
        }
        if statement.kind() == StatementKind::Ddl && params.is_empty() {
            return drain_counting(self.start_unnamed(statement).await?).await;
        }
        let (prepared, stream) = self.start_planned(statement, params, keep, first).await?;
        push_all(stream, &prepared, sink, self.recovery_budget).await
    }

    /// Closes an exchange in which the rows could not be pushed.
    async fn leave_failed(
        &mut self,
        mut stream: Pin<&mut RowStream>,
        pushing: Pushing,
    ) -> Result<Outcome> {
        let failure = match pushing {
            Pushing::Server(failure) => failure,
            Pushing::Sink(error) => drain_after(&mut stream, error, self.recovery_budget).await,
        };
        self.leave(Err(failure)).await
    }
}
