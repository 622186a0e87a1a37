//! *Run*: the one call of the driver, between its two events. A statement that nobody looks at is sent,
//! and no more.

use std::sync::Arc;

use tracing::dispatcher;

use super::connection::{Connection, Inner};
use super::events::{
    AfterCursorExecute, AllEngines, BeforeCursorExecute, BeforeExecute, ExecutedStatement,
    Listeners, Listens, Parameters,
};
use super::watch::Watch;
use super::{by_cursor, echo};
use crate::dbapi::{self, ExecutionOptions, Outcome, RowSink, Statement, StatementKind, errors};
use crate::error::{Error, Result};
use crate::event::{Chain, Event};
use crate::sql::Params;
use crate::value::Value;

/// How the driver prepares a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preparation {
    /// In its cache, unless the options say otherwise.
    Cached,
    /// For this execution alone.
    Once,
    /// Under the number of a [`Prepared`].
    Handle(u64),
}

impl Preparation {
    /// What comes once is not worth a place in a cache.
    pub(super) fn of(again: bool) -> Self {
        if again { Self::Cached } else { Self::Once }
    }
}

impl Connection {
    /// *Run*: the one call of the driver, between its two events.
    #[inline]
    pub(super) fn run(
        &mut self,
        statement: &Statement,
        preparation: Preparation,
        parameters: Parameters,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        match parameters {
            Parameters::One(values) if self.is_unobserved() => {
                self.run_unobserved(statement, preparation, values, sink)
            }
            parameters => self.run_observed(statement, preparation, parameters, sink),
        }
    }

    /// Whether nobody listens to statements, logs or times them, and the session is the connection's.
    #[inline]
    pub(super) fn is_unobserved(&self) -> bool {
        !dispatcher::has_been_set() && self.0.engine.is_plain() && self.0.is_unheard()
    }

    /// *Run* without all that is for those who look on.
    #[inline(never)]
    fn run_unobserved(
        &mut self,
        statement: &Statement,
        preparation: Preparation,
        values: Vec<Value>,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        self.ready()?;
        self.dbapi_for(statement)?;
        match self.send(statement, preparation, &values, sink) {
            Ok(done) => {
                self.keep_buffer(values);
                Ok(done)
            }
            Err(error) => Err(self.failed(error, Some(statement.sql()))),
        }
    }

    /// The same of a statement that the session has prepared, or prepares, for the owner of a number.
    #[inline]
    pub(super) fn run_prepared(
        &mut self,
        number: u64,
        statement: &Statement,
        values: Vec<Value>,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        self.ready()?;
        let (pooled, options) = self.session_and_options()?;
        pooled.note(statement);
        let done = match pooled.prepared(number, statement, options) {
            Ok(handle) => pooled.connection().execute_prepared(handle, &values, options, sink),
            Err(error) => Err(error),
        };
        match done {
            Ok(done) => {
                self.keep_buffer(values);
                Ok(done)
            }
            Err(error) => Err(self.failed(error, Some(statement.sql()))),
        }
    }

    #[inline(never)]
    fn run_observed(
        &mut self,
        statement: &Statement,
        mut preparation: Preparation,
        mut parameters: Parameters,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let rewritten = self.prepare_execution(statement, &mut parameters)?;
        let statement = match &rewritten {
            Some(rewritten) => {
                // What a listener has replaced is not what was prepared.
                if rewritten != statement {
                    preparation = Preparation::Cached;
                }
                rewritten
            }
            None => statement,
        };
        let timed = self.has_listeners(|to| &to.after_cursor_execute);
        let heard = self.hear_notices(statement)?;
        let watch = Watch::begin(&self.0, statement.sql(), Some(&parameters), timed);
        self.dbapi_for(statement)?;
        let done = match &parameters {
            Parameters::One(values) => self.send(statement, preparation, values, sink),
            Parameters::Many(sets) => self.send_many(statement, sets, sink),
        };
        let elapsed = watch.end(&self.0.engine, statement.sql(), done.as_ref().err());
        let notices = self.taken_notices(heard, done.is_ok());
        let done = done.map_err(|error| self.failed(error, Some(statement.sql())));
        self.rest();
        let done = self.tell_notices(&notices, statement.sql(), done)?;
        if let Parameters::One(values) = parameters {
            self.keep_buffer(values);
        }
        let rowcount = done.rowcount;
        self.deliver(
            |to| &to.after_cursor_execute,
            |chain, connection| {
                let mut event = AfterCursorExecute { connection, statement, rowcount, elapsed };
                chain.fire(&mut event)
            },
        )?;
        Ok(done)
    }

    /// Gets a statement ready to be sent: begins a transaction if need be, and calls the listeners,
    /// whose replacement of the text is returned.
    #[inline]
    pub(super) fn prepare_execution(
        &mut self,
        statement: &Statement,
        parameters: &mut Parameters,
    ) -> Result<Option<Statement>> {
        self.ready()?;
        let mut rewritten = None;
        if self.has_listeners(|to| &to.before_cursor_execute) {
            rewritten = Some(self.before_cursor(statement.clone(), parameters)?);
        }
        let sent = rewritten.as_ref().unwrap_or(statement);
        if self.0.engine.is_observed() && (self.0.engine.is_split() || self.0.needs_session()) {
            // What is logged and traced names the session, which outside of a transaction the statement chooses.
            self.dbapi_for(sent)?;
        }
        echo::statement(&self.0, sent.sql(), parameters);
        Ok(rewritten)
    }

    /// Sends a statement for one set of parameters to the session that was taken for it.
    #[inline]
    fn send(
        &mut self,
        statement: &Statement,
        preparation: Preparation,
        values: &[Value],
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let Inner { pooled: Some(pooled), options, .. } = &mut *self.0 else {
            return Err(no_session());
        };
        match preparation {
            Preparation::Handle(number) => {
                let handle = pooled.prepared(number, statement, options)?;
                pooled.connection().execute_prepared(handle, values, options, sink)
            }
            Preparation::Once if options.cache_statement => {
                let mut once = options.clone();
                once.cache_statement = false;
                execute(pooled.connection(), statement, values, &once, sink)
            }
            Preparation::Cached | Preparation::Once => {
                execute(pooled.connection(), statement, values, options, sink)
            }
        }
    }

    /// The same for each of many sets.
    fn send_many(
        &mut self,
        statement: &Statement,
        sets: &[Vec<Value>],
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        match &mut *self.0 {
            Inner { pooled: Some(pooled), options, .. } => {
                pooled.connection().execute_many(statement, sets, options, sink)
            }
            _ => Err(no_session()),
        }
    }

    /// Keeps the vector of the values for the next statement, unless it is a large one or of no use.
    #[inline]
    fn keep_buffer(&mut self, mut values: Vec<Value>) {
        const MOST: usize = 64;
        if (self.0.spare.capacity() + 1..=MOST).contains(&values.capacity()) {
            values.clear();
            self.0.spare = values;
        }
    }

    /// The empty vector of the values of an earlier statement, for those of the next.
    #[doc(hidden)]
    #[must_use]
    pub fn take_spare_values(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.0.spare)
    }

    #[inline]
    pub(super) fn before_execute(
        &mut self,
        statement: ExecutedStatement<'_>,
        parameters: &[Params],
    ) -> Result<()> {
        if self.0.is_unheard() || !self.has_listeners(|to| &to.before_execute) {
            return Ok(());
        }
        self.tell_before_execute(statement, parameters)
    }

    #[cold]
    fn tell_before_execute(
        &mut self,
        statement: ExecutedStatement<'_>,
        parameters: &[Params],
    ) -> Result<()> {
        let execution_options = self.0.options.clone();
        self.deliver(
            |to| &to.before_execute,
            |chain, connection| {
                let execution_options = execution_options.clone();
                let mut event =
                    BeforeExecute { connection, statement, parameters, execution_options };
                chain.fire(&mut event)
            },
        )
    }

    #[cold]
    fn before_cursor(
        &mut self,
        mut statement: Statement,
        parameters: &mut Parameters,
    ) -> Result<Statement> {
        let execution_options = self.0.options.clone();
        self.deliver(
            |to| &to.before_cursor_execute,
            |chain, connection| {
                let mut event = BeforeCursorExecute {
                    connection,
                    execution_options: execution_options.clone(),
                    statement: statement.clone(),
                    parameters: std::mem::replace(parameters, Parameters::One(Vec::new())),
                };
                let fired = chain.fire(&mut event);
                (statement, *parameters) = (event.statement, event.parameters);
                fired
            },
        )?;
        // A listener may have ended the transaction with SQL of its own.
        self.ready()?;
        Ok(statement)
    }

    #[inline]
    pub(super) fn has_listeners<K: Event>(&self, chain: fn(&Listeners) -> &Chain<K>) -> bool {
        chain(self.0.engine.listeners()).has_listeners()
            || chain(AllEngines.listeners()).has_listeners()
            || chain(&self.0.listeners).has_listeners()
    }

    /// Delivers an event that carries the connection: to the listeners of all engines, of the
    /// engine, of the connection.
    #[inline]
    pub(super) fn deliver<K: Event>(
        &mut self,
        chain: fn(&Listeners) -> &Chain<K>,
        mut fire: impl FnMut(&Chain<K>, &mut Self) -> Result<()>,
    ) -> Result<()> {
        if !self.has_listeners(chain) {
            return Ok(());
        }
        let (engine, own) = (self.0.engine.clone(), Arc::clone(&self.0.listeners));
        self.without_statement_options(|this| {
            [AllEngines.listeners(), engine.listeners(), &*own]
                .into_iter()
                .try_for_each(|listeners| this.lend(|this| fire(chain(listeners), this)))
        })
    }
}

impl Inner {
    /// Whether nobody has ever listened to the statements that run here.
    #[inline]
    fn is_unheard(&self) -> bool {
        [self.engine.listeners(), AllEngines.listeners(), &*self.listeners]
            .into_iter()
            .all(Listeners::is_unheard)
    }
}

fn execute(
    connection: &mut dyn dbapi::Connection,
    statement: &Statement,
    values: &[Value],
    options: &ExecutionOptions,
    sink: &mut dyn RowSink,
) -> Result<Outcome> {
    if options.streams_results() && statement.kind() == StatementKind::Select {
        return by_cursor::execute(connection, statement, values, options, sink);
    }
    connection.execute(statement, values, options, sink)
}

#[cold]
fn no_session() -> Error {
    errors::impossible("the connection has no session")
}
