//! Operators of numbers that Rust has no sign for: whole division, and those on bits.

use super::arithmetic::quotient;
use super::tree::{BitwiseOperator, ValueType};
use super::{
    AnyColumn, Arithmetic, Col, ColumnType, Combined, Dividend, Dynamic, Expr, IntegerType, Mapped,
    Operand, family,
};

macro_rules! bitwise_operators {
    ([$($generics:tt)*] $of:ty, ($o:ident: $($bound:tt)*), $result:ty, $own:ty, $ty:expr) => {
        impl<$($generics)*> $of {
            /// The bits that both have.
            ///
            /// ```
            /// use aludel::dialect::mysql::MySql;
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::dialect::sqlite::Sqlite;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{literal, select};
            ///
            /// let statement = select(literal(6_i64).bitwise_and(3).bitwise_xor(8));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT ($1 & $2) # $3"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT ((?1 & ?2) | ?3) - ((?1 & ?2) & ?3)"
            /// );
            /// // MySQL has bits without a sign, and other databases with one.
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT CAST((CAST(? & ? AS SIGNED)) ^ ? AS SIGNED)"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn bitwise_and<$o: $($bound)*>(self, other: $o) -> Expr<$result> {
                Expr::new(self.bits(BitwiseOperator::And, other.operand()))
            }

            /// The bits that one of the two has.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?.bitwise_or(t.c("b")?));
            /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.a | t.b FROM t");
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT CAST(t.a | t.b AS SIGNED) FROM t"
            /// );
            /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT t.a | t.b FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn bitwise_or<$o: $($bound)*>(self, other: $o) -> Expr<$result> {
                Expr::new(self.bits(BitwiseOperator::Or, other.operand()))
            }

            /// The bits that exactly one of the two has.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?.bitwise_xor(t.c("b")?));
            /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.a # t.b FROM t");
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT CAST(t.a ^ t.b AS SIGNED) FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT (t.a | t.b) - (t.a & t.b) FROM t"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn bitwise_xor<$o: $($bound)*>(self, other: $o) -> Expr<$result> {
                Expr::new(self.bits(BitwiseOperator::Xor, other.operand()))
            }

            /// The bits moved up by so many places. A distance that is not below the width of the
            /// type is another thing on each database.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?.bitwise_lshift(2));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a << CAST($1 AS INTEGER) FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT CAST(t.a << ? AS SIGNED) FROM t"
            /// );
            /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT t.a << ?1 FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn bitwise_lshift<$o: $($bound)*>(self, places: $o) -> Expr<$result> {
                Expr::new(self.bits(BitwiseOperator::LeftShift, places.operand()))
            }

            /// The bits moved down by so many places; the sign stays.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?.bitwise_rshift(2));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a >> CAST($1 AS INTEGER) FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT CAST(if(t.a < 0, ~(~t.a >> ?), t.a >> ?) AS SIGNED) FROM t"
            /// );
            /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT t.a >> ?1 FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn bitwise_rshift<$o: $($bound)*>(self, places: $o) -> Expr<$result> {
                Expr::new(self.bits(BitwiseOperator::RightShift, places.operand()))
            }

            /// All bits turned round.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?.bitwise_not());
            /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT ~t.a FROM t");
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT CAST(~t.a AS SIGNED) FROM t"
            /// );
            /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT ~t.a FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn bitwise_not(self) -> Expr<$own> {
                Expr::new(self.expression().under(super::tree::Kind::BitwiseNot))
            }

            fn bits(
                self,
                operator: BitwiseOperator,
                other: super::Expression,
            ) -> super::Expression {
                let ty: fn(&Self) -> ValueType = $ty;
                let other = other.with_type(ty(&self));
                self.expression().bitwise(operator, other)
            }
        }
    };
}
bitwise_operators!(
    [T: Mapped, V: ColumnType<Bare: IntegerType>] Col<T, V>,
    (O: Arithmetic<V::Bare, Result: IntegerType>),
    Combined<V::Null, O::Null, O::Result>, <V::Null as super::Nullability>::Of<V::Bare>,
    |column| column.column_type().into()
);
bitwise_operators!(
    [V: ColumnType<Bare: IntegerType>] Expr<V>,
    (O: Arithmetic<V::Bare, Result: IntegerType>),
    Combined<V::Null, O::Null, O::Result>, <V::Null as super::Nullability>::Of<V::Bare>,
    |_| V::TYPE.into()
);
bitwise_operators!(
    [] Expr<Dynamic>, (O: Operand<Dynamic>), Dynamic, Dynamic, |_| ValueType::Unknown
);
bitwise_operators!(
    [] AnyColumn, (O: Operand<Dynamic>), Dynamic, Dynamic, |column| column.ty.clone().into()
);

macro_rules! floordiv {
    ([$($generics:tt)*] $of:ty) => {
        impl<$($generics)*> $of {
            /// How often `by` is in it. Of integers the rest is cut off, so that `-7` has `2` in it
            /// `-3` times; of other numbers it is the largest integer that is not above the fraction.
            ///
            /// ```
            /// use aludel::dialect::mysql::MySql;
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{literal, select};
            ///
            /// let statement = select(literal(7).floordiv(2));
            /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT $1 / $2");
            /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT ? DIV ?");
            /// let statement = select(literal(7.5).floordiv(2.0));
            /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT floor($1 / $2)");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn floordiv<O>(self, by: O) -> Expr<Combined<V::Null, O::Null, O::Result>>
            where
                O: Arithmetic<V::Bare, Result: Dividend>,
            {
                let by = by.operand();
                let quotient = match O::IS_TYPED {
                    true => O::Result::WHOLE,
                    false => quotient(Some(V::TYPE), &by, true),
                };
                Expr::new(self.expression().division(quotient, by.with_type(V::TYPE)))
            }
        }
    };
}
floordiv!([T: Mapped, V: ColumnType<Family = family::Numeric>] Col<T, V>);
floordiv!([V: ColumnType<Family = family::Numeric>] Expr<V>);

impl Expr<Dynamic> {
    /// How often `by` is in it. If it is known to be an integer, by its columns and values, the rest is cut off; else
    /// it is the largest integer that is not above the fraction.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?.expr().floordiv(2));
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.a / $1 FROM t");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT t.a DIV ? FROM t");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT t.a / ?1 FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn floordiv(self, by: impl Operand<Dynamic>) -> Self {
        let by = by.operand();
        let of = self.into_expression();
        let quotient = quotient(of.known_number(), &by, true);
        Self::new(of.division(quotient, by))
    }
}

impl AnyColumn {
    /// How often `by` is in it. Of integers the rest is cut off; of other numbers it is the largest
    /// integer that is not above the fraction.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?.floordiv(2));
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.a / $1 FROM t");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT t.a DIV ? FROM t");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT t.a / ?1 FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn floordiv(self, by: impl Operand<Dynamic>) -> Expr<Dynamic> {
        let (by, ty) = (by.operand(), self.ty.clone());
        let of = self.expression();
        let quotient = quotient(ty.as_ref().or_else(|| of.known_number()), &by, true);
        Expr::new(of.division(quotient, by.with_type(ty)))
    }
}
