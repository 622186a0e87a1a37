//! SELECT: columns, conditions, order, limits.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::spelling::Generic;
use super::{
    CacheKey, Compiled, Executable, Expression, Literals, Name, Order, OrderBy, Params, Predicate,
    Selection, Spelling, Verb, Writer,
};
use crate::error::{Error, ErrorKind, Result};
use crate::row::Fetch;
use crate::value::Value;

/// A SELECT whose rows become `R`. Cheap to clone.
#[must_use = "a statement does nothing until a connection executes it"]
pub struct Select<R> {
    parts: Arc<Parts>,
    row: PhantomData<fn() -> R>,
}

#[derive(Clone, Default)]
struct Parts {
    columns: Vec<Expression>,
    /// A table that is selected from even if no column names it.
    from: Option<Name>,
    conditions: Vec<Expression>,
    orders: Vec<Order>,
    limit: Option<Value>,
    offset: Option<Value>,
    params: Params,
}

/// Selects columns, or whole structs by `select(User::c)`.
///
/// The tables are those that the columns and conditions name.
pub fn select<S: Selection>(what: S) -> Select<S::Row> {
    let mut parts = Parts::default();
    what.columns(&mut parts.columns);
    Select { parts: Arc::new(parts), row: PhantomData }
}

impl<R> Select<R> {
    pub(super) fn of_table(table: Name, columns: Vec<Expression>) -> Self {
        let parts = Parts { columns, from: Some(table), ..Parts::default() };
        Self { parts: Arc::new(parts), row: PhantomData }
    }

    fn parts(&mut self) -> &mut Parts {
        Arc::make_mut(&mut self.parts)
    }

    /// Only the rows for which the condition holds, besides those that were given before.
    pub fn where_(mut self, condition: impl Into<Predicate>) -> Self {
        self.parts().conditions.push(condition.into().expression);
        self
    }

    /// Sorts, behind what was given before.
    pub fn order_by(mut self, by: impl OrderBy) -> Self {
        by.order_by(&mut self.parts().orders);
        self
    }

    /// At most so many rows. The last call counts.
    pub fn limit(mut self, rows: u32) -> Self {
        self.parts().limit = Some(rows.into());
        self
    }

    /// Without the first so many rows. The last call counts.
    pub fn offset(mut self, rows: u32) -> Self {
        self.parts().offset = Some(rows.into());
        self
    }

    /// Values for its named binds.
    pub fn params(mut self, params: Params) -> Self {
        let mine = &mut self.parts().params;
        mine.extend(params.into_pairs());
        self
    }

    fn write(&self, to: &mut Writer<'_>) {
        let parts = &*self.parts;
        to.sql("SELECT ");
        to.separated(", ", &parts.columns, |column, to| column.write(to));
        let mut tables: Vec<&Name> = parts.from.iter().collect();
        let expressions = parts.columns.iter().chain(&parts.conditions);
        expressions.for_each(|expression| expression.tables(&mut tables));
        if !tables.is_empty() {
            to.sql(" FROM ");
            to.separated(", ", &tables, |table, to| to.name(table));
        }
        if !parts.conditions.is_empty() {
            to.sql(" WHERE ");
            match &*parts.conditions {
                [only] => only.write(to),
                several => to.separated(" AND ", several, Expression::write_nested),
            }
        }
        if !parts.orders.is_empty() {
            to.sql(" ORDER BY ");
            to.separated(", ", &parts.orders, Order::write);
        }
        to.limit(parts.limit.is_some(), parts.offset.is_some());
    }
}

impl<R: Fetch> Executable for Select<R> {
    type Row = R;

    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, _: &Params) {
        let parts = &*self.parts;
        key.mark(b'S');
        key.count(parts.columns.len());
        parts.columns.iter().for_each(|column| column.key(key, literals));
        key.mark(u8::from(parts.from.is_some()));
        parts.from.iter().for_each(|table| key.name(table));
        key.count(parts.conditions.len());
        parts.conditions.iter().for_each(|condition| condition.key(key, literals));
        key.count(parts.orders.len());
        parts.orders.iter().for_each(|order| order.key(key, literals));
        for bound in [&parts.limit, &parts.offset] {
            key.mark(u8::from(bound.is_some()));
            bound.iter().for_each(|value| literals.push(value));
        }
    }

    fn compile(&self, spelling: &dyn Spelling, _: &Params) -> Result<Compiled> {
        if self.parts.columns.is_empty() {
            return Err(Error::new(
                ErrorKind::Compile,
                "a SELECT needs at least one column; the selection is empty",
            ));
        }
        self.parts.conditions.iter().try_for_each(Expression::check_depth)?;
        let mut writer = Writer::new(spelling);
        self.write(&mut writer);
        Ok(writer.finish(Verb::Select))
    }

    fn params(&self) -> &Params {
        &self.parts.params
    }
}

impl<R> Clone for Select<R> {
    fn clone(&self) -> Self {
        Self { parts: Arc::clone(&self.parts), row: PhantomData }
    }
}

/// Prints as SQL, with names or numbers in the place of values.
impl<R> fmt::Display for Select<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut writer = Writer::new(&Generic);
        self.write(&mut writer);
        f.write_str(&writer.finish(Verb::Select).shown())
    }
}

impl<R> fmt::Debug for Select<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
