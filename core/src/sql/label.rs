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
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select((t.c("a")? + 1).label("n"))
    ///     .order_by((t.c("a")? + 1).label("n").desc());
    /// assert_eq!(statement.to_string(), "SELECT t.a + :1 AS n FROM t ORDER BY n DESC");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn desc(self) -> OrderTerm {
        OrderTerm::new(self.into_expression(), true)
    }

    /// Smaller values first, and NULL before all.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select((t.c("a")? + 1).label("n"))
    ///     .order_by((t.c("a")? + 1).label("n").nulls_first());
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a + $1 AS n FROM t ORDER BY n NULLS FIRST"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT t.a + ? AS n FROM t ORDER BY (t.a + ?) IS NULL DESC, n"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT t.a + ?1 AS n FROM t ORDER BY n NULLS FIRST"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn nulls_first(self) -> OrderTerm {
        self.asc().nulls_first()
    }

    /// Smaller values first, and NULL after all.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select((t.c("a")? + 1).label("n"))
    ///     .order_by((t.c("a")? + 1).label("n").nulls_last());
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a + $1 AS n FROM t ORDER BY n NULLS LAST"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT t.a + ? AS n FROM t ORDER BY (t.a + ?) IS NULL, n"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT t.a + ?1 AS n FROM t ORDER BY n NULLS LAST"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
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

#[diagnostic::do_not_recommend]
impl<U: ExprType> Operand<Dynamic> for Label<U> {
    type Null = U::Null;

    fn operand(self) -> Expression {
        self.into_expression()
    }
}

macro_rules! conditions {
    ($($ty:ty: $null:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Condition for Label<$ty> {
            type Null = $null;

            fn condition(self) -> Expression {
                self.into_expression()
            }
        }
    )*};
}
conditions!(bool: NotNull, Option<bool>: Nullable, Dynamic: Nullable);
