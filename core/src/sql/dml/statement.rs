//! What INSERT, UPDATE and DELETE have in common.

use std::collections::HashSet;
use std::marker::PhantomData;
use std::sync::Arc;

use super::super::compile::Survey;
use super::super::from::FromClause;
use super::super::schema::{Column, Table};
use super::super::tree::{Bind, Visitor};
use super::super::{Expression, Feature, Name, Params, Selection, SqlWriter};
use super::assignment::{Assigned, Entry};
use crate::error::{Error, ErrorKind, Result};
use crate::lex::LexicalRules;
use crate::row::{Fetch, Row};
use crate::value::Value;

/// What a statement consists of. Each is described once.
pub(super) trait Parts: Clone {
    /// Describes all that its SQL depends on, for these parameters.
    fn walk<'t>(&'t self, names: &'t Params, to: &mut impl Visitor<'t>);

    /// Whether it can be written at all for a database that reads SQL text by these rules.
    fn check(&self, names: &Params, rules: LexicalRules) -> Result<()>;

    /// Writes it.
    fn write(&self, names: &Params, to: &mut SqlWriter<'_>);

    /// The values that it has for its named binds.
    fn params(&self) -> &Params;

    /// The table of which it changes rows that are there, and whether it deletes them.
    fn changed(&self) -> Option<(&Table, bool)>;

    /// Takes them away.
    fn take_params(&mut self) -> Params;

    /// Calls `with` for each expression in it.
    fn each_expression(&mut self, with: &mut dyn FnMut(&mut Expression));

    /// Sets the columns that parameters give, and those that have a default, so that they stand in the
    /// statement by themselves. Returns the names of the parameters that are columns.
    fn settle(&mut self, params: &Params) -> HashSet<Name>;

    /// Makes compiling it an error.
    fn refuse(&mut self, message: &'static str);

    /// Whether WITH can stand inside it, before its query.
    fn has_place_for_with(&self) -> bool {
        false
    }

    /// Whether it can be compiled ahead of its values.
    fn check_prepare(&self) -> Result<()> {
        Ok(())
    }
}

/// What the rows of a statement become: those of what it returns, or [`Row`] if it returns none.
pub trait Returned {
    /// What a row becomes.
    type Row: Fetch;

    /// What it becomes as a row of a common table expression.
    type Item;
}

impl Returned for () {
    type Row = Row;
    type Item = ();
}

impl<S: Selection> Returned for S {
    type Row = S::Row;
    type Item = S::Item;
}

/// A statement and the types that it is known by: the table's, and what it returns.
pub(super) struct Typed<P, T, S> {
    pub(super) parts: Arc<P>,
    types: PhantomData<fn() -> (T, S)>,
}

impl<P: Clone, T, S> Typed<P, T, S> {
    pub(super) fn new(parts: P) -> Self {
        Self { parts: Arc::new(parts), types: PhantomData }
    }

    pub(super) fn parts(&mut self) -> &mut P {
        Arc::make_mut(&mut self.parts)
    }

    /// The same, known to return something else.
    pub(super) fn returning<R>(self) -> Typed<P, T, R> {
        Typed { parts: self.parts, types: PhantomData }
    }
}

impl<P, T, S> Clone for Typed<P, T, S> {
    fn clone(&self) -> Self {
        Self { parts: Arc::clone(&self.parts), types: PhantomData }
    }
}

/// Makes a struct over [`Typed`] a statement. The variant is that of [`ChangeParts`](super::change).
macro_rules! statement {
    ($name:ident) => {
        impl<T, S: $crate::sql::Returned> $name<T, S> {
            /// Makes it a common table expression, under a name: it stands before another statement,
            /// which selects from what it gives, and is executed with that. PostgreSQL has it. Where
            /// nothing selects from it, [`add_cte`](crate::sql::Select::add_cte) adds it.
            ///
            /// All of such a statement sees the tables as they were before it.
            ///
            /// ```
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{Auto, Mapped, delete, insert};
            ///
            /// #[derive(Mapped)]
            /// #[aludel(table = "posts")]
            /// struct Post {
            ///     #[aludel(primary_key)]
            ///     id: Auto<i64>,
            ///     title: String,
            /// }
            ///
            /// #[derive(Mapped)]
            /// #[aludel(table = "old_posts")]
            /// struct OldPost {
            ///     #[aludel(primary_key)]
            ///     id: Auto<i64>,
            ///     title: String,
            /// }
            ///
            /// let gone = delete::<Post>().where_(Post::c.id.lt(100)).returning(Post::c.title);
            /// let gone = gone.cte("gone");
            /// let moved = insert::<OldPost>()
            ///     .from_select(OldPost::c.title, aludel::select(gone.columns()));
            /// assert_eq!(
            ///     moved.compile(&PostgreSql::new())?.sql(),
            ///     "WITH gone AS (DELETE FROM posts WHERE posts.id < $1 RETURNING posts.title) \
            ///      INSERT INTO old_posts (title) SELECT gone.title FROM gone"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn cte(self, name: impl Into<$crate::sql::Name>) -> $crate::sql::Cte<S::Item> {
                let parts = $crate::sql::dml::statement::unshared(self.0.parts);
                let change = $crate::sql::dml::change::ChangeParts::$name(Box::new(parts));
                $crate::sql::Cte::new(Some(name.into()), change.into_query())
            }
        }

        impl<T, S: $crate::sql::Returned> $crate::sql::ClauseElement for $name<T, S> {
            fn as_element(&self) -> &dyn $crate::sql::ClauseElement {
                self
            }

            fn cache_key(
                &self,
                key: &mut $crate::sql::CacheKey,
                literals: &mut $crate::sql::Literals,
                names: &$crate::sql::Params,
            ) {
                self.0.parts.walk(names, &mut $crate::sql::tree::KeyWalk::new(key, literals));
            }

            fn compile_with(
                &self,
                dialect: &dyn $crate::sql::SqlDialect,
                names: &$crate::sql::Params,
            ) -> $crate::error::Result<$crate::sql::Template> {
                let mut numbers = $crate::sql::tree::Numbers::default();
                self.0.parts.walk(names, &mut numbers);
                let mut writer =
                    $crate::sql::SqlWriter::with_numbers(dialect, numbers).given(names);
                self.0.parts.check(names, dialect.lexical_rules())?;
                $crate::sql::dml::statement::write(&*self.0.parts, names, &mut writer);
                writer.finish($crate::statement::StatementKind::Dml)
            }

            fn params(&self) -> &$crate::sql::Params {
                Parts::params(&*self.0.parts)
            }

            fn changed(&self) -> Option<(&$crate::sql::schema::Table, bool)> {
                Parts::changed(&*self.0.parts)
            }

            fn check_prepare(&self) -> $crate::error::Result<()> {
                self.0.parts.check_prepare()
            }
        }

        impl<T, S: $crate::sql::Returned> $crate::sql::Executable for $name<T, S> {
            type Row = S::Row;
        }

        impl<T, S> Clone for $name<T, S> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }

        /// Prints as SQL, with numbers in the place of values.
        impl<T, S> std::fmt::Display for $name<T, S> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let parts = &self.0.parts;
                f.write_str(&$crate::sql::SqlWriter::display(|to| {
                    parts.write(Parts::params(&**parts), to)
                }))
            }
        }

        impl<T, S> std::fmt::Debug for $name<T, S> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    };
}
pub(super) use statement;

/// The parts, copied if another statement has them too.
pub(super) fn unshared<P: Clone>(parts: Arc<P>) -> P {
    Arc::unwrap_or_clone(parts)
}

/// Writes a statement, and WITH where it stands.
pub(super) fn write(parts: &impl Parts, names: &Params, to: &mut SqlWriter<'_>) {
    let survey = Survey::of(|to| parts.walk(names, to));
    to.prepare(survey);
    if to.has(Feature::CteInDml) || !parts.has_place_for_with() {
        if to.has_ctes() {
            to.require(Feature::CteInDml);
        }
        to.write_with();
    }
    parts.write(names, to);
}

/// Describes the table that a statement changes.
pub(super) fn walk_table<'t>(table: &'t Table, to: &mut impl Visitor<'t>) {
    to.number(usize::from(table.schema().is_some()));
    table.schema().into_iter().for_each(|schema| to.name(schema));
    to.name(table.name());
}

/// Writes the name of the table that a statement changes.
pub(super) fn write_table(table: &Table, to: &mut SqlWriter<'_>) {
    to.table_name(table.schema().map(|schema| &**schema), table.name());
}

/// Describes the table whose columns a statement sets.
pub(super) fn walk_set_table<'t>(table: &'t Table, to: &mut impl Visitor<'t>) {
    walk_table(table, to);
    to.columns_of(table);
}

/// Describes a list of expressions.
pub(super) fn walk_all<'t>(
    list: impl ExactSizeIterator<Item = &'t Expression>,
    to: &mut impl Visitor<'t>,
) {
    to.number(list.len());
    list.for_each(|expression| expression.walk(to));
}

/// Describes what is assigned.
pub(super) fn walk_assigned<'t>(assigned: &'t [Entry], to: &mut impl Visitor<'t>) {
    to.number(assigned.len());
    for Entry { of, column, value } in assigned {
        to.number(usize::from(of.is_some()));
        of.iter().for_each(|of| to.from(of));
        to.name(column);
        walk_value(value, to);
        if let (Some(_), Some(ty)) = (of, value.value().and_then(Expression::value_type)) {
            // Of which table it is a column is known by name only.
            to.full_type(ty);
        }
    }
}

pub(super) fn walk_value<'t>(value: &'t Assigned, to: &mut impl Visitor<'t>) {
    match value {
        Assigned::Default => to.number(0),
        Assigned::Value(value) => {
            to.number(1);
            value.walk(to);
        }
    }
}

/// Writes what a column of a table is set to.
pub(super) fn write_value(table: &Table, column: &Name, value: &Assigned, to: &mut SqlWriter<'_>) {
    match value {
        Assigned::Value(value) => {
            to.assigned(value, column, table.column(column).map(Column::column_type));
        }
        Assigned::Default => {
            to.require(Feature::DefaultInValues);
            to.sql("DEFAULT");
        }
    }
}

/// Writes the place of the value that parameters give a column.
pub(super) fn write_given(table: &Table, column: &Name, to: &mut SqlWriter<'_>) {
    let ty = table.column(column).map(|column| column.column_type().clone());
    let bind = Bind { name: column.clone(), ty: ty.clone().into(), default: None };
    to.assigned(&Expression::of_bind(bind), column, ty.as_ref());
}

/// Describes the columns that parameters may give: which of them are binds depends on how the database
/// reads text. Tables of one name may have other types, and values are bound as these.
pub(super) fn walk_given<'t>(
    table: &Table,
    given: impl Iterator<Item = &'t Name>,
    to: &mut impl Visitor<'t>,
) {
    for name in given {
        to.name(name);
        to.value_type(table.column(name).map(Column::column_type));
    }
    to.name(&END);
}

/// No column has this name.
const END: Name = Name::Static("");

/// A column that parameters give, as what is set.
pub(super) fn given_entry(table: &Table, name: &Name, params: &Params) -> Entry {
    let value = params.get(name).cloned().unwrap_or(Value::Null);
    let ty = table.column(name).map(|column| column.column_type().clone());
    let value = Expression::literal(value).with_type(ty);
    Entry { of: None, column: name.clone(), value: Assigned::Value(value) }
}

/// Checks that the table has the columns that are set.
pub(super) fn check_columns<'c>(
    table: &Table,
    columns: impl IntoIterator<Item = &'c Name>,
) -> Result<()> {
    match columns.into_iter().find(|name| table.column(name).is_none()) {
        Some(unknown) => Err(table.no_column(unknown, ErrorKind::Argument)),
        None => Ok(()),
    }
}

/// Checks that what is assigned are columns of the table.
pub(super) fn check_assigned(table: &Table, assigned: &[Entry]) -> Result<()> {
    let own = FromClause::from(table);
    match assigned.iter().find_map(|entry| entry.of.as_ref().filter(|of| !of.is(&own))) {
        Some(other) => Err(foreign_column(table, other)),
        None => check_columns(table, assigned.iter().map(|entry| &entry.column)),
    }
}

#[cold]
fn foreign_column(table: &Table, other: &FromClause) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!(
            "a column of {} cannot be set by a statement that changes {:?}; set columns of that \
             table",
            other.shown_name(),
            table.full_name().to_string()
        ),
    )
}
