//! The ends of a transaction: reported as certain, or as unknown.

use std::time::Instant;

use aludel_core::dbapi::{SessionReset, errors};

use super::connection::BlockingConnection;
use crate::error::Failure;
use crate::session::PREPARED_BY_SQL;
use crate::transaction::{aborted, no_longer_wanted, texts, unknown};

impl BlockingConnection {
    /// Commits what is open on the server.
    ///
    /// A session that the server had ended before is found out by the same answer as one that it
    /// ends now, so the outcome is said to be unknown in either case.
    pub(super) fn commit_open(&mut self) -> Result<(), Failure> {
        let committed = self.client.simple_query(self.session.commit_sql());
        let failure = match committed {
            Ok(_) => {
                self.session.ended();
                return Ok(());
            }
            Err(error) => Failure::from(error),
        };
        match &failure {
            Failure::Refused(error) => {
                // COMMIT itself refuses for these, and ends the transaction. For all else it may
                // not have been reached: the crate does not report which of the two it was.
                let state = error.sqlstate().and_then(|state| state.get(..2));
                if matches!(state, Some("23" | "40")) {
                    self.session.ended();
                } else {
                    self.roll_back()?;
                }
                Err(aborted(failure))
            }
            _ => {
                self.session.leave_transaction();
                let cause = self.explain(failure);
                Err(Failure::Broken(unknown(cause)))
            }
        }
    }

    /// Rolls back and waits for the answer.
    pub(super) fn roll_back(&mut self) -> Result<(), Failure> {
        self.client
            .batch_execute("ROLLBACK")
            .map_err(|error| Failure::from(error).breaking("ROLLBACK failed", true))?;
        self.session.ended();
        Ok(())
    }

    /// Rolls back, and cleans what else is to be cleaned.
    pub(super) fn clean(&mut self) -> Result<(), Failure> {
        let all = self.session.reset == Some(SessionReset::All);
        let (roll_back, reset) = self.session.clean_sql(false);
        self.client.batch_execute(roll_back)?;
        self.session.ended();
        if all {
            self.client.batch_execute(reset)?;
            let prepared = texts(&self.client.simple_query(PREPARED_BY_SQL)?);
            self.client.batch_execute(&prepared)?;
        }
        Ok(())
    }

    /// Pings the server.
    pub(super) fn sign_of_life(&mut self, deadline: Instant) -> Result<(), Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.client.is_valid(left) {
            Err(_) if Instant::now() >= deadline => Err(Failure::Broken(errors::ping_timed_out())),
            answer => {
                answer?;
                let wanted = self.session.wanted;
                let Some((question, _)) = wanted.question() else { return Ok(()) };
                let answer = self.client.simple_query(question)?;
                wanted.check(&answer, "the session").map_err(no_longer_wanted)
            }
        }
    }
}
