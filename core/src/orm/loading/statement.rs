//! The statements of loads.

use crate::orm::mapper::Mapper;
use crate::sql::{AnyColumn, Expr, Select, and_, or_, select};
use crate::value::Value;

/// Rows of a mapped table, all columns in their order.
pub(super) fn rows_of(mapper: &Mapper) -> Select<Vec<AnyColumn>> {
    select(mapper.columns().to_vec())
}

/// That columns have these values; NULL equals NULL.
pub(super) fn have(columns: &[AnyColumn], values: &[Value]) -> Expr<Option<bool>> {
    let mut conditions = columns.iter().zip(values).map(|(column, value)| match value {
        Value::Null => column.clone().is_null().into(),
        value => column.clone().eq(value.clone()),
    });
    let first = conditions.next();
    match first {
        Some(first) => conditions.fold(first, |all, next| and_((all, next))),
        None => unreachable!("a primary key and a foreign key have columns"),
    }
}

/// That columns have one of these lists of values.
pub(super) fn have_one_of(columns: &[AnyColumn], lists: &[Vec<Value>]) -> Expr<Option<bool>> {
    if let [column] = columns {
        let values: Vec<Value> = lists.iter().filter_map(|list| list.first().cloned()).collect();
        return column.clone().in_(values);
    }
    let mut lists = lists.iter().map(|list| have(columns, list));
    match lists.next() {
        Some(first) => lists.fold(first, |all, next| or_((all, next))),
        None => unreachable!("nothing is loaded of nothing"),
    }
}
