//! Results: the rows of a statement, read completely before `execute` returns.

use std::fmt;
use std::sync::{Arc, LazyLock};

use super::inserted_key::{InsertedKey, no_key};
use crate::dbapi::{Outcome, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::row::{Columns, Fetch, FromRow, RawRow, Row, Rows};

/// The rows of a statement and what it did.
///
/// It is an iterator over the rows that are left. Each of the fetching methods takes from them.
pub struct CursorResult<T: Fetch> {
    rows: T::Rows,
    columns: Option<Arc<Columns>>,
    done: Outcome,
    /// Behind a pointer: few have one, and a result is moved several times on its way to the program.
    key: Option<Box<InsertedKey>>,
    closed: bool,
}

/// What a statement did besides returning rows, and the key of the row that it inserted.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    pub(super) key: Option<Box<InsertedKey>>,
}

impl From<Outcome> for Done {
    #[inline]
    fn from(outcome: Outcome) -> Self {
        Self { outcome, key: None }
    }
}

/// Collects the rows of a statement as the driver pushes them.
pub(super) struct Collect<T: Fetch> {
    rows: T::Rows,
    columns: Option<Arc<Columns>>,
}

impl<T: Fetch> Default for Collect<T> {
    fn default() -> Self {
        Self { rows: T::Rows::default(), columns: None }
    }
}

impl<T: Fetch> Collect<T> {
    #[inline]
    pub(super) fn into_result(self, done: Done) -> CursorResult<T> {
        let Done { outcome, key } = done;
        CursorResult { rows: self.rows, columns: self.columns, done: outcome, key, closed: false }
    }

    pub(super) fn rows(&mut self) -> &mut T::Rows {
        &mut self.rows
    }
}

impl<T: Fetch> RowSink for Collect<T> {
    fn columns(&mut self, columns: &Arc<Columns>) -> Result<()> {
        self.columns = Some(Arc::clone(columns));
        self.rows.columns(columns)
    }

    #[inline]
    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        self.rows.push(row)
    }
}

impl<T: Fetch> CursorResult<T> {
    /// All rows that are left.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ResourceClosed`] if the statement returns no rows, or if the result was closed
    /// by a method that reads a single row.
    pub fn all(&mut self) -> Result<Vec<T>> {
        self.check()?;
        Ok(self.rows.all())
    }

    /// The next row, or `None` behind the last one.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn fetchone(&mut self) -> Result<Option<T>> {
        self.check()?;
        Ok(self.rows.next())
    }

    /// The next `size` rows, fewer at the end.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn fetchmany(&mut self, size: usize) -> Result<Vec<T>> {
        self.check()?;
        Ok(std::iter::from_fn(|| self.rows.next()).take(size).collect())
    }

    /// The first row that is left, if there is one; the others are discarded.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn first(&mut self) -> Result<Option<T>> {
        let first = self.fetchone()?;
        self.close();
        Ok(first)
    }

    /// The only row.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoResultFound`], [`ErrorKind::MultipleResultsFound`], and as
    /// [`all`](Self::all).
    pub fn one(&mut self) -> Result<T> {
        match self.one_or_none() {
            Ok(Some(row)) => Ok(row),
            Ok(None) => Err(no_row()),
            Err(error) => Err(error),
        }
    }

    /// The only row, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MultipleResultsFound`], and as [`all`](Self::all).
    pub fn one_or_none(&mut self) -> Result<Option<T>> {
        self.check()?;
        let first = self.rows.next();
        let more = self.rows.len();
        self.close();
        if more > 0 { Err(too_many_rows(more + 1)) } else { Ok(first) }
    }

    /// The first column of the first row; `None` if there is no row, and if it is NULL.
    ///
    /// [`first`](Self::first) tells the two apart.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first), and [`ErrorKind::Decode`] for an untyped row.
    pub fn scalar<V>(&mut self) -> Result<Option<V>>
    where
        T: Scalar<V>,
    {
        Ok(self.first()?.map(T::scalar).transpose()?.flatten())
    }

    /// The first column of the only row; an `Option` if it can be NULL.
    ///
    /// # Errors
    ///
    /// As [`one`](Self::one), and [`ErrorKind::Decode`] for an untyped row.
    pub fn scalar_one<V>(&mut self) -> Result<V>
    where
        T: FirstColumn<V>,
    {
        self.one()?.first_column()
    }

    /// The first column of every row that is left.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all), and [`ErrorKind::Decode`] for untyped rows.
    pub fn scalars<V>(&mut self) -> Result<Vec<V>>
    where
        T: FirstColumn<V>,
    {
        self.check()?;
        std::iter::from_fn(|| self.rows.next()).map(T::first_column).collect()
    }

    /// The names of the columns; none if the statement returns no rows.
    #[must_use]
    pub fn columns(&self) -> &Columns {
        static NONE: LazyLock<Columns> = LazyLock::new(Columns::default);
        self.columns.as_deref().unwrap_or(&NONE)
    }

    /// Whether the statement returns rows at all.
    #[must_use]
    pub fn returns_rows(&self) -> bool {
        self.columns.is_some()
    }

    /// Rows affected, or returned, as the database counts them.
    #[must_use]
    pub fn rowcount(&self) -> u64 {
        self.done.rowcount
    }

    /// The key that the database made for the last inserted row, where it reports the key
    /// without being asked, as SQLite does. After an insert that made none (a conflict that became an
    /// update, a table WITHOUT ROWID) SQLite reports the one before.
    #[must_use]
    pub fn lastrowid(&self) -> Option<i64> {
        self.done.lastrowid
    }

    /// The primary key of the row that an INSERT of one row has inserted: a value, or a tuple if it has
    /// several columns.
    ///
    /// What the statement sets is known. What the database counts it reports, or is asked for by
    /// RETURNING in the same statement, as PostgreSQL, unless the statement is
    /// [`inline`](crate::sql::Insert::inline).
    ///
    /// ```
    /// use aludel::{Auto, Mapped, create_engine, insert};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// aludel::MetaData::new().with::<User>().create_all(&mut conn)?;
    /// let done = conn.execute(insert::<User>().values(User::c.name.set("sandy")))?;
    /// let id: i64 = done.inserted_primary_key()?;
    /// assert_eq!(id, 1);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] if the statement was no INSERT of one row into a table with a
    /// primary key, had `returning` or said what is done on a conflict, or if the database has made
    /// the key and does not give it, as MySQL where it is no number that is counted;
    /// [`ErrorKind::NoResultFound`] if no row was inserted; [`ErrorKind::Decode`] if the key is something
    /// else.
    pub fn inserted_primary_key<K: FromRow>(&self) -> Result<K> {
        match &self.key {
            Some(key) => key.read(&self.done),
            None => Err(no_key()),
        }
    }

    /// Discards the rows that are left.
    pub fn close(&mut self) {
        self.rows = T::Rows::default();
        self.closed = true;
    }

    #[inline]
    fn check(&self) -> Result<()> {
        if self.closed || self.columns.is_none() { Err(self.unfetchable()) } else { Ok(()) }
    }

    #[cold]
    fn unfetchable(&self) -> Error {
        let why = if self.closed {
            "the result is closed: a method such as first() or one() has read it, or close() was \
             called"
        } else {
            "the statement returns no rows, so there is nothing to fetch"
        };
        Error::new(ErrorKind::ResourceClosed, why)
    }
}

impl<T: Fetch> Iterator for CursorResult<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.rows.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rows.len(), Some(self.rows.len()))
    }
}

impl<T: Fetch> ExactSizeIterator for CursorResult<T> {}

impl<T: Fetch> fmt::Debug for CursorResult<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CursorResult")
            .field("rows_left", &self.rows.len())
            .field("done", &self.done)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

#[cold]
fn no_row() -> Error {
    Error::new(
        ErrorKind::NoResultFound,
        "one row was required, and there was none; use one_or_none() or first() if it may be absent",
    )
}

#[cold]
fn too_many_rows(rows: usize) -> Error {
    Error::new(
        ErrorKind::MultipleResultsFound,
        format!(
            "at most one row was expected, and there were {rows}; use first() to take the first of \
             several, or limit the statement"
        ),
    )
}

/// A row whose first column can be taken as `V`: a tuple as its own type, an untyped [`Row`] as
/// any.
pub trait FirstColumn<V> {
    /// The first column.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] if an untyped row holds something else.
    fn first_column(self) -> Result<V>;
}

impl<V: FromRow> FirstColumn<V> for Row {
    fn first_column(self) -> Result<V> {
        self.get(0)
    }
}

/// A row whose first column, where it is not NULL, can be taken as `V`: `i64` of a tuple that begins
/// with an `i64` or an `Option<i64>`; an untyped [`Row`] as any.
pub trait Scalar<V> {
    /// The first column, or `None` if it is NULL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] if an untyped row holds something else.
    fn scalar(self) -> Result<Option<V>>;
}

impl<V: FromRow> Scalar<V> for Row {
    fn scalar(self) -> Result<Option<V>> {
        self.get(0)
    }
}

macro_rules! first_column {
    ($($place:ident $at:tt),+) => {
        impl<$($place),+> FirstColumn<A> for ($($place,)+)
        where
            Self: FromRow,
        {
            fn first_column(self) -> Result<A> {
                Ok(self.0)
            }
        }

        impl<$($place),+> Scalar<A::NotNull> for ($($place,)+)
        where
            A: FromRow,
            Self: FromRow,
        {
            fn scalar(self) -> Result<Option<A::NotNull>> {
                Ok(self.0.not_null())
            }
        }
    };
}
tuples!(first_column);
