//! The row of an INSERT, which may stand many times, and the row that could not be inserted.

use super::{Feature, ReturnedRows, RowKey, RowOrder, Source, SqlWriter};
use crate::sql::Name;
use crate::sql::dml::EXCLUDED;

impl SqlWriter<'_> {
    /// Whether the columns of an object are those of a row that could not be inserted, which VALUES
    /// gives.
    pub(in crate::sql) fn gives_by_values(&self, object: Option<&str>) -> bool {
        self.excluded_by_values && object == Some(EXCLUDED)
    }

    /// Begins ON DUPLICATE KEY UPDATE, in which the row that could not be inserted has a name, or is
    /// what VALUES gives.
    pub(in crate::sql) fn begin_duplicate_key(&mut self, from_select: bool) {
        if from_select || !self.has(Feature::InsertedRowName) {
            self.excluded_by_values = true;
        } else {
            self.sql(" AS ");
            self.sql(EXCLUDED);
        }
        self.sql(" ON DUPLICATE KEY UPDATE ");
    }

    /// Ends it.
    pub(in crate::sql) fn end_duplicate_key(&mut self) {
        self.excluded_by_values = false;
    }

    /// Begins the row of an INSERT.
    pub(in crate::sql) fn begin_row(&mut self) {
        self.cut = true;
        self.row.start = self.parts.len();
    }

    /// Ends it.
    pub(in crate::sql) fn end_row(&mut self) {
        self.cut = true;
        self.row.end = self.parts.len();
    }

    /// Says how many rows there are, for a text for people.
    pub(in crate::sql) fn show_rows(&mut self, rows: usize) {
        self.shown_rows = rows;
    }

    /// Says that one statement for many rows is not the same as one for each.
    pub(in crate::sql) fn forbid_many_rows(&mut self) {
        self.row.is_single = true;
    }

    /// Says what is known of the order of the rows that the statement gives.
    pub(in crate::sql) fn returns_rows(&mut self, order: Option<RowOrder>) {
        self.row.returned = order.map_or(ReturnedRows::Unordered, ReturnedRows::InOrder);
    }

    /// Says how the key of the row is found that the statement inserts.
    pub(in crate::sql) fn inserts_key(&mut self, key: RowKey) {
        self.row.key = Some(key);
    }

    /// Says that the rows of one statement must differ in these values.
    pub(in crate::sql) fn want_distinct_rows(&mut self, values: Vec<Source>) {
        self.row.distinct = values;
    }

    /// Says that a bind is the default of a column.
    pub(in crate::sql) fn sets_default(&mut self, column: &Name) {
        self.row.defaults.push(column.clone());
    }

    /// Says that defaults of columns do not replace what is there, and what is given does.
    pub(in crate::sql) fn keeps_defaults(&mut self) {
        self.row.keeps_defaults = true;
    }

    /// Writes an INSERT, UPDATE or DELETE that is a part of this statement: its rows are not those
    /// of this one.
    pub(in crate::sql) fn within_another(&mut self, write: impl FnOnce(&mut Self)) {
        self.changes = true;
        let row = std::mem::take(&mut self.row);
        let visible = self.enter(Vec::new());
        write(self);
        self.leave(visible);
        self.row = row;
    }
}
