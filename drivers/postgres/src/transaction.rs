//! The ends of a transaction: known for sure, or reported as unknown.

use std::mem;

use aludel_core::dbapi::{Released, errors};
use aludel_core::error::{Error, ErrorKind};
use futures::future::try_join;
use futures::{FutureExt, TryStreamExt};
use tokio_postgres::{SimpleQueryMessage, SimpleQueryStream};

use crate::connection::PostgresConnection;
use crate::error::Failure;
use crate::pending::{PendingReply, collect};

/// How a commit went wrong.
enum Uncommitted {
    /// Before COMMIT was reached: the transaction is still there.
    Before(Failure),
    /// By COMMIT itself, which ends the transaction either way.
    Refused(Failure),
    /// With the answer lost.
    Unknown(Failure),
}

impl PostgresConnection {
    /// Commits what is open on the server.
    pub(crate) async fn commit_open(&mut self) -> Result<(), Failure> {
        self.hear_from_now().await?;
        // The end of the transaction closes its cursors.
        self.session.cursor_to_close = None;
        self.session.committing = true;
        let answer = self.send(self.session.commit_sql())?;
        let replies = collect(mem::take(&mut self.pending_replies));
        let answer = match try_join(replies, commit_answer(answer).map(Ok)).await {
            Ok(((), answer)) => answer,
            Err(failure) => Err(Uncommitted::Unknown(failure)),
        };
        self.session.committing = false;
        match answer {
            Ok(()) => {
                self.session.ended();
                Ok(())
            }
            Err(Uncommitted::Before(failure)) => {
                if !failure.is_end() {
                    self.roll_back().await?;
                }
                Err(aborted(failure))
            }
            Err(Uncommitted::Refused(failure)) => {
                self.session.leave_transaction();
                Err(aborted(failure))
            }
            Err(Uncommitted::Unknown(failure)) => {
                self.session.leave_transaction();
                Err(Failure::Broken(unknown(self.explain(failure).await)))
            }
        }
    }

    /// Rolls back and waits for the answer.
    pub(crate) async fn roll_back(&mut self) -> Result<(), Failure> {
        self.session.cursor_to_close = None;
        let answer = self.send("ROLLBACK")?;
        self.pending_replies.push(PendingReply::Boundary("ROLLBACK", answer));
        collect(mem::take(&mut self.pending_replies)).await?;
        self.session.ended();
        Ok(())
    }

    /// Pings the server.
    pub(crate) async fn sign_of_life(&mut self) -> Result<(), Failure> {
        let client = std::sync::Arc::clone(&self.client);
        self.after_pending_replies(async { Ok(client.check_connection().await?) }).await?;
        let wanted = self.session.wanted;
        let Some((question, _)) = wanted.question() else { return Ok(()) };
        let answer = self.client.simple_query(question).await?;
        wanted.check(&answer, "the session").map_err(no_longer_wanted)
    }

    /// Sends the ROLLBACK that is due, without waiting.
    pub(crate) fn release_session(&mut self) -> Released {
        let streaming =
            self.pending_replies.iter().any(|reply| matches!(reply, PendingReply::Rows(..)));
        if self.session.dirty || streaming || !self.is_alive() {
            self.session.dirty = true;
            return Released::Dirty;
        }
        if self.session.reset.is_some() {
            return Released::Dirty;
        }
        let due = self.session.may_be_open();
        if due && self.session.awaits_rollback {
            return Released::Dirty;
        }
        self.session.leave_transaction();
        self.session.cursor_to_close = None;
        if due {
            match self.send("ROLLBACK") {
                Ok(answer) => self.pending_replies.push(PendingReply::Boundary("ROLLBACK", answer)),
                Err(_) => {
                    self.session.dirty = true;
                    return Released::Dirty;
                }
            }
            self.session.raw_transaction = false;
        }
        Released::Clean
    }
}

/// The session of a server whose part has changed, such as a primary that is a standby now.
pub(crate) fn no_longer_wanted(mut error: Error) -> Failure {
    error.set_disconnect(true);
    Failure::Ended(error)
}

/// The first column of all rows, as one text of statements.
pub(crate) fn texts(answer: &[SimpleQueryMessage]) -> String {
    let rows = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    rows.collect::<Vec<_>>().join(";")
}

/// The error for a commit whose answer was lost, because of something.
pub(crate) fn unknown(cause: Error) -> Error {
    errors::commit_unknown(cause)
}

/// Reads the two answers.
async fn commit_answer(
    mut stream: std::pin::Pin<Box<SimpleQueryStream>>,
) -> Result<(), Uncommitted> {
    let mut completed = 0;
    loop {
        match stream.try_next().await {
            Ok(Some(SimpleQueryMessage::CommandComplete(_))) => completed += 1,
            Ok(Some(_)) => {}
            Ok(None) if completed == 2 => return Ok(()),
            Ok(None) => {
                let odd =
                    errors::protocol_violation("tokio-postgres", "an answer to one half of COMMIT");
                return Err(Uncommitted::Unknown(Failure::Broken(odd)));
            }
            Err(error) => {
                let answered = error.as_db_error().is_some();
                let failure = Failure::from(error);
                return Err(match (&failure, completed) {
                    (_, 0) if answered => Uncommitted::Before(failure),
                    (Failure::Refused(_), _) => Uncommitted::Refused(failure),
                    _ => Uncommitted::Unknown(failure),
                });
            }
        }
    }
}

/// The error for a commit that found its transaction aborted, or ended, or was answered by a rollback.
pub(crate) fn aborted(failure: Failure) -> Failure {
    match failure {
        // PostgreSQL itself does not answer so; databases that are spread over several servers do.
        Failure::Refused(error) if error.sqlstate() == Some("40003") => {
            errors::commit_in_doubt(error).into()
        }
        Failure::Refused(error) if error.sqlstate().is_some_and(|state| state.starts_with("40")) => {
            errors::commit_rolled_back(error).into()
        }
        Failure::Refused(error) if error.sqlstate() == Some("25P01") => errors::transaction_ended_before()
        .with_details(error.details().clone())
        .with_source(error)
        .into(),
        Failure::Refused(error) if error.sqlstate() == Some("25P02") => Error::new(
            ErrorKind::TransactionAborted,
            "nothing was committed: the transaction was rolled back, because an earlier statement in \
             it had failed; use begin_nested() around what may fail",
        )
        .with_details(error.details().clone())
        .with_source(error)
        .into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use aludel_core::error::Details;

    use super::*;

    #[test]
    fn what_an_answer_to_commit_says_of_the_transaction() {
        for (state, kind, retryable) in [
            ("40001", ErrorKind::TransactionAborted, true),
            ("40P01", ErrorKind::TransactionAborted, true),
            ("40003", ErrorKind::CommitUnknown, false),
            ("25P02", ErrorKind::TransactionAborted, true),
            ("23505", ErrorKind::Operational, true),
        ] {
            let details =
                Details { sqlstate: Some(state.to_owned()), retryable: true, ..Details::default() };
            let refused = Error::new(ErrorKind::Operational, "refused").with_details(details);
            let failure = aborted(Failure::Refused(refused));
            let Failure::Refused(error) = failure else { panic!("the session goes on") };
            assert_eq!((error.kind(), error.is_retryable()), (kind, retryable), "{state}");
        }
    }
}
