//! The primary key of the row that an INSERT has inserted.

use std::sync::Arc;

use super::finished::Finished;
use crate::dbapi::{Outcome, RowSink, Statement};
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::row::{Columns, FromRow, RawRow};
use crate::sql::{KeyValue, Literals, Name, Template};
use crate::value::{Value, ValueRef};

/// How the key of the row that a statement inserts is found.
pub(super) struct KeyPlan {
    columns: Vec<(Name, Origin)>,
    /// Whether the database says what it has counted where NULL was given, or 0 to MySQL.
    counts: bool,
    /// The statement that gives what the database makes, where it must be asked.
    asking: Option<Statement>,
}

/// Where a column of the key comes from.
#[derive(Clone, Copy)]
enum Origin {
    /// The value of the statement at this place.
    Bound(usize),
    /// What the database says that it has counted.
    LastRow,
    /// The next column that comes back.
    Returned,
    /// The database makes it, and does not give it.
    Unknown,
}

/// The key of a row, as far as it is known.
pub(super) struct InsertedKey {
    plan: Arc<KeyPlan>,
    bound: Vec<Value>,
    returned: Vec<Value>,
}

/// Takes the row that gives what the database has made.
#[derive(Default)]
pub(super) struct ReturnedKey(Vec<Value>);

impl KeyPlan {
    /// How the key is found, if the template inserts one row and `finished` is its text.
    pub(super) fn new(
        template: &Template,
        finished: &Finished,
        dialect: &dyn Dialect,
    ) -> Result<Option<Arc<Self>>> {
        let Some(key) = template.row_key() else { return Ok(None) };
        let reports = dialect.capabilities().reports_lastrowid;
        let returning = key.returning_sql.as_deref().filter(|_| {
            let made = |value: &KeyValue| match value {
                KeyValue::Given(_) => false,
                KeyValue::Counted => !reports,
                KeyValue::Computed => true,
            };
            key.columns.iter().any(|(_, value)| made(value))
        });
        let origin = |value: &KeyValue| match value {
            KeyValue::Given(source) => {
                let place = finished.sources.iter().position(|known| known == source);
                place.map_or(Origin::Unknown, Origin::Bound)
            }
            _ if returning.is_some() => Origin::Returned,
            KeyValue::Counted if reports => Origin::LastRow,
            KeyValue::Counted | KeyValue::Computed => Origin::Unknown,
        };
        let columns = key.columns.iter().map(|(name, value)| (name.clone(), origin(value)));
        let asking = match returning {
            None => None,
            Some(sql) => {
                let asking = template.followed_by(sql);
                Some(Finished::new(&asking, &Literals::default(), dialect)?.statement)
            }
        };
        let counts = key.counts && reports;
        Ok(Some(Arc::new(Self { columns: columns.collect(), counts, asking })))
    }

    /// The statement that gives what the database makes, if it must be asked.
    pub(super) fn asking(&self) -> Option<&Statement> {
        self.asking.as_ref()
    }

    /// The values of the key that are bound.
    pub(super) fn bound(&self, values: &[Value]) -> Vec<Value> {
        let bound = |(_, origin): &(Name, Origin)| match origin {
            Origin::Bound(place) => values.get(*place).cloned(),
            _ => None,
        };
        self.columns.iter().filter_map(bound).collect()
    }
}

impl RowSink for ReturnedKey {
    fn columns(&mut self, _: &Arc<Columns>) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &dyn RawRow) -> Result<()> {
        for index in 0..row.len() {
            self.0.push(row.get(index)?.to_value()?);
        }
        Ok(())
    }
}

impl InsertedKey {
    pub(super) fn new(plan: Arc<KeyPlan>, bound: Vec<Value>, returned: ReturnedKey) -> Self {
        Self { plan, bound, returned: returned.0 }
    }

    /// The key as what a program reads.
    pub(super) fn read<K: FromRow>(&self, done: &Outcome) -> Result<K> {
        if done.rowcount == 0 {
            return Err(Error::new(
                ErrorKind::NoResultFound,
                "the statement has inserted no row, so there is no key",
            ));
        }
        let (mut bound, mut returned) = (self.bound.iter(), self.returned.iter());
        let mut values = Vec::with_capacity(self.plan.columns.len());
        for (name, origin) in &self.plan.columns {
            let value = match origin {
                Origin::Bound(_) => match bound.next() {
                    Some(given @ (Value::Int(0) | Value::UInt(0))) if self.plan.counts => {
                        // In the mode of the sessions of this library MySQL counts for NULL only.
                        let counted = done.lastrowid.filter(|counted| *counted != 0);
                        Some(counted.map_or_else(|| given.clone(), Value::Int))
                    }
                    Some(Value::Null) if self.plan.counts => done.lastrowid.map(Value::Int),
                    given => given.cloned(),
                },
                Origin::Returned => returned.next().cloned(),
                Origin::LastRow => done.lastrowid.map(Value::Int),
                Origin::Unknown => None,
            };
            values.push(value.ok_or_else(|| not_given(name))?);
        }
        if values.len() != K::WIDTH {
            return Err(other_width(values.len(), K::WIDTH));
        }
        K::from_row(&Key { columns: &self.plan.columns, values: &values }, 0)
    }
}

/// A key as a row.
struct Key<'k> {
    columns: &'k [(Name, Origin)],
    values: &'k [Value],
}

impl RawRow for Key<'_> {
    fn len(&self) -> usize {
        self.values.len()
    }

    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        Ok(self.values[index].as_ref())
    }

    fn error_at(&self, error: Error, index: usize) -> Error {
        error.context(&format!("column {:?} of the primary key", &*self.columns[index].0))
    }
}

/// There is no key to be known.
#[cold]
pub(super) fn no_key() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "this result has no primary key of an inserted row: it is known of an INSERT of one row into a \
         table with a primary key, by `execute`, without `returning`, `inline` and what is done on a \
         conflict; read the keys of others from the rows that `returning` gives",
    )
}

#[cold]
fn not_given(column: &str) -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        format!(
            "the database has made {column:?} of the primary key and does not give it; set the \
             column, or select the row by other columns"
        ),
    )
}

#[cold]
fn other_width(columns: usize, wanted: usize) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!(
            "the primary key has {columns} columns and was read as {wanted}; read a tuple of as many \
             values as it has columns"
        ),
    )
}
