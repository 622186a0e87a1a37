//! The operators of columns and expressions: the same for all kinds of them.

use super::select::one_column;
use super::tree::{Kind, Op, ValueType};
use super::{
    AnyColumn, Cast, Col, ColumnType, Combined, Dynamic, Expr, ExprType, Expression, InOperand,
    IntoSql, Mapped, Name, Nullability, Nullable, Operand, OrderTerm, Query, ScalarItem,
};

macro_rules! operators {
    ([$($generics:tt)*] $of:ty, $bare:ty, $null:ty, $ty:expr) => {
        impl<$($generics)*> $of {
            /// `self = other`. For NULL see [`is_null`](Self::is_null).
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.eq(t.c("b")?));
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a = t.b");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn eq<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Eq, other.operand()))
            }

            /// `self != other`.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.ne(5));
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a != :1");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn ne<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Ne, other.operand()))
            }

            /// `self < other`.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.lt(5));
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a < :1");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn lt<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Lt, other.operand()))
            }

            /// `self <= other`.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.le(5));
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a <= :1");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn le<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Le, other.operand()))
            }

            /// `self > other`.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.gt(5));
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a > :1");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn gt<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Gt, other.operand()))
            }

            /// `self >= other`.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.ge(5));
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a >= :1");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn ge<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.compare(Op::Ge, other.operand()))
            }

            /// Whether the two are the same; NULL is the same as NULL, so it is never NULL.
            ///
            /// ```
            /// use aludel::dialect::mysql::MySql;
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::dialect::sqlite::Sqlite;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{Column, MetaData, Table, types};
            ///
            /// let columns = ["a", "b"].map(|name| Column::new(name, types::Integer));
            /// let t = Table::new("t", &MetaData::new(), columns)?;
            /// let same = t.select().where_(t.c("a")?.is_(t.c("b")?));
            /// let condition = |sql: &str| sql.split(" WHERE ").nth(1).map(str::to_owned);
            /// let sql = same.compile(&PostgreSql::new())?.sql().to_owned();
            /// assert_eq!(condition(&sql).as_deref(), Some("t.a IS NOT DISTINCT FROM t.b"));
            /// let sql = same.compile(&MySql::new())?.sql().to_owned();
            /// assert_eq!(condition(&sql).as_deref(), Some("t.a <=> t.b"));
            /// let sql = same.compile(&Sqlite::new())?.sql().to_owned();
            /// assert_eq!(condition(&sql).as_deref(), Some("t.a IS t.b"));
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn is_<O: Operand<$bare>>(self, other: O) -> Expr<bool> {
                let ty = self.value_type();
                Expr::new(self.expression().is(other.operand(), ty, false))
            }

            /// Whether the two differ; NULL differs from every value, so it is never NULL.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.is_not(t.c("b")?));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.a IS DISTINCT FROM t.b"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE NOT (t.a <=> t.b)"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.a IS NOT t.b"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn is_not<O: Operand<$bare>>(self, other: O) -> Expr<bool> {
                let ty = self.value_type();
                Expr::new(self.expression().is(other.operand(), ty, true))
            }

            /// As [`is_not`](Self::is_not).
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.is_distinct_from(5));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.a IS DISTINCT FROM $1"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE NOT (t.a <=> ?)"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.a IS NOT ?1"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn is_distinct_from<O: Operand<$bare>>(self, other: O) -> Expr<bool> {
                self.is_not(other)
            }

            /// As [`is_`](Self::is_).
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.is_not_distinct_from(5));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.a IS NOT DISTINCT FROM $1"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.a <=> ?"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.a IS ?1"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn is_not_distinct_from<O: Operand<$bare>>(self, other: O) -> Expr<bool> {
                self.is_(other)
            }

            /// `self BETWEEN low AND high`, both included.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.between(1, 5));
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a BETWEEN :1 AND :2");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn between<L: Operand<$bare>, H: Operand<$bare>>(
                self,
                low: L,
                high: H,
            ) -> Expr<Combined<$null, <L::Null as Nullability>::Or<H::Null>, bool>> {
                Expr::new(self.within(low.operand(), high.operand(), false, false))
            }

            /// `self NOT BETWEEN low AND high`.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.not_between(1, 5));
            /// assert_eq!(
            ///     statement.to_string(),
            ///     "SELECT t.a FROM t WHERE t.a NOT BETWEEN :1 AND :2"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn not_between<L: Operand<$bare>, H: Operand<$bare>>(
                self,
                low: L,
                high: H,
            ) -> Expr<Combined<$null, <L::Null as Nullability>::Or<H::Null>, bool>> {
                Expr::new(self.within(low.operand(), high.operand(), true, false))
            }

            /// Whether it is between two values, of which either may be the larger one.
            ///
            /// ```
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::dialect::sqlite::Sqlite;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{literal, select};
            ///
            /// let statement = select(literal(2).between_symmetric(3, 1));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT $1 BETWEEN SYMMETRIC $2 AND $3"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT (?1 BETWEEN ?2 AND ?3 OR ?1 BETWEEN ?3 AND ?2)"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn between_symmetric<L: Operand<$bare>, H: Operand<$bare>>(
                self,
                low: L,
                high: H,
            ) -> Expr<Combined<$null, <L::Null as Nullability>::Or<H::Null>, bool>> {
                Expr::new(self.within(low.operand(), high.operand(), false, true))
            }

            /// `self IN (values)`: of a list, of a statement that selects one column.
            ///
            /// No row is in an empty list. The list may have another length each time: the statement
            /// is compiled once all the same.
            ///
            /// ```
            /// use aludel::dialect::sqlite::Sqlite;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{Column, MetaData, Table, select, types};
            ///
            /// let columns = ["a", "b"].map(|name| Column::new(name, types::Integer));
            /// let t = Table::new("t", &MetaData::new(), columns)?;
            /// let listed = t.select().where_(t.c("a")?.in_([1, 2]));
            /// assert!(listed.compile(&Sqlite::new())?.sql().ends_with("(t.a IN (?1, ?2))"));
            /// let x = t.alias("x");
            /// let selected = t.select().where_(t.c("a")?.in_(select(x.c("b")?)));
            /// assert!(selected.to_string().ends_with("(t.a IN (SELECT x.b FROM t AS x))"));
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn in_<I: InOperand<$bare>>(
                self,
                values: I,
            ) -> Expr<Combined<$null, I::Null, bool>> {
                let ty = self.value_type();
                Expr::new(values.in_operand().compared(self.expression(), ty, false))
            }

            /// `self NOT IN (values)`. Every row is outside an empty list. A row is outside of one that
            /// has NULL in it only if the list is not looked at: leave NULL out.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.not_in([1, 2]));
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE (t.a NOT IN (...))");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn not_in<I: InOperand<$bare>>(
                self,
                values: I,
            ) -> Expr<Combined<$null, I::Null, bool>> {
                let ty = self.value_type();
                Expr::new(values.in_operand().compared(self.expression(), ty, true))
            }

            /// `self IN (SELECT …)`, of a statement that selects one column.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.in_select(select(u.c("t_id")?)));
            /// assert_eq!(
            ///     statement.to_string(),
            ///     "SELECT t.a FROM t WHERE (t.a IN (SELECT u.t_id FROM u))"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn in_select<Q: Query>(self, query: Q) -> Expr<Option<bool>>
            where
                Q::Item: ScalarItem,
            {
                Expr::new(self.expression().in_select(one_column(query), false))
            }

            /// `self NOT IN (SELECT …)`, of a statement that selects one column.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?)
            ///     .where_(t.c("a")?.not_in_select(select(u.c("t_id")?)));
            /// assert_eq!(
            ///     statement.to_string(),
            ///     "SELECT t.a FROM t WHERE (t.a NOT IN (SELECT u.t_id FROM u))"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn not_in_select<Q: Query>(self, query: Q) -> Expr<Option<bool>>
            where
                Q::Item: ScalarItem,
            {
                Expr::new(self.expression().in_select(one_column(query), true))
            }

            /// `self IS NULL`.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.is_null());
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a IS NULL");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn is_null(self) -> Expr<bool> {
                Expr::new(self.expression().null_check(false))
            }

            /// `self IS NOT NULL`.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("a")?.is_not_null());
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a IS NOT NULL");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn is_not_null(self) -> Expr<bool> {
                Expr::new(self.expression().null_check(true))
            }

            /// The value in the type of a Rust type: `CAST(self AS …)`.
            ///
            /// ```
            /// use aludel::dialect::mysql::MySql;
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{create_engine, literal, select};
            ///
            /// let statement = select(literal("17").cast::<i64>() + 1);
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT CAST($1 AS BIGINT) + $2"
            /// );
            /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT CAST(? AS SIGNED) + ?");
            /// let sum: Option<i64> = create_engine("sqlite://")?.connect()?.scalar(statement)?;
            /// assert_eq!(sum, Some(18));
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn cast<W: ColumnType>(self) -> Expr<<$null as Nullability>::Of<W::Bare>> {
                let ty = self.value_type();
                Expr::new(Cast::new(ty.get(), W::TYPE.clone()).of(self.expression()))
            }

            /// The value in a type of the database, where the compiler does not know its Rust type.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::{select, types};
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?.cast_as(types::String(9)));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT CAST(t.a AS VARCHAR(9)) FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT CAST(t.a AS CHAR(9)) FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT substr(CAST(t.a AS TEXT), 1, 9) FROM t"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn cast_as<K>(self, to: impl super::types::IntoType<K>) -> Expr<Dynamic> {
                let ty = self.value_type();
                Expr::new(Cast::new(ty.get(), to.into_type()).of(self.expression()))
            }

            /// The same value with another Rust type, without a change in the database.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?.type_coerce::<i64>());
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn type_coerce<W: ExprType>(self) -> Expr<W> {
                Expr::new(self.expression().with_type(W::DATABASE_TYPE))
            }

            /// An operator by its text, and the type of the result. Parentheses stand around it and
            /// its operands wherever they could matter.
            ///
            /// The text is written as it is: it stands in the program, or is made SQL by
            /// [`RawSql`](super::RawSql).
            ///
            /// ```
            /// use aludel::{Column, MetaData, Table, types};
            ///
            /// let columns = [Column::new("doc", types::JsonB), Column::new("n", types::Integer)];
            /// let t = Table::new("t", &MetaData::new(), columns)?;
            /// let statement = t.select().where_(t.c("doc")?.op::<bool>("@>", r#"{"a": 1}"#));
            /// assert!(statement.to_string().ends_with("WHERE t.doc @> :1"));
            /// let statement = t.select().where_((t.c("n")?.op::<i64>("#", 5) * 2).gt(3));
            /// assert!(statement.to_string().ends_with("WHERE (t.n # :1) * :2 > :3"));
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn op<R: ExprType>(
                self,
                operator: impl IntoSql,
                other: impl Operand<Dynamic>,
            ) -> Expr<R> {
                let operator = Kind::Operator(Name::from(operator.into_sql()));
                let other = other.operand().with_type(self.value_type());
                Expr::new(self.expression().beside(operator, other))
            }

            /// Smaller values first.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).order_by(t.c("a")?.asc());
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t ORDER BY t.a");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn asc(self) -> OrderTerm {
                OrderTerm::new(self.expression(), false)
            }

            /// Larger values first.
            ///
            /// ```
            /// # use aludel::sql::tables_of_examples;
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).order_by(t.c("a")?.desc());
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t ORDER BY t.a DESC");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn desc(self) -> OrderTerm {
                OrderTerm::new(self.expression(), true)
            }

            /// Smaller values first, and NULL before all.
            ///
            /// ```
            /// use aludel::{Column, MetaData, Table, types};
            ///
            /// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
            /// let statement = t.select().order_by(t.c("a")?.nulls_first());
            /// assert_eq!(statement.to_string(), "SELECT t.a FROM t ORDER BY t.a NULLS FIRST");
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
            /// let statement = select(t.c("a")?).order_by(t.c("a")?.nulls_last());
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t ORDER BY t.a NULLS LAST"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT t.a FROM t ORDER BY (t.a) IS NULL, t.a"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT t.a FROM t ORDER BY t.a NULLS LAST"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn nulls_last(self) -> OrderTerm {
                self.asc().nulls_last()
            }

            fn value_type(&self) -> ValueType {
                let ty: fn(&Self) -> ValueType = $ty;
                ty(self)
            }

            /// A value that stands beside it has its type.
            #[inline]
            fn compare(self, op: Op, other: Expression) -> Expression {
                let ty = self.value_type();
                self.expression().compare(op, other, ty)
            }

            fn within(
                self,
                low: Expression,
                high: Expression,
                negated: bool,
                symmetric: bool,
            ) -> Expression {
                let low = low.with_type(self.value_type());
                let high = high.with_type(self.value_type());
                let between = Kind::Between { negated, symmetric };
                Expression::node(between, vec![self.expression(), low, high])
            }
        }
    };
}
operators!([T: Mapped, V: ColumnType] Col<T, V>, V::Bare, V::Null, |column| column.column_type().into());
operators!([V: ColumnType] Expr<V>, V::Bare, V::Null, |_| V::TYPE.into());
operators!([] Expr<Dynamic>, Dynamic, Nullable, |_| ValueType::Unknown);
operators!([] AnyColumn, Dynamic, Nullable, |column| column.ty.clone().into());
