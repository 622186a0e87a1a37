//! TABLESAMPLE: some of the rows of a table.

use std::sync::Arc;

use super::{FromClause, FromKind, Subquery, name_of};
use crate::row::Row;
use crate::sql::tree::Visitor;
use crate::sql::{Expr, Expression, Feature, Name, SqlWriter};

#[derive(Debug)]
pub(in crate::sql) struct SampleParts {
    pub(super) name: Option<Name>,
    pub(super) of: FromClause,
    method: Expression,
    seed: Option<Expression>,
}

impl SampleParts {
    pub(super) fn depth(&self) -> u16 {
        self.method.depth().max(self.seed.as_ref().map_or(0, Expression::depth))
    }

    pub(super) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        name_of(self.name.as_ref(), to);
        to.from(&self.of);
        self.method.walk(to);
        to.number(usize::from(self.seed.is_some()));
        self.seed.iter().for_each(|seed| seed.walk(to));
    }

    pub(super) fn write(&self, object: &FromClause, to: &mut SqlWriter<'_>) {
        to.require(Feature::TableSample);
        self.of.write(to);
        object.write_as(to);
        to.sql(" TABLESAMPLE ");
        self.method.write(to);
        if let Some(seed) = &self.seed {
            to.sql(" REPEATABLE (");
            seed.write(to);
            to.sql(")");
        }
    }
}

/// Some of the rows of a table, at random, under a name. PostgreSQL has it.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::{ClauseElement, tablesample};
/// use aludel::{Auto, Mapped, func, literal, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
/// }
///
/// let method = func::function("bernoulli", [literal(10_i64).into_expression()]);
/// let tenth = tablesample(User::entity(), "tenth", method);
/// assert_eq!(
///     select(tenth.column(User::c.id)?).compile(&PostgreSql::new())?.sql(),
///     "SELECT tenth.id FROM users AS tenth TABLESAMPLE bernoulli($1)"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn tablesample<V>(
    of: impl Into<FromClause>,
    name: impl Into<Name>,
    method: Expr<V>,
) -> Subquery<Row> {
    sample(of.into(), name.into(), method.into_expression(), None)
}

/// As [`tablesample`], with a seed: the same rows each time, if the table is the same.
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples, tablesample_repeatable};
/// # use aludel::{func, literal, select};
/// # let (t, u) = tables_of_examples()?;
/// let method = func::function("bernoulli", [literal(10_i64).into_expression()]);
/// let tenth = tablesample_repeatable(&t, "tenth", method, literal(5_i64));
/// let statement = select(tenth.c("a")?);
/// assert_eq!(
///     statement.compile(&PostgreSql::new())?.sql(),
///     "SELECT tenth.a FROM t AS tenth TABLESAMPLE bernoulli($1) REPEATABLE ($2)"
/// );
/// assert!(statement.compile(&MySql::new()).is_err());
/// assert!(statement.compile(&Sqlite::new()).is_err());
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn tablesample_repeatable<V, S>(
    of: impl Into<FromClause>,
    name: impl Into<Name>,
    method: Expr<V>,
    seed: Expr<S>,
) -> Subquery<Row> {
    let seed = Some(seed.into_expression());
    sample(of.into(), name.into(), method.into_expression(), seed)
}

fn sample(
    of: FromClause,
    name: Name,
    method: Expression,
    seed: Option<Expression>,
) -> Subquery<Row> {
    let names = of.exposed().into_iter().map(|column| column.name).collect();
    let parts = SampleParts { name: Some(name), of, method, seed };
    Subquery::of(FromClause(FromKind::Sample(Arc::new(parts))), names, None)
}
