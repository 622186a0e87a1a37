//! Opening a stream: as an execution, up to the call of the driver.

use super::connection::Connection;
use super::events::{ExecutedStatement, Parameters};
use super::notices::{or_logged, taken};
use super::own_cursor::{StreamCursor, Unused};
use super::stream::{OpenStream, StreamResult};
use super::violation::with_violated_key;
use super::watch::Watch;
use crate::dbapi::{ExecutionOptions, IsolationLevel, Statement, errors};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{ClauseElement, Executable};
use crate::value::Value;

impl Connection {
    /// Runs a statement and leaves it open, to read its rows in portions.
    ///
    /// `after_cursor_execute` is not delivered for it: while the statement is open, nothing else
    /// can run on the connection.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn stream<E: Executable>(&mut self, statement: E) -> Result<StreamResult<'_, E::Row>> {
        self.open_stream(&statement).map(StreamResult::new)
    }

    /// All of [`stream`](Self::stream) but the type of the statement and that of its rows.
    fn open_stream(&mut self, statement: &dyn ClauseElement) -> Result<OpenStream<'_>> {
        let planned = match statement.own_options() {
            Some(options) if options.isolation_level == Some(IsolationLevel::Autocommit) => {
                return Err(Error::new(
                    ErrorKind::Argument,
                    "a stream cannot be committed by itself, since its rows are read behind its statement; \
                     set the isolation level of the connection, or execute the statement",
                ));
            }
            Some(options) => {
                self.with_statement_options(options.clone(), |this| this.plan_stream(statement))
            }
            None => self.plan_stream(statement),
        };
        // Who looks on may have had the session taken already.
        let (statement, values, options, heard) = planned.inspect_err(|_| self.rest())?;
        let watch = Watch::begin(&self.0, statement.sql(), None, false);
        let alone = self.take_session();
        let (pooled, mut on_error) = self.0.for_cursor(options.timeout.is_some());
        let session = match (alone, pooled) {
            (Some(alone), _) => Unused::Alone(alone),
            (None, Some(pooled)) => Unused::Lent(pooled),
            (None, None) => return Err(errors::impossible("the connection has no session")),
        };
        let opened = StreamCursor::open(session, &statement, &values, &options);
        let failure = opened.as_ref().err().map(|failed| &failed.1);
        watch.end(on_error.engine(), statement.sql(), failure);
        match opened {
            Ok(mut cursor) => {
                if heard {
                    let notices = or_logged(cursor.take_notices(false));
                    on_error.tell_notices(&notices, statement.sql())?;
                }
                Ok(OpenStream { cursor, statement, options, on_error, heard })
            }
            Err(failed) => {
                let (mut unused, error) = *failed;
                let session = unused.session();
                let notices = taken(session, heard, false);
                let error = with_violated_key(
                    on_error.engine().dialect(),
                    Some(session),
                    options.timeout,
                    error,
                    Some(statement.sql()),
                );
                // A session that is of no use any more is given up at the next use.
                let error = on_error.apply(error, Some(statement.sql()));
                // An error of the listener is nothing beside it.
                let _ = on_error.tell_notices(&notices, statement.sql());
                if let Unused::Alone(unused) = unused {
                    on_error.give_back(unused);
                }
                Err(error)
            }
        }
    }

    /// Gets a stream ready to be opened: its text, its values, its options, and whether somebody listens to what the
    /// server remarks of it.
    fn plan_stream(
        &mut self,
        statement: &dyn ClauseElement,
    ) -> Result<(Statement, Vec<Value>, ExecutionOptions, bool)> {
        let own = std::slice::from_ref(statement.params());
        self.before_execute(ExecutedStatement::Element(statement), own)?;
        let spare = self.take_spare_values();
        let planned =
            self.engine().plans(&self.0.options).plan(statement, self.engine().dialect(), spare)?;
        if planned.more.is_some() {
            return Err(Error::new(
                ErrorKind::Argument,
                "the rows of the insert are more than one statement takes; execute it, which sends \
                 several, instead of reading its rows as a stream",
            ));
        }
        let mut parameters = Parameters::One(planned.values);
        let rewritten = self.prepare_execution(&planned.statement, &mut parameters)?;
        let statement = rewritten.unwrap_or_else(|| planned.statement.clone());
        let Parameters::One(values) = parameters else {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "a before_cursor_execute listener gave a stream many sets of parameters",
            ));
        };
        self.dbapi_for(&statement)?;
        let heard = self.hear_notices(&statement)?;
        Ok((statement, values, self.0.options.clone(), heard))
    }
}
