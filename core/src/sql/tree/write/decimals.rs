//! Decimal numbers where a database keeps them as text: they are compared by a collation and computed with by
//! functions, which the driver gives its connections.

use super::super::{Expression, Kind, NumberKind, Op, Precedence, Quotient};
use crate::sql::SqlWriter;

/// How a number is written that is compared.
#[derive(Clone, Copy)]
enum Form {
    /// With the collation by which all of the comparison goes.
    Collated,
    /// As the text of a decimal number.
    Text,
    /// As a floating-point number.
    Real,
    /// As it is.
    Plain,
}

impl Expression {
    /// Writes what compares decimal numbers or computes with them; whether it is that.
    #[inline(never)]
    pub(super) fn write_decimals(&self, to: &mut SqlWriter<'_>) -> bool {
        match &self.kind {
            Kind::Binary(op) if op.precedence() == Precedence::Comparison => {
                self.write_compared_decimals(to)
            }
            Kind::IsDistinct { .. } | Kind::Between { .. } => self.write_compared_decimals(to),
            Kind::In { .. } | Kind::InSelect { .. } => self.write_listed_decimals(to),
            Kind::Case { of: true, .. } => self.write_decimal_cases(to),
            Kind::Tuple => self.write_decimal_tuple(to),
            Kind::Binary(_) | Kind::Division(_) | Kind::Negate | Kind::Function(_) => {
                self.write_decimal_function(to)
            }
            _ => false,
        }
    }

    /// Writes a comparison, by values if one of them is a decimal number.
    fn write_compared_decimals(&self, to: &mut SqlWriter<'_>) -> bool {
        let Some(forms) = self.compared_forms() else { return false };
        let operand = |at: usize, to: &mut SqlWriter<'_>| {
            self.child(at).write_in_form(forms.get(at).copied().unwrap_or(Form::Plain), to);
        };
        match &self.kind {
            Kind::Between { negated, symmetric: true } => {
                to.sql(if *negated { "NOT (" } else { "(" });
                to.repeated(2, |to| {
                    for (low, high, behind) in [(1, 2, " OR "), (2, 1, ")")] {
                        operand(0, to);
                        to.sql(" BETWEEN ");
                        operand(low, to);
                        to.sql(" AND ");
                        operand(high, to);
                        to.sql(behind);
                    }
                });
            }
            Kind::IsDistinct { negated } => {
                operand(0, to);
                to.sql(if *negated { " IS " } else { " IS NOT " });
                operand(1, to);
            }
            _ => {
                for at in 0..self.children.len() {
                    self.write_before(at, to);
                    operand(at, to);
                }
            }
        }
        true
    }

    /// In which form each operand of a comparison is written; `None` if all are written as they are.
    fn compared_forms(&self) -> Option<Vec<Form>> {
        let kinds: Vec<NumberKind> = self.children.iter().map(Self::number_kind).collect();
        let beside_column = |at: usize| {
            self.children.iter().enumerate().any(|(of, other)| of != at && other.is_one_column())
        };
        match NumberKind::widest(kinds.iter().copied()) {
            NumberKind::Other => None,
            NumberKind::Float => {
                let form = |(at, kind): (usize, &NumberKind)| match kind {
                    NumberKind::Decimal => Form::Real,
                    // A value may be a decimal number all the same, which only a column makes a float.
                    _ if self.child(at).is_value() && !beside_column(at) => Form::Real,
                    _ => Form::Plain,
                };
                let forms: Vec<Form> = kinds.iter().enumerate().map(form).collect();
                forms.iter().any(|form| matches!(form, Form::Real)).then_some(forms)
            }
            NumberKind::Decimal => {
                let is_text = |at: usize| {
                    self.child(at).is_decimal_column()
                        || self.child(at).is_value()
                            && self.children.iter().enumerate().any(|(of, other)| {
                                of != at && other.is_decimal_column() && (of == 0 || at == 0)
                            })
                };
                let form = |at| match (at, is_text(at)) {
                    (0, _) => Form::Collated,
                    (_, true) => Form::Plain,
                    _ => Form::Text,
                };
                Some((0..kinds.len()).map(form).collect())
            }
        }
    }

    /// Whether it is a column of a table that keeps decimal numbers.
    fn is_decimal_column(&self) -> bool {
        match &self.kind {
            Kind::MappedColumn { .. } => self.is_decimal(),
            Kind::Column(column) => column.of.stored_table().is_some() && self.is_decimal(),
            _ => false,
        }
    }

    /// Whether its value is the text of a decimal number, or NULL.
    fn gives_decimal_text(&self) -> bool {
        let computes = match &self.kind {
            Kind::Binary(_) | Kind::Division(_) | Kind::Negate => true,
            Kind::Label(_) => return self.child(0).gives_decimal_text(),
            Kind::Cast(_) => true,
            _ => return self.is_decimal_column(),
        };
        computes && self.is_decimal()
    }

    fn write_in_form(&self, form: Form, to: &mut SqlWriter<'_>) {
        match form {
            Form::Plain => self.write_compared(to),
            Form::Collated => self.write_collated(to),
            Form::Text => self.write_decimal_text(to),
            Form::Real => {
                to.sql("CAST(");
                self.write(to);
                to.sql(" AS REAL)");
            }
        }
    }

    /// Writes the text of a decimal number, whatever number it is.
    fn write_decimal_text(&self, to: &mut SqlWriter<'_>) {
        let is_text = self.gives_decimal_text();
        to.sql(if is_text { "" } else { "decimal(" });
        self.write(to);
        to.sql(if is_text { "" } else { ")" });
    }

    /// Writes it with the collation.
    pub(in crate::sql) fn write_collated(&self, to: &mut SqlWriter<'_>) {
        if self.is_decimal_column() {
            self.write_compared(to);
        } else if self.is_value() {
            // Beside a column the value becomes text.
            self.write(to);
        } else {
            self.write_decimal_text(to);
        }
        to.sql(" COLLATE decimal");
    }

    /// Writes IN. What is no column is made one of text, so that the values beside it become text as well.
    fn write_listed_decimals(&self, to: &mut SqlWriter<'_>) -> bool {
        let of = self.child(0);
        let rows = self.children.get(1).is_some_and(Self::is_decimal);
        if !of.is_decimal() && !rows {
            return false;
        }
        to.sql("(");
        if of.is_decimal_column() {
            of.write_compared(to);
        } else {
            to.sql("CAST(");
            of.write_decimal_text(to);
            to.sql(" AS TEXT)");
        }
        to.sql(" COLLATE decimal");
        self.write_list(to);
        to.sql(")");
        true
    }

    fn write_decimal_cases(&self, to: &mut SqlWriter<'_>) -> bool {
        let Kind::Case { otherwise, .. } = self.kind else { return false };
        let last = self.children.len() - usize::from(otherwise);
        let is_compared = |at: usize| at == 0 || (at % 2 == 1 && at < last);
        let compared = (0..last).filter(|at| is_compared(*at));
        let kinds = compared.map(|at| self.child(at).number_kind());
        if NumberKind::widest(kinds) != NumberKind::Decimal {
            return false;
        }
        to.sql("CASE ");
        for at in 0..self.children.len() {
            to.sql(match at {
                0 => "",
                _ if at == last => " ELSE ",
                _ if is_compared(at) => " WHEN ",
                _ => " THEN ",
            });
            match at {
                0 => {
                    self.child(0).write_decimal_text(to);
                    to.sql(" COLLATE decimal");
                }
                _ if is_compared(at) => self.child(at).write_decimal_text(to),
                _ => self.child(at).write(to),
            }
        }
        to.sql(" END");
        true
    }

    fn write_decimal_tuple(&self, to: &mut SqlWriter<'_>) -> bool {
        if !self.children.iter().any(Self::is_decimal) {
            return false;
        }
        to.sql("(");
        to.separated(", ", &self.children, |child, to| to.compared_by_value(child));
        to.sql(")");
        true
    }

    /// Writes arithmetic, and functions that are called by their names.
    fn write_decimal_function(&self, to: &mut SqlWriter<'_>) -> bool {
        let name = match &self.kind {
            Kind::Binary(Op::Add) => "decimal_add",
            Kind::Binary(Op::Subtract) => "decimal_sub",
            Kind::Binary(Op::Multiply) => "decimal_mul",
            Kind::Binary(Op::Modulo) => "decimal_mod",
            Kind::Division(Quotient::Exact) => "decimal_div",
            Kind::Division(Quotient::Floor) => "decimal_floordiv",
            Kind::Negate => "decimal_neg",
            Kind::Function(name) if name.eq_ignore_ascii_case("abs") => "decimal_abs",
            Kind::Function(name) if name.eq_ignore_ascii_case("round") => "decimal_round",
            Kind::Function(name) => return self.write_chosen(name, to),
            _ => return false,
        };
        if !self.is_decimal() {
            return false;
        }
        to.sql(name);
        to.sql("(");
        to.separated(", ", &self.children, Self::write);
        to.sql(")");
        true
    }

    /// Writes a function that gives one of its arguments, of which some are decimal numbers.
    fn write_chosen(&self, name: &str, to: &mut SqlWriter<'_>) -> bool {
        let mut names = ["coalesce", "ifnull", "max", "min", "nullif"].iter();
        let is_one = names.any(|known| name.eq_ignore_ascii_case(known));
        if !is_one || !self.children.iter().any(Self::is_decimal) {
            return false;
        }
        to.sql(name);
        to.sql("(");
        for at in 0..self.children.len() {
            to.sql(if at > 0 { ", " } else { "" });
            to.compared_together(&self.children, at);
        }
        to.sql(")");
        true
    }
}

impl SqlWriter<'_> {
    /// Whether the database keeps decimal numbers as text, which it does not compare by their values.
    #[must_use]
    pub fn keeps_decimals_as_text(&self) -> bool {
        self.dialect().keeps_decimals_as_text()
    }

    /// Whether an expression is a decimal number, as far as its columns and values say so.
    #[must_use]
    pub fn is_decimal(&self, of: &Expression) -> bool {
        of.is_decimal()
    }

    /// Writes what becomes a part of a JSON document: the text of a decimal number is a number there.
    pub(in crate::sql) fn part_of_json(&mut self, of: &Expression) {
        if !self.keeps_decimals_as_text() || !of.is_decimal() {
            return of.write(self);
        }
        self.sql("json(");
        of.write_decimal_text(self);
        self.sql(")");
    }

    /// Writes one of several expressions that are compared with each other, or of which one takes the place
    /// of another: as numbers of one sort.
    pub(in crate::sql) fn compared_together(&mut self, all: &[Expression], at: usize) {
        let Some(of) = all.get(at) else { return };
        if !self.keeps_decimals_as_text() {
            return of.write(self);
        }
        let form = match NumberKind::widest(all.iter().map(Expression::number_kind)) {
            NumberKind::Other => return of.write(self),
            NumberKind::Float if of.is_decimal() => Form::Real,
            NumberKind::Float => return of.write(self),
            NumberKind::Decimal => Form::Text,
        };
        of.write_in_form(form, self);
        if let Form::Text = form {
            self.sql(" COLLATE decimal");
        }
    }

    /// Writes an expression where values are compared with each other: sorted, grouped, or the largest looked
    /// for.
    pub fn compared_by_value(&mut self, of: &Expression) {
        if !self.keeps_decimals_as_text() || matches!(of.kind, Kind::Ordered { .. }) {
            return of.write(self);
        }
        if !of.is_decimal() {
            return of.write(self);
        }
        of.write_decimal_text(self);
        self.sql(" COLLATE decimal");
    }
}
