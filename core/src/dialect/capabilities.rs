//! What a database can do, as far as programs and the layers above must know.

use crate::dbapi::IsolationLevel;

/// What a database can do, and what it does otherwise than others.
///
/// An engine knows those of its server once it has connected; before that they are those of the
/// newest version that the dialect knows.
///
/// ```
/// use aludel::dialect::Dialect;
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::postgresql::PostgreSql;
///
/// assert!(PostgreSql::new().capabilities().transactional_ddl);
/// assert!(!MySql::new().capabilities().insert_returning);
/// assert!(MySql::mariadb().capabilities().insert_returning);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct Capabilities {
    /// INSERT … RETURNING.
    pub insert_returning: bool,
    /// UPDATE … RETURNING.
    pub update_returning: bool,
    /// DELETE … RETURNING.
    pub delete_returning: bool,
    /// INSERT … ON CONFLICT.
    pub on_conflict: bool,
    /// The isolation levels of its transactions, besides AUTOCOMMIT.
    pub isolation_levels: &'static [IsolationLevel],
    /// DDL is part of the transaction, and is rolled back with it.
    pub transactional_ddl: bool,
    /// A statement that fails leaves its transaction usable.
    pub statement_errors_keep_transaction: bool,
    /// A constraint can be checked at the commit.
    pub deferrable_constraints: bool,
    /// Identity columns, as the standard has them.
    pub identity_columns: bool,
    /// A type for spans of time.
    pub intervals: bool,
    /// Array types.
    pub arrays: bool,
    /// Decimal numbers are numbers, and not text that is taken for them.
    pub decimals: bool,
    /// A decimal number keeps its own scale where the column has none.
    pub decimal_scale: bool,
    /// A decimal number can be NaN or infinite.
    pub decimal_nan: bool,
    /// An integer can be above those of an `i64`.
    pub unsigned_integers: bool,
    /// There are dates before the year 0 and after the year 9999, and infinite ones.
    pub distant_dates: bool,
    /// A length of time may be longer than 838 hours.
    pub long_intervals: bool,
    /// A float can be infinite.
    pub float_infinity: bool,
    /// A float can be NaN.
    pub float_nan: bool,
    /// A float's zero keeps its sign.
    pub float_negative_zero: bool,
    /// Bound bytes come back as bytes where no column says what they are.
    pub distinguishes_bytes_from_text: bool,
    /// The error of a violated constraint names the constraint.
    pub errors_name_constraint: bool,
    /// The error about a row names its table.
    pub errors_name_table: bool,
    /// Parameters have types of their own, which the compiled statement gives the driver.
    pub typed_parameters: bool,
    /// How many parameters one statement can have.
    pub max_parameters: usize,
    /// An INSERT of one row reports the key that the database has counted.
    pub reports_lastrowid: bool,
    /// Sessions are those of a server, which can end them.
    pub server_sessions: bool,
}
