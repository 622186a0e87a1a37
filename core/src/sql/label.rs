//! What a label is besides a column of a result: a term of an order, and what it labels.

use super::{
    ColumnType, Condition, Dynamic, Expr, ExprType, Expression, Label, NotNull, Nullable, Operand,
    OrderTerm, TypedExpression, family,
};

impl<V> Label<V> {
    /// Smaller values first, by the name of the label.
    ///
    /// ```
    /// use aludel::{Column, MetaData, Table, select, types};
    ///
    /// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
    /// let total = || t.c("a").map(|a| (a + 1).label("total"));
    /// let statement = select(total()?).order_by(total()?.desc().nulls_last());
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "SELECT t.a + :1 AS total FROM t ORDER BY total DESC NULLS LAST"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn asc(self) -> OrderTerm {
        OrderTerm::new(self.into_expression(), false)
    }

    /// Larger values first, by the name of the label.
    pub fn desc(self) -> OrderTerm {
        OrderTerm::new(self.into_expression(), true)
    }

    /// Smaller values first, and NULL before all.
    pub fn nulls_first(self) -> OrderTerm {
        self.asc().nulls_first()
    }

    /// Smaller values first, and NULL after all.
    pub fn nulls_last(self) -> OrderTerm {
        self.asc().nulls_last()
    }
}

/// In an expression it is what it labels.
impl<V: ExprType> TypedExpression for Label<V> {
    type Value = V;

    fn expr(self) -> Expr<V> {
        Expr::new(self.into_expression())
    }
}

impl<V, U> Operand<V> for Label<U>
where
    V: ColumnType,
    U: ColumnType<Family: family::SameAs<V::Family, U, V>>,
{
    type Null = U::Null;

    fn operand(self) -> Expression {
        self.into_expression()
    }
}

impl<U: ExprType> Operand<Dynamic> for Label<U> {
    type Null = U::Null;

    fn operand(self) -> Expression {
        self.into_expression()
    }
}

macro_rules! conditions {
    ($($ty:ty: $null:ty),*) => {$(
        impl Condition for Label<$ty> {
            type Null = $null;

            fn condition(self) -> Expression {
                self.into_expression()
            }
        }
    )*};
}
conditions!(bool: NotNull, Option<bool>: Nullable, Dynamic: Nullable);
