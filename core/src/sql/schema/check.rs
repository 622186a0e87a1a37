//! Whether a table makes sense, whatever the database.

use super::super::Name;
use super::{Column, Constraint, Generated, Table, listed};
use crate::error::{Error, ErrorKind, Result};

impl Table {
    /// Whether it makes sense.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`], naming the table and what is wrong.
    pub(super) fn check(&self) -> Result<()> {
        self.names_are_possible()
            .and_then(|()| self.columns_are_possible())
            .and_then(|()| self.constraints_are_possible())
            .map_err(|error| {
                error.context(&format!("the table {:?}", self.full_name().to_string()))
            })
    }

    fn names_are_possible(&self) -> Result<()> {
        if self.name().is_empty() || self.schema().is_some_and(|schema| schema.is_empty()) {
            return wrong("a table and its schema need names: \"table\" or \"schema.table\"");
        }
        if self.columns().is_empty() {
            return wrong("a table needs at least one column");
        }
        for (index, column) in self.columns().iter().enumerate() {
            let name = column.name();
            if name.is_empty() {
                return wrong(format!("column number {} has no name; name it", index + 1));
            }
            if self.columns()[..index].iter().any(|before| before.name() == name) {
                return wrong(format!("it has two columns {:?}; remove one", &**name));
            }
        }
        Ok(())
    }

    fn columns_are_possible(&self) -> Result<()> {
        self.columns().iter().try_for_each(|column| self.check_column(column))
    }

    fn check_column(&self, column: &Column) -> Result<()> {
        let name = &**column.name();
        if column.references().is_some_and(|target| !target.is_complete()) {
            return wrong(format!(
                "the foreign key of {name:?} names no column of a table; write it as \
                 \"table.column\" or \"schema.table.column\""
            ));
        }
        let is_key = self.primary_key().is_some_and(|key| key.columns() == [column.name().clone()]);
        let counted = column.autoincrement_setting() == Some(true);
        let integer = column.column_type().is_integer();
        if counted && !(is_key && integer) {
            return wrong(format!(
                "the database can count the values of {name:?} only if it is an integer and the \
                 whole primary key; make it so, or give it a `server_default`"
            ));
        }
        match column.generated() {
            Some(Generated::Default(_) | Generated::Computed(_)) if counted => wrong(format!(
                "the values of {name:?} are counted and made by an expression; remove one of both"
            )),
            Some(Generated::Identity(_)) if !integer => {
                wrong(format!("the identity column {name:?} is no integer; make it one"))
            }
            _ => Ok(()),
        }
    }

    fn constraints_are_possible(&self) -> Result<()> {
        let mut keys = self.constraints().iter();
        if keys.by_ref().filter(|one| matches!(one, Constraint::PrimaryKey(_))).count() > 1 {
            return wrong("it has two primary keys; a primary key may have several columns");
        }
        for constraint in self.constraints() {
            let needs_columns =
                !matches!(constraint, Constraint::Check(_) | Constraint::Exclude(_));
            if constraint.columns().is_empty() && needs_columns {
                return wrong("a constraint has no columns; name at least one");
            }
            self.check_column_names("constraint", constraint.name(), constraint.columns())?;
            if let Constraint::ForeignKey(key) = constraint {
                key.check()?;
            }
        }
        for index in self.indexes() {
            if index.elements().is_empty() {
                return wrong("an index has no columns; name at least one");
            }
            self.check_column_names("index", index.name(), index.columns())?;
            self.check_column_names("index", index.name(), &index.include)?;
        }
        let constraints = self.constraints().iter().filter_map(Constraint::name);
        let names: Vec<&Name> =
            constraints.chain(self.indexes().iter().filter_map(|index| index.name())).collect();
        let twice = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name));
        match twice {
            Some((_, name)) => wrong(format!(
                "two constraints or indexes have the name {:?}; name one of them otherwise by \
                 `named`, or remove it",
                &***name
            )),
            None => Ok(()),
        }
    }

    fn check_column_names(&self, what: &str, name: Option<&Name>, columns: &[Name]) -> Result<()> {
        let Some(unknown) = columns.iter().find(|column| self.column(column).is_none()) else {
            return Ok(());
        };
        let name = name.map_or_else(String::new, |name| format!(" {:?}", &**name));
        wrong(format!(
            "the {what}{name} names the column {:?}, which the table does not have; it has: {}",
            &**unknown,
            listed(self.columns().iter().map(Column::name))
        ))
    }
}

#[cold]
fn wrong(what: impl Into<String>) -> Result<()> {
    Err(Error::new(ErrorKind::Argument, what))
}
