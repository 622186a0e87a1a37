//! The joins of a SELECT.

use super::{Select, add};
use crate::sql::from::{FromClause, JoinKind, JoinStep};
use crate::sql::{Condition, Expr, JoinOn};

impl<S> Select<S> {
    /// Joins `right`: rows of both that are partners by the foreign key between them. The left side is
    /// what was joined last if it has such a key, or else whatever has.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    /// }
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "addresses")]
    /// struct Address {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     #[aludel(foreign_key = "users.id")]
    ///     user_id: i64,
    /// }
    ///
    /// assert_eq!(
    ///     select((User::c.id, Address::c.id)).join(Address::entity()).to_string(),
    ///     "SELECT users.id, addresses.id FROM users JOIN addresses ON users.id = addresses.user_id"
    /// );
    /// ```
    ///
    /// If there is no such key, or several, compiling the statement is an error that names both
    /// tables, or the keys: [`join_on`](Self::join_on) gives the condition.
    pub fn join(self, right: impl JoinTarget) -> Self {
        self.joined_to(right.join_target(), JoinKind::Inner)
    }

    /// Joins `right` to the FROM object that the condition names: rows of both for which it holds.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).join_on(&u, u.c("t_id")?.eq(t.c("id")?));
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t JOIN u ON u.t_id = t.id");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn join_on(self, right: impl Into<FromClause>, on: impl Condition) -> Self {
        self.joined(None, right.into(), JoinOn::Given(on.condition()), JoinKind::Inner)
    }

    /// As [`join`](Self::join); rows of the left side without a partner are kept, with NULL in the
    /// columns of the right one. Select these by [`nullable`](super::nullable), which reads them as `Option`.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).outerjoin(&u);
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t LEFT OUTER JOIN u ON t.id = u.t_id");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn outerjoin(self, right: impl JoinTarget) -> Self {
        self.joined_to(right.join_target(), JoinKind::LeftOuter)
    }

    /// As [`join_on`](Self::join_on); rows of the left side without a partner are kept, with NULL in
    /// the columns of the right one. Select these by [`nullable`](super::nullable), which reads them as `Option`.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).outerjoin_on(&u, u.c("t_id")?.eq(t.c("id")?));
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t LEFT OUTER JOIN u ON u.t_id = t.id");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn outerjoin_on(self, right: impl Into<FromClause>, on: impl Condition) -> Self {
        self.joined(None, right.into(), JoinOn::Given(on.condition()), JoinKind::LeftOuter)
    }

    /// As [`join`](Self::join); rows of the right side without a partner are kept, with NULL in the
    /// columns of all that stands before it.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).right_join(&u);
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t RIGHT OUTER JOIN u ON t.id = u.t_id");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn right_join(self, right: impl Into<FromClause>) -> Self {
        self.joined(None, right.into(), JoinOn::Inferred, JoinKind::RightOuter)
    }

    /// As [`join_on`](Self::join_on); rows of the right side without a partner are kept, with NULL in
    /// the columns of all that stands before it.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).right_join_on(&u, u.c("t_id")?.eq(t.c("id")?));
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t RIGHT OUTER JOIN u ON u.t_id = t.id");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn right_join_on(self, right: impl Into<FromClause>, on: impl Condition) -> Self {
        self.joined(None, right.into(), JoinOn::Given(on.condition()), JoinKind::RightOuter)
    }

    /// As [`join`](Self::join); rows of both sides without a partner are kept, with NULL in the columns
    /// of the other. MySQL and MariaDB do not have it.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).full_join(&u);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t FULL OUTER JOIN u ON t.id = u.t_id"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT t.a FROM t FULL OUTER JOIN u ON t.id = u.t_id"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn full_join(self, right: impl Into<FromClause>) -> Self {
        self.joined(None, right.into(), JoinOn::Inferred, JoinKind::FullOuter)
    }

    /// As [`join_on`](Self::join_on); rows of both sides without a partner are kept, with NULL in the
    /// columns of the other. MySQL and MariaDB do not have it.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).full_join_on(&u, u.c("t_id")?.eq(t.c("id")?));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t FULL OUTER JOIN u ON u.t_id = t.id"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT t.a FROM t FULL OUTER JOIN u ON u.t_id = t.id"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn full_join_on(self, right: impl Into<FromClause>, on: impl Condition) -> Self {
        self.joined(None, right.into(), JoinOn::Given(on.condition()), JoinKind::FullOuter)
    }

    /// Joins each row of what is selected from with each of `right`.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).cross_join(&u);
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t CROSS JOIN u");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn cross_join(self, right: impl Into<FromClause>) -> Self {
        self.joined(None, right.into(), JoinOn::None, JoinKind::Cross)
    }

    /// As [`join`](Self::join), to this left side.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(u.c("id")?).join_from(&t, &u);
    /// assert_eq!(statement.to_string(), "SELECT u.id FROM t JOIN u ON t.id = u.t_id");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn join_from(self, left: impl Into<FromClause>, right: impl Into<FromClause>) -> Self {
        self.joined(Some(left.into()), right.into(), JoinOn::Inferred, JoinKind::Inner)
    }

    /// As [`join_on`](Self::join_on), to this left side.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(u.c("id")?).join_from_on(&t, &u, u.c("t_id")?.eq(t.c("id")?));
    /// assert_eq!(statement.to_string(), "SELECT u.id FROM t JOIN u ON u.t_id = t.id");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn join_from_on(
        self,
        left: impl Into<FromClause>,
        right: impl Into<FromClause>,
        on: impl Condition,
    ) -> Self {
        let on = JoinOn::Given(on.condition());
        self.joined(Some(left.into()), right.into(), on, JoinKind::Inner)
    }

    /// As [`outerjoin`](Self::outerjoin), to this left side.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(u.c("id")?).outerjoin_from(&t, &u);
    /// assert_eq!(statement.to_string(), "SELECT u.id FROM t LEFT OUTER JOIN u ON t.id = u.t_id");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn outerjoin_from(self, left: impl Into<FromClause>, right: impl Into<FromClause>) -> Self {
        self.joined(Some(left.into()), right.into(), JoinOn::Inferred, JoinKind::LeftOuter)
    }

    /// As [`outerjoin_on`](Self::outerjoin_on), to this left side.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(u.c("id")?).outerjoin_from_on(&t, &u, u.c("t_id")?.eq(t.c("id")?));
    /// assert_eq!(statement.to_string(), "SELECT u.id FROM t LEFT OUTER JOIN u ON u.t_id = t.id");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn outerjoin_from_on(
        self,
        left: impl Into<FromClause>,
        right: impl Into<FromClause>,
        on: impl Condition,
    ) -> Self {
        let on = JoinOn::Given(on.condition());
        self.joined(Some(left.into()), right.into(), on, JoinKind::LeftOuter)
    }

    fn joined_to(self, to: JoinedTo, kind: JoinKind) -> Self {
        match to.0 {
            Joined::Inferred(right) => self.joined(None, right, JoinOn::Inferred, kind),
            Joined::Related(steps) => steps.into_iter().fold(self, |this, (left, right, on)| {
                this.joined(Some(left), right, JoinOn::Given(on.into_expression()), kind)
            }),
        }
    }

    fn joined(
        mut self,
        left: Option<FromClause>,
        right: FromClause,
        on: JoinOn,
        kind: JoinKind,
    ) -> Self {
        add(&mut self.parts().joins, JoinStep { left, right, on, kind });
        self
    }
}

/// What can be joined without a condition: a FROM object by its only foreign key, or what a relationship refers to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be joined",
    label = "expected a table, a mapped struct or a relationship",
    note = "`User::entity()`, `User::c.addresses`, an alias, a subquery, a `Table`"
)]
pub trait JoinTarget {
    /// What is joined.
    #[doc(hidden)]
    fn join_target(self) -> JoinedTo;
}

impl<F: Into<FromClause>> JoinTarget for F {
    fn join_target(self) -> JoinedTo {
        JoinedTo(Joined::Inferred(self.into()))
    }
}

/// What is joined.
#[doc(hidden)]
#[derive(Debug)]
pub struct JoinedTo(Joined);

#[derive(Debug)]
enum Joined {
    /// By the only foreign key.
    Inferred(FromClause),
    /// To what, what, and on which condition.
    Related(Vec<(FromClause, FromClause, Expr<Option<bool>>)>),
}

impl JoinedTo {
    /// Several joins: to what, what, and on which condition.
    pub(crate) fn new(steps: Vec<(FromClause, FromClause, Expr<Option<bool>>)>) -> Self {
        Self(Joined::Related(steps))
    }
}
