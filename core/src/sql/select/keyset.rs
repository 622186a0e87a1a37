//! Pages by the last row of the page before, in place of an offset.

use super::Select;
use crate::sql::tree::{Kind, Op};
use crate::sql::{Expression, Nulls};
use crate::value::Value;

/// The values of the last row of a page: a tuple of values, or a vector of [`Value`].
pub trait KeysetValues {
    /// The values, in the order of the terms of ORDER BY.
    fn keyset_values(self) -> Vec<Value>;
}

impl KeysetValues for Vec<Value> {
    fn keyset_values(self) -> Vec<Value> {
        self
    }
}

macro_rules! keyset_values {
    ($($one:ident $at:tt),+) => {
        impl<$($one: Into<Value>),+> KeysetValues for ($($one,)+) {
            fn keyset_values(self) -> Vec<Value> {
                vec![$(self.$at.into()),+]
            }
        }
    };
}
tuples!(keyset_values);

const NO_ORDER: &str = "`after` needs as many values as the statement has terms of ORDER BY, and at \
     least one; call it behind `order_by`, whose last term should be a key";
const NULL_ANYWHERE: &str = "`after` was given NULL for a term that does not say where NULL stands; \
     say so by `nulls_first` or `nulls_last`";

impl<S> Select<S> {
    /// Only the rows that come after this one in the order: the next page, for a database that has an
    /// index of the order, at the same cost for each page. It is called behind `order_by`, with the
    /// values that the last row of the page before has for the terms there.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     age: i32,
    /// }
    ///
    /// let by_age = select(User::c).order_by((User::c.age.desc(), User::c.id)).limit(20);
    /// let next = by_age.after((30, 7_i64));
    /// assert_eq!(
    ///     next.to_string(),
    ///     "SELECT users.id, users.age FROM users \
    ///      WHERE users.age < :1 OR users.age = :2 AND users.id > :3 \
    ///      ORDER BY users.age DESC, users.id LIMIT :4"
    /// );
    /// ```
    ///
    /// Two rows with the same values for all terms may be on two pages, or on none: the last term
    /// should be a key. A term that can be NULL must say where NULL stands.
    pub fn after(mut self, row: impl KeysetValues) -> Self {
        let condition = beyond(&self.parts.orders, &row.keyset_values());
        super::add(&mut self.parts().conditions, condition);
        self
    }
}

/// The condition for a row to come behind one with these values.
fn beyond(terms: &[Expression], values: &[Value]) -> Expression {
    if terms.is_empty() || terms.len() != values.len() {
        return Expression::refused(NO_ORDER);
    }
    let mut ways = Vec::new();
    let mut before: Vec<Expression> = Vec::new();
    for (term, value) in terms.iter().zip(values) {
        let by = super::group::bare(term);
        if let Some(further) = further(term, by, value) {
            let all = before.iter().cloned().chain([further]);
            ways.push(match before.is_empty() {
                true => all.last().unwrap_or_else(|| Expression::refused(NO_ORDER)),
                false => Expression::joined(Kind::All, all),
            });
        }
        before.push(match value {
            Value::Null => by.clone().null_check(false),
            value => by.clone().binary(Op::Eq, Expression::literal(value.clone())),
        });
    }
    match ways.len() {
        1 => ways.remove(0),
        _ => Expression::joined(Kind::Any, ways),
    }
}

/// The condition for one term to come behind a value; `None` if nothing does.
fn further(term: &Expression, by: &Expression, value: &Value) -> Option<Expression> {
    let Kind::Ordered { descending, nulls } = term.kind else { return None };
    if *value == Value::Null {
        return match nulls {
            None => Some(Expression::refused(NULL_ANYWHERE)),
            Some(Nulls::First) => Some(by.clone().null_check(true)),
            Some(Nulls::Last) => None,
        };
    }
    let op = if descending { Op::Lt } else { Op::Gt };
    let beyond = by.clone().binary(op, Expression::literal(value.clone()));
    match nulls {
        Some(Nulls::Last) => {
            Some(Expression::joined(Kind::Any, [beyond, by.clone().null_check(false)]))
        }
        _ => Some(beyond),
    }
}
