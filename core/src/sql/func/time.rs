//! The time of the database.

use crate::sql::{Expr, Expression, KnownFunction};
use crate::value::{Date, Time, Timestamp};

/// The instant at which the transaction, in MySQL and SQLite the statement, began.
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::ClauseElement;
/// use aludel::value::Timestamp;
/// use aludel::{create_engine, func, select};
///
/// let statement = select(func::now());
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT CURRENT_TIMESTAMP");
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT utc_timestamp(6)");
/// let now: Option<Timestamp> = create_engine("sqlite://")?.connect()?.scalar(statement)?;
/// assert!(now.is_some());
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn now() -> Expr<Timestamp> {
    Expr::new(Expression::known(KnownFunction::Now, Vec::new()))
}

/// As [`now`].
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::ClauseElement;
/// # use aludel::{func, select};
/// let statement = select(func::current_timestamp());
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT CURRENT_TIMESTAMP");
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT utc_timestamp(6)");
/// assert_eq!(
///     statement.compile(&Sqlite::new())?.sql(),
///     "SELECT strftime('%Y-%m-%d %H:%M:%f000', 'now')"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn current_timestamp() -> Expr<Timestamp> {
    now()
}

/// The day in the time zone of the session, in SQLite in UTC.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::ClauseElement;
/// # use aludel::{func, select};
/// let statement = select(func::current_date());
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT CURRENT_DATE");
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT current_date()");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT CURRENT_DATE");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn current_date() -> Expr<Date> {
    Expr::new(Expression::known(KnownFunction::CurrentDate, Vec::new()))
}

/// The time of day in the time zone of the session, in SQLite in UTC.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::ClauseElement;
/// # use aludel::{func, select};
/// let statement = select(func::current_time());
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT LOCALTIME");
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT current_time(6)");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT strftime('%H:%M:%f000', 'now')");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn current_time() -> Expr<Time> {
    Expr::new(Expression::known(KnownFunction::CurrentTime, Vec::new()))
}
