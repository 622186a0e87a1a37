//! Rows in portions, from a cursor on the server or from memory.

use std::mem;
use std::sync::Arc;
use std::time::Duration;
use std::vec;

use aludel_core::dbapi::{Columns, Cursor, ExecutionOptions, RowSink, ServerNotice, Statement};
use aludel_core::error::Result;
use aludel_core::value::Value;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::connection::BlockingConnection;
use super::exchange::{as_sql, bound, push};
use crate::error::Failure;
use crate::session::{Keep, Transaction, can_be_declared, fetch_sql};
use crate::statements::{Kind, Prepared, kinds};
use crate::value::{Bound, PgRow};

/// The rows of an open statement.
///
/// A SELECT has a cursor on the server, outside of a transaction one that was materialized there,
/// and between two portions nothing is under way. The rows of all else are held in memory: an
/// iterator of the crate that was not read to its end would keep the connection busy.
pub(super) struct BlockingCursor<'c> {
    connection: &'c mut BlockingConnection,
    columns: Arc<Columns>,
    source: Source,
    timeout: Option<Duration>,
}

enum Source {
    /// A cursor on the server, with the FETCH that is prepared, for so many rows.
    Declared { number: u64, portion: usize, fetch: Arc<Prepared>, exhausted: bool },
    /// All rows.
    Held { rows: vec::IntoIter<Row>, prepared: Arc<Prepared> },
    /// Nothing is left to do.
    Ended,
}

pub(super) fn open<'c>(
    connection: &'c mut BlockingConnection,
    statement: &Statement,
    params: &[Value],
    options: &ExecutionOptions,
) -> Result<BlockingCursor<'c>> {
    // Its rows are on the server, or here as soon as they have come: no pause of the program concerns it.
    connection.session.limit.enter(statement, options);
    let outside = connection.session.transaction == Transaction::None;
    // Outside of a transaction a pooler may give the next portion to another session.
    let declares =
        can_be_declared(statement) && !(outside && connection.session.is_pooled_by_transaction());
    if declares && outside {
        connection.session.limit.enter_in_part();
    }
    let source = connection.exchange_within(options.timeout, |this| {
        if declares {
            this.declare(statement, params, options.portion)
        } else {
            this.hold(statement, params, Keep::of(options))
        }
    })?;
    let columns = match &source {
        Source::Declared { fetch: prepared, .. } | Source::Held { prepared, .. } => {
            Arc::clone(&prepared.columns)
        }
        Source::Ended => Arc::default(),
    };
    Ok(BlockingCursor { connection, columns, source, timeout: options.timeout })
}

impl BlockingConnection {
    /// Declares a cursor and prepares its FETCH.
    fn declare(
        &mut self,
        statement: &Statement,
        params: &[Value],
        portion: usize,
    ) -> Result<Source, Failure> {
        let types = self.cursor_types(statement, params)?;
        self.session.note_raw_statement(statement);
        self.before_statement()?;
        // Outside of a transaction a cursor is gone with the statement that declares it.
        let open = self.session.transaction == Transaction::Open;
        let (number, declare) =
            self.session.declare_sql(if open { "" } else { "WITH HOLD " }, statement);
        let bound = bound(params);
        let typed: Vec<(&(dyn ToSql + Sync), Type)> =
            as_sql(&bound).into_iter().zip(types).collect();
        self.client.execute_typed(&declare, &typed)?;
        // Unless its FETCH can be prepared.
        self.session.cursor_to_close = Some(number);
        let fetch = self.prepare(&fetch_sql(portion, number), &[])?;
        self.session.cursor_to_close = None;
        Ok(Source::Declared { number, portion, fetch: Arc::new(fetch), exhausted: false })
    }

    /// The types of the parameters of a cursor. What the server makes of an array is known when the
    /// statement is prepared.
    fn cursor_types(
        &mut self,
        statement: &Statement,
        params: &[Value],
    ) -> Result<Vec<Type>, Failure> {
        let kinds = kinds(statement, params);
        if kinds.clone().any(Kind::is_array) {
            let prepared = self.prepared(statement, kinds, Keep::Cached)?;
            return Ok(prepared.statement.params().to_vec());
        }
        Ok(kinds.map(Kind::declared).collect())
    }

    /// Runs a statement and keeps its rows.
    fn hold(
        &mut self,
        statement: &Statement,
        params: &[Value],
        keep: Keep,
    ) -> Result<Source, Failure> {
        self.session.note_raw_statement(statement);
        self.planned(statement, params, keep, |this, prepared| {
            let rows = this.client.query(&prepared.statement, &as_sql(&bound(params)))?.into_iter();
            Ok(Source::Held { rows, prepared: Arc::clone(prepared) })
        })
    }

    fn fetch(
        &mut self,
        number: u64,
        fetch: Option<Arc<Prepared>>,
        max: usize,
        sink: &mut dyn RowSink,
    ) -> Result<(Arc<Prepared>, usize), Failure> {
        let fetch = match fetch {
            Some(fetch) => fetch,
            None => Arc::new(self.prepare(&fetch_sql(max, number), &[])?),
        };
        let none = std::iter::empty::<Bound<'_>>();
        let mut rows = self.client.query_raw(&fetch.statement, none)?;
        let pushed = push(&mut rows, &fetch, sink, self.recovery_budget);
        if pushed.is_err() {
            self.session.cursor_to_close = Some(number);
        }
        Ok((fetch, pushed?))
    }
}

impl BlockingCursor<'_> {
    fn fetch_declared(
        &mut self,
        number: u64,
        fetch: Option<Arc<Prepared>>,
        max: usize,
        sink: &mut dyn RowSink,
    ) -> Result<bool> {
        self.connection.session.limit.enter_again();
        let (fetch, count) = self
            .connection
            .exchange_within(self.timeout, |this| this.fetch(number, fetch, max, sink))?;
        let exhausted = count < max;
        self.source = Source::Declared { number, portion: max, fetch, exhausted };
        Ok(!exhausted)
    }
}

impl Cursor for BlockingCursor<'_> {
    fn columns(&self) -> Arc<Columns> {
        Arc::clone(&self.columns)
    }

    fn fetch(&mut self, max: usize, sink: &mut dyn RowSink) -> Result<bool> {
        if max == 0 {
            return Ok(!matches!(
                self.source,
                Source::Ended | Source::Declared { exhausted: true, .. }
            ));
        }
        // Whatever goes wrong below is over.
        match mem::replace(&mut self.source, Source::Ended) {
            Source::Ended => Ok(false),
            Source::Declared { exhausted: true, number, portion, fetch } => {
                self.source = Source::Declared { exhausted: true, number, portion, fetch };
                Ok(false)
            }
            Source::Declared { number, portion, fetch, .. } => {
                let fetch = (portion == max).then_some(fetch);
                self.fetch_declared(number, fetch, max, sink)
            }
            Source::Held { mut rows, prepared } => {
                for row in rows.by_ref().take(max) {
                    sink.row(&PgRow { row: &row, decoders: &prepared.decoders })?;
                }
                let more = rows.len() > 0;
                self.source = Source::Held { rows, prepared };
                Ok(more)
            }
        }
    }

    fn take_notices(&mut self, _: bool) -> Result<Vec<ServerNotice>> {
        Ok(self.connection.ending.notices.take_some())
    }

    fn close(mut self: Box<Self>) -> Result<()> {
        let Source::Declared { number, exhausted, .. } =
            mem::replace(&mut self.source, Source::Ended)
        else {
            return Ok(());
        };
        self.connection.session.cursor_to_close = Some(number);
        // Otherwise it is not worth a round trip.
        if exhausted {
            Ok(())
        } else {
            self.connection.exchange(BlockingConnection::before_statement)
        }
    }
}

impl Drop for BlockingCursor<'_> {
    fn drop(&mut self) {
        if let Source::Declared { number, .. } = self.source {
            self.connection.session.cursor_to_close = Some(number);
        }
    }
}
