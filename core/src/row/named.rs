//! Types that are made of rows by the names of the columns.

use std::fmt;
use std::sync::Arc;

use super::decoded::Decoded;
use super::{Columns, Fetch, FromRow, RawRow, Rows};
use crate::error::{Error, ErrorKind, Result};
use crate::value::ValueRef;

/// The place of a column that the result does not have, and need not have.
const ABSENT: usize = usize::MAX;

/// A struct that is made of a row by the names of the columns: what `#[derive(FromRow)]` writes.
///
/// The struct is no table. Each field is a column of the result, whatever statement it is of; the order of
/// the columns, and columns that no field names, do not matter. The names are looked up once for each
/// result.
///
/// ```
/// use aludel::sql::Executable;
/// use aludel::{Auto, FromRow, Mapped, create_engine, func, select, text};
///
/// #[derive(Debug, PartialEq, FromRow)]
/// struct Report {
///     name: String,
///     #[aludel(rename = "n")]
///     orders: i64,
///     #[aludel(flatten, prefix = "last_")]
///     last: Option<Order>,
///     #[aludel(default)]
///     note: Option<String>,
///     #[aludel(skip)]
///     checked: bool,
/// }
///
/// #[derive(Debug, PartialEq, FromRow)]
/// struct Order {
///     id: i64,
///     total: i64,
/// }
///
/// let mut conn = create_engine("sqlite://")?.connect()?;
/// let sql = "select 2 as n, 'sandy' as name, 7 as last_id, 30 as last_total \
///            union all select 0, 'patrick', null, null";
/// let reports = conn.execute(text(sql).into_rows::<Report>())?.all()?;
/// let last = Some(Order { id: 7, total: 30 });
/// let report = Report { name: "sandy".into(), orders: 2, last, note: None, checked: false };
/// assert_eq!(reports[0], report);
/// assert_eq!(reports[1].last, None);
///
/// // What is missing is named, with the columns that there are.
/// let error = conn.execute(text("select 1 as n").into_rows::<Report>()).unwrap_err();
/// assert_eq!(
///     error.message(),
///     "the field `Report.name`: the result has no column \"name\"; it has: n"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
///
/// Attributes of the struct:
///
/// | attribute | says |
/// | --- | --- |
/// | `rename_all = "camelCase"` | how the names of the columns are made of those of the fields: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case` or `SCREAMING-KEBAB-CASE` |
///
/// Attributes of a field:
///
/// | attribute | says |
/// | --- | --- |
/// | `rename = "name"` | the name of the column, if it is not the field's |
/// | `default` | a column that the result does not have is `Default::default()` |
/// | `skip` | the field is no column: it is `Default::default()` |
/// | `flatten` | the field is a struct, whose fields are columns: one with `#[derive(FromRow)]` or `#[derive(Mapped)]`, or an `Option` of one, which is `None` if all of its columns are NULL |
/// | `flatten, prefix = "user_"` | the same, and the columns have names with this in front |
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made of a row by the names of its columns",
    note = "add `#[derive(FromRow)]` to the struct; tuples are made of rows by position, and mapped structs by \
            `select(T::c)`"
)]
pub trait FromNamedRow: Sized + Send + 'static {
    /// How many columns it has.
    const WIDTH: usize;

    /// Finds its columns, whose names have `prefix` in front, and adds their places.
    ///
    /// # Errors
    ///
    /// [`NoSuchColumn`](crate::ErrorKind::NoSuchColumn) or
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), naming the field and the column.
    fn find(columns: &Columns, prefix: &str, places: &mut Vec<usize>) -> Result<()>;

    /// Reads the cells at its places, of which there are [`WIDTH`](Self::WIDTH).
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode), naming the field and the column.
    fn read(row: &dyn RawRow, places: &[usize]) -> Result<Self>;
}

/// A struct that a whole row is made into by the names of the columns: what
/// [`into_rows`](crate::sql::Executable::into_rows) takes. `#[derive(FromRow)]` implements it.
#[diagnostic::on_unimplemented(
    message = "a whole row is not made into `{Self}` by the names of its columns",
    note = "add `#[derive(FromRow)]` to the struct. A mapped struct is selected by `select(T::c)`; of other \
            statements a struct with `#[derive(FromRow)]` has it in a field with `#[aludel(flatten)]`"
)]
pub trait NamedRow: FromNamedRow + Fetch {}

/// `None` if all of its cells are NULL.
impl<T: FromNamedRow> FromNamedRow for Option<T> {
    const WIDTH: usize = T::WIDTH;

    fn find(columns: &Columns, prefix: &str, places: &mut Vec<usize>) -> Result<()> {
        T::find(columns, prefix, places)
    }

    fn read(row: &dyn RawRow, places: &[usize]) -> Result<Self> {
        for place in places.iter().filter(|place| **place != ABSENT) {
            if row.get(*place)? != ValueRef::Null {
                return T::read(row, places).map(Some);
            }
        }
        Ok(None)
    }
}

/// Decoded rows of a type that is made by names.
pub struct NamedRows<T> {
    places: Vec<usize>,
    rows: Decoded<T>,
}

impl<T> fmt::Debug for NamedRows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedRows").field("places", &self.places).finish_non_exhaustive()
    }
}

impl<T> Default for NamedRows<T> {
    fn default() -> Self {
        Self { places: Vec::new(), rows: Decoded::default() }
    }
}

impl<T: FromNamedRow> Rows for NamedRows<T> {
    type Item = T;

    fn columns(&mut self, columns: &Arc<Columns>) -> Result<()> {
        self.places.clear();
        T::find(columns, "", &mut self.places)
    }

    #[inline]
    fn push(&mut self, row: &dyn RawRow) -> Result<()> {
        self.rows.push(T::read(row, &self.places)?);
        Ok(())
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn next(&mut self) -> Option<T> {
        self.rows.next()
    }

    fn all(&mut self) -> Vec<T> {
        self.rows.all()
    }
}

/// Finds the column of a field. `#[derive(FromRow)]` calls it.
#[doc(hidden)]
pub fn find_column(
    columns: &Columns,
    prefix: &str,
    name: &str,
    field: &str,
    places: &mut Vec<usize>,
) -> Result<()> {
    let place = if prefix.is_empty() {
        columns.index_of(name)
    } else {
        columns.index_of(&format!("{prefix}{name}"))
    };
    places.push(place.map_err(|error| at_field(error, field))?);
    Ok(())
}

/// Finds the column of a field that may be missing. `#[derive(FromRow)]` calls it.
#[doc(hidden)]
pub fn find_column_or_none(
    columns: &Columns,
    prefix: &str,
    name: &str,
    field: &str,
    places: &mut Vec<usize>,
) -> Result<()> {
    match find_column(columns, prefix, name, field, places) {
        Err(error) if error.kind() == ErrorKind::NoSuchColumn => {
            places.push(ABSENT);
            Ok(())
        }
        found => found,
    }
}

/// Finds the columns of a field that is a struct. `#[derive(FromRow)]` calls it.
#[doc(hidden)]
pub fn find_nested<T: FromNamedRow>(
    columns: &Columns,
    prefix: &str,
    own: &str,
    field: &str,
    places: &mut Vec<usize>,
) -> Result<()> {
    let found = if own.is_empty() {
        T::find(columns, prefix, places)
    } else {
        T::find(columns, &format!("{prefix}{own}"), places)
    };
    found.map_err(|error| at_field(error, field))
}

/// Reads the cell of a field. `#[derive(FromRow)]` calls it.
#[doc(hidden)]
#[inline]
pub fn read_column<T: FromRow>(row: &dyn RawRow, place: usize, field: &str) -> Result<T> {
    T::from_row(row, place).map_err(|error| at_field(error, field))
}

/// Reads the cell of a field, if there is one. `#[derive(FromRow)]` calls it.
#[doc(hidden)]
#[inline]
pub fn read_column_or_default<T: FromRow + Default>(
    row: &dyn RawRow,
    place: usize,
    field: &str,
) -> Result<T> {
    if place == ABSENT { Ok(T::default()) } else { read_column(row, place, field) }
}

/// Reads a field that is a struct. `#[derive(FromRow)]` calls it.
#[doc(hidden)]
#[inline]
pub fn read_nested<T: FromNamedRow>(row: &dyn RawRow, places: &[usize], field: &str) -> Result<T> {
    T::read(row, places).map_err(|error| at_field(error, field))
}

#[cold]
fn at_field(error: Error, field: &str) -> Error {
    error.context(&format!("the field `{field}`"))
}

/// A row of cells that stand at other places of another row.
#[derive(Debug)]
pub struct Picked<'a, R: ?Sized> {
    row: &'a R,
    places: &'a [usize],
}

impl<'a, R: RawRow + ?Sized> Picked<'a, R> {
    /// The cells of a row at these places.
    pub fn new(row: &'a R, places: &'a [usize]) -> Self {
        Self { row, places }
    }
}

impl<R: RawRow + ?Sized> RawRow for Picked<'_, R> {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        self.row.get(self.places[index])
    }

    fn error_at(&self, error: Error, index: usize) -> Error {
        self.row.error_at(error, self.places[index])
    }
}
