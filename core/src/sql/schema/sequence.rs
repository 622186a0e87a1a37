//! Sequences, and their statements.

use std::fmt;

use super::super::{
    CacheKey, ClauseElement, Executable, Expr, Expression, Feature, Literals, Params, SqlDialect,
    SqlWriter, Template,
};
use super::names_sql::{check_length, write_table_name};
use super::{Identity, MetaData, TableName};
use crate::error::Result;
use crate::row::Row;
use crate::statement::StatementKind;

/// What counts in the database apart from tables, where there is such a thing.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::ClauseElement;
/// use aludel::sql::schema::{CreateSequence, Sequence};
/// use aludel::{Column, MetaData, Table, select, types};
///
/// let metadata = MetaData::new();
/// let numbers = Sequence::new("numbers").start(5).increment(2).in_metadata(&metadata);
/// assert_eq!(
///     CreateSequence::new(&numbers).to_string(),
///     "CREATE SEQUENCE numbers INCREMENT BY 2 START WITH 5"
/// );
/// let next = select(numbers.next_value());
/// assert_eq!(next.compile(&PostgreSql::new())?.sql(), "SELECT nextval('numbers')");
/// let id = Column::new("id", types::BigInteger).primary_key();
/// Table::new("t", &metadata, [id.server_default(numbers.next_value())])?;
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a sequence does nothing until it is created"]
pub struct Sequence {
    name: TableName,
    options: Identity,
}

macro_rules! options {
    ($($(#[$doc:meta])* $name:ident($value:ty))*) => {$(
        $(#[$doc])*
        pub fn $name(mut self, value: $value) -> Self {
            self.options = self.options.$name(value);
            self
        }
    )*};
}

impl Sequence {
    /// Of this name, `"sequence"` or `"schema.sequence"`; counts from 1 by 1.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateSequence, Sequence};
    /// let statement = CreateSequence::new(&Sequence::new("numbers"));
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "CREATE SEQUENCE numbers");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(statement.compile(&MySql::mariadb())?.sql(), "CREATE SEQUENCE numbers");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(name: impl Into<TableName>) -> Self {
        Self { name: name.into(), options: Identity::new() }
    }

    options! {
        /// The first value.
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateSequence, Sequence};
        /// let statement = CreateSequence::new(&Sequence::new("numbers").start(5));
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE SEQUENCE numbers START WITH 5"
        /// );
        /// assert!(statement.compile(&MySql::new()).is_err());
        /// assert_eq!(
        ///     statement.compile(&MySql::mariadb())?.sql(),
        ///     "CREATE SEQUENCE numbers START WITH 5"
        /// );
        /// assert!(statement.compile(&Sqlite::new()).is_err());
        /// # Ok::<(), aludel::Error>(())
        /// ```
        start(i64)
        /// What is added for the next.
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateSequence, Sequence};
        /// let statement = CreateSequence::new(&Sequence::new("numbers").increment(2));
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE SEQUENCE numbers INCREMENT BY 2"
        /// );
        /// assert!(statement.compile(&MySql::new()).is_err());
        /// assert_eq!(
        ///     statement.compile(&MySql::mariadb())?.sql(),
        ///     "CREATE SEQUENCE numbers INCREMENT BY 2"
        /// );
        /// assert!(statement.compile(&Sqlite::new()).is_err());
        /// # Ok::<(), aludel::Error>(())
        /// ```
        increment(i64)
        /// The smallest value.
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateSequence, Sequence};
        /// let statement = CreateSequence::new(&Sequence::new("numbers").min_value(5));
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE SEQUENCE numbers MINVALUE 5"
        /// );
        /// assert!(statement.compile(&MySql::new()).is_err());
        /// assert_eq!(
        ///     statement.compile(&MySql::mariadb())?.sql(),
        ///     "CREATE SEQUENCE numbers MINVALUE 5"
        /// );
        /// assert!(statement.compile(&Sqlite::new()).is_err());
        /// # Ok::<(), aludel::Error>(())
        /// ```
        min_value(i64)
        /// The largest value.
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateSequence, Sequence};
        /// let statement = CreateSequence::new(&Sequence::new("numbers").max_value(500));
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE SEQUENCE numbers MAXVALUE 500"
        /// );
        /// assert!(statement.compile(&MySql::new()).is_err());
        /// assert_eq!(
        ///     statement.compile(&MySql::mariadb())?.sql(),
        ///     "CREATE SEQUENCE numbers MAXVALUE 500"
        /// );
        /// assert!(statement.compile(&Sqlite::new()).is_err());
        /// # Ok::<(), aludel::Error>(())
        /// ```
        max_value(i64)
        /// Whether it begins again behind the last value.
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateSequence, Sequence};
        /// let statement = CreateSequence::new(&Sequence::new("numbers").cycle(true));
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE SEQUENCE numbers CYCLE"
        /// );
        /// assert!(statement.compile(&MySql::new()).is_err());
        /// assert_eq!(
        ///     statement.compile(&MySql::mariadb())?.sql(),
        ///     "CREATE SEQUENCE numbers CYCLE"
        /// );
        /// assert!(statement.compile(&Sqlite::new()).is_err());
        /// # Ok::<(), aludel::Error>(())
        /// ```
        cycle(bool)
        /// How many values a session takes at once.
        ///
        /// ```
        /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateSequence, Sequence};
        /// let statement = CreateSequence::new(&Sequence::new("numbers").cache(10));
        /// assert_eq!(
        ///     statement.compile(&PostgreSql::new())?.sql(),
        ///     "CREATE SEQUENCE numbers CACHE 10"
        /// );
        /// assert!(statement.compile(&MySql::new()).is_err());
        /// assert_eq!(
        ///     statement.compile(&MySql::mariadb())?.sql(),
        ///     "CREATE SEQUENCE numbers CACHE 10"
        /// );
        /// assert!(statement.compile(&Sqlite::new()).is_err());
        /// # Ok::<(), aludel::Error>(())
        /// ```
        cache(i64)
    }

    /// The same, created with the tables of the metadata, before them, and dropped after them.
    ///
    /// ```
    /// use aludel::MetaData;
    /// use aludel::sql::schema::Sequence;
    ///
    /// let metadata = MetaData::new();
    /// let numbers = Sequence::new("numbers").in_metadata(&metadata);
    /// assert_eq!(metadata.sequences(), [numbers]);
    /// ```
    pub fn in_metadata(self, metadata: &MetaData) -> Self {
        metadata.add_sequence(&self);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &TableName {
        &self.name
    }

    /// The next value, which is counted even if the transaction is undone.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::Sequence;
    /// # use aludel::select;
    /// let statement = select(Sequence::new("numbers").next_value());
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT nextval('numbers')");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(statement.compile(&MySql::mariadb())?.sql(), "SELECT NEXT VALUE FOR numbers");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn next_value(&self) -> Expr<i64> {
        Expr::new(Expression::next_value(self.name.clone()))
    }
}

/// CREATE SEQUENCE.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct CreateSequence {
    sequence: Sequence,
    if_not_exists: bool,
}

/// DROP SEQUENCE.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct DropSequence {
    sequence: Sequence,
    if_exists: bool,
}

impl CreateSequence {
    /// Creates the sequence.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateSequence, Sequence};
    /// let statement = CreateSequence::new(&Sequence::new("shop.numbers"));
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "CREATE SEQUENCE shop.numbers");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(statement.compile(&MySql::mariadb())?.sql(), "CREATE SEQUENCE shop.numbers");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(sequence: &Sequence) -> Self {
        Self { sequence: sequence.clone(), if_not_exists: false }
    }

    /// Does nothing if there is a sequence of this name already.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateSequence, Sequence};
    /// let statement = CreateSequence::new(&Sequence::new("numbers")).if_not_exists();
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE SEQUENCE IF NOT EXISTS numbers"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(
    ///     statement.compile(&MySql::mariadb())?.sql(),
    ///     "CREATE SEQUENCE IF NOT EXISTS numbers"
    /// );
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn if_not_exists(self) -> Self {
        Self { if_not_exists: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.require(Feature::Sequences);
        check_length(self.sequence.name.name(), to.dialect())?;
        to.sql("CREATE SEQUENCE ");
        to.sql(if self.if_not_exists { "IF NOT EXISTS " } else { "" });
        write_table_name(&self.sequence.name, to);
        to.sql(&self.sequence.options.options_sql());
        Ok(())
    }
}

impl DropSequence {
    /// Drops the sequence.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{DropSequence, Sequence};
    /// let statement = DropSequence::new(&Sequence::new("numbers"));
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DROP SEQUENCE numbers");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(statement.compile(&MySql::mariadb())?.sql(), "DROP SEQUENCE numbers");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(sequence: &Sequence) -> Self {
        Self { sequence: sequence.clone(), if_exists: false }
    }

    /// Does nothing if there is no such sequence.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{DropSequence, Sequence};
    /// let statement = DropSequence::new(&Sequence::new("numbers")).if_exists();
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "DROP SEQUENCE IF EXISTS numbers");
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(statement.compile(&MySql::mariadb())?.sql(), "DROP SEQUENCE IF EXISTS numbers");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn if_exists(self) -> Self {
        Self { if_exists: true, ..self }
    }

    fn write(&self, to: &mut SqlWriter<'_>) -> Result<()> {
        to.require(Feature::Sequences);
        to.sql("DROP SEQUENCE ");
        to.sql(if self.if_exists { "IF EXISTS " } else { "" });
        write_table_name(&self.sequence.name, to);
        Ok(())
    }
}

super::definition_statements!(CreateSequence b'4', DropSequence b'5');
