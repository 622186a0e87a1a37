//! Numbers of rows: what `limit`, `offset` and `fetch` take.

use crate::sql::{AnyColumn, BindParam, ColumnType, Dynamic, Expr, Expression, Text, family};

/// A number of rows: what `limit` and `offset` take; `None` is no limit.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number of rows",
    note = "give an integer, an expression whose value is a number, or a `bindparam`"
)]
pub trait RowCount {
    /// As an expression.
    fn row_count(self) -> Option<Expression>;
}

macro_rules! row_counts {
    ($($integer:ty),*) => {$(
        impl RowCount for $integer {
            fn row_count(self) -> Option<Expression> {
                // No table has more rows than an i64 counts.
                Some(rows(i64::try_from(self).unwrap_or(i64::MAX)))
            }
        }
    )*};
}
row_counts!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

fn rows(count: i64) -> Expression {
    if count < 0 {
        return Expression::refused("a number of rows is negative; leave `limit` or `offset` out");
    }
    Expression::literal(count.into()).with_type(i64::TYPE)
}

impl<R: RowCount> RowCount for Option<R> {
    fn row_count(self) -> Option<Expression> {
        self.and_then(RowCount::row_count)
    }
}

impl RowCount for BindParam {
    fn row_count(self) -> Option<Expression> {
        Some(self.into_expression().with_type(i64::TYPE))
    }
}

impl<V: ColumnType> RowCount for Expr<V>
where
    V::Family: family::Counts<V>,
{
    fn row_count(self) -> Option<Expression> {
        Some(self.into_expression())
    }
}

impl RowCount for Expr<Dynamic> {
    fn row_count(self) -> Option<Expression> {
        Some(self.into_expression())
    }
}

impl RowCount for AnyColumn {
    fn row_count(self) -> Option<Expression> {
        Some(self.expression())
    }
}

/// SQL as it is.
impl RowCount for Text {
    fn row_count(self) -> Option<Expression> {
        Some(self.into_expression())
    }
}
