//! UPDATE.

use std::collections::HashSet;

use super::super::from::{FromClause, FromList};
use super::super::schema::{Column, Table};
use super::super::select::check_change;
use super::super::tree::Visitor;
use super::super::{Dynamic, Expression, Feature, Mapped, Name, Params, SqlWriter};
use super::assignment::{Assigned, Assignments, Entry, assign};
use super::defaults::{self, is_bind, of_row};
use super::scope::{Scope, scoped};
use super::statement::{
    Parts, Typed, check_assigned, check_columns, given_entry, statement, walk_all, walk_assigned,
    walk_given, walk_set_table, write_given, write_table,
};
use crate::error::{Error, ErrorKind, Result};
use crate::lex::LexicalRules;

/// An UPDATE of the table of `T`, which gives what `S` selects. Cheap to clone.
///
/// Columns that are not set and no bind are taken from the parameters it is executed with.
#[must_use = "a statement does nothing until a connection executes it"]
pub struct Update<T, S = ()>(Typed<UpdateParts, T, S>);

statement!(Update);
scoped!(
    Update,
    "Gives columns of the rows as they are afterwards. MySQL and MariaDB have no such clause."
);

#[derive(Debug, Clone)]
pub(in crate::sql) struct UpdateParts {
    table: Table,
    assigned: Vec<Entry>,
    /// What columns are set to that nothing else sets.
    defaults: Vec<Entry>,
    /// Whether the assignments are written in the order in which they were given.
    ordered: bool,
    scope: Scope,
    pub(super) returning: Vec<Expression>,
    params: Params,
}

/// Updates rows of the table of a mapped struct: all, unless [`where_`](Update::where_) says which.
///
/// ```
/// use aludel::dialect::{mysql::MySql, postgresql::PostgreSql};
/// use aludel::sql::ClauseElement;
/// use aludel::{Auto, Mapped, update};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
///     posts: i64,
/// }
///
/// #[derive(Mapped)]
/// #[aludel(table = "imports")]
/// struct Import {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// let one = update::<User>().values(User::c.posts.set(User::c.posts + 1)).where_(User::c.id.eq(5));
/// assert_eq!(one.to_string(), "UPDATE users SET posts = users.posts + :1 WHERE users.id = :2");
///
/// // Tables that the values or a condition name besides:
/// let names = update::<User>()
///     .values(User::c.name.set(Import::c.name))
///     .where_(User::c.id.eq(Import::c.id));
/// assert_eq!(
///     names.compile(&PostgreSql::new())?.sql(),
///     "UPDATE users SET name = imports.name FROM imports WHERE users.id = imports.id"
/// );
/// assert_eq!(
///     names.compile(&MySql::new())?.sql(),
///     "UPDATE users, imports SET users.name = imports.name WHERE users.id = imports.id"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn update<T: Mapped>() -> Update<T> {
    Update(Typed::new(UpdateParts::of(T::table().clone())))
}

impl Update<Dynamic> {
    pub(in crate::sql) fn of_table(table: Table) -> Self {
        Self(Typed::new(UpdateParts::of(table)))
    }
}

impl<T, S> Update<T, S> {
    /// Sets columns: `column.set(value)`, or a tuple of such. Setting a column again replaces.
    ///
    /// All values are computed from the row as it was. MySQL computes each from what those before
    /// it have set, so there the assignments are written in an order in which that is the same, and
    /// where there is none (`a = b, b = a`) compiling is an error.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.update().values((t.c("a")?.set(5), t.c("b")?.set(t.c("a")?)));
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "UPDATE t SET a = $1, b = t.a");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "UPDATE t SET b = t.a, a = ?");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "UPDATE t SET a = ?1, b = t.a");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn values(mut self, assignments: impl Assignments<T>) -> Self {
        assign(&mut self.0.parts().assigned, assignments);
        self
    }

    /// As [`values`](Self::values), written in this order on all databases. On MySQL a value that
    /// names a column which was set before it sees its new value.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.update().ordered_values((t.c("a")?.set(5), t.c("b")?.set(t.c("a")?)));
    /// assert_eq!(statement.to_string(), "UPDATE t SET a = :1, b = t.a");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn ordered_values(mut self, assignments: impl Assignments<T>) -> Self {
        self.0.parts().ordered = true;
        self.values(assignments)
    }

    /// Joins a table even if no condition and no value names it.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.update().values(t.c("a")?.set(5)).from(&u);
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "UPDATE t SET a = $1 FROM u");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "UPDATE t, u SET t.a = ?");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "UPDATE t SET a = ?1 FROM u");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn from(mut self, from: impl Into<FromClause>) -> Self {
        self.0.parts().scope.from.push(from.into());
        self
    }

    /// Values by name: of its named binds, and of columns that are not set.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::{bindparam, params};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = t.update().values(t.c("a")?.set(bindparam("n"))).params(params! { n: 5 });
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "UPDATE t SET a = $1");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "UPDATE t SET a = ?");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "UPDATE t SET a = ?1");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn params(mut self, params: Params) -> Self {
        self.0.parts().params.extend(params.into_pairs());
        self
    }
}

impl UpdateParts {
    fn of(table: Table) -> Self {
        Self {
            defaults: defaults::of_update(&table),
            table,
            assigned: Vec::new(),
            ordered: false,
            scope: Scope::default(),
            returning: Vec::new(),
            params: Params::new(),
        }
    }

    fn values(&self) -> impl Iterator<Item = &Expression> {
        self.assigned.iter().filter_map(|entry| entry.value.value())
    }

    /// The columns that come from parameters, besides those that are set.
    fn given<'p>(
        &'p self,
        names: &'p Params,
        rules: &'p [LexicalRules],
    ) -> impl Iterator<Item = &'p Name> {
        let other = |name: &&Name| {
            let expressions = self.values().chain(self.scope.expressions()).chain(&self.returning);
            !self.assigned.iter().any(|entry| entry.column == **name)
                && !self.defaults.iter().any(|entry| entry.column == **name && is_bind(entry))
                && !{ expressions }.any(|expression| expression.has_bind(name, rules))
        };
        names.names().filter(other)
    }

    /// The columns that are set to their defaults.
    fn active_defaults<'p>(&'p self, names: &'p Params) -> impl Iterator<Item = &'p Entry> {
        let is_set =
            |default: &Entry| self.assigned.iter().any(|entry| entry.column == default.column);
        defaults::active(&self.defaults, names, is_set)
    }

    /// The assignments in the order in which they are written.
    fn in_order<'p>(&'p self, names: &'p Params, to: &mut SqlWriter<'_>) -> Vec<&'p Entry> {
        let mut left: Vec<&Entry> =
            self.assigned.iter().chain(self.active_defaults(names)).collect();
        if self.ordered || !to.dialect().assigns_one_after_the_other() {
            return left;
        }
        let own = FromClause::from(&self.table);
        let mut ordered = Vec::with_capacity(left.len());
        while !left.is_empty() {
            // The first that no other one still has to read.
            let is_read = |entry: &Entry| {
                let of = entry.of.as_ref().unwrap_or(&own);
                left.iter().any(|other| {
                    !std::ptr::eq(*other, entry)
                        && other.value.value().is_some_and(|value| value.reads(of, &entry.column))
                })
            };
            let Some(free) = left.iter().position(|entry| !is_read(entry)) else {
                to.fail(circular(&self.table));
                return left;
            };
            ordered.push(left.remove(free));
        }
        ordered
    }
}

impl Parts for UpdateParts {
    fn changed(&self) -> Option<(&Table, bool)> {
        Some((&self.table, false))
    }

    fn walk<'t>(&'t self, names: &'t Params, to: &mut impl Visitor<'t>) {
        to.node(b'U', usize::from(self.ordered));
        walk_set_table(&self.table, to);
        walk_assigned(&self.assigned, to);
        walk_given(&self.table, names.names(), to);
        to.number(self.active_defaults(names).count());
        self.active_defaults(names)
            .for_each(|entry| walk_assigned(std::slice::from_ref(entry), to));
        self.scope.walk(to);
        walk_all(self.returning.iter(), to);
    }

    fn check(&self, names: &Params, rules: LexicalRules) -> Result<()> {
        check_columns(&self.table, self.given(names, &[rules]))?;
        let own = FromClause::from(&self.table);
        let is_own = |entry: &&Entry| entry.of.as_ref().is_none_or(|of| of.is(&own));
        let own: Vec<Entry> = self.assigned.iter().filter(is_own).cloned().collect();
        check_assigned(&self.table, &own)
    }

    fn write(&self, names: &Params, to: &mut SqlWriter<'_>) {
        let rules = [to.dialect().lexical_rules()];
        let given: Vec<&Name> = self.given(names, &rules).collect();
        // What is set by itself is no reason for an update.
        let bound = |entry: &&Entry| names.get(&entry.column).is_some();
        if self.assigned.is_empty()
            && given.is_empty()
            && !self.active_defaults(names).any(|entry| bound(&entry))
        {
            return to.fail(Error::new(
                ErrorKind::Compile,
                "an UPDATE must set a column; give `values(User::c.name.set(…))`",
            ));
        }
        if let Err(error) = check_change(self.values().chain(self.scope.expressions())) {
            to.fail(error);
        }
        let set = self.assigned.iter().filter_map(|entry| entry.of.as_ref());
        let given_from: Vec<FromClause> = self.scope.from.iter().chain(set).cloned().collect();
        let named = self.values().chain(&self.returning);
        let table = FromClause::from(&self.table);
        let Some((others, outer)) = self.scope.enter(&given_from, table.clone(), named, to) else {
            return;
        };
        to.while_changing(table, Feature::ChangedTableInUpdate, |to| {
            self.write_clauses(names, &given, &others, to);
        });
        to.leave(outer);
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn take_params(&mut self) -> Params {
        std::mem::take(&mut self.params)
    }

    fn each_expression(&mut self, with: &mut dyn FnMut(&mut Expression)) {
        let assigned = self.assigned.iter_mut().filter_map(|entry| entry.value.value_mut());
        assigned.for_each(&mut *with);
        self.scope.each_expression(with);
        self.returning.iter_mut().for_each(with);
    }

    fn settle(&mut self, params: &Params) -> HashSet<Name> {
        let given = self.given(params, &LexicalRules::ALL).cloned();
        let defaults = self.active_defaults(params).map(|entry| entry.column.clone());
        let defaults = defaults.filter(|name| params.get(name).is_some());
        let names: HashSet<Name> = given.chain(defaults).collect();
        let set = params.names().filter(|name| names.contains(*name));
        let set: Vec<Entry> = set.map(|name| given_entry(&self.table, name, params)).collect();
        self.assigned.extend(set);
        self.defaults.iter_mut().for_each(|default| *default = of_row(default));
        names
    }

    fn refuse(&mut self, message: &'static str) {
        self.scope.conditions.push(Expression::refused(message));
    }
}

impl UpdateParts {
    /// Writes it, with these columns from parameters, beside these tables.
    fn write_clauses(
        &self,
        names: &Params,
        given: &[&Name],
        others: &FromList<'_>,
        to: &mut SqlWriter<'_>,
    ) {
        let joined = !others.is_empty();
        let listed = to.dialect().lists_joined_tables();
        to.sql("UPDATE ");
        write_table(&self.table, to);
        if joined {
            to.require(Feature::UpdateFrom);
        }
        if joined && listed {
            to.sql(", ");
            others.write_list(to);
        }
        to.sql(" SET ");
        let defaults = self.active_defaults(names).filter(|entry| is_bind(entry));
        defaults.for_each(|entry| to.sets_default(&entry.column));
        let assigned = self.in_order(names, to);
        to.separated(", ", &assigned, |entry, to| self.write_entry(entry, joined && listed, to));
        to.sql(if assigned.is_empty() || given.is_empty() { "" } else { ", " });
        to.separated(", ", given, |name, to| {
            self.write_column(None, name, joined && listed, to);
            to.sql(" = ");
            write_given(&self.table, name, to);
        });
        if joined && !listed {
            others.write(to);
        }
        self.scope.write_conditions(to);
        self.scope.write_bounds(joined, to);
        if !self.returning.is_empty() {
            to.require(Feature::UpdateReturning);
            to.dialect().write_returning(&self.returning, to);
        }
    }

    fn write_entry(&self, entry: &Entry, qualified: bool, to: &mut SqlWriter<'_>) {
        self.write_column(entry.of.as_ref(), &entry.column, qualified, to);
        to.sql(" = ");
        match &entry.value {
            Assigned::Value(value) => {
                let own = |of: &FromClause| of.is(&FromClause::from(&self.table));
                let own = entry.of.as_ref().is_none_or(own);
                let column = self.table.column(&entry.column).filter(|_| own);
                let ty = column.map(Column::column_type).or(value.value_type());
                to.assigned(value, &entry.column, ty);
            }
            Assigned::Default => {
                if !to.has(Feature::DefaultInValues) {
                    to.refuse("DEFAULT in an UPDATE", "set the column to the value itself");
                }
                to.sql("DEFAULT");
            }
        }
    }

    /// Writes a column that is set. Where several tables can be changed it says of which it is.
    fn write_column(
        &self,
        of: Option<&FromClause>,
        column: &Name,
        qualified: bool,
        to: &mut SqlWriter<'_>,
    ) {
        match of {
            Some(of) if !of.is(&FromClause::from(&self.table)) => {
                if !qualified {
                    to.refuse(
                        "UPDATE of several tables at once",
                        "run one statement for each table, in a transaction",
                    );
                }
                of.write_name(to);
                to.sql(".");
            }
            _ if qualified => {
                write_table(&self.table, to);
                to.sql(".");
            }
            _ => {}
        }
        to.name(column);
    }
}

#[cold]
fn circular(table: &Table) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "this database sets one column after the other, so in an UPDATE of {:?} no order of the \
             assignments lets each see the row as it was; run two statements, or use \
             `ordered_values`",
            table.full_name().to_string()
        ),
    )
}
