//! Columns, with the type of their values and without.

use std::fmt;
use std::marker::PhantomData;

use super::from::{FromClause, HasTable};
use super::types::Type;
use super::{
    Assign, Assignment, ColumnType, Dynamic, Expr, Expression, Label, Mapped, MappedAlias, Name,
    TypedExpression,
};

/// A column of the mapped struct `T` whose field has the type `V`: `User::c.name`.
///
/// It is a small `Copy` value; its methods make conditions, orders and assignments.
pub struct Col<T, V> {
    name: &'static str,
    /// The name of the table here, if it is not its own.
    alias: Option<MappedAlias>,
    /// The type in the database, if the mapped struct says another than that of the field.
    declared: Option<fn() -> &'static Type>,
    types: PhantomData<fn() -> (T, V)>,
}

impl<T, V> Clone for Col<T, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, V> Copy for Col<T, V> {}

impl<T, V> Col<T, V> {
    /// The column `name` of the table of `T`, or of an alias of it. `#[derive(Mapped)]` calls it.
    #[must_use]
    pub const fn new(alias: Option<MappedAlias>, name: &'static str) -> Self {
        Self { name, alias, declared: None, types: PhantomData }
    }

    /// The same with the type that the mapped struct says it has in the database.
    /// `#[derive(Mapped)]` calls it.
    #[must_use]
    pub const fn of_type(self, declared: fn() -> &'static Type) -> Self {
        Self { declared: Some(declared), ..self }
    }

    /// Its name.
    ///
    /// ```
    /// use aludel::{Auto, Mapped};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    /// }
    ///
    /// assert_eq!(User::c.id.name(), "id");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }
}

impl<T: Mapped, V> Col<T, V> {
    pub(super) fn expression(self) -> Expression {
        Expression::mapped_column(T::NAME, self.alias, self.name)
    }
}

impl<T: Mapped, V: ColumnType> Col<T, V> {
    /// Gives it a name, by which the result has it and `order_by` can refer to it.
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
    /// let statement = select(User::c.id.label("n")).order_by("n");
    /// assert_eq!(statement.to_string(), "SELECT users.id AS n FROM users ORDER BY n");
    /// ```
    pub fn label(self, name: impl Into<Name>) -> Label<V> {
        self.expr().label(name)
    }
}

impl<T, V: ColumnType> Col<T, V> {
    /// Its type in the database.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, types};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "documents")]
    /// struct Document {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     #[aludel(type = types::JsonB)]
    ///     body: String,
    /// }
    ///
    /// assert_eq!(*Document::c.body.column_type(), types::JsonB);
    /// assert_eq!(*Document::c.id.column_type(), types::BigInteger);
    /// ```
    #[must_use]
    pub fn column_type(self) -> &'static Type {
        self.declared.map_or(V::TYPE, |declared| declared())
    }

    /// Sets it, in an INSERT or UPDATE.
    ///
    /// ```
    /// # use aludel::{Auto, Mapped, update};
    /// # #[derive(Mapped)]
    /// # #[aludel(table = "users")]
    /// # struct User {
    /// #     #[aludel(primary_key)]
    /// #     id: Auto<i64>,
    /// #     name: String,
    /// # }
    /// let statement = update::<User>().values(User::c.name.set("sandy"));
    /// assert_eq!(statement.to_string(), "UPDATE users SET name = :1");
    /// ```
    #[must_use = "an assignment does nothing until a statement has it"]
    pub fn set(self, value: impl Assign<V>) -> Assignment<T> {
        Assignment::new(self.name.into(), value.assigned().with_type(self.column_type()))
    }

    /// Sets it to what the database sets by itself: `DEFAULT`.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::{Auto, Mapped, insert};
    /// # #[derive(Mapped)]
    /// # #[aludel(table = "users")]
    /// # struct User {
    /// #     #[aludel(primary_key)]
    /// #     id: Auto<i64>,
    /// #     name: String,
    /// # }
    /// let statement = insert::<User>().values((User::c.id.set(1), User::c.name.set_default()));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "INSERT INTO users (id, name) VALUES ($1, DEFAULT)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "INSERT INTO users (id, name) VALUES (?, DEFAULT)"
    /// );
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "INSERT INTO users (id) VALUES (?1)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use = "an assignment does nothing until a statement has it"]
    pub fn set_default(self) -> Assignment<T> {
        Assignment::default(None, self.name.into())
    }
}

impl<T: Mapped, V> fmt::Debug for Col<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.alias.map_or(T::TABLE, MappedAlias::name), self.name)
    }
}

/// A column of a table that is described at run time: `table.c("name")?`.
///
/// It has the operators of [`Col`], with values of any type: what does not fit is found by the
/// database.
#[derive(Debug, Clone)]
pub struct AnyColumn {
    pub(super) of: FromClause,
    pub(super) name: Name,
    pub(super) ty: Option<Type>,
}

impl AnyColumn {
    /// The column of the same name of another FROM object: of an alias of its table.
    pub(crate) fn over(&self, of: &FromClause) -> Self {
        Self { of: of.clone(), ..self.clone() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its type in the database; `None` for a column of a subquery.
    #[must_use]
    pub fn column_type(&self) -> Option<&Type> {
        self.ty.as_ref()
    }

    pub(super) fn expression(self) -> Expression {
        let ty = self.ty.as_ref().map(Type::kind);
        Expression::column(self.of, self.name, ty)
    }

    /// As an expression.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?.expr());
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn expr(self) -> Expr<Dynamic> {
        Expr::new(self.expression())
    }

    /// Gives it a name, by which the result has it and `order_by` can refer to it.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?.label("n")).order_by("n");
    /// assert_eq!(statement.to_string(), "SELECT t.a AS n FROM t ORDER BY n");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn label(self, name: impl Into<Name>) -> Label<Dynamic> {
        self.expr().label(name)
    }

    /// Sets it, in an INSERT or UPDATE.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.update().values(t.c("a")?.set(5));
    /// assert_eq!(statement.to_string(), "UPDATE t SET a = :1");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use = "an assignment does nothing until a statement has it"]
    pub fn set(self, value: impl Assign<Dynamic>) -> Assignment<Dynamic> {
        Assignment::of_table(self.of, self.name, value.assigned().with_type(self.ty))
    }

    /// Sets it to what the database sets by itself: `DEFAULT`.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.insert().values((t.c("id")?.set(1), t.c("a")?.set_default()));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES ($1, DEFAULT)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES (?, DEFAULT)"
    /// );
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "INSERT INTO t (id) VALUES (?1)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use = "an assignment does nothing until a statement has it"]
    pub fn set_default(self) -> Assignment<Dynamic> {
        Assignment::default(Some(self.of), self.name)
    }
}
