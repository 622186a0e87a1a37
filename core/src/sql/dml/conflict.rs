//! What an INSERT does with a row that is there already.

use super::super::schema::{Column, DdlIf, Table};
use super::super::tree::{Mentioned, Visitor};
use super::super::{
    Alias, ColumnSet, Expression, Feature, Mapped, MappedAlias, Name, SqlDialect, SqlWriter,
    conditions,
};
use super::assignment::Entry;
use super::conflict_target::{IntoConflictTarget, Target};
use super::statement::{check_assigned, check_columns, walk_assigned, write_table, write_value};
use crate::error::{Error, ErrorKind, Result};

/// The name under which a statement knows the row that could not be inserted.
pub(in crate::sql) const EXCLUDED: &str = "excluded";

/// The columns of the row that could not be inserted, in what `on_conflict_do_update`,
/// `on_duplicate_key_update` set instead.
///
/// ```
/// use aludel::dialect::{mysql::MySql, postgresql::PostgreSql};
/// use aludel::sql::{ClauseElement, excluded};
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
/// let new = || insert::<Item>().values((Item::c.name.set("apple"), Item::c.stock.set(5)));
/// let more = || Item::c.stock.set(Item::c.stock + excluded::<Item>().stock);
/// assert_eq!(
///     new().on_conflict_do_update(Item::c.name, more()).compile(&PostgreSql::new())?.sql(),
///     "INSERT INTO items (name, stock) VALUES ($1, $2) \
///      ON CONFLICT (name) DO UPDATE SET stock = items.stock + excluded.stock"
/// );
/// assert_eq!(
///     new().on_duplicate_key_update(more()).compile(&MySql::mariadb())?.sql(),
///     "INSERT INTO items (name, stock) VALUES (?, ?) \
///      ON DUPLICATE KEY UPDATE stock = items.stock + VALUES(stock)"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn excluded<T: Mapped>() -> T::Columns {
    T::Columns::of(Some(MappedAlias::fixed(EXCLUDED)))
}

/// The same of a table that is described at run time.
pub(in crate::sql) fn excluded_from(table: &Table) -> Alias {
    table.alias(EXCLUDED)
}

/// What is done with a row that is there already.
#[derive(Debug, Clone)]
pub(super) struct Conflict {
    target: Target,
    action: Action,
}

#[derive(Debug, Clone)]
enum Action {
    /// ON CONFLICT DO NOTHING.
    Nothing,
    /// ON CONFLICT DO UPDATE.
    Update { set: Vec<Entry>, condition: Option<Expression> },
    /// ON DUPLICATE KEY UPDATE.
    DuplicateKey { set: Vec<Entry> },
    /// As each database has it: these columns, or all that are not the key.
    Upsert { columns: Option<Vec<Name>> },
}

/// What stands around a conflict: the table, and the columns that are inserted.
pub(super) struct Inserted<'i> {
    pub(super) table: &'i Table,
    pub(super) columns: Vec<&'i Name>,
    /// Those of them that nothing set but a default, which does not replace what is there.
    pub(super) made: &'i [Name],
    /// Those that some of several rows set and others do not.
    pub(super) partly: &'i [Name],
    /// Whether the rows are those of a SELECT.
    pub(super) from_select: bool,
}

impl Conflict {
    pub(super) fn nothing<T>(target: impl IntoConflictTarget<T>) -> Self {
        Self { target: target.into_target().target, action: Action::Nothing }
    }

    pub(super) fn update<T>(target: impl IntoConflictTarget<T>, set: Vec<Entry>) -> Self {
        let action = Action::Update { set, condition: None };
        Self { target: target.into_target().target, action }
    }

    pub(super) fn duplicate_key(set: Vec<Entry>) -> Self {
        Self { target: Target::default(), action: Action::DuplicateKey { set } }
    }

    /// The key is the primary key if it is empty.
    pub(super) fn upsert(key: Vec<Name>, columns: Option<Vec<Name>>) -> Self {
        let target = Target { columns: key, ..Target::default() };
        Self { target, action: Action::Upsert { columns } }
    }

    /// The rows that are updated are only those for which it holds.
    pub(super) fn add_condition(&mut self, added: Expression) {
        match &mut self.action {
            Action::Update { condition, .. } => {
                let all = condition.take().into_iter().chain([added]);
                *condition = Some(conditions::all(all));
            }
            _ => {
                let message = "`on_conflict_where` belongs to `on_conflict_do_update`, which must \
                     stand before it";
                self.target.condition = Some(Expression::refused(message));
            }
        }
    }

    fn set(&self) -> &[Entry] {
        match &self.action {
            Action::Update { set, .. } | Action::DuplicateKey { set } => set,
            Action::Nothing | Action::Upsert { .. } => &[],
        }
    }

    fn condition(&self) -> Option<&Expression> {
        match &self.action {
            Action::Update { condition, .. } => condition.as_ref(),
            _ => None,
        }
    }

    /// The expressions.
    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let set = self.set().iter().filter_map(|entry| entry.value.value());
        set.chain(self.condition()).chain(&self.target.condition)
    }

    /// Calls `with` for each expression.
    pub(super) fn each_expression(&mut self, with: &mut dyn FnMut(&mut Expression)) {
        if let Action::Update { set, .. } | Action::DuplicateKey { set } = &mut self.action {
            set.iter_mut().filter_map(|entry| entry.value.value_mut()).for_each(&mut *with);
        }
        if let Action::Update { condition: Some(condition), .. } = &mut self.action {
            with(condition);
        }
        self.target.condition.iter_mut().for_each(with);
    }

    /// Describes it, as it is in an INSERT into this table.
    pub(super) fn walk<'t>(&'t self, table: &'t Table, to: &mut impl Visitor<'t>) {
        to.number(match &self.action {
            Action::Nothing => 0,
            Action::Update { .. } => 1,
            Action::DuplicateKey { .. } => 2,
            Action::Upsert { columns: None } => 3,
            Action::Upsert { columns: Some(_) } => 4,
        });
        let columns = match &self.action {
            Action::Upsert { columns: Some(columns) } => &**columns,
            _ => &[],
        };
        for names in [&*self.target.columns, columns] {
            to.number(names.len());
            names.iter().for_each(|name| to.name(name));
        }
        if let Action::Upsert { .. } = &self.action {
            // Tables of one name may have other keys, and other defaults.
            for key in unique_keys(table) {
                to.number(key.columns.len() + 1);
                to.number(usize::from(key.is_whole));
                for name in key.columns {
                    to.name(name);
                    to.number(usize::from(is_made_by_database(table, name)));
                }
            }
            to.number(0);
        }
        to.number(usize::from(self.target.constraint.is_some()));
        self.target.constraint.iter().for_each(|name| to.name(name));
        walk_assigned(self.set(), to);
        for condition in [self.target.condition.as_ref(), self.condition()] {
            to.number(usize::from(condition.is_some()));
            condition.iter().for_each(|condition| condition.walk(to));
        }
    }

    pub(super) fn check(&self, table: &Table) -> Result<()> {
        check_columns(table, &self.target.columns)?;
        if let Action::Upsert { columns: Some(columns) } = &self.action {
            check_columns(table, columns)?;
        }
        check_assigned(table, self.set())
    }

    pub(super) fn write(&self, inserted: &Inserted<'_>, to: &mut SqlWriter<'_>) {
        match &self.action {
            Action::Nothing => {
                to.require(Feature::OnConflict);
                self.target.write(to);
                to.sql(" DO NOTHING");
            }
            Action::Update { set, condition } => {
                to.require(Feature::OnConflict);
                if self.target.columns.is_empty() && self.target.constraint.is_none() {
                    to.fail(without_target());
                }
                self.target.write(to);
                to.sql(" DO UPDATE SET ");
                write_set(inserted.table, set, to);
                if let Some(condition) = condition {
                    to.sql(" WHERE ");
                    within(inserted.table, std::iter::once(condition), to, |to| {
                        condition.write(to)
                    });
                }
            }
            Action::DuplicateKey { set } => {
                to.require(Feature::OnDuplicateKeyUpdate);
                to.begin_duplicate_key(inserted.from_select);
                write_set(inserted.table, set, to);
                to.end_duplicate_key();
            }
            Action::Upsert { columns } => self.write_upsert(columns.as_deref(), inserted, to),
        }
    }

    fn write_upsert(
        &self,
        columns: Option<&[Name]>,
        inserted: &Inserted<'_>,
        to: &mut SqlWriter<'_>,
    ) {
        let key = match (&*self.target.columns, inserted.table.primary_key()) {
            ([], Some(key)) => key.columns(),
            ([], None) => return to.fail(without_key(inserted.table)),
            (key, _) => key,
        };
        let set: Vec<&Name> = match columns {
            Some(columns) => columns.iter().collect(),
            None => {
                let set = |name: &&Name| !key.contains(name) && !inserted.made.contains(name);
                let set: Vec<&Name> = inserted.columns.iter().copied().filter(set).collect();
                if let Some(partly) = set.iter().find(|name| inserted.partly.contains(name)) {
                    return to.fail(partly_set(inserted.table, partly));
                }
                set
            }
        };
        if let Some(other) = set.iter().find(|name| !inserted.columns.contains(name)) {
            return to.fail(not_inserted(inserted.table, other));
        }
        if to.has(Feature::OnConflict) {
            Target { columns: key.to_vec(), ..Target::default() }.write(to);
            if set.is_empty() {
                return to.sql(" DO NOTHING");
            }
            to.sql(" DO UPDATE SET ");
            return to.separated(", ", &set, |name, to| {
                to.name(name);
                to.sql(" = ");
                to.qualified_name(Some(EXCLUDED), name);
            });
        }
        to.require(Feature::OnDuplicateKeyUpdate);
        if let Some(other) = other_key(inserted, key, to.dialect()) {
            return to.fail(several_keys(inserted.table, key, &other));
        }
        to.begin_duplicate_key(inserted.from_select);
        if set.is_empty() {
            // What it is already. MySQL takes a column that is named here as given, and does not say
            // that it lacks a value, so it is one that is inserted.
            let named = inserted.columns.first().copied().or(key.first());
            to.separated(", ", named.as_slice(), |name, to| {
                to.name(name);
                to.sql(" = ");
                write_table(inserted.table, to);
                to.sql(".");
                to.name(name);
            });
        }
        to.separated(", ", &set, |name, to| {
            to.name(name);
            to.sql(" = ");
            if to.gives_by_values(Some(EXCLUDED)) {
                to.sql("VALUES(");
                to.name(name);
                to.sql(")");
            } else {
                to.qualified_name(Some(EXCLUDED), name);
            }
        });
        to.end_duplicate_key();
    }

    /// Whether what is set depends on the columns that are inserted.
    pub(super) fn sets_what_is_inserted(&self) -> bool {
        matches!(self.action, Action::Upsert { .. })
    }

    /// The columns by which a row is recognised, if a statement that updates the same row twice is
    /// refused by some databases.
    pub(super) fn key<'c>(&'c self, table: &'c Table) -> Option<&'c [Name]> {
        match &self.action {
            Action::Nothing | Action::DuplicateKey { .. } => None,
            Action::Upsert { columns: Some(columns) } if columns.is_empty() => None,
            Action::Update { .. } | Action::Upsert { .. } => Some(match &*self.target.columns {
                [] if self.target.constraint.is_none() => {
                    table.primary_key().map_or(&[], |key| key.columns())
                }
                columns => columns,
            }),
        }
    }
}

impl Target {
    fn write(&self, to: &mut SqlWriter<'_>) {
        to.sql(" ON CONFLICT");
        if let Some(name) = &self.constraint {
            to.require(Feature::ConflictConstraint);
            to.sql(" ON CONSTRAINT ");
            to.name(name);
        }
        if !self.columns.is_empty() {
            to.sql(" (");
            to.separated(", ", &self.columns, |name, to| to.name(name));
            to.sql(")");
        }
        if let Some(condition) = &self.condition {
            to.sql(" WHERE ");
            to.with_bare_columns(|to| condition.write(to));
        }
    }
}

fn write_set(table: &Table, set: &[Entry], to: &mut SqlWriter<'_>) {
    if set.is_empty() {
        to.fail(Error::new(
            ErrorKind::Compile,
            "nothing is set where a row is there already; give at least one assignment",
        ));
    }
    let values = set.iter().filter_map(|entry| entry.value.value());
    within(table, values, to, |to| {
        to.separated(", ", set, |Entry { column, value, .. }, to| {
            to.name(column);
            to.sql(" = ");
            write_value(table, column, value, to);
        });
    });
}

/// Writes what sees the row that is there and the one that could not be inserted.
fn within<'t>(
    table: &Table,
    named: impl Iterator<Item = &'t Expression>,
    to: &mut SqlWriter<'_>,
    write: impl FnOnce(&mut SqlWriter<'_>),
) {
    let excluded = Mentioned::by(|to| named.for_each(|expression| expression.walk(to))).0;
    let excluded = excluded.into_iter().filter(|from| from.own_name() == Some(EXCLUDED));
    let outer = to.enter(std::iter::once(table.into()).chain(excluded).collect());
    write(to);
    to.leave(outer);
}

/// Another key by which a row could be there already: the columns of one that are all inserted, or
/// have a default.
fn other_key<'i>(
    inserted: &Inserted<'i>,
    key: &[Name],
    dialect: &dyn SqlDialect,
) -> Option<UniqueKey<'i>> {
    let table = inserted.table;
    let could_be = |UniqueKey { columns, is_whole, of }: &UniqueKey<'_>| {
        if of.is_some_and(|of| !of.holds(dialect)) {
            return false;
        }
        let same = columns.len() == key.len() && columns.iter().all(|name| key.contains(name));
        let given =
            |name: &Name| inserted.columns.contains(&name) || is_made_by_database(table, name);
        !(same && *is_whole) && columns.iter().all(given)
    };
    unique_keys(table).find(could_be)
}

/// Columns by which a row is recognised, and whether these are all, and not expressions besides.
struct UniqueKey<'t> {
    columns: &'t [Name],
    is_whole: bool,
    /// The databases that have it, if not all.
    of: Option<&'t DdlIf>,
}

/// The keys by which the description of a table says that a row is recognised, the primary key first.
fn unique_keys(table: &Table) -> impl Iterator<Item = UniqueKey<'_>> {
    let whole = |columns| UniqueKey { columns, is_whole: true, of: None };
    let primary = table.primary_key().map(|key| key.columns()).into_iter();
    let constraints = table.unique_constraints().map(|unique| unique.columns());
    let indexes = table.indexes().iter().filter(|index| index.is_unique()).map(|index| {
        let columns = index.columns();
        let is_whole = columns.len() == index.elements().len();
        UniqueKey { columns, is_whole, of: Some(index.condition_of_ddl()) }
    });
    primary.chain(constraints).map(whole).chain(indexes)
}

/// Whether the database gives the column a value that an INSERT does not set.
fn is_made_by_database(table: &Table, name: &str) -> bool {
    let made = |column: &Column| column.server_default_sql().or(column.computed_sql()).is_some();
    table.column(name).is_some_and(made)
}

#[cold]
fn without_target() -> Error {
    Error::new(
        ErrorKind::Compile,
        "ON CONFLICT DO UPDATE must say by what a row is recognised; give the columns of a unique \
         index, a `constraint`, or the primary key",
    )
}

#[cold]
fn without_key(table: &Table) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "the table {:?} has no primary key to recognise a row by; name the columns of a unique \
             constraint",
            table.full_name().to_string()
        ),
    )
}

#[cold]
fn not_inserted(table: &Table, name: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "the upsert of {:?} updates {name:?}, which is not among the columns that are inserted; \
             insert a value of it, or leave it out",
            table.full_name().to_string()
        ),
    )
}

/// What is there would be replaced by a default.
#[cold]
fn partly_set(table: &Table, name: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "of the rows of the upsert of {:?} some set {name:?} and others do not, and in those a default \
             would replace what is there; set it in all rows or in none, say by `upsert_columns` what \
             is replaced, or execute them apart",
            table.full_name().to_string()
        ),
    )
}

#[cold]
fn several_keys(table: &Table, key: &[Name], other: &UniqueKey<'_>) -> Error {
    let list = |names: &[Name], more: Option<&'static str>| {
        names.iter().map(|name| &**name).chain(more).collect::<Vec<_>>().join(", ")
    };
    Error::new(
        ErrorKind::Compile,
        format!(
            "this database recognises a row of {:?} by ({}) as well as by ({}), and the upsert names \
             only one of them; leave a column of the other out, or use `on_duplicate_key_update`",
            table.full_name().to_string(),
            list(other.columns, (!other.is_whole).then_some("an expression")),
            list(key, None)
        ),
    )
}
