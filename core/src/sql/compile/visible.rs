//! What a statement that is written sees: the FROM objects whose columns it may name, and the table that it
//! changes.

use super::Feature;
use crate::error::{Error, ErrorKind};
use crate::sql::SqlWriter;
use crate::sql::from::FromClause;

impl SqlWriter<'_> {
    /// Gives up if a column that is written here would be that of another object, or of none.
    pub(in crate::sql) fn check_visible(&mut self, of: &FromClause, column: &str) {
        let Some(seen) = self.visible.iter().find(|from| from.is(of) || from.is_called_as(of))
        else {
            // Statements other than queries may select from nothing.
            if self.in_new_row && self.visible.is_empty() {
                self.fail(of_no_row(of, column));
            } else if self.in_query || !self.visible.is_empty() {
                self.fail(not_selected_from(of, column));
            }
            return;
        };
        if !seen.is(of) {
            let error = hidden(of, column);
            self.fail(error);
        }
    }

    /// The FROM objects of the statement that is written, and of those around it.
    pub(in crate::sql) fn visible(&self) -> &[FromClause] {
        &self.visible
    }

    /// Begins a statement that sees these FROM objects; returns what the one around it sees.
    pub(in crate::sql) fn enter(&mut self, visible: Vec<FromClause>) -> Vec<FromClause> {
        std::mem::replace(&mut self.visible, visible)
    }

    /// Writes the values of a row that is inserted: they are computed without one.
    pub(in crate::sql) fn without_rows(&mut self, write: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.visible);
        self.in_new_row = true;
        write(self);
        self.in_new_row = false;
        self.visible = outer;
    }

    /// Begins a query that selects from these objects; what else is visible are those around it. Returns
    /// whether that around it is a query.
    pub(in crate::sql) fn enter_query(&mut self, leaves: &[&FromClause]) -> bool {
        if let Some((changed, feature)) = &self.changed
            && leaves.iter().any(|leaf| leaf.is_of_table(changed))
        {
            self.require(*feature);
        }
        std::mem::replace(&mut self.in_query, true)
    }

    /// Ends a query.
    pub(in crate::sql) fn leave_query(&mut self, outer: bool) {
        self.in_query = outer;
    }

    /// Writes what stands in a statement that changes this table, where some databases have no subquery
    /// on it.
    pub(in crate::sql) fn while_changing(
        &mut self,
        table: FromClause,
        feature: Feature,
        write: impl FnOnce(&mut Self),
    ) {
        let changed = (!self.has(feature)).then_some((table, feature));
        let before = std::mem::replace(&mut self.changed, changed);
        write(self);
        self.changed = before;
    }

    /// Writes what is computed before the statement in which it stands.
    pub(in crate::sql) fn computed_before(&mut self, write: impl FnOnce(&mut Self)) {
        let changed = self.changed.take();
        write(self);
        self.changed = changed;
    }

    /// Ends a statement.
    pub(in crate::sql) fn leave(&mut self, outer: Vec<FromClause>) {
        self.visible = outer;
    }
}

#[cold]
fn not_selected_from(of: &FromClause, column: &str) -> Error {
    let of = of.shown_name();
    Error::new(
        ErrorKind::Compile,
        format!(
            "the column {column:?} is one of {of}, which the statement does not select from; add it \
             by `join` or `select_from`"
        ),
    )
}

#[cold]
fn of_no_row(of: &FromClause, column: &str) -> Error {
    let of = of.shown_name();
    Error::new(
        ErrorKind::Compile,
        format!(
            "the column {column:?} of {of} stands among the values of an INSERT, which are computed before \
             there is a row; give a value, or select it by `from_select`"
        ),
    )
}

#[cold]
fn hidden(of: &FromClause, column: &str) -> Error {
    let of = of.shown_name();
    Error::new(
        ErrorKind::Compile,
        format!(
            "the column {column:?} is one of {of} of a statement around this one, where another object \
             has that name and hides it; give one of the two an alias"
        ),
    )
}
