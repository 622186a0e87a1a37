//! INSERT.

use super::super::schema::Table;
use super::super::select::{Query, QueryParts};
use super::super::{Condition, Dynamic, IntoSql, Mapped, Params, Selection};
use super::assignment::{Assignments, assign};
use super::columns::{ColumnNames, names};
use super::conflict::Conflict;
use super::conflict_target::IntoConflictTarget;
use super::insert_parts::InsertParts;
use super::rows::InsertedRows;
use super::source::Source;
use super::statement::{Parts, Typed, statement};

const VALUES_AND_SELECT: &str = "an INSERT has values already, and `from_select` gives it the rows of a \
     query; select the values in the query instead";

/// An INSERT into the table of `T`, which gives what `S` selects. Cheap to clone.
///
/// Without [`values`](Self::values) it takes its columns from the first set of parameters it is
/// executed with.
#[must_use = "a statement does nothing until a connection executes it"]
pub struct Insert<T, S = ()>(Typed<InsertParts, T, S>);

statement!(Insert);

/// Inserts into the table of a mapped struct.
///
/// ```
/// use aludel::{Auto, Mapped, insert};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
///     age: Option<i32>,
/// }
///
/// let statement = insert::<User>().values((User::c.name.set("sandy"), User::c.age.set(None)));
/// assert_eq!(statement.to_string(), "INSERT INTO users (name, age) VALUES (:1, :2)");
/// ```
pub fn insert<T: Mapped>() -> Insert<T> {
    Insert(Typed::new(InsertParts::into_table(T::table().clone())))
}

impl Insert<Dynamic> {
    pub(in crate::sql) fn into_table(table: Table) -> Self {
        Self(Typed::new(InsertParts::into_table(table)))
    }
}

impl<T, S> Insert<T, S> {
    /// Sets columns: `column.set(value)`, a tuple of such, or a mapped struct, whose fields are all
    /// set but those that are [`Auto`](crate::sql::Auto) and unset. Setting a column again replaces.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, insert};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// let sandy = User { id: Auto::unset(), name: "sandy".into() };
    /// let statement = insert::<User>().values(&sandy);
    /// assert_eq!(statement.to_string(), "INSERT INTO users (name) VALUES (:1)");
    /// // It may be given away as well.
    /// let statement = insert::<User>().values(sandy);
    /// assert_eq!(statement.to_string(), "INSERT INTO users (name) VALUES (:1)");
    /// ```
    pub fn values(mut self, assignments: impl Assignments<T>) -> Self {
        let source = &mut self.0.parts().source;
        if !matches!(source, Source::Row(_)) {
            *source = Source::Row(Vec::new());
        }
        if let Source::Row(assigned) = source {
            assign(assigned, assignments);
        }
        self
    }

    /// Inserts several rows by one statement: mapped structs, or what [`values`](Self::values) takes
    /// for one row. They take the place of what was set before.
    ///
    /// A column that one row sets and another does not is DEFAULT in that other one, which SQLite
    /// does not have. A default of the program is made for each row, each time that the statement is
    /// executed. Rows of plain values that are more than the database takes in one statement
    /// are sent in several. To insert no rows is an error when it is compiled.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, insert};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// let users = ["sandy", "patrick"].map(|name| User { id: Auto::unset(), name: name.into() });
    /// let statement = insert::<User>().rows(&users);
    /// assert_eq!(statement.to_string(), "INSERT INTO users (name) VALUES (:1), (:2)");
    /// // They may be given away as well.
    /// let statement = insert::<User>().rows(users);
    /// assert_eq!(statement.to_string(), "INSERT INTO users (name) VALUES (:1), (:2)");
    /// ```
    pub fn rows<R: Assignments<T>>(mut self, rows: impl IntoIterator<Item = R>) -> Self {
        let parts = self.0.parts();
        let mut inserted = InsertedRows::of(&parts.table);
        rows.into_iter().for_each(|row| row.add_row(&mut inserted));
        (parts.source, parts.made, parts.partly) = inserted.finish(&parts.defaults);
        self
    }

    /// Inserts the rows of a SELECT into these columns, in their order. It takes the place of what
    /// was set before. Columns that have a default of the program and are not among them are set to
    /// it: to one value for all rows, made for each execution.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, insert, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "old_users")]
    /// struct OldUser {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// let old = select(OldUser::c.name).where_(OldUser::c.id.lt(100));
    /// let statement = insert::<User>().from_select(User::c.name, old);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "INSERT INTO users (name) SELECT old_users.name FROM old_users WHERE old_users.id < :1"
    /// );
    /// ```
    pub fn from_select(mut self, columns: impl ColumnNames<T>, select: impl Query) -> Self {
        let parts = self.0.parts();
        let is_set = !matches!(&parts.source, Source::Row(set) if set.is_empty());
        let select = match is_set {
            true => QueryParts::refused(VALUES_AND_SELECT),
            false => QueryParts::of(select),
        };
        parts.source = Source::of_select(names(columns), select, &parts.defaults);
        self
    }

    /// Values by name: of its named binds, and of columns that are not set.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{bindparam, params};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.insert().values(t.c("a")?.set(bindparam("a"))).params(params! { a: 5 });
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "INSERT INTO t (a) VALUES ($1)");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "INSERT INTO t (a) VALUES (?)");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "INSERT INTO t (a) VALUES (?1)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn params(mut self, params: Params) -> Self {
        self.0.parts().params.extend(params.into_pairs());
        self
    }

    /// Writes SQL before INTO, such as `IGNORE` on MySQL or `OR REPLACE` on SQLite.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.insert().prefix_with("IGNORE").values(t.c("a")?.set(5));
    /// assert_eq!(statement.to_string(), "INSERT IGNORE INTO t (a) VALUES (:1)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn prefix_with(mut self, prefix: impl IntoSql) -> Self {
        self.0.parts().prefixes.push(prefix.into_sql());
        self
    }

    /// Leaves out rows that are there already: those with the same values in the columns of a
    /// unique index, those that violate a [`constraint`](crate::sql::constraint), or `()` for any.
    /// PostgreSQL and SQLite have it; see [`upsert_do_nothing`](Self::upsert_do_nothing) for all.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # let (t, u) = tables_of_examples()?;
    /// let new = t.insert().values((t.c("id")?.set(1), t.c("a")?.set(5)));
    /// let statement = new.on_conflict_do_nothing(t.c("id")?);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn on_conflict_do_nothing(mut self, target: impl IntoConflictTarget<T>) -> Self {
        self.0.parts().conflict = Some(Conflict::nothing(target));
        self
    }

    /// Updates the row that is there already instead. What could not be inserted is
    /// [`excluded`](crate::sql::excluded). PostgreSQL and SQLite have it; see
    /// [`upsert`](Self::upsert) for all.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # let (t, u) = tables_of_examples()?;
    /// let new = t.insert().values((t.c("id")?.set(1), t.c("a")?.set(5)));
    /// let statement = new.on_conflict_do_update(t.c("id")?, t.c("a")?.set(t.excluded().c("a")?));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET a = excluded.a"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET a = excluded.a"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn on_conflict_do_update(
        mut self,
        target: impl IntoConflictTarget<T>,
        set: impl Assignments<T>,
    ) -> Self {
        let mut entries = Vec::new();
        assign(&mut entries, set);
        self.0.parts().conflict = Some(Conflict::update(target, entries));
        self
    }

    /// Updates only the rows for which the condition holds, and leaves the others as they are.
    /// Belongs to [`on_conflict_do_update`](Self::on_conflict_do_update), and stands behind it.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::update;
    /// # let (t, u) = tables_of_examples()?;
    /// let new = t.insert().values((t.c("id")?.set(1), t.c("a")?.set(5)));
    /// let update = new.on_conflict_do_update(t.c("id")?, t.c("a")?.set(t.excluded().c("a")?));
    /// let statement = update.on_conflict_where(t.c("a")?.lt(5));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET a = \
    ///      excluded.a WHERE t.a < $3"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET a = \
    ///      excluded.a WHERE t.a < ?3"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn on_conflict_where(mut self, condition: impl Condition) -> Self {
        let condition = condition.condition();
        self.0
            .parts()
            .conflict
            .get_or_insert_with(|| Conflict::nothing::<T>(()))
            .add_condition(condition);
        self
    }

    /// Updates the row that is there already instead, whatever unique key says so, in the order of
    /// the assignments. What could not be inserted is [`excluded`](crate::sql::excluded), which
    /// SQLAlchemy calls `inserted`. MySQL and MariaDB have it; see [`upsert`](Self::upsert) for
    /// all.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # let (t, u) = tables_of_examples()?;
    /// let new = t.insert().values((t.c("id")?.set(1), t.c("a")?.set(5)));
    /// let statement = new.on_duplicate_key_update(t.c("a")?.set(t.excluded().c("a")?));
    /// assert!(statement.compile(&PostgreSql::new()).is_err());
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES (?, ?) AS excluded ON DUPLICATE KEY UPDATE a = \
    ///      excluded.a"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::mariadb())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES (?, ?) ON DUPLICATE KEY UPDATE a = VALUES(a)"
    /// );
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn on_duplicate_key_update(mut self, set: impl Assignments<T>) -> Self {
        let mut entries = Vec::new();
        assign(&mut entries, set);
        self.0.parts().conflict = Some(Conflict::duplicate_key(entries));
        self
    }

    /// Updates the row that is there already instead, on every database: its columns become what was
    /// to be inserted. The row is recognised by the columns, which are those of a unique constraint,
    /// or by the primary key for `()`.
    ///
    /// MySQL recognises rows by all unique keys at once. An insert that could meet a row by another
    /// key than the one that is named is an error there when it is compiled.
    ///
    /// Of several rows that have the same key, the last counts, on every database: PostgreSQL, which
    /// updates no row twice in one statement, gets another one where a key comes again. That is seen
    /// in values, so rows in which the key is an expression are refused by PostgreSQL then, and so are
    /// keys that are the same only by a collation.
    ///
    /// What a row leaves to its default does not replace what is there. Of several rows, some of which set a
    /// column and others not, that cannot be said, so they are an error when the statement is compiled.
    ///
    /// ```
    /// use aludel::dialect::{mysql::MySql, postgresql::PostgreSql};
    /// use aludel::sql::ClauseElement;
    /// use aludel::{Auto, Mapped, insert};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "items")]
    /// struct Item {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     #[aludel(unique)]
    ///     name: String,
    ///     stock: i64,
    /// }
    ///
    /// let new = insert::<Item>().values((Item::c.name.set("apple"), Item::c.stock.set(5)));
    /// let upsert = new.upsert(Item::c.name);
    /// assert_eq!(
    ///     upsert.compile(&PostgreSql::new())?.sql(),
    ///     "INSERT INTO items (name, stock) VALUES ($1, $2) \
    ///      ON CONFLICT (name) DO UPDATE SET stock = excluded.stock"
    /// );
    /// assert_eq!(
    ///     upsert.compile(&MySql::new())?.sql(),
    ///     "INSERT INTO items (name, stock) VALUES (?, ?) AS excluded \
    ///      ON DUPLICATE KEY UPDATE stock = excluded.stock"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn upsert(mut self, key: impl ColumnNames<T>) -> Self {
        self.0.parts().conflict = Some(Conflict::upsert(names(key), None));
        self
    }

    /// As [`upsert`](Self::upsert), but only these columns of the row become what was to be
    /// inserted.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # let (t, u) = tables_of_examples()?;
    /// let new = t.insert().values((t.c("id")?.set(1), t.c("a")?.set(5), t.c("b")?.set(6)));
    /// let statement = new.upsert_columns(t.c("id")?, t.c("a")?);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "INSERT INTO t (id, a, b) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET a = \
    ///      excluded.a"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "INSERT INTO t (id, a, b) VALUES (?, ?, ?) AS excluded ON DUPLICATE KEY UPDATE a = \
    ///      excluded.a"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::mariadb())?.sql(),
    ///     "INSERT INTO t (id, a, b) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE a = VALUES(a)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "INSERT INTO t (id, a, b) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET a = \
    ///      excluded.a"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn upsert_columns(
        mut self,
        key: impl ColumnNames<T>,
        columns: impl ColumnNames<T>,
    ) -> Self {
        self.0.parts().conflict = Some(Conflict::upsert(names(key), Some(names(columns))));
        self
    }

    /// As [`upsert`](Self::upsert), but a row that is there already stays as it is.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # let (t, u) = tables_of_examples()?;
    /// let new = t.insert().values((t.c("id")?.set(1), t.c("a")?.set(5)));
    /// let statement = new.upsert_do_nothing(t.c("id")?);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES (?, ?) AS excluded ON DUPLICATE KEY UPDATE id = t.id"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::mariadb())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES (?, ?) ON DUPLICATE KEY UPDATE id = t.id"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "INSERT INTO t (id, a) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn upsert_do_nothing(mut self, key: impl ColumnNames<T>) -> Self {
        self.0.parts().conflict = Some(Conflict::upsert(names(key), Some(Vec::new())));
        self
    }

    /// Does not ask the database for the key of the new row, so that nothing is added to the
    /// statement where it must be asked, as PostgreSQL. See
    /// [`inserted_primary_key`](crate::CursorResult::inserted_primary_key).
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.insert().values(t.c("a")?.set(5)).inline();
    /// assert_eq!(statement.to_string(), "INSERT INTO t (a) VALUES (:1)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn inline(mut self) -> Self {
        self.0.parts().inline = true;
        self
    }

    /// Gives columns of the new rows, such as those that the database makes.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, create_engine, insert};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// aludel::MetaData::new().with::<User>().create_all(&mut conn)?;
    /// let statement = insert::<User>().values(User::c.name.set("sandy")).returning(User::c.id);
    /// assert_eq!(conn.scalar(statement)?, Some(1));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// MySQL has no such clause, so compiling the statement is an error there; MariaDB has it.
    pub fn returning<R: Selection>(mut self, what: R) -> Insert<T, R> {
        let returning = &mut self.0.parts().returning;
        returning.clear();
        what.add_columns(returning);
        Insert(self.0.returning())
    }
}
