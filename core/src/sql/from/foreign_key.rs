//! The condition of a join that gives none: what the foreign keys between both sides say.

use super::{FromClause, FromKind};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::schema::{ForeignKeyConstraint, Table, TableName};
use crate::sql::tree::Visitor;
use crate::sql::{Name, SqlWriter};

/// A column of a FROM object that is, unchanged, a column of a table.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Exposed {
    /// Its name in the object.
    pub(in crate::sql) name: Name,
    pub(in crate::sql) table: Table,
    /// Its name in the table.
    pub(in crate::sql) column: Name,
}

impl FromClause {
    /// The columns of it that are, unchanged, columns of tables.
    pub(in crate::sql) fn exposed(&self) -> Vec<Exposed> {
        let of_table = |table: &Table| {
            let column = |name: &Name| Exposed {
                name: name.clone(),
                table: table.clone(),
                column: name.clone(),
            };
            table.columns().iter().map(|of| column(of.name())).collect()
        };
        match &self.0 {
            FromKind::Mapped(table) | FromKind::MappedAlias(table, _) => of_table((table.table)()),
            FromKind::Table(table) => of_table(table),
            FromKind::Alias(parts) => parts.of.exposed(),
            FromKind::Sample(parts) => parts.of.exposed(),
            FromKind::Subquery(parts) => parts.query.exposed(&parts.names),
            FromKind::Cte(parts) => parts.query().exposed(&parts.query().column_names()),
            FromKind::Function(_) | FromKind::Text(_) | FromKind::Join(_) => Vec::new(),
        }
    }

    /// The column of it that is, unchanged, a column of a table.
    pub(in crate::sql) fn exposed_column(&self, name: &str) -> Option<Exposed> {
        self.exposed().into_iter().find(|column| *column.name == *name)
    }
}

impl Exposed {
    /// Whether both are one column of one table, under one name.
    pub(in crate::sql) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.column == other.column
            && self.table.full_name() == other.table.full_name()
    }
}

/// A condition that follows from a foreign key: each column of it, and the one that it names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Inferred(Vec<Pair>);

#[derive(Debug, Clone)]
struct Pair {
    referred: (FromClause, Name),
    referring: (FromClause, Name),
}

impl PartialEq for Pair {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &(FromClause, Name), b: &(FromClause, Name)| a.0.is(&b.0) && a.1 == b.1;
        same(&self.referred, &other.referred) && same(&self.referring, &other.referring)
    }
}

impl Inferred {
    pub(super) fn write(&self, to: &mut SqlWriter<'_>) {
        to.separated(" AND ", &self.0, |pair, to| {
            pair.referred.0.write_column(&pair.referred.1, to);
            to.sql(" = ");
            pair.referring.0.write_column(&pair.referring.1, to);
        });
    }

    fn shown(&self) -> String {
        let column = |(of, name): &(FromClause, Name)| format!("{}.{name}", of.shown_name());
        let pair =
            |pair: &Pair| format!("{} = {}", column(&pair.referred), column(&pair.referring));
        self.0.iter().map(pair).collect::<Vec<_>>().join(" AND ")
    }
}

/// The conditions that foreign keys between one of these and one of those give.
pub(super) fn between(left: &[&FromClause], right: &[&FromClause]) -> Vec<Inferred> {
    let mut found: Vec<Inferred> = Vec::new();
    let mut add = |inferred| {
        if !found.contains(&inferred) {
            found.push(inferred);
        }
    };
    for one in left {
        for other in right.iter().filter(|other| !other.is(one)) {
            let (of_one, of_other) = (one.exposed(), other.exposed());
            keys((other, &of_other), (one, &of_one)).into_iter().for_each(&mut add);
            keys((one, &of_one), (other, &of_other)).into_iter().for_each(&mut add);
        }
    }
    found
}

/// The foreign keys that columns of one object have to columns of another.
fn keys(
    (referring, own): (&FromClause, &[Exposed]),
    (referred, theirs): (&FromClause, &[Exposed]),
) -> Vec<Inferred> {
    let named = |columns: &[Exposed], table: &TableName, name: &Name| {
        let is = |of: &&Exposed| of.table.full_name() == table && of.column == *name;
        columns.iter().find(is).map(|column| column.name.clone())
    };
    let inferred = |table: &Table, key: &ForeignKeyConstraint| {
        let columns = key.columns().iter().zip(key.referred_columns());
        let pairs = columns.map(|(column, target)| {
            let referring = (referring.clone(), named(own, table.full_name(), column)?);
            let referred = (referred.clone(), named(theirs, key.referred_table(), target)?);
            Some(Pair { referred, referring })
        });
        pairs.collect::<Option<Vec<_>>>().map(Inferred)
    };
    let mut tables: Vec<&Table> = Vec::new();
    for column in own {
        if !tables.iter().any(|table| table.full_name() == column.table.full_name()) {
            tables.push(&column.table);
        }
    }
    let of_table = |table: &Table| {
        table.foreign_keys().filter_map(|key| inferred(table, key)).collect::<Vec<_>>()
    };
    tables.into_iter().flat_map(of_table).collect()
}

/// The only one of several conditions.
pub(super) fn only(mut found: Vec<Inferred>, left: &str, right: &str) -> Result<Inferred> {
    match found.len() {
        0 => Err(none(left, right)),
        1 => Ok(found.remove(0)),
        _ => Err(several(&found, left, right)),
    }
}

#[cold]
pub(super) fn none(left: &str, right: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "no foreign key joins {left} and {right}; give the condition by `join_on`, or join all \
             rows by `cross_join`"
        ),
    )
}

#[cold]
fn several(found: &[Inferred], left: &str, right: &str) -> Error {
    let shown: Vec<String> = found.iter().map(Inferred::shown).collect();
    Error::new(
        ErrorKind::Compile,
        format!(
            "several foreign keys join {left} and {right}: {}; give the condition by `join_on`",
            shown.join("; ")
        ),
    )
}

impl FromClause {
    /// Describes its foreign keys: a condition that follows from them is part of the SQL. Those of
    /// mapped tables never change.
    pub(in crate::sql) fn describe_foreign_keys<'t>(&'t self, to: &mut impl Visitor<'t>) {
        match &self.0 {
            FromKind::Table(table) => {
                for key in table.foreign_keys() {
                    to.number(1);
                    key.columns().iter().for_each(|name| to.name(name));
                    key.referred_table().schema().into_iter().for_each(|name| to.name(name));
                    to.name(key.referred_table().name());
                    key.referred_columns().iter().for_each(|name| to.name(name));
                }
                to.number(0);
            }
            FromKind::Alias(parts) => parts.of.describe_foreign_keys(to),
            FromKind::Sample(parts) => parts.of.describe_foreign_keys(to),
            FromKind::Subquery(parts) => parts.query.describe_sources(to),
            FromKind::Cte(parts) => parts.query().describe_sources(to),
            FromKind::Join(join) => {
                join.left.describe_foreign_keys(to);
                join.right.describe_foreign_keys(to);
            }
            FromKind::Mapped(_)
            | FromKind::MappedAlias(..)
            | FromKind::Function(_)
            | FromKind::Text(_) => {}
        }
    }
}
