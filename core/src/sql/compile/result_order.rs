//! ORDER BY of a result: terms that are columns of it are written by their names or places.

use super::{OrderClause, SqlWriter};
use crate::error::{Error, ErrorKind};
use crate::sql::tree::{Fragment, Kind};
use crate::sql::{Expression, Name, Params};

/// The columns of a result that have names, and those whose names are labels.
#[derive(Debug, Default)]
pub(in crate::sql) struct ResultNames {
    pub(super) names: Vec<Name>,
    pub(super) labels: Vec<Name>,
    /// Those of decimal numbers that the database keeps as text.
    pub(super) decimals: Vec<Name>,
}

impl SqlWriter<'_> {
    /// Writes what a term sorts by, and its direction, but not where NULL stands.
    pub fn order_by(&mut self, term: &OrderClause<'_>) {
        let order = std::mem::take(&mut self.order);
        match &term.by.kind {
            // A label that is not of this result is what it labels.
            Kind::Label(name) if order.labels.contains(name) => self.result_label(name, &order),
            Kind::ResultName(name) if order.names.contains(name) => {
                self.result_label(name, &order);
            }
            Kind::ResultName(name) => self.fail(no_result_column(name, &order.names)),
            _ => self.sorted_by(term.by),
        }
        self.order = order;
        self.sql(if term.descending { " DESC" } else { "" });
    }

    /// Writes an expression by which rows are sorted or grouped. A constant by itself would be the place of a column for
    /// some databases, and an error for others.
    pub(in crate::sql) fn sorted_by(&mut self, of: &Expression) {
        match &of.unlabelled().kind {
            Kind::Truth(truth) => self.sql(if *truth { "1 = 1" } else { "1 != 1" }),
            Kind::Null => self.sql("nullif(1, 1)"),
            Kind::Literal(_) | Kind::Bind(_) | Kind::Made(_)
                if self.dialect.takes_values_for_places() || self.is_definition() =>
            {
                self.sql("coalesce(");
                self.compared_by_value(of);
                self.sql(", NULL)");
            }
            _ => self.compared_by_value(of),
        }
    }

    fn result_label(&mut self, name: &Name, order: &ResultNames) {
        self.label(name);
        if order.decimals.contains(name) {
            self.sql(" COLLATE decimal");
        }
    }

    /// Begins ORDER BY of a result whose columns have these names, some of which are labels, and some those
    /// of decimal numbers that the database keeps as text.
    pub(in crate::sql) fn enter_order(
        &mut self,
        names: Vec<Name>,
        labels: Vec<Name>,
        decimals: Vec<Name>,
    ) -> ResultNames {
        std::mem::replace(&mut self.order, ResultNames { names, labels, decimals })
    }

    /// Ends ORDER BY.
    pub(in crate::sql) fn leave_order(&mut self, outer: ResultNames) {
        self.order = outer;
    }

    /// Writes a term of ORDER BY that is this column of the result, with the same values.
    pub(in crate::sql) fn ordered_by_column(
        &mut self,
        term: &Expression,
        column: &Expression,
        place: usize,
    ) {
        let Kind::Ordered { descending, nulls } = term.kind else { return term.write(self) };
        let value = column.unlabelled();
        if self.dialect.has_numbered_placeholders() {
            let clause = OrderClause::new(value, descending, nulls);
            return self.dialect.write_order_term(&clause, self);
        }
        let place = place_of(place + 1);
        let clause = OrderClause::new(&place, descending, nulls).of_value(value);
        self.dialect.write_order_term(&clause, self);
    }

    /// Writes a term of ORDER BY that names this column of the result.
    pub(in crate::sql) fn ordered_by_named(&mut self, term: &Expression, column: &Expression) {
        let (Kind::Ordered { descending, nulls }, [by]) = (&term.kind, &*term.children) else {
            return term.write(self);
        };
        let clause = OrderClause::new(by, *descending, *nulls).of_value(column.unlabelled());
        self.dialect.write_order_term(&clause, self);
    }

    /// Writes a term of ORDER BY as the column of the result at this place, counted from 1.
    pub(in crate::sql) fn ordered_by_place(&mut self, term: &Expression, place: usize) {
        self.ordered_by(term, place_of(place));
    }

    /// Writes a term of ORDER BY as the column of the result that has this name.
    pub(in crate::sql) fn ordered_by_name(&mut self, term: &Expression, name: &Name) {
        self.ordered_by(term, Expression::result_column(name.clone()));
    }

    fn ordered_by(&mut self, term: &Expression, by: Expression) {
        if let Kind::Ordered { descending, nulls } = term.kind {
            let clause = OrderClause::new(&by, descending, nulls);
            self.dialect.write_order_term(&clause, self);
        }
    }
}

/// The place of a column, as it is written.
fn place_of(place: usize) -> Expression {
    Expression::fragment(Fragment::new(place.to_string().into(), Params::none()))
}

#[cold]
fn no_result_column(name: &str, known: &[Name]) -> Error {
    let known: Vec<&str> = known.iter().map(|name| &**name).collect();
    let known = if known.is_empty() { "none with a name".to_owned() } else { known.join(", ") };
    Error::new(
        ErrorKind::Compile,
        format!(
            "the result has no column {name:?} to sort by; it has: {known}. SQL as it is is given by \
             `text`"
        ),
    )
}
