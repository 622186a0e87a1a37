//! The pool's events.

use std::fmt;
use std::sync::{Arc, LazyLock};

use super::Info;
use super::limit::Limit;
use crate::dbapi::{Connection, NoRows, RowSink, Statement, StatementKind};
use crate::error::Result;
use crate::event::{Chain, Event, event};
use crate::row::{Columns, RawRow, Row, RowBuffer, Rows};
use crate::url::Url;
use crate::value::Value;

/// The listeners of a pool's events.
#[derive(Debug, Default)]
pub struct Listeners {
    /// A connection is about to be made.
    pub do_connect: Chain<DoConnectEvent>,
    /// A connection was made.
    pub connect: Chain<ConnectEvent>,
    /// A connection is being handed out.
    pub checkout: Chain<CheckoutEvent>,
    /// A connection that was given back is clean.
    pub reset: Chain<ResetEvent>,
    /// A connection was given back.
    pub checkin: Chain<CheckinEvent>,
    /// A connection that is in use is given up.
    pub invalidate: Chain<InvalidateEvent>,
    /// A connection is closed.
    pub close: Chain<CloseEvent>,
}

impl Listeners {
    /// The listeners that hear every pool of the program.
    #[must_use]
    pub fn everywhere() -> &'static Self {
        static ALL: LazyLock<Listeners> = LazyLock::new(Listeners::default);
        &ALL
    }

    /// Whether anybody listens to an event, here or everywhere.
    #[inline]
    pub(super) fn has_listeners<K: Event>(&self, chain: fn(&Self) -> &Chain<K>) -> bool {
        chain(self).has_listeners() || chain(Self::everywhere()).has_listeners()
    }

    /// Delivers an event to those who hear every pool, and then to those who hear this one.
    #[inline]
    pub(super) fn fire<K: Event>(
        &self,
        chain: fn(&Self) -> &Chain<K>,
        event: &mut K::Of<'_>,
    ) -> Result<()> {
        chain(Self::everywhere()).fire(event)?;
        chain(self).fire(event)
    }
}

/// A driver's connection as a listener gets it: for statements that belong to no transaction.
///
/// What a listener runs has until the deadline of the checkout that it is a part of (`pool_timeout`), which
/// holds for waiting, connecting and listeners together. Reset and checkin listeners, for which nobody
/// waits, have a time of their own ([`pool_return_timeout`](crate::EngineOptions::pool_return_timeout)). A statement that takes longer is stopped, with an error of kind
/// [`Timeout`](crate::ErrorKind::Timeout), and the connection is not used again.
pub struct DbapiConnection<'a> {
    connection: &'a mut dyn Connection,
    limit: Limit,
}

impl<'a> DbapiConnection<'a> {
    pub(super) fn new(connection: &'a mut dyn Connection, limit: Limit) -> Self {
        Self { connection, limit }
    }

    /// Runs a statement and returns its rows.
    ///
    /// # Errors
    ///
    /// The database's refusal, and [`Timeout`](crate::ErrorKind::Timeout) when the time of listeners is over.
    pub fn execute(&mut self, sql: &'static str) -> Result<Vec<Row>> {
        self.execute_statement(&Statement::new(sql, StatementKind::Text)?, &[])
    }

    /// Runs a statement with values, in the driver's own words, and returns its rows. It takes text
    /// that was made at run time, too.
    ///
    /// # Errors
    ///
    /// The database's refusal, and as [`execute`](Self::execute).
    pub fn execute_statement(
        &mut self,
        statement: &Statement,
        values: &[Value],
    ) -> Result<Vec<Row>> {
        #[derive(Default)]
        struct Collect(RowBuffer);
        impl RowSink for Collect {
            fn columns(&mut self, columns: &Arc<Columns>) -> Result<()> {
                self.0.columns(columns)
            }
            fn row(&mut self, row: &dyn RawRow) -> Result<()> {
                self.0.push(row)
            }
        }
        let mut rows = Collect::default();
        let connection = &mut *self.connection;
        self.limit.run(|options| connection.execute(statement, values, options, &mut rows))?;
        Ok(rows.0.all())
    }

    /// Runs a statement and ignores its rows.
    ///
    /// # Errors
    ///
    /// The database's refusal, and as [`execute`](Self::execute).
    pub fn run(&mut self, sql: &'static str) -> Result<()> {
        let statement = Statement::new(sql, StatementKind::Text)?;
        let connection = &mut *self.connection;
        self.limit.run(|options| connection.execute(&statement, &[], options, &mut NoRows))?;
        Ok(())
    }

    /// The driver's own connection, if it is of this type.
    ///
    /// What is awaited on it by [`AdaptedConnection::run_async`](crate::dbapi::AdaptedConnection::run_async)
    /// has the same time as statements. A client that blocks is out of reach, and has its own time-outs.
    pub fn downcast_mut<T: Connection>(&mut self) -> Option<&mut T> {
        self.connection.set_deadline(Some(self.limit.deadline()));
        self.connection.downcast_mut()
    }
}

impl Drop for DbapiConnection<'_> {
    fn drop(&mut self) {
        self.connection.set_deadline(None);
    }
}

impl fmt::Debug for DbapiConnection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connection.fmt(f)
    }
}

/// A connection is about to be made. A listener may change where, as whom and how: a password that is valid
/// for some minutes, a host that was found a moment ago, a certificate. An error fails the checkout.
///
/// A listener that has to ask for a password over the network blocks, or awaits it by
/// [`bridge::sync::await_or_park`](aludel_bridge::sync::await_or_park); what it takes counts for the deadline of the checkout. What it
/// changes is for this connection alone: the next one begins with the URL of the engine again. A change
/// that the driver cannot follow is an error: SQLite's drivers open one database only.
///
/// ```
/// use aludel::pool::DoConnect;
/// use aludel::url::Secret;
/// use aludel::{create_engine, event};
///
/// # fn token() -> String { String::new() }
/// # let engine = create_engine("sqlite://")?;
/// event::listen(&engine, |e: &mut DoConnect<'_>| {
///     e.url.set_password(Secret::new(token()));
///     Ok(())
/// });
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug)]
pub struct DoConnect<'a> {
    /// Where to connect: the engine's URL, with its secrets.
    pub url: &'a mut Url,
}
event! {
    /// The family of [`DoConnect`].
    DoConnectEvent = DoConnect
}

/// A connection was made; it was not handed out yet. An error closes it.
///
/// What a listener sets for the session here lasts as long as the connection, and every use finds it. In
/// MySQL that does not hold for the character set, the time zone and autocommit, which the driver needs as
/// it has set them.
#[derive(Debug)]
pub struct Connect<'a> {
    /// The new connection.
    pub dbapi_connection: DbapiConnection<'a>,
    /// What the program keeps with it, empty as yet.
    pub info: &'a mut Info,
}
event! {
    /// The family of [`Connect`].
    ConnectEvent = Connect
}

/// A connection is about to be handed out. An error closes it and fails the checkout.
///
/// What a listener sets for the session here is not undone when the connection is given back: that is
/// the part of a [`Checkin`] listener. The isolation level is better set by
/// [`EngineOptions::isolation_level`](crate::EngineOptions::isolation_level) or
/// [`Connection::set_isolation_level`](crate::Connection::set_isolation_level), which the pool undoes.
#[derive(Debug)]
pub struct Checkout<'a> {
    /// The connection.
    pub dbapi_connection: DbapiConnection<'a>,
    /// What the program keeps with it.
    pub info: &'a mut Info,
}
event! {
    /// The family of [`Checkout`].
    CheckoutEvent = Checkout
}

/// A connection that had been handed out was given back, and what it had open was rolled back. What a
/// program sets for the session and the rollback does not undo, a listener undoes here, for instance by
/// `DISCARD ALL` in PostgreSQL. [`Checkin`] follows.
///
/// An error, a panic, and SQL outside of a greenlet or that takes too long are as in [`Checkin`].
#[derive(Debug)]
pub struct Reset<'a> {
    /// The connection.
    pub dbapi_connection: DbapiConnection<'a>,
    /// What the program keeps with it.
    pub info: &'a mut Info,
    /// Whether it came back in the middle of a statement, or in a panic, and was recovered in the
    /// background.
    pub recovered: bool,
}
event! {
    /// The family of [`Reset`].
    ResetEvent = Reset
}

/// A connection that had been handed out was given back and is clean, at once or when it was recovered
/// in the background. An error or a panic closes it and is logged, since no caller waits for it. The SQL of
/// reset and checkin listeners has [`pool_return_timeout`](crate::EngineOptions::pool_return_timeout) in
/// all, since the connection keeps its slot meanwhile.
///
/// A listener of an async engine can run SQL in a greenlet only. A connection that was dropped, and not
/// closed, may come back outside of one; there the SQL fails, and the connection is closed.
#[derive(Debug)]
pub struct Checkin<'a> {
    /// The connection.
    pub dbapi_connection: DbapiConnection<'a>,
    /// What the program keeps with it.
    pub info: &'a mut Info,
}
event! {
    /// The family of [`Checkin`].
    CheckinEvent = Checkin
}

/// A connection is given up while it is in use or checked out: the program has invalidated it, the
/// session was lost, or a listener has failed. [`Close`] follows. An error or a panic is logged.
///
/// A connection that is replaced because of its age, because another one was lost, or because its session
/// has ended outside of a transaction, is closed without this event.
#[derive(Debug)]
pub struct Invalidate<'a> {
    /// What the program keeps with it.
    pub info: &'a mut Info,
    /// Why: the message of an error, which shows no values, or a sentence.
    pub reason: &'a str,
}
event! {
    /// The family of [`Invalidate`].
    InvalidateEvent = Invalidate
}

/// A connection for which the [`Connect`] listeners were called is about to be closed, or was lost. An
/// error or a panic is logged.
///
/// It comes for every connection once, wherever that ends: in a checkout, on a thread of the driver, in
/// a destructor. So it has no connection to run SQL on, and a listener must not block.
#[derive(Debug)]
pub struct Close<'a> {
    /// What the program has kept with it.
    pub info: &'a mut Info,
}
event! {
    /// The family of [`Close`].
    CloseEvent = Close
}
