//! Decimal numbers where a database keeps them as text: they are compared by a collation and computed with by
//! functions, which the driver gives its connections.

use super::super::{Expression, Kind, NumberKind, Op, Precedence, Quotient, Role};
use crate::sql::SqlWriter;

impl Expression {
    /// Writes what compares decimal numbers or computes with them; whether it is that.
    #[inline(never)]
    pub(super) fn write_decimals(&self, to: &mut SqlWriter<'_>) -> bool {
        self.restrict_undecided(to);
        match &self.kind {
            Kind::Binary(op) if op.precedence() == Precedence::Comparison => {
                self.write_compared_numbers(to)
            }
            Kind::IsDistinct { .. }
            | Kind::Between { .. }
            | Kind::In { .. }
            | Kind::InSelect { .. } => self.write_compared_numbers(to),
            Kind::Case { of, .. } => {
                *of && self.write_compared_numbers(to) || self.write_mixed_results(to)
            }
            Kind::Binary(Op::Add | Op::Subtract | Op::Multiply | Op::Modulo)
            | Kind::Division(_)
            | Kind::Negate => self.write_computed(to),
            Kind::Function(_) => self.write_number_function(to),
            _ => false,
        }
    }

    /// The function that computes it of decimal numbers.
    pub(super) fn decimal_function(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::Binary(Op::Add) => Some("decimal_add"),
            Kind::Binary(Op::Subtract) => Some("decimal_sub"),
            Kind::Binary(Op::Multiply) => Some("decimal_mul"),
            Kind::Binary(Op::Modulo) => Some("decimal_mod"),
            Kind::Division(Quotient::Exact) => Some("decimal_div"),
            Kind::Division(Quotient::Floor | Quotient::ExactFloor | Quotient::AnyFloor) => {
                Some("decimal_floordiv")
            }
            Kind::Negate => Some("decimal_neg"),
            _ => match self.number_function()?.0.role {
                Role::Computes(name) => Some(name),
                _ => None,
            },
        }
    }

    /// Writes arithmetic in which decimal numbers are.
    fn write_computed(&self, to: &mut SqlWriter<'_>) -> bool {
        match (to.widest([self.number_kind()]), self.decimal_function()) {
            (NumberKind::Decimal, Some(name)) => {
                to.sql(name);
                to.sql("(");
                to.separated(", ", &self.children, Self::write);
                to.sql(")");
                true
            }
            // The dialect writes the other quotients.
            (NumberKind::Float, _) if matches!(self.kind, Kind::Binary(_)) => {
                if !self.children.iter().any(Self::is_decimal) {
                    return false;
                }
                for at in 0..self.children.len() {
                    self.write_before(at, to);
                    if self.child(at).is_decimal() {
                        to.real(self.child(at));
                    } else {
                        self.write_operand(at, to);
                    }
                }
                true
            }
            _ => false,
        }
    }

    /// Writes a function that is called by its name.
    fn write_number_function(&self, to: &mut SqlWriter<'_>) -> bool {
        let (Some((function, _)), Kind::Function(name)) = (self.number_function(), &self.kind)
        else {
            return false;
        };
        match function.role {
            Role::Computes(_) => self.write_computed(to),
            Role::Passes => false,
            Role::Shifts => {
                let [of, rows, default] = &self.children[..] else { return false };
                if !of.is_decimal() && !default.is_decimal() {
                    return false;
                }
                to.sql(name);
                to.sql("(");
                to.in_place_of(of, default);
                to.sql(", ");
                rows.write(to);
                to.sql(", ");
                to.in_place_of(default, of);
                to.sql(")");
                true
            }
            Role::Chooses | Role::Nullifies => {
                let sort = to.widest(self.children.iter().map(Self::number_kind));
                if !self.children.iter().any(Self::is_decimal) {
                    return false;
                }
                if function.role == Role::Nullifies && self.child(0).number_kind() != sort {
                    self.write_nullified(to);
                    return true;
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
    }

    /// Whether it is `nullif` of what is compared as another sort of number than it is, which the database would give
    /// as that.
    #[inline(never)]
    pub(super) fn is_nullif_of_two_sorts(&self, to: &mut SqlWriter<'_>) -> bool {
        if to.dialect().nullif_keeps_its_first() {
            return false;
        }
        match self.number_function() {
            Some((function, [first, second])) if function.role == Role::Nullifies => {
                let sort = first.number_kind();
                to.widest([sort, second.number_kind()]) != sort
            }
            _ => false,
        }
    }

    /// Writes `nullif` of what is compared as another sort of number than it is.
    #[inline(never)]
    pub(super) fn write_nullified(&self, to: &mut SqlWriter<'_>) {
        let side = |at: usize, to: &mut SqlWriter<'_>| {
            if to.keeps_decimals_as_text() {
                to.compared_together(&self.children, at);
            } else {
                self.child(at).write_compared(to);
            }
        };
        to.repeated(2, |to| {
            to.sql("CASE WHEN ");
            side(0, to);
            to.sql(" = ");
            side(1, to);
            to.sql(" THEN NULL ELSE ");
            self.child(0).write(to);
            to.sql(" END");
        });
    }

    /// Writes CASE without a value that is compared, some of whose results are floats and some decimal numbers.
    fn write_mixed_results(&self, to: &mut SqlWriter<'_>) -> bool {
        let Kind::Case { of, otherwise } = self.kind else { return false };
        let first = usize::from(of);
        let last = self.children.len() - usize::from(otherwise);
        let results = (first..last).skip(1).step_by(2).chain(last..self.children.len());
        let is_decimal = results.map(|at| self.child(at)).any(Self::is_decimal);
        if !is_decimal || to.widest([self.number_kind()]) != NumberKind::Float {
            return false;
        }
        to.sql("CASE");
        for at in 0..self.children.len() {
            let is_condition = at < last && (at + first).is_multiple_of(2) && at >= first;
            to.sql(match at {
                _ if at < first => " ",
                _ if at == last => " ELSE ",
                _ if is_condition => " WHEN ",
                _ => " THEN ",
            });
            if at < first || is_condition {
                self.child(at).write(to);
            } else {
                self.write_result(at, to);
            }
        }
        to.sql(" END");
        true
    }

    /// Writes CASE. SQLite takes a collation that stands in a condition for that of the whole, whose results may be
    /// texts.
    #[inline(never)]
    pub(super) fn write_case_beside_decimals(&self, to: &mut SqlWriter<'_>) {
        let before = to.collations();
        if !self.write_decimals(to) {
            self.write_case(to);
        }
        let is_text = to.collations() != before && !self.is_for_integer();
        if is_text && to.widest([self.number_kind()]) == NumberKind::Other {
            to.sql(" COLLATE BINARY");
        }
    }

    /// Writes a result of CASE: a decimal number is a float if others of the results are.
    pub(super) fn write_result(&self, at: usize, to: &mut SqlWriter<'_>) {
        let result = self.child(at);
        if result.is_decimal() && self.number_kind() == NumberKind::Float {
            to.real(result);
        } else {
            result.write(to);
        }
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

    /// Writes an operand of an operator on floating-point numbers, where the database keeps decimal numbers as
    /// text.
    pub fn real(&mut self, of: &Expression) {
        if !of.is_decimal() {
            return self.operand(of);
        }
        self.sql("decimal_real(");
        of.write(self);
        self.sql(")");
    }

    /// Writes what becomes a part of a JSON document: the text of a decimal number is a number there. With
    /// DISTINCT, parts are compared.
    pub(in crate::sql) fn part_of_json(&mut self, of: &Expression, distinct: bool) {
        if !self.keeps_decimals_as_text() || !of.is_decimal() {
            return of.write(self);
        }
        self.sql("json(");
        of.write_in_form(of.form(NumberKind::Decimal, false), self);
        self.sql(if distinct { ") COLLATE decimal" } else { ")" });
    }
}
