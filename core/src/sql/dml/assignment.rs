//! Columns and what they are set to.

use std::marker::PhantomData;

use super::super::from::FromClause;
use super::super::{Dynamic, Expression, Mapped, Name};
use super::rows::{InsertedRows, struct_entries};

/// A column and what it is set to: `User::c.name.set("sandy")`.
#[derive(Debug)]
pub struct Assignment<T> {
    pub(super) entry: Entry,
    table: PhantomData<fn() -> T>,
}

/// A column and what it is set to, in a statement.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Entry {
    /// The table of the column; `None` is that of the statement.
    pub(super) of: Option<FromClause>,
    pub(super) column: Name,
    pub(super) value: Assigned,
}

/// What a column is set to.
#[derive(Debug, Clone)]
pub(in crate::sql) enum Assigned {
    Value(Expression),
    /// DEFAULT: what the database sets by itself.
    Default,
}

impl Assigned {
    /// The expression, if it is one.
    pub(super) fn value(&self) -> Option<&Expression> {
        match self {
            Self::Value(value) => Some(value),
            Self::Default => None,
        }
    }

    /// The same, to change it.
    pub(super) fn value_mut(&mut self) -> Option<&mut Expression> {
        match self {
            Self::Value(value) => Some(value),
            Self::Default => None,
        }
    }
}

impl<T> Assignment<T> {
    /// The same for a statement of its table that knows no types.
    pub(crate) fn untyped(&self) -> Assignment<Dynamic> {
        Assignment { entry: self.entry.clone(), table: PhantomData }
    }
}

impl Entry {
    fn is_same_column(&self, other: &Self) -> bool {
        let same_table = match (&self.of, &other.of) {
            (Some(one), Some(other)) => one.is(other),
            _ => true,
        };
        self.column == other.column && same_table
    }
}

impl<T> Assignment<T> {
    pub(in crate::sql) fn new(column: Name, value: Expression) -> Self {
        Self::of(Entry { of: None, column, value: Assigned::Value(value) })
    }

    pub(in crate::sql) fn of_table(table: FromClause, column: Name, value: Expression) -> Self {
        Self::of(Entry { of: Some(table), column, value: Assigned::Value(value) })
    }

    pub(in crate::sql) fn default(table: Option<FromClause>, column: Name) -> Self {
        Self::of(Entry { of: table, column, value: Assigned::Default })
    }

    fn of(entry: Entry) -> Self {
        Self { entry, table: PhantomData }
    }
}

/// What `values` takes: an assignment to a column of the table, a tuple, array or vector of such, or
/// a mapped struct or a reference to one, whose fields are all set, apart from those that are
/// [`Auto`](super::super::Auto) and unset.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not set columns of `{T}`",
    note = "give `column.set(value)` of columns of the same table, a tuple of such, or `{T}` itself"
)]
pub trait Assignments<T> {
    /// Adds them.
    fn assignments(self, to: &mut Vec<Assignment<T>>);

    /// Adds them as one of several rows.
    #[doc(hidden)]
    fn add_row(self, rows: &mut InsertedRows)
    where
        Self: Sized,
    {
        let mut entries = Vec::new();
        assign(&mut entries, self);
        rows.add(entries);
    }
}

#[diagnostic::do_not_recommend]
impl<T> Assignments<T> for Assignment<T> {
    fn assignments(self, to: &mut Vec<Self>) {
        to.push(self);
    }
}

#[diagnostic::do_not_recommend]
impl<T> Assignments<T> for Vec<Assignment<T>> {
    fn assignments(self, to: &mut Self) {
        to.extend(self);
    }
}

#[diagnostic::do_not_recommend]
impl<T, const N: usize> Assignments<T> for [Assignment<T>; N] {
    fn assignments(self, to: &mut Vec<Assignment<T>>) {
        to.extend(self);
    }
}

#[diagnostic::do_not_recommend]
impl<T: Mapped> Assignments<T> for &T {
    fn assignments(self, to: &mut Vec<Assignment<T>>) {
        to.reserve(T::ACCESSORS.len());
        struct_entries(self, |column, value, ty| {
            to.push(Assignment::new(column, Expression::literal(value).with_type(ty)));
        });
    }

    fn add_row(self, rows: &mut InsertedRows) {
        rows.add_struct(self);
    }
}

#[diagnostic::do_not_recommend]
impl<T: Mapped> Assignments<T> for T {
    fn assignments(self, to: &mut Vec<Assignment<T>>) {
        (&self).assignments(to);
    }

    fn add_row(self, rows: &mut InsertedRows) {
        rows.add_struct(&self);
    }
}

macro_rules! assignments {
    ($($one:ident $at:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<T, $($one: Assignments<T>),+> Assignments<T> for ($($one,)+) {
            fn assignments(self, to: &mut Vec<Assignment<T>>) {
                $(self.$at.assignments(to);)+
            }
        }
    };
}
tuples!(assignments);

/// Adds assignments to those there are. Setting a column again replaces what it was set to.
pub(super) fn assign<T>(assigned: &mut Vec<Entry>, more: impl Assignments<T>) {
    let mut added = Vec::new();
    more.assignments(&mut added);
    assigned.reserve(added.len());
    for Assignment { entry, .. } in added {
        match assigned.iter_mut().find(|known| known.is_same_column(&entry)) {
            Some(known) => known.value = entry.value,
            None => assigned.push(entry),
        }
    }
}
