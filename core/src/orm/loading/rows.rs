//! What a session makes of rows: keys of objects where a connection makes values of mapped structs.

use std::collections::{HashSet, VecDeque};
use std::marker::PhantomData;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::plan::{LoadedEntity, Plan};
use super::target::Loading;
use crate::dbapi::RowSink;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::class::MappedClass;
use crate::orm::identity::Identity;
use crate::orm::key::Ref;
use crate::row::{Columns, Fetch, FromRow, RawRow, Row, RowBuffer, Rows};
use crate::value::{FromValue, Value, ValueRef};

/// A type that is made of some cells of a row, as a session makes it: the key of an object for a mapped struct,
/// the value for all else. `#[derive(Mapped)]` implements it.
pub trait SessionRow: FromRow {
    /// What a session makes of it.
    type Loaded: Send + 'static;

    /// Where in a row mapped structs begin.
    #[doc(hidden)]
    fn entities(_start: usize, _to: &mut Vec<LoadedEntity>) {}

    /// Reads the cells from position `start` on.
    ///
    /// # Errors
    ///
    /// As [`FromRow::from_row`].
    fn load(row: &dyn RawRow, start: usize, to: &mut Loading<'_>) -> Result<Self::Loaded>;

    /// Reads the cells from position `start` on; `None` if all of them are NULL.
    ///
    /// # Errors
    ///
    /// As [`FromRow::from_row`].
    fn load_nullable(
        row: &dyn RawRow,
        start: usize,
        to: &mut Loading<'_>,
    ) -> Result<Option<Self::Loaded>> {
        for index in start..start + Self::WIDTH {
            if row.get(index)? != ValueRef::Null {
                return Self::load(row, start, to).map(Some);
            }
        }
        Ok(None)
    }
}

impl<T: FromValue + Send + 'static> SessionRow for T {
    type Loaded = T;

    #[inline]
    fn load(row: &dyn RawRow, start: usize, _: &mut Loading<'_>) -> Result<T> {
        T::from_row(row, start)
    }
}

impl<T: SessionRow> SessionRow for Option<T> {
    type Loaded = Option<T::Loaded>;

    fn entities(start: usize, to: &mut Vec<LoadedEntity>) {
        T::entities(start, to);
    }

    #[inline]
    fn load(row: &dyn RawRow, start: usize, to: &mut Loading<'_>) -> Result<Self::Loaded> {
        T::load_nullable(row, start, to)
    }
}

macro_rules! session_row {
    ($($place:ident $at:tt),+) => {
        impl<$($place: SessionRow),+> SessionRow for ($($place,)+) {
            type Loaded = ($($place::Loaded,)+);

            fn entities(mut start: usize, to: &mut Vec<LoadedEntity>) {
                $(
                    $place::entities(start, to);
                    start += $place::WIDTH;
                )+
                let _ = start;
            }

            #[inline]
            #[expect(unused_assignments, reason = "behind the last place nothing is read")]
            fn load(row: &dyn RawRow, mut start: usize, to: &mut Loading<'_>) -> Result<Self::Loaded> {
                Ok(($({
                    let place = $place::load(row, start, to)?;
                    start += $place::WIDTH;
                    place
                },)+))
            }
        }
    };
}
tuples!(session_row);

/// Loads the object that a row is about. `#[derive(Mapped)]` calls it.
#[doc(hidden)]
pub fn load_object<T: MappedClass>(
    row: &dyn RawRow,
    start: usize,
    to: &mut Loading<'_>,
) -> Result<Ref<T>> {
    match load_object_or_none(row, start, to)? {
        Some(key) => Ok(key),
        // The columns are read, so that the error names the one that is NULL.
        None => {
            T::from_row(row, start)?;
            Err(without_key(T::mapper().class_name()))
        }
    }
}

/// The same where there may be none. `#[derive(Mapped)]` calls it.
#[doc(hidden)]
pub fn load_object_or_none<T: MappedClass>(
    row: &dyn RawRow,
    start: usize,
    to: &mut Loading<'_>,
) -> Result<Option<Ref<T>>> {
    Ok(to.object(T::mapper(), row, start)?.map(Ref::new))
}

#[cold]
fn without_key(class: &str) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!(
            "a row has no primary key of `{class}`; select what an outer join may lack by nullable(…)"
        ),
    )
}

/// What the rows of a statement become in a session: of a [`SessionRow`] what that says, or the untyped [`Row`].
pub trait SessionFetch: Fetch {
    /// What a session makes of a row.
    type Loaded: Send + 'static;

    /// Where in it mapped structs begin.
    #[doc(hidden)]
    fn entities(_to: &mut Vec<LoadedEntity>) {}

    /// Reads a row.
    ///
    /// # Errors
    ///
    /// The row cannot be decoded.
    fn load_row(
        row: &dyn RawRow,
        columns: Option<&Arc<Columns>>,
        to: &mut Loading<'_>,
    ) -> Result<Self::Loaded>;
}

impl<T: SessionRow> SessionFetch for T {
    type Loaded = T::Loaded;

    fn entities(to: &mut Vec<LoadedEntity>) {
        T::entities(0, to);
    }

    #[inline]
    fn load_row(
        row: &dyn RawRow,
        _: Option<&Arc<Columns>>,
        to: &mut Loading<'_>,
    ) -> Result<T::Loaded> {
        T::load(row, 0, to)
    }
}

impl SessionFetch for Row {
    type Loaded = Self;

    fn load_row(
        row: &dyn RawRow,
        columns: Option<&Arc<Columns>>,
        _: &mut Loading<'_>,
    ) -> Result<Self> {
        let mut rows = RowBuffer::default();
        if let Some(columns) = columns {
            rows.columns(columns)?;
        }
        rows.push(row)?;
        match rows.next() {
            Some(row) => Ok(row),
            None => unreachable!("it was pushed a moment ago"),
        }
    }
}

/// What rows became, and their columns.
type RowsAnd<T> = (VecDeque<T>, Option<Arc<Columns>>);

/// Collects what a session makes of the rows of a statement.
pub(in crate::orm) struct RowsOf<'s, T: SessionFetch> {
    to: Loading<'s>,
    columns: Option<Arc<Columns>>,
    rows: VecDeque<T::Loaded>,
    /// The rows that were seen, where they repeat for what is joined.
    seen: HashSet<Identity, FixedState>,
    of: PhantomData<fn() -> T>,
}

impl<'s, T: SessionFetch> RowsOf<'s, T> {
    pub(in crate::orm) fn new(to: Loading<'s>) -> Self {
        Self { to, columns: None, rows: VecDeque::new(), seen: HashSet::default(), of: PhantomData }
    }

    /// What the rows became, and what is still to be done for it.
    pub(in crate::orm) fn into_rows(mut self) -> (RowsAnd<T::Loaded>, Option<Box<Plan>>) {
        let plan = self.to.take_plan();
        ((self.rows, self.columns), plan)
    }
}

impl<T: SessionFetch> RowSink for RowsOf<'_, T> {
    fn columns(&mut self, columns: &Arc<Columns>) -> Result<()> {
        self.columns = Some(Arc::clone(columns));
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        let loaded = T::load_row(row, self.columns.as_ref(), &mut self.to)?;
        if let Some(columns) = self.to.plan().and_then(|plan| plan.told_apart_by.as_ref()) {
            let cells = columns.iter().map(|column| row.get(*column)?.to_value());
            let cells: Vec<Value> = cells.collect::<Result<_>>()?;
            if !self.seen.insert(Identity::of(&cells)) {
                return Ok(());
            }
        }
        self.rows.push_back(loaded);
        Ok(())
    }
}

/// A row whose first column can be taken: what [`scalars`](crate::orm::Session::scalars) gives.
pub trait ScalarRow {
    /// The type of the first column.
    type Scalar;

    /// The first column.
    fn scalar(self) -> Self::Scalar;
}

impl<T> ScalarRow for Ref<T> {
    type Scalar = Self;

    fn scalar(self) -> Self {
        self
    }
}

impl<T> ScalarRow for Option<Ref<T>> {
    type Scalar = Self;

    fn scalar(self) -> Self {
        self
    }
}

macro_rules! scalar_row {
    ($($place:ident $at:tt),+) => {
        impl<$($place),+> ScalarRow for ($($place,)+) {
            type Scalar = A;

            fn scalar(self) -> A {
                self.0
            }
        }
    };
}
tuples!(scalar_row);
