//! Opening a stream: as an execution, up to the call of the driver.

use super::connection::Connection;
use super::events::{ExecutedStatement, Parameters};
use super::own_cursor::OwnCursor;
use super::stream::{OpenStream, StreamResult};
use super::watch::Watch;
use crate::dbapi::{Cursor, ExecutionOptions, IsolationLevel, Statement, errors};
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
        let (statement, values, options) = match statement.own_options() {
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
        }?;
        let watch = Watch::begin(&self.0, statement.sql(), None, false);
        let alone = self.take_session();
        let (pooled, mut on_error) = self.0.for_cursor(options.timeout.is_some());
        let mut unused = None;
        let opened = match (alone, pooled) {
            (Some(alone), _) => match OwnCursor::open(alone, &statement, &values, &options) {
                Ok(cursor) => Ok(Box::new(cursor) as Box<dyn Cursor + '_>),
                Err(failed) => {
                    let (alone, error) = *failed;
                    unused = Some(alone);
                    Err(error)
                }
            },
            (None, Some(pooled)) => pooled.connection().open_cursor(&statement, &values, &options),
            (None, None) => Err(errors::impossible("the connection has no session")),
        };
        watch.end(on_error.engine(), statement.sql(), opened.as_ref().err());
        match opened {
            Ok(cursor) => Ok(OpenStream { cursor, statement, options, on_error }),
            // A session that is of no use any more is given up at the next use.
            Err(error) => {
                let error = on_error.apply(error, Some(statement.sql()));
                if let Some(unused) = unused {
                    on_error.give_back(unused);
                }
                Err(error)
            }
        }
    }

    /// Gets a stream ready to be opened: its text, its values, its options.
    fn plan_stream(
        &mut self,
        statement: &dyn ClauseElement,
    ) -> Result<(Statement, Vec<Value>, ExecutionOptions)> {
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
        let statement = rewritten.unwrap_or(planned.statement);
        let Parameters::One(values) = parameters else {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "a before_cursor_execute listener gave a stream many sets of parameters",
            ));
        };
        self.dbapi_for(&statement)?;
        self.hear_notices(&statement)?;
        Ok((statement, values, self.0.options.clone()))
    }
}
