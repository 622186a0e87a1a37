//! INSERT: the columns that are set, and those that parameters give.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::schema::{Column, Table};
use super::tree::{Bind, KeyWalk, Numbers, Visitor};
use super::{
    Assignment, Assignments, CacheKey, ClauseElement, Dynamic, Executable, Expression, Literals,
    Mapped, Name, Params, Selection, SqlDialect, SqlWriter, Template,
};
use crate::error::{Error, ErrorKind, Result};
use crate::row::Row;
use crate::statement::StatementKind;

/// An INSERT into the table of `T`. Cheap to clone.
///
/// Without [`values`](Self::values) it takes its columns from the first set of parameters it is
/// executed with.
#[must_use = "a statement does nothing until a connection executes it"]
pub struct Insert<T> {
    parts: Arc<Parts>,
    table: PhantomData<fn() -> T>,
}

#[derive(Clone)]
struct Parts {
    table: Table,
    assigned: Vec<(Name, Expression)>,
    params: Params,
}

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
    Insert::new(T::table().clone())
}

impl<T> Insert<T> {
    fn new(table: Table) -> Self {
        let parts = Parts { table, assigned: Vec::new(), params: Params::new() };
        Self { parts: Arc::new(parts), table: PhantomData }
    }

    /// Sets columns: `column.set(value)`, or a tuple of such. Setting a column again replaces.
    pub fn values(mut self, assignments: impl Assignments<T>) -> Self {
        let mut added = Vec::new();
        assignments.assignments(&mut added);
        let assigned = &mut Arc::make_mut(&mut self.parts).assigned;
        for Assignment { column, value, .. } in added {
            match assigned.iter_mut().find(|(known, _)| *known == column) {
                Some((_, slot)) => *slot = value,
                None => assigned.push((column, value)),
            }
        }
        self
    }

    /// Values by name: of its named binds, and of columns that are not set.
    pub fn params(mut self, params: Params) -> Self {
        Arc::make_mut(&mut self.parts).params.extend(params.into_pairs());
        self
    }

    /// Gives columns of the new row, such as those that the database makes.
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
    pub fn returning<S: Selection>(self, what: S) -> InsertReturning<T, S> {
        let mut columns = Vec::new();
        what.columns(&mut columns);
        InsertReturning { insert: self, columns: columns.into(), selection: PhantomData }
    }

    /// The columns that come from parameters, besides those that are set.
    fn given<'p>(&'p self, names: &'p Params) -> impl Iterator<Item = &'p Name> {
        let binds = |name: &Name| {
            let bind = |value: &Expression| value.has_bind(name);
            self.parts.assigned.iter().any(|(column, value)| column == name || bind(value))
        };
        names.names().filter(move |name| !binds(name))
    }

    /// Whether the table has all the columns.
    fn check(&self, names: &Params) -> Result<()> {
        let table = &self.parts.table;
        let set = self.parts.assigned.iter().map(|(column, _)| column);
        match set.chain(self.given(names)).find(|name| table.column(name).is_none()) {
            Some(unknown) => Err(table.no_column(unknown, ErrorKind::Argument)),
            None => Ok(()),
        }
    }

    /// Describes all that its SQL depends on, for these parameters.
    fn walk<'t>(&'t self, names: &'t Params, to: &mut impl Visitor<'t>) {
        let Parts { table, assigned, .. } = &*self.parts;
        to.node(b'I', assigned.len());
        to.number(usize::from(table.schema().is_some()));
        table.schema().into_iter().for_each(|schema| to.name(schema));
        to.name(table.name());
        for (column, value) in assigned {
            to.name(column);
            value.walk(to);
        }
        for name in self.given(names) {
            to.name(name);
            // Tables of one name may have other types: they are bound otherwise.
            to.value_type(table.column(name).map(Column::column_type));
        }
    }

    fn write(&self, names: &Params, to: &mut SqlWriter<'_>) {
        let Parts { table, assigned, .. } = &*self.parts;
        to.sql("INSERT INTO ");
        to.qualified_name(table.schema().map(|schema| &**schema), table.name());
        let given: Vec<&Name> = self.given(names).collect();
        if assigned.is_empty() && given.is_empty() {
            to.sql(to.dialect().default_values_clause());
            return;
        }
        let columns: Vec<&Name> =
            assigned.iter().map(|(column, _)| column).chain(given.iter().copied()).collect();
        to.sql(" (");
        to.separated(", ", &columns, |column, to| to.name(column));
        to.sql(") VALUES (");
        to.separated(", ", assigned, |(_, value), to| value.write(to));
        if !assigned.is_empty() && !given.is_empty() {
            to.sql(", ");
        }
        to.separated(", ", &given, |name, to| {
            let ty = table.column(name).map(|column| column.column_type().clone());
            to.bind(&Bind { name: (*name).clone(), ty: ty.into(), default: None });
        });
        to.sql(")");
    }
}

impl Insert<Dynamic> {
    pub(super) fn into_table(table: Table) -> Self {
        Self::new(table)
    }
}

impl<T> ClauseElement for Insert<T> {
    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, names: &Params) {
        self.walk(names, &mut KeyWalk::new(key, literals));
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        let mut numbers = Numbers::default();
        self.walk(names, &mut numbers);
        let mut writer = SqlWriter::with_numbers(dialect, numbers);
        self.check(names)?;
        self.write(names, &mut writer);
        writer.finish(StatementKind::Dml)
    }

    fn params(&self) -> &Params {
        &self.parts.params
    }

    /// An insert without columns takes them from the values, which are not known yet.
    fn check_prepare(&self) -> Result<()> {
        if !self.parts.assigned.is_empty() || self.parts.params.names().next().is_some() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Argument,
            format!(
                "an insert into {} cannot be prepared without its columns: give each a bind, as in \
                 values(User::c.name.set(bindparam(\"name\")))",
                self.parts.table.name()
            ),
        ))
    }
}

impl<T> Executable for Insert<T> {
    type Row = Row;
}

/// An INSERT that gives columns of the new row: [`Insert::returning`]. Cheap to clone.
#[must_use = "a statement does nothing until a connection executes it"]
pub struct InsertReturning<T, S> {
    insert: Insert<T>,
    columns: Arc<[Expression]>,
    selection: PhantomData<fn() -> S>,
}

impl<T, S> InsertReturning<T, S> {
    fn walk<'t>(&'t self, names: &'t Params, to: &mut impl Visitor<'t>) {
        to.node(b'G', self.columns.len());
        self.columns.iter().for_each(|column| column.walk(to));
        self.insert.walk(names, to);
    }

    fn write(&self, names: &Params, to: &mut SqlWriter<'_>) {
        self.insert.write(names, to);
        to.dialect().write_insert_returning(&self.columns, to);
    }
}

impl<T, S: Selection> ClauseElement for InsertReturning<T, S> {
    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, names: &Params) {
        self.walk(names, &mut KeyWalk::new(key, literals));
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        let mut numbers = Numbers::default();
        self.walk(names, &mut numbers);
        let mut writer = SqlWriter::with_numbers(dialect, numbers);
        self.insert.check(names)?;
        self.write(names, &mut writer);
        writer.finish(StatementKind::Dml)
    }

    fn params(&self) -> &Params {
        &self.insert.parts.params
    }
}

impl<T, S: Selection> Executable for InsertReturning<T, S> {
    type Row = S::Row;
}

impl<T, S> Clone for InsertReturning<T, S> {
    fn clone(&self) -> Self {
        let columns = Arc::clone(&self.columns);
        Self { insert: self.insert.clone(), columns, selection: PhantomData }
    }
}

/// Prints as SQL, with numbers in the place of values.
impl<T, S> fmt::Display for InsertReturning<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SqlWriter::display(|to| self.write(&self.insert.parts.params, to)))
    }
}

impl<T, S> fmt::Debug for InsertReturning<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T> Clone for Insert<T> {
    fn clone(&self) -> Self {
        Self { parts: Arc::clone(&self.parts), table: PhantomData }
    }
}

/// Prints as SQL, with numbers in the place of values.
impl<T> fmt::Display for Insert<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SqlWriter::display(|to| self.write(&self.parts.params, to)))
    }
}

impl<T> fmt::Debug for Insert<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
